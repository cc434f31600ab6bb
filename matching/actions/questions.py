"""What a coordinator asks of a finished run: what would help somebody, who else was near, does the proof hold.

Each is worked out in a process of its own; the answer is kept with the run."""

from datetime import datetime
from typing import Any

from django.db import transaction

from activity import jobs
from activity.actions import record
from activity.models import Job
from matching.models import MatchRun, Proposal, Unmatched
from matching.permissions import RUN_RULES
from people.models import User


@transaction.atomic
def ask_remedies(unmatched: Unmatched, *, by: User, now: datetime) -> Job:
    """The smallest changes that would give this person a mentor."""
    run = unmatched.run
    RUN_RULES.require(by, "view", run)
    about = {"by": by, "now": now, "scope": run.cycle.program.scope}
    return jobs.enqueue("matching.remedies", unmatched, data={"unmatched": unmatched.pk}, **about)


@transaction.atomic
def ask_alternatives(proposal: Proposal, *, by: User, now: datetime) -> Job:
    """What the next best mentors would cost the plan, and whom they would move."""
    RUN_RULES.require(by, "view", proposal.run)
    about = {"by": by, "now": now, "scope": proposal.cycle.program.scope}
    return jobs.enqueue("matching.alternatives", proposal, data={"proposal": proposal.pk}, **about)


@transaction.atomic
def ask_check(run: MatchRun, *, by: User, now: datetime) -> Job:
    """The stored proof, checked again."""
    RUN_RULES.require(by, "view", run)
    about = {"by": by, "now": now, "scope": run.cycle.program.scope}
    return jobs.enqueue("matching.check", run, data={"run": run.pk}, **about)


@transaction.atomic
def keep_remedies(unmatched: Unmatched, remedies: list[dict[str, Any]]) -> None:
    unmatched.details = {**unmatched.details, "remedies": remedies}
    unmatched.save(update_fields=["details"])


@transaction.atomic
def keep_alternatives(proposal: Proposal, alternatives: list[dict[str, Any]]) -> None:
    proposal.alternatives = alternatives
    proposal.save(update_fields=["alternatives"])


@transaction.atomic
def keep_check(run: MatchRun, *, proven: bool, problems: int, by: User | None, now: datetime) -> None:
    """The stamp of a check is an event: it says who asked, when, and what came of it."""
    record(
        "match_run.checked",
        run,
        by=by,
        at=now,
        scope=run.cycle.program.scope,
        proven=proven,
        problems=problems,
    )
