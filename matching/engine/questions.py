"""What a score asks: each criterion as questions that one side asks and the other side answers.

A question is made so that its points for all pairs are one product of whole numbers: the asker's row holds
the points that each possible answer earns, the answerer's row says which answer it is.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from matching.engine.availability import DAY
from matching.engine.profiles import DIFFERENT, MENTEE, MENTOR, Person

# A fit is stated in thousandths.
FULL_FIT = 1000
# Deep-level reasons first: that is the order in which a person reads them.
CRITERIA = (
    "values",
    "working_style",
    "learning",
    "interests",
    "topics",
    "preferences",
    "practicality",
    "experience",
)
VALUES_COUNTED = 5
SLOT = 30
FITTING_MODES = {
    frozenset(("in_person", "hybrid")): 700,
    frozenset(("hybrid", "virtual")): 700,
    frozenset(("virtual", "asynchronous")): 700,
    frozenset(("hybrid", "asynchronous")): 400,
}
CHOICE_STEP = 200


@dataclass(frozen=True, slots=True)
class Tags:
    """The asker spreads the points over what is looked for; each tag the answerer has earns its share."""

    code: str
    weight: int
    asks: Callable[[Person], tuple[tuple[Hashable, int], ...]]
    answers: Callable[[Person], frozenset]


@dataclass(frozen=True, slots=True)
class Table:
    """The answer fits what the asker said by so many thousandths.  None: not asked, or not answered."""

    code: str
    weight: int
    asks: Callable[[Person], Hashable | None]
    answers: Callable[[Person], Hashable | None]
    fit: Callable[[Hashable, Hashable], int]


@dataclass(frozen=True, slots=True)
class Part:
    """A criterion, or the half of one that belongs to one side."""

    code: str
    criterion: str
    asker: str
    questions: tuple[Tags | Table, ...]


def parts(people: Sequence[Person], distance: tuple[int, int]) -> tuple[Part, ...]:
    """The parts of a score for a program of these people, in the order of ``CRITERIA``."""
    sliders = sorted({slider for person in people for slider in person.working_style})
    return (
        Part(
            "values",
            "values",
            MENTEE,
            (Tags("values", 1, ranked_values, lambda p: frozenset(top_values(p))),),
        ),
        Part("working_style", "working_style", MENTEE, tuple(_slider(slider) for slider in sliders)),
        Part("learning", "learning", MENTEE, (Table("learning", 1, _learning, _learning, learning_fit),)),
        Part("interests", "interests", MENTEE, (Tags("interests", 1, _evenly, lambda p: p.interests),)),
        Part("topics", "topics", MENTEE, (Tags("topics", 1, ranked_topics, lambda p: p.topics_offered),)),
        Part("preferences_mentee", "preferences", MENTEE, _wishes(p for p in people if p.role == MENTEE)),
        Part("preferences_mentor", "preferences", MENTOR, _wishes(p for p in people if p.role == MENTOR)),
        Part(
            "practicality",
            "practicality",
            MENTEE,
            (
                Tags("time", 5, lambda p: _slots_wanted(p.hours), lambda p: slots(p.hours)),
                Table("mode", 3, lambda p: p.mode or None, lambda p: p.mode or None, mode_fit),
                Table("site", 2, _wanted_site, lambda p: p.site or None, lambda a, b: FULL_FIT * (a == b)),
            ),
        ),
        Part(
            "experience",
            "experience",
            MENTEE,
            (
                Table(
                    "experience",
                    1,
                    lambda p: None if p.experience is None else (p.experience, p.distance_wished or distance),
                    lambda p: p.experience,
                    distance_fit,
                ),
            ),
        ),
    )


@lru_cache(maxsize=65536)
def split(total: int, weights: tuple[int, ...]) -> tuple[int, ...]:
    """Whole shares of ``total`` in proportion to whole weights; what rounding leaves goes to the largest
    remainders, and among equal ones to the first.
    """
    whole = sum(weights)
    if not whole:
        return (0,) * len(weights)
    shares = [total * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda at: (-(total * weights[at] % whole), at))
    for at in order[: total - sum(shares)]:
        shares[at] += 1
    return tuple(shares)


def rank_weights(ranks: dict[Hashable, int]) -> tuple[tuple[Hashable, int], ...]:
    """The first wish counts twice as much as the last, those between in even steps; equal ranks count the
    same.
    """
    last = max(ranks.values(), default=1)
    steps = max(last - 1, 1)
    return tuple((tag, 2 * steps - (rank - 1)) for tag, rank in sorted(ranks.items()))


def ranked_topics(person: Person):
    return rank_weights(dict(person.topics_wanted))


def top_values(person: Person) -> tuple[str, ...]:
    return person.values[:VALUES_COUNTED]


def ranked_values(person: Person):
    return rank_weights({value: rank for rank, value in enumerate(top_values(person), start=1)})


@lru_cache(maxsize=65536)
def slots(hours) -> frozenset[int]:
    """Half hours of the UTC week of which at least half is worked."""
    found: dict[int, int] = {}
    for start, end in hours or ():
        for slot in range(start // SLOT, -(-end // SLOT)):
            worked = min(end, (slot + 1) * SLOT) - max(start, slot * SLOT)
            found[slot] = found.get(slot, 0) + worked
    return frozenset(slot for slot, worked in found.items() if 2 * worked >= SLOT)


@lru_cache(maxsize=65536)
def _slots_wanted(hours) -> tuple[tuple[int, int], ...]:
    return tuple((slot, 1) for slot in sorted(slots(hours)))


def mode_fit(one: str, other: str) -> int:
    return FULL_FIT if one == other else FITTING_MODES.get(frozenset((one, other)), 0)


def learning_fit(one: int, other: int) -> int:
    """Both high is best: the lower of the two counts."""
    return (min(one, other) - 1) * FULL_FIT // 4


def style_fit(asked: tuple[int, bool], other: int) -> int:
    own, wants_difference = asked
    apart = abs(own - other) * FULL_FIT // 4
    return apart if wants_difference else FULL_FIT - apart


def distance_fit(asked: tuple[int, tuple[int, int]], other: int) -> int:
    """Full within the wished distance; outside it falls to nothing over as many steps as the wish is wide, at
    least 2.
    """
    own, (least, most) = asked
    outside = max(least - (other - own), (other - own) - most, 0)
    width = max(most - least, 2)
    return max(0, FULL_FIT - outside * FULL_FIT // width)


def wish_fit(asked: tuple[str, frozenset[str]], other: frozenset[str]) -> int:
    wish, values = asked
    meets = bool(values & other)
    return FULL_FIT * (not meets if wish == DIFFERENT else meets)


def choice_fit(rank: int) -> int:
    """Somebody chosen first earns all of the chooser's preferences, each later rank a fifth less, the least a
    fifth.
    """
    return max(CHOICE_STEP, FULL_FIT - CHOICE_STEP * (rank - 1))


def weekday(slot: int) -> int:
    return slot * SLOT // DAY


def _slider(slider: str) -> Table:
    def asks(person: Person):
        step = person.working_style.get(slider)
        return None if step is None else (step, slider in person.different_from_me_in)

    return Table(slider, 1, asks, lambda person: person.working_style.get(slider), style_fit)


def _wishes(askers) -> tuple[Table, ...]:
    kinds = sorted({kind for person in askers for kind in person.wishes()})
    return tuple(_wish(attribute, wish) for attribute, wish in kinds)


def _wish(attribute: str, wish: str) -> Table:
    def asks(person: Person):
        values = person.wishes().get((attribute, wish))
        return None if values is None else (wish, values)

    return Table(f"{attribute}:{wish}", 1, asks, lambda person: person.has(attribute) or None, wish_fit)


def _learning(person: Person) -> int | None:
    return person.learning_orientation


def _evenly(person: Person):
    return tuple((tag, 1) for tag in sorted(person.interests))


def _wanted_site(person: Person) -> str | None:
    return person.site or None if person.mode in ("in_person", "hybrid") else None
