"""The long run of this floor: reading the calendars that people have given."""

import logging
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from activity.failures import in_short, is_gone
from activity.jobs import Progress
from activity.kinds import JobKind, table
from activity.models import Job
from core import outbound
from relationships.actions.calendars import READ, begin_reading, keep_busy, keep_problem
from relationships.busy import Endless, Unreadable, window
from relationships.calendars import LOOK_AHEAD
from relationships.models import BusyCalendar
from relationships.reading import read_apart

log = logging.getLogger(__name__)

# Proposals begin when the rhythm has the next meeting, which may be weeks ahead.
DAYS = LOOK_AHEAD * 4


def read_one(calendar: BusyCalendar) -> str:
    """What stood in the way, or nothing.  Nothing of the calendar but times is kept, not even in an error."""
    begins, ends = window(timezone.now(), DAYS)
    try:
        data = outbound.read(calendar.address)
        spans = read_apart(data, begins=begins, ends=ends, zone=ZoneInfo(calendar.person.zone))
    except (outbound.Refused, outbound.Failed) as problem:
        return problem.code
    except Unreadable:
        return "no_calendar"
    except Endless:
        return "endless"
    keep_busy(calendar, spans, now=timezone.now())
    return ""


def read_calendars(job: Job, progress: Progress) -> dict[str, Any]:
    """Each in its turn, and whatever becomes of it, the next one has its turn as well."""
    read = failed = 0
    rows = BusyCalendar.objects.select_related("person")
    while (calendar := rows.to_read(timezone.now()).first()) is not None:
        progress.report("reading", read + failed, read + failed + rows.to_read(timezone.now()).count())
        # It is not first again before its time, even if all of this ends while it is read.
        if not begin_reading(calendar, now=timezone.now()):
            continue
        try:
            problem = read_one(calendar)
        except Exception as error:
            if is_gone(error):
                raise
            log.error("Calendar %s could not be read: %s", calendar.public_id, in_short(error))
            problem = "ours"
        if problem:
            keep_problem(calendar, problem, now=timezone.now())
            failed += 1
        else:
            read += 1
    return {"read": read, "failed": failed}


JOBS = table(JobKind(READ, read_calendars, steps=("reading",)))
