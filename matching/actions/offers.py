"""Both sides decide.  Yes from both begins the relationship; no asks nothing and says nothing but "not this time"."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from activity.actions import disarm, post, record
from matching.actions.publishing import DUES
from matching.engine.rules import Rule
from matching.models import PairDecision, Proposal, ProposalMember
from matching.permissions import OFFER_RULES
from matching.snapshot import fewest_of
from matching.stages import PROPOSAL_MOVES, WAITING, ProposalState, Refused
from people.models import User
from programs.actions import accept_terms
from programs.models.enrolments import Role
from programs.models.programs import Format
from programs.stages import EnrolmentState
from relationships.actions import begin
from relationships.models import Relationship
from relationships.stages import Refused as RelationshipRefused

ANSWERS = ProposalMember.Answer


def move_proposal(proposal: Proposal, to: str, **changes: Any) -> bool:
    """The only writer of one ``Proposal.state``: one step of the table, once."""
    if to not in PROPOSAL_MOVES[ProposalState(proposal.state)]:
        return False
    if not Proposal.objects.filter(pk=proposal.pk, state=proposal.state).update(state=to, **changes):
        return False
    proposal.refresh_from_db(fields=["state", *changes])
    return True


def is_told(proposal: Proposal, now: datetime) -> bool:
    return proposal.told_from is not None and proposal.told_from <= now


@transaction.atomic
def accept(proposal: Proposal, *, by: User, now: datetime) -> Proposal:
    """One says yes; when all have, the relationship begins in the same breath.

    Accepting also accepts the code of conduct and the privacy notice, which the page shows beside the button."""
    # Both may press at the same moment: whoever comes second must see the first one's answer.
    proposal = Proposal.objects.select_for_update(of=("self",)).with_people().get(pk=proposal.pk)
    OFFER_RULES.require(by, "accept", proposal)
    if not is_told(proposal, now) or proposal.expires_at <= now:
        raise Refused(_("This offer is not open any more."))
    mine = proposal.member(by)
    fresh = ProposalMember.objects.filter(pk=mine.pk, answer=ANSWERS.NONE)
    if not fresh.update(answer=ANSWERS.ACCEPTED, answered_at=now):
        return proposal
    mine.answer = ANSWERS.ACCEPTED
    program = proposal.cycle.program
    record("proposal.accepted", proposal, by=by, at=now, scope=program.scope)
    enrolment = mine.enrolment
    if enrolment.state == EnrolmentState.ACCEPTED or (
        enrolment.conduct_accepted_version != program.conduct_version
        or enrolment.privacy_accepted_version != program.privacy_version
    ):
        accept_terms(enrolment, by=by, now=now)
    if proposal.members.filter(answer=ANSWERS.NONE).exists():
        move_proposal(proposal, ProposalState.ACCEPTED_BY_ONE)
        return proposal
    return confirm(proposal, by=by, now=now) if can_begin(proposal) else lapse(proposal, by=by, now=now)


def can_begin(proposal: Proposal) -> bool:
    """Two begin when both have said yes; a group, when all who lead it have, and as many as it needs at least."""
    members = list(proposal.members.all())
    if proposal.cycle.program.format != Format.GROUP:
        return all(member.answer == ANSWERS.ACCEPTED for member in members)
    leading = [member for member in members if member.role == Role.MENTOR]
    joining = [m for m in members if m.role != Role.MENTOR and m.answer == ANSWERS.ACCEPTED]
    return all(m.answer == ANSWERS.ACCEPTED for m in leading) and len(joining) >= fewest_of(proposal)


def could_begin(proposal: Proposal) -> bool:
    """Whether a group still can, if everybody who has not answered says yes."""
    members = list(proposal.members.all())
    leading = [member for member in members if member.role == Role.MENTOR]
    left = [m for m in members if m.role != Role.MENTOR and m.answer != ANSWERS.DECLINED]
    return all(m.answer != ANSWERS.DECLINED for m in leading) and len(left) >= fewest_of(proposal)


def lapse(proposal: Proposal, *, by: User | None, now: datetime) -> Proposal:
    """Too many have said no for the group to begin; everybody who had said yes hears it."""
    if move_proposal(proposal, ProposalState.DECLINED, settled_at=now):
        disarm(proposal, DUES)
        record("proposal.lapsed", proposal, by=None, at=now, scope=proposal.cycle.program.scope)
        tell_the_others(proposal, by, now)
    return proposal


def confirm(proposal: Proposal, *, by: User | None, now: datetime) -> Proposal:
    """All whom it needs have accepted, ``by`` as the last (nobody when the clock decides): begin with those who have,
    or say kindly that it cannot be any more."""
    if not move_proposal(proposal, ProposalState.CONFIRMED, settled_at=now):
        raise Refused(_("This offer is not open any more."))
    disarm(proposal, DUES)
    program = proposal.cycle.program
    members = [
        (member.person, member.role, member.enrolment)
        for member in proposal.members.filter(answer=ANSWERS.ACCEPTED).select_related(
            "person", "enrolment__cycle__program"
        )
    ]
    try:
        with transaction.atomic():
            relationship = begin(
                program,
                proposal.cycle,
                members,
                by=None,
                now=now,
                origin=Relationship.Origin.MATCHED,
                line_is_known=any(
                    Rule.REPORTING_LINE.code in one.rules
                    for one in PairDecision.objects.in_force().about_proposal(proposal)
                ),
            )
    except RelationshipRefused:
        move_proposal(proposal, ProposalState.WITHDRAWN)
        record("proposal.impossible", proposal, by=None, at=now, scope=program.scope)
        tell_the_others(proposal, by, now)
        return proposal
    move_proposal(proposal, ProposalState.ACTIVATED, relationship=relationship)
    record("proposal.activated", proposal, by=None, at=now, scope=program.scope)
    return proposal


@transaction.atomic
def decline(proposal: Proposal, *, by: User, now: datetime) -> Proposal:
    """Not this time.  No reason is asked; the other side hears no more than that, the coordinator that it was so."""
    # Two of a group may press at the same moment: whoever comes second must see the first one's answer.
    proposal = Proposal.objects.select_for_update(of=("self",)).with_people().get(pk=proposal.pk)
    OFFER_RULES.require(by, "decline", proposal)
    mine = proposal.member(by)
    if not is_told(proposal, now):
        raise Refused(_("This offer is not open any more."))
    if proposal.cycle.program.format == Format.GROUP:
        return leave_group(proposal, mine, by=by, now=now)
    if not move_proposal(proposal, ProposalState.DECLINED, settled_at=now):
        raise Refused(_("This offer is not open any more."))
    ProposalMember.objects.filter(pk=mine.pk).update(answer=ANSWERS.DECLINED, answered_at=now)
    disarm(proposal, DUES)
    program = proposal.cycle.program
    record("proposal.declined", proposal, by=by, at=now, scope=program.scope)
    tell_the_others(proposal, by, now)
    return proposal


def leave_group(proposal: Proposal, mine: ProposalMember, *, by: User, now: datetime) -> Proposal:
    """One does not join; the group goes on without, unless it cannot begin any more."""
    fresh = ProposalMember.objects.filter(pk=mine.pk, answer=ANSWERS.NONE)
    if not fresh.update(answer=ANSWERS.DECLINED, answered_at=now):
        raise Refused(_("You have answered already."))
    record("proposal.declined", proposal, by=by, at=now, scope=proposal.cycle.program.scope)
    proposal = Proposal.objects.with_people().get(pk=proposal.pk)
    if not could_begin(proposal):
        return lapse(proposal, by=by, now=now)
    if not proposal.members.filter(answer=ANSWERS.NONE).exists():
        return confirm(proposal, by=by, now=now)
    return proposal


def tell_the_others(proposal: Proposal, by: User | None, now: datetime) -> None:
    """Only who had said yes is told: the others would learn of an offer by hearing that it is gone."""
    accepted = proposal.members.filter(answer=ANSWERS.ACCEPTED).select_related("person")
    for member in accepted:
        if by is None or member.person_id != by.pk:
            post(
                "matching.not_this_time",
                member.person,
                about=proposal,
                key=f"not_this_time|{proposal.public_id}|{member.person_id}",
                now=now,
                scope=proposal.cycle.program.scope,
            )


@transaction.atomic
def remind(proposal: Proposal, *, now: datetime, occurrence: str) -> None:
    """Once, to whoever has not answered."""
    if proposal.state not in WAITING:
        return
    for member in proposal.members.filter(answer=ANSWERS.NONE).select_related("person"):
        post(
            "matching.offer_reminder",
            member.person,
            about=proposal,
            key=f"offer_reminder|{proposal.public_id}|{member.person_id}|{occurrence}",
            now=now,
            not_after=proposal.expires_at,
            scope=proposal.cycle.program.scope,
        )


@transaction.atomic
def expire(proposal: Proposal, *, now: datetime) -> bool:
    """The days to answer are over.  A group begins with those who have said yes, if they are enough; else everybody is
    free for another proposal."""
    proposal = Proposal.objects.select_for_update(of=("self",)).with_people().get(pk=proposal.pk)
    if proposal.state not in WAITING or proposal.expires_at > now:
        return False
    if proposal.cycle.program.format == Format.GROUP and can_begin(proposal):
        confirm(proposal, by=None, now=now)
        return True
    if not move_proposal(proposal, ProposalState.EXPIRED, settled_at=proposal.expires_at):
        return False
    record("proposal.expired", proposal, by=None, at=now, scope=proposal.cycle.program.scope)
    tell_the_others(proposal, None, now)
    return True
