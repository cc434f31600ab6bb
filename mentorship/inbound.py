"""A mail that comes in, and what it does: a letter returns, somebody answers one, a calendar answers an invitation.

Nothing else in it is looked at, and none of it is kept.  Whoever replies must be the reader of the letter, and hold
the proof that was in it; what comes of the reply is what a press of the letter's links would have done.  A word that
more follows ("No. We did meet, on Thursday") is no answer: what follows might take it back.
"""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.utils import timezone

import matching.replies
import relationships.replies
from activity.actions import post
from activity.addresses import BOUNCE, REPLY, is_guest_address, is_ours, marked_by
from activity.hours import zone_of
from activity.incoming import Incoming, Unreadable, in_words, read
from activity.kinds import NotNow, ReplyKind
from activity.models import Letter, address_key
from activity.returns import SOFT, came_back
from matching.stages import Refused as OfferRefused
from mentorship.letters import NOT_UNDERSTOOD
from people.models import User
from relationships.actions.answers import answer_invitation
from relationships.calendars import GuestAnswer, read_answer
from relationships.letters.meetings import meeting_with_uid, uid_of
from relationships.stages import Refused

REPLIES: dict[str, ReplyKind] = matching.replies.REPLIES | relationships.replies.REPLIES
CANNOT = (NotNow, Refused, OfferRefused, PermissionDenied)


def take(raw: bytes, *, recipient: str = "", now: datetime) -> str:
    """What became of it, in a word.  ``recipient`` is whom the mail server took it for, where it says so."""
    try:
        mail = read(raw)
    except Unreadable:
        return "unreadable"
    sent_to = (recipient,) if recipient else mail.recipients
    marked = next((marked for address in sent_to if (marked := marked_by(address, now=now))), None)
    if marked and marked.mark == BOUNCE:
        return returned(mail, marked.letter, now)
    if mail.returned or is_ours(mail.sender):
        return "ignored"
    answers = [answer for text in mail.calendars if (answer := read_answer(text))]
    if answers:
        return invited(mail, answers[0], sent_to, now)
    if mail.is_automatic or not (marked and marked.mark == REPLY):
        return "ignored"
    return replied(mail, marked.letter, now)


def returned(mail: Incoming, letter: Letter | None, now: datetime) -> str:
    failed = next((report for report in mail.reports if report.action == "failed"), None)
    if letter is None or failed is None:
        return "ignored"
    key = f"mail|{letter.public_id}|{(letter.sent_at or letter.created_at).isoformat()}"
    new = came_back(letter.to, key=key, status=failed.status or SOFT, letter=letter, now=now)
    return "returned" if new else "known"


def invited(mail: Incoming, answer: GuestAnswer, sent_to: Sequence[str], now: datetime) -> str:
    """The answer of a calendar: only of the guest who sends it, to a meeting of theirs, where their invitation says."""
    person = _person(mail.sender)
    if person is None or answer.address != mail.sender:
        return "ignored"
    meeting = meeting_with_uid(answer.uid, person)
    if meeting is None:
        return "ignored"
    uid = uid_of(meeting)
    if not any(is_guest_address(address, uid, person.email) for address in sent_to):
        return "ignored"
    about = {"sequence": answer.sequence, "stamp": answer.stamp}
    try:
        answer_invitation(meeting, answer.answer, **about, by=person, now=now)
    except CANNOT:
        return "too late"
    return "answered"


def replied(mail: Incoming, letter: Letter | None, now: datetime) -> str:
    person = _person(mail.sender)
    if letter is None or person is None or letter.person_id != person.pk or letter.kind not in REPLIES:
        return "ignored"
    deed = REPLIES[letter.kind].words.get(in_words(mail.first_line))
    if deed is None or not mail.is_one_line_of(f"{person.full_name} {person.called}"):
        return explain(letter, by_page=False, now=now)
    try:
        deed(letter, now)
    except CANNOT:
        return explain(letter, by_page=True, now=now)
    return "answered"


def explain(letter: Letter, *, by_page: bool, now: datetime) -> str:
    """Once a day, however often they write."""
    person = letter.person
    today = timezone.localtime(now, zone_of(person)).date()
    data = {"letter": str(letter.public_id), "by_page": by_page}
    key = f"{NOT_UNDERSTOOD}|{person.pk}|{today.isoformat()}"
    new = post(NOT_UNDERSTOOD, person, about=person, key=key, now=now, data=data, scope=letter.scope)
    return "explained" if new else "explained before"


def _person(address: str) -> User | None:
    known = (
        User.objects.known_as(address).active() if address and "\x00" not in address else User.objects.none()
    )
    return next((person for person in known if address_key(person.email) == address_key(address)), None)
