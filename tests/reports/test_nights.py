"""The facts of the night: what was known then, once for each day, also after days without power."""

from datetime import date, timedelta

import pytest

from activity.models import Due
from mentorship.clockwork import DUES
from people.models import Organisation
from relationships.models import Pause, StageTransition
from reports.actions import arm_nights, write_missing_nights
from reports.actions.nights import KIND
from reports.facts import fact_as_json, fact_from_json, relationship_facts
from reports.metrics import HeldMeeting
from reports.models import DailyFact, Night
from tests import make
from tests.make import NOW

DAY = timedelta(days=1)
TODAY = NOW.date()


@pytest.fixture(autouse=True)
def organisation(db):
    return Organisation.objects.current()


def known(pair, now):
    return next(
        fact for fact in relationship_facts(type(pair).objects.all(), now) if fact.id == pair.public_id
    )


def step(pair, verb, at, status, stage, **fields):
    return StageTransition.objects.create(
        relationship=pair, verb=verb, from_status="active", from_stage="initiation", to_status=status,
        to_stage=stage, at=at, effective_at=fields.pop("effective_at", at), actor="member", **fields,
    )  # fmt: skip


# What was known


def test_a_fact_holds_what_was_known_at_that_moment(pair):
    """Marked yesterday is not known the day before; a dispute of today does not change yesterday."""
    early = make.meeting(pair, starts_at=NOW - 9 * DAY, marked_at=NOW - 8 * DAY)
    make.meeting(
        pair, starts_at=NOW - 5 * DAY, marked_at=NOW - DAY, confirmed_by=pair.mentor, confirmed_at=NOW - DAY
    )
    early.disputed_by, early.disputed_at = pair.mentor, NOW - timedelta(hours=1)
    early.save()

    one = HeldMeeting((NOW - 9 * DAY).date(), 45, 2, by_both=False)
    other = HeldMeeting((NOW - 5 * DAY).date(), 45, 2, by_both=True)
    assert known(pair, NOW - 2 * DAY).meetings == (one,)
    assert known(pair, NOW - timedelta(hours=2)).meetings == (one, other)
    assert known(pair, NOW).meetings == (other,)


def test_stages_and_ends_are_those_of_the_steps_until_then(pair):
    step(pair, "cultivate", NOW - 15 * DAY, "active", "cultivation")
    step(pair, "end", NOW - 3 * DAY, "ended_early", "cultivation", effective_at=NOW - 4 * DAY)
    pair.status, pair.formal_end_at, pair.ended_at = "ended_early", NOW - 4 * DAY, NOW - 4 * DAY
    pair.save()
    began, ended = (NOW - 20 * DAY).date(), (NOW - 4 * DAY).date()

    before, after = known(pair, NOW - 10 * DAY), known(pair, NOW)
    assert before.stages == ((began, "initiation"), ((NOW - 15 * DAY).date(), "cultivation"))
    assert (before.status, before.formal_end_on, before.ended_on) == ("active", None, None)
    assert (after.status, after.formal_end_on, after.ended_on) == ("ended_early", ended, ended)


def test_a_step_that_was_taken_back_leaves_no_end_behind(pair):
    redefined = step(pair, "redefine", NOW - 3 * DAY, "active", "redefinition")
    step(pair, "take_back", NOW - 2 * DAY, "active", "separation", takes_back=redefined)
    step(pair, "extend", NOW + DAY, "active", "cultivation")

    assert known(pair, NOW - 2.5 * DAY).formal_end_on == (NOW - 3 * DAY).date()
    assert known(pair, NOW).formal_end_on is None


def test_rhythms_are_those_of_the_agreements_after_the_programs_own(pair):
    make.agreement(pair, cadence_days=14, in_force_at=NOW - 9 * DAY)

    assert known(pair, NOW).cadences == (((NOW - 20 * DAY).date(), 28), ((NOW - 9 * DAY).date(), 14))


def test_a_pause_that_ended_later_still_went_on_then(pair):
    Pause.objects.create(relationship=pair, began_at=NOW - 9 * DAY, until=TODAY, ended_at=NOW - DAY)

    assert known(pair, NOW - 2 * DAY).pauses == (((NOW - 9 * DAY).date(), None),)
    assert known(pair, NOW).pauses == (((NOW - 9 * DAY).date(), (NOW - DAY).date()),)


