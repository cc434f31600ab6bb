from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from activity import calendar

ZONES = [
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Asia/Tehran",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "UTC",
]


@pytest.mark.parametrize(
    ("zone", "day", "at", "expected"),
    [
        # an ordinary day
        ("Europe/Berlin", date(2026, 7, 1), time(9, 0), datetime(2026, 7, 1, 7, 0)),
        # spring: 02:30 does not exist, the first instant after the gap is 03:00 summer time
        ("Europe/Berlin", date(2026, 3, 29), time(2, 30), datetime(2026, 3, 29, 1, 0)),
        ("Europe/Berlin", date(2026, 3, 29), time(2, 0), datetime(2026, 3, 29, 1, 0)),
        ("Europe/Berlin", date(2026, 3, 29), time(3, 0), datetime(2026, 3, 29, 1, 0)),
        # autumn: 02:30 comes twice, the first one is meant
        ("Europe/Berlin", date(2026, 10, 25), time(2, 30), datetime(2026, 10, 25, 0, 30)),
        ("America/New_York", date(2026, 3, 8), time(2, 30), datetime(2026, 3, 8, 7, 0)),
        # half an hour of difference only
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), datetime(2026, 10, 3, 15, 30)),
        # no change of clocks, odd offset
        ("Asia/Kathmandu", date(2026, 3, 29), time(2, 30), datetime(2026, 3, 28, 20, 45)),
        # a whole date that does not exist: Samoa crossed the date line
        ("Pacific/Apia", date(2011, 12, 30), time(9, 0), datetime(2011, 12, 30, 10, 0)),
    ],
)
def test_a_local_time_is_one_instant(zone, day, at, expected):
    assert calendar.instant(day, at, ZoneInfo(zone)) == expected.replace(tzinfo=UTC)


FIRST, LAST = date(2020, 1, 1), date(2035, 12, 31)
DAYS = (LAST - FIRST).days + 1
TIMES = (time(2, 30), time(9, 0))
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def daily(at, zone):
    """All that is due daily from the first day to the last, as the clock arms it: each from the one before."""
    moment = calendar.instant(FIRST, at, zone) - timedelta(microseconds=1)
    while True:
        day, moment = calendar.next_daily(moment, at, zone)
        if day > LAST:
            return
        yield day, moment


def all_days(instant):
    """The same by a rule that is asked for each date by itself."""

    def occurrences(at, zone):
        for n in range(DAYS):
            day = FIRST + timedelta(days=n)
            yield day, instant(day, at, zone)

    return occurrences


def every_24_hours(at, zone):
    begin = calendar.instant(FIRST, at, zone)
    for n in range(DAYS):
        moment = begin + timedelta(hours=24 * n)
        yield calendar.local_date(moment, zone), moment


def faults(occurrences, zone):
    """What is wrong with what is due daily in that zone; nothing if each local date has it once, at its time."""
    zone, found = ZoneInfo(zone), []
    for at in TIMES:
        before, seen = NEVER, []
        for day, moment in occurrences(at, zone):
            seen.append(day)
            if wrong := fault(day, at, moment.astimezone(zone), zone):
                found.append((day, at, wrong))
            if moment <= before:
                found.append((day, at, "not after the day before"))
            before = moment
        if seen != [FIRST + timedelta(days=n) for n in range(DAYS)]:
            found.append((FIRST, at, "not once for each date"))
    return found


def fault(day, at, local, zone):
    if local.date() != day:
        return "on another date"
    if local.fold:
        return "the second of two"
    if local.time() == at:
        return ""
    # Only in a gap: a second before, the wall clock was still before the wanted time.
    earlier = (local.astimezone(UTC) - timedelta(seconds=1)).astimezone(zone)
    in_gap = earlier.time() < at < local.time() and earlier.utcoffset() < local.utcoffset()
    return "" if in_gap else "at another time"


@pytest.mark.parametrize("zone", ZONES)
def test_what_is_due_daily_is_due_once_on_every_date_of_sixteen_years_and_at_its_time(zone):
    assert DAYS == 5844
    assert faults(daily, zone) == []


@pytest.mark.parametrize("zone", ZONES)
def test_each_of_these_dates_asked_for_by_itself_gives_the_same_instant(zone):
    assert faults(all_days(calendar.instant), zone) == []


def wall_clock(fold):
    def instant(day, at, zone):
        return datetime.combine(day, at, zone).replace(fold=fold).astimezone(UTC)

    return instant


@pytest.mark.parametrize(
    ("zone", "occurrences", "number"),
    [
        # Sixteen springs: the old offset leads half an hour past the end of the gap.
        ("Europe/Berlin", all_days(wall_clock(fold=0)), 16),
        # Sixteen springs and as many autumns: the new offset leads before the gap, and to the second of two.
        ("Europe/Berlin", all_days(wall_clock(fold=1)), 32),
        # All 3,430 days of summer time at both times, and the second half past two of sixteen autumns.
        ("Europe/Berlin", every_24_hours, 2 * 3430 + 16),
        # Where clocks never change all of them are right.
        ("Asia/Kathmandu", all_days(wall_clock(fold=0)), 0),
        ("Asia/Kathmandu", every_24_hours, 0),
    ],
)
def test_control_simpler_rules_are_found_out(zone, occurrences, number):
    assert len(faults(occurrences, zone)) == number


def test_what_is_due_daily_skips_the_days_that_are_over():
    zone = ZoneInfo("Europe/Berlin")
    after = datetime(2026, 3, 28, 8, 0, tzinfo=UTC)  # 09:00 in Berlin
    day, moment = calendar.next_daily(after, time(9, 0), zone)
    assert (day, moment) == (date(2026, 3, 29), datetime(2026, 3, 29, 7, 0, tzinfo=UTC))
    assert calendar.next_daily(after - timedelta(seconds=1), time(9, 0), zone) == (date(2026, 3, 28), after)


def test_weekly_means_that_day_of_the_week_where_the_person_is():
    # Sunday evening in UTC is Monday morning in Auckland already.
    after = datetime(2026, 10, 11, 19, 0, tzinfo=UTC)
    day, moment = calendar.next_weekly(after, 0, time(8, 30), ZoneInfo("Pacific/Auckland"))
    assert (day, moment) == (date(2026, 10, 12), datetime(2026, 10, 11, 19, 30, tzinfo=UTC))
    day, moment = calendar.next_weekly(moment, 0, time(8, 30), ZoneInfo("Pacific/Auckland"))
    assert day == date(2026, 10, 19)


def test_two_days_later_is_the_same_time_on_the_wall_across_a_change_of_clocks():
    zone = ZoneInfo("America/New_York")
    before = datetime(2026, 10, 31, 13, 0, tzinfo=UTC)  # 09:00 summer time
    assert calendar.days_later(before, 2, zone) == datetime(2026, 11, 2, 14, 0, tzinfo=UTC)
    assert calendar.days_later(calendar.days_later(before, 2, zone), -2, zone) == before
