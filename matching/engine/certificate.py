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

Peers and groups have questions and proofs of their own, see ``peer_certificate`` and ``group_question``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matching.engine import group_question, peer_certificate
from matching.engine.assignment import COVERAGE, Assignment
from matching.engine.errors import BadLocks
from matching.engine.group_question import Placed
from matching.engine.large import assign_source, features
from matching.engine.mutual import Mutual
from matching.engine.pairs import DIRECT, assign
from matching.engine.peers import Peers
from matching.engine.profiles import MENTEE, MENTOR, Person
from matching.engine.progress import Report, silent
from matching.engine.rules import Rule, Rules, Verdict, judge
from matching.engine.scoring import DEFAULT_DISTANCE, DEFAULT_WEIGHTS, FULL, Scores, score
from matching.engine.written import (
    VERSION,
    digest,
    people_read,
    people_written,
    readable,
    rules_read,
    rules_written,
    sealed,
)

PAIRS, PEERS, GROUPS = "pairs", peer_certificate.FORMAT, group_question.FORMAT


@dataclass(frozen=True, slots=True)
class Outcome:
    """A run from question to proof."""

    scores: Scores | Mutual
    verdict: Verdict
    result: Assignment | Peers | Placed
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
    minimum_score: int = 0,
) -> dict:
    """The question, the same for any order of people.  ``locked`` are pairs of ids, mentee first;
    ``minimum_score`` is in units, below it nobody is paired unless locked.
    """
    return {
        "format": PAIRS,
        "version": VERSION,
        "mentees": people_written(mentees),
        "mentors": people_written(mentors),
        "weights": dict(DEFAULT_WEIGHTS if weights is None else weights),
        "distance": list(distance),
        "objective": objective,
        "locked": sorted([mentee, mentor] for mentee, mentor in locked),
        "minimum_score": minimum_score,
        "rules": rules_written(rules),
    }


def run(
    question: Mapping,
    report: Report = silent,
    keep: Callable[[np.ndarray], None] | None = None,
    start: np.ndarray | None = None,
) -> Outcome:
    """Answer a snapshot and prove the answer.  ``keep`` is handed the prices of a large program after every
    round; ``start`` are such prices, of a run of the same snapshot that was interrupted.
    """
    readable(question)
    if question["format"] == PEERS:
        return Outcome(*peer_certificate.run_peers(question, report))
    if question["format"] == GROUPS:
        return Outcome(*group_question.run_groups(question, report))
    mentees, mentors, rules = people_of(question)
    scores = score(mentees, mentors, question["weights"], distance=tuple(question["distance"]), report=report)
    report("rules", 0, 1)
    least = question["minimum_score"]
    verdict = judge(mentees, mentors, rules, scores, least)
    given = {
        "locked": locked_rows(question),
        "mentee_keys": scores.mentees,
        "mentor_keys": scores.mentors,
        "report": report,
    }
    places, wanted = ([person.capacity for person in side] for side in (mentors, mentees))
    if len(mentees) * len(mentors) > DIRECT:
        source = features(scores, verdict)
        how = {"largest": FULL, "least": least, "keep": keep, "start": start, **given}
        result = assign_source(source, places, wanted, question["objective"], **how)
    else:
        allowed = verdict.allowed()
        for row, column in given["locked"]:
            allowed[row, column] = verdict.at([row], [column])[0] & ~np.uint8(Rule.LOW_FIT) == 0
        result = assign(scores.table(report), places, wanted, allowed, question["objective"], **given)
    return Outcome(scores, verdict, result, certify(question, scores, result))


def people_of(question: Mapping) -> tuple[list[Person], list[Person], Rules]:
    """The people and rules of a snapshot, in its order.  Peers are on both sides."""
    if question["format"] == PEERS:
        return peer_certificate.peers_of(question)
    sides = (people_read(role, question[side]) for role, side in SIDES)
    return *sides, rules_read(question["rules"])


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
        "format": PAIRS,
        "question": digest(question),
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
    return sealed(answer)


def _named(scores: Scores, mentors: np.ndarray | None) -> list[str] | None:
    return None if mentors is None else [scores.mentors[j] for j in np.flatnonzero(mentors).tolist()]
