"""The best plan for programs too large to hold a score for every pair.

Scores are worked out in blocks of mentees and thrown away; only candidates are kept, some tens for each
mentee.

1. *Sample*: a small part of the program is solved, and its prices extended to all mentors, as a first guess.
2. *First pass* over all pairs: keep those that stand out at these prices, and for each mentee a threshold
under which
   everything left out lies.
3. *Solve* the candidates exactly, and work out prices from the plan.
4. *Price*: pairs that were left out lie under the threshold, corrected by how far the prices have moved; only
mentees and
   mentors whom that does not clear are looked at again.  What would improve the plan joins the candidates; go
   to 3.
5. *Prove*: one more pass over all pairs adds up the bound at the last prices, believing nothing of the above,
and finds
   every pair that could be in another plan as good, so that ties are settled by identifiers.

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
CELLS = 24_000_000
MOST_TIES = 8_000_000


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


@dataclass(slots=True)
class _Search:
    source: Source
    demand: np.ndarray
    capacity: np.ndarray
    bonus: np.ndarray
    report: Report
    keys: np.ndarray
    v0: np.ndarray
    threshold: np.ndarray

    @property
    def step(self) -> int:
        return max(16, min(2048, CELLS // max(self.source.shape[1], 1)))


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
    search = _Search(
        source, demand, capacity, bonus, report, np.zeros(0, np.int64), np.zeros(m, np.int64), None
    )
    if start is not None:
        search.v0 = np.asarray(start, np.int64)
    elif min(n, m) >= SAMPLE_FROM:
        search.v0 = _sampled_prices(search)
    _first_pass(search)
    gains = source.at(*np.divmod(search.keys, m)) if m else np.zeros(0, np.int64)
    rounds = 0
    while True:
        problem, chosen, v = _solve_candidates(search, gains)
        worth = flow.value(problem, chosen)
        marks = flow.standing(problem, chosen, v)
        rounds += 1
        if keep:
            keep(v)
        new, over = _price(search, v, marks)
        report("gap", worth, worth + over)
        if not len(new):
            break
        more = source.at(*np.divmod(new, m))
        search.keys = np.concatenate([search.keys, new])
        gains = np.concatenate([gains, more])
        order = np.argsort(search.keys, kind="stable")
        search.keys, gains = search.keys[order], gains[order]
    bound, tied = _prove(search, v, marks)
    if tags is not None and tied is not None:
        tied = np.setdiff1d(tied, search.keys)
        gains = np.concatenate([gains, source.at(*np.divmod(tied, m))])
        search.keys = np.concatenate([search.keys, tied])
        order = np.argsort(search.keys, kind="stable")
        search.keys, gains = search.keys[order], gains[order]
        problem = _problem(search, gains)
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
    for start in range(0, size, search.step):
        some = slice(start, start + search.step)
        search.report("sample", start, size)
        over = search.source.block(rows[some], none)
        over = over - paid[some, None].astype(over.dtype)
        np.maximum(v, np.rint(over.max(axis=0)).astype(np.int64), out=v)
    return v


def _as_scarce(places: np.ndarray, wanted: int, search: _Search) -> np.ndarray:
    """Places of a sample, corrected to be as scarce as in the whole: on nothing do prices depend more."""
    target = min(
        int(search.capacity.sum()) * int(wanted) // max(int(search.demand.sum()), 1), 4 * int(wanted)
    )
    places = places.copy()
    while places.sum() > target and places.any():
        most = np.flatnonzero(places == places.max())
        places[most[: int(places.sum()) - target]] -= 1
    while places.sum() < target:
        least = np.flatnonzero(places == places.min())
        places[least[: target - int(places.sum())]] += 1
    return places


def _only(search: _Search) -> Report:
    """The report of the sample: it can be stopped, but its steps are not those of the whole."""
    return lambda step, done, total: search.report("sample", 0, 1)


def _first_pass(search: _Search, wanted: int = 16) -> None:
    """Candidates: for each mentee those above a threshold, for each mentor the mentees who lose least by
    it.
    """
    n, m = search.source.shape
    lowest = search.source.closed // 2
    search.threshold = np.full(n, lowest, np.int64)
    if not n or not m:
        return
    wanted += 6 * max(0, int(search.demand.max()) - 1)
    stripe = np.random.default_rng(1).permutation(m)[: max(64, m // 10)]
    nth = min(len(stripe), max(1, round(wanted * len(stripe) / m)) + 1)
    # A mentor with several places needs several mentees to choose from: the best of each of so many parts.
    parts = 4 + 2 * min(int(search.capacity.max()), 5)
    best = np.full((parts, m), -np.inf)
    who = np.zeros((parts, m), np.int64)
    found = []
    step = min(search.step, max(16, n // (2 * parts)))
    for block, start in enumerate(range(0, n, step)):
        search.report("pass", start, n)
        rows = np.arange(start, min(start + step, n))
        margin = search.source.block(rows, search.v0)
        some = margin[:, stripe]
        cut = np.partition(some, len(stripe) - nth, axis=1)[:, len(stripe) - nth]
        cut = np.maximum(cut, lowest)
        search.threshold[rows] = np.rint(cut) if cut.dtype.kind == "f" else cut
        at = np.flatnonzero(margin > cut[:, None])
        found.append((at // m + start) * m + at % m)
        top = margin.max(axis=1)
        regret = margin - np.where(top > lowest, top, -search.source.closed)[:, None].astype(margin.dtype)
        value = regret.max(axis=0)
        group = block % parts
        better = np.flatnonzero(value > best[group])
        best[group][better] = value[better]
        who[group][better] = regret[:, better].argmax(axis=0) + start
    found.append((who * m + np.arange(m)).ravel()[(best > lowest).ravel()])
    keys = np.unique(np.concatenate(found))
    rows, columns = np.divmod(keys, m)
    search.keys = keys[_open(search.source, rows, columns)]


def _open(source: Source, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    return source.at(rows, columns) > source.closed // 2


def _problem(search: _Search, gains: np.ndarray) -> flow.Problem:
    rows, columns = np.divmod(search.keys, max(search.source.shape[1], 1))
    return flow.Problem(
        rows.astype(np.int32), columns.astype(np.int32), gains, search.demand, search.capacity, search.bonus
    )


def _solve_candidates(search: _Search, gains: np.ndarray):
    """The best plan of the candidates, and those of its prices that clear most of what was left out."""
    search.report("solve", 0, 1)
    problem = _problem(search, gains)
    chosen = flow.solve(problem)
    low = flow.prices(problem, chosen)
    if (search.demand > 1).any():
        return problem, chosen, low
    high = flow.highest_prices(problem, chosen)
    fits = {}
    between = [low + (high - low) * share // 4 for share in (0, 1, 2, 3, 4)]
    for v in (flow.prices(problem, chosen, np.clip(search.v0, low, high)), *between):
        cost = _cut(search, v, flow.standing(problem, chosen, v))[0]
        fits.setdefault(cost, v)
    return problem, chosen, fits[min(fits)]


def _cut(search: _Search, v: np.ndarray, marks: np.ndarray) -> tuple[float, int]:
    """How far prices may have fallen before a mentor is looked at again, so that the least work is left."""
    n, m = search.source.shape
    if not n or not m:
        return 0, 0
    fallen = np.sort(search.v0 - v)
    best = None
    for share in (1, 0.999, 0.99, 0.97, 0.95, 0.9):
        cut = int(fallen[int(share * (m - 1))])
        again = float((search.v0 - v > cut).sum()) / m + float((search.threshold + cut > marks).sum()) / n
        if best is None or again < best[0]:
            best = again, cut
    return best


def _price(search: _Search, v: np.ndarray, marks: np.ndarray) -> tuple[np.ndarray, int]:
    """Pairs left out that would improve the plan at these prices, and how much the bound exceeds the plan."""
    n, m = search.source.shape
    if not n or not m:
        return np.zeros(0, np.int64), 0
    _, cut = _cut(search, v, marks)
    again = search.threshold + cut > marks
    found: list[np.ndarray] = []
    over = _scan(search, np.flatnonzero(again), None, v, marks, found)
    columns = np.flatnonzero(search.v0 - v > cut)
    if len(columns):
        over += _scan(search, np.flatnonzero(~again), columns, v, marks, found)
    new = np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)
    return new[~np.isin(new, search.keys)], over


def _scan(search, rows, columns, v, marks, found) -> int:
    """Look at these pairs again; at most so many of the best new ones for each mentee."""
    m = search.source.shape[1]
    width = m if columns is None else len(columns)
    most = 10 + int(search.demand.max(initial=0))
    step = max(16, min(max(len(rows), 1), CELLS // max(width, 1)))
    over = 0
    for start in range(0, len(rows), step):
        search.report("price", start, len(rows))
        some = rows[start : start + step]
        margin = search.source.block(some, v if columns is None else v[columns], columns)
        margin = margin - marks[some, None].astype(margin.dtype)
        top = margin.max(axis=1)
        better = np.flatnonzero(top > 0)
        over += int(np.rint((top[better] * np.maximum(search.demand[some[better]], 1)).sum()))
        for row in better.tolist():
            at = np.flatnonzero(margin[row] > 0)
            if len(at) > most:
                at = at[np.argpartition(margin[row][at], len(at) - most)[-most:]]
            found.append(some[row] * m + (at if columns is None else columns[at]))
    return over


def _prove(search: _Search, v: np.ndarray, marks: np.ndarray) -> tuple[int, np.ndarray | None]:
    """The bound at these prices from all pairs, and every pair that a plan as good could have."""
    n, m = search.source.shape
    bound = int(search.capacity @ v)
    tied: list[np.ndarray] | None = []
    count = 0
    for start in range(0, n if m else 0, search.step):
        search.report("prove", start, n)
        rows = np.arange(start, min(start + search.step, n))
        margin = search.source.block(rows, v)
        several = search.demand[rows] > 1
        first = np.rint(margin.max(axis=1)).astype(np.int64)
        single = np.maximum(first + search.bonus[rows], 0)
        bound += int(single[(search.demand[rows] == 1)].sum())
        if several.any():
            exact = np.rint(margin[several]).astype(np.int64)
            nothing = np.zeros(m, np.int64)
            bound += int(
                flow.best_at(exact, search.demand[rows][several], search.bonus[rows][several], nothing).sum()
            )
        if tied is not None:
            at = np.flatnonzero(
                margin >= np.maximum(marks[rows], search.source.closed // 2 + 1)[:, None].astype(margin.dtype)
            )
            tied.append((at // m + start) * m + at % m)
            count += len(at)
            tied = tied if count <= MOST_TIES else None
    if tied is None:
        return bound, None
    return bound, np.concatenate([np.zeros(0, np.int64), *tied])


def tags_of(keys: Sequence[Sequence[str] | None], shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Hashes of the identifiers of both sides."""
    sides = zip(keys, shape, ("mentee", "mentor"), strict=True)
    return tuple(ties.hashes(key, count, side) for key, count, side in sides)
