"""Exact assignment on a list of candidate pairs, with integer gains: the plan, its prices, and what they
prove.

The problem: choose candidate pairs so that mentee ``i`` gets at most ``demand[i]`` of them and mentor ``j``
at most ``capacity[j]``, each pair at most once, with the greatest sum of gains plus ``bonus[i]`` for each
mentee who gets at least one.  It is a min-cost flow, solved by OR-tools in integers; where nobody takes part
in more than one pair and most pairs are candidates, lapx finds the same several times faster (LAPJV, Jonker
and Volgenant 1987).

For any prices ``v >= 0`` of a mentor's place, ``sum(capacity * v) + sum over mentees of the best they could
do at those prices`` is at least as much as any plan reaches (weak duality).  The solver does not tell its
prices, so they are worked out here from the plan alone: no plan is better exactly when prices exist that meet
it.
"""

from dataclasses import dataclass

import numpy as np
from lap import lapjvr
from ortools.graph.python import max_flow, min_cost_flow

FREE = np.int64(1) << np.int64(60)
# Of a table, one cell in so many must be a candidate for it to be solved as a table.
DENSE = 20


@dataclass(frozen=True, slots=True)
class Problem:
    """Candidates sorted by row and then column; all arrays of whole numbers (int64; rows and columns
    int32).
    """

    rows: np.ndarray
    columns: np.ndarray
    gains: np.ndarray
    demand: np.ndarray
    capacity: np.ndarray
    bonus: np.ndarray


def solve(problem: Problem) -> np.ndarray:
    """The best plan: one bool for each candidate."""
    n, m = len(problem.demand), len(problem.capacity)
    chosen = np.zeros(len(problem.rows), bool)
    if not len(chosen) or not problem.demand.any() or not problem.capacity.any():
        return chosen
    if _is_a_table(problem):
        return _solve_table(problem)
    flow = min_cost_flow.SimpleMinCostFlow()
    sink = n + m
    mentees = np.arange(n, dtype=np.int32)
    mentors = np.arange(n, sink, dtype=np.int32)
    candidates = flow.add_arcs_with_capacity_and_unit_cost(
        problem.rows.astype(np.int32),
        problem.columns.astype(np.int32) + np.int32(n),
        np.ones(len(chosen), np.int64),
        -problem.gains,
    )
    # What a mentee does not get leaves by these two: all but the last for nothing, the last at the price of
    # the bonus.
    last = np.minimum(problem.demand, 1)
    flow.add_arcs_with_capacity_and_unit_cost(
        mentees, np.full(n, sink, np.int32), problem.demand - last, np.zeros(n, np.int64)
    )
    flow.add_arcs_with_capacity_and_unit_cost(mentees, np.full(n, sink, np.int32), last, problem.bonus)
    flow.add_arcs_with_capacity_and_unit_cost(
        mentors, np.full(m, sink, np.int32), problem.capacity, np.zeros(m, np.int64)
    )
    flow.set_nodes_supplies(
        np.arange(sink + 1, dtype=np.int32),
        np.concatenate([problem.demand, np.zeros(m, np.int64), [-problem.demand.sum()]]).astype(np.int64),
    )
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise ArithmeticError(f"The flow ended as {status}.")
    chosen[:] = flow.flows(candidates) > 0
    return chosen


def _is_a_table(problem: Problem) -> bool:
    """Whether each takes part in one pair at most, and a table of worths is not much more than the list."""
    cells = len(problem.demand) * len(problem.capacity)
    if problem.demand.max() > 1 or problem.capacity.max() > 1 or len(problem.rows) * DENSE < cells:
        return False
    largest = int(np.abs(problem.gains).max()) + int(problem.bonus.max())
    # What a float adds up exactly.
    return largest * (min(len(problem.demand), len(problem.capacity)) + 1) < 2**53


def _solve_table(problem: Problem) -> np.ndarray:
    """The best plan is what is worth something in the best full assignment, where a pair that is no candidate,
    or not worth having, is worth nothing.
    """
    asked = (problem.demand[problem.rows] > 0) & (problem.capacity[problem.columns] > 0)
    worth = np.where(asked, np.maximum(problem.gains + problem.bonus[problem.rows], 0), 0)
    cost = np.zeros((len(problem.demand), len(problem.capacity)))
    cost[problem.rows, problem.columns] = -worth
    rows, columns = lapjvr(cost, extend_cost=True, return_cost=False)
    mate = np.full(len(cost), -1)
    mate[rows] = columns
    return (mate[problem.rows] == problem.columns) & (worth > 0)


