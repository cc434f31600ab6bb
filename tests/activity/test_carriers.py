"""Each step of the dialogue with a mail server, gone wrong in each way."""

import ssl
import time
from datetime import UTC, datetime, timedelta
from email.errors import HeaderParseError

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from activity import actions, carriers, writing
from activity.carriers import Breaker, MailServer, Pausing, PostBox, Unreachable
from mentorship.supervisor import free_port
from tests import make
from tests.activity.kinds import LETTERS
from tests.activity.scripted import HANG_UP, SILENCE, mail_server


@pytest.fixture
def mail(mira, now):
    return letter_to(mira, now)


def letter_to(person, now):
    draft = actions.draft("tests.news", person, about=person, key="one", now=now)
    return writing.message(
        writing.write(LETTERS["tests.news"], draft, now), message_id="<one@example.org>", now=now
    )


def deliver(mail):
    carrier = MailServer()
    carrier.open()
    try:
        return carrier.deliver(mail)
    finally:
        carrier.close()


@pytest.mark.parametrize(
    ("step", "reply", "outcome", "code", "received"),
    [
        # before the letter: a No for now, or for good
        ("MAIL", "451 greylisted", "temp", 451, 0),
        ("MAIL", "550 sender refused", "temp", 550, 0),
        ("RCPT", "450 mailbox busy", "temp", 450, 0),
        ("RCPT", "421 closing", "temp", 421, 0),
        ("RCPT", "550 no such user", "perm", 550, 0),
        ("RCPT", "550 5.1.8 Sender address rejected", "temp", 550, 0),
        ("RCPT", "550 5.1.0 Sender address rejected", "temp", 550, 0),
        ("RCPT", "251 forwarded", "ok", 250, 1),
        ("DATA", "452 disk full", "temp", 452, 0),
        ("DATA", "554 no valid recipients", "perm", 554, 0),
        # before the letter: the line breaks, and nothing can have been delivered
        ("MAIL", HANG_UP, "temp", None, 0),
        ("RCPT", HANG_UP, "temp", None, 0),
        ("RCPT", SILENCE, "temp", None, 0),
        ("DATA", HANG_UP, "temp", None, 0),
        ("DATA", SILENCE, "temp", None, 0),
        # after the final dot: a reply is definite
        ("BODY", "250 queued", "ok", 250, 1),
        ("BODY", "451 try again", "temp", 451, 1),
        ("BODY", "421 closing", "temp", 421, 1),
        ("BODY", "552 too large", "perm", 552, 1),
        # after the final dot: no reply, or none that can be read
        ("BODY", HANG_UP, "unknown", None, 1),
        ("BODY", SILENCE, "unknown", None, 1),
        ("BODY", "what?", "unknown", None, 1),
        ("BODY", "354 go on", "unknown", 354, 1),
    ],
)
def test_every_step_that_goes_wrong_has_its_outcome(settings, mail, step, reply, outcome, code, received):
    with mail_server(settings, **{step: reply}) as server:
        answer = deliver(mail)
    assert (answer.outcome, answer.code, len(server.received)) == (outcome, code, received)
    assert answer.host == f"127.0.0.1:{server.port}"


def test_a_letter_that_cannot_be_put_into_bytes_is_known_to_have_stayed_here(settings, mail, monkeypatch):
    def unwritable(self, *args, **more):
        raise HeaderParseError

    monkeypatch.setattr(type(mail), "as_bytes", unwritable)
    with mail_server(settings) as server:
        answer = deliver(mail)
    assert answer.outcome == "temp"
    assert not [command for command in server.commands if command.startswith(("MAIL", "DATA"))]


@pytest.mark.parametrize(
    ("step", "reply", "status"),
    [
        ("RCPT", "550 5.1.1 no such user", "5.1.1"),
        ("RCPT", "550 5.2.1 mailbox closed", "5.2.1"),
        ("RCPT", "550 5.7.1 we do not relay", ""),
        ("RCPT", "550 5.2.3 too large", ""),
        ("RCPT", "550 5.1.8 <us@example.org>: Sender address rejected", ""),
        ("RCPT", "550 no such user", ""),
        ("RCPT", "450 4.1.1 unknown for now", ""),
        ("MAIL", "550 5.1.8 bad sender", ""),
        ("BODY", "550 5.1.1 said too late", ""),
    ],
)
def test_only_a_reader_who_is_refused_by_number_for_good_has_an_address_that_refuses(
    settings, mail, step, reply, status
):
    with mail_server(settings, **{step: reply}):
        assert deliver(mail).refused_address == status


@pytest.mark.parametrize(
    ("step", "reply"),
    [
        ("CONNECT", "421 too busy"),
        ("CONNECT", "554 go away"),
        ("CONNECT", HANG_UP),
        ("CONNECT", SILENCE),
        ("EHLO", HANG_UP),
        ("EHLO", SILENCE),
    ],
)
def test_no_letter_is_touched_when_no_dialogue_comes_about(settings, step, reply):
    with mail_server(settings, **{step: reply, "HELO": "502 no"}), pytest.raises(Unreachable):
        MailServer().open()


