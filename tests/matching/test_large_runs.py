"""Runs too large for a table of all pairs: taken over after a death, told while they run, read page by page."""

import signal
from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from activity import jobs
from activity.models import Due, Job, Letter
from matching import actions
from matching import jobs as matching_jobs
from matching.engine import certificate
from matching.engine.pairs import DIRECT
from matching.jobs import JOBS, prices_of
from matching.models import Checkpoint, MatchRun, Proposal, ProposalMember, Unmatched
from matching.telling import STEPS, Telling
from mentorship import job_pages
from people.models import Profile
from programs.models import Enrolment
from tests import make
from tests.activity.forks import die, together
from tests.matching.many import fill

MENTEES, MENTORS = 660, 620


def pairs_of(run):
    return {(pair.mentee.pk, pair.mentor.pk): pair.score for pair in run.proposals.with_people()}


def claimed_again(job):
    """As the clock does it when nobody has renewed the lease of a dead worker."""
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(minutes=5))
    jobs.recover(timezone.now())
    job.refresh_from_db()
    return jobs.claim(job, JOBS)


def dies_after_the_first_round(job):
    """In a process of its own: what this puts in place is gone with it."""

    def work():
        keep = actions.keep_prices

        def keep_and_die(*args, **more):
            keep(*args, **more)
            die()

        actions.keep_prices = keep_and_die
        jobs.run_claimed(jobs.claim(Job.objects.get(pk=job.pk), JOBS), JOBS)

    return work


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_a_large_run_is_taken_over_at_its_last_prices(opened, cora, now, monkeypatch):
    assert MENTEES * MENTORS > DIRECT
    fill(opened, MENTEES, MENTORS)
    run, job = actions.ask_for_run(opened.cycles.get(), by=cora, now=now)
    assert together(dies_after_the_first_round(job)) == [signal.SIGKILL]

    run.refresh_from_db()
    begun = run.snapshot_hash
    kept = Checkpoint.objects.get(run=run)
    assert (run.state, len(begun), run.mentees, run.places) == ("running", 64, MENTEES, MENTORS)
    before = prices_of(run)
    assert len(before) == MENTORS and before.any() and kept.worth <= kept.bound
    Profile.objects.update(values=[], working_style={})  # what people answer now is not what was asked

    started = []
    solve = certificate.run

    def watched(*args, start=None, **more):
        started.append(start)
        return solve(*args, start=start, **more)

    monkeypatch.setattr(matching_jobs.certificate, "run", watched)
    assert jobs.run_claimed(claimed_again(job), JOBS) == "done"

    run.refresh_from_db()
    assert (run.state, run.snapshot_hash, run.is_proven) == ("review", begun, True)
    assert [start.tolist() for start in started] == [before.tolist()]
    assert not Checkpoint.objects.exists()
    undisturbed = solve(run.snapshot)
    assert run.total == undisturbed.result.units
    ids = {(pair[0], pair[1]) for pair in undisturbed.certificate["pairs"]}
    assert {(p.mentee.public_id, p.mentor.public_id) for p in run.proposals.with_people()} == ids


def test_a_stopped_large_run_keeps_nothing_of_the_people(opened, cora, now, people, monkeypatch):
    run, job = actions.ask_for_run(opened.cycles.get(), by=cora, now=now)
    claimed = jobs.claim(job, JOBS)

    def stop_in_the_second_round(self, step, done, total, tell=Telling.__call__):
        tell(self, step, done, total)
        if step == "solve":
            actions.keep_prices(self.run, np.array([1, 2]), 5, 9, now=now)
            jobs.stop(job, by=cora, now=now)

    monkeypatch.setattr(Telling, "__call__", stop_in_the_second_round)
    assert jobs.run_claimed(claimed, JOBS) == "stopped"
    run.refresh_from_db()
    assert (run.state, run.snapshot, Checkpoint.objects.count()) == ("stopped", {}, 0)


def test_a_worker_that_lost_its_run_to_another_leaves_it_alone(opened, cora, now, people, monkeypatch):
    run, job = actions.ask_for_run(opened.cycles.get(), by=cora, now=now)
    first = jobs.claim(job, JOBS)
    token = first.token

    def lose_it(self, step, done, total, tell=Telling.__call__):
        if step == "solve" and Job.objects.get(pk=job.pk).token == token:
            claimed_again(job)
        tell(self, step, done, total)

    monkeypatch.setattr(Telling, "__call__", lose_it)
    assert jobs.run_claimed(first, JOBS) == "running"
    run.refresh_from_db()
    assert (run.state, run.mentees) == ("running", 3)
    assert jobs.run_claimed(Job.objects.get(pk=job.pk), JOBS) == "done"
    run.refresh_from_db()
    assert (run.state, run.pairs) == ("review", 3)


