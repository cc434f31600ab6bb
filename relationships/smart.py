"""Whether a goal can be worked on, part by part, and whether it is on its way.  Plain values, no database.

SMART: specific, measurable, attainable, relevant, time-bound.  Each part passes, or says in one sentence what
would make it pass.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core.dates import day_words

PARTS = ("specific", "measurable", "attainable", "relevant", "timebound")
SPECIFIC_LENGTH = 20
RELEVANCE_LENGTH = 10
SURE_ENOUGH = 5
LOWEST, HIGHEST = 1, 5


@dataclass(frozen=True)
class Draft:
    """What the check looks at.  ``measure`` is "number", "level" or "yes_no"."""

    title: str = ""
    specific: str = ""
    measure: str = "yes_no"
    baseline: Decimal | None = None
    target: Decimal | None = None
    evidence: str = ""
    first_step: str = ""
    relevance: str = ""
    due_on: date | None = None
    continues_after: bool = False

    @classmethod
    def of(cls, goal: Any) -> "Draft":
        return cls(**{name: getattr(goal, name) for name in cls.__dataclass_fields__})


def check(draft: Draft, *, today: date, planned_end: date | None = None) -> dict[str, str]:
    """Each part of ``PARTS`` with what is still missing; an empty string where nothing is."""
    return {
        "specific": _specific(draft),
        "measurable": _measurable(draft),
        "attainable": ""
        if draft.first_step.strip()
        else _("Say what you will do first, for example “ask Per for the last three rosters”."),
        "relevant": _relevant(draft),
        "timebound": _timebound(draft, today, planned_end),
    }


def passing(draft: Draft, *, today: date, planned_end: date | None = None) -> int:
    """How many of the five parts hold."""
    return sum(not problem for problem in check(draft, today=today, planned_end=planned_end).values())


def _specific(draft: Draft) -> str:
    words = _folded(draft.specific)
    if not words:
        return _(
            "Say what will be different, and in which situation: "
            "“I open the Monday meeting myself, with a decision to take”."
        )
    if words == _folded(draft.title):
        return _("This repeats the goal. Say what somebody would see you do differently, and where.")
    if len(words) < SPECIFIC_LENGTH:
        return _("Say a little more: who, where and what will be different. A sentence is enough.")
    return ""


def _measurable(draft: Draft) -> str:
    if draft.measure == "yes_no":
        return (
            ""
            if draft.evidence.strip()
            else _("Say what you will both see when it is done, for example “the new roster is signed”.")
        )
    if draft.baseline is None or draft.target is None:
        return _("Give where you are today and where you want to be, for example from 2 to 6.")
    if draft.measure == "level" and not (_is_level(draft.baseline) and _is_level(draft.target)):
        return _("A level is a whole number from 1 to 5, for example from 2 to 4.")
    if draft.baseline == draft.target:
        return _("Today and target are the same number. Say where you want to be.")
    return ""


def _is_level(number: Decimal) -> bool:
    return LOWEST <= number <= HIGHEST and number == int(number)


def _relevant(draft: Draft) -> str:
    if len(_folded(draft.relevance)) < RELEVANCE_LENGTH:
        return _(
            "Say in a few words why this matters to you, "
            "for example “I want to lead a depot within two years”."
        )
    return ""


def _timebound(draft: Draft, today: date, planned_end: date | None) -> str:
    if draft.due_on is None:
        return _("Choose the day by which you want to be there.")
    if draft.due_on <= today:
        return _("Choose a day after today.")
    if planned_end and draft.due_on > planned_end and not draft.continues_after:
        return _(
            "Your mentoring ends on %(day)s. "
            "Choose a day until then, or say that the goal goes on afterwards."
        ) % {"day": day_words(planned_end, today=today)}
    return ""


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold().rstrip(".!?")


def advice(confidence: int | None) -> str:
    """What to consider; it blocks nothing."""
    if confidence is not None and confidence < SURE_ENOUGH:
        return _("You are less than half sure of this goal. Could a first part of it be the goal?")
    return ""


# How a goal is going.

# A goal may lag its calendar by a quarter before anybody is told: progress comes in steps, not evenly.
SLACK = 25


@dataclass(frozen=True)
class Step:
    is_done: bool
    due_on: date | None = None


def way(progress: int, steps: Iterable[Step]) -> int:
    """How far, 0 to 100: what was reported or the share of steps done, whichever is further."""
    steps = list(steps)
    done = 100 * sum(step.is_done for step in steps) // len(steps) if steps else 0
    return max(progress, done)


def is_at_risk(
    *, agreed_on: date, due_on: date | None, progress: int, steps: Iterable[Step], today: date
) -> bool:
    """A rule of ours, on dates alone: the goal or a step of it is overdue, or it is ``SLACK`` points behind.

    Behind what: an even walk from the day of agreement to the due date.  What is all done is not at risk.
    """
    steps = list(steps)
    far = way(progress, steps)
    if far >= 100:
        return False
    if any(not step.is_done and step.due_on and step.due_on < today for step in steps):
        return True
    if due_on is None:
        return False
    if due_on < today:
        return True
    length = max((due_on - agreed_on).days, 1)
    expected = 100 * min(max((today - agreed_on).days, 0), length) / length
    return expected - far > SLACK


def percent_of_value(value: Decimal, baseline: Decimal, target: Decimal) -> int:
    """Where ``value`` stands between the two, 0 to 100; a target below the baseline counts downwards."""
    if baseline == target:
        return 100 if value == target else 0
    return int(min(max(100 * (value - baseline) / (target - baseline), 0), 100))
