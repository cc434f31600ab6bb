"""Deeds about one's own calendar: a feed to subscribe to, and the calendar that says when one is busy."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from activity.actions import arm, record
from activity.jobs import enqueue
from people.models import User
from people.permissions import RULES
from relationships.busy import Span, kept
from relationships.models import BusyCalendar, CalendarFeed

READ, CALENDARS = "relationships.read_calendars", "relationships.busycalendar"
READ_EVERY, LONGEST_WAIT = timedelta(hours=6), timedelta(days=2)
LOOK_EVERY = timedelta(hours=1)


@transaction.atomic
def open_feed(person: User, *, by: User, now: datetime) -> CalendarFeed:
    """A new address.  The one before leads to nothing from now on."""
    RULES.require(by, "edit_profile", person)

    CalendarFeed.objects.filter(person=person).delete()
    feed = CalendarFeed.objects.create(person=person, created_at=now)

    record("relationships.feed_opened", person, by=by, at=now)
    return feed


@transaction.atomic
def close_feed(person: User, *, by: User, now: datetime) -> bool:
    RULES.require(by, "edit_profile", person)

    gone, _rows = CalendarFeed.objects.filter(person=person).delete()

    if gone:
        record("relationships.feed_closed", person, by=by, at=now)
    return bool(gone)


@transaction.atomic
def give_calendar(person: User, address: str, *, by: User, now: datetime) -> BusyCalendar:
    """From now on the times in which it says busy are not proposed."""
    RULES.require(by, "edit_profile", person)

    BusyCalendar.objects.filter(person=person).delete()
    calendar = BusyCalendar.objects.create(person=person, address=address, given_at=now, next_read_at=now)

    record("relationships.calendar_given", person, by=by, at=now)
    enqueue(READ, CALENDARS, by=None, now=now)
    look_again(now)
    return calendar


@transaction.atomic
def take_calendar_back(person: User, *, by: User, now: datetime) -> bool:
    """With all that was read from it."""
    RULES.require(by, "edit_profile", person)

    gone, _rows = BusyCalendar.objects.filter(person=person).delete()

    if gone:
        record("relationships.calendar_taken_back", person, by=by, at=now)
    return bool(gone)


@transaction.atomic
def read_what_is_due(*, now: datetime) -> None:
    """Every hour, while anybody has given a calendar."""
    if not BusyCalendar.objects.exists():
        return
    if BusyCalendar.objects.to_read(now).exists():
        enqueue(READ, CALENDARS, by=None, now=now)
    look_again(now)


def look_again(now: datetime) -> None:
    """One look an hour, however many calendars there are."""
    hour = now.replace(minute=0, second=0, microsecond=0) + LOOK_EVERY
    arm(READ, CALENDARS, at=hour, now=now)


def begin_reading(calendar: BusyCalendar, *, now: datetime) -> bool:
    """Until more is known, as if it could not be read.  False if somebody else reads it, or it is gone."""
    same = BusyCalendar.objects.filter(pk=calendar.pk, next_read_at=calendar.next_read_at)
    return bool(same.update(**_put_off(calendar, now)))


def keep_busy(calendar: BusyCalendar, spans: list[Span], *, now: datetime) -> bool:
    """Unless its owner has given another one, or none, in the meantime."""
    same = BusyCalendar.objects.filter(pk=calendar.pk)
    fresh = {"busy": kept(spans), "read_at": now, "problem": "", "failures": 0}
    return bool(same.update(**fresh, next_read_at=now + READ_EVERY))


def keep_problem(calendar: BusyCalendar, problem: str, *, now: datetime) -> bool:
    """What cannot be read is tried again, ever less often; what was read before is believed for a while."""
    same = BusyCalendar.objects.filter(pk=calendar.pk)
    return bool(same.update(problem=problem, **_put_off(calendar, now)))


def _put_off(calendar: BusyCalendar, now: datetime) -> dict[str, Any]:
    wait = min(READ_EVERY * 2 ** min(calendar.failures, 8), LONGEST_WAIT)
    return {"failures": min(calendar.failures + 1, 1000), "next_read_at": now + wait}
