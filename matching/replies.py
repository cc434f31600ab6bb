"""An offer answered by replying to its letter: the same deeds as by its links."""

from datetime import datetime

from activity.kinds import NO, YES, NotNow, ReplyKind, table
from activity.models import Letter
from matching import actions
from matching.links import is_open, needs_terms
from matching.models import Proposal

ACCEPT = (
    *YES,
    "accept",
    "accepted",
    "i accept",
    "annehmen",
    "angenommen",
    "ich nehme an",
    "godta",
    "jeg godtar",
)
DECLINE = (
    *NO,
    "decline",
    "declined",
    "i decline",
    "not this time",
    "ablehnen",
    "abgelehnt",
    "avslå",
    "ikke nå",
)


def offer_of(letter: Letter, now: datetime) -> Proposal:
    told = Proposal.objects.offered_to(letter.person).filter(told_from__lte=now)
    key = letter.about.rpartition(":")[2]
    proposal = told.with_people().select_related("relationship").filter(pk=key).first()
    if proposal is None:
        raise NotNow
    return proposal


def accept(letter: Letter, now: datetime) -> None:
    """Not before the two short texts have been read, which stand on the page."""
    proposal = offer_of(letter, now)
    mine = proposal.member(letter.person)
    if mine.answer == mine.Answer.ACCEPTED:
        return
    if mine.answer or not is_open(proposal, now) or needs_terms(proposal, letter.person):
        raise NotNow
    actions.accept(proposal, by=letter.person, now=now)


def decline(letter: Letter, now: datetime) -> None:
    proposal = offer_of(letter, now)
    mine = proposal.member(letter.person)
    if mine.answer == mine.Answer.DECLINED:
        return
    if mine.answer or not is_open(proposal, now):
        raise NotNow
    actions.decline(proposal, by=letter.person, now=now)


WORDS = dict.fromkeys(ACCEPT, accept) | dict.fromkeys(DECLINE, decline)
REPLIES = table(
    *(
        ReplyKind(f"matching.{kind}", WORDS)
        for kind in ("offer_mentee", "offer_mentor", "offer_peer", "offer_group", "offer_reminder")
    )
)
