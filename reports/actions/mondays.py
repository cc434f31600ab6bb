"""Each Monday at eight, by the clock of the program: what needs its coordinators."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.db import transaction

from activity import calendar
from activity.actions import Local, arm, post, rearm
from activity.models import Due, reference
from programs.models import Program, ProgramRole
from programs.models.programs import COORDINATING
from reports.letters import MONDAY

MONDAYS, CLOCK = 0, time(8)


def arm_mondays(now: datetime) -> None:
    """See to it that the clock comes by for each program under way, on Mondays as its zone has them today."""
    programs = {reference(program): program for program in Program.objects.under_way()}
    armed = Due.objects.armed().filter(subject__in=programs, kind=MONDAY)
    zones = dict(armed.values_list("subject", "zone"))
    for name, program in programs.items():
        if zones.get(name) != program.zone:
            rearm(MONDAY, program, local=next_monday(program, now), now=now)


def next_monday(program: Program, now: datetime) -> Local:
    day, _moment = calendar.next_weekly(now, MONDAYS, CLOCK, ZoneInfo(program.zone))
    return day, CLOCK, program.zone


@transaction.atomic
def write_monday(program: Program, occurrence: str, *, now: datetime) -> None:
    """To each coordinator of today.  Mondays that were missed are not made up: the next is counted from now."""
    following = arm(MONDAY, program, local=next_monday(program, now), now=now)
    held = ProgramRole.objects.current().filter(program=program, role__in=COORDINATING)
    for person in {role.person for role in held.select_related("person")}:
        post(
            MONDAY,
            person,
            about=program,
            key=f"{MONDAY}|{program.public_id}|{occurrence}|{person.public_id}",
            now=now,
            not_after=following.due_at,
            scope=program.scope,
        )
