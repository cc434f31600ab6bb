"""Early warnings: the first meeting that nobody plans, the silence, and what was called off twice.

Found in dates alone, and told to the people themselves before anybody else: the coordinators see what lasts.
"""

from datetime import datetime

from programs.models.enrolments import Role
from relationships import dates, health
from relationships.actions.life import tell
from relationships.models import Relationship

# Days without a first meeting, held or planned: the mentee is asked to propose one, then the mentor.
MENTEE_ASKED_AFTER, MENTOR_ASKED_AFTER = 4, 7


def warn(relationship: Relationship, now: datetime) -> None:
    """Nothing when the next meeting stands in the calendar."""
    if relationship.next_meeting_at and relationship.next_meeting_at > now:
        return
    if health.signal(relationship, now).asks_for_a_look:
        ask_quiet_pair(relationship, now)
    elif relationship.last_met_at is None:
        ask_for_first_meeting(relationship, now)
    ask_who_was_let_down(relationship, now)


def ask_quiet_pair(relationship: Relationship, now: datetime) -> None:
    """Once for each silence."""
    since = relationship.silent_since.isoformat()
    tell("quiet", relationship, relationship.people, about=since, now=now, data={"since": since})


def ask_for_first_meeting(relationship: Relationship, now: datetime) -> None:
    began = dates.today(relationship, relationship.silent_since)
    days = (dates.today(relationship, now) - began).days
    asked = [
        member.person
        for member in relationship.present
        if days >= (MENTOR_ASKED_AFTER if member.role == Role.MENTOR else MENTEE_ASKED_AFTER)
    ]
    since = relationship.silent_since.isoformat()
    tell("first_meeting", relationship, asked, about=since, now=now, data={"since": since})


def ask_who_was_let_down(relationship: Relationship, now: datetime) -> None:
    """Privately: the one who called off hears nothing of it, and neither do the coordinators."""
    found = health.let_down(relationship, now)
    if found:
        about, data = found.meeting.pk, {"meeting": found.meeting.pk}
        tell("called_off", relationship, [found.person], about=about, now=now, data=data)
