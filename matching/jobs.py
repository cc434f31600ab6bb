"""The long run of matching: read, score, solve, prove, keep.  Stopped half-way it leaves nothing behind."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from activity.jobs import Failed, Progress, Stopped
from activity.kinds import JobKind, table
from activity.models import Job
from matching import actions
from matching.engine import EngineError, certificate
from matching.engine import Stopped as EngineStopped
from matching.explaining import explain_run
from matching.models import MatchRun
from matching.shortlisting import STEPS as LIST_STEPS
from matching.shortlisting import make_shortlists
from matching.snapshot import question

STEPS = ("reading", "scoring", "rules", "solving", "proving", "explaining", "checking", "keeping")
# The engine's own steps, as people are told of them.
TOLD_AS = {
    "profiles": "scoring",
    "features": "scoring",
    "scores": "scoring",
    "rules": "rules",
    "solve": "solving",
    "floor": "solving",
    "prove": "proving",
    "ties": "proving",
    "done": "proving",
}


def moment(job: Job) -> datetime:
    """Now, as the one who asked for the run counts: from the moment of asking, as long as the work has taken."""
    return job.created_at + (timezone.now() - job.started_at)


def run_match(job: Job, progress: Progress) -> dict[str, Any] | None:
    run = MatchRun.objects.select_related("cycle__program").filter(pk=job.data["run"]).first()
    if run is None or not actions.begin_run(run, now=moment(job)):
        raise Failed(_("This run is not waiting any more."))
    try:
        progress.report("reading", 0, 1)
        pool, asked = question(run.cycle, moment(job), run=run)
        if not pool.mentees or not pool.mentors:
            raise Failed(
                _("There is nobody to match: at least one mentee and one mentor must have answered.")
            )
        outcome = certificate.run(
            asked, report=lambda step, done, total: progress.report(TOLD_AS.get(step, "solving"), done, total)
        )
        found = explain_run(asked, outcome, report=progress.report)
        progress.report("keeping", 0, 1)
        with progress.keep() as result:
            actions.finish_run(run, asked, outcome, found, pool, now=moment(job))
            actions.conclude(run, now=moment(job))
            result["run"] = run.pk
    except (Stopped, EngineStopped):
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
    return make_shortlists(job, progress, now=moment(job), told_as=TOLD_AS)


JOBS = table(
    JobKind("matching.run", run_by_itself_or_asked_for, steps=STEPS),
    JobKind("matching.shortlists", shortlists, steps=LIST_STEPS),
)
