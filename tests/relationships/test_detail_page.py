import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from relationships import actions
from relationships.models import Relationship, Signature
from relationships.stages import Status
from tests import make
from tests.pages import text


@pytest.fixture
def today():
    """The pages look at the clock of the machine, so what they show is arranged around it."""
    return timezone.now()


@pytest.fixture
def pair(program, mira, theo, today):
    return make.relationship(
        program_=program,
        mentor=mira,
        mentee=theo,
        stage="initiation",
        activated_at=today - timedelta(days=10),
    )


def show(client, person, pair, **query):
    client.force_login(person)
    return client.get(reverse("relationships:detail", args=[pair.public_id]), query)


def press(client, person, pair, name, **data):
    client.force_login(person)
    return client.post(reverse(f"relationships:{name}", args=[pair.public_id]), data)


def again(pair):
    return Relationship.objects.with_people().get(pk=pair.pk)


# Who sees what


def test_each_reader_has_their_own_page_and_others_none(client, cast, pair):
    found = {name: show(client, person, pair) for name, person in cast.items()}
    assert {name: response.status_code for name, response in found.items()} == {
        **dict.fromkeys(cast, 404),
        "mira": 200,
        "theo": 200,
        "cora": 200,
    }
    templates = {name: found[name].templates[0].name for name in ("mira", "theo", "cora")}
    assert templates == {
        "mira": "relationships/detail.html",
        "theo": "relationships/detail.html",
        "cora": "relationships/process.html",
    }


def test_what_may_not_be_seen_equals_what_does_not_exist(client, otto, pair):
    client.force_login(otto)
    refused, missing = client.get(pair.get_absolute_url()), client.get("/pairs/zzzzzzzz/")
    assert (refused.status_code, missing.status_code) == (404, 404)
    assert without_token(refused) == without_token(missing)


def without_token(response):
    return re.sub(
        r'("X-CSRFToken": |name="csrfmiddlewaretoken" value=)"[^"]*"', "", response.content.decode()
    )


def test_whoever_is_not_signed_in_is_asked_to(client, pair):
    response = client.get(pair.get_absolute_url())
    assert (response.status_code, response.url.split("?")[0]) == (302, "/sign-in/")


SECRETS = {
    "purpose": "CANARY agreement",
    "title": "CANARY goal",
    "note": "CANARY note",
}


def test_the_coordinators_page_holds_nothing_that_the_two_wrote(client, cora, theo, mira, pair, today):
    make.agreement(pair, terms={"purpose": SECRETS["purpose"]})
    make.goal(pair, title=SECRETS["title"])
    make.meeting(pair, starts_at=today - timedelta(days=3))
    actions.write_note(pair, body=SECRETS["note"], private=False, by=theo, now=today)
    page = text(show(client, cora, pair))
    assert "CANARY" not in page
    assert "Signed" in page and "1" in page
    assert SECRETS["title"] in text(show(client, theo, pair))


def test_a_coordinator_who_is_a_member_sees_the_members_page(client, program, cora):
    own = make.relationship(program_=program, mentor=cora, mentee=make.person())
    assert show(client, cora, own).templates[0].name == "relationships/detail.html"


# What it shows


def test_a_new_pair_is_helped_to_say_hello(client, theo, mira, pair):
    page = text(show(client, theo, pair))
    assert "You and Mira" in page
    assert "Say hello to Mira" in page
    assert page.count("mailto:" + mira.email) == 2
    assert "Plan the first meeting" in page
    assert "0 of 3 done" in page
    assert "no orientation and no check-ins" in page


def test_the_checklist_follows_what_is_done(client, theo, pair, today):
    make.meeting(pair, starts_at=today - timedelta(days=5))
    make.meeting(pair, starts_at=today - timedelta(days=3))
    make.agreement(pair)
    page = text(show(client, theo, pair))
    assert "2 of 3 done" in page
    assert "Say hello to" not in page


