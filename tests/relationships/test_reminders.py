"""Days that people set themselves: the agreement is looked at again, and goals, steps and actions fall due.

The clock here is the product's own tick with the product's own tables; only ``now`` is moved.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activity import calendar
from activity.models import Due, Event, Letter
from activity.tick import tick
from people.actions import change_part, set_zone
from people.models import User
from relationships import actions, dates, reminders
from relationships.actions.agreements import ChangedMeanwhile
from relationships.actions.reminders import arm_reminders
from relationships.dues import DUES
from relationships.letters import LETTERS
from relationships.models import ActionItem, Agreement, Relationship
from relationships.stages import Refused
from relationships.terms import Terms
from tests import make
from tests.make import NOW

pytestmark = pytest.mark.usefixtures("post_box")

DAY = timedelta(days=1)
TODAY = NOW.date()
SECRETS = ("depot", "roster", "Draft the letter")
ZONES = [
    "Europe/London", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Kiritimati",
    "Pacific/Pago_Pago", "America/St_Johns", "Africa/Casablanca",
]  # fmt: skip


def always_open(*people):
    """No quiet hours and seven working days: letters go out when they fall due."""
    for person in people:
        hours = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
        profile = person.profile
        profile.quiet_from = profile.quiet_until = time(8)
        profile.working_hours = hours
        profile.save()


def at(day, clock, zone):
    return calendar.instant(day, clock, ZoneInfo(zone))


def tick_at(now, times=1):
    for _n in range(times):
        tick(now, letters=LETTERS, dues=DUES)


def again(pair):
    return Relationship.objects.with_people().get(pk=pair.pk)


def sent(kind, person=None):
    rows = Letter.objects.sent().filter(kind=f"relationships.{kind}").order_by("sent_at", "pk")
    return list(rows.filter(person=person) if person else rows)


def readers(kind):
    return sorted(letter.person.short_name for letter in sent(kind))


# The agreement


@pytest.fixture
def agreed(pair, mira, theo):
    """In force, to be looked at again on 1 December, which is a Tuesday."""
    always_open(mira, theo)
    made = make.agreement(pair, review_on=date(2026, 12, 1))
    arm_reminders(pair, NOW)
    return made


def test_both_are_told_14_and_3_days_before_and_on_the_day_then_weekly_three_times(pair, agreed, theo):
    told = []
    for n in range(100):
        day = TODAY + n * DAY
        before = len(sent("review_due", theo))
        tick_at(at(day, time(8), theo.zone), times=3)
        if len(sent("review_due", theo)) > before:
            told.append((agreed.review_on - day).days)
    assert told == [14, 3, 0, -7, -14, -21]
    assert readers("review_due") == ["Mira"] * 6 + ["Theo"] * 6


def test_the_letter_names_the_day_and_leads_to_the_agreement(pair, agreed, theo):
    tick_at(at(date(2026, 11, 17), time(8), theo.zone))
    [letter] = sent("review_due", theo)
    assert letter.subject == "You and Mira: does it still fit?"
    assert "look at your agreement again on Tuesday 1 December." in letter.body_text
    assert f"/pairs/{pair.public_id}/agreement/" in letter.body_text
    assert not any(word in letter.body_text + letter.body_html for word in SECRETS)


def test_on_the_day_the_agreement_is_due_for_review_and_stays_in_force(pair, agreed, theo):
    tick_at(at(date(2026, 11, 30), time(23), theo.zone))
    assert Agreement.objects.get().state == "in_force"
    tick_at(at(date(2026, 12, 1), time(12), theo.zone), times=2)
    assert Agreement.objects.get().state == "review_due"
    assert list(Agreement.objects.in_force()) == [agreed]
    assert Event.objects.filter(verb="relationships.review_due").count() == 1


def test_what_still_fits_is_kept_with_one_press_and_nobody_is_reminded_any_more(pair, agreed, mira, theo):
    tick_at(at(date(2026, 12, 1), time(12), theo.zone))
    pressed = at(date(2026, 12, 2), time(12), theo.zone)
    for person in (theo, mira):
        actions.keep_agreement(again(pair), agreed.content_hash, by=person, now=pressed)
    for n in range(40):
        tick_at(pressed + n * DAY)
    kept = Agreement.objects.get()
    assert (kept.state, kept.reviewed_by, kept.reviewed_at) == ("in_force", theo, pressed)
    assert readers("agreement_kept") == ["Mira"]
    assert readers("review_due") == ["Mira", "Theo"]


def test_a_new_version_ends_it_too(pair, agreed, mira, theo):
    text = Terms({"purpose": "Anew"}, 14, 45, date(2027, 3, 1))
    changed = at(date(2026, 11, 20), time(9), theo.zone)
    version = actions.propose_terms(pair, text, based_on=agreed.content_hash, by=mira, now=changed)
    for person in (mira, theo):
        actions.sign(again(pair), version.content_hash, by=person, now=changed)
    for n in range(60):
        tick_at(changed + n * DAY)
    assert readers("review_due") == []
    armed = Due.objects.armed().filter(kind=reminders.REVIEW, subject=f"people.user:{theo.pk}")
    own = [row for row in armed if row.data == {"agreement": version.pk}]
    assert min(row.local_date for row in own) == date(2027, 2, 15)


def test_while_a_review_is_due_the_text_can_be_changed_and_signed(pair, agreed, mira, theo):
    tick_at(at(date(2026, 12, 1), time(12), theo.zone))
    now = at(date(2026, 12, 2), time(12), theo.zone)
    text = Terms({"purpose": "Anew"}, 14, 45, date(2027, 3, 1))
    with pytest.raises(ChangedMeanwhile):
        actions.propose_terms(again(pair), text, based_on="", by=mira, now=now)
    version = actions.propose_terms(again(pair), text, based_on=agreed.content_hash, by=mira, now=now)
    for person in (mira, theo):
        actions.sign(again(pair), version.content_hash, by=person, now=now)
    assert list(pair.agreements.values_list("state", flat=True)) == ["superseded", "in_force"]


def test_it_is_not_kept_long_before_its_day_nor_by_somebody_who_read_another_text(pair, agreed, mira, otto):
    with pytest.raises(Refused, match="too early"):
        actions.keep_agreement(pair, agreed.content_hash, by=mira, now=NOW)
    soon = at(date(2026, 11, 20), time(9), mira.zone)
    with pytest.raises(ChangedMeanwhile):
        actions.keep_agreement(pair, "1" * 64, by=mira, now=soon)
    with pytest.raises(PermissionDenied):
        actions.keep_agreement(pair, agreed.content_hash, by=otto, now=soon)
    assert Agreement.objects.get().reviewed_at is None


def test_without_a_day_of_its_own_it_is_looked_at_half_way(pair):
    made = make.agreement(pair)
    assert dates.review_of(made, pair) == dates.midpoint(pair)
    made.in_force_at = at(dates.midpoint(pair), time(9), pair.zone)
    assert dates.review_of(made, pair) is None


def test_in_a_pause_nobody_is_reminded_and_afterwards_it_is_made_up(pair, agreed, mira, theo):
    paused = at(date(2026, 11, 10), time(9), theo.zone)
    actions.pause(again(pair), until=date(2027, 1, 5), by=mira, now=paused)
    for n in range(1, 50):
        tick_at(paused + n * DAY)
    assert readers("review_due") == []
    resumed = at(date(2027, 1, 4), time(9), theo.zone)
    actions.resume(again(pair), by=mira, now=resumed)
    for n in range(1, 30):
        actions.evaluate(pair, now=resumed + n * DAY)
        tick_at(resumed + n * DAY)
    assert readers("review_due") == ["Mira"] * 3 + ["Theo"] * 3


# Goals, steps and actions


@pytest.fixture
def goal(pair, mira, theo):
    """Theo's, due on Thursday 26 November."""
    always_open(mira, theo)
    made = make.goal(pair, due_on=date(2026, 11, 26))
    arm_reminders(pair, NOW)
    return made


