"""When somebody is busy, read from a calendar file that nobody here wrote.  Only times come out of it.

A file may be broken, huge, or made to keep us working for ever: repetitions finer than a day count once, and
whatever is not done in time is given up as a whole.
"""

import time as clock
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import recurring_ical_events
from icalendar import Calendar, Component

from activity.calendar import instant

Span = tuple[datetime, datetime]

MOST_EVENTS = 10_000
MOST_SPANS = 2_000
SECONDS = 20.0
DAILY_OR_LESS = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
FINER_THAN_A_DAY = {"BYHOUR", "BYMINUTE", "BYSECOND"}
EARLIEST = date(1970, 1, 1)


class Unreadable(Exception):
    """This is no calendar, or one that takes too long to read."""


def busy_spans(data: bytes, *, begins: datetime, ends: datetime, zone: ZoneInfo) -> list[Span]:
    """The times in which its owner is busy, in order and without overlaps.

    Not busy is what is cancelled, marked as free or declined by being shown as free; a whole day counts from
    midnight to midnight in ``zone``, as do times without a zone of their own.
    """
    try:
        calendar = Calendar.from_ical(data)
    except Exception as broken:  # whatever a parser stumbles over in a file that anybody may have written
        raise Unreadable from broken
    if getattr(calendar, "name", "") != "VCALENDAR":
        raise Unreadable
    zone = _own_zone(calendar) or zone
    given_up_at = clock.monotonic() + SECONDS
    found = _free_busy(calendar, zone)
    zones = list(calendar.walk("VTIMEZONE"))
    for events in _series(calendar):
        if clock.monotonic() > given_up_at:
            raise Unreadable
        found += _of_series(events, zones, begins, ends, zone)
    return joined(
        (max(start, begins), min(end, ends)) for start, end in found if start < ends and begins < end
    )


def joined(spans: Iterable[Span]) -> list[Span]:
    """What overlaps or touches is one span."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        elif start < end:
            found.append((start, end))
    return found[:MOST_SPANS]


def _own_zone(calendar: Calendar) -> ZoneInfo | None:
    try:
        return ZoneInfo(str(calendar.get("X-WR-TIMEZONE") or ""))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _series(calendar: Calendar) -> list[list[Component]]:
    """Each entry with its exceptions."""
    events = [event for event in calendar.walk("VEVENT") if "DTSTART" in event]
    if len(events) > MOST_EVENTS:
        raise Unreadable
    named: dict[str, list[Component]] = {}
    for number, event in enumerate(events):
        named.setdefault(str(event.get("UID", number)), []).append(event)
    return list(named.values())


def _tamed(event: Component) -> Component:
    """With a repetition that can be worked out, or none."""
    rules = event.get("RRULE")
    if rules is None:
        return event
    listed = rules if isinstance(rules, list) else [rules]
    start = event.decoded("DTSTART")
    began = start.date() if isinstance(start, datetime) else start
    tame = began >= EARLIEST and all(
        set(rule.get("FREQ", [])) <= DAILY_OR_LESS and not FINER_THAN_A_DAY & set(rule) for rule in listed
    )
    if not tame:
        del event["RRULE"]
    return event


def _of_series(
    events: list[Component], zones: list[Component], begins: datetime, ends: datetime, zone: ZoneInfo
) -> list[Span]:
    """With the zones of the file, as a small calendar of its own."""
    series, found = Calendar(), []
    try:
        for part in (*zones, *map(_tamed, events)):
            series.add_component(part)
        for event in recurring_ical_events.of(series, skip_bad_series=True).between(begins, ends):
            if _takes_time(event):
                found.append((_moment(event.start, zone), _moment(event.end, zone)))
    except Exception:  # one entry that cannot be understood does not hide the others
        return []
    return found


def _takes_time(event: Component) -> bool:
    free = str(event.get("TRANSP", "")).upper() == "TRANSPARENT"
    shown_free = str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper() == "FREE"
    return not (free or shown_free or str(event.get("STATUS", "")).upper() == "CANCELLED")


def _free_busy(calendar: Calendar, zone: ZoneInfo) -> list[Span]:
    """Some calendars publish no entries, only times: VFREEBUSY."""
    found = []
    try:
        for part in calendar.walk("VFREEBUSY"):
            given = part.get("FREEBUSY", [])
            for period in given if isinstance(given, list) else [given]:
                if str(period.params.get("FBTYPE", "BUSY")).upper() != "FREE":
                    found.append((_moment(period.start, zone), _moment(period.end, zone)))
    except Exception:  # as above
        return found
    return found


def _moment(value: Any, zone: ZoneInfo) -> datetime:
    if not isinstance(value, datetime):
        return instant(value, time(), zone)
    if value.tzinfo is None:
        return instant(value.date(), value.time(), zone)
    return value.astimezone(UTC)


def kept(spans: Iterable[Span]) -> list[list[str]]:
    return [[start.isoformat(), end.isoformat()] for start, end in spans]


def window(now: datetime, days: int) -> Span:
    return now, now + timedelta(days=days)
