"""The second door: the same question as ``assign``, asked of scores that are worked out in blocks.

``assign_source`` takes a source of scores (``pricing.Features`` or ``pricing.Dense``) instead of a table;
nothing it holds grows with the number of pairs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from matching.engine import checks, flow, pricing
from matching.engine.assignment import (
    COVERAGE,
    OBJECTIVES,
    TOTAL,
    WORST_OFF,
    Assignment,
    highest_floor,
    placing_cover,
)
from matching.engine.errors import BadLocks, BadScores, UnknownObjective
from matching.engine.progress import Report, silent
from matching.engine.rules import Rule, Verdict
from matching.engine.scoring import Scores
from matching.engine.sources import CLOSED, Features, Source

# Rules over groups of people are folded into the features while there are at most so many groups.
FOLDED_GROUPS = 512


def features(scores: Scores, verdict: Verdict) -> Features:
    """Scores and hard rules as one source."""
    a, b = [scores.a], [scores.b]
    apart = []
    for _, kinship in verdict.kinships:
        table = kinship.table
        if table is None or table.shape[1] > FOLDED_GROUPS:
            apart.append(kinship)
            continue
        used = np.flatnonzero(table.any(axis=0))
        a.append((table[:, used] * np.float32(CLOSED))[kinship.mentee_group])
        b.append((kinship.mentor_group[:, None] == used).astype(np.float32))
    rows, columns, _, _ = verdict.singles()
    width = max(len(scores.mentors), 1)
    keys = np.union1d(rows * width + columns, scores.chosen_rows * width + scores.chosen_columns)
    rows, columns = np.divmod(keys, width)
    # The cut-off is the business of ``assign_source``, which spares locked pairs.
    closed = verdict.at(rows, columns) & ~np.uint8(Rule.LOW_FIT) > 0
    true = np.where(closed, CLOSED, scores.at(rows, columns))
    return Features(*_merged(a, b), rows, columns, true, tuple(apart))


def _merged(a: list[np.ndarray], b: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The same products from fewer columns: those that say the same of every mentor become one."""
    ours, theirs = (np.ascontiguousarray(np.hstack(side).T) for side in (a, b))
    place: dict[bytes, int] = {}
    for at, column in enumerate(theirs):
        first = place.setdefault(column.tobytes(), at)
        if first != at:
            ours[first] += ours[at]
    used = [at for at in place.values() if ours[at].any() and theirs[at].any()]
    return np.ascontiguousarray(ours[used].T), np.ascontiguousarray(theirs[used].T)


@dataclass(slots=True)
class _Floored:
    """A source without the pairs below a score."""

    source: Source
    floor: int
    closed: int

    @property
    def shape(self):
        return self.source.shape

    def priced(self, v, columns=None):
        margins = self.source.priced(v, columns)

        def block(rows):
            margin = margins(rows)
            margin[margin < (self.floor - v).astype(margin.dtype)] = self.closed
            return margin

        return block

    def at(self, rows, columns):
        scores = self.source.at(rows, columns)
        return np.where(scores >= self.floor, scores, self.closed)

    def part(self, rows, columns):
        return _Floored(self.source.part(rows, columns), self.floor, self.closed)


