"""Pairs of a middle size against two other solvers, and programs whose best plan is published or provable."""

from itertools import permutations

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, linear_sum_assignment, milp
from scipy.sparse import csr_matrix, hstack, identity, vstack

from matching.engine import assign, pairs, pricing
from matching.engine.large import assign_source
from matching.engine.sources import NEVER, Dense
from matching.engine.stability import blocking, stable

OBJECTIVES = ("coverage", "total", "worst_off")


@pytest.fixture
def small_steps(monkeypatch):
    """Programs of some tens go the way of those of thousands: sampled, in many blocks, few candidates."""
    monkeypatch.setattr(pairs, "DIRECT", 0)
    monkeypatch.setattr(pricing, "SAMPLE_FROM", 12)
    monkeypatch.setattr(pricing, "SAMPLE", 6)
    monkeypatch.setattr(pricing, "CELLS", 600)


# Two other solvers


def by_assignment(scores, allowed, capacity, bonus):
    """The greatest total with a bonus for everybody placed, by scipy: a column for each place, and one for each
    mentee to stay alone.
    """
    places = np.repeat(np.arange(len(capacity)), capacity)
    weight = np.where(allowed, scores + bonus, -(10**9))[:, places]
    weight = np.hstack([weight, np.where(np.eye(len(scores), dtype=bool), 0, -(10**9))])
    return int(weight[linear_sum_assignment(weight, maximize=True)].sum())


def by_mixed_integers(scores, allowed, capacity, demand, bonus):
    """The same, with several mentors each, by HiGHS: a variable for each pair and for each mentee placed."""
    n, m = scores.shape
    rows, columns = np.nonzero(allowed)
    of_mentee, of_mentor = (
        csr_matrix((np.ones(len(rows)), (side, np.arange(len(rows)))), (size, len(rows)))
        for side, size in ((rows, n), (columns, m))
    )
    nobody = csr_matrix((n + m, n))
    at_most = hstack([vstack([of_mentee, of_mentor]), nobody])
    placed_by_a_pair = hstack([of_mentee, -identity(n)])
    found = milp(
        -np.concatenate([scores[rows, columns], np.full(n, bonus)]),
        constraints=[
            LinearConstraint(at_most, 0, np.concatenate([demand, capacity])),
            LinearConstraint(placed_by_a_pair, 0, np.inf),
        ],
        bounds=Bounds(0, 1),
        integrality=np.ones(len(rows) + n),
        options={"mip_rel_gap": 0},
    )
    assert found.success
    return round(-found.fun)


def program(rng, n, m):
    scores = rng.integers(-40, int(rng.choice([50, 1000])), (n, m))
    return scores, rng.random((n, m)) < rng.choice([0.1, 0.4, 1.0]), rng.integers(0, 4, m)


@pytest.mark.parametrize(("n", "m"), [(30, 30), (80, 25), (25, 80), (150, 60), (200, 200)])
def test_scipy_finds_the_same_total_and_places_as_many(n, m):
    rng = np.random.default_rng(n * m)
    for _ in range(6):
        scores, allowed, capacity = program(rng, n, m)
        assert assign(scores, capacity, 1, allowed, "total").units == by_assignment(
            scores, allowed, capacity, 0
        )
        found = assign(scores, capacity, 1, allowed)
        assert found.units + 10**6 * found.placed == by_assignment(scores, allowed, capacity, 10**6)
        assert found.proven


@pytest.mark.parametrize(("n", "m"), [(20, 8), (12, 20), (60, 25)])
def test_highs_finds_the_same_total_with_several_mentors_each(n, m):
    rng = np.random.default_rng(n * m)
    for _ in range(4):
        scores, allowed, capacity = program(rng, n, m)
        demand = rng.integers(0, 4, n)
        for objective, bonus in (("total", 0), ("coverage", 10**6)):
            found = assign(scores, capacity, demand, allowed, objective)
            assert found.units + bonus * (bonus and found.placed) == by_mixed_integers(
                scores, allowed, capacity, demand, bonus
            )
            assert found.proven


