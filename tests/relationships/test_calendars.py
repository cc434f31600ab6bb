"""A calendar file says one instant, in every zone, and lets nobody write lines of their own into it."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from relationships.calendars import (
    CANCEL,
    PUBLISH,
    REQUEST,
    Entry,
    Guest,
    calendar_file,
    proposals,
    working_spans,
)

START = datetime(2026, 10, 15, 13, 0, tzinfo=UTC)
OFFICE = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
LONDON, OSLO, TOKYO = ZoneInfo("Europe/London"), ZoneInfo("Europe/Oslo"), ZoneInfo("Asia/Tokyo")


def entry(**fields) -> Entry:
    return Entry(
        **{
            "uid": "meeting-bcdfghjk@mentoring.example.org",
            "sequence": 0,
            "starts_at": START,
            "minutes": 45,
            "summary": "Mira and Theo",
            "place": "https://meet.example.org/abc",
            "url": "https://mentoring.example.org/pairs/x/meetings/y/",
            "organiser": Guest("Emerging Leaders", "mentoring@example.org"),
            "guests": (
                Guest("Theo Tamm", "theo@example.org", comes=True),
                Guest("Mira Moreau", "mira@example.org"),
            ),
            "stamp": START - timedelta(days=3),
            **fields,
        }
    )


def read(text: str):
    calendar = Calendar.from_ical(text)
    [event] = calendar.walk("VEVENT")
    return calendar, event


def test_an_invitation_says_when_who_and_where():
    calendar, event = read(calendar_file(entry(), REQUEST))

    assert calendar["METHOD"] == "REQUEST"
    assert event["UID"] == "meeting-bcdfghjk@mentoring.example.org"
    assert event["SEQUENCE"] == 0
    assert event.start == START
    assert event.end == START + timedelta(minutes=45)
    assert event["SUMMARY"] == "Mira and Theo"
    assert event["LOCATION"] == "https://meet.example.org/abc"
    assert event["STATUS"] == "CONFIRMED"
    assert event["ORGANIZER"] == "mailto:mentoring@example.org"
    assert [(str(guest), guest.params["PARTSTAT"]) for guest in event["ATTENDEE"]] == [
        ("mailto:theo@example.org", "ACCEPTED"),
        ("mailto:mira@example.org", "NEEDS-ACTION"),
    ]


def test_a_cancellation_says_so_twice():
    calendar, event = read(calendar_file(entry(sequence=2), CANCEL))

    assert (calendar["METHOD"], event["STATUS"], event["SEQUENCE"]) == ("CANCEL", "CANCELLED", 2)


def test_a_copy_to_keep_invites_nobody():
    calendar, event = read(calendar_file(entry(), PUBLISH))

    assert calendar["METHOD"] == "PUBLISH"
    assert "ATTENDEE" not in event


@pytest.mark.parametrize(
    "hostile",
    [
        "Eve\r\nATTENDEE:mailto:eve@example.org",
        "Eve\nBEGIN:VALARM",
        'Eve";RSVP=TRUE:mailto:eve@example.org',
        "Eve\u2028X:1",
        "Eve\x00\x85;,:\\",
        "é" * 300,
    ],
)
def test_a_name_or_place_cannot_begin_a_line_of_its_own(hostile):
    text = calendar_file(
        entry(summary=hostile, place=hostile, guests=(Guest(hostile, "theo@example.org"),)), REQUEST
    )
    calendar, event = read(text)

    assert event["ATTENDEE"] == "mailto:theo@example.org"
    assert [part.name for part in calendar.walk()] == ["VCALENDAR", "VEVENT"]
    assert set(event) == {
        "UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "STATUS", "URL", "LOCATION",
        "ORGANIZER", "ATTENDEE",
    }  # fmt: skip
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75


@pytest.mark.parametrize(
    "zone", ["Europe/Oslo", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia", "Africa/Casablanca"]
)
def test_each_zone_reads_the_same_instant(zone):
    for days in range(0, 366, 5):
        local = datetime(2026, 1, 1, 9, 30, tzinfo=ZoneInfo(zone)) + timedelta(days=days)
        _calendar, event = read(calendar_file(entry(starts_at=local), REQUEST))
        assert event.start.astimezone(ZoneInfo(zone)) == local


def test_proposals_lie_in_the_working_hours_of_both_on_different_days():
    monday = datetime(2026, 10, 12, 9, 0, tzinfo=UTC)

    found = proposals([(OFFICE, LONDON), (OFFICE, OSLO)], after=monday, minutes=45)

    assert found == [
        datetime(2026, 10, 12, 10, 30, tzinfo=UTC),
        datetime(2026, 10, 13, 12, 30, tzinfo=UTC),
        datetime(2026, 10, 14, 11, 0, tzinfo=UTC),
    ]
    for start in found:
        for zone in (LONDON, OSLO):
            local = start.astimezone(zone)
            assert local.hour >= 9 and (local + timedelta(minutes=45)).hour < 17


def test_those_who_never_work_at_the_same_time_get_no_proposals():
    assert proposals([(OFFICE, LONDON), (OFFICE, TOKYO)], after=START, minutes=45) == []


def test_a_busy_day_is_passed_over():
    busy = [(datetime(2026, 10, 15, 0, tzinfo=UTC), datetime(2026, 10, 16, 0, tzinfo=UTC))]

    [found] = proposals([(OFFICE, LONDON)], after=START, minutes=45, busy=busy, count=1)

    assert found.date() == date(2026, 10, 16)


def test_shifts_over_midnight_and_nonsense_in_the_hours_are_understood():
    hours = {"mon": [["22:00", "06:00"]], "tue": [["09:00", "24:00"]], "wed": [["never", "17:00"]]}

    assert list(working_spans(hours, ZoneInfo("UTC"), date(2026, 10, 12))) == [
        (datetime(2026, 10, 12, 22, tzinfo=UTC), datetime(2026, 10, 13, 6, tzinfo=UTC))
    ]
    assert list(working_spans(hours, ZoneInfo("UTC"), date(2026, 10, 13))) == [
        (datetime(2026, 10, 13, 9, tzinfo=UTC), datetime(2026, 10, 14, 0, tzinfo=UTC))
    ]
    assert list(working_spans(hours, ZoneInfo("UTC"), date(2026, 10, 14))) == []
    assert proposals(
        [(hours, ZoneInfo("UTC"))], after=datetime(2026, 10, 13, 0, tzinfo=UTC), minutes=60, count=1
    )
