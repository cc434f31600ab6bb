"""What the clock does with a relationship: at its time, once, in the pair's zone, in order after an outage.

The clock here is the product's own tick with the product's own tables; only ``now`` is moved.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from activity import calendar
from activity.models import Due, Event, Letter, reference
from activity.tick import tick
from relationships import actions, dates
from relationships.actions.effects import EVALUATE, arm_forgotten_mornings, arm_next_morning
from relationships.dues import DUES
from relationships.health import signal
from relationships.letters import LETTERS
from relationships.models import Relationship
from relationships.stages import Refused
from tests import make

pytestmark = pytest.mark.usefixtures("post_box")

ZONES = ["Europe/London", "Pacific/Auckland", "America/Los_Angeles", "Asia/Kathmandu"]


@pytest.fixture
def program(cora):
    return make.program(coordinators=[cora])


@pytest.fixture
def pair(program, mira, theo):
    """In Initiation, since three weeks."""
    made = make.relationship(program_=program, mentor=mira, mentee=theo, stage="initiation")
    arm_next_morning(made, make.NOW)
    return made


def again(pair):
    return Relationship.objects.with_people().get(pk=pair.pk)


def tick_at(now, times=1):
    for _n in range(times):
        tick(now, letters=LETTERS, dues=DUES)


def mornings(pair, first, days):
    """The clock looks each morning at seven, pair's time."""
    for n in range(days):
        tick_at(calendar.instant(first + timedelta(days=n), time(7), ZoneInfo(pair.zone)))
    return again(pair)


def letters(kind):
    rows = Letter.objects.filter(kind=f"relationships.{kind}").order_by("person__full_name")
    return list(rows.values_list("person__full_name", flat=True))


BOTH = ["Mira Moreau", "Theo Tamm"]
MONDAY = make.NOW.date()


def test_each_morning_there_is_one_look(pair):
    mornings(pair, MONDAY + timedelta(days=1), 3)
    rows = Due.objects.of(pair).order_by("due_at")
    assert list(rows.values_list("occurrence", "state")) == [
        ("2026-10-13", "fired"),
        ("2026-10-14", "fired"),
        ("2026-10-15", "fired"),
        ("2026-10-16", "armed"),
    ]


def test_looking_three_times_does_all_of_it_once(pair):
    make.initiated(pair)
    tick_at(make.NOW + timedelta(days=1), times=3)
    assert letters("may_move") == BOTH
    assert again(pair).move_requests.count() == 1
    tick_at(make.NOW + timedelta(days=9), times=3)
    assert again(pair).stage == "cultivation"
    assert pair.transitions.filter(verb="cultivate").count() == 1
    assert letters("moved") == BOTH
    assert Due.objects.armed().of(pair).count() == 1


# Cultivation


def test_when_all_is_done_the_clock_announces_and_after_seven_quiet_days_moves(pair):
    make.initiated(pair)
    pair = mornings(pair, MONDAY + timedelta(days=1), 1)
    request = pair.move_requests.get()
    assert (request.verb, request.asked_by, request.state) == ("cultivate", None, "open")
    assert pair.stage == "initiation"

    pair = mornings(pair, MONDAY + timedelta(days=2), 6)
    assert pair.stage == "initiation"
    pair = mornings(pair, MONDAY + timedelta(days=8), 1)
    step = pair.transitions.get(verb="cultivate")
    assert (step.actor, step.by, step.effective_at) == ("system", None, request.due_at)
    assert step.criteria == {f"I{n}": True for n in range(1, 7)}
    assert (pair.stage, pair.stage_since) == ("cultivation", request.due_at)


def test_not_yet_keeps_the_clock_quiet_for_four_weeks(pair, theo):
    make.initiated(pair)
    pair = mornings(pair, MONDAY + timedelta(days=1), 2)
    said = make.NOW + timedelta(days=2)
    actions.say_not_yet(pair, by=theo, now=said)
    pair = mornings(pair, MONDAY + timedelta(days=3), 27)
    assert (pair.stage, pair.move_requests.count()) == ("initiation", 1)
    pair = mornings(pair, MONDAY + timedelta(days=30), 2)
    assert pair.move_requests.count() == 2


