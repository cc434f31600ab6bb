"""The certificate: a checker that shares no code with the engine agrees with it, and falls for nothing."""

import ast
import copy
import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest

import matching.certificate_check
from matching.certificate_check import check
from matching.certificate_check.rules import forbidden
from matching.certificate_check.scores import units
from matching.engine import certificate as certificate_module
from matching.engine.certificate import certify, digest, people_of, run, snapshot
from matching.engine.errors import BadLocks, BadProfile
from matching.engine.rules import Override, Rule, Rules, judge
from matching.engine.scoring import score
from tests.matching.engine_people import program

RULES = Rules(today=date(2026, 3, 10))


def question(rng, mentees=12, mentors=6, **options):
    answers = options.pop("answers", 0.7)
    return snapshot(*program(rng, mentees, mentors, answers=answers), options.pop("rules", RULES), **options)


def resealed(certificate):
    plain = {name: value for name, value in certificate.items() if name != "digest"}
    return {**plain, "digest": digest(plain)}


def test_the_checker_imports_neither_the_engine_nor_a_solver():
    folder = Path(matching.certificate_check.__file__).parent
    imported = set()
    for file in folder.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                imported |= {name.name for name in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module)
    assert imported == {
        "collections",
        "collections.abc",
        "dataclasses",
        "datetime",
        "functools",
        "hashlib",
        "json",
        "matching.certificate_check.form",
        "matching.certificate_check.groups",
        "matching.certificate_check.peers",
        "matching.certificate_check.rules",
        "matching.certificate_check.scores",
        "matching.certificate_check.teams",
        "math",
        "numpy",
    }


def test_two_ways_of_scoring_and_judging_agree_on_every_pair():
    rng = np.random.default_rng(61)
    weighted = {
        "values": 3,
        "working_style": 1,
        "topics": 2.5,
        "preferences": 7,
        "practicality": 1,
        "experience": 2,
    }
    for answers in (1.0, 0.8, 0.5, 0.2, 0.0):
        for weights in (None, weighted):
            for _ in range(8):
                mentees, mentors = program(rng, *rng.integers(1, 14, 2), answers=answers)
                asked = snapshot(mentees, mentors, RULES, weights=weights, distance=(1, 4))
                rows = np.arange(len(mentees))
                ours = score(mentees, mentors, weights, distance=(1, 4)).table()
                assert units(asked)(rows).tolist() == ours.tolist()
                assert forbidden(asked)(rows).tolist() == (judge(mentees, mentors, RULES).mask() > 0).tolist()


@pytest.mark.parametrize("objective", ["coverage", "total", "worst_off"])
def test_an_honest_run_is_proven_best_by_the_checker(objective):
    rng = np.random.default_rng(62)
    floors = 0
    for _ in range(60):
        asked = question(
            rng, *rng.integers(0, 14, 2).tolist(), answers=rng.choice([0.3, 0.7]), objective=objective
        )
        outcome = run(asked)
        found = check(asked, outcome.certificate)
        assert found.problems == ()
        assert found.proven
        assert found.value == found.bound == outcome.result.units
        floors += bool(outcome.certificate["floor"])
    assert (floors > 20) == (objective == "worst_off")


@pytest.mark.parametrize("objective", ["coverage", "total", "worst_off"])
def test_a_run_with_locks_and_overrides_is_proven_too(objective):
    rng = np.random.default_rng(63)
    for _ in range(25):
        asked = question(rng, 10, 6, objective=objective)
        outcome = run(asked)
        closed = np.argwhere(outcome.verdict.mask() > 0)
        pairs = outcome.certificate["pairs"]
        overrides = tuple(
            Override(
                mentee=f"mentee-{i:04d}", mentor=f"mentor-{j:04d}", rule=rule, reason="Agreed with both."
            )
            for i, j in closed[:3].tolist()
            for rule in outcome.verdict.reasons(i, j)
            if rule not in (Rule.SAME_PERSON, Rule.SAFETY_BLOCK)
        )
        mentees, mentors, _ = people_of(asked)
        again = snapshot(
            mentees,
            mentors,
            Rules(today=RULES.today, overrides=overrides, switched_off=Rule.EXCLUDED),
            objective=objective,
            locked=[(a, b) for a, b, _ in pairs[:2]],
        )
        found = check(again, run(again).certificate)
        assert (found.problems, found.proven) == ((), True)


@pytest.mark.parametrize("objective", ["coverage", "total", "worst_off"])
def test_a_large_run_has_the_same_plan_and_a_certificate_as_good(monkeypatch, objective):
    rng = np.random.default_rng(75)
    for _ in range(8):
        asked = question(rng, 30, 18, objective=objective)
        direct = run(asked)
        pairs = [[a, b] for a, b, _ in direct.certificate["pairs"][:1]]
        asked["locked"] = pairs
        direct = run(asked)
        with monkeypatch.context() as patched:
            patched.setattr(certificate_module, "DIRECT", 0)
            large = run(asked)
        assert large.certificate["pairs"] == direct.certificate["pairs"]
        assert check(asked, large.certificate).proven


