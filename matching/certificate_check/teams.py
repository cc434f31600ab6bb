"""The check of a program of groups: teams of mentors, who may share a group with whom, and the plan (``groups``)."""

from collections.abc import Mapping

import numpy as np

from matching.certificate_check.groups import check_groups
from matching.certificate_check.rules import forbidden
from matching.certificate_check.scores import units


def check_program(snapshot: Mapping, certificate: Mapping) -> tuple[tuple[str, ...], int, int, bool]:
    """(problems, value, bound, proven).  The plan is the best for the teams it names; which teams there are is no
    part of the proof, only that each mentor leads once, that no team is too large, and that its members may lead
    together.
    """
    mentees, mentors, sizes = snapshot["mentees"], snapshot["mentors"], snapshot["group"]
    rows = {person["id"]: at for at, person in enumerate(mentees)}
    columns = {person["id"]: at for at, person in enumerate(mentors)}
    if len(rows) < len(mentees) or len(columns) < len(mentors):
        return ("person_twice",), 0, 0, False
    named = [id for team in certificate["teams"] for id in team]
    if set(named) - set(columns):
        return ("stranger_in_plan",), 0, 0, False
    problems = []
    if sorted(named) != sorted(columns):
        problems.append("mentor_not_in_one_team")
    teams = [[columns[id] for id in team] for team in certificate["teams"]]
    if any(not 1 <= len(team) <= sizes["mentors"] for team in teams):
        problems.append("team_too_large")
    between = _kept_apart(snapshot, mentors)
    if any(between[one, other] for team in teams for one in team for other in team if one != other):
        problems.append("forbidden_team")
    every = np.arange(len(mentees))
    one_by_one, closed = units(snapshot)(every), forbidden(snapshot)(every)
    scores = np.zeros((len(mentees), len(teams)), np.int64)
    ruled_out = np.zeros(scores.shape, bool)
    for host, team in enumerate(teams):
        scores[:, host] = (2 * one_by_one[:, team].sum(axis=1) + len(team)) // (2 * len(team))
        ruled_out[:, host] = closed[:, team].any(axis=1)
    host_of = {id: host for host, team in enumerate(certificate["teams"]) for id in team}
    locked = {(rows[mentee], host_of[mentor]) for mentee, mentor in snapshot["locked"]}
    low = scores < snapshot["minimum_score"]
    for pair in locked:
        low[pair] = False
    found, value, bound, proven = check_groups(
        scores,
        ruled_out | low,
        [sizes["fewest"]] * len(teams),
        [sizes["most"]] * len(teams),
        snapshot["objective"],
        certificate,
        locked=sorted(locked),
        apart=np.argwhere(np.triu(_kept_apart(snapshot, mentees), 1)).tolist(),
    )
    return (*problems, *found), value, bound, proven


def _kept_apart(snapshot, people):
    """Among people of one side: whom more than languages and hours keeps apart."""
    rules = snapshot["rules"]
    lasting = {**rules, "switched_off": [*rules["switched_off"], "language", "hours"], "overrides": []}
    among = {**snapshot, "mentees": people, "mentors": people, "rules": lasting}
    apart = forbidden(among)(np.arange(len(people)))
    np.fill_diagonal(apart, False)
    return apart
