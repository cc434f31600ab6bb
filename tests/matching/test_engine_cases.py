"""What is explained in blocks is what is explained of tables, and remedies hold in both."""

from datetime import date

import numpy as np
import pytest

from matching.engine import cases, certificate, explain, pairs
from matching.engine.cases import Blocks, Tables
from matching.engine.remedies import remedies
from matching.engine.rules import NEVER_OVERRIDDEN, Rule, Rules
from matching.explaining import answered_by
from tests.matching.engine_people import program

TODAY = date(2026, 10, 12)


def asked(seed, objective="coverage", minimum=0, sizes=(9, 5)):
    rng = np.random.default_rng(seed)
    mentees, mentors = program(rng, *sizes)
    return certificate.snapshot(
        mentees, mentors, Rules(today=TODAY), objective=objective, minimum_score=minimum
    )


def both(question, monkeypatch):
    """The same answered program in tables and in blocks."""
    outcome = certificate.run(question)
    tables = answered_by(question, outcome).case
    monkeypatch.setattr(cases, "DIRECT", 0)
    blocks = answered_by(question, outcome).case
    monkeypatch.undo()
    assert (type(tables), type(blocks)) == (Tables, Blocks)
    return tables, blocks


def without(of):
    return sorted(set(range(len(of.demand))) - set(of.result.pairs[:, 0].tolist()))


@pytest.mark.parametrize("minimum", [0, 4500])
@pytest.mark.parametrize("objective", ["coverage", "total", "worst_off"])
def test_blocks_and_tables_say_the_same(objective, minimum, monkeypatch):
    told = 0
    for seed in range(12):
        tables, blocks = both(asked(seed, objective, minimum), monkeypatch)
        everybody = range(len(tables.demand))
        for one, other in zip(tables.rows(everybody), blocks.rows(everybody), strict=True):
            assert np.array_equal(one, other)
        assert np.array_equal(explain.slack(tables, everybody), explain.slack(blocks, everybody))
        lonely = without(tables)
        assert explain.reasons(tables, lonely, with_remedies=False) == explain.reasons(
            blocks, lonely, with_remedies=False
        )
        near = [explain.nearest(of) for of in (tables, blocks)]
        for name in ("mentors", "units", "least"):
            assert np.array_equal(getattr(near[0], name), getattr(near[1], name))
        assert [(of.lowest, of.highest) for of in near[:1]] == [(near[1].lowest, near[1].highest)]
        told += len(lonely)
    assert told > 10


def test_alternatives_cost_the_same_in_blocks(monkeypatch):
    compared = 0
    for seed in range(8):
        tables, blocks = both(asked(seed, sizes=(7, 5)), monkeypatch)
        for row in sorted(set(tables.result.pairs[:, 0].tolist())):
            found = [
                [(one.mentor, one.units, one.loss, one.people) for one in explain.alternatives(of, row)]
                for of in (tables, blocks)
            ]
            assert found[0] == found[1]
            compared += len(found[0])
    assert compared > 20


def test_the_nearest_are_those_that_cost_least_and_never_more_than_they_do(monkeypatch):
    for seed in range(10):
        tables, _blocks = both(asked(seed, sizes=(8, 6)), monkeypatch)
        near, least = explain.nearest(tables), explain.slack(tables, range(8))
        for row in range(8):
            held = tables.mentors_of(row)
            bits = tables.row(row)[1]
            open_ = [j for j in np.flatnonzero((bits == 0) & (tables.capacity > 0)).tolist() if j not in held]
            expected = sorted((int(least[row, j]), j) for j in open_)[: near.mentors.shape[1]]
            assert [
                (c, j)
                for c, j in zip(near.least[row].tolist(), near.mentors[row].tolist(), strict=True)
                if j >= 0
            ] == (expected)
        for row in sorted(set(tables.result.pairs[:, 0].tolist())):
            for one in explain.alternatives(tables, row):
                assert least[row, one.mentor] <= one.loss + one.people * tables.result.bonus


@pytest.mark.parametrize("shape", ["tables", "blocks"])
def test_a_named_change_carried_out_in_the_question_places_the_person(shape, monkeypatch):
    """Not on a copy of the arrays: people, rules and cut-off are changed, and all is answered again."""
    kinds = set()
    for seed in range(40):
        question = asked(seed, minimum=5200 if seed % 2 else 0, sizes=(6, 3))
        of = dict(zip(("tables", "blocks"), both(question, monkeypatch), strict=True))[shape]
        for row in without(of):
            for remedy in remedies(of, row):
                kinds.add(remedy.kind)
                changed = carried_out(question, row, remedy)
                for direct in (pairs.DIRECT, 0):
                    monkeypatch.setattr(certificate, "DIRECT", direct)
                    placed = certificate.run(changed).result.pairs[:, 0]
                    monkeypatch.undo()
                    assert row in placed
    assert kinds == {"place", "override", "override_and_place", "lower"}


def carried_out(question, row, remedy):
    changed = {**question, "mentors": [dict(person) for person in question["mentors"]]}
    changed["mentors"][remedy.mentor]["capacity"] += remedy.places
    if remedy.units is not None:
        changed["minimum_score"] = remedy.units
    if remedy.rules:
        assert not any(rule & NEVER_OVERRIDDEN for rule in remedy.rules)
        ids = [question["mentees"][row]["id"], question["mentors"][remedy.mentor]["id"]]
        codes = [rule.code for rule in Rule if rule in remedy.rules]
        changed["rules"] = {**question["rules"], "overrides": [[*ids, codes, "Tried."]]}
    return changed
