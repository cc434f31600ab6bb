"""Links with a purpose: nothing but the very link opens, only for what it was made, and only in time."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.core.signing import Signer
from hypothesis import given
from hypothesis import strategies as st

from core import tokens

NOW = datetime(2026, 10, 15, 12, tzinfo=UTC)
IN_A_WEEK = NOW + timedelta(days=7)
NAMES = st.text("abcXYZ019_-", min_size=1, max_size=100)


def link(**changes):
    return tokens.make(
        **{"purpose": "invitation", "subject": "abcd2345", "nonce": "n1", "expires": IN_A_WEEK, **changes}
    )


def refused(purpose, token, now=NOW):
    with pytest.raises(tokens.Invalid) as refusal:
        tokens.read(purpose, token, now=now)
    return refusal.value


@given(NAMES, NAMES, st.text("ab_-9", max_size=100))
def test_what_was_made_is_read(purpose, subject, nonce):
    token = tokens.make(purpose, subject, nonce=nonce, expires=IN_A_WEEK)

    assert tokens.read(purpose, token, now=NOW) == (subject, nonce)


def test_a_link_is_short_and_needs_no_quoting():
    assert re.fullmatch(r"[A-Za-z0-9._-]{60,65}", link())
    assert tokens.read("invitation", link(), now=NOW) == tokens.Proof(subject="abcd2345", nonce="n1")
    assert tokens.read("invitation", link(nonce=""), now=NOW).nonce == ""


def test_links_of_earlier_versions_still_open(settings):
    settings.SECRET_KEY = "k" * 50
    earlier = "abcd2345.n1.1xJrSi.FdRfiUJAYi9lPEWTU2Lg2r9icvJD0RM7uAnqXk3Hp38"

    assert link() == earlier
    assert tokens.read("invitation", earlier, now=NOW) == ("abcd2345", "n1")


def test_a_link_without_a_nonce_has_none():
    token = tokens.make("invitation", "abcd2345", expires=IN_A_WEEK)

    assert tokens.read("invitation", token, now=NOW) == ("abcd2345", "")


def test_the_longest_parts_still_fit():
    token = link(subject="s" * 100, nonce="n" * 100)

    assert tokens.read("invitation", token, now=NOW) == ("s" * 100, "n" * 100)


def test_every_changed_character_is_refused():
    token = link()

    for at, was in enumerate(token):
        for becomes in "aZ09-_.=~ é\0".replace(was, ""):
            assert not refused("invitation", token[:at] + becomes + token[at + 1 :]).expired
        assert not refused("invitation", token[:at] + token[at + 1 :]).expired


@pytest.mark.parametrize("more", ["=", ".", "a", "\n", "/", " ", "a" * 1_000_000])
def test_anything_added_is_refused(more):
    assert not refused("invitation", link() + more).expired
    assert not refused("invitation", more + link()).expired


@pytest.mark.parametrize(
    "token",
    ["", ".", "...", "....", "a.b.c.d", "a.b.c.\ud800", "\ud800.b.c.d", "é", "abcd2345", "0" * 10_000],
)
def test_what_was_never_ours_is_refused(token):
    assert not refused("invitation", token).expired


@pytest.mark.parametrize("purpose", ["", "invitatio", "invitation ", "Invitation", "calendar feed"])
def test_a_link_for_another_purpose_is_refused(purpose):
    assert not refused(purpose, link()).expired


def test_what_others_sign_in_django_is_no_link():
    inside = link().rpartition(".")[0]

    for salt in ("invitation", "", "link:", "link: "):
        assert not refused("invitation", Signer(salt=salt, sep=".").sign(inside)).expired


def test_it_expires_by_the_second():
    token = link(expires=NOW + timedelta(microseconds=900_000))

    assert tokens.read("invitation", token, now=NOW - timedelta(seconds=1))
    assert refused("invitation", token, now=NOW).expired

    token = link(expires=NOW + timedelta(seconds=1))
    assert tokens.read("invitation", token, now=NOW + timedelta(microseconds=999_999))
    assert refused("invitation", token, now=NOW + timedelta(seconds=1)).expired
    assert refused("invitation", token, now=NOW + timedelta(days=3650)).expired


def test_an_hour_is_the_same_hour_in_every_zone():
    tokyo = timezone(timedelta(hours=9))

    assert link(expires=IN_A_WEEK.astimezone(tokyo)) == link()
    assert refused("invitation", link(), now=IN_A_WEEK.astimezone(tokyo)).expired


def test_late_forged_and_foreign_links_get_the_same_words():
    late = refused("invitation", link(), now=IN_A_WEEK)
    forged = refused("invitation", link()[:-1] + "!")
    foreign = refused("feed", link())
    late_and_foreign = refused("feed", link(), now=IN_A_WEEK)

    said = {str(refusal) for refusal in (late, forged, foreign, late_and_foreign)}
    assert said == {"This link does not work any more."}
    assert {type(refusal) for refusal in (late, forged, foreign, late_and_foreign)} == {tokens.Invalid}
    assert (late.expired, forged.expired, foreign.expired, late_and_foreign.expired) == (
        True,
        False,
        False,
        False,
    )
    assert late.subject == "abcd2345"
    assert {refusal.subject for refusal in (forged, foreign, late_and_foreign)} == {""}
    assert late.__cause__ is None and forged.__cause__ is None


def test_another_installation_signs_differently_and_an_older_key_is_still_read(settings):
    token = link()
    was = settings.SECRET_KEY

    settings.SECRET_KEY = "k" * 50
    assert not refused("invitation", token).expired
    settings.SECRET_KEY_FALLBACKS = [was]
    assert tokens.read("invitation", token, now=NOW).subject == "abcd2345"


@pytest.mark.parametrize(
    "wrong",
    [
        {"purpose": ""},
        {"subject": ""},
        {"subject": "a.b"},
        {"subject": "é"},
        {"subject": "a\n"},
        {"subject": "s" * 101},
        {"nonce": "a.b"},
        {"nonce": " "},
        {"nonce": "n" * 101},
        {"expires": datetime(2026, 10, 22)},
    ],
)
def test_a_link_that_could_be_misread_is_not_made(wrong):
    with pytest.raises(ValueError, match="A link"):
        link(**wrong)
