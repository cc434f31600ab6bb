"""Joining, and what signing in by a mailed code proves."""

import re

import pytest
from allauth.account.models import EmailAddress

from activity.models import Event, Letter
from activity.writing import write
from people.actions import create_person, join
from people.letters import LETTERS
from people.models import User
from tests import make


def code_for(person):
    letter = Letter.objects.filter(kind="people.sign_in_code", person=person).latest("pk")
    return re.search(
        r"\b[A-Z0-9]{3,4}-?[A-Z0-9]{3,4}\b", write(LETTERS[letter.kind], letter, letter.created_at).text
    )[0]


def test_somebody_new_has_no_password_and_has_not_joined(hana, now):
    made = create_person(full_name=" Nell New ", email=" Nell@Example.ORG ", by=hana, now=now)
    assert (made.full_name, made.email, made.joined_at) == ("Nell New", "nell@example.org", None)
    assert not made.has_usable_password() and made.profile.answered_at is None
    assert Event.objects.get(verb="person.created").details == {"source": "person"}


def test_joining_proves_the_address_once(db, now):
    nell = make.person("Nell New", joined=False)
    for _ in range(2):
        join(nell, now=now)
    address = EmailAddress.objects.get(user=nell)
    assert (address.verified, address.primary, User.objects.get(pk=nell.pk).joined_at) == (True, True, now)
    assert Event.objects.filter(verb="person.joined").count() == 1


def test_who_comes_by_a_mailed_code_has_joined(client, db):
    nell = make.person("Nell New", joined=False)
    client.post("/sign-in/code/", {"email": nell.email})
    response = client.post("/sign-in/code/enter/", {"code": code_for(nell)})
    assert response.status_code == 302
    nell.refresh_from_db()
    assert nell.joined_at is not None
    assert EmailAddress.objects.get(user=nell).verified


@pytest.mark.parametrize("known", [True, False])
def test_asking_for_a_code_says_the_same_to_everybody(client, db, known):
    nell = make.person("Nell New")
    address = nell.email if known else "nobody@example.org"
    response = client.post("/sign-in/code/", {"email": address})
    assert (response.status_code, response["Location"]) == (302, "/sign-in/code/enter/")
    letter = Letter.objects.get()
    assert letter.kind == ("people.sign_in_code" if known else "people.unknown_account")
    assert set(letter.data) == ({"code"} if known else set())
    if known:
        assert code_for(nell) not in str(letter.data)


def test_who_has_left_gets_no_code_that_works(client, db):
    gone = make.person("Gone Girl", is_active=False)
    client.post("/sign-in/code/", {"email": gone.email})
    for letter in Letter.objects.filter(kind="people.sign_in_code"):
        assert LETTERS[letter.kind].context(letter, letter.created_at) is None
