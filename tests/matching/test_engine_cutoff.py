"""No pair below the lowest score of a run: the best plan without them, proven, and locked pairs spared."""

from datetime import date

import numpy as np
import pytest

from matching.certificate_check import check
from matching.engine import certificate as certificate_module
from matching.engine.certificate import digest, people_of, run, snapshot
from matching.engine.errors import BadLocks
from matching.engine.pairs import assign
from matching.engine.rules import NEVER_OVERRIDDEN, Override, Rule, Rules, judge
from matching.engine.scoring import score
from tests.matching.engine_people import program

RULES = Rules(today=date(2026, 3, 10))
OBJECTIVES = ("coverage", "total", "worst_off")


def question(seed, mentees=12, mentors=6, **options):
    rules = options.pop("rules", RULES)
    return snapshot(*program(np.random.default_rng(seed), mentees, mentors), rules, **options)


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("seed", range(5))
def test_the_plan_is_the_best_of_those_without_low_pairs(objective, seed):
    asked = question(seed, objective=objective, minimum_score=4500)
    outcome = run(asked)
    mentees, mentors, rules = people_of(asked)
    scores = score(mentees, mentors)
    table = scores.table()
    allowed = judge(mentees, mentors, rules).allowed() & (table >= 4500)
    best = assign(
        table,
        [mentor.capacity for mentor in mentors],
        1,
        allowed,
        objective,
        mentee_keys=scores.mentees,
        mentor_keys=scores.mentors,
    )
    assert outcome.result.pairs.tolist() == best.pairs.tolist()
    assert all(units >= 4500 for _, _, units in outcome.certificate["pairs"])
    found = check(asked, outcome.certificate)
    assert (found.problems, found.proven) == ((), True)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_in_blocks_it_is_the_same_plan(objective, monkeypatch):
    asked = question(9, 40, 15, objective=objective, minimum_score=5200)
    small = run(asked).certificate
    monkeypatch.setattr(certificate_module, "DIRECT", 0)
    large = run(asked)
    assert (large.certificate["value"], large.certificate["placed"]) == (small["value"], small["placed"])
    assert check(asked, large.certificate).problems == ()
    assert large.result.proven


def lowest(asked):
    """Two who may be a pair, and score least."""
    mentees, mentors, rules = people_of(asked)
    table = score(mentees, mentors).table()
    table[~judge(mentees, mentors, rules).allowed()] = 10**6
    table[:, [mentor.capacity == 0 for mentor in mentors]] = 10**6
    row, column = np.unravel_index(table.argmin(), table.shape)
    return mentees[row].id, mentors[column].id, int(table[row, column])


@pytest.mark.parametrize("direct", [10**9, 0])
def test_a_locked_pair_is_spared(monkeypatch, direct):
    monkeypatch.setattr(certificate_module, "DIRECT", direct)
    mentee, mentor, units = lowest(question(3))
    asked = question(3, minimum_score=units + 1, locked=[(mentee, mentor)])
    outcome = run(asked)
    assert [mentee, mentor, units] in outcome.certificate["pairs"]
    assert check(asked, outcome.certificate).problems == ()


def test_a_lock_still_needs_the_hard_rules():
    mentees, mentors, rules = people_of(question(3))
    closed = np.argwhere(judge(mentees, mentors, rules).mask())
    row, column = next((i, j) for i, j in closed.tolist() if mentors[j].capacity)
    asked = question(3, minimum_score=9000, locked=[(mentees[row].id, mentors[column].id)])
    with pytest.raises(BadLocks):
        run(asked)


def test_the_checker_rejects_a_pair_below_it():
    asked = question(4)
    outcome = run(asked)
    least = min(units for _, _, units in outcome.certificate["pairs"])
    stricter = {**asked, "minimum_score": least + 1}
    plain = {name: value for name, value in outcome.certificate.items() if name != "digest"}
    plain["question"] = digest(stricter)
    assert "forbidden_pair" in check(stricter, {**plain, "digest": digest(plain)}).problems
    assert "question_changed" in check(stricter, outcome.certificate).problems


def test_who_is_kept_away_by_it_is_told_apart_and_no_reason_overrides_it():
    asked = question(5, minimum_score=9999)
    mentees, mentors, rules = people_of(asked)
    verdict = judge(mentees, mentors, rules, score(mentees, mentors), 9999)
    assert run(asked).certificate["pairs"] == []
    assert (verdict.mask() & Rule.LOW_FIT).all()
    assert Rule.LOW_FIT in verdict.reasons(0, 0)
    assert verdict.at([0], [0])[0] == verdict.mask()[0, 0]
    assert Rule.LOW_FIT & NEVER_OVERRIDDEN
    with pytest.raises(ValueError, match="cannot be overridden"):
        Rules(
            today=RULES.today,
            overrides=(Override(mentee="a", mentor="b", rule=Rule.LOW_FIT, reason="Because."),),
        )
