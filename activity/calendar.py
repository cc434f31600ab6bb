"""From a local rule to an instant: "at 09:00 in Berlin on that date", on every date, in every zone.

The clocks jump: a local time that does not exist (the spring gap) means the first instant after the gap,
one that happens twice (the autumn fold) means the first of the two.  So each local date has exactly one
instant for each local time, and what is due daily is due once for each local date.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The UTC instant of that wall-clock time on that date in that zone."""
    wall = datetime.combine(day, at)
    by_old_offset = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if by_old_offset.astimezone(zone).replace(tzinfo=None) == wall:
        return by_old_offset
    by_new_offset = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return _end_of_gap(by_new_offset, by_old_offset, zone)


def local_date(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def next_daily(after: datetime, at: time, zone: ZoneInfo) -> tuple[date, datetime]:
    """The first date whose instant lies strictly after that moment, and the instant.

    What has to happen daily is armed with this for the next day only: days missed in an outage are not made
    up one by one.
    """
    day = local_date(after, zone) - DAY
    while (moment := instant(day, at, zone)) <= after:
        day += DAY
    return day, moment


def next_weekly(after: datetime, weekday: int, at: time, zone: ZoneInfo) -> tuple[date, datetime]:
    """As `next_daily`, on one day of the week (Monday is 0)."""
    day = local_date(after, zone) - DAY
    day += timedelta(days=(weekday - day.weekday()) % 7)
    while (moment := instant(day, at, zone)) <= after:
        day += 7 * DAY
    return day, moment


def days_later(moment: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The same wall-clock time that many calendar days later (or earlier): not 24 hours times the days."""
    local = moment.astimezone(zone)
    return instant(local.date() + timedelta(days=days), local.time(), zone)


def _end_of_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The instant of the jump that lies after the one and not after the other, to the second."""
    before, after = before.replace(microsecond=0), after.replace(microsecond=0)
    old = before.astimezone(zone).utcoffset()
    while after - before > SECOND:
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after
