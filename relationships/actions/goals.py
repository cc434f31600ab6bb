"""Deeds about goals: written down, proposed, agreed, worked on, closed.

Only what both have agreed counts.  What is specific, measurable or timed about an agreed goal changes by a
revision that needs agreement again; how the agreed one read is kept, for when the change is taken back.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from activity.actions import post, record
from people.models import User
from relationships import smart
from relationships.actions.once import once
from relationships.actions.reminders import arm_reminders
from relationships.models import Goal, GoalRevision, Milestone, Relationship
from relationships.models.goals import FINAL_STATES
from relationships.permissions import GOAL_RULES, RULES
from relationships.stages import Refused

S = Goal.State
# What the two agree on.  Changing any of it needs both again.
AGREED_PARTS = (
    "title", "specific", "measure", "baseline", "target", "unit", "evidence", "due_on", "continues_after",
)  # fmt: skip
OWN_PARTS = ("category", "first_step", "resources", "confidence", "relevance", "visibility")
CONTENT = AGREED_PARTS + OWN_PARTS
TOLD_TO_THE_PROGRAM = ("goal_proposed", "goal_agreed", "goal_closed")


class Incomplete(Refused):
    """Parts are missing; ``problems`` has a sentence for each."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(_("This goal is not complete yet. What is missing is written beside each part."))
        self.problems = problems


class Changed(Refused):
    """Somebody else has changed it since this person read it."""

    def __init__(self) -> None:
        super().__init__(_("This goal was changed while you had it open. Read it again before you go on."))


@transaction.atomic
def draft_goal(
    relationship: Relationship, *, content: dict[str, Any], key: str = "", by: User, now: datetime
) -> Goal:
    """Written down, complete or not, by its owner.  ``key`` makes sending twice one goal."""
    RULES.require(by, "set_goal", relationship)

    def make() -> Goal:
        goal = Goal(relationship=relationship, owner=by, created_at=now)
        _fill(goal, content, now)
        return goal

    goal, is_new = once(Goal.objects.filter(relationship=relationship, owner=by), key, make)
    goal.relationship = relationship

    if is_new:
        record_goal("goal_drafted", goal, by=by, now=now)
        arm_reminders(relationship, now)
    return goal


@transaction.atomic
def change_goal(goal: Goal, *, content: dict[str, Any], by: User, now: datetime) -> Goal:
    GOAL_RULES.require(by, "edit_goal", goal)
    before = {name: getattr(goal, name) for name in CONTENT}
    needs_both = goal.is_agreed and any(
        content.get(name, before[name]) != before[name] for name in AGREED_PARTS
    )
    if goal.is_agreed or goal.revision > 1:
        content = {**content, "visibility": Goal.Visibility.BOTH}
    if all(content.get(name, before[name]) == before[name] for name in CONTENT):
        return goal

    claim(goal)
    if needs_both:
        _keep_revision(goal, before, by=by, now=now)
    _fill(goal, content, now)
    if needs_both:
        _must_be_complete(goal, now)
        _ask_agreement(goal, by=by, now=now)
    elif goal.state == S.PROPOSED and not goal.is_shared:
        goal.state, goal.proposed_by, goal.proposed_at = S.DRAFT, None, None
    goal.save()

    record_goal("goal_changed", goal, by=by, now=now, revision=goal.revision)
    if needs_both:
        write_about(goal, "goal_proposed", now=now)
    arm_reminders(goal.relationship, now)
    return goal


@transaction.atomic
def propose_goal(goal: Goal, *, by: User, now: datetime) -> Goal:
    GOAL_RULES.require(by, "edit_goal", goal)
    if goal.state == S.PROPOSED:
        return goal
    if goal.state != S.DRAFT:
        raise Refused(_("You have both agreed this goal already."))
    if not goal.is_shared:
        raise Refused(
            _("Only you can read this goal. Share it first: what nobody else reads, nobody can agree.")
        )
    _must_be_complete(goal, now)

    claim(goal)
    _ask_agreement(goal, by=by, now=now)
    goal.save()

    record_goal("goal_proposed", goal, by=by, now=now)
    write_about(goal, "goal_proposed", now=now)
    return goal


@transaction.atomic
def agree_goal(goal: Goal, *, by: User, now: datetime) -> Goal:
    if goal.is_agreed and goal.agreed_by_id == by.pk:
        return goal
    GOAL_RULES.require(by, "agree_goal", goal)
    if goal.state != S.PROPOSED:
        raise Refused(_("This goal is not proposed any more. Read it again."))
    if _problems(goal, now)["timebound"]:
        raise Refused(_("The day of this goal has passed since it was proposed. Ask to change it."))

    claim(goal)
    begun = goal.progress > 0 or goal.milestones.filter(state=Milestone.State.DONE).exists()
    goal.state = S.IN_PROGRESS if begun else S.AGREED
    goal.agreed_by, goal.agreed_at = by, now
    goal.smart_parts = len(smart.PARTS)
    goal.save()

    record_goal("goal_agreed", goal, by=by, now=now)
    write_about(goal, "goal_answered", now=now, answer="agreed")
    return goal


