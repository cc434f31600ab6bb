"""What cannot be worked with is said in a sentence before anything is solved; never a crash, never a guess."""

import copy
from datetime import date

import numpy as np
import pytest

from matching.engine import assign
from matching.engine.certificate import run, snapshot
from matching.engine.errors import (
    BadAllowed,
    BadCapacity,
    BadDemand,
    BadKeys,
    BadLocks,
    BadProfile,
    BadQuestion,
    BadRules,
    BadScores,
    BadWeights,
    UnknownObjective,
)
from matching.engine.large import assign_source
from matching.engine.peer_certificate import peer_snapshot
from matching.engine.peers import assign_peers
from matching.engine.rules import Rules
from matching.engine.sources import Dense, Features
from tests.matching.engine_people import program

NAN, INF = float("nan"), float("inf")
TABLE = [[1.0, 2.0], [3.0, 4.0]]
SQUARE = [[0, 1], [1, 0]]
RULES = Rules(today=date(2026, 3, 10))
OBJECTIVES = ("coverage", "total", "worst_off")


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize(
    ("error", "given"),
    [
        (BadScores, {"scores": None}),
        (BadScores, {"scores": []}),
        (BadScores, {"scores": "table"}),
        (BadScores, {"scores": [[10**400, 1], [1, 1]]}),
        (BadScores, {"scores": np.array([[2**64 - 1, 1], [1, 1]], np.uint64)}),
        (BadScores, {"scores": np.array([[-(2**63), 1], [1, 1]])}),
        (BadScores, {"scores": np.array([["2026-01-01"]], "M8[D]")}),
        (BadScores, {"scale": "fine"}),
        (BadScores, {"scale": INF}),
        (BadScores, {"scale": True}),
        (BadCapacity, {"capacity": None}),
        (BadCapacity, {"capacity": "2"}),
        (BadCapacity, {"capacity": True}),
        (BadCapacity, {"capacity": 10**30}),
        (BadCapacity, {"capacity": [[1, 1]]}),
        (BadCapacity, {"capacity": [1, 1, 1]}),
        (BadDemand, {"demand": None}),
        (BadDemand, {"demand": NAN}),
        (BadDemand, {"demand": [[1], [1, 2]]}),
        (BadAllowed, {"allowed": [[True], [True, False]]}),
        (BadAllowed, {"allowed": True}),
        (BadAllowed, {"allowed": "all"}),
        (BadKeys, {"mentee_keys": [None, None]}),
        (BadKeys, {"mentee_keys": ["1", 1]}),
        (BadKeys, {"mentor_keys": [["a"], ["b"]]}),
        (BadKeys, {"mentor_keys": 5}),
        (BadLocks, {"locked": None}),
        (BadLocks, {"locked": 5}),
        (BadLocks, {"locked": "ab"}),
        (BadLocks, {"locked": [(0, 1), (0,)]}),
        (BadLocks, {"locked": [(0, 1, 1)]}),
        (BadLocks, {"locked": [(0.0, 1.0)]}),
        (BadLocks, {"locked": [(NAN, 1)]}),
        (BadLocks, {"locked": [(0, 10**30)]}),
        (BadLocks, {"locked": [(True, False)]}),
    ],
)
def test_pairs_are_not_made_of_nonsense(error, given, objective):
    told = {"scores": TABLE, "capacity": 1, "objective": objective, **given}
    with pytest.raises(error) as caught:
        assign(told.pop("scores"), told.pop("capacity"), **told)
    assert str(caught.value)
    assert caught.value.field


@pytest.mark.parametrize("objective", [None, "", "Coverage", 3, ["coverage"]])
def test_an_objective_is_one_of_three(objective):
    for work in (
        lambda: assign(TABLE, 1, objective=objective),
        lambda: assign_source(Dense(np.ones((2, 2), np.int64)), 1, objective=objective, largest=1),
        lambda: assign_peers(SQUARE, objective=objective),
    ):
        with pytest.raises(UnknownObjective):
            work()


def features(a=((1,), (1,)), b=((1,), (1,))):
    none = np.zeros(0, np.int64)
    return Features(np.asarray(a, np.float32), np.asarray(b, np.float32), none, none, none)


def dense(scores):
    return Dense(np.asarray(scores))


