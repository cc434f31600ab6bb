import pytest
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.urls import reverse

from activity.models import Event
from people.actions import change_account, change_part, set_zone
from people.models import Exclusion, Profile, ProfileTopic, Topic, User
from people.parts import PARTS
from people.views.profile import SECTIONS
from tests import make
from tests.pages import text

GIVEN = {
    "skills_wanted": {"skills_wanted": "Budgets\nSpeaking"},
    "skills_offered": {"skills_offered": "Law, law, Chess"},
    "goals": {"goals": "Lead the depot."},
    "languages": {"languages": ["en", "nb"]},
    "working_hours": {
        "zone": "Asia/Tokyo",
        "mon_from": "9",
        "mon_to": "5 pm",
        "fri_from": "10:00",
        "fri_to": "12:00",
    },
    "mode": {"mode": "hybrid"},
    "values": {
        f"value_{n}": code for n, code in enumerate(["care", "craft", "order", "humour", "purpose"], 1)
    },
    "working_style": {"planning": "1", "talking": "2", "feedback": "3", "pace": "4"},
    "learning_orientation": {"stretch": "5"},
    "interests": {"interests": "Chess\nBread"},
    "preferences": {"function": "different", "site": ""},
    "not_this_person": {"people": ""},
}
SHOWN = {
    "skills_wanted": "Budgets, Speaking",
    "skills_offered": "Law, Chess",
    "goals": "Lead the depot.",
    "languages": "English, Norwegian",
    "working_hours": "Monday 09:00 to 17:00; Friday 10:00 to 12:00; Tokyo (Asia)",
    "mode": "Both",
    "values": "Care for people, Craft, Order, Humour, Purpose",
    "working_style": "I plan ahead, or I decide as I go: 1; I think by writing, or I think by talking: 2; "
    "I like feedback wrapped, or I like feedback straight: 3; I go deep on one thing, or I move between things: 4",
    "learning_orientation": "I look for tasks that stretch me: 5",
    "interests": "Chess, Bread",
    "preferences": "Their function: different from mine",
    "not_this_person": "",
}

NO_DAY = dict.fromkeys(["mon_from", "mon_to", "fri_from", "fri_to"], "")
NOBODY = "Nobody here has the address who@example.org. Check it, or leave it out."


def at(code):
    return reverse("people:part", args=[code])


@pytest.mark.parametrize("code", SECTIONS)
def test_each_section_is_saved_by_itself_and_shown(as_theo, theo, code):
    assert as_theo.post(at(code), GIVEN[code])["Location"] == reverse("people:profile")
    lines = {line["code"]: line["answer"] for line in as_theo.get(reverse("people:profile")).context["lines"]}
    assert lines[code] == SHOWN[code]
    assert [
        other
        for other, answer in lines.items()
        if answer and other not in (code, "languages", "working_hours")
    ] == []
    event = Event.objects.get(verb="person.changed")
    assert (event.by, event.details) == (theo, {"part": code})


@pytest.mark.parametrize("code", SECTIONS)
def test_saving_twice_is_the_same_as_once(as_theo, theo, code):
    for _ in range(2):
        assert as_theo.post(at(code), GIVEN[code]).status_code == 303
    assert PARTS[code].answered(User.objects.get(pk=theo.pk)) == SHOWN[code]


@pytest.mark.parametrize("code", SECTIONS)
@pytest.mark.parametrize(
    "bad", ["\0", "x" * 200_000, "<script>alert(1)</script>", "😀" * 90, "-1", "9999999999999999999"]
)
def test_hostile_input_is_no_server_error(as_theo, code, bad):
    names = list(as_theo.get(at(code)).context["form"].fields)
    response = as_theo.post(at(code), dict.fromkeys(names, bad))
    assert response.status_code in (303, 400, 422)
    if response.status_code == 422:
        assert response.context["form"].errors
    assert "<script>alert" not in text(as_theo.get(reverse("people:profile")))


