import threading
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now

from activity import jobs
from activity.jobs import Failed, Progress, Stopped
from activity.kinds import JobKind, table
from activity.models import Event, Job
from tests.activity.kinds import JOBS

DAY = timedelta(days=1)


def ask(person, now, to=10):
    return jobs.enqueue(
        "tests.count", person, by=person, now=now, data={"to": to}, scope="programs.program:7"
    )


def run(work, person, now):
    """A job of that work, to its end."""
    kinds = table(JobKind("tests.work", work, steps=("one", "two")))
    jobs.enqueue("tests.work", person, by=person, now=now)
    job = jobs.claim_next(kinds)
    jobs.run_claimed(job, kinds)
    return job


def abandon(job):
    """As if its process had died: nobody renews the lease."""
    Job.objects.filter(pk=job.pk).update(lease_until=Now() - timedelta(seconds=1))


def test_a_job_is_asked_for_worked_and_leaves_its_result(mira, now):
    job = ask(mira, now)
    assert (job.state, job.is_open, job.step_number, job.thing) == ("queued", True, 0, mira)
    claimed = jobs.claim_next(JOBS)
    assert (claimed.pk, claimed.state, claimed.steps) == (job.pk, "running", ["counting", "keeping"])
    assert jobs.run_claimed(claimed, JOBS) == "done"
    job.refresh_from_db()
    assert (job.state, job.result, job.error, job.is_open) == ("done", {"sum": 10}, "", False)
    assert job.started_at <= job.finished_at
    assert list(Event.objects.order_by("pk").values_list("verb", flat=True)) == [
        "job.asked_for",
        "tests.counted",
    ]
    assert Event.objects.first().scope == "programs.program:7"
    assert jobs.claim_next(JOBS) is None


def test_asking_again_while_one_is_open_gives_the_same_job(mira, theo, now):
    job = ask(mira, now)
    assert ask(mira, now) == job
    assert ask(theo, now) != job
    jobs.claim(job, JOBS)
    assert ask(mira, now) == job
    jobs.run_claimed(jobs.claim_next(JOBS), JOBS)
    assert Event.objects.filter(verb="job.asked_for").count() == 2
    Job.objects.filter(pk=job.pk).update(state="done")
    assert ask(mira, now) != job


def test_a_job_is_claimed_once(mira, now):
    job = ask(mira, now)
    first = jobs.claim(job, JOBS)
    assert jobs.claim(job, JOBS) is None
    assert jobs.claim_next(JOBS) is None
    assert jobs.give_back(first)
    second = jobs.claim_next(JOBS)
    assert (second.pk, second.attempts) == (job.pk, 1)
    assert not jobs.give_back(first), "the claim is not its own any more"


def test_a_job_of_an_unknown_kind_waits_for_a_newer_worker(mira, now):
    jobs.enqueue("tests.from_tomorrow", mira, by=mira, now=now)
    assert jobs.claim_next(JOBS) is None
    assert Job.objects.get().state == "queued"


def test_progress_is_shown_step_by_step_and_not_written_at_every_turn(
    mira, now, django_assert_max_num_queries
):
    ask(mira, now)
    job = jobs.claim_next(JOBS)
    progress = Progress(job)
    with django_assert_max_num_queries(3):
        for n in range(1000):
            progress.report("counting", n, 1000)
        progress.report("keeping", 0, 4)
    job.refresh_from_db()
    assert (job.step, job.step_number, job.done, job.total, job.percent) == ("keeping", 2, 0, 4, 0)
    progress.report("keeping", 4, 4)
    job.refresh_from_db()
    assert job.percent == 100


def test_a_job_that_waits_is_stopped_at_once(mira, now):
    job = ask(mira, now)
    assert jobs.stop(job, by=mira, now=now)
    assert not jobs.stop(job, by=mira, now=now)
    assert jobs.claim_next(JOBS) is None
    job.refresh_from_db()
    assert (job.state, job.finished_at) == ("stopped", now)


