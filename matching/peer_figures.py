"""Stability and fairness of a run among peers, in the shape of ``matching.figures``.

- ``blocking``: two people who are no pair of the plan and would both rather have each other.  Both judge by the same
  score: it is higher than that of the pair each has now; somebody without a partner would rather have any above 0.
- ``ranks``: how many people have the partner they score highest among all who are allowed for them (1), the second …
  Each of a pair is counted, so there are twice as many ranks as pairs.
- ``chosen``: under ``people``, of those who ranked others by name, who got whom.
- ``groups``: people, people with a partner, and the sum of their scores.
- ``load``: one place each; how many have somebody and how many nobody.
"""

from collections import Counter
from typing import Any

import numpy as np

from matching.engine import stability
from matching.engine.profiles import Person
from matching.figures import LOWEST, NAMED, chosen_ranks, splits


def figures_of_peers(
    people: list[Person], table: np.ndarray, allowed: np.ndarray, pairs: np.ndarray
) -> dict[str, Any]:
    """``table`` and ``allowed``: (people, people), symmetric, units and bool; ``pairs``: (n, 2) rows of the plan."""
    earned = table[pairs[:, 0], pairs[:, 1]].astype(np.int64)
    both = np.concatenate([pairs, pairs[:, ::-1]])
    held = dict(zip(both[:, 0].tolist(), np.tile(earned, 2).tolist(), strict=True))
    partner = dict(both.tolist())
    now = np.array([held.get(row, 0) for row in range(len(people))], np.int64)
    better = np.count_nonzero(allowed & (table > now[:, None]), axis=1)
    ranks = Counter(str(1 + int(better[row])) for row in partner)
    spread = stability.spread(earned, pairs, np.ones(len(people), np.int64))
    return {
        "blocking": _blocking(people, table, allowed, now, held),
        "ranks": dict(sorted(ranks.items())),
        "chosen": {"people": chosen_ranks(people, people, both)},
        "groups": splits(people, held),
        "lowest": [
            [people[pairs[at, 0]].id, people[pairs[at, 1]].id, int(earned[at])]
            for at in np.argsort(earned, kind="stable")[:LOWEST].tolist()
        ],
        "load": [[1, used, n] for used, n in ((0, len(people) - len(held)), (1, len(held))) if n],
        "spread": {"mean": spread.mean, "percentiles": list(spread.percentiles), "gini": spread.gini},
    }


def _blocking(people, table, allowed, now, held) -> dict[str, Any]:
    # A pair of the plan is not better than itself, so it is not among them.
    better = np.triu(allowed & (table > now[:, None]) & (table > now), 1)
    rows, columns = np.nonzero(better)
    gain = table[rows, columns] - np.maximum(now[rows], now[columns])
    first = np.lexsort((columns, rows, -gain))[:NAMED].tolist()
    return {
        "count": len(rows),
        "pairs": [
            [people[one].id, people[other].id, int(table[one, other]), held.get(one), held.get(other)]
            for one, other in ((int(rows[at]), int(columns[at])) for at in first)
        ],
    }
