"""What a plan looks like from where people stand: who would rather have each other, what rank everybody got,
and how evenly scores and load are spread.

A pair *blocks* a plan when both would gain by it: the mentee scores it above the worst of the mentors held
(or has room, and scores it above 0), and so does the mentor.  ``stable`` makes a plan that no pair blocks,
the best such plan for every mentee at once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matching.engine import checks
from matching.engine.errors import BadScores
from matching.engine.progress import Report, silent

BLOCK = 256
NOBODY = np.iinfo(np.int64).max

# Whole scores of some mentees with all mentors, (rows, mentors), far below 0 where a pair may not be; good until
# it is called again.
UnitsOf = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True)
class Blocking:
    """How many pairs block a plan, and those of them, (n, 2) rows, by which the one who gains less gains
    most.
    """

    count: int
    pairs: np.ndarray


@dataclass(frozen=True, slots=True)
class Spread:
    """How scores are spread over the pairs of a plan, in the units of the scores; none where there are no
    pairs.

    ``percentiles`` are those of 5, 25, 50, 75 and 95; ``gini`` is 0 where all pairs score the same; ``load``
    counts mentors by the number of mentees they have.
    """

    pairs: int
    mean: float | None
    lowest: int | None
    percentiles: tuple[float, ...]
    gini: float | None
    load: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class GroupFigure:
    """Match rate and mean score of a group of mentees; ``None`` where too few people stand behind a
    figure.
    """

    group: str
    people: int | None
    rate: float | None
    mean: float | None


def blocking(
    units_of: UnitsOf, pairs, capacity, demand, *, most: int = 50, report: Report = silent
) -> Blocking:
    """Pairs that both sides would rather have than what the plan gives them, both judging by the same score.

    ``pairs``: (n, 2) rows of the plan; ``capacity``: (mentors,); ``demand``: (mentees,); ``most``: pairs
    named.
    """
    plan = _plan(pairs)
    return blocking_and_ranks(
        units_of, plan, _earned(units_of, plan, len(demand)), capacity, demand, most=most, report=report
    )[0]


def ranks(units_of: UnitsOf, pairs, mentees: int) -> np.ndarray:
    """For each pair of the plan, sorted by mentee, how many allowed mentors that mentee scores higher, plus
    1.
    """
    plan = _plan(pairs)
    found = np.zeros(len(plan), np.int64)
    for rows, at in _blocks(plan, mentees):
        found[at] = _ranks(units_of(rows), plan[at, 0] - rows[0], plan[at, 1])
    return found


def blocking_and_ranks(
    units_of: UnitsOf, pairs, earned, capacity, demand, *, most: int = 50, report: Report = silent
) -> tuple[Blocking, np.ndarray]:
    """Both in one pass over all pairs.  ``pairs`` are sorted by mentee and mentor, ``earned`` their units."""
    standing = Standing(pairs, earned, capacity, demand, most=most)
    for start in range(0, len(demand), BLOCK):
        report("blocking", start, len(demand))
        rows = np.arange(start, min(start + BLOCK, len(demand)))
        standing.look_at(rows, units_of(rows))
    return standing.blocking, standing.ranks


class Standing:
    """Blocking pairs and ranks, gathered while somebody passes over all pairs.

    ``pairs`` are sorted by mentee and mentor, ``earned`` their units; rows come in order, a run of them at a time.
    """

    def __init__(self, pairs, earned, capacity, demand, *, most: int = 50) -> None:
        self.plan, self.most = np.asarray(pairs, np.int64), most
        self.starts = np.searchsorted(self.plan[:, 0], np.arange(len(demand) + 1))
        self.mine = _least(self.plan[:, 0], earned, np.asarray(demand))
        self.theirs = _least(self.plan[:, 1], earned, np.asarray(capacity))
        self.ranks = np.zeros(len(self.plan), np.int64)
        self.count = 0
        self.named: list[tuple[int, int, int]] = []

    @property
    def blocking(self) -> Blocking:
        return Blocking(self.count, np.array([[i, j] for _, i, j in self.named], np.int64).reshape(-1, 2))

    def look_at(self, rows: np.ndarray, units: np.ndarray) -> None:
        at = slice(self.starts[rows[0]], self.starts[rows[-1] + 1])
        row, column = self.plan[at, 0] - rows[0], self.plan[at, 1]
        self.ranks[at] = _ranks(units, row, column)
        better = units > _like(units, self.theirs)
        better &= units > _like(units, self.mine[rows, None])
        better[row, column] = False
        i, j = np.divmod(np.flatnonzero(better), max(len(self.theirs), 1))
        self.count += len(i)
        gain = units[i, j].astype(np.int64) - np.maximum(self.mine[rows[i]], self.theirs[j])
        if len(gain) > self.most:
            # All that gain as much as the last one named, so that ties end the same way in any block.
            near = np.flatnonzero(gain >= np.partition(gain, len(gain) - self.most)[len(gain) - self.most])
            i, j, gain = i[near], j[near], gain[near]
        found = zip((-gain).tolist(), rows[i].tolist(), j.tolist(), strict=True)
        self.named = sorted([*self.named, *found])[: self.most]


def _earned(units_of: UnitsOf, plan: np.ndarray, mentees: int) -> np.ndarray:
    earned = np.zeros(len(plan), np.int64)
    for rows, at in _blocks(plan, mentees):
        earned[at] = units_of(rows)[plan[at, 0] - rows[0], plan[at, 1]]
    return earned


def _ranks(units: np.ndarray, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    own = units[row, column]
    mine = units if np.array_equal(row, np.arange(len(units))) else units[row]
    return np.count_nonzero(mine > own[:, None], axis=1) + 1


def _like(units: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Numbers of the kind that units are, so that comparing makes no copy of these."""
    if units.dtype.kind == "i":
        numbers = np.minimum(numbers, np.iinfo(units.dtype).max)
    return numbers.astype(units.dtype)


