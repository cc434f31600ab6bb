"""Who is put forward, and what the engine is told of them."""

from datetime import timedelta

import pytest

from matching.engine.certificate import people_of
from matching.snapshot import pool, question
from people.models import Exclusion
from programs.models import Enrolment
from tests import make


def asked(program, now):
    _pool, snapshot = question(program.cycles.get(), now)
    mentees, mentors, _rules = people_of(snapshot)
    return {person.id: person for person in mentees}, {person.id: person for person in mentors}


@pytest.mark.parametrize(
    "state, is_in",
    [
        ("invited", 0),
        ("applied", 0),
        ("accepted", 1),
        ("ready", 1),
        ("declined", 0),
        ("withdrawn", 0),
        ("removed", 0),
    ],
)
def test_only_those_who_have_answered_are_put_forward(opened, state, is_in):
    make.enrolment(opened, state=state)
    assert len(pool(opened.cycles.get()).mentees) == is_in


def test_who_pauses_or_has_left_is_not(opened, now):
    make.enrolment(opened, paused_until=now.date())
    make.enrolment(opened, make.person(is_active=False))
    assert pool(opened.cycles.get()).mentees == []


@pytest.mark.parametrize("status, free", [("pending", 1), ("active", 1), ("paused", 1), ("ended_early", 2)])
def test_a_relationship_takes_a_place_until_it_has_ended(opened, mira, theo, status, free):
    make.enrolment(opened, mira, "mentor", state="matched", capacity=2)
    make.relationship(program_=opened, mentor=mira, mentee=theo, status=status)
    found = pool(opened.cycles.get())
    assert (found.places, len(found.mentees)) == (free, 1 if status == "ended_early" else 0)


@pytest.mark.parametrize(
    "state, free", [("offered", 1), ("accepted_by_one", 1), ("suggested", 2), ("declined", 2), ("expired", 2)]
)
def test_an_offer_takes_a_place_while_it_waits(opened, mira, theo, now, state, free):
    make.enrolment(opened, mira, "mentor", capacity=2)
    make.proposal(opened, mira, theo, state=state, told_from=now)
    found = pool(opened.cycles.get())
    assert (found.places, len(found.mentees)) == (free, free - 1)


def test_a_person_can_be_both_and_is_never_their_own(opened, theo, mira, now, cora, work):
    make.enrolment(opened, theo, "mentee")
    make.enrolment(opened, theo, "mentor")
    make.enrolment(opened, mira, "mentor")
    run = work(opened, cora, now)
    pair = run.proposals.get()
    assert (pair.mentee, pair.mentor) == (theo, mira)


def test_wishes_lines_and_blocks_reach_the_engine(opened, mira, theo, now):
    boss = make.person()
    make.enrolment(opened, theo)
    for person in (mira, boss):
        make.enrolment(opened, person, "mentor")
    make.reports_to(theo, mira)
    make.reports_to(mira, boss)
    Exclusion.objects.create(author=theo, other=boss, since=now - timedelta(days=2))
    Exclusion.objects.create(author=boss, other=theo, kind="safety", since=now)
    Exclusion.objects.create(author=theo, other=mira, kind="family", since=now, until=now)
    mentees, mentors = asked(opened, now)
    assert mentees[theo.public_id].reports_to == {mira.public_id, boss.public_id}
    assert mentees[theo.public_id].excludes == {boss.public_id}
    assert mentors[boss.public_id].blocked == {theo.public_id}


def test_who_said_no_is_not_suggested_to_the_same_person_again(opened, mira, theo, now):
    declined = make.proposal(opened, mira, theo, state="declined", told_from=now)
    declined.members.filter(person=theo).update(answer="declined", answered_at=now)
    declined.members.filter(person=mira).update(answer="accepted", answered_at=now)
    mentees, mentors = asked(opened, now)
    assert mentees[theo.public_id].excludes == {mira.public_id}
    assert mentors[mira.public_id].excludes == frozenset()


def test_profiles_come_through_whole(opened, theo, mira, now):
    theo = make.answered(
        theo,
        languages=["en", "nb"],
        interests=["Chess"],
        learning_orientation={"stretch": 5, "errors": 3},
        preferences={"function": "different", "site": "same"},
        function="Finance",
        years_of_experience=7,
        mode="hybrid",
        working_hours={"mon": [["09:00", "12:00"]]},
    )
    make.topic(theo, "Law", rank=2)
    make.enrolment(opened, theo)
    make.enrolment(opened, mira, "mentor", capacity=3)
    mentees, mentors = asked(opened, now)
    person = mentees[theo.public_id]
    assert person.topics_wanted == {"law": 2}
    assert person.values == ("candour", "care", "craft", "curiosity", "fairness")
    assert (person.languages, person.interests) == ({"en", "nb"}, {"chess"})
    assert (person.learning_orientation, person.experience, person.mode) == (4, 7, "hybrid")
    assert [wish.attribute for wish in person.preferences] == ["site"]
    assert person.different_from_me_in == {"function"}
    assert sum(end - start for start, end in person.hours) == 180
    assert mentors[mira.public_id].capacity == 3
    assert sum(end - start for start, end in mentors[mira.public_id].hours) == 5 * 480


def test_many_people_cost_no_more_questions_than_few(opened, now, django_assert_num_queries):
    for role in ("mentee", "mentor"):
        make.enrolment(opened, role=role)
    for _ in range(2):
        cycle = Enrolment.objects.first().cycle
        assert cycle.program
        with django_assert_num_queries(10):
            question(cycle, now)
        for n in range(6):
            person = make.person()
            make.topic(person, f"Topic {n}")
            make.enrolment(opened, person, "mentor" if n % 2 else "mentee")
            make.reports_to(person, make.person())