def told_on(person, days=60):
    """On which of the days from today a letter goes out."""
    found = []
    for n in range(days):
        before = len(sent("days_due", person))
        tick_at(at(TODAY + n * DAY, time(8), person.zone), times=3)
        found += [TODAY + n * DAY] * (len(sent("days_due", person)) - before)
    return found


def test_the_owner_alone_is_told_before_on_the_day_and_a_week_after(goal, mira, theo):
    assert told_on(theo) == [date(2026, 11, 23), date(2026, 11, 26), date(2026, 12, 3)]
    assert readers("days_due") == ["Theo"] * 3
    assert [letter.subject for letter in sent("days_due")] == [
        "A goal is due on Thursday 26 November",
        "A goal is due on Thursday 26 November",
        "A goal was due on Thursday 26 November",
    ]


def test_what_the_goal_says_stands_in_no_letter_and_in_no_row_of_the_clock(goal, pair, theo):
    make_step(goal, "Draft the letter", date(2026, 11, 26))
    arm_reminders(pair, NOW)
    told_on(theo)
    assert sent("days_due")[0].subject == "2 days of goals and steps need a look"
    for letter in Letter.objects.all():
        written = letter.subject + letter.body_text + letter.body_html + str(letter.data) + letter.key
        assert not any(word in written for word in SECRETS)
    for due in Due.objects.all():
        assert not any(word in f"{due.subject} {due.occurrence} {due.data}" for word in SECRETS)


