"""The link in an invitation: for one enrolment, until the answers close, and no more once it has been replaced."""

from datetime import UTC, datetime, time, timedelta

from django.urls import reverse

from activity.links import bound, unbound
from core import tokens
from programs.models import Enrolment
from programs.stages import EnrolmentState

PURPOSE = "invitation"
GOOD_FOR = timedelta(days=30)


def expires_at(enrolment: Enrolment) -> datetime:
    """The end of the last day for answers, or thirty days after the invitation."""
    closes_on = enrolment.cycle.enrolment_closes_on
    if closes_on:
        return datetime.combine(closes_on + timedelta(days=1), time(12), UTC)
    return enrolment.invited_at + GOOD_FOR


def invitation_token(enrolment: Enrolment) -> str:
    nonce = bound(enrolment.person, enrolment.invitation_nonce)
    return tokens.make(PURPOSE, enrolment.public_id, nonce=nonce, expires=expires_at(enrolment))


def invitation_path(enrolment: Enrolment) -> str:
    return reverse("programs:invitation", args=[invitation_token(enrolment)])


def refusal_path(enrolment: Enrolment) -> str:
    return reverse("programs:refusal", args=[invitation_token(enrolment)])


def enrolment_behind(token: str, *, now: datetime) -> Enrolment:
    """Raises ``core.tokens.Invalid`` for a link that is forged, expired or replaced, that went to another address, or
    whose person has been taken off the list or has left; of one that was once ours the subject is told, so that its
    owner can ask for a new one."""
    proof = tokens.read(PURPOSE, token, now=now)
    enrolment = Enrolment.objects.with_people().filter(public_id=proof.subject).first()
    if (
        enrolment is None
        or not is_of_today(enrolment, proof.nonce)
        or enrolment.state == EnrolmentState.REMOVED
        or not enrolment.person.is_active
    ):
        raise tokens.Invalid(expired=True, subject=proof.subject)
    return enrolment


def is_of_today(enrolment: Enrolment, nonce: str) -> bool:
    try:
        return unbound(enrolment.person, nonce) == enrolment.invitation_nonce
    except tokens.Invalid:
        return False
