"""What goes into the engine is looked at once, here; behind this line arrays are what they should be."""

from math import isfinite
from numbers import Integral, Real

import numpy as np

from matching.engine.errors import BadAllowed, BadCapacity, BadDemand, BadLocks, BadScores
from matching.engine.sources import Dense, Features

MOST_PEOPLE = 2**20
MOST_PLACES = 2**31 - 1
# How many numbers are looked at together.
CELLS = 4_000_000
# Of the solver's 64 bits; it multiplies gains by the number of people and needs one for the sign and one of
# reserve.
BITS = 60

__all__ = [
    "BadCapacity",
    "BadDemand",
    "allowed",
    "allowed_table",
    "counts",
    "locks",
    "quantise",
    "scores",
    "step",
]


def scores(given) -> np.ndarray:
    """A table of real numbers."""
    try:
        table = np.asarray(given)
    except ValueError as ragged:
        raise BadScores(
            "Scores are a table with one row for each mentee and one column for each mentor."
        ) from ragged
    if table.ndim != 2:
        raise BadScores(f"Scores are a table of two dimensions, not {table.ndim}.")
    if table.dtype.kind not in "iufb":
        raise BadScores(f"Scores are real numbers, not {table.dtype}.")
    if max(table.shape) > MOST_PEOPLE:
        raise BadScores(f"More than {MOST_PEOPLE} people on one side.")
    return table


def allowed(given, table: np.ndarray) -> np.ndarray:
    """Which pairs may be; the scores of those must be finite."""
    open_ = allowed_table(given, table.shape)
    if open_.dtype != bool:
        raise BadAllowed(f"Allowed pairs are a table of true and false, not of {open_.dtype}.")
    if open_.shape != table.shape:
        raise BadAllowed(f"Allowed pairs have the shape {open_.shape}, scores {table.shape}.")
    if table.dtype.kind == "f":
        strange = np.argwhere(open_ & ~np.isfinite(table))
        if len(strange):
            mentee, mentor = strange[0].tolist()
            raise BadScores(f"The score of mentee {mentee} with mentor {mentor} is {table[mentee, mentor]}.")
    return open_


def allowed_table(given, shape: tuple[int, int]) -> np.ndarray:
    """Which pairs may be, as it was given; every pair where nothing was."""
    try:
        return np.ones(shape, bool) if given is None else np.asarray(given)
    except ValueError as ragged:
        raise BadAllowed("Allowed pairs are a table with one row for each person.") from ragged


def counts(given, length: int, error: type) -> np.ndarray:
    """Whole numbers of zero or more, one for each person."""
    try:
        numbers = np.asarray(given)
    except ValueError as ragged:
        raise error("Expected one whole number for each person.") from ragged
    if numbers.ndim == 0:
        numbers = np.full(length, numbers)
    if numbers.shape != (length,):
        raise error(f"Expected {length} whole numbers, got the shape {numbers.shape}.")
    if numbers.dtype.kind not in "iu" and length:
        if numbers.dtype.kind != "f" or not np.isfinite(numbers).all() or (numbers != np.rint(numbers)).any():
            raise error("Expected whole numbers.")
    if length and (numbers.min() < 0 or numbers.max() > MOST_PLACES):
        raise error(f"Expected whole numbers from 0 to {MOST_PLACES}.")
    return numbers.astype(np.int64)


def quantise(
    table: np.ndarray, open_: np.ndarray, demand: np.ndarray, capacity: np.ndarray, scale: float | None
):
    """Gains as integers (0 where a pair is not allowed), and the steps in one unit of score.

    The largest gain, times the pairs of a plan, times the people, must fit the solver's integers: that is how
    many decimals there can be.
    """
    step(scale)
    if table.dtype.kind != "f":
        zero = (
            np.int64(0) if table.dtype.kind in "bi" else 0
        )  # beside an unsigned number it would make a float
        whole, widest = np.where(open_, table, zero), 0
        if whole.size:
            widest = max(abs(int(whole.max())), abs(int(whole.min())))
        real = None
    else:
        real = np.where(open_, table, 0.0).astype(np.float64)
        widest = float(np.abs(real).max()) if real.size else 0.0
    pairs = int(min(demand.sum(), capacity.sum()))
    room = 2**BITS // (4 * (pairs + 1) * (sum(table.shape) + 2))
    if real is None:
        if scale is None or scale == 1:
            if widest > room:
                raise BadScores(f"Scores beyond {room} cannot be added up exactly for so many people.")
            return whole.astype(np.int64, copy=False), 1
        real = whole.astype(np.float64)
    if scale is None:
        whole_numbers = widest <= min(room, 2**53) and not (real != np.rint(real)).any()
        scale = 1 if whole_numbers else _decimals(widest, room)
    # Beyond 2**53 a float has no whole steps left to round to.
    if widest * scale > min(room, 2**53) * (1 + 1e-9):
        raise BadScores(f"Scores up to {widest:g} at {scale:g} steps a unit cannot be added up exactly.")
    return np.rint(real * scale).astype(np.int64), scale


