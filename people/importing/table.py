"""What a file holds before anybody says what it means: columns, rows and their lines."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from people.importing.findings import Finding

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 50_000
MAX_COLUMNS = 200
MAX_CELLS = 2_000_000
LONGEST_HEADER = 80


class UnreadableFile(Exception):
    """The file cannot be read at all; the message is a sentence for the person who brought it."""

    @property
    def sentence(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True, slots=True)
class Column:
    """``index`` is the place in the file, from 0, and stays the same when other columns are taken out."""

    index: int
    header: str
    named: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """``line`` is the line in the file, or the row of the sheet.

    ``formulas`` are the indices of columns whose cell holds a formula.  From the column ``broken_at`` on,
    the cells do not stand under their own columns and must not be believed.
    """

    line: int
    cells: tuple[str, ...] = field(repr=False)
    formulas: tuple[int, ...] = ()
    broken_at: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    form: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...] = field(repr=False)
    findings: tuple[Finding, ...] = ()
    encoding: str = ""
    separator: str = ""
    sheet: str = ""

    def values(self, index: int) -> list[str]:
        """The cells of one column in rows that hold together, without the blank ones."""
        at = self.position(index)
        rows = (row for row in self.rows if row.broken_at is None)
        return [cell for row in rows if (cell := row.cells[at].strip())]

    def position(self, index: int) -> int:
        return next(at for at, column in enumerate(self.columns) if column.index == index)

    def only(self, indices: Iterable[int]) -> "Table":
        """The table without any other column; what a broken row may have carried over is blanked as well.

        This is what may be kept: call it before anything is written down.
        """
        wanted = set(indices)
        places = [(at, column.index) for at, column in enumerate(self.columns) if column.index in wanted]
        return replace(
            self,
            columns=tuple(column for column in self.columns if column.index in wanted),
            rows=tuple(_cut(row, places) for row in self.rows),
        )

    def without(self, indices: Iterable[int]) -> "Table":
        unwanted = set(indices)
        return self.only(column.index for column in self.columns if column.index not in unwanted)

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "form": self.form,
            "columns": [[column.index, column.header, column.named] for column in self.columns],
            "rows": [[row.line, row.cells, row.formulas, row.broken_at] for row in self.rows],
            "findings": [finding.as_json() for finding in self.findings],
            "encoding": self.encoding,
            "separator": self.separator,
            "sheet": self.sheet,
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Table":
        return cls(
            name=kept["name"],
            form=kept["form"],
            columns=tuple(Column(*column) for column in kept["columns"]),
            rows=tuple(
                Row(line, tuple(cells), tuple(formulas), broken_at)
                for line, cells, formulas, broken_at in kept["rows"]
            ),
            findings=tuple(Finding.from_json(finding) for finding in kept["findings"]),
            encoding=kept["encoding"],
            separator=kept["separator"],
            sheet=kept["sheet"],
        )


def _cut(row: Row, places: list[tuple[int, int]]) -> Row:
    sure = row.broken_at
    cells = tuple(row.cells[at] if sure is None or index < sure else "" for at, index in places)
    wanted = {index for _at, index in places}
    return Row(row.line, cells, tuple(index for index in row.formulas if index in wanted), sure)
