"""Rows whose cells do not stand under their own columns.

A cell missing or too many moves all that follow by one.  Each column is described by what nearly all its
cells look like; a row is slipped when many of its cells do not fit, and nearly all would if moved by one.
"""

import re
from collections import Counter
from typing import NamedTuple

from people.importing.days import THREE_NUMBERS, YEAR_FIRST
from people.importing.grid import Line

FEWEST_ROWS = 20
PROFILED = 2_000
STEP = 7_919
NEARLY_ALL = 0.97
MOST_CHOICES = 40
RAGGED = 0.05

INTEGER = re.compile(r"\A[+\-]?\d+\Z")
DECIMAL = re.compile(r"\A[+\-]?\d*[.,]\d+\Z")


class Look(NamedTuple):
    """What nearly all cells of a column look like.  Empty where they have nothing in common."""

    shapes: frozenset[str] = frozenset()
    choices: frozenset[str] = frozenset()
    filled: bool = False

    def fits(self, cell: str) -> bool:
        if not cell:
            return not self.filled
        if self.choices and cell in self.choices:
            return True
        if self.choices:
            return False
        return not self.shapes or shape(cell) in self.shapes


def shape(cell: str) -> str:
    if "@" in cell:
        return "address"
    if cell[0].isdigit() or cell[0] in "+-.,":
        if INTEGER.match(cell):
            return "integer"
        if DECIMAL.match(cell):
            return "decimal"
        if THREE_NUMBERS.match(cell) or YEAR_FIRST.match(cell):
            return "date"
    return "text"


def find_slips(lines: list[Line], width: int) -> dict[int, int]:
    """For each slipped line, by its place in ``lines``, the first column whose cell must not be believed."""
    rows = [[cell.strip() for cell in line.cells] for line in lines]
    looks = _looks(rows, width)
    telling = any(look.shapes or look.choices for look in looks)
    short = sum(len(row) < width for row in rows)
    ragged = short >= 3 and short >= RAGGED * len(rows)

    slips = {}
    for at, row in enumerate(rows):
        if lines[at].broken_at is not None:
            continue
        odd = len(row) != width
        if not odd and not telling:
            continue
        wrong = _misfits(row, looks, width)
        if odd and not (ragged and len(row) < width and (not wrong or not telling)):
            slips[at] = _break(row, looks, width) or 0
        elif len(wrong) >= 2 and (place := _break(row, looks, width)) is not None:
            slips[at] = place
    return slips


def _looks(rows: list[list[str]], width: int) -> list[Look]:
    whole = [row for row in rows if len(row) == width] or rows
    if len(whole) < FEWEST_ROWS:
        return [Look()] * width
    return [_look([row[at] if at < len(row) else "" for row in whole]) for at in range(width)]


def _look(cells: list[str]) -> Look:
    counts = Counter(cells)
    blank = counts.pop("", 0)
    total = len(cells) - blank
    if total < FEWEST_ROWS:
        return Look()
    # Steps of a large prime, so that no rhythm in the file falls in step with the sample.
    sample = [cells[at * STEP % len(cells)] for at in range(min(PROFILED, len(cells)))]
    shapes = Counter(shape(cell) for cell in sample if cell)
    seen = sum(shapes.values())
    common, often = shapes.most_common(1)[0] if shapes else ("", 0)
    usual: frozenset[str] = frozenset()
    if often and often >= NEARLY_ALL * seen:
        usual = frozenset({common})
    elif seen and shapes["integer"] + shapes["decimal"] >= NEARLY_ALL * seen:
        usual = frozenset({"integer", "decimal"})
    return Look(usual, _choices(counts, total), filled=total >= 0.98 * len(cells))


def _choices(counts: Counter[str], total: int) -> frozenset[str]:
    """The few values that a column of choices takes; a value seen once is no choice."""
    if len(counts) > 2 * MOST_CHOICES + total // 50:
        return frozenset()
    repeated = frozenset(value for value, times in counts.items() if times >= 3)
    covered = sum(counts[value] for value in repeated)
    if total < 2 * FEWEST_ROWS or len(repeated) > min(MOST_CHOICES, total // 4):
        return frozenset()
    return repeated if covered >= 0.985 * total else frozenset()


def _misfits(row: list[str], looks: list[Look], width: int) -> list[int]:
    return [at for at in range(width) if not looks[at].fits(row[at] if at < len(row) else "")]


def _break(row: list[str], looks: list[Look], width: int) -> int | None:
    """Where one cell is missing or too many, if moving the rest makes the row fit; the first such place."""
    here = [_fits(looks, at, cell) for at, cell in enumerate(row)]
    wrong = len(row) - sum(here) + sum(not look.fits("") for look in looks[len(row) :])
    best, where = wrong, None
    for step in (1, -1):  # cells that belong one column to the right, or to the left
        if len(row) == width and step == 1 and row[-1]:
            continue  # moving right would push a value out of the table
        moved = [_fits(looks, at + step, cell) for at, cell in enumerate(row)]
        after = len(row) - sum(moved)
        before = 0
        for place in range(len(row)):
            left_over = not moved[place] if step == -1 else 0  # the cell too many belongs to no column
            if before + after - left_over < best:
                best, where = before + after - left_over, place
            before += not here[place]
            after -= not moved[place]
    if where is None:
        return None
    return where if wrong - best >= 2 and best <= wrong / 3 else None


def _fits(looks: list[Look], at: int, cell: str) -> bool:
    if 0 <= at < len(looks):
        return looks[at].fits(cell)
    return not cell
