"""One plan among equals.  Where several plans reach the best total, stable identifiers decide, not the order
of rows, the machine, or the version of the solver.

Prices tell which candidates can be part of a best plan at all, and what each side must get.  Among those
plans the one with the greatest sum of lots wins; the lot of a pair is a fixed mix of the hashes of the two
identifiers.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from ortools.graph.python import min_cost_flow

from matching.engine.errors import BadKeys
from matching.engine.flow import FREE, Problem, best_margins

# Leaves room in the solver's 64 bits for a million people.
LOT_BITS = 40


def hashes(keys: Sequence[str] | None, count: int, side: str) -> np.ndarray:
    """64 bits for each identifier.  Without identifiers the row number stands for one, and row order breaks
    ties.
    """
    if keys is None:
        return _of_rows(count, side)
    if not isinstance(keys, Sequence) or not all(isinstance(key, str) for key in keys):
        raise BadKeys("Identifiers are texts, one for each person.")
    if len(keys) != count or len(set(keys)) != count:
        raise BadKeys(f"Give each {side} an identifier of its own.")
    return _hashed(keys, side)


@lru_cache(maxsize=64)
def _of_rows(count: int, side: str) -> np.ndarray:
    hashed = _hashed(range(count), side)
    hashed.flags.writeable = False
    return hashed


def _hashed(keys: Iterable, side: str) -> np.ndarray:
    digests = b"".join(blake2b(f"{side}:{key}".encode(), digest_size=8).digest() for key in keys)
    return np.frombuffer(digests, "<u8").astype(np.uint64)


def lots(rows_hash: np.ndarray, columns_hash: np.ndarray, bits: int) -> np.ndarray:
    """A number of so many bits for each pair (splitmix64 over both hashes)."""
    mixed = rows_hash * np.uint64(0x9E3779B97F4A7C15) + columns_hash
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return ((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(64 - bits)).astype(np.int64)


def settle(problem: Problem, v: np.ndarray, mentee_hash: np.ndarray, mentor_hash: np.ndarray) -> np.ndarray:
    """The plan among all best ones that the lots favour; ``v`` are prices that support a best plan."""
    margin = problem.gains - v[problem.columns]
    mark, fewest, most = _choices(problem, margin)
    fixed = margin > mark[problem.rows]
    tied = np.flatnonzero((margin == mark[problem.rows]) & (most[problem.rows] > 0))
    ties_at = np.bincount(problem.rows[tied], minlength=len(most))
    chosen = fixed.copy()
    if np.array_equal(ties_at, fewest):
        chosen[tied] = True
        return chosen
    room = problem.capacity - np.bincount(problem.columns[fixed], minlength=len(v))
    must = np.where(v > 0, room, 0)
    lot = lots(mentee_hash[problem.rows[tied]], mentor_hash[problem.columns[tied]], LOT_BITS)
    chosen[tied] = _draw(problem.rows[tied], problem.columns[tied], lot, (fewest, most), (must, room))
    return chosen


def _choices(problem: Problem, margin: np.ndarray):
    """For each mentee the margin at which pairs tie, and the fewest and most of these that a best plan takes.

    Pairs above that margin are in every best plan, pairs below in none.
    """
    n = len(problem.demand)
    count = np.bincount(problem.rows, minlength=n)
    first, last = _first_and_last(problem, margin, count)
    mark = np.where(first < 0, first, np.maximum(last, 0))
    above = np.bincount(problem.rows[margin > mark[problem.rows]], minlength=n)
    most = np.where(first < 0, 1, problem.demand - above)
    # At a margin above 0 all places asked for are taken; at 0 having a pair or not is the same but for the
    # bonus.
    fewest = np.where(mark > 0, most, ((above == 0) & (problem.bonus + mark > 0)).astype(np.int64))
    nothing = (problem.demand == 0) | (count == 0) | (problem.bonus + first < 0)
    mark = np.where(nothing, FREE, mark)
    return mark, np.where(nothing, 0, fewest), np.where(nothing, 0, most)


def _first_and_last(problem: Problem, margin: np.ndarray, count: np.ndarray):
    """For each mentee the greatest margin, and the one that comes last among as many as are asked for."""
    full = (problem.demand > 0) & (count >= problem.demand)
    if problem.demand.max(initial=0) <= 1:
        first = best_margins(problem, margin)
        return first, np.where(full, first, -FREE)
    order = np.lexsort((-margin, problem.rows))
    start = np.concatenate([[0], np.cumsum(count)[:-1]]).astype(np.int64)
    ranked = np.append(margin[order], -FREE)
    first = np.where(count > 0, ranked[np.minimum(start, len(order))], -FREE)
    at_last = np.minimum(start + np.maximum(problem.demand, 1) - 1, len(order))
    return first, np.where(full, ranked[at_last], -FREE)


def _draw(rows, columns, lot, mentees, mentors):
    """The ties with the greatest sum of lots, between the fewest and the most for each mentee and mentor."""
    (fewest, most), (must, room) = mentees, mentors
    who, row = np.unique(rows, return_inverse=True)
    whom, column = np.unique(columns, return_inverse=True)
    sink = len(who) + len(whom)
    flow = min_cost_flow.SimpleMinCostFlow()
    ties = flow.add_arcs_with_capacity_and_unit_cost(
        row.astype(np.int32), (column + len(who)).astype(np.int32), np.ones(len(rows), np.int64), -lot
    )
    for nodes, spare in (
        (np.arange(len(who)), (most - fewest)[who]),
        (len(who) + np.arange(len(whom)), (room - must)[whom]),
    ):
        flow.add_arcs_with_capacity_and_unit_cost(
            nodes.astype(np.int32), np.full(len(nodes), sink, np.int32), spare, np.zeros(len(nodes), np.int64)
        )
    supply = np.concatenate([most[who], -must[whom], [must[whom].sum() - most[who].sum()]]).astype(np.int64)
    flow.set_nodes_supplies(np.arange(sink + 1, dtype=np.int32), supply)
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise ArithmeticError(f"The prices support no plan (the flow ended as {status}).")
    return flow.flows(ties) > 0
