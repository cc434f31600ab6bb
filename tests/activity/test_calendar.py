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


@pytest.mark.parametrize("zone", ZONES)
def test_every_day_of_sixteen_years_has_its_instant_on_that_day_at_that_time(zone):
    zone = ZoneInfo(zone)
    for at in (time(2, 30), time(9, 0)):
        day, before = date(2020, 1, 1), datetime(1970, 1, 1, tzinfo=UTC)
        while day < date(2036, 1, 1):
            moment = calendar.instant(day, at, zone)
            assert moment > before, f"{day} {at} comes before the day before"
            local = moment.astimezone(zone)
            assert local.date() == day
            if local.time() != at:
                # Only in a gap: a second before, the wall clock was still before the wanted time.
                earlier = (moment - timedelta(seconds=1)).astimezone(zone)
                assert earlier.time() < at < local.time()
                assert earlier.utcoffset() < local.utcoffset()
            assert local.fold == 0, "the second of two was meant"
            day, before = day + timedelta(days=1), moment


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
