"""A run: asked for, worked, reviewed, thrown away.  What is stored with its proof never changes."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from activity import jobs
from activity.actions import record
from activity.models import Job, reference
from matching.engine.certificate import Outcome, digest
from matching.engine.scoring import DEFAULT_WEIGHTS
from matching.explaining import Explained
from matching.models import MatchRun, Proposal, ProposalMember, Unmatched
from matching.permissions import RUN_RULES
from matching.snapshot import Pool
from matching.stages import RUN_MOVES, Refused, RunState
from people.models import User
from programs.models import Cycle, Enrolment, Program
from programs.models.enrolments import Role
from programs.permissions import RULES as PROGRAM_RULES

ALGORITHM = "min-cost flow, proven by prices, 1"
DEFAULT_RULES = {
    "objective": MatchRun.Objective.COVERAGE.value,
    "shared_minutes": 120,
    "months_after_early_end": 24,
    "switched_off": [],
}


def move_run(run: MatchRun, to: str, **changes: Any) -> bool:
    """The only writer of ``MatchRun.state``: one step of the table, once."""
    if to not in RUN_MOVES[RunState(run.state)]:
        return False
    if not MatchRun.objects.filter(pk=run.pk, state=run.state).update(state=to, **changes):
        return False
    run.refresh_from_db()
    return True


@transaction.atomic
def ask_for_run(
    cycle: Cycle, *, by: User, now: datetime, terms: dict[str, Any] | None = None
) -> tuple[MatchRun, Job]:
    """A new run of the cycle, waiting for a worker.  While one is waiting or running, that one is given back.

    ``terms`` are what the run answers differently from the program: fields of the run by name."""
    program = cycle.program
    PROGRAM_RULES.require(by, "match", program)
    waiting = cycle.match_runs.filter(state__in=[RunState.DRAFT, RunState.RUNNING]).first()
    if waiting and not Job.objects.open().filter(about=reference(waiting)).exists():
        drop_run(waiting, RunState.STOPPED, now=now)  # its worker died, and nobody took it up again
        waiting = None
    if waiting and terms:
        raise Refused(_("Another run is at work. Try these rules when it is done."))
    if waiting is None:
        number = (cycle.match_runs.aggregate(last=Max("number"))["last"] or 0) + 1
        try:
            with transaction.atomic():
                waiting = MatchRun.objects.create(
                    cycle=cycle,
                    number=number,
                    created_by=by,
                    created_at=now,
                    **terms_of(program) | (terms or {}),
                )
        except IntegrityError:
            waiting = cycle.match_runs.filter(state__in=[RunState.DRAFT, RunState.RUNNING]).first()
            if waiting is None:
                raise Refused(_("Somebody else has just started a run.")) from None
        else:
            record("match_run.asked_for", waiting, by=by, at=now, scope=program.scope, number=number)
    job = jobs.enqueue("matching.run", waiting, by=by, now=now, data={"run": waiting.pk}, scope=program.scope)
    return waiting, job


def terms_of(program: Program) -> dict[str, Any]:
    """What the program asks of a run today, written out, so that it stays true when the program changes."""
    rules = {**DEFAULT_RULES, **program.rules}
    return {
        "weights": program.weights or dict(DEFAULT_WEIGHTS),
        "rules": rules,
        "objective": rules["objective"],
    }


@transaction.atomic
def begin_run(run: MatchRun, *, now: datetime) -> bool:
    """A worker takes the run; one whose worker died may be taken again."""
    return run.state == RunState.RUNNING or move_run(run, RunState.RUNNING)


@transaction.atomic
def finish_run(
    run: MatchRun, asked: dict[str, Any], outcome: Outcome, found: Explained, pool: Pool, *, now: datetime
) -> MatchRun:
    """Store the snapshot with its answer, in few statements however many pairs there are."""
    mentee_of = {enrolment.person.public_id: enrolment for enrolment in pool.mentees}
    mentor_of = {enrolment.person.public_id: enrolment for enrolment in pool.mentors}
    result = outcome.result
    kept = {
        "snapshot": asked,
        "certificate": outcome.certificate,
        "locks": asked["locked"],
    }
    for name, value in kept.items():
        setattr(run, name, value)
    run.save(update_fields=list(kept))
    moved = move_run(
        run,
        RunState.REVIEW,
        snapshot_hash=digest(asked),
        algorithm=ALGORITHM,
        mentees=len(pool.mentees),
        mentors=len(pool.mentors),
        places=pool.places,
        pairs=len(result.pairs),
        total=result.units,
        bound=result.bound_units,
        scale=100,
        maxima={name: int(units) for name, units in outcome.scores.maximum.items()},
        tells_apart=found.tells_apart,
        is_proven=bool(result.proven and found.is_checked),
        finished_at=now,
    )
    if not moved:
        raise Refused(_("This run was stopped."))
    proposals = Proposal.objects.bulk_create(
        [
            Proposal(
                cycle=run.cycle,
                run=run,
                score=sum(pair["parts"].values()),
                parts=pair["parts"],
                evidence={"facts": pair["evidence"]},
                warnings=pair["warnings"],
            )
            for pair in found.pairs
        ],
        batch_size=500,
    )
    members = []
    for proposal, pair in zip(proposals, found.pairs, strict=True):
        members += [
            member(proposal, mentor_of[pair["mentor"]], Role.MENTOR),
            member(proposal, mentee_of[pair["mentee"]], Role.MENTEE),
        ]
    ProposalMember.objects.bulk_create(members, batch_size=1000)
    Unmatched.objects.bulk_create(
        [
            Unmatched(
                run=run,
                enrolment=mentee_of[one["mentee"]],
                role=Role.MENTEE,
                code=one["reason"],
                details=one["details"],
            )
            for one in found.unmatched
        ],
        batch_size=500,
    )
    record(
        "match_run.finished",
        run,
        by=run.created_by,
        at=now,
        scope=run.cycle.program.scope,
        pairs=run.pairs,
        unmatched=len(found.unmatched),
    )
    return run


def member(proposal: Proposal, enrolment: Enrolment, role: str) -> ProposalMember:
    return ProposalMember(proposal=proposal, person_id=enrolment.person_id, enrolment=enrolment, role=role)


@transaction.atomic
def drop_run(run: MatchRun, to: str, *, now: datetime, error: str = "") -> None:
    """The run ended without a result."""
    run.refresh_from_db()
    if move_run(run, to, error=error[:300], finished_at=now):
        record(f"match_run.{to}", run, by=None, at=now, scope=run.cycle.program.scope)


@transaction.atomic
def discard(run: MatchRun, *, by: User, now: datetime) -> MatchRun:
    """Throw a reviewed run away.  Nobody was told of it."""
    RUN_RULES.require(by, "discard", run)
    if not move_run(run, RunState.DISCARDED):
        raise Refused(_("This run has moved on in the meantime."))
    run.proposals.filter(state="suggested").update(state="withdrawn", settled_at=now)
    record("match_run.discarded", run, by=by, at=now, scope=run.cycle.program.scope)
    return run