def make_step(goal, title, due_on, **fields):
    return goal.milestones.create(title=title, due_on=due_on, **fields)


def test_one_letter_a_day_tells_all_of_it(goal, pair, theo, program):
    make_step(goal, "One", date(2026, 11, 26))
    make_step(goal, "Another", date(2026, 11, 25))
    other = make.relationship(program_=program, mentor=make.person("Ida"), mentee=theo, stage="cultivation")
    ActionItem.objects.create(
        relationship=other, owner=theo, text="Draft the letter", due_on=date(2026, 11, 26), created_at=NOW
    )
    arm_reminders(pair, NOW)
    arm_reminders(other, NOW)
    days = told_on(theo)
    assert len(days) == len(set(days))
    [letter] = [one for one in sent("days_due") if one.data["day"] == "2026-11-23"]
    for line in (
        "A step of a goal is due on Wednesday 25 November",
        "A goal is due on Thursday 26 November",
        "A step of a goal is due on Thursday 26 November",
        "Something to do is due on Thursday 26 November",
    ):
        assert letter.body_text.count(line) == 1
        assert letter.body_html.count(line) == 1
    assert f"/goals/{goal.public_id}/" in letter.body_text
    assert f"/pairs/{other.public_id}/" in letter.body_text


def test_the_days_of_a_weekend_are_in_one_letter_on_monday_morning(pair, theo):
    saturday = date(2026, 11, 28)
    for n in range(3):
        make.goal(pair, due_on=saturday + n * DAY)
    arm_reminders(pair, NOW)
    days = told_on(theo)
    assert days.count(saturday + 2 * DAY) == 1
    assert len(days) == len(set(days))


@pytest.mark.parametrize("deed", ["closed", "claimed", "moved", "ended", "paused"])
def test_what_is_no_longer_due_is_not_said(goal, pair, mira, theo, deed):
    goal.relationship = pair
    if deed == "closed":
        actions.close_goal(goal, "dropped", by=theo, now=NOW)
    elif deed == "claimed":
        actions.close_goal(goal, "achieved", by=theo, now=NOW)
    elif deed == "moved":
        actions.change_goal(goal, content={"due_on": date(2027, 3, 1)}, by=theo, now=NOW)
    elif deed == "ended":
        actions.end(pair, by=mira, now=NOW)
    else:
        actions.pause(pair, until=date(2026, 12, 10), by=mira, now=NOW)
    assert told_on(theo, 58) == []


