"""Tables for other programs, written so that none of their cells is ever run (reliability 3.6).

Text that a spreadsheet could take for a formula gets an apostrophe before it, which ``bare`` takes away
again. Numbers, dates and yes-or-no are typed and stay what they are.  Nothing in a file says who wrote it,
when or where, so that the same table is the same bytes.
"""

import csv
import io
import math
import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import IO, Any
from unicodedata import category

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

Value = str | Promise | int | float | Decimal | bool | date | datetime | time | None
Cover = Sequence[tuple[str | Promise, Value]]

# Excel's own limits.  Larger numbers lose their last digits there, older days have no number.
MOST_ROWS = 1_048_576
LONGEST_TEXT, LONGEST_NAME = 32_767, 31
LARGEST_NUMBER = 10**15
FIRST_DAY = date(1900, 3, 1)

TRIGGERS = frozenset("=+-@＝＋－＠")
# Excel reads _x003D_ as "=", and saves it as that.
ESCAPED = re.compile(r"_x[0-9A-Fa-f]{4}_")
# Letters and symbols that look like nothing, beside the blanks and controls that Unicode calls so.
LOOK_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0\ufffd'")
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

CORE_PROPERTIES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<cp:coreProperties '
    'xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"/>'
)


@dataclass(frozen=True, slots=True)
class Column:
    """``number_format`` is Excel's, for example ``0%``; ``width`` is in characters."""

    label: str | Promise
    number_format: str = ""
    width: int = 16


@dataclass(frozen=True, slots=True)
class Sheet:
    """``rows`` are gone through once, while they are written.  Labels are the first row of the file."""

    name: str | Promise
    columns: Sequence[Column | str | Promise]
    rows: Iterable[Sequence[Value]]

    @property
    def described(self) -> list[Column]:
        return [column if isinstance(column, Column) else Column(column) for column in self.columns]

    def checked_rows(self) -> Iterator[Sequence[Value]]:
        for number, row in enumerate(self.rows, start=2):
            if len(row) != len(self.columns):
                raise ValueError(
                    f"A row of {self.name} has {len(row)} cells for {len(self.columns)} columns."
                )
            if number > MOST_ROWS:
                raise ValueError(f"{self.name} has more rows than a sheet can hold.")
            yield row


# Text


def safe_text(text: str) -> str:
    """``text`` as a cell that is never run.  What a file cannot hold is shown as the sign for a lost
    character."""
    written = UNWRITABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    return f"'{written}" if _could_run(written) else written


def bare(cell: str) -> str:
    """The text behind a cell that ``safe_text`` made."""
    return cell[1:] if cell.startswith("'") and safe_text(cell[1:]) == cell else cell


def _could_run(text: str) -> bool:
    if text.startswith(("\t", "\n")):
        return True
    for at, character in enumerate(text):
        if character in TRIGGERS or ESCAPED.match(text, at):
            return True
        if not (character in LOOK_BLANK or category(character)[0] in "ZCM"):
            return False
    return False


# Excel


def workbook(cover: Cover, sheets: Iterable[Sheet]) -> bytes:
    file = io.BytesIO()
    write_workbook(file, cover, sheets)
    return file.getvalue()


def write_workbook(file: IO[bytes], cover: Cover, sheets: Iterable[Sheet]) -> None:
    """A cover sheet of labels and values, then the sheets, written row by row."""
    book = Workbook(write_only=True)
    try:
        _fill(book, cover, sheets)
        with tempfile.TemporaryFile() as draft:
            book.save(draft)
            _copy_without_traces(draft, file)
    except BaseException:
        # The library would keep its drafts in files until the program ends.
        for half_written in (sheet for sheet in book.worksheets if not sheet.closed):
            half_written.close()
            half_written._writer.cleanup()
        raise


def _fill(book: Workbook, cover: Cover, sheets: Iterable[Sheet]) -> None:
    names: set[str] = set()
    about = book.create_sheet(_sheet_name(_("About this file"), names))
    about.column_dimensions["A"].width, about.column_dimensions["B"].width = 28, 90
    for label, value in cover:
        first, second = _cell(about, label, bold=True), _cell(about, value)
        first.alignment = second.alignment = Alignment(vertical="top", wrap_text=True)
        about.append([first, second])
    for sheet in sheets:
        _write_sheet(book.create_sheet(_sheet_name(str(sheet.name), names)), sheet)


