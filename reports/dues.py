"""What the clock does for the reports: each night the facts of the day before."""

from datetime import datetime

from activity.kinds import DueKind, table
from activity.models import Due
from reports.actions.nights import KIND, arm_nights, write_missing_nights


def write_facts(due: Due, now: datetime) -> None:
    write_missing_nights(now)
    arm_nights(now)


DUES = table(DueKind(KIND, write_facts))
