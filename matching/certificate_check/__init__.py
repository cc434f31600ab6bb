"""Checks a stored matching run on its own: is the plan allowed, are its scores right, can no plan be better?

This package imports neither the engine nor a solver.  It reads the snapshot (the question in plain values)
and the certificate (the answer with its proof), works the scores out again from the profiles in its own way,
and believes nothing that it has not recomputed.  The rules of scoring are those of ``docs`` and of
``matching.engine.scoring``.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from matching.certificate_check.form import well_formed
from matching.certificate_check.peers import check_peers
from matching.certificate_check.rules import forbidden
from matching.certificate_check.scores import units
from matching.certificate_check.teams import check_program

NEVER = -(1 << 60)
# Programs of other formats than pairs of mentors and mentees.
OTHERS = {"peer": check_peers, "group": check_program}
# A block of mentees at a time, with so many mentees and pairs at most.
ROWS, CELLS = 256, 2_000_000


@dataclass(frozen=True)
class Checked:
    """``problems`` is empty when everything in the certificate holds; codes, most basic first.  ``proven``
    says that the plan is the best there is; without it the plan is right but may be up to ``bound - value``
    units below the best.
    """

    problems: tuple[str, ...]
    value: int
    bound: int
    proven: bool


def check(snapshot: Mapping, certificate: Mapping) -> Checked:
    """Recompute everything that the certificate states about the snapshot."""
    try:
        return _check(snapshot, certificate)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError):
        return Checked(("unreadable",), 0, 0, False)


def _check(snapshot, certificate):
    if not well_formed(snapshot) or certificate["format"] != snapshot["format"]:
        return Checked(("unreadable",), 0, 0, False)
    problems = []
    if _sha(snapshot) != certificate["question"]:
        problems.append("question_changed")
    if (
        _sha({name: value for name, value in certificate.items() if name != "digest"})
        != certificate["digest"]
    ):
        problems.append("certificate_changed")
    if snapshot["format"] in OTHERS:
        found, value, bound, proven = OTHERS[snapshot["format"]](snapshot, certificate)
        problems += found
        return Checked(tuple(problems), value, bound, proven and not problems)
    mentees, mentors = snapshot["mentees"], snapshot["mentors"]
    rows = {person["id"]: at for at, person in enumerate(mentees)}
    columns = {person["id"]: at for at, person in enumerate(mentors)}
    if len(rows) < len(mentees) or len(columns) < len(mentors):
        return Checked((*problems, "person_twice"), 0, 0, False)
    if any(a not in rows or b not in columns for a, b, _ in certificate["pairs"]):
        return Checked((*problems, "stranger_in_plan"), 0, 0, False)
    plan = [(rows[a], columns[b], units) for a, b, units in certificate["pairs"]]
    locked = {(rows[a], columns[b]) for a, b in snapshot["locked"]}
    world = _World(snapshot, plan, locked, certificate)
    problems += world.problems()
    value = sum(world.true_units)
    if certificate["value"] != value or certificate["placed"] != len({i for i, _, _ in plan}):
        problems.append("wrong_total")
    bound = world.bound()
    if certificate["bound"] != bound:
        problems.append("wrong_bound")
    if snapshot["objective"] != "total" and not world.placed_is_most:
        problems.append("placed_not_proven")
    if snapshot["objective"] == "worst_off" and not world.floor_is_highest:
        problems.append("floor_not_proven")
    return Checked(tuple(problems), value, bound, not problems and bound == value)


def _sha(values) -> str:
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return sha256(text.encode()).hexdigest()


class _World:
    """One pass over all pairs, block by block, that collects what the checks need."""

    def __init__(self, snapshot, plan, locked, certificate):
        self.plan, self.locked = plan, locked
        mentees, mentors = snapshot["mentees"], snapshot["mentors"]
        self.wanted = np.array([person["capacity"] for person in mentees], np.int64)
        self.places = np.array([person["capacity"] for person in mentors], np.int64)
        self.prices = np.array([certificate["prices"].get(person["id"], 0) for person in mentors], np.int64)
        self.strange_price = set(certificate["prices"]) - {person["id"] for person in mentors}
        self.objective = snapshot["objective"]
        self.least = snapshot["minimum_score"]
        self.floor = certificate["floor"] if self.objective == "worst_off" else None
        self.bonus = certificate["bonus"] if self.objective != "total" else 0
        self.cover, self.cover_above = (
            np.array([person["id"] in named for person in mentors], bool)
            for named in (set(certificate[cover] or ()) for cover in ("cover", "cover_above"))
        )
        self.held = np.zeros(len(mentees), np.int64)
        self.taken = np.zeros(len(mentors), np.int64)
        for i, j in locked:
            self.held[i] += 1
            self.taken[j] += 1
        self._pass(units(snapshot), forbidden(snapshot))

    def _pass(self, units_of, forbidden_of):
        by_row: dict[int, list] = {}
        for at, (i, j, _) in enumerate(self.plan):
            by_row.setdefault(i, []).append((at, j))
        locked_at = {}
        for i, j in self.locked:
            locked_at.setdefault(i, []).append(j)
        self.true_units, self.closed = [0] * len(self.plan), []
        self.best = 0
        self.reach = self.reach_above = 0
        step = max(16, min(ROWS, CELLS // max(len(self.places), 1)))
        for start in range(0, len(self.wanted), step):
            rows = np.arange(start, min(start + step, len(self.wanted)))
            units, closed = units_of(rows), forbidden_of(rows)
            if self.least > 0:
                low = units < self.least
                for at_row, row in enumerate(rows.tolist()):
                    low[at_row, locked_at.get(row, ())] = False
                closed |= low
            for at_row, row in enumerate(rows.tolist()):
                for at, j in by_row.get(row, ()):
                    self.true_units[at] = int(units[at_row, j])
                    if closed[at_row, j]:
                        self.closed.append(at)
                closed[at_row, locked_at.get(row, ())] = True
            counted = (self.held[rows] == 0) & (self.wanted[rows] > 0)
            self.reach += int((~(closed | self.cover).all(axis=1))[counted].sum())
            if self.floor is not None:
                above = (units > self.floor) & ~closed
                self.reach_above += int(above[:, ~self.cover_above].any(axis=1)[counted].sum())
                closed |= units < self.floor
            margin = units - self.prices
            margin[closed] = NEVER
            self.best += self._best(rows, margin)

    def _best(self, rows, margin) -> int:
        """The most these mentees could make at the prices: as many mentors as they may have, a first one with
        bonus.
        """
        if not margin.shape[1]:
            return 0
        total = 0
        order = (
            -np.sort(-margin, axis=1) if (self.wanted[rows] - self.held[rows]).max(initial=0) > 1 else None
        )
        for at, row in enumerate(rows.tolist()):
            may = int(self.wanted[row] - self.held[row])
            if may <= 0:
                continue
            top = order[at, :may].tolist() if order is not None else [int(margin[at].max())]
            bonus = self.bonus if self.held[row] == 0 else 0
            total += max(0, bonus + top[0] + sum(max(0, one) for one in top[1:]))
        return total

    def problems(self) -> Iterator[str]:
        """What is wrong with the plan as such."""
        pairs = [(i, j) for i, j, _ in self.plan]
        if len(set(pairs)) < len(pairs):
            yield "pair_twice"
        if (np.bincount([i for i, _ in pairs], minlength=len(self.wanted)) > self.wanted).any():
            yield "too_many_mentors"
        if (np.bincount([j for _, j in pairs], minlength=len(self.places)) > self.places).any():
            yield "too_many_mentees"
        if self.closed:
            yield "forbidden_pair"
        if not self.locked <= set(pairs):
            yield "lock_broken"
        if any(units != true for (_, _, units), true in zip(self.plan, self.true_units, strict=True)):
            yield "wrong_score"
        if (self.prices < 0).any() or self.strange_price:
            yield "wrong_price"
        free = [
            true
            for (i, j, _), true in zip(self.plan, self.true_units, strict=True)
            if (i, j) not in self.locked
        ]
        if self.floor is not None and any(true < self.floor for true in free):
            yield "below_floor"

    def _placed_beside_locks(self) -> int:
        return len({i for i, _, _ in self.plan if self.held[i] == 0})

    def bound(self) -> int:
        """What no plan that places as many can exceed, by weak duality."""
        free = self.places - self.taken
        most = int(free @ self.prices) + self.best
        locked_units = sum(
            true for (i, j, _), true in zip(self.plan, self.true_units, strict=True) if (i, j) in self.locked
        )
        return most - self.bonus * self._placed_beside_locks() + locked_units

    @property
    def placed_is_most(self) -> bool:
        """The places of the cover, and the mentees who reach beyond it, are no more than the people
        placed.
        """
        return self._places(self.cover) + self.reach == self._placed_beside_locks()

    @property
    def floor_is_highest(self) -> bool:
        """With pairs above the floor alone fewer could be placed."""
        if self.floor is None:
            return self._placed_beside_locks() == 0
        return self._places(self.cover_above) + self.reach_above < self._placed_beside_locks()

    def _places(self, mentors) -> int:
        return int((self.places - self.taken)[mentors].sum())
