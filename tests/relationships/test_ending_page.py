from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from relationships import actions
from relationships.models import ClosureReason, Relationship
from tests import make
from tests.pages import text

PAGES = ("pause_or_end", "ending")


def address(pair, name="pause_or_end"):
    return reverse(f"relationships:{name}", args=[pair.public_id])


def press(client, person, pair, name, **data):
    client.force_login(person)
    return client.post(address(pair, name), data)


def again(pair):
    return Relationship.objects.with_people().get(pk=pair.pk)


def soon(days):
    return (timezone.now() + timedelta(days=days)).date().isoformat()


def test_the_two_and_their_coordinator_can_open_it(client, cast, pair):
    for name, person in cast.items():
        client.force_login(person)
        expected = 200 if name in ("mira", "theo", "cora") else 404
        for page in PAGES:
            assert (name, client.get(address(pair, page)).status_code) == (name, expected)


def test_all_the_ways_stand_on_one_page(client, theo, cora, pair):
    client.force_login(theo)
    page = text(client.get(address(pair)))
    for words in ("Talk to somebody first", "Pause", "Finish together", "End now", "you need not say why"):
        assert words in page
    assert "mailto:" + cora.email in page


# Pausing


def test_a_pause_by_its_form_and_going_on_by_its_button(client, theo, mira, pair):
    response = press(client, theo, pair, "pause", until=soon(20), version=pair.version)
    assert (response.status_code, again(pair).status) == (303, "paused")
    page = text(client.get(response.url))
    assert "Paused until" in page and "Go on" in page
    assert press(client, mira, pair, "resumption", version=again(pair).version).status_code == 303
    assert again(pair).status == "active"


@pytest.mark.parametrize(
    "until", ["", "yesterday", soon(0), soon(-5), soon(61), "0001-01-01", "9999-12-31", "\0", "03/04/2027"]
)
def test_a_pause_that_cannot_be_says_so_beside_the_field(client, theo, pair, until):
    response = press(client, theo, pair, "pause", until=until)
    assert response.status_code == 422
    assert response.context["form"].errors["until"]
    assert again(pair).status == "active"


def test_pausing_twice_and_from_an_old_page_does_no_harm(client, theo, mira, pair):
    press(client, theo, pair, "pause", until=soon(20), version=0)
    response = press(client, mira, pair, "pause", until=soon(10), version=0)
    assert response.status_code == 303
    assert "moved on in the meantime" in text(client.get(response.url))
    assert again(pair).paused_until.isoformat() == soon(20)
    press(client, mira, pair, "resumption")
    assert press(client, theo, pair, "resumption").status_code == 303


def test_the_coordinator_can_pause_for_them(client, cora, pair):
    press(client, cora, pair, "pause", until=soon(20))
    assert (again(pair).status, again(pair).pauses.get().by) == ("paused", cora)


# Ending


def test_the_page_says_what_ending_means_before_anything_happens(client, theo, pair):
    client.force_login(theo)
    page = text(client.get(address(pair, "ending")))
    assert "Theo has ended the formal relationship under the no-fault rule." in page
    assert "Keep it going" in page
    assert again(pair).status == "active"


def test_one_press_ends_it_and_asks_nothing_first(client, theo, mira, pair):
    response = press(client, theo, pair, "ending", version=pair.version)
    assert (response.status_code, again(pair).status) == (303, "ended_early")
    page = text(client.get(response.url))
    assert "Two questions, if you like to answer them" in page
    other = text(client.get(address(pair, "detail"))) if client.force_login(mira) is None else ""
    assert "Theo has ended the formal relationship under the no-fault rule." in other


def test_pressing_twice_and_both_pressing_does_no_harm(client, theo, mira, pair):
    for person in (theo, theo, mira):
        assert press(client, person, pair, "ending", version=0).status_code == 303
    assert pair.transitions.filter(verb="end").count() == 1
    client.force_login(theo)
    for page in PAGES:
        assert client.get(address(pair, page)).status_code == 303


def test_the_coordinator_says_what_kind_it_is(client, cora, pair):
    for missing in ("", "early_no_fault", "nonsense"):
        response = press(client, cora, pair, "ending", closure_type=missing, reason="Kept words")
        assert response.status_code == 422
        assert "Kept words" in text(response)
    assert again(pair).status == "active"
    press(client, cora, pair, "ending", closure_type="administrative", reason="Kept words")
    assert (again(pair).closure.type, pair.transitions.last().reason) == ("administrative", "Kept words")


def test_a_member_cannot_choose_a_kind(client, theo, pair):
    press(client, theo, pair, "ending", closure_type="conduct", reason="CANARY")
    assert again(pair).closure.type == "early_no_fault"
    assert pair.transitions.last().reason == ""


# Afterwards


def test_reason_and_wish_are_kept_apart_and_can_be_left_out(client, theo, mira, cora, pair):
    actions.end(pair, by=theo, now=timezone.now())
    assert press(client, theo, pair, "afterwards", code="", wants_rematch="").status_code == 303
    assert ClosureReason.objects.count() == 0
    press(client, theo, pair, "afterwards", code="different_values_or_style", wants_rematch="yes")
    assert again(pair).member(theo).wants_rematch is True

    client.force_login(mira)
    assert 'different_values_or_style" selected' not in client.get(address(pair, "detail")).content.decode()
    client.force_login(theo)
    assert (
        'value="different_values_or_style" selected' in client.get(address(pair, "detail")).content.decode()
    )
    client.force_login(cora)
    page = text(client.get(address(pair, "detail")))
    assert "would like another partner" in page
    assert "Different values" not in page


@pytest.mark.parametrize("code, wish", [("nonsense", ""), ("", "maybe"), ("\0", "\0"), ("x" * 9000, "")])
def test_answers_that_are_none_are_complained_about(client, theo, pair, code, wish):
    actions.end(pair, by=theo, now=timezone.now())
    response = press(client, theo, pair, "afterwards", code=code, wants_rematch=wish)
    assert response.status_code == 422
    assert ClosureReason.objects.count() == 0


def test_there_is_nothing_to_say_afterwards_before_the_end(client, theo, cora, pair):
    assert press(client, theo, pair, "afterwards", code="personal_circumstances").status_code == 303
    assert ClosureReason.objects.count() == 0
    actions.end(pair, by=theo, now=timezone.now())
    assert press(client, cora, pair, "afterwards", code="personal_circumstances").status_code == 404


def test_a_completed_pair_is_asked_nothing(client, program, mira, theo):
    pair = make.relationship(
        program_=program, mentor=mira, mentee=theo, status="completed", stage="redefinition"
    )
    client.force_login(theo)
    assert client.get(address(pair, "detail")).context["afterwards"] is None