def test_no_higher_floor_places_as_many_and_below_the_floor_nothing_is_better():
    rng = np.random.default_rng(401)
    for _ in range(10):
        scores, allowed, capacity = program(rng, 60, 25)
        found = assign(scores, capacity, 1, allowed, "worst_off")
        assert found.placed > 0
        for level, same in ((found.floor, True), (found.floor + 1, False)):
            kept = allowed & (scores >= level)
            best = by_assignment(scores, kept, capacity, 10**6)
            assert (best // 10**6 >= found.placed) == same
            if same:
                assert best == found.units + 10**6 * found.placed


# Published


@pytest.mark.parametrize(
    ("costs", "least"),
    [
        pytest.param([[8, 4, 7], [5, 2, 3], [9, 4, 8]], 15, id="the Hungarian algorithm in Wikipedia"),
        pytest.param([[5, 9, 1], [10, 3, 2], [8, 7, 4]], 12, id="the manual of the package munkres"),
        pytest.param([[4, 1, 3], [2, 0, 5], [3, 2, 2]], 5, id="the manual of scipy.optimize"),
    ],
)
def test_textbook_tables_come_to_their_published_least_cost(costs, least):
    costs = np.array(costs)
    found = assign(-costs, 1)
    assert (found.units, found.proven) == (-least, True)
    assert least == min(sum(costs[k, order[k]] for k in range(3)) for order in permutations(range(3)))


def test_the_greatest_profit_in_the_manual_of_munkres():
    found = assign([[5, 9, 1], [10, 3, 2], [8, 7, 4]], 1)
    assert (found.value, found.pairs.tolist()) == (23, [[0, 1], [1, 0], [2, 2]])


def test_the_hard_tables_of_machol_and_wien(small_steps):
    """R. E. Machol and M. Wien, A hard assignment problem, Operations Research 24 (1976): costs i * j.  By the
    rearrangement inequality the least is n(n+1)(n+2)/6, opposite ends together, and the most the sum of squares.
    """
    for n in (1, 2, 3, 10, 50, 120):
        products = np.multiply.outer(np.arange(1, n + 1), np.arange(1, n + 1))
        least = assign(-products, 1)
        assert least.units == -n * (n + 1) * (n + 2) // 6
        assert least.pairs.tolist() == [[k, n - 1 - k] for k in range(n)]
        most = assign(products, 1)
        assert most.units == n * (n + 1) * (2 * n + 1) // 6
        assert most.pairs.tolist() == [[k, k] for k in range(n)]
        assert least.proven and most.proven


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_planted_plans_are_found_again(small_steps, objective):
    """A plan, prices of its mentors and gains of its mentees are drawn; a pair of the plan scores both together, any
    other at least one less.  By duality no plan is as good.
    """
    rng = np.random.default_rng(402)
    for n, m in ((1, 1), (40, 15), (90, 40), (300, 120)):
        capacity = np.bincount(rng.integers(0, m, n), minlength=m)
        plan = rng.permutation(np.repeat(np.arange(m), capacity))
        gains, prices = rng.integers(1, 500, n), rng.integers(0, 500, m)
        scores = gains[:, None] + prices - rng.integers(1, 300, (n, m))
        rows = np.arange(n)
        scores[rows, plan] = gains + prices[plan]
        if objective == "worst_off":
            scores[rows, plan] = np.maximum(scores[rows, plan], scores.max() + 1)
        found = assign(scores, capacity, objective=objective)
        assert found.pairs[:, 1].tolist() == plan.tolist()
        assert found.units == scores[rows, plan].sum()
        assert found.proven
        source = Dense(scores.astype(np.int64))
        assert assign_source(
            source, capacity, 1, objective, largest=int(np.abs(scores).max())
        ).pairs.tolist() == (found.pairs.tolist())


def test_a_plan_planted_among_forbidden_pairs_is_found_again(small_steps):
    rng = np.random.default_rng(403)
    plan = rng.permutation(150)
    allowed = rng.random((150, 150)) < 0.02
    allowed &= plan[:, None] <= np.arange(150)  # nobody may go below their own place: all can only stay there
    allowed[np.arange(150), plan] = True
    scores = np.where(allowed, rng.integers(0, 100, (150, 150)), NEVER)
    found = assign(np.where(allowed, scores, 0), 1, 1, allowed)
    assert (found.placed, found.pairs[:, 1].tolist(), found.proven) == (150, plan.tolist(), True)


# Stability


def ranked(rows):
    """Scores of ranked lists: the first of four scores 4."""
    return 5 - np.array(rows)


GALE_SHAPLEY_3 = [[1, 2, 3], [3, 1, 2], [2, 3, 1]], [[3, 2, 1], [1, 3, 2], [2, 1, 3]]
GALE_SHAPLEY_4 = (
    [[1, 2, 3, 4], [1, 4, 3, 2], [2, 1, 3, 4], [4, 2, 3, 1]],
    [[3, 3, 2, 3], [4, 1, 3, 2], [2, 4, 4, 1], [1, 2, 1, 4]],
)


def blocks(ours, theirs, mentors):
    """Pairs of a one-to-one plan who would rather have each other, counted one by one."""
    mentee_of = {mentor: mentee for mentee, mentor in enumerate(mentors)}
    return sum(
        ours[i][j] < ours[i][mentors[i]] and theirs[i][j] < theirs[mentee_of[j]][j]
        for i in range(len(mentors))
        for j in range(len(mentors))
    )


@pytest.mark.parametrize(
    ("ranks", "stable_plans", "best_for_mentees"),
    [(GALE_SHAPLEY_3, 3, [0, 1, 2]), (GALE_SHAPLEY_4, 1, [2, 3, 0, 1])],
)
def test_the_marriages_of_gale_and_shapley(ranks, stable_plans, best_for_mentees):
    """D. Gale and L. S. Shapley, College admissions and the stability of marriage, American Mathematical Monthly 69
    (1962), examples 1 and 2: three stable sets of marriages, and only one.
    """
    ours, theirs = ranks
    n = len(ours)
    assert sum(not blocks(ours, theirs, plan) for plan in permutations(range(n))) == stable_plans
    found = stable(ranked(ours), ranked(theirs), 1)
    assert found[:, 1].tolist() == best_for_mentees
    for_mentors = stable(ranked(theirs).T, ranked(ours).T, 1)
    assert blocks(ours, theirs, [int(np.flatnonzero(for_mentors[:, 1] == k)[0]) for k in range(n)]) == 0


def test_the_example_of_the_national_resident_matching_program():
    """How the matching algorithm works, nrmp.org: five applicants, three programs of two places each."""
    programs = ("Mercy", "City", "General")
    wishes = {
        "Arthur": ["City"],
        "Sunny": ["City", "Mercy"],
        "Joseph": ["City", "General", "Mercy"],
        "Latha": ["Mercy", "City", "General"],
        "Darrius": ["City", "Mercy", "General"],
    }
    lists = {
        "Mercy": ["Darrius", "Joseph"],
        "City": ["Darrius", "Arthur", "Sunny", "Latha", "Joseph"],
        "General": ["Darrius", "Arthur", "Joseph", "Latha"],
    }
    ours, theirs = np.zeros((5, 3)), np.zeros((5, 3))
    allowed = np.zeros((5, 3), bool)
    for i, (applicant, wanted) in enumerate(wishes.items()):
        for j, name in enumerate(programs):
            if name in wanted and applicant in lists[name]:
                allowed[i, j] = True
                ours[i, j] = -wanted.index(name)
                theirs[i, j] = -lists[name].index(applicant)
    found = {list(wishes)[i]: programs[j] for i, j in stable(ours, theirs, [2, 2, 2], allowed).tolist()}
    assert found == {"Arthur": "City", "Joseph": "General", "Latha": "General", "Darrius": "City"}


def test_a_plan_without_blocking_pairs_is_counted_as_such_and_another_is_not():
    rng = np.random.default_rng(404)
    for _ in range(200):
        n, m = rng.integers(1, 6, 2)
        scores = rng.permutation(n * m).reshape(n, m) + 1
        capacity = rng.integers(0, 3, m)
        plan = assign(scores, capacity).pairs
        held = dict(plan.tolist())
        load = {j: [i for i, mentor in held.items() if mentor == j] for j in range(m)}
        count = sum(
            j != held.get(i)
            and capacity[j] > 0
            and (i not in held or scores[i, j] > scores[i, held[i]])
            and (len(load[j]) < capacity[j] or scores[i, j] > min(scores[k, j] for k in load[j]))
            for i in range(n)
            for j in range(m)
        )
        assert blocking(lambda rows, scores=scores: scores[rows], plan, capacity, np.ones(n)).count == count
        fair = stable(scores, scores, capacity)
        assert blocking(lambda rows, scores=scores: scores[rows], fair, capacity, np.ones(n)).count == 0
