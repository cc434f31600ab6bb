"""What the clock does for a program."""

from datetime import datetime

from activity.actions import post
from activity.kinds import DueKind, table
from activity.models import Due
from programs import actions
from programs.letters import still_invited
from programs.models import Enrolment


def remind_of_invitation(due: Due, now: datetime) -> None:
    """Once five days after the invitation, once two days before the answers close; never after an answer."""
    enrolment = Enrolment.objects.with_people().filter(pk=due.subject.rpartition(":")[2]).first()
    if enrolment is None or not still_invited(enrolment, now):
        return
    nonce = due.occurrence.partition(":")[0]
    if nonce != enrolment.invitation_nonce:
        return
    post(
        "programs.invitation_reminder",
        enrolment.person,
        about=enrolment,
        key=f"invitation_reminder|{enrolment.public_id}|{due.occurrence}",
        now=now,
        scope=enrolment.program.scope,
    )


def end_pause(due: Due, now: datetime) -> None:
    """The day until which somebody wanted no proposals has come."""
    enrolment = Enrolment.objects.with_people().filter(pk=due.subject.rpartition(":")[2]).first()
    if enrolment and enrolment.paused_until and enrolment.paused_until <= due.local_date:
        actions.resume_enrolment(enrolment, by=None, now=now)


DUES = table(
    DueKind("programs.invitation_reminder", remind_of_invitation, family="invitations"),
    DueKind("programs.pause_over", end_pause),
)
