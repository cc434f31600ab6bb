"""Peers from profiles to proof: the same scores in two ways, rules both ways, and no tampering passes."""

import copy
import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from matching.certificate_check import check
from matching.certificate_check.peers import scores_and_allowed
from matching.engine.cardinality import barrier, most_pairs
from matching.engine.certificate import digest, people_of, run
from matching.engine.errors import BadLocks
from matching.engine.mutual import both_roles, mutual_evidence, score_peers
from matching.engine.peer_certificate import peer_snapshot
from matching.engine.profiles import Person
from matching.engine.rules import Override, Rule, Rules, judge
from tests.matching.engine_people import person

RULES = Rules(today=date(2026, 3, 10))
OBJECTIVES = ["coverage", "total", "worst_off"]


def peers(rng, number, **options):
    ids = [f"mentee-{k:04d}" for k in range(number)]
    return [person(rng, "mentee", k, others=ids, **options) for k in range(number)]


def question(rng, number=9, *, rules=RULES, answers=0.7, **options):
    return peer_snapshot(peers(rng, number, answers=answers), rules, **options)


def resealed(certificate):
    plain = {name: value for name, value in certificate.items() if name != "digest"}
    return {**plain, "digest": digest(plain)}


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


def test_two_ways_of_scoring_and_judging_peers_agree():
    rng = np.random.default_rng(201)
    for answers in (1.0, 0.7, 0.3, 0.0):
        for _ in range(10):
            people = peers(rng, int(rng.integers(1, 14)), answers=answers)
            asked = peer_snapshot(people, RULES)
            table, allowed = scores_and_allowed(asked)
            asking, answering = both_roles(sorted(people, key=lambda p: p.id))
            assert table.tolist() == score_peers(asking).table().tolist() == table.T.tolist()
            assert allowed.tolist() == judge(asking, answering, RULES).allowed().tolist()
            assert allowed.tolist() == allowed.T.tolist()
            assert not allowed.diagonal().any()


def test_the_points_of_two_peers_are_the_same_from_both_sides_and_add_up():
    rng = np.random.default_rng(202)
    scores = score_peers(peers(rng, 15))
    rows, columns = np.triu_indices(15, 1)
    there, back = scores.points(rows, columns), scores.points(columns, rows)
    assert {name: units.tolist() for name, units in there.items()} == {
        name: units.tolist() for name, units in back.items()
    }
    assert sum(there.values()).tolist() == scores.table()[rows, columns].tolist()


def test_the_mean_of_two_directions_is_rounded_down():
    one = Person(id="a", role="mentee", topics_wanted={"law": 1}, topics_offered=frozenset({"music"}))
    other = Person(id="b", role="mentee", topics_wanted={"law": 1}, topics_offered=frozenset({"law"}))
    table = score_peers([one, other]).table()
    way = score_peers([one, other]).one_way.table()
    assert (way[0, 1], way[1, 0]) == (10_000, 0)
    assert table[0, 1] == table[1, 0] == 5_000


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_an_honest_run_of_peers_is_the_best_there_is_and_proven(objective):
    rng = np.random.default_rng(203)
    odd = 0
    for _ in range(60):
        asked = question(rng, int(rng.integers(0, 9)), answers=rng.choice([0.2, 0.7]), objective=objective)
        outcome = run(asked)
        found = check(asked, json.loads(json.dumps(outcome.certificate)))
        assert (found.problems, found.proven) == ((), True)
        assert found.value == found.bound == outcome.result.units
        table, allowed = outcome.scores.table(), outcome.verdict.allowed()

        def merit(pairing, table=table):
            units = [int(table[pair]) for pair in pairing]
            if objective == "total":
                return (sum(units),)
            worst = min(units, default=0) if objective == "worst_off" else 0
            return len(pairing), worst, sum(units)

        best = max(merit(pairing) for pairing in every_pairing(list(range(len(table))), allowed))
        assert merit([tuple(pair) for pair in outcome.result.pairs.tolist()]) == best
        odd += outcome.certificate["stand_in"] is not None
    assert (odd > 4) == (objective != "total")


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_locks_exceptions_and_a_smallest_score_are_proven_too(objective):
    rng = np.random.default_rng(204)
    for _ in range(20):
        people = peers(rng, 9)
        asked = peer_snapshot(people, RULES, objective=objective)
        outcome = run(asked)
        names = outcome.scores.mentees
        overrides = tuple(
            Override(mentee=names[i], mentor=names[j], rule=rule, reason="Agreed with both.")
            for i, j in np.argwhere(np.triu(outcome.verdict.mask(), 1) > 0)[:3].tolist()
            for rule in outcome.verdict.reasons(i, j)
            if rule not in (Rule.SAME_PERSON, Rule.SAFETY_BLOCK)
        )
        pairs = outcome.certificate["pairs"]
        again = peer_snapshot(
            people,
            replace(RULES, overrides=overrides),
            objective=objective,
            locked=[(b, a) for a, b, _ in pairs[:1]],
            minimum_score=4_000,
        )
        found = run(again)
        checked = check(again, found.certificate)
        assert (checked.problems, checked.proven) == ((), True)
        held = {frozenset(pair[:2]) for pair in found.certificate["pairs"]}
        assert {frozenset(pair[:2]) for pair in pairs[:1]} <= held
        free = [units for a, b, units in found.certificate["pairs"] if sorted([a, b]) not in again["locked"]]
        assert all(units >= 4_000 for units in free)


