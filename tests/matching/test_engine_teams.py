"""Teams of mentors: as many as share a topic, with the most in common; and what a group is about."""

from itertools import combinations

import numpy as np
import pytest

from matching.engine.errors import BadAllowed, BadKeys, BadSizes
from matching.engine.teams import form_teams, shared_goal, team_scores

TOPICS = [f"topic {k}" for k in range(8)]


def offers(rng, n, most=4):
    return [set(rng.choice(TOPICS, int(rng.integers(0, most + 1)), replace=False).tolist()) for _ in range(n)]


def common(offered, team):
    return len(set.intersection(*(offered[k] for k in team)))


def every_choice(mentors, size, may):
    """All ways to form teams of this size among the mentors; whoever is in none is left out."""
    if len(mentors) < size:
        yield []
        return
    first, *rest = mentors
    yield from every_choice(rest, size, may)
    for others in combinations(rest, size - 1):
        if may((first, *others)):
            left = [k for k in rest if k not in others]
            for more in every_choice(left, size, may):
                yield [(first, *others), *more]


def apart(rng, n):
    table = np.triu(rng.random((n, n)) < 0.2, 1)
    return ~(table | table.T)


@pytest.mark.parametrize("size", [2, 3])
def test_as_many_teams_as_share_a_topic_and_among_these_the_most_in_common(size):
    rng = np.random.default_rng(81)
    formed = 0
    for _ in range(150):
        n = int(rng.integers(0, 9))
        offered, allowed = offers(rng, n), apart(rng, n)

        def may(team, offered=offered, allowed=allowed):
            return common(offered, team) > 0 and all(allowed[pair] for pair in combinations(team, 2))

        found = form_teams(offered, size, allowed=allowed)
        full = [team for team in found.teams if len(team) == size]
        best = max(
            (len(teams), sum(common(offered, team) for team in teams))
            for teams in every_choice(list(range(n)), size, may)
        )
        assert (len(full), found.value, found.bound, found.proven) == (best[0], best[1], best[1], True)
        assert all(may(team) for team in found.teams if len(team) > 1)
        assert sorted(k for team in found.teams for k in team) == list(range(n))
        for team, shared in zip(found.teams, found.shared, strict=True):
            assert list(shared) == sorted(set.intersection(*(offered[k] for k in team)))
        formed += len(full)
    assert formed > 30


def test_alone_means_everybody_leads_alone():
    found = form_teams([{"b", "a"}, set()], 1)
    assert (found.teams, found.shared, found.proven) == (((0,), (1,)), (("a", "b"), ()), True)


def test_whoever_is_left_over_by_threes_leads_in_twos():
    found = form_teams([{"a"}] * 3 + [{"b"}] * 2 + [{"c"}], 3)
    assert found.teams == ((0, 1, 2), (3, 4), (5,))


@pytest.mark.parametrize("size", [2, 3])
def test_the_order_of_rows_does_not_matter_where_mentors_have_identifiers(size):
    rng = np.random.default_rng(82)
    for _ in range(25):
        n = int(rng.integers(2, 14))
        offered, keys = offers(rng, n), [f"o{k}" for k in range(n)]
        p = rng.permutation(n)
        one = form_teams(offered, size, keys=keys)
        other = form_teams([offered[k] for k in p], size, keys=[keys[k] for k in p])
        assert set(one.teams) == {tuple(sorted(int(p[k]) for k in team)) for team in other.teams}


def test_sixty_mentors_in_threes_are_proven():
    rng = np.random.default_rng(84)
    topics = [f"topic {k}" for k in range(20)]
    offered = [set(rng.choice(topics, int(rng.integers(1, 6)), replace=False).tolist()) for _ in range(60)]
    found = form_teams(offered, 3)
    assert (found.proven, found.bound) == (True, found.value)
    assert sum(len(team) == 3 for team in found.teams) == 20


@pytest.mark.parametrize(
    ("error", "given"),
    [
        (BadSizes, {"size": 0}),
        (BadSizes, {"size": 4}),
        (BadAllowed, {"allowed": [[True]]}),
        (BadAllowed, {"allowed": [[True, False], [True, True]]}),
        (BadAllowed, {"allowed": [[1, 1], [1, 1]]}),
        (BadKeys, {"keys": ["a", "a"]}),
    ],
)
def test_bad_input_is_named(error, given):
    with pytest.raises(error):
        form_teams(**{"offered": [{"a"}, {"a"}], "size": 2, **given})


def test_a_team_scores_the_mean_of_its_members_and_a_half_is_rounded_up():
    units = [[1, 2, 4], [-1, -2, 0]]
    scores, allowed = team_scores(units, [(0, 1), (0, 1, 2), (2,)])
    assert scores.tolist() == [[2, 2, 4], [-1, -1, 0]]
    assert allowed.all()


def test_a_team_is_allowed_only_where_all_of_its_members_are():
    scores, allowed = team_scores([[10, 20, 30]], [(0, 1), (1, 2)], [[False, True, True]])
    assert (scores.tolist(), allowed.tolist()) == ([[0, 25]], [[False, True]])


def test_a_group_is_about_what_most_of_its_mentees_want_and_its_mentors_offer():
    wanted = [{"budgets": 1, "hiring": 2}, {"hiring": 1}, {"strategy": 1}, {"strategy": 3}, ["strategy"]]
    assert shared_goal(wanted, [{"budgets", "hiring"}, {"hiring"}]) == "hiring"
    assert shared_goal(wanted, [{"strategy", "hiring"}]) == "strategy"
    assert shared_goal(wanted[:2], [{"budgets"}]) == "budgets"


def test_of_topics_wanted_by_as_many_the_first_by_name_is_the_goal_and_there_may_be_none():
    assert shared_goal([{"b"}, {"a"}], [{"a", "b"}]) == "a"
    assert shared_goal([{"a"}], [{"b"}]) is None
    assert shared_goal([], [{"b"}]) is None
    assert shared_goal([{"a"}], []) is None