def most_placed(rows: np.ndarray, columns: np.ndarray, mentees: int, capacity: np.ndarray) -> int:
    """How many mentees can have at least one of the candidates at once."""
    m = len(capacity)
    if not len(rows) or not capacity.any():
        return 0
    flow = max_flow.SimpleMaxFlow()
    source, sink = mentees + m, mentees + m + 1
    present = np.unique(rows).astype(np.int32)
    flow.add_arcs_with_capacity(
        np.full(len(present), source, np.int32), present, np.ones(len(present), np.int64)
    )
    flow.add_arcs_with_capacity(
        rows.astype(np.int32), columns.astype(np.int32) + np.int32(mentees), np.ones(len(rows), np.int64)
    )
    flow.add_arcs_with_capacity(
        np.arange(mentees, mentees + m, dtype=np.int32), np.full(m, sink, np.int32), capacity.astype(np.int64)
    )
    if flow.solve(source, sink) != flow.OPTIMAL:
        raise ArithmeticError("The flow did not end.")
    return int(flow.optimal_flow())


def value(problem: Problem, chosen: np.ndarray) -> int:
    """Gains and bonuses of a plan."""
    placed = np.unique(problem.rows[chosen])
    return int(problem.gains[chosen].sum()) + int(problem.bonus[placed].sum())


def prices(problem: Problem, chosen: np.ndarray, start: np.ndarray | None = None) -> np.ndarray:
    """The lowest prices of a place at each mentor that support an optimal plan (int64, zero or more).

    The lowest price is what one place more at that mentor would add to the best total.  With ``start``,
    nowhere above the highest prices, they are the lowest that are nowhere below it.
    """
    v = np.zeros(len(problem.capacity), np.int64) if start is None else start.astype(np.int64)
    if (problem.demand > 1).any():
        return _climb(problem, chosen, v)
    return _fixed_point(np.append(v, 0), *_swaps(problem, chosen), np.maximum)[:-1]


def highest_prices(problem: Problem, chosen: np.ndarray) -> np.ndarray:
    """The highest prices that support an optimal plan, where nobody wants more than one mentor."""
    m = len(problem.capacity)
    held = problem.columns[chosen]
    v = np.where(np.bincount(held, minlength=m) < problem.capacity, 0, FREE)
    np.minimum.at(v, held, (problem.gains + problem.bonus[problem.rows])[chosen])
    holder, wanted, more = _swaps(problem, chosen)
    real = holder < m
    return _fixed_point(np.append(v, 0), wanted[real], holder[real], -more[real], np.minimum)[:-1]


def _swaps(problem: Problem, chosen: np.ndarray):
    """Each candidate outside the plan as a step from the mentor held (the last node: none) to the one wanted
    instead, and what the swap would gain before prices.
    """
    n, m = len(problem.demand), len(problem.capacity)
    mate = np.full(n, m, np.int64)
    mate[problem.rows[chosen]] = problem.columns[chosen]
    worth = -problem.bonus.astype(np.int64)
    worth[problem.rows[chosen]] = problem.gains[chosen]
    others = np.flatnonzero(~chosen & (problem.demand[problem.rows] > 0))
    rows = problem.rows[others]
    return mate[rows], problem.columns[others].astype(np.int64), problem.gains[others] - worth[rows]


def _fixed_point(x: np.ndarray, tail, head, gain, best) -> np.ndarray:
    """Raise (``np.maximum``) or lower (``np.minimum``) ``x[head]`` to ``x[tail] + gain`` until nothing
    changes.

    Sweeps over all steps first; once few nodes change, only over the steps that leave those.
    """
    if not len(tail):
        return x
    order = _sorted(head, len(x))
    by_tail, by_head, by_gain = tail[order], head[order], gain[order]
    starts = np.flatnonzero(np.append(True, by_head[1:] != by_head[:-1]))
    heads = by_head[starts]
    left = len(x) + 2
    while True:
        new = best(x[heads], best.reduceat(x[by_tail] + by_gain, starts))
        changed = new != x[heads]
        x[heads] = new
        active = heads[changed]
        left -= 1
        if len(active) * 8 < len(heads):
            break
        _still_moving(left)
    order = _sorted(tail, len(x))
    to, step = head[order], gain[order]
    first = np.searchsorted(tail[order], np.arange(len(x) + 1))
    while len(active):
        _still_moving(left)
        left -= 1
        count = first[active + 1] - first[active]
        at = np.repeat(first[active] - np.append(0, np.cumsum(count)[:-1]), count) + np.arange(count.sum())
        node, value = to[at], np.repeat(x[active], count) + step[at]
        better = best(x[node], value) != x[node]
        node, value = node[better], value[better]
        best.at(x, node, value)
        active = np.unique(node)
    return x


