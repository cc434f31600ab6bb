"""A program whose clock stood still for thirty days, with the product's own tables: what was missed is made up for in
order, an unusual number of letters waits for somebody to look, and nobody finds a pile.
"""

from collections import Counter
from datetime import timedelta

import pytest
from django.db.models import Q

from activity import actions, catchup, firing
from activity.models import Due, Event, Letter
from activity.tick import tick
from mentorship import clockwork
from relationships import dates
from relationships.actions import plan_meeting
from relationships.actions.effects import arm_next_morning
from relationships.models import StageTransition
from tests import make
from tests.activity import kinds
from tests.faults.sizes import SIZES

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("plain_mail")]

LETTERS, DUES = kinds.LETTERS | clockwork.LETTERS, kinds.DUES | clockwork.DUES
DAY = timedelta(days=1)
OFF = 30 * DAY
OPEN = ["ready", "claimed", "sending"]


def pair(program, now):
    """They finish in the second week, should have met in the first, and are over before the clock comes back.
    Each of the two misses three weekly reminders.
    """
    made = make.relationship(
        program_=program,
        stage="cultivation",
        activated_at=now - 200 * DAY,
        separation_on=(now + 8 * DAY).date(),
        planned_end_on=(now + 12 * DAY).date(),
    )
    make.meeting(made, starts_at=now - 10 * DAY)
    place = {"minutes": 45, "mode": "in_person", "place": "Room 4"}
    plan_meeting(made, starts_at=now + 4 * DAY, by=made.mentee, now=now, **place)
    arm_next_morning(made, now)
    for person in made.people:
        actions.arm_all("tests.remind", [(person, now + week * 7 * DAY, f"{week}") for week in (1, 2, 3)])
    return made


def looks(now, number=3):
    for _ in range(number):
        tick(now, letters=LETTERS, dues=DUES, budget_seconds=3600)


def piles(sink):
    """How many letters each person got."""
    return Counter(letter["X-Sink-To"] for letter in sink.letters())


def paired(count, cora, now, sink):
    program = make.program(coordinators=[cora])
    pairs = [pair(program, now) for _ in range(count)]
    looks(now)  # what planning meetings has posted goes out while the clock still runs
    sink.clear()
    return pairs


def test_thirty_days_off_are_made_up_for_in_order_and_without_a_storm(cora, now, sink, evidence, monkeypatch):
    count = SIZES.relationships
    monkeypatch.setattr(catchup, "USUAL", count)  # there are twice as many people
    pairs = paired(count, cora, now, sink)
    back = now + OFF
    looks(back)

    steps = StageTransition.objects.filter(at=back).order_by("pk")
    for made in pairs:
        assert list(steps.filter(relationship=made).values_list("verb", "effective_at")) == [
            ("wind_up", dates.morning(made, made.separation_on)),
            ("redefine", dates.window_ends(made)),
        ]
    assert sink.count() == 0
    held = Letter.objects.held().count()
    (asked,) = Event.objects.filter(verb="letters.held")
    assert asked.details == {"count": held, "limit": count}
    assert held == 2 * count, "one for each person"

    released = actions.release(Letter.objects.all(), by=cora, now=back)
    looks(back)
    came = piles(sink)
    looks(back + 2 * DAY)
    overtaken = Due.objects.filter(state="collapsed").count()
    untrue = Letter.objects.filter(state="cancelled").count()
    evidence(
        "outage",
        relationships=count,
        stages_moved=steps.count(),
        held_by_the_brake=held,
        released=released,
        reminders_overtaken=overtaken,
        no_longer_true=untrue,
        people=2 * count,
        most_letters_to_one_person_in_a_day=max(came.values()),
        letters_within_two_days=sink.count(),
    )
    people = {person.email for made in pairs for person in made.people}
    assert came == dict.fromkeys(people, 1)
    # The step came today and the newest of three reminders on the next day; of two steps the last is told.
    assert (sink.count(), overtaken, untrue) == (4 * count, 4 * count, 2 * count)
    assert not Due.objects.overdue(back).exists()
    assert not Letter.objects.filter(state__in=OPEN).exists()


def test_control_without_the_folding_a_person_finds_a_pile(cora, now, sink, evidence, monkeypatch):
    monkeypatch.setattr(firing, "is_overtaken", lambda *_: False)
    monkeypatch.setattr(catchup, "fold", lambda *_: Counter())
    monkeypatch.setattr(catchup, "undecided", lambda *_: Q(pk__in=[]))
    paired(3, cora, now, sink)
    looks(now + OFF)
    pile = max(piles(sink).values())
    evidence("outage", relationships=3, control="without folding", most_letters_to_one_person_in_a_day=pile)
    assert pile == 4


def test_control_without_the_brake_all_of_it_goes_out_at_once(cora, now, sink, evidence, monkeypatch):
    monkeypatch.setattr(catchup, "USUAL", 3)
    monkeypatch.setattr(catchup, "brake", lambda *_: 0)
    paired(3, cora, now, sink)
    looks(now + OFF)
    evidence("outage", relationships=3, control="without the brake", letters_at_once=sink.count())
    assert sink.count() == 6, "one for each person, and nobody was asked"
