"""Who comes to a meeting: kept by the deed, shown to both, forgotten when it moves."""

from datetime import timedelta
from email.utils import parseaddr

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import PermissionDenied
from ical.calendar_stream import IcsCalendarStream
from icalendar import Calendar

from activity.addresses import guest_address
from activity.models import Event
from relationships.actions import move_meeting
from relationships.actions.answers import answer_invitation
from relationships.calendars import CANCEL, REQUEST, calendar_file
from relationships.letters.meetings import calendar_entry, meeting_with_uid, path_of, uid_of
from relationships.models import InvitationAnswer, Meeting
from relationships.stages import Refused
from tests import make
from tests.make import NOW

pytestmark = pytest.mark.usefixtures("clock")

DAY = timedelta(days=1)


@pytest.fixture
def planned(pair):
    return make.meeting(pair, state="scheduled", starts_at=NOW + 3 * DAY)


def answer(meeting, person, said, *, sequence=None, stamp=NOW):
    meeting = Meeting.objects.get(pk=meeting.pk)
    sequence = meeting.sequence if sequence is None else sequence
    return answer_invitation(meeting, said, sequence=sequence, stamp=stamp, by=person, now=NOW)


def shown(client, person, meeting):
    client.force_login(person)
    return " ".join(client.get(path_of(meeting)).content.decode().split())


def test_both_see_who_comes(client, planned, mira, theo):
    answer(planned, mira, "accepted")

    assert "Mira accepted" in shown(client, theo, planned)
    assert "You accepted" in shown(client, mira, planned)
    assert "Propose another time" not in shown(client, theo, planned)


def test_who_cannot_make_it_leads_to_another_time(client, planned, mira, theo):
    answer(planned, mira, "declined")

    page = shown(client, theo, planned)
    assert "Mira cannot make it" in page and "Propose another time" in page
    assert "You cannot make it" in shown(client, mira, planned)


def test_who_is_not_sure_is_shown_so(client, planned, mira, theo):
    answer(planned, mira, "tentative")

    assert "Mira is not sure yet" in shown(client, theo, planned)


def test_what_was_said_of_another_time_is_not_shown(client, planned, mira, theo):
    answer(planned, mira, "declined")
    how = {"minutes": 45, "mode": "video", "place": ""}
    move_meeting(Meeting.objects.get(pk=planned.pk), starts_at=NOW + 4 * DAY, by=theo, now=NOW, **how)

    assert "cannot make it" not in shown(client, theo, planned)
    answer(planned, mira, "accepted", stamp=NOW - DAY)  # about the new time, whatever that clock says
    assert "Mira accepted" in shown(client, theo, planned)


def test_the_same_answer_again_is_no_news(planned, mira):
    assert answer(planned, mira, "accepted") is True
    assert answer(planned, mira, "accepted") is False

    assert Event.objects.filter(verb="relationships.invitation_answered").count() == 1
    assert InvitationAnswer.objects.count() == 1


def test_an_older_answer_does_not_overturn_a_newer_one(planned, mira):
    answer(planned, mira, "accepted", stamp=NOW)

    assert answer(planned, mira, "declined", stamp=NOW - DAY) is False
    assert InvitationAnswer.objects.get().answer == "accepted"


def test_only_who_meets_answers(planned, cora, otto):
    for person in (cora, otto):
        with pytest.raises(PermissionDenied):
            answer(planned, person, "accepted")


@pytest.mark.parametrize("change", [{"state": "cancelled"}, {"starts_at": NOW}, {"sequence": 7}])
def test_what_is_not_open_any_more_is_not_answered(planned, mira, change):
    Meeting.objects.filter(pk=planned.pk).update(**change)

    with pytest.raises(Refused):
        answer(planned, mira, "accepted", sequence=0)


def test_a_meeting_is_found_by_its_name_in_calendars_for_those_who_meet(planned, mira, otto):
    assert meeting_with_uid(uid_of(planned), mira) == planned
    assert meeting_with_uid(uid_of(planned), otto) is None
    assert meeting_with_uid(uid_of(planned).replace("@", "@x."), mira) is None


def organiser_and_guests(meeting, reader, method=REQUEST):
    (event,) = Calendar.from_ical(calendar_file(calendar_entry(meeting, NOW, reader), method)).walk("VEVENT")
    guests = {str(guest): str(guest.params["RSVP"]) for guest in event["ATTENDEE"]}
    return str(event["ORGANIZER"]), guests


def test_answers_are_asked_for_where_they_can_come_in(planned, settings, mira, theo):
    settings.INBOUND_ADDRESS = "in@example.org"
    assert organiser_and_guests(planned, mira) == (
        f"mailto:{guest_address(uid_of(planned), mira.email)}",
        {f"mailto:{mira.email}": "TRUE", f"mailto:{theo.email}": "FALSE"},
    )

    settings.INBOUND_ADDRESS = ""
    organiser, guests = organiser_and_guests(planned, mira)
    assert organiser == f"mailto:{parseaddr(django_settings.DEFAULT_FROM_EMAIL)[1]}"
    assert set(guests.values()) == {"FALSE"}


def test_a_file_for_no_reader_asks_nobody_and_holds_nobodys_address_to_answer(planned, settings):
    settings.INBOUND_ADDRESS = "in@example.org"

    organiser, guests = organiser_and_guests(planned, None)
    assert (organiser, set(guests.values())) == ("mailto:in@example.org", {"FALSE"})


def test_two_readers_of_calendars_find_the_organiser_of_each_guest(planned, settings, mira, theo):
    settings.INBOUND_ADDRESS = f"{'m' * settings.INBOUND_NAME_MAX}@example.org"
    found = set()
    for reader in (mira, theo):
        for method in (REQUEST, CANCEL):
            text = calendar_file(calendar_entry(planned, NOW, reader), method)
            [event] = IcsCalendarStream.calendar_from_ics(text).events
            assert str(event.organizer.uri) == organiser_and_guests(planned, reader, method)[0]
            found.add(str(event.organizer.uri))

    assert found == {f"mailto:{guest_address(uid_of(planned), person.email)}" for person in (mira, theo)}


def test_many_answers_cost_the_page_no_more(client, planned, mira, theo, django_assert_num_queries):
    client.force_login(theo)
    client.get(path_of(planned))
    with django_assert_num_queries(12):
        client.get(path_of(planned))
    answer(planned, mira, "accepted")
    answer(planned, theo, "declined")
    with django_assert_num_queries(12):
        client.get(path_of(planned))
