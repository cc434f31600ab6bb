"""Deeds about meetings to come: planned, moved, called off.

When the two last met and will meet next is kept on the relationship in the same deed.
"""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Max, Min
from django.utils.translation import gettext_lazy as _

from activity.actions import arm, disarm, post, record
from people.models import User
from relationships.models import AgendaItem, Meeting, MeetingChange, Relationship
from relationships.permissions import MEETING_RULES, RULES
from relationships.stages import Refused

REMINDED_BEFORE = timedelta(hours=24)
SOON = timedelta(hours=1)
ASKED_AFTER = timedelta(hours=24)
LATE = timedelta(hours=24)

STARTS_SOON = "relationships.meeting_soon"
REMINDER, WAS_IT_HELD = "relationships.meeting_reminder", "relationships.was_it_held"
CHANGED = _("Somebody has just changed this meeting. Look at it again before you go on.")


class AlreadyThere(Refused):
    """The same meeting once more: pressing twice makes one."""

    def __init__(self, meeting: Meeting) -> None:
        super().__init__(_("You have a meeting at this time already. It is this one."))
        self.meeting = meeting


# Planning


@transaction.atomic
def plan_meeting(
    relationship: Relationship,
    *,
    starts_at: datetime,
    minutes: int,
    mode: str,
    place: str,
    kind: str = "",
    by: User,
    now: datetime,
) -> Meeting:
    RULES.require(by, "plan_meeting", relationship)
    _must_come(starts_at, now)

    meeting = Meeting(
        relationship=relationship,
        kind=kind or likely_kind(relationship),
        starts_at=starts_at,
        zone=by.zone,
        minutes=minutes,
        mode=mode,
        place=place,
        planned_by=by,
        planned_at=now,
    )
    insert(meeting)

    say(meeting, "meeting_planned", by=by, now=now)
    _set_clock(meeting, now)
    keep_times(relationship, now)
    return meeting


@transaction.atomic
def move_meeting(
    meeting: Meeting, *, starts_at: datetime, minutes: int, mode: str, place: str, by: User, now: datetime
) -> Meeting:
    """Another time, length or place.  Calendars follow, and so do reminders."""
    MEETING_RULES.require(by, "move", meeting)
    _must_come(starts_at, now)
    if meeting.is_planned and meeting.is_running(now):
        raise Refused(_("This meeting has begun. When it is over, say whether it took place."))
    fresh = {"starts_at": starts_at, "minutes": minutes, "mode": mode, "place": place}
    if meeting.is_planned and all(getattr(meeting, name) == value for name, value in fresh.items()):
        return meeting

    was_at = meeting.starts_at
    turn(meeting, [Meeting.State.SCHEDULED], **fresh, zone=by.zone, sequence=F("sequence") + 1)
    if was_at != starts_at:
        MeetingChange.objects.create(meeting=meeting, was_at=was_at, is_at=starts_at, by=by, at=now)

    say(meeting, "meeting_moved", by=by, now=now, was_at=was_at if was_at != starts_at else None)
    _set_clock(meeting, now)
    keep_times(meeting.relationship, now)
    return meeting


@transaction.atomic
def cancel_meeting(meeting: Meeting, *, by: User, now: datetime) -> Meeting:
    MEETING_RULES.require(by, "cancel", meeting)
    if meeting.is_planned and meeting.has_begun(now):
        raise Refused(_("This meeting has begun. When it is over, say whether it took place."))

    _call_off(meeting, by=by, now=now)
    keep_times(meeting.relationship, now)
    return meeting


@transaction.atomic
def cancel_planned_meetings(relationship: Relationship, *, by: User | None, now: datetime) -> int:
    """Nothing more is planned in this relationship.  A part of ending it, which has asked whether one may."""
    planned = list(relationship.meetings.upcoming(now))
    for meeting in planned:
        meeting.relationship = relationship
        _call_off(meeting, by=by, now=now)
    keep_times(relationship, now)
    return len(planned)


