"""Stability and fairness of a run: what is counted once, at its end, and kept with it.

Counted from the snapshot and its answer, as plain values: people by public id, scores in hundredths.  Splits by
group are kept as counts; what of them may be read is decided when somebody reads (``matching.fairness``).

- ``blocking``: pairs of two people who would both gain by having each other.  Both judge by the same score, so both
  would rather have a pair of a higher score.  ``pairs`` holds mentee, mentor, their score, and the score of the worst
  pair each has now (none: no pair yet).
- ``ranks``: how many mentees have the mentor they score highest among all allowed ones (1), the second (2) …
- ``chosen``: how many of those who ranked people by name got whom, by the rank they gave; ``other`` got somebody else,
  ``nobody`` has no pair.  For mentees and for mentors.
- ``groups``: of each split the groups of mentees, with the people, how many of them have a pair, and the sum of what
  these score.
- ``lowest``: the pairs with the lowest score, the worst-off first.
- ``load``: how many mentors have so many places, and use so many.
- ``spread``: mean, percentiles (5, 25, 50, 75, 95) and Gini of the scores.

Peers and groups are counted by ``matching.peer_figures`` and ``matching.group_figures``.
"""

from collections import Counter
from typing import Any

import numpy as np

from matching.engine import explain, stability
from matching.engine.cases import Case
from matching.engine.profiles import Person
from matching.engine.progress import Report, silent

# How many blocking pairs, and how many of the worst-off, are named.
NAMED = 100
LOWEST = 10
SPLITS = ("function", "site", "grade", "languages")


def figures_of(
    of: Case,
    mentees: list[Person],
    mentors: list[Person],
    counted: tuple[stability.Blocking, np.ndarray] | None = None,
    *,
    report: Report = silent,
) -> dict[str, Any]:
    """What ``MatchRun.figures`` keeps.  ``counted``: the blocking pairs, of which ``NAMED`` are named, and the ranks,
    where somebody has passed over all pairs already."""
    pairs = of.result.pairs
    earned = of.at(pairs[:, 0], pairs[:, 1])
    best: dict[int, int] = {}
    for row, units in zip(pairs[:, 0].tolist(), earned.tolist(), strict=True):
        best[row] = max(units, best.get(row, units))
    found, ranks = counted or explain.survey(of, 0, NAMED, report=report)[1:]
    spread = stability.spread(earned, pairs, of.capacity)
    return {
        "blocking": blocking(of, found, mentees, mentors, earned),
        "ranks": {str(rank): count for rank, count in sorted(Counter(ranks.tolist()).items())},
        "chosen": {
            "mentees": chosen_ranks(mentees, mentors, pairs),
            "mentors": chosen_ranks(mentors, mentees, pairs[:, ::-1]),
        },
        "groups": splits(mentees, best),
        "lowest": [
            [mentees[pairs[at, 0]].id, mentors[pairs[at, 1]].id, int(earned[at])]
            for at in np.argsort(earned, kind="stable")[:LOWEST].tolist()
        ],
        "load": load(of),
        "spread": {"mean": spread.mean, "percentiles": list(spread.percentiles), "gini": spread.gini},
    }


def blocking(
    of: Case,
    found: stability.Blocking,
    mentees: list[Person],
    mentors: list[Person],
    earned: np.ndarray,
) -> dict[str, Any]:
    pairs = of.result.pairs
    worst: list[dict[int, int]] = [{}, {}]
    for (row, column), units in zip(pairs.tolist(), earned.tolist(), strict=True):
        for held, who in zip(worst, (row, column), strict=True):
            held[who] = min(units, held.get(who, units))
    units = of.at(found.pairs[:, 0], found.pairs[:, 1]).tolist()
    return {
        "count": found.count,
        "pairs": [
            [mentees[row].id, mentors[column].id, score, worst[0].get(row), worst[1].get(column)]
            for (row, column), score in zip(found.pairs.tolist(), units, strict=True)
        ],
    }


def chosen_ranks(askers: list[Person], answerers: list[Person], pairs: np.ndarray) -> dict[str, int]:
    """Of those who ranked somebody of the other side: how many got whom, by rank."""
    held: dict[int, list[str]] = {}
    for row, column in pairs.tolist():
        held.setdefault(row, []).append(answerers[column].id)
    counted: Counter = Counter()
    for row, person in enumerate(askers):
        if person.chosen:
            ranks = [person.chosen[other] for other in held.get(row, []) if other in person.chosen]
            counted[str(min(ranks)) if ranks else "other" if row in held else "nobody"] += 1
    return dict(counted)


def group_of(split: str, person: Person) -> str:
    """The group of a person; empty where that was not answered.  Who speaks two languages is in the group of both."""
    if split == "function":
        return ", ".join(sorted(person.attributes.get("function", ())))
    if split == "languages":
        return " ".join(sorted(person.languages))
    return getattr(person, split) or ""


def splits(people: list[Person], best: dict[int, int]) -> dict[str, list[list[Any]]]:
    """The groups of each split that anybody has answered.  ``best``: what the best pair of a row scores."""
    return {
        split: [[*entry] for entry in groups(split, people, best)]
        for split in SPLITS
        if any(group_of(split, person) for person in people)
    }


def groups(split: str, mentees: list[Person], best: dict[int, int]) -> list[tuple[str, int, int, int]]:
    """Name, people, people with a pair, and the sum of their scores, for each group."""
    people: Counter = Counter()
    placed: Counter = Counter()
    units: Counter = Counter()
    for row, person in enumerate(mentees):
        if person.capacity:
            name = group_of(split, person)
            people[name] += 1
            if row in best:
                placed[name] += 1
                units[name] += best[row]
    return [(name, people[name], placed[name], units[name]) for name in sorted(people)]


def load(of: Case) -> list[list[int]]:
    """Places, places used, and how many mentors that is true of."""
    used = np.bincount(of.result.pairs[:, 1], minlength=len(of.capacity))
    counted = Counter(zip(of.capacity.tolist(), used.tolist(), strict=True))
    return [[places, taken, mentors] for (places, taken), mentors in sorted(counted.items()) if places]
