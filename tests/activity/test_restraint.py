"""Restraint: what can wait keeps to the reader's hours, comes twice a week, and the rest in one digest."""

import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from activity import actions, restraint
from activity.carriers import Answer, Outcome
from activity.models import Letter
from activity.tick import tick
from tests import make
from tests.activity.forks import together
from tests.activity.kinds import DUES, LETTERS

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
FRIDAY_EVENING = datetime(2026, 10, 16, 19, 0, tzinfo=UTC)  # 21:00 in Berlin
MONDAY_MORNING = datetime(2026, 10, 19, 6, 0, tzinfo=UTC)  # 08:00 in Berlin
TUESDAY_MORNING = datetime(2026, 10, 13, 6, 0, tzinfo=UTC)


def post(person, now, kind="tests.slow", key="one", **details):
    return actions.post(kind, person, about=person, key=key, now=now, **details)


def post_some(person, now, count, kind="tests.slow", **details):
    return [post(person, now, kind, key=f"{kind} {n}", **details) for n in range(count)]


def fresh(letter):
    return Letter.objects.get(pk=letter.pk)


def states():
    return Counter(Letter.objects.values_list("state", flat=True))


def digests():
    return Letter.objects.filter(kind=restraint.DIGEST).order_by("pk")


def test_a_letter_that_can_wait_waits_for_working_hours_and_is_not_lost(mira, look, carrier):
    letter = post(mira, FRIDAY_EVENING)
    for hours in range(0, 59, 7):
        look(FRIDAY_EVENING + hours * HOUR)
    row = fresh(letter)
    assert (row.state, row.run_at, row.wanted_at) == ("ready", MONDAY_MORNING, FRIDAY_EVENING)
    assert (row.note, row.attempts, carrier.mails) == ("waits for working hours", 0, [])
    look(MONDAY_MORNING)
    assert (fresh(letter).state, fresh(letter).note, len(carrier.mails)) == ("sent", "", 1)


def test_what_is_never_held_back_comes_at_any_hour(mira, look, carrier):
    for n in range(5):
        post(mira, FRIDAY_EVENING, "tests.news", key=f"{n}")
    look(FRIDAY_EVENING)
    assert carrier.by_person() == {"mira@example.org": 5}
    assert Letter.objects.exclude(let_out_at=None).count() == 0


def test_a_letter_that_would_be_worthless_by_then_does_not_wait(mira, look, carrier):
    post(mira, FRIDAY_EVENING, not_after=FRIDAY_EVENING + DAY)
    look(FRIDAY_EVENING)
    assert len(carrier.mails) == 1


def test_each_reader_has_their_own_hours(mira, theo, look, carrier):
    nine_in_berlin = datetime(2026, 10, 12, 7, 0, tzinfo=UTC)
    for person in (mira, theo):
        post(person, nine_in_berlin, key=f"{person.pk}")
    look(nine_in_berlin)
    assert carrier.by_person() == {"mira@example.org": 1}
    look(nine_in_berlin + 5 * HOUR)  # eight in New York
    assert carrier.by_person() == {"mira@example.org": 1, "theo@example.org": 1}


def test_a_letter_that_waits_is_not_late_when_it_comes(mira, look, carrier):
    for n in range(2):
        post(mira, FRIDAY_EVENING, "tests.slow", key=f"{n}")
    look(FRIDAY_EVENING)
    look(MONDAY_MORNING)
    assert (states(), len(carrier.mails)) == ({"sent": 2}, 2)


def test_two_come_one_by_one_and_the_rest_in_one_digest_on_the_next_working_morning(
    mira, now, look, carrier, settings
):
    settings.PUBLIC_URL = "https://mentoring.example.org"
    titles = ["First", "Second", "Third", "Fourth", "Fifth"]
    for n, title in enumerate(titles):
        post(mira, now, key=f"{n}", data={"title": title, "path": f"/pairs/{n}/"})
    for _ in range(3):
        look(now)
    assert [mail["Subject"] for mail in carrier.mails] == ["First for Mira Holm", "Second for Mira Holm"]
    digest = digests().get()
    assert (digest.state, digest.run_at) == ("ready", TUESDAY_MORNING)
    assert set(digest.collapsed.values_list("key", "note")) == {
        (f"{n}", "told in a digest") for n in (2, 3, 4)
    }

    look(TUESDAY_MORNING - timedelta(seconds=1))
    assert len(carrier.mails) == 2
    for _ in range(3):
        look(TUESDAY_MORNING)
    assert [mail["Subject"] for mail in carrier.mails[2:]] == ["3 messages for you"]
    text = carrier.mails[2].get_body(("plain",)).get_content()
    for n in (2, 3, 4):
        assert f"{titles[n]} for Mira Holm\nhttps://mentoring.example.org/pairs/{n}/" in text.replace(
            "\r\n", "\n"
        )
    assert "You asked for it. What can wait comes in one message once there are several." in text
    assert "not sent again" not in text
    assert states() == {"sent": 3, "collapsed": 3}


