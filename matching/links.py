"""Links in an offer that answer it without signing in: each for one answer of one person, until the offer runs out."""

from datetime import datetime

from django.urls import reverse

from activity.links import bound, unbound
from activity.models import Letter
from core import tokens
from matching.models import Proposal
from matching.stages import WAITING
from people.models import User

ACCEPT, DECLINE = "offer is accepted", "offer is declined"


def answers_by_mail(proposal: Proposal, letter: Letter) -> dict[str, str]:
    """For the letter itself; none in a preview, and none in a letter that goes to another address."""
    if letter.pk is None or letter.person is None or letter.address:
        return {}
    return {
        "accept_path": path_of("acceptance_by_mail", ACCEPT, proposal, letter.person),
        "decline_path": path_of("refusal_by_mail", DECLINE, proposal, letter.person),
    }


def path_of(page: str, purpose: str, proposal: Proposal, person: User) -> str:
    subject = f"{proposal.public_id}-{person.public_id}"
    token = tokens.make(purpose, subject, nonce=bound(person), expires=proposal.expires_at)
    return reverse(f"matching:{page}", args=[token])


def offer_behind(purpose: str, token: str, *, now: datetime) -> tuple[Proposal, User]:
    """Raises ``core.tokens.Invalid``, also for an offer that nobody has been told of yet."""
    proof = tokens.read(purpose, token, now=now)
    name, _dash, who = proof.subject.partition("-")
    person = User.objects.filter(public_id=who, is_active=True).first()
    if person is None:
        raise tokens.Invalid
    unbound(person, proof.nonce)
    told = Proposal.objects.offered_to(person).filter(told_from__lte=now)
    proposal = told.with_people().select_related("relationship").filter(public_id=name).first()
    if proposal is None:
        raise tokens.Invalid
    return proposal, person


def is_open(proposal: Proposal, now: datetime) -> bool:
    return proposal.state in WAITING and proposal.expires_at > now


def needs_terms(proposal: Proposal, person: User) -> bool:
    """Whether the two short texts, which are read on the page, are accepted with the offer."""
    program, enrolment = proposal.cycle.program, proposal.member(person).enrolment
    return (
        enrolment.conduct_accepted_version != program.conduct_version
        or enrolment.privacy_accepted_version != program.privacy_version
    )
