"""The same people give the same plan, whatever the order of rows, the number of threads, or the way it is found."""

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from matching.engine import certificate as certificate_module
from matching.engine import pricing
from matching.engine.certificate import run, snapshot
from matching.engine.peer_certificate import peer_snapshot
from matching.engine.rules import Rules
from matching.engine.written import digest
from tests.matching.engine_people import program

OBJECTIVES = ("coverage", "total", "worst_off")
RULES = Rules(today=date(2026, 3, 10))
FORMATS = ("pairs", "peer")


def asked_in(order, format, objective, mentees=40, mentors=18, answers=0.3):
    """The question about the same people, listed in some order; they answer little, so that much ties."""
    people = program(np.random.default_rng(601), mentees, mentors, answers=answers)
    shuffled = [[side[k] for k in np.random.default_rng(order).permutation(len(side))] for side in people]
    if format == "peer":
        return peer_snapshot(shuffled[0], RULES, objective=objective)
    return snapshot(*shuffled, RULES, objective=objective)


def plan(question):
    return digest(run(question).certificate["pairs"])


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("format", FORMATS)
def test_the_order_in_which_people_are_listed_changes_nothing(format, objective):
    one = asked_in(1, format, objective)
    answer = run(one).certificate
    assert len(answer["pairs"]) > 10
    for order in (2, 3, 4):
        other = asked_in(order, format, objective)
        assert other == one
        assert run(other).certificate == answer


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("format", FORMATS)
def test_a_question_whose_rows_are_out_of_order_is_answered_with_the_same_plan(format, objective):
    asked = asked_in(1, format, objective)
    sides = ("people",) if format == "peer" else ("mentees", "mentors")
    answer = {frozenset(pair[:2]) for pair in run(asked).certificate["pairs"]}
    for order in range(4):
        rng = np.random.default_rng(order)
        turned = {
            **asked,
            **{side: [asked[side][k] for k in rng.permutation(len(asked[side]))] for side in sides},
        }
        assert {frozenset(pair[:2]) for pair in run(turned).certificate["pairs"]} == answer


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_one_flow_and_blocks_choose_the_same_among_equals(monkeypatch, objective):
    asked = asked_in(1, "pairs", objective)
    direct = plan(asked)
    monkeypatch.setattr(certificate_module, "DIRECT", 0)
    monkeypatch.setattr(pricing, "SAMPLE_FROM", 12)
    monkeypatch.setattr(pricing, "SAMPLE", 6)
    for cells in (100, 600, 10**6):
        monkeypatch.setattr(pricing, "CELLS", cells)
        assert plan(asked) == direct


PRINTED = """
import json, sys
from tests.matching.test_evidence_same import asked_in, plan
from matching.engine import certificate
print(json.dumps([plan(asked_in(1, "pairs", "coverage", 700, 300)), plan(asked_in(1, "peer", "total", 61))]))
certificate.DIRECT = 0
print(json.dumps([plan(asked_in(1, "pairs", "coverage", 700, 300))]))
"""


def test_the_number_of_threads_changes_nothing():
    told = []
    for threads in ("1", "2", "4"):
        counts = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), threads)
        printed = subprocess.run(
            [sys.executable, "-c", PRINTED],
            cwd=Path(__file__).parents[2],
            env={**os.environ, **counts, "PYTHONHASHSEED": threads},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        told.append([json.loads(line) for line in printed.splitlines()])
    assert told[0] == told[1] == told[2]
    assert told[0][0][0] == told[0][1][0]
