"""What an answer is, and what every way to it shares: the bonus, the floor, and the cover that proves who can
be placed.
"""

from dataclasses import dataclass, field

import numpy as np

from matching.engine import flow
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
