"""The question that group programs ask, cleared of locks and identifiers, and the forms its answer comes in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from matching.engine.errors import BadScores

# Scores of so many steps a linear program in floating point can tell apart.
FINEST = 10**7
# Prices are stated in so many parts of a unit, and are small enough to be added up in 64 bits.
PARTS = 2**16
BITS = 60
CLOSED = -1


@dataclass(frozen=True, slots=True)
class Program:
    """``weights``: (mentees, hosts) int64, read where ``allowed``.  ``fewest``, ``most``: mentees that a group
    of each host takes, if it opens.  ``must``: hosts whose group takes place in any case.  ``apart``: (k, 2)
    rows of mentees who may not share a group.  ``inside``: pairs that are settled; sizes and allowed pairs
    are about those beside them.
    """

    weights: np.ndarray
    allowed: np.ndarray
    fewest: np.ndarray
    most: np.ndarray
    must: np.ndarray
    apart: np.ndarray
    inside: tuple[tuple[int, int], ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        return self.weights.shape

    def with_pairs(self, allowed: np.ndarray) -> "Program":
        return replace(self, allowed=allowed)

    def counting(self) -> "Program":
        """The same program where every pair is worth 1."""
        return replace(self, weights=np.ones_like(self.weights))

    def after(self, decisions: Sequence["Decision"]) -> "Program":
        """The part of the plans that keeps to the decisions."""
        allowed, inside = self.allowed.copy(), list(self.inside)
        fewest, most, must = self.fewest.copy(), self.most.copy(), self.must.copy()
        for host, mentee, yes in decisions:
            if mentee is None and yes:
                must[host] = True
            elif mentee is None:
                allowed[:, host] = False
                most[host] = 0
            elif not yes:
                allowed[mentee, host] = False
        # Pairs come last, so that whoever was let in is gone from every list.
        for host, mentee, yes in decisions:
            if mentee is not None and yes:
                inside.append((mentee, host))
                allowed[mentee] = False
                allowed[self.apart[self.apart[:, 0] == mentee, 1], host] = False
                allowed[self.apart[self.apart[:, 1] == mentee, 0], host] = False
                must[host] = True
                # Where there is no room left, there is no such plan: a group of one more, and nobody for it.
                fewest[host] = max(0, fewest[host] - 1) if most[host] else 1
                most[host] = max(0, most[host] - 1)
                if not most[host]:
                    allowed[:, host] = False
        return replace(
            self, allowed=allowed, fewest=fewest, most=most, must=must, inside=tuple(sorted(inside))
        )

    def value(self, mate: np.ndarray) -> int:
        """The weight of a plan: the host of each mentee, or ``CLOSED``."""
        rows = np.flatnonzero(mate >= 0)
        return int(self.weights[rows, mate[rows]].sum())

    def holds(self, mate: np.ndarray) -> bool:
        """Whether a plan keeps to the sizes, the allowed pairs and the people apart."""
        rows = np.flatnonzero(mate >= 0)
        size = np.bincount(mate[rows], minlength=self.shape[1])
        open_ = self.must | (size > 0)
        one, other = mate[self.apart[:, 0]], mate[self.apart[:, 1]]
        return bool(
            self.allowed[rows, mate[rows]].all()
            and (size <= self.most).all()
            and (size[open_] >= self.fewest[open_]).all()
            and not ((one == other) & (one >= 0)).any()
        )


class Decision(NamedTuple):
    """``host`` opens or stays closed; with ``mentee``, that pair is in the plan or not."""

    host: int
    mentee: int | None
    yes: bool


@dataclass(frozen=True, slots=True)
class Leaf:
    """Prices that close a part of the plans: ``multipliers`` (mentees,) and ``bonus`` for each person placed,
    in whole ``PARTS`` of a unit; ``apart`` holds the price of a place in the group of a host for mentees all
    to be kept apart from each other, as ((rows, host), price).
    """

    multipliers: np.ndarray
    bonus: int
    apart: tuple[tuple[tuple[tuple[int, ...], int], int], ...] = ()

    def renamed(self, rows: np.ndarray, columns: np.ndarray) -> "Leaf":
        multipliers = np.empty_like(self.multipliers)
        multipliers[rows] = self.multipliers
        named = (
            ((tuple(sorted(rows[list(people)].tolist())), int(columns[host])), price)
            for (people, host), price in self.apart
        )
        return Leaf(multipliers, self.bonus, tuple(sorted(named)))


@dataclass(frozen=True, slots=True)
class Branch:
    """A part of the plans cut in two: ``host`` closed or open, or, with ``mentee``, that pair out or in.
    ``no`` and ``yes`` are the places of the two parts in the list of nodes.
    """

    host: int
    mentee: int | None
    no: int
    yes: int

    def renamed(self, rows: np.ndarray, columns: np.ndarray) -> "Branch":
        mentee = None if self.mentee is None else int(rows[self.mentee])
        return replace(self, host=int(columns[self.host]), mentee=mentee)


@dataclass(frozen=True, slots=True)
class Proof:
    """Why no plan that places ``at_least`` so many is worth more than ``bound``.

    ``root`` shows which pairs and hosts a plan worth more than ``value`` could have at all; ``nodes`` cut
    what is left in parts, the first of them being all of it, and close each with prices of its own.
    """

    root: Leaf
    nodes: tuple[Leaf | Branch, ...]
    at_least: int
    value: int
    bound: int

    def renamed(self, rows: np.ndarray, columns: np.ndarray) -> "Proof":
        """The same with row k called ``rows[k]`` and host k ``columns[k]``."""
        return replace(
            self,
            root=self.root.renamed(rows, columns),
            nodes=tuple(node.renamed(rows, columns) for node in self.nodes),
        )


@dataclass(frozen=True, slots=True)
class Found:
    """``mate`` is the host of each mentee or ``CLOSED``; None where no plan was found."""

    mate: np.ndarray | None
    value: int
    proof: Proof

    @property
    def proven(self) -> bool:
        return self.proof.bound <= self.value


def largest_price(people: int) -> int:
    """In parts of a unit."""
    return 2**BITS // (4 * (people + 1))


def quantise(table: np.ndarray, open_: np.ndarray, scale: float | None):
    """Whole scores (0 where a pair is not allowed) and the steps in one unit of score."""
    real = np.where(open_, table, 0).astype(np.float64)
    widest = float(np.abs(real).max(initial=0))
    if scale is None:
        scale = 1 if widest <= FINEST and (real == np.rint(real)).all() else 10**9
        while widest * scale > FINEST:
            scale = scale // 10 if scale >= 10 else scale / 10
    elif not (np.isfinite(scale) and scale > 0):
        raise BadScores("The scale is a number above 0.", field="scale")
    if not widest * scale <= FINEST:
        raise BadScores(f"Scores of more than {FINEST} steps cannot be told apart.")
    return np.rint(real * scale).astype(np.int64), scale