def test_a_letter_in_the_post_is_not_sent_when_the_goal_is_reached(goal, pair, theo, settings):
    settings.DEMO = False
    tick_at(at(date(2026, 11, 26), time(8), theo.zone))
    settings.DEMO = True
    goal.relationship = pair
    actions.close_goal(goal, "achieved", evidence="Seen", by=theo, now=NOW)
    tick_at(at(date(2026, 11, 26), time(9), theo.zone))
    assert readers("days_due") == []


def test_deeds_about_goals_tell_the_clock_which_days_there_are(pair, theo):
    content = {"title": "To speak", "due_on": date(2026, 12, 10)}
    goal = actions.draft_goal(pair, content=content, by=theo, now=NOW)
    actions.add_step(goal, title="First", due_on=date(2026, 12, 1), by=theo, now=NOW)
    rows = Due.objects.armed().filter(kind=reminders.DAYS).order_by("due_at")
    assert [(row.subject, row.occurrence) for row in rows] == [
        (f"people.user:{theo.pk}", day)
        for day in ("2026-11-28", "2026-12-01", "2026-12-07", "2026-12-08", "2026-12-10", "2026-12-17")
    ]
    assert {(row.local_time, row.zone) for row in rows} == {(time(8), "Europe/Oslo")}


def test_arming_twice_changes_nothing_and_asks_little(pair, goal, django_assert_num_queries):
    before = list(Due.objects.order_by("pk").values())
    found = again(pair)
    with django_assert_num_queries(3):
        arm_reminders(found, NOW)
    assert list(Due.objects.order_by("pk").values()) == before


def test_the_clock_finds_days_that_it_was_not_told_of(pair, theo):
    always_open(theo)
    make.goal(pair, due_on=date(2026, 11, 26))
    actions.evaluate(pair, now=NOW)
    assert told_on(theo) == [date(2026, 11, 23), date(2026, 11, 26), date(2026, 12, 3)]


# After an outage


def test_after_three_weeks_without_power_each_gets_one_letter_of_each_kind(pair, goal, mira, theo):
    make.agreement(pair, review_on=date(2026, 11, 20))
    for n in range(8):
        make_step(goal, "Step", date(2026, 11, 13) + n * DAY)
    arm_reminders(pair, NOW)
    back = at(date(2026, 11, 27), time(11), theo.zone)
    tick_at(back, times=3)
    assert len(Letter.objects.sent().filter(person=theo)) == 1
    tick_at(back + timedelta(hours=25), times=3)
    assert readers("review_due") == ["Mira", "Theo"]
    assert readers("days_due") == ["Theo"]
    assert sent("days_due")[0].subject == "9 days of goals and steps need a look"


# Zones


@pytest.mark.parametrize("zone", ZONES)
def test_it_comes_at_eight_in_the_morning_where_the_person_is(pair, theo, mira, zone):
    User.objects.filter(pk=theo.pk).update(zone=zone)
    theo.refresh_from_db()
    always_open(theo)
    make.goal(pair, due_on=date(2027, 4, 4))
    arm_reminders(again(pair), NOW)
    for day in (date(2027, 4, 1), date(2027, 4, 4), date(2027, 4, 11)):
        moment = at(day, time(8), zone)
        before = len(sent("days_due", theo))
        tick_at(moment - timedelta(seconds=1), times=2)
        assert len(sent("days_due", theo)) == before
        tick_at(moment, times=2)
        assert len(sent("days_due", theo)) == before + 1