def test_what_no_longer_holds_when_the_days_are_over_is_dropped(pair, mira):
    make.initiated(pair)
    pair = mornings(pair, MONDAY + timedelta(days=1), 1)
    pair.meetings.update(disputed_at=make.NOW, disputed_by=mira)
    pair = mornings(pair, MONDAY + timedelta(days=2), 8)
    assert pair.stage == "initiation"
    assert pair.move_requests.get().state == "withdrawn"


def test_a_members_notice_moves_by_itself_too(pair, mira):
    make.initiated(pair)
    actions.ask_or_move(pair, "cultivate", by=mira, now=make.NOW)
    tick_at(make.NOW + timedelta(days=7, seconds=-1))
    assert again(pair).stage == "initiation"
    tick_at(make.NOW + timedelta(days=7))
    assert again(pair).stage == "cultivation"


def test_a_step_taken_back_is_not_tried_again_next_morning(pair, mira):
    make.initiated(pair)
    pair = mornings(pair, MONDAY + timedelta(days=1), 9)
    assert pair.stage == "cultivation"
    actions.take_back(pair, by=mira, now=make.NOW + timedelta(days=9, hours=3))
    pair = mornings(pair, MONDAY + timedelta(days=10), 10)
    assert pair.stage == "initiation"


# What needs an answer


def test_a_fortnight_without_an_answer_is_the_coordinators_to_look_at(pair, mira, cora):
    make.meeting(pair)
    request = actions.ask_or_move(pair, "wind_up", by=mira, now=make.NOW)
    # Clocks go back on 25 October: fourteen days by the calendar.
    assert request.due_at == make.NOW + timedelta(days=14, hours=1)
    tick_at(request.due_at - timedelta(seconds=1))
    assert letters("unanswered") == []
    tick_at(request.due_at, times=3)
    assert letters("unanswered") == ["Cora Conti"]
    assert pair.move_requests.get().state == "lapsed"
    assert list(Relationship.objects.asking_coordinator()) == [pair]
    assert again(pair).stage == "initiation"

    actions.move(again(pair), "wind_up", by=cora, now=make.NOW + timedelta(days=15), reason="They asked.")
    assert list(Relationship.objects.asking_coordinator()) == []


# Finishing


def separating(program, mira, theo, zone="Europe/London", **fields):
    pair = make.relationship(
        program_=program,
        mentor=mira,
        mentee=theo,
        stage="cultivation",
        zone=zone,
        separation_on=date(2027, 1, 8),
        planned_end_on=date(2027, 2, 7),
        **fields,
    )
    make.meeting(pair, starts_at=make.NOW - timedelta(days=2))
    arm_next_morning(pair, datetime(2026, 12, 20, 12, tzinfo=UTC))
    return pair


@pytest.mark.parametrize("zone", ZONES)
def test_separation_begins_on_its_day_in_the_pairs_zone_with_two_notices(program, mira, theo, zone):
    pair = separating(program, mira, theo, zone)
    six = calendar.instant(date(2027, 1, 8), time(6), ZoneInfo(zone))
    pair = mornings(pair, date(2026, 12, 21), 18)
    assert pair.stage == "cultivation"
    days = Letter.objects.filter(kind="relationships.separation_near", person=mira).order_by("wanted_at")
    here = [letter.wanted_at.astimezone(ZoneInfo(zone)).date() for letter in days]
    assert here == [date(2026, 12, 25), date(2027, 1, 5)]

    tick_at(six - timedelta(seconds=1))
    assert again(pair).stage == "cultivation"
    tick_at(six, times=3)
    step = pair.transitions.get(verb="wind_up")
    assert (step.effective_at, step.criteria) == (six, {"C1": True, "C2": False, "C3": False})


def test_a_moved_day_brings_its_own_notices(program, mira, theo):
    pair = separating(program, mira, theo)
    mornings(pair, date(2026, 12, 21), 18)
    Relationship.objects.filter(pk=pair.pk).update(
        separation_on=date(2027, 2, 1), planned_end_on=date(2027, 3, 1)
    )
    mornings(pair, date(2027, 1, 8), 24)
    assert Letter.objects.filter(kind="relationships.separation_near", person=mira).count() == 4


def test_without_a_meeting_nothing_is_wound_up(pair):
    Relationship.objects.filter(pk=pair.pk).update(
        separation_on=MONDAY, planned_end_on=MONDAY + timedelta(days=30)
    )
    pair = mornings(pair, MONDAY + timedelta(days=1), 3)
    assert pair.stage == "initiation"
    assert letters("separation_near") == []


