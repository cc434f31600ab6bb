"""Five schedulers and eight workers on one backlog, each a process: every row once, every letter once.

A scheduler arms all rows again before each of its looks, as schedulers do that know nothing of each other.
"""

import time

import pytest
from django.db import connection

from activity import actions, firing, sending
from activity.models import Due, Event, Letter
from activity.tick import tick
from people.models import User
from tests import make
from tests.activity.forks import together
from tests.activity.kinds import DUES, LETTERS
from tests.faults.sizes import SIZES

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("plain_mail", "ample")]

SCHEDULERS, WORKERS = 5, 8
OPEN = ["ready", "claimed", "sending"]


def facts(person, count, now):
    return [(person, now, f"{n}") for n in range(count)]


def scheduler(person, count, now, goes_on):
    def work():
        while goes_on():
            actions.arm_all("tests.tell", facts(person, count, now))
            tick(now, letters=LETTERS, dues=DUES, budget_seconds=5)

    return work


def worker(now, goes_on):
    def work():
        while goes_on():
            tick(now, letters=LETTERS, dues=DUES, budget_seconds=5)

    return work


def is_open():
    return Due.objects.armed().exists() or Letter.objects.filter(state__in=OPEN).exists()


def looks(number):
    """For a control, which may never be done: so many looks of each process."""

    def some():
        left = iter(range(number))
        return lambda: next(left, None) is not None

    return some


def all_at_once(count, now, goes_on=lambda: is_open):
    person = make.person()
    actions.arm_all("tests.tell", facts(person, count, now)[: count // 2])  # the schedulers find the rest
    together(
        *(scheduler(person, count, now, goes_on()) for _ in range(SCHEDULERS)),
        *(worker(now, goes_on()) for _ in range(WORKERS)),
    )


@pytest.fixture
def count():
    return SIZES.due_rows if connection.vendor == "postgresql" else SIZES.due_rows_sqlite


def test_thirteen_processes_do_each_row_once(count, now, sink, evidence, monkeypatch):
    monkeypatch.setattr(firing, "BATCH", 100)
    monkeypatch.setattr(sending, "BATCH", 20)
    begun = time.monotonic()
    all_at_once(count, now)
    took = time.monotonic() - begun

    came = sink.message_ids()
    acts = Event.objects.filter(verb="tests.said")
    twice = acts.count() - acts.values("details__occurrence").distinct().count()
    fired = Due.objects.filter(state="fired").count()
    doubled = sum(came.values()) - len(came)
    evidence(
        "schedulers",
        rows=count,
        processes=f"{SCHEDULERS} + {WORKERS}",
        fired=fired,
        acted_twice=twice,
        letters=len(came),
        letters_doubled=doubled,
        lost=count - len(came),
        a_second=round(count / took),
    )
    assert (fired, twice, acts.count()) == (count, 0, count)
    assert (len(came), doubled) == (count, 0)
    assert Letter.objects.sent().count() == Letter.objects.count() == count
    workers = Letter.objects.values("tries__worker").distinct().count()
    assert workers > 1, "one process did it all: nothing was tested"


@pytest.mark.postgres
def test_control_without_the_unique_key_rows_are_acted_on_twice(now, sink, evidence):
    (key,) = [each for each in Due._meta.constraints if each.name == "activity_one_due_row_per_occurrence"]
    with connection.schema_editor() as editor:
        editor.remove_constraint(Due, key)
    try:
        all_at_once(40, now, looks(2))
        acts = Event.objects.filter(verb="tests.said").count()
    finally:
        Letter.objects.all().delete()
        Due.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(Due, key)
    evidence("schedulers", rows=40, control="without the unique key", acted_twice=acts - 40)
    assert acts > 40


def test_control_without_the_claim_letters_go_out_twice(now, sink, evidence, monkeypatch):
    def read_then_write(waiting):
        letters = list(waiting.select_related("person")[:20])
        time.sleep(0.05)
        Letter.objects.filter(pk__in=[letter.pk for letter in letters]).update(state="claimed")
        return letters

    monkeypatch.setattr(sending, "claim", read_then_write)
    monkeypatch.setattr(sending, "begin", lambda *_, **more: True)
    all_at_once(40, now, looks(1))
    came = sink.message_ids()
    doubled = sum(came.values()) - len(came)
    evidence("schedulers", rows=40, control="without the claim", letters_doubled=doubled)
    assert doubled > 0
    assert User.objects.count() == 1
