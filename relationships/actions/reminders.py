"""The clock is told which days people are reminded of: when a day is set, and each morning in case that was missed.

Whether a reminder is still called for is asked when it falls due, so nothing is disarmed.
"""

from datetime import datetime

from activity.actions import arm
from activity.models import Due, reference
from relationships.models import Relationship
from relationships.reminders import AT, DAYS, REVIEW, reminders_of
from relationships.stages import Status


def arm_reminders(relationship: Relationship, now: datetime) -> None:
    """What lies ahead and is not armed yet, or stands for another zone than the person's own."""
    if relationship.status != Status.ACTIVE or not relationship.is_open:
        return
    wanted = [reminder for reminder in reminders_of(relationship) if reminder.moment > now]
    if not wanted:
        return
    people = [reference(person) for person in relationship.people]
    rows = Due.objects.filter(subject__in=people, kind__in=[REVIEW, DAYS], due_at__gt=now)
    known = set(rows.values_list("subject", "kind", "occurrence", "zone"))
    for reminder in wanted:
        if reminder.row not in known:
            known.add(reminder.row)
            arm(
                reminder.kind,
                reminder.person,
                local=(reminder.day, AT, reminder.person.zone),
                occurrence=reminder.occurrence,
                data=reminder.data,
                now=now,
            )
