"""The letters of a program.  Each says what it needs to know and whether it is still true when it goes out."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activity.kinds import Choice, LetterKind, Patience, table
from activity.models import Letter
from people.models import User
from programs.links import expires_at, invitation_path, refusal_path
from programs.models import Enrolment, Program, ProgramRole, Question
from programs.models.enrolments import roles_in
from programs.stages import EnrolmentState


def enrolment_of(letter: Letter) -> Enrolment | None:
    pk = letter.about.rpartition(":")[2]
    return Enrolment.objects.with_people().filter(pk=pk).first() if pk.isdigit() else None


def coordinator_of(program: Program, pk: int | None = None) -> User | None:
    """The coordinator in whose name the letter goes: the one who did it while still in office, else the first."""
    held = program.roles.filter(role=ProgramRole.Role.COORDINATOR, ended_at=None).select_related("person")
    people = [role.person for role in held.order_by("given_at", "pk")]
    return next((person for person in people if person.pk == pk), people[0] if people else None)


def coordinators_of(programs: Iterable[Program]) -> dict[int, User]:
    """The first coordinator of each program, in one question."""
    held = ProgramRole.objects.current().filter(program__in=programs, role=ProgramRole.Role.COORDINATOR)
    found: dict[int, User] = {}
    for role in held.select_related("person").order_by("given_at", "pk"):
        found.setdefault(role.program_id, role.person)
    return found


def questions_for(enrolment: Enrolment) -> list[Question]:
    """Peers ask and answer alike: they are asked everything."""
    not_asked = {"mentor": Question.For.MENTEES, "mentee": Question.For.MENTORS}
    return list(enrolment.program.questions.exclude(asked_of=not_asked.get(enrolment.role, "")))


def invitation_words(enrolment: Enrolment, by: int | None = None) -> dict[str, Any]:
    """What both the invitation and its preview say."""
    program, cycle = enrolment.program, enrolment.cycle
    coordinator = coordinator_of(program, by)
    questions = questions_for(enrolment)
    return {
        "program": program,
        "enrolment": enrolment,
        "coordinator": coordinator,
        "sender_name": coordinator.full_name if coordinator else "",
        "sender_place": program.title,
        "reply_to": (coordinator.email or "") if coordinator else "",
        "questions": len(questions),
        "minutes": max(2, round(len(questions) * 0.45)),
        "answers_until": cycle.enrolment_closes_on,
        "starts_on": cycle.kick_off_on,
        "ends_on": cycle.planned_end_on,
        "weeks": round(program.length_days / 7),
        "note": program.invitation_note,
        "by_file": enrolment.answered_by_file,
        "path": invitation_path(enrolment),
        "refusal_path": refusal_path(enrolment),
        "why": _("You get this because %(name)s put you on the list of %(program)s.")
        % {"name": coordinator.full_name, "program": program.title}
        if coordinator
        else _("You get this because you are on the list of %(program)s.") % {"program": program.title},
    }


def invitation(letter: Letter, now: datetime) -> dict[str, Any] | None:
    enrolment = enrolment_of(letter)
    if enrolment is None or not still_invited(enrolment, now):
        return None
    return invitation_words(enrolment, letter.data.get("by"))


def still_invited(enrolment: Enrolment, now: datetime) -> bool:
    return (
        enrolment.is_to_answer
        and enrolment.person.is_active
        and enrolment.program.is_open_for_joining
        and expires_at(enrolment) > now
    )


def invitation_reminder(letter: Letter, now: datetime) -> dict[str, Any] | None:
    words = invitation(letter, now)
    if words is None:
        return None
    enrolment = words["enrolment"]
    step = enrolment.progress.get("step", 0) + 1
    days_left = (expires_at(enrolment) - now).days
    return {**words, "step": min(step, words["questions"]), "days_left": max(days_left, 1)}


def continue_later(letter: Letter, now: datetime) -> dict[str, Any] | None:
    """The person asked for this link: it leads back to the question where they stopped, after signing in."""
    enrolment = enrolment_of(letter)
    if enrolment is None or not enrolment.is_to_answer:
        return None
    step = enrolment.progress.get("step", 0) + 1
    return {
        **invitation_words(enrolment),
        "step": step,
        "path": reverse("programs:question", args=[enrolment.public_id, step]),
        "why": _("You get this because you asked to finish your answers for %(program)s later.")
        % {"program": enrolment.program.title},
    }


def answers_received(letter: Letter, now: datetime) -> dict[str, Any] | None:
    enrolment = enrolment_of(letter)
    if enrolment is None or enrolment.state in (EnrolmentState.WITHDRAWN, EnrolmentState.REMOVED):
        return None
    return {
        **invitation_words(enrolment),
        "matching_on": enrolment.cycle.matching_on,
        "path": reverse("programs:join_check", args=[enrolment.public_id]),
        "why": _("You get this because you sent your answers for %(program)s.")
        % {"program": enrolment.program.title},
    }


def new_link_wanted(letter: Letter, now: datetime) -> dict[str, Any] | None:
    """To the coordinators: somebody's link has expired and they ask for another."""
    enrolment = enrolment_of(letter)
    if enrolment is None or not (enrolment.is_to_answer or enrolment.has_declined):
        return None
    return {
        "program": enrolment.program,
        "enrolment": enrolment,
        "path": reverse("programs:participant", args=[enrolment.program.public_id, enrolment.public_id]),
        "why": _("You get this because you coordinate %(program)s.") % {"program": enrolment.program.title},
    }


def sample_words(
    program: Program, reader: User, enrolment: Enrolment | None = None, by: User | None = None
) -> dict[str, Any]:
    """The invitation with a real person of the list, or with the reader in the place of one; its links lead nowhere
    private."""
    enrolment = enrolment or Enrolment(
        cycle=program.cycles.order_by("number").first(),
        person=reader,
        role=roles_in(program)[0],
        invitation_nonce="preview",
    )
    enrolment.invited_at = enrolment.invited_at or program.created_at
    words = invitation_words(enrolment, by.pk if by else None)
    return {**words, "path": "/help/", "refusal_path": "/help/"}


REMINDERS = Choice(
    "invitation-reminders",
    gettext_lazy("Joining"),
    gettext_lazy("Reminders of an invitation"),
    gettext_lazy("Five days after the invitation, and two days before the answers close."),
)
CHOICES = (REMINDERS,)

LETTERS = table(
    LetterKind("programs.invitation", invitation, must_arrive=True),
    LetterKind(
        "programs.invitation_reminder",
        invitation_reminder,
        family="invitations",
        patience=Patience.HOURS,
        choice=REMINDERS,
    ),
    LetterKind("programs.continue_later", continue_later, must_arrive=True),
    LetterKind("programs.answers_received", answers_received),
    LetterKind("programs.new_link_wanted", new_link_wanted, must_arrive=True),
)
