"""The link in an invitation: who it lets in, once, and whom never."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user
from django.test import Client
from django.urls import reverse

from activity.links import bound
from activity.models import Event, Letter
from core import tokens
from people.models import User
from programs import actions, links
from programs.models import Cycle, Enrolment, Program
from tests import make
from tests.pages import text


@pytest.fixture
def nell(db):
    return make.person("Nell New", joined=False)


@pytest.fixture
def invited(opened, nell, cora, now):
    enrolment = make.enrolment(opened, nell, state="invited", invited_at=None, answered_at=None)
    return actions.invite(enrolment, by=cora, now=now)


def link(enrolment):
    return links.invitation_path(Enrolment.objects.with_people().get(pk=enrolment.pk))


def no(enrolment):
    return links.refusal_path(Enrolment.objects.with_people().get(pk=enrolment.pk))


def rows():
    """All that opening a link could use up."""
    return (
        list(Enrolment.objects.order_by("pk").values()),
        Event.objects.count(),
        Letter.objects.count(),
        list(Enrolment.objects.order_by("pk").values_list("person__joined_at", flat=True)),
    )


def question(enrolment, number=1):
    return reverse("programs:question", args=[enrolment.public_id, number])


def test_looking_at_a_link_uses_nothing_up(client, invited):
    before = rows()
    for address in (link(invited), no(invited)):
        for _ in range(3):
            assert client.get(address).status_code == 200
            client.head(address)
    assert rows() == before
    assert not get_user(client).is_authenticated


def test_pressing_start_signs_the_person_in_and_joins_them(client, invited, nell):
    response = client.post(link(invited))
    assert (response.status_code, response["Location"]) == (303, question(invited))
    assert get_user(client) == nell
    nell.refresh_from_db()
    assert nell.joined_at is not None and nell.emailaddress_set.get().verified
    assert client.get(question(invited)).status_code == 200


@pytest.mark.parametrize("again", [False, True])
def test_a_link_that_went_to_an_address_corrected_since_opens_nothing(
    client, invited, nell, cora, now, again
):
    to_a_stranger = link(invited)
    User.objects.filter(pk=nell.pk).update(email="nell.right@example.org")
    if again:
        actions.invite(Enrolment.objects.with_people().get(pk=invited.pk), by=cora, now=now)
    before = rows()

    for method in (client.get, client.post):
        assert method(to_a_stranger).status_code == 410
    assert not get_user(client).is_authenticated
    assert rows() == before
    assert client.post(link(invited)).status_code == 303
    assert get_user(client) == nell


def test_invited_again_on_the_same_day_a_corrected_address_gets_its_letter(invited, nell, cora, now):
    letters = Letter.objects.filter(kind="programs.invitation", person=nell)
    for count, address in enumerate((nell.email, "nell.right@example.org", "nell.right@example.org")):
        User.objects.filter(pk=nell.pk).update(email=address)
        actions.invite(Enrolment.objects.with_people().get(pk=invited.pk), by=cora, now=now)
        assert letters.count() == (1, 2, 2)[count]


def test_a_used_link_asks_for_signing_in_and_leads_back(client, invited, nell):
    client.post(link(invited))
    thief = Client()
    response = thief.post(link(invited))
    assert response.status_code == 303
    assert response["Location"] == f"/sign-in/?next=%2Fjoin%2F{invited.public_id}%2F1%2F"
    assert not get_user(thief).is_authenticated
    assert "You have joined already. Sign in to go on." in text(thief.get(response["Location"]))
    assert client.post(link(invited))["Location"] == question(invited)


def test_who_has_joined_elsewhere_signs_in(client, opened, theo, cora, now):
    enrolment = make.enrolment(opened, theo, state="invited")
    actions.invite(enrolment, by=cora, now=now)
    assert client.post(link(enrolment))["Location"].startswith("/sign-in/?next=")
    assert not get_user(client).is_authenticated


def test_another_persons_session_is_not_taken_over(client, invited, nell, cora):
    client.force_login(cora)
    page = text(client.get(link(invited)))
    assert "This invitation is for Nell New, and you are signed in as Cora Conti." in page
    before = rows()
    assert client.post(link(invited))["Location"] == link(invited)
    assert client.post(no(invited)).status_code == 200
    assert get_user(client) == cora
    assert rows() == before


def test_an_expired_link_says_so_and_offers_a_new_one(client, invited, cora, now):
    old = link(invited)
    stale = tokens.make(
        links.PURPOSE,
        invited.public_id,
        nonce=bound(invited.person, invited.invitation_nonce),
        expires=now - timedelta(seconds=1),
    )
    address = reverse("programs:invitation", args=[stale])
    for deed in (client.get, client.post):
        response = deed(address)
        assert response.status_code == 410 and "Ask for a new link" in text(response)
        assert deed(f"{address}no/").status_code == 410
    for _ in range(3):
        assert client.post(f"{address}new-link/").status_code == 200
    letters = Letter.objects.filter(kind="programs.new_link_wanted")
    assert [letter.person for letter in letters] == [cora]
    assert client.get(old).status_code == 200


@pytest.mark.parametrize("kind", ["forged", "long", "dots", "other"])
def test_a_forged_link_looks_like_an_old_one_and_asks_nobody(client, invited, kind, now):
    good = links.invitation_token(invited)
    token = {
        "forged": good[:-2] + ("aa" if good[-2:] != "aa" else "bb"),
        "long": "x" * 5000,
        "dots": "a.b.c.d",
        "other": tokens.make("people", invited.public_id, expires=now + timedelta(days=1)),
    }[kind]
    for deed in (client.get, client.post):
        response = deed(f"/i/{token}/")
        assert response.status_code == 410 and "This link does not work any more" in text(response)
    assert "Thank you" in text(client.post(f"/i/{token}/new-link/"))
    assert Letter.objects.filter(kind="programs.new_link_wanted").count() == 0


def test_a_replaced_link_opens_nothing(client, invited, cora, now):
    old = link(invited)
    actions.accept_invitation(invited, now=now)
    actions.invite(invited, by=cora, now=now)
    assert client.get(old).status_code == 410
    assert client.post(old).status_code == 410
    assert client.get(link(invited)).status_code == 200


def test_who_was_taken_off_the_list_or_has_left_finds_it_closed(client, invited, nell, cora, now):
    address = link(invited)
    nell.is_active = False
    nell.save()
    assert client.post(address).status_code == 410
    nell.is_active = True
    nell.save()
    actions.remove(invited, by=cora, now=now, reason="Mistake")
    assert client.post(address).status_code == 410
    assert client.post(f"{address}new-link/").status_code == 200
    assert not Letter.objects.filter(kind="programs.new_link_wanted").exists()


@pytest.mark.parametrize("by_file", [False, True])
def test_a_no_can_become_a_yes(client, invited, nell, by_file):
    if by_file:
        Enrolment.objects.filter(pk=invited.pk).update(state="accepted", answered_by_file=True)
    assert client.post(no(invited), follow=True).redirect_chain == [(no(invited), 303)]
    assert "You have declined" in text(client.get(no(invited)))
    assert "changed your mind" in text(client.get(link(invited)))
    assert not get_user(client).is_authenticated
    assert client.post(no(invited)).status_code == 200

    assert client.post(link(invited))["Location"] == question(invited)
    invited.refresh_from_db()
    assert (invited.state, get_user(client)) == ("invited", nell)


def test_who_left_later_is_told_so_and_not_let_in(client, invited, nell, now):
    actions.submit_answers(invited, by=nell, now=now)
    assert "You have answered already" in text(client.get(no(invited)))
    actions.withdraw(invited, by=nell, now=now)
    assert "You have left this program" in text(client.get(no(invited)))
    client.post(link(invited))
    invited.refresh_from_db()
    assert invited.state == "withdrawn"


def test_of_two_presses_one_lets_in_and_one_is_kindly_turned_away(client, invited, monkeypatch):
    """Both have passed the first look before either was written."""
    behind = links.enrolment_behind
    monkeypatch.setattr("programs.views.joining.enrolment_behind", lambda token, now: stale)
    stale = behind(links.invitation_token(invited), now=make.NOW)
    first, second = Client(), Client()
    other = behind(links.invitation_token(invited), now=make.NOW)
    assert first.post(link(invited))["Location"] == question(invited)
    monkeypatch.setattr("programs.views.joining.enrolment_behind", lambda token, now: other)
    response = second.post(link(invited))
    assert (response.status_code, response["Location"]) == (303, link(invited))
    assert not get_user(second).is_authenticated
    assert Event.objects.filter(verb="enrolment.opened").count() == 1


def test_a_suspended_program_lets_nobody_in(client, invited, cora, now):
    actions.move_program(Program.objects.get(pk=invited.program.pk), "suspended", by=cora, now=now)
    response = client.post(link(invited), follow=True)
    assert "This program is not open for joining now." in text(response)
    assert not get_user(client).is_authenticated


def test_people_of_a_file_are_asked_to_check_and_come_in_by_the_link(client, invited, nell, cora, now):
    Enrolment.objects.filter(pk=invited.pk).update(state="accepted", answered_by_file=True)
    assert client.post(link(invited))["Location"] == question(invited)
    assert get_user(client) == nell


def test_the_link_lasts_until_the_answers_close(invited, now):
    cycle = invited.cycle
    assert links.expires_at(invited).date() == cycle.enrolment_closes_on + timedelta(days=1)
    Cycle.objects.filter(pk=cycle.pk).update(enrolment_closes_on=None)
    fresh = Enrolment.objects.with_people().get(pk=invited.pk)
    assert links.expires_at(fresh) == fresh.invited_at + timedelta(days=30)


def test_a_wrong_method_is_refused(client, invited):
    assert client.put(link(invited)).status_code == 405
    assert client.get(f"{link(invited)}new-link/").status_code == 405


def test_the_press_needs_the_token_of_the_form(invited):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(link(invited)).status_code == 403
    assert not get_user(strict).is_authenticated
