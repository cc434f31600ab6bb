"""Who takes letters away: the mail server, step by step, so that it is known how far a broken dialogue came.

Only one moment is truly unknown: between the final dot, which hands the letter over, and the server's
reply.  Before it nothing was delivered; after it the reply is definite.  (RFC 1047 describes the moment.)
"""

import re
import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.errors import MessageError
from email.message import EmailMessage
from typing import Protocol

from django.conf import settings

from activity.actions import mail_host
from activity.incoming import status_in
from activity.models import OF_OUR_ADDRESS, Attempt

Outcome = Attempt.Outcome
# As RFC 3463 and its register number them: no such mailbox, system or name; disabled.  Not what they think of us (5.7).
ADDRESS_STATUS = ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1")
# Said of the sender, often only in answer to the receiver.
SENDER_STATUS = ("5.1.0", *OF_OUR_ADDRESS)
LINE_WITH_DOT = re.compile(rb"(?m)^\.")


class Unreachable(Exception):
    """No dialogue came about; no letter was touched."""


class Pausing(Unreachable):
    """The server was unreachable a moment ago and is left in peace."""


@dataclass(frozen=True)
class Answer:
    """``refused_address`` is the number of why, if it is the reader's address that takes no mail, for good."""

    outcome: str
    code: int | None = None
    reply: str = ""
    host: str = ""
    refused_address: str = ""


class Carrier(Protocol):
    host: str

    def open(self) -> None:
        """Be ready for one letter, or raise Unreachable."""

    def deliver(self, mail: EmailMessage) -> Answer:
        """Hand one letter over.  Never raises for what the server or the line does.

        The header Return-Path, where there is one, says where it comes back to, and does not travel.
        """

    def close(self) -> None: ...


class Breaker:
    """After three connections in a row that failed, a minute of peace for the server and the log."""

    FAILURES = 3
    PAUSE = 60.0

    def __init__(self) -> None:
        self.failures: dict[str, int] = {}
        self.shut_until: dict[str, float] = {}

    def check(self, host: str) -> None:
        if time.monotonic() < self.shut_until.get(host, 0.0):
            raise Pausing(host)

    def worked(self, host: str) -> None:
        self.failures.pop(host, None)

    def failed(self, host: str) -> None:
        self.failures[host] = self.failures.get(host, 0) + 1
        if self.failures[host] >= self.FAILURES:
            self.shut_until[host] = time.monotonic() + self.PAUSE
            self.failures[host] = 0


BREAKER = Breaker()


def for_settings() -> Carrier:
    """A demo without a mail server keeps its letters; everything else sends them."""
    if settings.DEMO and not settings.EMAIL_URL:
        return PostBox()
    return MailServer()


class PostBox:
    """Keeps what would go out: the row holds the text, and that is all."""

    host = ""

    def open(self) -> None: ...

    def deliver(self, mail: EmailMessage) -> Answer:
        return Answer(Outcome.OK, reply="kept in the post box")

    def close(self) -> None: ...


