"""Peers against an oracle that tries everything, against two other solvers, and on graphs whose answer is known."""

from functools import cache
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pytest
from ortools.sat.python import cp_model
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix

from matching.engine.cardinality import most_pairs
from matching.engine.peers import assign_peers

OBJECTIVES = ("coverage", "total", "worst_off")


class Group(NamedTuple):
    scores: np.ndarray
    allowed: np.ndarray
    locked: list


class Best(NamedTuple):
    pairs: int
    floor: int | None
    total: int


def most(group, floor, pairs_first):
    """(pairs, total) of the best pairing of the people who are not locked, with scores of at least ``floor``."""
    scores, allowed = group.scores.tolist(), group.allowed.tolist()

    @cache
    def onward(left):
        if not left:
            return (0, 0)
        first, *rest = left
        found = [onward(tuple(rest))]
        for other in rest:
            if allowed[first][other] and scores[first][other] >= floor:
                pairs, total = onward(tuple(p for p in rest if p != other))
                found.append((pairs + pairs_first, total + scores[first][other]))
        return max(found)

    return onward(tuple(sorted(set(range(len(scores))) - {p for pair in group.locked for p in pair})))


def best_of_all(group, objective):
    locked = sum(int(group.scores[pair]) for pair in group.locked)
    pairs, total = most(group, -(10**9), objective != "total")
    if objective != "worst_off" or not pairs:
        return Best(pairs + len(group.locked), None, total + locked)
    levels = sorted({int(score) for score in group.scores[group.allowed]})
    kept = [(level, most(group, level, True)) for level in levels]
    floor, (pairs, total) = max((level, found) for level, found in kept if found[0] == pairs)
    return Best(pairs + len(group.locked), floor, total + locked)


def symmetric(table):
    return np.triu(table, 1) + np.triu(table, 1).T


def drawn(rng, n):
    wide = int(rng.choice([1, 3, 20, 1000]))
    scores = symmetric(rng.integers(-wide if rng.random() < 0.5 else 0, wide + 1, (n, n)))
    allowed = symmetric(rng.random((n, n)) < rng.choice([0.1, 0.25, 0.5, 1.0]))
    locked = []
    if rng.random() < 0.3:
        free = set(range(n))
        for i, j in rng.permutation(np.argwhere(np.triu(allowed))).tolist():
            if {i, j} <= free and rng.random() < 0.3:
                locked.append((i, j))
                free -= {i, j}
    return Group(scores, allowed, locked)


def agrees(group, found, best, objective):
    pairs = [tuple(pair) for pair in found.pairs.tolist()]
    people = [person for pair in pairs for person in pair]
    assert pairs == sorted(pairs)
    assert len(set(people)) == len(people)
    assert all(group.allowed[pair] and pair[0] < pair[1] for pair in pairs)
    assert set(group.locked) <= set(pairs)
    assert found.alone.tolist() == sorted(set(range(len(group.scores))) - set(people))
    assert found.units == sum(int(group.scores[pair]) for pair in pairs)
    assert (found.units, found.bound_units, found.proven) == (best.total, best.total, True)
    if objective != "total":
        assert len(pairs) == best.pairs
    if objective == "worst_off":
        assert found.floor == best.floor


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_peers_are_paired_as_well_as_trying_everything(objective):
    rng = np.random.default_rng(301)
    for _ in range(1200):
        group = drawn(rng, max(rng.integers(0, 11, 2).tolist()))
        found = assign_peers(group.scores, group.allowed, objective, locked=group.locked)
        agrees(group, found, best_of_all(group, objective), objective)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_an_odd_number_of_peers_leaves_the_right_one_alone(objective):
    rng = np.random.default_rng(302)
    for _ in range(60):
        n = int(rng.choice([1, 3, 5, 7, 9, 11]))
        scores = symmetric(rng.integers(-2, int(rng.choice([2, 100])), (n, n)))
        group = Group(scores, ~np.eye(n, dtype=bool), [])
        found = assign_peers(scores, objective=objective)
        agrees(group, found, best_of_all(group, objective), objective)
        if objective != "total":
            assert len(found.alone) == 1


