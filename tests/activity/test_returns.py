"""Letters that come back: an address that refuses mail gets no more of it, until somebody lifts that."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activity import returns
from activity.actions import post, retry
from activity.addresses import is_ours, marked_by, reply_address, return_address
from activity.models import Event, Letter, RefusingAddress, Return
from activity.returns import NOT_SENT, came_back, lift
from core import tokens
from tests.activity.scripted import mail_server

DAY = timedelta(days=1)
NO_CARRIER = None


@pytest.fixture(autouse=True)
def inbound(settings):
    settings.INBOUND_ADDRESS = "mentoring@example.org"


@pytest.fixture
def sent(theo, look, now):
    """A letter that has gone out to Theo."""
    letter = post("tests.news", theo, about=theo, key="first", now=now, scope="tests.scope:1")
    look(now)
    return fresh(letter)


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def bounce(letter, now, *, status="5.1.1", key=""):
    return came_back(letter.to, key=key or f"mail|{letter.pk}|{now}", status=status, letter=letter, now=now)


def envelope(server):
    """Whom the mail server was told that the letter comes from."""
    return next(command.split()[1] for command in server.commands if command.startswith("MAIL"))


def ends_as(letter):
    letter = fresh(letter)
    return letter.state, letter.note


# Addresses that say what a mail is about


def test_the_letter_is_found_behind_the_address_it_returns_to(sent, now):
    address = return_address(sent)

    assert address.startswith("mentoring+b-") and address.endswith("@example.org")
    assert len(address.partition("@")[0]) <= 64
    assert address == address.lower()
    assert marked_by(address, now=now) == ("b", sent)
    assert marked_by(address.upper(), now=now) == ("b", sent)
    assert marked_by(reply_address(sent), now=now) == ("r", sent)


def test_the_longest_inbound_address_still_fits(sent, settings):
    settings.INBOUND_ADDRESS = f"{'m' * settings.INBOUND_NAME_MAX}@example.org"

    assert len(return_address(sent).partition("@")[0]) == 64


@pytest.mark.parametrize(
    "change",
    [
        lambda address: address.replace("+b-", "+r-"),
        lambda address: address[:-15] + ("a" if address[-15] != "a" else "b") + address[-14:],
        lambda address: address.replace("@", "a@"),
        lambda address: address.replace("+b-", "+b-a"),
        lambda address: "mentoring+b-@example.org",
        lambda address: "mentoring+b-ÿÿÿ@example.org",
        lambda address: f"mentoring+b-{'a' * 42}@example.org",
    ],
)
def test_a_forged_address_leads_to_no_letter(sent, now, change):
    assert marked_by(change(return_address(sent)), now=now).letter is None


@pytest.mark.parametrize(
    "address",
    [
        "",
        "@",
        "mentoring@example.org",
        "mentoring+x-abc@example.org",
        "mentoring+b@example.org",
        "a+b-c@example.net",
    ],
)
def test_other_addresses_say_nothing(db, now, address):
    assert marked_by(address, now=now) is None


def test_which_addresses_are_ours():
    assert is_ours("Mentoring@Example.org") and is_ours("mentoring+b-x@example.org")
    assert not is_ours("mentoring@example.net") and not is_ours("mentor@example.org") and not is_ours("")


def test_without_an_inbound_address_there_are_none(sent, now, settings):
    address = return_address(sent)
    settings.INBOUND_ADDRESS = ""

    assert return_address(sent) == "" and not is_ours("") and not is_ours("mentoring@example.org")
    assert marked_by(address, now=now) is None and marked_by("@", now=now) is None


def test_the_address_is_good_for_thirty_days_and_for_that_address_alone(sent, theo, now):
    address = return_address(sent)
    assert marked_by(address, now=now + 29 * DAY).letter == sent
    assert marked_by(address, now=now + 31 * DAY).letter is None

    theo.email = "new@example.org"
    theo.save()

    assert marked_by(address, now=now).letter is None


def test_a_proof_holds_with_the_key_of_before(sent, now, settings):
    address = return_address(sent)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another key of today", [settings.SECRET_KEY]
    assert marked_by(address, now=now).letter == sent

    settings.SECRET_KEY_FALLBACKS = []
    assert marked_by(address, now=now).letter is None


def test_what_a_proof_is_over_cannot_be_shifted():
    proof = tokens.short_proof("p", "ab", "c")

    assert tokens.is_proven(proof, "p", "ab", "c")
    assert not tokens.is_proven(proof, "p", "a", "bc")
    assert not tokens.is_proven(proof, "q", "ab", "c")
    assert not tokens.is_proven("", "p", "ab", "c")


def test_the_envelope_carries_the_address_and_the_letter_does_not(theo, look, now, settings):
    letter = post("tests.news", theo, about=theo, key="first", now=now)
    with mail_server(settings) as server:
        look(now, carrier=NO_CARRIER)

    assert envelope(server) == f"FROM:<{return_address(letter)}>"
    assert b"Return-Path" not in server.received[0]
    assert b"From: mentoring@example.org" in server.received[0]


def test_without_an_inbound_address_the_envelope_bears_the_writers(theo, look, now, settings):
    settings.INBOUND_ADDRESS = ""
    post("tests.news", theo, about=theo, key="first", now=now)
    with mail_server(settings) as server:
        look(now, carrier=NO_CARRIER)

    assert envelope(server) == "FROM:<mentoring@example.org>"


# For good, and for now


def test_for_good_the_address_gets_no_further_mail(sent, theo, carrier, look, now):
    assert bounce(sent, now) is True

    row = RefusingAddress.objects.get()
    assert (row.address, row.since, row.status, row.letter) == ("theo@example.org", now, "5.1.1", sent)
    assert row.reason == "There is no such mailbox."
    assert ends_as(sent) == (Letter.State.DEAD, "came back (5.1.1)")
    event = Event.objects.get(verb="letters.address_refused")
    assert (event.about, event.scope, event.details) == (f"people.user:{theo.pk}", "tests.scope:1", {})

    kinds = ("tests.news", "tests.nudge", "tests.code", "tests.slow")
    later = [post(kind, theo, about=theo, key=kind, now=now) for kind in kinds]
    look(now)

    assert [ends_as(letter) for letter in later] == [(Letter.State.DEAD, NOT_SENT)] * 4
    assert len(carrier.mails) == 1


def test_no_connection_is_made_for_an_address_that_refuses(sent, theo, look, now, settings):
    bounce(sent, now)
    post("tests.news", theo, about=theo, key="second", now=now)

    with mail_server(settings) as server:
        look(now, carrier=NO_CARRIER)

    assert server.commands == []


def test_an_address_refused_at_the_door_gets_no_further_mail(theo, look, now, settings):
    first = post("tests.news", theo, about=theo, key="first", now=now)
    with mail_server(settings, RCPT="550 5.1.1 no such user") as server:
        look(now, carrier=NO_CARRIER)
        second = post("tests.news", theo, about=theo, key="second", now=now + DAY)
        look(now + DAY, carrier=NO_CARRIER)

    assert ends_as(first) == ("dead", "550 5.1.1 no such user")
    assert ends_as(second) == ("dead", NOT_SENT)
    assert sum(command.startswith("RCPT") for command in server.commands) == 1
    assert Event.objects.get(verb="letters.address_refused").about == f"people.user:{theo.pk}"


def test_an_address_that_was_lifted_and_is_refused_again_is_closed_again(theo, cora, look, now, settings):
    letter = post("tests.news", theo, about=theo, key="first", now=now)
    with mail_server(settings, RCPT="550 5.1.1 no such user"):
        look(now, carrier=NO_CARRIER)
        lift(theo.email, by=cora, about=theo, now=now)
        retry(fresh(letter), by=cora, now=now)
        look(now + DAY, carrier=NO_CARRIER)

    assert RefusingAddress.objects.of(theo) is not None


@pytest.mark.parametrize("status", ["5.1.7", "5.1.8"])
def test_what_is_wrong_with_our_own_address_closes_no_readers(sent, theo, now, status):
    for n in range(4):
        assert bounce(sent, now, status=status, key=f"{n}")

    assert RefusingAddress.objects.of(theo) is None


def test_the_others_get_theirs(sent, mira, theo, carrier, look, now):
    bounce(sent, now)
    for person in (theo, mira):
        post("tests.news", person, about=person, key=f"second {person.pk}", now=now)

    look(now)

    assert carrier.by_person() == {"theo@example.org": 1, "mira@example.org": 1}


def test_for_now_twice_is_nothing_and_the_third_in_a_fortnight_is_for_good(theo, look, now):
    letters = [post("tests.news", theo, about=theo, key=str(n), now=now) for n in range(4)]
    look(now)
    for n, letter in enumerate(letters[:2]):
        bounce(letter, now + n * DAY, status="4.2.2")
    assert not RefusingAddress.objects.exists()
    assert ends_as(letters[0]) == (Letter.State.DEAD, "came back (4.2.2)")

    bounce(letters[2], now + 20 * DAY, status="4.2.2")
    assert not RefusingAddress.objects.exists()  # the first two lie further back

    bounce(letters[3], now + 20 * DAY, status="4.2.2")
    bounce(letters[3], now + 21 * DAY, status="4.2.2")
    assert RefusingAddress.objects.get().reason == "The mailbox is full."


def test_the_same_news_counts_once(sent, now):
    assert bounce(sent, now, status="4.2.2", key="same") is True
    for _again in range(5):
        assert bounce(sent, now, status="4.2.2", key="same") is False

    assert Return.objects.count() == 1 and not RefusingAddress.objects.exists()


def test_an_address_is_the_same_however_it_is_written(sent, theo, carrier, look, now):
    came_back(" THEO@Example.org ", key="k", status="5.1.1", letter=sent, now=now)
    post("tests.news", theo, about=theo, key="second", now=now)
    look(now)

    assert len(carrier.mails) == 1


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("5.1.10", "There is no such mailbox."),
        ("5.2.1", "The mailbox takes no mail."),
        ("5.2.2", "The mailbox is full."),
        ("5.4.4", "Its mail server could not be reached."),
        ("5.7.1", "Its mail server does not accept mail from us."),
        ("5.0.0", "Its mail server gave no reason."),
        ("", "Its mail server gave no reason."),
    ],
)
def test_why_is_said_in_words(status, reason):
    assert RefusingAddress(status=status).reason == reason


# Right again


def test_lifted_letters_go_there_and_the_old_news_does_nothing_more(sent, theo, mira, carrier, look, now):
    bounce(sent, now, key="same")
    waiting = post("tests.news", theo, about=theo, key="second", now=now)
    look(now)

    assert lift("Theo@example.org", by=mira, about=theo, scope="tests.scope:1", now=now) is True
    assert lift("theo@example.org", by=mira, about=theo, now=now) is False
    bounce(sent, now, key="same")
    retry(waiting, by=mira, now=now)
    look(now)

    assert not RefusingAddress.objects.exists()
    assert ends_as(waiting) == (Letter.State.SENT, "")
    event = Event.objects.get(verb="letters.address_lifted")
    assert (event.by, event.about, event.scope) == (mira, f"people.user:{theo.pk}", "tests.scope:1")


def test_after_it_was_lifted_counting_begins_anew(theo, mira, look, now):
    letters = [post("tests.news", theo, about=theo, key=str(n), now=now) for n in range(5)]
    look(now)
    for letter in letters[:3]:
        bounce(letter, now, status="4.2.2")
    lift("theo@example.org", by=mira, about=theo, now=now)

    for letter in letters[3:]:
        bounce(letter, now + DAY, status="4.2.2")

    assert not RefusingAddress.objects.exists()


def test_a_new_address_is_right_by_itself(sent, theo, carrier, look, now):
    bounce(sent, now)
    theo.email = "new@example.org"
    theo.save()

    post("tests.news", theo, about=theo, key="second", now=now)
    look(now)

    assert carrier.by_person() == {"theo@example.org": 1, "new@example.org": 1}


def test_old_news_and_addresses_of_nobody_are_forgotten(sent, theo, now):
    bounce(sent, now)
    came_back("gone@example.org", key="x", status="5.1.1", letter=None, now=now)

    returns.forget_old(now + 59 * DAY)
    assert (Return.objects.count(), RefusingAddress.objects.count()) == (2, 2)

    returns.forget_old(now + 61 * DAY)
    assert Return.objects.count() == 0
    assert [row.address for row in RefusingAddress.objects.all()] == ["theo@example.org"]


def test_many_letters_ask_about_addresses_in_one_question(theo, look, now):
    RefusingAddress.objects.create(address="theo@example.org", since=now)
    look(now)  # the one of the day that keeps house
    asked = []
    for size in (1, 40):
        for n in range(size):
            post("tests.news", theo, about=theo, key=f"{size} {n}", now=now)
        with CaptureQueriesContext(connection) as statements:
            look(now)
        asked.append(sum('"activity_refusingaddress"' in one["sql"] for one in statements))

    assert asked == [1, 1]


def test_the_note_on_a_letter_that_came_back_is_told_in_words(sent, now):
    bounce(sent, now, status="5.2.2")

    assert returns.came_back_words(fresh(sent).note) == "It came back. The mailbox is full."
    assert returns.came_back_words(NOT_SENT) == ""
