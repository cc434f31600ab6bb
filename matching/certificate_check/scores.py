"""The scores once more, from the answers alone and in code of its own.

Each question becomes a table of what every different answer is worth to everybody who asked; a block of pairs is
one product of these tables with who gave which answer.  All are whole numbers of at most ``POINTS`` together, which
float32 adds up exactly.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

import numpy as np

POINTS = 10_000
MODES = {"in_person": 0, "hybrid": 1, "virtual": 2, "asynchronous": 3}
NEAR = [[1000, 700, 0, 0], [700, 1000, 700, 400], [0, 700, 1000, 700], [0, 400, 700, 1000]]

Block = Callable[[np.ndarray], np.ndarray]


def units(snapshot: Mapping) -> Block:
    """Units of some mentees with all mentors."""
    mentees, mentors = snapshot["mentees"], snapshot["mentors"]
    live = [part for part in _parts(snapshot) if part.live]
    weights = [round(snapshot["weights"].get(part.criterion, 0) * 10**6) for part in live]
    halves = [part.criterion for part in live]
    shares = _share(POINTS, tuple(2 * w // halves.count(c) for w, c in zip(weights, halves, strict=True)))
    sides: list[list[np.ndarray]] = [[np.zeros((len(side), 0), np.float32)] for side in (mentees, mentors)]
    more: dict[int, list] = {}
    for part, share in zip(live, shares, strict=True):
        part.settle(share)
        asked, answered = part.sides()
        for side, answers in zip(sides if part.by_mentee else sides[::-1], (asked, answered), strict=True):
            side.append(answers)
        for asker, answerer, extra in part.extra:
            row, column = (asker, answerer) if part.by_mentee else (answerer, asker)
            more.setdefault(row, []).append((column, extra))
    ours, theirs = (np.hstack(side) for side in sides)

    def block(rows):
        total = (ours[rows] @ theirs.T).astype(np.int64)
        for at, row in enumerate(np.asarray(rows).tolist()):
            for column, extra in more.get(row, ()):
                total[at, column] += extra
        return total

    return block


@lru_cache(maxsize=65536)
def _share(total, weights):
    """Whole shares in proportion; remainders go to the largest, then the first."""
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    floors = [total * w // whole for w in weights]
    left = total - sum(floors)
    largest = sorted(range(len(weights)), key=lambda k: total * weights[k] % whole, reverse=True)
    return [share + (k in largest[:left]) for k, share in enumerate(floors)]


class _Part:
    """A criterion, or one side's half of it: questions that each asker puts to each answerer."""

    def __init__(self, criterion, askers, answerers, questions, by_mentee=True, chosen=False):
        self.criterion, self.by_mentee = criterion, by_mentee
        self.askers, self.answerers = askers, answerers
        # Each question: weight, what everybody asks, what everybody answers (None: nothing), and the fit of
        # the two.
        self.questions = [q for q in questions if _some(q[1]) and _some(q[2])]
        ids = {person["id"]: at for at, person in enumerate(answerers)}
        self.choices = [
            (row, ids[other], rank)
            for row, person in enumerate(askers)
            for other, rank in (person.get("chosen", {}) if chosen else {}).items()
            if other in ids
        ]
        self.live = bool(self.questions or self.choices)

    def settle(self, share):
        """Give each asker's questions their units, and find the averages that stand for missing answers."""
        per = []
        for at in range(len(self.askers)):
            weights = tuple(weight if asks[at] is not None else 0 for weight, asks, _, _ in self.questions)
            per.append(_share(share, weights))
        self.tables = [
            (_TagsAnswered if fit is None else _Looked)(
                [(units[k], ask) for units, ask in zip(per, asks, strict=True)], answers, fit
            )
            for k, (_, asks, answers, fit) in enumerate(self.questions)
        ]
        self.extra: list[tuple[int, int, int]] = []
        speaks = np.zeros(len(self.askers), bool)
        for _, asks, _, _ in self.questions:
            speaks |= np.array([ask is not None for ask in asks], bool)
        for row, _, _ in self.choices:
            speaks[row] = True
        self.silent, self.average = ~speaks, 0
        if self.silent.any():
            total = sum(int(table.row_sums()[speaks].sum()) for table in self.tables)
            self.average = total // (int(speaks.sum()) * len(self.answerers))
        for row, other, rank in self.choices:
            wished = share * max(200, 1000 - 200 * (rank - 1)) // 1000
            plain = sum(table.unit(row, other) for table in self.tables)
            self.extra.append((row, other, max(0, wished - plain)))

    def sides(self):
        """(askers, answers) of what each answer is worth to each asker, (answerers, answers) of who gave it."""
        sides = [table.sides() for table in self.tables]
        sides.append((np.where(self.silent, self.average, 0)[:, None], np.ones((len(self.answerers), 1))))
        return (np.hstack(side).astype(np.float32) for side in zip(*sides, strict=True))


