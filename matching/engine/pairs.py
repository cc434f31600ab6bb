"""Pairs for one-to-one and reverse programs: the best plan, and what no plan can exceed.

This is the front door for scores held as a table.  Scores that are worked out in blocks go in through
``large``.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from matching.engine import checks, flow, ties
from matching.engine.assignment import (
    COVERAGE,
    OBJECTIVES,
    TOTAL,
    WORST_OFF,
    Assignment,
    bonus_for,
    highest_floor,
    placing_cover,
)
from matching.engine.errors import UnknownObjective
from matching.engine.large import assign_source
from matching.engine.progress import Report, silent
from matching.engine.sources import NEVER, Dense

# Tables of up to so many pairs are solved in one flow; in larger ones most pairs are priced out first.
DIRECT = 400_000


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
    if table.size > DIRECT:
        source = Dense(np.where(open_, gains, NEVER))
        keys = {"mentee_keys": mentee_keys, "mentor_keys": mentor_keys}
        largest = int(np.abs(gains).max())
        found = assign_source(
            source, places, wanted, objective, largest=largest, locked=locks, report=report, **keys
        )
        return _in_units(found, scale)
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
    if problem.demand.max(initial=0) <= 1:
        best = flow.most_at(problem, v)
    else:
        dense = np.where(still_open, gains, -flow.FREE)
        if floor is not None:
            dense[gains < floor] = -flow.FREE
        best = flow.best_at(dense, problem.demand, bonuses, v)
    most = int(problem.capacity @ v) + int(best.sum())
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


def _in_units(found: Assignment, scale: float) -> Assignment:
    """The answer to rounded scores, in units of the scores given."""
    floor = None if found.floor is None else found.floor / scale
    return replace(
        found, value=found.units / scale, bound=found.bound_units / scale, scale=scale, floor=floor
    )
