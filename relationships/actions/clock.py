"""What the clock does with a relationship: once each morning there, and when an answer falls due.

It takes the steps that are due, in order and with their true dates even after days without power; announces
the one that could come; and reminds.  Asked twice it does nothing twice: each step has one place in the stage
table, each letter one key.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction

from activity.actions import record
from relationships import dates, gates
from relationships.actions.effects import arm_next_morning
from relationships.actions.endings import let_go
from relationships.actions.life import move, open_request, tell
from relationships.actions.reminders import arm_reminders
from relationships.actions.requests import ask, drop, let_lapse
from relationships.actions.warnings import warn
from relationships.models import Closure, MoveRequest, Relationship, StageTransition
from relationships.permissions import RULES
from relationships.stages import TAKE_BACK, How, Stage, Status, find

SEPARATION_NOTICES = (14, 3)
# After "not yet" the clock keeps quiet for a while; the two can ask at any time.
QUIET_AFTER_NOT_YET = timedelta(days=28)


class DueStep(NamedTuple):
    at: datetime
    verb: str
    facts: dict[str, Any]


@transaction.atomic
def evaluate(relationship: Relationship, *, now: datetime) -> Relationship:
    relationship = Relationship.objects.with_people().get(pk=relationship.pk)
    let_go_who_left(relationship, now)
    while step := next_step(relationship, now):
        move(relationship, step.verb, by=None, now=now, effective_at=step.at, **step.facts)
    if relationship.is_alive:
        close_overdue_request(relationship, now)
        watch_reporting_line(relationship, now)
        announce(relationship, now)
        remind(relationship, now)
        arm_reminders(relationship, now)
        arm_next_morning(relationship, now)
    return relationship


def let_go_who_left(relationship: Relationship, now: datetime) -> None:
    """A group goes on without somebody who has left the organisation, as long as somebody leads it."""
    for person in relationship.people:
        if person.left_at and person.left_at <= now and RULES["leave"](person, relationship):
            let_go(relationship, person, by=None, now=now)


# Steps


def next_step(relationship: Relationship, now: datetime) -> DueStep | None:
    """The earliest step that is due, that its gate allows, and that nobody has taken back."""
    for step in sorted(due_steps(relationship, now), key=lambda step: step.at):
        row = find(step.verb, relationship.status, relationship.stage)
        if gates.check(relationship, row.gate, now).hold and not taken_back(relationship, step):
            return step
    return None


def due_steps(relationship: Relationship, now: datetime) -> Iterator[DueStep]:
    return (step for step in _steps(relationship) if step.at <= now)


def _steps(relationship: Relationship) -> Iterator[DueStep]:
    if relationship.status in (Status.ACTIVE, Status.PAUSED):
        for person in relationship.people:
            if person.left_at:
                yield DueStep(person.left_at, "end", {"closure_type": Closure.Type.ADMINISTRATIVE})
        if ends := dates.small_group_ends(relationship):
            yield DueStep(ends, "end", {"closure_type": Closure.Type.ADMINISTRATIVE})
    if relationship.status == Status.ACTIVE:
        yield from _steps_of_stage(relationship)


def _steps_of_stage(relationship: Relationship) -> Iterator[DueStep]:
    stage = relationship.stage
    request = open_request(relationship) if stage == Stage.INITIATION else None
    if request and request.verb == "cultivate":
        yield DueStep(request.due_at, "cultivate", {})
    if stage in (Stage.INITIATION, Stage.CULTIVATION):
        # Taken back on the first of these days, it is tried once more on the second.
        for day in (relationship.separation_on, relationship.planned_end_on):
            if day:
                yield DueStep(dates.morning(relationship, day), "wind_up", {})
    if stage == Stage.SEPARATION and relationship.planned_end_on:
        yield DueStep(dates.window_ends(relationship), "redefine", {})
    if stage == Stage.REDEFINITION and relationship.formal_end_at:
        yield DueStep(dates.follow_up_ends(relationship), "complete", {})


def taken_back(relationship: Relationship, step: DueStep) -> bool:
    """Since the step fell due somebody has said no to it."""
    said_no = relationship.transitions.filter(verb=TAKE_BACK, takes_back__verb=step.verb)
    return said_no.filter(at__gte=step.at).exists()


# Requests


def close_overdue_request(relationship: Relationship, now: datetime) -> None:
    """What was to happen by itself has happened above if it could; what needed an answer got none."""
    request = open_request(relationship)
    if request is None or request.due_at > now:
        return
    if find(request.verb, relationship.status, relationship.stage).member == How.ASK:
        let_lapse(request, relationship, now)
    else:
        drop(request, now)


def announce(relationship: Relationship, now: datetime) -> None:
    """Cultivation could begin: in seven days it does, unless one of the two says "not yet"."""
    if (relationship.status, relationship.stage) != (Status.ACTIVE, Stage.INITIATION):
        return
    if open_request(relationship) or objected_lately(relationship, now):
        return
    if gates.check(relationship, "initiation", now).hold:
        ask(relationship, "cultivate", by=None, now=now)


def objected_lately(relationship: Relationship, now: datetime) -> bool:
    since = now - QUIET_AFTER_NOT_YET
    said = relationship.move_requests.filter(verb="cultivate", state=MoveRequest.State.NOT_YET)
    undone = StageTransition.objects.filter(
        takes_back__relationship=relationship, takes_back__verb="cultivate"
    )
    return said.filter(answered_at__gt=since).exists() or undone.filter(at__gt=since).exists()


# What the coordinators have to know


def watch_reporting_line(relationship: Relationship, now: datetime) -> None:
    """Somebody became the manager of the other, or is no longer: nothing moves, the coordinators see it."""
    is_so = relationship.is_open and gates.in_one_line({person.pk for person in relationship.people})
    if is_so == (relationship.reporting_line_since is not None):
        return
    relationship.reporting_line_since = now if is_so else None
    rows = Relationship.objects.filter(pk=relationship.pk)
    rows.update(reporting_line_since=relationship.reporting_line_since)
    verb = "relationships.reporting_line_found" if is_so else "relationships.reporting_line_gone"
    record(verb, relationship, by=None, at=now, scope=relationship.program.scope)


# Reminders


def remind(relationship: Relationship, now: datetime) -> None:
    if relationship.status == Status.PAUSED:
        remind_of_end_of_pause(relationship, now)
    elif relationship.status == Status.ACTIVE and relationship.formal_end_at is None:
        give_notice_of_separation(relationship, now)
        warn(relationship, now)


def remind_of_end_of_pause(relationship: Relationship, now: datetime) -> None:
    until = relationship.paused_until
    if dates.today(relationship, now) >= until:
        data = {"until": until.isoformat()}
        tell("pause_over", relationship, relationship.people, about=until, now=now, data=data)


def give_notice_of_separation(relationship: Relationship, now: datetime) -> None:
    """Fourteen and three days before.  When both were missed only the nearer one goes out."""
    day = relationship.separation_on
    if day is None or relationship.stage not in (Stage.INITIATION, Stage.CULTIVATION):
        return
    ahead = (day - dates.today(relationship, now)).days
    reached = [notice for notice in SEPARATION_NOTICES if 0 < ahead <= notice]
    if reached and gates.held_meetings(relationship):
        data = {"day": day.isoformat()}
        about = f"{day}:{min(reached)}"
        tell("separation_near", relationship, relationship.people, about=about, now=now, data=data)
