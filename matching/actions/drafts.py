"""The coordinator's hand in a run under review: move, swap, pair and take apart.

What the run was asked and answered, with its proof, stays as it is.  A draft is changed against what its coordinator
saw: whoever comes second is told so, and nothing of theirs is done half."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from activity.actions import record
from activity.models import Event
from matching.actions.decisions import decide, end
from matching.actions.redrafts import groups_again, peers_again
from matching.effects import TAKEN_APART, Change, Effect, Step, moved_on
from matching.group_drafts import GroupEffect
from matching.models import MatchRun, PairDecision, Proposal, ProposalMember, Unmatched
from matching.peer_drafts import PeerEffect
from matching.permissions import RUN_RULES
from matching.stages import ProposalState, Refused
from people.models import User
from programs.models.enrolments import Role
from programs.models.programs import Format


@transaction.atomic
def rearrange(
    run: MatchRun,
    changes: Sequence[Change],
    *,
    by: User,
    now: datetime,
    reason: str = "",
    undoes: Sequence[PairDecision] = (),
) -> Event:
    """Carry out ``changes`` together.  A hard rule that may be lifted is lifted for these two, with ``reason``.

    The event names the rules lifted; to undo, the changes are carried out backwards and ``undoes`` taken back."""
    # Publishing moves the run: whoever holds this row first goes first.
    run = (
        MatchRun.objects.select_for_update(of=("self",))
        .defer("snapshot")
        .select_related("cycle__program")
        .get(pk=run.pk)
    )
    RUN_RULES.require(by, "rearrange", run)
    effect = effect_of(run, changes, now)
    if effect.problems:
        raise Refused(effect.problems[0])
    lifted = [
        decide(first, second, PairDecision.Kind.OVERRIDE, by=by, now=now, reason=reason, rules=rules)
        for first, second, rules in effect.lifts()
    ]

    WRITTEN.get(run.format, pairs_again)(run, effect)
    for decision in undoes:
        end(decision, by=by, now=now)
    return record(
        "match_run.changed",
        run,
        by=by,
        at=now,
        scope=run.cycle.program.scope,
        changes=[str(change) for change in changes],
        lifted=[decision.public_id for decision in lifted],
    )


def effect_of(run: MatchRun, changes: Sequence[Change], now: datetime) -> Effect:
    """What these changes would do to a draft of this format."""
    return EFFECTS.get(run.format, Effect)(run, changes, now)


def pairs_again(run: MatchRun, effect: Effect) -> None:
    solved = {(mentee, mentor) for mentee, mentor, *_units in run.certificate.get("pairs", [])}
    # Taken apart first: a place has to be free before somebody else can have it.
    for step in sorted(effect.steps, key=lambda step: bool(step.after)):
        CARRIED_OUT[bool(step.before), bool(step.after)](run, step, solved)


def move(run: MatchRun, step: Step, solved: set[tuple[str, str]]) -> None:
    """The pair stays that of its mentee, and gets the other mentor."""
    kept = as_kept(step, remembered(step.proposal), solved)
    members = ProposalMember.objects.filter(proposal=step.proposal)
    as_seen = members.filter(role=Role.MENTOR, enrolment=step.before)
    if not Proposal.objects.filter(pk=step.proposal.pk, state=ProposalState.SUGGESTED).update(**kept):
        raise Refused(moved_on())
    if not as_seen.update(enrolment=step.after, person=step.after.person, rank=step.ranks[Role.MENTOR]):
        raise Refused(moved_on())
    members.filter(role=Role.MENTEE).update(rank=step.ranks[Role.MENTEE])


def pair(run: MatchRun, step: Step, solved: set[tuple[str, str]]) -> None:
    waiting = Unmatched.objects.filter(run=run, enrolment=step.mentee)
    why = waiting.values("code", "details").first()
    if why is None or not waiting.delete()[0]:
        raise Refused(moved_on())
    # Why this person had nobody is kept with the pair: taken apart again, it is true again.
    before = why["details"] if why["code"] == TAKEN_APART else {"waited": why}
    proposal = Proposal.objects.create(cycle=run.cycle, run=run, **as_kept(step, before, solved))
    ProposalMember.objects.bulk_create(
        ProposalMember(
            proposal=proposal, person=end_.person, role=role, enrolment=end_, rank=step.ranks[role]
        )
        for end_, role in ((step.after, Role.MENTOR), (step.mentee, Role.MENTEE))
    )


def take_apart(run: MatchRun, step: Step, solved: set[tuple[str, str]]) -> None:
    as_seen = Proposal.objects.filter(
        pk=step.proposal.pk, state=ProposalState.SUGGESTED, members__enrolment=step.before
    )
    before = remembered(step.proposal)
    why = before.get("waited") or {"code": TAKEN_APART, "details": before}
    if not as_seen.exists() or not step.proposal.delete()[0]:
        raise Refused(moved_on())
    if not run.proposals.filter(members__enrolment=step.mentee).exists():
        Unmatched.objects.create(run=run, enrolment=step.mentee, role=Role.MENTEE, **why)


EFFECTS = {Format.PEER: PeerEffect, Format.GROUP: GroupEffect}
WRITTEN = {Format.PEER: peers_again, Format.GROUP: groups_again}
CARRIED_OUT = {(True, True): move, (False, True): pair, (True, False): take_apart}


def remembered(proposal: Proposal) -> dict[str, Any]:
    """What the run itself had found for this mentee, carried along while the coordinator tries other pairs."""
    if not proposal.is_by_hand:
        return {"solved": {"mentor": proposal.mentor.public_id, "alternatives": proposal.alternatives}}
    return {name: proposal.evidence[name] for name in ("solved", "waited") if name in proposal.evidence}


def as_kept(step: Step, before: dict[str, Any], solved: set[tuple[str, str]]) -> dict[str, Any]:
    """Points and evidence of the new pair.  Back where the run had put them, the two are as the run left them."""
    mentor = step.after.person.public_id
    if (step.mentee.person.public_id, mentor) in solved:
        found = before.get("solved", {})
        same = found.get("mentor") == mentor
        return {**step.written, "alternatives": found["alternatives"] if same else [], "is_by_hand": False}
    evidence = {**step.written["evidence"], **before}
    return {**step.written, "evidence": evidence, "alternatives": [], "is_by_hand": True}