def test_the_places_come_back_after_seven_days(mira, now, look, carrier):
    post_some(mira, now, 2)
    look(now)
    post(mira, now + 6 * DAY, "tests.duty", key="too early")
    look(now + 4 * DAY)  # a Friday
    look(now + 7 * DAY - HOUR)
    assert Letter.objects.get(key="too early").state == "collapsed"
    post(mira, now + 7 * DAY, "tests.duty", key="in time")
    look(now + 7 * DAY + HOUR)
    assert Letter.objects.get(key="in time").state == "sent"


def test_a_digest_comes_once_in_seven_days(mira, now, look, carrier):
    post_some(mira, now, 3)
    look(now)
    look(TUESDAY_MORNING)
    post(mira, TUESDAY_MORNING + HOUR, key="later")
    look(TUESDAY_MORNING + HOUR)
    post(mira, TUESDAY_MORNING + DAY, key="later still")
    look(TUESDAY_MORNING + DAY)
    first, second = digests()
    assert (first.state, second.state, second.run_at) == ("sent", "ready", TUESDAY_MORNING + 7 * DAY)
    assert set(second.collapsed.values_list("key", flat=True)) == {"later", "later still"}
    look(TUESDAY_MORNING + 7 * DAY)
    assert (fresh(second).state, len(carrier.mails)) == ("sent", 4)


def test_a_summary_that_keeps_to_the_hours_takes_no_place_and_finds_none_missing(mira, now, look, carrier):
    post_some(mira, now, 4, "tests.weekly")
    post_some(mira, now, 2)
    look(now)
    assert states() == {"sent": 6}
    post(mira, FRIDAY_EVENING, "tests.weekly", key="evening")
    look(FRIDAY_EVENING)
    assert Letter.objects.get(key="evening").run_at == MONDAY_MORNING


def test_what_never_left_takes_no_place(mira, now, look, carrier):
    post(mira, now, key="untrue", data={"untrue": True})
    look(now)
    carrier.answers = [Answer(Outcome.PERM, 550, "no such user")]
    post(mira, now, key="refused")
    look(now)
    post_some(mira, now, 2)
    look(now)
    assert states() == {"cancelled": 1, "dead": 1, "sent": 2}


def test_a_letter_that_is_tried_again_keeps_its_place_and_the_hours(mira, now, look, carrier):
    evening = datetime(2026, 10, 12, 15, 58, tzinfo=UTC)  # two minutes to six
    carrier.answers = [Answer(Outcome.TEMP, 451, "greylisted")] * 2
    first, second = post_some(mira, evening, 2)
    look(evening)
    look(evening + 5 * timedelta(minutes=1))
    assert {fresh(first).run_at, fresh(second).run_at} == {TUESDAY_MORNING}
    look(TUESDAY_MORNING)
    assert (states(), fresh(first).attempts) == ({"sent": 2}, 2)


def test_what_a_mail_server_puts_off_for_days_takes_its_place_on_the_day_it_comes(mira, now, look, carrier):
    """Let out on Monday, taken on Wednesday: on the next Monday the two of seven days have come already."""
    carrier.answers = [Answer(Outcome.TEMP, 452, "over quota")] * 100
    post_some(mira, now, 2)
    for hours in range(48):
        look(now + hours * HOUR)
    carrier.answers = []
    for hours in range(48, 80):
        look(now + hours * HOUR)
    assert states() == {"sent": 2}
    later = [post(mira, now + 7 * DAY + HOUR, key=f"later {n}") for n in range(2)]
    look(now + 7 * DAY + HOUR)
    assert [fresh(letter).state for letter in later] == ["collapsed", "collapsed"]


def test_what_was_let_out_long_ago_and_is_still_on_its_way_keeps_its_place(mira, now, look, carrier):
    first, second = post_some(mira, now, 2)
    Letter.objects.filter(pk__in=[first.pk, second.pk]).update(
        let_out_at=now - 8 * DAY, run_at=now + 2 * HOUR
    )
    third = post(mira, now, key="third")
    look(now)
    assert fresh(third).state == "collapsed"


