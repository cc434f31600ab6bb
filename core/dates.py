"""Days and moments, as people read and write them.

Written out: "Thursday 15 October, 14:00", with the year only when it is not this one, never with the short
name of a zone.  Read: the browser's own 2026-10-15, and what people type where there is no calendar to click.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateformat import format as write
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy

# Translators change the order of the parts here: https://docs.djangoproject.com/en/5.2/ref/templates/builtins/#date
FORMATS = {
    "": (pgettext_lazy("date format", "j F"), pgettext_lazy("date format", "j F Y")),
    "long": (pgettext_lazy("date format", "l j F"), pgettext_lazy("date format", "l j F Y")),
    "short": (pgettext_lazy("date format", "j M"), pgettext_lazy("date format", "j M Y")),
}


def day_words(day: date, style: str = "", *, today: date | None = None) -> str:
    """ "15 October", "Thursday 15 October" (long) or "15 Oct" (short)."""
    same_year, other_year = FORMATS[style]
    today = today or timezone.localdate()
    return write(day, str(same_year if day.year == today.year else other_year))


def weekday_words(day: date) -> str:
    return write(day, "l")


def time_words(moment: datetime) -> str:
    return write(moment, pgettext("time format", "H:i"))


def moment_words(moment: datetime, *, today: date | None = None) -> str:
    """ "Thursday 15 October, 14:00" on the clock that ``moment`` carries."""
    return _("%(day)s, %(time)s") % {
        "day": day_words(moment.date(), "long", today=today),
        "time": time_words(moment),
    }


def city(zone: str) -> str:
    """ "Europe/Oslo" is spoken of as Oslo."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def next_clock_change(zone: ZoneInfo, start: datetime, end: datetime) -> date | None:
    """The first day between the two moments on which ``zone`` changes its clocks."""
    before = start.astimezone(UTC)
    while before < end:
        after = min(before + timedelta(days=1), end)
        if _offset(before, zone) != _offset(after, zone):
            while after - before > timedelta(minutes=1):
                middle = before + (after - before) / 2
                if _offset(before, zone) == _offset(middle, zone):
                    before = middle
                else:
                    after = middle
            return after.astimezone(zone).date()
        before = after
    return None


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta | None:
    return moment.astimezone(zone).utcoffset()


def combine(day: date, clock: time, zone: str) -> datetime:
    """The moment at which the clocks of ``zone`` show this; of an hour that comes twice, the first."""
    moment = datetime.combine(day, clock, ZoneInfo(zone))
    if moment.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) != moment.replace(tzinfo=None):
        raise ValidationError(
            _("Clocks go forward on %(day)s, and %(time)s does not exist in %(city)s. Choose another time."),
            code="no_such_time",
            params={"day": day_words(day), "time": time_words(moment), "city": city(zone)},
        )
    return moment


def read_day(text: str) -> date:
    """A date as people write it.  What can be read in two ways is asked about, never guessed."""
    text = " ".join(text.replace(",", " ").split())
    if match := re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", text):
        return _date(match[1], match[2], match[3])
    if match := re.fullmatch(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})", text):
        return _date(match[3], match[2], match[1])
    if match := re.fullmatch(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})", text):
        return _slashed(int(match[1]), int(match[2]), match[3])
    if match := re.fullmatch(r"(?:\w+ )?(\d{1,2})(?:st|nd|rd|th|\.)? (\w+)\.? (\d{4})", text):
        return _date(match[3], _month(match[2]), match[1])
    if match := re.fullmatch(r"(?:\w+ )?(\w+)\.? (\d{1,2})(?:st|nd|rd|th)? (\d{4})", text):
        return _date(match[3], _month(match[1]), match[2])
    raise ValidationError(_("Write the date like 15 October 2026 or 2026-10-15."), code="invalid")


CLOCK = re.compile(r"(\d{1,2})(?:[:.h]?([0-5]\d))?(?::[0-5]\d)?\s*(?:([ap])\.?\s?m\.?)?", re.ASCII)


def read_clock(text: str) -> time:
    """A time of day as people write it: 14:00, 14.00, 1400, 2 pm."""
    match = CLOCK.fullmatch(text.strip().casefold())
    hour = int(match[1]) if match else 24
    half = match[3] if match else None
    if hour > 23 or (half and not 1 <= hour <= 12):
        raise ValidationError(_("Write the time like 14:00."), code="invalid")
    return time(hour % 12 + (12 if half == "p" else 0) if half else hour, int(match[2] or 0))


def _slashed(first: int, second: int, year: str) -> date:
    if first <= 12 and second <= 12 and first != second:
        raise ValidationError(
            _("This date can be read in two ways. Write the month as a word, for example %(example)s."),
            code="ambiguous",
            params={"example": write(_date(year, second, first), "j F Y")},
        )
    return _date(year, first, second) if second > 12 else _date(year, second, first)


def _month(word: str) -> int:
    """Its number, by the first three letters or more of its name in the reader's language or in English."""
    word = word.casefold()
    names = {number: str(name).casefold() for number, name in MONTHS.items()}
    for number, name in [*names.items(), *enumerate(ENGLISH, start=1)]:
        if len(word) >= 3 and name.startswith(word):
            return number
    raise ValidationError(_("Write the date like 15 October 2026 or 2026-10-15."), code="invalid")


ENGLISH = ("january february march april may june july august september october november december").split()


def _date(year: int | str, month: int | str, day: int | str) -> date:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise ValidationError(
            _("There is no such day. Check the day and the month."), code="no_such_day"
        ) from None
