"""Deeds about a goal on its way: steps, how far it is, and how it ended."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext_lazy as _

from people.models import User
from relationships import smart
from relationships.actions.goals import Changed, S, add_note, claim, record_goal, write_about
from relationships.actions.once import once
from relationships.actions.reminders import arm_reminders
from relationships.models import Goal, GoalUpdate, Milestone
from relationships.models.goals import FINAL_STATES
from relationships.permissions import GOAL_RULES
from relationships.stages import Refused

STEPS_AT_MOST = 8


@transaction.atomic
def add_step(
    goal: Goal, *, title: str, due_on: date | None = None, key: str = "", by: User, now: datetime
) -> Milestone:
    GOAL_RULES.require(by, "update_goal", goal)
    if due_on and goal.due_on and due_on > goal.due_on:
        raise Refused(_("A step comes before the goal itself. Choose a day until the goal's own."))
    kept = goal.milestones.exclude(state=Milestone.State.DROPPED)

    def make() -> Milestone:
        if kept.count() >= STEPS_AT_MOST:
            raise Refused(_("A goal has at most eight steps. Make two goals of it, or drop a step."))
        last = goal.milestones.aggregate(last=Max("order"))["last"] or 0
        return Milestone(goal=goal, title=title, due_on=due_on, order=last + 1)

    _touch(goal)
    step, is_new = once(goal.milestones.all(), key, make)

    if is_new:
        record_goal("step_added", goal, by=by, now=now)
        arm_reminders(goal.relationship, now)
    return step


@transaction.atomic
def set_step(step: Milestone, state: str, *, by: User, now: datetime) -> Milestone:
    """Done, open again, or dropped."""
    goal = step.goal
    GOAL_RULES.require(by, "update_goal", goal)
    if step.state == state:
        return step

    _touch(goal)
    changed = Milestone.objects.filter(pk=step.pk, state=step.state).update(
        state=state, done_at=now if state == Milestone.State.DONE else None
    )
    if not changed:
        raise Changed
    step.refresh_from_db(fields=["state", "done_at"])

    if state == Milestone.State.DONE:
        _begin(goal)
    record_goal(f"step_{state}", goal, by=by, now=now)
    return step


@transaction.atomic
def update_goal(
    goal: Goal,
    *,
    percent: int | None = None,
    value: Decimal | None = None,
    note: str = "",
    key: str = "",
    by: User,
    now: datetime,
) -> GoalUpdate:
    """How far it is: a percentage, or the number that the goal is measured by.  Each is kept."""
    GOAL_RULES.require(by, "update_goal", goal)
    if value is not None and goal.baseline is not None and goal.target is not None:
        percent = smart.percent_of_value(value, goal.baseline, goal.target)
    far = goal.progress if percent is None else percent

    _touch(goal)
    update, is_new = once(
        goal.updates.filter(author=by),
        key,
        lambda: GoalUpdate(goal=goal, author=by, at=now, percent=far, value=value, note=note),
    )
    if is_new:
        Goal.objects.filter(pk=goal.pk).update(progress=far)
        goal.progress = far
        if far:
            _begin(goal)
        record_goal("goal_updated", goal, by=by, now=now)
    return update


@transaction.atomic
def close_goal(goal: Goal, state: str, *, evidence: str = "", by: User, now: datetime) -> Goal:
    """How it ended.  Achieved is a word of two: it needs evidence, or else the other's confirmation."""
    GOAL_RULES.require(by, "close_goal", goal)
    if state not in FINAL_STATES:
        raise Refused(_("Choose how this goal ended."))
    unproven = state == S.ACHIEVED and not evidence.strip()
    if unproven and not (goal.is_shared and goal.is_agreed):
        raise Refused(
            _("Say what shows that it is achieved: nobody else has agreed this goal who could confirm it.")
        )
    if unproven and goal.claimed_at:
        return goal

    claim(goal)
    if unproven:
        goal.claimed_at = now
    else:
        _finish(goal, state, now)
    goal.save()
    add_note(goal, evidence, by=by, now=now)

    record_goal("goal_claimed" if unproven else "goal_closed", goal, by=by, now=now)
    if unproven:
        write_about(goal, "goal_claimed", now=now)
    return goal


@transaction.atomic
def confirm_achieved(goal: Goal, *, by: User, now: datetime) -> Goal:
    if goal.state == S.ACHIEVED:
        return goal
    GOAL_RULES.require(by, "confirm_goal", goal)
    _must_be_claimed(goal)

    claim(goal)
    _finish(goal, S.ACHIEVED, now)
    goal.save()

    record_goal("goal_closed", goal, by=by, now=now)
    return goal


@transaction.atomic
def deny_achieved(goal: Goal, *, note: str = "", by: User, now: datetime) -> Goal:
    """Not yet: the goal goes on, and its owner reads why if the other says so."""
    GOAL_RULES.require(by, "confirm_goal", goal)
    _must_be_claimed(goal)

    claim(goal)
    goal.claimed_at = None
    goal.save()
    add_note(goal, note, by=by, now=now)

    record_goal("goal_goes_on", goal, by=by, now=now)
    write_about(goal, "goal_answered", now=now, answer="not_yet")
    return goal


def _must_be_claimed(goal: Goal) -> None:
    if goal.claimed_at is None:
        raise Refused(_("There is nothing to confirm any more. Read the goal again."))


def _finish(goal: Goal, state: str, now: datetime) -> None:
    goal.state, goal.closed_at, goal.claimed_at = state, now, None
    if state == S.ACHIEVED:
        goal.progress = 100


def _touch(goal: Goal) -> None:
    """Steps and progress change nothing that anybody agreed, so they do not make an open form stale."""
    if not Goal.objects.filter(pk=goal.pk).exclude(state__in=FINAL_STATES).update(version=F("version")):
        raise Changed


def _begin(goal: Goal) -> None:
    Goal.objects.filter(pk=goal.pk, state=S.AGREED).update(state=S.IN_PROGRESS)
    goal.refresh_from_db(fields=["state"])
