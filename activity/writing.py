"""From a row to a letter: rendered at the moment of sending, in the reader's language and zone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from typing import Any, NamedTuple

from django.conf import settings
from django.template import Context
from django.template.loader import get_template
from django.utils import timezone, translation

from activity.actions import message_id
from activity.addresses import reply_address, return_address
from activity.hours import zone_of
from activity.kinds import LetterKind
from activity.links import CHOOSE, off_path
from activity.models import Letter

CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+")
SUBJECT_LENGTH = 200
# Addresses and references, in which encoded words are not allowed (RFC 2047, 5): what is too long for a line stays so.
NEVER_ENCODED = {"list-unsubscribe", "in-reply-to", "references"}
# Calendar programs answer to the method: it stands in the file and must be said in the header as well.
METHOD = re.compile(r"^METHOD:([A-Z]+)\r?$", re.MULTILINE)


class NoAddress(Exception):
    """There is nowhere to send the letter; the words say why."""


class SevenBit(EmailPolicy):
    """For any mail server; and whoever looks for the link that unsubscribes finds it as it is (RFC 8058)."""

    def fold(self, name: str, value: Any) -> str:
        return f"{name}: {value}{self.linesep}" if _stays(name, value) else super().fold(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        return self.fold(name, value).encode() if _stays(name, value) else super().fold_binary(name, value)


def _stays(name: str, value: Any) -> bool:
    return name.lower() in NEVER_ENCODED and str(value).isascii()


SEVEN_BIT = SevenBit(linesep="\r\n", cte_type="7bit")


@dataclass(frozen=True)
class Written:
    """A letter as its reader will see it."""

    sender: Address
    recipient: Address
    subject: str
    text: str
    html: str
    reply_to: Address | None = None
    unsubscribe: str = ""
    calendar: str = ""
    returns_to: str = ""  # the envelope's sender; without one it is the writer's address
    thread: str = ""  # the Message-ID under which mail programs show together what belongs together


class InOneLine(NamedTuple):
    """A letter as the digest tells it."""

    subject: str
    path: str
    why: str


def link(path: str) -> str:
    """The address of a page as it must stand in a letter."""
    return path if path.startswith(("https://", "http://")) else f"{settings.PUBLIC_URL}{path}"


def write(kind: LetterKind, letter: Letter, now: datetime) -> Written | None:
    """The letter as it reads now, or None if it is no longer true.  Works for drafts as well
    (`actions.draft`).
    """
    reader = letter.person
    with translation.override(_language(reader)), timezone.override(zone_of(reader)):
        context = kind.context(letter, now)
        if context is None:
            return None
        recipient = _recipient(letter)
        unsubscribe = _unsubscribe(kind, letter)
        words = {
            **_words(kind, letter, context, now),
            "public_url": settings.PUBLIC_URL,
            "unsubscribe": unsubscribe,
            "choose": link(CHOOSE),
            **_reply(kind, letter),
            "others_late": letter.collapsed.count() if letter.pk and not kind.gathers else 0,
        }
        return Written(
            sender=_sender(str(context.get("sender_name", "")), str(context.get("sender_place", ""))),
            recipient=recipient,
            subject=_subject(kind, words),
            text=_plain(f"{kind.folder}/body.txt", words).strip() + "\n",
            html=get_template(f"{kind.folder}/body.html").render(words).strip() + "\n",
            reply_to=_address("", reply_to) if (reply_to := words.get("reply_to")) else None,
            unsubscribe=unsubscribe,
            calendar=str(context.get("calendar", "")),
            returns_to=return_address(letter),
            thread=_thread(letter, context),
        )


def in_one_line(kind: LetterKind, letter: Letter, now: datetime) -> InOneLine | None:
    """Its subject, where it leads and why it came, or None if it is no longer true."""
    reader = letter.person
    with translation.override(_language(reader)), timezone.override(zone_of(reader)):
        context = kind.context(letter, now)
        if context is None:
            return None
        subject = _subject(kind, _words(kind, letter, context, now))
        return InOneLine(subject, str(context.get("path", "")), str(context.get("why", "")))


def message(written: Written, *, message_id: str, now: datetime) -> EmailMessage:
    mail = EmailMessage(policy=SEVEN_BIT)
    mail["From"] = written.sender
    mail["To"] = written.recipient
    if written.reply_to:
        mail["Reply-To"] = written.reply_to
    if written.returns_to:
        mail["Return-Path"] = f"<{written.returns_to}>"
    mail["Subject"] = written.subject
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = message_id
    if written.thread:
        mail["In-Reply-To"] = mail["References"] = written.thread
    # So that no out-of-office note answers it (RFC 3834).
    mail["Auto-Submitted"] = "auto-generated"
    if written.unsubscribe:
        mail["List-Unsubscribe"] = f"<{written.unsubscribe}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(written.text)
    mail.add_alternative(written.html, subtype="html")
    if written.calendar:
        _enclose(mail, written.calendar)
    return mail


def one_line(text: str) -> str:
    """Without line breaks and control characters, which would begin another header."""
    return " ".join(CONTROL.sub(" ", text).split())


def _enclose(mail: EmailMessage, calendar: str) -> None:
    """As an invitation that mail programs show with buttons, and as a file for those that do not."""
    found = METHOD.search(calendar)
    method = {"method": found[1]} if found else {}
    mail.add_alternative(calendar, subtype="calendar", params=method)
    mail.add_attachment(calendar, subtype="calendar", filename="invite.ics", params=method)


def _plain(template: str, words: Mapping[str, Any]) -> str:
    """Text is not HTML: nothing in it is escaped."""
    return get_template(template).template.render(Context(words, autoescape=False))


def _words(kind: LetterKind, letter: Letter, context: dict[str, Any], now: datetime) -> dict[str, Any]:
    own = kind.own_words(letter, context) if kind.own_words else None
    return {**context, "own": own, "reader": letter.person, "letter": letter, "kind": kind, "now": now}


def _subject(kind: LetterKind, words: Mapping[str, Any]) -> str:
    own = words["own"].subject if words["own"] else ""
    said = own or _plain(f"{kind.folder}/subject.txt", words)
    return one_line(f"{words.get('subject_mark', '')} {said}")[:SUBJECT_LENGTH]


def _reply(kind: LetterKind, letter: Letter) -> dict[str, Any]:
    """An answer in one word comes to us, where mail comes in; a preview and another's letter ask for none."""
    if not kind.answers or letter.person is None or letter.address:
        return {}
    address = reply_address(letter)
    return {"reply_to": address, "answers": kind.answers} if address else {}