# Middle sizes


def by_mixed_integers(scores, allowed, bonus):
    """The greatest total with a bonus for each pair, by HiGHS."""
    pairs = np.argwhere(np.triu(allowed, 1))
    at = np.repeat(np.arange(len(pairs)), 2)
    of_person = csr_matrix((np.ones(len(at)), (pairs.ravel(), at)), (len(scores), len(pairs)))
    weight = scores[pairs[:, 0], pairs[:, 1]] + bonus
    found = milp(
        -weight,
        constraints=[LinearConstraint(of_person, 0, 1)],
        bounds=Bounds(0, 1),
        integrality=np.ones(len(pairs)),
        options={"mip_rel_gap": 0},
    )
    assert found.success
    return round(-found.fun)


def by_constraints(scores, allowed, bonus):
    """The same by the CP-SAT solver."""
    model = cp_model.CpModel()
    pairs = [tuple(pair) for pair in np.argwhere(np.triu(allowed, 1)).tolist()]
    taken = {pair: model.new_bool_var("") for pair in pairs}
    for person in range(len(scores)):
        model.add_at_most_one(var for pair, var in taken.items() if person in pair)
    model.maximize(sum((int(scores[pair]) + bonus) * var for pair, var in taken.items()))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(model) == cp_model.OPTIMAL
    return round(solver.objective_value)


@pytest.mark.parametrize(("solver", "sizes"), [(by_mixed_integers, (30, 41, 60)), (by_constraints, (16, 21))])
@pytest.mark.parametrize("share", [0.15, 1.0])
def test_two_other_solvers_find_the_same_total(solver, sizes, share):
    rng = np.random.default_rng(303)
    for n in sizes:
        scores = symmetric(rng.integers(-20, 300, (n, n)))
        allowed = symmetric(rng.random((n, n)) < share)
        assert assign_peers(scores, allowed, "total").units == solver(scores, allowed, 0)
        bonus = 10_000
        found = assign_peers(scores, allowed, "coverage")
        assert found.units + bonus * len(found.pairs) == solver(scores, allowed, bonus)
        assert found.proven


# Graphs whose answer is known


def graph(n, edges):
    allowed = np.zeros((n, n), bool)
    for i, j in edges:
        allowed[i, j] = allowed[j, i] = True
    return allowed


def petersen():
    outer = [(k, (k + 1) % 5) for k in range(5)]
    return graph(10, [*outer, *((k, k + 5) for k in range(5)), *((5 + k, 5 + (k + 2) % 5) for k in range(5))])


def sylvester():
    """Sixteen people with three acquaintances each: three blocks of five hang on one person."""
    edges = []
    for block in (1, 6, 11):
        a, b, c, d, e = range(block, block + 5)
        edges += [(0, a), (a, b), (a, c), (b, d), (b, e), (c, d), (c, e), (d, e)]
    return graph(16, edges)


def cycle(n):
    return graph(n, [(k, (k + 1) % n) for k in range(n)])


@pytest.mark.parametrize(
    ("allowed", "pairs"),
    [
        pytest.param(petersen(), 5, id="Petersen 1898: cubic without bridges, so everybody has a partner"),
        pytest.param(sylvester(), 7, id="cubic with bridges: by Tutte 1947 two stay alone"),
        pytest.param(cycle(5), 2, id="a circle of five"),
        pytest.param(cycle(9), 4, id="a circle of nine"),
        pytest.param(graph(6, [(0, k) for k in range(1, 6)]), 1, id="a star"),
        pytest.param(~np.eye(7, dtype=bool), 3, id="everybody with everybody, seven"),
        pytest.param(graph(6, [(0, 1), (0, 2), (1, 2), (3, 4), (3, 5), (4, 5)]), 2, id="two circles of three"),
        pytest.param(
            graph(8, [(0, 1), (1, 2), (0, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 7), (5, 7)]),
            4,
            id="two circles of three on a path: Edmonds 1965",
        ),
    ],
)  # fmt: skip
def test_graphs_with_a_known_largest_pairing(allowed, pairs):
    scores = np.ones(allowed.shape, int)
    assert most_pairs(allowed) == pairs
    for objective in OBJECTIVES:
        found = assign_peers(scores, allowed, objective)
        assert (len(found.pairs), found.units, found.proven) == (pairs, pairs, True)