def test_the_window_ends_and_what_was_missing_is_marked(program, mira, theo):
    pair = separating(program, mira, theo)
    make.goal(pair, state="in_progress")
    mornings(pair, date(2027, 1, 8), 1)
    pair = mornings(pair, date(2027, 2, 20), 2)
    step = pair.transitions.get(verb="redefine")
    assert step.criteria == {"S1": False, "S2": False, "S3": True, "S4": True, "W": True}
    assert step.effective_at == datetime(2027, 2, 21, 6, tzinfo=UTC)
    assert (pair.stage, pair.formal_end_at) == ("redefinition", step.effective_at)
    assert {one.enrolment.state for one in pair.members.all()} == {"ready"}


def test_after_ninety_days_it_is_complete_and_the_clock_forgets_it(program, mira, theo):
    pair = separating(program, mira, theo)
    mornings(pair, date(2027, 1, 8), 1)
    mornings(pair, date(2027, 2, 21), 1)
    pair = mornings(pair, date(2027, 5, 21), 1)
    assert pair.status == "active"
    pair = mornings(pair, date(2027, 5, 22), 1)
    assert (pair.status, pair.stage, pair.redefined_as) == ("completed", "redefinition", "none_recorded")
    assert pair.closure.type == "planned_completion"
    assert Due.objects.armed().of(pair).count() == 0
    assert letters("completed") == BOTH


def test_after_a_long_outage_the_steps_are_taken_in_order_with_their_own_dates(program, mira, theo):
    pair = separating(program, mira, theo)
    back = datetime(2027, 6, 1, 12, tzinfo=UTC)
    tick_at(back, times=3)
    pair = again(pair)
    steps = pair.transitions.exclude(verb="activate").order_by("pk")
    assert [(step.verb, step.effective_at.date(), step.at) for step in steps] == [
        ("wind_up", date(2027, 1, 8), back),
        ("redefine", date(2027, 2, 21), back),
        ("complete", date(2027, 5, 22), back),
    ]
    assert (pair.formal_end_at.date(), pair.ended_at.date()) == (date(2027, 2, 21), date(2027, 5, 22))
    sent = Letter.objects.filter(state="sent").values_list("kind", flat=True)
    assert set(sent) <= {"relationships.completed"}


def test_two_weeks_of_outage_bring_one_mail_each_at_most(program, mira, theo):
    pair = separating(program, mira, theo)
    tick_at(datetime(2027, 1, 7, 12, tzinfo=UTC), times=3)
    sent = Letter.objects.filter(state="sent").values_list("person", flat=True)
    assert len(sent) == len(set(sent)) <= 2
    assert Due.objects.of(pair).count() == 2


def test_windup_taken_back_is_tried_once_more_at_the_planned_end(program, mira, theo):
    pair = separating(program, mira, theo)
    pair = mornings(pair, date(2027, 1, 8), 1)
    actions.take_back(pair, by=theo, now=datetime(2027, 1, 9, tzinfo=UTC))
    pair = mornings(pair, date(2027, 1, 10), 28)
    assert pair.stage == "cultivation"
    pair = mornings(pair, date(2027, 2, 7), 1)
    assert pair.stage == "separation"
    assert pair.transitions.filter(verb="wind_up").count() == 2


# Pauses, leavers, silence


def test_in_a_pause_nothing_moves_and_its_end_is_said_once(program, mira, theo):
    pair = separating(program, mira, theo)
    actions.pause(pair, until=date(2027, 1, 20), by=mira, now=datetime(2026, 12, 20, tzinfo=UTC))
    pair = mornings(pair, date(2026, 12, 21), 30)
    assert (pair.status, pair.stage) == ("paused", "cultivation")
    assert letters("separation_near") == letters("pause_over") == []
    pair = mornings(pair, date(2027, 1, 20), 5)
    assert letters("pause_over") == BOTH
    assert list(Relationship.objects.paused_beyond(date(2027, 1, 25))) == [pair]


def test_who_has_left_the_organisation_leaves_the_pair_with_the_true_date(pair, theo):
    theo.left_at = make.NOW + timedelta(hours=5)
    theo.save()
    pair = mornings(pair, MONDAY + timedelta(days=1), 2)
    assert (pair.status, pair.ended_at, pair.closure.type) == ("ended_early", theo.left_at, "administrative")
    assert letters("ended") == BOTH
    step = pair.transitions.get(verb="end")
    assert (step.actor, step.criteria) == ("system", {"L1": True})


