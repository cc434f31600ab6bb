"""Pairs for one-to-one and reverse programs: the best plan, and what no plan can exceed.

This is the front door for scores held as a table.  Programs too large for a table go through ``pricing``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from matching.engine import checks, flow, ties
from matching.engine.errors import UnknownObjective
from matching.engine.progress import Report, silent

COVERAGE, TOTAL, WORST_OFF = "coverage", "total", "worst_off"
OBJECTIVES = (COVERAGE, TOTAL, WORST_OFF)


@dataclass(frozen=True, slots=True)
class Assignment:
    """The answer of ``assign``.

    ``pairs`` is an (n, 2) int64 array of mentee and mentor rows, sorted.  ``value`` is the total score of the
    pairs and ``bound`` what no plan as good in what the objective puts first (people placed, worst-off pair)
    can exceed; both are in units of the scores, after rounding them to ``1 / scale``.  ``units`` and
    ``bound_units`` are the same as exact integers, and ``proven`` says that these are equal.  ``prices``
    holds for each mentor what one more place would add to the total in units (in ``bonus`` units for each
    person more who could be placed).  ``floor`` is the score below which the objective ``worst_off`` let no
    pair fall.  ``cover`` is a set of mentors, (mentors,) of bool: their places and the mentees with an
    allowed pair elsewhere are no more than the people placed, which proves that more cannot be.
    ``cover_above`` does the same with pairs above the floor alone, and proves that these place fewer.
    """

    pairs: np.ndarray
    value: float
    bound: float
    proven: bool
    scale: float
    units: int
    bound_units: int
    placed: int
    objective: str
    prices: np.ndarray = field(repr=False)
    bonus: int = 0
    floor: float | None = None
    cover: np.ndarray | None = field(default=None, repr=False)
    cover_above: np.ndarray | None = field(default=None, repr=False)


def assign(
    scores,
    capacity,
    demand=1,
    allowed=None,
    objective: str = COVERAGE,
    *,
    scale: float | None = None,
    locked: Sequence[tuple[int, int]] = (),
    mentee_keys: Sequence[str] | None = None,
    mentor_keys: Sequence[str] | None = None,
    report: Report = silent,
) -> Assignment:
    """Match mentees with mentors, exactly.

    ``scores``: (mentees, mentors) real numbers, also negative, finite wherever a pair is allowed.
    ``capacity``: places of each mentor, (mentors,) whole numbers from 0, or one number for all.
    ``demand``: mentors each mentee wants at most, (mentees,) whole numbers from 0, or one number for all.
    ``allowed``: (mentees, mentors) bool; without it every pair may be.
    ``objective``: one of
        ``"coverage"``: as many mentees as possible get at least one mentor, and among such plans the total
        score is greatest;
        ``"total"``: the total is greatest, and nobody is matched at a loss;
        ``"worst_off"``: as many mentees as possible get a mentor (to have none is worst of all), then the
        lowest score of any pair is as high as it can be, then the total is greatest.
    ``scale``: steps in one unit of score.  Scores are rounded to whole steps and all is exact from there on.
        Whole scores are taken as they are, others to nine decimals, or as many as 64 bits hold.
    ``locked``: pairs (mentee row, mentor row) that must be part of the plan.
    ``mentee_keys``, ``mentor_keys``: stable identifiers.  With them the plan is the same for any order of
        rows: among equally good plans a fixed mix of the identifiers decides.  Without them row numbers stand
        for identifiers, and whoever sorts rows by one before calling gets the same plan for the same people.

    A mentee and a mentor meet at most once.  Bad input raises a subclass of ``EngineError``, which is a
    ``ValueError``.
    """
    if objective not in OBJECTIVES:
        raise UnknownObjective(f"The objective is one of {', '.join(OBJECTIVES)}; not {objective!r}.")
    table = checks.scores(scores)
    open_ = checks.allowed(allowed, table)
    places = checks.counts(capacity, table.shape[1], checks.BadCapacity)
    wanted = checks.counts(demand, table.shape[0], checks.BadDemand)
    gains, scale = checks.quantise(table, open_, wanted, places, scale)
    locks = checks.locks(locked, open_, places, wanted)
    tags = ties.hashes(mentee_keys, len(wanted), "mentee"), ties.hashes(mentor_keys, len(places), "mentor")

    report("solve", 0, 3)
    still_open = open_.copy()
    still_open[locks[:, 0], locks[:, 1]] = False
    rows, columns = np.nonzero(still_open)
    at = gains[rows, columns]
    held = np.bincount(locks[:, 0], minlength=len(wanted))
    free = (
        wanted - held,
        places - np.bincount(locks[:, 1], minlength=len(places)),
    )
    floor = cover = above = None
    if objective == WORST_OFF:
        counted = ((held == 0) & (wanted > 0)).astype(np.int64)
        cover = placing_cover(rows, columns, free[1], counted)
        floor = highest_floor(rows, columns, at, free[1], counted > 0, report)
        if floor is not None:
            over = at > floor
            above = placing_cover(rows[over], columns[over], free[1], counted)
            keep = at >= floor
            rows, columns, at = rows[keep], columns[keep], at[keep]
    bonus = 0 if objective == TOTAL else bonus_for(at, *free)
    bonuses = np.where(held == 0, np.int64(bonus), np.int64(0))
    problem = flow.Problem(rows.astype(np.int32), columns.astype(np.int32), at, *free, bonuses)

    chosen = flow.solve(problem)
    report("prove", 1, 3)
    v = flow.prices(problem, chosen)
    if objective == COVERAGE:
        cover = v >= (bonus + 1) // 2
    report("ties", 2, 3)
    chosen = ties.settle(problem, v, *tags)
    dense = np.where(still_open, gains, -flow.FREE)
    if floor is not None:
        dense[gains < floor] = -flow.FREE
    most = int(problem.capacity @ v) + int(flow.best_at(dense, problem.demand, bonuses, v).sum())
    report("done", 3, 3)
    pairs = np.concatenate([locks, np.stack([rows[chosen], columns[chosen]], axis=1).astype(np.int64)])
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    units = int(gains[pairs[:, 0], pairs[:, 1]].sum())
    bound_units = units + most - flow.value(problem, chosen)
    return Assignment(
        pairs=pairs,
        value=units / scale,
        bound=bound_units / scale,
        proven=bound_units == units,
        scale=scale,
        units=units,
        bound_units=bound_units,
        placed=len(np.unique(pairs[:, 0])),
        objective=objective,
        prices=v,
        bonus=bonus,
        floor=None if floor is None else floor / scale,
        cover=cover,
        cover_above=above,
    )


def bonus_for(gains: np.ndarray, demand: np.ndarray, capacity: np.ndarray) -> int:
    """More than twice what any two plans can differ in total: one person more outweighs every score, and
    prices tell whether a place would place somebody more (above half a bonus) or only somebody better.
    """
    if not len(gains):
        return 1
    pairs = int(min(demand.sum(), capacity.sum()))
    return 2 * pairs * (max(0, int(gains.max())) - min(0, int(gains.min()))) + 1


def placing_cover(rows, columns, capacity, counted) -> np.ndarray:
    """Mentors (bool) whose places, with the counted mentees who have one of these pairs with somebody else,
    are as many as can be placed with these pairs.
    """
    nothing = np.zeros(len(rows), np.int64)
    problem = flow.Problem(
        rows.astype(np.int32), columns.astype(np.int32), nothing, counted, capacity, counted
    )
    return flow.prices(problem, flow.solve(problem)) > 0


def highest_floor(rows, columns, gains, capacity, counted, report: Report = silent) -> int | None:
    """The highest score such that pairs of at least that score still place as many of the counted mentees as
    all pairs do; none where nobody of them can be placed.
    """
    ours = counted[rows]
    rows, columns, gains = rows[ours], columns[ours], gains[ours]
    most = flow.most_placed(rows, columns, len(counted), capacity)
    if not most:
        return None
    levels = np.unique(gains)
    low, high = 0, len(levels) - 1
    while low < high:
        report("floor", len(levels) - (high - low), len(levels))
        middle = (low + high + 1) // 2
        keep = gains >= levels[middle]
        if flow.most_placed(rows[keep], columns[keep], len(counted), capacity) == most:
            low = middle
        else:
            high = middle - 1
    return int(levels[low])
