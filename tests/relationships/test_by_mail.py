"""Answers from letters: a press does what the page says, once, in the name of whoever the letter was for."""

from datetime import UTC, date, timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from activity import writing
from activity.actions import draft
from activity.links import bound
from activity.models import Event, Letter
from core import tokens
from mentorship.clockwork import LETTERS
from people.models import User
from relationships.actions import cancel_meeting, mark_held, mark_not_held, move_meeting
from relationships.links import HELD, held_path, log_path, move_path, not_held_path
from relationships.models import Meeting
from tests import make
from tests.make import NOW
from tests.pages import text

pytestmark = pytest.mark.usefixtures("clock")

DAY = timedelta(days=1)


@pytest.fixture
def waiting(pair):
    return make.meeting(pair, state="scheduled", starts_at=NOW - 2 * DAY)


@pytest.fixture
def planned(pair):
    return make.meeting(pair, state="scheduled", starts_at=NOW + 3 * DAY)


def state_of(meeting):
    return Meeting.objects.get(pk=meeting.pk).state


# Held, or not


def test_looking_changes_nothing_and_a_press_says_that_they_met(client, waiting, theo):
    path = held_path(waiting, theo)
    for method in (client.get, client.head, client.get):
        assert method(path).status_code == 200
    assert state_of(waiting) == "scheduled"

    assert "Did you and Mira meet on" in text(client.get(path))

    response = client.post(path)

    assert (response.status_code, response["Location"]) == (303, path)
    kept = Meeting.objects.get(pk=waiting.pk)
    assert (kept.state, kept.marked_by, kept.marked_at) == ("held", theo, NOW)


def test_the_second_press_says_that_it_is_done_and_does_nothing(client, waiting, theo):
    path = held_path(waiting, theo)
    client.post(path)

    again = client.post(path)

    assert "Noted: you and Mira met on" in text(again)
    assert "<button" not in text(again)
    assert Event.objects.filter(verb="relationships.meeting_held").count() == 1


def test_when_the_other_has_said_so_already_the_press_confirms(client, waiting, theo, mira):
    mark_held(waiting, by=mira, now=NOW)
    path = held_path(waiting, theo)
    assert "your partner has said so already" in text(client.get(path))

    client.post(path)

    kept = Meeting.objects.get(pk=waiting.pk)
    assert (kept.marked_by, kept.confirmed_by) == (mira, theo)


def test_a_press_says_that_it_did_not_happen_once(client, waiting, theo):
    path = not_held_path(waiting, theo)
    client.get(path)
    assert state_of(waiting) == "scheduled"

    client.post(path)
    again = client.post(path)

    assert state_of(waiting) == "no_show"
    assert "did not happen" in text(again) and "<button" not in text(again)
    assert Event.objects.filter(verb="relationships.meeting_not_held").count() == 1


def test_what_the_other_has_logged_is_not_overturned_by_a_link(client, waiting, theo, mira):
    mark_held(waiting, by=mira, now=NOW)

    response = client.post(not_held_path(waiting, theo))

    assert "Somebody has said that you met" in text(response)
    assert Meeting.objects.get(pk=waiting.pk).disputed_at is None


def test_after_no_comes_yes_by_the_other_link(client, waiting, theo, mira):
    mark_not_held(waiting, by=mira, now=NOW)

    client.post(held_path(waiting, theo))

    assert state_of(waiting) == "held"


# Another time


def test_another_time_is_one_of_those_that_suit_everybody(client, planned, theo):
    path = move_path(planned, theo)
    page = client.get(path)
    choices = [value for value, _words in page.context["form"].fields["at"].choices]
    assert len(choices) == 3

    response = client.post(path, {"at": choices[1]})

    assert response.status_code == 303
    kept = Meeting.objects.get(pk=planned.pk)
    assert (kept.starts_at.isoformat(), kept.sequence) == (choices[1], 1)
    assert "Moved: you meet on" in text(client.get(path))
    assert Letter.objects.filter(kind="relationships.meeting_moved").count() == 2

    again = client.post(path, {"at": choices[2]})
    assert "Moved: you meet on" in text(again)
    assert Meeting.objects.get(pk=planned.pk).sequence == 1