def _write_sheet(target: Any, sheet: Sheet) -> None:
    columns = sheet.described
    target.freeze_panes = "A2"
    for at, column in enumerate(columns, start=1):
        target.column_dimensions[get_column_letter(at)].width = column.width
    target.append([_cell(target, column.label, bold=True) for column in columns])
    for row in sheet.checked_rows():
        target.append(
            [_cell(target, value, column.number_format) for value, column in zip(row, columns, strict=True)]
        )


def _cell(target: Any, value: Value, number_format: str = "", *, bold: bool = False) -> WriteOnlyCell:
    typed = _typed(value)
    if isinstance(typed, datetime) and timezone.is_aware(typed):
        typed = timezone.localtime(typed).replace(tzinfo=None)
    if isinstance(typed, date) and (typed.date() if isinstance(typed, datetime) else typed) < FIRST_DAY:
        typed = typed.isoformat()
    if isinstance(typed, int | Decimal) and abs(typed) >= LARGEST_NUMBER:
        typed = str(typed)
    is_text = isinstance(typed, str)
    cell = WriteOnlyCell(target, _shortened(safe_text(typed)) if is_text else typed)
    if is_text:
        # Left to itself the library takes "=…" for a formula and "#N/A" for an error.
        cell.data_type = "s"
    elif number_format:
        cell.number_format = number_format
    if bold:
        cell.font = Font(bold=True)
    return cell


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"


def _sheet_name(wanted: str, taken: set[str]) -> str:
    """A name that Excel accepts: short, without its separators, unlike all others in lower case."""
    plain = re.sub(r"[\[\]:*?/\\]", " ", UNWRITABLE.sub("", wanted)).strip(" '") or _("Table")
    name, n = plain[:LONGEST_NAME].strip(" '"), 1
    while name.lower() in taken:
        n += 1
        name = f"{plain[: LONGEST_NAME - len(str(n)) - 1].strip()} {n}"
    taken.add(name.lower())
    return name


def _copy_without_traces(draft: IO[bytes], file: IO[bytes]) -> None:
    """Every part of the workbook under one date, and none of its properties: no author, no clock, no
    program."""
    with zipfile.ZipFile(draft) as parts, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as kept:
        for part in parts.infolist():
            with parts.open(part) as source, kept.open(_part(part.filename), "w", force_zip64=True) as target:
                if part.filename == "docProps/core.xml":
                    target.write(CORE_PROPERTIES.encode())
                    continue
                while block := source.read(1 << 20):
                    target.write(block)


def _part(name: str) -> zipfile.ZipInfo:
    part = zipfile.ZipInfo(name)
    part.compress_type = zipfile.ZIP_DEFLATED
    return part


# CSV


def csv_zip(cover: Cover, sheets: Iterable[Sheet]) -> bytes:
    """The same tables as CSV files in one archive, with the cover as the first."""
    about = Sheet(_("About this file"), [_("What"), _("Value")], cover)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for at, sheet in enumerate((about, *sheets)):
            name = f"{at}-{slugify(sheet.name) or 'table'}.csv"
            with archive.open(_part(name), "w", force_zip64=True) as target:
                for line in csv_lines(sheet):
                    target.write(line.encode())
    return file.getvalue()


def csv_lines(sheet: Sheet) -> Iterator[str]:
    """RFC 4180 with every text in quotes; the mark in front makes Excel read it as UTF-8."""
    line = io.StringIO(newline="")
    writer = csv.writer(line, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    yield "\ufeff"
    for row in ([column.label for column in sheet.described], *sheet.checked_rows()):
        writer.writerow([_written(value) for value in row])
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def _written(value: Value) -> str | int | float | Decimal:
    typed = _typed(value)
    if isinstance(typed, bool):
        return str(typed).upper()
    if isinstance(typed, datetime) and timezone.is_aware(typed):
        typed = timezone.localtime(typed)
    if isinstance(typed, date | time):
        return typed.isoformat()
    return safe_text(typed or "") if typed is None or isinstance(typed, str) else typed


def _typed(value: Value) -> Any:
    """The value as one of the few kinds that a cell can be; anything else is a mistake worth hearing of."""
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, float | Decimal) and not math.isfinite(value):
        raise ValueError("A cell holds a number or nothing, not infinity.")
    if value is None or isinstance(value, str | int | float | Decimal | date | time):
        return value
    raise TypeError(f"A cell does not hold a {type(value).__name__}: say what it should show.")
