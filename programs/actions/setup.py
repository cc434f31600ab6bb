"""What each task of the set-up saves: the program's own columns, and what hangs on it."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from people.actions import create_person
from people.models import User
from programs.actions.enrolments import enrol, invite_all, remind_before_the_new_close
from programs.actions.programs import end_role, give_role, store_program
from programs.catalogue import built_in_questions
from programs.models import Cycle, Enrolment, Program, ProgramRole, Question
from programs.permissions import RULES
from programs.stages import Refused


@transaction.atomic
def save_task(program: Program, task: str, given: dict[str, Any], *, by: User, now: datetime) -> Program:
    """``given`` is the cleaned form of one task.  Everything of it is saved, or nothing when it was stale.

    The right is asked for once, before: a deputy may hand that role to somebody else."""
    RULES.require(by, "set_up", program)
    version = given.pop("version")
    done = {**program.tasks_done, task: now.isoformat()}
    columns = SAVERS[task](program, given, by, now)
    return store_program(program, by=by, now=now, version=version, task=task, tasks_done=done, **columns)


def save_basics(program: Program, given: dict[str, Any], by: User, now: datetime) -> dict[str, Any]:
    start, end = given["kick_off_on"], given["planned_end_on"]
    Cycle.objects.filter(program=program, number=1).update(kick_off_on=start, planned_end_on=end)
    first = program.outcomes.first()
    outcome = {"metric": given["outcome"], "baseline": given["baseline"], "target": given["target"]}
    if first:
        program.outcomes.filter(pk=first.pk).update(**outcome)
    else:
        program.outcomes.create(**outcome)
    return {
        "title": given["title"],
        "purpose": given["purpose"],
        "strategic_objective": given["strategic_objective"],
        "zone": given["zone"],
        "length_days": (end - start).days,
    }


def save_people(program: Program, given: dict[str, Any], by: User, now: datetime) -> dict[str, Any]:
    dates = {"enrolment_closes_on": given["enrolment_closes_on"], "matching_on": given["matching_on"]}
    first = Cycle.objects.filter(program=program, number=1)
    if first.exclude(enrolment_closes_on=given["enrolment_closes_on"]).exists():
        remind_before_the_new_close(program, given["enrolment_closes_on"], now)
    first.update(**dates)
    for role in (ProgramRole.Role.DEPUTY, ProgramRole.Role.SPONSOR):
        person = given[role.value]
        if person:
            give_role(program, person, role, by=by, now=now)
        for held in program.roles.filter(role=role, ended_at=None).exclude(person=person):
            end_role(held, by=by, now=now)
    return {"audience": given["audience"], "eligibility": given["eligibility"]}


def save_questions(program: Program, given: dict[str, Any], by: User, now: datetime) -> dict[str, Any]:
    """A question that somebody has answered stays: with it the answers would go."""
    for question in program.questions.all():
        choice = given.get(f"ask_{question.public_id}")
        if choice == "no" and question.answers.exists():
            raise Refused(
                _("People have answered “%(question)s”, so it stays.") % {"question": question.text}
            )
        if choice == "no":
            question.delete()
        elif choice:
            program.questions.filter(pk=question.pk).update(is_required=choice == "required")
    for order, pattern in built_in_questions(program):
        choice = given.get(f"add_{pattern['field']}", "no")
        if choice != "no":
            Question.objects.create(
                program=program, order=order, **{**pattern, "is_required": choice == "required"}
            )
    if given["own_text"]:
        options = given["own_options"]
        Question.objects.create(
            program=program,
            order=max((question.order for question in program.questions.all()), default=0) + 1,
            kind=Question.Kind.CHOICE if options else Question.Kind.TEXT,
            text=given["own_text"],
            options=options,
            readers=given["own_readers"],
            is_required=False,
        )
    return {}


def save_matching(program: Program, given: dict[str, Any], by: User, now: datetime) -> dict[str, Any]:
    weights = {
        name.removeprefix("weight_"): value for name, value in given.items() if name.startswith("weight_")
    }
    return {
        "weights": weights,
        "rules": {**program.rules, "objective": given["objective"], **places_given(program, given)},
        **{name: given[name] for name in ("default_capacity",) if name in given},
    }


def places_given(program: Program, given: dict[str, Any]) -> dict[str, Any]:
    """Of how many people groups are, or how many mentors a mentee may have; nothing where it stays as it was."""
    sizes = {name.removeprefix("group_"): value for name, value in given.items() if name.startswith("group_")}
    if sizes:
        return {"group": sizes}
    mentors = given.get("mentors_per_mentee", 1)
    return {"mentors_per_mentee": mentors} if mentors != program.rules.get("mentors_per_mentee", 1) else {}


def save_columns(program: Program, given: dict[str, Any], by: User, now: datetime) -> dict[str, Any]:
    return given


def save_emails(program: Program, given: dict[str, Any], by: User, now: datetime) -> dict[str, Any]:
    """A changed code or notice is a new version, which people accept anew when they next agree to something."""
    changed = dict(given)
    if given["conduct"] != program.conduct:
        changed["conduct_version"] = program.conduct_version + 1
    if given["privacy_notice"] != program.privacy_notice:
        changed["privacy_version"] = program.privacy_version + 1
    return changed


SAVERS = {
    "basics": save_basics,
    "people": save_people,
    "questions": save_questions,
    "matching": save_matching,
    "rhythm": save_columns,
    "emails": save_emails,
}


@transaction.atomic
def add_people(
    program: Program, people: list[tuple[str, str]], role: str, *, by: User, now: datetime
) -> tuple[int, int]:
    """Put (name, address) pairs on the list; unknown people are created.  (added, there already)."""
    RULES.require(by, "add_people", program)
    cycle = program.cycles.get(number=1)
    addresses = [email for _name, email in people]
    there = User.objects.annotate(address=Lower("email")).filter(address__in=addresses)
    known = {person.address: person for person in there}
    listed = set(Enrolment.objects.filter(cycle=cycle, role=role).values_list("person_id", flat=True))
    new = []
    for name, email in people:
        person = known.get(email) or somebody_new(name, email, by, now)
        if person.pk in listed:
            continue
        new.append(enrol(cycle, person, role, by=by, now=now))
    if program.is_open_for_joining:
        invite_all(new, by=by, now=now)
    added = len(new)
    return added, len(people) - added


def somebody_new(name: str, email: str, by: User, now: datetime) -> User:
    try:
        with transaction.atomic():
            return create_person(full_name=name, email=email, by=by, now=now, source="coordinator")
    except IntegrityError:
        raise Refused(
            _("Somebody else has just added %(email)s. Press the button again.") % {"email": email}
        ) from None


def impact(program: Program) -> str:
    """What a change means while people are already in it; empty before publishing."""
    if not program.is_open_for_joining:
        return ""
    count = Enrolment.objects.of_program(program).exclude(invited_at=None).count()
    return ngettext(
        "This program is published. %(count)s person will see the change from now on.",
        "This program is published. %(count)s people will see the change from now on.",
        count,
    ) % {"count": count}
