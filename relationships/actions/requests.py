"""Steps that take two: one asks, or the clock announces; the other agrees, objects, or lets days pass."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from activity import calendar
from activity.actions import arm, record
from people.models import User
from relationships import gates
from relationships.actions.effects import EVALUATE
from relationships.actions.life import MOVED_ON, Actor, actor_of, is_agreed, move, open_request, tell
from relationships.models import MoveRequest, Relationship, StageTransition
from relationships.permissions import RULES
from relationships.stages import ANSWER_WITHIN, TWO_STEPS, How, Refused, find


@transaction.atomic
def ask(relationship: Relationship, verb: str, *, by: User | None, now: datetime) -> MoveRequest:
    """A member asks for a step, or the clock announces it.  Nobody is moved yet."""
    step = find(verb, relationship.status, relationship.stage)
    how = step.how(actor_of(by, relationship))
    if how not in TWO_STEPS:
        raise Refused(_("This step is not one to ask for."))
    criteria = gates.check(relationship, step.gate, now, mutual=how == How.ASK)
    if not criteria.hold:
        raise Refused(_("Still missing: %(missing)s.") % {"missing": criteria.missing[0]})
    due_at = calendar.days_later(now, ANSWER_WITHIN[how].days, ZoneInfo(relationship.zone))

    same = {name: getattr(relationship, name) for name in ("pk", "status", "stage", "version")}
    if not Relationship.objects.filter(**same).exists():
        raise Refused(MOVED_ON)
    try:
        with transaction.atomic():
            request = MoveRequest.objects.create(
                relationship=relationship, verb=verb, asked_by=by, asked_at=now, due_at=due_at
            )
    except IntegrityError:
        raise Refused(_("Something is asked already. Answer that first.")) from None
    arm(EVALUATE, relationship, at=due_at, occurrence=f"request:{request.pk}", now=now)

    scope = relationship.program.scope
    event = record(
        "relationships.asked", relationship, by=by, at=now, scope=scope, step=verb, request=request.pk
    )
    others = [person for person in relationship.people if person != by]
    kind = "may_move" if how == How.NOTICE else "asked"
    tell(kind, relationship, others, about=request.pk, now=now, data={"request": request.pk}, event=event)
    return request


def ask_or_move(
    relationship: Relationship, verb: str, *, by: User, now: datetime, reason: str = ""
) -> MoveRequest | StageTransition:
    """What the button does: take the step if one may, agree to it if the other asked, else ask for it."""
    step = find(verb, relationship.status, relationship.stage)
    takes_two = actor_of(by, relationship) == Actor.MEMBER and step.member in TWO_STEPS
    if takes_two and not is_agreed(open_request(relationship), verb, by):
        return ask(relationship, verb, by=by, now=now)
    return move(relationship, verb, by=by, now=now, reason=reason)


@transaction.atomic
def say_not_yet(relationship: Relationship, *, by: User, now: datetime) -> MoveRequest:
    """An objection, without a reason; from whoever asked it is a withdrawal."""
    RULES.require(by, "say_not_yet", relationship)
    request = open_request(relationship)
    if request is None:
        raise Refused(_("Nothing is asked any more."))

    own = request.asked_by_id == by.pk
    state = MoveRequest.State.WITHDRAWN if own else MoveRequest.State.NOT_YET
    _close(request, state, by, now)

    verb = "relationships.request_withdrawn" if own else "relationships.not_yet"
    event = record(verb, relationship, by=by, at=now, scope=relationship.program.scope, request=request.pk)
    if not own:
        others = [person for person in relationship.people if person != by]
        data = {"request": request.pk}
        tell("not_yet", relationship, others, about=request.pk, now=now, data=data, event=event)
    return request


def let_lapse(request: MoveRequest, relationship: Relationship, now: datetime) -> None:
    """A fortnight without an answer: the coordinators are asked to look."""
    _close(request, MoveRequest.State.LAPSED, None, now)
    scope = relationship.program.scope
    event = record("relationships.unanswered", relationship, by=None, at=now, scope=scope, request=request.pk)
    data = {"request": request.pk}
    coordinators = [person for person in relationship.coordinators if not relationship.has_member(person)]
    tell("unanswered", relationship, coordinators, about=request.pk, now=now, data=data, event=event)


def drop(request: MoveRequest, now: datetime) -> None:
    """What was announced no longer holds."""
    _close(request, MoveRequest.State.WITHDRAWN, None, now)


def _close(request: MoveRequest, state: str, by: User | None, now: datetime) -> None:
    answer = {"state": state, "answered_by": by, "answered_at": now}
    if not MoveRequest.objects.open().filter(pk=request.pk).update(**answer):
        raise Refused(MOVED_ON)
    for name, value in answer.items():
        setattr(request, name, value)
