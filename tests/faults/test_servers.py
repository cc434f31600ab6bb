"""Redis and PostgreSQL fall under web, worker and scheduler, and workers go deaf; people go on asking for pages.

Each fault has servers of its own.  The letters are codes to sign in with, asked for in the browser.
"""

import http.cookiejar
import os
import re
import signal
import time
import urllib.error
import urllib.request
from collections import Counter
from contextlib import contextmanager, suppress
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

import psycopg2
import pytest
from django.db import connection
from django.utils import timezone
from redis import Redis

from activity import actions, sending
from activity.carriers import MailServer
from activity.failures import DATABASE_GONE
from activity.models import Attempt, Heartbeat, Letter
from activity.tick import tick
from core.caches import RedisOrMemory
from mentorship import supervisor
from tests import make, services
from tests.activity import kinds
from tests.conftest import test_database_url as database_url
from tests.faults.sizes import SIZES

pytestmark = pytest.mark.postgres

PATIENCE = 120  # seconds after which a test gives up waiting; what is in time is no question here
PLACES = iter(range(10**6))


class Visitor:
    """A browser without JavaScript, each from a place of its own; what it was answered stands in a list."""

    def __init__(self, url, answers):
        self.url, self.answers = url, answers
        place = next(PLACES)
        self.browser = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )
        self.browser.addheaders = [("X-Forwarded-For", f"10.{place >> 16}.{place >> 8 & 255}.{place & 255}")]

    def ask(self, path, **form):
        """The page that came, or nothing where none did."""
        data = urlencode(form).encode() if form else None
        try:
            with self.browser.open(self.url + path, data, timeout=60) as answer:
                code, page = answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            code, page = error.code, error.read().decode()
        except OSError:
            code, page = 0, ""
        self.answers.append(code)
        return page if code < 500 else ""

    def send(self, path, **form):
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.ask(path))
        return self.ask(path, **form, csrfmiddlewaretoken=token[1]) if token else ""

    def wants_a_code(self, email):
        """Whether the page says that one is on its way."""
        return 'name="code"' in self.send("/sign-in/code/", email=email)


def broken(answers):
    return sum(code >= 500 or code == 0 for code in answers)


# Redis


def killed(server, redis):
    server.fall()
    return server.start


def restarted(server, redis):
    server.fall(signal.SIGTERM)
    server.start()


def full(server, redis):
    redis.config_set("maxmemory", "1")
    return lambda: redis.config_set("maxmemory", "0")


def emptied(server, redis):
    redis.flushall()


def lines_cut(server, redis):
    redis.execute_command("CLIENT", "KILL", "TYPE", "normal")


FAULTS = (killed, restarted, full, emptied, lines_cut)


@pytest.fixture
def broker():
    with services.fallible_redis() as server:
        yield server


@pytest.fixture
def machine(transactional_db, sink, broker):
    env = {
        "DATABASE_URL": database_url(),
        "REDIS_URL": f"{broker.url}/0",
        "CACHE_URL": f"{broker.url}/1",
        "TRUSTED_PROXY_COUNT": "1",
    }
    with services.processes(env, sink=sink) as running:
        yield running


def gets_a_code(machine, answers):
    person = make.person()
    assert Visitor(machine.url, answers).wants_a_code(person.email), machine.said()
    return person.email


def wait_for_a_letter(machine, email):
    """A worker that has been deaf for three minutes ends, to be started again by whoever keeps the processes."""
    came = supervisor.wait_until(lambda: machine.group.watch() or machine.sink.to(email), PATIENCE)
    assert came, machine.said()


def failed_sign_ins(machine, answers, number):
    """What the page says to the last of so many wrong passwords."""
    visitor, email = Visitor(machine.url, answers), make.person().email
    return [visitor.send("/sign-in/", login=email, password="not the word") for _ in range(number)][-1]


