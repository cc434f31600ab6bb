"""A coordinator asks a pair how it is going: a letter to both in the coordinator's name, once a day."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from activity import calendar
from activity.actions import record
from people.models import User
from relationships import dates
from relationships.actions.life import tell
from relationships.models import Relationship
from relationships.permissions import RULES
from relationships.stages import Refused


@transaction.atomic
def nudge(relationship: Relationship, *, by: User, now: datetime) -> None:
    RULES.require(by, "nudge", relationship)

    today = dates.today(relationship, now)
    midnight = calendar.instant(today, time(), ZoneInfo(relationship.zone))
    not_today = Relationship.objects.active().filter(Q(nudged_at=None) | Q(nudged_at__lt=midnight))
    if not not_today.filter(pk=relationship.pk).update(nudged_at=now):
        raise Refused(_("They were nudged today already, or are not meeting now."))
    relationship.nudged_at = now

    scope = relationship.program.scope
    event = record("relationships.nudged", relationship, by=by, at=now, scope=scope)
    data = {"by": by.pk}
    tell("nudge", relationship, relationship.people, about=today, now=now, data=data, event=event)


def was_nudged_today(relationship: Relationship, now: datetime) -> bool:
    nudged = relationship.nudged_at
    return bool(nudged) and dates.today(relationship, nudged) == dates.today(relationship, now)
