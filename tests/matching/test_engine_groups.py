"""Groups: the plan is the best there is, for every objective, and whatever the sizes, locks and people apart."""

import itertools
from dataclasses import dataclass, field

import numpy as np
import pytest
from ortools.sat.python import cp_model
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix, eye, hstack

from matching.engine import Stopped
from matching.engine.errors import (
    BadAllowed,
    BadApart,
    BadKeys,
    BadLocks,
    BadScores,
    BadSizes,
    EngineError,
    UnknownObjective,
)
from matching.engine.groups import assign_groups

OBJECTIVES = ("coverage", "total", "worst_off")
ALONE = -1


@dataclass
class Program:
    scores: np.ndarray
    fewest: np.ndarray
    most: np.ndarray
    allowed: np.ndarray
    apart: list = field(default_factory=list)
    locked: list = field(default_factory=list)

    def solved(self, objective, **more):
        return assign_groups(
            self.scores,
            self.fewest,
            self.most,
            self.allowed,
            objective,
            locked=self.locked,
            apart=self.apart,
            **more,
        )

    def keeps_to(self, mate):
        sizes = np.bincount([j for j in mate if j != ALONE], minlength=len(self.most))
        return (
            all(size == 0 or a <= size <= b for size, a, b in zip(sizes, self.fewest, self.most, strict=True))
            and all(j == ALONE or self.allowed[i, j] for i, j in enumerate(mate))
            and all(mate[a] == ALONE or mate[a] != mate[b] for a, b in self.apart)
            and all(mate[i] == j for i, j in self.locked)
        )

    def every_plan(self):
        n, m = self.scores.shape
        lock = dict(self.locked)
        may = [
            [lock[i]] if i in lock else [ALONE, *(j for j in range(m) if self.allowed[i, j])]
            for i in range(n)
        ]
        return (mate for mate in itertools.product(*may) if self.keeps_to(mate))

    def merit(self, mate, objective):
        """What an objective looks at first, second, third: the greatest is best."""
        pairs = [(i, j) for i, j in enumerate(mate) if j != ALONE]
        total = sum(int(self.scores[pair]) for pair in pairs)
        if objective == "total":
            return (total,)
        if objective == "coverage":
            return len(pairs), total
        free = [int(self.scores[pair]) for pair in pairs if pair not in self.locked]
        return len(pairs), min(free, default=10**9), total


def mate_of(found, mentees):
    mate = [ALONE] * mentees
    for i, j in found.pairs.tolist():
        mate[i] = j
    return tuple(mate)


def small(rng, most_mentees=7, most_hosts=3):
    n, m = int(rng.integers(0, most_mentees + 1)), int(rng.integers(0, most_hosts + 1))
    width = rng.choice([1, 3, 50, 10_000])
    fewest = rng.integers(0, 4, m)
    program = Program(
        scores=rng.integers(-width if rng.random() < 0.4 else 0, width + 1, (n, m)),
        fewest=fewest,
        most=fewest + rng.integers(0, 3, m),
        allowed=rng.random((n, m)) < rng.choice([0.4, 0.7, 1.0]),
    )
    if n > 1 and rng.random() < 0.5:
        pairs = [rng.choice(n, 2, replace=False).tolist() for _ in range(int(rng.integers(1, 6)))]
        program.apart = [tuple(pair) for pair in pairs]
    return program


