"""Large programs: the plan found in blocks is the one found in a table, and as proven."""

from datetime import date

import numpy as np
import pytest

from matching.engine import Stopped, assign, large, pairs, pricing
from matching.engine.errors import BadCapacity, BadLocks, BadScores, UnknownObjective
from matching.engine.large import assign_source, features
from matching.engine.rules import Override, Rule, Rules, judge
from matching.engine.scoring import score
from matching.engine.sources import CLOSED, NEVER, Dense, Features
from tests.matching.engine_people import program

OBJECTIVES = ("coverage", "total", "worst_off")


def bare(a, b):
    none = np.zeros(0, np.int64)
    return Features(a.astype(np.float32), b.astype(np.float32), none, none, none)


def random_features(rng, n, m, d=8):
    a = rng.integers(0, 2, (n, d)) * rng.integers(0, 50, (n, 1))
    return a, rng.integers(0, 3, (m, d))


@pytest.fixture
def small_steps(monkeypatch):
    """Programs of some tens go the way of those of thousands: sampled, in many blocks, few candidates."""
    monkeypatch.setattr(pricing, "SAMPLE_FROM", 12)
    monkeypatch.setattr(pricing, "SAMPLE", 6)
    monkeypatch.setattr(pricing, "CELLS", 600)
    monkeypatch.setattr(pricing, "FEWEST", 16)


