"""Calendar files as the standard has them (RFC 5545, 5546), and times that suit two people's working hours.

Plain values: no database.  The organiser is one address of ours for each guest of a meeting, the same for ever, because
calendar programs take changes from the organiser alone, and send answers there.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vCalAddress, vDuration, vText, vUri

from activity.calendar import instant

PRODUCT = "-//Mentorship//Meetings//EN"
# How often calendar programs may ask a feed for news.
ASKED_EVERY = timedelta(hours=1)
REQUEST, CANCEL, PUBLISH, REPLY = "REQUEST", "CANCEL", "PUBLISH", "REPLY"

Hours = Mapping[str, Sequence[Sequence[str]]]
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Guest:
    name: str
    address: str
    comes: bool = False
    is_asked: bool = False  # their calendar shall answer to the organiser


@dataclass(frozen=True)
class Entry:
    """One meeting as a calendar shows it: names, time and link, never what it is about."""

    uid: str
    sequence: int
    starts_at: datetime
    minutes: int
    summary: str
    place: str
    url: str
    organiser: Guest
    guests: tuple[Guest, ...]
    stamp: datetime


def calendar_file(entry: Entry, method: str) -> str:
    """The text of the file.  ``REQUEST`` invites or moves, ``CANCEL`` calls off, ``PUBLISH`` is to keep."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(_event(entry, method))
    return calendar.to_ical().decode()


@dataclass(frozen=True)
class Line:
    """One meeting as a feed shows it: that there is one, when, and where to read more after signing in."""

    uid: str
    sequence: int
    starts_at: datetime
    minutes: int
    summary: str
    url: str
    stamp: datetime


def feed_file(lines: Iterable[Line], *, name: str) -> str:
    """The text of a feed: the same meetings give the same text, so that nobody reads it twice."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", PUBLISH)
    calendar.add("x-wr-calname", vText(plain(name)))
    calendar.add("refresh-interval", vDuration(ASKED_EVERY), parameters={"VALUE": "DURATION"})
    for line in lines:
        event = _timed(line)
        event.add("summary", vText(plain(line.summary)))
        event.add("status", "CONFIRMED")
        event["url"] = vUri(line.url)
        calendar.add_component(event)
    return calendar.to_ical().decode()


def _timed(entry: "Entry | Line") -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.stamp.astimezone(UTC))
    event.add("dtstart", entry.starts_at.astimezone(UTC))
    event.add("dtend", (entry.starts_at + timedelta(minutes=entry.minutes)).astimezone(UTC))
    return event


def _event(entry: Entry, method: str) -> Event:
    event = _timed(entry)
    event.add("summary", vText(plain(entry.summary)))
    event.add("status", "CANCELLED" if method == CANCEL else "CONFIRMED")
    if entry.url:
        event["url"] = vUri(entry.url)
    if entry.place:
        event.add("location", vText(plain(entry.place)))
    event["organizer"] = _address(entry.organiser)
    if method != PUBLISH:
        for guest in entry.guests:
            event.add("attendee", _invited(guest), encode=False)
    return event


def _address(guest: Guest) -> vCalAddress:
    address = vCalAddress(f"mailto:{guest.address}")
    # In a parameter nothing can be escaped: these two would end it early for some readers.
    address.params["CN"] = vText(plain(guest.name).replace('"', "'").replace("\\", "/"))
    return address


def _invited(guest: Guest) -> vCalAddress:
    address = _address(guest)
    address.params["ROLE"] = vText("REQ-PARTICIPANT")
    address.params["PARTSTAT"] = vText("ACCEPTED" if guest.comes else "NEEDS-ACTION")
    # Where no mail comes in, answers would go to a mailbox that nobody reads: the pages say who comes.
    address.params["RSVP"] = vText("TRUE" if guest.is_asked else "FALSE")
    return address


@dataclass(frozen=True)
class GuestAnswer:
    """What somebody's calendar sends back: whose, to which invitation, and "accepted", "declined" or "tentative"."""

    uid: str
    sequence: int
    address: str
    answer: str
    stamp: datetime


def read_answer(text: str) -> GuestAnswer | None:
    """None for everything that is not one clear answer of one guest to one invitation."""
    try:
        calendar = Calendar.from_ical(text)
        (event,) = calendar.walk("VEVENT")
        attendee = event["ATTENDEE"]
        scheme, _colon, address = str(attendee).partition(":")
        answer = str(attendee.params.get("PARTSTAT", "")).lower()
        sequence, stamp = int(event.get("SEQUENCE", 0)), event["DTSTAMP"].dt
        if str(calendar.get("METHOD", "")).upper() != REPLY or scheme.lower() != "mailto":
            return None
        if answer not in ("accepted", "declined", "tentative") or not 0 <= sequence < 2**31:
            return None
        stamp = stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)
        return GuestAnswer(str(event["UID"]), sequence, address.strip().lower(), answer, stamp)
    except Exception:  # whatever a parser stumbles over in a file that anybody may have written
        return None


def plain(text: str) -> str:
    """On one line: a line break in a name would begin another property."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]", " ", text).split())


# Times that suit everybody

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HALF_HOUR = timedelta(minutes=30)
# Where in the common hours of its day each proposal lies: not three mornings.
PLACES = (0.25, 0.75, 0.5)
LOOK_AHEAD = 28


def proposals(
    people: Sequence[tuple[Hours, ZoneInfo]],
    *,
    after: datetime,
    minutes: int,
    busy: Iterable[Span] = (),
    count: int = 3,
) -> list[datetime]:
    """Up to ``count`` starts on different days within four weeks, in everybody's working hours, none busy.

    Each lies on a whole or half hour UTC, so that it does in nearly every zone.
    """
    busy, length, found = list(busy), timedelta(minutes=minutes), []
    first = after.astimezone(UTC).date()
    for day in (first + timedelta(days=n) for n in range(LOOK_AHEAD)):
        starts = [
            start
            for start in _half_hours(day)
            if start > after and suits((start, start + length), people, busy)
        ]
        if starts:
            found.append(starts[min(int(len(starts) * PLACES[len(found) % len(PLACES)]), len(starts) - 1)])
        if len(found) == count:
            break
    return found


def suits(span: Span, people: Sequence[tuple[Hours, ZoneInfo]], busy: Iterable[Span] = ()) -> bool:
    """In everybody's working hours, and nobody is busy."""
    start, end = span
    return all(_works(hours, zone, span) for hours, zone in people) and not any(
        start < stop and begin < end for begin, stop in busy
    )


def _half_hours(day: date) -> Iterator[datetime]:
    moment = datetime.combine(day, time(), UTC)
    return (moment + n * HALF_HOUR for n in range(48))


def _works(hours: Hours, zone: ZoneInfo, span: Span) -> bool:
    begin, end = span
    local = begin.astimezone(zone).date()
    spans = (span for day in (local - timedelta(days=1), local) for span in working_spans(hours, zone, day))
    return any(start <= begin and end <= stop for start, stop in spans)


def working_spans(hours: Hours, zone: ZoneInfo, day: date) -> Iterator[Span]:
    """The working hours of that local date.  An end that is not after its start lies on the next day."""
    for start, stop in hours.get(WEEKDAYS[day.weekday()], ()):
        begins, ends = _clock(start), _clock(stop)
        if begins is None or ends is None:
            continue
        last = day if ends > begins else day + timedelta(days=1)
        yield instant(day, begins, zone), instant(last, ends, zone)


def _clock(text: str) -> time | None:
    """ "24:00" is how people write the end of the day; what is no time of day counts as none."""
    try:
        return time() if text == "24:00" else time.fromisoformat(text)
    except ValueError:
        return None
