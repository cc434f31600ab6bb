"""Runs that begin by themselves.  Each says which schedule it came of, keeps its cut-offs, and can be taken back."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy

from activity.actions import disarm, post, rearm, record
from activity.calendar import instant, local_date, next_weekly
from activity.models import Due, Event, reference
from matching.actions.publishing import publish
from matching.actions.runs import ask_for_run
from matching.models import MatchRun, ProposalMember, RunSchedule
from matching.readiness import readiness
from matching.stages import Refused, RunState
from people.models import User
from programs.letters import coordinator_of
from programs.models import Cycle, ProgramRole
from programs.models.enrolments import Role
from programs.models.programs import COORDINATING
from programs.permissions import RULES as PROGRAM_RULES
from programs.stages import ProgramState

SCHEDULE_DUE = "matching.scheduled_run"
RHYTHM = ("every_weeks", "weekday", "at")
CUT_OFFS = ("minimum_score", "minimum_share", "publishes")
# While the program is in one of these, the clock goes on looking.
LIVING = (ProgramState.DRAFT, ProgramState.PUBLISHED, ProgramState.RUNNING, ProgramState.SUSPENDED)
# Why a run of a schedule waits for somebody to look at it.
REVIEW_WANTED, UNPROVEN, BELOW_SHARE, NO_PAIR, IMPOSSIBLE = (
    "review_wanted",
    "unproven",
    "below_share",
    "no_pair",
    "impossible",
)


# What a run of a schedule is called, so that its page says why it waits.
NAMES = {
    "": gettext_lazy("By schedule, published by itself"),
    REVIEW_WANTED: gettext_lazy("By schedule"),
    UNPROVEN: gettext_lazy("By schedule, waits: not proven to be the best"),
    BELOW_SHARE: gettext_lazy("By schedule, waits: too few people have a pair"),
    NO_PAIR: gettext_lazy("By schedule: no pair reaches the lowest fit"),
    IMPOSSIBLE: gettext_lazy("By schedule, waits: no pair could be offered any more"),
}


@transaction.atomic
def schedule_runs(cycle: Cycle, given: dict[str, Any], *, by: User, now: datetime) -> RunSchedule:
    """From now on runs begin by themselves, or otherwise than before.  A change of the cut-offs alone keeps the day of
    the next run."""
    program = cycle.program
    PROGRAM_RULES.require(by, "match", program)
    values = {name: given[name] for name in (*RHYTHM, *CUT_OFFS)}
    before = RunSchedule.objects.select_for_update().filter(cycle=cycle).first()
    schedule, _made = RunSchedule.objects.update_or_create(
        cycle=cycle, defaults={**values, "by": by, "is_active": True}
    )
    same_rhythm = before is not None and all(getattr(before, name) == values[name] for name in RHYTHM)
    if not (same_rhythm and before.is_active and before.next_at and before.next_at > now):
        day, _moment = next_weekly(now, schedule.weekday, schedule.at, ZoneInfo(program.zone))
        arm_run(schedule, day, now=now)
    record("schedule.set", schedule, by=by, at=now, scope=program.scope, publishes=schedule.publishes)
    return schedule


@transaction.atomic
def stop_schedule(schedule: RunSchedule, *, by: User, now: datetime) -> bool:
    """No run begins by itself any more; what has been published stays."""
    program = schedule.cycle.program
    PROGRAM_RULES.require(by, "match", program)
    stopped = RunSchedule.objects.filter(pk=schedule.pk, is_active=True).update(is_active=False, next_at=None)
    if stopped:
        disarm(schedule, [SCHEDULE_DUE])
        record("schedule.stopped", schedule, by=by, at=now, scope=program.scope)
    return bool(stopped)


def arm_run(schedule: RunSchedule, day: date, *, now: datetime) -> None:
    """The next run is on that day, at the schedule's time on the clocks of the program."""
    zone = schedule.cycle.program.zone
    occurrence = f"{day.isoformat()} {schedule.at:%H:%M} {zone}"
    due = rearm(SCHEDULE_DUE, schedule, local=(day, schedule.at, zone), occurrence=occurrence, now=now)
    RunSchedule.objects.filter(pk=schedule.pk).update(next_at=due.due_at)
    schedule.next_at = due.due_at


def following(schedule: RunSchedule, day: date, now: datetime) -> date:
    """The next day of the rhythm after that one that is not over: what an outage has missed is not made up."""
    zone = ZoneInfo(schedule.cycle.program.zone)
    day += timedelta(weeks=schedule.every_weeks)
    while instant(day, schedule.at, zone) <= now:
        day += timedelta(weeks=schedule.every_weeks)
    return day


