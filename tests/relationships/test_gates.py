"""Each criterion alone: what makes it hold, and what does not."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from activity import calendar
from relationships import actions, gates
from relationships.models import ClosingWaiver, Meeting
from tests import make

ZONES = ["Pacific/Auckland", "Europe/London", "Pacific/Honolulu"]


@pytest.fixture
def pair(program, mira, theo):
    return make.relationship(program_=program, mentor=mira, mentee=theo)


def holds(pair, gate, now, **asked):
    return gates.check(pair, gate, now, **asked).snapshot


def test_initiation_needs_two_meetings_an_agreement_and_a_goal(pair, now):
    assert holds(pair, "initiation", now) == {
        "I1": True,
        "I2": False,
        "I3": False,
        "I4": False,
        "I5": True,
        "I6": True,
    }
    make.meeting(pair, starts_at=now - timedelta(days=9))
    assert not gates.check(pair, "initiation", now)["I2"].holds
    make.meeting(pair, starts_at=now - timedelta(days=2))
    make.agreement(pair)
    make.goal(pair)
    assert gates.check(pair, "initiation", now).hold


def test_the_page_says_how_many_meetings_there_are_so_far(pair, now):
    make.meeting(pair)
    criteria = gates.check(pair, "initiation", now)
    assert criteria["I2"].text == "2 meetings held (1 so far)"
    assert list(criteria.required) == ["I2", "I3", "I4"]
    assert len(criteria.missing) == 3


@pytest.mark.parametrize(
    "format, needed", [("one_to_one", 2), ("peer", 2), ("group", 1), ("flash", 0), ("informal", 0)]
)
def test_how_many_meetings_are_needed_depends_on_the_format(pair, now, format, needed):
    pair.format = format
    for held in range(3):
        assert gates.check(pair, "initiation", now)["I2"].holds == (held >= needed)
        make.meeting(pair, starts_at=now - timedelta(days=3 + held))


@pytest.mark.parametrize("state", [state for state in Meeting.State if state != "held"])
def test_only_held_meetings_count(pair, now, state):
    for days in (3, 4, 5):
        make.meeting(pair, starts_at=now - timedelta(days=days), state=state)
    assert gates.held_meetings(pair) == 0


def test_a_disputed_meeting_counts_for_nobody(pair, now, mira):
    make.meeting(pair, disputed_at=now, disputed_by=mira)
    assert gates.held_meetings(pair) == 0


@pytest.mark.parametrize("state", ["draft", "proposed", "partly_signed", "superseded", "ended"])
def test_only_an_agreement_in_force_counts(pair, now, state):
    make.agreement(pair, state=state)
    assert not gates.check(pair, "initiation", now)["I3"].holds


def test_after_going_back_the_two_agree_anew(pair, now, mira, theo):
    make.initiated(pair)
    actions.move(pair, "cultivate", by=pair.coordinators[0], now=now)
    later = now + timedelta(days=10)
    actions.ask_or_move(pair, "recontract", by=mira, now=later)
    actions.ask_or_move(pair, "recontract", by=theo, now=later)
    assert not gates.check(pair, "initiation", later)["I3"].holds

    pair.agreements.update(state="superseded")
    make.agreement(pair, version=2, in_force_at=later + timedelta(days=1))
    assert gates.check(pair, "initiation", later + timedelta(days=1))["I3"].holds


@pytest.mark.parametrize(
    "fields, counts",
    [
        ({"state": "agreed"}, True),
        ({"state": "in_progress"}, True),
        ({"state": "achieved"}, True),
        ({"state": "proposed"}, False),
        ({"state": "draft"}, False),
        ({"state": "dropped"}, False),
        ({"state": "agreed", "smart_parts": 4}, False),
        ({"state": "draft", "visibility": "only_me"}, False),
    ],
)
def test_which_goals_open_the_gate(pair, now, fields, counts):
    make.goal(pair, **fields)
    assert gates.check(pair, "initiation", now)["I4"].holds == counts


def test_another_pairs_meetings_agreement_and_goals_open_nothing(pair, other_pair, now):
    make.finished(other_pair)
    assert len(gates.check(pair, "initiation", now).missing) == 3
    assert holds(pair, "separation", now)["S1"] is False


@pytest.mark.parametrize("zone", ZONES)
def test_the_day_for_finishing_comes_on_the_pairs_own_calendar(pair, zone):
    pair.zone, pair.separation_on = zone, date(2027, 1, 8)
    midnight = calendar.instant(pair.separation_on, time(), ZoneInfo(zone))
    assert not gates.check(pair, "planned", midnight - timedelta(seconds=1)).hold
    assert gates.check(pair, "planned", midnight).hold


def test_before_that_day_both_have_to_wish_it(pair, now):
    assert holds(pair, "planned", now) == {"C1": False, "C2": False, "C3": False}
    assert holds(pair, "planned", now, mutual=True) == {"C1": False, "C2": False, "C3": True}
    make.goal(pair, state="achieved")
    assert holds(pair, "planned", now, mutual=True) == {"C1": False, "C2": True, "C3": True}
    make.goal(pair, state="in_progress")
    assert holds(pair, "planned", now, mutual=True)["C2"] is False


def test_whoever_never_met_does_not_wind_up_but_ends(pair, now):
    pair.separation_on = now.date()
    assert not gates.check(pair, "met_once", now, mutual=True).hold
    make.meeting(pair)
    assert gates.check(pair, "met_once", now).hold
    pair.separation_on = now.date() + timedelta(days=1)
    assert not gates.check(pair, "met_once", now).hold
    assert gates.check(pair, "met_once", now, mutual=True).hold


def test_separation_needs_a_closing_meeting_and_goals_in_their_final_state(pair, now):
    make.goal(pair, state="in_progress")
    make.meeting(pair, kind="regular")
    assert holds(pair, "separation", now) == {"S1": False, "S2": False, "S3": True, "S4": True, "W": False}
    pair.goals.update(state="carried_over")
    assert not gates.check(pair, "separation", now).hold
    make.meeting(pair, kind="closure", starts_at=now - timedelta(hours=2))
    assert gates.check(pair, "separation", now).hold


def test_a_closing_meeting_can_be_waived_with_a_word(pair, now, mira):
    ClosingWaiver.objects.create(relationship=pair, by=mira, at=now, reason="We live far apart.")
    assert holds(pair, "separation", now)["S1"] is True


@pytest.mark.parametrize(
    "fields", [{"state": "proposed"}, {"state": "draft"}, {"state": "draft", "visibility": "only_me"}]
)
def test_goals_that_were_never_agreed_hold_nobody_up(pair, now, fields):
    make.goal(pair, **fields)
    assert holds(pair, "separation", now)["S2"] is True


def test_the_window_ends_a_fortnight_after_the_planned_end(pair, now):
    pair.planned_end_on = date(2027, 2, 7)
    ends = datetime(2027, 2, 21, 6, tzinfo=UTC)
    assert not gates.check(pair, "separation", ends - timedelta(seconds=1)).hold
    assert gates.check(pair, "separation", ends).hold
    assert gates.check(pair, "separation", ends).missing != []


def test_redefinition_lasts_ninety_days_or_until_both_say_so(pair, now):
    pair.formal_end_at = now
    assert not gates.check(pair, "followed", now + timedelta(days=89)).hold
    assert gates.check(pair, "followed", now + timedelta(days=91)).hold
    assert gates.check(pair, "followed", now, mutual=True).hold


def test_the_clock_ends_only_what_somebody_has_left(pair, now, theo):
    assert not gates.check(pair, "left", now).hold
    theo.left_at = now
    theo.save()
    fresh = type(pair).objects.with_people().get(pk=pair.pk)
    assert gates.check(fresh, "left", now).hold


def test_a_beginning_needs_people_who_are_ready_not_in_one_line_and_have_a_place(pair, mira, theo, now):
    assert gates.check(pair, "accepted", now).hold
    pair.member(theo).enrolment.state = "accepted"
    assert holds(pair, "accepted", now) == {"A1": False, "A2": True, "A3": True}


@pytest.mark.parametrize("upwards", [True, False])
def test_nobody_begins_with_somebody_above_or_below_however_far(pair, mira, theo, now, upwards):
    below, above = (theo, mira) if upwards else (mira, theo)
    between = make.person()
    make.reports_to(below, between)
    make.reports_to(between, above)
    assert holds(pair, "accepted", now)["A2"] is False


def test_places_are_counted_without_the_pair_itself_and_without_what_has_ended(pair, program, mira, now):
    assert holds(pair, "accepted", now)["A3"] is True
    ended = make.relationship(program_=program, mentor=mira, status="ended_early")
    assert holds(pair, "accepted", now)["A3"] is True
    ended.delete()
    make.relationship(program_=program, mentor=mira)
    assert holds(pair, "accepted", now)["A3"] is False


def test_no_gate_asks_more_than_a_few_questions(pair, now, django_assert_max_num_queries):
    make.finished(pair)
    for gate in gates.GATES:
        with django_assert_max_num_queries(6):
            gates.check(pair, gate, now)