def test_days_are_those_of_the_relationship(pair):
    pair.zone = "Pacific/Auckland"
    pair.save()
    make.meeting(pair, starts_at=NOW.replace(hour=20) - 3 * DAY)

    assert known(pair, NOW).meetings[0].on == (NOW - 2 * DAY).date()


def test_a_fact_comes_back_from_its_row_as_it_was(pair):
    make.meeting(pair)
    make.agreement(pair)
    Pause.objects.create(relationship=pair, began_at=NOW - 9 * DAY, until=TODAY)
    fact = known(pair, NOW)

    assert fact_from_json(fact.id, fact_as_json(fact)) == fact


def test_the_facts_of_many_cost_what_those_of_one_do(pair, program, django_assert_num_queries):
    for _n in range(20):
        make.meeting(make.relationship(program_=program))

    with django_assert_num_queries(2):
        assert len(relationship_facts(program.relationships.all(), NOW)) == 21


# Nights


def test_the_first_night_is_yesterday_and_twice_is_once(pair):
    assert write_missing_nights(NOW) == [TODAY - DAY]
    assert write_missing_nights(NOW) == []
    assert Night.objects.get().rows == DailyFact.objects.count() == 2


def test_missed_nights_are_made_up_in_order_each_as_it_was(pair):
    write_missing_nights(NOW)
    make.meeting(pair, starts_at=NOW + 2 * DAY, marked_at=NOW + 3 * DAY)
    later = NOW + 14 * DAY

    assert write_missing_nights(later) == [TODAY + n * DAY for n in range(14)]
    assert counted(TODAY + 2 * DAY) == 0
    assert counted(TODAY + 3 * DAY) == 1
    assert counted(TODAY + 13 * DAY) == 1


def counted(day):
    (row,) = DailyFact.objects.as_of(day).filter(kind="relationship")
    return len(row.facts["meetings"])


def test_a_night_without_news_leaves_no_rows(pair):
    write_missing_nights(NOW)
    write_missing_nights(NOW + DAY)

    assert list(Night.objects.values_list("day", "rows")) == [(TODAY - DAY, 2), (TODAY, 0)]
    assert [row.day for row in DailyFact.objects.as_of(TODAY)] == [TODAY - DAY] * 2


def test_facts_hold_no_name_and_nothing_that_was_written(pair, theo):
    make.goal(pair, title="The goal secret")
    make.note(pair, body="The depot secret")
    write_missing_nights(NOW)
    kept = str(list(DailyFact.objects.values_list("facts", flat=True)))

    assert "secret" not in kept
    assert theo.full_name not in kept


def test_people_who_said_no_are_not_among_the_facts(program):
    make.enrolment(program, state="declined", accepted_at=None)
    make.enrolment(program, state="withdrawn", left_at=NOW - 3 * DAY)
    write_missing_nights(NOW)

    (row,) = DailyFact.objects.filter(kind="people")
    assert [(role, state, left) for _p, role, state, _a, left, *_rest in row.facts["people"]] == [
        ("mentee", "withdrawn", date(2026, 10, 9).isoformat())
    ]


# The clock


def test_the_clock_comes_at_once_the_first_time_and_then_every_night(pair):
    arm_nights(NOW)
    arm_nights(NOW)
    (first,) = Due.objects.filter(kind=KIND)
    assert first.due_at == NOW

    act(first, NOW)
    (armed,) = Due.objects.filter(kind=KIND).armed()
    assert armed.due_at.isoformat() == "2026-10-13T02:00:00+00:00"
    assert Night.objects.count() == 1

    act(armed, NOW + 7 * DAY)
    (armed,) = Due.objects.filter(kind=KIND).armed()
    assert armed.local_date == (NOW + 8 * DAY).date()
    assert Night.objects.count() == 8


def act(due, now):
    Due.objects.filter(pk=due.pk).update(state=Due.State.FIRED)
    DUES[KIND].act(due, now)