@pytest.mark.parametrize(
    "code, wrong, field, sentence",
    [
        ("values", {"value_2": "care"}, "value_2", "You have “Care for people” as number 1 already. Choose another."),
        ("values", {"value_5": ""}, "value_5", "Choose an answer to “Number 5”."),
        ("values", {"value_1": "greed"}, "value_1", None),
        ("working_hours", {"mon_to": ""}, "mon_to", "Give both times for Monday, or none."),
        ("working_hours", {"mon_to": "8:00"}, "mon_to", "Monday ends before it begins."),
        ("working_hours", {"mon_from": "25:00"}, "mon_from", "Write the time like 14:00."),
        ("working_hours", {"zone": "Mars/Base"}, "zone", None),
        ("working_hours", NO_DAY, "mon_from", "Give at least one day on which you work."),
        ("languages", {"languages": []}, "languages", None),
        ("languages", {"languages": ["xx"]}, "languages", None),
        ("skills_wanted", {"skills_wanted": ""}, "skills_wanted", None),
        ("skills_wanted", {"skills_wanted": "a,b,c,d,e,f"}, "skills_wanted", "Name at most 5; these are 6."),
        ("interests", {"interests": "x" * 81}, "interests", "Keep each entry under 80 characters."),
        ("working_style", {"pace": "6"}, "pace", None),
        ("not_this_person", {"people": "who@example.org"}, "people", NOBODY),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_its_field_and_kept(as_theo, theo, code, wrong, field, sentence):
    sent = {**GIVEN[code], **wrong}
    response = as_theo.post(at(code), sent)
    form = response.context["form"]
    assert (response.status_code, list(form.errors)) == (422, [field])
    assert sentence is None or form.errors[field] == [sentence]
    for name, value in sent.items():
        if value:
            assert form[name].value() == value
    assert not Event.objects.filter(verb="person.changed").exists()


def test_a_topic_is_shared_whatever_its_letters(theo, mira, now):
    for person, name in ((theo, "Budgets"), (mira, "budgets"), (mira, "BUDGETS")):
        change_part(person, "skills_offered", {"skills_offered": [name]}, by=person, now=now)
    assert list(Topic.objects.values_list("name", flat=True)) == ["Budgets"]
    assert ProfileTopic.objects.count() == 2


def test_a_topic_made_by_another_at_the_same_moment_is_used(theo, now, monkeypatch):
    """The look came before the other's row was there: the database says no to a second one."""
    Topic.objects.create(name="Law")
    monkeypatch.setattr(QuerySet, "first", lambda rows: None)
    change_part(theo, "skills_wanted", {"skills_wanted": ["LAW"]}, by=theo, now=now)
    assert [link.topic.name for link in theo.profile.topic_links.all()] == ["Law"]
    assert Topic.objects.count() == 1


def test_wishes_are_kept_ended_and_never_about_oneself(theo, mira, otto, now):
    for people in ([mira, otto, theo], [otto]):
        change_part(theo, "not_this_person", {"people": people}, by=theo, now=now)
    rows = Exclusion.objects.order_by("other_id").values_list("other", "until")
    assert sorted(rows, key=str) == sorted([(mira.pk, now), (otto.pk, None)], key=str)
    assert PARTS["not_this_person"].answered(theo) == "1 person, known only to you"


def test_the_profile_never_names_whom_one_wants_to_avoid(as_theo, theo, mira, now):
    change_part(theo, "not_this_person", {"people": [mira]}, by=theo, now=now)
    page = text(as_theo.get(reverse("people:profile")))
    assert "1 person, known only to you" in page and "Mira" not in page
    assert mira.email in text(as_theo.get(at("not_this_person")))


def test_nobody_changes_somebody_else(cast, theo, now):
    for name, person in cast.items():
        if name != "theo":
            with pytest.raises(PermissionDenied):
                change_part(theo, "goals", {"goals": "x"}, by=person, now=now)
            with pytest.raises(PermissionDenied):
                change_account(theo, {"called": "x"}, by=person, now=now)
            with pytest.raises(PermissionDenied):
                set_zone(theo, "UTC", by=person, now=now)
    assert Profile.objects.get(user=theo).goals == ""


def test_every_section_says_who_can_read_it(as_theo):
    for code, (_title, readers) in SECTIONS.items():
        assert str(readers) in text(as_theo.get(at(code))) or code == "not_this_person"
    assert "Coordinators and HR cannot read it." in text(as_theo.get(at("not_this_person")))


def test_the_account_is_changed_by_oneself(as_theo, theo):
    sent = {"full_name": "Theodor Tamm", "called": "Teo", "language": "en", "theme": "dark"}
    assert as_theo.post(reverse("people:account"), sent).status_code == 303
    theo.refresh_from_db()
    assert (theo.full_name, theo.short_name, theo.theme) == ("Theodor Tamm", "Teo", "dark")
    for wrong in (
        {"full_name": ""},
        {"theme": "pink"},
        {"language": "tlh"},
        {"full_name": "\0"},
        {"called": "x" * 61},
    ):
        response = as_theo.post(reverse("people:account"), {**sent, **wrong})
        assert (response.status_code, list(response.context["form"].errors)) == (422, list(wrong))


def test_the_browsers_zone_is_taken_once(as_theo, theo):
    User.objects.filter(pk=theo.pk).update(zone_confirmed=False)
    address = reverse("people:zone")
    for said, then in (
        ("Mars/Base", "Europe/Oslo"),
        ("\0", "Europe/Oslo"),
        ("Asia/Tokyo", "Asia/Tokyo"),
        ("UTC", "Asia/Tokyo"),
    ):
        assert as_theo.post(address, {"zone": said}).status_code == 204
        assert User.objects.get(pk=theo.pk).zone == then
    assert as_theo.get(address).status_code == 405


def test_an_unknown_section_is_not_found_and_a_missing_profile_is_made(client, db):
    bare = User.objects.create(full_name="Root", email="root@example.org")
    client.force_login(bare)
    assert client.get(reverse("people:profile")).status_code == 200
    assert client.get(at("nonsense")).status_code == 404
    client.logout()
    assert client.get(reverse("people:profile"))["Location"].startswith("/sign-in/")


def test_the_profile_costs_a_fixed_number_of_questions(as_theo, theo, django_assert_num_queries):
    as_theo.get(reverse("people:profile"))
    for _ in range(2):
        with django_assert_num_queries(10):
            as_theo.get(reverse("people:profile"))
        for n in range(1, 6):
            make.topic(theo, f"Topic {theo.profile.topic_links.count()}", rank=n)
            Exclusion.objects.create(author=theo, other=make.person())
