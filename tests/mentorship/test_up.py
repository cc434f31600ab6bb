"""The one command, for real: SQLite in a folder of its own, every process, signals, and what they leave."""

import os
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from mentorship import supervisor
from tests import services
from tests.services import ROOT

pytestmark = pytest.mark.once

PARTS = ("valkey-server", "gunicorn", "celery -q -A mentorship worker", "celery -q -A mentorship beat")


@pytest.fixture(scope="module")
def var(tmp_path_factory):
    """The folder that all runs here share, as the runs on a laptop do."""
    var = tmp_path_factory.mktemp("up") / "var"
    subprocess.run([sys.executable, "manage.py", "migrate"], cwd=ROOT, env=environment(var), check=True)
    return var


class Up:
    def __init__(self, process, port, log):
        self.process = process
        self.port = port
        self.log = log

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def said(self):
        return self.log.read_text()

    def wait_for(self, check, seconds=60):
        assert supervisor.wait_until(lambda: self.process.poll() is not None or check(), seconds), self.said()
        assert self.process.poll() is None, self.said()

    def children(self):
        """Its own processes by what they are, at any depth."""
        return {pid: words for pid, (parent, words) in processes().items() if is_under(pid, self.process.pid)}

    def pid_of(self, part):
        (pid,) = [pid for pid, words in self.children().items() if part in words and "gunicorn" not in words]
        return pid

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


def processes():
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            words = (folder / "cmdline").read_text().replace("\0", " ").strip()
            if state != "Z":
                found[int(folder.name)] = (int(parent), words)
    return found


def is_under(pid, head):
    family = processes()
    while pid in family:
        pid = family[pid][0]
        if pid == head:
            return True
    return False


def environment(var, **more):
    plain = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**plain, "VAR": str(var), "DEMO": "0", "TICK_SECONDS": "1", **more}


def up(var, *arguments, **more):
    return [sys.executable, "manage.py", "up", *arguments], {"cwd": ROOT, "env": environment(var, **more)}


@contextmanager
def running(var, **more):
    """`up` until its pages answer; whatever a test leaves running is ended."""
    port = supervisor.free_port()
    log = var.parent / f"{port}.log"
    command, options = up(var, "--port", str(port), **more)
    with services.child(command, log, **options) as process:
        started = Up(process, port, log)
        started.wait_for(lambda: "The pages are at" in started.said())
        yield started


def once(var, *arguments, **more):
    command, options = up(var, *arguments, **more)
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **options)


def rows(var, statement):
    with sqlite3.connect(var / "mentorship.sqlite3", timeout=20) as database:
        return database.execute(statement).fetchall()


def test_it_starts_everything_and_ctrl_c_stops_everything(var):
    with running(var) as it:
        it.wait_for(lambda: services.healthy(it.url))
        assert f"The pages are at   {it.url}" in it.said()
        with urllib.request.urlopen(f"{it.url}/healthz/live") as answer:
            assert answer.read() == b"alive\n"
        started = it.children()
        for part in PARTS:
            assert [words for words in started.values() if part in words], (part, started)

        second = once(var, "--port", str(supervisor.free_port()))
        assert second.returncode == 1
        assert (
            f"It is running already in this folder (process {it.process.pid}, port {it.port})"
            in second.stderr
        )
        assert services.healthy(it.url)

        assert it.stop() == 0
        assert "Stopped.  Everything is kept" in it.said()
        assert {pid: words for pid, words in started.items() if pid in processes()} == {}


def test_after_kill_9_nobody_is_left_and_the_next_start_goes_on(var):
    with running(var) as it:
        it.wait_for(lambda: services.healthy(it.url))
        rows(var, "insert into django_session values ('kept', '', '2099-01-01')")
        started = it.children()
        it.process.kill()
        it.process.wait()
        assert supervisor.wait_until(lambda: not set(started) & set(processes()), 15)

    with running(var) as it:
        it.wait_for(lambda: services.healthy(it.url))
        assert rows(var, "select session_key from django_session") == [("kept",)]
        assert it.stop() == 0


def test_a_worker_that_falls_is_started_again(var):
    with running(var) as it:
        it.wait_for(lambda: services.healthy(it.url))
        first = it.pid_of("-A mentorship worker")
        os.kill(first, signal.SIGKILL)
        it.wait_for(lambda: "The worker process ended with -9; it starts again in 0.5 s." in it.said())
        it.wait_for(lambda: [words for words in it.children().values() if "-A mentorship worker" in words])
        assert it.pid_of("-A mentorship worker") != first

        before = rows(var, "select last_ok from activity_heartbeat where name = 'tick'")
        it.wait_for(lambda: rows(var, "select last_ok from activity_heartbeat where name = 'tick'") != before)


def test_without_a_redis_one_process_does_the_work_and_says_so(var, tmp_path):
    broken = tmp_path / "redis-server"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    before = rows(var, "select last_ok from activity_heartbeat where name = 'tick'")

    with running(var, PATH=f"{tmp_path}:{os.environ['PATH']}") as it:
        assert "There is no Redis here" in it.said()
        it.wait_for(lambda: rows(var, "select last_ok from activity_heartbeat where name = 'tick'") != before)
        assert it.pid_of("manage.py worker")
        assert it.stop() == 0


def test_a_busy_port_is_named_with_a_way_out(var):
    with services.smtp_sink() as taken:
        answer = once(var, "--port", str(taken.port))
    assert answer.returncode == 1
    assert f"Another program uses port {taken.port}.  Choose another one:" in answer.stderr
    assert f"--port {taken.port + 1}" in answer.stderr


def test_production_is_not_run_this_way(var):
    given = {
        "MODE": "production",
        "PUBLIC_URL": "https://mentoring.example.org",
        "SECRET_KEY": "b7Jq2-xkW0v5R9tLpYfUe3Za8HsNdCgMi1oE6TrQ4xKzV2bN8mP",
        "CONTENT_KEYS": "k1:w8Xc4-ZrT1yKmB6uVjP0oQe5LhDfGs2Ai9nU7Jt3qYdR5gHvF0c",
        "DATABASE_URL": f"sqlite:///{var}/none.sqlite3",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "EMAIL_URL": "smtp://127.0.0.1:1",
    }
    answer = once(var, **given)
    assert answer.returncode == 1
    assert "docker-compose.yml and docs/production.md" in answer.stderr