@pytest.mark.parametrize(
    "at",
    [
        "",
        "nonsense",
        "2020-01-01T10:00:00+00:00",
        "2026-10-14T03:00:00+00:00",
        "2026-10-14T11:00:00",
        "9" * 400,
    ],
)
def test_a_time_that_was_not_offered_is_refused_beside_the_choice(client, planned, theo, at):
    response = client.post(move_path(planned, theo), {"at": at})

    assert response.status_code == 422
    assert Meeting.objects.get(pk=planned.pk).starts_at == planned.starts_at


def test_a_meeting_that_the_other_has_moved_is_not_moved_by_an_old_link(client, planned, theo, mira):
    path = move_path(planned, theo)
    move_meeting(planned, starts_at=NOW + 5 * DAY, minutes=45, mode="video", place="", by=mira, now=NOW)

    assert client.get(path).status_code == 410
    assert client.post(path, {"at": "2026-10-14T11:00:00+00:00"}).status_code == 410


# Logging


def test_a_meeting_that_nobody_planned_is_logged_once(client, pair, theo):
    path = log_path(pair, theo, since=NOW)
    assert client.get(path).status_code == 200

    response = client.post(path, {"day": "2026-10-10", "minutes": "30"})
    assert response.status_code == 303
    [meeting] = Meeting.objects.filter(is_logged_afterwards=True)
    assert (meeting.starts_at.date(), meeting.minutes, meeting.marked_by) == (date(2026, 10, 10), 30, theo)
    assert "Noted: you and Mira met on" in text(client.get(response["Location"]))

    again = client.post(path, {"day": "2026-10-10", "minutes": "30"})
    assert "You have logged a meeting on this day already" in text(again)
    assert Meeting.objects.count() == 1


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"day": "2026-10-13", "minutes": "30"},
        {"day": "x", "minutes": "x"},
        {"day": "2026-10-10", "minutes": "0"},
    ],
)
def test_nonsense_is_told_beside_the_field(client, pair, theo, sent):
    response = client.post(log_path(pair, theo, since=NOW), sent or {"day": ""})

    assert response.status_code == 422
    assert "_error" in text(response)
    assert not Meeting.objects.exists()


# Whose link it is


def test_whoever_is_signed_in_the_answer_is_of_the_person_the_letter_was_for(waiting, theo, otto):
    other = Client()
    other.force_login(otto)

    other.post(held_path(waiting, theo))

    assert Meeting.objects.get(pk=waiting.pk).marked_by == theo


def test_a_page_tells_names_and_dates_and_no_content(client, pair, planned, waiting, theo):
    make.agenda_item(pair, "What to say to my manager")
    make.note(pair, body="A note of ours", meeting=waiting)
    Meeting.objects.update(place="https://meet.example.org/secret")

    pages = [
        held_path(waiting, theo),
        not_held_path(waiting, theo),
        move_path(planned, theo),
        log_path(pair, theo, since=NOW),
    ]

    for path in pages:
        response = client.get(path)
        for word in ("manager", "note of ours", "secret", "@example.org"):
            assert word not in text(response)
        assert (response["Referrer-Policy"], response["Cache-Control"]) == ("no-referrer", "no-store")


def broken(waiting, planned, theo, mira, otto):
    good = held_path(waiting, theo)
    token = good.split("/")[-2]
    subject = f"{waiting.public_id}-{theo.public_id}"
    foreign = f"{waiting.public_id}-{otto.public_id}"
    moment = str(int(waiting.starts_at.timestamp()))
    nonce = bound(theo, moment)
    made = [
        tokens.make(HELD, subject, nonce=nonce, expires=NOW),
        tokens.make(HELD, foreign, nonce=bound(otto, moment), expires=NOW + DAY),
        tokens.make(HELD, subject, nonce=bound(mira, moment), expires=NOW + DAY),
        tokens.make(HELD, subject, nonce=moment, expires=NOW + DAY),
        tokens.make(HELD, subject, nonce=bound(theo, "1"), expires=NOW + DAY),
        tokens.make(HELD, "zzzzzzzz-zzzzzzzz", nonce=nonce, expires=NOW + DAY),
        tokens.make(HELD, waiting.public_id, nonce=nonce, expires=NOW + DAY),
        tokens.make("another purpose", subject, nonce=nonce, expires=NOW + DAY),
        "nothing", "a.b.c.d", token[:-1], token + "x", token.swapcase(), "%00", "x" * 3000, "é" * 10,
        not_held_path(waiting, theo).split("/")[-2], move_path(planned, theo).split("/")[-2],
    ]  # fmt: skip
    for place in range(0, len(token), 3):
        made.append(f"{token[:place]}{'A' if token[place] != 'A' else 'B'}{token[place + 1 :]}")
    return [f"/by-mail/held/{one}/" for one in made]


