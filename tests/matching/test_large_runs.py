"""Runs too large for a table of all pairs: taken over after a death, told while they run, read page by page."""

import signal
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from activity import jobs
from activity.models import Job
from matching import actions
from matching import jobs as matching_jobs
from matching.engine import certificate
from matching.engine.pairs import DIRECT
from matching.jobs import JOBS, prices_of
from matching.models import Checkpoint, MatchRun, Unmatched
from people.models import Profile
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
