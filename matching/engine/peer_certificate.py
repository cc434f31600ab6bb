"""The question and the proof of a program of peers, in plain JSON values.

The snapshot lists ``people`` once; everybody asks and everybody answers (``mutual``).

The proof, for prices ``y`` of each person and ``z`` of odd sets of people, all in whole ``parts`` of a unit: for every
allowed pair ``y`` of both and ``z`` of the sets that hold both are at least the score with its ``bonus``.  Among k
people, k odd, at most (k - 1) / 2 pairs fit, so no plan is worth more than all ``y`` and each ``z`` (k - 1) / 2
times.  Where the number of people with an allowed partner is odd, one of them stays alone in every plan: a person who
``stands in`` as that one's partner, worth the bonus alone, makes the number even; in ``sets`` it is null.

``cover`` names people such that no more pairs than those of the plan are possible: without them the others fall apart
into groups, and each group of odd size leaves one person to be paired with the cover (Tutte and Berge).  For the
objective ``worst_off``, ``cover_above`` does the same with pairs above the floor alone, which are fewer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from matching.engine.assignment import COVERAGE, TOTAL, WORST_OFF
from matching.engine.cardinality import barrier
from matching.engine.errors import BadLocks
from matching.engine.mutual import PEER_DISTANCE, Mutual, both_roles, score_peers
from matching.engine.peers import PARTS, Peers, assign_peers
from matching.engine.profiles import MENTEE, Person
from matching.engine.progress import Report, silent
from matching.engine.rules import Rules, Verdict, judge
from matching.engine.scoring import DEFAULT_WEIGHTS
from matching.engine.written import (
    VERSION,
    digest,
    people_read,
    people_written,
    rules_read,
    rules_written,
    sealed,
)

FORMAT = "peer"


def peer_snapshot(
    people: Sequence[Person],
    rules: Rules,
    *,
    weights: Mapping[str, float] | None = None,
    distance: tuple[int, int] = PEER_DISTANCE,
    objective: str = COVERAGE,
    locked: Sequence[tuple[str, str]] = (),
    minimum_score: int = 0,
) -> dict:
    """The question, the same for any order of people.  ``locked`` are pairs of ids, in any order; ``minimum_score`` is
    in units, below it two people are not paired unless they are locked.
    """
    return {
        "format": FORMAT,
        "version": VERSION,
        "people": people_written(people),
        "weights": dict(DEFAULT_WEIGHTS if weights is None else weights),
        "distance": list(distance),
        "objective": objective,
        "locked": sorted(sorted(pair) for pair in locked),
        "minimum_score": minimum_score,
        "rules": rules_written(rules),
    }


def peers_of(question: Mapping) -> tuple[list[Person], list[Person], Rules]:
    """Everybody asking, everybody answering, and the rules, which hold both ways."""
    return *both_roles(people_read(MENTEE, question["people"])), both_ways(rules_read(question["rules"]))


def both_ways(rules: Rules) -> Rules:
    """What is allowed to two people in spite of a rule holds in whichever order they are named."""
    back = tuple(replace(one, mentee=one.mentor, mentor=one.mentee) for one in rules.overrides)
    return replace(rules, overrides=(*rules.overrides, *back))


def run_peers(question: Mapping, report: Report = silent) -> tuple[Mutual, Verdict, Peers, dict]:
    """Answer a snapshot of peers and prove the answer."""
    people, answering, rules = peers_of(question)
    scores = score_peers(people, question["weights"], distance=tuple(question["distance"]), report=report)
    report("rules", 0, 1)
    verdict = judge(people, answering, rules)
    table = scores.table(report)
    locks = _locked_rows(question)
    allowed = verdict.allowed() & (table >= question["minimum_score"])
    for one, other in locks:
        allowed[[one, other], [other, one]] = verdict.allowed()[one, other]
    result = assign_peers(
        table, allowed, question["objective"], scale=1, locked=locks, keys=scores.mentees, report=report
    )
    report("prove", 0, 1)
    return scores, verdict, result, certify_peers(question, scores, table, allowed, result)


def _locked_rows(question: Mapping) -> list[tuple[int, int]]:
    row_of = {person["id"]: at for at, person in enumerate(question["people"])}
    missing = [id for pair in question["locked"] for id in pair if id not in row_of]
    if missing:
        raise BadLocks(f"{missing[0]!r} is locked in a pair but is not in the program.")
    return [(row_of[one], row_of[other]) for one, other in question["locked"]]


def certify_peers(
    question: Mapping, scores: Mutual, table: np.ndarray, allowed: np.ndarray, result: Peers
) -> dict:
    """The answer in ids, with its proof and a digest over all of it.  Plain JSON values."""
    names = (*scores.mentees, None)  # row -1 is whoever stands in
    free = np.ones(len(table), bool)
    free[[row for pair in _locked_rows(question) for row in pair]] = False
    open_ = allowed & free & free[:, None]
    floor = None if result.floor is None else round(result.floor * result.scale)
    answer = {
        "format": FORMAT,
        "question": digest(question),
        "pairs": [[names[i], names[j], int(table[i, j])] for i, j in result.pairs.tolist()],
        "placed": 2 * len(result.pairs),
        "value": result.units,
        "bound": result.bound_units,
        "bonus": result.bonus,
        "parts": PARTS,
        "prices": {names[k]: int(result.prices[k]) for k in np.flatnonzero(result.prices).tolist()},
        "sets": sorted(
            [[[names[k] for k in people], z] for people, z in result.sets], key=lambda s: str(s[0])
        ),
        "stand_in": result.stand_in,
        "floor": floor,
        "cover": _named(names, open_) if question["objective"] != TOTAL else None,
        "cover_above": _named(names, open_ & (table > floor))
        if question["objective"] == WORST_OFF and floor is not None
        else None,
    }
    return sealed(answer)


def _named(names: Sequence[str | None], open_: np.ndarray) -> list[str]:
    return [names[k] for k in np.flatnonzero(barrier(open_)).tolist()]
