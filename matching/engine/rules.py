"""The hard rules: which pairs may not be, and why.

The rules are those of the field's practice: nobody mentors along a reporting line, both can speak with each
other and find time, and what people asked to be kept from stays away.  A coordinator may override some of
them for one pair, with a reason.  Where a person's languages, hours or line are unknown the rule cannot
protect; ``unprotected`` counts that.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntFlag

import numpy as np

from matching.engine.errors import BadRules
from matching.engine.profiles import Person
from matching.engine.scoring import Scores


class Rule(IntFlag):
    """One bit for each reason, in the order in which they are named."""

    SAME_PERSON = 1
    SAFETY_BLOCK = 2
    REPORTING_LINE = 4
    EXCLUDED = 8
    ENDED_EARLY = 16
    LANGUAGE = 32
    HOURS = 64
    LOW_FIT = 128

    @property
    def code(self) -> str:
        return self.name.lower()


NONE = Rule(0)
# The last one is of the run, not of the pair: whoever wants a pair below it locks the pair or lowers it for all.
NEVER_OVERRIDDEN = Rule.SAME_PERSON | Rule.SAFETY_BLOCK | Rule.LOW_FIT

# Up to this many pairs of groups a rule keeps its answers; above, it works them out again for each block.
TABLE_CELLS = 16_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A coordinator's decision that one pair may be in spite of ``rule``.  The reason is kept by whoever
    stores the run.
    """

    mentee: str
    mentor: str
    rule: Rule
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What is asked of each pair of a program on a day.  ``switched_off`` leaves out rules the program does
    not use.
    """

    today: date
    shared_minutes: int = 120
    months_after_early_end: int = 24
    switched_off: Rule = NONE
    overrides: tuple[Override, ...] = ()

    def __post_init__(self):
        if not 0 <= self.shared_minutes <= 7 * 24 * 60 or not 0 <= self.months_after_early_end <= 1200:
            raise BadRules("Shared minutes lie within a week, months within a hundred years.")
        if self.switched_off & NEVER_OVERRIDDEN:
            raise BadRules("Nobody mentors themselves, and a safety block always holds.")
        for override in self.overrides:
            if override.rule & NEVER_OVERRIDDEN or not override.rule:
                raise BadRules("This rule cannot be overridden.", field="overrides")
            if not override.reason.strip():
                raise BadRules("An override needs a reason.", field="overrides")


@dataclass(frozen=True, slots=True)
class Kinship:
    """A rule over answers that many people share: both sides in groups, and what each group of one side has
    with each of the other (shared minutes, shared languages).  A group is forbidden another when it has less
    than ``least``.
    """

    mentee_group: np.ndarray
    mentor_group: np.ndarray
    left: np.ndarray
    right: np.ndarray
    least: int
    known_left: np.ndarray
    known_right: np.ndarray
    table: np.ndarray | None

    @classmethod
    def of(cls, mentees: list, mentors: list, encode, least: int) -> "Kinship":
        """``mentees`` and ``mentors`` are hashable answers (None where not known), ``encode`` makes a number
        row of each so that the product of two rows is what they share.
        """
        ours, theirs = {}, {}
        mentee_group = np.array([ours.setdefault(a, len(ours)) for a in mentees], np.int64)
        mentor_group = np.array([theirs.setdefault(b, len(theirs)) for b in mentors], np.int64)
        left, right = encode(list(ours), list(theirs))
        known = [np.array([answer is not None for answer in side], bool) for side in (ours, theirs)]
        made = cls(mentee_group, mentor_group, left, right, least, *known, None)
        if len(ours) * len(theirs) <= TABLE_CELLS:
            made = cls(
                mentee_group, mentor_group, left, right, least, *known, made._cells(np.arange(len(ours)))
            )
        return made

    def _cells(self, groups: np.ndarray) -> np.ndarray:
        known = self.known_left[groups][:, None] & self.known_right
        return known & (self.left[groups] @ self.right.T < self.least)

    def forbids(self, rows: np.ndarray) -> np.ndarray:
        """(rows, mentors) of bool."""
        groups = self.mentee_group[rows]
        cells = self._cells(groups) if self.table is None else self.table[groups]
        return cells[:, self.mentor_group]

    def forbids_pairs(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """(pairs,) of bool."""
        ours, theirs = self.mentee_group[rows], self.mentor_group[columns]
        if self.table is not None:
            return self.table[ours, theirs]
        common = np.einsum("kd,kd->k", self.left[ours], self.right[theirs])
        return self.known_left[ours] & self.known_right[theirs] & (common < self.least)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why each pair is forbidden: single pairs as a list, and two rules over groups that answer alike.

    Nothing here has a cell for each pair; ``block`` makes those of some mentees when asked.  With a cut-off
    ``least`` above zero ``scores`` says which pairs lie below it.
    """

    mentees: tuple[str, ...]
    mentors: tuple[str, ...]
    pairs: dict[int, tuple[np.ndarray, np.ndarray, np.ndarray]]
    kinships: tuple[tuple[Rule, Kinship], ...]
    unprotected: dict[str, int]
    scores: Scores | None = None
    least: int = 0

    def block(self, rows: Sequence[int] | np.ndarray | slice) -> np.ndarray:
        """Bits of ``Rule`` for these mentees against all mentors: (rows, mentors) of uint8, 0 where
        allowed.
        """
        rows = (
            np.arange(len(self.mentees))[rows]
            if isinstance(rows, slice)
            else np.asarray(rows, dtype=np.int64)
        )
        mask = np.zeros((len(rows), len(self.mentors)), np.uint8)
        for rule, kinship in self.kinships:
            mask |= kinship.forbids(rows) * np.uint8(rule)
        for at, row in enumerate(rows.tolist()):
            if row in self.pairs:
                columns, bits, cleared = self.pairs[row]
                mask[at, columns] = (mask[at, columns] | bits) & ~cleared
        if self.least and self.scores is not None:
            mask |= (self.scores.block(rows) < self.least) * np.uint8(Rule.LOW_FIT)
        return mask

    def at(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Bits of ``Rule`` for the pairs (rows[k], columns[k])."""
        rows, columns = np.asarray(rows, np.int64), np.asarray(columns, np.int64)
        mask = np.zeros(len(rows), np.uint8)
        for rule, kinship in self.kinships:
            mask |= kinship.forbids_pairs(rows, columns) * np.uint8(rule)
        at, other, bits, cleared = self.singles()
        width = len(self.mentors)
        keys, asked = at * width + other, rows * width + columns
        if len(keys):
            where = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
            found = keys[where] == asked
            mask = np.where(found, (mask | bits[where]) & ~cleared[where], mask)
        if self.least and self.scores is not None:
            mask |= (self.scores.at(rows, columns) < self.least) * np.uint8(Rule.LOW_FIT)
        return mask

    def singles(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """All pairs with a rule or override of their own, sorted: rows, columns, bits set, bits cleared."""
        kept = [(np.full(len(c), row, np.int64), c, b, o) for row, (c, b, o) in sorted(self.pairs.items())]
        if not kept:
            return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.uint8), np.zeros(0, np.uint8)
        return tuple(np.concatenate(column) for column in zip(*kept, strict=True))

    def mask(self) -> np.ndarray:
        """Bits of ``Rule`` for every pair: (mentees, mentors) of uint8."""
        return self.block(slice(None))

    def allowed(self) -> np.ndarray:
        """(mentees, mentors) of bool."""
        return self.mask() == 0

    def reasons(self, mentee: int, mentor: int) -> tuple[Rule, ...]:
        """The rules that forbid one pair, most serious first."""
        return named(int(self.block([mentee])[0, mentor]))


def named(bits: int) -> tuple[Rule, ...]:
    """The rules in a cell of ``Verdict.mask``, most serious first."""
    return tuple(rule for rule in Rule if rule & bits)


def judge(
    mentees: Sequence[Person],
    mentors: Sequence[Person],
    rules: Rules,
    scores: Scores | None = None,
    least: int = 0,
) -> Verdict:
    """Apply the hard rules to all pairs.  The order of rows is that of the people given.  With ``scores`` of the same
    people, pairs below ``least`` units may not be either: the cut-off of a run, of which locked pairs are spared.
    """
    off = rules.switched_off
    kinships = []
    if not off & Rule.LANGUAGE:
        spoken = [[person.languages or None for person in side] for side in (mentees, mentors)]
        kinships.append((Rule.LANGUAGE, Kinship.of(*spoken, _encode_sets, 1)))
    if not off & Rule.HOURS:
        hours = [[person.hours for person in side] for side in (mentees, mentors)]
        kinships.append((Rule.HOURS, Kinship.of(*hours, _encode_hours, rules.shared_minutes)))
    return Verdict(
        mentees=tuple(person.id for person in mentees),
        mentors=tuple(person.id for person in mentors),
        pairs=_single_pairs(mentees, mentors, rules, int(off)),
        kinships=tuple(kinships),
        unprotected=_unprotected(mentees, mentors),
        scores=scores,
        least=least,
    )


def _encode_sets(ours, theirs):
    columns = {
        tag: at for at, tag in enumerate(sorted({tag for tags in (*ours, *theirs) for tag in tags or ()}))
    }
    sides = [np.zeros((len(side), len(columns)), np.float32) for side in (ours, theirs)]
    for side, out in zip((ours, theirs), sides, strict=True):
        for row, tags in enumerate(side):
            out[row, [columns[tag] for tag in tags or ()]] = 1
    return sides


def _encode_hours(ours, theirs):
    """Minutes of each piece between two moments at which somebody begins or ends, and whether one works in
    it.
    """
    minutes, works = hour_pieces([hours or () for hours in ours], [hours or () for hours in theirs])
    return works[0] * minutes.astype(np.float32), works[1]


def hour_pieces(*sides: Sequence[tuple]) -> tuple[np.ndarray, list[np.ndarray]]:
    """The week cut wherever anybody begins or ends: minutes of each piece, and for each side who works in
    which.
    """
    moments = sorted(
        {minute for side in sides for hours in side for interval in hours for minute in interval}
    )
    at = {minute: piece for piece, minute in enumerate(moments)}
    minutes = np.diff(np.array(moments, np.int64)) if moments else np.zeros(0, np.int64)
    works = [np.zeros((len(side), len(minutes)), np.float32) for side in sides]
    for side, out in zip(sides, works, strict=True):
        for row, hours in enumerate(side):
            for start, end in hours:
                out[row, at[start] : at[end]] = 1
    return minutes, works


def _single_pairs(mentees, mentors, rules, off):
    """For each mentee row with a single forbidden or overridden mentor: the mentor rows, bits set, bits
    cleared.
    """
    row_of = _rows(mentees)
    column_of = _rows(mentors)
    found: dict[tuple[int, int], int] = {}

    def forbid(mentee_rows: Iterable[int], mentor_rows: Iterable[int], rule: Rule):
        for row in mentee_rows:
            for column in mentor_rows:
                found[row, column] = found.get((row, column), 0) | int(rule)

    for id, rows in row_of.items():
        forbid(rows, column_of.get(id, ()), Rule.SAME_PERSON)
    for person, mine, theirs, swap in (
        *((p, (r,), column_of, False) for r, p in enumerate(mentees)),
        *((p, (c,), row_of, True) for c, p in enumerate(mentors)),
    ):
        for others, rule in (
            (person.reports_to, Rule.REPORTING_LINE),
            (person.excludes, Rule.EXCLUDED),
            (person.blocked, Rule.SAFETY_BLOCK),
            (_too_recent(person, rules), Rule.ENDED_EARLY),
        ):
            for other in others:
                if other in theirs:
                    forbid(*((theirs[other], mine) if swap else (mine, theirs[other])), rule)
    cleared: dict[tuple[int, int], int] = {}
    for override in rules.overrides:
        for row in row_of.get(override.mentee, ()):
            for column in column_of.get(override.mentor, ()):
                cleared[row, column] = cleared.get((row, column), 0) | int(override.rule)
    by_row: dict[int, list] = {}
    for row, column in sorted({*found, *cleared}):
        bits = found.get((row, column), 0) & ~off
        by_row.setdefault(row, []).append((column, bits, cleared.get((row, column), 0)))
    return {
        row: (
            np.array([c for c, _, _ in entries], np.int64),
            np.array([b for _, b, _ in entries], np.uint8),
            np.array([o for _, _, o in entries], np.uint8),
        )
        for row, entries in by_row.items()
    }


def _rows(people) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for row, person in enumerate(people):
        rows.setdefault(person.id, []).append(row)
    return rows


def _too_recent(person: Person, rules: Rules) -> list[str]:
    months = rules.today.year * 12 + rules.today.month - rules.months_after_early_end
    since = (months - 1) // 12, (months - 1) % 12 + 1, rules.today.day
    return [
        other
        for other, ended in person.ended_early_with.items()
        if (ended.year, ended.month, ended.day) > since
    ]


def _unprotected(mentees, mentors) -> dict[str, int]:
    everybody = {person.id: person for person in (*mentees, *mentors)}.values()
    return {
        Rule.REPORTING_LINE.code: sum(not person.reports_to for person in everybody),
        Rule.LANGUAGE.code: sum(not person.languages for person in everybody),
        Rule.HOURS.code: sum(person.hours is None for person in everybody),
    }
