"""Every single value of a small certificate and of its snapshot is changed, one after the other, and found out."""

import copy
from datetime import date

import numpy as np
import pytest

from matching.certificate_check import check
from matching.engine.certificate import run, snapshot
from matching.engine.errors import EngineError
from matching.engine.peer_certificate import peer_snapshot
from matching.engine.rules import Override, Rule, Rules
from matching.engine.written import digest, sealed
from tests.matching.engine_people import program

OBJECTIVES = ("coverage", "total", "worst_off")
RULES = Rules(
    today=date(2026, 3, 10),
    shared_minutes=60,
    switched_off=Rule.ENDED_EARLY,
    overrides=(
        Override(mentee="mentee-0000", mentor="mentor-0001", rule=Rule.HOURS, reason="They will find time."),
    ),
)
PEER_RULES = Rules(
    today=date(2026, 3, 10),
    overrides=(
        Override(mentee="mentee-0000", mentor="mentee-0001", rule=Rule.LANGUAGE, reason="They have a third."),
    ),
)


# What may be otherwise in a certificate that is as true: the proof, and the versions it says it was made with.
PROOF = ("bonus", "prices", "cover", "cover_above", "sets", "stand_in", "parts", "floor", "made_with")


def question(format, objective):
    rng = np.random.default_rng(501)
    mentees, mentors = program(rng, 4, 3, answers=0.7)
    if format == "peer":
        asked = peer_snapshot(mentees, PEER_RULES, objective=objective)
    else:
        asked = snapshot(mentees, mentors, RULES, objective=objective)
    first = run(asked).certificate["pairs"][0]
    asked["locked"] = [first[:2]]
    return asked


@pytest.fixture(scope="module", params=[(f, o) for f in ("pairs", "peer") for o in OBJECTIVES], ids="-".join)
def honest(request):
    asked = question(*request.param)
    certificate = run(asked).certificate
    found = check(asked, certificate)
    assert (found.problems, found.proven) == ((), True)
    assert len(certificate["pairs"]) >= 2
    return asked, certificate


def leaves(values, path=()):
    """The way to everything that holds nothing else."""
    if isinstance(values, dict | list) and values:
        for at in values if isinstance(values, dict) else range(len(values)):
            yield from leaves(values[at], (*path, at))
    else:
        yield path


def held(document, path):
    for at in path:
        document = document[at]
    return document


def otherwise(document, path):
    """The document with one leaf changed, in every way that keeps its kind, or taken away."""
    value = held(document, path)
    if isinstance(value, bool):
        others = [not value]
    elif isinstance(value, int | float):
        others = [value + 1, value - 1, 0, -value, value + 10**6, str(value)]
    elif isinstance(value, str):
        others = [value + "x", ""]
    else:
        others = [0, ["mentor-0000"], {"mentor-0000": 1}]
    for other in others:
        if other != value:
            changed = copy.deepcopy(document)
            held(changed, path[:-1])[path[-1]] = other
            yield changed
    changed = copy.deepcopy(document)
    del held(changed, path[:-1])[path[-1]]
    yield changed


def changes(document, ways=None):
    """Each way to a leaf with the documents in which it is another, or with so many of them in turn."""
    for number, path in enumerate(leaves(document)):
        every = list(otherwise(document, path))
        for way in range(len(every) if ways is None else min(ways, len(every))):
            yield path, every[(number + way) % len(every)]


def resealed(certificate):
    return sealed({name: value for name, value in certificate.items() if name != "digest"})


def test_no_value_of_a_certificate_can_be_changed_under_its_seal(honest):
    asked, certificate = honest
    tried = 0
    for path, changed in changes(certificate):
        found = check(asked, changed)
        assert not found.proven, path
        assert {"certificate_changed", "question_changed", "unreadable"} & set(found.problems), path
        tried += 1
    assert tried > 60


def test_no_value_of_a_snapshot_can_be_changed_under_the_seal(honest):
    asked, certificate = honest
    tried = 0
    for path, changed in changes(asked, ways=1):
        found = check(changed, certificate)
        assert not found.proven, path
        assert {"question_changed", "unreadable"} & set(found.problems), path
        tried += 1
    assert tried > 100


def plan_of(certificate):
    return [tuple(pair) for pair in certificate["pairs"]]


def test_a_changed_certificate_with_a_new_seal_proves_nothing_but_the_truth(honest):
    """What may stand after a change is another proof of the same: the plan, its total and its floor are as they
    were.
    """
    asked, certificate = honest
    told = ("pairs", "value", "bound", "placed", "question")
    for path, changed in changes(certificate):
        if path != ("digest",) and check(asked, resealed(changed)).proven:
            assert [changed[name] for name in told] == [certificate[name] for name in told], path
            assert path[0] in PROOF, path
            assert path[0] != "floor" or asked["objective"] != "worst_off"


def test_a_changed_question_with_new_seals_is_proven_only_where_the_plan_is_best_for_it_too(honest):
    asked, certificate = honest
    proven = 0
    for path, changed in changes(asked, ways=2):
        found = check(changed, resealed({**certificate, "question": digest(changed)}))
        if not found.proven:
            continue
        proven += 1
        try:
            again = run(changed).certificate
        except EngineError as strange:
            pytest.fail(f"Proven, but the engine does not understand it: {path} {strange}")
        for name in ("value", "placed") if asked["objective"] != "total" else ("value",):
            assert again[name] == certificate[name], (path, held(changed, path[:-1]))
    assert proven > 10


@pytest.mark.parametrize("what", ["swap", "drop", "other", "add"])
def test_another_plan_is_never_proven_whatever_sums_it_states(honest, what):
    """Another plan with all its own scores, totals and bound stated rightly and sealed."""
    asked, certificate = honest
    forged = copy.deepcopy(certificate)
    pairs = forged["pairs"]
    free = [pair for pair in pairs if sorted(pair[:2]) != sorted(asked["locked"][0])]
    match what:
        case "swap":
            one, other = pairs[0], next(pair for pair in pairs if pair[1] != pairs[0][1])
            one[1], other[1] = other[1], one[1]
        case "drop":
            pairs.remove(free[-1])
        case "other":
            free[-1][1] = next(
                person["id"]
                for side in ("mentors", "people")
                for person in asked.get(side, ())
                if person["id"] not in free[-1]
            )
        case "add":
            pairs.append([*free[0][:1], *free[-1][1:2], 0])
    for _ in range(3):
        for pair in pairs:
            pair[2] = true_units(asked, pair)
        forged["value"] = sum(pair[2] for pair in pairs)
        people = {id for pair in pairs for id in (pair[:2] if "people" in asked else pair[:1])}
        forged["placed"] = len(people)
        forged["bound"] = check(asked, resealed(forged)).bound
    assert not check(asked, resealed(forged)).proven


def true_units(asked, pair):
    """What a pair scores, from a run that is made to keep it, or 0 where it cannot be."""
    try:
        kept = run({**asked, "locked": [pair[:2]]}).certificate["pairs"]
    except EngineError:
        return 0
    return next(units for *both, units in kept if sorted(both) == sorted(pair[:2]))
