"""Cells that calculate.  What they would show is not in the file, so they are found and never believed."""

import re

from people.importing.grid import Line

# ="00123" is how some systems keep zeros: a formula in form, a text in fact.
TEXT_AS_FORMULA = re.compile(r'\A="([^"]*)"\s*\Z')
# A sign and then something that calculates; "+47 22 00 00 00" and "-" are no formulas.
CALCULATES = re.compile(
    r"""\A'?(?:
        =.                                      # =A1
      | @\s*[A-Za-z_]+\s*\(                     # @SUM(
      | [+\-][^|]*\|.*!                         # +cmd|' /C calc'!A0
      | [+\-]\s*@?[A-Za-z_.]+\d*\s*[(!]        # -SUM(  +Sheet1!
      | [+\-]\s*\d+\s*[+*]                     # +1+1
    )""",
    re.DOTALL | re.VERBOSE,
)
SHEET_ERRORS = frozenset({"#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"})
STARTS = frozenset("='+-@#")


def is_formula(cell: str) -> bool:
    if cell[:1] == "#":
        return cell.strip().upper() in SHEET_ERRORS
    return cell[:1] in "='+-@" and CALCULATES.match(cell) is not None


def mark_formulas(line: Line) -> tuple[Line, int]:
    """The line with the places of its formulas, and how many of its cells were only texts in that form."""
    formulas, texts = [], 0
    for at, cell in enumerate(line.cells):
        if cell[:1] not in STARTS or not cell:
            continue
        if text := TEXT_AS_FORMULA.match(cell):
            line.cells[at] = text[1]
            texts += 1
        elif is_formula(cell):
            formulas.append(at)
    return (line._replace(formulas=tuple(formulas)) if formulas else line), texts
