from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection

from activity import actions
from activity.kinds import DueKind, table
from activity.models import Due, Event, Heartbeat, Letter, reference
from tests import make
from tests.activity.kinds import DUES

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def test_what_is_due_happens_once_however_often_the_clock_looks(mira, now, look):
    actions.arm("tests.tell", mira, at=now, occurrence="a", now=now)
    actions.arm("tests.tell", mira, at=now + DAY, occurrence="b", now=now)
    for _ in range(3):
        look(now)
    assert list(Due.objects.order_by("pk").values_list("state", "fired_at")) == [
        ("fired", now),
        ("armed", None),
    ]
    assert list(Letter.objects.values_list("key", "state")) == [(f"tests.news|{reference(mira)}|a", "sent")]
    assert Event.objects.filter(verb="tests.said").count() == 1


def test_steps_that_were_missed_are_taken_in_order_with_their_true_dates(mira, now, look):
    actions.arm("tests.move", mira, at=now, occurrence="step 1", now=now, data={"step": 1, "steps": 5})
    for _ in range(3):
        look(now + 30 * DAY)
    taken = [(event.at, event.details["step"]) for event in Event.objects.about(mira).order_by("pk")]
    assert taken == [(now + (step - 1) * DAY, step) for step in range(1, 6)]


def test_all_of_a_row_or_nothing(mira, now, look):
    """The letter that the failing deed had already written is not in the post."""
    actions.arm("tests.broken", mira, at=now, occurrence="a", now=now)
    did = look(now)
    assert (Letter.objects.count(), Event.objects.count()) == (0, 0)
    assert did == Counter({"put off": 1})


def test_a_row_that_fails_is_put_off_an_hour_and_stops_nobody(mira, theo, now, look, carrier, caplog):
    actions.arm("tests.broken", mira, at=now - DAY, occurrence="a", now=now)
    actions.arm("tests.tell", theo, at=now, occurrence="a", now=now)
    look(now)
    look(now)
    assert carrier.by_person() == {"theo@example.org": 1}
    row = Due.objects.get(kind="tests.broken")
    assert (row.state, row.failures, row.look_at, row.due_at) == ("armed", 1, now + HOUR, now - DAY)
    assert row.last_error.startswith("ValueError at activity/kinds.py:")
    assert "confidence" not in row.last_error + caplog.text
    look(now + HOUR)
    row.refresh_from_db()
    assert (row.failures, row.look_at) == (2, now + 2 * HOUR)


def test_a_row_of_an_unknown_kind_waits_for_a_newer_worker(mira, now, look):
    actions.arm("tests.from_tomorrow", mira, at=now, occurrence="a", now=now)
    look(now)
    assert Due.objects.get().state == "armed"
    newer = DUES | table(DueKind("tests.from_tomorrow", DUES["tests.tell"].act))
    look(now, dues=newer)
    assert (Due.objects.get().state, Letter.objects.count()) == ("fired", 1)


def test_late_occurrences_of_a_family_give_way_to_the_newest(mira, now, look, carrier):
    for week in range(3):
        actions.arm("tests.remind", mira, at=now + 7 * week * DAY, occurrence=f"week {week}", now=now)
    look(now + 15 * DAY)
    assert list(Due.objects.order_by("due_at").values_list("state", flat=True)) == [
        "collapsed",
        "collapsed",
        "fired",
    ]
    assert carrier.by_person() == {"mira@example.org": 1}


def test_occurrences_within_the_grace_are_each_said(mira, now, look):
    for hour in range(3):
        actions.arm("tests.remind", mira, at=now + hour * HOUR, occurrence=f"hour {hour}", now=now)
    look(now + 3 * HOUR)
    assert set(Due.objects.values_list("state", flat=True)) == {"fired"}


def test_the_clock_does_more_than_a_batch_in_one_look(db, now, look, monkeypatch):
    monkeypatch.setattr("activity.firing.BATCH", 7)
    monkeypatch.setattr("activity.sending.BATCH", 5)
    people = [make.person() for _ in range(20)]
    for person in people:
        actions.arm("tests.tell", person, at=now, occurrence="a", now=now)
    did = look(now)
    assert (did["fired"], did["sent"]) == (20, 20)


def test_the_clock_stops_when_its_time_is_used_up(mira, now, look):
    actions.arm("tests.tell", mira, at=now, occurrence="a", now=now)
    assert look(now, budget_seconds=0) == Counter()
    assert Due.objects.get().state == "armed"
    assert look(now)["fired"] == 1


def test_the_clock_says_how_late_it_is(mira, now, look):
    actions.arm("tests.tell", mira, at=now - HOUR, occurrence="a", now=now)
    look(now)
    beat = Heartbeat.objects.get(name="tick")
    assert (beat.lag, beat.rows) == (HOUR, 2)
    assert beat.last_ok >= beat.started
    look(now)
    beat.refresh_from_db()
    assert (beat.lag, beat.rows) == (timedelta(0), 0)


@pytest.mark.parametrize("rows", [0, 30])
def test_a_look_without_work_asks_the_same_few_questions(db, now, look, rows, django_assert_num_queries):
    for person in [make.person() for _ in range(rows)]:
        actions.arm("tests.tell", person, at=now + DAY, occurrence="a", now=now)
        actions.post("tests.news", person, about=person, key=f"{person.pk}", now=now, run_at=now + DAY)
    look(now)
    limits = 2 if connection.vendor == "postgresql" else 0  # set, and taken back
    with django_assert_num_queries(13 + limits):
        look(now)
