"""What is stored with groups proves the plan to somebody who has neither engine nor solver, and nothing else."""

import ast
import copy
import json
from pathlib import Path

import numpy as np
import pytest

import matching.certificate_check.groups as checker
from matching.certificate_check.groups import PARTS, check_groups
from matching.engine.group_certificate import certify_groups
from tests.matching.test_engine_groups import OBJECTIVES, Program, mate_of, middle, small, with_locks


def stored(found):
    return json.loads(json.dumps(certify_groups(found)))


def checked(program, objective, certificate):
    return check_groups(
        program.scores,
        ~program.allowed,
        program.fewest,
        program.most,
        objective,
        certificate,
        locked=program.locked,
        apart=program.apart,
    )


def feasible(rng):
    while True:
        program = with_locks(rng, small(rng, 6)) if rng.random() < 0.4 else small(rng, 6)
        if any(program.every_plan()):
            return program


def hard(rng):
    """Sizes that fit badly and people apart: the proof needs a tree."""
    while True:
        program = Program(
            rng.integers(0, 1001, (14, 6)), np.full(6, 3), np.full(6, 4), rng.random((14, 6)) < 0.4
        )
        program.apart = [tuple(rng.choice(14, 2, replace=False).tolist()) for _ in range(12)]
        found = program.solved("total")
        if len(found.proof.nodes) > 1:
            return program, found


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_an_honest_certificate_holds_and_proves_the_plan(objective):
    rng = np.random.default_rng(71)
    for _ in range(200):
        program = feasible(rng)
        found = program.solved(objective)
        assert checked(program, objective, stored(found)) == ([], found.units, found.bound_units, True)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_tree_of_prices_holds_where_one_set_of_prices_does_not_prove_it(objective):
    rng = np.random.default_rng(72)
    for _ in range(5):
        program, _ = hard(rng)
        found = program.solved(objective)
        assert checked(program, objective, stored(found)) == ([], found.units, found.units, True)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_plan_that_time_cut_short_is_right_but_not_called_proven(objective):
    rng = np.random.default_rng(73)
    program = middle(rng, 60, 15)
    found = program.solved(objective, seconds=0)
    problems, value, bound, proven = checked(program, objective, stored(found))
    assert (problems, value, bound, proven) == ([], found.units, found.bound_units, False)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_no_prices_and_no_tree_whatsoever_prove_less_than_the_truth(objective):
    rng = np.random.default_rng(74)
    higher = 0
    for _ in range(300):
        program = feasible(rng)
        plans = list(program.every_plan())
        mate = plans[int(rng.integers(len(plans)))]
        pairs = [[i, j, int(program.scores[i, j])] for i, j in enumerate(mate) if j >= 0]
        free = [score for i, j, score in pairs if (i, j) not in program.locked]
        floor = min(free, default=None) if objective == "worst_off" else None
        forged = {
            "parts": PARTS,
            "pairs": pairs,
            "placed": len(pairs),
            "placed_bound": None if objective == "total" else len(pairs),
            "value": sum(score for _, _, score in pairs),
            "bound": 0,
            "proven": True,
            "floor": floor,
            "floor_proven": True,
            "proof": any_proof(rng, program, 10_000),
            "proof_placed": any_proof(rng, program, 1),
            "proof_above": any_proof(rng, program, 1),
        }
        forged["bound"] = checked(program, objective, forged)[2]
        problems, value, bound, proven = checked(program, objective, forged)
        truth = best_beside(program, plans, mate, objective, floor)
        assert value == forged["value"]
        assert bound >= truth
        best = max(program.merit(plan, objective) for plan in plans)
        if proven:
            assert (problems, program.merit(mate, objective)) == ([], best)
        higher += bound > truth
    assert higher > 50


def best_beside(program, plans, mate, objective, floor):
    """The greatest total of plans that place as many, with no free pair below the floor."""
    placed = sum(j >= 0 for j in mate) if objective != "total" else 0
    totals = [
        sum(int(program.scores[i, j]) for i, j in enumerate(plan) if j >= 0)
        for plan in plans
        if sum(j >= 0 for j in plan) >= placed
        and all(
            floor is None or j < 0 or (i, j) in program.locked or program.scores[i, j] >= floor
            for i, j in enumerate(plan)
        )
    ]
    return max(totals)


