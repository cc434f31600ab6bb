from datetime import timedelta

import pytest

from people.parts import PARTS
from programs import actions, quality
from programs.catalogue import QUESTIONS, TEMPLATES, USABLE, WEIGHTS, built_in_questions
from programs.forms.joining import form_for
from programs.models import Program, Question
from tests import make


@pytest.mark.parametrize("key", USABLE)
def test_a_program_from_a_template_can_be_published_as_it_is(key, ada, now):
    made = actions.create_program(
        template=key, title="New", starts_on=(now + timedelta(days=40)).date(), by=ada, now=now
    )

    assert quality.blocking(made) == []
    assert (made.state, made.template, made.title) == ("draft", key, "New")
    assert [role.role for role in made.roles.all()] == ["coordinator"]
    cycle = made.cycles.get()
    assert (cycle.matching_on - cycle.enrolment_closes_on).days == 1
    assert (cycle.kick_off_on - cycle.enrolment_closes_on).days == 7
    assert (cycle.planned_end_on - cycle.kick_off_on).days == made.length_days


@pytest.mark.parametrize("days", [0, 1, 3, 6, 7, 8])
def test_a_program_can_start_today_or_in_a_few_days(days, ada, now):
    made = actions.create_program(
        template="leadership", title="Soon", starts_on=(now + timedelta(days=days)).date(), by=ada, now=now
    )

    cycle = made.cycles.get()
    assert now.date() <= cycle.enrolment_closes_on <= cycle.matching_on <= max(cycle.kick_off_on, now.date())


def test_templates_that_do_not_work_yet_say_what_they_wait_for():
    assert sorted(set(TEMPLATES) - set(USABLE)) == ["flash"]
    assert all(str(TEMPLATES[key].waits_for) for key in set(TEMPLATES) - set(USABLE))
    assert not any(template.waits_for for template in USABLE.values())


def test_every_built_in_question_has_a_form_and_every_weight_counts():
    for pattern in QUESTIONS:
        assert pattern["field"] == "capacity" or pattern["field"] in PARTS
        assert form_for(Question(kind=pattern["kind"], field=pattern["field"]))
    assert sum(WEIGHTS.values()) == 100


def test_only_questions_that_are_not_asked_are_offered_again(draft):
    assert built_in_questions(draft) == []

    draft.questions.filter(field__in=["values", "goals"]).delete()
    assert [(order, one["field"]) for order, one in built_in_questions(draft)] == [
        (3, "goals"),
        (6, "values"),
    ]


def test_only_those_who_may_make_a_program(cast, now):
    starts_on = (now + timedelta(days=40)).date()
    may = {}
    for name, person in cast.items():
        before = Program.objects.count()
        try:
            actions.create_program(template="leadership", title=name, starts_on=starts_on, by=person, now=now)
        except Exception as refusal:
            assert type(refusal).__name__ == "PermissionDenied"
        may[name] = Program.objects.count() > before

    assert [name for name, made in may.items() if made] == ["hana", "ada", "oda"]


def test_a_deputy_may_make_a_program_too(now, otto):
    make.program(coordinators=[]).roles.create(person=otto, role="deputy")

    made = actions.create_program(
        template="leadership", title="Mine", starts_on=(now + timedelta(days=40)).date(), by=otto, now=now
    )
    assert made.roles.get().person == otto
