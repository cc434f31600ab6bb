"""How experienced people are, on one scale for everybody of a question.

Years where most have said how many they bring; otherwise steps of the organisation's order of grades.  The two are
never compared with each other, and nobody's level is guessed from the name of a grade."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.db.models import QuerySet, Subquery

from people.grades import current_order, folded, levels_of
from people.models import Organisation, Profile
from programs.models import Cycle
from programs.models.programs import Format

# How many grades above a mentor usually stands, at least and at most; peers stand side by side.
GRADES_ABOVE = (1, 3)
GRADES_BETWEEN_PEERS = (-1, 1)


class Scale(NamedTuple):
    """``of``: by person, in years or in levels."""

    of: Mapping[int, int]
    in_grades: bool

    def distance_in(self, format: str) -> dict[str, tuple[int, int]]:
        """What a question says of the wished distance; in years the engine has its own."""
        if not self.in_grades:
            return {}
        return {"distance": GRADES_BETWEEN_PEERS if format == Format.PEER else GRADES_ABOVE}


def scale_of(profiles: Iterable[Profile]) -> Scale:
    profiles = list(profiles)
    years = {one.user_id: one.years_of_experience for one in profiles if one.years_of_experience is not None}
    levels = levels_of(current_order()) if any(one.grade for one in profiles) else {}
    steps = {one.user_id: levels[key] for one in profiles if (key := folded(one.grade)) in levels}
    return Scale(steps, True) if len(steps) > len(years) else Scale(years, False)


def with_grade_order(cycles: QuerySet[Cycle]) -> QuerySet[Cycle]:
    """Each cycle with the order of grades, in the same question."""
    return cycles.annotate(grade_order=Subquery(Organisation.objects.values("grades")[:1]))
