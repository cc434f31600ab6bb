"""Early warnings: the first meeting, what was called off twice, and the reminder an hour before.

The clock here is the product's own tick with the product's own tables; only ``now`` is moved.
"""

from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest

from activity import calendar
from activity.models import Due, Event, Letter
from activity.tick import tick
from relationships import actions, health
from relationships.actions.effects import arm_next_morning
from relationships.actions.held import mark_held, mark_not_held
from relationships.actions.meetings import cancel_meeting, move_meeting, plan_meeting
from relationships.dues import DUES
from relationships.letters import LETTERS
from relationships.models import Meeting, Relationship
from tests import make
from tests.make import NOW

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
BEGAN = NOW.date()


@pytest.fixture(autouse=True)
def post_box(settings):
    """Letters are written as they go out, and kept."""
    settings.DEMO, settings.EMAIL_URL = True, ""
    settings.LETTERS_A_WEEK = 10


def always_open(*people):
    for person in people:
        profile = person.profile
        profile.quiet_from = profile.quiet_until = time(8)
        profile.working_hours = {
            day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
        }
        profile.save()


@pytest.fixture
def young(program, mira, theo):
    """Begun today."""
    always_open(mira, theo)
    made = make.relationship(program_=program, mentor=mira, mentee=theo, stage="initiation", activated_at=NOW)
    arm_next_morning(made, NOW)
    return made


def tick_at(now, times=2):
    for _n in range(times):
        tick(now, letters=LETTERS, dues=DUES)


def mornings(pair, days, first=BEGAN):
    for n in range(days):
        tick_at(calendar.instant(first + n * DAY, time(7), ZoneInfo(pair.zone)))


def plan(pair, by, starts_at, now=NOW):
    return plan_meeting(again(pair), starts_at=starts_at, minutes=45, mode="video", place="", by=by, now=now)


def again(row):
    if isinstance(row, Meeting):
        found = Meeting.objects.get(pk=row.pk)
        found.relationship = again(found.relationship)
        return found
    return Relationship.objects.with_people().get(pk=row.pk)


def letters(kind):
    rows = Letter.objects.filter(kind=f"relationships.{kind}").order_by("created_at", "person__full_name")
    return [(letter.person.short_name, (letter.created_at.date() - BEGAN).days) for letter in rows]


# W1: the first meeting


def test_the_mentee_is_asked_to_propose_a_date_then_the_mentor_then_both(young):
    mornings(young, 30)
    assert letters("first_meeting") == [("Theo", 4), ("Mira", 7)]
    assert letters("quiet") == [("Mira", 22), ("Theo", 22)]
    [first, *_rest] = Letter.objects.sent().order_by("pk")
    assert first.subject == "You and Mira: propose a first date"
    assert f"/pairs/{young.public_id}/meetings/new/" in first.body_text


def test_whoever_has_planned_the_first_meeting_is_not_asked(young, theo):
    meeting = plan(young, theo, NOW + 20 * DAY)
    mornings(young, 15)
    assert letters("first_meeting") == []
    cancel_meeting(again(meeting), by=theo, now=NOW + 15 * DAY)
    mornings(young, 2, BEGAN + 15 * DAY)
    assert letters("first_meeting") == [("Mira", 15), ("Theo", 15)]


def test_peers_are_asked_together(program, mira, theo):
    made = make.relationship(program_=program, mentor=mira, mentee=theo, activated_at=NOW)
    made.members.update(role="peer")
    arm_next_morning(made, NOW)
    mornings(made, 6)
    assert letters("first_meeting") == [("Mira", 4), ("Theo", 4)]


def test_after_an_outage_only_what_still_holds_is_said(young):
    mornings(young, 1, BEGAN + 25 * DAY)
    assert letters("first_meeting") == []
    assert letters("quiet") == [("Mira", 25), ("Theo", 25)]


# W3: called off, or not held


def call_off(pair, by, days):
    meeting = plan(pair, by, NOW + days * DAY)
    return cancel_meeting(again(meeting), by=by, now=NOW + HOUR)


def test_the_second_cancellation_running_by_the_same_one_asks_the_other_privately(pair, mira, theo, cora):
    make.meeting(pair, starts_at=NOW - 5 * DAY)
    arm_next_morning(pair, NOW)
    call_off(pair, mira, 2)
    tick_at(NOW + 2 * HOUR)
    assert health.let_down(again(pair), NOW + 2 * HOUR) is None
    last = call_off(pair, mira, 3)
    before = set(Event.objects.values_list("pk", flat=True))
    mornings(pair, 5, BEGAN + DAY)
    assert letters("called_off") == [("Theo", 1)]
    assert health.let_down(again(pair), NOW + DAY) == (last, theo, True)
    assert set(Event.objects.values_list("pk", flat=True)) == before
    [letter] = Letter.objects.filter(kind="relationships.called_off")
    assert letter.subject == "You and Mira: begin afresh?"
    assert "The last two meetings that you and Mira had planned were called off." in letter.body_text