def with_locks(rng, program):
    n, m = program.scores.shape
    room = program.most.copy()
    for i in rng.permutation(n)[:2].tolist():
        may = [j for j in range(m) if program.allowed[i, j] and room[j]]
        if may:
            j = int(rng.choice(may))
            room[j] -= 1
            program.locked.append((i, j))
    return program


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_the_plan_is_as_good_as_the_best_of_all_plans(objective):
    rng = np.random.default_rng(61)
    several = 0
    for _ in range(900):
        program = small(rng)
        best = max(program.merit(mate, objective) for mate in program.every_plan())
        found = program.solved(objective)
        mate = mate_of(found, len(program.scores))
        assert program.keeps_to(mate)
        assert program.merit(mate, objective) == best
        assert (found.units, found.bound_units, found.proven) == (best[-1], best[-1], True)
        assert found.placed == len(found.pairs)
        assert found.open.tolist() == [j in mate for j in range(len(program.most))]
        several += found.open.sum() > 1
    assert several > 50


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_locked_pairs_are_kept_or_it_is_said_that_no_plan_keeps_them(objective):
    rng = np.random.default_rng(62)
    impossible = 0
    for _ in range(500):
        program = with_locks(rng, small(rng))
        best = max((program.merit(mate, objective) for mate in program.every_plan()), default=None)
        if best is None:
            impossible += 1
            with pytest.raises(BadLocks):
                program.solved(objective)
            continue
        found = program.solved(objective)
        mate = mate_of(found, len(program.scores))
        assert program.keeps_to(mate)
        assert program.merit(mate, objective) == best
        assert found.proven
    assert 20 < impossible < 300


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_the_order_of_rows_does_not_matter_where_people_have_identifiers(objective):
    rng = np.random.default_rng(63)
    for _ in range(60):
        n, m = int(rng.integers(1, 25)), int(rng.integers(1, 6))
        program = Program(rng.integers(0, 4, (n, m)), np.full(m, 2), np.full(m, 4), rng.random((n, m)) < 0.8)
        program.apart = [tuple(rng.choice(n, 2, replace=False).tolist()) for _ in range(n // 4)]
        mentees, hosts = np.array([f"e{k}" for k in range(n)]), np.array([f"o{k}" for k in range(m)])
        one = program.solved(objective, mentee_keys=mentees.tolist(), host_keys=hosts.tolist())
        p, q = rng.permutation(n), rng.permutation(m)
        place = np.argsort(p)
        turned = Program(
            program.scores[np.ix_(p, q)],
            program.fewest[q],
            program.most[q],
            program.allowed[np.ix_(p, q)],
            [(int(place[b]), int(place[a])) for a, b in program.apart],
        )
        other = turned.solved(objective, mentee_keys=mentees[p].tolist(), host_keys=hosts[q].tolist())
        assert {(mentees[i], hosts[j]) for i, j in one.pairs} == {
            (mentees[p[i]], hosts[q[j]]) for i, j in other.pairs
        }
        assert one.proven


def middle(rng, n, m):
    fewest = rng.integers(2, 6, m)
    return Program(
        rng.integers(0, 10_001, (n, m)),
        fewest,
        fewest + rng.integers(0, 4, m),
        rng.random((n, m)) < 0.8,
    )


@pytest.mark.parametrize("seed", range(6))
def test_two_other_solvers_find_the_same_total(seed):
    program = middle(np.random.default_rng(seed), 50, 12)
    found = program.solved("total")
    assert found.proven
    assert found.units == by_milp(program) == by_cp_sat(program)


def by_milp(program):
    rows, columns = np.nonzero(program.allowed)
    pairs, (n, m) = np.arange(len(rows)), program.scores.shape
    once = csr_matrix((np.ones(len(rows)), (rows, pairs)), shape=(n, len(rows) + m))
    size = csr_matrix((np.ones(len(rows)), (columns, pairs)), shape=(m, len(rows)))
    limits = [
        LinearConstraint(once, -np.inf, 1),
        LinearConstraint(hstack([size, -eye(m).multiply(program.most)]), -np.inf, 0),
        LinearConstraint(hstack([size, -eye(m).multiply(program.fewest)]), 0, np.inf),
    ]
    gains = np.concatenate([-program.scores[rows, columns].astype(float), np.zeros(m)])
    done = milp(
        gains,
        constraints=limits,
        integrality=np.ones(len(gains)),
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": 0},
    )
    assert done.status == 0
    return round(-done.fun)


def by_cp_sat(program):
    model = cp_model.CpModel()
    n, m = program.scores.shape
    x = {pair: model.new_bool_var("") for pair in map(tuple, np.argwhere(program.allowed).tolist())}
    for i in range(n):
        model.add_at_most_one(x[pair] for pair in x if pair[0] == i)
    for j in range(m):
        opens, size = model.new_bool_var(""), sum(x[pair] for pair in x if pair[1] == j)
        model.add(size <= int(program.most[j]) * opens)
        model.add(size >= int(program.fewest[j]) * opens)
    model.maximize(sum(int(program.scores[pair]) * one for pair, one in x.items()))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 2
    assert solver.solve(model) == cp_model.OPTIMAL
    return round(solver.objective_value)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_sizes_that_do_not_divide_the_people_are_proven_too(objective):
    rng = np.random.default_rng(64)
    scores = rng.integers(0, 10_001, (121, 20))
    found = assign_groups(scores, 7, 7, None, objective)
    assert (found.proven, found.placed) == (True, 119)


def test_the_whole_of_a_class_kept_apart_is_spread_over_the_groups():
    rng = np.random.default_rng(65)
    scores = rng.integers(0, 101, (40, 8))
    apart = list(itertools.combinations(range(8), 2))
    found = assign_groups(scores, 4, 6, apart=apart)
    assert sorted(found.pairs[:8, 1].tolist()) == list(range(8))
    assert (found.proven, found.placed) == (True, 40)


def test_a_group_may_need_somebody_at_a_loss_and_stays_closed_where_that_costs_more_than_it_brings():
    together = assign_groups([[5], [-2]], 2, 2, objective="total")
    assert (together.units, together.open.tolist()) == (3, [True])
    closed = assign_groups([[5], [-7]], 2, 2, objective="total")
    assert (closed.units, closed.open.tolist(), closed.proven) == (0, [False], True)


def test_decimal_scores_are_exact_at_the_stated_scale():
    found = assign_groups([[0.25], [0.5]], 2, 2)
    assert (found.value, found.bound, found.gap, found.proven) == (0.75, 0.75, 0.0, True)
    assert found.units == found.scale * 0.75


def test_where_time_runs_out_the_gap_is_stated():
    rng = np.random.default_rng(66)
    scores = rng.integers(0, 10_001, (60, 12))
    best = assign_groups(scores, 5, 5, objective="total")
    found = assign_groups(scores, 5, 5, objective="total", seconds=0)
    assert not found.proven
    assert found.units <= best.units <= found.bound_units
    assert found.gap == found.bound - found.value > 0


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_with_too_little_time_a_plan_is_still_a_plan_and_never_called_the_best(objective):
    rng = np.random.default_rng(67)
    program = middle(rng, 60, 15)
    best = program.solved(objective)
    found = program.solved(objective, seconds=0)
    assert program.keeps_to(mate_of(found, 60))
    assert (best.proven, found.proven) == (True, False)
    if objective != "total":
        assert found.placed <= best.placed <= found.placed_bound


def test_whoever_asks_it_to_stop_is_obeyed():
    def stop(step, done, total):
        raise Stopped

    with pytest.raises(Stopped):
        assign_groups(np.ones((10, 2)), 2, 5, report=stop)


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (4, 0)])
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_where_one_side_is_empty_nobody_is_placed(shape, objective):
    found = assign_groups(np.zeros(shape), 1, 3, None, objective)
    assert (len(found.pairs), found.units, found.proven) == (0, 0, True)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_where_nothing_is_allowed_or_nobody_takes_anybody_all_groups_stay_closed(objective):
    for most, allowed in ((3, np.zeros((4, 2), bool)), (0, None)):
        found = assign_groups(np.ones((4, 2)), 2, most, allowed, objective)
        assert (found.placed, found.open.any(), found.proven) == (0, False, True)


