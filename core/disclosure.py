"""What a figure may say about few people: every figure for readers who may not open the rows goes through it.

Sources: domain 5.3, reliability 3.7, ux 7.5.  Pure functions on plain values: counts go in, cells come
out.  A cell is ``Shown``, ``Bounded`` or ``Hidden``; a hidden cell does not hold what it hides, so no
template, file or log can print it.

Which of two hidden cells is the small one and which was hidden to protect it is nowhere said: it would
tell which is under ``k``.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import floor
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

# The organisation can raise k, never lower it.
FLOOR = 5
LEAST_RELATIONSHIPS = 3
# Below this many people a share of all or none is only said to be at least 90 or at most 10 per cent.
FEW = 10
NEARLY_ALL = 0.9


class Reason(TextChoices):
    SMALL = "small", _lazy("Hidden, to protect groups of fewer than %(k)s people.")
    FEW_PAIRS = "few pairs", _lazy("Hidden, because fewer than %(least)s relationships are behind it.")
    ONE_SIDED = "one-sided", _lazy("Hidden, because fewer than %(k)s people are on one side of it.")
    TOO_NEAR = "too near", _lazy("Hidden, because an earlier figure counts almost the same people.")
    NOTHING = "nothing", _lazy("There is nothing to count yet.")


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure about ``n`` people that may be read.  A share is held as a fraction of one."""

    value: float
    n: int
    is_share: bool = False

    def __str__(self) -> str:
        return per_cent(self.value) if self.is_share else number_format(self.value)


@dataclass(frozen=True, slots=True)
class Bounded:
    """A share of which only a bound may be read.  It has no n: with n a bound can give away what it hides."""

    at_least: bool
    bound: float

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {per_cent(self.bound)}"

    @property
    def spoken(self) -> str:
        """The sign, as it is read aloud."""
        words = _("%(share)s or more") if self.at_least else _("%(share)s or less")
        return words % {"share": per_cent(self.bound)}


@dataclass(frozen=True, slots=True)
class Hidden:
    reason: Reason
    k: int = FLOOR

    def __str__(self) -> str:
        return "–"

    @property
    def spoken(self) -> str:
        if self.reason == Reason.NOTHING:
            return _("nothing to count yet")
        return _("hidden, fewer than %(k)s people") % {"k": self.k}

    @property
    def explanation(self) -> str:
        return self.reason.label % {"k": self.k, "least": LEAST_RELATIONSHIPS}


Cell = Shown | Bounded | Hidden


class Pairs(NamedTuple):
    """A count of relationships, with the number of different people in them."""

    n: int
    people: int


Count = int | Pairs
Label = str | int | Promise


def per_cent(share: float) -> str:
    return _("%(number)s%%") % {"number": number_format(round(share * 100))}


def for_export(cell: Cell) -> float | str:
    """A number stays a number in a spreadsheet, everything else is what the page says."""
    return cell.value if isinstance(cell, Shown) else str(cell)


def _checked(k: int) -> int:
    if k < FLOOR:
        raise ValueError(f"k is at least {FLOOR}.")
    return k


def _is_small(count: Count, k: int) -> bool:
    n, people = count if isinstance(count, Pairs) else (count, count)
    if n < 0 or people < 0:
        raise ValueError("Nobody counts fewer than none.")
    return people < k or (isinstance(count, Pairs) and n < LEAST_RELATIONSHIPS)


def _size(count: Count) -> int:
    return count.n if isinstance(count, Pairs) else count


def _sum(counts: Sequence[Count]) -> Count:
    """The people of several groups of pairs may be the same: there are at least as many as in the largest."""
    n = sum(map(_size, counts))
    pairs = [count.people for count in counts if isinstance(count, Pairs)]
    return Pairs(n, max(pairs)) if pairs else n


# Single figures


def count(n: Count, *, k: int = FLOOR) -> Cell:
    if _is_small(n, _checked(k)):
        return Hidden(Reason.SMALL, k)
    return Shown(_size(n), n.people if isinstance(n, Pairs) else n)


def statistic(value: float | None, *, people: int, relationships: int | None = None, k: int = FLOOR) -> Cell:
    """A mean, a median, a sum: for at least ``k`` people, and 3 relationships where it is about them."""
    if people < _checked(k):
        return Hidden(Reason.SMALL, k)
    if relationships is not None and relationships < LEAST_RELATIONSHIPS:
        return Hidden(Reason.FEW_PAIRS, k)
    return Hidden(Reason.NOTHING, k) if value is None else Shown(value, people)


