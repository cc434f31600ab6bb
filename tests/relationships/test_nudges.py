from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from activity.models import Event, Letter
from activity.writing import write
from relationships import actions
from relationships.letters import LETTERS
from relationships.models import Relationship
from relationships.stages import Refused
from tests import make


def again(pair):
    return Relationship.objects.with_people().get(pk=pair.pk)


def test_a_nudge_goes_to_both_in_the_coordinators_name(pair, cora, now):
    actions.nudge(pair, by=cora, now=now)
    letters = list(Letter.objects.filter(kind="relationships.nudge").order_by("person__full_name"))
    assert [letter.person.full_name for letter in letters] == ["Mira Moreau", "Theo Tamm"]
    written = write(LETTERS["relationships.nudge"], letters[0], now)
    assert written.sender.display_name == "Cora Conti (Emerging Leaders)"
    assert written.reply_to.addr_spec == cora.email
    assert written.subject == "Cora asks how it is going"
    assert again(pair).nudged_at == now
    assert Event.objects.about(pair).get().verb == "relationships.nudged"


def test_once_a_day_of_the_pair(pair, cora):
    pair.zone = "Pacific/Auckland"
    pair.save()
    noon = datetime(2026, 10, 12, 0, tzinfo=UTC)  # 13:00 in Auckland
    actions.nudge(pair, by=cora, now=noon)
    for later in (timedelta(0), timedelta(hours=10, minutes=59)):
        with pytest.raises(Refused, match="nudged today"):
            actions.nudge(pair, by=cora, now=noon + later)
    actions.nudge(pair, by=cora, now=noon + timedelta(hours=11))
    assert Letter.objects.filter(kind="relationships.nudge").count() == 4


def test_two_coordinators_at_once_nudge_once(pair, cora, now):
    stale = again(pair)
    actions.nudge(pair, by=cora, now=now)
    with pytest.raises(Refused):
        actions.nudge(stale, by=cora, now=now)
    assert Letter.objects.filter(kind="relationships.nudge").count() == 2


def test_only_coordinators_nudge_and_only_whoever_is_meeting(pair, cora, mira, otto, other_pair, now):
    for by in (mira, otto, other_pair.coordinators[0]):
        with pytest.raises(PermissionDenied):
            actions.nudge(pair, by=by, now=now)
    actions.pause(pair, until=now.date() + timedelta(days=9), by=mira, now=now)
    with pytest.raises(Refused):
        actions.nudge(pair, by=cora, now=now)
    assert Letter.objects.filter(kind="relationships.nudge").count() == 0


def test_a_coordinator_does_not_nudge_oneself(program, cora, now):
    own = make.relationship(program_=program, mentor=cora, mentee=make.person())
    with pytest.raises(PermissionDenied):
        actions.nudge(own, by=cora, now=now)
