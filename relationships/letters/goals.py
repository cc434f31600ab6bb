"""Letters about goals: that there is something to read, never what."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from activity.kinds import LetterKind, table
from activity.models import Letter, reference
from people.models import User
from relationships.models import Goal, Relationship


def goal_of(letter: Letter) -> Goal | None:
    """The goal, if the reader may read it today."""
    key = letter.about.rpartition(":")[2]
    visible = Goal.objects.visible_to(letter.person).select_related("owner")
    goal = visible.filter(pk=key).first() if key.isdigit() else None
    if goal:
        goal.relationship = Relationship.objects.with_people().get(pk=goal.relationship_id)
    return goal


def proposed(letter: Letter, now: datetime) -> dict[str, Any] | None:
    goal = goal_of(letter)
    if goal is None or goal.state != Goal.State.PROPOSED:
        return None
    return {**_words(goal, goal.owner), "again": goal.revision > 1}


def answered(letter: Letter, now: datetime) -> dict[str, Any] | None:
    """To the owner: the other agrees, asks for a change, or does not see it achieved yet."""
    goal = goal_of(letter)
    other = goal and goal.relationship.partner_of(letter.person)
    if goal is None or other is None or not goal.relationship.is_alive:
        return None
    return {**_words(goal, other), "answer": letter.data.get("answer", "")}


def claimed(letter: Letter, now: datetime) -> dict[str, Any] | None:
    goal = goal_of(letter)
    if goal is None or goal.claimed_at is None:
        return None
    return _words(goal, goal.owner)


LETTERS = table(
    LetterKind("relationships.goal_proposed", proposed),
    LetterKind("relationships.goal_answered", answered),
    LetterKind("relationships.goal_claimed", claimed),
)


def _words(goal: Goal, by: User) -> dict[str, Any]:
    return {
        "by": by.short_name,
        "program": goal.relationship.program,
        "thread": reference(goal.relationship),
        "sender_name": by.full_name,
        "sender_place": goal.relationship.program.title,
        "reply_to": by.email or "",
        "path": reverse("relationships:goal", args=[goal.public_id]),
        "why": _("You get this because you take part in %(program)s.")
        % {"program": goal.relationship.program.title},
    }
