"""Which letters somebody gets, and when; the one press that turns a kind off; and what every letter says of itself."""

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.template.loader import get_template
from django.test import Client
from django.urls import resolve
from django.utils import timezone

from activity import links
from activity.actions import draft
from activity.kinds import Patience
from activity.models import Event, Refusal
from activity.writing import message, write
from core.dates import day_words
from mentorship.clockwork import LETTERS
from mentorship.letter_pages import CHOICES, STANDING
from people.models import Site
from tests import make
from tests.pages import words_of

PAGE = links.CHOOSE
ALL_ON = dict.fromkeys(CHOICES, "on")
DAYTIME = {"quiet_from": "18:00", "quiet_until": "08:00", "country": ""}


@pytest.fixture
def theirs(client, theo):
    client.force_login(theo)
    return client


def off_link(person, choice="rhythm", **ago):
    return links.off_path(person, choice, since=timezone.now() - timedelta(**ago))


def refusals(person):
    return set(Refusal.objects.filter(person=person).values_list("choice", flat=True))


# The tables


def test_every_kind_of_letter_can_be_turned_off_or_says_why_not():
    """A new kind needs a choice of its own floor, or a line here."""
    said = {
        name: [str(line.title) for line in STANDING if name.startswith(line.kinds)]
        for name, kind in LETTERS.items()
        if kind.choice is None
    }
    assert {name: lines for name, lines in said.items() if len(lines) != 1} == {}
    chosen = {kind.choice.name for kind in LETTERS.values() if kind.choice}
    assert chosen == set(CHOICES)
    assert all(CHOICES[kind.choice.name] is kind.choice for kind in LETTERS.values() if kind.choice)


def test_what_is_never_held_back():
    held = {name for name, kind in LETTERS.items() if kind.patience != Patience.NONE}
    assert {
        name for name in held if name.startswith(("people.", "matching.", "relationships.meeting_"))
    } == set()
    assert held & {"programs.invitation", "relationships.begun", "relationships.asked"} == set()
    by_week = {name for name, kind in LETTERS.items() if kind.patience == Patience.WEEK}
    dated = {"relationships.may_move", "relationships.separation_near", "programs.invitation_reminder"}
    assert (dated <= held, dated & by_week) == (True, set())
    assert held >= {"relationships.quiet", "relationships.was_it_held", "activity.digest", "reports.monday"}


def test_the_links_in_letters_lead_to_these_pages():
    assert resolve(links.CHOOSE).view_name == "letters"
    assert resolve(links.OFF.format(token="x")).view_name == "letters_off"


# The page


def test_everything_comes_until_somebody_says_otherwise(theirs):
    page = theirs.get(PAGE)
    assert page.content.decode().count(" checked") == len(page.context["form"].choices) > 3
    assert 'value="18:00"' in page.content.decode() and 'value="08:00"' in page.content.decode()
    assert "Of what can wait you get 2 letters a week." in words_of(page)
    assert "your working days: Monday, Tuesday, Wednesday, Thursday and Friday." in words_of(page)
    assert "Codes to sign in, and news about your account You asked for them" in words_of(page)