def test_old_foreign_and_forged_links_get_one_and_the_same_answer(client, waiting, planned, theo, mira, otto):
    answers = set()
    for path in broken(waiting, planned, theo, mira, otto):
        for method in (client.get, client.post):
            cache.clear()
            response = method(path)
            if "%00" not in path:
                answers.add((response.status_code, response.content))

    assert len(answers) == 1
    assert next(iter(answers))[0] == 410
    assert state_of(waiting) == "scheduled"


def test_links_that_went_to_an_address_given_up_since_do_nothing(client, waiting, planned, pair, theo):
    paths = (
        held_path(waiting, theo),
        not_held_path(waiting, theo),
        move_path(planned, theo),
        log_path(pair, theo, since=NOW),
    )
    assert [client.get(path).status_code for path in paths] == [200] * 4
    User.objects.filter(pk=theo.pk).update(email="theo.new@example.org")

    assert [client.get(path).status_code for path in paths] == [410] * 4
    assert [client.post(path).status_code for path in paths] == [410] * 4
    assert state_of(waiting) == "scheduled"


def test_a_link_is_worth_nothing_after_its_time_and_when_its_owner_has_left(client, clock, waiting, theo):
    path = held_path(waiting, theo)
    clock.move_to(waiting.ends_at + timedelta(days=30))
    assert client.get(path).status_code == 410

    clock.move_to(NOW)
    assert client.get(path).status_code == 200
    type(theo).objects.filter(pk=theo.pk).update(is_active=False)
    assert client.get(path).status_code == 410


def test_a_meeting_that_was_called_off_or_moved_is_not_answered_for(client, pair, planned, theo, clock):
    path = held_path(planned, theo)
    cancel_meeting(planned, by=theo, now=NOW)
    clock.move_to(NOW + 4 * DAY)

    assert client.post(path).status_code == 410


def test_somebody_who_presses_without_end_is_asked_to_wait(client, waiting, theo):
    path = not_held_path(waiting, theo)

    answers = [client.post(path).status_code for _n in range(31)]

    assert (answers[0], answers[29], answers[30]) == (303, 200, 429)
    assert client.get(path).status_code == 200


# The letters


def letter_of(kind, person, about, **data):
    kept = draft(kind, person, about=about, key=f"{kind}:{person.pk}", now=NOW, data=data)
    kept.save()
    return kept


def test_the_letter_carries_links_that_work(client, waiting, planned, theo):
    asked = letter_of("relationships.was_it_held", theo, waiting, occurrence=waiting.occurrence)
    invited = letter_of("relationships.meeting_planned", theo, planned, sequence=0, by=theo.pk)

    for letter, paths in (
        (asked, [held_path(waiting, theo), not_held_path(waiting, theo)]),
        (invited, [move_path(planned, theo)]),
    ):
        written = writing.write(LETTERS[letter.kind], letter, NOW)
        for path in paths:
            assert path in written.text and path in written.html
            assert client.get(path).status_code == 200


def test_a_preview_and_a_letter_to_another_address_carry_none(waiting, theo):
    kind = LETTERS["relationships.was_it_held"]
    data = {"occurrence": waiting.occurrence}
    preview = draft(kind.name, theo, about=waiting, key="preview", now=NOW, data=data)
    elsewhere = draft(
        kind.name, theo, about=waiting, key="elsewhere", now=NOW, data=data, address="cora@example.org"
    )
    elsewhere.save()

    for letter in (preview, elsewhere):
        written = writing.write(kind, letter, NOW)
        assert "/by-mail/" not in written.text + written.html


def test_the_time_is_that_of_the_reader(client, pair, theo):
    meeting = make.meeting(pair, state="scheduled", starts_at=NOW.replace(hour=22, minute=30) + DAY)
    assert meeting.starts_at.tzinfo == UTC

    assert "00:30" in text(client.get(move_path(meeting, theo)))
