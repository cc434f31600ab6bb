import pytest
from django.utils import timezone

from activity import jobs
from matching import actions
from matching.jobs import JOBS
from matching.models import MatchRun
from tests import make


@pytest.fixture
def now():
    """The pages live in the present."""
    return timezone.now()


@pytest.fixture
def oda(other_pair):
    return other_pair.coordinators[0]


@pytest.fixture
def people(opened):
    """Three mentees and two mentors with two places each, whose topics tell them apart."""
    found = {}
    for name, role, topics in (
        ("Anna", "mentee", ["Budgets"]),
        ("Ben", "mentee", ["Law"]),
        ("Cleo", "mentee", ["Budgets", "Speaking"]),
        ("Dora", "mentor", ["Budgets", "Speaking"]),
        ("Emil", "mentor", ["Law"]),
    ):
        person = make.answered(make.person(f"{name} Example"))
        for rank, topic in enumerate(topics, 1):
            make.topic(person, topic, "wanted" if role == "mentee" else "offered", rank)
        make.enrolment(opened, person, role, capacity=2 if role == "mentor" else 1)
        found[name] = person
    return found


@pytest.fixture
def work():
    """The worker's part, in this process: take the job of a run and do it to its end."""

    def work(program, by, now, **wanted):
        run, job = actions.ask_for_run(program.cycles.get(), by=by, now=now, **wanted)
        claimed = jobs.claim(job, JOBS)
        jobs.run_claimed(claimed, JOBS)
        return MatchRun.objects.get(pk=run.pk)

    return work


@pytest.fixture
def reviewed(opened, people, cora, now, work):
    return work(opened, cora, now)
