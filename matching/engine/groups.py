"""Groups: every host takes between so many mentees, or its group stays closed; the best plan, and its proof.

A host is a mentor or a team of mentors (``teams``).
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from matching.engine import checks
from matching.engine.assignment import COVERAGE, OBJECTIVES, TOTAL, WORST_OFF
from matching.engine.errors import BadApart, BadLocks, BadSizes, UnknownObjective
from matching.engine.group_program import CLOSED, Found, Program, Proof, quantise
from matching.engine.group_search import search
from matching.engine.progress import Report, silent
from matching.engine.ties import hashes


@dataclass(frozen=True, slots=True)
class Groups:
    """The answer of ``assign_groups``.

    ``pairs`` is an (n, 2) int64 array of mentee and host rows, sorted; ``earned`` the units of each pair, (n,).
    ``open`` says of each host whether its group takes place, (hosts,) of bool.  ``value``, ``bound``,
    ``proven``, ``scale``, ``units``, ``bound_units``, ``placed`` and ``floor`` are those of ``Assignment``.
    ``gap`` is what a better plan could at most add to ``value``: 0 where the plan is proven.  No plan places
    more than ``placed_bound`` people (None for the objective ``total``); ``floor_proven`` says that the floor
    cannot be higher.  Where time ran out, ``bound`` is about plans that place as many and keep to the floor.

    ``multipliers`` is the price of each mentee, (mentees,) in whole ``PARTS`` of a unit, and ``bonus`` what
    each person placed counts beside the score, in the same parts: the root of ``proof``.  ``proof_placed``
    proves that nobody more can be placed (None for the objective ``total``), ``proof_above`` that pairs above
    the floor alone place fewer (only for ``worst_off``).
    """

    pairs: np.ndarray
    earned: np.ndarray = field(repr=False)
    open: np.ndarray
    value: float
    bound: float
    proven: bool
    scale: float
    units: int
    bound_units: int
    placed: int
    objective: str
    multipliers: np.ndarray = field(repr=False)
    bonus: int = 0
    placed_bound: int | None = None
    floor: float | None = None
    floor_proven: bool = True
    proof: Proof | None = field(default=None, repr=False)
    proof_placed: Proof | None = field(default=None, repr=False)
    proof_above: Proof | None = field(default=None, repr=False)

    @property
    def gap(self) -> float:
        return self.bound - self.value


def assign_groups(
    scores,
    fewest,
    most,
    allowed=None,
    objective: str = COVERAGE,
    *,
    scale: float | None = None,
    locked: Sequence[tuple[int, int]] = (),
    apart: Sequence[tuple[int, int]] = (),
    mentee_keys: Sequence[str] | None = None,
    host_keys: Sequence[str] | None = None,
    report: Report = silent,
    seconds: float | None = None,
) -> Groups:
    """Place mentees in groups, exactly: each mentee in at most one.

    ``scores``: (mentees, hosts) real numbers, also negative, finite wherever a pair is allowed.
    ``fewest``, ``most``: mentees in the group of each host, if it opens; (hosts,) whole numbers from 0, or
        one number for all.  A host who takes at most 0 stays closed.
    ``allowed``: (mentees, hosts) bool; without it every pair may be.
    ``objective``: as for ``assign``.  A group may need somebody at a loss to reach its size.
    ``scale``: steps in one unit of score; by default whole scores are taken as they are and others to as many
        decimals as seven digits hold.
    ``locked``: pairs (mentee row, host row) that must be part of the plan.
    ``apart``: pairs of mentee rows who may not share a group.
    ``mentee_keys``, ``host_keys``: stable identifiers; with them the plan is the same for any order of rows.
    ``seconds``: after so long the best plan found so far is the answer, with the gap that is left.

    Bad input raises a subclass of ``EngineError``.
    """
    if objective not in OBJECTIVES:
        raise UnknownObjective(f"The objective is one of {', '.join(OBJECTIVES)}; not {objective!r}.")
    table = checks.scores(scores)
    open_ = checks.allowed(allowed, table)
    least, greatest = _sizes(fewest, most, table.shape[1])
    units, scale = quantise(table, open_, scale)
    enemies = _apart(apart, len(table))
    locks = _locks(locked, open_, greatest, enemies)
    rows = np.argsort(hashes(mentee_keys, len(table), "mentee"), kind="stable")
    columns = np.argsort(hashes(host_keys, table.shape[1], "host"), kind="stable")
    program = _around_locks(units, open_, least, greatest, enemies, locks)
    until = None if seconds is None else time.monotonic() + seconds
    answer = _answer(_ordered(program, rows, columns), objective, until, report)
    mate = np.full(len(table), CLOSED)
    mate[rows] = np.append(columns, CLOSED)[answer.mate]
    mate[locks[:, 0]] = locks[:, 1]
    placed = np.flatnonzero(mate >= 0)
    pairs = np.stack([placed, mate[placed]], axis=1)
    earned = units[pairs[:, 0], pairs[:, 1]]
    value = int(earned.sum())
    bound = value + answer.proof.bound - answer.proof.value
    proofs = [
        None if proof is None else proof.renamed(rows, columns)
        for proof in (answer.proof, answer.proof_placed, answer.proof_above)
    ]
    return Groups(
        pairs=pairs,
        earned=earned,
        open=np.bincount(pairs[:, 1], minlength=table.shape[1]) > 0,
        value=value / scale,
        bound=bound / scale,
        proven=answer.proven,
        scale=scale,
        units=value,
        bound_units=bound,
        placed=len(pairs),
        objective=objective,
        multipliers=proofs[0].root.multipliers,
        bonus=proofs[0].root.bonus,
        placed_bound=None if answer.proof_placed is None else len(locks) + answer.proof_placed.bound,
        floor=None if answer.floor is None else answer.floor / scale,
        floor_proven=answer.floor_proven,
        proof=proofs[0],
        proof_placed=proofs[1],
        proof_above=proofs[2],
    )


@dataclass(frozen=True, slots=True)
class _Answer:
    mate: np.ndarray
    proof: Proof
    proven: bool
    proof_placed: Proof | None = None
    proof_above: Proof | None = None
    floor: int | None = None
    floor_proven: bool = True


def _answer(program: Program, objective: str, until: float | None, report: Report) -> _Answer:
    """The plan for people in a fixed order, all of them free."""
    if objective == TOTAL:
        found = _some(search(program, until=until, report=report))
        return _Answer(found.mate, found.proof, found.proven)
    most = _some(search(program.counting(), hint=program.weights, until=until, report=report))
    floor = above = None
    mate, proven = most.mate, True
    if objective == WORST_OFF and most.value:
        floor, mate, above = _highest_floor(program, most, until, report)
        proven = above is None or above.bound < most.value
        program = program.with_pairs(program.allowed & (program.weights >= floor))
    found = search(program, most.value, start=mate, until=until, report=report)
    sure = proven and most.proven and found.proven
    return _Answer(found.mate, found.proof, sure, most.proof, above, floor, proven)


def _some(found: Found) -> Found:
    if found.mate is None and found.proof.bound > found.value:
        raise BadLocks("No plan that keeps all locked pairs was found in time.")
    if found.mate is None:
        raise BadLocks("No plan keeps all locked pairs: a group that is locked open cannot be filled.")
    return found


def _highest_floor(program: Program, most: Found, until, report):
    """The highest weight such that pairs of at least that weight still place as many; a plan that does; and
    the proof that pairs above it do not (None where there are none).
    """
    levels = np.unique(program.weights[program.allowed])
    used = np.flatnonzero(most.mate >= 0)
    mate, above = most.mate, None
    low = int(np.searchsorted(levels, program.weights[used, mate[used]].min()))
    high = len(levels) - 1
    while low < high:
        report("floor", len(levels) - (high - low), len(levels))
        middle = (low + high + 1) // 2
        keep = program.allowed & (program.weights >= levels[middle])
        found = search(
            program.with_pairs(keep).counting(),
            better_than=most.value - 1,
            hint=program.weights,
            until=until,
        )
        if found.mate is not None and found.value == most.value:
            mate = found.mate
            used = np.flatnonzero(mate >= 0)
            low = int(np.searchsorted(levels, program.weights[used, mate[used]].min()))
        else:
            high, above = middle - 1, found.proof
    return int(levels[low]), mate, above


def _sizes(fewest, most, hosts: int):
    """The least and greatest size of each group; one nobody is in is no group."""
    least, greatest = checks.counts(fewest, hosts, BadSizes), checks.counts(most, hosts, BadSizes)
    wrong = np.flatnonzero((least > greatest) & (greatest > 0))
    if len(wrong):
        at = int(wrong[0])
        raise BadSizes(
            f"The group of host {at} takes at least {least[at]} mentees, but at most {greatest[at]}."
        )
    return np.where(greatest > 0, np.maximum(least, 1), 0), greatest


def _apart(given, mentees: int) -> np.ndarray:
    """People to be kept apart as a (k, 2) array, the lower row first, each pair once."""
    try:
        pairs = np.asarray(list(given))
    except ValueError as ragged:
        raise BadApart("People to be kept apart are pairs of mentee rows.") from ragged
    if not len(pairs):
        return np.zeros((0, 2), np.int64)
    if pairs.ndim != 2 or pairs.shape[1] != 2 or pairs.dtype.kind not in "iu":
        raise BadApart("People to be kept apart are pairs of mentee rows.")
    if pairs.min() < 0 or pairs.max() >= mentees:
        raise BadApart("Somebody to be kept apart is not there.")
    if (pairs[:, 0] == pairs[:, 1]).any():
        raise BadApart("Nobody can be kept apart from themselves.")
    return np.unique(np.sort(pairs.astype(np.int64), axis=1), axis=0)


def _locks(given, open_, greatest, enemies) -> np.ndarray:
    locks = checks.locks(given, open_, greatest, np.ones(len(open_), np.int64))
    mate = np.full(len(open_), CLOSED)
    mate[locks[:, 0]] = locks[:, 1]
    one, other = mate[enemies[:, 0]], mate[enemies[:, 1]]
    together = np.flatnonzero((one == other) & (one >= 0))
    if len(together):
        first, second = enemies[together[0]].tolist()
        raise BadLocks(f"Mentees {first} and {second} are locked in one group, but are to be kept apart.")
    return locks


def _around_locks(units, open_, least, greatest, enemies, locks) -> Program:
    """What is left to decide beside the locked pairs."""
    open_ = open_.copy()
    for one, other in np.concatenate([enemies, enemies[:, ::-1]]).tolist():
        open_[other, locks[locks[:, 0] == one, 1]] = False
    open_[locks[:, 0]] = False
    held = np.bincount(locks[:, 1], minlength=len(greatest))
    open_[:, greatest == held] = False
    return Program(
        weights=units,
        allowed=open_,
        fewest=np.maximum(least - held, 0),
        most=greatest - held,
        must=held > 0,
        apart=enemies,
    )


def _ordered(program: Program, rows, columns) -> Program:
    place = np.argsort(rows)
    apart = np.sort(place[program.apart], axis=1)
    return Program(
        weights=program.weights[np.ix_(rows, columns)],
        allowed=program.allowed[np.ix_(rows, columns)],
        fewest=program.fewest[columns],
        most=program.most[columns],
        must=program.must[columns],
        apart=apart[np.lexsort((apart[:, 1], apart[:, 0]))],
    )
