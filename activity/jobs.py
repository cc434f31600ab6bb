"""Long runs: asked for by a person, worked in a process of its own, shown while they run, stopped when asked.

The row is the queue.  A lease says that somebody works on it; a thread renews it while the work has no time
to report. A process that dies leaves its lease to run out, and the job is queued again, so what a job
leaves behind must be written in one go, inside `Progress.keep`.
"""

import logging
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from activity import leases
from activity.actions import Thing, record
from activity.failures import DATABASE_GONE, in_short
from activity.kinds import JobKind
from activity.models import Job, reference

log = logging.getLogger(__name__)

State = Job.State
LEASE = timedelta(seconds=120)
RENEWED_EVERY = 30.0  # seconds
WRITTEN_EVERY = 0.5  # seconds between two writes of the progress
ATTEMPTS = 3


class Stopped(Exception):
    """Somebody asked for the job to stop, or it is not ours any more: leave nothing behind."""


class Failed(Exception):
    """The job cannot be done; the words are for the person who asked for it."""


@transaction.atomic
def enqueue(
    kind: str,
    about: Thing,
    *,
    by: Any,
    now: datetime,
    data: dict[str, Any] | None = None,
    scope: Thing | None = None,
) -> Job:
    """Ask for a run; the open one of that kind about that thing, if there is one.  The view may ring the
    bell.
    """
    same = Job.objects.open().filter(kind=kind, about=reference(about))
    if (running := same.first()) is not None:
        return running
    try:
        with transaction.atomic():
            job = Job.objects.create(
                kind=kind,
                about=reference(about),
                scope=reference(scope),
                by=by,
                data=data or {},
                created_at=now,
            )
    except IntegrityError:
        return same.get()
    record("job.asked_for", job, by=by, at=now, scope=job.scope, kind=kind, thing=job.about)
    return job


@transaction.atomic
def stop(job: Job, *, by: Any, now: datetime | None = None) -> bool:
    """What waits is stopped at once, what runs at its next report; whether there was something to stop."""
    now = now or timezone.now()
    waiting = (
        Job.objects.queued()
        .filter(pk=job.pk)
        .update(state=State.STOPPED, stop_requested=True, finished_at=now)
    )
    asked = waiting or Job.objects.running().filter(pk=job.pk, stop_requested=False).update(
        stop_requested=True
    )
    if asked:
        record("job.stop_asked_for", job, by=by, at=now, scope=job.scope, kind=job.kind, thing=job.about)
    return bool(asked)


def recover(now: datetime) -> int:
    """Jobs whose process died are queued again, a few times; then they have failed."""
    abandoned = Job.objects.running().filter(leases.run_out())
    if not abandoned.exists():
        return 0
    ended = {"finished_at": now, "lease_until": None, "token": None}
    stopped = abandoned.filter(stop_requested=True).update(state=State.STOPPED, **ended)
    failed = abandoned.filter(attempts__gte=ATTEMPTS).update(
        state=State.FAILED, error=_("The run broke off several times. Nothing was changed."), **ended
    )
    again = abandoned.update(state=State.QUEUED, lease_until=None, token=None, step="", done=0, total=0)
    return stopped + failed + again


def claim_next(kinds: Mapping[str, JobKind]) -> Job | None:
    """The oldest job that waits, for this process to work on or to hand to a process of its own by its
    token.
    """
    for job in Job.objects.queued().filter(kind__in=kinds.keys()).order_by("pk")[:10]:
        if claimed := claim(job, kinds):
            return claimed
    return None


def claim(job: Job, kinds: Mapping[str, JobKind]) -> Job | None:
    """That job, if nobody else has taken it."""
    token = uuid.uuid4()
    taken = (
        Job.objects.queued()
        .filter(pk=job.pk)
        .update(
            state=State.RUNNING,
            token=token,
            lease_until=leases.lasting(LEASE),
            attempts=F("attempts") + 1,
            started_at=timezone.now(),
            steps=list(kinds[job.kind].steps),
        )
    )
    return Job.objects.get(pk=job.pk) if taken else None


def give_back(job: Job) -> bool:
    """Claimed, but no process could be started for it."""
    return bool(
        _mine(job).update(state=State.QUEUED, token=None, lease_until=None, attempts=F("attempts") - 1)
    )


def run_claimed(job: Job, kinds: Mapping[str, JobKind]) -> str:
    """Work on a claimed job to its end, in this process; how it ended.  Never raises for what the work
    does.
    """
    progress = Progress(job)
    try:
        with renewed(job):
            result = kinds[job.kind].work(job, progress)
    except Stopped:
        finish(job, State.STOPPED)
    except Failed as reason:
        finish(job, State.FAILED, error=str(reason)[:400])
    except Exception as error:
        log.error(
            "Job %s (%s) failed: %s", job.public_id, job.kind, in_short(error), exc_info=log.isEnabledFor(10)
        )
        finish(job, State.FAILED, error=_("Something went wrong on our side. Nothing was changed."))
    else:
        # What kept its result has ended in that transaction; the others end here, unless somebody stopped
        # them.
        if not progress.kept and not finish(job, State.DONE, stop_requested=False, result=result or {}):
            finish(job, State.STOPPED)
    job.refresh_from_db()
    return job.state


def finish(job: Job, state: str, *, stop_requested: bool | None = None, **values: Any) -> bool:
    """Once, and only by whoever holds the job."""
    mine = _mine(job) if stop_requested is None else _mine(job).filter(stop_requested=stop_requested)
    return bool(mine.update(state=state, finished_at=timezone.now(), lease_until=None, **values))


def must_stop(job: Job) -> bool:
    """For whoever watches over the process: somebody asked for a stop, or the job is not this process's
    any more.
    """
    return not _mine(job).filter(stop_requested=False).exists()


class Progress:
    """What the work tells about itself, and hears: whether it is to stop."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.kept = False
        self._step = ""
        self._written_at = 0.0

    def report(self, step: str, done: int = 0, total: int = 0) -> None:
        """Call it often: it writes twice a second at most, at each new step, and raises Stopped when
        asked to.
        """
        if step == self._step and done < total and time.monotonic() - self._written_at < WRITTEN_EVERY:
            return
        self._step, self._written_at = step, time.monotonic()
        row = _mine(self.job).filter(stop_requested=False)
        if not row.update(step=step, done=done, total=total, lease_until=leases.lasting(LEASE)):
            raise Stopped

    @contextmanager
    def keep(self) -> Iterator[dict[str, Any]]:
        """All that the job leaves behind is written inside, in one transaction with the proof that it may be.

        Gives a dict for the result (ids and numbers).  A job that was asked to stop gets no further than
        here.
        """
        result: dict[str, Any] = {}
        with transaction.atomic():
            if not finish(self.job, State.DONE, stop_requested=False):
                raise Stopped
            yield result
            Job.objects.filter(pk=self.job.pk).update(result=result)
        self.kept = True


@contextmanager
def renewed(job: Job) -> Iterator[None]:
    """Renew the lease from a thread: a solver at work may not report for minutes.

    A database that is away for a moment costs one renewal; if it stays away, the lease runs out.
    """
    over = threading.Event()

    def renew() -> None:
        try:
            while not over.wait(RENEWED_EVERY):
                try:
                    _mine(job).update(lease_until=leases.lasting(LEASE))
                except DATABASE_GONE:
                    connection.close()
        finally:
            connection.close()

    thread = threading.Thread(target=renew, name=f"lease of job {job.public_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _mine(job: Job) -> Any:
    return Job.objects.running().filter(pk=job.pk, token=job.token)
