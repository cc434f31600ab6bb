"""The life of a relationship: how it begins, moves, rests and goes on.

``move`` is the only writer of status and stage: it carries out one row of the stage table once and keeps what
held at that moment.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activity.actions import post, record
from activity.models import Event
from people.models import User
from programs.actions import move_cycle, move_program
from programs.models import Cycle, Enrolment, Program
from programs.models.enrolments import Role
from programs.models.programs import Format
from programs.stages import CycleState, ProgramState
from programs.stages import Refused as ProgramRefused
from relationships import gates
from relationships.actions.effects import AFTER, BACK, CHANGES, Turn, arm_next_morning
from relationships.actions.meetings import cancel_planned_meetings
from relationships.models import MoveRequest, Relationship, RelationshipMember, StageTransition
from relationships.permissions import RULES
from relationships.stages import TAKE_BACK, TAKEN_BACK_WITHIN, TWO_STEPS, How, Move, Refused, find

MOVED_ON = gettext_lazy("Somebody else has just changed this relationship. Look at the page again.")
PAIRS = frozenset({Format.ONE_TO_ONE, Format.REVERSE})
NOTHING_MORE_IS_PLANNED = frozenset({"redefine", "complete", "end"})
LETTERS = {
    "activate": "begun",
    "cancel": "cancelled",
    "pause": "paused",
    "resume": "resumed",
    "complete": "completed",
    "end": "ended",
}

Member = tuple[User, str, Enrolment | None]
Actor = StageTransition.Actor


# Beginning


@transaction.atomic
def begin(
    program: Program,
    cycle: Cycle | None,
    members: Sequence[Member],
    *,
    by: User | None,
    now: datetime,
    origin: str = Relationship.Origin.MATCHED,
    previous: Relationship | None = None,
    line_is_known: bool = False,
) -> Relationship:
    """Everybody has accepted: the relationship begins, if it still may.  ``line_is_known`` where a coordinator has
    allowed in writing that one reports to the other.

    Reporting lines and free places are looked at again under a lock on the enrolments: two relationships that
    would take the same last place come one after the other."""
    people = [person for person, _role, _enrolment in members]
    coordinates = by is not None and Program.objects.coordinated_by(by).filter(pk=program.pk).exists()
    if by is not None and by not in people and not coordinates:
        raise PermissionDenied(_("Only the people in this relationship and its coordinators can do this."))
    list(
        Enrolment.objects.select_for_update()
        .filter(pk__in=[e.pk for *_rest, e in members if e])
        .order_by("pk")
    )

    relationship = _insert(
        members,
        Relationship(
            program=program,
            cycle=cycle,
            format=program.format,
            mode=program.mode,
            origin=origin,
            previous=previous,
            zone=program.zone,
            cadence_days=program.cadence_days,
            meeting_minutes=program.meeting_minutes,
            pair_key=_pair_key(program.format, members),
            created_at=now,
            stage_since=now,
            reporting_line_since=now if line_is_known else None,
        ),
    )

    record("relationships.begun", relationship, by=by, at=now, scope=program.scope, origin=origin)
    move(relationship, "activate", by=by if coordinates and by not in people else None, now=now)
    _set_running(program, cycle, by, now)
    return relationship


def _pair_key(format: str, members: Iterable[Member]) -> str:
    if format == Format.PEER:
        return ":".join(map(str, sorted(person.pk for person, *_rest in members)))
    if format not in PAIRS:
        return ""
    mentor, mentee = (
        next(person.pk for person, role, _enrolment in members if role == wanted)
        for wanted in (Role.MENTOR, Role.MENTEE)
    )
    return f"{mentor}:{mentee}"


def _insert(members: Iterable[Member], relationship: Relationship) -> Relationship:
    try:
        with transaction.atomic():
            relationship.save(force_insert=True)
    except IntegrityError:
        raise Refused(_("These two have a relationship in this program already.")) from None
    RelationshipMember.objects.bulk_create(
        RelationshipMember(relationship=relationship, person=person, role=role, enrolment=enrolment)
        for person, role, enrolment in members
    )
    return Relationship.objects.with_people().get(pk=relationship.pk)


def _set_running(program: Program, cycle: Cycle | None, by: User | None, now: datetime) -> None:
    """The first relationship sets program and cycle going; who is second finds them so."""
    try:
        with transaction.atomic():
            if program.state == ProgramState.PUBLISHED:
                move_program(program, ProgramState.RUNNING, by=by, now=now)
            if cycle and cycle.state == CycleState.MATCHING:
                move_cycle(cycle, CycleState.ACTIVE, by=by, now=now)
    except ProgramRefused:
        pass


# Moving


@transaction.atomic
def move(
    relationship: Relationship,
    verb: str,
    *,
    by: User | None,
    now: datetime,
    reason: str = "",
    effective_at: datetime | None = None,
    **facts: Any,
) -> StageTransition:
    """Carry out one row of the stage table.  ``by`` is nobody when the clock moves.

    ``effective_at`` is when the step was due, if that was earlier; ``facts`` are what some verbs need
    (``until``, ``closure_type``)."""
    step = find(verb, relationship.status, relationship.stage)
    actor, request = actor_of(by, relationship), open_request(relationship)
    criteria = _require(step, relationship, actor, request, by, now, reason)

    moment = _moment(relationship, effective_at or now, now)
    turn = Turn(relationship, step, by, now, moment, facts)
    changes = CHANGES.get(verb, lambda turn: {})(turn)
    _write(relationship, step.to_status, step.to_stage, step.is_of_stage, moment, changes)
    _answer(relationship, request, verb, by, now)
    AFTER.get(verb, lambda turn: None)(turn)
    if verb in NOTHING_MORE_IS_PLANNED:
        cancel_planned_meetings(relationship, by=by, now=now)

    transition = _keep(turn, verb, actor, criteria.snapshot, reason, step.to_status, step.to_stage)
    event = _record(transition)
    tell(
        LETTERS.get(verb, "moved"),
        relationship,
        [person for person in relationship.people if person != by],
        about=transition.pk,
        now=now,
        data={"transition": transition.pk},
        event=event,
    )
    return transition


def actor_of(by: User | None, relationship: Relationship) -> str:
    """Which column of the stage table ``by`` stands in.  A coordinator who is a member is a member only."""
    if by is None:
        return Actor.SYSTEM
    RULES.require(by, "view", relationship)
    return Actor.MEMBER if relationship.has_member(by) else Actor.COORDINATOR


def open_request(relationship: Relationship) -> MoveRequest | None:
    return MoveRequest.objects.open().filter(relationship=relationship).first()


def is_agreed(request: MoveRequest | None, verb: str, by: User | None) -> bool:
    """Another member has asked for the same; two members who ask at the same moment agree."""
    return bool(
        request and by and request.verb == verb and request.asked_by_id and request.asked_by_id != by.pk
    )


def needs_gate(step: Move, actor: str) -> bool:
    """A member alone and the coordinator's word need none; but no word replaces what a beginning needs."""
    return actor == Actor.SYSTEM or step.how(actor) in TWO_STEPS or step.gate == "accepted"


