"""Deeds about meetings: planned, moved, called off, held, disputed."""

import threading
from datetime import UTC, date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from activity.models import Due, Event, Letter
from relationships.actions.held import (
    SameDay,
    confirm_meeting,
    correct_meeting,
    dispute_meeting,
    log_meeting,
    mark_held,
    mark_not_held,
    rate_meeting,
    withdraw_meeting,
)
from relationships.actions.meetings import (
    AlreadyThere,
    cancel_meeting,
    cancel_planned_meetings,
    move_meeting,
    plan_meeting,
)
from relationships.models import Attendance, Meeting, MeetingChange, Relationship
from relationships.permissions import MEETING_RULES
from relationships.stages import Refused
from tests import make
from tests.make import NOW

IN_THREE_DAYS = NOW + timedelta(days=3)
VIDEO = {"minutes": 45, "mode": "video", "place": "https://meet.example.org/abc"}


def plan(pair, by, starts_at=IN_THREE_DAYS, now=NOW, **fields) -> Meeting:
    return plan_meeting(pair, starts_at=starts_at, by=by, now=now, **VIDEO | fields)


def fresh(meeting) -> Meeting:
    """As another request finds it."""
    found = Meeting.objects.get(pk=meeting.pk)
    found.relationship = Relationship.objects.with_people().get(pk=meeting.relationship_id)
    return found


def times(pair):
    found = Relationship.objects.get(pk=pair.pk)
    return found.last_met_at, found.next_meeting_at


def letters(kind):
    return sorted(
        Letter.objects.filter(kind=f"relationships.{kind}").values_list("person__full_name", flat=True)
    )


def armed():
    return sorted(Due.objects.armed().values_list("kind", "due_at"))


# Planning


def test_planning_invites_both_and_sets_the_clock(pair, theo):
    meeting = plan(pair, theo)

    assert (meeting.state, meeting.kind, meeting.planned_by, meeting.zone) == (
        "scheduled",
        "intro",
        theo,
        theo.zone,
    )
    assert letters("meeting_planned") == ["Mira Moreau", "Theo Tamm"]
    assert armed() == [
        ("relationships.meeting_reminder", IN_THREE_DAYS - timedelta(hours=24)),
        ("relationships.meeting_soon", IN_THREE_DAYS - timedelta(hours=1)),
        ("relationships.was_it_held", IN_THREE_DAYS + timedelta(hours=24, minutes=45)),
    ]
    assert times(pair) == (None, IN_THREE_DAYS)
    assert Event.objects.get().verb == "relationships.meeting_planned"


def test_a_meeting_within_a_day_is_brought_to_mind_in_its_last_hour_alone(pair, theo):
    plan(pair, theo, starts_at=NOW + timedelta(hours=23))

    assert [kind for kind, _at in armed()] == ["relationships.meeting_soon", "relationships.was_it_held"]


def test_planning_the_same_time_twice_is_one_meeting(pair, theo, mira):
    first = plan(pair, theo)

    with pytest.raises(AlreadyThere) as there:
        plan(pair, mira)

    assert there.value.meeting == first
    assert Meeting.objects.count() == 1
    assert Letter.objects.count() == 2


def test_a_time_that_has_passed_cannot_be_planned(pair, theo):
    with pytest.raises(Refused, match="This time has passed"):
        plan(pair, theo, starts_at=NOW)
    assert Meeting.objects.count() == 0


@pytest.mark.parametrize("name", ["cora", "otto", "hana", "ada", "ole", "oda"])
def test_only_the_two_plan(pair, cast, name):
    with pytest.raises(PermissionDenied):
        plan(pair, cast[name])
    assert Meeting.objects.count() == 0


@pytest.mark.parametrize("status", ["completed", "ended_early"])
def test_nothing_is_planned_after_the_end(theo, status):
    over = make.relationship(mentee=theo, status=status)

    with pytest.raises(PermissionDenied, match="formally ended"):
        plan(over, theo)


