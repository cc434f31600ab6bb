"""The long run that makes the lists people choose from."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from activity.jobs import Failed, Progress, Stopped
from activity.models import Job
from matching import actions
from matching.choices import lists
from matching.engine import EngineError
from matching.engine import Stopped as EngineStopped
from matching.snapshot import question
from matching.stages import Refused
from matching.telling import Telling
from people.models import User
from programs.models import Cycle

STEPS = ("reading", "scoring", "rules", "solving", "proving", "explaining", "keeping")


def make_shortlists(job: Job, progress: Progress, *, now: datetime) -> dict[str, Any]:
    given = job.data
    cycle = Cycle.objects.select_related("program").get(pk=job.about.rpartition(":")[2])
    by = User.objects.get(pk=job.by_id)
    progress.report("reading", 0, 1)
    people, asked = question(cycle, now)
    try:
        made = lists(asked, given["shown"], report=Telling(progress, None, lambda: now))
    except EngineStopped:
        raise Stopped from None
    except EngineError as problem:
        raise Failed(str(problem)) from problem
    if not made.of_mentees:
        raise Failed(
            _("There is nobody to choose from: the hard rules leave no pair, or no mentor has a free place.")
        )
    progress.report("keeping", 0, 1)
    try:
        with progress.keep() as result:
            result["lists"] = actions.open_shortlists(
                cycle, made, people, days=given["days"], both=given["both"], by=by, now=now
            )
    except Refused as refusal:
        raise Failed(str(refusal)) from refusal
    return result