def any_proof(rng, program, width):
    n, m = program.scores.shape
    kept_apart = sorted({(min(pair), max(pair)) for pair in program.apart})

    def prices():
        dear = (rng.random(n) * width * 2 * PARTS).astype(int)
        apart = [
            [list(pair), int(rng.integers(m)), int(rng.integers(width * PARTS))]
            for pair in kept_apart
            if m and rng.random() < 0.5
        ]
        bonus = int(rng.integers(-width, width + 1)) * PARTS
        return {"multipliers": [[i, int(dear[i])] for i in range(n)], "bonus": bonus, "apart": apart}

    nodes = [prices()]
    for _ in range(int(rng.integers(0, 4)) if n and m else 0):
        at = len(nodes) - 1
        mentee = int(rng.integers(n)) if rng.random() < 0.5 else None
        nodes[at] = {"host": int(rng.integers(m)), "mentee": mentee, "no": at + 1, "yes": at + 2}
        nodes += [prices(), prices()]
    return {"root": prices(), "nodes": nodes}


def test_the_prices_of_the_best_plan_do_not_prove_one_that_is_worth_a_unit_less():
    rng = np.random.default_rng(80)
    tried = 0
    while tried < 60:
        program = feasible(rng)
        found = program.solved("total")
        almost = [mate for mate in program.every_plan() if program.merit(mate, "total") == (found.units - 1,)]
        if not almost:
            continue
        tried += 1
        pairs = [[i, j, int(program.scores[i, j])] for i, j in enumerate(almost[0]) if j >= 0]
        less = {**stored(found), "pairs": pairs, "placed": len(pairs), "value": found.units - 1}
        for claimed in (found.units - 1, found.units):
            _, value, bound, proven = checked(program, "total", {**less, "bound": claimed})
            assert (value, bound >= found.units, proven) == (found.units - 1, True, False)


def test_a_bonus_is_taken_off_for_no_more_people_than_have_to_be_placed():
    """The sizes leave room for two, but the second could only join the first, from whom they are kept apart."""
    program = Program(
        np.array([[10, 10, 4, 0], [0, 0, 0, 5]]),
        np.array([1, 1, 1, 2]),
        np.array([1, 1, 1, 2]),
        np.array([[True, True, True, True], [False, False, False, True]]),
        apart=[(0, 1)],
    )
    best = program.solved("coverage")
    assert (best.units, best.placed, best.proven) == (10, 1, True)
    worse = {**stored(best), "pairs": [[0, 2, 4]], "value": 4, "proven": False}
    prices = {"multipliers": [[0, 15 * PARTS]], "bonus": 5 * PARTS, "apart": []}
    worse["proof"] = {"root": prices, "nodes": [prices]}
    assert checked(program, "coverage", worse) == ([], 4, 10, False)


def test_every_change_of_the_plan_is_found():
    rng = np.random.default_rng(75)
    program = middle(rng, 30, 6)
    program.apart = [(0, 1)]
    found = program.solved("coverage")
    honest = stored(found)
    mate = mate_of(found, 30)
    i = next(k for k in range(30) if mate[k] >= 0)
    elsewhere = next(j for j in range(6) if j != mate[i])

    def after(change):
        certificate = copy.deepcopy(honest)
        change(certificate)
        return checked(program, "coverage", certificate)[0]

    def put(name, value):
        return lambda certificate: certificate.__setitem__(name, value)

    rest = [pair for pair in honest["pairs"] if pair[0] != i]
    score = int(program.scores[i, elsewhere])
    assert after(lambda certificate: None) == []
    assert after(put("pairs", [[i, elsewhere, score], *rest])) != []
    assert "wrong_total" in after(put("pairs", rest))
    assert "pair_twice" in after(put("pairs", [*honest["pairs"], honest["pairs"][0]]))
    assert "too_many_groups" in after(put("pairs", [*honest["pairs"], [i, elsewhere, score]]))
    assert "wrong_score" in after(lambda c: c["pairs"][0].__setitem__(2, c["pairs"][0][2] + 1))
    assert "wrong_total" in after(put("value", honest["value"] + 1))
    assert "wrong_total" in after(put("placed", honest["placed"] - 1))
    assert "wrong_bound" in after(put("bound", honest["bound"] - 1))
    assert "placed_not_proven" in after(put("placed_bound", honest["placed_bound"] + 1))
    assert "wrong_claim" in after(put("proven", False))
    assert after(put("pairs", [[i, 99, 0], *rest])) == ["unreadable"]
    assert after(put("pairs", [[-1, 0, 0], *rest])) == ["unreadable"]
    assert after(put("pairs", None)) == ["unreadable"]
    assert after(put("parts", 1)) == ["unreadable"]
    assert after(lambda certificate: certificate.pop("proof")) == ["unreadable"]