class _Looked:
    """A question whose units are looked up by what was asked and what was answered."""

    def __init__(self, asked, answers, fit):
        told = [a for a in answers if a is not None]
        kinds = {ask: at for at, ask in enumerate(dict.fromkeys(asked))}
        given = {answer: at for at, answer in enumerate(dict.fromkeys(answers))}
        counts = Counter(told)
        self.table = np.zeros((len(kinds), len(given)), np.int64)
        for (units, ask), k in kinds.items():
            if ask is None:
                continue
            line = [0 if answer is None else units * fit(ask, answer) // 1000 for answer in given]
            average = sum(u * counts[a] for u, a in zip(line, given, strict=True) if a is not None) // len(
                told
            )
            self.table[k] = [average if a is None else u for u, a in zip(line, given, strict=True)]
        self.kind = np.array([kinds[ask] for ask in asked], np.int64)
        self.answer = np.array([given[answer] for answer in answers], np.int64)

    def unit(self, asker, answerer) -> int:
        return int(self.table[self.kind[asker], self.answer[answerer]])

    def sides(self):
        return self.table[self.kind], _one_of(self.answer, self.table.shape[1])

    def row_sums(self):
        return (self.table @ np.bincount(self.answer, minlength=self.table.shape[1]))[self.kind]


class _TagsAnswered:
    """A question whose units are spread over tags; the answerer has some of them."""

    def __init__(self, asked, answers, _):
        column: dict = {}
        for answer in answers:
            for tag in answer or ():
                column.setdefault(tag, len(column))
        given = {answer: at for at, answer in enumerate(dict.fromkeys(answers))}
        self.answer = np.array([given[answer] for answer in answers], np.int64)
        self.has = np.zeros((len(given), len(column)))
        for answer, row in given.items():
            self.has[row, [column[tag] for tag in answer or ()]] = 1
        kinds = {ask: at for at, ask in enumerate(dict.fromkeys(asked))}
        self.kind = np.array([kinds[ask] for ask in asked], np.int64)
        self.worth = np.zeros((len(kinds), len(column)))
        for (units, ask), row in kinds.items():
            shares = _share(units, tuple(weight for _, weight in ask or ()))
            for (tag, _weight), share in zip(ask or (), shares, strict=True):
                if tag in column:
                    self.worth[row, column[tag]] = share
        self.missing = np.array([answer is None for answer in given], bool)
        people = np.bincount(self.answer, minlength=len(given))
        told = np.where(self.missing, 0, people)
        self.average = np.rint(self.worth @ (told @ self.has)) // told.sum()
        self.sums = np.rint(self.worth @ (people @ self.has)) + self.average * people[self.missing].sum()

    def unit(self, asker, answerer) -> int:
        kind, answer = self.kind[asker], self.answer[answerer]
        return int(self.average[kind] if self.missing[answer] else self.worth[kind] @ self.has[answer])

    def sides(self):
        worth = np.hstack([self.worth, self.average[:, None]])
        has = np.hstack([self.has, self.missing[:, None]])
        if len(has) < has.shape[1]:
            return (worth @ has.T)[self.kind], _one_of(self.answer, len(has))
        return worth[self.kind], has[self.answer]

    def row_sums(self):
        return self.sums[self.kind]


def _one_of(answer, answers):
    given = np.zeros((len(answer), answers))
    given[np.arange(len(answer)), answer] = 1
    return given


def _some(values):
    return any(value is not None for value in values)


def _ranked(ranks):
    steps = max(max(ranks.values(), default=1) - 1, 1)
    return tuple((tag, 2 * steps + 1 - rank) for tag, rank in sorted(ranks.items())) or None


def _slots(person):
    return _half_hours(tuple(tuple(interval) for interval in person.get("hours") or ()))


