"""The long run of this floor: reading the calendars that people have given."""

from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from activity.jobs import Progress
from activity.kinds import JobKind, table
from activity.models import Job
from core import outbound
from relationships.actions.calendars import READ, keep_busy, keep_problem
from relationships.busy import Unreadable, busy_spans, window
from relationships.calendars import LOOK_AHEAD
from relationships.models import BusyCalendar

# Proposals begin when the rhythm has the next meeting, which may be weeks ahead.
DAYS = LOOK_AHEAD * 4


def read_one(calendar: BusyCalendar) -> str:
    """What stood in the way, or nothing.  Nothing of the calendar but times is kept, not even in an error."""
    now = timezone.now()
    try:
        data = outbound.read(calendar.address)
        begins, ends = window(now, DAYS)
        spans = busy_spans(data, begins=begins, ends=ends, zone=ZoneInfo(calendar.person.zone))
    except (outbound.Refused, outbound.Failed) as problem:
        keep_problem(calendar, problem.code, now=timezone.now())
        return problem.code
    except Unreadable:
        keep_problem(calendar, "no_calendar", now=timezone.now())
        return "no_calendar"
    keep_busy(calendar, spans, now=timezone.now())
    return ""


def read_calendars(job: Job, progress: Progress) -> dict[str, Any]:
    read = failed = 0
    rows = BusyCalendar.objects.select_related("person")
    while (calendar := rows.to_read(timezone.now()).first()) is not None:
        progress.report("reading", read + failed, read + failed + rows.to_read(timezone.now()).count())
        if read_one(calendar):
            failed += 1
        else:
            read += 1
    return {"read": read, "failed": failed}


JOBS = table(JobKind(READ, read_calendars, steps=("reading",)))
