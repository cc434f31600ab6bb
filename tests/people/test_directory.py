import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from activity.models import Event
from people.actions import give_organisation_role, take_organisation_role
from people.actions.profiles import Refused
from people.models import OrganisationRole
from tests import make
from tests.pages import text

LIST = reverse("people:directory")


def page_of(person, name="person"):
    return reverse(f"people:{name}", args=[person.public_id])


def test_only_hr_and_administrators_see_people(client, cast, theo):
    for who, person in cast.items():
        client.force_login(person)
        expected = 200 if who in ("hana", "ada") else 403
        assert client.get(LIST).status_code == expected, who
        assert client.get(page_of(theo)).status_code == expected, who
        if who not in ("hana", "ada"):
            assert client.post(page_of(theo, "roles"), {"role": "hr_admin"}).status_code == 403
    assert not theo.organisation_roles.exists()


def test_the_list_shows_facts_and_roles_and_no_answers(client, hana, theo):
    make.answered(theo, job_title="Clerk")
    theo.profile.goals = "A secret goal"
    theo.profile.save()
    client.force_login(hana)
    for address in (LIST, page_of(theo)):
        page = text(client.get(address))
        assert "Theo Tamm" in page and "Clerk" in page and "secret" not in page
    assert "Not known: the reporting-line rule cannot protect this person." in text(client.get(page_of(theo)))
    make.reports_to(theo, make.person("Berta Boss"))
    assert "Berta Boss" in text(client.get(page_of(theo)))


def test_search_and_filters(client, hana, theo, mira, ada):
    make.person("Gone Girl", is_active=False)
    client.force_login(hana)

    def shown(**query):
        return [person.full_name for person in client.get(LIST, query).context["page"]]

    assert shown(q="tam") == ["Theo Tamm"] and shown(q=mira.email.upper()) == ["Mira Moreau"]
    assert shown(show="left") == ["Gone Girl"]
    assert shown(show="roles") == ["Ada Admin", "Hana Haddad"]
    assert shown(q="nobody like this") == []
    assert "Gone Girl" not in shown()


@pytest.mark.parametrize(
    "query", [{"q": "\0"}, {"q": "%"}, {"q": "x" * 9000}, {"page": "9" * 30}, {"show": "\0"}, {"before": "x"}]
)
def test_odd_queries_are_no_server_error(client, hana, query):
    client.force_login(hana)
    assert client.get(LIST, query).status_code == 200


def test_an_unknown_person_is_not_found(client, hana):
    client.force_login(hana)
    assert client.get(reverse("people:person", args=["nonsense"])).status_code == 404


def test_many_people_cost_no_more_than_few(client, hana, django_assert_num_queries):
    client.force_login(hana)
    client.get(LIST)
    for _ in range(2):
        with django_assert_num_queries(10):
            client.get(LIST)
        for _ in range(10):
            make.hr_admin("More")


def test_administrators_give_and_take_roles(client, ada, hana, theo, now):
    client.force_login(ada)
    for _ in range(2):
        assert client.post(page_of(theo, "roles"), {"role": "hr_admin"})["Location"] == page_of(theo)
    assert theo.organisation_roles.get().role == "hr_admin"
    for _ in range(2):
        client.post(page_of(theo, "roles"), {"role": "hr_admin", "take": "1"})
    assert theo.organisation_roles.get().ended_at is not None
    assert [e.verb for e in Event.objects.filter(verb__startswith="person.role").order_by("pk")] == [
        "person.role_given",
        "person.role_taken",
    ]
    for odd in ("emperor", "", "\0", "x" * 9999):
        assert client.post(page_of(theo, "roles"), {"role": odd}).status_code == 303
    assert OrganisationRole.objects.filter(person=theo).count() == 1
    with pytest.raises(PermissionDenied):
        give_organisation_role(theo, "administrator", by=hana, now=now)
    with pytest.raises(PermissionDenied):
        take_organisation_role(ada, "administrator", by=hana, now=now)


def test_the_last_administrator_stays(client, ada, now):
    make.administrator("Gone Admin", is_active=False)
    client.force_login(ada)
    response = client.post(page_of(ada, "roles"), {"role": "administrator", "take": "1"}, follow=True)
    assert "Somebody has to be administrator." in text(response)
    with pytest.raises(Refused):
        take_organisation_role(ada, "administrator", by=ada, now=now)
    make.administrator("Second Admin")
    take_organisation_role(ada, "administrator", by=ada, now=now)
    assert not ada.organisation_roles.filter(ended_at=None).exists()
