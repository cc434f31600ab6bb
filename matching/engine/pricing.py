"""The best plan for programs too large to hold a score for every pair.

Scores are worked out in blocks of mentees and thrown away; only candidates are kept, some tens for each
mentee.

1. *Sample*: a small part of the program is solved, and its prices extended to all mentors, as a first guess.
2. *First pass* over all pairs: keep those that stand out at these prices, and for each mentee a threshold
   under which everything left out lies.
3. *Solve* the candidates exactly, and work out prices from the plan.
4. *Price*: pairs that were left out lie under the threshold, corrected by how far the prices have moved; only
   mentees and mentors whom that does not clear are looked at again, which gives them a new threshold at the
   new prices.  What would improve the plan, or nearly so, joins the candidates; go to 3.
5. *Prove*: one more pass over all pairs adds up the bound at the last prices, believing nothing of the above,
   and finds every pair that could be in another plan as good, so that ties are settled by identifiers.

After each round the plan so far and its proven bound are known: a run may be stopped there and still say how
far it is at most from the best.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from matching.engine import flow, ties
from matching.engine.progress import Report, silent
from matching.engine.sources import Source

SAMPLE_FROM = 2500
SAMPLE = 1500
# Scores are worked out in blocks that a processor keeps at hand, but of so many mentees at least.
CELLS = 4_000_000
FEWEST = 256
MOST_TIES = 8_000_000
# Of the distances that prices moved, the share that lies under what counts as near, in percent.
NEAR = 90


@dataclass(frozen=True, slots=True)
class Solution:
    """Pairs (sorted), what they sum up to, what none can exceed (both with bonuses), prices, and the
    candidates.
    """

    rows: np.ndarray
    columns: np.ndarray
    gains: np.ndarray
    worth: int
    bound: int
    v: np.ndarray
    candidates: np.ndarray
    rounds: int


@dataclass(frozen=True, slots=True, eq=False)
class _Limit:
    """What is known of pairs that are no candidates: none scores more than the ``v`` of its mentor and
    the ``least`` of its mentee together.
    """

    v: np.ndarray
    least: np.ndarray


@dataclass(slots=True)
class _Search:
    source: Source
    demand: np.ndarray
    capacity: np.ndarray
    bonus: np.ndarray
    report: Report
    keys: np.ndarray
    gains: np.ndarray
    v0: np.ndarray
    limits: tuple[_Limit, ...] = ()

    @property
    def step(self) -> int:
        return max(FEWEST, min(2048, CELLS // max(self.source.shape[1], 1)))

    def add(self, keys: np.ndarray, gains: np.ndarray) -> None:
        """Candidates, in the order of their keys, each once."""
        keys, first = np.unique(np.concatenate([self.keys, keys]), return_index=True)
        self.gains = np.concatenate([self.gains, gains])[first]
        self.keys = keys


def solve(
    source: Source,
    demand: np.ndarray,
    capacity: np.ndarray,
    bonus: np.ndarray,
    *,
    tags: tuple[np.ndarray, np.ndarray] | None = None,
    start: np.ndarray | None = None,
    keep: Callable[[np.ndarray], None] | None = None,
    report: Report = silent,
) -> Solution:
    """Solve and prove.  ``start`` are prices to begin with (of an interrupted run, or of a similar one),
    ``keep`` is handed the prices after every round, ``tags`` are the identifiers' hashes that settle ties.
    """
    n, m = source.shape
    none = np.zeros(0, np.int64)
    search = _Search(source, demand, capacity, bonus, report, none, none, np.zeros(m, np.int64))
    if start is not None:
        search.v0 = np.asarray(start, np.int64)
    elif min(n, m) >= SAMPLE_FROM:
        search.v0 = _sampled_prices(search)
    _first_pass(search)
    rounds = 0
    while True:
        problem, chosen, v = _solve_candidates(search)
        worth = flow.value(problem, chosen)
        marks = flow.standing(problem, chosen, v)
        rounds += 1
        if keep:
            keep(v)
        excess = _price(search, v, marks)
        report("gap", worth, worth + excess)
        if not excess:
            break
    bound, tied = _prove(search, v, marks)
    if tags is not None and tied is not None:
        search.add(*tied)
        problem = _problem(search)
        chosen = ties.settle(problem, v, *tags)
    return Solution(
        problem.rows[chosen].astype(np.int64),
        problem.columns[chosen].astype(np.int64),
        problem.gains[chosen],
        flow.value(problem, chosen),
        bound,
        v,
        search.keys,
        rounds,
    )


def _sampled_prices(search: _Search) -> np.ndarray:
    """Prices of a random part, solved exactly, and what its mentees would pay for everybody else."""
    n, m = search.source.shape
    rng = np.random.default_rng(0)
    size = min(n // 2, max(SAMPLE, n // 20))
    rows = np.sort(rng.choice(n, size, replace=False))
    columns = np.sort(rng.choice(m, max(1, round(m * size / n)), replace=False))
    part = search.source.part(rows, columns)
    found = solve(
        part, search.demand[rows], search.capacity[columns], search.bonus[rows], report=_only(search)
    )
    paid = np.where(search.demand[rows] > 0, -search.bonus[rows], flow.FREE)
    np.maximum.at(paid, found.rows, found.gains - found.v[found.columns])
    v = np.zeros(m, np.int64)
    none = np.zeros(m, np.int64)
    scores = search.source.priced(none)
    for start in range(0, size, search.step):
        some = slice(start, start + search.step)
        search.report("sample", start, size)
        over = scores(rows[some])
        over -= paid[some, None].astype(over.dtype)
        np.maximum(v, np.rint(over.max(axis=0)).astype(np.int64), out=v)
    return v


def _only(search: _Search) -> Report:
    """The report of the sample: it can be stopped, but its steps are not those of the whole."""
    return lambda step, done, total: search.report("sample", 0, 1)


def _first_pass(search: _Search, wanted: int = 10) -> None:
    """Candidates: for each mentee those above a threshold, for each mentor the mentees who lose least by
    it.
    """
    n, m = search.source.shape
    lowest = search.source.closed // 2
    least = np.full(n, lowest, np.int64)
    search.limits = (_Limit(search.v0, least),)
    if not n or not m:
        return
    wanted += 6 * max(0, int(search.demand.max()) - 1)
    stripe = np.sort(np.random.default_rng(1).permutation(m)[: max(64, m // 10)])
    nth = min(len(stripe), max(1, round(wanted * len(stripe) / m)) + 1)
    margins = search.source.priced(search.v0)
    found, gains = [search.keys], [search.gains]
    top = np.full(n, lowest, np.int64)
    for start in range(0, n, search.step):
        search.report("pass", start, n)
        rows = np.arange(start, min(start + search.step, n))
        margin = margins(rows)
        some = margin[:, stripe]
        cut = np.partition(some, len(stripe) - nth, axis=1)[:, len(stripe) - nth]
        cut = np.maximum(cut, lowest)
        least[rows] = cut
        top[rows] = np.maximum(margin.max(axis=1), lowest)
        at = np.flatnonzero(margin > cut[:, None])
        found.append(start * m + at)
        gains.append(margin.ravel()[at].astype(np.int64) + search.v0[at % m])
    search.add(np.concatenate(found), np.concatenate(gains))
    _offer_all_mentors(search, top)


def _offer_all_mentors(search: _Search, top: np.ndarray) -> None:
    """A mentor whom few mentees would choose needs some to choose from: those who lose least by it, the best
    of each of so many parts.
    """
    n, m = search.source.shape
    lowest = search.source.closed // 2
    parts = 4 + 2 * min(int(search.capacity.max()), 5)
    short = np.flatnonzero(np.bincount(search.keys % m, minlength=m) < parts)
    if not len(short):
        return
    best = np.full((parts, len(short)), -np.inf)
    who = np.zeros((parts, len(short)), np.int64)
    scores = search.source.priced(np.zeros(len(short), np.int64), short)
    step = min(max(FEWEST, CELLS // len(short)), max(16, n // (2 * parts)))
    loses = np.where(top > lowest, top, -search.source.closed)
    for block, start in enumerate(range(0, n, step)):
        search.report("pass", start, n)
        rows = np.arange(start, min(start + step, n))
        regret = scores(rows)
        regret -= loses[rows, None].astype(regret.dtype)
        value = regret.max(axis=0)
        group = block % parts
        better = np.flatnonzero(value > best[group])
        best[group][better] = value[better]
        who[group][better] = regret[:, better].argmax(axis=0) + start
    real = best > lowest
    rows, columns = who[real], np.broadcast_to(short, best.shape)[real]
    gains = search.source.at(rows, columns)
    open_ = gains > lowest
    search.add((rows * m + columns)[open_], gains[open_])


def _problem(search: _Search) -> flow.Problem:
    rows, columns = np.divmod(search.keys, max(search.source.shape[1], 1))
    return flow.Problem(
        rows.astype(np.int32),
        columns.astype(np.int32),
        search.gains,
        search.demand,
        search.capacity,
        search.bonus,
    )


def _solve_candidates(search: _Search):
    """The best plan of the candidates, and those of its prices that clear most of what was left out."""
    search.report("solve", 0, 1)
    problem = _problem(search)
    chosen = flow.solve(problem)
    low = flow.prices(problem, chosen)
    if (search.demand > 1).any():
        return problem, chosen, low
    high = flow.highest_prices(problem, chosen)
    tried = [flow.prices(problem, chosen, np.clip(search.limits[-1].v, low, high))]
    tried += [low + (high - low) * share // 4 for share in (4, 3, 2, 1, 0)]
    works = [_cut(search, v, flow.standing(problem, chosen, v))[0] for v in tried]
    return problem, chosen, tried[works.index(min(works))]


def _cut(search: _Search, v: np.ndarray, marks: np.ndarray) -> tuple[float, _Limit, int]:
    """The limit to go by, and how far prices may have fallen from it before a mentor is looked at again, so
    that the least is left to look at; that first, as a share of all pairs.
    """
    if not len(v) or not len(marks):
        return 0.0, search.limits[0], 0
    found = []
    for at, limit in enumerate(search.limits):
        fallen = limit.v - v
        in_order = np.sort(fallen)
        for share in (1, 0.999, 0.99, 0.97, 0.95, 0.9):
            cut = int(in_order[int(share * (len(v) - 1))])
            again = float((fallen > cut).mean()) + float((limit.least + cut > marks).mean())
            found.append((again, at, cut))
    again, at, cut = min(found)
    return again, search.limits[at], cut


def _price(search: _Search, v: np.ndarray, marks: np.ndarray) -> int:
    """Add pairs left out that would improve the plan at these prices, or nearly so.  Returns by how much the
    bound at these prices exceeds the plan; 0 when nothing left out would improve it.
    """
    n, m = search.source.shape
    if not n or not m:
        return 0
    _, limit, cut = _cut(search, v, marks)
    fallen = limit.v - v
    # Prices will move again, though less than now: who comes so near the marks may soon exceed them.
    near = int(np.percentile(np.abs(fallen - np.median(fallen)), NEAR))
    again = limit.least + cut > marks
    scan = _Scan(search, v, marks, near, np.maximum(limit.least + cut, marks - near))
    scan.over(np.flatnonzero(again), None)
    scan.over(np.flatnonzero(~again), np.flatnonzero(fallen > cut))
    search.limits = search.limits[0], _Limit(v, scan.least)
    return scan.add()


class _Scan:
    """Another look at some of the pairs, at new prices: which come to the marks or ``near`` below, and what
    is the ``least`` that all others stay under.
    """

    def __init__(self, search: _Search, v, marks, near: int, least):
        self.search, self.v, self.marks, self.near, self.least = search, v, marks, near, least
        self.most = 10 + int(search.demand.max(initial=0))
        self.keys, self.over_marks = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]

    def over(self, rows: np.ndarray, columns: np.ndarray | None) -> None:
        """Look at these mentees with these (or all) mentors."""
        width = len(self.v) if columns is None else len(columns)
        if not width:
            return
        margins = self.search.source.priced(self.v if columns is None else self.v[columns], columns)
        step = max(FEWEST, CELLS // width)
        for start in range(0, len(rows), step):
            self.search.report("price", start, len(rows))
            some = rows[start : start + step]
            margin = margins(some)
            margin -= self.marks[some, None].astype(margin.dtype)
            at = np.flatnonzero(margin > -self.near)
            row, column = np.divmod(at, width)
            over = margin.ravel()[at].astype(np.int64)
            least = self._take(some, row, column if columns is None else columns[column], over)
            self.least[some] = least if columns is None else np.maximum(self.least[some], least)

    def _take(self, some, row, column, over) -> np.ndarray:
        """Take the best so many pairs of each mentee; returns what those not taken stay under."""
        kept = np.ones(len(row), bool)
        stay = np.full(len(some), -self.near)
        count = np.bincount(row, minlength=len(some))
        for crowded in np.flatnonzero(count > self.most).tolist():
            mine = slice(*np.searchsorted(row, (crowded, crowded + 1)))
            order = np.argpartition(over[mine], count[crowded] - self.most)
            kept[mine.start + order[: -self.most]] = False
            stay[crowded] = over[mine][order[: -self.most]].max()
        self.keys.append(some[row[kept]] * len(self.v) + column[kept])
        self.over_marks.append(over[kept])
        return self.marks[some] + stay

    def add(self) -> int:
        """Add what is new to the candidates; by how much the bound exceeds the plan because of it."""
        keys, over = np.concatenate(self.keys), np.concatenate(self.over_marks)
        new = ~np.isin(keys, self.search.keys)
        keys, over = keys[new], over[new]
        rows, columns = np.divmod(keys, len(self.v))
        gains = over + self.marks[rows] + self.v[columns]
        open_ = gains > self.search.source.closed // 2
        self.search.add(keys[open_], gains[open_])
        most = np.zeros(len(self.marks), np.int64)
        np.maximum.at(most, rows, over)
        return int(most @ np.maximum(self.search.demand, 1))


def _prove(search: _Search, v: np.ndarray, marks: np.ndarray):
    """The bound at these prices from all pairs, and every pair that a plan as good could have, with its
    gain.
    """
    n, m = search.source.shape
    bound = int(search.capacity @ v)
    tied = [(np.zeros(0, np.int64), np.zeros(0, np.int64))]
    count = 0
    marks = np.maximum(marks, search.source.closed // 2 + 1)
    margins = search.source.priced(v)
    nothing = np.zeros(m, np.int64)
    for start in range(0, n if m else 0, search.step):
        search.report("prove", start, n)
        rows = np.arange(start, min(start + search.step, n))
        margin = margins(rows)
        several = search.demand[rows] > 1
        first = np.rint(margin.max(axis=1)).astype(np.int64)
        single = np.maximum(first + search.bonus[rows], 0)
        bound += int(single[(search.demand[rows] == 1)].sum())
        if several.any():
            exact = np.rint(margin[several]).astype(np.int64)
            bound += int(
                flow.best_at(exact, search.demand[rows][several], search.bonus[rows][several], nothing).sum()
            )
        if count <= MOST_TIES:
            at = np.flatnonzero(margin >= marks[rows, None].astype(margin.dtype))
            tied.append((start * m + at, margin.ravel()[at].astype(np.int64) + v[at % m]))
            count += len(at)
    if count > MOST_TIES:
        return bound, None
    return bound, tuple(np.concatenate(side) for side in zip(*tied, strict=True))


def tags_of(keys: Sequence[Sequence[str] | None], shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Hashes of the identifiers of both sides."""
    sides = zip(keys, shape, ("mentee", "mentor"), strict=True)
    return tuple(ties.hashes(key, count, side) for key, count, side in sides)
