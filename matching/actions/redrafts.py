"""Pairs of peers and groups of a draft written anew after a change by hand.

What the run itself had found for each person goes along with them: back where the run had put everybody, the draft is
as the run left it, whichever way it came there."""

from typing import Any

from matching.effects import TAKEN_APART, moved_on
from matching.group_drafts import GroupEffect
from matching.groups import group_written
from matching.models import MatchRun, Proposal, ProposalMember, Unmatched
from matching.peer_drafts import PeerEffect
from matching.stages import ProposalState, Refused
from programs.models import Enrolment
from programs.models.enrolments import Role

Memory = dict[str, dict[str, Any]]


def peers_again(run: MatchRun, effect: PeerEffect) -> None:
    """Pairs that are taken apart become those that are made; who is left over waits."""
    solved = {frozenset(pair[:2]) for pair in run.certificate.get("pairs", [])}
    memory: Memory = {}
    for proposal in effect.freed.values():
        memory |= remembered_of(proposal)
    memory |= no_longer_waiting(run, [step.mentee for step in effect.steps if not step.before])
    free = list(effect.freed.values())
    for two, step in effect.made.items():
        first, second = sorted((step.mentee, step.after), key=lambda end: end.person.public_id)
        kept = dict(step.written, alternatives=[], is_by_hand=two not in solved)
        before = {name: memory[name] for name in sorted(two) if memory.get(name)}
        if two in solved:
            kept["alternatives"] = memory.get(first.person.public_id, {}).get("alternatives", [])
        elif before:
            kept["evidence"] = {**kept["evidence"], "before": before}
        ends = [(end, step.ranks[end.person.public_id]) for end in (first, second)]
        write(run, free.pop(0) if free else None, kept, [(end, Role.PEER, rank) for end, rank in ends])
    take_away(free)
    for step in effect.steps:
        if not step.after:
            wait(run, step.mentee, memory.get(step.mentee.person.public_id, {}))


def remembered_of(proposal: Proposal) -> Memory:
    """What the run had found for each of a pair; of one that it made itself, the first holds the alternatives."""
    ids = sorted(member.person.public_id for member in proposal.members.all())
    if proposal.is_by_hand:
        return {name: proposal.evidence.get("before", {}).get(name, {}) for name in ids}
    return {ids[0]: {"alternatives": proposal.alternatives}, ids[1]: {}}


def groups_again(run: MatchRun, effect: GroupEffect) -> None:
    """Every group whose people change is written anew; one that nobody is in any more closes."""
    sheet = effect.sheet
    memory: Memory = {}
    for lead in effect.touched:
        if lead in effect.groups:
            memory |= effect.groups[lead].proposal.evidence.get("waited", {})
    joining = [step.mentee for step in effect.steps if not step.before]
    memory |= {name: why["waited"] for name, why in no_longer_waiting(run, joining).items() if why}
    for lead, inside in effect.touched.items():
        proposal = effect.groups[lead].proposal if lead in effect.groups else None
        if not inside:
            take_away([proposal] if proposal else [])
            continue
        team = sheet.teams[lead]
        found = group_written(
            sheet.scores,
            sheet.mentees,
            sheet.mentors,
            [sheet.columns[one] for one in team],
            sorted(sheet.rows[one] for one in inside),
        )
        waited = {name: memory[name] for name in sorted(inside) if name in memory}
        facts = {"facts": found["evidence"], "goal": found["goal"]}
        kept = {
            "score": sum(found["parts"].values()),
            "parts": found["parts"],
            "evidence": {**facts, "waited": waited} if waited else facts,
            "warnings": found["warnings"],
            "alternatives": [],
            "is_by_hand": (lead, frozenset(inside)) not in sheet.solved,
        }
        leading = [(effect.ends[Role.MENTOR, one], Role.MENTOR, None) for one in team]
        write(run, proposal, kept, [*leading, *((one, Role.MENTEE, None) for one in inside.values())])
    for step in effect.steps:
        if not step.after:
            why = memory.get(step.change.mentee)
            wait(run, step.mentee, {"waited": why} if why else {"group": True})


def no_longer_waiting(run: MatchRun, people: list[Enrolment]) -> Memory:
    """Why these people waited; those whose pair was taken apart bring along what was known before that."""
    rows = Unmatched.objects.filter(run=run, enrolment__in=[one.pk for one in people])
    found = {}
    for row in rows.select_related("enrolment__person"):
        why = {"waited": {"code": row.code, "details": row.details}}
        apart = {name: value for name, value in row.details.items() if name != "group"}
        found[row.enrolment.person.public_id] = apart if row.code == TAKEN_APART else why
    if len(found) < len(people) or rows.delete()[0] < len(people):
        raise Refused(moved_on())
    return found


def wait(run: MatchRun, enrolment: Enrolment, memory: dict[str, Any]) -> None:
    why = memory.get("waited") or {"code": TAKEN_APART, "details": memory}
    Unmatched.objects.create(run=run, enrolment=enrolment, role=enrolment.role, **why)


def write(
    run: MatchRun,
    proposal: Proposal | None,
    kept: dict[str, Any],
    members: list[tuple[Enrolment, str, int | None]],
) -> None:
    """A proposal with exactly these members; an earlier one of the draft is used again."""
    if proposal is None:
        proposal = Proposal.objects.create(cycle=run.cycle, run=run, **kept)
    elif not Proposal.objects.filter(pk=proposal.pk, state=ProposalState.SUGGESTED).update(**kept):
        raise Refused(moved_on())
    ProposalMember.objects.filter(proposal=proposal).delete()
    ProposalMember.objects.bulk_create(
        ProposalMember(proposal=proposal, person=end.person, enrolment=end, role=role, rank=rank)
        for end, role, rank in members
    )


def take_away(proposals: list[Proposal]) -> None:
    for proposal in proposals:
        if not Proposal.objects.filter(pk=proposal.pk, state=ProposalState.SUGGESTED).delete()[0]:
            raise Refused(moved_on())