@lru_cache(maxsize=65536)
def _half_hours(hours):
    worked: dict[int, int] = {}
    for start, end in hours:
        for minute in range(start, end):
            worked[minute // 30] = worked.get(minute // 30, 0) + 1
    return tuple(sorted(slot for slot, minutes in worked.items() if minutes >= 15)) or None


def _known(person, attribute):
    if attribute in ("site", "grade", "mode"):
        return frozenset([person[attribute]]) if person.get(attribute) else frozenset()
    if attribute == "languages":
        return frozenset(person.get("languages", ()))
    return frozenset(person.get("attributes", {}).get(attribute, ()))


def _wishes(person):
    different = set(person.get("different_from_me_in", ()))
    found: dict = {}
    listed = [(a, w, v) for a, w, v in person.get("preferences", ()) if not (w == "same" and a in different)]
    for attribute, wish, values in [*listed, *((a, "different", ()) for a in different)]:
        named = frozenset(values) if wish == "one_of" else _known(person, attribute)
        if named:
            found[attribute, wish] = found.get((attribute, wish), frozenset()) | named
    return found


def _distance(asked, years):
    own, least, most = asked
    more = years - own
    outside = least - more if more < least else more - most if more > most else 0
    return max(0, 1000 - outside * 1000 // max(most - least, 2))


def _parts(snapshot) -> Iterator[_Part]:
    mentees, mentors = snapshot["mentees"], snapshot["mentors"]
    both = [*mentees, *mentors]

    def simple(criterion, *questions):
        return _Part(criterion, mentees, mentors, questions)

    def told(people, read):
        return [read(person) for person in people]

    def first(person):
        return tuple(person.get("values", ())[:5])

    yield simple(
        "values",
        (
            1,
            told(mentees, lambda p: _ranked({v: r for r, v in enumerate(first(p), 1)})),
            told(mentors, lambda p: first(p) or None),
            None,
        ),
    )
    sliders = sorted({slider for person in both for slider in person.get("working_style", ())})
    yield simple(
        "working_style",
        *(
            (
                1,
                told(
                    mentees,
                    lambda p, s=s: (
                        (p["working_style"][s], s in p.get("different_from_me_in", ()))
                        if s in p.get("working_style", ())
                        else None
                    ),
                ),
                told(mentors, lambda p, s=s: p.get("working_style", {}).get(s)),
                lambda ask, b: abs(ask[0] - b) * 250 if ask[1] else 1000 - abs(ask[0] - b) * 250,
            )
            for s in sliders
        ),
    )
    learning = [told(side, lambda p: p.get("learning_orientation")) for side in (mentees, mentors)]
    yield simple("learning", (1, *learning, lambda a, b: 250 * (min(a, b) - 1)))
    yield simple(
        "interests",
        (
            1,
            told(mentees, lambda p: tuple((tag, 1) for tag in sorted(p.get("interests", ()))) or None),
            told(mentors, lambda p: tuple(p.get("interests", ())) or None),
            None,
        ),
    )
    yield simple(
        "topics",
        (
            1,
            told(mentees, lambda p: _ranked(p.get("topics_wanted", {}))),
            told(mentors, lambda p: tuple(p.get("topics_offered", ())) or None),
            None,
        ),
    )
    for askers, others, by_mentee in ((mentees, mentors, True), (mentors, mentees, False)):
        yield _Part("preferences", askers, others, _wish_questions(askers, others), by_mentee, chosen=True)
    yield simple(
        "practicality",
        (
            5,
            told(mentees, lambda p: tuple((s, 1) for s in _slots(p) or ()) or None),
            told(mentors, _slots),
            None,
        ),
        (
            3,
            *(told(side, lambda p: p.get("mode")) for side in (mentees, mentors)),
            lambda a, b: NEAR[MODES[a]][MODES[b]],
        ),
        (
            2,
            told(mentees, lambda p: p.get("site") if p.get("mode") in ("in_person", "hybrid") else None),
            told(mentors, lambda p: p.get("site")),
            lambda a, b: 1000 if a == b else 0,
        ),
    )
    usual = tuple(snapshot["distance"])
    yield simple(
        "experience",
        (
            1,
            told(
                mentees,
                lambda p: (p["experience"], *p.get("distance_wished", usual)) if "experience" in p else None,
            ),
            told(mentors, lambda p: p.get("experience")),
            _distance,
        ),
    )


def _wish_questions(askers, others):
    wishes = [_wishes(person) for person in askers]
    for attribute, wish in sorted({kind for asked in wishes for kind in asked}):
        yield (
            1,
            [asked.get((attribute, wish)) for asked in wishes],
            [_known(person, attribute) or None for person in others],
            (lambda a, b: 0 if a & b else 1000)
            if wish == "different"
            else (lambda a, b: 1000 if a & b else 0),
        )
