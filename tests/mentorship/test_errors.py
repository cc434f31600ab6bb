"""When something is refused, gone or broken: plain words, and nothing lost."""

import re

import pytest
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpResponse
from django.test import Client
from django.urls import path

from mentorship import errors
from mentorship.urls import handler400, handler403, handler404, handler500  # noqa: F401  Django looks here
from mentorship.urls import urlpatterns as product


@login_not_required
def gone(request):
    raise Http404("Program 7 is not visible to this person")


@login_not_required
def refused(request):
    raise PermissionDenied("Only the coordinators of this program can do this.")


@login_not_required
def garbled(request):
    raise SuspiciousOperation("nonsense")


@login_not_required
def broken(request):
    raise RuntimeError("secret detail")


def notes(request):
    return HttpResponse(f"kept: {request.POST['note']}")


urlpatterns = [
    path("gone/", gone),
    path("refused/", refused),
    path("garbled/", garbled),
    path("broken/", broken),
    path("notes/", notes),
    *product,
]


@pytest.fixture(autouse=True)
def urls(settings):
    settings.ROOT_URLCONF = __name__


@pytest.fixture
def browser(db) -> Client:
    """Checks what real browsers are checked for, and shows the page of a failure instead of raising it."""
    return Client(enforce_csrf_checks=True, raise_request_exception=False)


def without_token(html: str) -> str:
    return re.sub(r'(csrfmiddlewaretoken" value="|X-CSRFToken": ")[^"]+', r"\1", html)


def test_what_may_not_be_seen_looks_like_what_does_not_exist(browser):
    hidden, missing = browser.get("/gone/"), browser.get("/never/was/")
    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert without_token(hidden.text) == without_token(missing.text)
    assert "<title>Page not found - Mentorship</title>" in hidden.text


def test_a_refusal_gives_its_reason_and_says_who_gives_roles(browser):
    response = browser.get("/refused/")
    assert response.status_code == 403
    assert "Only the coordinators of this program can do this." in response.text
    assert "Roles in a program are given by its coordinators" in response.text


def test_what_cannot_be_understood_changes_nothing(browser):
    response = browser.get("/garbled/")
    assert response.status_code == 400
    assert "Nothing was changed." in response.text
    assert "nonsense" not in response.text


def test_a_failure_shows_a_number_that_leads_to_the_log(browser, caplog):
    response = browser.get("/broken/")
    assert response.status_code == 500
    reference = re.search(r"<b>([0-9a-f]{8})</b>", response.text)[1]
    assert any(reference in record.getMessage() for record in caplog.records)
    assert "secret detail" not in response.text


def test_a_failure_is_told_without_asking_the_database(rf):
    assert errors.server_error(rf.get("/")).status_code == 500


def test_limits_say_when_to_try_again(rf, db):
    response = errors.too_many(rf.get("/sign-in/"))
    assert (response.status_code, response["Retry-After"]) == (429, "300")


# Nothing that somebody wrote is lost


def hidden_fields(html: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', html))


def test_a_form_with_an_old_token_comes_back_to_be_sent_again(browser, mira):
    browser.force_login(mira)
    text = "We talked about <risk>\nand more."
    response = browser.post("/notes/", {"note": text, "id": "7"}, headers={"origin": "http://testserver"})
    assert response.status_code == 403
    assert "We talked about &lt;risk&gt;\nand more.</textarea>" in response.text
    again = hidden_fields(response.text)
    assert again["id"] == "7"

    response = browser.post("/notes/", {"note": text, **again})
    assert response.text == f"kept: {text}"


def test_a_form_from_a_strangers_page_is_not_offered_again(browser, mira):
    browser.force_login(mira)
    for headers in (
        {"origin": "https://evil.example"},
        {"referer": "https://evil.example/testserver"},
        {},
        {"origin": "null"},
    ):
        response = browser.post("/notes/", {"note": "Sent by a stranger"}, headers=headers)
        assert response.status_code == 403
        assert "Sent by a stranger" not in response.text


def test_passwords_and_codes_are_never_shown_again(browser):
    sent = {"login": "a@example.org", "password": "hunter22", "new_password1": "hunter33", "code": "ABC123"}
    response = browser.post("/sign-in/", sent, headers={"origin": "http://testserver"})
    assert response.status_code == 403
    assert "a@example.org" in response.text
    assert re.findall("hunter|ABC123", response.text) == []


def test_a_form_sent_after_the_session_ended_is_kept(mira, client):
    response = client.post("/notes/", {"note": "Half an hour of thoughts"})
    assert response.status_code == 403
    assert "You were signed out" in response.text
    assert "Half an hour of thoughts</textarea>" in response.text
    client.force_login(mira)
    assert (
        client.post("/notes/", {"note": "Half an hour of thoughts"}).text == "kept: Half an hour of thoughts"
    )


def test_a_page_looked_at_after_the_session_ended_leads_to_signing_in(client, db):
    response = client.get("/notes/")
    assert (response.status_code, response["Location"]) == (302, "/sign-in/?next=/notes/")


def test_what_is_too_long_to_be_shown_again_is_not(rf):
    request = rf.post("/", {"note": "x" * (errors.KEPT_AT_MOST + 1)})
    assert errors.written(request) == []


@pytest.mark.parametrize("address", ["/gone/", "/refused/", "/garbled/", "/broken/"])
def test_pages_about_trouble_have_a_language_a_heading_and_a_way_on(browser, address):
    html = browser.get(address).text
    assert '<html lang="en" dir="ltr"' in html
    assert html.count("<h1>") == 1
    assert re.search(r'<main[^>]*id="main"', html)
    assert re.search(r'<a class="btn btn-primary" href="/[^"]*">', html)
    assert re.findall(r"<script|style=|\son\w+=", html) == []
