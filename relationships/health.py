"""How a relationship goes, in words with their reason: no score, and nobody is blamed for silence.

Computed from dates alone.  The list twin of "check in" is ``Relationship.objects.silent``.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from people.models import User
from programs.models.programs import Format
from relationships.models import Meeting, Relationship
from relationships.models.relationships import FIRST_MEETING_WITHIN, NUDGED_AFTER, SEEN_AFTER
from relationships.stages import Stage, Status

CALLED_OFF_LATELY = timedelta(days=14)


class Signal(NamedTuple):
    """``code`` for the program, the others for people; ``tone`` is good, watch, bad or nothing."""

    code: str
    tone: str
    words: str
    reason: str

    @property
    def asks_for_a_look(self) -> bool:
        return self.code == "check_in"


class LetDown(NamedTuple):
    """``meeting`` is the latest one that did not come to pass; ``person`` would have come."""

    meeting: Meeting
    person: User
    was_cancelled: bool


def signal(relationship: Relationship, now: datetime) -> Signal:
    if relationship.status == Status.ACTIVE and relationship.formal_end_at is None:
        return _of_rhythm(relationship, now)
    return _of_status(relationship)


def _of_status(relationship: Relationship) -> Signal:
    if relationship.status == Status.PENDING:
        return Signal("pending", "", _("Waiting to begin"), _("It begins when everybody has accepted."))
    if relationship.status == Status.PAUSED:
        return Signal("paused", "", _("Paused"), _("Nothing is expected of the two until they go on."))
    if relationship.status == Status.ENDED_EARLY:
        return Signal("ended_early", "", _("Ended early"), _("One of the two, or a coordinator, ended it."))
    if relationship.status == Status.CANCELLED:
        return Signal("cancelled", "", _("Cancelled"), _("It did not begin."))
    if relationship.status == Status.COMPLETED:
        return Signal("completed", "good", _("Completed"), _("It went through all its stages."))
    assert relationship.stage == Stage.REDEFINITION
    return Signal(
        "finished", "good", _("Finished"), _("The formal time is over; the two decide what comes next.")
    )


def _of_rhythm(relationship: Relationship, now: datetime) -> Signal:
    silence = now - relationship.silent_since
    if relationship.last_met_at is None:
        return _before_first_meeting(silence)
    days = max(silence.days, 0)
    rhythm = timedelta(days=relationship.cadence_days)
    reason = ngettext(
        "They last met %(days)s day ago; their rhythm is %(cadence)s days.",
        "They last met %(days)s days ago; their rhythm is %(cadence)s days.",
        days,
    ) % {"days": days, "cadence": relationship.cadence_days}
    if silence < NUDGED_AFTER * rhythm:
        return Signal("on_rhythm", "good", _("On rhythm"), reason)
    tone = "watch" if silence < SEEN_AFTER * rhythm else "bad"
    return Signal("check_in", tone, _("Check in"), reason)


def _before_first_meeting(silence: timedelta) -> Signal:
    days = max(silence.days, 0)
    if silence < FIRST_MEETING_WITHIN:
        reason = ngettext("They began %(days)s day ago.", "They began %(days)s days ago.", days) % {
            "days": days
        }
        return Signal("too_early", "", _("Too early"), reason)
    reason = ngettext(
        "No first meeting yet, %(days)s day after they began.",
        "No first meeting yet, %(days)s days after they began.",
        days,
    ) % {"days": days}
    return Signal("check_in", "bad", _("Check in"), reason)


def let_down(relationship: Relationship, now: datetime) -> LetDown | None:
    """Two meetings running called off by the same one of two, or one of which somebody said that it did not happen:
    the other, who may want to begin afresh.  What is older than a fortnight is left alone."""
    if relationship.format == Format.GROUP:
        return None
    latest = list(relationship.meetings.select_related("marked_by").order_by("-starts_at", "-pk")[:2])
    if not latest or (latest[0].cancelled_at or latest[0].marked_at or now) <= now - CALLED_OFF_LATELY:
        return None
    last, State = latest[0], Meeting.State
    if last.state == State.NO_SHOW and last.marked_by and relationship.has_member(last.marked_by):
        return LetDown(last, last.marked_by, was_cancelled=False)
    by = {meeting.cancelled_by_id for meeting in latest if meeting.state == State.CANCELLED}
    if len(latest) < 2 or any(meeting.state != State.CANCELLED for meeting in latest) or len(by) != 1:
        return None
    others = [person for person in relationship.people if person.pk not in by]
    return LetDown(last, others[0], was_cancelled=True) if len(others) == 1 else None
