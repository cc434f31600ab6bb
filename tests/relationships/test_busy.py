"""When somebody is busy, from calendars of many makers, broken ones and hostile ones."""

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
from icalendar import Calendar

import relationships.busy
from relationships.busy import Endless, Unreadable, busy_spans, joined

MONDAY = datetime(2026, 10, 12, tzinfo=UTC)
OSLO = ZoneInfo("Europe/Oslo")


def at(day, hour, minute=0):
    return MONDAY + timedelta(days=day, hours=hour, minutes=minute)


def calendar(*events, head=""):
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Somebody//EN", *head.split("\n")]
    for number, event in enumerate(events):
        lines += ["BEGIN:VEVENT", f"UID:{number}@example.org", *event.split("\n"), "END:VEVENT"]
    return "\r\n".join(line for line in [*lines, "END:VCALENDAR", ""] if line).encode() + b"\r\n"


def busy(data, *, days=14, zone=OSLO):
    return busy_spans(data, begins=MONDAY, ends=MONDAY + timedelta(days=days), zone=zone)


def test_single_entries_are_busy_in_order_and_what_overlaps_is_one():
    data = calendar(
        "DTSTART:20261014T130000Z\nDTEND:20261014T140000Z",
        "DTSTART:20261013T090000Z\nDTEND:20261013T100000Z",
        "DTSTART:20261013T093000Z\nDURATION:PT1H",
    )

    assert busy(data) == [(at(1, 9), at(1, 10, 30)), (at(2, 13), at(2, 14))]


@pytest.mark.parametrize(
    "free",
    ["TRANSP:TRANSPARENT", "STATUS:CANCELLED", "X-MICROSOFT-CDO-BUSYSTATUS:FREE"],
)
def test_what_takes_no_time_is_free(free):
    assert busy(calendar(f"DTSTART:20261014T130000Z\nDTEND:20261014T140000Z\n{free}")) == []


def test_a_weekly_entry_with_one_left_out_and_one_moved():
    data = calendar(
        "DTSTART;TZID=Europe/Oslo:20260907T100000\nDTEND;TZID=Europe/Oslo:20260907T110000\n"
        "RRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR\nEXDATE;TZID=Europe/Oslo:20261014T100000",
    ).replace(
        b"END:VCALENDAR",
        b"BEGIN:VEVENT\r\nUID:0@example.org\r\nRECURRENCE-ID;TZID=Europe/Oslo:20261016T100000\r\n"
        b"DTSTART;TZID=Europe/Oslo:20261017T150000\r\nDTEND;TZID=Europe/Oslo:20261017T160000\r\nEND:VEVENT\r\n"
        b"END:VCALENDAR",
    )

    assert busy(data, days=7) == [(at(0, 8), at(0, 9)), (at(5, 13), at(5, 14))]


def test_a_repeated_entry_keeps_its_wall_clock_when_the_clocks_change():
    data = calendar(
        "DTSTART;TZID=Europe/Oslo:20261019T100000\nDTEND;TZID=Europe/Oslo:20261019T110000\nRRULE:FREQ=WEEKLY"
    )

    assert [start.hour for start, _end in busy(data, days=21)] == [8, 9]


def test_a_whole_day_is_busy_from_midnight_to_midnight_where_its_owner_is():
    data = calendar("DTSTART;VALUE=DATE:20261014\nDTEND;VALUE=DATE:20261015")

    assert busy(data) == [(at(1, 22), at(2, 22))]


def test_times_without_a_zone_are_those_of_the_calendar_or_of_its_owner():
    floating = "DTSTART:20261014T130000\nDTEND:20261014T140000"

    assert busy(calendar(floating)) == [(at(2, 11), at(2, 12))]
    assert busy(calendar(floating, head="X-WR-TIMEZONE:Asia/Tokyo")) == [(at(2, 4), at(2, 5))]


def test_a_calendar_that_tells_times_only_is_understood():
    data = calendar().replace(
        b"END:VCALENDAR",
        b"BEGIN:VFREEBUSY\r\nUID:fb@example.org\r\nDTSTAMP:20261012T000000Z\r\n"
        b"FREEBUSY;FBTYPE=BUSY:20261013T090000Z/PT1H,20261014T090000Z/20261014T100000Z\r\n"
        b"FREEBUSY;FBTYPE=FREE:20261015T090000Z/PT1H\r\nEND:VFREEBUSY\r\nEND:VCALENDAR",
    )

    assert busy(data) == [(at(1, 9), at(1, 10)), (at(2, 9), at(2, 10))]


def test_what_lies_outside_the_time_asked_for_is_cut_off():
    data = calendar(
        "DTSTART:20261011T200000Z\nDTEND:20261012T020000Z", "DTSTART:20300101T000000Z\nDURATION:PT1H"
    )

    assert busy(data) == [(at(0, 0), at(0, 2))]


