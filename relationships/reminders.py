"""Days that people are reminded of: the review of their agreement, and the days of their goals, steps and actions.

Each reminder is of one person, by the clock of the place where that person lives.  It knows days, never what the
goal, the step or the agreement says.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from activity import calendar
from activity.models import reference
from people.models import User
from relationships import dates
from relationships.models import ActionItem, Agreement, Goal, Milestone, Relationship

REVIEW, DAYS = "relationships.agreement_review", "relationships.days_due"
AT = time(8)
# How many days before; those below nothing are days after.
REVIEW_NOTICES = (dates.REVIEWED_FROM.days, 3, 0, -7, -14, -21)
DAY_NOTICES = (3, 0, -7)
# A letter about one day tells of the others that are near, and of those that passed not too long ago.
TOLD_AHEAD, TOLD_AFTER = max(DAY_NOTICES), 28


class Reminder(NamedTuple):
    """``occurrence`` names what must be said only once to that person."""

    kind: str
    person: User
    day: date
    occurrence: str
    data: dict[str, Any]

    @property
    def moment(self) -> datetime:
        return calendar.instant(self.day, AT, ZoneInfo(self.person.zone))

    @property
    def row(self) -> tuple[str, str, str, str]:
        """As the clock keeps it."""
        return reference(self.person), self.kind, self.occurrence, self.person.zone


class Thing(NamedTuple):
    """Something of a person's own with a day: what it is, and where its page is.  ``goal`` is empty for an action."""

    kind: str
    day: date
    relationship: str
    goal: str = ""


def reached(ahead: int, notices: Iterable[int]) -> int | None:
    """The latest of the notices whose day has come, ``ahead`` days before; None if none has."""
    return min((notice for notice in notices if ahead <= notice), default=None)


def reminders_of(relationship: Relationship) -> Iterator[Reminder]:
    yield from _of_review(relationship)
    people = {person.pk: person for person in relationship.people}
    for owner, day in sorted(_days_of(relationship)):
        for notice in DAY_NOTICES if owner in people else ():
            on = day - timedelta(days=notice)
            yield Reminder(DAYS, people[owner], on, on.isoformat(), {})


def _of_review(relationship: Relationship) -> Iterator[Reminder]:
    in_force = Agreement.objects.in_force().filter(relationship=relationship, reviewed_at=None)
    agreement = in_force.only("pk", "review_on", "in_force_at").first()
    day = agreement and dates.review_of(agreement, relationship)
    for notice in REVIEW_NOTICES if day else ():
        on = day - timedelta(days=notice)
        for person in relationship.people:
            yield Reminder(REVIEW, person, on, f"{agreement.pk}:{on}", {"agreement": agreement.pk})


def _days_of(relationship: Relationship) -> set[tuple[int, date]]:
    """Whose day it is, and which."""
    goals = Goal.objects.waiting_for_owner().filter(relationship=relationship, due_on__isnull=False)
    steps = Milestone.objects.to_do().filter(goal__relationship=relationship, due_on__isnull=False)
    actions = ActionItem.objects.to_do().filter(relationship=relationship, due_on__isnull=False)
    return set(
        goals.order_by()
        .values_list("owner", "due_on")
        .union(
            steps.order_by().values_list("goal__owner", "due_on"),
            actions.order_by().values_list("owner", "due_on"),
        )
    )


def things_of(person: User) -> list[Thing]:
    """What this person has still to do by a day, where meetings are expected now; the next day first."""
    mine = Relationship.objects.active().of_member(person)
    goals = Goal.objects.waiting_for_owner().filter(owner=person, relationship__in=mine)
    steps = Milestone.objects.to_do().filter(goal__owner=person, goal__relationship__in=mine)
    actions = ActionItem.objects.to_do().filter(owner=person, relationship__in=mine)
    found = [
        Thing(kind, *row)
        for kind, rows in (
            ("goal", goals.values_list("due_on", "relationship__public_id", "public_id")),
            ("step", steps.values_list("due_on", "goal__relationship__public_id", "goal__public_id")),
            ("action", actions.values_list("due_on", "relationship__public_id")),
        )
        for row in rows.filter(due_on__isnull=False)
    ]
    return sorted(found, key=lambda thing: thing.day)


def called_for(things: Iterable[Thing], since: date, today: date) -> bool:
    """Whether one of them is brought to mind on one of these days."""
    days = (thing.day - timedelta(days=notice) for thing in things for notice in DAY_NOTICES)
    return any(since <= day <= today for day in days)


def told_on(things: Iterable[Thing], today: date) -> list[Thing]:
    return [thing for thing in things if -TOLD_AFTER <= (thing.day - today).days <= TOLD_AHEAD]
