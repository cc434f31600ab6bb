import pytest
from django.urls import reverse
from django.utils import timezone

from activity.models import Job
from matching import actions
from matching.models import MatchRun
from tests import make
from tests.pages import text


@pytest.fixture
def asked(cora):
    now = timezone.now()
    opened = make.open_program(cora, now=now)
    return actions.ask_for_run(opened.cycles.get(), by=cora, now=now)


def at(job, name="job"):
    return reverse(name, args=[job.public_id])


def test_a_run_is_seen_by_the_coordinators_of_today_alone(client, asked, cast, cora):
    run, job = asked
    for who, person in cast.items():
        client.force_login(person)
        assert client.get(at(job)).status_code == (200 if who == "cora" else 404), who
        if who != "cora":
            assert client.post(at(job, "job_stop")).status_code == 404
    job.refresh_from_db()
    assert job.state == "queued"

    run.cycle.program.roles.update(ended_at=timezone.now())
    client.force_login(cora)
    assert client.get(at(job)).status_code == 404
    assert client.post(at(job, "job_stop")).status_code == 404


def test_any_other_run_is_its_owners(client, mira, theo):
    job = Job.objects.create(kind="reports.other", about="people.user:0", by=mira, created_at=timezone.now())
    for person, status in ((mira, 200), (theo, 404)):
        client.force_login(person)
        assert client.get(at(job)).status_code == status
    assert client.get(reverse("job", args=["nonsense"])).status_code == 404


def test_it_says_how_far_it_is(client, asked, cora):
    _run, job = asked
    client.force_login(cora)
    assert "Waiting for a worker." in text(client.get(at(job)))
    Job.objects.filter(pk=job.pk).update(
        state="running",
        steps=["reading", "solving"],
        step="solving",
        done=1,
        total=4,
        started_at=timezone.now(),
    )
    page = text(client.get(at(job)))
    # A quarter of the solving, after the steps before it: 20 + 4 + 3 + 20 / 4 of a hundred.
    assert "Step 2 of 2: finding the best plan." in page and 'value="320" max="1000"' in page


def test_stopping_what_waits_stops_the_run_with_it_once(client, asked, cora):
    run, job = asked
    client.force_login(cora)
    for _ in range(2):
        assert client.post(at(job, "job_stop"))["Location"] == at(job)
    run.refresh_from_db()
    job.refresh_from_db()
    assert (run.state, job.state) == ("stopped", "stopped")
    assert "Stopped. Nothing was changed." in text(client.get(at(job)))
    assert client.get(at(job, "job_stop")).status_code == 405


def test_a_finished_one_leads_to_its_result(client, asked, cora):
    run, job = asked
    client.force_login(cora)
    Job.objects.filter(pk=job.pk).update(state="done")
    assert client.get(at(job))["Location"] == run.get_absolute_url()
    polled = client.get(at(job), headers={"HX-Request": "true"})
    assert (polled.status_code, polled["HX-Redirect"]) == (286, run.get_absolute_url())


def test_a_failed_one_says_why_and_leads_back(client, asked, cora):
    run, job = asked
    client.force_login(cora)
    Job.objects.filter(pk=job.pk).update(state="failed", error="There is nobody to match.")
    MatchRun.objects.filter(pk=run.pk).update(state="failed")
    page = client.get(at(job))
    assert "There is nobody to match." in text(page)
    assert client.get(page.context["back"]).status_code == 200
