import importlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import OperationalError

from activity import bell, jobs
from activity.kinds import JobKind, LetterKind, table
from activity.models import Heartbeat, Job
from activity.restraint import DIGEST
from mentorship import clockwork, supervisor
from mentorship.celery import app
from mentorship.letters import NOT_UNDERSTOOD
from tests import make
from tests.conftest import test_database_url as database_url
from tests.services import ROOT

COMMAND = (sys.executable, "-m", "tests.mentorship.long_runs")
KINDS = ("quick", "patient", "deaf", "fatal")
FLOORS = ("people", "programs", "relationships", "matching", "reports")
State = Job.State


def wait_until(check, seconds=20):
    assert supervisor.wait_until(check, seconds)


# The tables


@pytest.mark.parametrize(
    ("room", "joined"),
    [("letters", clockwork.LETTERS), ("dues", clockwork.DUES), ("jobs", clockwork.JOBS)],
)
def test_the_kinds_of_every_floor_are_known_to_the_clock(room, joined):
    found = {}
    for floor in FLOORS:
        if (ROOT / floor / f"{room}.py").exists() or (ROOT / floor / room).is_dir():
            found |= getattr(importlib.import_module(f"{floor}.{room}"), room.upper())
    assert found
    # The roof adds what programs say in words of their own, and letters that stand for those of all floors.
    assert found == {name: plain(kind) for name, kind in joined.items() if name in found}
    added = joined.keys() - found.keys()
    assert {name for name in added if not name.startswith("programs.test.")} <= {DIGEST, NOT_UNDERSTOOD}


def plain(kind):
    return replace(kind, own_words=None) if isinstance(kind, LetterKind) else kind


def test_one_name_for_two_kinds_is_a_mistake():
    one = table(JobKind("tests.twice", print))
    with pytest.raises(ValueError, match=r"tests\.twice"):
        clockwork.joined(one, dict(one))


def test_each_line_of_the_schedule_and_the_bell_name_a_task():
    app.loader.import_default_modules()
    assert {line["task"] for line in settings.CELERY_BEAT_SCHEDULE.values()} | {bell.TASK} <= app.tasks.keys()


# One look


def test_a_look_leaves_a_heartbeat(transactional_db):
    clockwork.look_now()
    assert Heartbeat.objects.get(name="tick").last_ok is not None


def test_the_command_rehearses_another_time_but_not_in_production(transactional_db, settings):
    settings.DEMO = True
    call_command("tick", now="2026-10-12T09:00")
    settings.PRODUCTION = True
    call_command("tick")
    with pytest.raises(CommandError, match="Production knows one time only"):
        call_command("tick", now="2026-10-12T09:00")


@pytest.mark.parametrize("text", ["tomorrow", "2026-13-40T09:00", ""])
def test_the_command_says_how_a_moment_is_written(text, db):
    with pytest.raises(CommandError, match="is not a moment"):
        call_command("tick", now=text)


# Long runs


@pytest.fixture
def bench(transactional_db, monkeypatch):
    """Jobs of the kinds in long_runs.py, worked by processes that open the database of this test."""
    monkeypatch.setenv("DATABASE_URL", database_url())
    monkeypatch.setattr(clockwork, "COMMAND", COMMAND)
    monkeypatch.setattr(clockwork, "JOBS", table(*(JobKind(f"tests.{name}", print) for name in KINDS)))
    person = make.person()

    def ask(name):
        return jobs.enqueue(f"tests.{name}", f"tests.thing:{time.monotonic_ns()}", by=person, now=make.NOW)

    yield ask
    clockwork.leave()
    clockwork._leaving.clear()


def state(job):
    job.refresh_from_db()
    return job.state


def is_at_work(job):
    return state(job) == State.RUNNING and job.step != ""


def test_a_job_is_worked_in_a_process_of_its_own(bench):
    job = bench("quick")
    clockwork.look_now()
    wait_until(lambda: state(job) == State.DONE)
    assert job.result["pid"] != os.getpid()


def test_no_more_jobs_run_at_once_than_there_are_places(bench):
    asked = [bench("patient") for _ in range(3)]
    clockwork.look_now()
    clockwork.look_now()
    wait_until(lambda: all(is_at_work(job) for job in asked[:2]))
    assert state(asked[2]) == State.QUEUED

    jobs.stop(asked[0], by=asked[0].by)
    wait_until(lambda: state(asked[0]) == State.STOPPED)
    wait_until(lambda: clockwork.work_jobs() or is_at_work(asked[2]))


