"""The clock of the machine jumps while two processes look: forward, back, over a year's end, into 2038.

Each person has a daily reminder by the wall clock of their own zone, which arms the next one when it has come.
Whatever it shows on the way, each morning up to the latest moment that it showed comes once and none is left out.
"""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from activity import actions, calendar
from activity.kinds import DueKind, table
from activity.models import Due, Event, Letter
from activity.tick import tick
from tests import make
from tests.activity.forks import together
from tests.activity.kinds import LETTERS
from tests.faults.sizes import SIZES

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("plain_mail", "ample")]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AT = time(9)
ZONES = ("Europe/Berlin", "America/New_York", "Pacific/Kiritimati")
AUTUMN = datetime(2026, 10, 12, 9, 0, tzinfo=UTC)
JUMPS = {
    "an hour forward": (AUTUMN, HOUR),
    "an hour back": (AUTUMN, -HOUR),
    "a day forward": (AUTUMN, DAY),
    "a day back": (AUTUMN, -DAY),
    "forty days forward": (AUTUMN, 40 * DAY),
    "over the end of a year": (datetime(2026, 12, 31, 20, 0, tzinfo=UTC), 8 * HOUR),
    "over a leap day": (datetime(2028, 2, 28, 20, 0, tzinfo=UTC), 30 * HOUR),
    "over the last second of 32 bits": (datetime(2038, 1, 19, 3, 0, tzinfo=UTC), HOUR),
}


def daily(due, now):
    person = make.User.objects.get(pk=due.subject.rpartition(":")[2])
    actions.record("tests.morning", person, by=None, at=now, day=due.occurrence)
    actions.post("tests.news", person, about=person, key=f"{person.pk} {due.occurrence}", now=now)
    arm_on(date.fromisoformat(due.occurrence) + DAY, person, now)


DUES = table(DueKind("tests.daily", daily))


def arm_on(day, person, now):
    actions.arm("tests.daily", person, local=(day, AT, ZoneInfo(person.zone)), now=now)


def moments(start, jump, jumps):
    """Looks every twenty minutes; in the middle of each two hours the clock jumps, and then goes on from there."""
    moment, shown = start, []
    for _ in range(jumps):
        for step in range(6):
            moment += jump if step == 3 else timedelta(minutes=20)
            shown.append(moment)
    return shown


def mornings(person, first, latest):
    """What must have come: each day from the first on whose morning the clock has reached."""
    day, found = first, []
    while calendar.instant(day, AT, ZoneInfo(person.zone)) <= latest:
        found.append(day.isoformat())
        day += DAY
    return found


def run(shown, dues=DUES):
    def clock():
        for moment in shown:
            while any(tick(moment, letters=LETTERS, dues=dues).values()):
                continue

    together(clock, clock)


@pytest.mark.parametrize("kind", JUMPS)
def test_a_clock_that_jumps_leaves_nothing_out_and_says_nothing_twice(now, sink, evidence, kind):
    start, jump = JUMPS[kind]
    people = [make.person(zone=zone) for zone in ZONES]
    first = (start - DAY).date()
    for person in people:
        arm_on(first, person, start)
    shown = moments(start, jump, SIZES.jumps)
    run(shown)

    due = {f"{p.pk} {day}" for p in people for day in mornings(p, first, max(shown))}
    acts = Counter(
        f"{event.about.rpartition(':')[2]} {event.details['day']}"
        for event in Event.objects.filter(verb="tests.morning")
    )
    came = sink.message_ids()
    sent = {letter.message_id: letter.key for letter in Letter.objects.sent()}
    doubled = sum(acts.values()) - len(acts) + sum(came.values()) - len(came)
    lost = len(due - acts.keys()) + len(due - {sent.get(each) for each in came})
    evidence("jumps", jump=kind, jumps=SIZES.jumps, due=len(due), lost=lost, doubled=doubled)
    assert acts == dict.fromkeys(due, 1)
    assert came == dict.fromkeys(sent, 1)
    assert set(sent.values()) == due
    assert Due.objects.armed().count() == len(people)
    assert len(due) >= len(people)


def test_control_a_row_that_goes_by_the_clock_on_the_wall_leaves_out_what_a_jump_passes_over(
    now, sink, evidence
):
    """Armed for the day after the one that the clock shows, not for the day after the one that was due."""
    start, jump = JUMPS["forty days forward"]

    def by_the_wall(due, now):
        person = make.User.objects.get(pk=due.subject.rpartition(":")[2])
        actions.record("tests.morning", person, by=None, at=now, day=due.occurrence)
        arm_on(now.date() + DAY, person, now)

    person = make.person(zone="Europe/Berlin")
    first = (start - DAY).date()
    arm_on(first, person, start)
    shown = moments(start, jump, 1)
    run(shown, table(DueKind("tests.daily", by_the_wall)))
    lost = len(mornings(person, first, max(shown))) - Event.objects.filter(verb="tests.morning").count()
    evidence("jumps", control="a row that goes by the clock on the wall", jumps=1, lost=lost)
    assert lost > 30