def test_every_change_of_the_prices_that_matters_is_found():
    rng = np.random.default_rng(76)
    program, found = hard(rng)
    honest = stored(found)
    broken = 0
    leaves = [at for at, node in enumerate(honest["proof"]["nodes"]) if "host" not in node]
    for _ in range(60):
        certificate = copy.deepcopy(honest)
        node = certificate["proof"]["nodes"][leaves[int(rng.integers(len(leaves)))]]
        who = int(rng.integers(14))
        node["multipliers"] = [pair for pair in node["multipliers"] if pair[0] != who]
        node["multipliers"].append([who, 5000 * PARTS])
        problems, _, bound, proven = checked(program, "total", certificate)
        assert proven == (problems == [])
        assert problems in ([], ["wrong_bound", "wrong_claim"])
        assert bound >= found.units
        broken += not proven
    assert broken > 40


@pytest.mark.parametrize(
    "change",
    [
        lambda proof: proof["root"]["multipliers"].append([0, -PARTS]),
        lambda proof: proof["root"]["multipliers"].append([0, 1 << 62]),
        lambda proof: proof["root"]["multipliers"].append([0, 0.5]),
        lambda proof: proof["root"]["multipliers"].append([99, 1]),
        lambda proof: proof["root"].update(bonus=-(1 << 62)),
        lambda proof: proof["root"].update(apart=[[[2, 3, 4], 0, 1]]),
        lambda proof: proof["nodes"][0].update(no=0),
        lambda proof: proof["nodes"][0].update(yes=10_000),
        lambda proof: proof.update(nodes=[]),
    ],
)
def test_prices_and_trees_that_are_none_are_not_read(change):
    rng = np.random.default_rng(77)
    while True:
        program, found = hard(rng)
        if not {(2, 3), (3, 4), (2, 4)} <= {tuple(sorted(pair)) for pair in program.apart}:
            break
    certificate = stored(found)
    change(certificate["proof"])
    assert checked(program, "total", certificate) == (["unreadable"], 0, 0, False)


def test_another_question_is_not_what_was_proven():
    rng = np.random.default_rng(78)
    program = middle(rng, 30, 6)
    found = program.solved("coverage")
    certificate = stored(found)
    size = np.bincount(found.pairs[:, 1], minlength=6)
    host, mentee = int(found.pairs[0, 1]), int(found.pairs[0, 0])
    partner = int(next(i for i, j in found.pairs[1:].tolist() if j == host))

    def problems(**changes):
        return checked(Program(**{**vars(program), **changes}), "coverage", certificate)[0]

    dearer = program.scores.copy()
    dearer[mentee, host] += 1
    forbidden = program.allowed.copy()
    forbidden[mentee, host] = False
    smaller, larger = program.most.copy(), program.fewest.copy()
    smaller[host], larger[host] = size[host] - 1, size[host] + 1
    assert problems() == []
    assert "wrong_score" in problems(scores=dearer)
    assert "forbidden_pair" in problems(allowed=forbidden)
    assert "group_too_large" in problems(most=smaller)
    assert "group_too_small" in problems(fewest=larger, most=np.maximum(program.most, larger))
    assert "not_kept_apart" in problems(apart=[(mentee, partner)])
    free = next(j for j in range(6) if j != host and program.allowed[mentee, j])
    assert "lock_broken" in problems(locked=[(mentee, free)])


def test_a_floor_that_could_be_higher_or_is_broken_is_found():
    rng = np.random.default_rng(79)
    program = middle(rng, 30, 6)
    found = program.solved("worst_off")
    certificate = stored(found)
    assert checked(program, "worst_off", certificate)[0] == []
    lower = {**certificate, "floor": certificate["floor"] - 1000}
    assert "floor_not_proven" in checked(program, "worst_off", lower)[0]
    higher = {**certificate, "floor": certificate["floor"] + 1}
    assert "below_floor" in checked(program, "worst_off", higher)[0]
    unsure = {**certificate, "floor_proven": False}
    assert checked(program, "worst_off", unsure)[3] is False


def test_the_check_knows_neither_engine_nor_solver():
    tree = ast.parse(Path(checker.__file__).read_text())
    names = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert names == {"collections", "dataclasses", "numpy"}