def test_a_snapshot_is_the_same_for_any_order_and_survives_json():
    rng = np.random.default_rng(64)
    mentees, mentors = program(rng, 9, 7)
    one = snapshot(mentees, mentors, RULES, locked=[("a", "b"), ("a", "a")])
    other = snapshot(mentees[::-1], mentors[::-1], RULES, locked=[("a", "a"), ("a", "b")])
    assert one == other == json.loads(json.dumps(one))
    again = people_of(json.loads(json.dumps(one)))
    assert sorted(again[0], key=lambda p: p.id) == sorted(mentees, key=lambda p: p.id)
    assert again[1] == sorted(mentors, key=lambda p: p.id)
    assert again[2] == RULES


def test_the_same_question_gives_the_same_certificate_in_any_order():
    rng = np.random.default_rng(65)
    mentees, mentors = program(rng, 25, 12, answers=0.4)
    one = run(snapshot(mentees, mentors, RULES)).certificate
    assert run(snapshot(mentees[::-1], mentors[::-1], RULES)).certificate == one
    assert json.loads(json.dumps(one)) == one


@pytest.fixture(scope="module")
def honest():
    asked = question(np.random.default_rng(66), 14, 8, objective="worst_off")
    certificate = run(asked).certificate
    assert check(asked, certificate).proven
    assert certificate["prices"]
    assert len(certificate["pairs"]) > 4
    return asked, certificate


def tampered(honest, change, *, reseal=True):
    asked, certificate = copy.deepcopy(honest)
    change(asked, certificate)
    return check(asked, resealed(certificate) if reseal else certificate)


def test_anything_changed_without_a_new_seal_is_noticed(honest):
    def change(asked, certificate):
        certificate["made_with"]["numpy"] = "0"

    assert tampered(honest, change, reseal=False).problems == ("certificate_changed",)


@pytest.mark.parametrize(
    ("what", "problem"),
    [
        ("drop a pair", "wrong_total"),
        ("swap two pairs", "wrong_score"),
        ("raise a score", "wrong_score"),
        ("raise the total", "wrong_total"),
        ("raise the bound", "wrong_bound"),
        ("change a price", "wrong_bound"),
        ("negative price", "wrong_price"),
        ("price of a stranger", "wrong_price"),
        ("double a pair", "pair_twice"),
        ("stranger", "stranger_in_plan"),
        ("other floor", "floor_not_proven"),
        ("higher floor", "below_floor"),
        ("weights", "question_changed"),
        ("profile", "question_changed"),
        ("capacity", "question_changed"),
        ("nonsense", "unreadable"),
    ],
)
def test_a_tampered_run_with_a_new_seal_is_rejected(honest, what, problem):
    def change(asked, certificate):
        pairs = certificate["pairs"]
        match what:
            case "drop a pair":
                pairs.pop()
            case "swap two pairs":
                pairs[0][1], pairs[1][1] = pairs[1][1], pairs[0][1]
            case "raise a score":
                pairs[0][2] += 1
            case "raise the total":
                certificate["value"] += 1
            case "raise the bound":
                certificate["bound"] += 1
            case "change a price":
                certificate["prices"][next(iter(certificate["prices"]))] -= 1
            case "negative price":
                certificate["prices"][next(iter(certificate["prices"]))] = -1
            case "price of a stranger":
                certificate["prices"]["nobody"] = 1
            case "double a pair":
                pairs.append(list(pairs[0]))
            case "stranger":
                pairs[0][0] = "nobody"
            case "other floor":
                certificate["floor"] = 0
            case "higher floor":
                certificate["floor"] += 1
            case "weights":
                asked["weights"]["topics"] = 31
            case "profile":
                asked["mentees"][0]["values"] = ["greed"]
            case "capacity":
                asked["mentors"][0]["capacity"] += 1
            case "nonsense":
                certificate["pairs"] = None

    found = tampered(honest, change)
    assert problem in found.problems
    assert not found.proven


def test_every_worse_plan_is_found_out_even_when_all_its_sums_are_right():
    rng = np.random.default_rng(67)
    tried = 0
    for _ in range(40):
        asked = question(rng, 8, 5)
        outcome = run(asked)
        plan = outcome.result.pairs.tolist()
        if len(plan) < 2:
            continue
        tried += 1
        worse = plan[:-1]
        rows, columns = zip(*worse, strict=True)
        value = int(outcome.scores.at(rows, columns).sum())
        certificate = copy.deepcopy(outcome.certificate)
        certificate["pairs"].pop()
        certificate["value"], certificate["placed"] = value, len(worse)
        for bonus in (certificate["bonus"], 0):
            certificate["bonus"] = bonus
            found = check(asked, resealed(certificate))
            certificate["bound"] = found.bound
            assert not check(asked, resealed(certificate)).proven
    assert tried > 20