def silent(pair, cadence, met):
    Relationship.objects.filter(pk=pair.pk).update(cadence_days=cadence, last_met_at=met)


def test_a_quiet_pair_is_asked_once_for_each_silence(pair):
    silent(pair, 14, make.NOW)
    mornings(pair, MONDAY + timedelta(days=1), 20)
    assert letters("quiet") == []
    mornings(pair, MONDAY + timedelta(days=21), 10)
    assert letters("quiet") == BOTH

    silent(pair, 14, make.NOW + timedelta(days=31))
    mornings(pair, MONDAY + timedelta(days=32), 30)
    assert len(letters("quiet")) == 4


def test_no_first_meeting_by_day_21_whatever_the_rhythm(pair):
    Relationship.objects.filter(pk=pair.pk).update(activated_at=make.NOW)
    mornings(pair, MONDAY + timedelta(days=1), 20)
    assert letters("quiet") == []
    mornings(pair, MONDAY + timedelta(days=21), 5)
    assert letters("quiet") == BOTH


def test_nobody_is_asked_while_the_next_meeting_is_planned(pair):
    silent(pair, 7, make.NOW - timedelta(days=30))
    Relationship.objects.filter(pk=pair.pk).update(next_meeting_at=make.NOW + timedelta(days=10))
    mornings(pair, MONDAY + timedelta(days=1), 5)
    assert letters("quiet") == []
    mornings(pair, MONDAY + timedelta(days=11), 1)
    assert letters("quiet") == BOTH


def test_a_pause_is_no_silence(pair, mira):
    silent(pair, 14, make.NOW)
    actions.pause(again(pair), until=MONDAY + timedelta(days=50), by=mira, now=make.NOW)
    actions.resume(again(pair), by=mira, now=make.NOW + timedelta(days=40))
    mornings(pair, MONDAY + timedelta(days=41), 19)
    assert letters("quiet") == []
    mornings(pair, MONDAY + timedelta(days=61), 2)
    assert letters("quiet") == BOTH


def test_the_list_of_quiet_pairs_and_the_word_of_each_agree(program, now):
    for cadence in (7, 14, 28):
        for days in (None, 3, 10, 11, 14, 20, 21, 22, 28, 41, 42, 43, 56, 57):
            for resumed in (None, 5):
                make.relationship(
                    program_=program,
                    cadence_days=cadence,
                    activated_at=now - timedelta(days=60 if days else 21),
                    last_met_at=now - timedelta(days=days) if days else None,
                    resumed_at=now - timedelta(days=resumed) if resumed else None,
                )
    every = Relationship.objects.all()
    silent = {one for one in every if signal(one, now).asks_for_a_look}
    assert set(every.silent(now)) == set(every.quiet(now)) == silent != set()
    assert set(every.silent(now, 2)) == {one for one in every if signal(one, now).tone == "bad"}
    every.update(next_meeting_at=now + timedelta(days=1))
    assert (set(every.silent(now)), set(every.quiet(now))) == (silent, set())


def test_what_waits_for_the_coordinator(program, now):
    fresh = make.relationship(program_=program, activated_at=now - timedelta(days=10))
    old = make.relationship(program_=program, activated_at=now - timedelta(days=61))
    good = make.initiated(make.relationship(program_=program, activated_at=now - timedelta(days=61)))
    since = now - timedelta(days=60)
    assert list(Relationship.objects.unsigned_since(now - timedelta(days=45))) == [old]
    assert list(Relationship.objects.without_goal_since(since)) == [old]
    late = Relationship.objects.beyond_planned_end((now + timedelta(days=250)).date())
    assert {one.pk for one in late} == {old.pk, good.pk}
    assert fresh not in late


def test_a_manager_who_comes_in_between_is_seen_and_seen_to_go(pair, mira, theo):
    """W8 of domain 3.5, and the second half of invariant 2."""
    mornings(pair, MONDAY + timedelta(days=1), 1)
    assert again(pair).reporting_line_since is None
    between = make.person()
    lines = [make.reports_to(theo, between), make.reports_to(between, mira)]
    pair = mornings(pair, MONDAY + timedelta(days=2), 2)
    found = pair.reporting_line_since
    assert found.date() == MONDAY + timedelta(days=2)
    assert pair.status == "active"
    lines[1].until = MONDAY + timedelta(days=3)
    lines[1].save()
    pair = mornings(pair, MONDAY + timedelta(days=4), 1)
    assert pair.reporting_line_since is None
    verbs = Event.objects.about(pair).order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["relationships.reporting_line_found", "relationships.reporting_line_gone"]


