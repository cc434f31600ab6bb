"""The letters about offers: who is suggested and why, never a score, never a private word."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from activity.kinds import LetterKind, table
from activity.models import Letter
from matching.models import Proposal
from matching.reasons import reasons
from matching.stages import WAITING, ProposalState
from people.models import User
from programs.letters import coordinator_of

OVER = (ProposalState.DECLINED, ProposalState.EXPIRED, ProposalState.WITHDRAWN)


def proposal_of(letter: Letter) -> Proposal | None:
    return Proposal.objects.with_people().filter(pk=letter.about.rpartition(":")[2]).first()


def partner(proposal: Proposal, reader: User) -> User:
    return next(member.person for member in proposal.members.all() if member.person_id != reader.pk)


def offer_words(proposal: Proposal, reader: User, by: int | None = None) -> dict[str, Any]:
    """What an offer says to one of the two; the page and the preview say the same."""
    program = proposal.cycle.program
    coordinator = coordinator_of(program, by)
    return {
        "proposal": proposal,
        "program": program,
        "partner": partner(proposal, reader),
        "is_mentee": proposal.member(reader).role == "mentee",
        "reasons": reasons(proposal.evidence.get("facts", []), to_the_pair=True),
        "expires_at": proposal.expires_at,
        "coordinator": coordinator,
        "sender_name": coordinator.full_name if coordinator else "",
        "reply_to": (coordinator.email or "") if coordinator else "",
        "path": f"/offers/{proposal.public_id}/",
        "why": _("You get this because you take part in %(program)s.") % {"program": program.title},
    }


def offer(letter: Letter, now: datetime) -> dict[str, Any] | None:
    proposal = proposal_of(letter)
    if proposal is None or proposal.state not in WAITING or proposal.expires_at <= now:
        return None
    mine = proposal.member(letter.person)
    if mine is None or mine.answer:
        return None
    return offer_words(proposal, letter.person, letter.data.get("by"))


def not_this_time(letter: Letter, now: datetime) -> dict[str, Any] | None:
    proposal = proposal_of(letter)
    if proposal is None or proposal.state not in OVER:
        return None
    return {**offer_words(proposal, letter.person), "path": "/home/"}


LETTERS = table(
    LetterKind("matching.offer_mentee", offer, must_arrive=True, template="matching/offer"),
    LetterKind("matching.offer_mentor", offer, must_arrive=True, template="matching/offer"),
    LetterKind("matching.offer_reminder", offer, family="offers"),
    LetterKind("matching.not_this_time", not_this_time),
)
