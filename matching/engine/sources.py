"""Where scores come from when there are too many to hold: worked out for some mentees at a time."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from matching.engine.flow import FREE
from matching.engine.rules import Kinship

# Products of features stay exact in float32 below 2**24; a pair that may not be scores this.
CLOSED = -(1 << 22)
NEVER = -int(FREE)

# Whole scores less prices of the mentees in these rows; good until it is called again.
Block = Callable[[np.ndarray], np.ndarray]


class Source(Protocol):
    """Where scores come from.  ``shape`` is (mentees, mentors); a pair that may not be scores ``closed``, and
    all true scores, with and without prices, lie above half of that.
    """

    shape: tuple[int, int]
    closed: int

    def priced(self, v: np.ndarray, columns: np.ndarray | None = None) -> Block:
        """Whole scores less prices ``v`` of these (or all) mentors, for some mentees at a time; below
        ``closed // 2`` where closed.  One number in ``v`` for each of the columns.
        """

    def at(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Whole scores (int64) of the pairs (rows[k], columns[k])."""

    def part(self, rows: np.ndarray, columns: np.ndarray) -> "Source":
        """The same for some people."""

    def without(self, rows: np.ndarray, columns: np.ndarray) -> "Source":
        """The same with the pairs (rows[k], columns[k]) closed."""


@dataclass(slots=True)
class Features:
    """Scores as products of whole features, float32; ``single_*`` are pairs that differ from the product
    (chosen by name, closed, opened), sorted by row, with their true score.
    """

    a: np.ndarray
    b: np.ndarray
    single_rows: np.ndarray
    single_columns: np.ndarray
    single_scores: np.ndarray
    kinships: tuple[Kinship, ...] = ()
    closed: int = CLOSED

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.a), len(self.b)

    def priced(self, v, columns=None):
        b = self.b if columns is None else self.b[columns]
        less = v.astype(np.float32)
        room = np.empty((0, len(b)), np.float32)
        place = None
        if columns is not None:
            place = np.full(len(self.b), -1)
            place[columns] = np.arange(len(columns))

        def block(rows):
            nonlocal room
            if len(room) < len(rows):
                room = np.empty((len(rows), len(b)), np.float32)
            margin = np.matmul(self.a[rows], b.T, out=room[: len(rows)])
            margin -= less
            for kinship in self.kinships:
                forbidden = kinship.forbids(np.asarray(rows))
                margin[forbidden if columns is None else forbidden[:, columns]] = self.closed
            here, at = self._singles_of(rows)
            column = self.single_columns[at]
            if place is not None:
                column = place[column]
                here, at, column = here[column >= 0], at[column >= 0], column[column >= 0]
            margin[here, column] = self.single_scores[at] - v[column]
            return margin

        return block

    def _singles_of(self, rows):
        """Which single pairs these mentees have: places in ``rows``, and places in the lists."""
        first = np.searchsorted(self.single_rows, rows, "left")
        count = np.searchsorted(self.single_rows, rows, "right") - first
        here = np.repeat(np.arange(len(rows)), count)
        return here, np.repeat(first - np.append(0, np.cumsum(count)[:-1]), count) + np.arange(count.sum())

    def at(self, rows, columns):
        scores = np.zeros(len(rows), np.int64)
        for start in range(0, len(rows), 65536):
            some = slice(start, start + 65536)
            product = np.einsum("kd,kd->k", self.a[rows[some]], self.b[columns[some]])
            scores[some] = np.rint(product).astype(np.int64)
        for kinship in self.kinships:
            scores[kinship.forbids_pairs(np.asarray(rows), np.asarray(columns))] = self.closed
        if len(self.single_rows):
            width = len(self.b)
            keys, asked = self.single_rows * width + self.single_columns, np.asarray(rows) * width + columns
            where = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
            scores = np.where(keys[where] == asked, self.single_scores[where], scores)
        return scores

    def part(self, rows, columns):
        row_at, column_at = np.full(len(self.a), -1), np.full(len(self.b), -1)
        row_at[rows], column_at[columns] = np.arange(len(rows)), np.arange(len(columns))
        r, c = row_at[self.single_rows], column_at[self.single_columns]
        kept = (r >= 0) & (c >= 0)
        order = np.lexsort((c[kept], r[kept]))
        fewer = tuple(
            replace(k, mentee_group=k.mentee_group[rows], mentor_group=k.mentor_group[columns])
            for k in self.kinships
        )
        single = r[kept][order], c[kept][order], self.single_scores[kept][order]
        return Features(self.a[rows], self.b[columns], *single, fewer)

    def without(self, rows, columns):
        return self.with_scores(rows, columns, np.full(len(rows), self.closed, np.int64))

    def with_scores(self, rows: np.ndarray, columns: np.ndarray, scores: np.ndarray) -> "Features":
        """The same with these scores for the pairs (rows[k], columns[k]), allowed or closed."""
        width = len(self.b)
        known = self.single_rows * width + self.single_columns
        true = dict(zip(known.tolist(), self.single_scores.tolist(), strict=True))
        asked = np.asarray(rows) * width + columns
        true.update(zip(asked.tolist(), np.asarray(scores).tolist(), strict=True))
        keys = np.array(sorted(true), np.int64)
        return replace(
            self,
            single_rows=keys // width,
            single_columns=keys % width,
            single_scores=np.array([true[key] for key in keys.tolist()], np.int64),
        )


@dataclass(slots=True)
class Dense:
    """Whole scores held as a table (int64)."""

    scores: np.ndarray
    closed: int = NEVER

    @property
    def shape(self):
        return self.scores.shape

    def priced(self, v, columns=None):
        if columns is None:
            return lambda rows: self.scores[rows] - v
        return lambda rows: self.scores[np.ix_(rows, columns)] - v

    def at(self, rows, columns):
        return self.scores[rows, columns]

    def part(self, rows, columns):
        return Dense(self.scores[np.ix_(rows, columns)])

    def without(self, rows, columns):
        scores = self.scores.copy()
        scores[rows, columns] = self.closed
        return Dense(scores)