# What is told while it runs


@pytest.fixture
def running(opened, cora, now):
    """A run at work, its job claimed some seconds ago."""
    run, job = actions.ask_for_run(opened.cycles.get(), by=cora, now=now)
    claimed = jobs.claim(job, JOBS)
    actions.begin_run(run, now=now)
    MatchRun.objects.filter(pk=run.pk).update(mentees=200, mentors=100, places=250)
    run.refresh_from_db()
    return run, claimed


def told_by(job, run=None):
    return Telling(jobs.Progress(job), run, timezone.now)


def at(job, step, done, seconds=10):
    begun = timezone.now() - timedelta(seconds=seconds)
    Job.objects.filter(pk=job.pk).update(step=step, done=done, total=1000, started_at=begun)
    return Job.objects.get(pk=job.pk)


def test_progress_goes_forwards_only_through_all_rounds(running):
    _run, job = running
    tell = told_by(job)
    seen = []
    rounds = [("solve", 0, 1), ("price", 0, 9), ("price", 8, 9), ("gap", 3, 9)]
    for step, done, total in [
        ("profiles", 0, 9), ("features", 3, 9), ("rules", 0, 1), ("sample", 0, 4), ("pass", 0, 9), ("pass", 8, 9),
        *rounds * 7, ("prove", 0, 9), ("floor", 1, 2), ("ties", 2, 3), ("alternatives", 0, 9),
        ("evidence", 5, 9), ("reasons", 0, 2), ("figures", 0, 1), ("checking", 0, 1),
    ]:  # fmt: skip
        tell(step, done, total)
        seen.append(tell.at)
    assert seen == sorted(seen)
    assert {STEPS[step] for step, _done in seen} == set(STEPS[1:-1])
    assert max(done for _step, done in seen) <= 1000


def test_each_round_is_written_with_its_prices_and_the_page_says_how_far_it_is(running, client, cora):
    run, job = running
    tell = told_by(job, run)
    client.force_login(cora)
    page = reverse("job", args=[job.public_id])
    at(job, "solving", 500)
    assert "below the best possible" not in client.get(page).content.decode()
    tell.keep(np.arange(100))
    tell("gap", 4_000_000_000, 4_000_090_000)
    kept = Checkpoint.objects.get(run=run)
    assert (kept.worth, kept.bound, prices_of(run).tolist()) == (
        4_000_000_000, 4_000_090_000, list(range(100)),
    )  # fmt: skip
    words = "The plan so far is at most 4.50 points a pair below the best possible."
    assert words in client.get(page).content.decode()
    tell.keep(np.ones(100, np.int64))
    tell("gap", 4_000_050_000, 4_000_050_000)
    assert Checkpoint.objects.get(run=run).worth == 4_000_050_000
    assert "No plan can be better than the one found." in client.get(page).content.decode()
    at(job, "keeping", 1)
    assert "No plan can be better" not in client.get(page).content.decode()


def test_time_left_is_told_after_some_seconds_of_the_whole_run(running):
    _run, job = running
    assert job_pages.seconds_left(at(job, "solving", 500, seconds=2)) == 0
    half = at(job, "solving", 500, seconds=34)
    done, total = job_pages.so_far(half)
    assert (done, total) == (10 * (20 + 4 + 3 + 10), 1000)
    assert job_pages.seconds_left(half) == pytest.approx(58, abs=2)
    assert "About 58 seconds left." in job_pages.words(half) or "About 59 seconds left." in job_pages.words(
        half
    )
    slow = at(job, "solving", 500, seconds=340)
    assert "About 10 minutes left." in job_pages.words(slow)


def test_the_page_of_a_job_does_not_read_the_snapshot(running, client, cora, django_assert_num_queries):
    _run, job = running
    client.force_login(cora)
    client.get(reverse("job", args=[job.public_id]))
    with django_assert_num_queries(9) as asked:
        client.get(reverse("job", args=[job.public_id]))
    assert not any('"snapshot"' in query["sql"] or '"certificate"' in query["sql"] for query in asked)


