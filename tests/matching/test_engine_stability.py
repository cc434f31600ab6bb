"""Stability and fairness: counted pair by pair, and no small group told about."""

from itertools import product

import numpy as np
import pytest

from matching.engine import assign, stability
from matching.engine.errors import BadCapacity, BadScores
from matching.engine.stability import blocking, by_group, ranks, spread, stable

CLOSED = -(10**9)


def program(rng):
    n, m = rng.integers(1, 12, 2)
    units = rng.integers(-5, 30, (n, m))
    allowed = rng.random((n, m)) < 0.8
    return np.where(allowed, units, CLOSED), allowed, rng.integers(0, 4, m), rng.integers(0, 3, n)


def blocks(units, pairs, capacity, demand):
    """Blocking pairs, one at a time."""
    pairs = [tuple(pair) for pair in pairs]

    def worth(unit, held, places):
        if places == 0:
            return False
        return unit > min(held, default=0) if len(held) >= places else unit > min([0, *held])

    found = []
    for i, j in np.ndindex(units.shape):
        if (i, j) in pairs or units[i, j] == CLOSED:
            continue
        mine = [units[a, b] for a, b in pairs if a == i]
        theirs = [units[a, b] for a, b in pairs if b == j]
        if worth(units[i, j], mine, demand[i]) and worth(units[i, j], theirs, capacity[j]):
            found.append((i, j))
    return found


@pytest.mark.parametrize("block", [512, 3])
def test_blocking_pairs_are_those_found_one_by_one(monkeypatch, block):
    monkeypatch.setattr(stability, "BLOCK", block)
    rng = np.random.default_rng(101)
    seen = 0
    for _ in range(200):
        units, allowed, capacity, demand = program(rng)
        plan = assign(np.where(allowed, units, 0), capacity, demand, allowed).pairs.tolist()
        plan = [pair for pair in plan if rng.random() < 0.8]
        found = blocking(lambda rows, u=units: u[rows], plan, capacity, demand, most=1000)
        expected = blocks(units, plan, capacity, demand)
        assert found.count == len(expected)
        assert sorted(map(tuple, found.pairs.tolist())) == expected
        seen += len(expected)
    assert seen > 300


def test_the_blocking_pairs_named_are_those_that_matter_most():
    units = np.array([[1, 5, 9]])
    found = blocking(lambda rows: units[rows], [[0, 0]], [1, 1, 1], [1], most=1)
    assert (found.count, found.pairs.tolist()) == (2, [[0, 2]])


def test_ranks_count_the_allowed_mentors_somebody_scores_higher():
    units = np.array([[1, 5, 9, CLOSED], [4, 4, 4, 4]])
    assert ranks(lambda rows: units[rows], [[1, 3], [0, 1], [0, 2]], 2).tolist() == [2, 1, 1]


def test_a_stable_plan_has_no_blocking_pair_and_no_stable_plan_is_better_for_any_mentee():
    rng = np.random.default_rng(102)
    for _ in range(60):
        n, m = rng.integers(1, 5, 2)
        ours, theirs = (
            rng.permuted(np.tile(np.arange(1, n * m + 1), (1, 1)), axis=1).reshape(n, m) for _ in "ab"
        )
        allowed = rng.random((n, m)) < 0.8
        capacity = rng.integers(0, 3, m)

        def is_stable(mates, ours=ours, theirs=theirs, allowed=allowed, capacity=capacity):
            for i, j in np.argwhere(allowed).tolist():
                if mates[i] == j or capacity[j] == 0:
                    continue
                if mates[i] is not None and ours[i, mates[i]] > ours[i, j]:
                    continue
                held = [theirs[a, j] for a, mate in enumerate(mates) if mate == j]
                if len(held) < capacity[j] or min(held) < theirs[i, j]:
                    return False
            return True

        everybody = [[None, *np.flatnonzero(row).tolist()] for row in allowed]
        fits = [
            mates
            for mates in product(*everybody)
            if all(mates.count(j) <= capacity[j] for j in range(len(capacity))) and is_stable(mates)
        ]
        plan = dict(stable(ours, theirs, capacity, allowed).tolist())
        mates = tuple(plan.get(i) for i in range(n))
        assert mates in fits

        def worth(mates, i, ours=ours):
            return -1 if mates[i] is None else ours[i, mates[i]]

        assert all(worth(mates, i) >= worth(other, i) for other in fits for i in range(n))


def test_equal_scores_rank_by_row_and_empty_sides_are_fine():
    assert stable(np.ones((2, 2)), np.ones((2, 2)), 1).tolist() == [[0, 0], [1, 1]]
    assert stable(np.ones((3, 1)), np.ones((3, 1)), 2).tolist() == [[0, 0], [1, 0]]
    assert stable(np.ones((0, 2)), np.ones((0, 2)), 1).shape == (0, 2)
    assert stable(np.ones((2, 0)), np.ones((2, 0)), []).shape == (0, 2)


def test_bad_preferences_are_named():
    with pytest.raises(BadScores):
        stable(np.ones((2, 2)), np.ones((2, 1)), 1)
    with pytest.raises(BadScores):
        stable(np.ones((1, 1)), [[np.nan]], 1)
    with pytest.raises(BadCapacity):
        stable(np.ones((1, 1)), np.ones((1, 1)), [-1])


def test_spread_says_how_even_a_plan_is():
    found = spread([10, 30, 20], [[0, 0], [1, 0], [2, 1]], [2, 1, 3, 0])
    assert (found.pairs, found.mean, found.lowest) == (3, 20, 10)
    assert found.percentiles[2] == 20
    assert found.gini == pytest.approx((2 * (1 * 10 + 2 * 20 + 3 * 30) / (3 * 60)) - 4 / 3)
    assert found.load == {0: 1, 1: 1, 2: 1}
    assert spread([7, 7], [[0, 0], [1, 1]], [1, 1]).gini == 0
    empty = spread([], [], [1])
    assert (empty.pairs, empty.mean, empty.gini, empty.load) == (0, None, None, {0: 1})


def test_groups_of_fewer_than_five_are_never_told_about():
    groups = ["a"] * 12 + ["b"] * 4 + ["c"] * 10 + ["d"] * 5
    earned = [10] * 6 + [None] * 6 + [9] * 4 + [20] * 8 + [None] * 2 + [7] * 5
    told = [(f.group, f.people, f.rate, f.mean) for f in by_group(groups, earned)]
    assert told == [
        ("a", 12, 0.5, 10),
        ("b", None, None, None),
        ("c", 10, None, 20),
        ("d", 5, 1.0, 7),
    ]
