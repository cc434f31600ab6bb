"""From reviewed pairs to offers, and the minutes in which it can all be taken back."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from activity.actions import arm_all, disarm_all, draft, post_all, record, withdraw_all
from activity.models import reference
from matching.actions.runs import move_run
from matching.decided import Decided
from matching.engine.rules import Rule
from matching.models import MatchRun, Proposal
from matching.permissions import RUN_RULES
from matching.snapshot import places_taken
from matching.stages import ProposalState, Refused, RunState
from people.models import Exclusion, ReportingLine, User
from programs.actions import move_cycle
from programs.models import Cycle, Program
from programs.models.enrolments import places_for
from programs.models.programs import Format
from programs.stages import MATCHABLE, CycleState

REMIND_AFTER = timedelta(days=4)
DUES = ("matching.offer_reminder", "matching.offer_expires")


def undo_window() -> timedelta:
    """How long after publishing nobody is told, so that it can be taken back without a trace for them."""
    return timedelta(minutes=settings.UNDO_MINUTES)


def publishable(proposals: Iterable[Proposal], now: datetime) -> tuple[list[Proposal], list[Proposal]]:
    """Those that still can be offered, and those in which somebody has left, has no place any more, or must not be
    matched with the other since."""
    proposals = list(proposals)
    if not proposals:
        return [], []
    cycle = proposals[0].cycle
    taken, program = places_taken(cycle), cycle.program
    people = {member.person_id for proposal in proposals for member in proposal.members.all()}
    above = ReportingLine.objects.above(people)
    decided = Decided.in_(cycle)
    apart = kept_apart(people, now) | both_ways(decided.apart())
    allowed = both_ways(decided.lifted(Rule.REPORTING_LINE))
    fine, stuck = [], []
    for proposal in proposals:
        members = list(proposal.members.all())
        here = all(
            member.enrolment.state in MATCHABLE
            and member.person.is_active
            and member.enrolment.paused_until is None
            and taken[member.enrolment_id] < places_for(member.role, member.enrolment.capacity, program)
            for member in members
        )
        possible = not any(
            (
                other.person_id in above.get(member.person_id, ())
                and (member.person_id, other.person_id) not in allowed
            )
            or (member.person_id, other.person_id) in apart
            for member in members
            for other in members
        )
        if here and possible:
            fine.append(proposal)
            taken.update(member.enrolment_id for member in members)
        else:
            stuck.append(proposal)
    return fine, stuck


def kept_apart(people: Iterable[int], now: datetime) -> set[tuple[int, int]]:
    return both_ways(Exclusion.objects.in_force(now).among(people).values_list("author", "other"))


def both_ways(pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    return {two for one, other in pairs for two in ((one, other), (other, one))}


def offer_letter(program: Program, role: str) -> str:
    return "matching.offer_group" if program.format == Format.GROUP else f"matching.offer_{role}"


@transaction.atomic
def publish(
    run: MatchRun, *, by: User, now: datetime, chosen: Iterable[str] | None = None
) -> tuple[int, int]:
    """Offer all pairs of a run, or the ``chosen`` ones by public id.  (offered, set aside).

    Nobody is told before ``undo_window`` has passed."""
    RUN_RULES.require(by, "publish", run)
    # Two runs of one cycle that are published together come one after the other: nobody is offered twice.
    list(Cycle.objects.select_for_update().filter(pk=run.cycle_id))
    if not move_run(run, RunState.PUBLISHED, published_at=now, published_by=by):
        raise Refused(_("This run is published already."))
    suggested = run.proposals.filter(state=ProposalState.SUGGESTED)
    if chosen is not None:
        suggested = suggested.filter(public_id__in=list(chosen))
    fine, stuck = publishable(suggested.to_weigh(), now)
    if not fine:
        raise Refused(_("None of these pairs can be offered any more. Run the matching again."))
    program = run.cycle.program
    told_from = now + undo_window()
    expires_at = told_from + timedelta(days=program.offer_days)
    Proposal.objects.filter(pk__in=[proposal.pk for proposal in fine]).update(
        state=ProposalState.OFFERED, offered_at=now, told_from=told_from, expires_at=expires_at
    )
    event = record(
        "match_run.published", run, by=by, at=now, scope=program.scope, pairs=len(fine), set_aside=len(stuck)
    )
    letters = []
    for proposal in fine:
        for member in proposal.members.all():
            letters.append(
                draft(
                    offer_letter(program, member.role),
                    member.person,
                    about=proposal,
                    key=f"offer|{proposal.public_id}|{member.person_id}|{now.isoformat()}",
                    now=now,
                    run_at=told_from,
                    not_after=expires_at,
                    event=event,
                    scope=program.scope,
                    data={"by": by.pk},
                )
            )
    half_way = told_from + min(REMIND_AFTER, timedelta(days=program.offer_days) / 2)
    occurrence = now.isoformat()
    arm_all("matching.offer_reminder", ((proposal, half_way, occurrence) for proposal in fine))
    arm_all("matching.offer_expires", ((proposal, expires_at, occurrence) for proposal in fine))
    post_all(letters)
    if run.cycle.state == CycleState.ENROLLING:
        move_cycle(run.cycle, CycleState.MATCHING, by=by, now=now)
    return len(fine), len(stuck)


@transaction.atomic
def take_back(run: MatchRun, *, by: User, now: datetime) -> MatchRun:
    """Undo publishing while nobody has been told; the run is under review again."""
    RUN_RULES.require(by, "take_back", run)
    if run.published_at is None or now >= run.published_at + undo_window():
        raise Refused(_("It is too late to take it back: the letters have gone out."))
    if not move_run(run, RunState.REVIEW, published_at=None, published_by=None):
        raise Refused(_("This run is not published."))
    offered = run.proposals.filter(state=ProposalState.OFFERED, told_from__gt=now)
    names = [reference(proposal) for proposal in offered.only("run")]
    disarm_all(names, DUES)
    withdraw_all(names, by=by, now=now)
    offered.update(state=ProposalState.SUGGESTED, offered_at=None, told_from=None, expires_at=None)
    record("match_run.taken_back", run, by=by, at=now, scope=run.cycle.program.scope)
    return run
