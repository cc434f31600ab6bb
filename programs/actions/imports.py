"""A file of people for a program: its people are put on the list, with the answers that the file brought."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from activity.models import Event, reference
from people.actions import apply_import, undo_import
from people.actions.imports import Refused
from people.importing import Examination, Mapping, Outcome, Target
from people.models import PeopleImport, User
from programs.models import Enrolment, Program
from programs.models.enrolments import Role, roles_in
from programs.permissions import RULES
from programs.stages import EnrolmentState

# Columns that answer something the matching asks.
ANSWERS = (
    Target.SKILLS_OFFERED,
    Target.SKILLS_WANTED,
    Target.FUNCTION,
    Target.GRADE,
    Target.LANGUAGES,
    Target.INTERESTS,
)
BATCH = 500


@transaction.atomic
def apply_to_program(program: Program, one: PeopleImport, *, by: User, now: datetime) -> PeopleImport:
    """Apply the file and put everybody in it on the list in their role; who is there already stays as they are.

    Where the file answers what matching asks, people count as accepted with answers from the file, marked as such:
    they can be matched, and confirm the answers when they join or accept."""
    RULES.require(by, "add_people", program)
    mapping = Mapping.from_json(one.mapping)
    found = apply_import(one, by=by, now=now)
    cycle = program.cycles.get(number=1)
    by_file = mapping.has(*ANSWERS)
    state = EnrolmentState.ACCEPTED if by_file else EnrolmentState.INVITED
    there = set(Enrolment.objects.filter(cycle=cycle).values_list("person_id", "role"))
    rows = [
        Enrolment(
            cycle=cycle,
            person_id=person,
            role=role,
            state=state,
            source=Enrolment.Source.FILE,
            capacity=(row.capacity if row.capacity is not None else program.default_capacity)
            if role == Role.MENTOR
            else 1,
            answered_by_file=by_file,
            accepted_at=now if by_file else None,
            created_at=now,
            state_since=now,
        )
        for row, person in people_of(found, one)
        for role in roles_of(row, mapping, program)
        if (person, role) not in there
    ]
    try:
        with transaction.atomic():
            rows = Enrolment.objects.bulk_create(rows, batch_size=BATCH)
    except IntegrityError:
        raise Refused(
            _("Somebody else has just put some of these people on the list. Press the button again.")
        ) from None
    Event.objects.bulk_create(
        [
            Event(
                verb="enrolment.added",
                about=reference(row),
                scope=program.scope,
                by=by,
                at=now,
                details={"role": row.role, "source": row.source},
            )
            for row in rows
        ],
        batch_size=BATCH,
    )
    one.before = {**one.before, "enrolments": [row.pk for row in rows]}
    one.counts = {**one.counts, "enrolled": len(rows)}
    one.save(update_fields=["before", "counts"])
    return one


def people_of(found: Examination, one: PeopleImport) -> list[tuple[Any, int]]:
    """Every usable row with the key of its person."""
    added = one.before["added"]
    usable = (Outcome.ADDED, Outcome.CHANGED, Outcome.LEFT_ALONE)
    return [
        (row, added.get(str(row.line)) or int(row.key))
        for outcome in usable
        for row in found.of(outcome)
        if str(row.line) in added or row.key
    ]


def roles_of(row: Any, mapping: Mapping, program: Program) -> list[str]:
    """Where everybody has the same role, the file is not asked."""
    if len(roles := roles_in(program)) == 1:
        return list(roles)
    role = row.role or mapping.default_role
    return {"both": [Role.MENTOR, Role.MENTEE], "mentor": [Role.MENTOR], "mentee": [Role.MENTEE]}.get(
        role, []
    )


@transaction.atomic
def undo_in_program(program: Program, one: PeopleImport, *, by: User, now: datetime) -> dict[str, int]:
    """Take the people off the list again, but for those who have been invited or matched, and undo the file."""
    RULES.require(by, "add_people", program)
    one.refresh_from_db()
    untouched = Enrolment.objects.filter(
        pk__in=one.before.get("enrolments", []),
        state__in=[EnrolmentState.INVITED, EnrolmentState.ACCEPTED],
        invited_at=None,
        proposal_memberships=None,
        memberships=None,
    )
    gone = list(untouched.values_list("pk", flat=True))
    Enrolment.objects.filter(pk__in=gone).delete()
    return undo_import(one, by=by, now=now)
