"""Why a person has this mentor, another one would cost what, or why there is none and what would change that.

Nothing is guessed: prices give a first bound, and whatever is told as an effect or a remedy has been carried
out on a copy and solved again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from matching.engine import flow
from matching.engine.assignment import TOTAL, WORST_OFF, Assignment
from matching.engine.errors import BadLocks
from matching.engine.pairs import assign
from matching.engine.rules import NEVER_OVERRIDDEN, Rule, named

OWN_CHOICE, FORBIDDEN, NO_GAIN, BELOW_FLOOR, FULL = (
    "own_choice",
    "forbidden",
    "no_gain",
    "below_floor",
    "full",
)
PLACE, OVERRIDE, OVERRIDE_AND_PLACE = "place", "override", "override_and_place"
# Remedies and alternatives are each solved once more: so many are tried, the likeliest first.
TRIES = 6


@dataclass(frozen=True, slots=True)
class Case:
    """A program as it was solved: units of each pair, bits of ``Rule`` of each pair, places, wishes, and the
    answer.
    """

    units: np.ndarray
    mask: np.ndarray
    capacity: np.ndarray
    demand: np.ndarray
    result: Assignment
    locked: tuple[tuple[int, int], ...] = ()
    mentee_keys: tuple[str, ...] | None = None
    mentor_keys: tuple[str, ...] | None = None

    def solve(self, *, locked: Sequence[tuple[int, int]] = (), among: np.ndarray | None = None) -> Assignment:
        """Answer again with more pairs locked, or among some of the allowed pairs only."""
        return assign(
            self.units,
            self.capacity,
            self.demand,
            self.mask == 0 if among is None else among,
            self.result.objective,
            locked=(*self.locked, *locked),
            mentee_keys=self.mentee_keys,
            mentor_keys=self.mentor_keys,
        )

    def mentors_of(self, mentee: int) -> list[int]:
        return self.result.pairs[self.result.pairs[:, 0] == mentee, 1].tolist()

    def mentees_of(self, mentor: int) -> list[int]:
        return self.result.pairs[self.result.pairs[:, 1] == mentor, 0].tolist()

    def full(self) -> np.ndarray:
        """Mentors without a free place: (mentors,) of bool."""
        return np.bincount(self.result.pairs[:, 1], minlength=len(self.capacity)) >= self.capacity


def case(units, mask, capacity, demand, result: Assignment, **context) -> Case:
    """``units`` (mentees, mentors) whole numbers, ``mask`` bits of ``Rule`` of the same shape (or bool:
    forbidden), ``capacity`` and ``demand`` as given to ``assign``, ``result`` its answer; ``locked`` and keys
    as given.
    """
    units, mask = np.asarray(units), np.asarray(mask).astype(np.uint8)
    counts = (
        np.broadcast_to(np.asarray(given, np.int64), (length,))
        for given, length in ((capacity, units.shape[1]), (demand, units.shape[0]))
    )
    return Case(units, mask, *counts, result, **context)


@dataclass(frozen=True, slots=True)
class Move:
    """Somebody whose mentors differ between two plans."""

    mentee: int
    before: tuple[int, ...]
    after: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Alternative:
    """What would happen if a mentee had another mentor, all else as good as it then can be.

    ``units`` is the score of the pair, ``loss`` what the total falls by, ``people`` how many fewer would be
    placed, and ``moves`` everybody else who would change.
    """

    mentor: int
    units: int
    loss: int
    people: int
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """A plan compared with another: how much more total and people, and who changes."""

    units: int
    people: int
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """A full mentor somebody could have had: who has the places, with which scores, and the score of the one
    without.
    """

    mentor: int
    units: int
    held_by: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Remedy:
    """A change after which the person is placed: carried out and solved again before it is told.

    ``kind`` is ``place`` (so many more ``places`` at ``mentor``), ``override`` (of ``rules`` for this pair),
    or both.
    """

    kind: str
    mentor: int
    places: int = 0
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Unmatched:
    """The true reason why somebody has no mentor.

    ``reason``: ``own_choice`` (wants none), ``forbidden`` (the hard rules leave nobody), ``full`` (all places
    of the allowed mentors make a better plan with others), ``no_gain`` (every allowed pair would lower the
    total), or ``below_floor`` (every allowed pair lies under the floor that protects the worst-off).
    ``blocked_by`` counts for each rule the mentors it forbids, most first; ``only_by`` those it alone
    forbids.
    """

    mentee: int
    reason: str
    allowed: int
    blocked_by: tuple[tuple[Rule, int], ...] = ()
    only_by: tuple[tuple[Rule, int], ...] = ()
    taken: tuple[Taken, ...] = ()
    remedies: tuple[Remedy, ...] = ()


def effect(before: Assignment, after: Assignment, mentees: int) -> Effect:
    """What changes from one plan to another of the same people."""
    return Effect(after.units - before.units, after.placed - before.placed, moves(before, after, mentees))


def moves(before: Assignment, after: Assignment, mentees: int) -> tuple[Move, ...]:
    """Everybody whose mentors differ, by row."""
    had, has = ([[] for _ in range(mentees)] for _ in range(2))
    for plan, lists in ((before, had), (after, has)):
        for mentee, mentor in plan.pairs.tolist():
            lists[mentee].append(mentor)
    return tuple(
        Move(row, tuple(a), tuple(b)) for row, (a, b) in enumerate(zip(had, has, strict=True)) if a != b
    )


def alternatives(of: Case, mentee: int, count: int = 3) -> list[Alternative]:
    """The next best mentors of somebody, by what they would cost the plan, each solved again with that pair
    locked.

    Where the mentee wants one mentor, the alternative takes the place of the present one.
    """
    present = of.mentors_of(mentee)
    open_ = np.flatnonzero((of.mask[mentee] == 0) & (of.capacity > 0))
    open_ = open_[~np.isin(open_, present)]
    margin = of.units[mentee, open_] - of.result.prices[open_]
    likely = open_[np.lexsort((-of.units[mentee, open_], -margin))][: count + TRIES]
    near = None if of.result.objective == WORST_OFF else slack(of, range(len(of.demand)))
    found = []
    for mentor in likely.tolist():
        try:
            after = _forced(of, near, mentee, mentor)
        except BadLocks:  # another lock holds the last place
            continue
        change = effect(of.result, after, len(of.demand))
        others = tuple(move for move in change.moves if move.mentee != mentee)
        found.append(
            Alternative(mentor, int(of.units[mentee, mentor]), -change.units, -change.people, others)
        )
    found.sort(key=lambda one: (one.people, one.loss, -one.units, one.mentor))
    return found[:count]


def _forced(of: Case, near: np.ndarray | None, mentee: int, mentor: int) -> Assignment:
    """The best plan with this pair.  Pairs that alone would cost more than the plan found do not matter to
    it, so few are looked at first, and at most once more with all that the first answer leaves possible.
    """
    if near is None:
        return of.solve(locked=[(mentee, mentor)])
    budget = 2 * int(near[mentee, mentor]) + int(np.abs(of.units).max(initial=0)) // 8
    while True:
        among = (of.mask == 0) & (near <= budget)
        among[mentee, mentor] = of.mask[mentee, mentor] == 0
        for row, column in of.locked:
            among[row, column] = True
        after = of.solve(locked=[(mentee, mentor)], among=among)
        cost = of.result.units - after.units + (of.result.placed - after.placed) * of.result.bonus
        if cost <= budget:
            return after
        budget = cost


def blocked(of: Case, mentee: int, count: int = 3) -> list[tuple[int, int, tuple[Rule, ...]]]:
    """The mentors who would score highest but may not be: mentor, units, rules."""
    closed = np.flatnonzero(of.mask[mentee])
    best = closed[np.argsort(-of.units[mentee, closed], kind="stable")][:count]
    return [(j, int(of.units[mentee, j]), named(int(of.mask[mentee, j]))) for j in best.tolist()]


def unmatched(of: Case, mentee: int, *, remedies: bool = True) -> Unmatched:
    """The true reason why this mentee has no mentor, and the smallest changes that would help."""
    if of.demand[mentee] == 0:
        return Unmatched(mentee, OWN_CHOICE, 0)
    bits = of.mask[mentee]
    open_ = np.flatnonzero(bits == 0)
    by = {rule: int(((bits & rule) > 0).sum()) for rule in Rule}
    only = {rule: int((bits == rule).sum()) for rule in Rule}
    blocked_by, only_by = (
        tuple(
            sorted(((rule, n) for rule, n in counted.items() if n), key=lambda entry: (-entry[1], entry[0]))
        )
        for counted in (by, only)
    )
    found = Unmatched(mentee, _reason(of, mentee, open_), len(open_), blocked_by, only_by)
    if found.reason == FULL:
        found = replace(found, taken=_taken(of, mentee, open_))
    return replace(found, remedies=_remedies(of, mentee, open_)) if remedies else found


def _reason(of: Case, mentee: int, open_: np.ndarray) -> str:
    if not len(open_):
        return FORBIDDEN
    units = of.units[mentee, open_]
    if of.result.objective == TOTAL and (units <= 0).all():
        return NO_GAIN
    floor = of.result.floor
    if of.result.objective == WORST_OFF and floor is not None and (units < floor * of.result.scale).all():
        return BELOW_FLOOR
    return FULL


def _taken(of: Case, mentee: int, open_: np.ndarray) -> tuple[Taken, ...]:
    """Allowed mentors, the one that came nearest first, with those who hold the places."""
    margin = of.units[mentee, open_] - of.result.prices[open_]
    nearest = open_[np.lexsort((-of.units[mentee, open_], -margin))]
    return tuple(
        Taken(j, int(of.units[mentee, j]), tuple((i, int(of.units[i, j])) for i in of.mentees_of(j)))
        for j in nearest[:TRIES].tolist()
    )


def _remedies(of: Case, mentee: int, open_: np.ndarray) -> tuple[Remedy, ...]:
    """At most one remedy of each kind; an override and a place together only where neither alone would do."""
    alone = [remedy for remedy in (_more_places(of, mentee, open_), _override(of, mentee)) if remedy]
    if alone:
        return tuple(alone)
    both = _override_and_places(of, mentee)
    return (both,) if both else ()


def _placed(of: Case, mentee: int) -> bool:
    return mentee in of.solve().pairs[:, 0]


def _with_places(of: Case, mentor: int, places: int) -> Case:
    capacity = of.capacity.copy()
    capacity[mentor] += places
    return replace(of, capacity=capacity)


def _more_places(of: Case, mentee: int, open_: np.ndarray) -> Remedy | None:
    margin = of.units[mentee, open_] - of.result.prices[open_]
    likely = open_[np.lexsort((-of.units[mentee, open_], -margin))][:TRIES].tolist()
    for mentor in likely:
        if _placed(_with_places(of, mentor, 1), mentee):
            return Remedy(PLACE, mentor, places=1)
    # Others without a mentor may come first: then it takes more places, at most one for everybody.
    for mentor in likely[:1]:
        most = int(of.demand.sum())
        if not _placed(_with_places(of, mentor, most), mentee):
            continue
        low, high = 2, most
        while low < high:
            middle = (low + high) // 2
            if _placed(_with_places(of, mentor, middle), mentee):
                high = middle
            else:
                low = middle + 1
        return Remedy(PLACE, mentor, places=high)
    return None


def _overridable(of: Case, mentee: int) -> list[int]:
    """Mentors whom an override would free: those forbidden by fewest rules, then with free places, then by
    score.
    """
    bits = of.mask[mentee]
    may = np.flatnonzero((bits > 0) & ((bits & int(NEVER_OVERRIDDEN)) == 0))
    count = np.array([len(named(int(bits[j]))) for j in may.tolist()], int)
    return may[np.lexsort((-of.units[mentee, may], of.full()[may], count))][:TRIES].tolist()


def _freed(of: Case, mentee: int, mentor: int) -> Case:
    mask = of.mask.copy()
    mask[mentee, mentor] = 0
    return replace(of, mask=mask)


def _override(of: Case, mentee: int) -> Remedy | None:
    for mentor in _overridable(of, mentee):
        if _placed(_freed(of, mentee, mentor), mentee):
            return Remedy(OVERRIDE, mentor, rules=named(int(of.mask[mentee, mentor])))
    return None


def _override_and_places(of: Case, mentee: int) -> Remedy | None:
    for mentor in _overridable(of, mentee):
        freed = _freed(of, mentee, mentor)
        more = _more_places(freed, mentee, np.array([mentor]))
        if more:
            return Remedy(OVERRIDE_AND_PLACE, mentor, more.places, named(int(of.mask[mentee, mentor])))
    return None


def slack(of: Case, rows: Sequence[int]) -> np.ndarray:
    """The least the plan would lose with each pair of these mentees: (rows, mentors), 0 for pairs of the
    plan.

    Known at once from the prices; the true loss, which ``alternatives`` works out, is never smaller.  In the
    units of the prices, which count one person fewer as ``result.bonus``.
    """
    rows = np.asarray(rows, np.int64)
    margin = of.units[rows].astype(np.int64) - of.result.prices
    margin = np.where(of.mask[rows] == 0, margin, -flow.FREE)
    held = [of.mentors_of(row) for row in rows.tolist()]
    best = np.empty(len(rows), np.int64)
    for at, (row, mentors) in enumerate(zip(rows.tolist(), held, strict=True)):
        if not mentors:
            best[at] = -of.result.bonus
        elif len(mentors) >= of.demand[row]:
            best[at] = margin[at, mentors].min()
        else:
            best[at] = min(0, margin[at, mentors].min())
    return np.maximum(best[:, None] - margin, 0)
