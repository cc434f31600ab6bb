"""Timed facts about the life of a relationship."""

from datetime import datetime

from activity.kinds import DueKind, table
from activity.models import Due, resolve
from relationships.actions.clock import evaluate
from relationships.actions.effects import EVALUATE


def look(due: Due, now: datetime) -> None:
    """One look finds all that is due by now, so a missed morning is not made up by a look of its own."""
    if relationship := resolve(due.subject):
        evaluate(relationship, now=now)


DUES = table(DueKind(EVALUATE, look))