def share(part: int, whole: int, *, people: int | None = None, k: int = FLOOR) -> Cell:
    """``part ÷ whole`` where at least ``k`` are inside and ``k`` outside; else a bound, else nothing.

    ``people`` is given where the whole counts relationships.  With fewer than ``k`` on one side the answer
    is a bound that several parts share: "≥ 90%" or "≤ 10%" where that is true, a wider one where it is not.
    Below ten people all or none is said as "≥ 90%" or "≤ 10%", and nothing else.
    """
    if not 0 <= part <= whole:
        raise ValueError("A part lies between nothing and the whole.")
    if min(whole, whole if people is None else people) < _checked(k):
        return Hidden(Reason.SMALL, k)
    few = min(part, whole - part)
    if few >= k:
        return Shown(part / whole, whole if people is None else people, is_share=True)
    bound = _bound(few, whole, k)
    if bound is None:
        return Hidden(Reason.ONE_SIDED, k)
    at_least = part * 2 >= whole
    return Bounded(at_least, bound if at_least else round(1 - bound, 1))


def _bound(few: int, whole: int, k: int) -> float | None:
    """The largest tenth that is true for each size of the smaller side that gets the same answer."""
    if whole < FEW:
        return NEARLY_ALL if few == 0 else None
    most = min(k - 1, whole // 2)
    within_a_tenth = whole // 10
    # One size left over beyond the 90 would be known by that: then all of them share the lower bound.
    if few <= within_a_tenth and most != within_a_tenth + 1:
        return NEARLY_ALL
    return floor((whole - most) * 10 / whole) / 10


# Tables


@dataclass(frozen=True, slots=True)
class Counts:
    """One dimension: the cells in the order given, and the total, also of those who are in no cell."""

    cells: dict[Label, Cell]
    total: Cell


def counts(cells: Mapping[Label, Count], *, total: Count | None = None, k: int = FLOOR) -> Counts:
    """``total`` is given where some people are in none of the cells: those few are protected like a cell.

    Beside the small cells the next smallest are hidden, equals together: which of two equals was chosen
    would tell a reader who knows this rule where the small one is.  When that is not enough the total is
    hidden as well.
    """
    total = _sum(list(cells.values())) if total is None else total
    rest = _size(total) - sum(map(_size, cells.values()))
    if rest < 0:
        raise ValueError("The parts are more than the whole: cells of a table do not overlap.")
    hidden = {label for label in cells if _is_small(cells[label], _checked(k))}
    shown = sorted({_size(cells[label]) for label in cells if label not in hidden})
    while not (safe := _is_safe([_size(cells[label]) for label in hidden], rest, k)) and shown:
        least = shown.pop(0)
        hidden |= {label for label in cells if _size(cells[label]) == least}
    veil = Hidden(Reason.SMALL, k)
    return Counts(
        {label: veil if label in hidden else count(n, k=k) for label, n in cells.items()},
        count(total, k=k) if safe else veil,
    )


def _is_safe(hidden: list[int], rest: int, k: int) -> bool:
    """Whether what anybody can subtract, the sum of the hidden, leaves more than one way to split it."""
    sizes = [*hidden, rest] if rest else hidden
    if len(sizes) < 2:
        return not sizes or rest >= k
    # As large as small counts can be together: then each of them would be known to be k - 1.
    return sum(sizes) >= k and not (sum(sizes) == len(sizes) * (k - 1) and max(sizes) < k)


@dataclass(frozen=True, slots=True)
class Table:
    """Two dimensions with the totals of rows, columns and all."""

    cells: dict[tuple[Label, Label], Cell]
    rows: dict[Label, Cell]
    columns: dict[Label, Cell]
    total: Cell


class _Arc(NamedTuple):
    """A count as a flow between two sums: what flows into a sum flows out of it, that is what sums say."""

    key: tuple
    tail: Hashable
    head: Hashable
    count: Count

    @property
    def n(self) -> int:
        return _size(self.count)


Line = tuple[list[_Arc], _Arc]  # what is summed, and the sum


def table(cells: Mapping[tuple[Label, Label], Count], *, k: int = FLOOR) -> Table:
    """``cells`` holds every row with every column.  Totals are sums: "not known" is a row or a column too."""
    rows, columns = (list(dict.fromkeys(key[side] for key in cells)) for side in (0, 1))
    if len(cells) != len(rows) * len(columns):
        raise ValueError("A table has a count for every row in every column.")
    # All people flow into the rows, from the rows into the columns, and back together.
    arc = {key: _Arc(("cell", *key), ("row", key[0]), ("column", key[1]), n) for key, n in cells.items()}
    of_row = {row: [arc[row, column] for column in columns] for row in rows}
    of_column = {column: [arc[row, column] for row in rows] for column in columns}
    row_sum = {
        row: _Arc(("row", row), "all", ("row", row), _sum([part.count for part in parts]))
        for row, parts in of_row.items()
    }
    column_sum = {
        column: _Arc(("column", column), ("column", column), "together", _sum([part.count for part in parts]))
        for column, parts in of_column.items()
    }
    whole = _Arc(("total",), "together", "all", _sum(list(cells.values())))
    lines = [
        *((of_row[row], row_sum[row]) for row in rows),
        *((of_column[column], column_sum[column]) for column in columns),
        (list(row_sum.values()), whole),
        (list(column_sum.values()), whole),
    ]
    shown = _release([*arc.values(), *row_sum.values(), *column_sum.values(), whole], lines, _checked(k))
    return Table(
        {key: shown["cell", *key] for key in cells},
        {row: shown["row", row] for row in rows},
        {column: shown["column", column] for column in columns},
        shown["total",],
    )


def _release(arcs: list[_Arc], lines: list[Line], k: int) -> dict[tuple, Cell]:
    hidden = {arc.key for arc in arcs if _is_small(arc.count, k)}
    while (arc := _next_to_hide(arcs, lines, hidden, k)) is not None:
        hidden.add(arc.key)
    return {arc.key: Hidden(Reason.SMALL, k) if arc.key in hidden else count(arc.count, k=k) for arc in arcs}


def _next_to_hide(arcs: list[_Arc], lines: list[Line], hidden: set[tuple], k: int) -> _Arc | None:
    """The smallest shown count whose hiding protects one that can still be told; nothing when none can."""
    for parts, total in lines:
        if _gives_away(parts, total, hidden, k):
            return _smallest([*parts, total], hidden)
    for arc in arcs:
        if arc.key in hidden and not _could_be_another(arc, arcs, hidden):
            near = [other for parts, total in lines if arc in parts for other in (*parts, total)]
            return _smallest(near, hidden) or _smallest(arcs, hidden)
    return None


def _gives_away(parts: list[_Arc], total: _Arc, hidden: set[tuple], k: int) -> bool:
    """One hidden count is the rest of its line; several below ``k`` in sum are a small group together."""
    covered = [arc for arc in (*parts, total) if arc.key in hidden]
    if len(covered) < 2 or total.key in hidden:
        return len(covered) == 1
    return sum(arc.n for arc in covered) < k


def _smallest(arcs: Iterable[_Arc], hidden: set[tuple]) -> _Arc | None:
    shown = [arc for arc in arcs if arc.key not in hidden]
    return min(shown, key=lambda arc: (arc.key[0] != "cell", arc.n), default=None)


def _could_be_another(arc: _Arc, arcs: list[_Arc], hidden: set[tuple]) -> bool:
    """Whether the sums and "not below nothing" allow another value: ±1 handed round through hidden counts.

    The sums form a network, so a count that can differ at all can differ by one, and one round trip through
    the network shows it: this answers for all tables that fit what is shown.
    """
    return _connected(arc.head, arc.tail, arc, arcs, hidden) or (
        arc.n > 0 and _connected(arc.tail, arc.head, arc, arcs, hidden)
    )


def _connected(start: Hashable, goal: Hashable, without: _Arc, arcs: list[_Arc], hidden: set[tuple]) -> bool:
    ways: dict[Hashable, list[Hashable]] = {}
    for arc in arcs:
        if arc.key in hidden and arc.key != without.key:
            ways.setdefault(arc.tail, []).append(arc.head)
            if arc.n > 0:
                ways.setdefault(arc.head, []).append(arc.tail)
    reached, ahead = {start}, [start]
    while ahead:
        for place in ways.get(ahead.pop(), []):
            if place not in reached:
                reached.add(place)
                ahead.append(place)
    return goal in reached


# Small groups together


@dataclass(frozen=True, slots=True)
class Merged:
    """``kept`` in the order given; ``together`` names the groups behind ``rest``, or nobody."""

    kept: dict[Label, Count]
    together: tuple[Label, ...]
    rest: Count


def merge_small(groups: Mapping[Label, Count], *, k: int = FLOOR) -> Merged:
    """Small groups become one of at least ``k`` people, which a single one never is: nobody can subtract it.

    The next smallest join until that holds.  "3 smaller sites together" is the caller's to say.
    """
    together = [label for label, count in groups.items() if _is_small(count, _checked(k))]
    others = sorted(
        (label for label in groups if label not in together), key=lambda label: _size(groups[label])
    )
    while together and others and _is_small(_sum([groups[label] for label in together]), k):
        together.append(others.pop(0))
    return Merged(
        {label: count for label, count in groups.items() if label not in together},
        tuple(label for label in groups if label in together),
        _sum([groups[label] for label in together]),
    )


# Differencing


@dataclass(frozen=True, slots=True)
class Release:
    """One figure as it was shown.  ``family``: the same measure cut the same way; ``key``: its filters and
    date; ``n`` people stood behind it, and, where that is known, these (any identifiers)."""

    family: str
    key: str
    n: int
    people: frozenset | None = None


def stands_against(new: Release, history: Iterable[Release], *, k: int = FLOOR) -> Release | None:
    """The earlier figure of the family that would tell, by subtraction, of fewer than ``k`` people; or none.

    The very same figure can be shown again.  Where both name their people, who joined and who left count,
    else the difference of the numbers.
    """
    _checked(k)
    return next(
        (
            old
            for old in history
            if old.family == new.family and old.key != new.key and 0 < _difference(old, new) < k
        ),
        None,
    )


def _difference(old: Release, new: Release) -> int:
    if old.people is not None and new.people is not None:
        return len(old.people ^ new.people)
    return abs(old.n - new.n)