def same(one, other):
    return (
        one.pairs.tolist() == other.pairs.tolist()
        and (one.units, one.bound_units, one.placed, one.proven)
        == (other.units, other.bound_units, other.placed, other.proven)
        and one.proven
    )


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_blocks_and_table_give_the_same_plan(small_steps, objective):
    rng = np.random.default_rng(81)
    for _ in range(100):
        n, m = rng.integers(0, 60, 2)
        a, b = random_features(rng, n, m)
        capacity = rng.integers(0, 5, m)
        demand = rng.integers(0, 4, n) if rng.random() < 0.4 else np.ones(n, int)
        blocks = assign_source(bare(a, b), capacity, demand, objective)
        assert same(blocks, assign(a @ b.T, capacity, demand, objective=objective))


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_table_too_large_for_one_flow_goes_through_pricing(small_steps, objective):
    rng = np.random.default_rng(82)
    for _ in range(60):
        n, m = rng.integers(1, 50, 2)
        scores = rng.integers(-30, 100, (n, m))
        allowed = rng.random((n, m)) < 0.5
        capacity, demand = rng.integers(0, 4, m), rng.integers(0, 3, n)
        source = Dense(np.where(allowed, scores, NEVER))
        blocks = assign_source(source, capacity, demand, objective, largest=100)
        assert same(blocks, assign(scores, capacity, demand, allowed, objective))


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("folded", [512, 0])
def test_people_with_hard_rules_choices_locks_and_overrides_match_the_same(
    small_steps, monkeypatch, objective, folded
):
    monkeypatch.setattr(large, "FOLDED_GROUPS", folded)
    rng = np.random.default_rng(83)
    for _ in range(12):
        mentees, mentors = program(rng, int(rng.integers(3, 40)), int(rng.integers(3, 25)))
        override = Override(
            mentee="mentee-0001", mentor="mentor-0001", rule=Rule.HOURS, reason="They will find time."
        )
        verdict = judge(mentees, mentors, Rules(today=date(2026, 3, 10), overrides=(override,)))
        scores = score(mentees, mentors)
        capacity = [person.capacity for person in mentors]
        source = features(scores, verdict)
        table = np.where(verdict.allowed(), scores.table(), CLOSED)
        got = np.rint(source.priced(np.zeros(len(mentors), np.int64))(np.arange(len(mentees))))
        assert (np.where(got > CLOSED // 2, got, CLOSED) == table).all()
        blocks = assign_source(source, capacity, 1, objective)
        assert same(blocks, assign(scores.table(), capacity, 1, verdict.allowed(), objective))


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_table_of_any_size_goes_in_by_the_same_door(small_steps, monkeypatch, objective):
    rng = np.random.default_rng(90)
    for _ in range(40):
        n, m = rng.integers(1, 40, 2)
        scores = rng.integers(-30, 100, (n, m)) / 4
        allowed = rng.random((n, m)) < 0.6
        capacity, demand = rng.integers(0, 4, m), rng.integers(0, 3, n)
        expected = assign(scores, capacity, demand, allowed, objective)
        with monkeypatch.context() as patched:
            patched.setattr(pairs, "DIRECT", 0)
            got = assign(scores, capacity, demand, allowed, objective)
        assert same(got, expected)
        assert (got.value, got.bound, got.floor) == (expected.value, expected.bound, expected.floor)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_locks_are_kept_in_blocks_as_in_a_table(small_steps, objective):
    rng = np.random.default_rng(89)
    for _ in range(40):
        n, m = rng.integers(1, 30, 2)
        a, b = random_features(rng, n, m)
        capacity, demand = rng.integers(1, 4, m), rng.integers(1, 3, n)
        locked = [(int(rng.integers(n)), int(rng.integers(m)))]
        expected = assign(a @ b.T, capacity, demand, objective=objective, locked=locked)
        assert same(assign_source(bare(a, b), capacity, demand, objective, locked=locked), expected)
        dense = Dense(a @ b.T)
        got = assign_source(dense, capacity, demand, objective, locked=locked, largest=200)
        assert same(got, expected)


def test_a_lock_on_a_forbidden_pair_is_refused():
    closed = Features(
        np.ones((1, 1), np.float32), np.ones((1, 1), np.float32), *np.array([[0], [0], [CLOSED]])
    )
    with pytest.raises(BadLocks):
        assign_source(closed, 1, locked=[(0, 0)])


def test_identifiers_settle_ties_in_any_order_of_rows(small_steps):
    rng = np.random.default_rng(84)
    for _ in range(15):
        a, b = random_features(rng, 40, 25, d=2)
        a[a > 0] = 1
        capacity = rng.integers(0, 3, 25)
        mentees, mentors = [f"a{i}" for i in range(40)], [f"b{j}" for j in range(25)]
        p, q = rng.permutation(40), rng.permutation(25)
        one = assign_source(bare(a, b), capacity, mentee_keys=mentees, mentor_keys=mentors)
        other = assign_source(
            bare(a[p], b[q]),
            capacity[q],
            mentee_keys=[mentees[i] for i in p],
            mentor_keys=[mentors[j] for j in q],
        )
        assert {(i, j) for i, j in one.pairs.tolist()} == {(p[i], q[j]) for i, j in other.pairs.tolist()}


def test_two_thousand_people_are_proven_best():
    rng = np.random.default_rng(85)
    a, b = random_features(rng, 2000, 700, d=40)
    capacity = rng.integers(1, 5, 700)
    found = assign_source(bare(a, b), capacity)
    assert found.proven
    assert found.placed == min(2000, capacity.sum())
    scores = a @ b.T
    assert found.units == scores[found.pairs[:, 0], found.pairs[:, 1]].sum()
    free = np.zeros(2000, np.int64) + found.bonus
    best = np.maximum(free + (scores - found.prices).max(axis=1), 0).sum() + capacity @ found.prices
    assert best - found.bonus * found.placed == found.units


def test_sparse_permissions_still_place_as_many_as_possible(small_steps):
    rng = np.random.default_rng(86)
    for _ in range(40):
        n, m = 40, 30
        a, b = random_features(rng, n, m)
        closed = np.flatnonzero(rng.random(n * m) > 0.05)
        source = Features(
            a.astype(np.float32),
            b.astype(np.float32),
            closed // m,
            closed % m,
            np.full(len(closed), CLOSED),
        )
        allowed = np.ones(n * m, bool)
        allowed[closed] = False
        capacity = rng.integers(0, 3, m)
        for objective in OBJECTIVES:
            expected = assign(a @ b.T, capacity, 1, allowed.reshape(n, m), objective)
            assert same(assign_source(source, capacity, 1, objective), expected)


def test_kept_prices_let_a_run_go_on_where_it_was_stopped(small_steps):
    rng = np.random.default_rng(87)
    a, b = random_features(rng, 60, 40, d=20)
    kept = []
    whole = assign_source(bare(a, b), 2, keep=kept.append)
    again_kept = []
    again = assign_source(bare(a, b), 2, start=kept[-1], keep=again_kept.append)
    assert same(again, whole)
    assert len(again_kept) <= len(kept)


def test_progress_tells_the_gap_and_a_stop_ends_it_at_any_step(small_steps):
    rng = np.random.default_rng(88)
    a, b = random_features(rng, 60, 40, d=20)
    heard = []
    found = assign_source(bare(a, b), 1, report=lambda *step: heard.append(step))
    gaps = [(worth, bound) for step, worth, bound in heard if step == "gap"]
    best = found.units + found.bonus * found.placed
    assert gaps[-1] == (best, best)
    assert all(worth <= best <= bound for worth, bound in gaps)
    assert {"sample", "pass", "solve", "prove"} <= {step for step, _, _ in heard}
    for stop_at in {step for step, _, _ in heard}:

        def stop(step, done, total, stop_at=stop_at):
            if step == stop_at:
                raise Stopped

        with pytest.raises(Stopped):
            assign_source(bare(a, b), 1, report=stop)


def test_bad_input_is_named():
    source = bare(np.ones((2, 1)), np.ones((2, 1)))
    with pytest.raises(BadCapacity):
        assign_source(source, [1, -1])
    with pytest.raises(UnknownObjective):
        assign_source(source, 1, objective="luck")
    with pytest.raises(BadScores):
        assign_source(bare(np.full((2, 1), 2.0**20), np.ones((2, 1))), 1)
    with pytest.raises(BadScores):
        assign_source(Dense(np.ones((2, 2), np.int64)), 1)
