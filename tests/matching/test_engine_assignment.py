"""Pairs: the plan is the best there is, for every objective, and the proof holds."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, linear_sum_assignment, linprog, milp
from scipy.sparse import csr_matrix, hstack, vstack

from matching.engine import Stopped, assign, flow
from matching.engine.errors import (
    BadAllowed,
    BadCapacity,
    BadDemand,
    BadKeys,
    BadLocks,
    BadScores,
    EngineError,
    UnknownObjective,
)

OBJECTIVES = ("coverage", "total", "worst_off")


def every_plan(scores, capacity, demand, allowed):
    """All plans of a small program, each as a list of pairs."""
    n, m = scores.shape
    choices = []
    for i in range(n):
        may = [j for j in range(m) if allowed[i, j]]
        choices.append([c for size in range(demand[i] + 1) for c in combinations(may, size)])
    for plan in product(*choices):
        load = [0] * m
        for mentors in plan:
            for j in mentors:
                load[j] += 1
        if all(a <= b for a, b in zip(load, capacity, strict=True)):
            yield [(i, j) for i, mentors in enumerate(plan) for j in mentors]


def merit(plan, scores, objective):
    """What an objective looks at first, second, third: the greatest is best."""
    total = sum(int(scores[i, j]) for i, j in plan)
    placed = len({i for i, _ in plan})
    if objective == "total":
        return (total,)
    if objective == "coverage":
        return placed, total
    return placed, min((int(scores[i, j]) for i, j in plan), default=10**9), total


def small_program(rng, most=3):
    n, m = rng.integers(0, most + 1, 2)
    width = rng.choice([2, 4, 50])
    scores = rng.integers(-width if rng.random() < 0.5 else 0, width + 1, (n, m))
    allowed = rng.random((n, m)) < rng.choice([0.3, 0.7, 1.0])
    capacity = rng.integers(0, rng.integers(2, 5), m)
    demand = rng.integers(0, 4, n) if rng.random() < 0.5 else np.ones(n, int)
    return scores, capacity, demand, allowed


def respects(result, capacity, demand, allowed):
    pairs = [tuple(pair) for pair in result.pairs.tolist()]
    mentees = np.bincount(result.pairs[:, 0], minlength=len(demand))
    mentors = np.bincount(result.pairs[:, 1], minlength=len(capacity))
    return (
        pairs == sorted(set(pairs))
        and (mentees <= demand).all()
        and (mentors <= capacity).all()
        and all(allowed[pair] for pair in pairs)
    )


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_the_plan_is_as_good_as_the_best_of_all_plans(objective):
    rng = np.random.default_rng(17)
    for _ in range(1500):
        scores, capacity, demand, allowed = small_program(rng)
        best = max(merit(plan, scores, objective) for plan in every_plan(scores, capacity, demand, allowed))
        result = assign(scores, capacity, demand, allowed, objective)
        assert respects(result, capacity, demand, allowed)
        assert merit(result.pairs.tolist(), scores, objective) == best
        assert result.units == best[-1] == result.bound_units
        assert result.value == result.bound == best[-1]
        assert result.proven is True
        assert result.placed == len(set(result.pairs[:, 0].tolist()))


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_locked_pairs_are_kept_and_the_rest_is_the_best_around_them(objective):
    rng = np.random.default_rng(18)
    tried = 0
    while tried < 300:
        scores, capacity, demand, allowed = small_program(rng)
        plans = list(every_plan(scores, capacity, demand, allowed))
        some = plans[rng.integers(len(plans))]
        locked = [pair for pair in some if rng.random() < 0.6]
        if not locked:
            continue
        tried += 1
        result = assign(scores, capacity, demand, allowed, objective, locked=locked)
        assert respects(result, capacity, demand, allowed)
        assert {tuple(pair) for pair in locked} <= {tuple(pair) for pair in result.pairs.tolist()}
        around = [plan for plan in plans if set(locked) <= set(plan)]
        if objective == "worst_off":
            # A locked pair is nobody's choice any more: the worst-off are looked for among the others.
            def rest(plan, locked=locked, scores=scores):
                placed, _, total = merit(plan, scores, "worst_off")
                others = [int(scores[pair]) for pair in plan if pair not in locked]
                return placed, min(others) if placed > len({i for i, _ in locked}) else 0, total

            assert rest([tuple(pair) for pair in result.pairs.tolist()]) == max(map(rest, around))
        else:
            best = max(merit(plan, scores, objective) for plan in around)
            assert merit(result.pairs.tolist(), scores, objective) == best
        assert result.proven is True


def test_one_to_one_totals_equal_those_of_scipy():
    rng = np.random.default_rng(19)
    for n, m, top in ((40, 40, 10), (60, 25, 10_000), (25, 60, 3), (120, 120, 1000)):
        scores = rng.integers(0, top, (n, m))
        rows, columns = linear_sum_assignment(-scores)
        result = assign(scores, 1)
        assert result.units == scores[rows, columns].sum()
        assert len(result.pairs) == min(n, m)
        assert result.proven


def test_totals_with_places_and_several_mentors_equal_those_of_a_linear_program():
    rng = np.random.default_rng(20)
    for n, m in ((30, 12), (45, 20)):
        scores = rng.integers(-200, 1000, (n, m))
        allowed = rng.random((n, m)) < 0.7
        capacity, demand = rng.integers(0, 5, m), rng.integers(0, 4, n)
        rows, columns = np.nonzero(allowed)
        at = np.arange(len(rows))
        ones = np.ones(len(at))
        sums = vstack(
            [csr_matrix((ones, (rows, at)), (n, len(at))), csr_matrix((ones, (columns, at)), (m, len(at)))]
        )
        relaxed = linprog(-scores[rows, columns], A_ub=sums, b_ub=np.r_[demand, capacity], bounds=(0, 1))
        result = assign(scores, capacity, demand, allowed, "total")
        assert result.units == round(-relaxed.fun)
        assert result.proven


def test_the_most_people_and_then_the_best_total_equal_those_of_a_mixed_integer_program():
    rng = np.random.default_rng(21)
    n, m = 24, 10
    scores = rng.integers(-50, 100, (n, m))
    allowed = rng.random((n, m)) < 0.25
    capacity, demand = rng.integers(0, 4, m), rng.integers(0, 3, n)
    rows, columns = np.nonzero(allowed)
    pairs = np.arange(len(rows))
    of_mentee = csr_matrix((np.ones(len(rows)), (rows, pairs)), (n, len(rows)))
    of_mentor = csr_matrix((np.ones(len(rows)), (columns, pairs)), (m, len(rows)))
    placed = csr_matrix(np.eye(n))
    from_pairs = csr_matrix((n + m + n, 0))
    matrix = vstack([of_mentee, of_mentor, of_mentee])
    people = vstack([csr_matrix((n + m, n)), -placed])
    found = milp(
        np.r_[-scores[rows, columns], -np.full(n, 10**5)],
        constraints=[
            LinearConstraint(
                hstack([from_pairs, matrix, people]),
                np.r_[np.zeros(n + m), np.zeros(n)],
                np.r_[demand, capacity, np.full(n, np.inf)],
            )
        ],
        bounds=Bounds(0, 1),
        integrality=np.ones(len(rows) + n),
        options={"mip_rel_gap": 0},
    )
    result = assign(scores, capacity, demand, allowed)
    assert result.placed * 10**5 + result.units == round(-found.fun)
    assert result.proven


def test_the_order_of_rows_does_not_matter_where_people_have_identifiers():
    rng = np.random.default_rng(22)
    for objective in OBJECTIVES:
        for _ in range(60):
            n, m = rng.integers(1, 12, 2)
            scores = rng.integers(0, 3, (n, m))
            allowed = rng.random((n, m)) < 0.8
            capacity, demand = rng.integers(0, 3, m), rng.integers(1, 3, n)
            mentees = [f"mentee {i}" for i in range(n)]
            mentors = [f"mentor {j}" for j in range(m)]
            a, b = rng.permutation(n), rng.permutation(m)
            one = assign(
                scores, capacity, demand, allowed, objective, mentee_keys=mentees, mentor_keys=mentors
            )
            other = assign(
                scores[a][:, b],
                capacity[b],
                demand[a],
                allowed[a][:, b],
                objective,
                mentee_keys=[mentees[i] for i in a],
                mentor_keys=[mentors[j] for j in b],
            )
            assert {(i, j) for i, j in one.pairs.tolist()} == {(a[i], b[j]) for i, j in other.pairs.tolist()}


def test_the_same_arrays_give_the_same_plan_and_ties_follow_the_identifiers():
    scores = np.zeros((6, 6), int)
    keys = [f"person {i}" for i in range(6)]
    plain = assign(scores, 1)
    named = assign(scores, 1, mentee_keys=keys, mentor_keys=keys)
    assert assign(scores, 1).pairs.tolist() == plain.pairs.tolist()
    assert named.pairs.tolist() == assign(scores, 1, mentee_keys=keys, mentor_keys=keys).pairs.tolist()
    assert named.pairs.tolist() != plain.pairs.tolist()


def test_prices_say_what_one_more_place_is_worth():
    rng = np.random.default_rng(23)
    for _ in range(60):
        n, m = 9, 4
        scores = rng.integers(0, 30, (n, m))
        capacity = rng.integers(0, 3, m)
        base = assign(scores, capacity, objective="total")
        for j in range(m):
            more = capacity.copy()
            more[j] += 1
            assert assign(scores, more, objective="total").units - base.units == base.prices[j]


def test_the_bound_holds_for_any_prices_and_is_met_only_by_the_right_ones():
    rng = np.random.default_rng(24)
    scores, capacity = rng.integers(0, 30, (6, 3)), np.array([1, 2, 1])
    base = assign(scores, capacity, objective="total")

    def bound(v):
        return int(capacity @ v) + int(flow.best_at(scores, np.ones(6, int), np.zeros(6, int), v).sum())

    assert bound(base.prices) == base.units
    for _ in range(200):
        assert bound(rng.integers(0, 40, 3)) >= base.units
    assert bound(base.prices + 1) > base.units


def test_decimal_scores_are_exact_at_the_stated_scale():
    result = assign([[0.1, 0.2], [0.3, 0.1]], 1)
    assert (result.scale, result.units, result.value) == (10**9, 500_000_000, 0.5)
    assert assign([[0.1, 0.2], [0.3, 0.1]], 1, scale=10).units == 5
    assert assign([[3.0, 2.0]], 1).scale == 1


def test_rounding_moves_the_total_by_less_than_half_a_step_a_pair():
    rng = np.random.default_rng(25)
    scores = rng.normal(size=(30, 30)) * 1000
    result = assign(scores, 1)
    exact = scores[result.pairs[:, 0], result.pairs[:, 1]].sum()
    assert abs(result.value - exact) <= 0.5 / result.scale * len(result.pairs) + 1e-9


def test_very_large_and_very_small_scores_keep_the_best_plan():
    for factor in (1e-30, 1e30, 1e300):
        result = assign(np.array([[1.0, 3.0], [2.0, 5.0]]) * factor, 1)
        if factor >= 1:
            assert result.pairs.tolist() == [[0, 0], [1, 1]]
            assert result.value == pytest.approx(6 * factor)
        assert result.proven


@given(
    st.lists(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3), min_size=0, max_size=4),
    st.lists(st.integers(0, 4), min_size=3, max_size=3),
)
@settings(max_examples=200, deadline=None)
def test_any_finite_scores_give_a_proven_plan(table, capacity):
    scores = np.array(table, float).reshape(len(table), 3)
    result = assign(scores, capacity)
    assert result.proven
    assert result.placed == min(len(table), sum(capacity))


@pytest.mark.parametrize(
    ("shape", "capacity"), [((0, 0), []), ((0, 3), [1, 1, 1]), ((3, 0), []), ((2, 2), [0, 0])]
)
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_nobody_to_match_is_a_result_and_not_an_error(shape, capacity, objective):
    result = assign(np.zeros(shape), capacity, objective=objective)
    assert result.pairs.shape == (0, 2)
    assert (result.value, result.bound, result.proven, result.placed) == (0, 0, True, 0)


def test_all_pairs_forbidden_leaves_everybody_unmatched():
    result = assign(np.ones((3, 3)), 1, allowed=np.zeros((3, 3), bool))
    assert (len(result.pairs), result.value, result.proven) == (0, 0, True)


def test_scores_of_forbidden_pairs_are_not_read():
    scores = np.array([[np.nan, 1.0], [2.0, -np.inf]])
    result = assign(scores, 1, allowed=np.array([[False, True], [True, False]]))
    assert result.pairs.tolist() == [[0, 1], [1, 0]]
    assert result.value == 3


def test_coverage_takes_a_loss_to_place_somebody_and_the_total_does_not():
    scores = np.array([[10, 9], [8, -50]])
    assert assign(scores, 1, objective="coverage").pairs.tolist() == [[0, 1], [1, 0]]
    assert assign(np.array([[5, -3]]), 1, 2).pairs.tolist() == [[0, 0]]
    assert len(assign(np.array([[-3]]), 1).pairs) == 1
    assert len(assign(np.array([[-3]]), 1, objective="total").pairs) == 0


def test_coverage_gives_a_first_mentor_to_many_before_a_second_to_one():
    scores = np.array([[100, 100], [1, 1]])
    result = assign(scores, 1, demand=2)
    assert (result.placed, result.value) == (2, 101)


def test_the_worst_off_pair_is_lifted_before_the_total():
    scores = np.array([[100, 60], [55, 10]])
    assert assign(scores, 1).value == 115
    lifted = assign(np.array([[100, 40], [55, 10]]), 1, objective="worst_off")
    assert (lifted.value, lifted.floor) == (95, 40)


@pytest.mark.parametrize(
    ("error", "arguments"),
    [
        (BadScores, {"scores": [[1.0, np.nan]]}),
        (BadScores, {"scores": [[1.0, np.inf]]}),
        (BadScores, {"scores": [[1.0, -np.inf]]}),
        (BadScores, {"scores": [1.0, 2.0]}),
        (BadScores, {"scores": 3.0}),
        (BadScores, {"scores": [[1.0], [1.0, 2.0]]}),
        (BadScores, {"scores": [["a", "b"]]}),
        (BadScores, {"scores": [[1j, 2j]]}),
        (BadScores, {"scores": [[None, 2]]}),
        (BadScores, {"scores": np.array([[2**62, 1]])}),
        (BadScores, {"scale": 0}),
        (BadScores, {"scale": float("nan")}),
        (BadScores, {"scores": [[1e300, 1.0]], "scale": 10}),
        (BadCapacity, {"capacity": [1, -1]}),
        (BadCapacity, {"capacity": [1, 1.5]}),
        (BadCapacity, {"capacity": [1, np.nan]}),
        (BadCapacity, {"capacity": [1]}),
        (BadCapacity, {"capacity": [1, np.inf]}),
        (BadCapacity, {"capacity": ["a", "b"]}),
        (BadCapacity, {"capacity": [[1], [1, 2]]}),
        (BadCapacity, {"capacity": [1, 2**40]}),
        (BadDemand, {"demand": -1}),
        (BadDemand, {"demand": [1, 1]}),
        (BadAllowed, {"allowed": [[True]]}),
        (BadAllowed, {"allowed": [[1, 0]]}),
        (UnknownObjective, {"objective": "luck"}),
        (BadKeys, {"mentor_keys": ["a", "a"]}),
        (BadKeys, {"mentee_keys": ["a", "b"]}),
        (BadLocks, {"locked": [(0, 5)]}),
        (BadLocks, {"locked": [(-1, 0)]}),
        (BadLocks, {"locked": [(0, 0), (0, 0)]}),
        (BadLocks, {"locked": [(0, 0), (0, 1)]}),
        (BadLocks, {"locked": [(0, 0)], "capacity": [0, 1]}),
        (BadLocks, {"locked": [(0, 0)], "allowed": [[False, True]]}),
        (BadLocks, {"locked": [(0.5, 0)]}),
        (BadLocks, {"locked": [(0, 0, 0)]}),
    ],
)
def test_bad_input_is_named_and_never_computed_with(error, arguments):
    given = {"scores": [[1.0, 2.0]], "capacity": [1, 1], **arguments}
    with pytest.raises(error) as raised:
        assign(given.pop("scores"), given.pop("capacity"), **given)
    assert isinstance(raised.value, EngineError)
    assert isinstance(raised.value, ValueError)
    assert str(raised.value)


def test_a_report_can_stop_the_computation_and_hears_every_step():
    heard = []

    def listen(step, done, total):
        heard.append((step, done, total))

    def stop(step, done, total):
        raise Stopped

    assign(np.ones((3, 3)), 1, report=listen)
    assert heard == [("solve", 0, 3), ("prove", 1, 3), ("ties", 2, 3), ("done", 3, 3)]
    with pytest.raises(Stopped):
        assign(np.ones((3, 3)), 1, report=stop)


def test_arguments_are_left_as_they_were():
    scores, capacity, allowed = np.ones((2, 2)), np.ones(2, int), np.ones((2, 2), bool)
    assign(scores, capacity, 1, allowed, locked=[(0, 0)])
    assert scores.tolist() == [[1, 1], [1, 1]]
    assert capacity.tolist() == [1, 1]
    assert allowed.all()


def test_what_everybody_could_make_is_the_same_from_the_list_of_candidates_and_from_the_table():
    rng = np.random.default_rng(7)
    for _ in range(50):
        n, m = rng.integers(1, 9, 2)
        gains = rng.integers(-5, 6, (n, m))
        open_ = rng.random((n, m)) < 0.6
        rows, columns = np.nonzero(open_)
        demand, bonus = rng.integers(0, 2, n), rng.integers(0, 8, n)
        prices = rng.integers(0, 5, m)
        problem = flow.Problem(rows, columns, gains[rows, columns], demand, np.ones(m, np.int64), bonus)
        dense = np.where(open_, gains, -flow.FREE)
        expected = flow.best_at(dense, demand, bonus, prices)
        assert flow.most_at(problem, prices).tolist() == expected.tolist()


@pytest.mark.parametrize("kind", [bool, np.int8, np.int32, np.uint16, np.uint64, np.float32])
def test_whole_scores_of_every_kind_of_number_are_taken_as_they_are(kind):
    scores = np.array([[1, 0], [1, 1]]).astype(kind)
    found = assign(scores, 1)
    assert (found.value, found.scale, found.proven) == (2, 1, True)
