"""The days of a relationship, on its own calendar and clock.

What falls on a day happens at six in the morning there: one day for both, whatever their zones.
"""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from activity import calendar

MORNING = time(6)
WINDOW_AFTER_END = timedelta(days=14)
FOLLOWED_FOR = timedelta(days=90)
# How long a group that has become too small may wait for others (domain 4.2).
SMALL_GROUP_WAITS = timedelta(days=30)
LONGEST_PAUSE = timedelta(days=60)
# How long before its day an agreement can be looked at again; on this day its members hear of it first.
REVIEWED_FROM = timedelta(days=14)
# Whoever lives east of the pair's zone hears of it while it is the day before there.
A_ZONE_AHEAD = timedelta(days=1)
EXTENDED_BY = timedelta(days=28)
# A sixth of the whole time is for finishing well, at most thirty days.
LONGEST_SEPARATION, SEPARATION_SHARE = timedelta(days=30), 6


def today(relationship: Any, now: datetime) -> date:
    return calendar.local_date(now, ZoneInfo(relationship.zone))


def morning(relationship: Any, day: date) -> datetime:
    return calendar.instant(day, MORNING, ZoneInfo(relationship.zone))


def separation_before(start: date, end: date) -> date:
    """When the time for finishing begins, in a relationship that runs from ``start`` to ``end``."""
    return end - min(LONGEST_SEPARATION, (end - start) // SEPARATION_SHARE)


def window_ends(relationship: Any) -> datetime:
    """After this nobody waits any longer for what a good end would need."""
    return morning(relationship, relationship.planned_end_on + WINDOW_AFTER_END)


def follow_up_ends(relationship: Any) -> datetime:
    return calendar.days_later(relationship.formal_end_at, FOLLOWED_FOR.days, ZoneInfo(relationship.zone))


def small_group_ends(relationship: Any) -> datetime | None:
    """Until then somebody may still join a group that others have left."""
    since = relationship.too_small_since
    return since and calendar.days_later(since, SMALL_GROUP_WAITS.days, ZoneInfo(relationship.zone))


def midpoint(relationship: Any) -> date | None:
    start, end = relationship.planned_start_on, relationship.planned_end_on
    return start + (end - start) / 2 if start and end else None


def review_of(agreement: Any, relationship: Any) -> date | None:
    """When the two look at their agreement again: the day that stands in it, else half way, if that was still to
    come when it came into force.  A day that passed in a pause is made up when they go on."""
    day = agreement.review_on
    if day is None:
        day, since = midpoint(relationship), agreement.in_force_at
        if day and since and day <= today(relationship, since):
            return None
    if day and relationship.resumed_at:
        return max(day, today(relationship, relationship.resumed_at))
    return day


def is_time_to_review(agreement: Any, relationship: Any, now: datetime) -> bool:
    day = review_of(agreement, relationship)
    return bool(day) and today(relationship, now) >= day - REVIEWED_FROM - A_ZONE_AHEAD


def rhythm_words(days: int) -> str:
    """ "Every 2 weeks", "Every 10 days"."""
    if days % 7 == 0:
        weeks = days // 7
        return ngettext("Every week", "Every %(weeks)s weeks", weeks) % {"weeks": weeks}
    return _("Every %(days)s days") % {"days": days}


def days_words(span: timedelta) -> str:
    return ngettext("%(days)s day", "%(days)s days", span.days) % {"days": span.days}
