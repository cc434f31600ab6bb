"""Peer programs: pairs among people of one kind, the best there are, in a general graph.

A linear program over candidate pairs is solved with OR-tools; where it comes out in halves, the odd circles
among them are forbidden to do so (at most (k - 1) / 2 pairs among k people), and pairs that were left out
join while they would improve it.  Its prices, rounded to whole parts and raised where rounding broke them,
prove the plan in whole numbers: ``y`` of a person and ``z`` of an odd set such that for every allowed pair
``y[i] + y[j] + z of the sets holding both >= score``; no plan is worth more than the sum of ``y`` plus ``z *
(k - 1) / 2`` for each set of k.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from ortools.linear_solver import pywraplp

from matching.engine import checks
from matching.engine.assignment import COVERAGE, OBJECTIVES, TOTAL, WORST_OFF
from matching.engine.cardinality import most_pairs
from matching.engine.errors import BadLocks, BadScores, UnknownObjective
from matching.engine.odd_sets import NEAR, overfilled
from matching.engine.progress import Report, silent
from matching.engine.ties import hashes

# The linear program works in floating point: so many steps it can tell apart.
FINEST = 10**7
# Prices are stated in so many parts of a unit, so that rounding all of them up stays below one unit.
PARTS = 2**20
CANDIDATES = 7


@dataclass(frozen=True, slots=True)
class Peers:
    """``pairs`` is an (n, 2) int64 array of rows, the lower first, sorted; ``alone`` those without a partner.

    ``value``, ``bound``, ``proven``, ``scale``, ``units`` and ``bound_units`` are those of ``Assignment``.
    ``prices`` are ``y`` of each person and ``sets`` the odd sets with their ``z``, in whole ``PARTS`` of a
    unit; with ``bonus`` added to the score of each pair they prove the bound.  Where an odd number could be
    paired, ``stand_in`` is the price of one more person, row -1 in ``sets``, whose pair with anybody who
    could be paired is worth the bonus alone.
    """

    pairs: np.ndarray
    alone: np.ndarray
    value: float
    bound: float
    proven: bool
    scale: float
    units: int
    bound_units: int
    objective: str
    bonus: int = 0
    floor: float | None = None
    prices: np.ndarray | None = field(default=None, repr=False)
    sets: tuple[tuple[tuple[int, ...], int], ...] = field(default=(), repr=False)
    stand_in: int | None = field(default=None, repr=False)


def assign_peers(
    scores,
    allowed=None,
    objective: str = COVERAGE,
    *,
    scale: float | None = None,
    locked: Sequence[tuple[int, int]] = (),
    keys: Sequence[str] | None = None,
    report: Report = silent,
) -> Peers:
    """Pair people off, each with at most one other.

    ``scores``: (people, people) real numbers, symmetric, finite wherever a pair is allowed; the diagonal is
    not read. ``allowed``: (people, people) bool, symmetric.  ``objective``: as for ``assign``, counting
    people with a partner. ``scale``: steps in one unit of score; by default whole scores are taken as they
    are and others to as many decimals as seven digits hold.  ``locked``: pairs that must be part of the
    plan.  ``keys``: stable identifiers; with them the plan is the same for any order of rows.
    """
    if objective not in OBJECTIVES:
        raise UnknownObjective(f"The objective is one of {', '.join(OBJECTIVES)}; not {objective!r}.")
    table = checks.scores(scores)
    n = len(table)
    if table.shape != (n, n):
        raise BadScores("Scores of peers are a square table.")
    open_ = checks.allowed_table(allowed, (n, n)).copy()
    if open_.shape == (n, n) and open_.dtype == bool:
        np.fill_diagonal(open_, False)
    open_ = checks.allowed(open_, table)
    if (open_ != open_.T).any() or (np.where(open_, table, 0) != np.where(open_, table, 0).T).any():
        raise BadScores("A score, and whether a pair is allowed, is the same from both sides.")
    units, scale = _quantise(table, open_, scale)
    locks = _locks(locked, open_)
    order = np.arange(n) if keys is None else np.argsort(_ranks(keys, n), kind="stable")
    place = np.argsort(order)
    free = np.ones(n, bool)
    free[place[locks.ravel()]] = False
    units, open_ = units[np.ix_(order, order)], open_[np.ix_(order, order)] & free[:, None] & free
    found = _best(units, open_, objective, report)
    pairs = np.concatenate([np.sort(order[found.pairs], axis=1), np.sort(locks, axis=1)])
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    locked_units = int(units[place[locks[:, 0]], place[locks[:, 1]]].sum())
    named = np.append(order, -1)
    value, bound = found.units + locked_units, found.bound_units + locked_units
    return Peers(
        pairs=pairs,
        alone=np.setdiff1d(np.arange(n), pairs.ravel()),
        value=value / scale,
        bound=bound / scale,
        proven=found.proven,
        scale=scale,
        units=value,
        bound_units=bound,
        objective=objective,
        bonus=found.bonus,
        floor=None if found.floor is None else found.floor / scale,
        prices=found.prices[place],
        sets=tuple((tuple(sorted(named[list(people)].tolist())), z) for people, z in found.sets),
        stand_in=found.stand_in,
    )


def _quantise(table, open_, scale):
    """Whole scores, no finer than a linear program can tell apart."""
    checks.step(scale)
    real = np.where(open_, table, 0).astype(np.float64)
    widest = float(np.abs(real).max(initial=0))
    if scale is None:
        scale = 1 if (real == np.rint(real)).all() and widest <= FINEST else 10**9
        while widest * scale > FINEST:
            scale = scale // 10 if scale >= 10 else scale / 10
    if widest * scale > FINEST:
        raise BadScores(f"Scores of more than {FINEST} steps cannot be told apart.")
    return np.rint(real * scale).astype(np.int64), scale


def _locks(given, open_):
    n = len(open_)
    pairs = checks.locked_pairs(given, open_.shape, np.full(n, n), np.full(n, n))
    if len(np.unique(pairs)) < pairs.size:
        raise BadLocks("Somebody is locked in two pairs.")
    if not open_[pairs[:, 0], pairs[:, 1]].all():
        raise BadLocks("A locked pair is not allowed.")
    return pairs


def _ranks(keys, n):
    hashes(keys, n, "person")
    return np.array(keys, dtype=str)


def _best(units, open_, objective, report) -> Peers:
    """The plan for people in a fixed order, all of them free."""
    if objective == TOTAL:
        return _weighed(units, open_, 0, report)
    most = most_pairs(open_)
    floor = None
    if objective == WORST_OFF and most:
        floor = _highest_floor(units, open_, most, report)
        open_ = open_ & (units >= floor)
    width = int(np.abs(np.where(open_, units, 0)).max(initial=0))
    bonus = 4 * width + 1
    while True:
        found = _weighed(units, open_, bonus, report)
        if len(found.pairs) == most or bonus > 100 * FINEST:
            break
        bonus *= 16
    proven = found.proven and len(found.pairs) == most
    return Peers(
        **{name: getattr(found, name) for name in Peers.__slots__} | {"floor": floor, "proven": proven}
    )


def _highest_floor(units, open_, most, report) -> int:
    levels = np.unique(units[open_])
    low, high = 0, len(levels) - 1
    while low < high:
        middle = (low + high + 1) // 2
        report("floor", len(levels) - (high - low), len(levels))
        if most_pairs(open_ & (units >= levels[middle])) == most:
            low = middle
        else:
            high = middle - 1
    return int(levels[low])


def _weighed(units, open_, bonus, report) -> Peers:
    """The pairs with the greatest sum of units, each with a bonus; the value without, the bound for as many
    pairs.
    """
    n = len(units)
    weight = np.where(open_, units + bonus, -1)
    some = open_.any(axis=1)
    stand_in = bool(bonus and some.sum() % 2)
    if stand_in:
        # Where one must stay alone, somebody stands in as that one's partner: an even number is far easier.
        weight = np.pad(weight, (0, 1), constant_values=-1)
        weight[:n, n] = weight[n, :n] = np.where(some, bonus, -1)
    lp = _Program(weight)
    if some.sum() % 2 and not stand_in and some.sum() > 1:
        lp.forbid(np.flatnonzero(some))
    lp.add(_candidates(weight))
    rounds = 0
    while True:
        report("peers", rounds, rounds + 1)
        rounds += 1
        x, y, z = lp.solve()
        if lp.cut(x):
            continue
        left_out = _violated(weight, y, z, lp.sets)
        if not len(left_out):
            break
        lp.add(left_out)
    pairs = lp.pairs(x)
    pairs = pairs[pairs[:, 1] < n]
    prices, sets, worth = _round(weight, y, z, lp.sets)
    value = int(units[pairs[:, 0], pairs[:, 1]].sum())
    bonuses = bonus * (len(pairs) + stand_in)
    return Peers(
        pairs=pairs,
        alone=np.setdiff1d(np.arange(n), pairs.ravel()),
        value=value,
        bound=worth - bonuses,
        proven=worth == value + bonuses,
        scale=1,
        units=value,
        bound_units=worth - bonuses,
        objective=TOTAL,
        bonus=bonus,
        prices=prices[:n],
        sets=sets,
        stand_in=int(prices[n]) if stand_in else None,
    )


def _candidates(weight: np.ndarray) -> np.ndarray:
    """The best few partners of everybody."""
    n = len(weight)
    if n < 2:
        return np.zeros((0, 2), np.int64)
    k = min(CANDIDATES, n - 1)
    best = np.argpartition(-weight, k - 1, axis=1)[:, :k].ravel()
    rows = np.repeat(np.arange(n), k)
    kept = weight[rows, best] > 0
    pairs = np.sort(np.stack([rows[kept], best[kept]], axis=1), axis=1)
    return np.unique(pairs, axis=0)


def _violated(weight, y, z, sets) -> np.ndarray:
    """Pairs worth more than their prices, at most twenty for each person."""
    over = weight - y[:, None] - y[None, :]
    for people, price in zip(sets, z, strict=True):
        if price > 0:
            over[np.ix_(people, people)] -= price
    rows, columns = np.nonzero(
        np.triu(over > NEAR * max(1.0, float(weight.max(initial=1))), 1) & (weight > 0)
    )
    most = 20 * len(weight)
    if len(rows) > most:
        best = np.argpartition(-over[rows, columns], most)[:most]
        rows, columns = rows[best], columns[best]
    return np.stack([rows, columns], axis=1)


def _round(weight, y, z, sets):
    """Prices in whole parts of a unit that hold for every allowed pair, and the whole units they prove."""
    prices = np.maximum(np.rint(y * PARTS).astype(np.int64), 0)
    odd = [
        (people, int(np.rint(price * PARTS))) for people, price in zip(sets, z, strict=True) if price > NEAR
    ]
    short = weight * PARTS - prices[:, None] - prices[None, :]
    for people, price in odd:
        short[np.ix_(people, people)] -= price
    short[weight < 0] = 0
    np.fill_diagonal(short, 0)
    for person in np.flatnonzero((short > 0).any(axis=1)).tolist():
        need = max(0, int(short[person].max()))
        prices[person] += need
        short[person] -= need
        short[:, person] -= need
    whole = int(prices.sum()) + sum(price * ((len(people) - 1) // 2) for people, price in odd)
    return prices, tuple((tuple(people.tolist()), price) for people, price in odd), whole // PARTS


class _Program:
    """The linear program, grown by pairs and by odd sets."""

    def __init__(self, weight):
        self.weight, self.n = weight, len(weight)
        self.solver = pywraplp.Solver.CreateSolver("GLOP")
        self.rows = [self.solver.Constraint(-self.solver.infinity(), 1.0) for _ in range(self.n)]
        self.odd: list = []
        self.sets: list[np.ndarray] = []
        self.member: list[list[int]] = [[] for _ in range(self.n)]
        self.x: list = []
        self.known: set[tuple[int, int]] = set()
        self.ends = np.zeros((0, 2), np.int64)
        self.goal = self.solver.Objective()
        self.goal.SetMaximization()

    def add(self, pairs: np.ndarray) -> None:
        fresh = [pair for pair in map(tuple, pairs.tolist()) if pair not in self.known]
        for i, j in fresh:
            x = self.solver.NumVar(0.0, self.solver.infinity(), "")
            self.goal.SetCoefficient(x, float(self.weight[i, j]))
            self.rows[i].SetCoefficient(x, 1.0)
            self.rows[j].SetCoefficient(x, 1.0)
            for both in set(self.member[i]) & set(self.member[j]):
                self.odd[both].SetCoefficient(x, 1.0)
            self.x.append(x)
        self.known |= set(fresh)
        self.ends = np.concatenate([self.ends, np.array(fresh, np.int64).reshape(-1, 2)])

    def solve(self):
        status = self.solver.Solve()
        if status == pywraplp.Solver.ABNORMAL:  # it lost its way from the last basis: begin anew
            anew = pywraplp.MPSolverParameters()
            anew.SetIntegerParam(anew.INCREMENTALITY, anew.INCREMENTALITY_OFF)
            status = self.solver.Solve(anew)
        if status != pywraplp.Solver.OPTIMAL:
            raise ArithmeticError(f"The linear program ended as {status}.")
        x = np.array([variable.solution_value() for variable in self.x])
        y = np.array([row.dual_value() for row in self.rows])
        z = np.array([row.dual_value() for row in self.odd])
        return x, np.maximum(y, 0), np.maximum(z, 0)

    def cut(self, x: np.ndarray) -> bool:
        """Forbid odd sets to hold more pairs than fit; whether there were any that did."""
        known = {tuple(people.tolist()) for people in self.sets}
        new = [people for people in overfilled(self.n, self.ends, x) if tuple(people.tolist()) not in known]
        for people in new:
            self.forbid(people)
        return bool(new)

    def forbid(self, people: np.ndarray) -> None:
        """Let this odd set hold no more pairs than fit."""
        row = self.solver.Constraint(-self.solver.infinity(), (len(people) - 1) / 2)
        inside = np.isin(self.ends, people).all(axis=1)
        for at in np.flatnonzero(inside).tolist():
            row.SetCoefficient(self.x[at], 1.0)
        for person in people.tolist():
            self.member[person].append(len(self.sets))
        self.odd.append(row)
        self.sets.append(people)

    def pairs(self, x: np.ndarray) -> np.ndarray:
        """The pairs of the plan; should halves be left, the heaviest of them that still fit."""
        taken = np.zeros(self.n, bool)
        kept = []
        heavy = self.weight[self.ends[:, 0], self.ends[:, 1]]
        for at in np.lexsort((-heavy, -np.round(x, 6))).tolist():
            i, j = self.ends[at].tolist()
            if x[at] > NEAR and not taken[i] and not taken[j]:
                taken[[i, j]] = True
                kept.append((i, j))
        return np.array(sorted(kept), np.int64).reshape(-1, 2)
