"""The cells of a row to clean values, with a finding for each cell that cannot be believed."""

import datetime
import re
from collections.abc import Callable
from typing import NamedTuple

from people.importing import cells, days
from people.importing.cells import fold, is_address, pieces, plain, unquoted, without_invisible
from people.importing.days import Order
from people.importing.drafts import Draft
from people.importing.findings import Finding
from people.importing.kinds import Kind, Severity
from people.importing.mapping import Mapping
from people.importing.names import first_name_first, has_letter
from people.importing.people import PersonRow
from people.importing.registers import Asked, asked_in, merged
from people.importing.standing import has_left, role_of
from people.importing.table import Row, Table
from people.importing.targets import DATES, LONGEST, MANAGER, Target
from people.importing.tongues import language_of, spoken_in
from people.importing.zones import zone_of

LONGEST_SERVICE = 60  # years
MOST_MENTEES = 20
WHOLE_NUMBER = re.compile(r"\A\+?\d{1,4}(?:[.,]0+)?\Z")
NAMES = frozenset({Target.FULL_NAME, Target.FIRST_NAME, Target.LAST_NAME, Target.CALLED})
IDENTITY = frozenset(
    {Target.EMPLOYEE_NUMBER, Target.EMAIL, Target.FULL_NAME, Target.FIRST_NAME, Target.LAST_NAME}
)


class Place(NamedTuple):
    """A column in use: where it stands in the rows, where in the file, what it is called and means."""

    at: int
    index: int
    header: str
    target: Target


class Cleaner:
    """Reads the rows of one table.  ``today`` decides who has left and which dates are odd."""

    def __init__(self, table: Table, mapping: Mapping, today: datetime.date) -> None:
        self.today = today
        self.default_role = mapping.default_role
        there = {column.index: at for at, column in enumerate(table.columns)}
        self.places = [
            Place(there[column.index], column.index, column.header, column.target)
            for column in mapping.used
            if column.index in there
        ]
        self.orders: dict[Target, Order] = {}
        self.findings: list[Finding] = []
        self._decide_orders(table, mapping)

    def draft(self, row: Row) -> Draft:
        draft = Draft(PersonRow(line=row.line), tuple(row.cells[place.at] for place in self.places))
        asked: list[Asked] = []
        for place in self.places:
            if row.broken_at is not None and (place.index >= row.broken_at or place.target not in IDENTITY):
                continue
            if place.index in row.formulas:
                draft.say(Kind.FORMULA, column=place.header)
                draft.flawed.add(place.target)
                continue
            if text := row.cells[place.at]:
                if not (text.isascii() and text.isprintable()):
                    text = _visible(draft, place, text)
                self._read(draft, place, text, asked)
        draft.manager = merged(asked)
        draft.is_broken = row.broken_at is not None
        if draft.is_broken:
            draft.findings.clear()
        self._complete(draft)
        return draft

    def _read(self, draft: Draft, place: Place, text: str, asked: list[Asked]) -> None:
        if place.target in MANAGER:
            asked.append(asked_in(text, place.target))
        elif place.target in DATES:
            self._date(draft, place, plain(text))
        else:
            READERS[place.target](draft, place, text)

    def _complete(self, draft: Draft) -> None:
        row = draft.row
        if not row.full_name:
            row.full_name = " ".join(part for part in (row.first_name, row.last_name) if part)
        row.role = row.role or self.default_role
        gone = row.left_on is not None and row.left_on < self.today
        row.has_left = gone or bool(draft.status_left)
        if draft.is_broken:
            return
        if row.left_on and draft.status_left is not None and draft.status_left != gone:
            draft.say(Kind.STATUS_CONTRADICTS_DATE, value=draft.status)
        if row.left_on and row.hired_on and row.left_on < row.hired_on:
            draft.say(Kind.LEFT_BEFORE_HIRED, value=row.left_on.isoformat())
        if not has_letter(row.full_name) and not draft.flawed & NAMES:
            draft.say(Kind.NAME_MISSING, instead=Severity.NOTE if row.has_left else None)

    # dates

    def _decide_orders(self, table: Table, mapping: Mapping) -> None:
        texts = {}
        for place in self.places:
            if place.target in DATES:
                whole = (
                    row for row in table.rows if row.broken_at is None and place.index not in row.formulas
                )
                texts[place] = [text for row in whole if (text := plain(row.cells[place.at]))]
        own = {place: days.order_of(found) for place, found in texts.items()}
        shown = set(own.values()) - {Order.UNKNOWN}
        for place, found in texts.items():
            # A file has one way to write dates: one column may show it for the other.
            together = next(iter(shown)) if len(shown) == 1 else Order.UNKNOWN
            order = own[place] or together or mapping.order
            self.orders[place.target] = order
            self._about_dates(place, [written for text in found if (written := days.read(text))], order)

    def _about_dates(self, place: Place, written: list[days.Written], order: Order) -> None:
        open_ones = sum(one.is_open for one in written)
        if not order and open_ones > 1:
            self.findings.append(Finding(Kind.DATE_ORDER_UNDECIDED, column=place.header, count=open_ones))
        if serials := sum(one.serial for one in written):
            self.findings.append(Finding(Kind.DATE_SERIALS, column=place.header, count=serials))
        if short := sum(one.short_year for one in written):
            self.findings.append(Finding(Kind.TWO_DIGIT_YEARS, column=place.header, count=short))

    def _date(self, draft: Draft, place: Place, text: str) -> None:
        if not text or (place.target == Target.LEFT_ON and has_left(text) is False):
            return  # "N/A - still employed" where a date could be
        written = days.read(text)
        order = self.orders[place.target]
        day = written and days.day_of(written, order, self.today)
        # Without a day of leaving nobody knows whether the person is still here.
        aside = Severity.SET_ASIDE if place.target == Target.LEFT_ON else None
        if day is None:
            draft.say(Kind.DATE_UNREADABLE, column=place.header, value=text, instead=aside)
        elif written.is_open and not order:
            draft.say(Kind.DATE_AMBIGUOUS, column=place.header, value=text, instead=aside)
        elif place.target == Target.LEFT_ON:
            draft.row.left_on = day
        elif day.year < self.today.year - LONGEST_SERVICE:
            draft.say(Kind.HIRED_LONG_AGO, value=day.isoformat())
        else:
            draft.row.hired_on = day
            if day > self.today:
                draft.say(Kind.HIRED_IN_FUTURE, value=day.isoformat())


