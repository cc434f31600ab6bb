"""A file of people to a table: any form, any dialect, and either a table or a sentence that says why not."""

from collections import Counter

from django.utils.translation import gettext_lazy as _

from people.importing import separated, workbook
from people.importing.cells import fold, without_invisible
from people.importing.findings import Finding
from people.importing.grid import Line
from people.importing.kinds import Kind
from people.importing.pace import collector_paused
from people.importing.slips import find_slips
from people.importing.sniffing import what_is
from people.importing.table import MAX_COLUMNS, MAX_ROWS, Row, Table, UnreadableFile
from people.importing.topline import find_header, name_columns

READERS = {"csv": separated.read, "xlsx": workbook.read}


@collector_paused()
def read_table(data: bytes, name: str) -> Table:
    """Raises ``UnreadableFile`` and nothing else.  ``name`` of the file is only shown, never opened."""
    form = what_is(data)
    grid = READERS[form](data)
    if not grid.lines:
        raise UnreadableFile(_("The file is empty."))

    top = find_header(grid.lines)
    header = None if top is None else grid.lines[top].cells
    body = grid.lines if top is None else grid.lines[top + 1 :]
    if not body:
        raise UnreadableFile(_("The file has column names but no people below them."))
    if len(body) > MAX_ROWS:
        limit = {"limit": f"{MAX_ROWS:,}"}
        raise UnreadableFile(_("The file has more than %(limit)s rows. Split it into several.") % limit)

    width = _width(header, body)
    columns, findings = name_columns(_trimmed(header, width) if header else None, width)
    findings = [*grid.findings, *_about_header(grid.lines, top), *findings]
    body, repeated = _without_headers(body, header)
    findings += repeated
    rows = _rows(body, width, findings, padded=form == "xlsx")
    if not rows:
        raise UnreadableFile(_("The file has column names but no people below them."))
    return Table(
        name=fold(without_invisible(name))[:200],
        form=form,
        columns=columns,
        rows=rows,
        findings=tuple(findings),
        encoding=grid.encoding,
        separator=grid.separator,
        sheet=grid.sheet,
    )


def _width(header: list[str] | None, body: list[Line]) -> int:
    """That of the header, unless most rows are wider."""
    named = len(_trimmed(header, 0)) if header else 0
    widths = Counter(len(_trimmed(line.cells, named)) for line in body)
    usual, often = max(widths.items(), key=lambda pair: (pair[1], pair[0]))
    if named and (usual <= named or often < len(body) / 2):
        return min(max(named, 1), MAX_COLUMNS)
    return max(named, usual, 1)


def _trimmed(cells: list[str], width: int) -> list[str]:
    """Blank cells beyond ``width`` say nothing: some exports end each line with a separator."""
    end = len(cells)
    while end > width and not cells[end - 1].strip():
        end -= 1
    return cells[:end]


def _about_header(lines: list[Line], top: int | None) -> list[Finding]:
    if top is None:
        return [Finding(Kind.NO_HEADER)]
    return [Finding(Kind.HEADER_NOT_FIRST, others=(lines[top].number,))] if top else []


def _without_headers(body: list[Line], header: list[str] | None) -> tuple[list[Line], list[Finding]]:
    """Pages pasted together repeat the column names."""
    if header is None or len(header) < 2:
        return body, []
    repeated = [line for line in body if line.cells == header]
    if not repeated:
        return body, []
    kept = [line for line in body if line.cells != header]
    return kept, [Finding(Kind.REPEATED_HEADER, line=line.number) for line in repeated]


def _rows(body: list[Line], width: int, findings: list[Finding], *, padded: bool) -> tuple[Row, ...]:
    lines = [line._replace(cells=_trimmed(line.cells, width)) for line in body]
    if padded:  # a sheet has no cells at the end of a row where nothing was written
        lines = [line._replace(cells=line.cells + [""] * (width - len(line.cells))) for line in lines]
    slips = find_slips(lines, width)
    rows = []
    for at, line in enumerate(lines):
        broken_at = slips.get(at, line.broken_at)
        if at in slips:
            findings.append(Finding(Kind.SLIPPED, line=line.number))
        cells = (line.cells + [""] * (width - len(line.cells)))[:width]
        rows.append(
            Row(line.number, tuple(cells), tuple(at for at in line.formulas if at < width), broken_at)
        )
    return tuple(rows)