class MailServer:
    """One SMTP connection, used for many letters, as Django's EMAIL_ settings describe it."""

    def __init__(self) -> None:
        self.host = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
        self.smtp: smtplib.SMTP | None = None

    def open(self) -> None:
        if self.smtp is not None and self._still_there():
            return
        try:
            self.smtp = self._connect()
        except (smtplib.SMTPException, OSError) as error:
            self.smtp = None
            raise Unreachable(f"{self.host}: {_in_short(error)}") from error

    def deliver(self, mail: EmailMessage) -> Answer:
        returns_to = mail["Return-Path"]
        del mail["Return-Path"]
        sender, recipient = (mail[name].addresses[0].addr_spec for name in ("From", "To"))
        sender = str(returns_to or sender).strip("<>")
        try:
            content = LINE_WITH_DOT.sub(b"..", mail.as_bytes())
            return self._dialogue(sender, recipient, content)
        except (smtplib.SMTPException, OSError, MessageError, ValueError) as error:
            # The dialogue itself reports all that happens after the dot; here nothing was handed over yet.
            self._drop()
            return Answer(Outcome.TEMP, reply=_in_short(error), host=self.host)

    def close(self) -> None:
        if self.smtp is not None:
            try:
                self.smtp.quit()
            except (smtplib.SMTPException, OSError):
                self._drop()
            self.smtp = None

    def _connect(self) -> smtplib.SMTP:
        # The host goes in here and not to connect(): certificates are checked against it.
        where = {"host": settings.EMAIL_HOST, "port": settings.EMAIL_PORT}
        options = {"local_hostname": mail_host(), "timeout": settings.EMAIL_TIMEOUT}
        if settings.EMAIL_USE_SSL:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(**where, **options, context=_tls())
        else:
            smtp = smtplib.SMTP(**where, **options)
        # The final dot goes out alone. Held back until what went before it is acknowledged (RFC 896), as systems do
        # unasked, it costs each letter 40 ms.
        smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            smtp.ehlo_or_helo_if_needed()
            if settings.EMAIL_USE_TLS:
                smtp.starttls(context=_tls())
                smtp.ehlo_or_helo_if_needed()
            if settings.EMAIL_HOST_USER:
                smtp.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _dialogue(self, sender: str, recipient: str, content: bytes) -> Answer:
        smtp = self.smtp
        # A refused sender is a setting to be repaired, not the reader's fault: the letter waits.
        code, reply = smtp.mail(sender)
        if code != 250:
            return self._refused(code, reply, perm=False)
        code, reply = smtp.rcpt(recipient)
        if code not in (250, 251, 252):
            status = status_in(_one_line(reply))
            answer = self._refused(code, reply, perm=status not in SENDER_STATUS)
            return replace(answer, refused_address=status if status in ADDRESS_STATUS else "")
        code, reply = smtp.docmd("DATA")
        if code != 354:
            return self._refused(code, reply)

        smtp.sock.sendall(content if content.endswith(b"\r\n") else content + b"\r\n")
        return self._hand_over(smtp)

    def _hand_over(self, smtp: smtplib.SMTP) -> Answer:
        """The final dot and the reply to it."""
        try:
            smtp.sock.sendall(b".\r\n")
            code, reply = smtp.getreply()
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            return Answer(Outcome.UNKNOWN, reply=_in_short(error), host=self.host)
        if 200 <= code <= 299:
            return Answer(Outcome.OK, code, _one_line(reply), self.host)
        if not 400 <= code <= 599:
            self._drop()
            return Answer(Outcome.UNKNOWN, code if code > 0 else None, _one_line(reply), self.host)
        return self._refused(code, reply)

    def _refused(self, code: int, reply: bytes, *, perm: bool = True) -> Answer:
        """An answer that is a No: for now (4xx), or for good (5xx)."""
        if code == 421 or code < 0 or not self._reset():
            self._drop()
        outcome = Outcome.PERM if perm and 500 <= code <= 599 else Outcome.TEMP
        return Answer(outcome, code if code > 0 else None, _one_line(reply), self.host)

    def _still_there(self) -> bool:
        return self._says_yes(lambda smtp: smtp.noop())

    def _reset(self) -> bool:
        return self._says_yes(lambda smtp: smtp.rset())

    def _says_yes(self, command: Callable[[smtplib.SMTP], tuple[int, bytes]]) -> bool:
        try:
            return command(self.smtp)[0] == 250
        except (smtplib.SMTPException, OSError):
            self._drop()
            return False

    def _drop(self) -> None:
        if self.smtp is not None:
            self.smtp.close()
        self.smtp = None


def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _one_line(reply: bytes) -> str:
    return " ".join(reply.decode("utf-8", "replace").split())[:200]


def _in_short(error: BaseException) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error if isinstance(error.smtp_error, bytes) else str(error.smtp_error).encode()
        return f"{error.smtp_code} {_one_line(said)}"
    if isinstance(error, TimeoutError | socket.timeout):
        return "no answer in time"
    return f"{type(error).__name__}: {error}"[:200]
