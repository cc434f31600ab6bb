"""What both forms of file are turned into first: lines with their cells, before the header is known."""

from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from people.importing.findings import Finding
from people.importing.table import MAX_CELLS, MAX_COLUMNS, MAX_ROWS, UnreadableFile

TITLE_LINES = 30


class Line(NamedTuple):
    """``number`` is the line of the file or the row of the sheet.

    Cells from ``broken_at`` on are not to be believed.
    """

    number: int
    cells: list[str]
    formulas: tuple[int, ...] = ()
    broken_at: int | None = None

    @property
    def is_blank(self) -> bool:
        return not any(cell and not cell.isspace() for cell in self.cells)


class Grid(NamedTuple):
    lines: list[Line]
    findings: tuple[Finding, ...] = ()
    encoding: str = ""
    separator: str = ""
    sheet: str = ""


def refuse_if_too_large(rows: int, columns: int, cells: int) -> None:
    """A few lines more than the limit are let through, since some of them are header and title."""
    if rows > MAX_ROWS + TITLE_LINES:
        limit = {"limit": f"{MAX_ROWS:,}"}
        raise UnreadableFile(_("The file has more than %(limit)s rows. Split it into several.") % limit)
    if columns > MAX_COLUMNS:
        limit = {"limit": MAX_COLUMNS}
        raise UnreadableFile(_("The file has more than %(limit)s columns. Leave some out.") % limit)
    if cells > MAX_CELLS:
        limit = {"limit": f"{MAX_CELLS:,}"}
        raise UnreadableFile(
            _("The file has more than %(limit)s cells. Leave out columns or split it.") % limit
        )