def test_whatever_becomes_of_redis_pages_answer_and_letters_come(machine, broker, evidence):
    redis = Redis.from_url(f"{broker.url}/0")
    for fault in FAULTS:
        answers, asked = [], []
        for _ in range(SIZES.rounds):
            well_again = fault(broker, redis)
            email = gets_a_code(machine, answers)
            failed_sign_ins(machine, answers, 1)
            wait_for_a_letter(machine, email)  # while it is still so
            if well_again:
                well_again()
            after = gets_a_code(machine, answers)
            wait_for_a_letter(machine, after)
            asked += [email, after]
        came = Counter(letter["X-Sink-To"] for letter in machine.sink.letters())
        evidence(
            "redis",
            redis_is=fault.__name__.replace("_", " "),
            times=SIZES.rounds,
            pages_asked=len(answers),
            answered_5xx=broken(answers),
            letters=len(asked),
            lost=len([email for email in asked if not came[email]]),
            doubled=sum(came[email] - 1 for email in asked),
        )
        assert broken(answers) == 0, machine.said()
        assert [came[email] for email in asked] == [1] * len(asked)


def test_limits_on_signing_in_hold_without_redis(machine, broker):
    answers = []
    broker.fall()
    page = failed_sign_ins(machine, answers, 7)
    assert "Too many failed" in page
    assert broken(answers) == 0


def test_control_a_cache_that_insists_on_redis_breaks_pages(db, broker, client, settings, monkeypatch):
    def insisting(name):
        return lambda self, *args, **more: getattr(super(RedisOrMemory, self), name)(*args, **more)

    for name in ("add", "get", "set", "delete"):
        monkeypatch.setattr(RedisOrMemory, name, insisting(name))
    settings.CACHES = {"default": {"BACKEND": "core.caches.RedisOrMemory", "LOCATION": f"{broker.url}/1"}}
    client.raise_request_exception = False
    form = {"login": "nobody@example.org", "password": "not the word"}
    assert client.post("/sign-in/", form).status_code < 500
    broker.fall()
    assert client.post("/sign-in/", form).status_code == 500


# A worker that does not hear


def test_a_worker_that_has_gone_deaf_is_seen_and_a_loop_beside_it_takes_over(machine, sink, evidence):
    loop = supervisor.Group(machine.group.env, say=lambda line: None)
    for _ in range(SIZES.rounds):
        answers = []
        machine.get("/healthz/deep")
        os.kill(machine.pid("worker"), signal.SIGSTOP)
        email = gets_a_code(machine, answers)
        # Three minutes are not waited for: the last look is put three minutes back.
        Heartbeat.objects.filter(name="tick").update(last_ok=timezone.now() - timedelta(seconds=181))
        with pytest.raises(urllib.error.HTTPError) as seen:
            machine.get("/healthz/deep")
        assert seen.value.code == 503
        assert sink.to(email) == []
        loop.start(supervisor.loop())
        try:
            sink.wait_for(email, seconds=PATIENCE)
            assert supervisor.wait_until(lambda: services.healthy(machine.url), PATIENCE)
        finally:
            loop.stop()
            os.kill(machine.pid("worker"), signal.SIGCONT)
        assert supervisor.wait_until(lambda: not open_letters(), PATIENCE)
        evidence(
            "deaf",
            worker="stopped by a signal",
            health_says=seen.value.code,
            letters_that_came=len(sink.to(email)),
            answered_5xx=broken(answers),
        )
        assert len(sink.to(email)) == 1


def open_letters():
    return Letter.objects.filter(state__in=["ready", "claimed", "sending"]).exists()


# PostgreSQL

PEOPLE = "from tests import make\nfor n in range({count}): make.person(email=f'visitor{{n}}@example.org')"
VISITS = 24


@contextmanager
def on_a_database_of_its_own(sink):
    with services.fallible_postgres() as server, services.fallible_redis() as broker:
        env = {
            "DATABASE_URL": server.url,
            "REDIS_URL": f"{broker.url}/0",
            "CACHE_URL": f"{broker.url}/1",
            "TRUSTED_PROXY_COUNT": "1",
        }
        services.manage("migrate", env=env)
        count = VISITS * SIZES.rounds
        services.manage("shell", "-c", PEOPLE.format(count=count), env=env)
        with services.processes(env, sink=sink) as machine:
            yield machine, server


def rows(url, statement):
    address = urlsplit(url)
    with psycopg2.connect(address.geturl()) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def visits(machine, server, people, answers, promised):
    """Everybody asks until they are told that a code is on its way; the database falls under the fifth."""
    for n, email in enumerate(people):
        if n == 4:
            server.fall(signal.SIGQUIT)  # as "pg_ctl stop -m immediate": nothing is put in order
        if n == 6:
            server.start()
        visitor = Visitor(machine.url, answers)
        told = visitor.wants_a_code(email)
        while not told and n >= 6:
            time.sleep(0.1)
            told = Visitor(machine.url, answers).wants_a_code(email)
        if told:
            promised.append(email)


