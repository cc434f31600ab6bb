"""Pages about goals: the five parts on one page, who reads them, and what they do with nonsense."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from programs.models import Enrolment
from relationships.models import Goal, GoalUpdate, Milestone
from relationships.views.goals import goals_context
from tests import make
from tests.make import NOW
from tests.pages import text

pytestmark = pytest.mark.usefixtures("clock")

GOAL = {
    "title": "Lead the depot roster change",
    "category": "leadership",
    "specific": "I lead the roster change of the depot from proposal to roll-out.",
    "measure": "yes_no",
    "baseline": "",
    "target": "",
    "unit": "",
    "evidence": "The new roster is in use on all five lines.",
    "first_step": "Ask Per for the last three rosters.",
    "resources": "",
    "confidence": "7",
    "relevance": "It is the first change I lead by myself.",
    "due_on": "2026-12-01",
    "visibility": "both",
    "version": "0",
    "key": "bcdfghjk",
}
PROPOSE = {"propose": "1"}


def new(pair):
    return reverse("relationships:new_goal", args=[pair.public_id])


def at(name, goal, *others):
    return reverse(f"relationships:{name}", args=[goal.public_id, *(other.public_id for other in others)])


# Who sees them

PAGES = ["goal", "goal_edit", "goal_closing"]
DEEDS = [
    "goal_proposal", "goal_agreement", "goal_change_request", "goal_restoration", "goal_updates",
    "goal_steps", "goal_confirmation", "goal_denial",
]  # fmt: skip


@pytest.mark.parametrize("name", ["cora", "otto", "hana", "ada", "ole", "oda"])
def test_for_everybody_else_there_are_no_goals(client, pair, cast, name):
    client.force_login(cast[name])
    goal = make.goal(pair, title="Quite secret")
    step = Milestone.objects.create(goal=goal, title="Step")

    assert client.get(new(pair)).status_code == 404
    assert [client.get(at(page, goal)).status_code for page in PAGES] == [404] * len(PAGES)
    assert [client.post(at(deed, goal)).status_code for deed in DEEDS] == [404] * len(DEEDS)
    assert client.post(at("goal_step", goal, step), {"state": "done"}).status_code == 404
    assert "Quite secret" not in text(client.get(reverse("relationships:goals")))


def test_a_private_goal_does_not_exist_for_the_other(as_mira, as_theo, pair):
    goal = make.goal(pair, state="draft", visibility="only_me", title="Quite secret")

    assert [as_mira.get(at(page, goal)).status_code for page in PAGES] == [404] * len(PAGES)
    assert [as_mira.post(at(deed, goal)).status_code for deed in DEEDS] == [404] * len(DEEDS)
    assert "Quite secret" not in text(as_mira.get(reverse("relationships:goals")))
    page = text(as_theo.get(at("goal", goal)))
    assert "Only you can read this." in page
    assert "Draft, only you" in page


def test_the_other_reads_a_shared_goal_and_does_not_change_it(as_mira, pair):
    goal = make.goal(pair)

    page = text(as_mira.get(at("goal", goal)))
    assert "Goal of Theo" in page
    assert at("goal_edit", goal) not in page
    response = as_mira.post(at("goal_edit", goal), GOAL | {"title": "Hers"}, follow=True)
    assert "Only the person who owns this goal can do this." in text(response)
    goal.refresh_from_db()
    assert goal.title == GOAL["title"]


def test_a_mentor_sees_shared_goals_by_person(client, mira, program):
    for name in ("Ann Able", "Ben Best"):
        one = make.relationship(program_=program, mentor=mira, mentee=make.person(name), stage="cultivation")
        make.goal(one, title=f"Goal of {name}")
        make.goal(one, title=f"Secret of {name}", state="draft", visibility="only_me")
    client.force_login(mira)

    page = text(client.get(reverse("relationships:goals"))).partition("<main")[2]

    assert page.index("You and Ben") < page.index("Goal of Ben Best") < page.index("You and Ann")
    assert page.index("You and Ann") < page.index("Goal of Ann Able")
    assert "Secret" not in page


# Writing


def test_a_draft_is_saved_with_a_title_only(as_theo, pair):
    response = as_theo.post(
        new(pair), {"title": "Lead", "category": "skill", "measure": "yes_no", "visibility": "both"}
    )

    goal = Goal.objects.get()
    assert (response.status_code, response["Location"]) == (303, at("goal", goal))
    assert (goal.state, goal.smart_parts) == ("draft", 0)
    assert "Before you can propose it" in text(as_theo.get(response["Location"]))


def test_a_whole_goal_is_saved_and_proposed_at_once(as_theo, pair):
    response = as_theo.post(new(pair), GOAL | PROPOSE, follow=True)

    goal = Goal.objects.get()
    assert (goal.state, goal.smart_parts, goal.due_on) == ("proposed", 5, date(2026, 12, 1))
    assert "Saved and proposed. Mira is asked to agree." in text(response)


def test_pressing_twice_makes_one_goal(as_theo, pair):
    for _n in range(2):
        as_theo.post(new(pair), GOAL | PROPOSE)

    assert Goal.objects.count() == 1


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ({"specific": ""}, "specific"),
        ({"specific": GOAL["title"]}, "specific"),
        ({"evidence": ""}, "evidence"),
        ({"measure": "number", "baseline": "0"}, "target"),
        ({"measure": "number", "baseline": "3", "target": "3"}, "target"),
        ({"measure": "level", "baseline": "2", "target": "9"}, "target"),
        ({"first_step": ""}, "first_step"),
        ({"relevance": "no"}, "relevance"),
        ({"due_on": ""}, "due_on"),
        ({"due_on": "2026-10-12"}, "due_on"),
        ({"due_on": "2027-12-31"}, "due_on"),
        ({"visibility": "only_me"}, "visibility"),
    ],
)
def test_what_is_missing_is_said_beside_its_part_and_the_rest_is_kept(as_theo, pair, bad, field):
    response = as_theo.post(new(pair), GOAL | PROPOSE | bad)

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert GOAL["resources"] in text(response)
    assert GOAL["title"] in text(response)
    assert Goal.objects.count() == 0


def test_words_that_are_no_number_are_told_once(as_theo, pair):
    response = as_theo.post(
        new(pair), GOAL | PROPOSE | {"measure": "number", "baseline": "two", "target": "6"}
    )

    assert dict(response.context["form"].errors) == {"baseline": ["Enter a number, for example 6 or 2.5."]}


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": "\x00"}, "title"),
        ({"specific": "x" * 1_000_000}, "specific"),
        ({"category": "other'--"}, "category"),
        ({"measure": "miles"}, "measure"),
        ({"baseline": "NaN"}, "baseline"),
        ({"target": "Infinity"}, "target"),
        ({"target": "1e400"}, "target"),
        ({"target": "9" * 500}, "target"),
        ({"unit": "x" * 41}, "unit"),
        ({"confidence": "0"}, "confidence"),
        ({"confidence": "11"}, "confidence"),
        ({"confidence": "½"}, "confidence"),
        ({"due_on": "0001-01-01"}, "due_on"),
        ({"due_on": "9999-12-31"}, "due_on"),
        ({"due_on": "31/02/2027"}, "due_on"),
        ({"visibility": "everybody"}, "visibility"),
    ],
)
def test_nonsense_is_said_beside_its_field_in_a_draft_too(as_theo, pair, bad, field):
    response = as_theo.post(new(pair), GOAL | bad)

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert Goal.objects.count() == 0


@pytest.mark.parametrize("hidden", [{"key": "\x00"}, {"key": "x" * 999}, {"version": "x"}, {"version": "-9"}])
def test_what_is_hidden_in_the_form_breaks_nothing(as_theo, pair, hidden):
    assert as_theo.post(new(pair), GOAL | hidden).status_code == 303


def test_somebody_elses_key_makes_a_goal_of_ones_own(as_theo, pair, other_pair):
    theirs = make.goal(other_pair, title="Theirs")

    as_theo.post(new(pair), GOAL | {"key": theirs.public_id})

    theirs.refresh_from_db()
    assert theirs.title == "Theirs"
    assert pair.goals.get().title == GOAL["title"]


def test_the_first_goal_begins_with_what_was_written_when_joining(as_theo, as_mira, pair, theo):
    own = Enrolment.objects.get(person=theo)
    own.draft_goal = "I want to run a depot one day."
    own.save()

    page = as_theo.get(new(pair))
    assert page.context["form"].initial == {
        "title": "I want to run a depot one day.",
        "specific": "I want to run a depot one day.",
    }
    assert "I want to run" not in text(as_mira.get(new(pair)))

    make.goal(pair)
    assert "I want to run a depot one day." not in text(as_theo.get(new(pair)))


def test_every_field_in_which_one_writes_says_who_can_read_it(as_theo, pair):
    form = as_theo.get(new(pair)).context["form"]

    for name in form.WRITTEN:
        assert form[name].seen_by.words == (
            "You and Mira can read this, or you alone if you choose so below. Coordinators and HR cannot."
        )


# Agreeing and changing


def test_the_other_agrees(as_theo, as_mira, pair):
    as_theo.post(new(pair), GOAL | PROPOSE)
    goal = Goal.objects.get()

    assert "Agree to this goal" not in text(as_theo.get(at("goal", goal)))
    assert "Agree to this goal" in text(as_mira.get(at("goal", goal)))
    assert as_theo.post(at("goal_agreement", goal), {"version": "1"}).status_code == 403
    as_mira.post(at("goal_agreement", goal), {"version": "1"})

    goal.refresh_from_db()
    assert goal.state == "agreed"
    assert "On track" in text(as_theo.get(reverse("relationships:goals")))


def test_agreeing_to_what_one_has_not_read_is_refused(as_mira, pair):
    goal = make.goal(pair, state="proposed")
    Goal.objects.filter(pk=goal.pk).update(version=3)

    response = as_mira.post(at("goal_agreement", goal), {"version": "0"}, follow=True)

    assert "Read it again before you go on" in text(response)
    goal.refresh_from_db()
    assert goal.state == "proposed"


def test_the_other_asks_for_a_change(as_mira, pair):
    goal = make.goal(pair, state="proposed")

    as_mira.post(at("goal_change_request", goal), {"note": "Is it yours?", "version": "0"})

    goal.refresh_from_db()
    assert (goal.state, GoalUpdate.objects.get().note) == ("draft", "Is it yours?")


@pytest.mark.parametrize("name", ["goal_change_request", "goal_denial"])
@pytest.mark.parametrize("note", ["x" * 1_000_000, "\x00"])
def test_words_that_cannot_be_kept_come_back_on_the_page(as_mira, pair, name, note):
    goal = make.goal(pair, state="proposed")

    response = as_mira.post(at(name, goal), {"note": note})

    assert response.status_code == 422
    assert "There is a problem" in text(response)


def test_a_change_of_what_was_agreed_asks_the_other_again_and_can_be_taken_back(as_theo, pair):
    goal = make.goal(pair)
    changed = GOAL | {"title": "Lead two changes", "due_on": "2026-12-11"}

    response = as_theo.post(at("goal_edit", goal), changed, follow=True)
    goal.refresh_from_db()
    assert (goal.state, goal.title, goal.revision) == ("proposed", "Lead two changes", 2)
    assert "Mira is asked to agree to the change." in text(response)
    assert "As you had agreed it before" in text(response)

    as_theo.post(at("goal_restoration", goal), {"version": "1"})
    goal.refresh_from_db()
    assert (goal.state, goal.title, goal.revision) == ("agreed", "Lead the depot roster change", 1)


def test_of_two_texts_none_is_lost(as_theo, pair):
    goal = make.goal(pair, state="draft", version=5, relevance="Changed by another window.")

    response = as_theo.post(at("goal_edit", goal), GOAL | {"relevance": "What I have just written."})

    assert response.status_code == 409
    page = text(response)
    assert "Changed by another window." in page
    assert "What I have just written." in page
    sent = GOAL | {
        "relevance": "What I have just written.",
        "version": str(response.context["form"]["version"].value()),
    }
    assert as_theo.post(at("goal_edit", goal), sent).status_code == 303
    goal.refresh_from_db()
    assert goal.relevance == "What I have just written."


def test_an_agreed_goal_asks_no_more_who_can_read_it(as_theo, pair):
    assert "visibility" not in as_theo.get(at("goal_edit", make.goal(pair))).context["form"].fields


def test_the_day_of_a_goal_is_not_moved_before_its_steps(as_theo, pair):
    goal = make.goal(pair, state="draft")
    Milestone.objects.create(goal=goal, title="Late", due_on=date(2026, 12, 5))

    response = as_theo.post(at("goal_edit", goal), GOAL)

    assert response.status_code == 422
    assert "A step of this goal is due later." in text(response)


# Progress, steps, closing


def test_progress_and_steps_are_kept(as_theo, as_mira, pair):
    goal = make.goal(pair)

    as_theo.post(at("goal_updates", goal), {"percent": "40", "note": "Draft written.", "key": "bcdfghjk"})
    as_theo.post(at("goal_steps", goal), {"title": "Present it", "due_on": "2026-11-01", "key": "cdfghjkm"})
    as_mira.post(at("goal_step", goal, Milestone.objects.get()), {"state": "done"})

    goal.refresh_from_db()
    assert (goal.progress, goal.state, Milestone.objects.get().state) == (40, "in_progress", "done")
    page = text(as_mira.get(at("goal", goal)))
    assert "Draft written." in page
    assert "1 of 1 step" in page


def test_a_goal_that_is_counted_asks_for_its_number(as_theo, pair):
    goal = make.goal(pair, measure="number", baseline=0, target=6, unit="talks")
    assert "Where are you today? (talks)" in text(as_theo.get(at("goal", goal)))

    as_theo.post(at("goal_updates", goal), {"value": "3"})

    goal.refresh_from_db()
    assert goal.progress == 50


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("goal_updates", {"percent": "101"}),
        ("goal_updates", {"percent": "-1"}),
        ("goal_updates", {"percent": ""}),
        ("goal_updates", {"percent": "a lot"}),
        ("goal_updates", {"percent": "9" * 400}),
        ("goal_updates", {"percent": "10", "note": "x" * 1_000_000}),
        ("goal_steps", {"title": ""}),
        ("goal_steps", {"title": "\x00"}),
        ("goal_steps", {"title": "x" * 201}),
        ("goal_steps", {"title": "Late", "due_on": "2027-01-01"}),
        ("goal_steps", {"title": "Old", "due_on": "0001-01-01"}),
        ("goal_steps", {"title": "Far", "due_on": "9999-12-31"}),
        ("goal_closing", {"state": ""}),
        ("goal_closing", {"state": "agreed"}),
        ("goal_closing", {"state": "dropped", "evidence": "\x00"}),
    ],
)
def test_what_is_wrong_is_said_and_changes_nothing(as_theo, pair, name, bad):
    goal = make.goal(pair)

    response = as_theo.post(at(name, goal), bad)

    assert response.status_code == 422
    assert "There is a problem" in text(response)
    goal.refresh_from_db()
    assert (goal.state, goal.progress, Milestone.objects.count()) == ("agreed", 0, 0)


def test_the_ninth_step_is_refused_beside_its_field(as_theo, pair):
    goal = make.goal(pair)
    for n in range(8):
        Milestone.objects.create(goal=goal, title=f"Step {n}")

    response = as_theo.post(at("goal_steps", goal), {"title": "One more"})

    assert response.status_code == 422
    assert "at most eight steps" in text(response)


@pytest.mark.parametrize("state", ["", "gone", "\x00"])
def test_a_step_is_open_done_or_dropped(as_theo, pair, state):
    goal = make.goal(pair)
    step = Milestone.objects.create(goal=goal, title="Step")

    assert as_theo.post(at("goal_step", goal, step), {"state": state}).status_code == 303
    step.refresh_from_db()
    assert step.state == "open"


def test_a_step_of_another_goal_is_not_found(as_theo, pair, other_pair):
    theirs = Milestone.objects.create(goal=make.goal(other_pair), title="Theirs")

    assert as_theo.post(at("goal_step", make.goal(pair), theirs), {"state": "done"}).status_code == 404


def test_achieved_with_evidence_closes_and_without_asks_the_other(as_theo, as_mira, pair):
    proven, claimed = make.goal(pair), make.goal(pair)

    as_theo.post(
        at("goal_closing", proven), {"state": "achieved", "evidence": "It is in use.", "version": "0"}
    )
    response = as_theo.post(at("goal_closing", claimed), {"state": "achieved", "version": "0"}, follow=True)

    proven.refresh_from_db()
    claimed.refresh_from_db()
    assert (proven.state, claimed.state) == ("achieved", "agreed")
    assert "Mira is asked to confirm it." in text(response)
    as_mira.post(at("goal_confirmation", claimed), {"version": "1"})
    claimed.refresh_from_db()
    assert claimed.state == "achieved"


def test_a_private_goal_is_achieved_with_evidence_only(as_theo, pair):
    goal = make.goal(pair, state="draft", visibility="only_me")

    response = as_theo.post(at("goal_closing", goal), {"state": "achieved"})
    assert list(response.context["form"].errors) == ["evidence"]


def test_a_closed_goal_is_read_and_not_changed(as_theo, pair):
    goal = make.goal(pair, state="achieved", closed_at=NOW)

    assert as_theo.get(at("goal", goal)).status_code == 200
    response = as_theo.get(at("goal_edit", goal), follow=True)
    assert "not possible in the goal&#x27;s state" in text(response)


# The pair's page, and lists


def test_the_part_of_the_pairs_page(pair, theo, mira):
    late = make.goal(pair, due_on=(NOW - timedelta(days=1)).date(), title="Late")
    make.goal(pair, title="Fine")
    make.goal(pair, title="Done", state="achieved", closed_at=NOW)
    make.goal(pair, title="Asked", state="proposed")
    make.goal(pair, title="Mine", state="draft", visibility="only_me")

    found = goals_context(pair, theo)["goals"]
    assert (found.title, found.closed, found.can_set) == ("Your goals", 1, True)
    assert [(line.goal.title, line.state, line.action) for line in found.lines] == [
        ("Late", "At risk", "Update"),
        ("Fine", "On track", "Update"),
        ("Asked", "Proposed", "Open"),
        ("Mine", "Draft, only you", "Update"),
    ]
    assert found.lines[0].goal == late

    found = goals_context(pair, mira)["goals"]
    assert found.title == "Goals of Theo"
    assert [(line.goal.title, line.action) for line in found.lines] == [
        ("Late", "Update"), ("Fine", "Update"), ("Asked", "Read and answer"),
    ]  # fmt: skip


@pytest.mark.parametrize("how_many", [1, 100])
def test_the_part_asks_the_same_however_many_goals(pair, theo, django_assert_num_queries, how_many):
    for _n in range(how_many):
        Milestone.objects.create(goal=make.goal(pair), title="Step")

    with django_assert_num_queries(2):
        goals_context(pair, theo)


@pytest.mark.parametrize("how_many", [1, 100])
def test_the_list_asks_the_same_however_long_it_is(as_theo, pair, django_assert_num_queries, how_many):
    for _n in range(how_many):
        Milestone.objects.create(goal=make.goal(pair), title="Step")

    with django_assert_num_queries(9):
        response = as_theo.get(reverse("relationships:goals"))
    assert response.status_code == 200


@pytest.mark.parametrize("how_many", [1, 40])
def test_a_goal_asks_the_same_however_much_happened(as_theo, pair, theo, django_assert_num_queries, how_many):
    goal = make.goal(pair, measure="number", baseline=0, target=6)
    for _n in range(how_many):
        Milestone.objects.create(goal=goal, title="Step")
        GoalUpdate.objects.create(goal=goal, author=theo, at=NOW, percent=10)

    with django_assert_num_queries(10):
        assert as_theo.get(at("goal", goal)).status_code == 200
