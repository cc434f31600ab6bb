"""Explanations: what they say has been carried out, and carrying it out again gives what they said."""

from datetime import date

import numpy as np
import pytest

from matching.engine import assign
from matching.engine.cases import case
from matching.engine.explain import alternatives, blocked, effect, moves, slack, unmatched
from matching.engine.rules import NEVER_OVERRIDDEN, Rule, Rules, judge
from matching.engine.scoring import score
from tests.matching.engine_people import program

OBJECTIVES = ("coverage", "total", "worst_off")


def solved(units, capacity, demand=1, mask=None, objective="coverage", locked=()):
    units = np.asarray(units)
    mask = np.zeros(units.shape, np.uint8) if mask is None else np.asarray(mask, np.uint8)
    result = assign(units, capacity, demand, mask == 0, objective, locked=locked)
    return case(units, mask, capacity, demand, result, locked=tuple(locked))


def random_case(rng, objective):
    n, m = int(rng.integers(2, 9)), int(rng.integers(1, 6))
    mask = (rng.random((n, m)) < 0.4) * rng.choice([1, 2, 4, 8, 32, 64, 96, 36], (n, m))
    return solved(
        rng.integers(-5 if rng.random() < 0.3 else 0, 40, (n, m)),
        rng.integers(0, 3, m),
        rng.integers(0, 3, n),
        mask,
        objective,
    )


def without(of):
    return sorted(set(range(len(of.demand))) - set(of.result.pairs[:, 0].tolist()))


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_named_remedy_carried_out_places_the_person(objective):
    rng = np.random.default_rng(51)
    kinds = set()
    for _ in range(120):
        of = random_case(rng, objective)
        for mentee in without(of):
            found = unmatched(of, mentee)
            for remedy in found.remedies:
                kinds.add(remedy.kind)
                capacity, mask = of.capacity.copy(), of.mask.copy()
                capacity[remedy.mentor] += remedy.places
                for rule in remedy.rules:
                    assert not rule & NEVER_OVERRIDDEN
                    mask[mentee, remedy.mentor] &= ~np.uint8(rule)
                again = assign(of.units, capacity, of.demand, mask == 0, objective)
                assert mentee in again.pairs[:, 0]
                assert (remedy.places > 0) == ("place" in remedy.kind)
                assert bool(remedy.rules) == ("override" in remedy.kind)
    assert kinds == {"place", "override", "override_and_place"}


def test_everybody_whom_more_places_or_an_override_could_help_is_told_so():
    rng = np.random.default_rng(52)
    for _ in range(120):
        of = random_case(rng, "coverage")
        for mentee in without(of):
            found = unmatched(of, mentee)
            helped = of.demand[mentee] > 0 and ((of.mask[mentee] & int(NEVER_OVERRIDDEN)) == 0).any()
            assert bool(found.remedies) == helped


def test_the_reason_is_the_true_one():
    own = solved([[5]], [1], 0)
    assert unmatched(own, 0).reason == "own_choice"
    closed = solved([[5, 6, 7]], [1, 1, 1], mask=[[int(Rule.LANGUAGE), int(Rule.LANGUAGE | Rule.HOURS), 64]])
    found = unmatched(closed, 0)
    assert (found.reason, found.allowed) == ("forbidden", 0)
    assert found.blocked_by == ((Rule.LANGUAGE, 2), (Rule.HOURS, 2))
    assert found.only_by == ((Rule.LANGUAGE, 1), (Rule.HOURS, 1))
    assert [(r.kind, r.mentor, r.rules) for r in found.remedies] == [("override", 2, (Rule.HOURS,))]
    full = solved([[5], [9]], [1])
    found = unmatched(full, 0)
    assert (found.reason, found.allowed) == ("full", 1)
    assert [(t.mentor, t.units, t.held_by) for t in found.taken] == [(0, 5, ((1, 9),))]
    assert [(r.kind, r.mentor, r.places) for r in found.remedies] == [("place", 0, 1)]
    assert unmatched(solved([[-5]], [1], objective="total"), 0).reason == "no_gain"
    low = solved([[9, 1], [8, 1], [1, 1]], [1, 1], mask=[[0, 64], [0, 0], [0, 64]], objective="worst_off")
    assert unmatched(low, 2).reason in ("below_floor", "full")
    below = solved([[9, 9], [8, 8], [1, 1]], [1, 1], objective="worst_off")
    assert unmatched(below, 2).reason == "below_floor"


