"""When somebody may be written to, by their own clock: over zones, clock changes, odd offsets and the date line."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from activity.hours import Hours, hours_of, public_holidays
from tests import make

MINUTE = timedelta(minutes=1)
HALF_HOUR = timedelta(minutes=30)
DAY = timedelta(days=1)


def local(text, zone):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


MOVES = [
    # In the working day nothing moves; outside it the next opening is meant, on the person's own clock.
    ("Europe/Oslo", "2026-10-12 10:00", "2026-10-12 10:00"),
    ("Europe/Oslo", "2026-10-12 07:59", "2026-10-12 08:00"),
    ("Europe/Oslo", "2026-10-12 08:00", "2026-10-12 08:00"),
    ("Europe/Oslo", "2026-10-12 17:59", "2026-10-12 17:59"),
    ("Europe/Oslo", "2026-10-12 18:00", "2026-10-13 08:00"),
    ("Europe/Oslo", "2026-10-12 00:00", "2026-10-12 08:00"),
    # Weekends, and the clocks that change within them
    ("Europe/Oslo", "2026-10-23 18:00", "2026-10-26 08:00"),
    ("Europe/Oslo", "2026-10-25 02:30", "2026-10-26 08:00"),
    ("Europe/Oslo", "2027-03-28 01:59", "2027-03-29 08:00"),
    ("America/New_York", "2026-10-30 18:00", "2026-11-02 08:00"),
    ("Australia/Lord_Howe", "2026-10-02 20:00", "2026-10-05 08:00"),
    # Half and quarter hours
    ("Asia/Kolkata", "2026-10-12 19:15", "2026-10-13 08:00"),
    ("Asia/Kathmandu", "2026-10-16 23:59", "2026-10-19 08:00"),
    ("America/St_Johns", "2026-10-12 05:00", "2026-10-12 08:00"),
    # Both sides of the date line
    ("Pacific/Kiritimati", "2026-10-12 03:00", "2026-10-12 08:00"),
    ("Pacific/Pago_Pago", "2026-10-16 22:00", "2026-10-19 08:00"),
]


@pytest.mark.parametrize(("zone", "wanted", "opens"), MOVES)
def test_what_can_wait_moves_to_the_next_opening(zone, wanted, opens):
    moment = local(wanted, zone).astimezone(UTC)
    assert Hours(ZoneInfo(zone)).next_open(moment).astimezone(ZoneInfo(zone)) == local(opens, zone)


OTHER_HABITS = [
    ({"days": frozenset({6, 0, 1, 2, 3})}, "2026-10-15 19:00", "2026-10-18 08:00"),  # Sunday to Thursday
    ({"days": frozenset({1})}, "2026-10-13 18:00", "2026-10-20 08:00"),
    ({"quiet_from": time(12), "quiet_until": time(13, 30)}, "2026-10-12 12:00", "2026-10-12 13:30"),
    ({"quiet_from": time(12), "quiet_until": time(13, 30)}, "2026-10-12 23:00", "2026-10-12 23:00"),
    ({"quiet_from": time(8), "quiet_until": time(20)}, "2026-10-12 09:00", "2026-10-12 20:00"),  # by night
    (
        {"quiet_from": time(8), "quiet_until": time(8)},
        "2026-10-12 03:00",
        "2026-10-12 03:00",
    ),  # no quiet hours
    ({"quiet_from": time(8), "quiet_until": time(8)}, "2026-10-17 03:00", "2026-10-19 00:00"),
    ({"days": frozenset()}, "2026-10-12 03:00", "2026-10-12 03:00"),  # nothing waits for ever
    ({"country": "NO"}, "2027-03-24 18:00", "2027-03-30 08:00"),  # from Wednesday over Easter to Tuesday
    ({"country": "DE"}, "2026-12-24 18:00", "2026-12-28 08:00"),
    ({"country": ""}, "2026-12-24 18:00", "2026-12-25 08:00"),
    ({"country": "XX"}, "2026-12-24 18:00", "2026-12-25 08:00"),
]


@pytest.mark.parametrize(("habits", "wanted", "opens"), OTHER_HABITS)
def test_the_hours_are_those_of_the_person(habits, wanted, opens):
    hours = Hours(ZoneInfo("Europe/Oslo"), **habits)
    assert hours.next_open(local(wanted, "Europe/Oslo")) == local(opens, "Europe/Oslo")


ZONES = [
    "UTC",
    "Europe/London",
    "Europe/Oslo",
    "America/New_York",
    "America/St_Johns",
    "America/Santiago",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Asia/Tehran",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
]


@pytest.mark.parametrize("zone", ZONES)
def test_the_opening_is_the_first_open_moment_on_every_day_of_a_year(zone):
    """Against the plain reading of the wall clock, at each half hour around each midnight and each change."""
    hours = Hours(ZoneInfo(zone))
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    end = moment + 366 * DAY

    def open_by_the_wall(at):
        wall = at.astimezone(ZoneInfo(zone))
        return wall.weekday() < 5 and time(8) <= wall.time() < time(18)

    checked = 0
    while moment < end:
        opens = hours.next_open(moment)
        assert opens >= moment
        assert open_by_the_wall(opens), (zone, moment, opens)
        assert opens == moment or not open_by_the_wall(opens - MINUTE), (zone, moment, opens)
        assert (opens == moment) == open_by_the_wall(moment)
        assert hours.next_open(opens) == opens
        checked += 1
        moment += 3 * HALF_HOUR
    assert checked > 5000


def test_the_morning_of_a_day_is_when_quiet_hours_end_on_the_next_working_day():
    oslo = ZoneInfo("Europe/Oslo")
    friday, saturday = date(2026, 10, 16), date(2026, 10, 17)
    assert Hours(oslo).morning_from(friday) == local("2026-10-16 08:00", "Europe/Oslo")
    assert Hours(oslo).morning_from(saturday) == local("2026-10-19 08:00", "Europe/Oslo")
    late = Hours(oslo, quiet_until=time(9, 30))
    assert late.morning_from(friday) == local("2026-10-16 09:30", "Europe/Oslo")
    early = Hours(oslo, quiet_until=time(5))
    assert early.morning_from(friday) == local("2026-10-16 08:00", "Europe/Oslo")
    night = Hours(oslo, quiet_from=time(6), quiet_until=time(20))
    assert night.morning_from(friday) == local("2026-10-16 20:00", "Europe/Oslo")


def test_public_holidays_are_those_of_the_whole_country():
    assert date(2026, 5, 17) in public_holidays("NO", 2026)
    assert date(2026, 10, 3) in public_holidays("DE", 2026)
    assert date(2026, 11, 1) not in public_holidays("DE", 2026)  # All Saints: in some of its states alone
    assert public_holidays("", 2026) == public_holidays("XX", 2026) == frozenset()


def test_somebody_without_a_profile_has_office_hours(db, mira):
    assert hours_of(mira) == Hours(ZoneInfo("Europe/Berlin"))
    mira.profile.delete()
    assert hours_of(type(mira).objects.get(pk=mira.pk)) == Hours(ZoneInfo("Europe/Berlin"))
    assert hours_of(object()) == Hours(ZoneInfo("UTC"))
    assert hours_of(make.person(zone="")).zone == ZoneInfo("UTC")
