"""The smallest changes after which somebody without a mentor has one.

Nothing is guessed: each remedy has been carried out on a copy and solved again before it is told.
"""

from dataclasses import dataclass

import numpy as np

from matching.engine.cases import Case
from matching.engine.rules import NEVER_OVERRIDDEN, Rule, named

PLACE, OVERRIDE, OVERRIDE_AND_PLACE, LOWER = "place", "override", "override_and_place", "lower"
# Each try is solved once more: so many mentors are tried, the likeliest first.
TRIES = 6


@dataclass(frozen=True, slots=True)
class Remedy:
    """A change after which the person is placed: carried out and solved again before it is told.

    ``kind`` is ``place`` (so many more ``places`` at ``mentor``), ``override`` (of ``rules`` for this pair), both, or
    ``lower`` (the cut-off of the run, to ``units``, where the pair with ``mentor`` is).
    """

    kind: str
    mentor: int
    places: int = 0
    rules: tuple[Rule, ...] = ()
    units: int | None = None


def remedies(of: Case, mentee: int) -> tuple[Remedy, ...]:
    """At most one remedy of each kind; an override and a place together only where neither alone would do."""
    units, bits = of.row(mentee)
    open_ = np.flatnonzero(bits == 0)
    tried = (_more_places(of, mentee, units, open_), _override(of, mentee, units, bits))
    alone = [remedy for remedy in (*tried, _lower(of, mentee, units, bits)) if remedy]
    if alone:
        return tuple(alone)
    both = _override_and_places(of, mentee, units, bits)
    return (both,) if both else ()


def _placed(of: Case, mentee: int) -> bool:
    return mentee in of.solve().pairs[:, 0]


def _more_places(of: Case, mentee: int, units: np.ndarray, open_: np.ndarray) -> Remedy | None:
    margin = units[open_] - of.result.prices[open_]
    likely = open_[np.lexsort((-units[open_], -margin))][:TRIES].tolist()
    for mentor in likely:
        if _placed(of.with_places(mentor, 1), mentee):
            return Remedy(PLACE, mentor, places=1)
    # Others without a mentor may come first: then it takes more places, at most one for everybody.
    for mentor in likely[:1]:
        places = _fewest(of, mentee, mentor)
        if places:
            return Remedy(PLACE, mentor, places=places)
    return None


def _fewest(of: Case, mentee: int, mentor: int) -> int:
    """How many places more, two at least, it takes at a mentor; 0 where no number does."""
    most, low, high = int(of.demand.sum()), 2, 2
    while not _placed(of.with_places(mentor, min(high, most)), mentee):
        if high >= most:
            return 0
        low, high = high + 1, 4 * high
    high = min(high, most)
    while low < high:
        middle = (low + high) // 2
        if _placed(of.with_places(mentor, middle), mentee):
            high = middle
        else:
            low = middle + 1
    return high


def _overridable(of: Case, units: np.ndarray, bits: np.ndarray) -> list[int]:
    """Mentors whom an override would free: those forbidden by fewest rules, then with free places, then by
    score.
    """
    may = np.flatnonzero((bits > 0) & ((bits & int(NEVER_OVERRIDDEN)) == 0))
    count = np.array([len(named(code)) for code in range(256)], int)[bits[may]]
    return may[np.lexsort((-units[may], of.full()[may], count))][:TRIES].tolist()


def _override(of: Case, mentee: int, units: np.ndarray, bits: np.ndarray) -> Remedy | None:
    for mentor in _overridable(of, units, bits):
        if _placed(of.freed(mentee, mentor), mentee):
            return Remedy(OVERRIDE, mentor, rules=named(int(bits[mentor])))
    return None


def _override_and_places(of: Case, mentee: int, units: np.ndarray, bits: np.ndarray) -> Remedy | None:
    for mentor in _overridable(of, units, bits):
        more = _more_places(of.freed(mentee, mentor), mentee, units, np.array([mentor]))
        if more:
            return Remedy(OVERRIDE_AND_PLACE, mentor, more.places, named(int(bits[mentor])))
    return None


def _lower(of: Case, mentee: int, units: np.ndarray, bits: np.ndarray) -> Remedy | None:
    """The highest cut-off that lets somebody be placed who has nobody above the present one."""
    low = np.flatnonzero(bits == Rule.LOW_FIT)
    if (bits == 0).any() or not len(low):
        return None
    for mentor in low[np.argsort(-units[low], kind="stable")][:TRIES].tolist():
        least = int(units[mentor])
        after = of.lowered(least).solve()
        held = after.pairs[after.pairs[:, 0] == mentee, 1].tolist()
        if held:
            return Remedy(LOWER, held[0], units=least)
    return None