def test_an_exception_for_two_peers_holds_in_whichever_order_they_are_named():
    people = [
        Person(id=id, role="mentee", languages=frozenset({tongue}))
        for id, tongue in (("a", "en"), ("b", "de"))
    ]
    for mentee, mentor in (("a", "b"), ("b", "a")):
        spared = Override(mentee=mentee, mentor=mentor, rule=Rule.LANGUAGE, reason="Both speak French.")
        asked = peer_snapshot(people, replace(RULES, overrides=(spared,)))
        outcome = run(asked)
        assert outcome.certificate["placed"] == 2
        assert check(asked, outcome.certificate).proven


def test_peers_are_paired_alike_in_any_order():
    rng = np.random.default_rng(205)
    people = peers(rng, 21, answers=0.4)
    one = peer_snapshot(people, RULES, locked=[])
    assert one == peer_snapshot(people[::-1], RULES) == json.loads(json.dumps(one))
    assert run(one).certificate == run(peer_snapshot(people[::-1], RULES)).certificate
    assert people_of(one)[0] == sorted(people, key=lambda p: p.id)


def test_a_lock_with_a_stranger_or_against_a_rule_is_refused():
    people = [Person(id=id, role="mentee") for id in ("a", "b")]
    with pytest.raises(BadLocks):
        run(peer_snapshot(people, RULES, locked=[("a", "z")]))
    people[0] = replace(people[0], blocked=frozenset({"b"}))
    with pytest.raises(BadLocks):
        run(peer_snapshot(people, RULES, locked=[("a", "b")]))


@pytest.fixture(scope="module")
def honest():
    """Odd in number, with odd sets in its proof and a floor."""
    rng = np.random.default_rng(206)
    for _ in range(200):
        asked = question(rng, 11, answers=0.9, objective="worst_off")
        certificate = run(asked).certificate
        if certificate["floor"] and certificate["prices"] and len(certificate["pairs"]) == 5:
            assert check(asked, certificate).proven
            return asked, certificate
    raise AssertionError("No such instance.")


