"""Working hours of a week as intervals of minutes in UTC, so that two zones can be laid over each other.

A week is 10,080 minutes from Monday 00:00 UTC.  Intervals are half open ``(start, end)``, sorted, apart from
each other, and never run over the end of the week (such a one is cut in two).
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from matching.engine.errors import BadProfile

DAY = 24 * 60
WEEK = 7 * DAY

Interval = tuple[int, int]


def week_minutes(
    hours: Mapping[int, Iterable[tuple[time, time]]], zone: str, on: date
) -> tuple[Interval, ...]:
    """Local working hours as intervals of the UTC week.

    ``hours`` maps a weekday (0 Monday to 6 Sunday) to spans of local time; a span that does not end after it
    begins runs into the next day.  ``zone`` is an IANA name; its offset is that of the week in which ``on``
    lies, so summer time counts as it is then.
    """
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise BadProfile(f"There is no time zone called {zone!r}.", field="zone") from unknown
    monday = on - timedelta(days=on.weekday())
    found = []
    for weekday, spans in hours.items():
        if weekday not in range(7):
            raise BadProfile(f"{weekday!r} is not a day of the week (0 to 6).", field="hours")
        day = monday + timedelta(days=weekday)
        for begins, ends in spans:
            last = day if ends > begins else day + timedelta(days=1)
            found.append((_minute(day, begins, place, monday), _minute(last, ends, place, monday)))
    return tidy(found)


def tidy(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """The same minutes, folded into one week, sorted and joined where they touch."""
    parts = []
    for start, end in intervals:
        if end - start >= WEEK:
            return ((0, WEEK),)
        if end <= start:
            continue
        start, end = start % WEEK, start % WEEK + (end - start)
        parts.append((start, min(end, WEEK)))
        if end > WEEK:
            parts.append((0, end - WEEK))
    joined: list[Interval] = []
    for start, end in sorted(parts):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)


def shared(one: tuple[Interval, ...], other: tuple[Interval, ...]) -> tuple[Interval, ...]:
    """The minutes that lie in both."""
    both = []
    a = b = 0
    while a < len(one) and b < len(other):
        start, end = max(one[a][0], other[b][0]), min(one[a][1], other[b][1])
        if start < end:
            both.append((start, end))
        if one[a][1] < other[b][1]:
            a += 1
        else:
            b += 1
    return tuple(both)


def length(intervals: Iterable[Interval]) -> int:
    """Minutes in all."""
    return sum(end - start for start, end in intervals)


def _minute(day: date, at: time, place: ZoneInfo, monday: date) -> int:
    moment = datetime.combine(day, at, tzinfo=place)
    offset = moment.utcoffset() or timedelta()
    return (day - monday).days * DAY + at.hour * 60 + at.minute - int(offset.total_seconds() // 60)
