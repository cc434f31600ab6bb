"""Groups from profiles to proof: teams, who shares a group with whom, and no tampering passes."""

import copy
import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from matching.certificate_check import check
from matching.engine.certificate import digest, run, snapshot
from matching.engine.errors import BadLocks
from matching.engine.group_question import Sizes, group_snapshot, kept_apart
from matching.engine.profiles import Person
from matching.engine.rules import Rules
from tests.matching.engine_people import person, program

RULES = Rules(today=date(2026, 3, 10))
OBJECTIVES = ["coverage", "total", "worst_off"]


def question(rng, mentees=14, mentors=5, sizes=Sizes(2, 4), **options):  # noqa: B008
    everybody = [f"mentee-{k:04d}" for k in range(mentees)]
    asking = [person(rng, "mentee", k, others=everybody, answers=0.8) for k in range(mentees)]
    _, answering = program(rng, mentees, mentors, answers=0.8)
    return group_snapshot(snapshot(asking, answering, RULES, **options), sizes)


def resealed(certificate):
    plain = {name: value for name, value in certificate.items() if name != "digest"}
    return {**plain, "digest": digest(plain)}


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("mentors", [1, 2, 3])
def test_an_honest_run_of_groups_is_proven_by_the_checker(objective, mentors):
    rng = np.random.default_rng(301)
    opened = 0
    for _ in range(8):
        asked = question(rng, sizes=Sizes(2, 4, mentors), objective=objective)
        outcome = run(asked)
        found = check(asked, json.loads(json.dumps(outcome.certificate)))
        assert (found.problems, found.proven) == ((), True)
        assert found.value == found.bound == outcome.result.units
        sizes = np.bincount(outcome.result.groups.pairs[:, 1], minlength=len(outcome.result.teams))
        assert set(sizes.tolist()) <= {0, 2, 3, 4}
        assert all(len(team) <= mentors for team in outcome.result.teams)
        opened += int((sizes > 0).sum())
    assert opened > 8


def test_nobody_shares_a_group_with_whom_they_must_be_kept_from():
    rng = np.random.default_rng(302)
    together = 0
    for _ in range(15):
        asked = question(rng, 12, 4, Sizes(2, 6))
        outcome = run(asked)
        mentees = asked["mentees"]
        for host in range(len(outcome.result.teams)):
            group = [row for row, at in outcome.result.groups.pairs.tolist() if at == host]
            for one in group:
                others = {mentees[other]["id"] for other in group if other != one}
                assert not others & set(mentees[one].get("blocked", ()))
                assert not others & set(mentees[one].get("excludes", ()))
                assert not others & set(mentees[one].get("reports_to", ()))
                together += len(others)
    assert together > 100


def test_languages_and_hours_keep_nobody_from_sharing_a_group():
    people = [Person(id=id, role="mentee", languages=frozenset({id})) for id in "abc"]
    people[0] = replace(people[0], blocked=frozenset({"b"}))
    apart = kept_apart(people, RULES)
    assert np.argwhere(apart).tolist() == [[0, 1], [1, 0]]


def test_a_lock_puts_somebody_in_the_group_that_a_mentor_leads():
    rng = np.random.default_rng(303)
    asked = question(rng, sizes=Sizes(2, 4, 2))
    outcome = run(asked)
    allowed = np.argwhere(outcome.verdict.allowed())
    mentee, mentor = allowed[0].tolist()
    team = next(host for host, team in enumerate(outcome.result.teams) if mentor in team)
    if not all(outcome.verdict.allowed()[mentee, row] for row in outcome.result.teams[team]):
        pytest.fail("The instance has no such lock.")
    again = {**asked, "locked": [[asked["mentees"][mentee]["id"], asked["mentors"][mentor]["id"]]]}
    found = run(again)
    assert [mentee, team] in found.result.groups.pairs.tolist()
    assert check(again, found.certificate).proven
    with pytest.raises(BadLocks):
        run({**asked, "locked": [["nobody", asked["mentors"][0]["id"]]]})


def test_below_the_smallest_score_nobody_is_placed():
    rng = np.random.default_rng(304)
    asked = question(rng, minimum_score=5_500)
    outcome = run(asked)
    assert all(units >= 5_500 for _, _, units in outcome.certificate["pairs"])
    assert check(asked, outcome.certificate).proven
    low = run({**asked, "minimum_score": 0})
    assert low.result.groups.placed >= outcome.result.groups.placed


def test_the_same_people_give_the_same_groups_in_any_order():
    rng = np.random.default_rng(305)
    mentees, mentors = program(rng, 15, 6)
    one = group_snapshot(snapshot(mentees, mentors, RULES), Sizes(2, 5, 2))
    other = group_snapshot(snapshot(mentees[::-1], mentors[::-1], RULES), Sizes(2, 5, 2))
    assert one == other
    assert run(one).certificate == run(other).certificate


@pytest.fixture(scope="module")
def honest():
    asked = question(np.random.default_rng(306), sizes=Sizes(2, 4, 2))
    certificate = run(asked).certificate
    assert check(asked, certificate).proven
    assert len(certificate["pairs"]) > 5
    return asked, certificate


@pytest.mark.parametrize(
    ("what", "problem"),
    [
        ("drop a mentee", "wrong_total"),
        ("raise a score", "wrong_score"),
        ("raise the bound", "wrong_bound"),
        ("break up a team", "mentor_not_in_one_team"),
        ("everybody in one team", "team_too_large"),
        ("a stranger leads", "stranger_in_plan"),
        ("sizes", "question_changed"),
        ("profile", "question_changed"),
        ("nonsense", "unreadable"),
    ],
)
def test_a_tampered_run_of_groups_with_a_new_seal_is_rejected(honest, what, problem):
    asked, certificate = copy.deepcopy(honest)
    match what:
        case "drop a mentee":
            certificate["pairs"].pop()
        case "raise a score":
            certificate["pairs"][0][2] += 1
        case "raise the bound":
            certificate["bound"] += 1
        case "break up a team":
            next(team for team in certificate["teams"] if len(team) > 1).pop()
        case "everybody in one team":
            certificate["teams"][0] = [person["id"] for person in asked["mentors"]]
        case "a stranger leads":
            certificate["teams"][0][0] = "nobody"
        case "sizes":
            asked["group"]["most"] += 1
        case "profile":
            asked["mentees"][0]["values"] = ["greed"]
        case "nonsense":
            certificate["pairs"] = None
    found = check(asked, resealed(certificate))
    assert problem in found.problems
    assert not found.proven


def test_a_team_whose_members_must_be_kept_apart_is_rejected(honest):
    asked, certificate = copy.deepcopy(honest)
    one, other, *_ = next(team for team in certificate["teams"] if len(team) > 1)
    next(person for person in asked["mentors"] if person["id"] == one)["blocked"] = [other]
    certificate["question"] = digest(asked)
    assert "forbidden_team" in check(asked, resealed(certificate)).problems
