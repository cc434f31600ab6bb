"""Reports of mail providers: believed when signed, done once, about people of ours alone.

The payloads are in the providers' forms, with signatures made here as they make them.
"""

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import pytest
import time_machine
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.test import Client

from activity.actions import post
from activity.models import Event, Letter, Refusal, RefusingAddress, Return
from activity.returns import lift
from mentorship.clockwork import LETTERS
from tests.make import NOW

MAILGUN_KEY = "key-of-mailgun"
POSTAL_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
BASIC = {"HTTP_AUTHORIZATION": f"Basic {base64.b64encode(b'name:word').decode()}"}


@pytest.fixture(autouse=True)
def clock(db):
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client():
    """As strict as a browser: what is not exempt would be refused."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def mailgun(settings):
    settings.MAIL_WEBHOOK_PROVIDER, settings.MAIL_WEBHOOK_KEY = "mailgun", MAILGUN_KEY
    settings.ANYMAIL = {"MAILGUN_WEBHOOK_SIGNING_KEY": MAILGUN_KEY}


@pytest.fixture
def postal(settings):
    public = POSTAL_KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    key = "".join(public.decode().splitlines()[1:-1])
    settings.MAIL_WEBHOOK_PROVIDER, settings.MAIL_WEBHOOK_KEY = "postal", key
    settings.ANYMAIL = {"POSTAL_WEBHOOK_KEY": key}


@pytest.fixture
def postmark(settings):
    settings.MAIL_WEBHOOK_PROVIDER, settings.MAIL_WEBHOOK_KEY = "postmark", "name:word"
    settings.ANYMAIL = {"WEBHOOK_SECRET": "name:word"}


@pytest.fixture
def sent(theo):
    letter = post("programs.answers_received", theo, about=theo, key="first", now=NOW)
    Letter.objects.filter(pk=letter.pk).update(state=Letter.State.SENT, sent_at=NOW)
    return letter


def mailgun_event(
    letter, *, event="failed", severity="permanent", code=550, message="5.1.1 no such user", **changes
):
    token = changes.pop("token", "one-token")
    at = str(int(changes.pop("at", NOW).timestamp()))
    signature = hmac.new(MAILGUN_KEY.encode(), f"{at}{token}".encode(), hashlib.sha256).hexdigest()
    data = {
        "event": event,
        "severity": severity,
        "reason": "bounce",
        "timestamp": float(at),
        "recipient": letter.person.email,
        "message": {"headers": {"message-id": letter.message_id.strip("<>"), "to": letter.person.email}},
        "delivery-status": {"code": code, "message": message, "description": ""},
        **changes,
    }
    return {"signature": {"timestamp": at, "token": token, "signature": signature}, "event-data": data}


def tell_mailgun(client, event):
    return client.post("/webhooks/mail/mailgun/", json.dumps(event), content_type="application/json")


def tell_postal(client, event, *, key=POSTAL_KEY):
    body = json.dumps(event).encode()
    signature = base64.b64encode(key.sign(body, padding.PKCS1v15(), hashes.SHA1())).decode()
    return client.post(
        "/webhooks/mail/postal/", body, content_type="application/json", HTTP_X_POSTAL_SIGNATURE=signature
    )


def postal_failure(letter, *, status="HardFail", output="550 5.2.1 mailbox closed", uuid="one", **changes):
    message = {
        "id": 1,
        "token": "x",
        "to": letter.person.email,
        "message_id": letter.message_id.strip("<>"),
        **changes,
    }
    payload = {"status": status, "details": "", "output": output, "message": message}
    return {"event": "MessageDeliveryFailed", "timestamp": NOW.timestamp(), "uuid": uuid, "payload": payload}


def refusing():
    return list(RefusingAddress.objects.values_list("address", "status"))


# Believed


def test_a_signed_report_closes_the_address(client, mailgun, sent, theo):
    assert tell_mailgun(client, mailgun_event(sent)).status_code == 200

    assert refusing() == [(theo.email, "5.1.1")]
    assert RefusingAddress.objects.get().letter == sent
    assert Letter.objects.get(pk=sent.pk).note == "came back (5.1.1)"


def test_a_report_signed_in_another_way_does_the_same(client, postal, sent, theo):
    assert tell_postal(client, postal_failure(sent)).status_code == 200

    # Postal numbers letters itself, so it is the address alone that is known.
    assert refusing() == [(theo.email, "5.2.1")]


def test_a_provider_that_does_not_sign_proves_itself_by_the_secret_in_the_address(
    client, postmark, sent, theo
):
    event = {
        "RecordType": "Bounce",
        "ID": 4323,
        "Type": "HardBounce",
        "TypeCode": 1,
        "Email": theo.email,
        "MessageID": "0000",
        "BouncedAt": NOW.isoformat(),
        "Details": "550 5.1.1 unknown",
        "Inactive": True,
    }
    told = {"content_type": "application/json"}

    assert client.post("/webhooks/mail/postmark/", json.dumps(event), **told).status_code == 400
    assert refusing() == []
    assert client.post("/webhooks/mail/postmark/", json.dumps(event), **told, **BASIC).status_code == 200
    assert refusing() == [(theo.email, "5.1.1")]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"message": "no number"}, "5.0.0"),
        ({"message": "550-5.7.1 blocked"}, "5.7.1"),
        ({"event": "rejected", "reason": "suppress-bounce"}, "5.0.0"),
    ],
)
def test_what_is_for_good_closes_the_address_whatever_its_number(
    client, mailgun, sent, theo, changes, status
):
    tell_mailgun(client, mailgun_event(sent, **changes))

    assert refusing() == [(theo.email, status)]


@pytest.mark.parametrize(
    "changes",
    [
        {"severity": "temporary", "message": "4.2.2 over quota"},
        {"event": "delivered"},
        {"event": "opened"},
        {"event": "rejected", "reason": "generic"},
        {"event": "never heard of"},
    ],
)
def test_what_is_no_failure_for_good_does_nothing(client, mailgun, sent, changes):
    assert tell_mailgun(client, mailgun_event(sent, **changes)).status_code == 200

    assert not Return.objects.exists()
    assert Letter.objects.get(pk=sent.pk).state == "sent"


def test_who_calls_a_letter_spam_gets_no_more_of_its_kind(client, mailgun, theo):
    nudge = post("relationships.quiet", theo, about=theo, key="nudge", now=NOW)

    tell_mailgun(client, mailgun_event(nudge, event="complained"))
    tell_mailgun(client, mailgun_event(nudge, event="complained", token="again"))

    assert list(Refusal.objects.values_list("person", "choice")) == [
        (theo.pk, LETTERS[nudge.kind].choice.name)
    ]
    assert Event.objects.get(verb="letters.turned_off").by is None
    assert refusing() == []


def test_what_always_comes_cannot_be_turned_off_by_calling_it_spam(client, mailgun, sent):
    assert LETTERS[sent.kind].choice is None
    assert tell_mailgun(client, mailgun_event(sent, event="complained")).status_code == 200

    assert not Refusal.objects.exists()


def test_given_up_for_now_three_times_is_for_good(client, mailgun, sent):
    for n in range(3):
        assert refusing() == []
        tell_mailgun(client, mailgun_event(sent, message="4.2.2 over quota", token=f"token-{n}"))

    assert [status for _address, status in refusing()] == ["4.2.2"]


# Done once, and about people of ours alone


def test_the_same_report_again_does_nothing_more_also_after_it_was_lifted(client, mailgun, sent, theo, cora):
    event = mailgun_event(sent)
    tell_mailgun(client, event)
    lift(theo.email, by=cora, about=theo, now=NOW)

    assert tell_mailgun(client, event).status_code == 200
    assert (refusing(), Return.objects.count()) == ([], 1)


def test_of_a_stranger_nothing_is_learned(client, mailgun, sent):
    for recipient in ("stranger@example.net", "", None, "a\x00b@example.org", 7):
        assert tell_mailgun(client, mailgun_event(sent, recipient=recipient)).status_code == 200

    assert not Return.objects.exists()


def test_of_an_unknown_letter_the_address_is_learned(client, mailgun, sent, theo):
    event = mailgun_event(sent)
    event["event-data"]["message"] = {"headers": {"message-id": "unknown\x00@example.net"}}
    tell_mailgun(client, event)

    row = RefusingAddress.objects.get()
    assert (row.address, row.status, row.letter) == (theo.email, "5.1.1", None)
    assert Letter.objects.get(pk=sent.pk).state == "sent"


def test_old_reports_do_nothing(client, mailgun, sent):
    tell_mailgun(client, mailgun_event(sent, at=NOW - timedelta(days=31)))

    assert not Return.objects.exists()


# Not believed


def test_a_wrong_signature_is_refused(client, mailgun, sent):
    event = mailgun_event(sent)
    for part, wrong in (("token", "other"), ("timestamp", "1"), ("signature", "0" * 64)):
        forged = {**event, "signature": {**event["signature"], part: wrong}}
        assert tell_mailgun(client, forged).status_code == 400

    assert not Return.objects.exists()


def test_another_key_is_refused(client, postal, sent):
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    assert tell_postal(client, postal_failure(sent), key=other).status_code == 400
    assert client.post("/webhooks/mail/postal/", "{}", content_type="application/json").status_code == 400
    assert not Return.objects.exists()


@pytest.mark.parametrize("body", ["", "{", "[]", "null", "7", '{"signature": 7}', "\x00", '"text"'])
def test_nonsense_is_refused(client, mailgun, body):
    told = client.post("/webhooks/mail/mailgun/", body, content_type="application/json")

    assert told.status_code == 400


@pytest.mark.parametrize("data", [None, [], {}, {"event": []}, {"event": "failed", "timestamp": "yesterday"}])
def test_signed_nonsense_is_refused_too(client, mailgun, sent, data):
    event = {**mailgun_event(sent), "event-data": data}

    assert tell_mailgun(client, event).status_code == 400
    assert not Return.objects.exists()


# Off unless configured


def test_without_configuration_there_is_no_such_address(client, sent):
    for provider in ("mailgun", "postal", "postmark", "nobody"):
        address = f"/webhooks/mail/{provider}/"
        answers = [client.get(address), client.head(address), client.post(address), client.options(address)]
        assert [answer.status_code for answer in answers] == [404] * 4


def test_there_is_only_the_provider_that_is_configured(client, mailgun):
    assert client.head("/webhooks/mail/mailgun/").status_code == 200
    assert client.get("/webhooks/mail/mailgun/").status_code == 405
    for provider in ("postal", "postmark", "sendgrid", "nobody"):
        assert client.post(f"/webhooks/mail/{provider}/").status_code == 404


def test_a_provider_without_a_key_is_none(client, mailgun, settings):
    settings.MAIL_WEBHOOK_KEY = ""

    assert client.post("/webhooks/mail/mailgun/").status_code == 404