def test_the_path_shows_where_the_two_stand(client, theo, cora, pair):
    page = text(show(client, theo, pair))
    assert 'data-now="Stage 1 of 4: Initiation. 0 of 3 done"' in page
    assert page.count('data-state="next"') == 3
    actions.move(pair, "cultivate", by=cora, now=timezone.now(), reason="Known.")
    page = text(show(client, theo, pair))
    assert 'data-now="Stage 2 of 4: Cultivation.' in page


@pytest.mark.parametrize(
    "starts_in, words",
    [
        (None, "Plan a meeting"),
        (timedelta(days=3), "Add to calendar"),
        (timedelta(minutes=5), "Join the call"),
        (timedelta(minutes=-20), "Join the call"),
        (timedelta(hours=-5), "Log this meeting"),
    ],
)
def test_the_main_button_changes_with_the_hour(client, theo, pair, today, starts_in, words):
    if starts_in is not None:
        place = "https://video.example.org/room"
        make.meeting(pair, starts_at=today + starts_in, state="scheduled", place=place)
    assert show(client, theo, pair).context["button"].words == words


def test_a_question_to_try_and_another_one(client, theo, pair):
    first, second = (show(client, theo, pair, question=n).context["question"] for n in (0, 1))
    assert first != second
    for hostile in ("-1", "x", "٣", "9" * 50, "\0"):
        assert show(client, theo, pair, question=hostile).context["question"] == first


@pytest.mark.parametrize("status", ["paused", "completed", "ended_early", "cancelled", "pending"])
def test_every_state_has_its_page(client, theo, cora, program, mira, status):
    stage = "redefinition" if status == "completed" else "cultivation"
    pair = make.relationship(program_=program, mentor=mira, mentee=theo, status=status, stage=stage)
    for person in (theo, cora):
        response = show(client, person, pair)
        assert response.status_code == 200
    assert (show(client, theo, pair).context["button"] is None) == (status != "active")


@pytest.mark.parametrize("stage", ["initiation", "cultivation", "separation", "redefinition"])
def test_every_stage_has_its_page(client, theo, cora, program, mira, stage):
    pair = make.relationship(program_=program, mentor=mira, mentee=theo, stage=stage)
    for person in (theo, cora):
        assert show(client, person, pair).status_code == 200


def test_the_pages_ask_the_same_number_of_questions_however_much_there_is(
    client, theo, cora, pair, today, django_assert_num_queries
):
    """The home of a pair is made of parts, each with questions of its own; their number does not grow."""

    def fill(times):
        for n in range(times):
            made = make.meeting(
                pair, starts_at=today - timedelta(days=2, minutes=60 * (n + pair.meetings.count()))
            )
            make.goal(pair)
            actions.write_note(pair, body="A note", private=False, by=theo, now=today)
            assert made

    fill(1)
    agreement = make.agreement(pair)
    Signature.objects.create(agreement=agreement, person=theo, signed_at=today, content_hash="0" * 64)
    show(client, theo, pair)
    for _round in range(2):
        for person, number in ((theo, HOME), (cora, PROCESS)):
            client.force_login(person)
            with django_assert_num_queries(number):
                client.get(pair.get_absolute_url())
        fill(9)


HOME, PROCESS = 22, 17


# What it does


def test_asking_agreeing_and_not_yet_by_the_buttons(client, theo, mira, pair, today):
    make.meeting(pair, starts_at=today - timedelta(days=3))
    response = press(client, mira, pair, "moves", verb="wind_up", version=pair.version)
    assert (response.status_code, response.url) == (303, pair.get_absolute_url())
    page = text(show(client, theo, pair))
    assert "Mira suggests: Move to Separation." in page
    assert "You suggested: Move to Separation." in text(show(client, mira, pair))

    press(client, theo, pair, "move_refusal")
    assert again(pair).stage == "initiation"
    press(client, mira, pair, "moves", verb="wind_up")
    press(client, theo, pair, "moves", verb="wind_up")
    assert again(pair).stage == "separation"


def test_a_step_that_misses_something_says_so_instead_of_a_button(client, theo, pair):
    page = text(show(client, theo, pair))
    assert "Still missing: 2 meetings held." in page
    response = press(client, theo, pair, "moves", verb="cultivate")
    assert "Still missing" in text(client.get(response.url))


