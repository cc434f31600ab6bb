"""What the clock does for offers."""

from datetime import datetime

from activity.kinds import DueKind, table
from activity.models import Due
from matching import actions
from matching.models import Proposal


def proposal_of(due: Due) -> Proposal | None:
    pk = due.subject.rpartition(":")[2]
    return Proposal.objects.select_related("cycle__program").filter(pk=pk).first()


def remind(due: Due, now: datetime) -> None:
    if proposal := proposal_of(due):
        actions.remind(proposal, now=now, occurrence=due.occurrence)


def expire(due: Due, now: datetime) -> None:
    if proposal := proposal_of(due):
        actions.expire(proposal, now=now)


DUES = table(
    DueKind("matching.offer_reminder", remind, family="offers"),
    DueKind("matching.offer_expires", expire),
)