@pytest.mark.parametrize(
    ("error", "source", "given"),
    [
        (BadScores, None, {}),
        (BadScores, np.ones((2, 2)), {}),
        (BadScores, features([[NAN], [1]]), {}),
        (BadScores, features([[NAN], [1]]), {"largest": 5}),
        (BadScores, features([[INF], [1]]), {}),
        (BadScores, features([[0.5], [1]]), {}),
        (BadScores, features([[1, 1], [1, 1]]), {}),
        (BadScores, features([[2**20], [1]]), {}),
        (BadScores, features(), {"largest": 2**20}),
        (BadScores, features(), {"largest": -1}),
        (BadScores, features(), {"largest": NAN}),
        (BadScores, features(), {"largest": "1"}),
        (BadScores, dense([[NAN, 1], [1, 1]]), {"largest": 5}),
        (BadScores, dense([[-INF, 1], [1, 1]]), {"largest": 5}),
        (BadScores, dense([[0.5, 1], [1, 1]]), {"largest": 5}),
        (BadScores, dense([1, 2]), {"largest": 5}),
        (BadScores, dense([[1, 2], [3, 4]]), {}),
        (BadScores, dense([[2**61, 1], [1, 1]]), {"largest": 2**61}),
        (BadScores, features(), {"start": np.zeros(5, np.int64)}),
        (BadScores, features(), {"start": np.array([-5, 1])}),
        (BadScores, features(), {"start": np.array([NAN, 1])}),
        (BadCapacity, features(), {"capacity": [1, NAN]}),
        (BadCapacity, features(), {"capacity": [1, 1, 1]}),
        (BadDemand, features(), {"demand": -1}),
        (BadKeys, features(), {"mentee_keys": ["a", "a"]}),
        (BadLocks, features(), {"locked": [(0, 0), (0, 1)]}),
        (BadLocks, features(), {"locked": [(0, 2)]}),
        (BadLocks, features(), {"locked": None}),
    ],
)
def test_blocks_are_not_made_of_nonsense(error, source, given):
    told = {"capacity": 1, **given}
    with pytest.raises(error) as caught:
        assign_source(source, told.pop("capacity"), **told)
    assert str(caught.value)


@pytest.mark.parametrize(
    ("error", "given"),
    [
        (BadScores, {"scores": None}),
        (BadScores, {"scores": []}),
        (BadScores, {"scores": [[1, 2]]}),
        (BadScores, {"scores": [[0, INF], [INF, 0]]}),
        (BadScores, {"scale": "fine"}),
        (BadAllowed, {"allowed": [[True], [True, True]]}),
        (BadAllowed, {"allowed": np.ones((3, 3), bool)}),
        (BadAllowed, {"allowed": True}),
        (BadKeys, {"keys": [None, None]}),
        (BadKeys, {"keys": ["1", 1]}),
        (BadLocks, {"locked": None}),
        (BadLocks, {"locked": [(0, 1), (1, 0)]}),
    ],
)
def test_peers_are_not_made_of_nonsense(error, given):
    told = {"scores": SQUARE, **given}
    with pytest.raises(error) as caught:
        assign_peers(told.pop("scores"), **told)
    assert str(caught.value)


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize(
    ("scores", "capacity", "demand"),
    [
        (np.zeros((0, 0)), [], []),
        (np.zeros((0, 4)), 1, []),
        (np.zeros((4, 0)), [], 1),
        (TABLE, 0, 1),
        (TABLE, 1, 0),
        (TABLE, 2**31 - 1, 2**31 - 1),
        ([[1.7e308, -1.7e308]], 1, 1),
        ([[1e300, 1e-300]], 1, 1),
        ([[5e-324]], 1, 1),
    ],
)
def test_what_is_unusual_but_clear_is_answered(scores, capacity, demand, objective):
    found = assign(scores, capacity, demand, objective=objective)
    assert found.proven
    assert len(found.pairs) <= np.size(scores)


@pytest.mark.parametrize("mentees", [0, 3])
@pytest.mark.parametrize("mentors", [0, 2])
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_program_of_one_side_or_none_is_answered_with_nobody_placed(mentees, mentors, objective):
    people = program(np.random.default_rng(701), mentees, mentors)
    found = run(snapshot(*people, RULES, objective=objective)).certificate
    assert (found["placed"] == 0) >= (mentees * mentors == 0)
    alone = run(peer_snapshot(people[0][:1], RULES, objective=objective)).certificate
    assert (alone["pairs"], alone["value"]) == ([], 0)


def asked(format="pairs"):
    mentees, mentors = program(np.random.default_rng(702), 4, 3)
    return peer_snapshot(mentees, RULES) if format == "peer" else snapshot(mentees, mentors, RULES)


