"""Letters of early warning, to the people themselves: nobody is blamed, and a date is all they hold."""

from datetime import datetime

from django.urls import reverse

from activity.kinds import LetterKind, Patience, table
from activity.models import Letter
from core.dates import day_words
from relationships import health
from relationships.letters import choices
from relationships.letters.life import RHYTHM, Words, for_member
from relationships.letters.meetings import in_zone_of
from relationships.stages import Status


def first_meeting(letter: Letter, now: datetime) -> Words | None:
    """True while nothing was held and nothing is planned since."""
    words = _expecting(letter, now)
    if words is None or words["relationship"].last_met_at:
        return None
    since = words["relationship"].silent_since
    return words if since.isoformat() == letter.data.get("since") else None


def called_off(letter: Letter, now: datetime) -> Words | None:
    """True while those meetings are the last ones there were."""
    words = _expecting(letter, now)
    found = health.let_down(words["relationship"], now) if words else None
    if found is None or found.meeting.pk != letter.data.get("meeting") or found.person != letter.person:
        return None
    return {
        **words,
        "was_cancelled": found.was_cancelled,
        "day": day_words(in_zone_of(letter.person, found.meeting.starts_at).date(), "long"),
        "agreement_path": reverse("relationships:agreement", args=[words["relationship"].public_id]),
    }


def _expecting(letter: Letter, now: datetime) -> Words | None:
    """A meeting is expected of these people now, and none stands in the calendar."""
    words = for_member(letter)
    if words is None:
        return None
    relationship = words["relationship"]
    planned = relationship.next_meeting_at and relationship.next_meeting_at > now
    if planned or relationship.status != Status.ACTIVE or relationship.formal_end_at:
        return None
    return {**words, "path": reverse("relationships:plan", args=[relationship.public_id])}


LETTERS = table(
    LetterKind("relationships.first_meeting", first_meeting, patience=Patience.WEEK, **RHYTHM),
    LetterKind("relationships.called_off", called_off, patience=Patience.WEEK, choice=choices.RHYTHM),
)
