"""Letters about meetings answered by replying to them: the same deeds as by their links."""

from datetime import datetime

from activity.kinds import NO, YES, NotNow, ReplyKind, table
from activity.models import Letter
from relationships.actions.answers import answer_invitation
from relationships.actions.held import confirm_meeting, mark_held, mark_not_held
from relationships.letters.meetings import meeting_of
from relationships.models import InvitationAnswer, Meeting

HELD = (*YES, "held", "yes held", "we met", "yes we met", "stattgefunden", "avholdt", "vi møttes")
NOT_HELD = (
    *NO,
    "not held",
    "no not held",
    "it did not happen",
    "did not happen",
    "we did not meet",
    "nicht stattgefunden",
    "ikke avholdt",
)
ACCEPT = (
    *YES,
    "accept",
    "accepted",
    "i accept",
    "i will be there",
    "annehmen",
    "angenommen",
    "godta",
    "jeg kommer",
)
DECLINE = (*NO, "decline", "declined", "i decline", "i cannot make it", "ablehnen", "abgelehnt", "avslå")

State = Meeting.State
Answer = InvitationAnswer.Answer


def held(letter: Letter, now: datetime) -> None:
    meeting = _asked_about(letter)
    if meeting.state == State.HELD:
        said = meeting.marked_by_id == letter.person_id and not meeting.disputed_at
        if not (said or meeting.confirmed_at):
            confirm_meeting(meeting, by=letter.person, now=now)
        return
    mark_held(meeting, by=letter.person, now=now)


def not_held(letter: Letter, now: datetime) -> None:
    """What the other has logged is not overturned by one word: that is for the page."""
    meeting = _asked_about(letter)
    if meeting.state == State.NO_SHOW:
        return
    if meeting.state == State.HELD:
        raise NotNow
    mark_not_held(meeting, by=letter.person, now=now)


def accept(letter: Letter, now: datetime) -> None:
    _answer(letter, Answer.ACCEPTED, now)


def decline(letter: Letter, now: datetime) -> None:
    _answer(letter, Answer.DECLINED, now)


def _asked_about(letter: Letter) -> Meeting:
    """Still at the time that the letter named."""
    meeting = meeting_of(letter)
    if meeting is None or meeting.occurrence != letter.data.get("occurrence"):
        raise NotNow
    if meeting.state == State.CANCELLED:
        raise NotNow
    return meeting


def _answer(letter: Letter, answer: str, now: datetime) -> None:
    meeting = meeting_of(letter)
    if meeting is None or meeting.sequence != letter.data.get("sequence"):
        raise NotNow
    answer_invitation(meeting, answer, sequence=meeting.sequence, stamp=now, by=letter.person, now=now)


INVITED = dict.fromkeys(ACCEPT, accept) | dict.fromkeys(DECLINE, decline)
REPLIES = table(
    ReplyKind("relationships.was_it_held", dict.fromkeys(HELD, held) | dict.fromkeys(NOT_HELD, not_held)),
    ReplyKind("relationships.meeting_planned", INVITED),
    ReplyKind("relationships.meeting_moved", INVITED),
)