@pytest.mark.postgres
def test_two_who_plan_the_same_time_at_the_same_moment_make_one_meeting(transactional_db, pair, theo, mira):
    start, outcomes = threading.Barrier(2), []

    def plan_it(person):
        try:
            found = Relationship.objects.with_people().get(pk=pair.pk)
            start.wait()
            outcomes.append(plan(found, person))
        except AlreadyThere as there:
            outcomes.append(there.meeting)
        finally:
            connection.close()

    threads = [threading.Thread(target=plan_it, args=[person]) for person in (theo, mira)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes == [Meeting.objects.get()] * 2
    assert letters("meeting_planned") == ["Mira Moreau", "Theo Tamm"]


# Moving


def test_moving_is_kept_told_and_follows_on_the_clock(pair, theo, mira):
    meeting = plan(pair, theo)
    later = IN_THREE_DAYS + timedelta(days=1)

    move_meeting(meeting, starts_at=later, by=mira, now=NOW, **VIDEO)

    assert (meeting.sequence, meeting.state, meeting.starts_at) == (1, "scheduled", later)
    change = MeetingChange.objects.get()
    assert (change.was_at, change.is_at, change.by) == (IN_THREE_DAYS, later, mira)
    assert letters("meeting_moved") == ["Mira Moreau", "Theo Tamm"]
    assert armed() == [
        ("relationships.meeting_reminder", later - timedelta(hours=24)),
        ("relationships.meeting_soon", later - timedelta(hours=1)),
        ("relationships.was_it_held", later + timedelta(hours=24, minutes=45)),
    ]
    assert times(pair) == (None, later)


def test_moving_there_and_back_brings_the_first_reminder_back(pair, theo):
    meeting = plan(pair, theo)
    before = armed()
    move_meeting(meeting, starts_at=IN_THREE_DAYS + timedelta(days=1), by=theo, now=NOW, **VIDEO)

    move_meeting(meeting, starts_at=IN_THREE_DAYS, by=theo, now=NOW, **VIDEO)

    assert armed() == before
    assert meeting.sequence == 2


def test_another_place_is_told_but_is_no_other_time(pair, theo):
    meeting = plan(pair, theo)

    move_meeting(meeting, starts_at=IN_THREE_DAYS, by=theo, now=NOW, **VIDEO | {"place": "Room 4"})

    assert (meeting.place, meeting.sequence) == ("Room 4", 1)
    assert MeetingChange.objects.count() == 0


def test_changing_nothing_tells_nobody(pair, theo):
    meeting = plan(pair, theo)

    move_meeting(meeting, starts_at=IN_THREE_DAYS, by=theo, now=NOW, **VIDEO)

    assert (meeting.sequence, letters("meeting_moved")) == (0, [])


def test_of_two_who_move_at_once_the_second_is_told(pair, theo, mira):
    meeting = plan(pair, theo)
    stale = fresh(meeting)
    move_meeting(meeting, starts_at=IN_THREE_DAYS + timedelta(hours=1), by=theo, now=NOW, **VIDEO)

    with pytest.raises(Refused, match="just changed"):
        move_meeting(stale, starts_at=IN_THREE_DAYS + timedelta(hours=2), by=mira, now=NOW, **VIDEO)
    assert MeetingChange.objects.count() == 1


def test_moving_onto_another_meeting_leads_to_it(pair, theo):
    other = plan(pair, theo, starts_at=IN_THREE_DAYS + timedelta(days=2))
    meeting = plan(pair, theo)

    with pytest.raises(AlreadyThere) as there:
        move_meeting(meeting, starts_at=other.starts_at, by=theo, now=NOW, **VIDEO)
    assert there.value.meeting == other


def test_a_running_meeting_is_not_moved_and_one_that_was_missed_is(pair, theo):
    meeting = plan(pair, theo)
    later = {"starts_at": IN_THREE_DAYS + timedelta(days=7), **VIDEO}

    with pytest.raises(Refused, match="has begun"):
        move_meeting(meeting, by=theo, now=IN_THREE_DAYS + timedelta(minutes=5), **later)

    move_meeting(meeting, by=theo, now=IN_THREE_DAYS + timedelta(hours=2), **later)
    assert meeting.state == "scheduled"


# Calling off


def test_cancelling_tells_both_and_leaves_the_list_for_next_time(pair, theo, mira):
    meeting = plan(pair, theo)
    topic = make.agenda_item(pair, meeting=meeting)

    cancel_meeting(meeting, by=mira, now=NOW)

    assert (meeting.state, meeting.cancelled_by, meeting.is_late_cancellation, meeting.sequence) == (
        "cancelled", mira, False, 1,
    )  # fmt: skip
    assert letters("meeting_cancelled") == ["Mira Moreau", "Theo Tamm"]
    assert armed() == []
    assert times(pair) == (None, None)
    topic.refresh_from_db()
    assert topic.meeting is None


@pytest.mark.parametrize(("hours", "late"), [(24, False), (23.9, True)])
def test_less_than_a_day_before_is_late(pair, theo, hours, late):
    meeting = plan(pair, theo)

    cancel_meeting(meeting, by=theo, now=IN_THREE_DAYS - timedelta(hours=hours))

    assert meeting.is_late_cancellation is late


def test_cancelling_twice_is_once(pair, theo, mira):
    meeting = plan(pair, theo)
    stale = fresh(meeting)
    cancel_meeting(meeting, by=theo, now=NOW)

    with pytest.raises(Refused, match="just changed"):
        cancel_meeting(stale, by=mira, now=NOW)
    assert len(letters("meeting_cancelled")) == 2


def test_what_has_begun_is_not_cancelled(pair, theo):
    with pytest.raises(Refused, match="has begun"):
        cancel_meeting(plan(pair, theo), by=theo, now=IN_THREE_DAYS)


def test_the_end_of_a_relationship_calls_off_what_was_planned(pair, theo):
    coming = plan(pair, theo)
    past = make.meeting(pair, state="scheduled", starts_at=NOW - timedelta(days=1))

    assert cancel_planned_meetings(pair, by=theo, now=NOW) == 1

    assert (fresh(coming).state, fresh(past).state) == ("cancelled", "scheduled")


# Held


def test_a_planned_meeting_is_held_when_one_says_so(pair, theo, mira):
    meeting = plan(pair, theo)
    make.agenda_item(pair, meeting=meeting)
    after = IN_THREE_DAYS + timedelta(hours=2)

    mark_held(meeting, by=theo, now=after)

    assert (meeting.state, meeting.marked_by, meeting.marked_at, meeting.grade) == (
        "held",
        theo,
        after,
        "one",
    )
    assert meeting.starts_at == IN_THREE_DAYS
    assert times(pair) == (IN_THREE_DAYS, None)
    assert armed() == []
    assert sorted(Attendance.objects.values_list("person__full_name", "attended")) == [
        ("Mira Moreau", True), ("Theo Tamm", True),
    ]  # fmt: skip
    assert pair.agenda_items.get().meeting is None


def test_held_twice_is_once(pair, theo, mira):
    meeting = make.meeting(pair, state="scheduled")
    stale = fresh(meeting)
    mark_held(fresh(meeting), by=theo, now=NOW)

    with pytest.raises(Refused, match="just changed"):
        mark_held(stale, by=mira, now=NOW)
    assert fresh(meeting).marked_by == theo


def test_what_is_to_come_was_not_held(pair, theo):
    with pytest.raises(Refused, match="not come yet"):
        mark_held(plan(pair, theo), by=theo, now=NOW)


def test_a_planned_meeting_may_have_been_on_another_day(pair, theo):
    meeting = make.meeting(pair, state="scheduled")

    mark_held(fresh(meeting), day=date(2026, 10, 11), minutes=30, by=theo, now=NOW)

    meeting = fresh(meeting)
    assert meeting.starts_at.astimezone(UTC).date() == date(2026, 10, 11)
    assert meeting.minutes == 30


def test_an_unplanned_meeting_is_logged_at_noon_of_its_day(pair, theo):
    meeting = log_meeting(pair, day=date(2026, 10, 8), minutes=50, mode="in_person", by=theo, now=NOW)

    assert (meeting.state, meeting.kind, meeting.is_logged_afterwards) == ("held", "ad_hoc", True)
    assert meeting.starts_at.isoformat() == "2026-10-08T10:00:00+00:00"
    assert times(pair) == (meeting.starts_at, None)


def test_today_before_noon_is_logged_without_lying_in_the_future(pair, theo):
    early = NOW.replace(hour=6)

    meeting = log_meeting(pair, day=date(2026, 10, 12), minutes=15, mode="phone", by=theo, now=early)

    assert meeting.starts_at < early
    assert meeting.starts_at.isoformat() == "2026-10-11T22:00:00+00:00"


def test_the_day_it_began_counts_from_the_moment_it_began(pair, theo):
    began = pair.activated_at

    meeting = log_meeting(pair, day=began.date(), minutes=45, mode="video", by=theo, now=NOW)

    assert meeting.starts_at >= began


@pytest.mark.parametrize(
    ("day", "words"),
    [(date(2026, 10, 13), "not come yet"), (date(2026, 9, 21), "before your mentoring began")],
)
def test_meetings_are_logged_within_the_active_time(pair, theo, day, words):
    with pytest.raises(Refused, match=words):
        log_meeting(pair, day=day, minutes=45, mode="video", by=theo, now=NOW)
    assert Meeting.objects.count() == 0


def test_the_same_day_is_asked_about_and_another_is_another(pair, theo, mira):
    the_day = {"day": date(2026, 10, 8), "minutes": 45, "mode": "video", "now": NOW}
    log_meeting(pair, by=theo, **the_day)

    with pytest.raises(SameDay) as same:
        log_meeting(pair, by=mira, **the_day)
    assert same.value.count == 1

    log_meeting(pair, by=mira, already=1, **the_day)
    with pytest.raises(SameDay) as same:
        log_meeting(pair, by=mira, already=1, **the_day)
    assert same.value.count == 2
    assert Meeting.objects.count() == 2


def test_it_did_not_happen(pair, theo):
    meeting = make.meeting(pair, state="scheduled")

    mark_not_held(fresh(meeting), by=theo, now=NOW)

    assert fresh(meeting).state == "no_show"
    assert times(pair) == (None, None)


def test_what_has_not_begun_cannot_have_failed_to_happen(pair, theo):
    with pytest.raises(Refused, match="not begun"):
        mark_not_held(plan(pair, theo), by=theo, now=NOW)


def test_the_other_may_know_that_it_did_happen(pair, theo, mira):
    meeting = make.meeting(pair, state="scheduled")
    mark_not_held(fresh(meeting), by=theo, now=NOW)

    mark_held(fresh(meeting), by=mira, now=NOW)

    assert fresh(meeting).grade == "one"


# Both sides


def test_the_other_confirms(pair, mira):
    meeting = make.meeting(pair)

    confirm_meeting(fresh(meeting), by=mira, now=NOW)
    confirm_meeting(fresh(meeting), by=mira, now=NOW)

    assert (fresh(meeting).confirmed_by, fresh(meeting).grade) == (mira, "both")
    assert Event.objects.filter(verb="relationships.meeting_confirmed").count() == 1


def test_a_disputed_meeting_counts_for_nobody_and_its_logger_hears_of_it(pair, mira):
    meeting = make.meeting(pair)

    dispute_meeting(fresh(meeting), by=mira, now=NOW)

    assert (fresh(meeting).grade, fresh(meeting).counts_as_held) == ("disputed", False)
    assert times(pair) == (None, None)
    assert letters("meeting_disputed") == ["Theo Tamm"]
    assert list(pair.meetings.held()) == []


def test_after_seven_days_a_meeting_stands(pair, mira):
    meeting = make.meeting(pair, marked_at=NOW - timedelta(days=7))

    with pytest.raises(Refused, match="seven days"):
        dispute_meeting(fresh(meeting), by=mira, now=NOW)
    dispute_meeting(fresh(meeting), by=mira, now=NOW - timedelta(seconds=1))
    assert fresh(meeting).grade == "disputed"


def test_what_is_confirmed_is_not_disputed(pair, mira):
    meeting = make.meeting(pair, confirmed_by=mira, confirmed_at=NOW)

    with pytest.raises(Refused, match="stands"):
        dispute_meeting(fresh(meeting), by=mira, now=NOW)


def test_the_one_who_disputed_may_take_it_back(pair, mira):
    meeting = make.meeting(pair, disputed_by=mira, disputed_at=NOW)

    confirm_meeting(fresh(meeting), by=mira, now=NOW)

    assert fresh(meeting).grade == "both"
    assert times(pair) == (meeting.starts_at, None)


def test_the_logger_corrects_and_the_other_has_seven_days_again(pair, theo, mira):
    meeting = make.meeting(pair, disputed_by=mira, disputed_at=NOW, marked_at=NOW - timedelta(days=6))

    correct_meeting(fresh(meeting), day=date(2026, 10, 7), minutes=30, mode="phone", by=theo, now=NOW)

    found = fresh(meeting)
    assert (found.grade, found.minutes, found.mode, found.marked_at) == ("one", 30, "phone", NOW)
    dispute_meeting(found, by=mira, now=NOW + timedelta(days=6))
    assert found.grade == "disputed"


def test_the_logger_withdraws(pair, theo):
    meeting = make.meeting(pair)

    withdraw_meeting(fresh(meeting), by=theo, now=NOW)

    assert (fresh(meeting).state, times(pair)) == ("no_show", (None, None))
    assert Attendance.objects.count() == 0


WHO_MAY = [
    # deed       the one who logged  the other  Cora   Otto
    ("answer",   [True,              True,      False, False]),
    ("mark",     [True,              True,      False, False]),
    ("move",     [True,              True,      False, False]),
    ("cancel",   [True,              True,      False, False]),
    ("confirm",  [False,             True,      False, False]),
    ("dispute",  [False,             True,      False, False]),
    ("correct",  [True,              False,     False, False]),
    ("rate",     [True,              True,      False, False]),
]  # fmt: skip


@pytest.mark.parametrize(("verb", "expected"), WHO_MAY)
def test_who_may_do_what_with_a_meeting(pair, theo, mira, cora, otto, verb, expected):
    meeting = fresh(make.meeting(pair))

    assert [bool(MEETING_RULES[verb](person, meeting)) for person in (theo, mira, cora, otto)] == expected


def test_every_verb_about_meetings_is_in_the_matrix():
    assert {verb for verb, _expected in WHO_MAY} == set(MEETING_RULES)


def test_deeds_ask_the_rules(pair, theo, mira, otto):
    meeting = fresh(make.meeting(pair))
    planned = fresh(make.meeting(pair, state="scheduled", starts_at=NOW - timedelta(days=1)))
    day = {"day": NOW.date(), "minutes": 45, "mode": "video"}

    for forbidden in (
        lambda: confirm_meeting(meeting, by=theo, now=NOW),
        lambda: dispute_meeting(meeting, by=theo, now=NOW),
        lambda: correct_meeting(meeting, by=mira, now=NOW, **day),
        lambda: withdraw_meeting(meeting, by=mira, now=NOW),
        lambda: rate_meeting(meeting, 5, by=otto, now=NOW),
        lambda: mark_held(planned, by=otto, now=NOW),
        lambda: mark_not_held(planned, by=otto, now=NOW),
        lambda: move_meeting(planned, starts_at=IN_THREE_DAYS, by=otto, now=NOW, **VIDEO),
        lambda: cancel_meeting(planned, by=otto, now=NOW),
        lambda: log_meeting(pair, by=otto, now=NOW, **day),
    ):
        with pytest.raises(PermissionDenied):
            forbidden()
    assert Event.objects.count() == 0


def test_the_program_hears_nothing_of_a_dispute(pair, theo, mira):
    meeting = make.meeting(pair)

    dispute_meeting(fresh(meeting), by=mira, now=NOW)
    correct_meeting(fresh(meeting), day=date(2026, 10, 8), minutes=30, mode="phone", by=theo, now=NOW)
    confirm_meeting(fresh(meeting), by=mira, now=NOW)

    assert Event.objects.count() == 3
    assert list(Event.objects.within(pair.program)) == []
    assert list(Letter.objects.within(pair.program)) == []


# For oneself


def test_usefulness_is_kept_per_person_and_leaves_no_trace(pair, theo, mira):
    meeting = fresh(make.meeting(pair))

    rate_meeting(meeting, 2, by=theo, now=NOW)
    rate_meeting(meeting, 4, by=theo, now=NOW)
    rate_meeting(meeting, 5, by=mira, now=NOW)

    rows = {row.person: row.usefulness for row in Attendance.objects.all()}
    assert rows == {theo: "4", mira: "5"}
    assert Event.objects.count() == 0


def test_only_what_was_held_is_rated(pair, theo):
    with pytest.raises(Refused, match="was held"):
        rate_meeting(plan(pair, theo), 3, by=theo, now=NOW)


def test_events_about_meetings_hold_no_words(pair, theo):
    meeting = plan(pair, theo, place="The secret room")
    cancel_meeting(meeting, by=theo, now=NOW)

    assert [event.details for event in Event.objects.all()] == [{}, {}]
    assert "secret" not in str(list(Letter.objects.values_list("data", "key")))
