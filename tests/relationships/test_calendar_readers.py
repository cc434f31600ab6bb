"""Two readers that share no code read the same out of every file that we write: icalendar, and ical."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as some
from ical.calendar_stream import CalendarStream, IcsCalendarStream
from icalendar import Calendar

from relationships.calendars import CANCEL, PUBLISH, REQUEST, Entry, Guest, Line, calendar_file, feed_file

START = datetime(2026, 10, 15, 13, 0, tzinfo=UTC)
ZONES = [
    "Europe/Oslo", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia", "Africa/Casablanca", "Australia/Lord_Howe",
    "America/Sao_Paulo", "Asia/Kolkata", "Pacific/Chatham", "UTC",
]  # fmt: skip


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


def by_icalendar(text):
    calendar = Calendar.from_ical(text)
    [event] = calendar.walk("VEVENT")
    guests = event.get("ATTENDEE", [])
    return {
        "method": str(calendar["METHOD"]),
        "uid": str(event["UID"]),
        "sequence": int(event["SEQUENCE"]),
        "start": event.start.astimezone(UTC),
        "end": event.end.astimezone(UTC),
        "summary": str(event["SUMMARY"]),
        "place": str(event.get("LOCATION", "")),
        "organiser": str(event.get("ORGANIZER", "")),
        "guests": [str(guest) for guest in (guests if isinstance(guests, list) else [guests])],
        "state": str(event["STATUS"]),
    }


def by_ical(text):
    [calendar] = CalendarStream.from_ics(text).calendars
    assert IcsCalendarStream.calendar_from_ics(text).events == calendar.events
    [event] = calendar.events
    return {
        "method": calendar.method,
        "uid": event.uid,
        "sequence": event.sequence,
        "start": event.start_datetime.astimezone(UTC),
        "end": event.end_datetime.astimezone(UTC),
        "summary": event.summary,
        "place": event.location or "",
        "organiser": str(event.organizer.uri) if event.organizer else "",
        "guests": [str(guest.uri) for guest in event.attendees],
        "state": str(event.status.value),
    }


@pytest.mark.parametrize("method", [REQUEST, CANCEL, PUBLISH])
@pytest.mark.parametrize("zone", ZONES)
def test_both_read_the_same_instant_from_every_zone(method, zone):
    for days in range(0, 366, 13):
        local = datetime(2026, 1, 1, 9, 30, tzinfo=ZoneInfo(zone)) + timedelta(days=days)
        text = calendar_file(entry(starts_at=local, sequence=days), method)

        assert by_ical(text) == by_icalendar(text)
        assert by_ical(text)["start"] == local
        assert by_ical(text)["end"] == local.astimezone(UTC) + timedelta(minutes=45)
        assert (by_ical(text)["sequence"], by_ical(text)["method"]) == (days, method)


@example("", "", "\\")
@example("", "", 'Theo "T" Tamm\\')
@given(some.text(max_size=120), some.text(max_size=200), some.text(min_size=1, max_size=120))
def test_both_find_only_our_lines_whatever_people_are_called(summary, place, name):
    guests = (Guest(name, "theo@example.org"), Guest("Mira", "mira@example.org"))
    text = calendar_file(
        entry(summary=summary, place=place, guests=guests, organiser=Guest(name, "m@example.org")), REQUEST
    )

    found = by_icalendar(text)
    assert by_ical(text) == found
    assert found["guests"] == ["mailto:theo@example.org", "mailto:mira@example.org"]
    assert (found["organiser"], found["method"]) == ("mailto:m@example.org", "REQUEST")
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75


def test_both_read_a_feed():
    url, summary = "https://x.example.org/", "Mentoring: A, B; C"
    days = [START + timedelta(days=n) for n in range(30)]
    lines = [Line(f"meeting-{n}@x", n, day, 45, summary, url, START) for n, day in enumerate(days)]
    text = feed_file(lines, name="Mentoring")

    theirs = [(str(e["UID"]), e.start, str(e["SUMMARY"])) for e in Calendar.from_ical(text).walk("VEVENT")]
    others = [
        (e.uid, e.start_datetime.astimezone(UTC), e.summary)
        for e in IcsCalendarStream.calendar_from_ics(text).events
    ]
    assert theirs == others == [(line.uid, line.starts_at, line.summary) for line in lines]


def test_an_empty_feed_is_a_calendar_too():
    text = feed_file([], name="Mentoring")

    assert Calendar.from_ical(text).walk("VEVENT") == []
    assert IcsCalendarStream.calendar_from_ics(text).events == []
