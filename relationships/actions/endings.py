"""Ending a relationship: by either side alone and without a reason, by the coordinator, or well prepared."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from activity.actions import post, record
from people.models import User
from programs.models.enrolments import Role
from relationships.actions.agreements import settle
from relationships.actions.effects import free_place
from relationships.actions.life import move, tell
from relationships.models import (
    ClosingWaiver,
    Closure,
    ClosureReason,
    Relationship,
    RelationshipMember,
    StageTransition,
)
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
def leave(relationship: Relationship, *, by: User, now: datetime) -> RelationshipMember:
    """Out of a group, which goes on: nobody is asked why."""
    RULES.require(by, "leave", relationship)
    return let_go(relationship, by, by=by, now=now)


@transaction.atomic
def let_go(relationship: Relationship, person: User, *, by: User | None, now: datetime) -> RelationshipMember:
    """``person`` is in the group no more, free for another one, and their calendar is cleared of its meetings.  ``by``
    is nobody when the clock lets go whoever has left the organisation."""
    in_it = Relationship.objects.open().filter(pk=relationship.pk, version=relationship.version)
    if not in_it.update(version=F("version") + 1):
        raise Refused(_("This is not possible any more: the relationship has moved on in the meantime."))
    member = relationship.member(person)
    relationship.members.filter(pk=member.pk, left_at=None).update(left_at=now)
    member.left_at, relationship.version = now, relationship.version + 1
    free_place(member, now)
    settle(relationship, now=now)

    scope = relationship.program.scope
    event = record("relationships.left", relationship, by=by, at=now, scope=scope, person=person.pk)
    leading = [one.person for one in relationship.present if one.role == Role.MENTOR]
    tell("left", relationship, leading, about=member.pk, now=now, data={"member": member.pk}, event=event)
    for meeting in relationship.meetings.planned().filter(starts_at__gt=now):
        # As it stands in everybody's calendar now: of what becomes of it later nothing is told.
        starts_at = meeting.starts_at.isoformat()
        known = {"sequence": meeting.sequence, "starts_at": starts_at, "minutes": meeting.minutes}
        post(
            "relationships.meeting_without_you",
            person,
            about=meeting,
            key=f"relationships.meeting_without_you:{meeting.pk}:{person.pk}",
            now=now,
            data=known,
            not_after=meeting.starts_at,
            scope=scope,
        )
    return member


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
