"""Pairs against an oracle that shares nothing with the engine: it tries everything, mentee by mentee.

Both doors, the whole table at once and in blocks, for every objective: thousands of small programs with ties,
losses, forbidden pairs, empty sides, more places than people, several mentors each, and locks.
"""

from functools import cache
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pytest

from matching.engine import assign, pricing
from matching.engine.large import assign_source
from matching.engine.sources import CLOSED, NEVER, Dense, Features

OBJECTIVES = ("coverage", "total", "worst_off")


class Program(NamedTuple):
    scores: np.ndarray
    allowed: np.ndarray
    capacity: np.ndarray
    demand: np.ndarray
    locked: list


class Best(NamedTuple):
    placed: int
    floor: int | None
    total: int


def most(program, floor, people_first):
    """(people placed beside the locks, total beside the locks) of the best plan with pairs of at least
    ``floor``.
    """
    held = {mentee: {j for i, j in program.locked if i == mentee} for mentee, _ in program.locked}
    free = list(program.capacity)
    for _, mentor in program.locked:
        free[mentor] -= 1
    scores, allowed = program.scores.tolist(), program.allowed.tolist()

    @cache
    def onward(mentee, places):
        if mentee == len(scores):
            return (0, 0)
        taken = held.get(mentee, set())
        may = [
            j
            for j, left in enumerate(places)
            if left and allowed[mentee][j] and j not in taken and scores[mentee][j] >= floor
        ]
        found = []
        for size in range(min(int(program.demand[mentee]) - len(taken), len(may)) + 1):
            for mentors in combinations(may, size):
                left = tuple(place - (j in mentors) for j, place in enumerate(places))
                placed, total = onward(mentee + 1, left)
                first = int(bool(mentors) and not taken and people_first)
                found.append((placed + first, total + sum(scores[mentee][j] for j in mentors)))
        return max(found)

    return onward(0, tuple(free))


def best_of_all(program, objective):
    locked = sum(int(program.scores[pair]) for pair in program.locked)
    held = len({mentee for mentee, _ in program.locked})
    placed, total = most(program, -(10**9), objective != "total")
    if objective != "worst_off" or not placed:
        return Best(placed + held, None, total + locked)
    levels = sorted({int(score) for score in program.scores[program.allowed]})
    kept = [(level, most(program, level, True)) for level in levels]
    floor, (placed, total) = max((level, found) for level, found in kept if found[0] == placed)
    return Best(placed + held, floor, total + locked)


def drawn(rng, mentees=6, mentors=5, width=(1, 2, 4, 50)):
    n, m = (
        max(int(rng.integers(0, most + 1)), int(rng.integers(0, most + 1))) for most in (mentees, mentors)
    )
    wide = int(rng.choice(width))
    scores = rng.integers(-wide if rng.random() < 0.6 else 0, wide + 1, (n, m))
    allowed = rng.random((n, m)) < rng.choice([0.0, 0.3, 0.7, 1.0], p=[0.05, 0.25, 0.35, 0.35])
    capacity = rng.integers(0, int(rng.integers(1, 4)) + 1, m)
    demand = rng.integers(0, 4, n) if rng.random() < 0.5 else np.ones(n, int)
    return Program(scores, allowed, capacity, demand, some_locks(rng, allowed, capacity, demand))


def some_locks(rng, allowed, capacity, demand):
    if rng.random() < 0.6:
        return []
    places, wanted, locked = capacity.copy(), demand.copy(), []
    for i, j in rng.permutation(np.argwhere(allowed)).tolist():
        if places[j] and wanted[i] and rng.random() < 0.4:
            locked.append((i, j))
            places[j] -= 1
            wanted[i] -= 1
    return locked


def as_features(rng, program):
    """The same scores as a product of whole features, closed pairs as single ones."""
    n, m = program.scores.shape
    none = np.zeros((n, 1), int), np.zeros((1, m), int)
    left, right = np.hstack([np.eye(n, dtype=int), none[0]]), np.vstack([program.scores, none[1]])
    if rng.random() < 0.5:
        left, right = np.hstack([program.scores, none[0]]), np.vstack([np.eye(m, dtype=int), none[1]])
    rows, columns = np.nonzero(~program.allowed)
    return Features(
        np.ascontiguousarray(left, np.float32),
        np.ascontiguousarray(right.T, np.float32),
        rows,
        columns,
        np.full(len(rows), CLOSED),
    )


def check(program, found, objective):
    pairs = [tuple(pair) for pair in found.pairs.tolist()]
    best = best_of_all(program, objective)
    assert pairs == sorted(set(pairs))
    assert all(program.allowed[pair] for pair in pairs)
    assert set(program.locked) <= set(pairs)
    for side, room in ((0, program.demand), (1, program.capacity)):
        assert (np.bincount(found.pairs[:, side], minlength=len(room)) <= room).all()
    assert found.units == sum(int(program.scores[pair]) for pair in pairs)
    assert found.placed == len({mentee for mentee, _ in pairs})
    assert (found.units, found.bound_units, found.proven) == (best.total, best.total, True)
    if objective != "total":
        assert found.placed == best.placed
    if objective == "worst_off":
        assert found.floor == best.floor
        free = [int(program.scores[pair]) for pair in pairs if pair not in program.locked]
        assert best.floor is None or min(free) >= best.floor


@pytest.fixture
def small_steps(monkeypatch):
    """Programs of some people go the way of those of thousands: sampled, in many blocks, few candidates."""
    monkeypatch.setattr(pricing, "SAMPLE_FROM", 3)
    monkeypatch.setattr(pricing, "SAMPLE", 2)
    monkeypatch.setattr(pricing, "CELLS", 6)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_table_is_matched_as_well_as_trying_everything(objective):
    rng = np.random.default_rng(201)
    for _ in range(1500):
        program = drawn(rng)
        found = assign(
            program.scores,
            program.capacity,
            program.demand,
            program.allowed,
            objective,
            locked=program.locked,
        )
        check(program, found, objective)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_scores_held_in_blocks_are_matched_as_well_as_trying_everything(small_steps, objective):
    rng = np.random.default_rng(202)
    for _ in range(500):
        program = drawn(rng, 7, 5)
        source = Dense(np.where(program.allowed, program.scores, NEVER).astype(np.int64))
        found = assign_source(
            source, program.capacity, program.demand, objective, largest=50, locked=program.locked
        )
        check(program, found, objective)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_scores_worked_out_in_blocks_are_matched_as_well_as_trying_everything(small_steps, objective):
    rng = np.random.default_rng(203)
    for _ in range(500):
        program = drawn(rng, 7, 5)
        found = assign_source(
            as_features(rng, program),
            program.capacity,
            program.demand,
            objective,
            locked=program.locked,
        )
        check(program, found, objective)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_more_places_than_people_or_people_than_places_are_matched_as_well(objective):
    rng = np.random.default_rng(204)
    for mentees, mentors in ((9, 1), (8, 2), (1, 8), (2, 6)):
        for _ in range(60):
            shape = mentees, mentors
            scores = rng.integers(-3, 4, shape)
            program = Program(
                scores, rng.random(shape) < 0.8, rng.integers(0, 4, mentors), rng.integers(0, 4, mentees), []
            )
            found = assign(program.scores, program.capacity, program.demand, program.allowed, objective)
            check(program, found, objective)
