from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from activity.models import Event, Letter, RefusingAddress
from people.models import User
from programs.actions import lift_address
from programs.models import Enrolment
from tests import make
from tests.pages import text


def at(name, program, *more):
    return reverse(f"programs:{name}", args=[program.public_id, *more])


@pytest.fixture
def theos(opened, theo):
    return make.enrolment(opened, theo, state="invited", invited_at=None, answered_at=None)


def test_an_empty_list_says_how_people_come_onto_it(cora_at, opened):
    assert "Nobody yet" in text(cora_at.get(at("participants", opened)))


def test_filters_search_and_counts_agree(cora_at, opened, theo, mira):
    make.enrolment(opened, theo, state="invited")
    make.enrolment(opened, mira, "mentor")
    make.enrolment(opened, make.person("Paula Pause"), paused_until=timezone.localdate())
    make.enrolment(opened, make.person("Dan Decline"), state="declined")

    def shown(**query):
        page = cora_at.get(at("participants", opened), query).context["page"]
        return [enrolment.person.full_name for enrolment in page]

    assert shown() == ["Dan Decline", "Mira Moreau", "Paula Pause", "Theo Tamm"]
    assert shown(state="invited") == ["Theo Tamm"] and shown(state="left") == ["Dan Decline"]
    assert shown(state="answered") == ["Mira Moreau", "Paula Pause"] and shown(state="paused") == [
        "Paula Pause"
    ]
    assert shown(role="mentor") == ["Mira Moreau"] and shown(q=theo.email.upper()) == ["Theo Tamm"]
    counts = cora_at.get(at("participants", opened)).context["counts"]
    assert (counts["all"], counts["invited"], counts["answered"], counts["left"], counts["paused"]) == (
        4,
        1,
        2,
        1,
        1,
    )
    assert "Nobody matches these filters" in text(cora_at.get(at("participants", opened), {"q": "zzz"}))


@pytest.mark.parametrize(
    "query", [{"q": "\0"}, {"page": "9" * 40}, {"state": "\0"}, {"role": "x" * 9999}, {"q": "%_"}]
)
def test_odd_queries_are_no_server_error(cora_at, opened, theos, query):
    assert cora_at.get(at("participants", opened), query).status_code == 200


def test_who_was_not_invited_is_invited_by_one_press(cora_at, opened, theos):
    assert "Invite 1 person" in text(cora_at.get(at("participants", opened)))
    for said in ("1 invitation is on its way.", "0 invitations are on their way."):
        assert said in text(cora_at.post(at("invite_all", opened), follow=True))
    assert Letter.objects.filter(kind="programs.invitation").count() == 1


def test_addresses_are_pasted_from_anywhere(cora_at, opened, theo):
    pasted = 'Nell New <nell@example.org>; "Osei, Amara" <amara@example.org>\n'
    pasted += f"{theo.email.upper()},nell@example.org\n\n"
    response = cora_at.post(
        at("add", opened), {"role": "mentee", "addresses": pasted + "kim.lee@example.org"}, follow=True
    )
    assert "4 people added." in text(response)
    names = set(Enrolment.objects.values_list("person__full_name", flat=True))
    assert names == {"Nell New", "Osei, Amara", "Theo Tamm", "Kim Lee"}
    again = cora_at.post(at("add", opened), {"role": "mentee", "addresses": pasted}, follow=True)
    assert "0 people added. 3 were on the list already." in text(again)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "nonsense",
        "\0",
        "a" * 50_000,
        "@" * 49_999,
        "," * 50_000 + "x",
        "<" * 40_000,
        "a@b" * 15_000,
        f"{'n' * 200} <a@example.org>",
        f"a@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.{'f' * 60}.org",
        "x" * 1_000_000,
        "\n".join(f"p{n}@example.org" for n in range(301)),
    ],
)
def test_what_is_no_address_is_said_with_its_line_and_kept(cora_at, opened, bad):
    before = User.objects.count()
    started = timezone.now()
    response = cora_at.post(at("add", opened), {"role": "mentor", "addresses": bad})
    assert (response.status_code, list(response.context["form"].errors)) == (422, ["addresses"])
    assert response.context["form"]["addresses"].value() == bad
    assert timezone.now() - started < timedelta(seconds=10)
    assert (User.objects.count(), Enrolment.objects.count()) == (before, 0)


def test_a_role_must_be_said(cora_at, opened):
    for role in ("", "boss", "\0"):
        response = cora_at.post(at("add", opened), {"role": role, "addresses": "a@example.org"})
        assert (response.status_code, list(response.context["form"].errors)) == (422, ["role"])


