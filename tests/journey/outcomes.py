"""What HR takes away, and the same numbers counted by hand from what the people of the journey did."""

import csv
import io
import re
import zipfile
from calendar import monthrange
from datetime import date, datetime

import openpyxl

from tests.journey.files import FOUR, Files
from tests.journey.visitor import Visitor

Cells = list[list[object]]
DAYS_OF_A_MONTH = 30.44


def workbook(data: bytes) -> dict[str, Cells]:
    book = openpyxl.load_workbook(io.BytesIO(data))
    return {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}


def csv_files(data: bytes) -> dict[str, Cells]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {
            name: list(csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig"))))
            for name in archive.namelist()
        }


def figures(sheets: dict[str, Cells]) -> dict[str, object]:
    """The column "Value" of the sheet "Figures" by its words."""
    head, *rows = sheets["Figures"]
    words, value = head.index("Figure"), head.index("Value")
    return {row[words]: row[value] for row in rows}


def counted_by_hand(
    files: Files, *, pairs: int, minutes: list[int], twice: int, today: date
) -> dict[str, object]:
    """``minutes`` of each meeting; ``twice``: how many pairs met twice in the month, the others met once.

    All pairs began today, so their active days run from today to the end of the month.
    """
    everybody = files.participants()
    mentees = sum("mentee" in one.roles for one in everybody)
    mentors = sum("mentor" in one.roles for one in everybody)
    active = monthrange(today.year, today.month)[1] - today.day + 1
    once = 1 / (active / DAYS_OF_A_MONTH)
    return {
        "Mentees matched, share of those accepted": round(pairs / mentees, 2),
        "Mentors matched, share of those accepted": round(pairs / mentors, 2),
        "Open relationships": pairs,
        "Of these paused": 0,
        "Meetings a month, mean": round(once * (pairs + twice) / pairs, 2),
        "Meetings a month, median": round(once, 2),
        "Meetings held": len(minutes),
        "Hours of mentoring": round(sum(minutes) / 60, 2),
    }


def people_by_function(files: Files) -> tuple[int, int]:
    everybody = files.participants()
    return sum("mentee" in one.roles for one in everybody), sum("mentor" in one.roles for one in everybody)


def table_of(sheets: dict[str, Cells]) -> dict[str, list[object]]:
    _head, *rows = sheets["Function"]
    return {str(row[0]): row[1:] for row in rows}


def rows_of_page(hana: Visitor) -> dict[str, list[str]]:
    rows = hana.page.locator("section[aria-labelledby=people] table tr").all()[1:]
    return {
        row.locator("th").inner_text(): [cell.inner_text() for cell in row.locator("td").all()]
        for row in rows
    }


def places_of_four(content: object) -> list[str]:
    """Wherever the word for the group of four, or the number, stands by itself."""
    if isinstance(content, dict):
        return [found for name, rows in content.items() for found in places_of_four([name, *rows])]
    if isinstance(content, list):
        return [found for one in content for found in places_of_four(one)]
    if isinstance(content, (date, datetime)):
        return []
    text = str(content)
    return [text] if FOUR in text or re.fullmatch(r"\s*4(\.0+)?\s*", text) else []
