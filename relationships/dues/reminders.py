"""Timed facts about days that people have set themselves: the review of an agreement, goals, steps and actions."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from activity import calendar
from activity.actions import post
from activity.hours import hours_of
from activity.kinds import DueKind, table
from activity.models import Due, resolve
from people.models import User
from relationships import dates
from relationships.actions.agreements import begin_review
from relationships.actions.life import tell
from relationships.letters.reminders import to_review
from relationships.models import Relationship
from relationships.reminders import DAYS, REVIEW, REVIEW_NOTICES, called_for, reached, things_of


def review(due: Due, now: datetime) -> None:
    """The notice that has come by now: after days without power the nearest one alone."""
    person = _reader(due)
    agreement = person and to_review(person, due.data.get("agreement"))
    if not agreement:
        return
    relationship = Relationship.objects.with_people().get(pk=agreement.relationship_id)
    day = dates.review_of(agreement, relationship)
    ahead = (day - calendar.local_date(now, ZoneInfo(person.zone))).days if day else None
    notice = None if ahead is None else reached(ahead, REVIEW_NOTICES)
    if notice is None:
        return
    if ahead <= 0:
        begin_review(agreement, now=now)
    data = {"agreement": agreement.pk, "day": day.isoformat()}
    about = f"{agreement.pk}:{day}:{notice}"
    tell("review_due", relationship, [person], about=about, now=now, data=data)


def days(due: Due, now: datetime) -> None:
    """One letter for each day on which it can be read, however many goals, steps and actions it is about, and however
    many days were missed: those of a weekend are in the letter of Monday morning."""
    person, day = _reader(due), date.fromisoformat(due.occurrence)
    things = things_of(person) if person else []
    today = calendar.local_date(now, ZoneInfo(person.zone)) if person else day
    if not called_for(things, day, today):
        return
    zone, is_read = ZoneInfo(person.zone), hours_of(person).next_open(now)
    first = Relationship.objects.select_related("program").get(public_id=things[0].relationship)
    post(
        DAYS,
        person,
        about=person,
        key=f"{DAYS}:{person.pk}:{calendar.local_date(is_read, zone)}",
        now=now,
        data={"day": day.isoformat()},
        scope=first.program.scope,
    )


DUES = table(DueKind(REVIEW, review), DueKind(DAYS, days))


def _reader(due: Due) -> User | None:
    person = resolve(due.subject)
    return person if isinstance(person, User) and person.is_active else None