# Reviewing many


def many_pairs(run, count):
    """Suggested pairs of new people, and as many waiting, in few statements."""
    program = run.cycle.program
    fill(program, 2 * count, count)
    cycle = program.cycles.first()
    mentees = list(Enrolment.objects.filter(cycle=cycle, role="mentee").order_by("-pk")[: 2 * count])
    mentors = list(Enrolment.objects.filter(cycle=cycle, role="mentor").order_by("-pk")[:count])
    proposals = Proposal.objects.bulk_create(
        [Proposal(cycle=cycle, run=run, score=5000 + n % 4000, evidence={"facts": []}) for n in range(count)]
    )
    ProposalMember.objects.bulk_create(
        [
            ProposalMember(proposal=pair, person_id=one.person_id, enrolment=one, role=one.role)
            for pair, *ends in zip(proposals, mentees, mentors, strict=False)
            for one in ends
        ]
    )
    details = {"allowed": 0, "blocked_by": [["language", 3]], "only_by": [], "taken": [], "remedies": []}
    Unmatched.objects.bulk_create(
        [
            Unmatched(run=run, enrolment=one, role="mentee", code="forbidden", details=details)
            for one in mentees[count:]
        ]
    )


def test_reviewing_costs_the_same_for_one_a_hundred_and_more_than_are_counted(
    client, opened, cora, django_assert_num_queries
):
    run = make.match_run(opened, cora)
    client.force_login(cora)
    page = reverse("matching:run", args=[opened.public_id, run.number])
    publish = reverse("matching:publish", args=[opened.public_id, run.number])
    many_pairs(run, 1)
    client.get(page)
    for more in (99, 1000, 0):
        for query, queries in (
            ({}, 12), ({"show": "look"}, 12), ({"show": "unmatched"}, 11), ({"q": "mentee"}, 12),
        ):  # fmt: skip
            with django_assert_num_queries(queries):
                response = client.get(page, query)
            assert len(response.context["page"]) <= 50
        with django_assert_num_queries(26):
            client.get(publish)
        if more:
            many_pairs(run, more)
    first = client.get(page)
    assert first.context["page"].after and len(first.context["rows"]) == 50
    second = client.get(page, {"after": first.context["page"].after})
    shown = [{row.proposal.pk for row in found.context["rows"]} for found in (first, second)]
    assert not shown[0] & shown[1] and len(shown[1]) == 50
    waiting = client.get(page, {"show": "unmatched"}).context
    assert len(waiting["lonely"]) == 50 and waiting["page"].after


def test_publishing_and_taking_back_ask_nothing_of_each_pair_by_itself(opened, cora, now):
    run = make.match_run(opened, cora)
    many_pairs(run, 1)
    asked = []
    for more in (99, 0):
        with CaptureQueriesContext(connection) as deeds:
            offered = actions.publish(run, by=cora, now=now)
            actions.take_back(run, by=cora, now=now)
        asked.append((len(deeds), offered))
        if more:
            many_pairs(run, more)
    (one, _few), (hundred, many) = asked
    assert many[0] >= 100 and hundred < one + 10  # rows are written so many in a statement
    assert not Due.objects.armed().filter(kind__startswith="matching.").exists()
    assert set(Letter.objects.values_list("state", flat=True)) == {"cancelled"}
    assert set(run.proposals.values_list("state", flat=True)) == {"suggested"}


def test_the_question_is_sealed_once_in_a_run(opened, people, cora, now, work):
    with CaptureQueriesContext(connection) as asked:
        run = work(opened, cora, now)
    written = [
        query for query in asked if query["sql"].startswith("UPDATE") and '"snapshot" =' in query["sql"]
    ]
    assert len(written) == 1 and run.snapshot["mentees"] and run.state == "review"


def test_somebody_is_found_by_name_among_those_who_wait(client, opened, cora):
    run = make.match_run(opened, cora)
    many_pairs(run, 3)
    client.force_login(cora)
    page = reverse("matching:run", args=[opened.public_id, run.number])
    name = run.unmatched.first().enrolment.person.full_name
    found = client.get(page, {"show": "unmatched", "q": name}).context
    assert [one.person.full_name for one in found["lonely"]] == [name]
    assert client.get(page, {"show": "unmatched", "q": "nobody of that name"}).context["lonely"] == []
