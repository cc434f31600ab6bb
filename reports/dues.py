"""What the clock does for the reports: each night the facts of the day before, on Mondays what needs coordinators."""

from datetime import datetime

from activity.kinds import DueKind, table
from activity.models import Due
from programs.models import Program
from relationships.actions.effects import arm_forgotten_mornings
from reports.actions.mondays import write_monday
from reports.actions.nights import KIND, arm_nights, write_missing_nights
from reports.letters import MONDAY


def write_facts(due: Due, now: datetime) -> None:
    write_missing_nights(now)
    arm_forgotten_mornings(now)
    arm_nights(now)


def write_coordinators(due: Due, now: datetime) -> None:
    program = Program.objects.under_way().filter(pk=due.subject.rpartition(":")[2]).first()
    if program is not None:
        write_monday(program, due.occurrence, now=now)


DUES = table(DueKind(KIND, write_facts, lengthy=True), DueKind(MONDAY, write_coordinators, family=MONDAY))
