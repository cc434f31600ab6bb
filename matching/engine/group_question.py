"""The question and the answer of a program of groups, in plain JSON values.

The snapshot is that of pairs, with the sizes of a ``group``: the fewest and most mentees, and how many mentors lead it.
Mentors are put in teams first (``teams``); then mentees are placed with the teams, and that plan is proven the best
for these teams (``group_certificate``).  Who may not be a pair does not share a group either, mentees among each other
and mentors of a team: along a reporting line, ruled out, or after an early ending.  Mentees and hosts of the plan are
row numbers, mentees in the order of the question and hosts in that of ``teams``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from matching.engine.errors import BadLocks
from matching.engine.group_certificate import certify_groups
from matching.engine.groups import Groups, assign_groups
from matching.engine.profiles import MENTEE, MENTOR, Person
from matching.engine.progress import Report, silent
from matching.engine.rules import Rule, Rules, Verdict, judge
from matching.engine.scoring import Scores, score
from matching.engine.teams import form_teams, team_scores
from matching.engine.written import digest, people_read, rules_read, sealed

FORMAT = "group"
# A search for the best groups that takes longer ends with the best found so far, and with what is left to prove.
SECONDS = 120


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many mentees a group has at least and at most, and how many mentors lead it."""

    fewest: int
    most: int
    mentors: int = 1


@dataclass(frozen=True, slots=True)
class Placed:
    """A plan of groups: ``groups`` as the engine found it, and the ``teams`` of mentor rows that host them."""

    groups: Groups
    teams: tuple[tuple[int, ...], ...]

    @property
    def units(self) -> int:
        return self.groups.units

    @property
    def bound_units(self) -> int:
        return self.groups.bound_units

    @property
    def proven(self) -> bool:
        return self.groups.proven


def group_snapshot(plain: Mapping, sizes: Sizes) -> dict:
    """The snapshot of pairs ``plain`` as a question about groups."""
    group = {"fewest": sizes.fewest, "most": sizes.most, "mentors": sizes.mentors}
    return {**plain, "format": FORMAT, "group": group}


def groups_of(question: Mapping) -> tuple[list[Person], list[Person], Rules]:
    sides = (people_read(role, question[side]) for role, side in ((MENTEE, "mentees"), (MENTOR, "mentors")))
    return *sides, rules_read(question["rules"])


def run_groups(question: Mapping, report: Report = silent) -> tuple[Scores, Verdict, Placed, dict]:
    """Answer a snapshot of groups and prove the answer."""
    mentees, mentors, rules = groups_of(question)
    sizes = Sizes(**question["group"])
    scores = score(mentees, mentors, question["weights"], distance=tuple(question["distance"]), report=report)
    report("rules", 0, 1)
    verdict = judge(mentees, mentors, rules)
    teams = form_teams(
        [mentor.topics_offered for mentor in mentors],
        sizes.mentors,
        allowed=~kept_apart(mentors, rules),
        keys=scores.mentors,
        report=report,
    ).teams
    units, allowed = team_scores(scores.table(report), teams, verdict.allowed())
    locks = _locked_rows(question, scores, teams)
    above = units >= question["minimum_score"]
    for lock in locks:
        above[lock] = True
    found = assign_groups(
        units,
        sizes.fewest,
        sizes.most,
        allowed & above,
        question["objective"],
        scale=1,
        locked=locks,
        apart=np.argwhere(np.triu(kept_apart(mentees, rules), 1)).tolist(),
        mentee_keys=scores.mentees,
        host_keys=["+".join(scores.mentors[row] for row in team) for team in teams],
        report=report,
        seconds=SECONDS,
    )
    answer = {
        "format": FORMAT,
        "question": digest(question),
        "teams": [[scores.mentors[row] for row in team] for team in teams],
        **certify_groups(found),
    }
    return scores, verdict, Placed(found, teams), sealed(answer)


def kept_apart(people: Sequence[Person], rules: Rules) -> np.ndarray:
    """Who may not share a group, (people, people) of bool: what keeps a pair apart but languages and hours, which
    each needs with those who lead.
    """
    asking, answering = ([replace(person, role=role) for person in people] for role in (MENTEE, MENTOR))
    lasting = replace(rules, switched_off=rules.switched_off | Rule.LANGUAGE | Rule.HOURS, overrides=())
    apart = ~judge(asking, answering, lasting).allowed()
    np.fill_diagonal(apart, False)
    return apart


def _locked_rows(question, scores, teams) -> list[tuple[int, int]]:
    row_of = {id: at for at, id in enumerate(scores.mentees)}
    host_of = {scores.mentors[row]: host for host, team in enumerate(teams) for row in team}
    missing = [
        id for a, b in question["locked"] for id, known in ((a, row_of), (b, host_of)) if id not in known
    ]
    if missing:
        raise BadLocks(f"{missing[0]!r} is locked in a group but is not in the program.")
    return sorted({(row_of[mentee], host_of[mentor]) for mentee, mentor in question["locked"]})
