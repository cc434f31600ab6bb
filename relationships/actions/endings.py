"""Ending a relationship: by either side alone and without a reason, by the coordinator, or well prepared."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from activity.actions import record
from people.models import User
from relationships.actions.life import move
from relationships.models import ClosingWaiver, Closure, ClosureReason, Relationship, StageTransition
from relationships.permissions import RULES
from relationships.stages import Refused, Stage, Status

# What a coordinator may call an ending; members end without fault.
CALLED_BY_COORDINATOR = (
    Closure.Type.ADMINISTRATIVE,
    Closure.Type.CONFLICT_OF_INTEREST,
    Closure.Type.CONDUCT,
)


@transaction.atomic
def end(
    relationship: Relationship, *, by: User, now: datetime, closure_type: str = "", reason: str = ""
) -> StageTransition:
    """Now, whoever of the two says so.  A coordinator says what kind of ending it is, and why."""
    RULES.require(by, "end", relationship)
    if relationship.has_member(by):
        return move(relationship, "end", by=by, now=now)
    if closure_type not in CALLED_BY_COORDINATOR:
        raise Refused(_("Say what kind of ending this is."))
    return move(relationship, "end", by=by, now=now, reason=reason, closure_type=closure_type)


@transaction.atomic
def give_reason(relationship: Relationship, code: str, *, by: User, now: datetime) -> ClosureReason:
    """Afterwards, if one likes to.  Nothing is recorded of it: only whoever gave it can read it."""
    RULES.require(by, "give_reason", relationship)
    closure = Closure.objects.filter(relationship=relationship).first()
    if closure is None or relationship.status != Status.ENDED_EARLY:
        raise Refused(_("This relationship has not ended early."))
    if code not in ClosureReason.Code:
        raise Refused(_("Choose one of the reasons, or “Prefer not to say”."))
    reason = ClosureReason.objects.filter(closure=closure, person=by).first()
    reason = reason or ClosureReason(closure=closure, person=by)
    reason.code = code
    try:
        with transaction.atomic():
            reason.save()
    except IntegrityError:
        return ClosureReason.objects.get(closure=closure, person=by)
    return reason


@transaction.atomic
def wish_for_rematch(relationship: Relationship, wants: bool, *, by: User, now: datetime) -> None:
    """Whether this person would like another partner; the coordinators read it."""
    RULES.require(by, "give_reason", relationship)
    if relationship.is_open:
        raise Refused(_("This relationship has not ended."))
    relationship.members.filter(person=by).update(wants_rematch=wants)
    scope = relationship.program.scope
    record("relationships.rematch_wish", relationship, by=by, at=now, scope=scope, wants=wants)


@transaction.atomic
def waive_closing_meeting(relationship: Relationship, why: str, *, by: User, now: datetime) -> ClosingWaiver:
    """There will be no closing meeting.  One of the two says why, and both can read it."""
    RULES.require(by, "waive_closing", relationship)
    if relationship.stage != Stage.SEPARATION or relationship.status != Status.ACTIVE:
        raise Refused(_("A closing meeting belongs to Separation."))
    if not why.strip():
        raise Refused(_("Say in a few words why there is no closing meeting."))
    try:
        with transaction.atomic():
            waiver = ClosingWaiver.objects.create(
                relationship=relationship, by=by, at=now, reason=why.strip()
            )
    except IntegrityError:
        return ClosingWaiver.objects.get(relationship=relationship)
    scope = relationship.program.scope
    record("relationships.closing_waived", relationship, by=by, at=now, scope=scope)
    return waiver
