"""The coordinator's dashboard: figures counted by hand, who may look, what needs somebody, and how much it asks."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from activity.actions import record
from activity.models import Letter, RefusingAddress
from matching.models import Proposal, ProposalMember
from relationships.models import MoveRequest, Pause
from reports.dashboard import dashboard_of
from reports.needs import QUESTIONS
from tests import make
from tests.make import NOW
from tests.pages import text

pytestmark = pytest.mark.usefixtures("clock")

DAY = timedelta(days=1)


@pytest.fixture
def as_cora(client, cora):
    client.force_login(cora)
    return client


def page(client, program, name="dashboard"):
    return client.get(reverse(f"reports:{name}", args=[program.public_id]))


def board(program):
    return dashboard_of(program, list(program.cycles.all()), NOW)


def figures(program):
    return {
        figure["label"]: (figure["big"], figure["small"], figure["note"]) for figure in board(program).figures
    }


def codes(program):
    return [need.code for need in board(program).needs]


def pair(program, **fields):
    fields = {"stage": "cultivation", "activated_at": NOW - 100 * DAY, **fields}
    made = make.relationship(program_=program, **fields)
    make.agreement(made)
    make.goal(made)
    return made


# Who may look


@pytest.mark.parametrize("name", ["dashboard", "activity", "log"])
def test_coordinators_alone_open_the_pages_of_their_program(name, cast, program, pair):
    answers = {}
    for who, person in cast.items():
        client = Client()
        client.force_login(person)
        answers[who] = page(client, program, name).status_code

    assert answers == dict.fromkeys(cast, 404) | {"cora": 200}


def test_nobody_sees_a_program_that_does_not_exist(as_cora):
    assert as_cora.get("/p/nowhere0/").status_code == 404


@pytest.mark.parametrize("url", ["/p/%00/", "/p/x%00/log/", "/p/x%00/activity/", "/exports/%00/file/"])
def test_an_address_that_cannot_be_leads_nowhere(url, as_cora):
    assert as_cora.get(url).status_code == 404


# Numbers


def test_the_four_numbers_are_those_counted_by_hand(program):
    """Three pairs: one met 10 and 40 days ago, one 80 days ago, one is paused; one mentee waits."""
    met, long_ago, resting = pair(program), pair(program), pair(program, status="paused")
    make.meeting(met, starts_at=NOW - 40 * DAY)
    make.meeting(met, starts_at=NOW - 10 * DAY)
    make.meeting(long_ago, starts_at=NOW - 80 * DAY)
    Pause.objects.create(relationship=resting, began_at=NOW - 50 * DAY, until=(NOW + 5 * DAY).date())
    make.enrolment(program, role="mentee", state="ready", state_since=NOW - DAY)
    late = make.goal(long_ago, due_on=(NOW - DAY).date(), agreed_at=NOW - 60 * DAY)

    assert late.is_at_risk(NOW.date())
    assert figures(program) == {
        "Mentees matched": (3, "of 4", "1 has had no mentor yet"),
        "Met recently": (1, "of 2 active pairs", "Within twice their own rhythm"),
        # 100 days at a rhythm of 28 ask for 3 meetings, 50 days before a pause for 1.
        "Meetings logged": (3, "", "7 expected by now"),
        "Goals on track": (3, "of 4 open goals", "1 at risk"),
    }


def test_a_new_rhythm_counts_from_the_day_on_which_it_was_signed(program):
    faster = pair(program, activated_at=NOW - 56 * DAY)
    faster.agreements.update(cadence_days=14, in_force_at=NOW - 28 * DAY)

    assert figures(program)["Meetings logged"][2] == "3 expected by now"


def test_a_meeting_that_was_disputed_is_not_counted(program):
    one = pair(program)
    make.meeting(one, disputed_by=one.mentor, disputed_at=NOW - DAY)

    assert figures(program)["Meetings logged"][0] == 0


def test_each_pair_is_a_mark_under_its_stage(program):
    pair(program, stage="initiation", activated_at=NOW - 5 * DAY)
    make.meeting(pair(program), starts_at=NOW - 60 * DAY)
    pair(program, status="paused")
    pair(program, status="ended_early")

    stops = [(stop.name, stop.mark, stop.note) for stop in board(program).stops]
    assert stops == [
        ("Initiation", "1", ""),
        ("Cultivation", "2", "1 needs a check-in, 1 paused"),
        ("Separation", "0", "Opens 5 March 2027"),
        ("Redefinition", "0", "After 13 June 2027"),
    ]


def test_weeks_are_counted_from_monday_and_the_running_one_is_not_over(program):
    one = pair(program, activated_at=NOW - 14 * DAY)
    make.meeting(one, starts_at=NOW - timedelta(hours=2))
    make.meeting(one, starts_at=NOW - 1 * DAY)
    make.meeting(one, starts_at=NOW - 7 * DAY)

    weeks = board(program).weeks
    assert [(point.label, point.value) for point in weeks.points] == [
        ("28 Sep", 0),
        ("5 Oct", 2),
        ("12 Oct", 1),
    ]
    assert (weeks.expected, weeks.so_far) == (0.2, True)


# Needs


def test_nothing_needs_somebody_when_all_is_well(as_cora, program):
    make.meeting(pair(program), starts_at=NOW - 10 * DAY)

    assert codes(program) == []
    assert "Nothing needs you. 1 of 1 pairs met within twice their rhythm." in text(page(as_cora, program))


def make_never_met(program):
    pair(program)


def make_long_silent(program):
    make.meeting(pair(program), starts_at=NOW - 57 * DAY)


def make_unsigned(program):
    one = met(program)
    one.agreements.all().delete()


def make_without_goal(program):
    one = met(program)
    one.goals.all().delete()


def make_reporting_line(program):
    met(program, reporting_line_since=NOW - DAY)


def make_without_closing(program):
    met(program, stage="separation", planned_end_on=(NOW + 10 * DAY).date())


def make_unanswered(program):
    one = met(program)
    MoveRequest.objects.create(
        relationship=one, verb="wind_up", asked_by=one.mentee, asked_at=NOW - 15 * DAY, due_at=NOW - DAY,
        state="lapsed", answered_at=NOW - DAY,
    )  # fmt: skip


def make_stalled(program):
    met(program, planned_end_on=(NOW - DAY).date())


def make_pause_over(program):
    met(program, status="paused", paused_until=(NOW - DAY).date())


def met(program, **fields):
    one = pair(program, **fields)
    make.meeting(one, starts_at=NOW - 10 * DAY)
    return one


MAKERS = {
    "never_met": make_never_met,
    "long_silent": make_long_silent,
    "unsigned": make_unsigned,
    "without_goal": make_without_goal,
    "reporting_line": make_reporting_line,
    "without_closing": make_without_closing,
    "unanswered": make_unanswered,
    "stalled": make_stalled,
    "pause_over": make_pause_over,
}


def test_every_question_has_a_maker():
    assert MAKERS.keys() == QUESTIONS.keys()


@pytest.mark.parametrize("code", QUESTIONS)
def test_each_flag_is_one_line_with_the_people_and_one_action(code, as_cora, program):
    MAKERS[code](program)
    MAKERS[code](program)

    (need,) = [need for need in board(program).needs if need.code == code]
    names = [
        f"{one.mentee.short_name} and {one.mentor.short_name}" for one in program.relationships.with_members()
    ]
    assert sorted(need.sub.split(", ")) == sorted(names)
    assert need.title.startswith("2 ") or need.title.startswith("In 2 ")
    assert need.action
    assert as_cora.get(need.url).status_code == 200
    assert codes(program) == [code]


def test_a_mentee_waits_for_seven_days_before_somebody_is_asked(program):
    met(program)
    fields = {"role": "mentee", "state": "ready"}
    make.enrolment(program, make.person("Noor Nasser"), state_since=NOW - 8 * DAY, **fields)
    make.enrolment(program, make.person("Elias Ek"), state_since=NOW - 6 * DAY, **fields)

    (need,) = board(program).needs
    assert (need.code, need.title, need.sub) == (
        "waiting", "1 mentee is waiting for a mentor", "Noor Nasser since 4 Oct",
    )  # fmt: skip


def offer(program, *, state="offered", expires_at=NOW + DAY, **fields):
    made = Proposal.objects.create(
        cycle=program.cycles.get(), state=state, offered_at=NOW - 6 * DAY, expires_at=expires_at, **fields
    )
    for name, role in (("Elias Ek", "mentee"), ("Lucia Lund", "mentor")):
        own = make.enrolment(program, make.person(name), role, state="ready", state_since=NOW - DAY)
        ProposalMember.objects.create(proposal=made, person=own.person, enrolment=own, role=role)


def test_offers_that_expire_soon_or_were_declined_are_named(program):
    offer(program)
    offer(program, expires_at=NOW + 5 * DAY)
    offer(program, state="declined", settled_at=NOW - 2 * DAY)

    assert [(need.code, need.title, need.sub) for need in board(program).needs] == [
        ("declined", "1 offer was declined", "Elias Ek and Lucia Lund"),
        ("expiring", "1 offer expires within two days", "Elias Ek and Lucia Lund"),
    ]


def test_letters_that_came_back_are_named(program, theo):
    Letter.objects.create(
        key="a", kind="relationships.nudge", person=theo, about="x", scope=program.scope, state="dead",
        created_at=NOW, wanted_at=NOW - DAY, run_at=NOW, message_id="a",
    )  # fmt: skip

    assert [(need.code, need.sub) for need in board(program).needs] == [("returned", "Theo Tamm")]


def test_people_whose_address_refuses_mail_are_named_while_it_does(program, theo, otto):
    make.enrolment(program, theo)
    for person in (theo, otto):
        RefusingAddress.objects.create(address=person.email.lower(), since=NOW - DAY, status="5.1.1")

    (need,) = board(program).needs
    assert (need.code, need.title, need.sub, need.since) == (
        "refusing",
        "1 address refuses mail",
        "Theo Tamm",
        NOW - DAY,
    )

    RefusingAddress.objects.all().delete()
    assert board(program).needs == []


def test_a_mentor_with_more_pairs_than_places_is_named(program, mira):
    make.enrolment(program, mira, "mentor", state="matched", capacity=1)
    met(program, mentor=mira)
    met(program, mentor=mira)

    assert [(need.code, need.sub) for need in board(program).needs] == [("overload", "Mira Moreau")]


def test_the_oldest_comes_first_and_seven_are_enough(program, mira):
    for maker in MAKERS.values():
        maker(program)
    needs = board(program).needs

    assert len(needs) == 7
    assert [need.since for need in needs] == sorted(need.since for need in needs)


# Words


def test_nothing_that_was_written_is_on_the_page(as_cora, program):
    one = met(program)
    make.note(one, body="The depot secret")
    make.agenda_item(one, "The agenda secret")
    make.goal(one, title="The goal secret")

    assert "secret" not in text(page(as_cora, program)) + text(page(as_cora, program, "activity"))


def test_this_week_tells_who_did_what(as_cora, program, mira, theo):
    one = met(program, mentor=mira, mentee=theo)
    record("relationships.agreement_in_force", one, by=theo, at=NOW - DAY, scope=program.scope)
    record("relationships.nudged", one, by=theo, at=NOW - 9 * DAY, scope=program.scope)

    assert [(told.who, told.what) for told in board(program).events] == [
        ("Theo Tamm, Theo and Mira", "both signed the agreement")
    ]
    assert "asked how it goes" in text(page(as_cora, program, "activity"))


def test_before_there_are_pairs_the_page_says_where_one_is(as_cora, program):
    response = page(as_cora, program)
    assert response.status_code == 200
    assert "You are here" in text(response)
    assert "Bring people in" in text(response)

    make.enrolment(program, role="mentee")
    make.enrolment(program, role="mentor")
    assert "1 mentees and 1 mentors can be matched." in text(page(as_cora, program))


def test_a_draft_leads_to_its_set_up(as_cora, cora):
    draft = make.program(coordinators=[cora], state="draft")

    assert reverse("programs:setup", args=[draft.public_id]) in text(page(as_cora, draft))


# Cost


@pytest.mark.parametrize("name", ["dashboard", "activity"])
def test_a_hundred_pairs_ask_no_more_than_one(name, as_cora, program):
    page(as_cora, program, name)
    counts = []
    for many in (1, 99):
        for _n in range(many):
            one = make.relationship(program_=program, stage="cultivation", activated_at=NOW - 100 * DAY)
            make.goal(one)
            held = make.meeting(one)
            record("relationships.nudged", one, by=one.mentee, at=NOW, scope=program.scope)
            record("relationships.meeting_held", held, by=one.mentee, at=NOW, scope=program.scope)
        with CaptureQueriesContext(connection) as asked:
            assert page(as_cora, program, name).status_code == 200
        counts.append(len(asked))

    assert counts == [12, 12] if name == "dashboard" else counts[0] == counts[1] <= 12