def _sorted(nodes: np.ndarray, count: int) -> np.ndarray:
    """The order by node; numbers of two bytes are sorted several times faster."""
    return np.argsort(nodes.astype(np.uint16) if count <= 2**16 else nodes, kind="stable")


def _still_moving(left: int) -> None:
    if left < 0:
        raise ArithmeticError("The plan is not optimal: no prices support it.")


def standing(problem: Problem, chosen: np.ndarray, v: np.ndarray) -> np.ndarray:
    """The least margin (gain less price) at which a pair still enters each mentee's part of the plan.

    A mentee with free demand takes anything of margin above 0 (above ``-bonus`` while without a mentor); one
    who has all that was asked for, or who holds a single pair at a loss for the sake of the bonus, only what
    beats a held pair.
    """
    n = len(problem.demand)
    held = np.bincount(problem.rows[chosen], minlength=n)
    least = np.where(held == 0, -problem.bonus, 0)
    least[problem.demand == 0] = FREE
    margin = np.full(n, FREE, np.int64)
    np.minimum.at(margin, problem.rows[chosen], (problem.gains - v[problem.columns])[chosen])
    full = (held > 0) & (held >= problem.demand)
    return np.where(full, margin, np.where(held > 0, np.minimum(margin, 0), least))


def _climb(problem: Problem, chosen: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Raise prices until no mentee would rather have a pair outside the plan: longest paths in the residual
    network.
    """
    order = np.argsort(problem.columns, kind="stable")
    order = order[~chosen[order]]
    rows, columns, gains = problem.rows[order], problem.columns[order], problem.gains[order]
    if not len(order):
        return v
    starts = np.flatnonzero(np.append(True, columns[1:] != columns[:-1]))
    asked = columns[starts]
    for _ in range(len(v) + 2):
        wanted = np.maximum.reduceat(gains - standing(problem, chosen, v)[rows], starts)
        raised = np.maximum(v[asked], wanted)
        if np.array_equal(raised, v[asked]):
            return v
        v = v.copy()
        v[asked] = raised
    raise ArithmeticError("The plan is not optimal: no prices support it.")


def best_margins(problem: Problem, margin: np.ndarray) -> np.ndarray:
    """The greatest margin among each mentee's candidates, ``-FREE`` where there are none: (mentees,) int64."""
    best = np.full(len(problem.demand), -FREE, np.int64)
    np.maximum.at(best, problem.rows, margin)
    return best


def most_at(problem: Problem, v: np.ndarray) -> np.ndarray:
    """What each mentee of a problem could at most make at these prices, where nobody asks for more than one mentor:
    (mentees,) int64.  ``best_at`` says the same of a dense block."""
    best = best_margins(problem, problem.gains - v[problem.columns])
    return np.where(problem.demand > 0, np.maximum(best + problem.bonus, 0), 0)


def best_at(gains: np.ndarray, demand: np.ndarray, bonus: np.ndarray, v: np.ndarray) -> np.ndarray:
    """What each mentee of a dense block could at most make at these prices: (rows,) int64.

    ``gains`` is (rows, mentors) of integers, with a very negative number where a pair is forbidden.
    """
    margin = gains - v
    if not margin.shape[1]:
        return np.zeros(len(margin), np.int64)
    first = margin.max(axis=1)
    best = np.maximum(first + bonus, 0)
    for k in np.unique(demand[demand > 1]).tolist():
        these = np.flatnonzero(demand == k)
        top = margin[these]
        if k < top.shape[1]:
            top = -np.partition(-top, k - 1, axis=1)[:, :k]
        rest = np.maximum(top, 0).sum(axis=1) - np.maximum(first[these], 0)
        best[these] = np.maximum(first[these] + bonus[these] + rest, 0)
    return np.where(demand > 0, best, 0)
