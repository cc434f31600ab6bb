"""A good plan once the linear program has an opinion on which groups open: a flow fills those."""

import numpy as np
from ortools.graph.python import min_cost_flow

from matching.engine.group_program import CLOSED, Program

ROUNDS = 12


def filled(
    program: Program, rows: np.ndarray, columns: np.ndarray, y: np.ndarray, at_least: int
) -> np.ndarray | None:
    """A plan with these pairs in about the groups that ``y`` (hosts,) leans to open, or None where none was
    found.  People to be kept apart are not looked at.
    """
    order = np.argsort(-y, kind="stable")
    open_ = program.must.copy()
    open_[order[: round(float(y.sum()))]] = True
    shut = np.zeros_like(open_)
    for _ in range(ROUNDS):
        mate = _fill(program, rows, columns, open_, at_least > 0)
        size = np.bincount(mate[mate >= 0], minlength=len(y))
        short = np.where(open_, program.fewest - size, 0)
        if (short > 0).any():
            short[program.must] = 0
            worst = int(short.argmax())
            if short[worst] <= 0:
                return None
            open_[worst], shut[worst] = False, True
        elif (mate >= 0).sum() < at_least:
            spare = [host for host in order.tolist() if not open_[host] and not shut[host]]
            if not spare:
                return None
            open_[spare[0]] = True
        else:
            return mate
    return None


def _fill(program: Program, rows, columns, open_, everybody: bool) -> np.ndarray:
    """The best plan for these open groups; where not all can be filled, as full as they get."""
    kept = np.flatnonzero(open_[columns])
    rows, columns = rows[kept], columns[kept]
    mentees, hosts = program.shape
    gains = program.weights[rows, columns]
    widest = int(np.abs(gains).max(initial=0)) + 1
    flow = min_cost_flow.SimpleMinCostFlow()
    sink, all_hosts = mentees + hosts, np.arange(mentees, mentees + hosts, dtype=np.int32)
    pairs = flow.add_arcs_with_capacity_and_unit_cost(
        rows.astype(np.int32),
        (columns + mentees).astype(np.int32),
        np.ones(len(rows), np.int64),
        -gains - (4 * widest if everybody else 0),
    )
    needed = np.where(open_, program.fewest, 0)
    room = np.where(open_, program.most, 0)
    ends = np.full(hosts, sink, np.int32)
    flow.add_arcs_with_capacity_and_unit_cost(all_hosts, ends, needed, np.full(hosts, -64 * widest))
    flow.add_arcs_with_capacity_and_unit_cost(all_hosts, ends, room - needed, np.zeros(hosts, np.int64))
    flow.add_arcs_with_capacity_and_unit_cost(
        np.arange(mentees, dtype=np.int32),
        np.full(mentees, sink, np.int32),
        np.ones(mentees, np.int64),
        np.zeros(mentees, np.int64),
    )
    supply = np.concatenate([np.ones(mentees, np.int64), np.zeros(hosts, np.int64), [-mentees]])
    flow.set_nodes_supplies(np.arange(sink + 1, dtype=np.int32), supply)
    mate = np.full(mentees, CLOSED)
    if mentees and flow.solve() == flow.OPTIMAL:
        taken = flow.flows(pairs) > 0
        mate[rows[taken]] = columns[taken]
    return mate
