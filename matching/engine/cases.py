"""A program as it was solved, ready to be asked again: tables for small programs, blocks for large ones.

Both shapes answer the same questions, so that what is explained of two hundred people is explained of ten thousand.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from matching.engine.assignment import Assignment
from matching.engine.large import assign_source, features
from matching.engine.pairs import DIRECT, assign
from matching.engine.progress import Report, silent
from matching.engine.rules import Rule, Verdict
from matching.engine.scoring import FULL, Scores
from matching.engine.sources import CLOSED, Features

BLOCK = 512
# Far below all units: where a table may not have a pair.
SHUT = np.iinfo(np.int64).min // 4
# Units of some mentees with all mentors.
UnitsOf = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True)
class Case(ABC):
    """People's places and wishes, and the answer.

    ``capacity`` (mentors,) and ``demand`` (mentees,) are whole numbers, ``locked`` pairs of rows.  ``report`` hears of
    every further solution.
    """

    capacity: np.ndarray
    demand: np.ndarray
    result: Assignment
    locked: tuple[tuple[int, int], ...] = ()
    mentee_keys: tuple[str, ...] | None = None
    mentor_keys: tuple[str, ...] | None = None
    report: Report = silent

    @abstractmethod
    def rows(self, rows: Sequence[int] | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Units (int64) and bits of ``Rule`` (uint8, 0 where allowed) of these mentees with all mentors: two arrays
        of (rows, mentors).
        """

    @abstractmethod
    def graded(self) -> tuple[UnitsOf, int]:
        """For passes over everybody: units of some mentees with all mentors, (rows, mentors) of any kind of whole
        numbers, good until asked again; and a number that only pairs that may not be lie under.
        """

    @abstractmethod
    def at(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Units of the pairs (rows[k], columns[k])."""

    @abstractmethod
    def solve(self, *, locked: Sequence[tuple[int, int]] = ()) -> Assignment:
        """Answer again, with more pairs locked."""

    @abstractmethod
    def freed(self, mentee: int, mentor: int) -> "Case":
        """The same without the rules that keep these two apart."""

    @abstractmethod
    def lowered(self, least: int) -> "Case":
        """The same with another cut-off: pairs of at least so many units may be."""

    def row(self, mentee: int) -> tuple[np.ndarray, np.ndarray]:
        units, bits = self.rows([mentee])
        return units[0], bits[0]

    def with_places(self, mentor: int, places: int) -> "Case":
        """The same with so many more places at a mentor."""
        capacity = self.capacity.copy()
        capacity[mentor] += places
        return replace(self, capacity=capacity)

    def told(self, report: Report) -> "Case":
        """The same, telling this report of every further solution."""
        return replace(self, report=report)

    def mentors_of(self, mentee: int) -> list[int]:
        return self.result.pairs[self.result.pairs[:, 0] == mentee, 1].tolist()

    def mentees_of(self, mentor: int) -> list[int]:
        return self.result.pairs[self.result.pairs[:, 1] == mentor, 0].tolist()

    def full(self) -> np.ndarray:
        """Mentors without a free place: (mentors,) of bool."""
        return np.bincount(self.result.pairs[:, 1], minlength=len(self.capacity)) >= self.capacity

    def unlocked_places(self) -> np.ndarray:
        """Places that no lock holds: (mentors,)."""
        held = [mentor for _, mentor in self.locked]
        return self.capacity - np.bincount(np.array(held, np.int64), minlength=len(self.capacity))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables(Case):
    """``units`` (mentees, mentors) of whole numbers, ``mask`` bits of ``Rule`` of the same shape."""

    units: np.ndarray
    mask: np.ndarray

    def rows(self, rows):
        return self.units[rows].astype(np.int64), self.mask[rows]

    def graded(self):
        def units_of(rows):
            units, bits = self.rows(rows)
            units[bits > 0] = SHUT
            return units

        return units_of, SHUT // 2

    def at(self, rows, columns):
        return self.units[rows, columns].astype(np.int64)

    def solve(self, *, locked=(), among: np.ndarray | None = None) -> Assignment:
        """``among`` leaves some of the allowed pairs only."""
        return assign(
            self.units,
            self.capacity,
            self.demand,
            self.mask == 0 if among is None else among,
            self.result.objective,
            locked=(*self.locked, *locked),
            mentee_keys=self.mentee_keys,
            mentor_keys=self.mentor_keys,
            report=self.report,
        )

    def freed(self, mentee, mentor):
        mask = self.mask.copy()
        mask[mentee, mentor] = 0
        return replace(self, mask=mask)

    def lowered(self, least):
        fits = self.units >= least
        return replace(self, mask=np.where(fits, self.mask & ~np.uint8(Rule.LOW_FIT), self.mask))


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks(Case):
    """Scores and rules as they are worked out, and pairs whose rules are lifted.  Nothing grows with the number of
    pairs; a new answer begins with the prices of the old one.
    """

    scores: Scores
    verdict: Verdict
    lifted: tuple[tuple[int, int], ...] = ()

    def rows(self, rows):
        rows = np.asarray(rows, np.int64)
        units, mask = self.scores.block(rows).astype(np.int64), self.verdict.block(rows)
        place = {row: at for at, row in enumerate(rows.tolist())}
        for row, column in (*self.lifted, *self.locked):
            if row in place:
                mask[place[row], column] = 0
        return units, mask

    def at(self, rows, columns):
        return self.scores.at(rows, columns)

    def graded(self):
        spared = (*self.lifted, *self.locked)
        block = self.source(spared).priced(np.zeros(len(self.capacity), np.int64))
        least = np.float32(self.verdict.least)

        def units_of(rows):
            units = block(rows)
            if least > 0:
                place = {row: at for at, row in enumerate(np.asarray(rows).tolist())}
                kept = [(place[row], column) for row, column in spared if row in place]
                true = [units[cell] for cell in kept]
                units[units < least] = CLOSED
                for cell, one in zip(kept, true, strict=True):
                    units[cell] = one
            return units

        return units_of, CLOSED // 2

    def source(self, spared: tuple[tuple[int, int], ...] | None = None) -> Features:
        """``spared`` of all rules, of which the cut-off is not one here; without it those whose rules are lifted."""
        source = features(self.scores, self.verdict)
        if spared := self.lifted if spared is None else spared:
            rows, columns = (np.array(side, np.int64) for side in zip(*spared, strict=True))
            source = source.with_scores(rows, columns, self.scores.at(rows, columns))
        return source

    def solve(self, *, locked=()):
        return assign_source(
            self.source(),
            self.capacity,
            self.demand,
            self.result.objective,
            largest=FULL,
            locked=(*self.locked, *locked),
            mentee_keys=self.mentee_keys,
            mentor_keys=self.mentor_keys,
            least=self.verdict.least,
            start=self.result.prices,
            report=self.report,
        )

    def freed(self, mentee, mentor):
        return replace(self, lifted=(*self.lifted, (mentee, mentor)))

    def lowered(self, least):
        return replace(self, verdict=replace(self.verdict, least=least))


def case(units, mask, capacity, demand, result: Assignment, **context) -> Tables:
    """``units`` (mentees, mentors) whole numbers, ``mask`` bits of ``Rule`` of the same shape (or bool:
    forbidden), ``capacity`` and ``demand`` as given to ``assign``, ``result`` its answer; ``locked``
    and keys as given.
    """
    units, mask = np.asarray(units), np.asarray(mask).astype(np.uint8)
    counts = (
        np.broadcast_to(np.asarray(given, np.int64), (length,))
        for given, length in ((capacity, units.shape[1]), (demand, units.shape[0]))
    )
    return Tables(*counts, result, units=units, mask=mask, **context)


def answered(scores: Scores, verdict: Verdict, capacity, demand, result: Assignment, **context) -> Case:
    """A program as ``certificate.run`` has answered it: in tables where they are small, else in blocks."""
    context = {"mentee_keys": scores.mentees, "mentor_keys": scores.mentors, **context}
    if len(scores.mentees) * len(scores.mentors) > DIRECT:
        counts = (np.asarray(given, np.int64) for given in (capacity, demand))
        return Blocks(*counts, result, scores=scores, verdict=verdict, **context)
    mask = verdict.mask()
    for row, column in context.get("locked", ()):
        mask[row, column] = 0
    return case(scores.table(), mask, capacity, demand, result, **context)