def test_choices_and_quiet_hours_are_saved_in_one_go(theirs, theo):
    wanted = {**ALL_ON, "quiet_from": "17:30", "quiet_until": "09:00", "country": "NO"}
    del wanted["rhythm"], wanted["was-it-held"]
    for _ in range(3):
        answer = theirs.post(PAGE, wanted)
        assert (answer.status_code, answer["Location"]) == (303, PAGE)
    theo.profile.refresh_from_db()
    assert (theo.profile.quiet_from, theo.profile.quiet_until) == (time(17, 30), time(9))
    assert theo.letter_hours.country == "NO"
    assert refusals(theo) == {"rhythm", "was-it-held"}
    assert Event.objects.filter(verb="letters.turned_off").count() == 2
    page = theirs.get(PAGE).content.decode()
    assert re.search(r'<input[^>]*name="rhythm"[^>]*>', page)[0].count("checked") == 0
    assert re.search(r'<input[^>]*name="stages"[^>]*>', page)[0].count("checked") == 1

    theirs.post(PAGE, {**ALL_ON, **DAYTIME})
    assert refusals(theo) == set()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"quiet_until": "17:30"}, "Leave at least an hour a day for letters."),
        ({"quiet_from": "19:00", "quiet_until": "18:01"}, "Leave at least an hour a day for letters."),
        ({"quiet_from": "late"}, "Write the time like 14:00."),
        ({"quiet_until": ""}, "Enter a time for “Until”."),
        ({"country": "Atlantis"}, "Select a valid choice. Atlantis is not one of the available choices."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost_or_saved(theirs, theo, wrong, said):
    answer = theirs.post(PAGE, {**DAYTIME, "stages": "on", **wrong})
    assert answer.status_code == 422
    assert words_of(answer).count(said) == 2  # above, and beside the field
    assert (
        'name="stages" id="id_stages" checked' in answer.content.decode()
        or "stages" in answer.context["form"].data
    )
    theo.profile.refresh_from_db()
    assert (theo.profile.quiet_until, refusals(theo)) == (time(8), set())


def test_no_quiet_hours_is_the_same_time_twice(theirs, theo):
    assert theirs.post(PAGE, {**ALL_ON, **DAYTIME, "quiet_until": "18:00"}).status_code == 303
    theo.profile.refresh_from_db()
    assert theo.profile.quiet_from == theo.profile.quiet_until == time(18)
    assert "Quiet hours None" in words_of(theirs.get("/me/"))


def test_the_country_is_that_of_the_place_of_work_until_somebody_says_otherwise(theirs, theo):
    assert theo.letter_hours.country == ""
    theo.profile.site = Site.objects.create(name="Bergen", zone="Europe/Oslo")
    theo.profile.save()
    assert theo.letter_hours.country == "NO"
    assert "Norway, where you work" in words_of(theirs.get(PAGE))
    theirs.post(PAGE, {**ALL_ON, **DAYTIME, "country": "none"})
    theo.profile.refresh_from_db()
    assert theo.letter_hours.country == ""
    theirs.post(PAGE, {**ALL_ON, **DAYTIME, "country": "DE"})
    theo.profile.refresh_from_db()
    assert theo.letter_hours.country == "DE"


def test_a_reminder_an_hour_before_is_for_those_who_ask_for_it(theirs, theo):
    page = theirs.get(PAGE).content.decode()
    [box] = re.findall(r'<input[^>]*name="an_hour_before"[^>]*>', page)
    assert ("checked" in box, theo.profile.an_hour_before) == (False, False)
    for given, wanted in (({"an_hour_before": "on"}, True), ({}, False)):
        theirs.post(PAGE, {**ALL_ON, **DAYTIME, **given})
        theo.profile.refresh_from_db()
        assert theo.profile.an_hour_before is wanted


def test_only_coordinators_choose_among_what_only_they_get(client, program, theo, cora):
    client.force_login(theo)
    assert "For coordinators" not in words_of(client.get(PAGE))
    client.post(PAGE, DAYTIME)
    assert refusals(theo) == {
        "days",
        "invitation-reminders",
        "meeting-reminders",
        "rhythm",
        "stages",
        "was-it-held",
    }
    client.force_login(cora)
    assert "For coordinators Questions without an answer" in words_of(client.get(PAGE))
    client.post(PAGE, DAYTIME)
    assert refusals(cora) == set(CHOICES)


def test_the_page_asks_the_database_the_same_for_few_and_many(theirs, theo, django_assert_num_queries):
    theirs.get(PAGE)
    with django_assert_num_queries(8):
        theirs.get(PAGE)
    for choice in CHOICES:
        Refusal.objects.create(person=theo, choice=choice, at=make.NOW)
    with django_assert_num_queries(8):
        theirs.get(PAGE)


def test_the_page_says_since_when_a_kind_is_off(theirs, theo):
    assert "Turned off on" not in words_of(theirs.get(PAGE))
    Refusal.objects.create(person=theo, choice="rhythm", at=datetime(2024, 5, 3, 22, 30, tzinfo=UTC))
    Client().post(off_link(theo, "stages"))
    today = day_words(timezone.localdate(timezone.now(), ZoneInfo(theo.zone)))

    page = words_of(theirs.get(PAGE))

    assert page.count("Turned off on") == 2
    assert f"{CHOICES['rhythm'].text} Turned off on 4 May 2024." in page  # by the clock of Oslo
    assert f"{CHOICES['stages'].text} Turned off on {today}." in page
    theirs.post(PAGE, {**ALL_ON, **DAYTIME})
    assert "Turned off on" not in words_of(theirs.get(PAGE))


# The link in a letter


def test_the_page_behind_the_link_is_kept_by_nobody_and_told_to_nobody(theo, client):
    forged = links.OFF.format(token="x")
    for answer in (client.get(off_link(theo)), client.post(off_link(theo)), client.get(forged)):
        given = [answer[name] for name in ("Cache-Control", "Referrer-Policy", "X-Robots-Tag")]
        assert given == ["no-store", "no-referrer", "noindex"]


def test_presses_from_one_place_are_counted(theo, client):
    forged = links.OFF.format(token="x")
    assert {client.post(forged).status_code for _ in range(30)} == {410}
    assert client.post(off_link(theo)).status_code == 429
    assert client.get(off_link(theo)).status_code == 200
    assert refusals(theo) == set()


def test_who_has_left_has_no_such_link_any_more(theo, client):
    theo.is_active = False
    theo.save()
    for answer in (client.get(off_link(theo)), client.post(off_link(theo))):
        assert (answer.status_code, "Nothing has been changed." in words_of(answer)) == (410, True)
    assert refusals(theo) == set() and not Event.objects.filter(verb="letters.turned_off").exists()


def test_opening_the_link_changes_nothing_and_one_press_turns_it_off(theo, client):
    link = off_link(theo)
    for method in (client.get, client.head, client.get):
        assert method(link).status_code == 200
    assert refusals(theo) == set()
    assert "Turn off letters of this kind? Your rhythm" in words_of(client.get(link))
    for _ in range(3):
        answer = client.post(link)
        assert (answer.status_code, "Turned off Your rhythm" in words_of(answer)) == (200, True)
    assert refusals(theo) == {"rhythm"}
    assert Event.objects.get(verb="letters.turned_off").details == {"choice": "rhythm"}
    assert "Turned off Your rhythm" in words_of(client.get(link))


def test_a_mail_program_presses_it_without_cookie_token_or_sign_in(theo):
    """As RFC 8058 has it: a POST with that one line, and no redirection."""
    program = Client(enforce_csrf_checks=True)
    body = "List-Unsubscribe=One-Click"
    answer = program.post(off_link(theo), body, content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, refusals(theo), dict(program.cookies)) == (200, {"rhythm"}, {})


def test_the_link_is_good_for_its_person_and_kind_alone_also_for_somebody_else_signed_in(theo, mira, theirs):
    theirs.post(off_link(mira, "stages"))
    assert (refusals(mira), refusals(theo)) == ({"stages"}, set())


@pytest.mark.parametrize("spoil", ["forged", "old", "another kind", "nobody", "nothing"])
def test_a_link_that_is_wrong_or_old_says_so_and_changes_nothing(theo, client, spoil):
    good = off_link(theo)
    token = good.split("/")[-2]
    other = f"{token.rpartition('.')[0]}.{'x' * 43}"
    link = {
        "forged": links.OFF.format(token=other),
        "old": off_link(theo, days=401),
        "another kind": off_link(theo, "never-was"),
        "nobody": off_link(make.person(), days=0),
        "nothing": links.OFF.format(token="x"),
    }[spoil]
    if spoil == "nobody":
        type(theo).objects.exclude(pk=theo.pk).delete()
    for answer in (client.get(link), client.post(link)):
        assert answer.status_code == 410
        assert "Nothing has been changed." in words_of(answer)
    assert Refusal.objects.count() == 0


def test_the_link_in_a_letter_turns_off_what_that_letter_is(pair, theo, client):
    pair = type(pair).objects.with_people().get(pk=pair.pk)
    kind = LETTERS["relationships.quiet"]
    data = {"since": pair.silent_since.isoformat()}
    letter = draft(kind.name, theo, about=pair, key="k", now=timezone.now(), data=data)
    written = write(kind, letter, timezone.now())
    mail = message(written, message_id="<x@example.org>", now=timezone.now())
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = "/letters/off/" + mail["List-Unsubscribe"].strip("<>").rpartition("/letters/off/")[2]
    assert (path in written.text, path in written.html) == (True, True)
    client.post(path)
    assert refusals(theo) == {"rhythm"}


# The frame


def test_the_foot_leads_to_the_choices_of_whoever_has_joined(db):
    words = {"choose": "https://x.example/me/letters/", "reader": make.person(), "why": "You take part in X."}
    for name in ("emails/frame.html", "emails/frame.txt"):
        assert "https://x.example/me/letters/" in get_template(name).render(words)
        stranger = {**words, "reader": make.person(joined=False)}
        assert "/me/letters/" not in get_template(name).render(stranger)
