"""The limits of a look: PostgreSQL breaks off what takes too long, and the rest goes on."""

import threading
from datetime import timedelta

import pytest
from django.db import InterfaceError, OperationalError, connection, transaction

from activity import actions, failures, limits
from activity.kinds import DueKind, LetterKind, table
from activity.models import Due, Event, Letter
from tests import make
from tests.activity.kinds import DUES, LETTERS, words

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]

HOUR = timedelta(hours=1)


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(
        limits, "LIMITS", limits.LIMITS | {"statement_timeout": "300ms", "lock_timeout": "100ms"}
    )


def asked(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0]


def current():
    return {name: asked("SELECT current_setting(%s)", name) for name in limits.LIMITS}


def acting(act, **more):
    return DUES | table(DueKind("tests.probe", act, **more))


def sleep(due, now):
    asked("SELECT 1 FROM (SELECT pg_sleep(0.6)) AS slept")


def test_a_look_sets_its_limits_and_leaves_the_connection_as_it_was(mira, now, look):
    before, inside = current(), []
    actions.arm("tests.probe", mira, at=now, occurrence="a", now=now)
    look(now, dues=acting(lambda due, now: inside.append(current())))
    assert inside == [
        {"statement_timeout": "5s", "lock_timeout": "2s", "idle_in_transaction_session_timeout": "30s"}
    ]
    assert current() == before != inside[0]


def test_a_look_that_fails_leaves_the_connection_as_it_was_too(mira, now, look, monkeypatch):
    before = current()

    def broken(*_):
        raise OperationalError

    monkeypatch.setattr("activity.firing.fire", broken)
    with pytest.raises(OperationalError):
        look(now)
    assert current() == before


def test_what_takes_too_long_is_put_off_and_the_others_are_done(mira, now, look, short):
    actions.arm("tests.probe", mira, at=now - HOUR, occurrence="a", now=now)
    actions.arm("tests.tell", mira, at=now, occurrence="b", now=now)
    did = look(now, dues=acting(sleep))
    assert (did["put off"], did["fired"], did["sent"]) == (1, 1, 1)
    slow = Due.objects.get(kind="tests.probe")
    assert (slow.state, slow.failures, slow.look_at) == ("armed", 1, now + HOUR)
    assert slow.last_error.startswith("OperationalError at ")


def test_control_without_limits_one_slow_row_holds_up_the_look(mira, now, look):
    actions.arm("tests.probe", mira, at=now, occurrence="a", now=now)
    assert look(now, dues=acting(sleep))["fired"] == 1


def test_a_row_that_stands_for_much_work_may_take_long_and_the_next_may_not(mira, now, look, short):
    actions.arm("tests.probe", mira, at=now - HOUR, occurrence="a", now=now)
    actions.arm("tests.remind", mira, at=now, occurrence="b", now=now)
    dues = acting(sleep, lengthy=True) | table(DueKind("tests.remind", sleep))
    did = look(now, dues=dues)
    assert (did["fired"], did["put off"]) == (1, 1)
    assert Due.objects.get(kind="tests.probe").state == "fired"


def test_what_somebody_else_holds_is_left_for_the_next_look_and_is_no_failure(mira, theo, now, look, short):
    held, holding = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            asked("SELECT full_name FROM people_user WHERE id = %s FOR UPDATE", theo.pk)
            held.set()
            holding.wait()
        connection.close()

    def rename(due, now):
        type(theo).objects.filter(pk=theo.pk).update(full_name="Theo B.")

    actions.arm("tests.probe", theo, at=now - HOUR, occurrence="a", now=now)
    actions.arm("tests.tell", mira, at=now, occurrence="b", now=now)
    other = threading.Thread(target=hold)
    other.start()
    try:
        held.wait()
        did = look(now, dues=acting(rename))
        assert (did["fired"], did["put off"]) == (1, 0)
        waiting = Due.objects.get(kind="tests.probe")
        assert (waiting.state, waiting.failures, waiting.look_at) == ("armed", 0, now - HOUR)
    finally:
        holding.set()
        other.join()
    assert look(now, dues=acting(rename))["fired"] == 1


def test_a_letter_whose_words_take_too_long_is_put_off_and_the_others_go(now, look, short):
    def slowly(letter, now):
        sleep(None, now)
        return words(letter, now)

    people = [make.person() for _ in range(3)]
    for kind, person in zip(["tests.news", "tests.probe", "tests.news"], people, strict=True):
        actions.post(kind, person, about=person, key=f"{person.pk}", now=now)
    kinds = LETTERS | table(LetterKind("tests.probe", slowly, template="tests/note"))
    did = look(now, letters=kinds)
    assert (did["sent"], did["put off"]) == (2, 1)
    slow = Letter.objects.get(kind="tests.probe")
    assert (slow.state, slow.failures) == ("ready", 1)
    assert slow.note.startswith("could not be written: OperationalError at ")


def test_a_database_that_is_gone_is_told_from_a_statement_that_was_broken_off(mira, now, look, monkeypatch):
    """Nothing is put off for the fault of the server: the look ends, and the rows stay as they are."""

    def end_this_connection(due, now):
        asked("SELECT pg_terminate_backend(pg_backend_pid())")

    actions.arm("tests.probe", mira, at=now, occurrence="a", now=now)
    with pytest.raises((InterfaceError, OperationalError)):
        look(now, dues=acting(end_this_connection))
    connection.close()
    row = Due.objects.get()
    assert (row.state, row.failures, Event.objects.filter(verb="tests.said").count()) == ("armed", 0, 0)
    assert look(now, dues=acting(lambda due, now: None))["fired"] == 1


def test_the_limits_are_lifted_for_one_transaction_only(db):
    with limits.quick():
        with transaction.atomic():
            limits.lift()
            assert current() == {
                "statement_timeout": "0",
                "lock_timeout": "2s",
                "idle_in_transaction_session_timeout": "0",
            }
        assert current()["statement_timeout"] == "5s"


def test_errors_that_are_no_lock_are_not_taken_for_one(db):
    with pytest.raises(OperationalError) as broken:
        asked("SET statement_timeout = '50ms'; SELECT 1 FROM (SELECT pg_sleep(1)) AS slept")
    assert not failures.is_busy(broken.value)
    assert not failures.is_gone(broken.value)
    assert not failures.is_busy(ValueError("55P03"))