def _unsubscribe(kind: LetterKind, letter: Letter) -> str:
    """Where one click turns off what its reader can do without."""
    if kind.choice is None or letter.person is None:
        return ""
    return link(off_path(letter.person, kind.choice.name, since=letter.created_at))


def _thread(letter: Letter, context: Mapping[str, Any]) -> str:
    """One thread for each reader and relationship or program.  Nobody ever got the mail of that name: it is where
    the others belong."""
    about = context.get("thread", letter.scope)
    return message_id(f"thread|{about}|{letter.person_id}") if about and letter.person_id else ""


def _sender(name: str, place: str) -> Address:
    own_name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return _address((f"{name} ({place})" if place else name) if name else own_name, address)


def _recipient(letter: Letter) -> Address:
    if not letter.to:
        raise NoAddress("no address")
    return _address("" if letter.person is None else letter.person.get_full_name(), letter.to)


def _address(name: str, address: str) -> Address:
    """With the domain in the form that every mail server understands."""
    local, _, domain = address.rpartition("@")
    try:
        return Address(one_line(name), addr_spec=f"{local}@{domain.encode('idna').decode()}")
    except (MessageError, ValueError) as error:
        raise NoAddress("the address is not one that mail can be sent to") from error


def _language(reader: Any) -> str:
    return getattr(reader, "language", "") or settings.LANGUAGE_CODE