def test_the_sum_of_products_is_greatest_where_neighbours_meet():
    """For sorted numbers x the pairing with the greatest sum of products x[i] * x[j] puts neighbours together,
    from the top: exchanging partners with anybody further off loses (rearrangement).
    """
    for n in (2, 7, 10, 31, 40):
        x = np.arange(1, n + 1)
        found = assign_peers(np.multiply.outer(x, x), objective="total")
        assert found.units == sum(int(x[k]) * int(x[k - 1]) for k in range(n - 1, 0, -2))
        assert found.proven


@pytest.mark.parametrize(
    ("edges", "pairs"),
    [
        ([(1, 2, 8), (1, 3, 9), (2, 3, 10), (3, 4, 7)], [(1, 2), (3, 4)]),
        ([(1, 2, 8), (1, 3, 9), (2, 3, 10), (3, 4, 7), (1, 6, 5), (4, 5, 6)], [(1, 6), (2, 3), (4, 5)]),
        ([(1, 2, 9), (1, 3, 8), (2, 3, 10), (1, 4, 5), (4, 5, 4), (1, 6, 3)], [(1, 6), (2, 3), (4, 5)]),
        (
            [(1, 2, 9), (1, 3, 9), (2, 3, 10), (2, 4, 8), (3, 5, 8), (4, 5, 10), (5, 6, 6)],
            [(1, 3), (2, 4), (5, 6)],
        ),
        (
            [
                *((1, 2, 10), (1, 7, 10), (2, 3, 12), (3, 4, 20), (3, 5, 20)),
                *((4, 5, 25), (5, 6, 10), (6, 7, 10), (7, 8, 8)),
            ],
            [(1, 2), (3, 4), (5, 6), (7, 8)],
        ),
        (
            [
                *((1, 2, 8), (1, 3, 8), (2, 3, 10), (2, 4, 12), (3, 5, 12)),
                *((4, 5, 14), (4, 6, 12), (5, 7, 12), (6, 7, 14), (7, 8, 12)),
            ],
            [(1, 2), (3, 5), (4, 6), (7, 8)],
        ),
        (
            [
                *((1, 2, 23), (1, 5, 22), (1, 6, 15), (2, 3, 25), (3, 4, 22)),
                *((4, 5, 25), (4, 8, 14), (5, 7, 13)),
            ],
            [(1, 6), (2, 3), (4, 8), (5, 7)],
        ),
    ],
)
def test_the_hard_small_cases_of_the_blossom_method(edges, pairs):
    """The cases published with J. van Rantwijk's ``mwmatching.py`` (blossoms made, nested, relabelled, opened),
    whose best pairings are stated there and are unique.
    """
    n = max(person for edge in edges for person in edge[:2]) + 1
    scores = np.zeros((n, n), int)
    for i, j, weight in edges:
        scores[i, j] = scores[j, i] = weight
    found = assign_peers(scores, scores > 0, "total")
    assert [tuple(pair) for pair in found.pairs.tolist()] == pairs
    assert found.proven
    every = [
        sum(int(scores[pair]) for pair in some)
        for size in range(len(edges) + 1)
        for some in combinations([edge[:2] for edge in edges], size)
        if len({person for pair in some for person in pair}) == 2 * size
    ]
    assert (max(every), every.count(max(every))) == (found.units, 1)
