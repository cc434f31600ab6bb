"""An offer answered from its letter: a press does it, once, for whoever the letter was for."""

from datetime import timedelta

import pytest
import time_machine

from activity import writing
from activity.actions import draft
from activity.links import bound
from core import tokens
from matching.links import ACCEPT, DECLINE, path_of
from matching.models import Proposal
from mentorship.clockwork import LETTERS
from people.models import User
from tests import make
from tests.make import NOW
from tests.pages import text

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def clock(db):
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def offer(opened, mira, theo):
    return make.proposal(opened, mira, theo, told_from=NOW - timedelta(minutes=1))


def accept(offer, person):
    return path_of("acceptance_by_mail", ACCEPT, offer, person)


def decline(offer, person):
    return path_of("refusal_by_mail", DECLINE, offer, person)


def answers(offer):
    members = Proposal.objects.get(pk=offer.pk).members.select_related("person")
    return {member.person.short_name: member.answer for member in members}


def test_looking_changes_nothing_and_a_press_accepts_once(client, offer, theo):
    path = accept(offer, theo)
    client.head(path)
    assert "Yes to Mira Moreau?" in text(client.get(path))
    assert answers(offer) == {"Mira": "", "Theo": ""}

    response = client.post(path)
    again = client.post(path)

    assert (response.status_code, response["Location"]) == (303, path)
    assert answers(offer) == {"Mira": "", "Theo": "accepted"}
    assert "You have accepted. You hear by mail" in text(again) and "<button" not in text(again)


def test_when_both_have_pressed_it_begins(client, offer, theo, mira):
    for person in (theo, mira):
        client.post(accept(offer, person))

    assert Proposal.objects.get(pk=offer.pk).state == "activated"
    assert "it has begun" in text(client.get(accept(offer, theo)))


def test_a_press_declines_once_and_nobody_asks_why(client, offer, theo):
    path = decline(offer, theo)
    client.get(path)
    assert answers(offer)["Theo"] == ""

    client.post(path)
    again = client.post(path)

    assert answers(offer)["Theo"] == "declined"
    assert "You said not this time" in text(again) and "<button" not in text(again)


def test_one_answer_closes_the_other_link(client, offer, theo):
    client.post(decline(offer, theo))

    assert client.post(accept(offer, theo)).status_code == 410
    assert answers(offer)["Theo"] == "declined"


def test_rules_that_were_not_accepted_are_read_on_the_page_itself(client, offer, opened, theo):
    type(opened).objects.filter(pk=opened.pk).update(conduct_version=99)

    response = client.post(accept(offer, theo))

    assert "two short texts want to be read" in text(response)
    assert answers(offer)["Theo"] == ""


def test_old_foreign_and_forged_links_get_one_and_the_same_answer(client, clock, offer, theo, otto):
    good = accept(offer, theo)
    token = good.split("/")[-2]
    subject = f"{offer.public_id}-{otto.public_id}"
    foreign = tokens.make(ACCEPT, subject, nonce=bound(otto), expires=NOW + DAY)
    swapped = decline(offer, theo).split("/")[-2]
    bodies = set()
    for one in (
        foreign,
        swapped,
        "nothing",
        token[:-1],
        token + "x",
        tokens.make(ACCEPT, "x", expires=NOW + DAY),
    ):
        for method in (client.get, client.post):
            response = method(f"/by-mail/acceptance/{one}/")
            bodies.add((response.status_code, response.content))
    User.objects.filter(pk=theo.pk).update(email="theo.new@example.org")
    moved = client.post(good)
    bodies.add((moved.status_code, moved.content))
    User.objects.filter(pk=theo.pk).update(email=theo.email)
    clock.move_to(offer.expires_at)
    late = client.post(good)
    bodies.add((late.status_code, late.content))

    assert len(bodies) == 1
    assert late.status_code == 410
    assert answers(offer)["Theo"] == ""


def test_before_the_letters_go_out_there_is_nothing_to_answer(client, offer, theo):
    Proposal.objects.update(told_from=NOW + timedelta(minutes=5))

    assert client.get(accept(offer, theo)).status_code == 410


def test_the_letter_carries_both_links_and_a_preview_none(client, offer, theo):
    kind = LETTERS["matching.offer_mentee"]
    preview = draft(kind.name, theo, about=offer, key="preview", now=NOW)
    assert "/by-mail/" not in str(writing.write(kind, preview, NOW))

    letter = draft(kind.name, theo, about=offer, key="letter", now=NOW)
    letter.save()
    written = writing.write(kind, letter, NOW)

    for path in (accept(offer, theo), decline(offer, theo)):
        assert path in written.text and path in written.html
        assert client.get(path).status_code == 200
