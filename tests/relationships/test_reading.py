"""A calendar is read by a process that is held to a limit, knows of no other calendar, and ends with its parent."""

import os
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mentorship.supervisor import wait_until
from relationships import reading
from relationships.busy import Endless, Unreadable
from relationships.reading import Fell, read_apart

ROOT = Path(__file__).resolve().parents[2]
MONDAY = datetime(2026, 10, 12, tzinfo=UTC)
OFFICE = b"DTSTART:20261013T090000Z\r\nDTEND:20261013T100000Z"
# A day that is in no year, looked for until the end of the calendar.
NEVER = b"DTSTART:19700101T000000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"

pytestmark = pytest.mark.once


def calendar(*entries, zone=b""):
    parts = [b"BEGIN:VEVENT\r\nUID:%d\r\n%b\r\nEND:VEVENT\r\n" % each for each in enumerate(entries)]
    return b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + zone + b"".join(parts) + b"END:VCALENDAR\r\n"


def read(data):
    return read_apart(data, begins=MONDAY, ends=MONDAY + timedelta(days=7), zone=ZoneInfo("Europe/Oslo"))


def hours(*, day, first):
    start = MONDAY + timedelta(days=day, hours=first)
    return [(start, start + timedelta(hours=1))]


def test_times_come_back_in_the_zone_of_their_owner():
    assert read(calendar(OFFICE)) == hours(day=1, first=9)
    assert read(calendar(OFFICE.replace(b"Z", b""))) == hours(day=1, first=7)


def test_what_is_no_calendar_is_said_to_be_none():
    with pytest.raises(Unreadable):
        read(b"<html>")


def test_entries_that_never_come_true_are_given_up(monkeypatch):
    monkeypatch.setattr(reading, "SECONDS", 2)

    with pytest.raises(Endless):
        read(calendar(*[NEVER] * 20, OFFICE))


def test_a_calendar_that_needs_too_much_memory_is_given_up(monkeypatch):
    monkeypatch.setattr(reading, "MEMORY", 128 * 1024 * 1024)

    with pytest.raises(Endless):
        read(bytes(192 * 1024 * 1024))


def test_a_process_that_only_waits_is_given_up(monkeypatch):
    monkeypatch.setattr(reading, "COMMAND", (sys.executable, "-c", "import time; time.sleep(600)"))
    monkeypatch.setattr(reading, "PATIENCE", 0.5)

    with pytest.raises(Endless):
        read(calendar(OFFICE))


def test_a_process_that_falls_over_is_not_the_fault_of_the_calendar(monkeypatch):
    monkeypatch.setattr(reading, "COMMAND", (sys.executable, "-c", "raise SystemExit(1)"))

    with pytest.raises(Fell):
        read(calendar(OFFICE))


def test_the_process_is_given_no_secret(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "for nobody else")
    told = "import os, json; print(json.dumps([['2026-01-01', '2026-01-01']] * ('SECRET_KEY' in os.environ)))"
    monkeypatch.setattr(reading, "COMMAND", (sys.executable, "-c", told))

    assert read(calendar(OFFICE)) == []


def zone(offset, rule=b"TZNAME:ours"):
    return (
        b"BEGIN:VTIMEZONE\r\nTZID:Customized Time Zone\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\n"
        b"TZOFFSETFROM:+0000\r\nTZOFFSETTO:%b\r\n%b\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    ) % (offset, rule)


THERE = b"DTSTART;TZID=Customized Time Zone:20261013T090000\r\nDURATION:PT1H"


@pytest.mark.parametrize(
    "rule", [b"RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10", b"RDATE:20261001T030000", b"TZNAME:ours"]
)
def test_a_zone_that_a_file_brings_along_is_followed(rule):
    assert read(calendar(THERE, zone=zone(b"+0300", rule))) == hours(day=1, first=6)


@pytest.mark.parametrize("often", [b"SECONDLY", b"MINUTELY", b"HOURLY"])
def test_a_zone_whose_clocks_change_all_day_is_given_up(often):
    with pytest.raises(Endless):
        read(calendar(THERE, zone=zone(b"+0300", b"RRULE:FREQ=" + often)))


EAST, WEST = calendar(THERE, zone=zone(b"+0300")), calendar(THERE, zone=zone(b"-0500"))


@pytest.mark.parametrize("in_order", [[EAST, WEST, EAST], [WEST, EAST, WEST]])
def test_two_that_call_different_zones_by_one_name_are_each_read_in_their_own(in_order):
    expected = {EAST: hours(day=1, first=6), WEST: hours(day=1, first=14)}

    assert [read(data) for data in in_order] == [expected[data] for data in in_order]


def test_the_process_ends_with_its_parent_however_that_ends():
    parent = subprocess.Popen((sys.executable, "-c", PARENT), cwd=ROOT, stdin=subprocess.PIPE)
    try:
        parent.stdin.write(calendar(*[NEVER] * 1000))
        parent.stdin.close()
        assert wait_until(lambda: any(map(is_held, children(parent.pid))), seconds=60)
        [child] = children(parent.pid)
        parent.kill()
        parent.wait()

        assert wait_until(lambda: not lives(child), seconds=60)
    finally:
        parent.kill()
        parent.wait()


PARENT = """
import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo
from relationships import reading

reading.SECONDS = 500
monday = datetime(2026, 10, 12, tzinfo=UTC)
reading.read_apart(sys.stdin.buffer.read(), begins=monday, ends=monday + timedelta(7), zone=ZoneInfo("UTC"))
"""


def children(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_held(pid):
    """It has come to the line before the work."""
    [line] = [line for line in Path(f"/proc/{pid}/limits").read_text().splitlines() if "cpu time" in line]
    return line.split()[3] == "500"


def lives(pid):
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    return False
