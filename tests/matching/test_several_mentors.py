"""Where a program lets a mentee have several mentors: each is another one, and no more than it lets them."""

import pytest

from matching.models import MatchRun
from relationships.models import Relationship
from tests.matching.line import accept, at, opened, run_and_publish, work


@pytest.fixture
def line(db, settings):
    settings.UNDO_MINUTES = 0
    people = {
        "Anna": ("mentee", {"wanted": "Law"}),
        "Ben": ("mentee", {"wanted": "Budgets"}),
        "Mara": ("mentor", {"offered": "Law"}),
        "Mo": ("mentor", {"offered": "Budgets"}),
    }
    return opened("leadership", people, mentors_per_mentee=2)


def pairs_of(run: MatchRun) -> set[tuple[str, str]]:
    return {
        (one.mentee.full_name.split()[0], one.mentor.full_name.split()[0])
        for one in run.proposals.with_people()
    }


def test_a_mentee_gets_a_second_mentor_once_everybody_has_one(line):
    coordinator, program, people = line
    for name in ("Mara", "Mo"):
        enrolments = program.cycles.get().enrolments.filter(person__full_name=f"{name} Example")
        enrolments.update(capacity=2)
    run_and_publish(coordinator, program)
    run = MatchRun.objects.get()
    assert pairs_of(run) == {("Anna", "Mara"), ("Anna", "Mo"), ("Ben", "Mara"), ("Ben", "Mo")}
    assert run.is_proven
    for proposal in run.proposals.with_people():
        for name in (proposal.mentee.full_name.split()[0], proposal.mentor.full_name.split()[0]):
            accept(people[name], proposal)
    assert Relationship.objects.open().count() == 4


def test_a_later_run_finds_another_mentor_not_the_same_one_again(line):
    coordinator, program, _people = line
    run_and_publish(coordinator, program)
    first = MatchRun.objects.get(number=1)
    assert pairs_of(first) == {("Anna", "Mara"), ("Ben", "Mo")}
    program.cycles.get().enrolments.filter(role="mentor").update(capacity=2)
    coordinator.post(at("matching:runs", program.public_id))
    work()
    assert pairs_of(MatchRun.objects.get(number=2)) == {("Anna", "Mo"), ("Ben", "Mara")}


def test_a_mentee_has_one_mentor_unless_the_program_lets_them_have_more(line):
    coordinator, program, _people = line
    program.rules = {**program.rules, "mentors_per_mentee": 1}
    program.save(update_fields=["rules"])
    program.cycles.get().enrolments.filter(role="mentor").update(capacity=2)
    run_and_publish(coordinator, program)
    assert len(pairs_of(MatchRun.objects.get())) == 2
    coordinator.post(at("matching:runs", program.public_id))
    work()
    assert MatchRun.objects.get(number=2).state == "failed"


def test_how_many_mentors_is_asked_in_the_set_up(line):
    coordinator, program, _people = line
    task = at("programs:task", program.public_id, "matching")
    form = coordinator.get(task).context["form"]
    given = {name: form[name].value() for name in form.fields}
    assert given["mentors_per_mentee"] == 2
    refused = coordinator.post(task, {**given, "mentors_per_mentee": 4})
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["mentors_per_mentee"])
    assert coordinator.post(task, {**given, "mentors_per_mentee": 3}).status_code == 303
    program.refresh_from_db()
    assert program.rules["mentors_per_mentee"] == 3