def _require(
    step: Move,
    relationship: Relationship,
    actor: str,
    request: MoveRequest | None,
    by: User | None,
    now: datetime,
    reason: str,
) -> gates.Criteria:
    how = step.how(actor)
    if how == How.NOBODY:
        raise PermissionDenied(_("This step is not yours to take."))
    agreed = is_agreed(request, step.verb, by)
    if actor == Actor.MEMBER and how in TWO_STEPS and not agreed:
        raise Refused(_("The other has to agree first."))
    if actor == Actor.SYSTEM and how in TWO_STEPS:
        if not (request and request.verb == step.verb and request.due_at <= now):
            raise Refused(_("This is announced first, so that everybody can object."))
    criteria = gates.check(relationship, step.gate, now, mutual=agreed)
    if not criteria.hold and needs_gate(step, actor):
        raise Refused(_("Still missing: %(missing)s.") % {"missing": criteria.missing[0]})
    if not criteria.hold and how == How.REASON and not reason.strip():
        raise Refused(_("Say why, since not everything that this step needs is there."))
    return criteria


def _moment(relationship: Relationship, effective_at: datetime, now: datetime) -> datetime:
    """Steps stand in one order: none is dated before the one before it, none in the future."""
    last = relationship.transitions.order_by("-effective_at").values_list("effective_at", flat=True).first()
    return min(max(effective_at, last or effective_at), now)


def _write(
    relationship: Relationship,
    status: str,
    stage: str,
    is_of_stage: bool,
    moment: datetime,
    changes: dict[str, Any],
) -> None:
    fresh = {"status": status, "stage": stage, **changes} | ({"stage_since": moment} if is_of_stage else {})
    same = Relationship.objects.filter(
        pk=relationship.pk,
        status=relationship.status,
        stage=relationship.stage,
        version=relationship.version,
    )
    if not same.update(**fresh, version=F("version") + 1):
        raise Refused(MOVED_ON)
    for name, value in fresh.items():
        setattr(relationship, name, value)
    relationship.version += 1


