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
from matching.models import Checkpoint, MatchRun, Proposal, ProposalMember, Unmatched
from matching.models.runs import BULKY
from matching.permissions import RUN_RULES
from matching.snapshot import Pool
from matching.stages import RUN_MOVES, Refused, RunState
from people.models import User
from programs.models import Cycle, Enrolment, Program
from programs.models.enrolments import Role
from programs.models.programs import Format
from programs.permissions import RULES as PROGRAM_RULES

ALGORITHMS = {
    Format.ONE_TO_ONE: "min-cost flow, proven by prices, 1",
    Format.REVERSE: "min-cost flow, proven by prices, 1",
    Format.PEER: "general graph, proven by prices, 1",
    Format.GROUP: "groups, proven by prices, 1",
}
# Rows of a run are written so many at a time.
BATCH = 2000
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
    run.refresh_from_db(fields=[one.name for one in MatchRun._meta.concrete_fields if one.name not in BULKY])
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
        "format": program.format,
        "weights": program.weights or dict(DEFAULT_WEIGHTS),
        "rules": rules,
        "objective": rules["objective"],
        "minimum_score": rules.get("minimum_score", 0),
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
    enrolment_of = {(one.person.public_id, one.role): one for one in (*pool.mentees, *pool.mentors)}
    result = outcome.result
    hashed = digest(asked)
    # The worker has kept the snapshot when it began; megabytes are sealed and sent once.
    kept = {
        **({} if run.snapshot_hash == hashed else {"snapshot": asked}),
        "certificate": outcome.certificate,
        "locks": asked["locked"],
        "figures": found.figures,
    }
    for name, value in kept.items():
        setattr(run, name, value)
    run.save(update_fields=list(kept))
    moved = move_run(
        run,
        RunState.REVIEW,
        snapshot_hash=hashed,
        algorithm=ALGORITHMS[run.format],
        mentees=len(pool.mentees),
        mentors=0 if run.format == Format.PEER else len(pool.mentors),
        places=pool.places,
        pairs=len(found.pairs),
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
    Checkpoint.objects.filter(run=run).delete()
    proposals = Proposal.objects.bulk_create(
        [
            Proposal(
                cycle=run.cycle,
                run=run,
                score=sum(pair["parts"].values()),
                parts=pair["parts"],
                evidence={"facts": pair["evidence"], **({"goal": pair["goal"]} if "goal" in pair else {})},
                warnings=pair["warnings"],
                alternatives=pair["alternatives"],
            )
            for pair in found.pairs
        ],
        batch_size=BATCH,
    )
    members = [
        member(proposal, enrolment_of[public_id, role], role, rank)
        for proposal, pair in zip(proposals, found.pairs, strict=True)
        for public_id, role, rank in members_of(pair)
    ]
    ProposalMember.objects.bulk_create(members, batch_size=BATCH)
    lonely = Role.PEER if run.format == Format.PEER else Role.MENTEE
    Unmatched.objects.bulk_create(
        [
            Unmatched(
                run=run,
                enrolment=enrolment_of[one["mentee"], lonely],
                role=lonely,
                code=one["reason"],
                details=one["details"],
            )
            for one in found.unmatched
        ],
        batch_size=BATCH,
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


def members_of(pair: dict[str, Any]) -> list[tuple[str, str, int | None]]:
    """Public id, role and the rank given to the other, of everybody whom a run has put together."""
    if "members" in pair:
        return [tuple(one) for one in pair["members"]]
    return [(pair[role], role, pair["ranks"][role]) for role in (Role.MENTOR.value, Role.MENTEE.value)]


def member(proposal: Proposal, enrolment: Enrolment, role: str, rank: int | None = None) -> ProposalMember:
    """``rank`` is the one this member gave the other before the run."""
    return ProposalMember(
        proposal=proposal, person_id=enrolment.person_id, enrolment=enrolment, role=role, rank=rank
    )


@transaction.atomic
def drop_run(run: MatchRun, to: str, *, now: datetime, error: str = "") -> None:
    """The run ended without a result, and keeps nothing of the people it was to match."""
    run.refresh_from_db()
    if move_run(run, to, error=error[:300], finished_at=now):
        Checkpoint.objects.filter(run=run).delete()
        run.snapshot = {}
        run.save(update_fields=["snapshot"])
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
