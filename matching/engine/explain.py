"""Why a person has this mentor, another one would cost what, or why there is none and what would change that.

Nothing is guessed: prices give a first bound, and whatever is told as an effect or a remedy has been carried
out on a copy and solved again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from matching.engine import flow
from matching.engine.assignment import TOTAL, WORST_OFF, Assignment
from matching.engine.cases import BLOCK, Case, Tables
from matching.engine.errors import BadLocks
from matching.engine.progress import Report, silent
from matching.engine.remedies import TRIES, Remedy, remedies
from matching.engine.rules import Rule, named
from matching.engine.stability import Blocking, Standing

# Mentees whose pairs are looked at together, so few that their table stays in a processor's cache.
PASS = 128

OWN_CHOICE, FORBIDDEN, NO_GAIN, BELOW_FLOOR, FULL = (
    "own_choice",
    "forbidden",
    "no_gain",
    "below_floor",
    "full",
)


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
    held = of.mentors_of(mentee)
    units, bits = of.row(mentee)
    open_ = np.flatnonzero((bits == 0) & (of.capacity > 0))
    open_ = open_[~np.isin(open_, held)]
    margin = units[open_] - of.result.prices[open_]
    likely = open_[np.lexsort((-units[open_], -margin))][: count + TRIES]
    bounded = of.result.objective != WORST_OFF
    least = slack(of, [mentee])[0]
    near = slack(of, range(len(of.demand))) if bounded and isinstance(of, Tables) else None
    found = []
    for mentor in likely.tolist():
        if bounded and len(found) >= count and _cost(of, found[count - 1]) < least[mentor]:
            break  # from here on each would cost more than those found
        try:
            after = _forced(of, near, mentee, mentor)
        except BadLocks:  # another lock holds the last place
            continue
        change = effect(of.result, after, len(of.demand))
        others = tuple(move for move in change.moves if move.mentee != mentee)
        found.append(Alternative(mentor, int(units[mentor]), -change.units, -change.people, others))
        found.sort(key=lambda one: (one.people, one.loss, -one.units, one.mentor))
    return found[:count]


def _cost(of: Case, one: Alternative) -> int:
    return one.loss + one.people * of.result.bonus


def _forced(of: Case, near: np.ndarray | None, mentee: int, mentor: int) -> Assignment:
    """The best plan with this pair.  Pairs that alone would cost more than the plan found do not matter to
    it, so in tables few are looked at first, and at most once more with all that the first answer leaves possible.
    """
    if near is None or not isinstance(of, Tables):
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
    units, bits = of.row(mentee)
    closed = np.flatnonzero(bits)
    best = closed[np.argsort(-units[closed], kind="stable")][:count]
    return [(j, int(units[j]), named(int(bits[j]))) for j in best.tolist()]


def unmatched(of: Case, mentee: int, *, with_remedies: bool = True) -> Unmatched:
    """The true reason why this mentee has no mentor, and the smallest changes that would help."""
    return reasons(of, [mentee], with_remedies=with_remedies)[0]


def reasons(
    of: Case, mentees: Sequence[int], *, with_remedies: bool = True, report: Report = silent
) -> list[Unmatched]:
    """The same for several, in blocks.  Remedies are dear: each is solved again, several times."""
    held_by: dict[int, list[tuple[int, int]]] = {}
    rows, columns = of.result.pairs[:, 0], of.result.pairs[:, 1]
    for row, column, units in zip(
        rows.tolist(), columns.tolist(), of.at(rows, columns).tolist(), strict=True
    ):
        held_by.setdefault(column, []).append((row, units))
    found = []
    for start in range(0, len(mentees), BLOCK):
        some = mentees[start : start + BLOCK]
        for mentee, units, bits in zip(some, *of.rows(some), strict=True):
            report("reasons", len(found), len(mentees))
            told = _reasoned(of, mentee, units, bits, held_by)
            if with_remedies and of.demand[mentee]:
                told = replace(told, remedies=remedies(of, mentee))
            found.append(told)
    return found


def _reasoned(of: Case, mentee: int, units: np.ndarray, bits: np.ndarray, held_by) -> Unmatched:
    if of.demand[mentee] == 0:
        return Unmatched(mentee, OWN_CHOICE, 0)
    open_ = np.flatnonzero(bits == 0)
    counted = np.bincount(bits, minlength=256)
    by = {rule: int(counted[np.arange(256) & rule > 0].sum()) for rule in Rule}
    only = {rule: int(counted[rule]) for rule in Rule}
    blocked_by, only_by = (
        tuple(sorted(((rule, n) for rule, n in counts.items() if n), key=lambda entry: (-entry[1], entry[0])))
        for counts in (by, only)
    )
    reason = _reason(of, units[open_])
    taken = _taken(of, units, open_, held_by) if reason == FULL else ()
    return Unmatched(mentee, reason, len(open_), blocked_by, only_by, taken)


def _reason(of: Case, units: np.ndarray) -> str:
    if not len(units):
        return FORBIDDEN
    if of.result.objective == TOTAL and (units <= 0).all():
        return NO_GAIN
    floor = of.result.floor
    if of.result.objective == WORST_OFF and floor is not None and (units < floor * of.result.scale).all():
        return BELOW_FLOOR
    return FULL


def _taken(of: Case, units: np.ndarray, open_: np.ndarray, held_by) -> tuple[Taken, ...]:
    """Allowed mentors, the one that came nearest first, with those who hold the places."""
    margin = units[open_] - of.result.prices[open_]
    nearest = open_[np.lexsort((-units[open_], -margin))]
    return tuple(Taken(j, int(units[j]), tuple(held_by.get(j, ()))) for j in nearest[:TRIES].tolist())


def slack(of: Case, rows: Sequence[int]) -> np.ndarray:
    """The least the plan would lose with each pair of these mentees: (rows, mentors), 0 for pairs of the
    plan.

    Known at once from the prices; the true loss, which ``alternatives`` works out, is never smaller.  In the
    units of the prices, which count one person fewer as ``result.bonus``.
    """
    return _slack(of, np.asarray(rows, np.int64), *of.rows(rows))


def _slack(of: Case, rows: np.ndarray, units: np.ndarray, bits: np.ndarray) -> np.ndarray:
    margin = units - of.result.prices
    margin[bits > 0] = -flow.FREE
    return np.maximum(_to_better(of, rows)[:, None] - margin, 0)


def _to_better(of: Case, rows: np.ndarray) -> np.ndarray:
    """What a mentee would have to better, in units less prices: the worst of the mentors held, nothing while there is
    room for more.
    """
    pairs = of.result.pairs
    held = np.bincount(pairs[:, 0], minlength=len(of.demand))[rows]
    best = np.where(held >= of.demand[rows], flow.FREE, np.int64(0))
    place = np.full(len(of.demand), -1)
    place[rows] = np.arange(len(rows))
    ours = pairs[place[pairs[:, 0]] >= 0]
    margin = of.at(ours[:, 0], ours[:, 1]) - of.result.prices[ours[:, 1]]
    np.minimum.at(best, place[ours[:, 0]], margin)
    best[held == 0] = -of.result.bonus
    return best


@dataclass(frozen=True, slots=True)
class Nearest:
    """For each mentee the mentors who would cost the plan least instead of those held.

    ``mentors`` (mentees, count) rows, -1 where there are no more; ``units`` their scores with the mentee; ``least``
    what each would cost the plan at least, as ``slack``.  ``lowest`` and ``highest`` are the units of any allowed
    pair, none where no pair is allowed.
    """

    mentors: np.ndarray
    units: np.ndarray
    least: np.ndarray
    lowest: int | None
    highest: int | None


def nearest(of: Case, count: int = 3, *, report: Report = silent) -> Nearest:
    """The alternatives of everybody in one pass, from the prices alone: nothing is solved again."""
    return survey(of, count, report=report)[0]


def survey(
    of: Case, count: int = 3, most: int = 50, *, report: Report = silent
) -> tuple[Nearest, Blocking, np.ndarray]:
    """What is known of everybody by looking at each pair once: the nearest others, blocking pairs of whom so many are
    named, and the rank of each pair of the plan with its mentee.
    """
    n, pairs = len(of.demand), of.result.pairs
    units_of, shut = of.graded()
    around = _Around(of, min(count, len(of.capacity)), shut)
    standing = Standing(pairs, of.at(pairs[:, 0], pairs[:, 1]), of.capacity, of.demand, most=most)
    for start in range(0, n if len(of.capacity) else 0, PASS):
        report("alternatives", start, n)
        rows = np.arange(start, min(start + PASS, n))
        units = units_of(rows)
        standing.look_at(rows, units)
        around.look_at(rows, units)
    return around.found, standing.blocking, standing.ranks


class _Around:
    """The nearest others, gathered block by block."""

    def __init__(self, of: Case, count: int, shut: int) -> None:
        self.of, self.count, self.shut = of, count, shut
        n = len(of.demand)
        self.best = _to_better(of, np.arange(n))
        self.full = np.flatnonzero(of.unlocked_places() <= 0)
        self.starts = np.searchsorted(of.result.pairs[:, 0], np.arange(n + 1))
        self.mentors = np.full((n, count), -1, np.int64)
        self.units = np.full((n, count), -1, np.int64)
        self.least = np.full((n, count), flow.FREE, np.int64)
        self.lowest: int | None = None
        self.highest: int | None = None

    @property
    def found(self) -> Nearest:
        return Nearest(self.mentors, self.units, self.least, self.lowest, self.highest)

    def look_at(self, rows: np.ndarray, units: np.ndarray) -> None:
        self._range(units)
        prices, best = (some.astype(units.dtype) for some in (self.of.result.prices, self.best[rows]))
        never = units.dtype.type(flow.FREE)
        closed = units < self.shut
        held = self.of.result.pairs[self.starts[rows[0]] : self.starts[rows[-1] + 1]]
        closed[held[:, 0] - rows[0], held[:, 1]] = True
        closed[:, self.full] = True
        cost = np.subtract(prices, units)
        cost += best[:, None]
        np.maximum(cost, 0, out=cost)
        cost[closed] = never
        lines = np.arange(len(rows))
        for at in range(self.count):
            column = cost.argmin(axis=1)
            there = cost[lines, column] < never
            line, column = lines[there], column[there]
            earned = units[line, column].astype(np.int64)
            self.mentors[rows[there], at] = column
            self.units[rows[there], at] = earned
            loss = self.best[rows[there]] - (earned - self.of.result.prices[column])
            self.least[rows[there], at] = np.maximum(loss, 0)
            cost[line, column] = never

    def _range(self, units: np.ndarray) -> None:
        highest = int(units.max())
        if highest < self.shut:
            return
        lowest = int(units.min())
        if lowest < self.shut:
            lowest = int(np.where(units < self.shut, units.dtype.type(highest), units).min())
        self.lowest = lowest if self.lowest is None else min(self.lowest, lowest)
        self.highest = highest if self.highest is None else max(self.highest, highest)
