"""Meetings through clock changes, moves and outages: each is said once, in time, in everybody's own time.

The clock here is the product's own tick with the product's own tables; only ``now`` is moved.
"""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from activity import calendar
from activity.models import Due, Letter
from activity.tick import tick
from core.dates import moment_words
from people.models import User
from relationships.actions.meetings import move_meeting, plan_meeting
from relationships.dues import DUES
from relationships.letters import LETTERS
from relationships.models import Meeting, Relationship

pytestmark = pytest.mark.usefixtures("post_box")

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Where clocks change in spring and autumn, by half an hour, at midnight, never; and both sides of the date line.
ZONES = [
    "Europe/Oslo", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Kiritimati",
    "Pacific/Pago_Pago", "America/St_Johns", "Africa/Cairo", "Asia/Beirut",
]  # fmt: skip
# The nights of 2027 in which most of these change their clocks, and some on which none does.
NIGHTS = [
    date(2027, 3, 14), date(2027, 3, 28), date(2027, 4, 4), date(2027, 4, 30), date(2027, 6, 15),
    date(2027, 10, 3), date(2027, 10, 29), date(2027, 10, 31), date(2027, 11, 7), date(2027, 12, 31),
]  # fmt: skip


def tick_at(now, times=2):
    for _n in range(times):
        tick(now, letters=LETTERS, dues=DUES)


def again(meeting):
    found = Meeting.objects.get(pk=meeting.pk)
    found.relationship = Relationship.objects.with_people().get(pk=meeting.relationship_id)
    return found


def sent(kind):
    return Letter.objects.sent().filter(kind=f"relationships.{kind}").select_related("person")


def begin_again(pair, person, zone):
    Letter.objects.all().delete()
    Due.objects.all().delete()
    pair.meetings.all().delete()
    User.objects.filter(pk=person.pk).update(zone=zone)
    person.refresh_from_db()
    person.profile.an_hour_before = True
    person.profile.save()
    return Relationship.objects.with_people().get(pk=pair.pk)


def looks(start, final, off_from, off_for):
    """Each six hours and when something falls due, twice each; none in ``off_for`` hours without power."""
    moments = {start - 4 * DAY + n * 6 * HOUR for n in range(32)}
    moments |= {at - before for at in (start, final) for before in (DAY, HOUR)}
    off = start - off_from * HOUR, start - (off_from - off_for) * HOUR
    return sorted(at for at in moments if at < max(start, final) + HOUR and not off[0] <= at < off[1])


@settings(
    max_examples=10, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    night=st.sampled_from(NIGHTS),
    zone=st.sampled_from(ZONES),
    quarter=st.integers(0, 95),
    moved_by=st.sampled_from([timedelta(0), -HOUR, HOUR, DAY, 3 * DAY]),
    moved_before=st.integers(3, 40),
    off_from=st.integers(0, 60),
    off_for=st.integers(0, 30),
)
def test_each_is_reminded_once_before_it_begins_with_the_hour_of_their_own_clock(
    pair, mira, theo, night, zone, quarter, moved_by, moved_before, off_from, off_for
):
    pair = begin_again(pair, theo, zone)
    start = calendar.instant(night, time(quarter // 4, quarter % 4 * 15), ZoneInfo(zone))
    final, moves_at = start + moved_by, start - moved_before * HOUR
    known_at = moves_at if moved_by else start - 4 * DAY
    planned = {"minutes": 45, "mode": "video", "place": "", "by": theo}
    meeting = plan_meeting(pair, starts_at=start, now=start - 4 * DAY, **planned)
    for now in looks(start, final, off_from, off_for):
        if now >= moves_at and again(meeting).starts_at != final:
            move_meeting(again(meeting), starts_at=final, now=moves_at, **planned)
        tick_at(now)

    for kind, before in (("meeting_reminder", DAY), ("meeting_soon", HOUR)):
        told = Counter((letter.person_id, letter.data["occurrence"]) for letter in sent(kind))
        assert set(told.values()) <= {1}
        for letter in sent(kind):
            starts_at = datetime.fromisoformat(letter.data["occurrence"])
            assert starts_at - before <= letter.sent_at < starts_at
            local = starts_at.astimezone(ZoneInfo(letter.person.zone))
            assert moment_words(local) in letter.body_text
    at_last = {
        kind: {
            letter.person for letter in sent(kind) if letter.data["occurrence"] == again(meeting).occurrence
        }
        for kind in ("meeting_reminder", "meeting_soon")
    }
    if not off_for:
        assert at_last["meeting_soon"] == {theo}
        assert at_last["meeting_reminder"] == ({mira, theo} if final - DAY > known_at else set())


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("night", NIGHTS, ids=str)
def test_a_day_before_is_24_hours_whatever_the_clocks_do(pair, theo, zone, night):
    theo.zone = zone
    theo.save(update_fields=["zone"])
    start = calendar.instant(night, time(2, 30), ZoneInfo(zone))
    meeting = plan_meeting(
        pair, starts_at=start, minutes=45, mode="video", place="", by=theo, now=start - 9 * DAY
    )
    moments = {row.kind.partition(".")[2]: row.due_at for row in Due.objects.armed().of(meeting)}
    assert moments == {
        "meeting_reminder": start - 24 * HOUR,
        "meeting_soon": start - HOUR,
        "was_it_held": start + timedelta(minutes=45) + 24 * HOUR,
    }


def test_whoever_moves_to_another_zone_reads_the_hour_there(pair, mira, theo):
    start = datetime(2027, 3, 29, 9, tzinfo=UTC)
    plan_meeting(pair, starts_at=start, minutes=45, mode="video", place="", by=mira, now=start - 5 * DAY)
    User.objects.filter(pk=theo.pk).update(zone="Australia/Lord_Howe")
    tick_at(start - DAY)
    [letter] = sent("meeting_reminder").filter(person=theo)
    local = start.astimezone(ZoneInfo("Australia/Lord_Howe"))
    assert (local.hour, moment_words(local) in letter.body_text) == (20, True)
    assert "10:00 for Mira in London." in letter.body_text
