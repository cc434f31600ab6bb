"""Where people land, and what comes first."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests import make
from tests.pages import text

HOME = reverse("home")


@pytest.fixture
def now():
    return timezone.now()


def steps(client, person):
    client.force_login(person)
    context = client.get(HOME).context
    return [step.title for step in ([context["first"]] if context["first"] else []) + list(context["others"])]


def test_each_role_lands_on_a_page_that_is_there(client, cast, program):
    landed = {}
    for who, person in cast.items():
        client.force_login(person)
        response = client.get("/", follow=True)
        assert response.status_code == 200, who
        landed[who] = response.redirect_chain[-1][0]
    assert landed == {
        "mira": HOME,
        "theo": HOME,
        "otto": HOME,
        "ole": HOME,
        "olga": HOME,
        "cora": reverse("reports:dashboard", args=[program.public_id]),
        "oda": reverse("reports:dashboard", args=[cast["oda"].program_roles.get().program.public_id]),
        "hana": reverse("reports:outcomes"),
        "ada": reverse("people:directory"),
    }


def test_who_coordinates_several_lands_on_the_list(client, cora, program):
    make.program(coordinators=[cora], title="Second")
    client.force_login(cora)
    assert client.get(HOME)["Location"] == reverse("programs:index")


def test_anonymous_people_sign_in_first(client, db):
    assert client.get(HOME)["Location"].startswith("/sign-in/")


def test_who_takes_part_in_nothing_reads_how_one_comes_in(client, otto):
    client.force_login(otto)
    assert "You take part in no program yet" in text(client.get(HOME))


def test_an_invitation_waits_at_the_question_where_one_stopped(client, theo, cora, now):
    opened = make.open_program(cora, now=now)
    enrolment = make.enrolment(opened, theo, state="invited", progress={"step": 2})
    assert steps(client, theo) == ["Your place in Emerging Leaders is open"]
    assert reverse("programs:question", args=[enrolment.public_id, 3]) in text(client.get(HOME))


def test_who_is_ready_reads_who_matches_and_when(client, theo, cora, now):
    make.enrolment(make.open_program(cora, now=now), theo)
    client.force_login(theo)
    assert "Cora matches on" in text(client.get(HOME))


def test_an_offer_comes_before_everything_else(client, theo, mira, cora, now):
    opened = make.open_program(cora, now=now)
    pair = make.relationship(
        mentor=make.person("Mona Mentor"), mentee=theo, activated_at=now - timedelta(days=3)
    )
    make.proposal(opened, mira, theo, told_from=now - timedelta(minutes=1))
    assert steps(client, theo) == [
        "Meet Mira Moreau, suggested as your mentor",
        "Plan your first meeting with Mona",
    ]
    assert pair.get_absolute_url() in text(client.get(HOME))


@pytest.mark.parametrize("change", ["answered", "expired", "not told"])
def test_an_offer_that_waits_for_nobody_here_is_not_shown(client, theo, mira, cora, now, change):
    opened = make.open_program(cora, now=now)
    told = {"answered": -1, "expired": -60 * 24 * 9, "not told": 5}[change]
    offer = make.proposal(opened, mira, theo, told_from=now + timedelta(minutes=told))
    if change == "answered":
        offer.members.filter(person=theo).update(answer="accepted", answered_at=now)
    assert steps(client, theo) == []


def test_meetings_signatures_and_goals_wait_for_their_person(client, theo, mira, now):
    pair = make.relationship(mentor=mira, mentee=theo, activated_at=now - timedelta(days=20))
    make.meeting(pair, starts_at=now - timedelta(days=1), state="scheduled")
    make.agreement(pair, state="proposed")
    make.goal(pair, state="proposed")
    assert steps(client, mira) == [
        "Did you and Theo meet?",
        "Theo has proposed how you work together",
        "Theo has proposed a goal",
        "Plan your first meeting with Theo",
    ]
    assert "Mira has proposed a goal" not in steps(client, theo)


def test_what_has_ended_is_still_to_be_found(client, theo, mira):
    make.relationship(mentor=mira, mentee=theo, status="ended_early")
    client.force_login(theo)
    page = text(client.get(HOME))
    assert "Earlier" in page and "Mira Moreau" in page


def test_every_way_on_leads_somewhere(client, theo, mira, cora, now):
    opened = make.open_program(cora, now=now)
    make.proposal(opened, make.person(), theo, told_from=now - timedelta(minutes=1))
    pair = make.relationship(mentor=mira, mentee=theo, activated_at=now - timedelta(days=20))
    make.meeting(pair, starts_at=now - timedelta(days=1), state="scheduled")
    make.agreement(pair, state="proposed", proposed_by=mira)
    make.goal(pair, state="proposed", owner=mira)
    client.force_login(theo)
    context = client.get(HOME).context
    for step in [context["first"], *context["others"]]:
        assert client.get(step.url).status_code == 200, step


def test_many_pairs_cost_no_more_than_one(client, mira, now, django_assert_num_queries):
    def pairs(count):
        for _ in range(count):
            one = make.relationship(mentor=mira, mentee=make.person(), activated_at=now - timedelta(days=20))
            make.meeting(one, starts_at=now - timedelta(days=1), state="scheduled")
            make.meeting(one, starts_at=now + timedelta(days=3), state="scheduled")
            make.agreement(one, state="proposed")
            make.goal(one, state="proposed")
            make.goal(one)
            waiting = make.open_program(make.person(), now=now)
            make.enrolment(waiting, mira, "mentor")

    pairs(1)
    client.force_login(mira)
    client.get(HOME)
    for _ in range(2):
        with django_assert_num_queries(17):
            client.get(HOME)
        pairs(4)
