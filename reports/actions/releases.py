"""Figures on their way to readers who may not open the rows: each is held against what was shown before.

A figure that counts almost the same people as an earlier one would tell of those few by subtraction.  It is
not shown; the newest earlier one of the same program is, with its date, or nothing (domain 5.3).
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import transaction

from core import disclosure
from core.disclosure import Bounded, Cell, Hidden, Reason, Shown
from programs.models import Program
from reports.models import Release


@dataclass(frozen=True, slots=True)
class Asked:
    """Cells that are shown together, and who stands behind which of them.

    ``family`` is the same measure cut the same way; where a measure is of one month alone, the month is part
    of it, since nothing can be subtracted between months."""

    family: str
    as_of: date
    cells: dict[str, Cell]
    groups: dict[str, frozenset[int]]
    program: Program | None = None

    @property
    def members(self) -> dict[str, list[int]]:
        return {name: sorted(people) for name, people in sorted(self.groups.items())}

    @property
    def people(self) -> int:
        return len(frozenset().union(*self.groups.values())) if self.groups else 0


@transaction.atomic
def release(asked: Sequence[Asked], *, k: int, now: datetime) -> dict[str, Asked]:
    """What may be shown of each, by family; an earlier date stands in it where an earlier figure does."""
    families = [one.family for one in asked]
    history = list(Release.objects.filter(family__in=families).order_by("as_of", "pk"))
    shown, new = {}, []
    for one in asked:
        earlier = [row for row in history if row.family == one.family]
        if not _says_anything(one):
            shown[one.family] = one
        elif _stands_against(one, earlier, k):
            shown[one.family] = _instead_of(one, earlier, k)
        else:
            shown[one.family] = one
            new.append(_row(one, now))
    Release.objects.bulk_create(new, ignore_conflicts=True)
    return shown


def _says_anything(one: Asked) -> bool:
    return any(not isinstance(cell, Hidden) for cell in one.cells.values())


def _stands_against(new: Asked, history: Iterable[Release], k: int) -> bool:
    rows = [row for row in history if row.members_hash != hash_of(new.members)]
    for name, people in new.groups.items():
        # Groups that were joined otherwise, or called otherwise, can be subtracted all the same.
        role = name.partition("|")[0]
        known = [
            disclosure.Release(new.family, f"{row.pk} {other}", len(members), frozenset(members))
            for row in rows
            for other, members in row.members.items()
            if members and other.partition("|")[0] == role
        ]
        known += _together(new, rows, name)
        if people and disclosure.stands_against(
            disclosure.Release(new.family, "new", len(people), people), known, k=k
        ):
            return True
    return False


def _together(new: Asked, rows: Iterable[Release], name: str) -> list[disclosure.Release]:
    """Single programs add up: with all but a small one shown, the figure of all together would tell of it."""
    single = [row for row in rows if row.as_of == new.as_of and row.program_id is not None]
    everybody = [row for row in rows if row.as_of == new.as_of and row.program_id is None]
    joined = frozenset(key for row in single for key in row.members.get(name, ()))
    if new.program is None:
        return [disclosure.Release(new.family, "singles", len(joined), joined)] if joined else []
    # The new one beside the other single ones, held against all: what is left over would be told.
    left_over = [frozenset(row.members.get(name, ())) - joined for row in everybody]
    return [
        disclosure.Release(new.family, f"all {at}", len(rest), rest)
        for at, rest in enumerate(left_over)
        if joined and rest
    ]


def _instead_of(one: Asked, history: Iterable[Release], k: int) -> Asked:
    """The newest figure that was shown for the same program, up to that day."""
    own = one.program.pk if one.program else None
    rows = [row for row in history if row.program_id == own and row.as_of <= one.as_of]
    if rows:
        return replace(one, as_of=rows[-1].as_of, cells=_read(rows[-1].cells, k))
    return replace(one, cells=dict.fromkeys(one.cells, Hidden(Reason.TOO_NEAR, k)))


def _row(one: Asked, now: datetime) -> Release:
    return Release(
        family=one.family,
        as_of=one.as_of,
        program=one.program,
        people=one.people,
        members=one.members,
        members_hash=hash_of(one.members),
        cells=_kept(one.cells),
        released_at=now,
    )


def hash_of(members: dict[str, list[int]]) -> str:
    return hashlib.sha256(json.dumps(members, sort_keys=True).encode()).hexdigest()


# Cells as JSON: a hidden one holds its reason and nothing else.


def _kept(cells: dict[str, Cell]) -> list[list[Any]]:
    return [[name, *_as_json(cell)] for name, cell in cells.items()]


def _as_json(cell: Cell) -> list[Any]:
    if isinstance(cell, Shown):
        return ["shown", cell.value, cell.n, cell.is_share]
    if isinstance(cell, Bounded):
        return ["bounded", cell.at_least, cell.bound]
    return ["hidden", cell.reason.value]


def _read(kept: list[list[Any]], k: int) -> dict[str, Cell]:
    kinds = {"shown": Shown, "bounded": Bounded, "hidden": lambda reason: Hidden(Reason(reason), k)}
    return {name: kinds[kind](*rest) for name, kind, *rest in kept}