@pytest.mark.parametrize(
    ("error", "given"),
    [
        (BadScores, {"scores": [[float("nan"), 1]]}),
        (BadScores, {"scores": [1, 2]}),
        (BadScores, {"scores": [["a", "b"]]}),
        (BadScores, {"scores": [[1, 2], [1]]}),
        (BadScores, {"scale": 0}),
        (BadScores, {"scale": 10**9}),
        (BadSizes, {"fewest": 4, "most": 3}),
        (BadSizes, {"fewest": -1}),
        (BadSizes, {"fewest": 1.5}),
        (BadSizes, {"most": [1, 2, 3]}),
        (BadAllowed, {"allowed": [[1, 0], [1, 1]]}),
        (BadAllowed, {"allowed": [[True]]}),
        (BadKeys, {"mentee_keys": ["a", "a"]}),
        (BadKeys, {"host_keys": ["a"]}),
        (BadLocks, {"locked": [(0, 0), (0, 1)]}),
        (BadLocks, {"locked": [(0, 5)]}),
        (BadLocks, {"locked": [(0, 0), (1, 0)], "fewest": 1, "most": 1}),
        (BadLocks, {"locked": [(0, 0), (1, 0)], "apart": [(1, 0)]}),
        (BadLocks, {"locked": [(0, 0)], "fewest": 3, "most": 4}),
        (BadApart, {"apart": [(0, 0)]}),
        (BadApart, {"apart": [(0, 2)]}),
        (BadApart, {"apart": [(0,)]}),
        (BadApart, {"apart": [(0, 1), (0,)]}),
        (UnknownObjective, {"objective": "luck"}),
    ],
)
def test_bad_input_is_named(error, given):
    good = {"scores": [[1, 2], [3, 4]], "fewest": 1, "most": 2}
    with pytest.raises(error) as raised:
        assign_groups(**{**good, **given})
    assert isinstance(raised.value, EngineError)
    assert str(raised.value).endswith(".")
