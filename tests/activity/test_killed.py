"""`kill -9` at each point of a letter's way, with a real mail server: nothing lost, nothing doubled in
silence.

The long run with hundreds of kills is a benchmark; this one kills some dozens.
"""

import random
import signal
import smtplib
from collections import Counter
from datetime import timedelta
from itertools import cycle

import pytest
from django.db.models import Count, Q
from django.db.models.functions import Now

from activity import actions, carriers, firing, sending
from activity.clocks import Clock
from activity.models import Due, Event, Letter
from activity.tick import tick
from tests import make
from tests.activity.forks import die, together
from tests.activity.kinds import DUES, LETTERS

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def plain_mail(settings):
    settings.DEMO = settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False


def before(module, name, is_time):
    original = getattr(module, name)

    def dying(*args, **more):
        if is_time():
            die()
        return original(*args, **more)

    setattr(module, name, dying)


def after(module, name, is_time):
    original = getattr(module, name)

    def dying(*args, **more):
        result = original(*args, **more)
        if is_time():
            die()
        return result

    setattr(module, name, dying)


def before_reading_the_reply(is_time):
    """The dot is out, the server has the letter, and nobody reads what it says."""
    original = carriers.MailServer._hand_over

    def dying(self, smtp):
        if is_time():
            smtp.sock.sendall(b".\r\n")
            smtp.sock.recv(1000)  # the server has kept it
            die()
        return original(self, smtp)

    carriers.MailServer._hand_over = dying


POINTS = {
    "before a row is turned over": lambda is_time: before(firing, "fire_one", is_time),
    "within the transaction of a row": lambda is_time: before(firing, "turn_of", is_time),
    "after a row was acted on": lambda is_time: after(firing, "fire_one", is_time),
    "after the claim": lambda is_time: after(sending, "claim", is_time),
    "while writing the letter": lambda is_time: before(sending.writing, "write", is_time),
    "before sending is marked": lambda is_time: before(sending, "begin", is_time),
    "after sending is marked": lambda is_time: before(sending, "hand_over", is_time),
    "after the envelope": lambda is_time: before(smtplib.SMTP, "docmd", is_time),
    "before the dot": lambda is_time: before(carriers.MailServer, "_hand_over", is_time),
    "after the dot": before_reading_the_reply,
    "after the reply": lambda is_time: before(sending, "consequences", is_time),
    "before the outcome is committed": lambda is_time: before(sending, "write_down", is_time),
}


def worker(now, point="", passes=0, turns=100_000):
    """A process that has time for so many rows, or until it dies at that point after so many passes."""

    def work():
        left = iter(range(passes))
        if point:
            POINTS[point](lambda: next(left, None) is None)
        time_left = iter([True] * turns)
        Clock.has_time = property(lambda self: next(time_left, False))
        tick(now, letters=LETTERS, dues=DUES)

    return work


def five_minutes_later():
    """All leases of the dead have run out; the wall clock is not waited for."""
    Letter.objects.filter(state__in=["claimed", "sending"]).update(lease_until=Now() - timedelta(seconds=1))


def in_the_post(now, count):
    people = [make.person() for _ in range(count)]
    for person in people:
        actions.post("tests.nudge", person, about=person, key=f"nudge {person.pk}", now=now)
        actions.arm("tests.tell", person, at=now, occurrence="a", now=now)
    return people


def arrived(sink):
    return Counter(letter["Message-ID"] for letter in sink.letters())


def finish(now):
    for _ in range(4):
        five_minutes_later()
        together(worker(now))
        now += timedelta(minutes=20)


def test_senders_that_die_lose_nothing_and_double_only_what_they_call_unknown(db, now, sink, monkeypatch):
    monkeypatch.setattr(firing, "BATCH", 5)
    monkeypatch.setattr(sending, "BATCH", 5)
    chance = random.Random(7)
    people = in_the_post(now, 60)
    points, kills = cycle(POINTS), 0
    while kills < 60 and (Due.objects.armed().exists() or Letter.objects.ready(now).exists()):
        trio = [worker(now, next(points), chance.randrange(4), turns=12) for _ in range(3)]
        kills += together(*trio).count(signal.SIGKILL)
        five_minutes_later()
    finish(now)

    assert kills >= 24
    assert Due.objects.filter(state="fired").count() == Event.objects.filter(verb="tests.said").count() == 60
    unknown = Count("tries", filter=Q(tries__outcome="unknown"))
    letters = list(Letter.objects.annotate(doubts=unknown))
    assert len(letters) == 2 * len(people)
    came = arrived(sink)
    for letter in letters:
        copies = came[letter.message_id]
        if letter.kind == "tests.nudge":
            assert (letter.state, copies) in {("sent", 1), ("unknown", 0), ("unknown", 1)}
            assert letter.doubts == (letter.state == "unknown")
        elif letter.doubts <= 2:
            assert letter.state == "sent"
            assert 1 <= copies <= 1 + letter.doubts
        else:
            assert letter.state == "unknown"
    assert sum(came.values()) <= len(letters) + sum(letter.doubts for letter in letters)


