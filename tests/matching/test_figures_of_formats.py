"""Stability and fairness among peers and of groups, against counting by hand, and as the page tells them."""

import re

import numpy as np
import pytest

from matching.engine.groups import assign_groups
from matching.engine.peers import assign_peers
from matching.engine.profiles import MENTEE, MENTOR, Person
from matching.group_figures import figures_of_groups
from matching.models import MatchRun
from matching.peer_figures import figures_of_peers
from tests import make
from tests.matching.line import at, opened, work
from tests.pages import words_of


def people(role, count, letter):
    return [Person(id=f"{letter}{n}", role=role, capacity=1, grade=str(n % 2)) for n in range(count)]


def of_peers(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(4, 9))
    table = rng.integers(0, 12, (n, n))
    table = np.triu(table, 1) + np.triu(table, 1).T
    allowed = np.triu(rng.random((n, n)) < 0.7, 1)
    allowed |= allowed.T
    pairs = assign_peers(table, allowed, scale=1).pairs
    return people(MENTEE, n, "p"), table, allowed, pairs


def test_two_peers_who_would_rather_have_each_other_are_found_by_trying_all_of_them():
    total = 0
    for seed in range(60):
        everybody, table, allowed, pairs = of_peers(seed)
        found = figures_of_peers(everybody, table, allowed, pairs)
        has = {a: int(table[a, b]) for pair in pairs.tolist() for a, b in (pair, pair[::-1])}
        would = {
            (everybody[a].id, everybody[b].id)
            for a in range(len(everybody))
            for b in range(a + 1, len(everybody))
            if allowed[a, b] and table[a, b] > has.get(a, 0) and table[a, b] > has.get(b, 0)
        }
        assert {tuple(one[:2]) for one in found["blocking"]["pairs"]} == would
        assert found["blocking"]["count"] == len(would)
        ranks = [
            1 + sum(bool(allowed[a, c]) and table[a, c] > has[a] for c in range(len(everybody))) for a in has
        ]
        assert found["ranks"] == {str(rank): ranks.count(rank) for rank in set(ranks)}
        assert found["lowest"][0][2] == min(has.values())
        for name, several, placed, units in found["groups"]["grade"]:
            rows = [row for row in range(len(everybody)) if str(row % 2) == name]
            assert several == len(rows)
            assert (placed, units) == (sum(row in has for row in rows), sum(has.get(row, 0) for row in rows))
        total += len(would)
    assert total > 10


def of_groups(seed):
    rng = np.random.default_rng(seed)
    mentees, hosts = 7, 3
    units = rng.integers(0, 12, (mentees, hosts))
    allowed = rng.random((mentees, hosts)) < 0.85
    apart = np.triu(rng.random((mentees, mentees)) < 0.1, 1)
    found = assign_groups(units, 2, 3, allowed, scale=1, apart=np.argwhere(apart).tolist())
    return units, allowed, apart | apart.T, found.pairs


def test_a_mentee_and_a_group_who_would_both_gain_are_found_by_trying_all_of_them():
    total = 0
    for seed in range(60):
        units, allowed, apart, pairs = of_groups(seed)
        found = figures_of_groups(
            people(MENTEE, 7, "e"),
            people(MENTOR, 3, "o"),
            [(0,), (1,), (2,)],
            units,
            allowed,
            pairs,
            most=3,
            apart=apart,
        )
        host = dict(pairs.tolist())
        inside = {h: [m for m in host if host[m] == h] for h in host.values()}
        would = set()
        for m in range(7):
            mine = int(units[m, host[m]]) if m in host else 0
            for h, members in inside.items():
                if m in members or not allowed[m, h] or units[m, h] <= mine:
                    continue
                weakest = min(sorted(members), key=lambda one, h=h: units[one, h])
                others = [one for one in members if one != weakest]
                joins = len(members) < 3 and not any(apart[m, one] for one in members)
                replaces = units[m, h] > units[weakest, h] and not any(apart[m, one] for one in others)
                if joins or replaces:
                    would.add((f"e{m}", f"o{h}"))
        assert {(one[0], one[1][0]) for one in found["blocking"]["pairs"]} == would
        assert found["blocking"]["count"] == len(would)
        assert sum(size * groups for _most, size, groups in found["load"]) == len(host)
        assert sum(groups for _most, _size, groups in found["load"]) == 3
        if host:
            assert found["lowest"][0][2] == min(int(units[m, h]) for m, h in host.items())
        total += len(would)
    assert total > 10