def step(scale) -> None:
    """Steps in one unit of score, where they are given."""
    if scale is not None and not (
        isinstance(scale, Real) and not isinstance(scale, bool) and isfinite(scale) and scale > 0
    ):
        raise BadScores("The scale is a number above 0.", field="scale")


def _decimals(widest: float, room: int) -> float:
    for power in range(9, -310, -1):
        scale = 10**power if power >= 0 else 10.0**power
        if widest * scale <= min(room, 2**53):
            return scale
    raise BadScores("Scores are too large to be told apart.")


def locks(given, open_: np.ndarray, capacity: np.ndarray, demand: np.ndarray) -> np.ndarray:
    """Locked pairs as an (n, 2) array: within range, allowed, each once, and within places and wishes."""
    pairs = locked_pairs(given, open_.shape, capacity, demand)
    closed = np.flatnonzero(~open_[pairs[:, 0], pairs[:, 1]])
    if len(closed):
        mentee, mentor = pairs[closed[0]].tolist()
        raise BadLocks(f"Mentee {mentee} and mentor {mentor} are locked together, but may not be a pair.")
    return pairs


def source(given, largest) -> None:
    """A source of whole scores, and how large they are said to be."""
    if isinstance(given, Features):
        a, b = given.a, given.b
        if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1]:
            raise BadScores("Features are two tables with the same columns.")
        tables = (a, b)
    elif isinstance(given, Dense):
        if given.scores.ndim != 2:
            raise BadScores(f"Scores are a table of two dimensions, not {given.scores.ndim}.")
        tables = (given.scores,)
    elif not all(hasattr(given, name) for name in ("shape", "priced", "at", "part", "without")):
        raise BadScores("Scores that come in blocks come from a source; tables go in through ``assign``.")
    else:
        tables = ()
    if not all(_all_whole(table) for table in tables):
        raise BadScores("Scores that come in blocks are whole numbers.")
    if largest is None:
        return
    if not isinstance(largest, Integral) or largest < 0:
        raise BadScores("The largest score is a whole number of zero or more.", field="largest")
    room = -given.closed // 16 if isinstance(given, Features) else 2 ** (BITS - 1) // (sum(given.shape) + 2)
    if largest > room:
        raise BadScores(f"Scores beyond {room} cannot be added up exactly in blocks.", field="largest")


def _all_whole(table: np.ndarray) -> bool:
    if table.dtype.kind != "f":
        return table.dtype.kind in "iub"
    step = max(1, CELLS // max(table.shape[1], 1))
    parts = (table[start : start + step] for start in range(0, len(table), step))
    return all(bool((part == np.rint(part)).all() and np.isfinite(part).all()) for part in parts)


def start_prices(given, length: int) -> None:
    """Prices to begin with, where they are given."""
    if given is None:
        return
    prices = np.asarray(given)
    if prices.shape != (length,) or prices.dtype.kind not in "iu" or (prices < 0).any():
        raise BadScores("Prices to begin with are whole numbers, one for each mentor.", field="start")


def locked_pairs(given, shape: tuple[int, int], capacity: np.ndarray, demand: np.ndarray) -> np.ndarray:
    """Locked pairs as an (n, 2) array: within range, each once, and within places and wishes."""
    try:
        pairs = np.asarray(list(given))
    except (TypeError, ValueError) as strange:
        raise BadLocks("Locked pairs are pairs of a mentee row and a mentor row.") from strange
    if not len(pairs):
        return np.zeros((0, 2), np.int64)
    if pairs.ndim != 2 or pairs.shape[1] != 2 or pairs.dtype.kind not in "iu":
        raise BadLocks("Locked pairs are pairs of a mentee row and a mentor row.")
    pairs = pairs.astype(np.int64)
    if pairs.min() < 0 or (pairs >= shape).any():
        raise BadLocks("A locked pair names somebody who is not there.")
    if len(np.unique(pairs, axis=0)) < len(pairs):
        raise BadLocks("A pair is locked twice.")
    for side, name, most in ((0, "mentee", demand), (1, "mentor", capacity)):
        over = np.flatnonzero(np.bincount(pairs[:, side], minlength=len(most)) > most)
        if len(over):
            raise BadLocks(f"More pairs are locked for {name} {over[0]} than there are places.")
    return pairs