def test_lines_that_have_become_untrue_or_unwanted_are_left_out_and_say_so(mira, now, look, carrier):
    post_some(mira, now, 2)
    untrue, off, late, stays = (
        post(mira, now, "tests.duty", key="untrue"),
        post(mira, now, "tests.slow", key="off"),
        post(mira, now, "tests.duty", key="late", not_after=now + 2 * HOUR),
        post(mira, now, "tests.duty", key="stays", data={"title": "Stays"}),
    )
    look(now)
    Letter.objects.filter(pk=untrue.pk).update(data={"untrue": True})
    actions.turn_off(mira, "nudges", by=mira, now=now)
    look(TUESDAY_MORNING)
    assert {key: (fresh(row).state, fresh(row).note) for key, row in
            {"untrue": untrue, "off": off, "late": late, "stays": stays}.items()} == {
        "untrue": ("cancelled", "no longer true"),
        "off": ("cancelled", "turned off by the reader"),
        "late": ("cancelled", "no longer true"),
        "stays": ("collapsed", "told in a digest"),
    }  # fmt: skip
    assert carrier.mails[-1]["Subject"] == "1 message for you"


def test_nothing_to_say_means_no_digest(mira, now, look, carrier):
    post_some(mira, now, 4)
    look(now)
    Letter.objects.filter(state="collapsed").update(data={"untrue": True})
    for days in range(4):
        look(TUESDAY_MORNING + days * DAY)
    assert len(carrier.mails) == 2
    assert states() == {"sent": 2, "cancelled": 3}
    assert digests().get().note == "no longer true"


def test_a_line_that_cannot_be_written_fails_by_itself(mira, now, look, carrier, caplog):
    post_some(mira, now, 2)
    broken = post(mira, now, key="broken", data={"broken": True})
    post(mira, now, key="whole")
    look(now)
    look(TUESDAY_MORNING)
    look(TUESDAY_MORNING)
    assert carrier.mails[-1]["Subject"] == "1 message for you"
    assert (fresh(broken).state, fresh(broken).collapsed_into) == ("ready", None)
    assert fresh(broken).note.startswith("could not be written: KeyError")
    assert "confidence" not in caplog.text


def test_a_digest_does_not_come_at_night_either(mira, now, look, carrier):
    post_some(mira, now, 3)
    look(now)
    look(FRIDAY_EVENING)
    assert (len(carrier.mails), digests().get().run_at) == (2, MONDAY_MORNING)
    look(MONDAY_MORNING)
    assert len(carrier.mails) == 3


def test_how_many_come_in_a_week_is_a_setting(mira, now, look, carrier, settings):
    settings.LETTERS_A_WEEK = 0
    post_some(mira, now, 2)
    look(now)
    assert (carrier.mails, digests().get().collapsed.count()) == ([], 2)
    settings.LETTERS_A_WEEK = 5
    post_some(mira, now, 5, "tests.duty")
    look(now)
    assert len(carrier.mails) == 5


def test_readers_do_not_share_their_places(mira, now, look, carrier):
    others = [make.person(zone="Europe/Berlin") for _ in range(3)]
    for person in [mira, *others]:
        for n in range(3):
            post(person, now, key=f"{person.pk} {n}")
    look(now)
    assert set(carrier.by_person().values()) == {2}
    look(TUESDAY_MORNING)
    assert set(carrier.by_person().values()) == {3}


# Many at once


class Silent:
    host = "memory"

    def open(self): ...

    def deliver(self, mail):
        return Answer(Outcome.OK, 250, "kept", self.host)

    def close(self): ...


def look_by_three(now, monkeypatch):
    monkeypatch.setattr("activity.sending.BATCH", 2)
    together(*[lambda: [tick(now, letters=LETTERS, dues=DUES, carrier=Silent()) for _ in range(4)]] * 3)


@pytest.mark.django_db(transaction=True)
def test_three_senders_at_once_stay_within_the_places_of_a_week(now, monkeypatch):
    people = [make.person(zone="Europe/Berlin") for _ in range(4)]
    for n in range(8):
        for person in people:
            post(person, now, key=f"{person.pk} {n}")
    look_by_three(now, monkeypatch)
    for person in people:
        mine = Letter.objects.for_person(person)
        assert mine.sent().count() == 2
        digest = mine.get(kind=restraint.DIGEST)
        assert digest.collapsed.count() == 6
    look_by_three(TUESDAY_MORNING, monkeypatch)
    assert digests().sent().count() == 4
    assert Letter.objects.sent().count() == 12


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_control_without_taking_turns_more_letters_go_out(now, monkeypatch):
    person = make.person(zone="Europe/Berlin")
    for n in range(8):
        post(person, now, key=f"{n}")
    counted = restraint.places_taken

    def slowly(person, now):
        taken = counted(person, now)
        time.sleep(0.2)
        return taken

    monkeypatch.setattr(restraint, "places_taken", slowly)
    monkeypatch.setattr(restraint, "one_at_a_time", lambda person: None)
    look_by_three(now, monkeypatch)
    assert Letter.objects.sent().count() > 2
