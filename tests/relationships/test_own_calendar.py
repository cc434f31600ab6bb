"""One's own calendar: a feed without content, and a calendar elsewhere of which only times are kept."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from activity.models import Due, Event, Job
from core import outbound
from mentorship.clockwork import DUES
from relationships import jobs, reading
from relationships.actions.calendars import (
    CALENDARS,
    READ,
    begin_reading,
    close_feed,
    give_calendar,
    keep_busy,
    open_feed,
    read_what_is_due,
)
from relationships.links import feed_path
from relationships.models import BusyCalendar, CalendarFeed
from relationships.views.calendars import busy_times
from tests import make
from tests.make import NOW

pytestmark = pytest.mark.usefixtures("clock")

ADDRESS = "https://calendar.example.org/private-of-theo/basic.ics"
PAGE = "/me/calendar/"


def planned(pair, **fields):
    return make.meeting(pair, state="scheduled", **{"starts_at": NOW + timedelta(days=3), **fields})


def entries(response):
    return Calendar.from_ical(response.content).walk("VEVENT")


# The feed


def test_a_feed_shows_program_time_and_link_and_nothing_else(client, pair, theo):
    meeting = planned(pair, place="https://meet.example.org/secret", sequence=2)
    make.agenda_item(pair, "What to say to my manager")
    make.meeting(pair, state="cancelled", starts_at=NOW + timedelta(days=5))

    response = client.get(feed_path(open_feed(theo, by=theo, now=NOW)))

    [event] = entries(response)
    assert (str(event["SUMMARY"]), event.start, event.duration) == (
        f"Mentoring: {pair.program.title}",
        meeting.starts_at,
        timedelta(minutes=meeting.minutes),
    )
    assert event["URL"].endswith(f"/pairs/{pair.public_id}/meetings/{meeting.public_id}/")
    assert event["SEQUENCE"] == 2
    assert set(event) == {"UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "STATUS", "URL"}
    for word in ("Mira", "Theo", "secret", "manager", "@example.org"):
        assert word not in response.content.decode()


def test_a_feed_has_the_name_of_the_invitation_so_that_programs_know_it_as_one(client, as_theo, pair, theo):
    meeting = planned(pair)
    feed = client.get(feed_path(open_feed(theo, by=theo, now=NOW)))
    invitation = as_theo.get(reverse("relationships:calendar", args=[pair.public_id, meeting.public_id]))

    assert [str(event["UID"]) for event in entries(feed)] == [
        str(event["UID"]) for event in entries(invitation)
    ]


def test_nothing_new_is_not_sent_again(client, pair, theo):
    planned(pair)
    path = feed_path(open_feed(theo, by=theo, now=NOW))
    first = client.get(path)

    again = client.get(path, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")

    planned(pair, starts_at=NOW + timedelta(days=9))
    news = client.get(path, headers={"If-None-Match": first["ETag"]})
    assert (news.status_code, len(entries(news))) == (200, 2)


def test_a_feed_that_is_closed_replaced_or_of_somebody_who_left_leads_to_nothing(client, theo, mira, otto):
    first = feed_path(open_feed(theo, by=theo, now=NOW))
    second = feed_path(open_feed(theo, by=theo, now=NOW))
    mine = feed_path(open_feed(mira, by=mira, now=NOW))
    left = feed_path(open_feed(otto, by=otto, now=NOW))
    close_feed(mira, by=mira, now=NOW)
    type(otto).objects.filter(pk=otto.pk).update(is_active=False)

    answers = {path: client.get(path) for path in (first, second, mine, left, "/calendar/nothing.ics")}

    assert [answers[path].status_code for path in answers] == [404, 200, 404, 404, 404]
    assert len({answers[path].content for path in (first, mine, left, "/calendar/nothing.ics")}) == 1


def test_a_feed_shows_the_meetings_of_its_owner_alone(client, pair, other_pair, theo):
    planned(other_pair)

    assert entries(client.get(feed_path(open_feed(theo, by=theo, now=NOW)))) == []


def test_a_changed_letter_in_the_address_opens_nothing(client, theo):
    path = feed_path(open_feed(theo, by=theo, now=NOW))
    token = path.split("/")[-1].removesuffix(".ics")

    for place in range(len(token)):
        other = "A" if token[place] != "A" else "B"
        assert client.get(f"/calendar/{token[:place]}{other}{token[place + 1 :]}.ics").status_code == 404


@pytest.mark.parametrize("how_many", [1, 100])
def test_a_feed_asks_the_same_questions_however_long(client, pair, theo, how_many, django_assert_num_queries):
    for n in range(how_many):
        planned(pair, starts_at=NOW + timedelta(hours=n + 1))
    path = feed_path(open_feed(theo, by=theo, now=NOW))

    with django_assert_num_queries(2):
        response = client.get(path)
    assert len(entries(response)) == how_many


# The pages


def test_an_address_is_made_shown_replaced_and_closed(as_theo, theo):
    as_theo.post("/me/calendar/feed/")
    first = CalendarFeed.objects.get(person=theo)
    assert feed_path(first) in as_theo.get(PAGE).content.decode()

    as_theo.post("/me/calendar/feed/")
    assert CalendarFeed.objects.get(person=theo).public_id != first.public_id

    as_theo.post("/me/calendar/feed/closing/")
    as_theo.post("/me/calendar/feed/closing/")
    assert not CalendarFeed.objects.exists()
    assert Event.objects.filter(verb="relationships.feed_closed").count() == 1


def test_a_calendar_is_given_read_at_once_and_removed_with_all_that_was_read(as_theo, theo):
    response = as_theo.post(PAGE, {"address": ADDRESS.replace("https", "webcal")})

    assert response.status_code == 303
    assert BusyCalendar.objects.get(person=theo).address == ADDRESS
    assert Job.objects.filter(kind=READ, about=CALENDARS).count() == 1
    assert ADDRESS not in as_theo.get(PAGE).content.decode()
    assert [ADDRESS in str(event.details) for event in Event.objects.all()] == [False] * Event.objects.count()

    as_theo.post("/me/calendar/busy/ending/")
    assert not BusyCalendar.objects.exists()


@pytest.mark.parametrize(
    "address",
    ["", "http://calendar.example.org/x", "https://127.0.0.1/x", "https://localhost/", "nonsense", "x" * 3000,
     "https://user:pass@calendar.example.org/", "file:///etc/passwd", "https://calendar.example.org/\nx"],
)  # fmt: skip
def test_another_address_is_refused_beside_the_field(as_theo, address):
    response = as_theo.post(PAGE, {"address": address})

    assert response.status_code == 422
    assert "id_address_error" in response.content.decode()
    assert not BusyCalendar.objects.exists()


# Reading


FILE = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261013T080000Z\r\n"
    b"DTEND:20261013T160000Z\r\nSUMMARY:Therapy\r\nLOCATION:Clinic\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


class Reported:
    def report(self, *args):
        pass


def test_of_a_calendar_only_times_are_kept(theo, monkeypatch):
    give_calendar(theo, ADDRESS, by=theo, now=NOW)
    monkeypatch.setattr(outbound, "read", lambda address: FILE)

    assert jobs.read_calendars(None, Reported()) == {"read": 1, "failed": 0}

    kept = BusyCalendar.objects.values().get()
    assert kept["busy"] == [["2026-10-13T08:00:00+00:00", "2026-10-13T16:00:00+00:00"]]
    assert (kept["read_at"], kept["next_read_at"]) == (NOW, NOW + timedelta(hours=6))
    assert "Therapy" not in str(kept) and "Clinic" not in str(kept) and "calendar.example" not in str(kept)


@pytest.mark.parametrize(
    ("problem", "code", "words"),
    [
        (outbound.Refused("inside"), "inside", "not on the open internet"),
        (outbound.Failed("moved"), "moved", "leads on to another one"),
        (outbound.Failed("slow"), "slow", "did not answer in time"),
        (b"<html>", "no_calendar", "is not a calendar"),
    ],
)
def test_what_cannot_be_read_is_said_and_tried_again_ever_less_often(
    as_theo, theo, monkeypatch, problem, code, words
):
    def read(address):
        if isinstance(problem, bytes):
            return problem
        raise problem

    give_calendar(theo, ADDRESS, by=theo, now=NOW)
    monkeypatch.setattr(outbound, "read", read)

    waits = []
    for _try in range(5):
        assert jobs.read_calendars(None, Reported()) == {"read": 0, "failed": 1}
        waits.append((BusyCalendar.objects.get().next_read_at - NOW) // timedelta(hours=1))
        BusyCalendar.objects.update(next_read_at=NOW)

    assert (BusyCalendar.objects.get().problem, waits) == (code, [6, 12, 24, 48, 48])
    assert words in as_theo.get(PAGE).content.decode()


# Whose zone changes every minute, and whose entries are looked for on a day that is in no year.
RESTLESS = FILE.replace(
    b"BEGIN:VEVENT",
    b"BEGIN:VTIMEZONE\r\nTZID:Ours\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0000\r\n"
    b"TZOFFSETTO:+0100\r\nRRULE:FREQ=MINUTELY\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT",
).replace(b"DTSTART:2026", b"DTSTART;TZID=Ours:2026")
NEVER = b"".join(
    b"BEGIN:VEVENT\r\nUID:%d\r\nDTSTART:19700101T000000Z\r\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30\r\n"
    b"END:VEVENT\r\n" % number
    for number in range(20)
)
ENDLESS = FILE.replace(b"BEGIN:VEVENT", NEVER + b"BEGIN:VEVENT")


@pytest.fixture
def in_line(theo, mira, monkeypatch):
    """The calendar of one before that of the other, who has an ordinary one."""
    first = give_calendar(theo, ADDRESS, by=theo, now=NOW - timedelta(minutes=1))
    behind = give_calendar(mira, ADDRESS + "?ordinary", by=mira, now=NOW)

    def with_file(file):
        monkeypatch.setattr(outbound, "read", lambda address: FILE if "ordinary" in address else file)
        return first, behind

    monkeypatch.setattr(reading, "SECONDS", 3)
    return with_file


def read_by(calendar):
    calendar.refresh_from_db()
    return calendar.problem, len(calendar.busy), calendar.failures, calendar.next_read_at - NOW


LATER = timedelta(hours=6)


@pytest.mark.parametrize("file", [RESTLESS, ENDLESS])
def test_a_calendar_without_end_is_given_up_told_and_the_one_behind_it_is_read(as_theo, in_line, file):
    first, behind = in_line(file)

    assert jobs.read_calendars(None, Reported()) == {"read": 1, "failed": 1}

    assert read_by(first) == ("endless", 0, 1, LATER)
    assert read_by(behind) == ("", 1, 0, LATER)
    assert "takes too long to work out this calendar" in as_theo.get(PAGE).content.decode()


def test_a_calendar_on_which_we_fall_over_costs_itself_alone(as_theo, in_line, monkeypatch, caplog):
    def fall_over(data, **asked):
        if data == b"Therapy":
            raise RuntimeError("Therapy")
        return reading.read_apart(data, **asked)

    first, behind = in_line(b"Therapy")
    monkeypatch.setattr(jobs, "read_apart", fall_over)

    assert jobs.read_calendars(None, Reported()) == {"read": 1, "failed": 1}

    assert read_by(first) == ("ours", 0, 1, LATER)
    assert read_by(behind) == ("", 1, 0, LATER)
    assert f"Calendar {first.public_id} could not be read: RuntimeError at" in caplog.text
    assert "Therapy" not in caplog.text
    assert "went wrong on our side" in as_theo.get(PAGE).content.decode()


def test_an_address_that_cannot_be_opened_costs_itself_alone(in_line):
    first, behind = in_line(FILE)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE relationships_busycalendar SET address = (SELECT other.address FROM"
            " relationships_busycalendar other WHERE other.id = %s) WHERE id = %s",
            [behind.pk, first.pk],
        )

    assert jobs.read_calendars(None, Reported()) == {"read": 1, "failed": 1}

    assert BusyCalendar.objects.get(pk=first.pk).problem == "ours"
    assert read_by(behind) == ("", 1, 0, LATER)


class PowerCut(BaseException):
    pass


def test_a_calendar_with_which_everything_ends_is_not_first_again_before_its_time(
    in_line, monkeypatch, clock
):
    def end_all(data, **asked):
        raise PowerCut

    first, behind = in_line(b"deadly")
    with monkeypatch.context() as during:
        during.setattr(jobs, "read_apart", end_all)
        with pytest.raises(PowerCut):
            jobs.read_calendars(None, Reported())

    assert read_by(first) == ("", 0, 1, LATER)
    assert list(BusyCalendar.objects.to_read(NOW)) == [behind]
    assert jobs.read_calendars(None, Reported()) == {"read": 1, "failed": 0}
    assert read_by(behind) == ("", 1, 0, LATER)

    clock.shift(LATER)
    assert list(BusyCalendar.objects.to_read(timezone.now())) == [first, behind]


def test_a_calendar_is_read_by_one_job_at_a_time(theo):
    given = give_calendar(theo, ADDRESS, by=theo, now=NOW)

    assert [begin_reading(given, now=NOW) for _job in range(2)] == [True, False]


def test_two_calendars_that_call_different_zones_by_one_name_are_each_read_in_their_own(
    theo, mira, monkeypatch
):
    east, west = (
        RESTLESS.replace(b"RRULE:FREQ=MINUTELY\r\n", b"").replace(b"+0100", offset).replace(b"0Z", b"0")
        for offset in (b"+0100", b"-0500")
    )
    give_calendar(theo, ADDRESS + "?east", by=theo, now=NOW)
    give_calendar(mira, ADDRESS, by=mira, now=NOW)
    monkeypatch.setattr(outbound, "read", lambda address: east if "east" in address else west)

    assert jobs.read_calendars(None, Reported()) == {"read": 2, "failed": 0}

    starts = {calendar.person: calendar.spans(NOW)[0][0].hour for calendar in BusyCalendar.objects.all()}
    assert starts == {theo: 7, mira: 13}


def test_the_clock_looks_once_an_hour_while_somebody_has_given_a_calendar(theo, mira, monkeypatch):
    give_calendar(theo, ADDRESS, by=theo, now=NOW)
    give_calendar(mira, ADDRESS, by=mira, now=NOW)
    [due] = Due.objects.armed().filter(kind=READ)
    assert due.due_at == NOW + timedelta(hours=1)
    Job.objects.all().delete()

    DUES[READ].act(due, due.due_at)
    assert Job.objects.filter(kind=READ).count() == 1
    assert Due.objects.armed().filter(kind=READ).count() == 2

    BusyCalendar.objects.all().delete()
    Job.objects.all().delete()
    read_what_is_due(now=NOW + timedelta(hours=5))
    assert not Job.objects.exists()


# Planning


def test_a_time_at_which_one_of_the_two_is_busy_is_not_proposed(as_theo, pair, mira):
    plan = reverse("relationships:plan", args=[pair.public_id])
    before = [slot["at"] for slot in as_theo.get(plan).context["slots"]]
    assert len(before) == 3
    calendar = give_calendar(mira, ADDRESS, by=mira, now=NOW)
    keep_busy(calendar, [(before[0], before[0] + timedelta(minutes=30))], now=NOW)

    response = as_theo.get(plan)

    after = [slot["at"] for slot in response.context["slots"]]
    assert len(after) == 3 and before[0] not in after
    assert "by your own calendars, are left out" in response.content.decode()


def test_what_was_read_long_ago_is_not_believed(pair, mira, theo):
    calendar = give_calendar(mira, ADDRESS, by=mira, now=NOW)
    span = (NOW + timedelta(days=1), NOW + timedelta(days=2))
    keep_busy(calendar, [span], now=NOW - timedelta(days=6))
    assert busy_times([mira, theo], NOW) == ([span], True)

    keep_busy(calendar, [span], now=NOW - timedelta(days=8))
    assert busy_times([mira, theo], NOW) == ([], False)


def test_a_meeting_with_somebody_else_is_in_the_way_too(pair, other_pair, mira, theo):
    elsewhere = make.relationship(program_=other_pair.program, mentor=mira, mentee=make.person())
    meeting = planned(elsewhere)

    assert busy_times([mira, theo], NOW) == ([(meeting.starts_at, meeting.ends_at)], False)
    assert busy_times([mira, theo], NOW, but=meeting) == ([], False)


def test_nobody_gives_or_reads_the_calendar_of_another(theo, mira):
    give_calendar(theo, ADDRESS, by=theo, now=NOW)
    as_mira = Client()
    as_mira.force_login(mira)

    as_mira.post("/me/calendar/busy/ending/")

    assert BusyCalendar.objects.filter(person=theo).exists()
