"""Stability and fairness of a run of groups, in the shape of ``matching.figures``.

- ``blocking``: a mentee and an open group who would both rather have each other.  The mentee scores it higher than the
  group they are in (in none: above 0), and the group has room for them or scores them higher than its weakest member,
  whose place they would take.  They are allowed with all who lead it, and kept apart from nobody who would stay in it.
  What becomes of the group they would leave does not count.  ``pairs`` holds the mentee, those who lead the group,
  their score, what the mentee has now, and what the weakest member scores (none: there is room).
- ``ranks``: how many mentees are in the group they score highest among all that are allowed for them, open or not …
- ``lowest``: the mentees who score lowest with the group they are in, with those who lead it.
- ``load``: the most a group takes, how many are in it, and how many groups that is true of; 0 stays closed.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from matching.engine import stability
from matching.engine.profiles import Person
from matching.figures import LOWEST, NAMED, chosen_ranks, splits


def figures_of_groups(
    mentees: list[Person],
    mentors: list[Person],
    teams: Sequence[Sequence[int]],
    units: np.ndarray,
    allowed: np.ndarray,
    pairs: np.ndarray,
    *,
    most: int,
    apart: np.ndarray,
) -> dict[str, Any]:
    """``units`` and ``allowed``: (mentees, hosts); ``pairs``: (n, 2) rows of mentee and host; ``apart``: (mentees,
    mentees) of bool, who may not share a group."""
    earned = units[pairs[:, 0], pairs[:, 1]].astype(np.int64)
    held = dict(zip(pairs[:, 0].tolist(), earned.tolist(), strict=True))
    now = np.array([held.get(row, 0) for row in range(len(mentees))], np.int64)
    leading = [[mentors[row].id for row in team] for team in teams]
    better = np.count_nonzero(allowed & (units > now[:, None]), axis=1)
    ranks = Counter(str(1 + int(better[row])) for row in held)
    sizes = Counter(np.bincount(pairs[:, 1], minlength=len(teams)).tolist())
    spread = stability.spread(earned, pairs, np.full(len(teams), most))
    met = np.array([(row, mentor) for row, host in pairs.tolist() for mentor in teams[host]], np.int64)
    return {
        "blocking": _blocking(mentees, leading, units, allowed, pairs, now, held, most=most, apart=apart),
        "ranks": dict(sorted(ranks.items())),
        "chosen": {"mentees": chosen_ranks(mentees, mentors, met.reshape(-1, 2))},
        "groups": splits(mentees, held),
        "lowest": [
            [mentees[pairs[at, 0]].id, leading[pairs[at, 1]], int(earned[at])]
            for at in np.argsort(earned, kind="stable")[:LOWEST].tolist()
        ],
        "load": [[most, size, groups] for size, groups in sorted(sizes.items())],
        "spread": {"mean": spread.mean, "percentiles": list(spread.percentiles), "gini": spread.gini},
    }


def _blocking(mentees, leading, units, allowed, pairs, now, held, *, most, apart) -> dict[str, Any]:
    found = []
    for host in np.unique(pairs[:, 1]).tolist():
        inside = pairs[pairs[:, 1] == host, 0]
        scores = units[inside, host]
        weakest = int(scores.min())
        staying = np.delete(inside, int(scores.argmin()))
        room = len(inside) < most
        replaces = (units[:, host] > weakest) & ~apart[:, staying].any(axis=1)
        joins = room & ~apart[:, inside].any(axis=1)
        would = allowed[:, host] & (units[:, host] > now) & (replaces | joins)
        would[inside] = False
        for row in np.flatnonzero(would).tolist():
            gain = int(units[row, host]) - max(int(now[row]), 0 if joins[row] else weakest)
            found.append((-gain, row, host, None if joins[row] else weakest))
    return {
        "count": len(found),
        "pairs": [
            [mentees[row].id, leading[host], int(units[row, host]), held.get(row), theirs]
            for _gain, row, host, theirs in sorted(found, key=lambda one: one[:3])[:NAMED]
        ],
    }