def test_a_database_that_falls_loses_nothing_and_is_used_again_when_it_is_back(sink, evidence):
    answers, promised = [], []
    with on_a_database_of_its_own(sink) as (machine, server):
        for round_ in range(SIZES.rounds):
            people = [f"visitor{round_ * VISITS + n}@example.org" for n in range(VISITS)]
            visits(machine, server, people, answers, promised)
            # What a sender held when its mark was lost is taken up after five minutes, which are not waited for.
            rows(
                server.url,
                "UPDATE activity_letter SET lease_until = now() WHERE state IN ('claimed', 'sending')",
            )
        for email in promised:
            sink.wait_for(email, seconds=PATIENCE)
        settled = "SELECT count(*) FROM activity_letter WHERE state <> 'sent'"
        assert supervisor.wait_until(lambda: rows(server.url, settled) == [(0,)], PATIENCE), machine.said()
        doubts = "SELECT count(*) FROM activity_attempt WHERE outcome = 'unknown'"
        ((unknown,),) = rows(server.url, doubts)
        ((letters,),) = rows(server.url, "SELECT count(*) FROM activity_letter")
    came = sink.message_ids()
    last = answers[-1]
    evidence(
        "postgres",
        stopped_at_once=SIZES.rounds,
        pages_asked=len(answers),
        failed_while_it_was_away=broken(answers),
        letters_promised=len(promised),
        lost=letters - len(came),
        unknown_outcomes=unknown,
        doubled=sum(came.values()) - len(came),
    )
    assert broken(answers) > 0, "the database did not fall under anybody: nothing was tested"
    assert last == 200
    assert letters == len(came) >= len(promised) >= (VISITS - 2) * SIZES.rounds
    assert sum(came.values()) - len(came) <= unknown


def letters_while_the_line_to_the_database_is_cut(now, monkeypatch):
    """Each time when the mail server has taken a letter and nobody has written it down yet."""
    deliver = MailServer.deliver

    def and_cut(carrier, mail):
        answer = deliver(carrier, mail)
        rows(database_url(), f"SELECT pg_terminate_backend({connection.connection.info.backend_pid})")
        return answer

    person = make.person()
    letters = [
        actions.post("tests.news", person, about=person, key=f"{n}", now=now) for n in range(SIZES.rounds)
    ]
    monkeypatch.setattr(MailServer, "deliver", and_cut)
    for _ in letters:
        with suppress(*DATABASE_GONE):
            tick(now, letters=kinds.LETTERS, dues=kinds.DUES)
        connection.close()
        # Five minutes are not waited for.
        Letter.objects.filter(state__in=["claimed", "sending"]).update(lease_until=timezone.now())
    monkeypatch.setattr(MailServer, "deliver", deliver)
    for _ in range(2):
        tick(now + timedelta(minutes=20), letters=kinds.LETTERS, dues=kinds.DUES)
    return letters


@pytest.mark.usefixtures("plain_mail")
def test_a_letter_that_is_out_when_the_line_to_the_database_breaks_is_written_down_on_the_next(
    transactional_db, sink, now, monkeypatch, evidence
):
    letters = letters_while_the_line_to_the_database_is_cut(now, monkeypatch)
    evidence("line", lines_cut=len(letters), doubled=sink.count() - len(letters), unknown_outcomes=doubts())
    assert sink.message_ids() == dict.fromkeys((letter.message_id for letter in letters), 1)
    assert doubts() == 0


@pytest.mark.usefixtures("plain_mail")
def test_control_without_a_second_line_what_is_out_is_in_doubt_and_goes_out_again(
    transactional_db, sink, now, monkeypatch, evidence
):
    monkeypatch.setattr(sending, "DATABASE_GONE", ())
    letters = letters_while_the_line_to_the_database_is_cut(now, monkeypatch)
    doubled = sink.count() - len(letters)
    evidence(
        "line", lines_cut=len(letters), doubled=doubled, unknown_outcomes=doubts(), control="one line alone"
    )
    assert 0 < doubled <= doubts() == len(letters)


def doubts():
    return Attempt.objects.filter(outcome="unknown").count()