def test_a_database_that_is_away_for_a_moment_costs_no_place_for_a_job(bench, monkeypatch):
    def gone(kinds):
        raise OperationalError

    claim_next = jobs.claim_next
    for _ in range(3):
        monkeypatch.setattr(jobs, "claim_next", gone)
        with pytest.raises(OperationalError):
            clockwork.work_jobs()
    monkeypatch.setattr(jobs, "claim_next", claim_next)
    asked = [bench("patient") for _ in range(clockwork.JOBS_AT_ONCE)]
    clockwork.work_jobs()
    wait_until(lambda: all(is_at_work(job) for job in asked))


def test_a_job_goes_on_when_nobody_can_be_asked_whether_it_is_to_stop(bench, monkeypatch):
    asked = []
    must_stop = jobs.must_stop

    def away_twice(job):
        asked.append(job)
        if len(asked) < 3:
            raise OperationalError
        return must_stop(job)

    monkeypatch.setattr(jobs, "must_stop", away_twice)
    monkeypatch.setattr(clockwork, "LOOK_SECONDS", 0.05)
    job = bench("patient")
    clockwork.look_now()
    wait_until(lambda: len(asked) > 4)
    assert state(job) == State.RUNNING


def test_a_job_that_does_not_hear_is_ended_when_somebody_stops_it(bench, monkeypatch):
    monkeypatch.setattr(clockwork, "UNHEARD_SECONDS", 0.5)
    job = bench("deaf")
    clockwork.look_now()
    wait_until(lambda: is_at_work(job))

    jobs.stop(job, by=job.by)

    wait_until(lambda: state(job) == State.STOPPED)
    wait_until(lambda: not clockwork._attendants)


def test_a_job_whose_process_fell_is_worked_again_when_its_lease_is_over(bench):
    job = bench("fatal")
    clockwork.look_now()
    wait_until(lambda: is_at_work(job) and not clockwork._attendants)
    clockwork.look_now()
    assert (state(job), job.attempts) == (State.RUNNING, 1)

    Job.objects.filter(pk=job.pk).update(lease_until=make.NOW)
    clockwork.look_now()

    wait_until(lambda: state(job) == State.RUNNING and job.attempts == 2)


def test_a_worker_that_leaves_gives_its_jobs_back_at_once(bench):
    job = bench("patient")
    clockwork.look_now()
    wait_until(lambda: is_at_work(job))

    clockwork.leave()

    assert (state(job), job.attempts) == (State.QUEUED, 0)
    clockwork.work_jobs()
    assert state(job) == State.QUEUED


def test_a_job_does_not_outlive_a_worker_that_is_killed(bench):
    job = bench("deaf")
    worker = subprocess.Popen((*COMMAND, "attend"), cwd=ROOT)
    wait_until(lambda: is_at_work(job))
    (child,) = (Path(f"/proc/{worker.pid}/task").glob("*/children"),)
    pids = [int(pid) for file in child for pid in file.read_text().split()]
    assert len(pids) == 1

    worker.send_signal(signal.SIGKILL)
    worker.wait()

    wait_until(
        lambda: (
            not Path(f"/proc/{pids[0]}/cmdline").exists() or not Path(f"/proc/{pids[0]}/cmdline").read_text()
        )
    )


def test_nobody_works_on_a_job_without_its_token(bench):
    job = bench("quick")
    with pytest.raises(CommandError, match="is not claimed with this token"):
        call_command("work", job.public_id, "00000000-0000-4000-8000-000000000000")
    assert state(job) == State.QUEUED


def test_a_worker_that_hears_nothing_any_more_ends_to_be_started_again():
    code = "import django; django.setup()\nimport time\nfrom mentorship import clockwork\n"
    code += "clockwork.DEAF_SECONDS = 0.2\nclockwork.watch_hearing()\ntime.sleep(30)"
    ran = subprocess.run(
        (sys.executable, "-c", code), cwd=ROOT, capture_output=True, text=True, timeout=20, check=False
    )
    assert ran.returncode == 1
    assert "No call to look has come in" in ran.stderr


def test_a_worker_that_is_not_called_looks_by_itself():
    code = "import django; django.setup()\nimport time\nfrom django.conf import settings\n"
    code += "from mentorship import clockwork\nsettings.TICK_SECONDS = clockwork.ALONE_SECONDS = 0\n"
    code += "def look_now():\n    print('looked', flush=True)\n    raise OSError('no database')\n"
    code += "clockwork.look_now, clockwork.DEAF_SECONDS = look_now, 2\n"
    code += "clockwork.watch_hearing()\ntime.sleep(30)"
    ran = subprocess.run(
        (sys.executable, "-c", code), cwd=ROOT, capture_output=True, text=True, timeout=20, check=False
    )
    assert ran.stdout.count("looked") > 1, "a look that fails is not the last one"
    assert "A look without a call failed" in ran.stderr
