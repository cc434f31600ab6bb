"""What the clock does for offers."""

from datetime import timedelta

import pytest

from activity.models import Due, Event, Letter
from matching import actions
from matching.models import Proposal
from matching.snapshot import pool
from mentorship.clockwork import DUES
from tests import make


@pytest.fixture
def published(opened, mira, theo, cora, now):
    run = make.match_run(opened, cora)
    offer = make.proposal(opened, mira, theo, state="suggested", run=run)
    actions.publish(run, by=cora, now=now)
    return Proposal.objects.get(pk=offer.pk)


def fire(kind, *, late=timedelta()):
    for due in Due.objects.armed().filter(kind=f"matching.{kind}"):
        DUES[due.kind].act(due, due.due_at + late)


def test_expiry_frees_both_and_happens_once(published, opened):
    assert pool(opened.cycles.get()).places == 0
    for _ in range(3):
        fire("offer_expires")
    published.refresh_from_db()
    assert (published.state, published.settled_at) == ("expired", published.expires_at)
    found = pool(opened.cycles.get())
    assert (len(found.mentees), found.places) == (1, 1)
    assert Event.objects.filter(verb="proposal.expired").count() == 1
    assert not Letter.objects.filter(kind="matching.not_this_time").exists()


def test_weeks_late_it_still_ended_on_its_day(published):
    fire("offer_expires", late=timedelta(days=14))
    published.refresh_from_db()
    assert published.settled_at == published.expires_at


def test_only_who_had_said_yes_hears_of_it(published, theo, now):
    actions.accept(published, by=theo, now=published.told_from)
    fire("offer_expires")
    assert [letter.person for letter in Letter.objects.filter(kind="matching.not_this_time")] == [theo]


def test_nothing_expires_before_its_time(published):
    assert actions.expire(published, now=published.expires_at - timedelta(seconds=1)) is False
    assert Proposal.objects.get().state == "offered"


def test_one_reminder_to_whoever_has_not_answered(published, theo, mira):
    actions.accept(published, by=mira, now=published.told_from)
    for _ in range(3):
        fire("offer_reminder")
    assert [letter.person for letter in Letter.objects.filter(kind="matching.offer_reminder")] == [theo]


@pytest.mark.parametrize("state", ["declined", "expired", "activated"])
def test_what_is_settled_is_left_alone(published, theo, state, pair):
    settled = {"relationship": pair} if state == "activated" else {}
    Proposal.objects.update(state=state, **settled)
    fire("offer_reminder")
    fire("offer_expires")
    assert Proposal.objects.get().state == state
    assert not Letter.objects.filter(kind="matching.offer_reminder").exists()


def test_a_yes_from_both_takes_the_clock_off(published, theo, mira):
    for person in (theo, mira):
        actions.accept(Proposal.objects.get(), by=person, now=published.told_from)
    assert not Due.objects.armed().of(published).exists()
