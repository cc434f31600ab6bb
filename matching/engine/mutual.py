"""Scores among peers: the mean of what each of two people would score with the other.

Everybody asks and everybody can answer.  For two people the score of one with the other and of the other with the
one are added and halved, rounded down to whole units; points per criterion are halved so that they add up to the
score exactly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from matching.engine.evidence import Fact, evidence
from matching.engine.profiles import MENTEE, MENTOR, Person
from matching.engine.progress import Report, silent
from matching.engine.scoring import Scores, score

# Peers are of about the same experience: how much more the other may have, at least and at most.
PEER_DISTANCE = (-3, 3)


@dataclass(frozen=True, slots=True)
class Mutual:
    """The scores of all pairs among the same people; rows and columns mean the same."""

    one_way: Scores

    @property
    def mentees(self) -> tuple[str, ...]:
        return self.one_way.mentees

    mentors = mentees

    @property
    def maximum(self) -> Mapping[str, int]:
        return self.one_way.maximum

    def table(self, report: Report = silent) -> np.ndarray:
        """Units of all pairs: (people, people) of int32, symmetric."""
        units = self.one_way.table(report)
        return (units + units.T) // 2

    def points(self, rows: Sequence[int], columns: Sequence[int]) -> dict[str, np.ndarray]:
        """Units of each criterion for the pairs (rows[k], columns[k]); they add up to the score."""
        there, back = self.one_way.points(rows, columns), self.one_way.points(columns, rows)
        found, before = {}, np.zeros(len(rows), np.int64)
        for criterion, units in there.items():
            after = before + units + back[criterion]
            found[criterion] = after // 2 - before // 2
            before = after
        return found

    def at(self, rows: Sequence[int], columns: Sequence[int]) -> np.ndarray:
        """Units of the pairs (rows[k], columns[k])."""
        return sum(self.points(rows, columns).values(), np.zeros(len(rows), np.int64))


def both_roles(people: Sequence[Person]) -> tuple[list[Person], list[Person]]:
    """The same people asking and answering."""
    return tuple([replace(person, role=role) for person in people] for role in (MENTEE, MENTOR))


def score_peers(
    people: Sequence[Person],
    weights: Mapping[str, float] | None = None,
    *,
    distance: tuple[int, int] = PEER_DISTANCE,
    report: Report = silent,
) -> Mutual:
    return Mutual(score(*both_roles(people), weights, distance=distance, report=report))


def mutual_evidence(one: Person, other: Person, *, distance: tuple[int, int] = PEER_DISTANCE) -> list[Fact]:
    """What speaks for and against two peers.  Topics are ``topics_helped`` (covered, of) for each who finds help in
    the other; ``topics_none`` stands only where neither does.
    """
    facts = evidence(one, other, distance=distance)
    back = [fact for fact in evidence(other, one, distance=distance) if fact.criterion == "topics"]
    at = next((k for k, fact in enumerate(facts) if fact.criterion == "topics"), len(facts))
    both = [fact for fact in facts if fact.criterion == "topics"] + back
    helped = [
        Fact("topics", "topics_helped", {"covered": fact.details["covered"], "of": fact.details["of"]})
        for fact in both
        if fact.code == "topics_covered"
    ]
    told = helped or both[:1]
    return [*facts[:at], *told, *(fact for fact in facts[at:] if fact.criterion != "topics")]