@transaction.atomic
def run_by_schedule(schedule: RunSchedule, due: Due, *, now: datetime) -> MatchRun | None:
    """The moment of a schedule has come: a run of those who wait, if there are any, in its coordinator's name."""
    cycle = schedule.cycle
    program = cycle.program
    if not schedule.is_active or program.state not in LIVING:
        return None
    zone = ZoneInfo(program.zone)
    day = due.local_date or local_date(due.due_at, zone)
    if due.zone != program.zone and instant(day, schedule.at, zone) > now:
        arm_run(schedule, day, now=now)  # the program has moved to another zone, where it is not yet time
        return None
    arm_run(schedule, following(schedule, day, now), now=now)
    RunSchedule.objects.filter(pk=schedule.pk).update(last_at=now)
    by = in_whose_name(schedule)
    if by is None or not program.is_open_for_joining or readiness(cycle).missing:
        return None
    terms = {
        "name": str(NAMES[REVIEW_WANTED]),
        "minimum_score": schedule.minimum_score * 100,
        "minimum_share": schedule.minimum_share,
    }
    try:
        with transaction.atomic():
            run, _job = ask_for_run(cycle, by=by, now=now, terms=terms)
    except Refused:
        record("schedule.passed_over", schedule, by=None, at=now, scope=program.scope)
        return None
    record("match_run.scheduled", run, by=None, at=now, scope=program.scope, schedule=schedule.pk)
    return run


def in_whose_name(schedule: RunSchedule) -> User | None:
    """Whoever set the schedule while still coordinating, else the first coordinator."""
    program = schedule.cycle.program
    held = program.roles.current().filter(person=schedule.by, role__in=COORDINATING, person__is_active=True)
    return schedule.by if held.exists() else coordinator_of(program)


def schedule_of(run: MatchRun) -> int | None:
    """The key of the schedule a run came of; none where a person asked for it."""
    told = Event.objects.filter(about=reference(run), verb="match_run.scheduled").first()
    return told.details["schedule"] if told else None


@transaction.atomic
def conclude(run: MatchRun, *, now: datetime) -> None:
    """A run of a schedule is finished: publish it if it holds its cut-offs and may be, and tell the coordinators what
    was done and why.  Of a run that somebody asked for there is nothing to conclude."""
    schedule = RunSchedule.objects.filter(pk=schedule_of(run)).first()
    if schedule is None:
        return
    why, offered = reason_to_wait(run, schedule), 0
    if not why:
        try:
            with transaction.atomic():
                offered, _aside = publish(run, by=run.created_by, now=now)
        except (Refused, PermissionDenied):
            run.refresh_from_db()
            why = IMPOSSIBLE
    MatchRun.objects.filter(pk=run.pk).update(name=str(NAMES[why]))
    tell(run, schedule, why=why, offered=offered, now=now)


def reason_to_wait(run: MatchRun, schedule: RunSchedule) -> str:
    """Why the pairs of a run are not published without a look; empty when they are."""
    if not run.pairs:
        return NO_PAIR
    if not schedule.publishes:
        return REVIEW_WANTED
    if not run.is_proven:
        return UNPROVEN
    return BELOW_SHARE if matched_in(run) * 100 < run.minimum_share * run.mentees else ""


def matched_in(run: MatchRun) -> int:
    """How many of those who look for a mentor, or for another peer, have somebody in this run."""
    members = ProposalMember.objects.filter(proposal__run=run).exclude(role=Role.MENTOR)
    return members.values("enrolment").distinct().count()


@transaction.atomic
def tell_of_failure(run: MatchRun, *, now: datetime) -> None:
    """A run of a schedule had no result; nobody was waiting at a page to see it."""
    schedule = RunSchedule.objects.filter(pk=schedule_of(run)).first()
    if schedule is not None and run.state == RunState.FAILED:
        tell(run, schedule, why="failed", offered=0, now=now)


def tell(run: MatchRun, schedule: RunSchedule, *, why: str, offered: int, now: datetime) -> None:
    program = run.cycle.program
    event = record(
        "match_run.concluded",
        run,
        by=None,
        at=now,
        scope=program.scope,
        schedule=schedule.pk,
        offered=offered,
        why=why,
    )
    matched = matched_in(run)
    held = program.roles.current().filter(role=ProgramRole.Role.COORDINATOR, person__is_active=True)
    for role in held.select_related("person"):
        post(
            "matching.scheduled_run",
            role.person,
            about=run,
            key=f"scheduled_run|{run.public_id}|{role.person_id}",
            now=now,
            event=event,
            scope=program.scope,
            data={"why": why, "offered": offered, "matched": matched},
        )