def test_whoever_moves_is_reminded_by_the_clock_there(goal, pair, theo):
    change_part(theo, "working_hours", {"zone": "America/Los_Angeles"}, by=theo, now=NOW)
    always_open(theo)
    tick_at(at(date(2026, 11, 23), time(8), "Europe/Oslo"))
    assert readers("days_due") == []
    tick_at(at(date(2026, 11, 23), time(8), "America/Los_Angeles"), times=3)
    assert readers("days_due") == ["Theo"]


def test_the_zone_that_the_browser_says_moves_reminders_too(goal, theo):
    User.objects.filter(pk=theo.pk).update(zone_confirmed=False)
    assert set_zone(theo, "Pacific/Auckland", by=theo, now=NOW) is True
    assert set_zone(theo, "America/New_York", by=theo, now=NOW) is False
    rows = Due.objects.armed().filter(kind=reminders.DAYS)
    assert {row.zone for row in rows} == {"Pacific/Auckland"}
    assert all(row.due_at == row.by_its_rule for row in rows)


def test_a_zone_that_came_with_a_file_is_found_in_the_morning(goal, pair, theo):
    User.objects.filter(pk=theo.pk).update(zone="Asia/Kathmandu")
    actions.evaluate(pair, now=NOW)
    rows = Due.objects.armed().filter(kind=reminders.DAYS)
    assert {(row.zone, row.due_at.astimezone(UTC).time()) for row in rows} == {
        ("Asia/Kathmandu", time(2, 15))
    }


# Every day, every zone


@given(
    day=st.dates(date(2020, 1, 1), date(2035, 12, 31)),
    zone=st.sampled_from(ZONES),
    notice=st.sampled_from(reminders.REVIEW_NOTICES),
)
def test_each_notice_has_one_moment_on_its_own_local_day(day, zone, notice):
    person = User(pk=1, zone=zone)
    on = day - timedelta(days=notice)
    moment = reminders.Reminder(reminders.REVIEW, person, on, "x", {}).moment
    assert calendar.local_date(moment, ZoneInfo(zone)) == on
    ahead = (day - calendar.local_date(moment, ZoneInfo(zone))).days
    assert reminders.reached(ahead, reminders.REVIEW_NOTICES) == notice


@given(ahead=st.integers(-400, 400))
def test_the_notice_that_has_come_is_the_nearest_one(ahead):
    found = reminders.reached(ahead, reminders.REVIEW_NOTICES)
    come = [notice for notice in reminders.REVIEW_NOTICES if notice >= ahead]
    assert found == (come[-1] if come else None)
    assert (found is None) == (ahead > 14)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    due=st.integers(5, 40),
    zone=st.sampled_from(ZONES),
    moves_to=st.sampled_from(ZONES),
    moved_on=st.integers(0, 40),
    off_from=st.integers(0, 40),
    off_for=st.integers(0, 20),
)
def test_whatever_happens_nobody_gets_more_than_one_letter_a_day_or_one_for_each_notice(
    pair, theo, due, zone, moves_to, moved_on, off_from, off_for
):
    """Zones changed on the way, days without power, each look twice."""
    Letter.objects.all().delete()
    Due.objects.all().delete()
    pair.goals.all().delete()
    User.objects.filter(pk=theo.pk).update(zone=zone)
    theo.refresh_from_db()
    theo.zone_confirmed = False
    theo.save()
    always_open(theo)
    start = datetime(2027, 3, 10, 20, tzinfo=UTC)
    make.goal(pair, due_on=start.date() + due * DAY)
    arm_reminders(again(pair), start)
    for n in range(60):
        if n == moved_on:
            set_zone(theo, moves_to, by=theo, now=start + n * DAY)
        if not off_from <= n < off_from + off_for:
            tick_at(start + n * DAY, times=2)
    letters = sent("days_due", theo)
    assert 1 <= len(letters) <= 3
    assert len({letter.sent_at for letter in letters}) == len(letters)
    assert len({letter.key for letter in letters}) == len(letters)