def test_the_page_of_a_person_shows_answers_but_no_private_ones(cora_at, opened, theos, theo):
    theo.profile.languages = ["nb"]
    theo.profile.save()
    page = text(cora_at.get(at("participant", opened, theos.public_id)))
    assert "Norwegian" in page and "should not be matched with" not in page


def test_invite_pause_resume_and_remove_by_the_page(cora_at, opened, theos):
    def press(name, **sent):
        return cora_at.post(at(name, opened, theos.public_id), sent, follow=True)

    assert "The invitation to Theo Tamm is on its way." in text(press("invitations"))
    soon = timezone.localdate() + timedelta(days=5)
    assert "Theo gets no new proposals until then." in text(press("pause", until=soon.isoformat()))
    assert Enrolment.objects.get().paused_until == soon
    press("pause", resume="1")
    assert Enrolment.objects.get().paused_until is None
    page = text(press("removal", reason="Has left for Oslo."))
    assert "Theo Tamm is off the list." in page and "Has left for Oslo." in page
    assert "Theo Tamm is off the list." not in text(press("removal", reason="Again"))
    assert "is on its way" not in text(press("invitations"))


@pytest.mark.parametrize("until", ["", "yesterday", "2020-01-01", "9999-12-31", "\0"])
def test_a_wrong_day_is_said_beside_it(cora_at, opened, theos, until):
    response = cora_at.post(at("pause", opened, theos.public_id), {"until": until})
    assert (response.status_code, list(response.context["pause_form"].errors)) == (422, ["until"])


@pytest.mark.parametrize("reason", ["", " ", "\0", "x" * 501])
def test_a_removal_needs_its_reason(cora_at, opened, theos, reason):
    response = cora_at.post(at("removal", opened, theos.public_id), {"reason": reason})
    assert (response.status_code, list(response.context["removal_form"].errors)) == (422, ["reason"])


def test_somebody_without_an_address_is_named_as_such(cora_at, opened):
    lone = make.enrolment(opened, make.person("Nora None", email=None), state="invited", invited_at=None)
    assert "No address" in text(cora_at.get(at("participants", opened)))
    assert "Invite" not in text(cora_at.get(at("participant", opened, lone.public_id))).replace("Invited", "")
    response = cora_at.post(at("invitations", opened, lone.public_id), follow=True)
    assert "There is no email address for Nora None." in text(response)


def test_many_people_cost_no_more_than_few(cora_at, opened, theos, django_assert_num_queries):
    cora_at.get(at("participants", opened))
    for _ in range(2):
        with django_assert_num_queries(11):
            cora_at.get(at("participants", opened))
        for _ in range(10):
            make.enrolment(opened)


# An address that refuses mail


@pytest.fixture
def refused(theos, now):
    RefusingAddress.objects.create(address=theos.person.email.lower(), since=now, status="5.1.1")
    return theos


def test_an_address_that_refuses_mail_is_named_with_why_and_since_when(cora_at, opened, refused):
    page = text(cora_at.get(f"/p/{opened.public_id}/people/{refused.public_id}/"))

    assert f"{refused.person.email} refused our mail on" in page
    assert "There is no such mailbox. Nothing more is sent there." in page
    assert "The address is right again" in page
    assert "Address refuses mail" in text(cora_at.get(f"/p/{opened.public_id}/people/"))


def test_of_an_address_that_takes_mail_nothing_is_said(cora_at, opened, theos):
    for address in (f"/p/{opened.public_id}/people/", f"/p/{opened.public_id}/people/{theos.public_id}/"):
        assert "refuse" not in text(cora_at.get(address))


def test_a_coordinator_lifts_it_once(cora_at, opened, refused, cora):
    address = f"/p/{opened.public_id}/people/{refused.public_id}/"
    for _press in range(2):
        response = cora_at.post(f"{address}address/")
        assert (response.status_code, response["Location"]) == (303, address)

    assert not RefusingAddress.objects.exists()
    event = Event.objects.get(verb="letters.address_lifted")
    assert (event.by, event.scope) == (cora, opened.scope)
    assert "refused our mail" not in text(cora_at.get(address))


def test_nobody_else_lifts_it(client, opened, refused, otto, mira):
    for person in (otto, mira, refused.person):
        client.force_login(person)
        response = client.post(f"/p/{opened.public_id}/people/{refused.public_id}/address/")
        assert response.status_code == 404
        with pytest.raises(PermissionDenied):
            lift_address(refused, by=person, now=timezone.now())

    assert RefusingAddress.objects.exists()