def likely_kind(relationship: Relationship) -> str:
    if relationship.last_met_at is None:
        return Meeting.Kind.INTRO
    return Meeting.Kind.CLOSURE if relationship.stage == "separation" else Meeting.Kind.REGULAR


# What all of them share


def _must_come(starts_at: datetime, now: datetime) -> None:
    if starts_at <= now:
        raise Refused(_("This time has passed. Choose a later one."))


def insert(meeting: Meeting) -> None:
    try:
        with transaction.atomic():
            meeting.save(force_insert=True)
    except IntegrityError:
        raise AlreadyThere(_at_that_time(meeting)) from None


def turn(meeting: Meeting, states: list[str], **changes: object) -> None:
    """Change the row if it still is what the person saw; whoever comes second is told."""
    still_there = Meeting.objects.filter(pk=meeting.pk, state__in=states, version=meeting.version)
    try:
        with transaction.atomic():
            changed = still_there.update(**changes, version=F("version") + 1)
    except IntegrityError:
        meeting.starts_at = changes.get("starts_at", meeting.starts_at)
        raise AlreadyThere(_at_that_time(meeting)) from None
    if not changed:
        raise Refused(CHANGED)
    meeting.refresh_from_db(fields=[*changes, "version"])


def _at_that_time(meeting: Meeting) -> Meeting:
    counts = [Meeting.State.SCHEDULED, Meeting.State.HELD]
    same = Meeting.objects.filter(
        relationship=meeting.relationship, starts_at=meeting.starts_at, state__in=counts
    )
    return same.exclude(pk=meeting.pk).get()


def _call_off(meeting: Meeting, *, by: User | None, now: datetime) -> None:
    turn(
        meeting,
        [Meeting.State.SCHEDULED],
        state=Meeting.State.CANCELLED,
        cancelled_by=by,
        cancelled_at=now,
        is_late_cancellation=meeting.starts_at - now < LATE,
        sequence=F("sequence") + 1,
    )
    say(meeting, "meeting_cancelled", by=by, now=now)
    disarm(meeting)
    carry_over(meeting)


def say(
    meeting: Meeting, what: str, *, by: User | None, now: datetime, was_at: datetime | None = None
) -> None:
    """To all members, the one who did it too: both calendars have to follow."""
    record(f"relationships.{what}", meeting, by=by, at=now, scope=meeting.relationship.program.scope)
    data = {"sequence": meeting.sequence, "by": by and by.pk, "was_at": was_at and was_at.isoformat()}
    for person in meeting.relationship.people:
        post(
            f"relationships.{what}",
            person,
            about=meeting,
            key=f"relationships.{what}:{meeting.pk}:{meeting.sequence}:{person.pk}",
            now=now,
            data=data,
            not_after=meeting.starts_at,
            scope=meeting.relationship.program.scope,
        )


def _set_clock(meeting: Meeting, now: datetime) -> None:
    """A meeting of tomorrow was announced a moment ago: only what is further away is brought to mind."""
    disarm(meeting)
    for kind, before in ((REMINDER, REMINDED_BEFORE), (STARTS_SOON, SOON)):
        if meeting.starts_at - before > now:
            arm(kind, meeting, at=meeting.starts_at - before, occurrence=meeting.occurrence, now=now)
    arm(WAS_IT_HELD, meeting, at=meeting.ends_at + ASKED_AFTER, occurrence=meeting.occurrence, now=now)


def carry_over(meeting: Meeting) -> None:
    """What was not talked about waits for the next meeting."""
    AgendaItem.objects.open().filter(meeting=meeting).update(meeting=None)


def keep_times(relationship: Relationship, now: datetime) -> None:
    last = relationship.meetings.held().aggregate(at=Max("starts_at"))["at"]
    coming = relationship.meetings.upcoming(now).aggregate(at=Min("starts_at"))["at"]
    Relationship.objects.filter(pk=relationship.pk).update(last_met_at=last, next_meeting_at=coming)
    relationship.last_met_at, relationship.next_meeting_at = last, coming