def stable(mentee_scores, mentor_scores, capacity, allowed=None) -> np.ndarray:
    """A plan of pairs (n, 2) that no pair blocks, each mentee wanting one mentor, as good for every mentee as
    any such plan.

    Both scores are (mentees, mentors): what the mentee thinks of the mentor, and the mentor of the mentee.
    Equal scores rank by row.  All mentees without a mentor ask the next on their list at once; mentors keep
    the best.
    """
    ours, theirs = checks.scores(mentee_scores), checks.scores(mentor_scores)
    if ours.shape != theirs.shape:
        raise BadScores("Both sides score the same pairs.")
    open_ = checks.allowed(allowed, ours)
    checks.allowed(allowed, theirs)
    n, m = ours.shape
    places = checks.counts(capacity, m, checks.BadCapacity)
    wish = np.where(open_, ours.astype(np.float64), -np.inf)
    lists = np.argsort(-wish, axis=1, kind="stable")
    length = open_.sum(axis=1)
    asked, mate = np.zeros(n, np.int64), np.full(n, -1)
    while True:
        free = np.flatnonzero((mate < 0) & (asked < length))
        if not len(free):
            break
        mate[free] = lists[free, asked[free]]
        asked[free] += 1
        held = np.flatnonzero(mate >= 0)
        order = held[np.lexsort((held, -theirs[held, mate[held]], mate[held]))]
        mentor = mate[order]
        first = np.searchsorted(mentor, mentor)
        mate[order[np.arange(len(order)) - first >= places[mentor]]] = -1
    rows = np.flatnonzero(mate >= 0)
    return np.stack([rows, mate[rows]], axis=1)


def spread(earned: Sequence[int], pairs, capacity) -> Spread:
    """Figures of a plan: ``earned`` are the units of its ``pairs``, ``capacity`` the places of each
    mentor.
    """
    earned = np.sort(np.asarray(earned, np.int64))
    load = np.bincount(_plan(pairs)[:, 1], minlength=len(capacity))[np.asarray(capacity) > 0]
    counted = {mentees: int(mentors) for mentees, mentors in enumerate(np.bincount(load)) if mentors}
    if not len(earned):
        return Spread(0, None, None, (), None, counted)
    place = 2 * np.arange(1, len(earned) + 1) - len(earned) - 1
    total = int(earned.sum())
    return Spread(
        pairs=len(earned),
        mean=float(earned.mean()),
        lowest=int(earned[0]),
        percentiles=tuple(np.percentile(earned, [5, 25, 50, 75, 95]).tolist()),
        gini=float(place @ earned) / (len(earned) * total) if total > 0 and earned[0] >= 0 else None,
        load=counted,
    )


def by_group(groups: Sequence[str], earned: Sequence[int | None], k: int = 5) -> list[GroupFigure]:
    """Match rate and mean score for each group of mentees, by name.

    ``earned`` holds what each mentee's pair scores, ``None`` without one.  A group of fewer than ``k`` people
    has no figures, a mean over fewer than ``k`` is not told, and neither is a rate that leaves fewer than
    ``k``, but not nobody, on one side of it.
    """
    found = []
    for group in sorted(set(groups)):
        scores = [score for name, score in zip(groups, earned, strict=True) if name == group]
        placed = [score for score in scores if score is not None]
        if len(scores) < k:
            found.append(GroupFigure(group, None, None, None))
            continue
        told = all(side == 0 or side >= k for side in (len(placed), len(scores) - len(placed)))
        rate = len(placed) / len(scores) if told else None
        mean = sum(placed) / len(placed) if len(placed) >= k else None
        found.append(GroupFigure(group, len(scores), rate, mean))
    return found


def _plan(pairs) -> np.ndarray:
    plan = np.asarray(pairs, np.int64).reshape(-1, 2)
    return plan[np.lexsort((plan[:, 1], plan[:, 0]))]


def _blocks(plan: np.ndarray, n: int):
    """Mentee rows some at a time, and which pairs of the plan are theirs."""
    starts = np.searchsorted(plan[:, 0], np.arange(n + 1))
    for start in range(0, n, BLOCK):
        stop = min(start + BLOCK, n)
        yield np.arange(start, stop), slice(starts[start], starts[stop])


def _least(who: np.ndarray, earned: np.ndarray, places: np.ndarray) -> np.ndarray:
    """What a new pair must exceed for each person: the worst pair held, at most 0 while there is room."""
    least = np.full(len(places), NOBODY)
    np.minimum.at(least, who, earned)
    held = np.bincount(who, minlength=len(places))
    least = np.where(held < places, np.minimum(least, 0), least)
    return np.where(places == 0, NOBODY, least)
