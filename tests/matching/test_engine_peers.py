"""Peers: pairs in one group of people, as good as any pairing, also when their number is odd."""

from itertools import combinations

import numpy as np
import pytest

from matching.engine.cardinality import most_pairs
from matching.engine.errors import BadAllowed, BadKeys, BadLocks, BadScores, UnknownObjective
from matching.engine.odd_sets import overfilled
from matching.engine.peers import PARTS, assign_peers


def every_pairing(people, open_):
    if len(people) < 2:
        yield []
        return
    first, *rest = people
    yield from every_pairing(rest, open_)
    for other in rest:
        if open_[first, other]:
            for pairing in every_pairing([p for p in rest if p != other], open_):
                yield [(first, other), *pairing]


def merit(pairing, units, objective):
    total = sum(int(units[pair]) for pair in pairing)
    if objective == "total":
        return (total,)
    if objective == "coverage":
        return len(pairing), total
    return len(pairing), min((int(units[pair]) for pair in pairing), default=0), total


def group(rng, n, width=50, share=1.0, low=0):
    units = rng.integers(low, width, (n, n))
    units = np.triu(units, 1) + np.triu(units, 1).T
    open_ = np.triu(rng.random((n, n)) < share, 1)
    return units, open_ | open_.T


def proves(found, units, open_):
    """The stated prices hold for every pair, and their sum is the stated bound."""
    n = len(units)
    prices, weight = found.prices, np.where(open_, units + found.bonus, 0)
    if found.stand_in is not None:
        prices, weight = np.append(prices, found.stand_in), np.pad(weight, (0, 1))
        weight[n, :n] = weight[:n, n] = np.where(open_.any(axis=1), found.bonus, 0)
    both = prices[:, None] + prices[None, :]
    for people, z in found.sets:
        assert len(people) % 2 == 1
        assert z > 0
        both[np.ix_(people, people)] += z
    np.fill_diagonal(both, 2**62)
    assert (prices >= 0).all()
    assert (both >= PARTS * weight).all()
    whole = int(prices.sum()) + sum(z * (len(people) // 2) for people, z in found.sets)
    bonuses = found.bonus * (len(found.pairs) + (found.stand_in is not None))
    return whole // PARTS - bonuses == found.bound_units


@pytest.mark.parametrize("objective", ["coverage", "total", "worst_off"])
def test_the_pairing_is_as_good_as_the_best_of_all(objective):
    rng = np.random.default_rng(91)
    proven = 0
    for _ in range(250):
        n = int(rng.integers(0, 9))
        units, open_ = group(
            rng, n, rng.choice([3, 20, 1000]), rng.choice([0.3, 0.6, 1.0]), rng.choice([0, -10])
        )
        np.fill_diagonal(open_, False)
        best = max(merit(pairing, units, objective) for pairing in every_pairing(list(range(n)), open_))
        found = assign_peers(units, open_, objective)
        pairs = [tuple(pair) for pair in found.pairs.tolist()]
        assert len({p for pair in pairs for p in pair}) == 2 * len(pairs)
        assert all(open_[pair] and pair[0] < pair[1] for pair in pairs)
        assert merit(pairs, units, objective) == best
        assert found.units == best[-1] <= found.bound_units
        assert found.alone.tolist() == sorted(set(range(n)) - {p for pair in pairs for p in pair})
        if objective == "total":
            assert proves(found, units, open_)
        proven += found.proven
    assert proven == 250


def test_odd_circles_are_proven_with_odd_sets():
    units = np.array([[0, 10, 10], [10, 0, 10], [10, 10, 0]])
    found = assign_peers(units, objective="total")
    assert (found.units, found.bound_units, found.proven, len(found.alone)) == (10, 10, True, 1)
    assert proves(found, units, ~np.eye(3, dtype=bool))


@pytest.mark.parametrize("n", [31, 61, 62, 63, 101, 150, 251])
def test_larger_groups_are_proven_by_their_prices_over_every_pair(n):
    rng = np.random.default_rng(n)
    units, open_ = group(rng, n, 10_000, 0.8)
    np.fill_diagonal(open_, False)
    for objective in ("coverage", "total"):
        found = assign_peers(units, open_, objective)
        assert found.proven
        assert proves(found, units, open_)
        assert len(found.pairs) == n // 2


def test_locks_are_kept_and_the_others_are_paired_around_them():
    rng = np.random.default_rng(92)
    for _ in range(60):
        n = int(rng.integers(2, 8))
        units, open_ = group(rng, n)
        i, j = sorted(rng.choice(n, 2, replace=False).tolist())
        np.fill_diagonal(open_, False)
        around = [p for p in every_pairing(list(range(n)), open_) if (i, j) in p]
        found = assign_peers(units, locked=[(j, i)])
        assert [i, j] in found.pairs.tolist()
        got = merit([tuple(p) for p in found.pairs.tolist()], units, "coverage")
        assert got == max(merit(pairing, units, "coverage") for pairing in around)


def test_the_order_of_rows_does_not_matter_where_people_have_identifiers():
    rng = np.random.default_rng(93)
    for _ in range(30):
        n = int(rng.integers(2, 12))
        units, open_ = group(rng, n, 3, 0.8)
        keys = [f"person {k}" for k in range(n)]
        p = rng.permutation(n)
        one = assign_peers(units, open_, keys=keys)
        other = assign_peers(units[np.ix_(p, p)], open_[np.ix_(p, p)], keys=[keys[k] for k in p])
        assert {frozenset(x) for x in one.pairs.tolist()} == {frozenset(p[x].tolist()) for x in other.pairs}


def test_decimal_scores_are_exact_at_the_stated_scale():
    found = assign_peers(np.array([[0, 0.25], [0.25, 0]]))
    assert (found.value, found.proven) == (0.25, True)
    assert found.units == found.scale * 0.25


def test_the_most_pairs_are_as_many_as_any_pairing_has():
    rng = np.random.default_rng(95)
    for _ in range(400):
        n = int(rng.integers(0, 9))
        _, open_ = group(rng, n, 2, rng.choice([0.15, 0.3, 0.5, 0.9]))
        np.fill_diagonal(open_, False)
        assert most_pairs(open_) == max(map(len, every_pairing(list(range(n)), open_)))


def test_an_overfilled_odd_set_is_found_wherever_it_hides():
    rng = np.random.default_rng(94)
    seen = 0
    for _ in range(60):
        n = int(rng.integers(3, 10))
        pairs = np.array(list(combinations(range(n), 2)))
        x = rng.random(len(pairs)) ** 3
        x /= max(np.bincount(pairs.ravel(), np.repeat(x, 2), minlength=n).max(), 1e-9)
        x[x < 1e-3] = 0
        over = [
            set(people)
            for size in range(3, n + 1, 2)
            for people in combinations(range(n), size)
            if x[[i in people and j in people for i, j in pairs.tolist()]].sum() > (size - 1) / 2 + 1e-5
        ]
        found = overfilled(n, pairs, x)
        seen += bool(over)
        assert bool(over) <= bool(found)
        for people in found:
            inside = [i in people and j in people for i, j in pairs.tolist()]
            assert x[inside].sum() > (len(people) - 1) / 2
    assert seen > 5


@pytest.mark.parametrize(
    ("error", "arguments"),
    [
        (BadScores, {"scores": [[0, 1]]}),
        (BadScores, {"scores": [[0, 1], [2, 0]]}),
        (BadScores, {"scores": [[0, np.nan], [np.nan, 0]]}),
        (BadScores, {"scale": -1}),
        (BadScores, {"scale": 10**9}),
        (BadScores, {"allowed": np.array([[True, True], [False, True]])}),
        (BadAllowed, {"allowed": [[True]]}),
        (UnknownObjective, {"objective": "luck"}),
        (BadKeys, {"keys": ["a", "a"]}),
        (BadLocks, {"locked": [(0, 0)]}),
        (BadLocks, {"locked": [(0, 1), (1, 0)]}),
        (BadLocks, {"locked": [(0, 2)]}),
    ],
)
def test_bad_input_is_named(error, arguments):
    given = {"scores": [[0, 1], [1, 0]], **arguments}
    with pytest.raises(error):
        assign_peers(given.pop("scores"), **given)
