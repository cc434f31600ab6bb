"""Timed facts about meetings: the reminders of the day and the hour before, and the question of the day after."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from activity.actions import arm, post
from activity.kinds import DueKind, table
from activity.models import Due
from people.models import User
from programs.models.enrolments import Role
from relationships.actions.meetings import REMINDER, STARTS_SOON, WAS_IT_HELD
from relationships.letters.meetings import is_still_planned
from relationships.models import Meeting, Relationship

STILL_OPEN = "relationships.was_it_held_still"
MENTORS_LATER = timedelta(days=3)


def remind(due: Due, now: datetime) -> None:
    meeting = _planned(due)
    if meeting and not meeting.has_begun(now):
        _write(REMINDER, meeting, meeting.relationship.people, now, not_after=meeting.starts_at)


def remind_soon(due: Due, now: datetime) -> None:
    """Only those who want it."""
    meeting = _planned(due)
    if meeting and not meeting.has_begun(now):
        people = [person for person in meeting.relationship.people if person.profile.an_hour_before]
        _write(STARTS_SOON, meeting, people, now, not_after=meeting.starts_at)


def ask(due: Due, now: datetime) -> None:
    """Mentees and peers first: it is their relationship to keep.  The mentor only if nobody has answered."""
    if meeting := _planned(due):
        _write(WAS_IT_HELD, meeting, _people(meeting, mentors=False), now)
        arm(STILL_OPEN, meeting, at=due.due_at + MENTORS_LATER, occurrence=due.occurrence, now=now)


def ask_mentors(due: Due, now: datetime) -> None:
    if meeting := _planned(due):
        _write(WAS_IT_HELD, meeting, _people(meeting, mentors=True), now)


DUES = table(
    DueKind(REMINDER, remind),
    DueKind(STARTS_SOON, remind_soon),
    DueKind(WAS_IT_HELD, ask),
    DueKind(STILL_OPEN, ask_mentors),
)


def _planned(due: Due) -> Meeting | None:
    """The meeting, if it is still planned for the moment that this was armed for."""
    key = due.subject.rpartition(":")[2]
    meeting = Meeting.objects.filter(pk=key).first() if key.isdigit() else None
    if meeting is None:
        return None
    meeting.relationship = Relationship.objects.with_people().get(pk=meeting.relationship_id)
    return meeting if is_still_planned(meeting, due.occurrence) else None


def _people(meeting: Meeting, *, mentors: bool) -> list[User]:
    members = meeting.relationship.present
    return [member.person for member in members if (member.role == Role.MENTOR) == mentors]


def _write(kind: str, meeting: Meeting, people: Iterable[User], now: datetime, **when: datetime) -> None:
    for person in people:
        post(
            kind,
            person,
            about=meeting,
            key=f"{kind}:{meeting.pk}:{meeting.occurrence}:{person.pk}",
            now=now,
            data={"occurrence": meeting.occurrence},
            scope=meeting.relationship.program.scope,
            **when,
        )