def assign_source(
    source: Source,
    capacity,
    demand=1,
    objective: str = COVERAGE,
    *,
    largest: int | None = None,
    locked: Sequence[tuple[int, int]] = (),
    mentee_keys: Sequence[str] | None = None,
    mentor_keys: Sequence[str] | None = None,
    least: int = 0,
    start: np.ndarray | None = None,
    keep: Callable[[np.ndarray], None] | None = None,
    report: Report = silent,
) -> Assignment:
    """Like ``assign``, for whole scores that come in blocks; pairs that may not be score ``source.closed``.

    ``least``: pairs below that score may not be either, unless they are locked.
    ``largest`` is no less than any score's size (worked out from features where not given).  ``start`` are
    prices to begin with, ``keep`` is handed prices after every round: keeping them lets an interrupted run go
    on.  ``report`` is also told ``("gap", worth, bound)`` after each round, in units with bonuses.
    """
    if objective not in OBJECTIVES:
        raise UnknownObjective(f"The objective is one of {', '.join(OBJECTIVES)}; not {objective!r}.")
    checks.source(source, largest)
    n, m = source.shape
    checks.start_prices(start, m)
    places = checks.counts(capacity, m, checks.BadCapacity)
    wanted = checks.counts(demand, n, checks.BadDemand)
    locks = checks.locked_pairs(locked, (n, m), places, wanted)
    locked_units = source.at(locks[:, 0], locks[:, 1])
    if (locked_units <= source.closed // 2).any():
        raise BadLocks("A locked pair is not allowed.")
    held = np.bincount(locks[:, 0], minlength=n)
    wanted, places = wanted - held, places - np.bincount(locks[:, 1], minlength=m)
    counted = (wanted > 0) & (held == 0)
    if len(locks):
        source = source.without(locks[:, 0], locks[:, 1])
    with_locks = partial(_with_locks, locks=locks, units=int(locked_units.sum()))
    tags = pricing.tags_of((mentee_keys, mentor_keys), (n, m))
    largest = _largest(source) if largest is None else largest
    most_bonus = (
        (-source.closed - 2 * largest) // 4 if isinstance(source, Features) else (1 << 58) // (n + m + 2)
    )
    if least > 0:
        source = _Floored(source, least, source.closed)
    how = {"tags": tags, "start": start, "keep": keep, "report": report}
    if objective == TOTAL:
        best = pricing.solve(source, wanted, places, np.zeros(n, np.int64), **how)
        return with_locks(_answer(best, objective, 0))
    bonus = 4 * largest + 1
    most = max(bonus, most_bonus)
    while True:
        found = pricing.solve(source, wanted, places, counted * np.int64(bonus), **how)
        placed = int(counted[np.unique(found.rows)].sum())
        cover, could = _cover(source, found.candidates, places, counted, placed, report)
        if could == placed or bonus >= most:
            break
        bonus = min(16 * bonus, most)
        how["start"] = found.v
    answer = replace(_answer(found, objective, bonus), cover=cover)
    answer = replace(answer, proven=answer.proven and could == placed)
    if objective == COVERAGE or not placed:
        return with_locks(replace(answer, objective=objective))
    floor, above = _floor(source, found.candidates, places, counted, placed, report)
    floored = _Floored(source, floor, source.closed)
    how["start"] = found.v
    best = pricing.solve(floored, wanted, places, counted * np.int64(bonus), **how)
    final = _answer(best, WORST_OFF, bonus)
    kept = int(counted[np.unique(best.rows)].sum())
    proven = final.proven and answer.proven and kept == placed
    return with_locks(replace(final, cover=cover, cover_above=above, floor=floor, proven=proven))


def _with_locks(answer: Assignment, locks: np.ndarray, units: int) -> Assignment:
    """The answer with the locked pairs, which were taken out of the question, put back."""
    pairs = np.concatenate([answer.pairs, locks])
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    return replace(
        answer,
        pairs=pairs,
        value=answer.value + units,
        bound=answer.bound + units,
        units=answer.units + units,
        bound_units=answer.bound_units + units,
        placed=len(np.unique(pairs[:, 0])),
    )


def _largest(source: Source) -> int:
    if not isinstance(source, Features):
        raise BadScores("Say how large a score can be.", field="largest")
    real = np.where(source.a > CLOSED // 2, np.abs(source.a), 0)
    size = int((real @ np.abs(source.b).max(axis=0, initial=0)).max(initial=0))
    singles = np.abs(source.single_scores[source.single_scores > source.closed // 2])
    size = max(size, int(singles.max(initial=0)))
    if size * 16 > -source.closed:
        raise BadScores(f"Scores up to {size} are too large to be added up exactly in blocks.")
    return size


def _answer(found: pricing.Solution, objective: str, bonus: int) -> Assignment:
    pairs = np.stack([found.rows, found.columns], axis=1)
    placed = len(np.unique(found.rows))
    units = int(found.gains.sum())
    bound = units + found.bound - found.worth
    return Assignment(
        pairs=pairs,
        value=float(units),
        bound=float(bound),
        proven=found.bound == found.worth,
        scale=1,
        units=units,
        bound_units=bound,
        placed=placed,
        objective=objective,
        prices=found.v,
        bonus=bonus,
    )


def _cover(source, candidates, places, counted, placed, report, floor: int | None = None):
    """Mentors that prove how many can be placed, and that number.  Candidates grow until the proof holds."""
    n, m = source.shape
    if placed == int(places.sum()) and floor is None:
        return np.ones(m, bool), placed
    if placed == int(counted.sum()) and floor is None:
        return np.zeros(m, bool), placed
    least = source.closed // 2 if floor is None else floor
    while True:
        rows, columns = np.divmod(candidates, max(m, 1))
        if floor is not None:
            kept = source.at(rows, columns) > least
            rows, columns = rows[kept], columns[kept]
        cover = placing_cover(rows, columns, places, counted.astype(np.int64))
        could = flow.most_placed(*_of(rows, columns, counted), n, places)
        more, reach = _beyond(source, cover, counted, least, report)
        if int(places[cover].sum()) + reach == could:
            return cover, could
        candidates = np.union1d(candidates, more)


def _of(rows, columns, counted):
    ours = counted[rows]
    return rows[ours], columns[ours]


def _beyond(source, cover, counted, least, report):
    """How many counted mentees have a pair above ``least`` outside the cover, and some of these pairs."""
    n, m = source.shape
    outside = np.flatnonzero(~cover)
    scores = source.priced(np.zeros(len(outside), np.int64), outside)
    found, reach = [np.zeros(0, np.int64)], 0
    step = max(16, pricing.CELLS // max(m, 1))
    for start in range(0, n if len(outside) else 0, step):
        report("cover", start, n)
        rows = np.flatnonzero(counted[start : start + step]) + start
        over = scores(rows) > least
        reaches = over.any(axis=1)
        reach += int(reaches.sum())
        for row in np.flatnonzero(reaches).tolist():
            found.append(rows[row] * m + outside[np.flatnonzero(over[row])[:10]])
    return np.concatenate(found), reach


def _floor(source, candidates, places, counted, placed, report):
    """The highest score whose pairs place as many, and the cover that proves it."""
    while True:
        rows, columns = np.divmod(candidates, source.shape[1])
        scores = source.at(rows, columns)
        open_ = scores > source.closed // 2
        floor = highest_floor(rows[open_], columns[open_], scores[open_], places, counted, report)
        above = placing_cover(rows[scores > floor], columns[scores > floor], places, counted.astype(np.int64))
        more, reach = _beyond(source, above, counted, floor, report)
        if int(places[above].sum()) + reach < placed:
            return floor, above
        grown = np.union1d(candidates, more)
        if len(grown) == len(candidates):
            raise ArithmeticError("The floor could not be proven.")
        candidates = grown