@pytest.mark.parametrize(
    "data",
    [
        b"", b"<html><body>Sign in</body></html>", b"BEGIN:VCALENDAR", b"\xff\xfe\x00",
        b"BEGIN:VEVENT\r\nEND:VEVENT\r\n",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\n", b"END:VCALENDAR\r\n", b"{}",
    ],
)  # fmt: skip
def test_what_is_no_calendar_is_said_to_be_none(data):
    with pytest.raises(Unreadable):
        busy(data)


@pytest.mark.parametrize(
    "broken",
    [
        "DTSTART:tomorrow", "DTSTART:20261399T990000Z", "DTSTART:20261014T130000Z\nDTEND:20261014T120000Z",
        "DTSTART:20261014T130000Z\nRRULE:FREQ=NEVER", "DTSTART:20261014T130000Z\nRRULE:nonsense",
        "DTSTART;TZID=Nowhere/Land:20261014T130000\nDURATION:x", "SUMMARY:no start at all",
        "DTSTART:20261014T130000Z\nDURATION:-PT5H", "DTSTART;VALUE=DATE:20261014\nRDATE:x",
    ],
)  # fmt: skip
def test_one_broken_entry_does_not_hide_the_others(broken):
    data = calendar(broken, "DTSTART:20261013T090000Z\nDTEND:20261013T100000Z")

    assert (at(1, 9), at(1, 10)) in busy(data)


@pytest.mark.parametrize(
    "endless",
    [
        "DTSTART:19700101T000000Z\nRRULE:FREQ=SECONDLY",
        "DTSTART:19700101T000000Z\nRRULE:FREQ=MINUTELY;INTERVAL=1",
        "DTSTART:00010101T000000Z\nRRULE:FREQ=HOURLY",
        "DTSTART:00010101T000000Z\nRRULE:FREQ=DAILY",
        "DTSTART:19700101T000000Z\nRRULE:FREQ=DAILY;BYHOUR=0,1,2,3;BYMINUTE=0,1,2,3;BYSECOND=0,1,2",
        "DTSTART:20261001T000000Z\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    ],
)
def test_a_file_cannot_keep_us_working_for_ever(endless):
    began = time.process_time()

    found = busy(calendar(endless, "DTSTART:20261013T090000Z\nDTEND:20261013T100000Z"))

    assert (at(1, 9), at(1, 10)) in found
    assert time.process_time() - began < 60


def test_of_several_repetitions_of_one_entry_the_first_counts():
    several = (
        "DTSTART:20261013T090000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY\nRRULE:FREQ=DAILY\nRRULE:FREQ=HOURLY"
    )

    assert busy(calendar(several)) == [(at(1, 9), at(1, 10)), (at(8, 9), at(8, 10))]


ZONE = """\
BEGIN:VTIMEZONE
TZID:Ours
BEGIN:STANDARD
DTSTART:19701025T030000
TZOFFSETFROM:+0500
TZOFFSETTO:+0400
RRULE:{}
END:STANDARD
END:VTIMEZONE"""
IN_IT = "DTSTART;TZID=Ours:20261013T090000\nDTEND;TZID=Ours:20261013T100000"


@pytest.mark.parametrize(
    "rule",
    ["FREQ=HOURLY", "FREQ=DAILY", "FREQ=YEARLY;BYHOUR=1,2,3;BYMINUTE=1,2,3", "FREQ=YEARLY;BYSECOND=1,2"],
)
def test_a_zone_whose_clocks_change_all_day_is_given_up(rule):
    with pytest.raises(Endless):
        busy(calendar(IN_IT, head=ZONE.format(rule)))


TOLD = "BEGIN:VFREEBUSY\nFREEBUSY:20261013T090000Z/PT1H\nEND:VFREEBUSY"


@pytest.mark.parametrize(
    ("place", "data"),
    [
        ((Calendar, "from_ical"), calendar()),
        ((recurring_ical_events, "of"), calendar(IN_IT)),
        ((relationships.busy, "_moment"), calendar(head=TOLD)),
    ],
)
def test_what_needs_too_much_memory_is_not_taken_for_broken(monkeypatch, place, data):
    def no_memory(*args, **options):
        raise MemoryError

    monkeypatch.setattr(*place, no_memory)

    with pytest.raises(MemoryError):
        busy(data)


def test_ten_thousand_entries_are_enough():
    with pytest.raises(Endless):
        busy(calendar(*["DTSTART:20200101T000000Z\nDURATION:PT1H"] * 10_001))


def test_spans_are_joined_where_they_touch():
    assert joined(
        [(at(1, 9), at(1, 10)), (at(0, 1), at(0, 2)), (at(1, 10), at(1, 11)), (at(3, 1), at(3, 1))]
    ) == [
        (at(0, 1), at(0, 2)),
        (at(1, 9), at(1, 11)),
    ]