def test_a_server_that_is_not_there_is_unreachable(settings):
    with mail_server(settings):
        pass
    with pytest.raises(Unreachable, match="ConnectionRefusedError"):
        MailServer().open()


def test_a_server_without_the_encryption_or_sign_in_that_is_asked_for_gets_no_letter(settings):
    with mail_server(settings) as server:
        settings.EMAIL_USE_TLS = True
        with pytest.raises(Unreachable, match="STARTTLS"):
            MailServer().open()
        settings.EMAIL_USE_TLS = False
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "name", "password"
        with pytest.raises(Unreachable, match="AUTH"):
            MailServer().open()
        settings.EMAIL_HOST_USER = ""
        settings.EMAIL_USE_SSL = True
        with pytest.raises(Unreachable):
            MailServer().open()
    assert not any(command.startswith(("MAIL", "AUTH")) for command in server.commands)


def test_many_letters_use_one_connection_and_a_new_one_when_it_broke(settings, mail):
    with mail_server(settings, RCPT=["250 fine", "450 later", HANG_UP]) as server:
        carrier = MailServer()
        outcomes = []
        for _ in range(5):
            carrier.open()
            outcomes.append(carrier.deliver(mail).outcome)
        carrier.close()
    assert outcomes == ["ok", "temp", "temp", "ok", "ok"]
    assert [command.split()[0] for command in server.commands].count("EHLO") == 2
    assert len(server.received) == 3


def test_an_idle_connection_that_the_server_closed_is_opened_again(settings, mail):
    with mail_server(settings, NOOP=[HANG_UP]) as server:
        carrier = MailServer()
        for _ in range(2):
            carrier.open()
            assert carrier.deliver(mail).outcome == "ok"
        carrier.close()
    assert len(server.received) == 2


def test_a_line_that_begins_with_a_dot_arrives_with_its_dot(sink, settings, mail):
    settings.DEMO, settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = False, False, False
    assert deliver(mail).outcome == "ok"
    [arrived] = sink.letters()
    assert arrived.get_body(("plain",)).get_content().splitlines()[-1] == ".a line that begins with a dot"
    assert arrived["X-Sink-To"] == "mira@example.org"
    assert arrived["Message-ID"] == "<one@example.org>"


def test_names_and_domains_in_every_script_arrive(sink, settings, db, now):
    settings.DEMO, settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = False, False, False
    assert deliver(letter_to(make.person("Jörg Grün", email="jg@bücher.example"), now)).outcome == "ok"
    [arrived] = sink.letters()
    assert arrived["X-Sink-To"] == "jg@xn--bcher-kva.example"
    assert arrived["To"] == "Jörg Grün <jg@xn--bcher-kva.example>"


def test_a_demo_without_a_mail_server_keeps_its_letters(settings, mail):
    settings.DEMO, settings.EMAIL_URL = True, ""
    carrier = carriers.for_settings()
    assert isinstance(carrier, PostBox)
    carrier.open()
    assert (carrier.deliver(mail).outcome, carrier.deliver(mail).reply) == ("ok", "kept in the post box")
    settings.EMAIL_URL = "smtp://127.0.0.1"
    assert isinstance(carriers.for_settings(), MailServer)
    settings.DEMO, settings.EMAIL_URL = False, ""
    assert isinstance(carriers.for_settings(), MailServer)


def test_the_breaker_leaves_a_server_in_peace_after_three_failures(monkeypatch):
    moment = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: moment)
    breaker = Breaker()
    for _ in range(2):
        breaker.failed("a")
        breaker.check("a")
    breaker.worked("a")
    for _ in range(3):
        breaker.check("a")
        breaker.failed("a")
    with pytest.raises(Pausing):
        breaker.check("a")
    breaker.check("b")
    moment += 60
    breaker.check("a")


# Encryption


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for "localhost" that nobody trusts unless told to."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(
            name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1)
        )
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "localhost.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


class Keeps(Message):
    def __init__(self):
        super().__init__()
        self.kept = []

    def handle_message(self, message):
        self.kept.append(message)


@pytest.mark.parametrize("way", ["starttls", "implicit"])
def test_letters_go_encrypted_to_a_server_that_proves_who_it_is_and_to_no_other(
    settings, mail, certificate, monkeypatch, way
):
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    options = {"ssl_context": tls} if way == "implicit" else {"tls_context": tls, "require_starttls": True}
    controller = Controller(Keeps(), hostname="127.0.0.1", port=free_port(), **options)
    if way == "implicit":
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))  # the controller knocks at its own door
    controller.start()
    try:
        settings.DEMO, settings.EMAIL_TIMEOUT = False, 5
        settings.EMAIL_HOST, settings.EMAIL_PORT = "localhost", controller.port
        settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = way == "starttls", way == "implicit"
        monkeypatch.delenv("SSL_CERT_FILE", raising=False)
        with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
            MailServer().open()
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert deliver(mail).outcome == "ok"
        settings.EMAIL_HOST = "127.0.0.1"  # not the name in the certificate
        with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
            MailServer().open()
    finally:
        controller.stop()
    assert len(controller.handler.kept) == 1
