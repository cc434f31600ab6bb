"""The four key numbers of the dashboard: live, and told only to those who may list the pairs by name."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from programs.models import Program
from programs.models.enrolments import Role
from relationships import smart
from relationships.models import Goal, Milestone, Relationship
from relationships.models.goals import FINAL_STATES
from reports import metrics
from reports.metrics import RelationshipFact, Window

JUST_BEGUN = timedelta(days=30)


def matched_figure(
    mentees: set[int], begun: Sequence[Relationship], *, peers: bool = False
) -> dict[str, Any]:
    """``mentees`` are those who look for somebody; among ``peers``, everybody."""
    matched = {
        member.person_id for pair in begun for member in pair.members.all() if member.role != Role.MENTOR
    } & mentees
    waiting = len(mentees) - len(matched)
    if peers:
        alone = ngettext("%(n)s has had no partner yet", "%(n)s have had no partner yet", waiting) % {
            "n": waiting
        }
        note = alone if waiting else _("Everybody has had a partner")
    else:
        alone = ngettext("%(n)s has had no mentor yet", "%(n)s have had no mentor yet", waiting) % {
            "n": waiting
        }
        note = alone if waiting else _("Everybody has had a mentor")
    return {
        "label": _("People matched") if peers else _("Mentees matched"),
        "big": len(matched),
        "small": _("of %(all)s") % {"all": len(mentees)},
        "bar": {"value": len(matched), "top": len(mentees) or 1},
        "note": note,
    }


def met_lately(pair: Relationship, now: datetime) -> bool:
    return bool(pair.last_met_at) and pair.last_met_at >= now - 2 * timedelta(days=pair.cadence_days)


def met_figure(active: Sequence[Relationship], met: Sequence[Relationship], now: datetime) -> dict[str, Any]:
    young = sum(pair.activated_at > now - JUST_BEGUN for pair in active if pair not in met)
    note = _("Within twice their own rhythm")
    if young:
        note = ngettext(
            "Within twice their own rhythm; %(n)s began less than 30 days ago",
            "Within twice their own rhythm; %(n)s began less than 30 days ago",
            young,
        ) % {"n": young}
    return {
        "label": _("Met recently"),
        "big": len(met),
        "small": ngettext("of %(n)s active pair", "of %(n)s active pairs", len(active)) % {"n": len(active)},
        "bar": {"value": len(met), "top": len(active) or 1},
        "note": note,
    }


def logged_figure(facts: Sequence[RelationshipFact], now: datetime, today: date) -> dict[str, Any]:
    """All that were held since the program began, beside what the rhythms asked for up to yesterday."""
    until_now = Window(date.min, today)
    until_yesterday = Window(date.min, today - timedelta(days=1))
    held = sum(len(metrics.held_in(fact, until_now)) for fact in facts)
    expected = sum(metrics.expected_meetings(fact, until_yesterday) for fact in facts)
    return {
        "label": _("Meetings logged"),
        "big": held,
        "small": "",
        "bar": {"value": held, "top": max(expected, held) or 1, "target": expected or None},
        "note": _("%(n)s expected by now") % {"n": expected},
    }


class Goals:
    """Agreed goals by relationship; whether they are on track is all that a coordinator sees of them."""

    def __init__(self, program: Program, today: date) -> None:
        self.of_pair: Counter[int] = Counter()
        self.open = self.at_risk = self.achieved = 0
        for goal, steps in _goals_with_steps(program):
            self.of_pair[goal.pair] += 1
            self.achieved += goal.state == Goal.State.ACHIEVED
            if goal.state not in FINAL_STATES:
                self.open += 1
                self.at_risk += smart.is_at_risk(
                    agreed_on=timezone.localdate(goal.agreed_at),
                    due_on=goal.due_on,
                    progress=goal.progress,
                    steps=steps,
                    today=today,
                )

    @property
    def figure(self) -> dict[str, Any]:
        on_track = self.open - self.at_risk
        note = ngettext("%(n)s at risk", "%(n)s at risk", self.at_risk) % {"n": self.at_risk}
        if self.achieved:
            note += ", " + ngettext("%(n)s achieved", "%(n)s achieved", self.achieved) % {"n": self.achieved}
        return {
            "label": _("Goals on track"),
            "big": on_track,
            "small": ngettext("of %(n)s open goal", "of %(n)s open goals", self.open) % {"n": self.open},
            "bar": {"value": on_track, "top": self.open or 1},
            "note": note,
        }


class GoalLine(NamedTuple):
    key: int
    pair: int
    state: str
    agreed_at: datetime
    due_on: date | None
    progress: int


def _goals_with_steps(program: Program) -> Iterable[tuple[GoalLine, list[smart.Step]]]:
    """Dates and states alone are read: what the goals say stays where it is."""
    goals = Goal.objects.shared().filter(relationship__program=program, agreed_at__isnull=False)
    rows = goals.order_by("pk").values_list(
        "pk",
        "relationship_id",
        "state",
        "agreed_at",
        "due_on",
        "progress",
        "milestones__state",
        "milestones__due_on",
    )
    found: dict[GoalLine, list[smart.Step]] = {}
    for *goal, state, due_on in rows:
        steps = found.setdefault(GoalLine(*goal), [])
        if state and state != Milestone.State.DROPPED:
            steps.append(smart.Step(state == Milestone.State.DONE, due_on))
    return found.items()
