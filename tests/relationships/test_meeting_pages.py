"""Pages about meetings: who sees them, what they do, and what they do with nonsense."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from icalendar import Calendar

from activity.models import Letter
from relationships.models import AgendaItem, Attendance, Meeting, PrivateNote, Relationship, SharedNote
from relationships.views.meetings import meetings_context
from tests import make
from tests.make import NOW
from tests.pages import text

pytestmark = pytest.mark.usefixtures("clock")

PLAN = {
    "day": "2026-10-15",
    "clock": "14:00",
    "minutes": "45",
    "mode": "video",
    "place": "https://meet.example.org/abc",
    "kind": "regular",
}


def at(name, pair, *others):
    return reverse(f"relationships:{name}", args=[pair.public_id, *(other.public_id for other in others)])


def planned(pair, **fields):
    return make.meeting(pair, state="scheduled", **{"starts_at": NOW + timedelta(days=3), **fields})


# Who sees them

PAGES = ["meetings", "plan", "log", "meeting", "move", "calendar", "correction", "notes"]
DEEDS = [
    "cancellation", "confirmation", "dispute", "withdrawal", "usefulness", "meeting_notes",
    "meeting_topics", "topics",
]  # fmt: skip
OF_A_MEETING = {
    "meeting", "move", "calendar", "correction", "cancellation", "confirmation", "dispute", "withdrawal",
    "usefulness", "meeting_notes", "meeting_topics",
}  # fmt: skip


@pytest.mark.parametrize("name", ["cora", "otto", "hana", "ada", "ole", "oda"])
def test_for_everybody_else_there_are_no_meetings(client, pair, cast, name):
    client.force_login(cast[name])
    meeting = planned(pair)

    for page in PAGES + DEEDS:
        things = (meeting,) if page in OF_A_MEETING else ()
        method = client.post if page in DEEDS else client.get
        assert method(at(page, pair, *things)).status_code == 404, page


def test_a_coordinator_who_is_a_member_sees_the_meetings_as_a_member(client, pair, program, theo):
    program.roles.create(person=theo, role="coordinator")
    client.force_login(theo)

    assert client.get(at("meetings", pair)).status_code == 200


def test_a_meeting_of_another_pair_is_not_found_under_ones_own(as_theo, pair, other_pair):
    theirs = planned(other_pair)

    assert as_theo.get(at("meeting", pair, theirs)).status_code == 404
    assert as_theo.get(at("log", pair) + f"?meeting={theirs.public_id}").status_code == 404
    assert as_theo.post(at("cancellation", pair, theirs)).status_code == 404


# Planning


def test_planning_leads_to_the_meeting_and_invites_both(as_theo, pair):
    response = as_theo.post(at("plan", pair), PLAN)

    meeting = Meeting.objects.get()
    assert (response.status_code, response["Location"]) == (303, at("meeting", pair, meeting))
    assert meeting.starts_at.isoformat() == "2026-10-15T12:00:00+00:00"  # 14:00 in Oslo
    assert Letter.objects.count() == 2
    page = text(as_theo.get(response["Location"]))
    assert "Thursday 15 October, 14:00 to 14:45" in page
    assert "13:00 for Mira in London." in page


def test_pressing_twice_leads_to_the_same_meeting(as_theo, pair):
    as_theo.post(at("plan", pair), PLAN)
    response = as_theo.post(at("plan", pair), PLAN, follow=True)

    assert Meeting.objects.count() == 1
    assert "You have a meeting at this time already. It is this one." in text(response)


def test_three_times_are_proposed_in_both_zones_and_one_is_taken(as_theo, pair):
    page = text(as_theo.get(at("plan", pair)))
    assert page.count("Take this time") == 3
    assert page.count("for Mira in London.") == 3

    taken = text(as_theo.get(at("plan", pair) + "?at=2026-10-15T12:00:00+00:00"))
    assert 'value="2026-10-15"' in taken
    assert 'value="14:00"' in taken


@pytest.mark.parametrize(
    "moment", ["", "x", "9999-12-31T23:59:59+00:00", "0001-01-01", "2026-10-15", "\x00", "2020-01-01T00:00Z"]
)
def test_a_mended_address_proposes_nothing_and_breaks_nothing(as_theo, pair, moment):
    response = as_theo.get(at("plan", pair), {"at": moment})

    assert response.status_code == 200
    assert response.context["form"].initial.get("day") is None


def test_a_change_of_clocks_before_the_meeting_is_a_warning_and_no_error(as_theo, pair, mira):
    mira.zone = "America/New_York"  # changes a week after Europe
    mira.save()

    response = as_theo.post(at("plan", pair), PLAN | {"day": "2026-10-28"}, follow=True)

    assert "Clocks change on" in text(response)
    assert Meeting.objects.count() == 1


def test_an_hour_that_does_not_exist_is_said_beside_the_time(as_theo, pair):
    response = as_theo.post(at("plan", pair), PLAN | {"day": "2027-03-28", "clock": "02:30"})

    assert response.status_code == 422
    assert "does not exist in Oslo" in text(response)


BAD_PLANS = [
    ({"day": ""}, "day"),
    ({"day": "0001-01-01"}, "day"),
    ({"day": "9999-12-31"}, "day"),
    ({"day": "2026-10-11"}, "day"),
    ({"day": "2027-10-14"}, "day"),
    ({"day": "31.02.2026"}, "day"),
    ({"day": "05/06/2026"}, "day"),
    ({"day": "soon"}, "day"),
    ({"day": "\x00"}, "day"),
    ({"day": "2026-10-12", "clock": "10:59"}, "clock"),
    ({"clock": "25:00"}, "clock"),
    ({"clock": ""}, "clock"),
    ({"minutes": "0"}, "minutes"),
    ({"minutes": "-5"}, "minutes"),
    ({"minutes": "481"}, "minutes"),
    ({"minutes": "9" * 400}, "minutes"),
    ({"minutes": "NaN"}, "minutes"),
    ({"mode": "telepathy"}, "mode"),
    ({"kind": "flash"}, "kind"),
    ({"place": "x" * 501}, "place"),
    ({"place": "\x00"}, "place"),
    ({"place": "x" * 1_000_000}, "place"),
]


@pytest.mark.parametrize(("bad", "field"), BAD_PLANS)
def test_what_is_wrong_is_said_beside_its_field_and_the_rest_is_kept(as_theo, pair, bad, field):
    response = as_theo.post(at("plan", pair), PLAN | bad)

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert f'href="#id_{field}' in text(response)
    if field != "place":
        assert PLAN["place"] in text(response)
    assert Meeting.objects.count() == 0


def test_dates_and_times_are_read_as_people_write_them(as_theo, pair):
    as_theo.post(at("plan", pair), PLAN | {"day": "15 October 2026", "clock": "2.30 pm"})

    assert Meeting.objects.get().starts_at.isoformat() == "2026-10-15T12:30:00+00:00"


def test_a_place_that_is_no_web_address_is_no_link(as_theo, pair):
    as_theo.post(at("plan", pair), PLAN | {"place": "javascript:alert(1)"})

    page = text(as_theo.get(at("meeting", pair, Meeting.objects.get())))
    assert "javascript:alert(1)" in page
    assert 'href="javascript' not in page


@pytest.mark.parametrize("name", ["plan", "log"])
def test_after_the_end_the_reason_is_given_instead_of_a_form(as_theo, theo, name):
    over = make.relationship(mentee=theo, status="ended_early")

    response = as_theo.get(at(name, over), follow=True)

    assert "formally ended" in text(response)


# Moving and calling off


def test_moving_and_cancelling(as_theo, pair):
    meeting = planned(pair)

    response = as_theo.post(at("move", pair, meeting), PLAN | {"day": "2026-10-16", "version": "0"})
    assert response.status_code == 303
    meeting.refresh_from_db()
    assert (meeting.sequence, meeting.starts_at.date()) == (1, date(2026, 10, 16))

    response = as_theo.post(at("cancellation", pair, meeting), {"version": str(meeting.version)})
    assert response.status_code == 303
    meeting.refresh_from_db()
    assert meeting.state == "cancelled"


def test_the_form_to_move_is_filled_with_what_stands(as_theo, pair):
    page = text(as_theo.get(at("move", pair, planned(pair))))

    assert 'value="2026-10-15"' in page
    assert 'value="11:00"' in page
    assert "late cancellation" not in page


def test_a_late_cancellation_is_told_before(as_theo, pair):
    page = text(as_theo.get(at("move", pair, planned(pair, starts_at=NOW + timedelta(hours=20)))))

    assert "late cancellation" in page


@pytest.mark.parametrize("deed", ["move", "cancellation"])
def test_a_stale_page_changes_nothing(as_theo, pair, deed):
    meeting = planned(pair)
    Meeting.objects.filter(pk=meeting.pk).update(version=4)

    response = as_theo.post(
        at(deed, pair, meeting), PLAN | {"day": "2026-10-16", "version": "0"}, follow=True
    )

    assert "Somebody has just changed this meeting" in text(response)
    meeting.refresh_from_db()
    assert (meeting.state, meeting.starts_at) == ("scheduled", NOW + timedelta(days=3))


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 30, "\x00", "1e9"])
def test_a_version_that_is_no_number_is_not_an_error(as_theo, pair, version):
    response = as_theo.post(at("cancellation", pair, planned(pair)), {"version": version})

    assert response.status_code == 303


def test_what_has_begun_is_not_moved(as_theo, pair):
    running = planned(pair, starts_at=NOW - timedelta(minutes=5))

    assert "has begun" in text(as_theo.get(at("move", pair, running), follow=True))


def test_the_file_for_the_calendar(as_theo, pair):
    meeting = planned(pair)

    response = as_theo.get(at("calendar", pair, meeting))

    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == f'attachment; filename="meeting-{meeting.public_id}.ics"'
    calendar = Calendar.from_ical(response.content.decode())
    assert calendar["METHOD"] == "PUBLISH"
    assert calendar.walk("VEVENT")[0].start == meeting.starts_at


# Logging


def test_a_planned_meeting_is_logged_in_two_clicks(as_theo, pair, mira):
    meeting = planned(pair, starts_at=NOW - timedelta(days=3))
    page = as_theo.get(at("log", pair))
    form = page.context["form"]
    assert "Did you and Mira meet on <time" in text(page)

    sent = {
        name: form[name].value() or "" for name in ("happened", "day", "minutes", "already", "key", "note")
    }
    response = as_theo.post(at("log", pair), sent)

    assert response.status_code == 303
    meeting.refresh_from_db()
    assert (meeting.state, meeting.minutes, meeting.starts_at) == ("held", 45, NOW - timedelta(days=3))


LOG = {"day": "2026-10-08", "minutes": "45", "mode": "video", "note": "", "already": "0", "key": "bcdfghjk"}


def test_a_meeting_that_nobody_planned_is_logged_with_one_line(as_theo, pair):
    response = as_theo.post(at("log", pair) + "?meeting=new", LOG | {"note": "We rehearsed the opening."})

    meeting = Meeting.objects.get()
    assert response["Location"] == at("meeting", pair, meeting)
    assert (SharedNote.objects.get().body, SharedNote.objects.get().meeting) == (
        "We rehearsed the opening.",
        meeting,
    )


def test_the_line_can_be_for_oneself(as_theo, pair):
    as_theo.post(at("log", pair) + "?meeting=new", LOG | {"note": "I was nervous.", "private": "on"})

    assert (SharedNote.objects.count(), PrivateNote.objects.get().body) == (0, "I was nervous.")


def test_the_same_day_twice_is_asked_about_and_keeps_what_was_written(as_theo, pair):
    as_theo.post(at("log", pair) + "?meeting=new", LOG)

    response = as_theo.post(
        at("log", pair) + "?meeting=new", LOG | {"note": "Another one", "key": "cdfghjkm"}
    )

    assert response.status_code == 422
    assert "You logged 8 October already. Add another?" in text(response)
    assert "Another one" in text(response)
    again = {name: response.context["form"][name].value() for name in LOG}
    assert again["already"] == "1"
    as_theo.post(at("log", pair) + "?meeting=new", again)
    assert Meeting.objects.count() == 2


def test_it_moved_leads_to_another_time(as_theo, pair):
    meeting = planned(pair, starts_at=NOW - timedelta(days=3))

    response = as_theo.post(at("log", pair), LOG | {"happened": "moved"})

    assert response["Location"] == at("move", pair, meeting)
    assert as_theo.get(response["Location"]).status_code == 200


def test_it_did_not_happen(as_theo, pair):
    meeting = planned(pair, starts_at=NOW - timedelta(days=3))

    as_theo.post(at("log", pair), LOG | {"happened": "no"})

    meeting.refresh_from_db()
    assert meeting.state == "no_show"


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ({"day": "2026-10-13"}, "day"),
        ({"day": "2026-09-21"}, "day"),
        ({"day": "0001-01-01"}, "day"),
        ({"day": "9999-12-31"}, "day"),
        ({"minutes": "4"}, "minutes"),
        ({"mode": ""}, "mode"),
        ({"note": "x" * 1_000_000}, "note"),
        ({"note": "\x00"}, "note"),
    ],
)
def test_a_log_that_is_wrong_is_said_beside_its_field(as_theo, pair, bad, field):
    response = as_theo.post(at("log", pair) + "?meeting=new", LOG | bad)

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert Meeting.objects.count() == 0


@pytest.mark.parametrize(
    "bad", [{"already": "-3"}, {"already": "x"}, {"already": "\x00"}, {"key": "x" * 900}, {"key": "\x00"}]
)
def test_what_is_hidden_in_the_form_breaks_nothing(as_theo, pair, bad):
    assert as_theo.post(at("log", pair) + "?meeting=new", LOG | bad).status_code == 303


@pytest.mark.parametrize("query", ["?meeting=%00", "?meeting=x", "?meeting=zzzzzzzz"])
def test_a_meeting_that_is_none_is_not_found(as_theo, pair, query):
    assert as_theo.get(at("log", pair) + query).status_code == 404


def test_in_separation_a_meeting_can_be_the_closing_one(as_theo, pair):
    Relationship.objects.filter(pk=pair.pk).update(stage="separation")

    as_theo.post(at("log", pair) + "?meeting=new", LOG | {"is_closing": "on"})

    assert Meeting.objects.get().kind == "closure"


# Both sides


def test_the_other_confirms_or_disputes_and_the_logger_corrects(as_theo, as_mira, pair):
    meeting = make.meeting(pair)
    assert "Yes, we met" not in text(as_theo.get(at("meeting", pair, meeting)))
    assert "Yes, we met" in text(as_mira.get(at("meeting", pair, meeting)))

    as_mira.post(at("dispute", pair, meeting), {"version": "0"})
    page = text(as_theo.get(at("meeting", pair, meeting)))
    assert "Mira remembers it differently, so it does not count yet." in page

    response = as_theo.post(
        at("correction", pair, meeting),
        {"day": "2026-10-08", "minutes": "30", "mode": "phone", "version": "1"},
    )
    assert response.status_code == 303
    as_mira.post(at("confirmation", pair, meeting), {"version": "2"})
    meeting.refresh_from_db()
    assert (meeting.grade, meeting.minutes) == ("both", 30)
    assert "Logged by you, confirmed by Mira." in text(as_theo.get(at("meeting", pair, meeting)))
    assert "Logged by Theo, confirmed by you." in text(as_mira.get(at("meeting", pair, meeting)))


def test_the_logger_withdraws(as_theo, pair):
    meeting = make.meeting(pair)

    as_theo.post(at("withdrawal", pair, meeting), {"version": "0"})

    meeting.refresh_from_db()
    assert meeting.state == "no_show"


@pytest.mark.parametrize("bad", [{"day": "2026-10-30"}, {"minutes": "x"}, {"day": "9999-12-31"}])
def test_a_correction_that_is_wrong_is_said(as_theo, pair, bad):
    sent = {"day": "2026-10-08", "minutes": "30", "mode": "phone", "version": "0"} | bad

    assert as_theo.post(at("correction", pair, make.meeting(pair)), sent).status_code == 422


@pytest.mark.parametrize("deed", ["confirmation", "dispute"])
def test_who_logged_it_does_not_confirm_it(as_theo, pair, deed):
    assert as_theo.post(at(deed, pair, make.meeting(pair))).status_code == 403


def test_what_one_finds_useful_the_other_never_sees(as_theo, as_mira, pair):
    meeting = make.meeting(pair)

    as_theo.post(at("usefulness", pair, meeting), {"usefulness": "2"})

    assert Attendance.objects.get().usefulness == "2"
    assert as_theo.get(at("meeting", pair, meeting)).context["usefulness_form"]["usefulness"].value() == "2"
    assert as_mira.get(at("meeting", pair, meeting)).context["usefulness_form"]["usefulness"].value() == ""


@pytest.mark.parametrize("bad", ["0", "6", "", "x", "\x00"])
def test_usefulness_is_a_number_from_one_to_five(as_theo, pair, bad):
    response = as_theo.post(at("usefulness", pair, make.meeting(pair)), {"usefulness": bad}, follow=True)

    assert "Choose a number from 1 to 5." in text(response)
    assert Attendance.objects.count() == 0


# The list of topics


def test_topics_are_added_moved_and_ticked_off_without_a_script(as_theo, pair):
    meeting = planned(pair)
    back = {"back": meeting.public_id}

    response = as_theo.post(at("meeting_topics", pair, meeting), {"text": "One", "key": "bcdfghjk", **back})
    assert response["Location"] == at("meeting", pair, meeting) + "#agenda"
    as_theo.post(at("meeting_topics", pair, meeting), {"text": "One", "key": "bcdfghjk", **back})
    as_theo.post(at("meeting_topics", pair, meeting), {"text": "Two", "key": "cdfghjkm", **back})
    one, two = AgendaItem.objects.order_by("order")

    as_theo.post(at("topic_position", pair, two), {"direction": "up", **back})
    assert [item.text for item in pair.agenda_items.open()] == ["Two", "One"]
    as_theo.post(at("topic_completion", pair, one), back)
    assert [item.text for item in pair.agenda_items.open()] == ["Two"]
    as_theo.post(at("topic_reopening", pair, one), back)
    as_theo.post(at("topic_removal", pair, two), back)
    assert [item.text for item in pair.agenda_items.open()] == ["One"]


@pytest.mark.parametrize("back", ["", "meetings", "home", "x", "\x00", "https://evil.example", "zzzzzzzz"])
def test_the_way_back_stays_within_the_pair(as_theo, pair, back):
    response = as_theo.post(at("topics", pair), {"text": "One", "back": back})

    assert response.status_code == 303
    assert response["Location"].startswith(f"/pairs/{pair.public_id}/")


@pytest.mark.parametrize("bad", ["", "   ", "x" * 301, "\x00", "x" * 1_000_000])
def test_a_topic_that_is_none_is_said(as_theo, pair, bad):
    response = as_theo.post(at("topics", pair), {"text": bad})

    assert response.status_code == 422
    assert AgendaItem.objects.count() == 0


def test_a_topic_of_another_pair_is_not_found(as_theo, pair, other_pair):
    theirs = make.agenda_item(other_pair, "Theirs")

    for deed in ("topic_completion", "topic_reopening", "topic_position", "topic_removal"):
        assert as_theo.post(at(deed, pair, theirs)).status_code == 404


def test_a_topic_named_for_a_meeting_of_another_pair_goes_nowhere_near_it(as_theo, pair, other_pair):
    theirs, mine = planned(other_pair), make.agenda_item(pair)

    as_theo.post(at("topic_completion", pair, mine), {"back": theirs.public_id})

    mine.refresh_from_db()
    assert mine.meeting is None


# The pair's page


def test_the_parts_of_the_pairs_page(pair, theo, mira):
    make.meeting(pair, starts_at=NOW - timedelta(days=9), confirmed_by=mira, confirmed_at=NOW)
    last = make.meeting(pair, starts_at=NOW - timedelta(days=2), minutes=50)
    make.note(pair, meeting=last, body="Mapped who decides what.")
    make.note(pair, meeting=last, private=True, author=mira, body="Hers alone")
    coming = planned(pair, place="https://meet.example.org/abc")
    make.agenda_item(pair, "How do I say no?", meeting=coming)

    found = meetings_context(pair, theo, NOW)["meetings"]

    assert (found.next, found.waiting, found.held, found.together) == (coming, None, 2, "1.5 hours")
    assert [one.number for one in found.recent] == [2, 1]
    assert [note.body for note in found.recent[0].notes] == ["Mapped who decides what."]
    assert [(topic.item.text, topic.shape) for topic in found.topics] == [("How do I say no?", "mentee")]


@pytest.mark.parametrize(
    ("minutes_before", "joins"), [(11, False), (10, True), (0, True), (-44, True), (-45, False)]
)
def test_the_call_can_be_joined_from_ten_minutes_before_to_its_end(pair, theo, minutes_before, joins):
    planned(pair, starts_at=NOW + timedelta(minutes=minutes_before), place="https://meet.example.org/abc")

    assert bool(meetings_context(pair, theo, NOW)["meetings"].join_url) is joins


def test_what_is_over_waits_for_a_word(pair, theo):
    over = planned(pair, starts_at=NOW - timedelta(days=1))

    found = meetings_context(pair, theo, NOW)["meetings"]

    assert (found.next, found.waiting, found.log_url) == (
        None,
        over,
        at("log", pair) + f"?meeting={over.public_id}",
    )


# How often the database is asked


@pytest.mark.parametrize("how_many", [1, 100])
def test_the_list_asks_the_same_however_long_it_is(as_theo, pair, django_assert_num_queries, how_many):
    for n in range(how_many):
        make.meeting(pair, starts_at=NOW - timedelta(hours=n + 1))
        planned(pair, starts_at=NOW + timedelta(hours=n + 1))

    with django_assert_num_queries(10):
        response = as_theo.get(at("meetings", pair))
    assert response.status_code == 200


@pytest.mark.parametrize("how_many", [1, 30])
def test_all_my_meetings_ask_the_same_however_many_pairs(as_theo, theo, django_assert_num_queries, how_many):
    program = make.program()
    pairs = [make.relationship(mentee=theo, program_=program) for _n in range(min(how_many, 5))]
    for n in range(how_many):
        make.meeting(pairs[n % len(pairs)], starts_at=NOW - timedelta(hours=n + 1))

    with django_assert_num_queries(8):
        response = as_theo.get(reverse("relationships:my_meetings"))
    assert response.status_code == 200


@pytest.mark.parametrize("how_many", [1, 100])
def test_the_parts_ask_the_same_however_much_there_is(pair, theo, django_assert_num_queries, how_many):
    for n in range(how_many):
        meeting = make.meeting(pair, starts_at=NOW - timedelta(hours=n + 1))
        make.note(pair, meeting=meeting)
        make.agenda_item(pair)

    with django_assert_num_queries(4):
        meetings_context(pair, theo, NOW)


@pytest.mark.parametrize("how_many", [1, 50])
def test_a_meeting_asks_the_same_however_much_is_written(as_theo, pair, django_assert_num_queries, how_many):
    meeting = planned(pair)
    for _n in range(how_many):
        make.note(pair, meeting=meeting)
        make.note(pair, meeting=meeting, private=True)
        make.agenda_item(pair, meeting=meeting)

    with django_assert_num_queries(12):
        assert as_theo.get(at("meeting", pair, meeting)).status_code == 200
