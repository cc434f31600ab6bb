"""Whether it is time to match: who has answered, and who is still missing."""

from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from matching.engine.scoring import DEFAULT_WEIGHTS
from matching.snapshot import places_taken, sizes_of
from people.grades import Order, Unplaced, unplaced
from programs.models import Cycle, Enrolment
from programs.models.enrolments import Role, places_for, roles_in
from programs.models.programs import Format
from programs.stages import EnrolmentState

WAITING = (EnrolmentState.INVITED, EnrolmentState.APPLIED, EnrolmentState.UNDER_REVIEW)
AWAY = (EnrolmentState.DECLINED, EnrolmentState.WITHDRAWN, EnrolmentState.REMOVED)


@dataclass(frozen=True)
class Readiness:
    """Of peers, ``mentees`` are all who can be paired."""

    format: str
    mentees: int
    mentors: int
    places: int
    answered: int
    asked: int
    waiting_mentors: int
    by_file: int
    missing: str
    without_level: Unplaced

    @property
    def can_run(self) -> bool:
        return not self.missing

    @property
    def sentence(self) -> str:
        said = _("%(answered)s of %(asked)s have answered.") % {
            "answered": self.answered,
            "asked": self.asked,
        }
        if self.waiting_mentors and self.places < self.mentees:
            said += " " + ngettext(
                "Waiting for %(count)s mentor would help most.",
                "Waiting for %(count)s mentors would help most.",
                self.waiting_mentors,
            ) % {"count": self.waiting_mentors}
        return said


class Free(NamedTuple):
    """Somebody who could be matched now, as much as is asked before a run: of ten thousand people no row is read."""

    role: str
    places: int
    person: int
    grade: str
    years: int | None


def free_now(cycle: Cycle) -> list[Free]:
    """The same people as ``matching.snapshot.pool``."""
    taken, program = places_taken(cycle), cycle.program
    known = ("pk", "role", "capacity", "person", "person__profile__grade")
    rows = Enrolment.objects.filter(cycle=cycle, role__in=roles_in(program)).matchable()
    found = (
        Free(role, places_for(role, capacity, program) - taken[key], *who)
        for key, role, capacity, *who in rows.values_list(*known, "person__profile__years_of_experience")
    )
    return [one for one in found if one.places > 0]


def missing_words(format: str, mentees: int, mentors: int) -> str:
    """Why there is nothing to run; empty when there is."""
    if format == Format.PEER:
        if mentees > 1:
            return ""
        return ngettext(
            "A run needs at least two people who have answered and are free; now there is %(count)s.",
            "A run needs at least two people who have answered and are free; now there are %(count)s.",
            mentees,
        ) % {"count": mentees}
    if mentees and mentors:
        return ""
    return _(
        "A run needs at least one mentee and one mentor who have answered and are free; "
        "now there are %(mentees)s and %(mentors)s."
    ) % {"mentees": mentees, "mentors": mentors}


def without_level(cycle: Cycle, found: list[Free], order: Order) -> Unplaced:
    """Those who could be matched now and whose grade tells no experience, where experience counts."""
    weights = cycle.program.weights or DEFAULT_WEIGHTS
    if not weights.get("experience"):
        return Unplaced(0, 0)
    grades = {one.person: one.grade or "" for one in found if one.years is None}
    return unplaced(grades.values(), order)


def readiness(cycle: Cycle, grades: Order | None = None) -> Readiness:
    """``grades``: their order, where the page says who has none."""
    program, found = cycle.program, free_now(cycle)
    leading = [one for one in found if one.role == Role.MENTOR]
    looking = [one for one in found if one.role != Role.MENTOR]
    mentors = looking if program.format == Format.PEER else leading
    states = Enrolment.objects.filter(cycle=cycle).exclude(state__in=AWAY).order_by()
    asked = list(states.values_list("role", "state", "answered_by_file").annotate(people=Count("pk")))
    return Readiness(
        format=program.format,
        missing=missing_words(program.format, len(looking), len(mentors)),
        mentees=len(looking),
        mentors=len(mentors),
        places=len(mentors) * sizes_of(program.rules).most
        if program.format == Format.GROUP
        else sum(one.places for one in mentors),
        answered=sum(people for _role, state, _file, people in asked if state not in WAITING),
        asked=sum(people for *_what, people in asked),
        waiting_mentors=sum(
            people for role, state, _file, people in asked if role == Role.MENTOR and state in WAITING
        ),
        by_file=sum(people for _role, state, file, people in asked if file and state not in WAITING),
        without_level=without_level(cycle, found, grades or []),
    )
