"""Setting up a program, publishing it, and the steps of its life."""

from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from activity.actions import record
from people.models import User
from people.permissions import RULES as ORGANISATION_RULES
from programs.actions.enrolments import invite_all
from programs.catalogue import TEMPLATES
from programs.models import Cycle, Enrolment, Outcome, Program, ProgramRole, Question
from programs.permissions import RULES
from programs.quality import blocking
from programs.stages import CYCLE_MOVES, PROGRAM_MOVES, CycleState, ProgramState, Refused


@transaction.atomic
def create_program(
    *,
    template: str,
    title: str,
    starts_on: date,
    by: User,
    now: datetime,
    zone: str = "",
    language: str = "en",
) -> Program:
    """A program from a template, with everything prefilled; whoever makes it coordinates it."""
    may = ORGANISATION_RULES["create_programs"](by, None)
    if not may and not Program.objects.coordinated_by(by).exists():
        raise PermissionDenied(may.reason)
    pattern = TEMPLATES[template]
    today = now.date()
    program = Program.objects.create(
        title=title,
        template=template,
        zone=zone or by.zone,
        language=language,
        created_by=by,
        created_at=now,
        **pattern.program_fields(),
    )
    Outcome.objects.bulk_create(
        Outcome(program=program, order=order, **{name: str(text) for name, text in outcome.items()})
        for order, outcome in enumerate(pattern.outcomes)
    )
    Question.objects.bulk_create(
        Question(
            program=program,
            order=order,
            **{**question, "text": str(question["text"]), "hint": str(question["hint"])},
        )
        for order, question in enumerate(pattern.questions)
    )
    ProgramRole.objects.create(
        program=program, person=by, role=ProgramRole.Role.COORDINATOR, given_at=now, given_by=by
    )
    Cycle.objects.create(
        program=program,
        enrolment_opens_on=today,
        enrolment_closes_on=max(starts_on - timedelta(days=7), today),
        matching_on=max(starts_on - timedelta(days=6), today),
        kick_off_on=starts_on,
        planned_end_on=starts_on + timedelta(days=program.length_days),
    )
    record("program.created", program, by=by, at=now, scope=program.scope, template=template)
    return program


@transaction.atomic
def change_program(
    program: Program, *, by: User, now: datetime, version: int, task: str = "", **fields: Any
) -> Program:
    """Save columns of the program.  ``version`` is the one the form was made from: a stale form is refused."""
    RULES.require(by, "set_up", program)
    return store_program(program, by=by, now=now, version=version, task=task, **fields)


def store_program(
    program: Program, *, by: User, now: datetime, version: int, task: str = "", **fields: Any
) -> Program:
    """The writing half of ``change_program``, for whoever has asked who may."""
    same = Program.objects.filter(pk=program.pk, version=version)
    if not same.update(version=F("version") + 1, **fields):
        raise Refused(_("Somebody else has changed this program since you opened the page."))
    program.refresh_from_db()
    record("program.changed", program, by=by, at=now, scope=program.scope, task=task, fields=sorted(fields))
    return program


@transaction.atomic
def publish(program: Program, *, by: User, now: datetime) -> Program:
    """Open the program and send the invitations of everybody on the list who has an address."""
    RULES.require(by, "publish", program)
    if missing := blocking(program):
        raise Refused(missing[0].sentence)
    move_program(program, ProgramState.PUBLISHED, by=by, now=now)
    cycle = program.cycles.get(number=1)
    move_cycle(cycle, CycleState.ENROLLING, by=by, now=now)
    invite_all(Enrolment.objects.filter(cycle=cycle).uninvited(), by=by, now=now)
    return program


@transaction.atomic
def move_program(program: Program, to: str, *, by: User | None, now: datetime) -> Program:
    """The only writer of ``Program.state``."""
    source = program.state
    if to not in PROGRAM_MOVES[ProgramState(source)]:
        raise Refused(_("This program has moved on in the meantime."))
    changes: dict[str, Any] = {"state": to}
    if to == ProgramState.PUBLISHED:
        changes["published_at"] = now
    if to == ProgramState.CLOSED:
        changes["closed_at"] = now
    if not Program.objects.filter(pk=program.pk, state=source).update(**changes, version=F("version") + 1):
        raise Refused(_("Somebody else has just moved this program."))
    program.refresh_from_db()
    record(f"program.{to}", program, by=by, at=now, scope=program.scope, source=source)
    return program


@transaction.atomic
def move_cycle(cycle: Cycle, to: str, *, by: User | None, now: datetime) -> Cycle:
    """The only writer of ``Cycle.state``."""
    source = cycle.state
    if to not in CYCLE_MOVES[CycleState(source)]:
        raise Refused(_("This cycle has moved on in the meantime."))
    if not Cycle.objects.filter(pk=cycle.pk, state=source).update(state=to):
        raise Refused(_("Somebody else has just moved this cycle."))
    cycle.state = to
    record(f"cycle.{to}", cycle, by=by, at=now, scope=cycle.program.scope, source=source)
    return cycle


@transaction.atomic
def give_role(program: Program, person: User, role: str, *, by: User, now: datetime) -> ProgramRole:
    RULES.require(by, "set_up", program)
    given, is_new = ProgramRole.objects.get_or_create(
        program=program, person=person, role=role, ended_at=None, defaults={"given_at": now, "given_by": by}
    )
    if is_new:
        record("program.role_given", program, by=by, at=now, scope=program.scope, person=person.pk, role=role)
    return given


@transaction.atomic
def take_role(held: ProgramRole, *, by: User, now: datetime) -> None:
    """The last coordinator stays: a program without one can be helped by nobody."""
    # Two who take each other's role at the same moment come one after the other.
    program = Program.objects.select_for_update().get(pk=held.program_id)
    RULES.require(by, "set_up", program)
    coordinators = program.roles.filter(role=ProgramRole.Role.COORDINATOR, ended_at=None)
    others = coordinators.filter(person__is_active=True).exclude(pk=held.pk)
    if held.role == ProgramRole.Role.COORDINATOR and not others.exists():
        raise Refused(_("A program needs a coordinator. Name another one first."))
    end_role(held, by=by, now=now)


def end_role(held: ProgramRole, *, by: User, now: datetime) -> None:
    if ProgramRole.objects.filter(pk=held.pk, ended_at=None).update(ended_at=now):
        record(
            "program.role_taken",
            held.program,
            by=by,
            at=now,
            scope=held.program.scope,
            person=held.person_id,
            role=held.role,
        )
