"""What the clock does about meetings: reminded the day before, asked the day after, once each.

The clock here is the product's own tick with the product's own tables; only ``now`` is moved.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from email import message_from_string
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from activity.models import Due, Letter
from activity.tick import tick
from relationships.actions.goals import agree_goal, ask_to_change_goal, propose_goal
from relationships.actions.held import dispute_meeting, mark_held, mark_not_held
from relationships.actions.meetings import cancel_meeting, move_meeting, plan_meeting
from relationships.actions.progress import close_goal
from relationships.dues import DUES
from relationships.letters import LETTERS
from relationships.models import Meeting, Relationship
from tests import make
from tests.make import NOW

pytestmark = pytest.mark.usefixtures("post_box")

START = NOW + timedelta(days=3, hours=4)  # Thursday 15 October, 13:00 UTC
REMINDED, ASKED = START - timedelta(hours=24), START + timedelta(minutes=45, hours=24)
SECRETS = ("Lead the depot", "no to my old team", "rosters")


@pytest.fixture
def meeting(pair, theo):
    """Theo, in Oslo, has planned it with Mira, in London."""
    return plan_meeting(
        pair,
        starts_at=START,
        minutes=45,
        mode="video",
        place="https://meet.example.org/abc",
        by=theo,
        now=NOW,
    )


def tick_at(now, times=3):
    """More often than it need be: what is done once stays once."""
    for _n in range(times):
        tick(now, letters=LETTERS, dues=DUES)


def sent(kind):
    rows = Letter.objects.sent().filter(kind=f"relationships.{kind}").order_by("person__full_name")
    return [letter.person.short_name for letter in rows.select_related("person")]


def letter_to(person, kind):
    return Letter.objects.get(kind=f"relationships.{kind}", person=person)


def again(meeting):
    found = Meeting.objects.get(pk=meeting.pk)
    found.relationship = Relationship.objects.with_people().get(pk=meeting.relationship_id)
    return found


# The invitation


def test_the_invitation_goes_to_both_each_in_their_own_zone(meeting, mira, theo):
    tick_at(NOW)

    assert sent("meeting_planned") == ["Mira", "Theo"]
    to_mira, to_theo = letter_to(mira, "meeting_planned"), letter_to(theo, "meeting_planned")
    assert to_mira.subject == "Thursday 15 October, 14:00: you and Theo"
    assert to_theo.subject == "Thursday 15 October, 15:00: you and Mira"
    assert "Theo has planned a meeting with you" in to_mira.body_text
    assert "15:00 for Theo in Oslo." in to_mira.body_text
    assert "https://meet.example.org/abc" in to_mira.body_html


def test_the_calendar_file_is_one_entry_for_both(meeting, mira, theo, settings):
    tick_at(NOW)

    entries = []
    for person in (mira, theo):
        calendar = Calendar.from_ical(letter_to(person, "meeting_planned").calendar)
        assert calendar["METHOD"] == "REQUEST"
        entries += calendar.walk("VEVENT")
    assert entries[0].to_ical() == entries[1].to_ical()
    assert entries[0].start == START
    assert entries[0]["UID"].startswith(f"meeting-{meeting.public_id}@")
    assert settings.DEFAULT_FROM_EMAIL in entries[0]["ORGANIZER"]
    assert {str(guest) for guest in entries[0]["ATTENDEE"]} == {
        f"mailto:{mira.email}",
        f"mailto:{theo.email}",
    }


def test_a_moved_meeting_keeps_its_name_and_counts_up(meeting, mira):
    tick_at(NOW)
    uid = Calendar.from_ical(letter_to(mira, "meeting_planned").calendar).walk("VEVENT")[0]["UID"]

    move_meeting(
        again(meeting),
        starts_at=START + timedelta(days=1),
        minutes=45,
        mode="video",
        place="",
        by=mira,
        now=NOW,
    )
    tick_at(NOW)

    letter = letter_to(mira, "meeting_moved")
    [event] = Calendar.from_ical(letter.calendar).walk("VEVENT")
    assert (event["UID"], event["SEQUENCE"], event.start) == (uid, 1, START + timedelta(days=1))
    assert letter.subject == "Moved: Friday 16 October, 14:00 with Theo"
    assert "It was planned for Thursday 15 October, 14:00." in letter.body_text


def test_an_invitation_overtaken_by_a_move_is_not_sent(meeting, mira):
    move_meeting(
        meeting, starts_at=START + timedelta(days=1), minutes=45, mode="video", place="", by=mira, now=NOW
    )

    tick_at(NOW)

    assert (sent("meeting_planned"), sent("meeting_moved")) == ([], ["Mira", "Theo"])


def test_a_cancellation_takes_the_entry_away(meeting, mira, theo):
    tick_at(NOW)
    cancel_meeting(again(meeting), by=mira, now=NOW)
    tick_at(NOW)

    calendar = Calendar.from_ical(letter_to(theo, "meeting_cancelled").calendar)
    [event] = calendar.walk("VEVENT")
    assert (calendar["METHOD"], event["STATUS"], event["SEQUENCE"]) == ("CANCEL", "CANCELLED", 1)
    assert "Mira has cancelled your meeting" in letter_to(theo, "meeting_cancelled").body_text


# The reminder


def test_both_are_reminded_once_a_day_before(meeting, mira, theo):
    tick_at(REMINDED - timedelta(seconds=1))
    assert sent("meeting_reminder") == []

    tick_at(REMINDED)
    tick_at(REMINDED + timedelta(hours=5))

    assert sent("meeting_reminder") == ["Mira", "Theo"]
    assert letter_to(mira, "meeting_reminder").subject == "Thursday 15 October, 14:00 with Theo"
    assert letter_to(theo, "meeting_reminder").subject == "Thursday 15 October, 15:00 with Mira"


def test_a_reminder_tells_how_many_topics_there_are_and_none_of_them(meeting, pair, mira):
    make.agenda_item(pair, "How do I say no to my old team?")
    make.agenda_item(pair, "Something that is done", done_at=NOW)

    tick_at(REMINDED)

    letter = letter_to(mira, "meeting_reminder")
    assert "1 topic is on your list." in letter.body_text
    assert "old team" not in letter.body_text + letter.body_html + letter.subject


def test_nobody_is_reminded_of_what_has_begun(meeting):
    tick_at(START)

    assert sent("meeting_reminder") == []


def test_a_reminder_in_the_post_is_worthless_after_the_start(meeting, settings):
    settings.DEMO = False  # no mail server: the letters wait
    tick_at(REMINDED)
    settings.DEMO = True

    tick_at(START + timedelta(minutes=1))

    states = Counter(
        Letter.objects.filter(kind="relationships.meeting_reminder").values_list("state", flat=True)
    )
    assert states == {"cancelled": 2}


@pytest.mark.parametrize("deed", ["move", "cancel"])
def test_moved_and_cancelled_meetings_are_not_brought_to_mind(meeting, theo, deed):
    if deed == "move":
        move_meeting(
            meeting, starts_at=START + timedelta(days=7), minutes=45, mode="video", place="", by=theo, now=NOW
        )
    else:
        cancel_meeting(meeting, by=theo, now=NOW)

    tick_at(REMINDED)
    tick_at(ASKED)

    assert (sent("meeting_reminder"), sent("was_it_held")) == ([], [])


def test_a_reminder_in_the_post_is_not_sent_when_the_meeting_moves(meeting, theo, settings):
    settings.DEMO = False
    tick_at(REMINDED)
    settings.DEMO = True
    move_meeting(
        again(meeting),
        starts_at=START + timedelta(days=7),
        minutes=45,
        mode="video",
        place="",
        by=theo,
        now=REMINDED,
    )

    tick_at(REMINDED + timedelta(minutes=1))
    assert sent("meeting_reminder") == []

    tick_at(REMINDED + timedelta(days=7))
    assert sent("meeting_reminder") == ["Mira", "Theo"]


def test_nobody_is_reminded_after_the_formal_end(meeting, pair):
    Relationship.objects.filter(pk=pair.pk).update(status="ended_early", formal_end_at=NOW, ended_at=NOW)

    tick_at(REMINDED)
    tick_at(ASKED)

    assert (sent("meeting_reminder"), sent("was_it_held")) == ([], [])


@pytest.mark.parametrize("zone", ["Europe/Oslo", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
def test_the_reminder_comes_24_hours_before_across_a_change_of_clocks(pair, theo, zone):
    theo.zone = zone
    theo.save(update_fields=["zone"])
    for start in (datetime(2027, 3, 28, 12, tzinfo=UTC), datetime(2027, 4, 4, 2, tzinfo=UTC)):
        plan_meeting(pair, starts_at=start, minutes=45, mode="video", place="", by=theo, now=NOW)
    due = Due.objects.armed().filter(kind="relationships.meeting_reminder").order_by("due_at")

    assert [row.due_at.astimezone(ZoneInfo(zone)) for row in due] == [
        datetime(2027, 3, 27, 12, tzinfo=UTC),
        datetime(2027, 4, 3, 2, tzinfo=UTC),
    ]


# Was it held?


def test_the_mentee_is_asked_first_and_the_mentor_three_days_later(meeting):
    tick_at(ASKED - timedelta(seconds=1))
    assert sent("was_it_held") == []

    tick_at(ASKED)
    tick_at(ASKED + timedelta(days=2))
    assert sent("was_it_held") == ["Theo"]

    tick_at(ASKED + timedelta(days=3))
    tick_at(ASKED + timedelta(days=9))
    assert sent("was_it_held") == ["Mira", "Theo"]


def test_the_question_leads_to_the_form_with_everything_in_place(meeting, pair, theo):
    tick_at(ASKED)

    letter = letter_to(theo, "was_it_held")
    assert letter.subject == "Did you and Mira meet?"
    assert f"/pairs/{pair.public_id}/meetings/log/?meeting={meeting.public_id}" in letter.body_text
    assert "Yes, 45 minutes" in letter.body_html


@pytest.mark.parametrize("deed", [mark_held, mark_not_held])
@pytest.mark.parametrize("when", [ASKED - timedelta(hours=1), ASKED + timedelta(hours=1)])
def test_once_somebody_has_said_so_nobody_is_asked(meeting, mira, deed, when):
    tick_at(min(when, ASKED + timedelta(minutes=1)))
    before = sent("was_it_held")

    deed(again(meeting), by=mira, now=when)
    tick_at(ASKED + timedelta(days=4))

    assert sent("was_it_held") == before
    assert "Mira" not in before


def test_a_question_in_the_post_is_not_asked_when_it_is_answered(meeting, mira, settings):
    settings.DEMO = False
    tick_at(ASKED)
    settings.DEMO = True
    mark_held(again(meeting), by=mira, now=ASKED)

    tick_at(ASKED + timedelta(minutes=1))

    assert sent("was_it_held") == []


def test_two_weeks_of_downtime_end_in_one_question_each(pair, theo):
    for days in (1, 3, 6, 9):
        plan_meeting(
            pair, starts_at=NOW + timedelta(days=days), minutes=45, mode="video", place="", by=theo, now=NOW
        )
    tick_at(NOW)

    tick_at(NOW + timedelta(days=14))
    tick_at(NOW + timedelta(days=14, hours=1))

    assert sent("meeting_reminder") == []
    assert sent("was_it_held") == ["Mira", "Theo"]


# What letters hold


def test_a_dispute_is_told_to_whoever_logged_the_meeting(pair, mira, theo):
    meeting = make.meeting(pair)

    dispute_meeting(again(meeting), by=mira, now=NOW)
    tick_at(NOW)

    assert letter_to(theo, "meeting_disputed").subject == "Mira remembers Friday 9 October otherwise"


def test_letters_about_goals_say_that_there_is_one_and_not_what_it_is(pair, mira, theo):
    goal = make.goal(pair, state="draft")
    goal.relationship = pair
    propose_goal(goal, by=theo, now=NOW)
    tick_at(NOW)
    ask_to_change_goal(goal, note="Is it yours to decide?", by=mira, now=NOW)
    tick_at(NOW)
    propose_goal(goal, by=theo, now=NOW)
    tick_at(NOW)
    agree_goal(goal, by=mira, now=NOW)
    tick_at(NOW)
    close_goal(goal, "achieved", by=theo, now=NOW)
    tick_at(NOW)

    assert list(Letter.objects.sent().order_by("pk").values_list("person__full_name", "subject")) == [
        ("Mira Moreau", "Theo proposes a goal"),
        ("Theo Tamm", "Mira asks you to change a goal"),
        ("Mira Moreau", "Theo proposes a goal"),
        ("Theo Tamm", "Mira agrees to your goal"),
        ("Mira Moreau", "Theo says that a goal is achieved"),
    ]
    for letter in Letter.objects.all():
        written = letter.subject + letter.body_text + letter.body_html + str(letter.data) + letter.key
        assert "depot" not in written
        assert "yours to decide" not in written


def test_a_letter_about_a_goal_is_not_sent_to_who_may_not_read_it_any_more(pair, theo):
    goal = make.goal(pair, state="draft")
    goal.relationship = pair
    propose_goal(goal, by=theo, now=NOW)
    goal.state, goal.proposed_by, goal.visibility = "draft", None, "only_me"
    goal.save()

    tick_at(NOW)

    assert sent("goal_proposed") == []


def test_every_letter_is_plain_text_and_html_without_a_script(meeting, pair, theo, mira):
    make.agenda_item(pair, "How do I say no to my old team?")
    tick_at(REMINDED)
    tick_at(ASKED + timedelta(days=3))

    letters = Letter.objects.sent()
    assert letters.count() == 6
    for letter in letters:
        assert letter.body_text.strip()
        assert message_from_string(f"Subject: {letter.subject}\n\n")["Subject"] == letter.subject
        assert "<script" not in letter.body_html
        assert not any(secret in letter.body_text + letter.body_html for secret in SECRETS)
