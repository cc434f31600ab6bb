"""When somebody may be written to about what can wait: on their working days, outside their quiet hours, on no
public holiday of their country, by their own clock."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
from django.conf import settings

from activity import calendar

DAY = timedelta(days=1)
MIDNIGHT, MORNING = time(0), time(8)
EVENING = time(18)
WORKING_DAYS = frozenset(range(5))
# The longest stretch without a working day that is believed; after it nothing is worth waiting for.
LOOKED_AHEAD = 60


@dataclass(frozen=True)
class Hours:
    """`days` are numbers of weekdays, Monday is 0.  Quiet from six in the evening until eight in the morning; both
    times alike mean no quiet hours.  `country` is a code of ISO 3166, or empty: no public holidays."""

    zone: ZoneInfo
    days: frozenset[int] = WORKING_DAYS
    quiet_from: time = EVENING
    quiet_until: time = MORNING
    country: str = ""

    def next_open(self, moment: datetime) -> datetime:
        """That moment if it is open, else the first that is.  If none is within reach, that moment itself:
        nothing waits for ever."""
        day = calendar.local_date(moment, self.zone) - DAY
        for _ in range(LOOKED_AHEAD):
            for start, end in self._open_on(day):
                if moment < end:
                    return max(moment, start)
            day += DAY
        return moment

    def is_open(self, moment: datetime) -> bool:
        return self.next_open(moment) == moment

    def morning_from(self, day: date) -> datetime:
        """The morning of that day, or of the first working day after it."""
        return self.next_open(calendar.instant(day, MORNING, self.zone))

    def is_working_day(self, day: date) -> bool:
        return day.weekday() in self.days and day not in public_holidays(self.country, day.year)

    def _open_on(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """The open stretches of one local day, as instants."""
        if not self.is_working_day(day):
            return
        begins, ends = self._at(day, MIDNIGHT), self._at(day + DAY, MIDNIGHT)
        if self.quiet_from == self.quiet_until:
            yield begins, ends
        elif self.quiet_from > self.quiet_until:
            yield self._at(day, self.quiet_until), self._at(day, self.quiet_from)
        else:
            yield begins, self._at(day, self.quiet_from)
            yield self._at(day, self.quiet_until), ends

    def _at(self, day: date, clock: time) -> datetime:
        return calendar.instant(day, clock, self.zone)


@cache
def public_holidays(country: str, year: int) -> frozenset[date]:
    """Those of the whole country; none for a country that is not known."""
    try:
        return frozenset(holidays.country_holidays(country, years=year)) if country else frozenset()
    except NotImplementedError:
        return frozenset()


def zone_of(person: Any) -> ZoneInfo:
    try:
        return ZoneInfo(getattr(person, "zone", "") or settings.TIME_ZONE)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(settings.TIME_ZONE)


def hours_of(person: Any) -> Hours:
    """As the person has said (`letter_hours` of the user model), else office hours in their zone."""
    return getattr(person, "letter_hours", None) or Hours(zone_of(person))
