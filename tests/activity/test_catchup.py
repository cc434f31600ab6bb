"""After an outage: nothing lost, and no storm."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from activity import actions, catchup
from activity.carriers import Unreachable
from activity.kinds import LetterKind, Patience, table
from activity.models import Due, Event, Letter
from tests import make
from tests.activity.kinds import LETTERS, words

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def post(person, now, kind="tests.nudge", key="one", **details):
    return actions.post(kind, person, about=person, key=key, now=now, **details)


def once(fold):
    """Does its work the first time, and nothing after that."""
    left = iter([fold])
    return lambda *asked: next(left, lambda *_: Counter())(*asked)


def states():
    return Counter(Letter.objects.values_list("state", flat=True))


def test_two_weeks_of_downtime_are_caught_up_without_a_storm(db, now, look, carrier):
    """Twelve people, each with two weekly reminders missed, three steps of a life, and one fact of today."""
    people = [make.person() for _ in range(12)]
    for person in people:
        for week in (0, 1):
            at = now + 7 * week * DAY
            actions.arm("tests.remind", person, at=at, occurrence=f"week {week}", now=now)
        actions.arm("tests.digest", person, at=now + 2 * DAY, occurrence="digest", now=now)
        actions.arm("tests.move", person, at=now, occurrence="step 1", now=now, data={"step": 1, "steps": 3})
    today = now + 14 * DAY
    actions.arm("tests.tell", people[0], at=today, occurrence="today", now=now)

    for _ in range(3):
        look(today)

    assert carrier.by_person() == {person.email: 1 + (person == people[0]) for person in people}
    assert Due.objects.armed().count() == 0
    for person in people:
        steps = Event.objects.about(person).filter(verb="tests.moved").order_by("pk")
        assert [event.at for event in steps] == [now, now + DAY, now + 2 * DAY]

    # The other family had to wait a day, and comes then; after that there is nothing more to say.
    for day in range(4):
        look(today + day * DAY + HOUR)
    assert carrier.by_person() == {person.email: 2 + (person == people[0]) for person in people}
    assert Letter.objects.exclude(state="sent").count() == 0


def test_late_letters_of_a_family_become_one_that_says_how_many_more_there_are(
    mira, theo, now, look, carrier
):
    for day in range(3):
        post(mira, now + day * DAY, key=f"mira {day}")
    post(theo, now + 2 * DAY, key="theo")
    look(now + 2 * DAY + 7 * HOUR)
    assert carrier.by_person() == {"mira@example.org": 1, "theo@example.org": 1}
    assert states() == {"sent": 2, "collapsed": 2}
    stands = Letter.objects.get(key="mira 2")
    assert set(stands.collapsed.values_list("key", flat=True)) == {"mira 0", "mira 1"}
    assert "2 more." in stands.body_text
    assert "more." not in Letter.objects.get(key="theo").body_text


def test_letters_within_their_grace_and_letters_that_must_arrive_are_not_folded(mira, now, look, carrier):
    for n in range(3):
        post(mira, now + n * HOUR, key=f"nudge {n}")
        post(mira, now - n * DAY, "tests.news", key=f"news {n}")
    look(now + 5 * HOUR)
    assert states() == {"sent": 6}


def test_the_newest_true_letter_stands_for_the_others(mira, now, look, carrier):
    post(mira, now, key="true")
    post(mira, now + DAY, key="untrue", data={"untrue": True})
    post(mira, now + DAY, key="too late", not_after=now + 2 * DAY)
    look(now + 3 * DAY)
    assert dict(Letter.objects.values_list("key", "state")) == {
        "true": "sent",
        "untrue": "cancelled",
        "too late": "cancelled",
    }


def test_what_was_folded_into_a_letter_that_became_untrue_comes_up_again(mira, now, look, carrier):
    older = post(mira, now, key="older")
    newer = post(mira, now + DAY, key="newer", data={"untrue": True})
    # As if it had become untrue between the folding and the sending.
    Letter.objects.filter(pk=older.pk).update(state="collapsed", collapsed_into=newer)
    Letter.objects.filter(pk=newer.pk).update(caught_up=True)
    look(now + 3 * DAY)
    assert dict(Letter.objects.values_list("key", "state")) == {"older": "sent", "newer": "cancelled"}


def test_nobody_gets_two_mails_of_the_catch_up_within_a_day(mira, now, look, carrier):
    post(mira, now, key="nudge")
    look(now + DAY)
    post(mira, now + HOUR, key="another")
    post(mira, now + HOUR, "tests.digest", key="digest")
    look(now + DAY + HOUR)
    assert carrier.by_person() == {"mira@example.org": 1}
    look(now + 2 * DAY + HOUR)
    assert carrier.by_person() == {"mira@example.org": 2}
    look(now + 3 * DAY + 2 * HOUR)
    assert carrier.by_person() == {"mira@example.org": 3}


def test_after_a_weekend_one_mail_of_the_catch_up_comes_and_not_one_for_each_day_that_it_waited(
    mira, look, carrier
):
    """The outage ends on a Friday evening; each family has a letter that keeps to working hours."""
    friday = datetime(2026, 10, 16, 19, 0, tzinfo=UTC)
    families = ("one", "two", "three")
    kinds = LETTERS | table(
        *(
            LetterKind(f"tests.{name}", words, family=name, patience=Patience.HOURS, template="tests/note")
            for name in families
        )
    )
    for name in families:
        post(mira, friday - 3 * DAY, f"tests.{name}", key=name)
    came = []
    for hours in range(5 * 24):
        look(friday + hours * HOUR, letters=kinds)
        came += [friday + hours * HOUR] * (len(carrier.mails) - len(came))
    monday, tuesday, wednesday = (friday.date() + n * DAY for n in (3, 4, 5))
    assert [moment.date() for moment in came] == [monday, tuesday, wednesday]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_letter_about_which_the_database_breaks_off_stops_no_other(mira, theo, now, look, carrier):
    def breaks_off(letter, now):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    kinds = LETTERS | table(LetterKind("tests.probe", breaks_off, family="probes", template="tests/note"))
    post(mira, now, "tests.probe", key="probe")
    post(mira, now, key="nudge")
    post(theo, now, key="other")
    look(now + 2 * DAY, letters=kinds)
    look(now + 4 * DAY, letters=kinds)
    assert carrier.by_person() == {"mira@example.org": 1, "theo@example.org": 1}
    assert Letter.objects.get(key="probe").note.startswith("could not be written: DataError at ")


def test_late_letters_wait_until_all_that_fell_due_has_been_looked_at(mira, now, look, carrier, monkeypatch):
    monkeypatch.setattr("activity.firing.BATCH", 1)
    for person in [mira] * 4:
        actions.arm("tests.tell", person, at=now, occurrence=f"{Due.objects.count()}", now=now)
    for n in range(3):
        actions.arm("tests.digest", mira, at=now + n * DAY, occurrence=f"{n}", now=now)
    look(now + 5 * DAY)
    assert Counter(mail["Subject"] for mail in carrier.mails)["News for Mira Holm"] == 5
    assert states() == {"sent": 5, "collapsed": 2}


def test_a_day_without_a_mail_server_folds_as_well(mira, now, look, carrier):
    class Gone:
        host = "gone"

        def open(self):
            raise Unreachable("gone")

        def close(self): ...

    for hours in range(0, 30, 3):
        post(mira, now + hours * HOUR, key=f"{hours}")
        look(now + hours * HOUR, carrier=Gone())
    look(now + 30 * HOUR)
    # What was late became one; what was not yet is itself.
    assert states() == {"collapsed": 7, "sent": 3}
    assert Letter.objects.filter(state="sent").order_by("-wanted_at").first().key == "27"


def test_an_unusual_number_of_letters_is_held_until_somebody_has_looked(
    db, mira, now, look, carrier, monkeypatch
):
    monkeypatch.setattr(catchup, "USUAL", 10)
    people = [make.person() for _ in range(12)]
    for person in people:
        actions.arm("tests.tell", person, at=now, occurrence="a", now=now)
    did = look(now)
    assert did["held"] == 12
    assert (states(), carrier.mails) == ({"held": 12}, [])
    event = Event.objects.get(verb="letters.held")
    assert event.details == {"count": 12, "limit": 10}
    look(now + DAY)
    assert states() == {"held": 12}

    assert actions.release(Letter.objects.all(), by=mira, now=now + DAY) == 12
    look(now + DAY)
    assert states() == {"sent": 12}


def test_the_brake_sees_all_that_is_late_before_any_of_it_goes_out(db, now, look, carrier, monkeypatch):
    """Three people at a time are looked at; in the hour of the brake five letters are usual."""
    monkeypatch.setattr(catchup, "PEOPLE", 3)
    monkeypatch.setattr(catchup, "USUAL", 5)
    for _ in range(10):
        actions.arm("tests.remind", make.person(), at=now, occurrence="a", now=now)
    code = post(make.person(), now + 2 * DAY, "tests.code", key="code")
    look(now + 2 * DAY)
    assert [mail["Message-ID"] for mail in carrier.mails] == [code.message_id]
    assert states() == {"held": 10, "sent": 1}


def test_while_it_is_not_decided_what_becomes_of_late_letters_a_code_goes_out(
    db, now, look, carrier, monkeypatch
):
    """A look that has no time for more than three of ten people."""
    monkeypatch.setattr(catchup, "PEOPLE", 3)
    for _ in range(10):
        actions.arm("tests.remind", make.person(), at=now, occurrence="a", now=now)
    monkeypatch.setattr(catchup, "fold", once(catchup.fold))
    code = post(make.person(), now + 2 * DAY, "tests.code", key="code")
    look(now + 2 * DAY)
    assert [mail["Message-ID"] for mail in carrier.mails] == [code.message_id]
    assert states() == {"ready": 10, "sent": 1}
    look(now + 2 * DAY)
    assert states() == {"ready": 10, "sent": 1}, "the stand-in folds no more: the clock's letters wait"


def test_the_brake_counts_what_the_last_hour_has_seen(db, now, look, monkeypatch):
    monkeypatch.setattr(catchup, "USUAL", 10)
    for n in range(3):
        for _ in range(5):
            actions.arm("tests.tell", make.person(), at=now + n * MINUTE, occurrence="a", now=now)
        look(now + n * MINUTE)
    assert states() == {"sent": 10, "held": 5}


def test_the_largest_day_of_the_last_weeks_is_no_storm_three_times_over(db, now, look, monkeypatch):
    monkeypatch.setattr(catchup, "USUAL", 3)
    busy = [make.person() for _ in range(4)]
    for n, person in enumerate(busy):
        post(person, now - 20 * DAY, "tests.news", key=f"busy {n}")
    look(now - 20 * DAY)
    for _ in range(12):
        actions.arm("tests.tell", make.person(), at=now, occurrence="a", now=now)
    look(now)
    assert states() == {"sent": 16}
    # The largest day of the last 28 is the one of twelve now; forty at once are too many.
    for _ in range(40):
        actions.arm("tests.tell", make.person(), at=now + 2 * DAY, occurrence="a", now=now)
    look(now + 2 * DAY)
    assert states() == {"sent": 16, "held": 40}


def test_letters_that_people_have_asked_for_are_never_too_many(db, now, look, monkeypatch):
    monkeypatch.setattr(catchup, "USUAL", 3)
    for n in range(10):
        post(make.person(), now, "tests.news", key=f"{n}")
    look(now)
    assert states() == {"sent": 10}


def test_a_clock_that_jumps_forward_sends_nothing_twice_and_is_braked(db, now, look, carrier, monkeypatch):
    monkeypatch.setattr(catchup, "USUAL", 10)
    people = [make.person() for _ in range(12)]
    for person in people:
        actions.arm("tests.tell", person, at=now + 40 * DAY, occurrence="a", now=now)
        actions.arm("tests.tell", person, at=now, occurrence="b", now=now)
    look(now - DAY)
    assert carrier.mails == []
    look(now + 41 * DAY)
    look(now)
    assert states() == {"held": 24}
