"""What is stored with a run so that anybody can check it without the engine: the question, and the proof of
the answer.

A *snapshot* is the whole question in plain JSON values: people, rules, weights, objective, locks.  A
*certificate* is the answer with what proves it.  ``matching.certificate_check`` reads both and imports
nothing from here.

The proof, for prices ``v`` of a place at each mentor: no plan can be worth more than all places at their
prices plus the best that each mentee could do at those prices.  A plan that is worth that much is the best.
Where people placed come first, each counts ``bonus`` beside the score of the pair, and ``cover`` names
mentors such that their places and the mentees with an allowed pair elsewhere are no more than the people
placed: nobody more could be.  For the objective ``worst_off``, ``cover_above`` does the same with pairs above
the floor alone, which place fewer.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from importlib.metadata import version

import numpy as np

from matching.engine.assignment import COVERAGE, Assignment
from matching.engine.errors import BadLocks, BadProfile
from matching.engine.large import assign_source, features
from matching.engine.pairs import DIRECT, assign
from matching.engine.profiles import MENTEE, MENTOR, Person, Preference
from matching.engine.progress import Report, silent
from matching.engine.rules import Override, Rule, Rules, Verdict, judge
from matching.engine.scoring import DEFAULT_DISTANCE, DEFAULT_WEIGHTS, FULL, Scores, score

FORMAT = 1
SETS = (
    "topics_offered",
    "interests",
    "different_from_me_in",
    "languages",
    "reports_to",
    "excludes",
    "blocked",
)
MAPS = ("topics_wanted", "working_style", "chosen")
PLAIN = ("mode", "site", "grade", "learning_orientation", "experience")


@dataclass(frozen=True, slots=True)
class Outcome:
    """A run from question to proof."""

    scores: Scores
    verdict: Verdict
    result: Assignment
    certificate: dict


def snapshot(
    mentees: Sequence[Person],
    mentors: Sequence[Person],
    rules: Rules,
    *,
    weights: Mapping[str, float] | None = None,
    distance: tuple[int, int] = DEFAULT_DISTANCE,
    objective: str = COVERAGE,
    locked: Sequence[tuple[str, str]] = (),
) -> dict:
    """The question, the same for any order of people.  ``locked`` are pairs of ids, mentee first."""
    return {
        "format": FORMAT,
        "mentees": [_plain(person) for person in sorted(mentees, key=lambda person: person.id)],
        "mentors": [_plain(person) for person in sorted(mentors, key=lambda person: person.id)],
        "weights": dict(DEFAULT_WEIGHTS if weights is None else weights),
        "distance": list(distance),
        "objective": objective,
        "locked": sorted([mentee, mentor] for mentee, mentor in locked),
        "rules": {
            "today": rules.today.isoformat(),
            "shared_minutes": rules.shared_minutes,
            "months_after_early_end": rules.months_after_early_end,
            "switched_off": [rule.code for rule in Rule if rule & rules.switched_off],
            "overrides": sorted(
                [o.mentee, o.mentor, [rule.code for rule in Rule if rule & o.rule], o.reason]
                for o in rules.overrides
            ),
        },
    }


def digest(values) -> str:
    """SHA-256 of the canonical JSON of plain values."""
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return sha256(text.encode()).hexdigest()


def run(
    question: Mapping, report: Report = silent, keep: Callable[[np.ndarray], None] | None = None
) -> Outcome:
    """Answer a snapshot and prove the answer.  ``keep`` is handed the prices of a large program after every
    round.
    """
    mentees, mentors, rules = people_of(question)
    scores = score(mentees, mentors, question["weights"], distance=tuple(question["distance"]), report=report)
    report("rules", 0, 1)
    verdict = judge(mentees, mentors, rules)
    given = {
        "locked": locked_rows(question),
        "mentee_keys": scores.mentees,
        "mentor_keys": scores.mentors,
        "report": report,
    }
    places, wanted = ([person.capacity for person in side] for side in (mentors, mentees))
    if len(mentees) * len(mentors) > DIRECT:
        source = features(scores, verdict)
        result = assign_source(
            source, places, wanted, question["objective"], largest=FULL, keep=keep, **given
        )
    else:
        allowed = verdict.allowed()
        result = assign(scores.table(report), places, wanted, allowed, question["objective"], **given)
    return Outcome(scores, verdict, result, certify(question, scores, result))


def people_of(question: Mapping) -> tuple[list[Person], list[Person], Rules]:
    """The people and rules of a snapshot, in its order."""
    ruled = question["rules"]
    rules = Rules(
        today=date.fromisoformat(ruled["today"]),
        shared_minutes=ruled["shared_minutes"],
        months_after_early_end=ruled["months_after_early_end"],
        switched_off=_rule(ruled["switched_off"]),
        overrides=tuple(
            Override(mentee=mentee, mentor=mentor, rule=_rule(codes), reason=reason)
            for mentee, mentor, codes, reason in ruled["overrides"]
        ),
    )
    sides = ([_person(role, plain) for plain in question[side]] for role, side in SIDES)
    return *sides, rules


SIDES = ((MENTEE, "mentees"), (MENTOR, "mentors"))


def locked_rows(question: Mapping) -> list[tuple[int, int]]:
    """The locks of a snapshot as rows."""
    rows, columns = ({person["id"]: at for at, person in enumerate(question[side])} for _, side in SIDES)
    missing = [
        id for a, b in question["locked"] for id, known in ((a, rows), (b, columns)) if id not in known
    ]
    if missing:
        raise BadLocks(f"{missing[0]!r} is locked in a pair but is not in the program.")
    return [(rows[mentee], columns[mentor]) for mentee, mentor in question["locked"]]


def certify(question: Mapping, scores: Scores, result: Assignment) -> dict:
    """The answer in ids, with its proof and a digest over all of it.  Plain JSON values."""
    rows, columns = result.pairs[:, 0], result.pairs[:, 1]
    units = scores.at(rows, columns)
    priced = np.flatnonzero(result.prices)
    answer = {
        "format": FORMAT,
        "question": digest(question),
        "made_with": {name: version(name) for name in ("numpy", "ortools")},
        "pairs": [
            [scores.mentees[i], scores.mentors[j], int(earned)]
            for i, j, earned in zip(rows.tolist(), columns.tolist(), units.tolist(), strict=True)
        ],
        "placed": result.placed,
        "value": result.units,
        "bound": result.bound_units,
        "bonus": result.bonus,
        "prices": {scores.mentors[j]: int(result.prices[j]) for j in priced.tolist()},
        "floor": None if result.floor is None else round(result.floor * result.scale),
        "cover": _named(scores, result.cover),
        "cover_above": _named(scores, result.cover_above),
    }
    return {**answer, "digest": digest(answer)}


def _named(scores: Scores, mentors: np.ndarray | None) -> list[str] | None:
    return None if mentors is None else [scores.mentors[j] for j in np.flatnonzero(mentors).tolist()]


def _rule(codes: Sequence[str]) -> Rule:
    found = Rule(0)
    for code in codes:
        found |= Rule[code.upper()]
    return found


def _plain(person: Person) -> dict:
    """What a person answered, leaving out what they did not."""
    plain = {
        "id": person.id,
        "capacity": person.capacity,
        "values": list(person.values),
        "preferences": [[p.attribute, p.wish, sorted(p.values)] for p in person.preferences],
        "attributes": {name: sorted(values) for name, values in sorted(person.attributes.items()) if values},
        "ended_early_with": {
            other: day.isoformat() for other, day in sorted(person.ended_early_with.items())
        },
        **{name: sorted(getattr(person, name)) for name in SETS},
        **{name: dict(sorted(getattr(person, name).items())) for name in MAPS},
        **{name: getattr(person, name) for name in PLAIN},
    }
    plain = {name: value for name, value in plain.items() if value not in ([], {}, "", None)}
    if person.hours is not None:
        plain["hours"] = [list(interval) for interval in person.hours]
    if person.distance_wished is not None:
        plain["distance_wished"] = list(person.distance_wished)
    return plain


def _person(role: str, plain: Mapping) -> Person:
    given = dict(plain)
    try:
        for name, make in (
            ("preferences", lambda all_: tuple(Preference(a, w, frozenset(v)) for a, w, v in all_)),
            (
                "ended_early_with",
                lambda days: {other: date.fromisoformat(day) for other, day in days.items()},
            ),
            ("hours", lambda hours: tuple((start, end) for start, end in hours)),
            ("distance_wished", tuple),
            ("values", tuple),
        ):
            if name in given:
                given[name] = make(given[name])
        return Person(role=role, **given)
    except TypeError as strange:
        raise BadProfile(f"A person in the snapshot cannot be read: {strange}.") from strange