@transaction.atomic
def ask_to_change_goal(goal: Goal, *, note: str = "", by: User, now: datetime) -> Goal:
    """Not like this yet: the goal goes back to its owner, with the other's words if there are any."""
    GOAL_RULES.require(by, "agree_goal", goal)
    if goal.state != S.PROPOSED:
        raise Refused(_("This goal is not proposed any more. Read it again."))

    claim(goal)
    goal.state, goal.proposed_by, goal.proposed_at = S.DRAFT, None, None
    goal.save()
    add_note(goal, note, by=by, now=now)

    record_goal("goal_change_asked", goal, by=by, now=now)
    write_about(goal, "goal_answered", now=now, answer="change")
    return goal


@transaction.atomic
def take_back_change(goal: Goal, *, by: User, now: datetime) -> Goal:
    """What both had agreed before stands again, as it was."""
    GOAL_RULES.require(by, "edit_goal", goal)
    agreed = goal.revisions.order_by("number").last()
    if goal.is_agreed or agreed is None:
        raise Refused(_("There is no change to take back."))

    claim(goal)
    kept = agreed.content
    _fill(goal, {name: _from_json(name, kept[name]) for name in AGREED_PARTS}, now)
    goal.state, goal.revision, goal.visibility = kept["state"], agreed.number, Goal.Visibility.BOTH
    goal.smart_parts = kept["smart_parts"]
    goal.proposed_by_id, goal.agreed_by_id = kept["proposed_by"], kept["agreed_by"]
    goal.proposed_at, goal.agreed_at = (
        datetime.fromisoformat(kept["proposed_at"]),
        datetime.fromisoformat(kept["agreed_at"]),
    )
    goal.save()
    agreed.delete()

    record_goal("goal_change_taken_back", goal, by=by, now=now)
    arm_reminders(goal.relationship, now)
    return goal


# What they share; how a goal goes on is in ``relationships.actions.progress``.


def _problems(goal: Goal, now: datetime) -> dict[str, str]:
    return smart.check(
        smart.Draft.of(goal), today=timezone.localdate(now), planned_end=goal.relationship.planned_end_on
    )


def _must_be_complete(goal: Goal, now: datetime) -> None:
    problems = {part: words for part, words in _problems(goal, now).items() if words}
    if problems:
        raise Incomplete(problems)


def _fill(goal: Goal, content: dict[str, Any], now: datetime) -> None:
    for name in CONTENT:
        if name in content:
            setattr(goal, name, content[name])
    goal.smart_parts = sum(not words for words in _problems(goal, now).values())


def claim(goal: Goal) -> None:
    """Nobody has changed the goal since this person read it: the rest of the deed may write it."""
    still_there = Goal.objects.filter(pk=goal.pk, version=goal.version).exclude(state__in=FINAL_STATES)
    if not still_there.update(version=F("version") + 1):
        raise Changed
    # Steps and updates change these without making an open form stale; saving must not undo them.
    goal.refresh_from_db(fields=["version", "state", "progress"])


def _ask_agreement(goal: Goal, *, by: User, now: datetime) -> None:
    goal.state, goal.proposed_by, goal.proposed_at = S.PROPOSED, by, now
    goal.agreed_by, goal.agreed_at, goal.claimed_at = None, None, None


def _keep_revision(goal: Goal, before: dict[str, Any], *, by: User, now: datetime) -> None:
    number = (goal.revisions.aggregate(last=Max("number"))["last"] or 0) + 1
    agreed = {
        "state": goal.state,
        "smart_parts": goal.smart_parts,
        "proposed_by": goal.proposed_by_id,
        "agreed_by": goal.agreed_by_id,
        "proposed_at": goal.proposed_at.isoformat(),
        "agreed_at": goal.agreed_at.isoformat(),
    }
    GoalRevision.objects.create(
        goal=goal,
        number=number,
        content={name: _to_json(before[name]) for name in AGREED_PARTS} | agreed,
        changed_by=by,
        changed_at=now,
    )
    goal.revision = number + 1


def _to_json(value: Any) -> Any:
    return str(value) if isinstance(value, (Decimal, date)) else value


def _from_json(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in ("baseline", "target"):
        return Decimal(value)
    return date.fromisoformat(value) if name == "due_on" else value


def add_note(goal: Goal, note: str, *, by: User, now: datetime) -> None:
    if note.strip():
        goal.updates.create(author=by, at=now, percent=goal.progress, note=note)


def record_goal(what: str, goal: Goal, *, by: User, now: datetime, **details: Any) -> None:
    """The program hears that a shared goal was proposed, agreed or closed, and of the rest nothing."""
    told = goal.is_shared and what in TOLD_TO_THE_PROGRAM
    scope = goal.relationship.program.scope if told else ""
    record(f"relationships.{what}", goal, by=by, at=now, scope=scope, state=goal.state, **details)


def write_about(goal: Goal, what: str, *, now: datetime, answer: str = "") -> None:
    """To whoever has to act: the others on a proposal or a claim, the owner on an answer."""
    readers = [goal.owner] if what == "goal_answered" else goal.relationship.others(goal.owner)
    for person in readers:
        post(
            f"relationships.{what}",
            person,
            about=goal,
            key=f"relationships.{what}:{goal.pk}:{goal.version}:{person.pk}",
            now=now,
            data={"answer": answer} if answer else {},
            scope=goal.relationship.program.scope if what in TOLD_TO_THE_PROGRAM else "",
        )
