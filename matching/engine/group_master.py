"""The linear program of groups over some of the pairs, grown by pairs and by inequalities as they are needed.

Every host has a share ``y`` in opening; nobody has more of a host than that, and of mentees to be kept apart
all together have no more.  A group that has to open but cannot be filled is made up at a penalty, so that
there is always an answer, and prices that prove why not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ortools.linear_solver import pywraplp

from matching.engine.group_program import CLOSED, PARTS, Decision, Leaf, Program, largest_price

NEAR = 1e-6
# The penalty grows in such steps, at most so often.
STEP, TIMES = 16, 5


@dataclass(frozen=True, slots=True)
class Solution:
    """``x`` of the pairs (rows, columns), ``y`` of the hosts, what is made up, and the prices."""

    rows: np.ndarray
    columns: np.ndarray
    x: np.ndarray
    y: np.ndarray
    short: float
    leaf: Leaf

    @property
    def whole(self) -> bool:
        return self.short < NEAR and bool((np.abs(self.x - np.rint(self.x)) < 1e-4).all())

    def mate(self, mentees: int) -> np.ndarray:
        mate = np.full(mentees, CLOSED)
        mate[self.rows[self.x > 0.5]] = self.columns[self.x > 0.5]
        return mate


class Master:
    def __init__(self, program: Program, at_least: int, cliques: Sequence[tuple[int, ...]]):
        self.program, self.at_least, self.cliques = program, at_least, cliques
        mentees, hosts = program.shape
        self.solver = pywraplp.Solver.CreateSolver("GLOP")
        self.forever = self.solver.infinity()
        self.goal = self.solver.Objective()
        self.goal.SetMaximization()
        self.mentees = [self._row(1.0) for _ in range(mentees)]
        self.most = [self._row(0.0) for _ in range(hosts)]
        self.fewest = [self._row(0.0) for _ in range(hosts)]
        self.count = self.solver.Constraint(float(at_least), self.forever)
        self.y = [self.solver.NumVar(0.0, 1.0, "") for _ in range(hosts)]
        self.made_up = [self.solver.NumVar(0.0, 0.0, "") for _ in range(hosts)]
        self.missing = self.solver.NumVar(0.0, self.forever, "")
        self.count.SetCoefficient(self.missing, 1.0)
        for host in range(hosts):
            self.most[host].SetCoefficient(self.y[host], -float(program.most[host]))
            self.fewest[host].SetCoefficient(self.y[host], float(program.fewest[host]))
            self.fewest[host].SetCoefficient(self.made_up[host], -1.0)
        self.x: list = []
        self.at: dict[tuple[int, int], int] = {}
        self.rows, self.columns = np.zeros(0, np.int64), np.zeros(0, np.int64)
        self.shared: dict[tuple[tuple[int, ...], int], pywraplp.Constraint] = {}
        self.of_mentee: dict[int, list[tuple[int, ...]]] = {}
        for people in cliques:
            for mentee in people:
                self.of_mentee.setdefault(mentee, []).append(people)
        self.widest = 1 + int(np.abs(np.where(program.allowed, program.weights, 0)).max(initial=0))
        self.raised = 0
        self._charge()
        self.set_apart: list = []

    def _row(self, most: float):
        return self.solver.Constraint(-self.forever, most)

    def _charge(self) -> None:
        penalty = -float(self.widest * STEP ** (self.raised + 1))
        for variable in (*self.made_up, self.missing):
            self.goal.SetCoefficient(variable, penalty)

    def raise_penalty(self) -> bool:
        """Make it dearer to make people up; false where it is dear enough."""
        if self.raised == TIMES:
            return False
        self.raised += 1
        self._charge()
        return True

    def add(self, pairs: np.ndarray) -> int:
        """Let these pairs join; how many of them are new."""
        fresh = [pair for pair in map(tuple, pairs.tolist()) if pair not in self.at]
        weights, goal = self.program.weights, self.goal
        for mentee, host in fresh:
            x = self.solver.NumVar(0.0, self.forever, "")
            goal.SetCoefficient(x, float(weights[mentee, host]))
            self.mentees[mentee].SetCoefficient(x, 1.0)
            self.most[host].SetCoefficient(x, 1.0)
            self.fewest[host].SetCoefficient(x, -1.0)
            self.count.SetCoefficient(x, 1.0)
            for people in self.of_mentee.get(mentee, ()):
                if (people, host) in self.shared:
                    self.shared[people, host].SetCoefficient(x, 1.0)
            self.at[mentee, host] = len(self.x)
            self.x.append(x)
        if fresh:
            more = np.array(fresh, np.int64)
            self.rows = np.concatenate([self.rows, more[:, 0]])
            self.columns = np.concatenate([self.columns, more[:, 1]])
        return len(fresh)

    def decide(self, decisions: Sequence[Decision], at_most: int) -> None:
        """Keep to these decisions, and to no others; no more people than ``at_most`` can be placed then."""
        self.count.SetBounds(float(self.at_least), float(at_most))
        for variable, least, most in self.set_apart:
            variable.SetBounds(least, most)
        self.set_apart = []
        must = self.program.must.copy()
        for host, mentee, yes in decisions:
            if mentee is None and not yes:
                self._hold(self.y[host], 0.0, 0.0, (0.0, 1.0))
            else:
                must[host] |= yes
            if mentee is not None:
                x = self.x[self.at[mentee, host]]
                self._hold(x, float(yes), float(yes), (0.0, self.forever))
        for host in np.flatnonzero(must).tolist():
            self._hold(self.y[host], 1.0, 1.0, (0.0, 1.0))
            self._hold(self.made_up[host], 0.0, self.forever, (0.0, 0.0))

    def _hold(self, variable, least: float, most: float, usually) -> None:
        variable.SetBounds(least, most)
        self.set_apart.append((variable, *usually))

    def solve(self) -> Solution:
        status = self.solver.Solve()
        if status != pywraplp.Solver.OPTIMAL:  # it lost its way from the last basis: begin anew
            anew = pywraplp.MPSolverParameters()
            anew.SetIntegerParam(anew.INCREMENTALITY, anew.INCREMENTALITY_OFF)
            status = self.solver.Solve(anew)
        if status != pywraplp.Solver.OPTIMAL:
            raise ArithmeticError(f"The linear program ended as {status}.")
        x = np.array([variable.solution_value() for variable in self.x])
        y = np.array([variable.solution_value() for variable in self.y])
        short = sum(variable.solution_value() for variable in (*self.made_up, self.missing))
        largest = largest_price(sum(self.program.shape))

        def price(row) -> int:
            return min(round(max(0.0, row.dual_value()) * PARTS), largest)

        bonus = max(-largest, min(round(-self.count.dual_value() * PARTS), largest))

        apart = ((at, price(row)) for at, row in self.shared.items() if len(at[0]) > 1)
        leaf = Leaf(
            multipliers=np.array([price(row) for row in self.mentees], np.int64),
            bonus=bonus,
            apart=tuple(sorted((at, once) for at, once in apart if once)),
        )
        return Solution(self.rows, self.columns, x, y, short, leaf)

    def cut(self, found: Solution) -> int:
        """Add the inequalities that the answer breaks; how many."""
        over = found.x > found.y[found.columns] + NEAR
        broken = [
            ((mentee,), host)
            for mentee, host in zip(found.rows[over].tolist(), found.columns[over].tolist(), strict=True)
        ]
        if self.cliques:
            table = np.zeros(self.program.shape)
            table[found.rows, found.columns] = found.x
            for people in self.cliques:
                over = table[list(people)].sum(axis=0) > found.y + NEAR
                broken += [(people, host) for host in np.flatnonzero(over).tolist()]
        broken = [at for at in broken if at not in self.shared]
        for people, host in broken:
            row = self._row(0.0)
            row.SetCoefficient(self.y[host], -1.0)
            for mentee in people:
                if (mentee, host) in self.at:
                    row.SetCoefficient(self.x[self.at[mentee, host]], 1.0)
            self.shared[people, host] = row
        return len(broken)
