"""The grades of the organisation in their order, lowest first: what makes "how much more experienced" a number.

The order is kept in one place, as levels in the row of the organisation: ``[["AA"], ["AO"], ["EO", "Officer"]]``.
Nobody's level is guessed: a grade that a file brings has none until somebody has put it in order.  A grade is the
same however it is spaced and capitalised.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from people.models import Organisation, Profile

Order = list[list[str]]
# Experience is counted up to a hundred.
MOST_LEVELS = 100
MOST_GRADES = 1000
# So many grades that have no place yet are asked for at once, those of most people first.
SHOWN = 500
# Between two places there is room for others.
STEP = 10


def folded(grade: str) -> str:
    return " ".join(grade.split()).casefold()


def current_order() -> Order:
    return Organisation.objects.filter(pk=1).values_list("grades", flat=True).first() or []


def levels_of(order: Order) -> dict[str, int]:
    """Folded grade to level, from 1."""
    return {folded(grade): level for level, grades in enumerate(order, 1) for grade in grades}


def fingerprint(order: Order) -> str:
    """Tells whether the order is still that which somebody has looked at."""
    return hashlib.sha256(json.dumps(order).encode()).hexdigest()[:16]


class Unplaced(NamedTuple):
    """Grades that have no place in the order, and the people who have them."""

    grades: int
    people: int

    @property
    def sentence(self) -> str:
        first = ngettext(
            "%(count)s grade is not in order yet.", "%(count)s grades are not in order yet.", self.grades
        )
        second = ngettext(
            "Experience does not count for the %(count)s person who has it.",
            "Experience does not count for %(count)s people.",
            self.people,
        )
        return f"{first % {'count': self.grades}} {second % {'count': self.people}}"

    @property
    def link(self) -> str:
        words = ngettext("Put %(count)s grade in order", "Put %(count)s grades in order", self.grades)
        return words % {"count": self.grades}

    @property
    def whom_to_ask(self) -> str:
        return _("HR admins and administrators put grades in order.")


def unplaced(grades: Iterable[str] | Mapping[str, int], order: Order) -> Unplaced:
    """Of the grades that people have, one entry a person or counted."""
    placed = levels_of(order)
    found: Counter = Counter()
    for grade, people in Counter(grades).items():
        if (key := folded(grade)) and key not in placed:
            found[key] += people
    return Unplaced(len(found), found.total())


def grades_held() -> dict[str, int]:
    """Each grade as it is written, with how many people who are here have it."""
    held = Profile.objects.filter(user__is_active=True).exclude(grade="").order_by()
    return dict(held.values_list("grade").annotate(people=Count("pk")))


class Line(NamedTuple):
    """One grade on the page; without a level it has no place yet."""

    name: str
    people: int
    level: int | None

    @property
    def code(self) -> str:
        """Names the grade in a form, also on a page that was opened before others came or went."""
        return f"place_{hashlib.sha256(folded(self.name).encode()).hexdigest()[:12]}"

    @property
    def place(self) -> int | None:
        return self.level and self.level * STEP


def lines_of(order: Order, held: Mapping[str, int]) -> list[Line]:
    """The grades in their order, then those without a place, most people first."""
    people: Counter = Counter()
    names: dict[str, str] = {}
    for name, count in sorted(held.items(), key=lambda pair: (-pair[1], pair[0])):
        if key := folded(name):
            people[key] += count
            names.setdefault(key, name)
    placed = [Line(name, people.pop(folded(name), 0), n) for n, at in enumerate(order, 1) for name in at]
    return placed + [Line(names[key], count, None) for key, count in people.most_common()]


# An order to begin with.  It is only ever shown in the fields of the page, and kept when somebody has said so.

# Grades whose order neither their words nor their numbers tell.
LADDERS = (("aa", "ao", "eo", "heo", "seo", "g7", "g6", "scs1", "scs2", "scs3", "scs4"),)
SAME_STEP = {"grade 7": "g7", "grade 6": "g6", "scs": "scs1"}
FEWEST_OF_A_LADDER = 3
RANKS = (
    ("intern", "trainee", "apprentice", "graduate"),
    ("junior", "assistant"),
    ("associate",),
    ("officer", "specialist", "analyst", "consultant", "professional"),
    ("senior",),
    ("lead", "principal", "supervisor"),
    ("manager",),
    ("head",),
    ("director",),
    ("vice president", "vp"),
    ("president", "chief"),
)


def suggestion(names: Iterable[str]) -> dict[str, int]:
    """Places by name, for the grades whose names tell something: a known ladder, a number, a word of rank."""
    names = list(names)
    for ladder in LADDERS:
        steps = {name: SAME_STEP.get(folded(name), folded(name)) for name in names}
        if len(set(ladder) & set(steps.values())) >= FEWEST_OF_A_LADDER:
            return _in_places({name: (ladder.index(step),) for name, step in steps.items() if step in ladder})
    return _in_places({name: told for name in names if (told := _told_by(name))})


def _told_by(name: str) -> tuple[int, int] | None:
    key = folded(name)
    ranks = [n for n, words in enumerate(RANKS) for word in words if re.search(rf"\b{word}\b", key)]
    numbers = re.findall(r"\d{1,4}", key)
    if not ranks and not numbers:
        return None
    return max(ranks, default=3), int(numbers[-1]) if numbers else 0


def _in_places(told: Mapping[str, tuple[int, ...]]) -> dict[str, int]:
    places = {at: n * STEP for n, at in enumerate(sorted(set(told.values())), 1)}
    return {name: places[at] for name, at in told.items()}
