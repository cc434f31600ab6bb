"""Letters about days that people have set themselves: which day it is, never what it is the day of."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext as _

from activity import calendar
from activity.kinds import LetterKind, Patience, table
from activity.models import Letter
from core.dates import day_words
from people.models import User
from relationships import dates
from relationships.letters import choices
from relationships.letters.life import for_member, words_of_pair
from relationships.models import Agreement, Relationship
from relationships.reminders import DAYS, Thing, called_for, things_of, told_on


def to_review(person: User, key: Any) -> Agreement | None:
    """The agreement, if this person is one of those who still have to look at it again."""
    expected = Relationship.objects.active().of_member(person)
    open_ = Agreement.objects.in_force().filter(reviewed_at=None, relationship__in=expected)
    return open_.filter(pk=key).first() if isinstance(key, int) else None


def review_due(letter: Letter, now: datetime) -> dict[str, Any] | None:
    """True until one of them has said that it still fits, or the next version is in force."""
    words = for_member(letter)
    agreement = to_review(letter.person, letter.data.get("agreement")) if words else None
    if agreement is None:
        return None
    day = dates.review_of(agreement, words["relationship"])
    if day is None or day.isoformat() != letter.data.get("day"):
        return None
    return {
        **words,
        "day": day_words(day, "long"),
        "is_past": day < _today(letter.person, now),
        "path": reverse("relationships:agreement", args=[words["relationship"].public_id]),
    }


def days_due(letter: Letter, now: datetime) -> dict[str, Any] | None:
    """What is near and what has passed as it stands now; true while something that called for it is open."""
    reader, day = letter.person, letter.data.get("day")
    if reader is None or not reader.is_active or not day:
        return None
    things, today = things_of(reader), _today(reader, now)
    told = told_on(things, today)
    if not told or not called_for(things, date.fromisoformat(day), today):
        return None
    relationship = Relationship.objects.with_people().get(public_id=told[0].relationship)
    return {
        **words_of_pair(relationship),
        "lines": [{"words": words_of(thing, today), "path": path_of(thing)} for thing in told],
        "first": words_of(told[0], today),
        "count": len(told),
        "path": path_of(told[0]) if len(told) == 1 else reverse("relationships:goals"),
        "why": _("You get this because you take part in %(program)s.")
        % {"program": relationship.program.title},
    }


def words_of(thing: Thing, today: date) -> str:
    """One whole sentence for each, so that it can be said in every language."""
    sentences = {
        "goal": (_("A goal is due on %(day)s"), _("A goal was due on %(day)s")),
        "step": (_("A step of a goal is due on %(day)s"), _("A step of a goal was due on %(day)s")),
        "action": (_("Something to do is due on %(day)s"), _("Something to do was due on %(day)s")),
    }
    ahead, passed = sentences[thing.kind]
    return (passed if thing.day < today else ahead) % {"day": day_words(thing.day, "long")}


def path_of(thing: Thing) -> str:
    if thing.goal:
        return reverse("relationships:goal", args=[thing.goal])
    return reverse("relationships:detail", args=[thing.relationship])


def _today(reader: User, now: datetime) -> date:
    return calendar.local_date(now, ZoneInfo(reader.zone))


LETTERS = table(
    LetterKind(
        "relationships.review_due",
        review_due,
        family="relationships.review_due",
        patience=Patience.HOURS,
        choice=choices.DAYS,
    ),
    LetterKind(DAYS, days_due, family=DAYS, patience=Patience.HOURS, choice=choices.DAYS),
)
