"""Teams of mentors who lead a group together, formed around topics that all of them offer."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from ortools.sat.python import cp_model

from matching.engine.assignment import TOTAL
from matching.engine.errors import BadAllowed, BadSizes
from matching.engine.peers import assign_peers
from matching.engine.progress import Report, silent
from matching.engine.ties import hashes

LARGEST = 3
# Threes that are weighed against each other at most, and how long, in the solver's own measure of work, which
# is the same on every machine.
THREES, WORK = 20_000, 10.0


@dataclass(frozen=True, slots=True)
class Teams:
    """``teams`` holds every mentor row once, each team sorted, teams in the order of their first row;
    ``shared`` the topics that all of a team offer, sorted.

    ``value`` counts the shared topics of the teams of full size, added up, and ``bound`` what no teams can
    exceed that are as many.  ``proven``: no more teams of full size can be formed, and none with more in
    common.
    """

    teams: tuple[tuple[int, ...], ...]
    shared: tuple[tuple[str, ...], ...]
    value: int
    bound: int
    proven: bool


def form_teams(
    offered: Sequence[Collection[str]],
    size: int,
    *,
    allowed=None,
    keys: Sequence[str] | None = None,
    report: Report = silent,
) -> Teams:
    """Put mentors in teams of ``size`` (1, 2 or 3): as many full teams as there can be whose members all share
    a topic, and among these the most shared topics in all.

    ``offered``: the topics of each mentor.  ``allowed``: (mentors, mentors) bool, symmetric, who may be in a
    team with whom.  ``keys``: stable identifiers; with them the teams are the same for any order of rows.

    Twos are a matching in a general graph and exact.  Threes are a packing of triples, which no fast method
    solves for all sizes: the best 20,000 triples are weighed at most (with up to fifty mentors that is all of
    them, with few topics each up to some hundred), and the solver's work is limited; ``proven`` says whether
    the answer is exact.  Where it is not, the bound is that of the solver, or, where triples were left out,
    that of twos: what three share, two of them share, so the best twos have at least as much in common.
    Whoever is left over by threes is put in twos, and whoever is left then, or shares no topic, leads alone.
    """
    if size not in range(1, LARGEST + 1):
        raise BadSizes(f"Between one and {LARGEST} mentors lead a group together; not {size}.", field="size")
    n = len(offered)
    may = np.ones((n, n), bool) if allowed is None else np.asarray(allowed)
    if may.shape != (n, n) or may.dtype != bool or (may != may.T).any():
        raise BadAllowed("Who may be in a team with whom is a square table, the same from both sides.")
    order = np.argsort(hashes(keys, n, "mentor"), kind="stable")
    topics = [frozenset(offered[k]) for k in order.tolist()]
    may = may[np.ix_(order, order)]
    full, value, bound, proven = [], 0, 0, True
    if size == 3:
        full, value, bound, proven = _threes(topics, may, report)
    rest = sorted(set(range(n)) - {mentor for team in full for mentor in team})
    if size > 1:
        twos, *worth = _twos(topics, may, rest, report)
        rest = sorted(set(rest) - {mentor for team in twos for mentor in team})
        full = [*full, *twos]
        if size == 2:
            value, bound, proven = worth
    everybody = [*full, *((mentor,) for mentor in rest)]
    teams = sorted(tuple(sorted(order[list(team)].tolist())) for team in everybody)
    return Teams(
        teams=tuple(teams),
        shared=tuple(tuple(sorted(_shared([frozenset(offered[k]) for k in team]))) for team in teams),
        value=value,
        bound=bound,
        proven=proven,
    )


def team_scores(units, teams: Sequence[Sequence[int]], allowed=None) -> tuple[np.ndarray, np.ndarray]:
    """What mentees score with teams, and which of these pairs may be: (mentees, teams) int64 and bool.

    ``units``: (mentees, mentors) whole scores with each mentor; ``allowed``: (mentees, mentors) bool.  A team
    scores the mean of its members, a half rounded up; it is allowed only where all of its members are.
    """
    table = np.asarray(units)
    open_ = np.ones(table.shape, bool) if allowed is None else np.asarray(allowed)
    table = np.where(open_, table, 0).astype(np.int64)
    scores, may = (np.zeros((len(table), len(teams)), kind) for kind in (np.int64, bool))
    for at, team in enumerate(teams):
        members = list(team)
        scores[:, at] = (2 * table[:, members].sum(axis=1) + len(members)) // (2 * len(members))
        may[:, at] = open_[:, members].all(axis=1)
    return np.where(may, scores, 0), may


def shared_goal(wanted: Sequence[Collection[str]], offered: Sequence[Collection[str]]) -> str | None:
    """What a group is about: the topic most of its mentees want among those one of its mentors offers; of
    equals the first by name.  None where nobody wants what is offered.
    """
    found = set().union(*offered)
    votes = Counter(topic for topics in wanted for topic in set(topics) if topic in found)
    return min(votes, key=lambda topic: (-votes[topic], topic), default=None)


def _shared(topics: Sequence[frozenset[str]]) -> frozenset[str]:
    return frozenset.intersection(*topics)


def _table(topics) -> np.ndarray:
    """How many topics each two share."""
    names = {topic: at for at, topic in enumerate(sorted(frozenset().union(*topics)))}
    has = np.zeros((len(topics), len(names)), np.int64)
    for row, mine in enumerate(topics):
        has[row, [names[topic] for topic in mine]] = 1
    return has @ has.T


def _twos(topics, may, mentors, report):
    """As many twos as possible among these mentors, and their shared topics, the bound, and whether proven."""
    common = _table(topics)[np.ix_(mentors, mentors)]
    found = assign_peers(common, may[np.ix_(mentors, mentors)] & (common > 0), report=report)
    twos = [(mentors[one], mentors[other]) for one, other in found.pairs.tolist()]
    return twos, found.units, found.bound_units, found.proven


def _threes(topics, may, report):
    """As many threes as possible, their shared topics, what no others can exceed, and whether proven."""
    common = np.where(may, _table(topics), 0)
    beside = [set(np.flatnonzero(row).tolist()) - {at} for at, row in enumerate(common)]
    triples = [
        (one, two, three)
        for one, two in combinations(range(len(topics)), 2)
        if two in beside[one]
        for three in sorted(beside[one] & beside[two])
        if three > two and _shared([topics[one], topics[two], topics[three]])
    ]
    worth = {triple: len(_shared([topics[k] for k in triple])) for triple in triples}
    weighed = sorted(triples, key=lambda triple: (-worth[triple], triple))[:THREES]
    if not weighed:
        return [], 0, 0, True
    report("teams", 0, 1)
    model = cp_model.CpModel()
    chosen = [model.new_bool_var("") for _ in weighed]
    of: dict[int, list] = {}
    for triple, variable in zip(weighed, chosen, strict=True):
        for mentor in triple:
            of.setdefault(mentor, []).append(variable)
    for variables in of.values():
        model.add_at_most_one(variables)
    model.add(sum(chosen) <= len(of) // 3)
    bonus = len(topics) * max(worth.values()) + 1
    model.maximize(sum((bonus + worth[triple]) * one for triple, one in zip(weighed, chosen, strict=True)))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.linearization_level = 2
    solver.parameters.max_deterministic_time = WORK
    status = solver.solve(model)
    report("teams", 1, 1)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return [], 0, len(topics) // 3 * max(worth.values()), False
    teams = [triple for triple, one in zip(weighed, chosen, strict=True) if solver.value(one)]
    value = sum(worth[triple] for triple in teams)
    twos = assign_peers(common, common > 0, TOTAL, report=report)
    bound = min(twos.bound_units, len(teams) * max(worth.values()))
    if len(weighed) < len(triples):
        return teams, value, bound, False
    reached = int(solver.best_objective_bound) - bonus * len(teams)
    return teams, value, min(bound, reached), status == cp_model.OPTIMAL