def test_a_stale_page_is_told(client, cora, pair):
    actions.move(pair, "cultivate", by=cora, now=timezone.now(), reason=".")
    actions.move(pair, "recontract", by=cora, now=timezone.now(), reason=".")
    response = press(client, cora, pair, "moves", verb="cultivate", version=0, reason="From an old page.")
    assert "Somebody else has just changed this relationship" in text(client.get(response.url))
    assert again(pair).stage == "initiation"


def test_the_coordinator_moves_with_a_reason_from_the_form(client, cora, pair):
    response = press(client, cora, pair, "moves", verb="cultivate", reason="")
    assert "Say why" in text(client.get(response.url))
    press(client, cora, pair, "moves", verb="cultivate", reason="They told me.")
    assert again(pair).transitions.last().reason == "They told me."
    assert "They told me." in text(show(client, cora, pair))


def test_a_reason_that_is_too_long_is_kept_and_complained_about(client, cora, pair):
    response = press(client, cora, pair, "moves", verb="cultivate", reason="x" * 2001)
    assert response.status_code == 422
    assert "x" * 2001 in response.content.decode()
    assert again(pair).stage == "initiation"


def test_a_member_gives_no_reason_and_never_reads_those_of_coordinators(client, theo, cora, pair, today):
    actions.move(pair, "cultivate", by=cora, now=today, reason="CANARY reason")
    for reason in ("Mine.", "x" * 2001):
        response = press(client, theo, pair, "moves", verb="recontract", reason=reason)
        assert response.status_code == 303
    assert "CANARY" not in text(show(client, theo, pair))
    assert "CANARY reason" in text(show(client, cora, pair))


def test_a_step_of_the_clock_is_taken_back_by_its_button(client, theo, pair, today):
    make.meeting(pair, starts_at=today - timedelta(days=3))
    pair.separation_on = today.date() - timedelta(days=1)
    pair.save()
    actions.move(pair, "wind_up", by=None, now=today)
    assert "happened by the calendar of your program" in text(show(client, theo, pair))
    press(client, theo, pair, "move_withdrawal", version=again(pair).version)
    assert again(pair).stage == "initiation"


def test_a_closing_meeting_is_waived_on_the_page(client, theo, mira, cora, pair):
    actions.move(pair, "wind_up", by=cora, now=timezone.now(), reason=".")
    assert press(client, theo, pair, "closing_waiver", why="").status_code == 422
    assert press(client, theo, pair, "closing_waiver", why="We live far apart.").status_code == 303
    assert again(pair).closing_waiver.reason == "We live far apart."
    assert "There will be no closing meeting" not in text(show(client, mira, pair))
    assert press(client, cora, pair, "closing_waiver", why="I say so.").status_code == 404


@pytest.mark.parametrize("verb", ["", "nonsense", "activate", "pause", "end", "take_back", "\0", "x" * 9000])
def test_hostile_verbs_move_nothing_and_break_nothing(client, theo, cora, pair, verb):
    for person in (theo, cora):
        response = press(client, person, pair, "moves", verb=verb, reason="Because.", version="٣x")
        assert response.status_code == 303
    assert again(pair).status == Status.ACTIVE
    assert pair.transitions.count() == 1


def test_strangers_press_in_vain(client, otto, other_pair, pair):
    for person in (otto, other_pair.mentor, other_pair.coordinators[0]):
        for name in (
            "moves",
            "move_refusal",
            "move_withdrawal",
            "closing_waiver",
            "pause",
            "ending",
            "afterwards",
        ):
            assert press(client, person, pair, name, verb="end").status_code == 404
    assert pair.transitions.count() == 1


def test_looking_changes_nothing(client, theo, pair):
    for name in (
        "moves",
        "move_refusal",
        "move_withdrawal",
        "closing_waiver",
        "signature",
        "pause",
        "afterwards",
    ):
        client.force_login(theo)
        assert client.get(reverse(f"relationships:{name}", args=[pair.public_id])).status_code == 405
