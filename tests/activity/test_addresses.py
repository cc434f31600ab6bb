"""The address where one guest's calendar answers one invitation: found by its proof, and nothing else opens it."""

import pytest

from activity.addresses import guest_address, is_guest_address, is_ours, marked_by
from core import tokens

UID, THEO = "meeting-bcdfghjk@mentoring.example.org", "theo@example.org"


@pytest.fixture(autouse=True)
def inbound(settings):
    settings.INBOUND_ADDRESS = "mentoring@example.org"


def test_it_is_the_same_each_time_and_fits_before_the_at(settings):
    address = guest_address(UID, THEO)

    assert address == guest_address(UID, " Theo@Example.org ") == address.lower()
    assert address.startswith("mentoring+c-") and address.endswith("@example.org")
    settings.INBOUND_ADDRESS = f"{'m' * settings.INBOUND_NAME_MAX}@example.org"
    assert len(guest_address(UID, THEO).partition("@")[0]) <= 64


def test_it_is_of_one_guest_and_one_meeting():
    address = guest_address(UID, THEO)

    assert is_guest_address(address, UID, THEO) and is_guest_address(address.upper(), UID, THEO)
    assert not is_guest_address(address, UID, "mira@example.org")
    assert not is_guest_address(address, UID.replace("b", "c"), THEO)
    assert is_ours(address)


@pytest.mark.parametrize(
    "change",
    [
        lambda address: address.replace("+c-", "+r-"),
        lambda address: address.replace("+c-", "+c-a"),
        lambda address: address.replace("@", "a@"),
        lambda address: address.replace("example.org", "example.net"),
        lambda address: address.replace("mentoring", "mentor"),
        lambda address: "mentoring@example.org",
        lambda address: "mentoring+c-@example.org",
        lambda address: "mentoring+c-ÿ@example.org",
        lambda address: "",
    ],
)
def test_any_other_address_is_not_it(change):
    assert not is_guest_address(change(guest_address(UID, THEO)), UID, THEO)


def test_no_letter_comes_back_or_is_answered_there(db, now):
    assert marked_by(guest_address(UID, THEO), now=now) is None


def test_it_holds_while_the_key_of_before_does(settings):
    address = guest_address(UID, THEO)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key" * 9

    assert guest_address(UID, THEO) != address and is_guest_address(address, UID, THEO)
    settings.SECRET_KEY_FALLBACKS = []
    assert not is_guest_address(address, UID, THEO)


def test_without_an_inbound_address_there_is_none(settings):
    address = guest_address(UID, THEO)
    settings.INBOUND_ADDRESS = ""

    assert guest_address(UID, THEO) == "" and not is_guest_address(address, UID, THEO)
    assert not is_guest_address(f"+c-{tokens.short_proof('guest answers', UID, THEO)}@", UID, THEO)
