"""The pages of signing in, in our words and at our addresses."""

import re

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from activity.models import Letter, RefusingAddress
from activity.returns import NOT_SENT
from activity.tick import tick
from mentorship import account_urls
from mentorship.clockwork import LETTERS
from tests import make

pytestmark = pytest.mark.django_db

OPEN = {
    "/sign-in/": "Sign in",
    "/sign-in/code/": "Send me a code",
    "/sign-in/inactive/": "This account is closed",
    "/sign-up/": "By invitation",
    "/password/reset/": "New password",
    "/password/reset/done/": "Your password is changed",
}


@pytest.fixture
def mira(db):
    return make.person("Mira Moreau", email="mira@example.org", password="correct horse battery")


@pytest.mark.parametrize(("address", "title"), OPEN.items())
def test_pages_for_whoever_is_not_signed_in_need_no_script(client, address, title):
    html = client.get(address).text
    assert f"<title>{title} - Mentorship</title>" in html
    assert re.findall(r"<script|style=|\son\w+=|\{%|\{\{", html) == []
    assert html.count("<h1>") == 1


def test_every_address_of_signing_in_is_ours():
    assert [
        str(route.pattern) for route in account_urls.urlpatterns if "accounts" in str(route.pattern)
    ] == []
    assert reverse("account_login") == "/sign-in/"


def test_with_the_right_password_one_is_in(client, mira):
    response = client.post("/sign-in/", {"login": "mira@example.org", "password": "correct horse battery"})
    assert (response.status_code, response["Location"]) == (302, "/home/")
    assert client.session["_auth_user_id"] == str(mira.pk)


def test_one_comes_back_to_the_page_one_wanted(client, mira):
    html = client.get("/sign-in/?next=/reports/").text
    assert '<input type="hidden" name="next" value="/reports/">' in html
    sent = {"login": "mira@example.org", "password": "correct horse battery", "next": "/reports/"}
    assert client.post("/sign-in/", sent)["Location"] == "/reports/"


def test_nobody_is_led_to_another_site(client, mira):
    sent = {"login": "mira@example.org", "password": "correct horse battery", "next": "https://evil.example/"}
    assert client.post("/sign-in/", sent)["Location"] == "/home/"


@pytest.mark.parametrize("login", ["mira@example.org", "nobody@example.org"])
def test_a_wrong_password_says_so_once_and_tells_nobody_who_exists(client, mira, login):
    response = client.post("/sign-in/", {"login": login, "password": "wrong"})
    assert response.status_code == 422
    assert "<title>Error: Sign in - Mentorship</title>" in response.text
    assert 'class="errors" role="alert"' in response.text
    assert response.text.count("not correct") == 1
    assert f'value="{login}"' in response.text


def test_fields_can_be_filled_by_a_password_manager(client):
    html = client.get("/sign-in/").text
    assert 'autocomplete="email"' in html
    assert 'autocomplete="current-password"' in html


def test_the_two_addresses_get_the_same_answer_when_a_code_is_asked_for(client, mira):
    known = client.post("/sign-in/code/", {"email": "mira@example.org"})
    client.logout()
    unknown = client.post("/sign-in/code/", {"email": "nobody@example.org"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


def test_a_code_is_typed_on_a_page_of_its_own(client, mira):
    client.post("/sign-in/code/", {"email": "mira@example.org"})
    page = client.get("/sign-in/code/enter/")
    assert "<title>Enter your code - Mentorship</title>" in page.text
    assert 'autocomplete="one-time-code"' in page.text
    wrong = client.post("/sign-in/code/enter/", {"code": "nonsense"})
    assert wrong.status_code == 422
    assert "<title>Error: Enter your code - Mentorship</title>" in wrong.text


def test_nobody_signs_up_by_themselves(client):
    sent = {"email": "new@example.org", "password1": "correct horse battery"}
    assert "One takes part by invitation" in client.post("/sign-up/", sent).text


def test_signing_out_asks_and_then_does(client, mira):
    client.force_login(mira)
    assert "Stay signed in" in client.get("/sign-out/").text
    response = client.post("/sign-out/")
    assert (response.status_code, response["Location"]) == (302, "/sign-in/")
    assert "_auth_user_id" not in client.session
    assert "You are signed out." in client.get("/sign-in/").text


def test_a_password_is_changed_by_whoever_knows_the_old_one(client, mira):
    client.post("/sign-in/", {"login": "mira@example.org", "password": "correct horse battery"})
    page = client.get("/password/change/")
    assert "<title>Change password - Mentorship</title>" in page.text
    sent = {"oldpassword": "wrong", "password1": "another long secret", "password2": "another long secret"}
    assert client.post("/password/change/", sent).status_code == 422
    assert (
        client.post("/password/change/", sent | {"oldpassword": "correct horse battery"}).status_code == 302
    )
    mira.refresh_from_db()
    assert mira.check_password("another long secret")


def test_too_many_tries_have_to_wait(client, mira):
    answers = [
        client.post("/sign-in/", {"login": "mira@example.org", "password": "wrong"}) for _ in range(12)
    ]
    assert "Too many failed login attempts" in answers[-1].text or answers[-1].status_code == 429


def test_the_page_leads_into_a_demo(client, rf):
    person = make.person("Dana Whitfield")
    demo = [
        {
            "full_name": person.full_name,
            "email": "dana@example.org",
            "password": "demo",
            "words": "Coordinator",
        }
    ]
    html = render_to_string("account/login.html", {"demo_people": demo}, rf.get("/sign-in/"))
    assert '<input type="hidden" name="login" value="dana@example.org">' in html
    assert '<span class="vh"> as Dana Whitfield</span>' in html


def test_the_page_does_not_tell_that_an_address_refuses_mail(client, mira, now):
    asked = {"email": "mira@example.org"}
    before = client.post("/sign-in/code/", asked)
    RefusingAddress.objects.create(address="mira@example.org", since=now, status="5.1.1")
    after = Client().post("/sign-in/code/", asked)

    assert (after.status_code, after["Location"]) == (before.status_code, before["Location"])
    tick(timezone.now(), letters=LETTERS, dues={})
    codes = Letter.objects.filter(kind="people.sign_in_code")
    assert {(code.state, code.note) for code in codes} == {("dead", NOT_SENT)}
