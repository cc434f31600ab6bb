"""Deeds about meetings that were: held or not held, confirmed, disputed, put right.

A date that has passed proves nothing: a meeting counts once somebody has said that it was held, and only
while the other does not dispute it.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from activity.actions import disarm, post, record
from activity.calendar import instant
from people.models import User
from relationships.actions.meetings import carry_over, insert, keep_times, turn
from relationships.models import Attendance, Meeting, Relationship
from relationships.permissions import MEETING_RULES, RULES
from relationships.stages import Refused

NOON = time(12)


class SameDay(Refused):
    """Something was logged on that day already; ``count`` meetings in all."""

    def __init__(self, count: int) -> None:
        super().__init__(_("You have logged a meeting on this day already."))
        self.count = count


# Held, or not


@transaction.atomic
def mark_held(
    meeting: Meeting,
    *,
    day: date | None = None,
    minutes: int | None = None,
    mode: str = "",
    is_closing: bool = False,
    by: User,
    now: datetime,
) -> Meeting:
    """A planned meeting took place, on the day it was planned for or on another one."""
    MEETING_RULES.require(by, "mark", meeting)
    starts_at = _moment_held(meeting, day, by, now)
    _must_have_been(meeting.relationship, starts_at, now)

    turn(
        meeting,
        [Meeting.State.SCHEDULED, Meeting.State.NO_SHOW],
        state=Meeting.State.HELD,
        starts_at=starts_at,
        minutes=minutes or meeting.minutes,
        mode=mode or meeting.mode,
        kind=Meeting.Kind.CLOSURE if is_closing else meeting.kind,
        marked_by=by,
        marked_at=now,
    )
    _after_held(meeting, by, now)
    return meeting


@transaction.atomic
def log_meeting(
    relationship: Relationship,
    *,
    day: date,
    minutes: int,
    mode: str,
    is_closing: bool = False,
    already: int = 0,
    by: User,
    now: datetime,
) -> Meeting:
    """A meeting that nobody planned.  ``already``: how many of that day the person knew of when saying so."""
    RULES.require(by, "log_meeting", relationship)
    zone = ZoneInfo(by.zone)
    begins, ends = instant(day, time(), zone), instant(day + timedelta(days=1), time(), zone)
    count = relationship.meetings.filter(
        state=Meeting.State.HELD, starts_at__gte=begins, starts_at__lt=ends
    ).count()
    if count > already:
        raise SameDay(count)
    starts_at = _moment_on(day, zone, relationship, now)
    _must_have_been(relationship, starts_at, now)
    # The second of a day stands after the first, even when they began a minute ago.
    starts_at = min(starts_at + timedelta(minutes=count), now)

    meeting = Meeting(
        relationship=relationship,
        kind=Meeting.Kind.CLOSURE if is_closing else Meeting.Kind.AD_HOC,
        state=Meeting.State.HELD,
        starts_at=starts_at,
        zone=by.zone,
        minutes=minutes,
        mode=mode,
        is_logged_afterwards=True,
        marked_by=by,
        marked_at=now,
    )
    insert(meeting)

    _after_held(meeting, by, now)
    return meeting


@transaction.atomic
def mark_not_held(meeting: Meeting, *, by: User, now: datetime) -> Meeting:
    MEETING_RULES.require(by, "mark", meeting)
    if not meeting.has_begun(now):
        raise Refused(_("This meeting has not begun yet. Move it or cancel it."))

    turn(meeting, [Meeting.State.SCHEDULED], state=Meeting.State.NO_SHOW, marked_by=by, marked_at=now)

    record("relationships.meeting_not_held", meeting, by=by, at=now, scope=meeting.relationship.program.scope)
    disarm(meeting)
    carry_over(meeting)
    keep_times(meeting.relationship, now)
    return meeting


# Both sides of the record


@transaction.atomic
def confirm_meeting(meeting: Meeting, *, by: User, now: datetime) -> Meeting:
    """The other says so too.  Whoever disputed it before takes that back."""
    MEETING_RULES.require(by, "confirm", meeting)
    if meeting.confirmed_at:
        return meeting

    turn(
        meeting,
        [Meeting.State.HELD],
        confirmed_by=by,
        confirmed_at=now,
        disputed_by=None,
        disputed_at=None,
    )

    record("relationships.meeting_confirmed", meeting, by=by, at=now)
    keep_times(meeting.relationship, now)
    return meeting


@transaction.atomic
def dispute_meeting(meeting: Meeting, *, by: User, now: datetime) -> Meeting:
    """Until the two have solved it, the meeting counts for nobody."""
    MEETING_RULES.require(by, "dispute", meeting)
    if meeting.disputed_at:
        return meeting
    if meeting.confirmed_at or not meeting.disputable_until or now >= meeting.disputable_until:
        raise Refused(_("This meeting stands as it was logged: it could be disputed for seven days."))

    turn(meeting, [Meeting.State.HELD], disputed_by=by, disputed_at=now)

    record("relationships.meeting_disputed", meeting, by=by, at=now)
    if meeting.marked_by:
        post(
            "relationships.meeting_disputed",
            meeting.marked_by,
            about=meeting,
            key=f"relationships.meeting_disputed:{meeting.pk}:{meeting.version}",
            now=now,
        )
    keep_times(meeting.relationship, now)
    return meeting


@transaction.atomic
def correct_meeting(
    meeting: Meeting, *, day: date, minutes: int, mode: str, by: User, now: datetime
) -> Meeting:
    """Whoever logged it puts it right; the other has seven days from now."""
    MEETING_RULES.require(by, "correct", meeting)
    starts_at = _moment_held(meeting, day, by, now)
    _must_have_been(meeting.relationship, starts_at, now)

    turn(
        meeting,
        [Meeting.State.HELD],
        starts_at=starts_at,
        minutes=minutes,
        mode=mode,
        marked_at=now,
        disputed_by=None,
        disputed_at=None,
    )

    record("relationships.meeting_corrected", meeting, by=by, at=now)
    keep_times(meeting.relationship, now)
    return meeting


@transaction.atomic
def withdraw_meeting(meeting: Meeting, *, by: User, now: datetime) -> Meeting:
    """Whoever logged it says that it did not happen after all."""
    MEETING_RULES.require(by, "correct", meeting)

    turn(
        meeting,
        [Meeting.State.HELD],
        state=Meeting.State.NO_SHOW,
        marked_at=now,
        disputed_by=None,
        disputed_at=None,
    )

    record("relationships.meeting_withdrawn", meeting, by=by, at=now)
    Attendance.objects.filter(meeting=meeting).delete()
    keep_times(meeting.relationship, now)
    return meeting


@transaction.atomic
def rate_meeting(meeting: Meeting, usefulness: int, *, by: User, now: datetime) -> None:
    """Read by ``by`` alone, so nothing is recorded of it."""
    MEETING_RULES.require(by, "rate", meeting)
    if meeting.state != Meeting.State.HELD:
        raise Refused(_("Only a meeting that was held can be rated."))

    row = Attendance.objects.filter(meeting=meeting, person=by).first() or Attendance(
        meeting=meeting, person=by
    )
    row.attended, row.usefulness = True, str(usefulness)
    row.save()


# What they share


def _must_have_been(relationship: Relationship, starts_at: datetime, now: datetime) -> None:
    if starts_at > now:
        raise Refused(_("This day has not come yet. A meeting is logged when it is over."))
    if relationship.activated_at is None or starts_at < relationship.activated_at:
        raise Refused(_("This is before your mentoring began. Choose a later day."))


def _moment_held(meeting: Meeting, day: date | None, by: User, now: datetime) -> datetime:
    """The planned start, unless the meeting was held on another day."""
    zone = ZoneInfo(by.zone)
    if day is None or day == meeting.starts_at.astimezone(zone).date():
        return meeting.starts_at
    return _moment_on(day, zone, meeting.relationship, now)


def _moment_on(day: date, zone: ZoneInfo, relationship: Relationship, now: datetime) -> datetime:
    """Only the day is known: its noon, or its beginning while noon is to come; never before they began."""
    noon = instant(day, NOON, zone)
    moment = noon if noon <= now or now < instant(day, time(), zone) else instant(day, time(), zone)
    began = relationship.activated_at
    return began if began and moment < began and began.astimezone(zone).date() == day else moment


def _after_held(meeting: Meeting, by: User, now: datetime) -> None:
    record("relationships.meeting_held", meeting, by=by, at=now, scope=meeting.relationship.program.scope)
    disarm(meeting)
    there = [
        Attendance(meeting=meeting, person=person, attended=True) for person in meeting.relationship.people
    ]
    Attendance.objects.bulk_create(there, ignore_conflicts=True)
    carry_over(meeting)
    keep_times(meeting.relationship, now)
