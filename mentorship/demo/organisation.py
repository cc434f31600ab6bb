"""The people and the three programs of the Halden Group."""

from datetime import date, datetime, timedelta
from typing import Any

from activity.jobs import Job
from matching import actions as matching
from matching.models import MatchRun, Proposal
from mentorship.demo import people as halden
from mentorship.demo.stage import work
from mentorship.demo.who import ADMINISTRATOR, COORDINATOR, HR_ADMIN, MENTEE, MENTOR, PASSWORD
from people import actions as persons
from people.grades import fingerprint
from people.importing import Mapping
from people.models import OrganisationRole, User
from people.models.profiles import LearningItem, Style, Value
from programs import actions as programs
from programs.models import Enrolment, Program
from programs.models.enrolments import Role

NAME, ZONE = "Halden Group", "Europe/Oslo"
# They look after programs and take part in none, so that each way of signing in shows one role.
STAFF = (COORDINATOR, HR_ADMIN, ADMINISTRATOR, "per.sandvik@halden.example")


def found(now: datetime) -> User:
    """The organisation, its administrator, and the HR file brought in by the HR admin."""
    administrator = persons.found_organisation(
        name=NAME, zone=ZONE, full_name="Astrid Moen", email=ADMINISTRATOR, now=now
    )
    hr_admin = persons.create_person(full_name="Hanne Vik", email=HR_ADMIN, by=administrator, now=now)
    persons.give_organisation_role(hr_admin, OrganisationRole.Role.HR_ADMIN, by=administrator, now=now)
    file = persons.bring(halden.as_csv(halden.rows()), "halden-people.csv", by=hr_admin, now=now)
    persons.choose_columns(file, Mapping.from_json(file.mapping), by=hr_admin, now=now)
    persons.apply_import(file, by=hr_admin, now=now)
    lowest_first = [[grade] for grade in halden.GRADES]
    persons.put_grades_in_order(lowest_first, seen=fingerprint([]), by=hr_admin, now=now)
    for email in (COORDINATOR, HR_ADMIN, MENTOR, MENTEE, ADMINISTRATOR):
        person = User.objects.get(email=email)
        persons.join(person, now=now)
        persons.set_password(person, PASSWORD, by=person, now=now)
    return hr_admin


def make_program(
    template: str, title: str, starts_on: date, closes_on: date, *, by: User, now: datetime
) -> Program:
    """From the template, with its dates checked, a deputy named and a word of welcome, as its coordinator would."""
    program = programs.create_program(
        template=template, title=title, starts_on=starts_on, by=by, now=now, zone=ZONE
    )
    outcome = program.outcomes.first()
    basics = {
        "title": title,
        "purpose": program.purpose,
        "strategic_objective": "Leaders who stay and grow.",
        "outcome": outcome.metric,
        "baseline": "71 %",
        "target": outcome.target,
        "kick_off_on": starts_on,
        "planned_end_on": starts_on + timedelta(days=program.length_days),
        "zone": ZONE,
        "version": program.version,
    }
    program = programs.save_task(program, "basics", basics, by=by, now=now)
    people = {
        "audience": program.audience,
        "eligibility": program.eligibility,
        "enrolment_closes_on": closes_on,
        "matching_on": closes_on + timedelta(days=1),
        "deputy": User.objects.get(email="per.sandvik@halden.example"),
        "sponsor": None,
        "version": program.version,
    }
    return programs.save_task(program, "people", people, by=by, now=now)


def invite(program: Program, mentees: list[User], mentors: list[User], *, by: User, now: datetime) -> None:
    cycle = program.cycles.get(number=1)
    for role, group in ((Role.MENTEE, mentees), (Role.MENTOR, mentors)):
        for n, person in enumerate(group):
            capacity = 2 if role == Role.MENTOR and n % 3 == 0 else 1
            programs.enrol(cycle, person, role, by=by, now=now, capacity=capacity)
    programs.publish(program, by=by, now=now)


def join(program: Program, person: User, role: str, n: int, *, now: datetime) -> None:
    """Opens the link, answers every question, sends the answers."""
    enrolment = Enrolment.objects.with_people().get(cycle__program=program, person=person, role=role)
    if enrolment.invitation_opened_at is None:
        programs.accept_invitation(enrolment, now=now)
    asked = program.questions.filter(asked_of__in=["everybody", f"{role}s"])
    for number, question in enumerate(asked, 1):
        given = answer_to(question.field, person, n)
        programs.answer(enrolment, question, given, by=person, now=now, step=number)
    programs.submit_answers(enrolment, by=person, now=now)


def answer_to(field: str, person: User, n: int) -> dict[str, Any]:
    """A plausible answer, the same each time for the same person; empty where the question may be left out."""
    skills = halden.SKILLS
    values = Value.values
    hours = {
        f"{day}_{edge}": None
        for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
        for edge in ("from", "to")
    }
    workdays = datetime(2026, 1, 1, 7 + n % 3), datetime(2026, 1, 1, 15 + n % 4)
    for day in ("mon", "tue", "wed", "thu", "fri"):
        hours[f"{day}_from"], hours[f"{day}_to"] = (moment.time() for moment in workdays)
    answers = {
        "skills_wanted": {"skills_wanted": [skills[(n + k * 4) % len(skills)] for k in range(3)]},
        "skills_offered": {"skills_offered": [skills[(n * 2 + k * 2) % len(skills)] for k in range(7)]},
        "goals": {"goals": "To lead my team without doing all of its work." if n % 2 else ""},
        "languages": {"languages": person.profile.languages or ["en"]},
        "working_hours": {**hours, "zone": person.zone},
        "values": {f"value_{rank}": values[(n % 4 * 3 + rank * 2) % len(values)] for rank in range(1, 6)},
        "working_style": {code: str(1 + (n % 3 + k) % 5) for k, code in enumerate(Style.values)},
        "learning_orientation": {code: str(2 + (n + k) % 4) for k, code in enumerate(LearningItem.values)},
        "preferences": {"function": "different"} if n % 4 == 0 else {},
    }
    return answers.get(field, {})


def match(program: Program, *, by: User, now: datetime) -> MatchRun:
    """Run, look, publish: the offers wait for their ten minutes."""
    run, job = matching.ask_for_run(program.cycles.get(number=1), by=by, now=now)
    work(Job.objects.get(pk=job.pk))
    run.refresh_from_db()
    matching.publish(run, by=by, now=now)
    return run


def accept(proposal: Proposal, role: str, *, now: datetime) -> None:
    fresh = Proposal.objects.with_people().get(pk=proposal.pk)
    person = next(member.person for member in fresh.members.all() if member.role == role)
    matching.accept(fresh, by=person, now=now)


def decline(proposal: Proposal, role: str, *, now: datetime) -> None:
    fresh = Proposal.objects.with_people().get(pk=proposal.pk)
    person = next(member.person for member in fresh.members.all() if member.role == role)
    matching.decline(fresh, by=person, now=now)


def chosen(
    grade: tuple[str, ...], count: int, *, after: int = 0, taken: set[int] = frozenset()
) -> list[User]:
    """People of these grades in the order of the file, without those in ``taken``."""
    rows = (
        User.objects.filter(profile__grade__in=grade)
        .exclude(pk__in=taken)
        .exclude(email__in=STAFF)
        .order_by("profile__employee_number")
    )
    return list(rows.select_related("profile")[after : after + count])
