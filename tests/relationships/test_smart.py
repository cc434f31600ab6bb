"""The five parts of a goal, and whether it is on its way: plain values."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from relationships import smart
from relationships.smart import Draft, Step

TODAY = date(2026, 10, 12)
END = date(2027, 6, 30)
GOOD = Draft(
    title="Lead the depot roster change",
    specific="I lead the roster change of the depot from proposal to roll-out.",
    measure="yes_no",
    evidence="The new roster is in use.",
    first_step="Ask Per for the last three rosters.",
    relevance="I want to lead a depot.",
    due_on=TODAY + timedelta(days=60),
)


def failing(**changes):
    found = smart.check(replace(GOOD, **changes), today=TODAY, planned_end=END)
    return [part for part in smart.PARTS if found[part]]


def test_a_goal_with_all_five_parts_passes():
    assert failing() == []
    assert smart.passing(GOOD, today=TODAY, planned_end=END) == 5


def test_an_empty_goal_fails_in_every_part_with_a_sentence_each():
    found = smart.check(Draft(), today=TODAY)

    assert set(found) == set(smart.PARTS)
    assert all(len(words) > 20 for words in found.values())
    assert smart.passing(Draft(), today=TODAY) == 0


@pytest.mark.parametrize(
    ("specific", "passes"),
    [
        ("", False),
        ("   ", False),
        ("x" * 19, False),
        ("x" * 20, True),
        ("x" * 5 + " " * 40 + "y" * 5, False),
        ("Lead the depot roster change", False),
        ("  lead THE depot   roster change. ", False),
        ("Lead the depot roster change by myself", True),
    ],
)
def test_specific_is_a_sentence_and_not_the_title_again(specific, passes):
    assert failing(specific=specific) == ([] if passes else ["specific"])


@pytest.mark.parametrize(
    ("measure", "baseline", "target", "evidence", "passes"),
    [
        ("yes_no", None, None, "", False),
        ("yes_no", None, None, "  ", False),
        ("yes_no", None, None, "It is signed", True),
        ("number", None, 6, "", False),
        ("number", 0, None, "", False),
        ("number", 6, 6, "", False),
        ("number", 0, 6, "", True),
        ("number", 6, 0, "", True),
        ("number", -1, 1000, "", True),
        ("level", 2, 4, "", True),
        ("level", 0, 4, "", False),
        ("level", 2, 6, "", False),
        ("level", "2.5", 4, "", False),
        ("level", 3, 3, "", False),
    ],
)
def test_measurable_needs_what_its_measure_needs(measure, baseline, target, evidence, passes):
    numbers = {
        "baseline": None if baseline is None else Decimal(baseline),
        "target": None if target is None else Decimal(target),
    }
    assert failing(measure=measure, evidence=evidence, **numbers) == ([] if passes else ["measurable"])


def test_attainable_needs_a_first_step():
    assert failing(first_step=" ") == ["attainable"]


@pytest.mark.parametrize(("relevance", "passes"), [("", False), ("x" * 9, False), ("x" * 10, True)])
def test_relevant_needs_a_few_words(relevance, passes):
    assert failing(relevance=relevance) == ([] if passes else ["relevant"])


@pytest.mark.parametrize(
    ("due_on", "continues", "passes"),
    [
        (None, False, False),
        (TODAY, False, False),
        (TODAY - timedelta(days=1), True, False),
        (TODAY + timedelta(days=1), False, True),
        (END, False, True),
        (END + timedelta(days=1), False, False),
        (END + timedelta(days=1), True, True),
    ],
)
def test_time_bound_lies_ahead_and_within_the_mentoring_unless_it_goes_on(due_on, continues, passes):
    assert failing(due_on=due_on, continues_after=continues) == ([] if passes else ["timebound"])


def test_without_a_planned_end_any_day_ahead_will_do():
    found = smart.check(replace(GOOD, due_on=date(2040, 1, 1)), today=TODAY)

    assert found["timebound"] == ""


@pytest.mark.parametrize(
    ("confidence", "advised"), [(None, False), (1, True), (4, True), (5, False), (10, False)]
)
def test_little_confidence_is_advised_about_and_blocks_nothing(confidence, advised):
    assert bool(smart.advice(confidence)) is advised


# On its way


def risk(*, days_in=0, of=100, progress=0, steps=(), due=True):
    agreed_on = TODAY - timedelta(days=days_in)
    due_on = agreed_on + timedelta(days=of) if due else None
    return smart.is_at_risk(agreed_on=agreed_on, due_on=due_on, progress=progress, steps=steps, today=TODAY)


@pytest.mark.parametrize(
    ("days_in", "progress", "at_risk"),
    [
        (0, 0, False),
        (25, 0, False),
        (26, 0, True),
        (60, 35, False),
        (60, 34, True),
        (100, 75, False),
        (100, 74, True),
    ],
)
def test_more_than_a_quarter_behind_is_at_risk(days_in, progress, at_risk):
    assert risk(days_in=days_in, progress=progress) is at_risk


def test_past_its_day_a_goal_is_at_risk_unless_it_is_all_done():
    assert risk(days_in=101, progress=99) is True
    assert risk(days_in=101, progress=100) is False


def test_an_overdue_step_is_a_risk_and_a_done_or_undated_one_is_not():
    yesterday = TODAY - timedelta(days=1)

    assert risk(steps=[Step(False, yesterday)]) is True
    assert risk(steps=[Step(True, yesterday), Step(False, TODAY), Step(False)]) is False


def test_steps_count_as_progress():
    assert smart.way(0, [Step(True), Step(True), Step(False), Step(False)]) == 50
    assert smart.way(80, [Step(True), Step(False)]) == 80
    assert smart.way(0, []) == 0
    assert risk(days_in=60, steps=[Step(True), Step(False)]) is False
    assert risk(days_in=60, steps=[Step(False), Step(False)]) is True


def test_a_goal_without_a_day_is_only_late_with_its_steps():
    assert risk(days_in=900, due=False) is False


def test_a_goal_due_on_the_day_of_its_agreement_divides_by_nothing():
    assert risk(days_in=0, of=0) is False


@pytest.mark.parametrize(
    ("value", "baseline", "target", "percent"),
    [
        (0, 0, 6, 0),
        (3, 0, 6, 50),
        (6, 0, 6, 100),
        (9, 0, 6, 100),
        (-2, 0, 6, 0),
        (4, 5, 3, 50),
        (1, 1, 1, 100),
        (2, 1, 1, 0),
    ],
)
def test_a_value_is_turned_into_a_share_of_the_way(value, baseline, target, percent):
    assert smart.percent_of_value(Decimal(value), Decimal(baseline), Decimal(target)) == percent
