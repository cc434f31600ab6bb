"""When somebody is busy, read from a calendar file that nobody here wrote.  Only times come out of it.

A file may be broken, huge, or made to keep us working for ever: repetitions finer than a day count once.  No list
of such tricks is complete, and what one file calls a zone is remembered for the next one by the library that reads
it; so each file is read by a process of its own (`relationships.reading`), of which this module is the program.
"""

import json
import sys
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import recurring_ical_events
from icalendar import Calendar, Component

from activity.calendar import instant
from core.processes import end_with_parent, hold_to

Span = tuple[datetime, datetime]

MOST_EVENTS = 10_000
MOST_SPANS = 2_000
DAILY_OR_LESS = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
FINER_THAN_A_DAY = {"BYHOUR", "BYMINUTE", "BYSECOND"}
EARLIEST = date(1970, 1, 1)
# How the program ends; whatever else it ends with is no answer.
NO_CALENDAR, TOO_MUCH = 3, 4


class Unreadable(Exception):
    """This is no calendar."""


class Endless(Exception):
    """To work this calendar out takes more than we give it."""


def busy_spans(data: bytes, *, begins: datetime, ends: datetime, zone: ZoneInfo) -> list[Span]:
    """The times in which its owner is busy, in order and without overlaps.

    Not busy is what is cancelled, marked as free or declined by being shown as free; a whole day counts from
    midnight to midnight in ``zone``, as do times without a zone of their own.
    """
    try:
        calendar = Calendar.from_ical(data)
    except MemoryError:
        raise
    except Exception as broken:  # whatever a parser stumbles over in a file that anybody may have written
        raise Unreadable from broken
    if getattr(calendar, "name", "") != "VCALENDAR":
        raise Unreadable
    zone = _own_zone(calendar) or zone
    zones = list(calendar.walk("VTIMEZONE"))
    if not all(map(_changes_by_the_year, zones)):
        raise Endless
    found = _free_busy(calendar, zone)
    for events in _series(calendar):
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
        raise Endless
    named: dict[str, list[Component]] = {}
    for number, event in enumerate(events):
        named.setdefault(str(event.get("UID", number)), []).append(event)
    return list(named.values())


def _changes_by_the_year(zone: Component) -> bool:
    """No clock of this world is put forward or back by another rule, and each change of it would be worked out."""
    rules = (rule for part in zone.walk() for rule in _rules(part))
    return all(set(rule.get("FREQ", [])) <= {"YEARLY"} and not FINER_THAN_A_DAY & set(rule) for rule in rules)


def _tamed(event: Component) -> Component:
    """With a repetition that can be worked out, or none.

    One of them: what several mean together the standard leaves open (RFC 5545, 3.8.5.3).
    """
    rules = _rules(event)
    if not rules:
        return event
    start = event.decoded("DTSTART")
    began = start.date() if isinstance(start, datetime) else start
    is_tame = set(rules[0].get("FREQ", [])) <= DAILY_OR_LESS and not FINER_THAN_A_DAY & set(rules[0])
    del event["RRULE"]
    if is_tame and began >= EARLIEST:
        event["RRULE"] = rules[0]
    return event


def _rules(part: Component) -> list[Any]:
    rules = part.get("RRULE", [])
    return rules if isinstance(rules, list) else [rules]


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
    except MemoryError:
        raise
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
    except MemoryError:
        raise
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


def main(begins: str, ends: str, zone: str, seconds: str, memory: str) -> int:
    """The file comes in, times go out; how it ends says why there are none."""
    end_with_parent()
    hold_to(seconds=int(seconds), memory=int(memory))
    asked = {"begins": datetime.fromisoformat(begins), "ends": datetime.fromisoformat(ends)}
    try:
        spans = busy_spans(sys.stdin.buffer.read(), **asked, zone=ZoneInfo(zone))
        sys.stdout.write(json.dumps(kept(spans)))
    except Unreadable:
        return NO_CALENDAR
    except (Endless, MemoryError):
        return TOO_MUCH
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
