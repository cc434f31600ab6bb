"""The long runs of matching.  Stopped half-way they leave nothing behind; killed half-way, whoever takes them over goes
on from the last prices."""

import zlib
from datetime import datetime
from typing import Any

import numpy as np
from django.utils import timezone
from django.utils.translation import gettext as _

from activity.jobs import Failed, Progress, Stopped
from activity.kinds import JobKind, table
from activity.models import Job
from matching import actions, certificate_check
from matching.actions.checkpoints import PRICES
from matching.engine import EngineError, certificate
from matching.engine import Stopped as EngineStopped
from matching.engine.written import digest
from matching.explaining import explain_run, worked_out_alternatives, worked_out_remedies
from matching.groups import explain_groups
from matching.models import Checkpoint, MatchRun, Proposal, Unmatched
from matching.peers import explain_peers
from matching.readiness import missing_words
from matching.shortlisting import STEPS as LIST_STEPS
from matching.shortlisting import make_shortlists
from matching.snapshot import pool_again, question
from matching.telling import STEPS, TRYING, Telling
from programs.models.enrolments import Role

EXPLAINED = {
    certificate.PAIRS: explain_run,
    certificate.PEERS: explain_peers,
    certificate.GROUPS: explain_groups,
}


def moment(job: Job) -> datetime:
    """Now, as the one who asked for the run counts: from the moment of asking, as long as the work has taken."""
    return job.created_at + (timezone.now() - job.started_at)


def is_ours(job: Job) -> bool:
    return Job.objects.filter(pk=job.pk, token=job.token).exists()


def prices_of(run: MatchRun) -> np.ndarray | None:
    """The last prices that were kept; none before the first round, and where they do not fit the snapshot."""
    kept = Checkpoint.objects.filter(run=run).first()
    if kept is None:
        return None
    prices = np.frombuffer(zlib.decompress(bytes(kept.prices)), PRICES).astype(np.int64)
    return prices if len(prices) == run.mentors else None


def run_match(job: Job, progress: Progress) -> dict[str, Any] | None:
    run = MatchRun.objects.select_related("cycle__program").filter(pk=job.data["run"]).first()
    if run is None or not actions.begin_run(run, now=moment(job)):
        raise Failed(_("This run is not waiting any more."))
    try:
        progress.report("reading", 0, 1)
        if run.snapshot:  # of the worker that began this run and died
            asked = run.snapshot
            pool = pool_again(run.cycle, asked)
        else:
            pool, asked = question(run.cycle, moment(job), run=run)
            if missing := missing_words(run.format, len(pool.mentees), len(pool.mentors)):
                raise Failed(missing)
            actions.keep_question(run, asked, pool)
        tell = Telling(progress, run, lambda: moment(job))
        outcome = certificate.run(asked, report=tell, keep=tell.keep, start=prices_of(run))
        found = EXPLAINED[asked["format"]](asked, outcome, report=tell)
        progress.report("keeping", 0, 1)
        with progress.keep() as result:
            actions.finish_run(run, asked, outcome, found, pool, now=moment(job))
            actions.conclude(run, now=moment(job))
            result["run"] = run.pk
    except (Stopped, EngineStopped):
        if is_ours(job):  # else another worker has taken the run over, and works on it
            actions.drop_run(run, "stopped", now=moment(job))
        raise Stopped from None
    except EngineError as problem:
        actions.drop_run(run, "failed", now=moment(job), error=str(problem))
        raise Failed(str(problem)) from problem
    except Failed as problem:
        actions.drop_run(run, "failed", now=moment(job), error=str(problem))
        raise
    except Exception:
        actions.drop_run(run, "failed", now=moment(job))
        raise
    return None


def run_by_itself_or_asked_for(job: Job, progress: Progress) -> dict[str, Any] | None:
    """Nobody is at the page of a run that came of a schedule: when it fails, the coordinators hear of it."""
    try:
        return run_match(job, progress)
    except Stopped:
        raise
    except Exception:
        run = MatchRun.objects.select_related("cycle__program").filter(pk=job.data["run"]).first()
        if run is not None:
            actions.tell_of_failure(run, now=moment(job))
        raise


def shortlists(job: Job, progress: Progress) -> dict[str, Any]:
    return make_shortlists(job, progress, now=moment(job))


def stored(run: MatchRun) -> tuple[dict[str, Any], dict[str, Any]]:
    """The question and the answer of a run; whoever asks after them is told when there are none any more."""
    if not run.snapshot or not run.certificate:
        raise Failed(_("What this run was asked is not kept any more."))
    return run.snapshot, run.certificate


def work_out_remedies(job: Job, progress: Progress) -> dict[str, Any]:
    unmatched = Unmatched.objects.select_related("run", "enrolment__person").get(pk=job.data["unmatched"])
    tell = Telling(progress, None, lambda: moment(job), around=TRYING)
    mentee = unmatched.enrolment.person.public_id
    try:
        found = worked_out_remedies(*stored(unmatched.run), mentee, report=tell)
    except EngineStopped:
        raise Stopped from None
    with progress.keep() as result:
        actions.keep_remedies(unmatched, found)
        result["found"] = len(found)
    return result


def work_out_alternatives(job: Job, progress: Progress) -> dict[str, Any]:
    proposal = Proposal.objects.select_related("run").get(pk=job.data["proposal"])
    tell = Telling(progress, None, lambda: moment(job), around=TRYING)
    mentee = next(pair for pair in proposal.members.select_related("person") if pair.role == Role.MENTEE)
    try:
        found = worked_out_alternatives(*stored(proposal.run), mentee.person.public_id, report=tell)
    except EngineStopped:
        raise Stopped from None
    with progress.keep() as result:
        actions.keep_alternatives(proposal, found)
        result["found"] = len(found)
    return result


def check_again(job: Job, progress: Progress) -> dict[str, Any]:
    run = MatchRun.objects.select_related("cycle__program").get(pk=job.data["run"])
    progress.report("checking", 0, 1)
    asked, written = stored(run)
    checked = certificate_check.check(asked, written)
    same = digest(asked) == run.snapshot_hash
    with progress.keep() as result:
        problems = len(checked.problems) + (not same)
        actions.keep_check(run, proven=checked.proven and same, problems=problems, by=job.by, now=moment(job))
        result["problems"] = problems
    return result


JOBS = table(
    JobKind("matching.run", run_by_itself_or_asked_for, steps=STEPS),
    JobKind("matching.shortlists", shortlists, steps=LIST_STEPS),
    JobKind("matching.remedies", work_out_remedies, steps=("reading", TRYING)),
    JobKind("matching.alternatives", work_out_alternatives, steps=("reading", TRYING)),
    JobKind("matching.check", check_again, steps=("checking",)),
)
