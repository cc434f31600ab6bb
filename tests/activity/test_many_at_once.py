"""Three processes on one backlog: each row is done once.  Each test has a control in which the guard is
taken out.
"""

import os
import time
from collections import Counter
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from activity import actions, catchup, firing, sending
from activity.carriers import Answer, Outcome
from activity.clocks import Clock
from activity.models import Attempt, Due, Event, Letter
from activity.tick import tick
from tests import make
from tests.activity.forks import together
from tests.activity.kinds import DUES, LETTERS

pytestmark = pytest.mark.django_db(transaction=True)

PROCESSES = 3


class Counts:
    """A carrier that writes one line for each letter into a file that all processes share."""

    host = "file"

    def __init__(self, file):
        self.file = file

    def open(self): ...

    def deliver(self, mail):
        line = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(line, f"{mail['Message-ID']}\n".encode())
        os.close(line)
        return Answer(Outcome.OK, 250, "kept", self.host)

    def close(self): ...

    def delivered(self):
        return Counter(self.file.read_text().split())


@pytest.fixture
def counts(tmp_path):
    return Counts(tmp_path / "delivered")


def look_until_done(now, carrier):
    for _ in range(200):
        did = tick(now, letters=LETTERS, dues=DUES, carrier=carrier)
        open_rows = (
            Due.objects.overdue(now).exists()
            or Letter.objects.filter(state__in=["ready", "claimed", "sending"]).exists()
        )
        if not did and not open_rows:
            return
        time.sleep(0.02)


def backlog(now, letters=150):
    person = make.person()
    actions.post_all(
        actions.draft("tests.news", person, about=person, key=f"{n}", now=now) for n in range(letters)
    )
    return person


def test_three_senders_send_each_letter_once(now, counts, monkeypatch):
    backlog(now)
    monkeypatch.setattr(sending, "BATCH", 7)
    together(*[lambda: look_until_done(now, counts)] * PROCESSES)
    assert set(counts.delivered().values()) == {1}
    assert len(counts.delivered()) == 150
    assert Letter.objects.sent().count() == Attempt.objects.count() == 150
    assert Attempt.objects.values("worker").distinct().count() > 1, (
        "one process did it all: nothing was tested"
    )


def test_control_without_the_claim_letters_are_doubled(now, counts, monkeypatch):
    backlog(now, letters=30)

    def read_then_write(waiting):
        letters = list(waiting.select_related("person"))
        time.sleep(0.05)
        Letter.objects.filter(pk__in=[letter.pk for letter in letters]).update(state="claimed")
        return letters

    monkeypatch.setattr(sending, "claim", read_then_write)
    monkeypatch.setattr(sending, "begin", lambda *args, **more: True)
    clock = Clock(now, 30)
    together(*[lambda: sending.send(clock, LETTERS, catchup.sendable(clock, LETTERS), counts)] * PROCESSES)
    assert max(counts.delivered().values()) > 1


def test_three_clocks_act_on_each_row_once(now, counts, monkeypatch):
    people = [make.person() for _ in range(30)]
    for n in range(5):
        for person in people:
            actions.arm("tests.tell", person, at=now, occurrence=f"{n}", now=now)
    monkeypatch.setattr(firing, "BATCH", 11)
    together(*[lambda: look_until_done(now, counts)] * PROCESSES)
    assert Counter(Due.objects.values_list("state", flat=True)) == {"fired": 150}
    assert Event.objects.filter(verb="tests.said").count() == 150
    assert set(counts.delivered().values()) == {1}
    assert len(counts.delivered()) == 150


def test_control_without_the_mark_rows_are_acted_on_twice(now, counts, monkeypatch):
    people = [make.person() for _ in range(30)]
    for person in people:
        actions.arm("tests.tell", person, at=now, occurrence="a", now=now)

    def act_then_mark(key, clock, dues):
        due = Due.objects.get(pk=key)
        time.sleep(0.005)
        dues[due.kind].act(due, clock.start)
        Due.objects.filter(pk=key).update(state="fired")
        return "fired"

    monkeypatch.setattr(firing, "fire_one", act_then_mark)
    together(*[lambda: look_until_done(now, counts)] * PROCESSES)
    assert Event.objects.filter(verb="tests.said").count() > 30
    # The key of the letter is a second guard: what was done twice was still said once.
    assert set(counts.delivered().values()) == {1}


def test_three_processes_take_up_what_a_dead_one_left_and_each_letter_goes_once(now, counts):
    backlog(now, letters=60)
    dropped = sending.claim(catchup.sendable(Clock(now, 30), LETTERS))
    assert len(dropped) == 60
    Letter.objects.update(lease_until=Now() - timedelta(seconds=1))
    together(*[lambda: look_until_done(now, counts)] * PROCESSES)
    assert set(counts.delivered().values()) == {1}
    assert len(counts.delivered()) == 60