def _visible(draft: Draft, place: Place, text: str) -> str:
    if cells.has_invisible(text):
        draft.say(Kind.INVISIBLE_CLEANED, column=place.header)
        text = without_invisible(text)
    if not text.isascii() and cells.GARBLED.search(text):
        draft.say(Kind.TEXT_GARBLED, column=place.header, value=fold(text))
    return text


def _fits(draft: Draft, place: Place, text: str) -> bool:
    longest = LONGEST[place.target]
    if len(text) <= longest:
        return True
    aside = Severity.SET_ASIDE if place.target in IDENTITY else None
    draft.say(Kind.TEXT_TOO_LONG, column=place.header, count=longest, instead=aside)
    draft.flawed.add(place.target)
    return False


def _number(draft: Draft, place: Place, text: str) -> None:
    text = plain(text)
    if text.endswith(".0") and text[:-2].isdigit():
        text = text[:-2]
    if _fits(draft, place, text):
        draft.row.employee_number = text


def _name(draft: Draft, place: Place, text: str) -> None:
    text = unquoted(fold(text))
    if text.lower() in cells.NO_NAME or not _fits(draft, place, text):
        return
    if place.target == Target.FULL_NAME:
        text, clear = first_name_first(text)
        if not clear:
            draft.say(Kind.NAME_FORM, value=text)
    setattr(draft.row, place.target, text)


def _email(draft: Draft, place: Place, text: str) -> None:
    text = cells.address(plain(text))
    if text and _fits(draft, place, text):
        if is_address(text):
            draft.row.email = text
        else:
            draft.flawed.add(Target.EMAIL)
            draft.say(Kind.EMAIL_SHAPE, column=place.header, value=text)


def _text(draft: Draft, place: Place, text: str) -> None:
    text = plain(text)
    if _fits(draft, place, text):
        setattr(draft.row, place.target, text)


def _long_text(draft: Draft, place: Place, text: str) -> None:
    text = unquoted(text.replace("\r\n", "\n").replace("\r", "\n").strip())
    if _fits(draft, place, text):
        draft.row.biography = text


def _list(draft: Draft, place: Place, text: str) -> None:
    found = [part for part in pieces(text) if _fits(draft, place, part)]
    setattr(draft.row, place.target, tuple(dict.fromkeys((*getattr(draft.row, place.target), *found))))


def _languages(draft: Draft, place: Place, text: str) -> None:
    codes = []
    for part in spoken_in(text):
        if not plain(part):
            continue
        if code := language_of(part):
            codes.append(code)
        else:
            draft.say(Kind.LANGUAGE_UNKNOWN, column=place.header, value=fold(part))
    draft.row.languages = tuple(dict.fromkeys((*draft.row.languages, *codes)))


def _zone(draft: Draft, place: Place, text: str) -> None:
    text = plain(text)
    draft.row.zone = zone_of(text) or ""
    if text and not draft.row.zone:
        draft.say(Kind.ZONE_UNKNOWN, column=place.header, value=text)


def _status(draft: Draft, place: Place, text: str) -> None:
    """Only whether the person has left is kept: how and why is nobody's business here."""
    draft.status = plain(text)
    if draft.status:
        draft.status_left = has_left(draft.status)
        if draft.status_left is None:
            draft.say(Kind.STATUS_UNKNOWN, column=place.header, value=draft.status)


def _role(draft: Draft, place: Place, text: str) -> None:
    text = plain(text)
    role = role_of(text, place.header) if text else ""
    if role is None:
        draft.say(Kind.ROLE_UNKNOWN, column=place.header, value=text)
    elif role:
        draft.row.role = role if draft.row.role in ("", role) else "both"


def _capacity(draft: Draft, place: Place, text: str) -> None:
    text = plain(text)
    number = int(re.split("[.,]", text)[0]) if WHOLE_NUMBER.match(text) else None
    if number is not None and number <= MOST_MENTEES:
        draft.row.capacity = number
    elif text:
        draft.say(Kind.CAPACITY_UNREADABLE, column=place.header, value=text)


READERS: dict[Target, Callable[[Draft, Place, str], None]] = {
    Target.EMPLOYEE_NUMBER: _number,
    Target.FULL_NAME: _name,
    Target.FIRST_NAME: _name,
    Target.LAST_NAME: _name,
    Target.CALLED: _name,
    Target.EMAIL: _email,
    Target.JOB_TITLE: _text,
    Target.GRADE: _text,
    Target.FUNCTION: _text,
    Target.UNIT: _text,
    Target.SITE: _text,
    Target.EMPLOYMENT_STATUS: _status,
    Target.LANGUAGES: _languages,
    Target.ZONE: _zone,
    Target.SKILLS_OFFERED: _list,
    Target.SKILLS_WANTED: _list,
    Target.ROLE: _role,
    Target.CAPACITY: _capacity,
    Target.INTERESTS: _list,
    Target.BIOGRAPHY: _long_text,
}