@pytest.mark.parametrize("between", ["the other", "held"])
def test_one_each_or_one_held_between_them_is_nothing_to_speak_of(pair, mira, theo, between):
    arm_next_morning(pair, NOW)
    call_off(pair, mira, 2)
    if between == "held":
        make.meeting(pair, starts_at=NOW + 3 * DAY)
    call_off(pair, theo if between == "the other" else mira, 4)
    mornings(pair, 4, BEGAN + DAY)
    assert letters("called_off") == []


def test_a_meeting_that_did_not_happen_asks_whoever_says_so(pair, mira, theo):
    make.meeting(pair, starts_at=NOW - 5 * DAY)
    arm_next_morning(pair, NOW)
    meeting = plan(pair, theo, NOW + DAY)
    mark_not_held(again(meeting), by=theo, now=NOW + DAY + HOUR)
    mornings(pair, 5, BEGAN + 2 * DAY)
    assert letters("called_off") == [("Theo", 2)]
    [letter] = Letter.objects.filter(kind="relationships.called_off")
    assert "had planned for Tuesday 13 October did not take place." in letter.body_text


@pytest.mark.parametrize("deed", ["planned", "held"])
def test_it_is_not_said_once_something_is_planned_or_held(pair, mira, theo, deed, settings):
    make.meeting(pair, starts_at=NOW - 5 * DAY)
    arm_next_morning(pair, NOW)
    missed = [call_off(pair, mira, days) for days in (2, 3)]
    settings.DEMO = False
    mornings(pair, 1, BEGAN + DAY)
    settings.DEMO = True
    assert letters("called_off") == [("Theo", 1)]
    now = NOW + 2 * DAY
    if deed == "planned":
        plan(pair, theo, now + 5 * DAY, now=now)
    else:
        make.meeting(pair, starts_at=missed[1].starts_at + HOUR)
    tick_at(now)
    assert Letter.objects.sent().filter(kind="relationships.called_off").count() == 0


def test_what_is_long_past_is_left_alone(pair, mira):
    for days in (2, 3):
        call_off(pair, mira, days)
    assert health.let_down(again(pair), NOW + 14 * DAY) is not None
    assert health.let_down(again(pair), NOW + 15 * DAY) is None


# An hour before


@pytest.fixture
def wanting(theo):
    theo.profile.an_hour_before = True
    theo.profile.save()
    return theo


START = NOW + 3 * DAY


def test_only_whoever_wants_it_is_reminded_an_hour_before(pair, mira, wanting):
    plan(pair, mira, START)
    tick_at(START - HOUR - timedelta(seconds=1))
    assert Letter.objects.filter(kind="relationships.meeting_soon").count() == 0
    tick_at(START - HOUR, times=3)
    tick_at(START - HOUR / 2, times=3)
    [letter] = Letter.objects.sent().filter(kind="relationships.meeting_soon")
    assert (letter.person, letter.subject) == (wanting, "11:00 with Mira")
    assert "10:00 for Mira in London." in letter.body_text


def test_a_moved_meeting_is_announced_an_hour_before_its_new_time(pair, mira, wanting):
    meeting = plan(pair, mira, START)
    moved = START + 2 * HOUR
    move_meeting(again(meeting), starts_at=moved, minutes=45, mode="video", place="", by=mira, now=NOW)
    tick_at(START - HOUR)
    assert Letter.objects.filter(kind="relationships.meeting_soon").count() == 0
    tick_at(moved - HOUR)
    assert Letter.objects.sent().filter(kind="relationships.meeting_soon").count() == 1


@pytest.mark.parametrize("deed", ["cancelled", "begun", "held"])
def test_what_is_off_or_has_begun_is_not_announced(pair, mira, wanting, deed):
    meeting = plan(pair, mira, START)
    if deed == "cancelled":
        cancel_meeting(again(meeting), by=mira, now=NOW)
        tick_at(START - HOUR)
    elif deed == "begun":
        tick_at(START)
    else:
        mark_held(again(meeting), by=mira, now=START + HOUR)
        tick_at(START + HOUR)
    assert Letter.objects.filter(kind="relationships.meeting_soon").count() == 0


def test_what_begins_within_the_hour_is_not_announced_again(pair, mira, wanting):
    plan(pair, mira, NOW + HOUR / 2)
    assert Due.objects.armed().filter(kind="relationships.meeting_soon").count() == 0


def test_the_end_says_what_the_two_have_to_show_for_it(pair, mira, cora):
    for n in range(3):
        make.meeting(pair, starts_at=NOW - (n + 1) * DAY)
    for state in ("achieved", "partly_achieved", "dropped"):
        make.goal(pair, state=state)
    make.goal(pair, state="achieved", visibility="only_me", agreed_by=None, agreed_at=None)
    for verb in ("wind_up", "redefine", "complete"):
        actions.move(pair, verb, by=cora, now=NOW, reason="Done")
    tick_at(NOW)
    letter = Letter.objects.get(kind="relationships.completed", person=mira)
    assert letter.subject == "You have finished: 3 meetings, 2 goals"
