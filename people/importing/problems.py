"""The rows that wait for repair as a file of their own: corrected there, they can be brought again."""

import csv
import io

from django.utils.translation import gettext as _

from people.importing.examining import Examination
from people.importing.kinds import Severity

CALCULATES = ("=", "+", "-", "@", "\t", "\r", "\n")


def problem_rows_csv(examination: Examination, *, with_warnings: bool = False) -> str:
    """Line, what to repair, then the cells as they were: of columns in use, without what may have slipped.

    To be sent as UTF-8 with a byte-order mark, which spreadsheets need.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    places = {column.index: at for at, column in enumerate(examination.table.columns)}
    used = [column for column in examination.mapping.used if column.index in places]
    writer.writerow([_("Line"), _("What to repair"), *(harmless(column.header) for column in used)])
    grave = {Severity.SET_ASIDE, Severity.WARNING} if with_warnings else {Severity.SET_ASIDE}
    by_line = examination.by_line
    for row in examination.table.rows:
        found = [finding for finding in by_line.get(row.line, ()) if finding.severity in grave]
        if not found:
            continue
        sure = [row.broken_at is None or column.index < row.broken_at for column in used]
        cells = [row.cells[places[column.index]] if ok else "" for column, ok in zip(used, sure, strict=True)]
        reasons = " ".join(finding.sentence for finding in found)
        writer.writerow([row.line, harmless(reasons), *map(harmless, cells)])
    return out.getvalue()


def harmless(cell: str) -> str:
    """No spreadsheet calculates what begins with an apostrophe."""
    return f"'{cell}" if cell.lstrip(" ").startswith(CALCULATES) or cell.startswith(CALCULATES) else cell