def test_a_person_at_the_end_of_the_queue_is_told_how_many_places_it_takes():
    found = unmatched(solved([[9], [8], [7], [1]], [1]), 3)
    assert [(r.kind, r.places) for r in found.remedies] == [("place", 3)]


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_an_alternative_costs_what_it_says_and_moves_whom_it_says(objective):
    rng = np.random.default_rng(53)
    seen = 0
    for _ in range(60):
        of = random_case(rng, objective)
        for mentee in np.flatnonzero(of.demand).tolist():
            for one in alternatives(of, mentee):
                seen += 1
                after = assign(
                    of.units, of.capacity, of.demand, of.mask == 0, objective, locked=[(mentee, one.mentor)]
                )
                assert one.units == of.units[mentee, one.mentor]
                assert one.loss == of.result.units - after.units
                assert one.people == of.result.placed - after.placed
                changed = moves(of.result, after, len(of.demand))
                assert one.moves == tuple(move for move in changed if move.mentee != mentee)
                assert one.mentor not in of.mentors_of(mentee)
    assert seen > 90


@pytest.mark.parametrize("objective", ["coverage", "total"])
def test_alternatives_of_a_larger_program_are_those_of_solving_all_of_it_again(objective):
    rng = np.random.default_rng(56)
    for share in (0.9, 0.2):
        mask = (rng.random((60, 30)) > share).astype(np.uint8) * 32
        of = solved(rng.integers(0, 1000, (60, 30)), rng.integers(0, 4, 30), 1, mask, objective)
        for mentee in range(0, 60, 7):
            for one in alternatives(of, mentee):
                after = of.solve(locked=[(mentee, one.mentor)])
                assert (one.loss, one.people) == (
                    of.result.units - after.units,
                    of.result.placed - after.placed,
                )
                changed = moves(of.result, after, 60)
                assert one.moves == tuple(move for move in changed if move.mentee != mentee)


def test_prices_never_promise_too_small_a_loss():
    rng = np.random.default_rng(54)
    for objective in ("coverage", "total"):
        for _ in range(40):
            of = random_case(rng, objective)
            least = slack(of, range(len(of.demand)))
            assert (least[of.result.pairs[:, 0], of.result.pairs[:, 1]] == 0).all()
            for mentee in np.flatnonzero(of.demand).tolist():
                for one in alternatives(of, mentee):
                    assert least[mentee, one.mentor] <= one.loss + one.people * of.result.bonus


def test_alternatives_respect_locks():
    of = solved([[9, 5, 1], [9, 8, 7]], [1, 1, 1], locked=[(1, 1)])
    assert [one.mentor for one in alternatives(of, 0)] == [2]


def test_the_best_forbidden_mentors_are_shown_with_their_rules():
    of = solved([[5, 9, 7, 8]], [1] * 4, mask=[[0, 64, 4, 96]])
    assert blocked(of, 0, 2) == [(1, 9, (Rule.HOURS,)), (3, 8, (Rule.LANGUAGE, Rule.HOURS))]


def test_two_plans_are_compared_by_total_people_and_who_changes():
    of = solved([[5, 3], [4, 1]], [1, 1])
    after = assign(of.units, [1, 0])
    change = effect(of.result, after, 2)
    assert (change.units, change.people) == (5 - 7, -1)
    assert [(m.mentee, m.before, m.after) for m in change.moves] == [(0, (1,), (0,)), (1, (0,), ())]


def test_a_program_of_people_is_explained_from_end_to_end():
    rng = np.random.default_rng(55)
    mentees, mentors = program(rng, 40, 12)
    scores, verdict = score(mentees, mentors), judge(mentees, mentors, Rules(today=date(2026, 3, 10)))
    capacity, demand = [p.capacity for p in mentors], [p.capacity for p in mentees]
    result = assign(scores.table(), capacity, demand, verdict.allowed())
    of = case(scores.table(), verdict.mask(), capacity, demand, result)
    assert result.proven
    assert {unmatched(of, row).reason for row in without(of)} <= {"forbidden", "full"}
    assert sum(len(unmatched(of, row).remedies) > 0 for row in without(of)) == len(without(of))
