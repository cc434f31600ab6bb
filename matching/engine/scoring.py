"""The score of every pair, 0 to 100, in whole hundredths, as points per criterion that add up exactly.

Weights are shared out into 10,000 units (``UNITS`` a point).  Each criterion is a product of whole numbers,
so a pair's score is ``A[mentee] @ B[mentor]`` and nothing is ever rounded on the way; sums stay below 2**24
and are exact even in float32, whatever the order of addition.

What was not answered neither helps nor hurts:

* a question or criterion that nobody asks or nobody can answer is left out, and its weight goes to the others
in
  proportion, so that the best possible score stays 100;
* where one side of a pair asked and the other did not answer, the pair gets what the asker gets on average
from those
  who did;
* who asked nothing in a criterion gets with everybody the program's average of that criterion.

Averages are rounded down to whole units.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from matching.engine.errors import BadKeys, BadProfile, BadWeights
from matching.engine.profiles import MENTEE, MENTOR, Person
from matching.engine.progress import Report, silent
from matching.engine.questions import CRITERIA, FULL_FIT, Part, Table, Tags, choice_fit, parts, split

UNITS = 100
FULL = 100 * UNITS
DEFAULT_WEIGHTS = MappingProxyType(
    {
        "values": 12,
        "working_style": 8,
        "learning": 5,
        "interests": 5,
        "topics": 30,
        "preferences": 25,
        "practicality": 10,
        "experience": 5,
    }
)
DEFAULT_DISTANCE = (3, 12)
BLOCK = 512


@dataclass(frozen=True, slots=True)
class Scores:
    """All scores of a program, as two tables of features that are multiplied when somebody asks.

    ``a`` is (mentees, features), ``b`` (mentors, features), both float32 holding whole numbers.  ``spans``
    gives for each part of the score its columns.  ``chosen_rows``, ``chosen_columns`` and ``chosen_units``
    are what single pairs earn beside the product because one chose the other by name (int64, sorted by row;
    part in ``chosen_parts``). ``maximum`` is the most units of each criterion; it sums to ``FULL`` unless
    nobody answered anything.
    """

    mentees: tuple[str, ...]
    mentors: tuple[str, ...]
    maximum: Mapping[str, int]
    a: np.ndarray
    b: np.ndarray
    spans: Mapping[str, tuple[int, int]]
    criterion_of: Mapping[str, str]
    chosen_rows: np.ndarray
    chosen_columns: np.ndarray
    chosen_units: np.ndarray
    chosen_parts: np.ndarray

    def block(self, rows: np.ndarray | slice) -> np.ndarray:
        """Units of these mentees with all mentors: (rows, mentors) of int32."""
        rows = np.arange(len(self.mentees))[rows] if isinstance(rows, slice) else np.asarray(rows, np.int64)
        units = np.rint(self.a[rows] @ self.b.T).astype(np.int32)
        if len(self.chosen_rows):
            place = np.full(len(self.mentees), -1)
            place[rows] = np.arange(len(rows))
            here = np.flatnonzero(place[self.chosen_rows] >= 0)
            where = place[self.chosen_rows[here]], self.chosen_columns[here]
            np.add.at(units, where, self.chosen_units[here].astype(np.int32))
        return units

    def table(self, report: Report = silent) -> np.ndarray:
        """Units of all pairs: (mentees, mentors) of int32."""
        units = np.zeros((len(self.mentees), len(self.mentors)), np.int32)
        for start in range(0, len(self.mentees), BLOCK):
            report("scores", start, len(self.mentees))
            stop = min(start + BLOCK, len(self.mentees))
            units[start:stop] = self.block(np.arange(start, stop))
        return units

    def points(self, rows: Sequence[int], columns: Sequence[int]) -> dict[str, np.ndarray]:
        """Units of each criterion for the pairs (rows[k], columns[k]); they add up to the score."""
        rows, columns = np.asarray(rows, np.int64), np.asarray(columns, np.int64)
        found = {criterion: np.zeros(len(rows), np.int64) for criterion in CRITERIA}
        for start in range(0, len(rows), BLOCK * 8):
            some = slice(start, start + BLOCK * 8)
            for part, (first, last) in self.spans.items():
                earned = np.einsum(
                    "kd,kd->k", self.a[rows[some], first:last], self.b[columns[some], first:last]
                )
                found[self.criterion_of[part]][some] += np.rint(earned).astype(np.int64)
        if len(self.chosen_rows):
            found["preferences"] += self._chosen(rows, columns)
        return found

    def at(self, rows: Sequence[int], columns: Sequence[int]) -> np.ndarray:
        """Units of the pairs (rows[k], columns[k])."""
        return sum(self.points(rows, columns).values(), np.zeros(len(rows), np.int64))

    def _chosen(self, rows, columns) -> np.ndarray:
        width = len(self.mentors)
        keys, at = np.unique(self.chosen_rows * width + self.chosen_columns, return_inverse=True)
        units = np.bincount(at, self.chosen_units, minlength=len(keys)).astype(np.int64)
        where = np.minimum(np.searchsorted(keys, rows * width + columns), len(keys) - 1)
        return np.where(keys[where] == rows * width + columns, units[where], 0)


def score(
    mentees: Sequence[Person],
    mentors: Sequence[Person],
    weights: Mapping[str, float] | None = None,
    *,
    distance: tuple[int, int] = DEFAULT_DISTANCE,
    report: Report = silent,
) -> Scores:
    """Prepare the scores of all pairs.

    ``weights`` maps criteria to numbers of zero or more; only their proportions count, criteria left out
    weigh 0. ``distance`` is how much more experience a mentor should have where the mentee wished nothing.
    """
    wanted = _weights(weights)
    for people, role in ((mentees, MENTEE), (mentors, MENTOR)):
        if any(person.role != role for person in people):
            raise BadProfile(f"Everybody on this side must be a {role}.", field="role")
        if len({person.id for person in people}) != len(people):
            raise BadKeys(f"Somebody is listed twice as {role}.")
    people = {MENTEE: tuple(mentees), MENTOR: tuple(mentors)}
    found = parts((*mentees, *mentors), distance)
    live = []
    for done, part in enumerate(found):
        report("profiles", done, len(found))
        questions = _live_questions(part, people)
        chosen = _choices(part, people) if part.criterion == "preferences" else []
        if questions or chosen:
            live.append((part, questions, chosen))
    shares = _shares([part for part, _, _ in live], wanted)
    left, right, spans, chosen_all = [], [], {}, []
    column = 0
    for done, (part, questions, chosen) in enumerate(live):
        report("features", done, len(live))
        a, b, extra = _features(part, questions, chosen, people, shares[part.code])
        left.append(a)
        right.append(b)
        spans[part.code] = (column, column + a.shape[1])
        column += a.shape[1]
        chosen_all += [(*entry, part.code) for entry in extra]
    chosen_all.sort()
    maximum = dict.fromkeys(CRITERIA, 0)
    for part, _, _ in live:
        maximum[part.criterion] += shares[part.code]
    columns = list(zip(*chosen_all, strict=True)) or [(), (), (), ()]
    return Scores(
        mentees=tuple(person.id for person in mentees),
        mentors=tuple(person.id for person in mentors),
        maximum=maximum,
        a=_join(left, len(mentees)),
        b=_join(right, len(mentors)),
        spans=spans,
        criterion_of={part.code: part.criterion for part, _, _ in live},
        chosen_rows=np.array(columns[0], np.int64),
        chosen_columns=np.array(columns[1], np.int64),
        chosen_units=np.array(columns[2], np.int64),
        chosen_parts=np.array(columns[3], str),
    )


def _weights(weights) -> dict[str, int]:
    """Whole weights in the same proportion, to the sixth decimal."""
    given = dict(DEFAULT_WEIGHTS if weights is None else weights)
    unknown = sorted(set(given) - set(CRITERIA))
    if unknown:
        raise BadWeights(f"There is no criterion {unknown[0]!r}.")
    for criterion, weight in given.items():
        if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not np.isfinite(weight):
            raise BadWeights(f"The weight of {criterion} is not a number.")
        if not 0 <= weight <= 10**6:
            raise BadWeights(f"The weight of {criterion} is not between 0 and a million.")
    whole = {criterion: round(given.get(criterion, 0) * 10**6) for criterion in CRITERIA}
    if not any(whole.values()):
        raise BadWeights("At least one criterion needs a weight.")
    return whole


def _shares(live: Sequence[Part], weights: Mapping[str, int]) -> dict[str, int]:
    """Units of each part.  The two halves of a criterion count the same; where one is silent, the other has
    it all.
    """
    halves = [part.criterion for part in live]
    units = split(FULL, tuple(2 * weights[c] // halves.count(c) for c in halves))
    return {part.code: share for part, share in zip(live, units, strict=True)}


def _live_questions(part: Part, people) -> list:
    """Questions that somebody asks and somebody can answer, with what everybody asks and answers."""
    askers, answerers = people[part.asker], people[MENTOR if part.asker == MENTEE else MENTEE]
    live = []
    for question in part.questions:
        asked = [question.asks(person) for person in askers]
        answered = [question.answers(person) for person in answerers]
        if isinstance(question, Tags):
            asked, answered = [a or None for a in asked], [b or None for b in answered]
        if any(a is not None for a in asked) and any(b is not None for b in answered):
            live.append((question, asked, answered))
    return live


def _choices(part: Part, people) -> list[tuple[int, int, int]]:
    """Who chose whom by name: asker row, answerer row, rank."""
    askers, answerers = people[part.asker], people[MENTOR if part.asker == MENTEE else MENTEE]
    row_of = {person.id: row for row, person in enumerate(answerers)}
    return [
        (row, row_of[other], rank)
        for row, person in enumerate(askers)
        for other, rank in sorted(person.chosen.items())
        if other in row_of
    ]


def _features(part: Part, questions, choices, people, units: int):
    """Columns of one part for mentees and mentors, and what chosen pairs earn beside them."""
    askers, answerers = people[part.asker], people[MENTOR if part.asker == MENTEE else MENTEE]
    asks = np.array([[a is not None for a in asked] for _, asked, _ in questions], bool).reshape(
        -1, len(askers)
    )
    weights = [question.weight for question, _, _ in questions]
    shares = np.array(
        [split(units, tuple(w if ask else 0 for w, ask in zip(weights, row, strict=True))) for row in asks.T],
        np.int64,
    ).reshape(len(askers), len(questions))
    ours, theirs = [], []
    for at, (question, asked, answered) in enumerate(questions):
        make = _tag_columns if isinstance(question, Tags) else _table_columns
        a, b = make(question, asked, answered, shares[:, at])
        silent_ = np.array([answer is None for answer in answered], bool)
        if silent_.any():
            told = b[~silent_].sum(axis=0, dtype=np.int64)
            average = (a.astype(np.int64) @ told) // (len(silent_) - silent_.sum())
            a = np.hstack([a, average[:, None].astype(np.float32)])
            b = np.hstack([b, silent_[:, None].astype(np.float32)])
        ours.append(a)
        theirs.append(b)
    a, b = _join(ours, len(askers)), _join(theirs, len(answerers))
    speaks = asks.any(axis=0)
    speaks[[row for row, _, _ in choices]] = True
    if not speaks.all() and len(askers) and len(answerers):
        everything = a[speaks].astype(np.int64) @ b.sum(axis=0, dtype=np.int64)
        average = int(everything.sum()) // (int(speaks.sum()) * len(answerers))
        a = np.hstack([a, np.where(speaks, 0, average)[:, None].astype(np.float32)])
        b = np.hstack([b, np.ones((len(answerers), 1), np.float32)])
    extra = []
    for row, other, rank in choices:
        more = units * choice_fit(rank) // FULL_FIT - int(a[row].astype(np.int64) @ b[other].astype(np.int64))
        if more > 0:
            extra.append((row, other, more) if part.asker == MENTEE else (other, row, more))
    return (a, b, extra) if part.asker == MENTEE else (b, a, extra)


def _tag_columns(question: Tags, asked, answered, shares):
    """A column for each tag that both sides know: the asker's units for it, and who has it.

    Where there are fewer different answers than tags (working hours), a column for each answer.
    """
    kind, kinds = _coded(list(zip(asked, shares.tolist(), strict=True)))
    given, answers = _coded(answered)
    wanted = {tag for tags, _ in kinds for tag, _ in tags or ()}
    offered = {tag for tags in answers for tag in tags or ()}
    column = {tag: at for at, tag in enumerate(sorted(wanted & offered))}
    worth = np.zeros((len(kinds), len(column)), np.float32)
    for row, (tags, units) in enumerate(kinds):
        for (tag, _), share in zip(tags or (), split(units, tuple(w for _, w in tags or ())), strict=True):
            if tag in column:
                worth[row, column[tag]] = share
    has = np.zeros((len(answers), len(column)), np.float32)
    for row, tags in enumerate(answers):
        has[row, [column[tag] for tag in tags or () if tag in column]] = 1
    if len(answers) < len(column):
        worth, has = worth @ has.T, np.eye(len(answers), dtype=np.float32)
    return worth[kind], has[given]


def _table_columns(question: Table, asked, answered, shares):
    """A column for each different answer: what it earns the asker, and who gave it."""
    kind, kinds = _coded(list(zip(asked, shares.tolist(), strict=True)))
    given, answers = _coded(answered)
    told = [at for at, answer in enumerate(answers) if answer is not None]
    worth = np.zeros((len(kinds), len(told)), np.float32)
    for row, (asks, units) in enumerate(kinds):
        if asks is not None:
            worth[row] = [units * question.fit(asks, answers[at]) // FULL_FIT for at in told]
    is_ = np.zeros((len(given), len(answers)), np.float32)
    is_[np.arange(len(given)), given] = 1
    return worth[kind], is_[:, told]


def _coded(answers: Sequence) -> tuple[np.ndarray, list]:
    """For each person which of the different answers it is, and these, in the order in which they come."""
    codes: dict = {}
    at = np.array([codes.setdefault(answer, len(codes)) for answer in answers], np.int64)
    return at, list(codes)


def _join(columns: list[np.ndarray], rows: int) -> np.ndarray:
    return np.ascontiguousarray(np.hstack([np.zeros((rows, 0), np.float32), *columns]), np.float32)