@pytest.mark.parametrize("point", POINTS)
def test_at_each_point_a_death_leaves_the_row_that_the_truth_calls_for(db, now, sink, point):
    """Two letters and one timed fact; the first to get that far dies, and another takes over."""
    [person] = in_the_post(now, 1)
    assert together(worker(now, point, 0)) == [signal.SIGKILL]
    five_minutes_later()
    together(worker(now))
    finish(now)
    came = arrived(sink)
    states = dict(Letter.objects.values_list("kind", "state"))
    tries = {letter.kind: letter.tries.count() for letter in Letter.objects.all()}
    nudge, news = (came[Letter.objects.get(kind=kind).message_id] for kind in ("tests.nudge", "tests.news"))
    doubtful = point in {
        "after sending is marked",
        "after the envelope",
        "before the dot",
        "after the dot",
        "after the reply",
        "before the outcome is committed",
    }
    handed_over = point in {"after the dot", "after the reply", "before the outcome is committed"}
    assert states == {"tests.nudge": "unknown" if doubtful else "sent", "tests.news": "sent"}
    assert (nudge, news) == (1 if handed_over or not doubtful else 0, 1)
    assert tries == {"tests.nudge": 1, "tests.news": 1}
    assert Event.objects.filter(verb="tests.said").count() == 1
    assert person.letters.count() == 2


def test_control_a_mark_without_a_transaction_loses_what_should_have_been_done(db, now, sink, monkeypatch):
    """Turned over and then acted on, each by itself: who dies in between has marked what never happened."""

    def mark_then_act(key, clock, dues):
        Due.objects.filter(pk=key, state="armed").update(state="fired", fired_at=clock.start)
        due = Due.objects.get(pk=key)
        with firing.turn_of(due):
            dues[due.kind].act(due, clock.start)
        return "fired"

    in_the_post(now, 1)
    monkeypatch.setattr(firing, "fire_one", mark_then_act)
    assert together(worker(now, "within the transaction of a row", 0)) == [signal.SIGKILL]
    finish(now)
    assert Due.objects.get().state == "fired"
    assert not Event.objects.filter(verb="tests.said").exists()
    assert not Letter.objects.filter(kind="tests.news").exists()


def test_control_an_act_without_a_transaction_is_done_twice(db, now, sink, monkeypatch):
    """Acted on and then turned over: who dies in between leaves it to be done again."""

    def act_then_mark(key, clock, dues):
        due = Due.objects.get(pk=key)
        dues[due.kind].act(due, clock.start)
        with firing.turn_of(due):
            Due.objects.filter(pk=key).update(state="fired", fired_at=clock.start)
        return "fired"

    in_the_post(now, 1)
    monkeypatch.setattr(firing, "fire_one", act_then_mark)
    assert together(worker(now, "within the transaction of a row", 0)) == [signal.SIGKILL]
    finish(now)
    assert Event.objects.filter(verb="tests.said").count() == 2


def test_control_a_sender_that_notes_at_the_end_only_doubles_in_silence(db, now, sink, monkeypatch):
    """Without the mark before the first word to the server a dead sender's letters look untouched."""
    [person] = in_the_post(now, 1)
    monkeypatch.setattr(sending, "begin", lambda *_, **more: True)
    together(worker(now, "after the dot", 0))
    assert Letter.objects.get(kind="tests.nudge").state == "claimed"
    monkeypatch.undo()
    five_minutes_later()
    together(worker(now))
    assert max(arrived(sink).values()) == 2
    assert set(person.letters.values_list("state", flat=True)) == {"sent"}


def test_control_a_sender_that_calls_doubt_readiness_doubles_in_silence(db, now, sink, monkeypatch):
    """What is marked as sending taken back as if it had only been claimed: a nudge arrives twice."""
    [person] = in_the_post(now, 1)
    together(worker(now, "after the dot", 0))
    five_minutes_later()
    Letter.objects.filter(state="sending").update(state="claimed")
    together(worker(now))
    assert max(arrived(sink).values()) == 2
    assert set(person.letters.values_list("state", flat=True)) == {"sent"}
