"""Deeds about invitations: who says that they come, by their calendar or in a word."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from activity.actions import record
from people.models import User
from relationships.models import InvitationAnswer, Meeting
from relationships.permissions import MEETING_RULES
from relationships.stages import Refused


@transaction.atomic
def answer_invitation(
    meeting: Meeting, answer: str, *, sequence: int, stamp: datetime, by: User, now: datetime
) -> bool:
    """To the meeting as it is planned now; ``stamp`` is when the answer was given, and the newest one holds.

    False when a newer answer is there, or the same.
    """
    MEETING_RULES.require(by, "answer", meeting)
    if not meeting.is_planned or meeting.has_begun(now) or sequence < meeting.sequence:
        raise Refused(_("This invitation is not open any more."))

    given = {"answer": answer, "sequence": meeting.sequence, "stamp": min(stamp, now), "at": now}
    mine = InvitationAnswer.objects.filter(meeting=meeting, person=by)
    row, changed = mine.get_or_create(meeting=meeting, person=by, defaults=given)
    if (row.answer, row.sequence) != (answer, meeting.sequence):
        older = Q(stamp__lte=given["stamp"]) | Q(sequence__lt=meeting.sequence)
        changed = bool(mine.filter(older).update(**given))

    if changed:
        record("relationships.invitation_answered", meeting, by=by, at=now, answer=answer)
    return changed