# Failing well


def test_events_of_the_clock_have_no_author_and_private_answers_move_nothing(pair, mira):
    """Nothing private is asked: the rows the clock reads are dates, meetings, agreement, goals."""
    make.initiated(pair)
    pair = mornings(pair, MONDAY + timedelta(days=1), 9)
    assert set(Event.objects.about(pair).values_list("by", flat=True)) == {None}


def test_a_pair_that_is_gone_stops_no_clock(pair):
    Due.objects.of(pair).update(subject="relationships.relationship:999999")
    tick_at(make.NOW + timedelta(days=1))
    assert Due.objects.filter(state="fired").count() == 1


def test_the_clock_takes_no_step_that_was_not_announced(pair):
    make.initiated(pair)
    with pytest.raises(Refused, match="announced first"):
        actions.move(pair, "cultivate", by=None, now=make.NOW)


def test_six_in_the_morning_exists_on_every_day_of_the_year_in_each_zone(pair):
    for zone in ZONES:
        pair.zone = zone
        for n in range(366):
            moment = dates.morning(pair, date(2027, 1, 1) + timedelta(days=n))
            assert moment.astimezone(ZoneInfo(zone)).time() == time(6)


def test_of_two_steps_that_fell_due_the_earlier_one_is_taken(pair, mira):
    """The day for finishing came before the announced Cultivation: an outage does not turn them round."""
    make.initiated(pair)
    actions.ask(pair, "cultivate", by=None, now=make.NOW)
    Relationship.objects.filter(pk=pair.pk).update(separation_on=MONDAY + timedelta(days=3))
    tick_at(make.NOW + timedelta(days=20))
    assert [step.verb for step in pair.transitions.order_by("pk")] == ["activate", "wind_up"]
    assert pair.move_requests.get().state == "withdrawn"


def test_who_left_after_the_formal_end_left_what_was_finished(program, mira, theo):
    pair = separating(program, mira, theo)
    theo.left_at = datetime(2027, 3, 1, tzinfo=UTC)
    theo.save()
    tick_at(datetime(2027, 4, 1, tzinfo=UTC))
    steps = pair.transitions.exclude(verb="activate").order_by("pk")
    assert [(step.verb, step.effective_at.date()) for step in steps] == [
        ("wind_up", date(2027, 1, 8)),
        ("redefine", date(2027, 2, 21)),
        ("end", date(2027, 3, 1)),
    ]
    pair = again(pair)
    assert (pair.formal_end_at.date(), pair.ended_at) == (date(2027, 2, 21), theo.left_at)


# Nobody is forgotten


def test_a_morning_that_the_clocks_there_repeat_leads_to_the_next_one(pair):
    """The rules of a zone changed at short notice: the row of this morning has fired before it came."""
    zone = ZoneInfo(pair.zone)
    before = make.NOW.replace(hour=1)
    (row,) = Due.objects.armed().filter(kind=EVALUATE)
    day, _moment = calendar.next_daily(before, dates.MORNING, zone)
    Due.objects.filter(pk=row.pk).update(occurrence=day.isoformat(), local_date=day, state="fired")

    arm_next_morning(pair, before)

    (next_one,) = Due.objects.armed().filter(kind=EVALUATE)
    assert next_one.local_date == day + timedelta(days=1)


def test_at_night_whoever_lost_the_next_morning_gets_one(pair, program, django_assert_num_queries):
    ended = make.relationship(program_=program, stage="redefinition", status="ended")
    (row,) = Due.objects.armed().filter(kind=EVALUATE)
    with django_assert_num_queries(1):
        assert arm_forgotten_mornings(make.NOW) == 0
    Due.objects.filter(pk=row.pk).update(state="cancelled")

    assert arm_forgotten_mornings(make.NOW) == 1

    assert [due.subject for due in Due.objects.armed().filter(kind=EVALUATE)] == [reference(pair)]
    assert not ended.is_alive
