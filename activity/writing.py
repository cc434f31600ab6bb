"""From a row to a letter: rendered at the moment of sending, in the reader's language and zone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.template import Context
from django.template.loader import get_template
from django.utils import timezone, translation

from activity.kinds import LetterKind
from activity.models import Letter

CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+")
SUBJECT_LENGTH = 200
SEVEN_BIT = SMTP.clone(cte_type="7bit")
# Calendar programs answer to the method: it stands in the file and must be said in the header as well.
METHOD = re.compile(r"^METHOD:([A-Z]+)\r?$", re.MULTILINE)


class NoAddress(Exception):
    """There is nowhere to send the letter; the words say why."""


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


def link(path: str) -> str:
    """The address of a page as it must stand in a letter."""
    return path if path.startswith(("https://", "http://")) else f"{settings.PUBLIC_URL}{path}"


def write(kind: LetterKind, letter: Letter, now: datetime) -> Written | None:
    """The letter as it reads now, or None if it is no longer true.  Works for drafts as well
    (`actions.draft`).
    """
    reader = letter.person
    with translation.override(_language(reader)), timezone.override(_zone(reader)):
        context = kind.context(letter, now)
        if context is None:
            return None
        recipient = _recipient(letter)
        unsubscribe = link(context["unsubscribe"]) if kind.optional and context.get("unsubscribe") else ""
        words = {
            **context,
            "reader": reader,
            "letter": letter,
            "kind": kind,
            "now": now,
            "public_url": settings.PUBLIC_URL,
            "unsubscribe": unsubscribe,
            "others_late": letter.collapsed.count() if letter.pk else 0,
        }
        return Written(
            sender=_sender(str(context.get("sender_name", ""))),
            recipient=recipient,
            subject=one_line(_plain(f"{kind.folder}/subject.txt", words))[:SUBJECT_LENGTH],
            text=_plain(f"{kind.folder}/body.txt", words).strip() + "\n",
            html=get_template(f"{kind.folder}/body.html").render(words).strip() + "\n",
            reply_to=_address("", context["reply_to"]) if context.get("reply_to") else None,
            unsubscribe=unsubscribe,
            calendar=str(context.get("calendar", "")),
        )


def message(written: Written, *, message_id: str, now: datetime) -> EmailMessage:
    mail = EmailMessage(policy=SEVEN_BIT)
    mail["From"] = written.sender
    mail["To"] = written.recipient
    if written.reply_to:
        mail["Reply-To"] = written.reply_to
    mail["Subject"] = written.subject
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = message_id
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


def _sender(name: str) -> Address:
    own_name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return _address(name or own_name, address)


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


def _zone(reader: Any) -> ZoneInfo:
    try:
        return ZoneInfo(getattr(reader, "zone", "") or settings.TIME_ZONE)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(settings.TIME_ZONE)
