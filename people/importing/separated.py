"""Text with separators to lines of cells.  Each keeps the number of the file's own line it begins in."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from people.importing.decoding import decode, label
from people.importing.findings import Finding
from people.importing.formulas import mark_formulas
from people.importing.grid import Grid, Line, refuse_if_too_large
from people.importing.kinds import Kind
from people.importing.table import UnreadableFile

SEPARATORS = ",;\t|"
SAMPLE_LINES = 200
MOST_REPAIRS = 200
QUOTED = re.compile(r'"[^"\r\n]*"')
SAYS_SEPARATOR = re.compile(r"\Asep=(.)\s*\Z", re.IGNORECASE)


def read(data: bytes) -> Grid:
    text, encoding, guessed, mixed = decode(data)
    lines = list(io.StringIO(text, newline=""))
    findings = [Finding(Kind.ENCODING_MIXED, line=number) for number in mixed]
    if guessed and not encoding.startswith("utf-"):
        findings.append(Finding(Kind.ENCODING_GUESSED, value=label(encoding)))

    start, separator = 0, ""
    if lines and (said := SAYS_SEPARATOR.match(lines[0])):
        start, separator = 1, said[1]
    separator = separator or find_separator(lines)

    found = []
    cells = as_text = 0
    for line, fault in _records(lines, start, separator):
        if line.is_blank:
            continue
        line, texts = mark_formulas(line)
        found.append(line)
        as_text += texts
        cells += len(line.cells)
        if fault:
            findings.append(Finding(Kind.QUOTE_UNCLOSED, line=line.number))
        refuse_if_too_large(len(found), len(line.cells), cells)
    if as_text:
        findings.append(Finding(Kind.FORMULA_TEXT, count=as_text))
    return Grid(found, tuple(findings), encoding=label(encoding), separator=separator)


def find_separator(lines: list[str]) -> str:
    """The sign that cuts the most lines into the same number of cells."""
    sample = [QUOTED.sub("", line) for line in lines[:SAMPLE_LINES] if line.strip()]
    best, most = ",", 0.0
    for sign in SEPARATORS:
        counts = Counter(count for line in sample if (count := line.count(sign)))
        if not counts:
            continue
        count, often = max(counts.items(), key=lambda pair: pair[0] * pair[1])
        if count == 1 and sign not in sample[0] and often < len(sample):
            continue
        if count * often / len(sample) > most:
            best, most = sign, count * often / len(sample)
    return best


def _records(lines: list[str], start: int, separator: str) -> Iterator[tuple[Line, bool]]:
    """Rows, and whether a quotation mark was left open in them: then reading goes on in the line below."""
    width = 1 + _usual_count(lines, separator)
    repairs = 0
    while start < len(lines):
        reader = csv.reader((lines[at] for at in range(start, len(lines))), delimiter=separator)
        first = start
        try:
            for cells in reader:
                after = start + reader.line_num
                if _ran_away(lines, first, after, cells, separator, width):
                    break
                yield Line(first + 1, cells), False
                first = after
            else:
                return
        except csv.Error:
            pass  # a field without end: the quotation mark that opened it stands in line `first`
        repairs += 1
        if repairs > MOST_REPAIRS:
            problem = {"line": first + 1}
            raise UnreadableFile(
                _("The quotation marks cannot be made out, first in line %(line)s. Export the file again.")
                % problem
            )
        yield _alone(lines[first], first + 1, separator), True
        start = first + 1


def _usual_count(lines: list[str], separator: str) -> int:
    counts = Counter(QUOTED.sub("", line).count(separator) for line in lines[:SAMPLE_LINES] if line.strip())
    return counts.most_common(1)[0][0] if counts else 0


def _ran_away(lines: list[str], first: int, after: int, cells: list[str], separator: str, width: int) -> bool:
    """Whether a quotation mark without its twin has made one record of several, or fewer cells of one."""
    if after - first == 1 or after >= len(lines):
        if len(cells) != width and _is_odd(lines, first, after):
            return True
    swallowed = 0
    for at in range(first + 1, after):
        line = lines[at]
        if width > 2 and line.count('"') % 2 == 0 and QUOTED.sub("", line).count(separator) == width - 1:
            swallowed += 1
            if len(cells) != width or swallowed >= 3:
                return True
    return swallowed > 0 and (
        _is_odd(lines, first, after) or not _closes_properly(lines[first:after], separator)
    )


def _closes_properly(record: list[str], separator: str) -> bool:
    """Behind the closing quotation mark comes a separator or the end, not the text of another cell."""
    try:
        list(csv.reader(record, delimiter=separator, strict=True))
    except csv.Error:
        return False
    return True


def _is_odd(lines: list[str], first: int, after: int) -> bool:
    return sum(lines[at].count('"') for at in range(first, after)) % 2 == 1


def _alone(text: str, number: int, separator: str) -> Line:
    """What stands before the open quotation mark is sure."""
    try:
        cells = next(csv.reader([text], delimiter=separator), [])
    except csv.Error:
        cells = text[:1000].split(separator)
        return Line(number, cells, broken_at=0)
    return Line(number, cells, broken_at=max(0, len(cells) - 1))
