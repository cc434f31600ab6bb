"""The timed fact about calendars: they are read again, all together."""

from datetime import datetime

from activity.kinds import DueKind, table
from activity.models import Due
from relationships.actions.calendars import READ, read_what_is_due


def look(due: Due, now: datetime) -> None:
    read_what_is_due(now=now)


DUES = table(DueKind(READ, look, family=READ))
