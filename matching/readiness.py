"""Whether it is time to match: who has answered, and who is still missing."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from matching.engine.scoring import DEFAULT_WEIGHTS
from matching.snapshot import Pool, pool, sizes_of
from people.grades import Order, Unplaced, unplaced
from programs.models import Cycle, Enrolment
from programs.models.programs import Format
from programs.stages import EnrolmentState

WAITING = (EnrolmentState.INVITED, EnrolmentState.APPLIED, EnrolmentState.UNDER_REVIEW)


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


def missing_words(format: str, found: Pool) -> str:
    """Why there is nothing to run; empty when there is."""
    if format == Format.PEER:
        if len(found.mentees) > 1:
            return ""
        return ngettext(
            "A run needs at least two people who have answered and are free; now there is %(count)s.",
            "A run needs at least two people who have answered and are free; now there are %(count)s.",
            len(found.mentees),
        ) % {"count": len(found.mentees)}
    if found.mentees and found.mentors:
        return ""
    return _(
        "A run needs at least one mentee and one mentor who have answered and are free; "
        "now there are %(mentees)s and %(mentors)s."
    ) % {"mentees": len(found.mentees), "mentors": len(found.mentors)}


def without_level(cycle: Cycle, found: Pool, order: Order) -> Unplaced:
    """Those who could be matched now and whose grade tells no experience, where experience counts."""
    weights = cycle.program.weights or DEFAULT_WEIGHTS
    if not weights.get("experience"):
        return Unplaced(0, 0)
    people = {one.person_id: one.person.profile for one in (*found.mentees, *found.mentors)}
    return unplaced((one.grade for one in people.values() if one.years_of_experience is None), order)


def readiness(cycle: Cycle, grades: Order | None = None) -> Readiness:
    """``grades``: their order, where the page says who has none."""
    now, program = pool(cycle), cycle.program
    rows = list(Enrolment.objects.filter(cycle=cycle).values_list("role", "state", "answered_by_file"))
    asked = [row for row in rows if row[1] not in ("declined", "withdrawn", "removed")]
    return Readiness(
        format=program.format,
        missing=missing_words(program.format, now),
        mentees=len(now.mentees),
        mentors=len(now.mentors),
        places=len(now.mentors) * sizes_of(program.rules).most
        if program.format == Format.GROUP
        else now.places,
        answered=sum(1 for _role, state, _file in asked if state not in WAITING),
        asked=len(asked),
        waiting_mentors=sum(1 for role, state, _file in asked if role == "mentor" and state in WAITING),
        by_file=sum(1 for _role, state, file in asked if file and state not in WAITING),
        without_level=without_level(cycle, now, grades or []),
    )
