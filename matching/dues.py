"""What the clock does for offers, for lists people choose from, and for runs that begin by themselves."""

from datetime import datetime

from activity.kinds import DueKind, table
from activity.models import Due
from matching import actions
from matching.models import Proposal, RunSchedule
from programs.models import Cycle


def key_of(due: Due) -> str:
    return due.subject.rpartition(":")[2]


def proposal_of(due: Due) -> Proposal | None:
    return Proposal.objects.select_related("cycle__program").filter(pk=key_of(due)).first()


def cycle_of(due: Due) -> Cycle | None:
    return Cycle.objects.select_related("program").filter(pk=key_of(due)).first()


def remind(due: Due, now: datetime) -> None:
    if proposal := proposal_of(due):
        actions.remind(proposal, now=now, occurrence=due.occurrence)


def expire(due: Due, now: datetime) -> None:
    if proposal := proposal_of(due):
        actions.expire(proposal, now=now)


def remind_of_shortlists(due: Due, now: datetime) -> None:
    if cycle := cycle_of(due):
        actions.remind_of_shortlists(cycle, now=now)


def close_shortlists(due: Due, now: datetime) -> None:
    if cycle := cycle_of(due):
        actions.close_shortlists(cycle, by=None, now=now)


def run_by_schedule(due: Due, now: datetime) -> None:
    rows = RunSchedule.objects.select_related("cycle__program", "by")
    if schedule := rows.filter(pk=key_of(due)).first():
        actions.run_by_schedule(schedule, due, now=now)


DUES = table(
    DueKind("matching.offer_reminder", remind, family="offers"),
    DueKind("matching.offer_expires", expire),
    DueKind("matching.shortlist_reminder", remind_of_shortlists, family="shortlists"),
    DueKind("matching.shortlists_close", close_shortlists),
    DueKind("matching.scheduled_run", run_by_schedule),
)
