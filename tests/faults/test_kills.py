"""`kill -9` of a sender at a random moment, again and again, while two others go on.

Leases are short here, so that what a dead sender held is taken up while the test still runs; a letter that must arrive
waits for no quarter of an hour either.
"""

import os
import random
import signal
import time
from collections import Counter
from datetime import timedelta

import pytest
from django.db.models import Count, Q

from activity import actions, leases, sending
from activity.models import Attempt, Letter
from activity.tick import tick
from tests import make
from tests.activity.forks import begin, together
from tests.activity.kinds import DUES, LETTERS
from tests.faults.sizes import SIZES

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("plain_mail", "ample")]

SENDERS = 3
WAVE = 60
OPEN = ["ready", "claimed", "sending"]


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    monkeypatch.setattr(sending, "LEASE", timedelta(seconds=4))
    monkeypatch.setattr(sending, "AFTER_UNKNOWN", [timedelta(0), timedelta(0)])
    monkeypatch.setattr(sending, "BATCH", 10)


def sender(now):
    def work():
        while True:
            tick(now, letters=LETTERS, dues=DUES, budget_seconds=1)
            time.sleep(0.02)

    return work


def wave(person, now, number):
    """Half of them must arrive; the other half is better lost than said twice."""
    actions.post_all(
        actions.draft(kind, person, about=person, key=f"{kind} {number} {n}", now=now)
        for kind in ("tests.news", "tests.nudge")
        for n in range(WAVE // 2)
    )


def killed(now, kills):
    """So many senders are killed at their work; each time another takes the place."""
    chance, person, waves = random.Random(11), make.person(), 0
    children = [begin(sender(now)) for _ in range(SENDERS)]
    try:
        for _ in range(kills):
            if Letter.objects.ready(now).count() < WAVE // 2:
                wave(person, now, waves)
                waves += 1
            time.sleep(chance.uniform(0.05, 0.4))
            victim = children.pop(chance.randrange(SENDERS))
            os.kill(victim, signal.SIGKILL)
            assert os.waitpid(victim, 0)[1] == signal.SIGKILL, "it had ended by itself, see above"
            children.append(begin(sender(now)))
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def finish(now):
    """One sender, undisturbed, until nothing is on its way any more; minutes pass, leases run out."""

    def work():
        moment = now
        for _ in range(60):
            tick(moment, letters=LETTERS, dues=DUES, budget_seconds=30)
            if not Letter.objects.filter(state__in=OPEN).exists():
                break
            moment += timedelta(minutes=5)
            time.sleep(0.2)

    together(work)
    together(work)  # what the first one found unknown goes again


def test_killed_senders_lose_nothing_and_double_only_what_the_row_calls_unknown(now, sink, evidence):
    sink.behave(delay=0.01)
    killed(now, SIZES.kills)
    finish(now)

    came = sink.message_ids()
    doubts = Count("tries", filter=Q(tries__outcome="unknown"))
    letters = list(Letter.objects.annotate(doubts=doubts))
    must, may = (
        [letter for letter in letters if letter.kind == kind] for kind in ("tests.news", "tests.nudge")
    )
    lost = [x for x in must if not came[x.message_id] and x.doubts <= 2]
    lost += [x for x in may if not came[x.message_id] and not x.doubts]
    silent = [x for x in letters if came[x.message_id] > 1 + (x.doubts if x.kind == "tests.news" else 0)]
    evidence(
        "kills",
        kills=SIZES.kills,
        senders=SENDERS,
        letters=len(letters),
        lost=len(lost),
        unknown_outcomes=sum(letter.doubts for letter in letters),
        doubled_that_must_arrive=sum(max(0, came[letter.message_id] - 1) for letter in must),
        doubled_at_most_once=sum(max(0, came[letter.message_id] - 1) for letter in may),
        doubled_in_silence=len(silent),
    )
    assert (lost, silent) == ([], [])
    assert set(came) <= {letter.message_id for letter in letters}
    assert Counter(letter.state for letter in must if letter.doubts <= 2) == {
        "sent": sum(letter.doubts <= 2 for letter in must)
    }
    assert {letter.state for letter in may if not letter.doubts} == {"sent"}
    assert len(letters) >= WAVE


def test_control_where_doubt_is_taken_for_readiness_letters_double_in_silence(
    now, sink, evidence, monkeypatch
):
    """Kills come mostly while the server keeps a letter without a word; what was begun is simply begun again."""

    def back_to_the_start():
        left = Letter.objects.filter(leases.run_out(), state__in=["claimed", "sending"])
        return Counter({"given back": left.update(state="ready", claim_token=None)})

    monkeypatch.setattr(sending, "reap", back_to_the_start)
    sink.behave(delay=0.2)
    killed(now, 6)
    sink.behave()
    finish(now)
    came = sink.message_ids()
    doubts = Attempt.objects.filter(outcome="unknown").count()
    silent = sum(came.values()) - len(came) - doubts
    evidence("kills", kills=6, control="doubt taken for readiness", doubled_in_silence=silent)
    assert silent > 0