@pytest.mark.parametrize("format", ["pairs", "peer"])
@pytest.mark.parametrize(
    ("error", "at", "value"),
    [
        (BadWeights, ("weights",), {}),
        (BadWeights, ("weights",), {"topics": 0}),
        (BadWeights, ("weights", "topics"), -1),
        (BadWeights, ("weights", "topics"), NAN),
        (BadWeights, ("weights", "topics"), INF),
        (BadWeights, ("weights", "topics"), 1e300),
        (BadWeights, ("weights", "topics"), "30"),
        (BadWeights, ("weights", "topics"), True),
        (BadWeights, ("weights", "charm"), 1),
        (BadQuestion, ("weights",), None),
        (BadQuestion, ("version",), 99),
        (BadQuestion, ("objective",), None),
        (UnknownObjective, ("objective",), "luck"),
        (BadQuestion, ("distance",), [12, 3]),
        (BadQuestion, ("distance",), [NAN, 3]),
        (BadQuestion, ("distance",), 3),
        (BadQuestion, ("minimum_score",), "low"),
        (BadQuestion, ("locked",), [["mentee-0000"]]),
        (BadQuestion, ("locked",), None),
        (BadLocks, ("locked",), [["mentee-0000", "nobody"]]),
        (BadRules, ("rules", "today"), "yesterday"),
        (BadRules, ("rules", "shared_minutes"), -1),
        (BadRules, ("rules", "shared_minutes"), "2 h"),
        (BadRules, ("rules", "switched_off"), ["safety_block"]),
        (BadRules, ("rules", "switched_off"), ["gravity"]),
        (BadRules, ("rules", "overrides"), [["mentee-0000", "mentor-0000", ["hours"], " "]]),
        (BadRules, ("rules", "overrides"), [["mentee-0000", "mentor-0000", ["hours"]]]),
        (BadRules, ("rules", "overrides"), [["mentee-0000", "mentor-0000", ["same_person"], "No."]]),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused_before_the_run(error, format, at, value):
    question = asked(format)
    held = question
    for name in at[:-1]:
        held = held[name]
    held[at[-1]] = value
    steps = []
    with pytest.raises(error) as caught:
        run(question, report=lambda step, *_: steps.append(step))
    assert str(caught.value)
    assert "solve" not in steps


@pytest.mark.parametrize(
    "change",
    [
        {"capacity": -1},
        {"capacity": NAN},
        {"capacity": 1.5},
        {"id": ""},
        {"id": None},
        {"experience": 1000},
        {"experience": NAN},
        {"learning_orientation": 9},
        {"working_style": {"pace": 0}},
        {"chosen": {"mentor-0000": 0}},
        {"mode": "telepathy"},
        {"hours": [[10, 5]]},
        {"hours": [[0]]},
        {"hours": 5},
        {"preferences": [["function", "maybe", []]]},
        {"preferences": [["function"]]},
        {"preferences": None},
        {"languages": "en"},
        {"ended_early_with": {"mentor-0000": "long ago"}},
        {"shoe_size": 43},
    ],
)
def test_a_person_who_cannot_be_understood_is_named_by_the_field(change):
    question = asked()
    question["mentees"][1].update(change)
    with pytest.raises(BadProfile) as caught:
        run(question)
    assert str(caught.value)


def test_somebody_listed_twice_is_refused():
    question = asked()
    question["mentees"].append(copy.deepcopy(question["mentees"][0]))
    with pytest.raises(BadKeys):
        run(question)


@pytest.mark.parametrize("format", ["pairs", "peer"])
def test_a_part_that_is_missing_is_named(format):
    for part in asked(format):
        question = asked(format)
        del question[part]
        with pytest.raises(BadQuestion) as caught:
            run(question)
        assert part in str(caught.value)


def test_locks_that_contradict_each_other_are_refused_with_the_reason():
    question = asked()
    question["mentors"][0]["capacity"] = 1
    mentees = [person["id"] for person in question["mentees"][:2]]
    for locked in (
        [[mentees[0], "mentor-0000"], [mentees[1], "mentor-0000"]],
        [[mentees[0], "mentor-0000"], [mentees[0], "mentor-0001"]],
        [[mentees[0], "mentor-0000"], [mentees[0], "mentor-0000"]],
    ):
        with pytest.raises(BadLocks):
            run({**question, "locked": locked})
    together = copy.deepcopy(question)
    together["mentees"][0]["blocked"] = ["mentor-0001"]
    with pytest.raises(BadLocks):
        run({**together, "locked": [[mentees[0], "mentor-0001"]]})