@pytest.mark.parametrize(
    ("what", "problem"),
    [
        ("drop a pair", "wrong_total"),
        ("swap partners", "wrong_score"),
        ("raise a score", "wrong_score"),
        ("raise the total", "wrong_total"),
        ("raise the bound", "wrong_bound"),
        ("lower a price", "wrong_price"),
        ("lower all parts", "wrong_price"),
        ("negative price", "wrong_price"),
        ("price of a stranger", "stranger_in_plan"),
        ("somebody in two pairs", "person_in_two_pairs"),
        ("a stranger in the plan", "stranger_in_plan"),
        ("an even set", "wrong_price"),
        ("no floor", "floor_not_proven"),
        ("higher floor", "below_floor"),
        ("lower floor", "floor_not_proven"),
        ("another cover", "placed_not_proven"),
        ("weights", "question_changed"),
        ("profile", "question_changed"),
        ("nonsense", "unreadable"),
    ],
)
def test_a_tampered_run_of_peers_with_a_new_seal_is_rejected(honest, what, problem):
    asked, certificate = copy.deepcopy(honest)
    pairs, prices = certificate["pairs"], certificate["prices"]
    dearest = max(prices, key=prices.get)
    match what:
        case "drop a pair":
            pairs.pop()
        case "swap partners":
            pairs[0][1], pairs[1][1] = pairs[1][1], pairs[0][1]
        case "raise a score":
            pairs[0][2] += 1
        case "raise the total":
            certificate["value"] += 1
        case "raise the bound":
            certificate["bound"] += 1
        case "lower a price":
            prices[dearest] -= certificate["parts"] * certificate["bonus"]
        case "lower all parts":
            certificate["parts"] *= 2
        case "negative price":
            prices[dearest] = -1
        case "price of a stranger":
            prices["nobody"] = 1
        case "somebody in two pairs":
            pairs[1][0] = pairs[0][0]
        case "a stranger in the plan":
            pairs[0][0] = "nobody"
        case "an even set":
            certificate["sets"].append([[pairs[0][0], pairs[0][1]], 2**50])
        case "no floor":
            certificate["floor"] = None
        case "higher floor":
            certificate["floor"] = max(units for _, _, units in pairs) + 1
        case "lower floor":
            certificate["floor"] = 0
        case "another cover":
            certificate["cover"] = [pairs[0][0], pairs[1][0], pairs[2][0]]
        case "weights":
            asked["weights"]["topics"] = 31
        case "profile":
            asked["people"][0]["values"] = ["greed"]
        case "nonsense":
            certificate["pairs"] = None

    found = check(asked, resealed(certificate))
    assert problem in found.problems
    assert not found.proven


def test_every_worse_plan_of_peers_is_found_out_even_when_all_its_sums_are_right():
    rng = np.random.default_rng(207)
    tried = 0
    for _ in range(40):
        asked = question(rng, 8)
        outcome = run(asked)
        table, allowed = outcome.scores.table(), outcome.verdict.allowed()
        names = outcome.scores.mentees
        best = [tuple(pair) for pair in outcome.result.pairs.tolist()]
        for pairing in every_pairing(list(range(8)), allowed):
            value = sum(int(table[pair]) for pair in pairing)
            if (len(pairing), value) == (len(best), outcome.result.units):
                continue
            certificate = copy.deepcopy(outcome.certificate)
            certificate["pairs"] = [[names[i], names[j], int(table[i, j])] for i, j in pairing]
            certificate |= {"value": value, "placed": 2 * len(pairing)}
            for bound in (value, certificate["bound"]):
                assert not check(asked, resealed({**certificate, "bound": bound})).proven
            tried += 1
            if tried % 40 == 0:
                break
    assert tried > 400


def test_a_barrier_proves_how_many_pairs_there_can_be():
    def odd_groups(open_, left):
        left, odd = set(left), 0
        while left:
            ahead, size = [left.pop()], 1
            while ahead:
                for other in np.flatnonzero(open_[ahead.pop()]).tolist():
                    if other in left:
                        left.remove(other)
                        ahead.append(other)
                        size += 1
            odd += size % 2
        return odd

    rng = np.random.default_rng(208)
    for _ in range(600):
        n = int(rng.integers(0, 13))
        open_ = np.triu(rng.random((n, n)) < rng.choice([0.1, 0.2, 0.4]), 1)
        open_ |= open_.T
        out = barrier(open_)
        odd = odd_groups(open_, np.flatnonzero(~out).tolist())
        assert (n + int(out.sum()) - odd) // 2 == most_pairs(open_)


def test_what_peers_can_help_each_other_with_is_said_once_for_each():
    one = Person(
        id="a", role="mentee", topics_wanted={"law": 1, "speaking": 2}, topics_offered=frozenset({"budget"})
    )
    other = Person(id="b", role="mentee", topics_wanted={"budget": 1}, topics_offered=frozenset({"law"}))
    topics = [fact for fact in mutual_evidence(one, other) if fact.criterion == "topics"]
    assert [(fact.code, fact.details) for fact in topics] == [
        ("topics_helped", {"covered": ["law"], "of": 2}),
        ("topics_helped", {"covered": ["budget"], "of": 1}),
    ]
    stranger = replace(other, topics_wanted={"music": 1}, topics_offered=frozenset({"music"}))
    topics = [fact for fact in mutual_evidence(one, stranger) if fact.criterion == "topics"]
    assert [(fact.code, fact.warning) for fact in topics] == [("topics_none", True)]
