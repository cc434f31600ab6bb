"""One look at what is due, whoever calls: Celery's worker, the loop of ``manage.py worker``, cron.

Here the tables of all floors come together, and long runs get their processes.
"""

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.utils import timezone

import matching.dues
import matching.jobs
import matching.letters
import matching.wordings
import people.letters
import programs.dues
import programs.letters
import programs.wordings
import relationships.dues
import relationships.jobs
import relationships.letters
import relationships.wordings
import reports.actions
import reports.dues
import reports.letters
from activity import jobs, tick
from activity.digest import digest_kind
from activity.failures import DATABASE_GONE
from activity.kinds import DueKind, JobKind, Kind, LetterKind, table
from activity.models import Job
from mentorship.letters import not_understood_kind
from mentorship.supervisor import ROOT
from programs.wordings import Editable, tests_of, worded

log = logging.getLogger(__name__)

COMMAND = (sys.executable, str(ROOT / "manage.py"), "work")
JOBS_AT_ONCE = 2
LOOK_SECONDS = 0.5
UNHEARD_SECONDS = 10  # how long a job may overhear that it is to stop
LEAVING_SECONDS = 5
ALONE_SECONDS = 20  # without a call after which a worker looks by itself
DEAF_SECONDS = 180


def joined(*tables: Mapping[str, Kind]) -> dict[str, Kind]:
    """All kinds of all floors; two floors that claim one name are a mistake."""
    return table(*(kind for each in tables for kind in each.values()))


EDITABLE: dict[str, Editable] = (
    programs.wordings.EDITABLE | relationships.wordings.EDITABLE | matching.wordings.EDITABLE
)
LETTERS: dict[str, LetterKind] = joined(
    people.letters.LETTERS,
    programs.letters.LETTERS,
    relationships.letters.LETTERS,
    matching.letters.LETTERS,
    reports.letters.LETTERS,
)
LETTERS = worded(LETTERS, EDITABLE) | tests_of(LETTERS, EDITABLE)
LETTERS |= table(digest_kind(LETTERS), not_understood_kind(LETTERS))
DUES: dict[str, DueKind] = joined(
    programs.dues.DUES, relationships.dues.DUES, matching.dues.DUES, reports.dues.DUES
)
JOBS: dict[str, JobKind] = joined(relationships.jobs.JOBS, matching.jobs.JOBS)

_places = threading.Semaphore(JOBS_AT_ONCE)
_attendants: set[threading.Thread] = set()
_leaving = threading.Event()
_heard_at = _looked_at = time.monotonic()


def look_now(now: datetime | None = None) -> None:
    """Fire what is due, send what is ready, and see to it that queued jobs are worked."""
    global _looked_at
    reports.actions.arm_nights(now or timezone.now())
    reports.actions.arm_mondays(now or timezone.now())
    jobs.recover(timezone.now())
    work_jobs()  # first: somebody waits for them, while a thousand letters may be on their way
    tick.tick(now or timezone.now(), letters=LETTERS, dues=DUES)
    work_jobs()
    _looked_at = time.monotonic()


def work_jobs() -> None:
    """Give each queued job a process of its own while there is a place for one."""
    while not _leaving.is_set() and _places.acquire(blocking=False):
        is_taken = False
        try:
            job = jobs.claim_next(JOBS)
            if job is None:
                return
            _begin_to_attend(job)
            is_taken = True
        finally:
            if not is_taken:
                _places.release()


def _begin_to_attend(job: Job) -> None:
    attendant = threading.Thread(target=attend, args=(job,), name=f"job {job.public_id}", daemon=True)
    _attendants.add(attendant)
    try:
        attendant.start()
    except BaseException:
        _attendants.discard(attendant)
        raise


def attend(job: Job) -> None:
    """Stay beside the process of a job until it ends, and end it when it does not hear that it is to stop.

    The process is a child of this very thread: when the worker dies, Linux ends it too.
    """
    try:
        process = _begin(job)
        if process is not None:
            _watch(job, process)
    finally:
        _attendants.discard(threading.current_thread())
        _places.release()
        connection.close()


def leave() -> None:
    """The worker is about to end: end its jobs, each of which goes back into the queue."""
    _leaving.set()
    for attendant in tuple(_attendants):
        attendant.join(LEAVING_SECONDS + 1)


def heard() -> None:
    """A call to look has come in."""
    global _heard_at
    _heard_at = time.monotonic()


def watch_hearing() -> None:
    """Look without being called while there are no calls, and let whoever restarts processes restart this one
    when that has gone on for long.

    A broker may be gone, and a worker that lost it has been seen to live on without ever hearing from it again.
    """
    threading.Thread(target=_end_when_deaf, name="hearing", daemon=True).start()


def _begin(job: Job) -> subprocess.Popen | None:
    try:
        return subprocess.Popen((*COMMAND, job.public_id, str(job.token)), cwd=ROOT, stdin=subprocess.DEVNULL)
    except OSError as trouble:
        log.error("No process could be started for job %s: %s", job.public_id, trouble)
        jobs.give_back(job)
        return None


def _watch(job: Job, process: subprocess.Popen) -> None:
    asked_at = None
    while process.poll() is None:
        if _leaving.wait(LOOK_SECONDS):
            _end(process)
            return
        if not _must_stop(job):
            continue
        asked_at = asked_at or time.monotonic()
        if time.monotonic() - asked_at > UNHEARD_SECONDS and process.poll() is None:
            process.kill()
            process.wait()
            jobs.finish(job, Job.State.STOPPED)


def _must_stop(job: Job) -> bool:
    """As far as is known: a database that is away for a moment ends no run."""
    try:
        return jobs.must_stop(job)
    except DATABASE_GONE:
        connection.close()
        return False


def _end(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(LEAVING_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _end_when_deaf() -> None:
    heard()
    while _unheard_for() < DEAF_SECONDS:
        time.sleep(LOOK_SECONDS)
        if _unheard_for() > ALONE_SECONDS and time.monotonic() - _looked_at > settings.TICK_SECONDS:
            _look_alone()
    log.error(
        "No call to look has come in for %s seconds: this worker ends, to be started again.", DEAF_SECONDS
    )
    leave()
    os._exit(1)


def _unheard_for() -> float:
    return time.monotonic() - _heard_at


def _look_alone() -> None:
    try:
        look_now()
    except Exception as trouble:
        log.error("A look without a call failed; the next one follows: %s", trouble)
    finally:
        connection.close()