def test_a_job_that_runs_stops_at_its_next_report_and_leaves_nothing(mira, now):
    seen = []

    def work(job, progress):
        progress.report("one")
        assert not jobs.must_stop(job)
        jobs.stop(job, by=mira, now=now)
        assert jobs.must_stop(job)
        seen.append(Job.objects.get(pk=job.pk).state)
        progress.report("two")
        seen.append("went on")

    job = run(work, mira, now)
    assert (job.state, seen) == ("stopped", ["running"])
    assert Event.objects.filter(verb="job.stop_asked_for").count() == 1


def test_a_job_stopped_at_the_last_moment_keeps_nothing(mira, now):
    def work(job, progress):
        jobs.stop(job, by=mira, now=now)
        with progress.keep():
            Event.objects.create(verb="tests.kept", about="x")

    job = run(work, mira, now)
    assert (job.state, job.result) == ("stopped", {})
    assert not Event.objects.filter(verb="tests.kept").exists()


def test_a_result_that_cannot_be_kept_whole_is_not_kept_at_all(mira, now):
    def work(job, progress):
        with progress.keep() as result:
            Event.objects.create(verb="tests.kept", about="x")
            result["count"] = 1
            raise Failed("Two people are missing.")

    job = run(work, mira, now)
    assert (job.state, job.result, job.error) == ("failed", {}, "Two people are missing.")
    assert not Event.objects.filter(verb="tests.kept").exists()


def test_a_job_that_breaks_says_a_sentence_and_no_secret(mira, now, caplog):
    def work(job, progress):
        raise ValueError("something that a person wrote in confidence")

    job = run(work, mira, now)
    assert (job.state, job.error) == ("failed", "Something went wrong on our side. Nothing was changed.")
    assert "ValueError at activity/test_jobs.py:" in caplog.text
    assert "confidence" not in caplog.text


def test_a_job_may_simply_return_its_result(mira, now):
    job = run(lambda job, progress: {"rows": 3}, mira, now)
    assert (job.state, job.result) == ("done", {"rows": 3})


def test_a_job_whose_process_died_is_worked_again_and_given_up_after_three_times(mira, now):
    ask(mira, now)
    for attempt in range(1, 4):
        job = jobs.claim_next(JOBS)
        assert job.attempts == attempt
        assert jobs.recover(now) == 0
        abandon(job)
        assert jobs.recover(now) == 1
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "The run broke off several times. Nothing was changed.")
    assert jobs.claim_next(JOBS) is None


def test_a_job_asked_to_stop_whose_process_died_is_stopped(mira, now):
    ask(mira, now)
    job = jobs.claim_next(JOBS)
    jobs.stop(job, by=mira, now=now)
    abandon(job)
    assert jobs.recover(now) == 1
    job.refresh_from_db()
    assert job.state == "stopped"


def test_a_process_that_was_given_up_keeps_nothing_when_it_comes_back(mira, now):
    """Its job is worked by another already: two results would be one too many."""
    ask(mira, now)
    lost = jobs.claim_next(JOBS)
    abandon(lost)
    jobs.recover(now)
    again = jobs.claim_next(JOBS)
    with pytest.raises(Stopped), Progress(lost).keep():
        Event.objects.create(verb="tests.kept", about="x")
    with pytest.raises(Stopped):
        Progress(lost).report("counting")
    assert jobs.run_claimed(lost, JOBS) == "running"
    assert jobs.run_claimed(again, JOBS) == "done"
    assert Event.objects.filter(verb="tests.counted").count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_lease_is_renewed_while_the_work_is_silent(mira, now, monkeypatch):
    monkeypatch.setattr(jobs, "RENEWED_EVERY", 0.05)
    before = []

    def work(job, progress):
        abandon(job)
        before.append(Job.objects.get(pk=job.pk).lease_until)
        for _ in range(100):
            if Job.objects.get(pk=job.pk).lease_until > before[0]:
                return {"renewed": True}
            time.sleep(0.05)
        return {"renewed": False}

    job = run(work, mira, now)
    assert job.result == {"renewed": True}


@pytest.mark.django_db(transaction=True)
def test_ten_people_who_ask_at_once_get_one_job(mira, now):
    keys, start = [], threading.Barrier(10)

    def press():
        start.wait()
        try:
            keys.append(ask(mira, now).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 10
    assert set(keys) == {Job.objects.get().pk}
    assert Event.objects.filter(verb="job.asked_for").count() == 1