def _answer(
    relationship: Relationship, request: MoveRequest | None, verb: str, by: User | None, now: datetime
) -> None:
    """What was asked is carried out by this move, or has no sense after it."""
    if request:
        state = MoveRequest.State.CARRIED_OUT if request.verb == verb else MoveRequest.State.WITHDRAWN
        MoveRequest.objects.open().filter(pk=request.pk).update(state=state, answered_by=by, answered_at=now)


def _keep(
    turn: Turn, verb: str, actor: str, criteria: dict[str, bool], reason: str, to_status: str, to_stage: str
) -> StageTransition:
    return StageTransition.objects.create(
        relationship=turn.relationship,
        verb=verb,
        from_status=turn.step.status,
        from_stage=turn.step.stage,
        to_status=to_status,
        to_stage=to_stage,
        at=turn.now,
        effective_at=turn.moment,
        by=turn.by,
        actor=actor,
        criteria=criteria,
        reason=reason.strip(),
    )


def _record(transition: StageTransition) -> Event:
    relationship = transition.relationship
    return record(
        f"relationships.{transition.verb}",
        relationship,
        by=transition.by,
        at=transition.at,
        scope=relationship.program.scope,
        source=transition.from_stage or transition.from_status,
        target=transition.to_stage or transition.to_status,
        transition=transition.pk,
    )


def tell(
    kind: str,
    relationship: Relationship,
    people: Iterable[User],
    *,
    about: object,
    now: datetime,
    data: dict[str, Any] | None = None,
    event: Event | None = None,
) -> None:
    """One letter to each of ``people``; ``about`` names what must not be said twice."""
    for person in people:
        post(
            f"relationships.{kind}",
            person,
            about=relationship,
            key=f"relationships.{kind}:{relationship.pk}:{about}:{person.pk}",
            now=now,
            data=data or {},
            event=event,
            scope=relationship.program.scope,
        )


# Resting, and going back


@transaction.atomic
def pause(relationship: Relationship, *, until: date, by: User, now: datetime) -> StageTransition:
    RULES.require(by, "pause", relationship)
    return move(relationship, "pause", by=by, now=now, until=until)


@transaction.atomic
def resume(relationship: Relationship, *, by: User, now: datetime) -> StageTransition:
    RULES.require(by, "pause", relationship)
    return move(relationship, "resume", by=by, now=now)


def can_be_taken_back(
    relationship: Relationship, now: datetime, steps: Sequence[StageTransition] | None = None
) -> StageTransition | None:
    """The latest step, when it was the clock's and is not older than seven days."""
    last = steps[-1] if steps else relationship.transitions.order_by("at", "pk").last()
    if last is None or last.actor != Actor.SYSTEM or last.verb == "activate":
        return None
    return last if now < last.at + TAKEN_BACK_WITHIN else None


@transaction.atomic
def take_back(relationship: Relationship, *, by: User, now: datetime) -> StageTransition:
    """Back to where the clock moved it from.  The clock does not try the same step for the same day again."""
    RULES.require(by, "take_back", relationship)
    last = can_be_taken_back(relationship, now)
    if last is None:
        raise Refused(_("There is no step that could be taken back: only those of the last seven days can."))

    step = Move(
        TAKE_BACK, last.to_status, last.to_stage, last.from_status, last.from_stage, *[How.ONE] * 3, "", ""
    )
    turn = Turn(relationship, step, by, now, last.effective_at)
    changes = BACK.get(last.verb, lambda turn: {})(turn)
    _answer(relationship, open_request(relationship), TAKE_BACK, by, now)
    try:
        with transaction.atomic():
            _write(relationship, step.to_status, step.to_stage, step.is_of_stage, now, changes)
    except IntegrityError:
        raise Refused(_("These two have a new relationship by now, so this cannot be taken back.")) from None
    arm_next_morning(relationship, now)

    transition = StageTransition.objects.create(
        relationship=relationship,
        verb=TAKE_BACK,
        from_status=step.status,
        from_stage=step.stage,
        to_status=step.to_status,
        to_stage=step.to_stage,
        at=now,
        effective_at=now,
        by=by,
        actor=actor_of(by, relationship),
        takes_back=last,
    )
    event = _record(transition)
    others = [person for person in relationship.people if person != by]
    data = {"transition": transition.pk}
    tell("taken_back", relationship, others, about=transition.pk, now=now, data=data, event=event)
    return transition
