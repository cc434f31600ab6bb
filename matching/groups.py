"""What is kept of a run of groups: each group that opens with what it is about, and why others are in none.

From the snapshot and its answer alone.  A mentor's rows come first among the members."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from matching import certificate_check
from matching.engine import certificate
from matching.engine.certificate import Outcome
from matching.engine.group_question import groups_of, kept_apart
from matching.engine.profiles import Person
from matching.engine.progress import Report, silent
from matching.engine.rules import Rule, named
from matching.engine.scoring import Scores
from matching.engine.teams import shared_goal, team_scores
from matching.explaining import Explained
from matching.group_figures import figures_of_groups
from programs.models.enrolments import Role

NO_HOST, FULL_GROUPS, NOT_FORMED, NO_GAIN = "no_host", "groups_full", "group_not_formed", "no_gain"
# Up to this many cells a run is solved again to see what other sizes would change.
SOLVED_AGAIN_UP_TO = 200_000
LARGER, SMALLER = "larger_groups", "smaller_groups"
# Fewer than two who learn from somebody are a pair.
LEAST = 2


def explain_groups(asked: Mapping[str, Any], outcome: Outcome, *, report: Report = silent) -> Explained:
    mentees, mentors, rules = groups_of(asked)
    found, teams = outcome.result.groups, outcome.result.teams
    inside: dict[int, list[int]] = {}
    for mentee, host in found.pairs.tolist():
        inside.setdefault(host, []).append(mentee)
    groups = []
    for done, host in enumerate(sorted(inside)):
        report("evidence", done, len(inside))
        groups.append(_group(outcome, mentees, mentors, teams[host], inside[host]))
    allowed = _allowed(outcome, teams)
    others = _with_other_sizes(asked, outcome, mentees, mentors)
    placed = {mentee for group in inside.values() for mentee in group}
    alone = [
        _alone(asked, outcome, mentees, row, allowed, inside, others)
        for row in range(len(mentees))
        if row not in placed
    ]
    report("checking", 0, 1)
    checked = certificate_check.check(asked, outcome.certificate)
    table = outcome.scores.table()
    possible = table[outcome.verdict.mask() == 0]
    tells_apart = len(possible) < 2 or bool(possible.min() < possible.max())
    figures = _figures(asked, outcome, mentees, mentors, rules)
    return Explained(groups, alone, checked.proven and not checked.problems, tells_apart, figures)


def _figures(asked, outcome, mentees, mentors, rules) -> dict[str, Any]:
    teams = outcome.result.teams
    units, allowed = team_scores(outcome.scores.table(), teams, outcome.verdict.allowed())
    return figures_of_groups(
        mentees,
        mentors,
        teams,
        units,
        allowed & (units >= asked["minimum_score"]),
        outcome.result.groups.pairs,
        most=asked["group"]["most"],
        apart=kept_apart(mentees, rules),
    )


def _group(outcome, mentees, mentors, team, inside) -> dict[str, Any]:
    return {
        "members": [
            *([mentors[row].id, Role.MENTOR.value, None] for row in team),
            *([mentees[row].id, Role.MENTEE.value, None] for row in inside),
        ],
        **group_written(outcome.scores, mentees, mentors, team, inside),
        "alternatives": [],
    }


def group_written(
    scores: Scores,
    mentees: Sequence[Person],
    mentors: Sequence[Person],
    team: Sequence[int],
    inside: Sequence[int],
) -> dict[str, Any]:
    """What is kept of a group: what it is about, mean points by criterion, and evidence.  ``team`` and ``inside`` are
    rows of mentors and mentees."""
    rows = np.repeat(inside, len(team))
    columns = np.tile(team, len(inside))
    goal = shared_goal(
        [mentees[row].topics_wanted for row in inside], [mentors[row].topics_offered for row in team]
    )
    facts = [_goal_fact(goal, mentees, inside)]
    return {
        "goal": goal or "",
        "parts": _means(scores.points(rows, columns), len(rows)),
        "evidence": facts,
        "warnings": [fact["code"] for fact in facts if fact["warning"]],
    }


def _goal_fact(goal, mentees, inside) -> dict[str, Any]:
    wanting = sum(goal in mentees[row].topics_wanted for row in inside) if goal else 0
    code = "shared_goal" if goal else "no_shared_goal"
    details = {"goal": goal or "", "wanted_by": wanting, "of": len(inside)}
    return {"criterion": "topics", "code": code, "details": details, "warning": not goal}


def _means(points, count) -> dict[str, int]:
    """The mean of each criterion in whole units, such that they add up to the mean of the sums, rounded down."""
    means, before = {}, 0
    for criterion, units in points.items():
        after = before + int(units.sum())
        means[criterion] = after // count - before // count
        before = after
    return means


def _allowed(outcome, teams) -> np.ndarray:
    open_ = outcome.verdict.allowed()
    found = np.zeros((len(open_), len(teams)), bool)
    for host, team in enumerate(teams):
        found[:, host] = open_[:, list(team)].all(axis=1)
    return found


def _alone(asked, outcome, mentees, row, allowed, inside, others) -> dict[str, Any]:
    hosts = np.flatnonzero(allowed[row]).tolist()
    opened = [host for host in hosts if host in inside]
    counts: dict[Rule, int] = {}
    for bits in outcome.verdict.mask()[row].tolist():
        for rule in named(bits):
            counts[rule] = counts.get(rule, 0) + 1
    if not hosts:
        reason = NO_HOST
    elif not opened:
        reason = NOT_FORMED
    elif all(len(inside[host]) >= asked["group"]["most"] for host in opened):
        reason = FULL_GROUPS
    else:
        reason = NO_GAIN
    return {
        "mentee": mentees[row].id,
        "reason": reason,
        "details": {
            "allowed": len(hosts),
            "blocked_by": [
                [rule.code, count] for rule, count in sorted(counts.items(), key=lambda one: -one[1])
            ],
            "only_by": [],
            "taken": [],
            "remedies": [
                {"kind": kind, "mentor": "", "places": size, "rules": [], "units": None}
                for kind, size, placed in others
                if mentees[row].id in placed
            ],
        },
    }


def _with_other_sizes(asked, outcome, mentees, mentors) -> list[tuple[str, int, set[str]]]:
    """Who would be placed if groups could be larger or smaller by one, worked out by solving again."""
    sizes = asked["group"]
    lonely = len(mentees) > len(outcome.result.groups.pairs)
    if not lonely or len(mentees) * len(mentors) > SOLVED_AGAIN_UP_TO:
        return []
    found = []
    for kind, name, size in ((LARGER, "most", sizes["most"] + 1), (SMALLER, "fewest", sizes["fewest"] - 1)):
        if size < LEAST:
            continue
        again = certificate.run({**asked, "group": {**sizes, name: size}})
        placed = {mentees[row].id for row in again.result.groups.pairs[:, 0].tolist()}
        found.append((kind, size, placed))
    return found
