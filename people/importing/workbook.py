"""An Excel workbook to lines of cells: its first sheet that is not empty."""

from people.importing.findings import Finding
from people.importing.formulas import mark_formulas
from people.importing.grid import Grid, Line, refuse_if_too_large
from people.importing.kinds import Kind
from people.importing.package import DAMAGED, Package, Sheet
from people.importing.sheets import Cells, read_strings
from people.importing.sniffing import SAVE_AS
from people.importing.table import UnreadableFile

MAX_VISITED = 20_000_000


def read(data: bytes) -> Grid:
    try:
        return _read_first_sheet(Package(data))
    except UnreadableFile:
        raise
    except Exception as error:  # zip and XML fail in a hundred ways, and all of them mean a damaged file
        raise UnreadableFile(f"{DAMAGED} {SAVE_AS}") from error


def _read_first_sheet(package: Package) -> Grid:
    sheets = package.sheets
    strings, styles = read_strings(package), package.styles()
    for sheet in sheets:
        lines, texts = _read_sheet(package, sheet, Cells(strings, styles, from_1904=package.counts_from_1904))
        if not lines:
            continue
        findings = []
        if len(sheets) > 1:
            findings.append(Finding(Kind.SEVERAL_SHEETS, value=sheet.name, count=len(sheets)))
        if texts:
            findings.append(Finding(Kind.FORMULA_TEXT, count=texts))
        return Grid(lines, tuple(findings), sheet=sheet.name)
    return Grid([])


def _read_sheet(package: Package, sheet: Sheet, cells: Cells) -> tuple[list[Line], int]:
    lines: list[Line] = []
    filled = visited = as_text = 0
    with package.open(sheet.part) as source:
        for number, row in cells.read(source):
            visited += len(row)
            while row and not row[-1].strip():
                row.pop()
            if not row:
                continue
            filled += len(row)
            refuse_if_too_large(len(lines) + 1, len(row), visited if visited > MAX_VISITED else filled)
            last = lines[-1].number if lines else 0
            line, texts = mark_formulas(Line(max(number, last + 1), row))  # a forged file may repeat numbers
            as_text += texts
            lines.append(line)
    return lines, as_text
