"""The cells of a sheet as text, one row after the other, in one pass over its XML.

A tree of objects for each cell would take some twenty seconds for the largest file; this takes a few.
"""

import datetime
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import IO
from xml.parsers import expat

from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel, from_ISO8601

from people.importing.package import Package, Styles

CHUNK = 65_536
MOST_COLUMNS = 16_384  # of Excel itself
NOT_AVAILABLE = frozenset({"#N/A", "#N/V", "#GETTING_DATA"})
TEXTS = frozenset({"v", "t", "f"})


class Reader(ABC):
    """Common to strings and sheets: no document type, no entities, names without their prefix."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse
        self.names: dict[str, str] = {}
        self.text: list[str] = []
        self.listens = False

    def _refuse(self, *_args: object) -> None:
        raise ValueError("a workbook has no document type and no entities")

    def name(self, tag: str) -> str:
        found = self.names.get(tag)
        if found is None:
            found = self.names[tag] = tag.rpartition(":")[2]
        return found

    def _characters(self, text: str) -> None:
        if self.listens:
            self.text.append(text)

    @abstractmethod
    def _start(self, tag: str, attributes: dict[str, str]) -> None: ...

    @abstractmethod
    def _end(self, tag: str) -> None: ...


class Strings(Reader):
    """The texts that cells point to.  Readings in another script (rPh) are no part of a text."""

    def __init__(self, source: IO[bytes]) -> None:
        super().__init__()
        self.found: list[str] = []
        self.in_reading = False
        self.parser.ParseFile(source)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = self.name(tag)
        if name == "t":
            self.listens = not self.in_reading
        elif name == "si":
            self.text = []
        elif name == "rPh":
            self.in_reading = True

    def _end(self, tag: str) -> None:
        name = self.name(tag)
        if name == "t":
            self.listens = False
        elif name == "si":
            self.found.append("".join(self.text))
        elif name == "rPh":
            self.in_reading = False


class Cells(Reader):
    def __init__(self, strings: list[str], styles: Styles, *, from_1904: bool) -> None:
        super().__init__()
        self.strings = strings
        self.styles = styles
        self.epoch = CALENDAR_MAC_1904 if from_1904 else CALENDAR_WINDOWS_1900
        self.rows: list[tuple[int, list[str]]] = []
        self.row = self.column = 0
        self.cells: list[str] = []
        self.letters: dict[str, int] = {}
        self.dates: dict[tuple[str, int], str] = {}
        self.kind = "n"
        self.style = 0
        self.value = self.formula = None
        self.convert: dict[str, Callable[[str], str]] = {
            "n": self._number,
            "s": lambda value: self.strings[int(value)],
            "b": lambda value: "TRUE" if value.strip() == "1" else "FALSE",
            "d": lambda value: _of_moment(from_ISO8601(value)),
            "e": lambda value: "" if value in NOT_AVAILABLE else value,
        }

    def read(self, source: IO[bytes]) -> Iterator[tuple[int, list[str]]]:
        while chunk := source.read(CHUNK):
            self.parser.Parse(chunk)
            yield from self.rows
            self.rows.clear()
        self.parser.Parse(b"", True)
        yield from self.rows

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = self.name(tag)
        if name == "c":
            self.kind = attributes.get("t", "n")
            self.style = int(attributes.get("s") or 0)
            self.column = self._column(attributes["r"]) if "r" in attributes else self.column + 1
            self.value = self.formula = None
        elif name in TEXTS:
            self.text = []
            self.listens = True
        elif name == "row":
            self.row = int(float(attributes["r"])) if "r" in attributes else self.row + 1
            self.column = 0
            self.cells = []

    def _end(self, tag: str) -> None:
        name = self.name(tag)
        if name == "v":
            self.value, self.listens = "".join(self.text), False
        elif name == "t":  # a text in the cell itself, in one piece or in several
            self.value, self.listens = (self.value or "") + "".join(self.text), False
        elif name == "f":
            self.formula, self.listens = "".join(self.text), False
        elif name == "c":
            self._end_of_cell()
        elif name == "row" and any(self.cells):
            self.rows.append((self.row, self.cells))

    def _end_of_cell(self) -> None:
        if self.formula is not None:
            text = f"={self.formula or 'formula'}"
        elif self.value:
            text = self.convert.get(self.kind, str)(self.value)
        else:
            return
        self.cells += [""] * (self.column - len(self.cells) - 1)
        if len(self.cells) < self.column:
            self.cells.append(text)

    def _column(self, reference: str) -> int:
        letters = reference.rstrip("0123456789")
        if letters not in self.letters:
            number = 0
            for letter in letters.upper():
                number = number * 26 + ord(letter) - 64
            if not 1 <= number <= MOST_COLUMNS:
                raise ValueError("a sheet has no such column")
            self.letters[letters] = number
        return self.letters[letters]

    def _number(self, value: str) -> str:
        if self.style in self.styles.dates or self.style in self.styles.durations:
            return self._date(value)
        text = value if value.isdigit() else number_text(float(value))
        digits = self.styles.digits.get(self.style)
        return text.zfill(digits) if digits else text  # a number shown as 00042 is meant as 00042

    def _date(self, value: str) -> str:
        if (value, self.style) not in self.dates:
            try:
                moment = from_excel(float(value), self.epoch, timedelta=self.style in self.styles.durations)
                text = _of_moment(moment)
            except (OverflowError, ValueError):
                text = value
            self.dates[value, self.style] = text
        return self.dates[value, self.style]


def number_text(value: float) -> str:
    """10012.0 is the employee number 10012."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"


def _of_moment(moment: object) -> str:
    if isinstance(moment, datetime.datetime):
        if moment.time() == datetime.time.min:
            return moment.date().isoformat()
        return moment.isoformat(" ", "seconds")
    return "" if moment is None else str(moment)


def read_strings(package: Package) -> list[str]:
    part = package.part("sharedStrings")
    if part is None:
        return []
    with package.open(part) as source:
        return Strings(source).found