def test_a_plan_of_nobody_has_figures_too():
    nothing = np.zeros((0, 2), np.int64)
    alone = people(MENTEE, 3, "p")
    closed = np.zeros((3, 3), bool)
    found = figures_of_peers(alone, np.zeros((3, 3), np.int64), closed, nothing)
    assert (found["blocking"]["count"], found["ranks"], found["load"]) == (0, {}, [[1, 0, 3]])
    found = figures_of_groups(
        alone, alone, [(0,), (1,), (2,)], np.zeros((3, 3)), closed, nothing, most=4, apart=closed
    )
    assert (found["blocking"]["count"], found["lowest"], found["load"]) == (0, [], [[4, 0, 3]])


PEERS = {
    f"P{n:02}": ("peer", {"offered": ("Law", "Budgets")[n % 2], "wanted": ("Budgets", "Law")[n % 3 == 0]})
    for n in range(13)
}
GROUPS = {"Mara": ("mentor", {"offered": "Budgets"}), "Mo": ("mentor", {"offered": "Law"})} | {
    f"E{n:02}": ("mentee", {"wanted": ("Budgets", "Law")[n % 3 == 0]}) for n in range(12)
}


def ran(template, everybody, **rules):
    coordinator, program, _people = opened(template, everybody, **rules)
    coordinator.post(at("matching:runs", program.public_id))
    work()
    return coordinator, program, coordinator.get(at("matching:figures", program.public_id, 1))


def test_the_page_of_figures_speaks_of_partners(db):
    _coordinator, _program, page = ran("peers", PEERS)
    said = words_of(page)
    assert "12 of 13" in said and "1 person is without a partner" in said
    assert "Whom people got, by fit" in said and "Who is worst off" in said
    assert not re.search(r"\b(mentor|mentee)s?\b", said, re.IGNORECASE)


def test_the_page_of_figures_speaks_of_groups(db):
    _coordinator, _program, page = ran("circles", GROUPS, group={"fewest": 3, "most": 6, "mentors": 1})
    said = words_of(page)
    assert "Groups that take place 2 of 2" in said and "0 groups stay closed" in said
    assert "Groups by size" in said and "Worst-off member" in said
    assert "Which group mentees got, by fit" in said
    assert MatchRun.objects.get().figures["load"] == [[6, 6, 2]]


def test_figures_of_few_people_are_hidden_among_peers_as_well(db):
    coordinator, program, _people = opened("peers", PEERS)
    for n, enrolment in enumerate(program.cycles.get().enrolments.select_related("person__profile")):
        enrolment.person.profile.function = "Law" if n < 3 else "Sales"
        enrolment.person.profile.save()
    coordinator.post(at("matching:runs", program.public_id))
    work()
    shown = coordinator.get(at("matching:figures", program.public_id, 1)).context["fairness"]
    assert shown.splits == []
    assert sum(line[1] for line in shown.kept["groups"]["function"]) == 13


@pytest.mark.parametrize(("template", "role"), [("peers", "peer"), ("circles", "mentee")])
def test_the_page_costs_the_same_for_many(db, template, role, django_assert_num_queries):
    few = PEERS if template == "peers" else GROUPS
    coordinator, program, _page = ran(template, few, group={"fewest": 2, "most": 6, "mentors": 1})
    for n in range(40):
        make.enrolment(program, make.answered(make.person(f"More {n}")), role)
    coordinator.post(at("matching:runs", program.public_id))
    work()
    for number in (1, 2):
        with django_assert_num_queries(9):
            coordinator.get(at("matching:figures", program.public_id, number))
