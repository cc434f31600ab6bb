"""Who may what, and that lists show exactly what the rules allow."""

from datetime import timedelta

import pytest
from django.urls import reverse

from matching.models import MatchRun, PairDecision, Proposal
from matching.permissions import OFFER_RULES, RUN_RULES
from matching.stages import ProposalState, RunState
from tests import make

PAGES = [
    ("get", "index", 0),
    ("post", "runs", 0),
    ("get", "run", 1),
    ("get", "publish", 1),
    ("post", "publish", 1),
    ("post", "take_back", 1),
    ("post", "discard", 1),
    ("get", "details", 2),
    ("post", "lock", 2),
]


@pytest.mark.parametrize("method, name, depth", PAGES)
def test_pages_of_a_program_are_its_coordinators_alone(client, opened, cast, cora, method, name, depth):
    run = make.match_run(opened, cora)
    pair = make.proposal(opened, cast["mira"], cast["theo"], state="suggested", run=run)
    args = [opened.public_id, run.number, pair.public_id][: depth + 1]
    for who, person in cast.items():
        if who != "cora":
            client.force_login(person)
            assert getattr(client, method)(reverse(f"matching:{name}", args=args)).status_code == 404, who
    client.logout()
    response = getattr(client, method)(reverse(f"matching:{name}", args=args))
    assert response.status_code == (302 if method == "get" else 403)
    run.refresh_from_db()
    assert (run.state, PairDecision.objects.count(), MatchRun.objects.count()) == ("review", 0, 1)


def test_a_deputy_may_all_a_former_one_nothing(client, opened, cora, otto, now):
    run = make.match_run(opened, cora)
    role = opened.roles.create(person=otto, role="deputy")
    client.force_login(otto)
    address = reverse("matching:run", args=[opened.public_id, run.number])
    assert client.get(address).status_code == 200
    role.ended_at = now
    role.save()
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("state", RunState.values)
def test_runs_in_lists_are_those_the_rule_allows(opened, cora, cast, other_pair, state):
    runs = [make.match_run(opened, cora, state=state), make.match_run(other_pair.program, cora, state=state)]
    for person in cast.values():
        allowed = {run for run in runs if RUN_RULES["view"](person, run)}
        assert set(MatchRun.objects.visible_to(person)) == allowed
        for verb in ("publish", "discard"):
            may = bool(RUN_RULES[verb](person, runs[0]))
            assert may == (person == cora and state == "review")


@pytest.mark.parametrize("state", ProposalState.values)
def test_offers_open_for_the_two_only_once_they_are_told(opened, cast, now, state, pair):
    begun = {"relationship": pair} if state == "activated" else {}
    offer = make.proposal(
        opened, cast["mira"], cast["theo"], state=state, told_from=now - timedelta(days=1), **begun
    )
    for who, person in cast.items():
        is_theirs = who in ("mira", "theo")
        hidden = state in ("suggested", "shortlisted")
        assert Proposal.objects.visible_to(person).exists() == (
            who == "cora" or (is_theirs and not hidden)
        ), who
        assert Proposal.objects.offered_to(person).exists() == (
            is_theirs and not hidden and state != "withdrawn"
        )
        for verb in ("accept", "decline"):
            waiting = state in ("offered", "accepted_by_one")
            assert bool(OFFER_RULES[verb](person, offer)) == (is_theirs and waiting)