def test_a_plan_that_places_fewer_people_than_could_be_is_found_out():
    rng = np.random.default_rng(68)
    for _ in range(20):
        asked = question(rng, 8, 5)
        certificate = run(asked).certificate
        *kept, dropped = certificate["pairs"]
        fewer = {
            **certificate,
            "pairs": kept,
            "placed": len(kept),
            "value": certificate["value"] - dropped[2],
            "bonus": 0,
        }
        for cover in ([], [person["id"] for person in asked["mentors"]], certificate["cover"], [dropped[1]]):
            found = check(asked, resealed({**fewer, "cover": cover}))
            assert "placed_not_proven" in found.problems
            assert not found.proven


def test_a_floor_that_leaves_somebody_out_is_not_proven():
    asked = question(np.random.default_rng(66), 14, 8, objective="worst_off")
    certificate = run(asked).certificate
    worst = min(units for _, _, units in certificate["pairs"])
    kept = [pair for pair in certificate["pairs"] if pair[2] > worst]
    claimed = {
        **certificate,
        "pairs": kept,
        "placed": len(kept),
        "value": sum(pair[2] for pair in kept),
        "floor": worst + 1,
    }
    claimed["bound"] = check(asked, resealed(claimed)).bound
    assert "placed_not_proven" in check(asked, resealed(claimed)).problems


def test_a_plan_that_breaks_a_hard_rule_or_a_lock_is_rejected():
    rng = np.random.default_rng(70)
    asked = question(rng, 14, 8)
    outcome = run(asked)
    rows = {person["id"]: at for at, person in enumerate(asked["mentees"])}
    columns = {person["id"]: at for at, person in enumerate(asked["mentors"])}
    closed = np.argwhere(outcome.verdict.mask() > 0)
    mentee, mentor = closed[0].tolist()
    earned = int(outcome.scores.at([mentee], [mentor])[0])
    certificate = copy.deepcopy(outcome.certificate)
    certificate["pairs"] = [[list(rows)[mentee], list(columns)[mentor], earned]]
    assert "forbidden_pair" in check(asked, resealed(certificate)).problems
    locked = copy.deepcopy(asked)
    open_ = np.argwhere(outcome.verdict.allowed())
    plan = {tuple(pair) for pair in outcome.result.pairs.tolist()}
    other = next(pair for pair in open_.tolist() if tuple(pair) not in plan)
    locked["locked"] = [[list(rows)[other[0]], list(columns)[other[1]]]]
    assert "lock_broken" in check(locked, outcome.certificate).problems


def test_more_mentees_than_places_are_rejected():
    asked = snapshot(*program(np.random.default_rng(71), 6, 2, hard=False), RULES)
    outcome = run(asked)
    certificate = copy.deepcopy(outcome.certificate)
    mentor = asked["mentors"][0]["id"]
    certificate["pairs"] = [[person["id"], mentor, 0] for person in asked["mentees"]]
    assert "too_many_mentees" in check(asked, resealed(certificate)).problems
    certificate["pairs"] = [[asked["mentees"][0]["id"], person["id"], 0] for person in asked["mentors"]]
    assert "too_many_mentors" in check(asked, resealed(certificate)).problems


def test_an_override_without_a_reason_or_of_safety_is_unreadable():
    asked = question(np.random.default_rng(72), 4, 3)
    certificate = run(asked).certificate
    for codes, reason in ((["hours"], " "), (["safety_block"], "Trust me.")):
        broken = copy.deepcopy(asked)
        broken["rules"]["overrides"] = [["mentee-0000", "mentor-0000", codes, reason]]
        assert check(broken, certificate).problems == ("unreadable",)


def test_strange_snapshots_are_named():
    asked = question(np.random.default_rng(73), 4, 3)
    strange = copy.deepcopy(asked)
    strange["mentees"][0]["shoe_size"] = 43
    with pytest.raises(BadProfile):
        run(strange)
    unlockable = copy.deepcopy(asked)
    unlockable["locked"] = [["mentee-0000", "nobody"]]
    with pytest.raises(BadLocks):
        run(unlockable)


def test_certify_names_people_and_not_rows():
    asked = question(np.random.default_rng(74), 5, 4)
    outcome = run(asked)
    again = certify(asked, outcome.scores, outcome.result)
    assert again == outcome.certificate
    ids = {person["id"] for side in ("mentees", "mentors") for person in asked[side]}
    assert {name for pair in again["pairs"] for name in pair[:2]} <= ids
    assert set(again["prices"]) <= ids
