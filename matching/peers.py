"""What is kept of a run among peers: points and evidence of each pair, who else was near, and why somebody is alone.

From the snapshot and its answer alone, in the words that ``matching.explaining`` uses for mentors and mentees: of two
peers the first by public id stands where the mentee does."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from matching import certificate_check
from matching.engine import certificate
from matching.engine.certificate import Outcome, people_of
from matching.engine.mutual import mutual_evidence
from matching.engine.peers import PARTS
from matching.engine.progress import Report, silent
from matching.engine.rules import NEVER_OVERRIDDEN, Rule, named
from matching.engine.scoring import FULL
from matching.explaining import OTHERS, Explained, written
from matching.peer_figures import figures_of_peers
from programs.models.enrolments import Role

ODD, FORBIDDEN, TAKEN, NO_GAIN = "odd_one_out", "nobody_allowed", "paired_elsewhere", "no_gain"
LOW_FIT = "low_fit"
# Exceptions tried for each person who is alone, each solved again.
TRIES = 3


def explain_peers(asked: Mapping[str, Any], outcome: Outcome, *, report: Report = silent) -> Explained:
    people, _answering, _rules = people_of(asked)
    table, mask = outcome.scores.table(), outcome.verdict.mask()
    pairs = _pairs(asked, outcome, people, table, mask, report)
    unmatched = [_alone(asked, outcome, people, table, mask, row) for row in outcome.result.alone.tolist()]
    report("checking", 0, 1)
    checked = certificate_check.check(asked, outcome.certificate)
    possible = table[np.triu(mask == 0, 1)]
    tells_apart = len(possible) < 2 or bool(possible.min() < possible.max())
    allowed = (mask == 0) & (table >= asked["minimum_score"])
    figures = figures_of_peers(people, table, allowed, outcome.result.pairs)
    return Explained(pairs, unmatched, checked.proven and not checked.problems, tells_apart, figures)


def _pairs(asked, outcome, people, table, mask, report) -> list[dict[str, Any]]:
    rows, columns = outcome.result.pairs[:, 0], outcome.result.pairs[:, 1]
    points = {name: units.tolist() for name, units in outcome.scores.points(rows, columns).items()}
    found = []
    for at, (row, column) in enumerate(zip(rows.tolist(), columns.tolist(), strict=True)):
        report("evidence", at, len(rows))
        one, other = people[row], people[column]
        facts = mutual_evidence(one, other, distance=tuple(asked["distance"]))
        found.append(
            {
                "members": [
                    [one.id, Role.PEER.value, one.chosen.get(other.id)],
                    [other.id, Role.PEER.value, other.chosen.get(one.id)],
                ],
                "parts": {name: units[at] for name, units in points.items()},
                "evidence": [written(fact) for fact in facts],
                "warnings": [fact.code for fact in facts if fact.warning],
                "alternatives": _others(outcome, people, table, mask, row, column),
            }
        )
    return found


def _others(outcome, people, table, mask, row, column) -> list[dict[str, Any]]:
    """The next best partners of somebody, with what each would cost at least; nobody more stays alone for any."""
    result = outcome.result
    paid = result.prices[row] + result.prices
    for inside, price in result.sets:
        if row in inside:
            paid[[at for at in inside if at >= 0]] += price
    least = -((PARTS * (table[row].astype(np.int64) + result.bonus) - paid) // PARTS)
    open_ = np.flatnonzero((mask[row] == 0) & (least <= FULL))
    open_ = open_[open_ != column]
    best = open_[np.lexsort((open_, -table[row, open_], least[open_]))][:OTHERS].tolist()
    return [
        {"mentor": people[at].id, "units": int(table[row, at]), "least": max(int(least[at]), 0)}
        for at in best
    ]


def _alone(asked, outcome, people, table, mask, row) -> dict[str, Any]:
    """The true reason why somebody has no partner, and what would help, worked out by solving again."""
    fits = table[row] >= asked["minimum_score"]
    open_ = np.flatnonzero((mask[row] == 0) & fits)
    partner = {a: b for pair in outcome.result.pairs.tolist() for a, b in (pair, pair[::-1])}
    counts = dict.fromkeys(Rule, 0)
    for at in range(len(people)):
        for rule in named(int(mask[row, at])) if at != row else ():
            counts[rule] += 1
    counted = [[rule.code, count] for rule, count in counts.items() if count]
    if low := int(((mask[row] == 0) & ~fits).sum()):
        counted.append([LOW_FIT, low])
    if not len(open_):
        reason = FORBIDDEN
    elif len(outcome.result.alone) == 1 and len(people) % 2:
        reason = ODD
    else:
        reason = TAKEN if all(at in partner for at in open_.tolist()) else NO_GAIN
    best = open_[np.argsort(-table[row, open_], kind="stable")][:OTHERS].tolist()
    return {
        "mentee": people[row].id,
        "reason": reason,
        "details": {
            "allowed": len(open_),
            "blocked_by": sorted(counted, key=lambda one: -one[1]),
            "only_by": [],
            "taken": [
                {
                    "mentor": people[at].id,
                    "units": int(table[row, at]),
                    "held_by": [[people[partner[at]].id, int(table[at, partner[at]])]],
                }
                for at in best
                if at in partner
            ],
            "remedies": _remedies(asked, outcome, people, table, mask, row, reason),
        },
    }


def _remedies(asked, outcome, people, table, mask, row, reason) -> list[dict[str, Any]]:
    """One more person helps where all possible partners have one; else an exception for two who are both alone."""
    if reason in (ODD, TAKEN):
        return [{"kind": "one_more", "mentor": "", "places": 0, "rules": [], "units": None}]
    alone = [at for at in outcome.result.alone.tolist() if at != row]
    likely = sorted(
        (at for at in alone if mask[row, at] and not mask[row, at] & int(NEVER_OVERRIDDEN)),
        key=lambda at: (-int(table[row, at]), at),
    )
    for at in likely[:TRIES]:
        rules = [rule.code for rule in named(int(mask[row, at]))]
        ruled = dict(asked["rules"])
        ruled["overrides"] = [*ruled["overrides"], [people[row].id, people[at].id, rules, "As if allowed."]]
        again = certificate.run({**asked, "rules": ruled})
        if row in again.result.pairs:
            return [{"kind": "override", "mentor": people[at].id, "places": 0, "rules": rules, "units": None}]
    return []
