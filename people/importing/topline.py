"""Which line names the columns, and what the columns are called when names are missing or doubled."""

from collections import Counter

from people.importing import sensitive
from people.importing.cells import fold, is_address, without_invisible
from people.importing.days import looks_like_date
from people.importing.findings import Finding
from people.importing.grid import Line
from people.importing.headings import is_known
from people.importing.kinds import Kind
from people.importing.table import LONGEST_HEADER, Column

SEARCHED = 25


def find_header(lines: list[Line]) -> int | None:
    """The place of the line with the column names: the first with the most known words."""
    usual = _usual_width(lines)
    candidates = [at for at, line in enumerate(lines[:SEARCHED]) if _could_be_header(line, usual)]
    known = {at: sum(_is_known(cell) for cell in lines[at].cells if cell.strip()) for at in candidates}
    best = max(known.values(), default=0)
    if best:
        return next(at for at in candidates if known[at] == best)
    return next((at for at in candidates if not _is_data(lines, at)), None)


def _usual_width(lines: list[Line]) -> int:
    widths = Counter(sum(1 for cell in line.cells if cell.strip()) for line in lines[:200])
    return max(widths, key=lambda width: (widths[width], width), default=1)


def _could_be_header(line: Line, usual: int) -> bool:
    filled = [cell.strip() for cell in line.cells if cell.strip()]
    labels = sum(_is_label(cell) for cell in filled)
    return len(filled) >= max(1, usual / 2) and labels == len(filled) and not line.formulas


def _is_label(cell: str) -> bool:
    return (
        len(cell) <= LONGEST_HEADER
        and any(letter.isalpha() for letter in cell)
        and not is_address(cell)
        and not looks_like_date(cell)
    )


def _is_known(cell: str) -> bool:
    cell = fold(without_invisible(cell))
    return is_known(cell) or sensitive.by_heading(cell) is not None


def _is_data(lines: list[Line], at: int) -> bool:
    """A line of unknown words is data if one of them stands below as well, or if it has a name."""
    below = lines[at + 1 : at + 200]
    for place, cell in enumerate(lines[at].cells):
        word = cell.strip()
        if not word:
            continue
        if ", " in word or any(
            place < len(line.cells) and line.cells[place].strip() == word for line in below
        ):
            return True
    return False


def name_columns(header: list[str] | None, width: int) -> tuple[tuple[Column, ...], list[Finding]]:
    """``width`` is that of the rows: what they have beyond the header gets columns without a name."""
    names = [fold(without_invisible(cell))[:LONGEST_HEADER] for cell in header or []]
    names += [""] * (width - len(names))
    findings, columns, taken = [], [], Counter()
    for index, name in enumerate(names):
        if not name:
            numbered = f"#{index + 1}"
            columns.append(Column(index, numbered, named=False))
            if header is not None:
                findings.append(Finding(Kind.BLANK_HEADER, column=numbered))
            continue
        taken[name.casefold()] += 1
        times = taken[name.casefold()]
        columns.append(Column(index, name if times == 1 else f"{name} ({times})"))
        if times == 2:
            findings.append(Finding(Kind.DUPLICATE_HEADER, value=name))
    return tuple(columns), findings
