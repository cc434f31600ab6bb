"""Dates as registers write them.

Whether day or month comes first is read from the whole column or not at all.
"""

import datetime
import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

TIME = r"(?:[T ]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AaPp][Mm])?(?:Z|[+\-]\d{2}:?\d{2})?)?"
YEAR_FIRST = re.compile(rf"\A(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){TIME}\Z")
COMPACT = re.compile(r"\A((?:19|20)\d{2})(\d{2})(\d{2})\Z")
THREE_NUMBERS = re.compile(rf"\A(\d{{1,2}})\s?([-/.])\s?(\d{{1,2}})\s?\2\s?(\d{{4}}|\d{{2}}){TIME}\Z")
DAY_MONTH_WORD = re.compile(
    rf"\A(?:[^\W\d]+,? )?(\d{{1,2}})(?:st|nd|rd|th|er|º)?\.?[- /]*(?:de |of )?"
    rf"([^\W\d]+)\.?,?[- /]*(?:de |del )?(\d{{4}}|\d{{2}}){TIME}\Z"
)
MONTH_WORD_DAY = re.compile(
    rf"\A(?:[^\W\d]+,? )?([^\W\d]+)\.?[- ]*(\d{{1,2}})(?:st|nd|rd|th)?,?[- ]+(\d{{4}}|\d{{2}}){TIME}\Z"
)
SERIAL = re.compile(r"\A\d{5}(?:\.\d+)?\Z")
FIRST_SERIAL, LAST_SERIAL = 14_611, 73_415  # 1940 and 2100
SHEET_BEGIN = datetime.date(1899, 12, 30)

MONTHS = """
    jan january januar janvier enero ene januari janv, feb february februar fevrier febrero februari fev fevr,
    mar march marz marts mars marzo maart mrt maerz, apr april avril abril abr avr, may mai mayo mei maj,
    jun june juni juin junio, jul july juli juillet julio juil, aug august aout agosto augustus ago augusti,
    sep sept september septembre septiembre set, oct october oktober octobre octubre okt,
    nov november novembre noviembre,
    dec december dezember decembre diciembre desember dez dic des"""
MONTH = {word: number for number, list_ in enumerate(MONTHS.split(","), start=1) for word in list_.split()}


class Order(StrEnum):
    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"
    UNKNOWN = ""


class Written(NamedTuple):
    """A date as it stands: ``first`` and ``second`` are day and month in an order that may be open."""

    year: int
    first: int
    second: int
    order: Order = Order.UNKNOWN
    short_year: bool = False
    serial: bool = False

    @property
    def shows(self) -> Order:
        """The order that this date alone gives away."""
        if self.order:
            return Order.UNKNOWN  # it would be read alike in every column
        if self.first > 12 >= self.second:
            return Order.DAY_FIRST
        return Order.MONTH_FIRST if self.second > 12 >= self.first else Order.UNKNOWN

    @property
    def is_open(self) -> bool:
        return not self.order and self.first != self.second and self.first <= 12 and self.second <= 12


@lru_cache(maxsize=65_536)
def read(text: str) -> Written | None:
    if found := YEAR_FIRST.match(text):
        return Written(int(found[1]), int(found[4]), int(found[3]), Order.DAY_FIRST)
    if found := THREE_NUMBERS.match(text):
        order = Order.DAY_FIRST if found[2] == "." else Order.UNKNOWN  # dots are never used month first
        return Written(int(found[4]), int(found[1]), int(found[3]), order, short_year=len(found[4]) == 2)
    if found := COMPACT.match(text):
        return Written(int(found[1]), int(found[3]), int(found[2]), Order.DAY_FIRST)
    if SERIAL.match(text):
        return _from_serial(float(text))
    return _with_month_word(text)


def _with_month_word(text: str) -> Written | None:
    if found := DAY_MONTH_WORD.match(text):
        day, word, year = found[1], found[2], found[3]
    elif found := MONTH_WORD_DAY.match(text):
        word, day, year = found[1], found[2], found[3]
    else:
        return None
    letters = unicodedata.normalize("NFKD", word.lower())
    month = MONTH.get("".join(letter for letter in letters if not unicodedata.combining(letter)))
    return month and Written(int(year), int(day), month, Order.DAY_FIRST, short_year=len(year) == 2)


def _from_serial(serial: float) -> Written | None:
    if not FIRST_SERIAL <= serial <= LAST_SERIAL:
        return None
    day = SHEET_BEGIN + datetime.timedelta(days=int(serial))
    return Written(day.year, day.day, day.month, Order.DAY_FIRST, serial=True)


def order_of(texts: Iterable[str]) -> Order:
    """The order that a column gives away; a few that contradict it (1 in 20) are faults of their own."""
    shown = {Order.DAY_FIRST: 0, Order.MONTH_FIRST: 0}
    for text in texts:
        if (written := read(text)) and written.shows:
            shown[written.shows] += 1
    most, least = max(shown, key=shown.get), min(shown.values())
    total = sum(shown.values())
    return most if total and least * 20 <= total and shown[most] != least else Order.UNKNOWN


def day_of(written: Written, order: Order, today: datetime.date) -> datetime.date | None:
    """The day, or None if there is no such day.  An open order must be decided before."""
    order = written.order or order or written.shows or Order.DAY_FIRST
    day, month = (
        (written.first, written.second) if order == Order.DAY_FIRST else (written.second, written.first)
    )
    try:
        return datetime.date(_full_year(written, today), month, day)
    except ValueError:
        return None


def _full_year(written: Written, today: datetime.date) -> int:
    """Two digits mean the latest such year that is not beyond the next one."""
    if not written.short_year:
        return written.year
    year = today.year // 100 * 100 + written.year
    return year if year <= today.year + 1 else year - 100


def looks_like_date(text: str) -> bool:
    written = read(text)
    return written is not None and not written.serial
