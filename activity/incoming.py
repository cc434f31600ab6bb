"""A mail that came in, as plain values: to whom, from whom, what a mail server reports, what the first line says.

Whoever likes can send anything here, so nothing raises but ``Unreadable``, and nothing is looked at inside mails that
are enclosed.  Of the text a few lines are read, to see that a reply is one word and not the beginning of a letter.
"""

import email
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from email.policy import compat32
from email.utils import getaddresses
from itertools import combinations

LARGEST = 1024 * 1024
PARTS = 100
STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
CODE = re.compile(r"(?<![\d.])([45])\d\d(?=[ \-#:])")
# In running text the three digits could be a room or a telephone number. Mail servers begin a line with them
# ("<<< 550 No such user"), or quote what another one said: "Remote host said: 550 …", "host mx[192.0.2.25]: 550 …".
CODE_IN_WORDS = re.compile(
    r"(?:^[\s<>#]*|\b(?:said|responded|answered|returned|response|reason|error)\b:?\s*['\"]?|[\])>]:\s+)"
    r"([45])[0-5]\d(?=[ #:]|-(?!\d{4}))",
    re.MULTILINE | re.IGNORECASE,
)
NOT_BY_PEOPLE = re.compile(r"^(mailer-daemon|postmaster|no-?reply|bounces?)\b", re.IGNORECASE)
DAEMONS = re.compile(r"^(mailer-daemon|postmaster)@", re.IGNORECASE)
# How mail programs quote, and how they introduce it, on up to three lines: "On 3 May 2026 at 10:00, Theo wrote:".
QUOTED = re.compile(r"^\s*[>|]")
INTRODUCES = re.compile(
    r"\b(wrote|writes|schrieb|skrev|écrit|escribió|scritto|schreef)\b|@|\b20\d\d\b", re.IGNORECASE
)
DATED = re.compile(
    r"^\s*(on|am|den|le|el|il|op|på|\d{1,4}[./ -]|"
    r"(mon|tue|wed|thu|fri|sat|sun|man|tir|ons|tor|fre|lør|søn)\w*[.,])\s*.*\b20\d\d\b",
    re.IGNORECASE,
)
INTRODUCTION = 3
# Below these stands somebody else's mail, or a signature.
END = re.compile(
    r"^\s*(-{3,}|_{5,})|^-- ?$|^\*?(from|von|fra|sent|gesendet|sendt):\*? ",
    re.IGNORECASE,
)
INVISIBLE = re.compile(r"[\u200b-\u200f\u2060\ufeff]")
# What mail programs and people put below a word without adding to it.
PROGRAM = re.compile(
    r"^(sent (from|via|with) |get outlook for |gesendet (von|mit) |von mein\w+ .* gesendet|"
    r"outlook für .* beziehen|sendt (fra|via|med) |(last ned|hent|få) outlook for )",
    re.IGNORECASE,
)
PROGRAM_WORDS = 6
ADDRESS = re.compile(r"<?https?://\S+")
SENTENCE = re.compile(r"[,;:!?–—(]|\. ")
THANKS = re.compile(r"(?:many )?thanks|thank you|(?:vielen )?dank|danke|(?:tusen )?takk")
GREETING = re.compile(
    r"(?:(?:best|kind|warm) )?(?:regards|wishes)|(?:all the )?best|cheers|(?:yours )?sincerely|yours|"
    r"(?:(?:mit )?freundlichen?|viele|liebe|beste|schöne) grüssen?|gruss|lg|mfg|vg|"
    r"(?:(?:(?:med )?vennlig|beste) )?hilsen|mvh"
)
NAME_WORDS = 4
MOST_LINES = 20
LONGEST_LINE = 200


class Unreadable(Exception):
    """Not a mail, or not one that anybody should read."""


@dataclass(frozen=True)
class Report:
    """What became of a letter, as a mail server says: "failed", "delayed"…, and why ("5.1.1"; empty if unknown)."""

    action: str
    status: str


@dataclass(frozen=True)
class Incoming:
    recipients: tuple[str, ...]
    sender: str  # the one address in From; empty if there are none or several
    message_id: str
    returned: bool  # by a mail server, not written by anybody
    is_automatic: bool
    reports: tuple[Report, ...]
    lines: tuple[str, ...]  # the first that somebody wrote, without what is quoted
    calendars: tuple[str, ...]

    @property
    def first_line(self) -> str:
        return self.lines[0] if self.lines else ""

    def is_one_line_of(self, name: str) -> bool:
        """Nothing follows the first line but a signature of whoever has this name."""
        return is_signature(self.lines[1:], name)


def read(raw: bytes) -> Incoming:
    if len(raw) > LARGEST:
        raise Unreadable("too large")
    try:
        return _read(email.message_from_bytes(raw, policy=compat32))
    except (RecursionError, ValueError, LookupError, AttributeError, TypeError) as error:
        # The parser of the standard library has stumbled over hostile mails in each of these ways.
        raise Unreadable(type(error).__name__) from error


def _read(mail: Message) -> Incoming:
    sender = _sender(mail)
    null_path = _header(mail, "Return-Path").strip() == "<>"
    is_report = mail.get_content_type() == "multipart/report"
    returned = is_report or null_path or bool(DAEMONS.match(sender))
    parts = list(_parts(mail))
    text = next((_text(part) for part in parts if _is_plain(part)), "")
    return Incoming(
        recipients=tuple(_recipients(mail)),
        sender=sender,
        message_id=_header(mail, "Message-ID").strip()[:250],
        returned=returned,
        is_automatic=returned or _is_automatic(mail, sender),
        reports=tuple(_reports(mail) if is_report else _told_in_words(mail, sender, text)),
        lines=own_lines("\n".join(_text(part) for part in parts if _is_plain(part))),
        calendars=tuple(_text(part) for part in parts if part.get_content_type() == "text/calendar"),
    )


def own_lines(text: str) -> tuple[str, ...]:
    """What somebody wrote above what their mail program quotes, or below it if nothing stands above."""
    lines = INVISIBLE.sub("", text[:20_000]).splitlines()
    found: list[str] = []
    number = 0
    while number < len(lines) and len(found) < MOST_LINES and not END.match(lines[number]):
        words = " ".join(lines[number].split())
        quoted = 1 if QUOTED.match(words) else _introduction(lines[number:])
        if quoted and found:
            break
        if words and not quoted:
            found.append(words[:LONGEST_LINE])
        number += quoted or 1
    return tuple(found)


def _introduction(lines: list[str]) -> int:
    """How many of these lines introduce what is quoted: none if they are somebody's own."""
    for count in range(1, INTRODUCTION + 1):
        own = lines[:count]
        if len(own) < count or not own[-1].strip() or QUOTED.match(own[-1]):
            return 0
        joined = " ".join(own).rstrip()
        if joined.endswith(":"):
            below = next((line for line in lines[count:] if line.strip()), "")
            is_one = DATED.match(joined) or (count == 1 and QUOTED.match(below))
            return count if is_one and INTRODUCES.search(joined) else 0
    return 0


def is_signature(lines: Sequence[str], name: str) -> bool:
    """A name of up to four words, a greeting, thanks, what a mail program says of itself; nothing that tells more.

    The name is the sender's own: "We did meet" would be one otherwise.  Right below a greeting any name is one.
    """
    greeted = False
    for line in lines:
        words = in_words(line)
        is_name = _is_name(words, name) or (greeted and _is_called(line))
        greeted = GREETING.fullmatch(words) is not None
        if not (is_name or greeted or THANKS.fullmatch(words) or _is_of_program(line)):
            return False
    return True


def _is_name(said: str, name: str) -> bool:
    known = list(dict.fromkeys(in_words(name).split()))
    letters = [word[0] for word in known[:8]]
    initials = ("".join(some) for length in (1, 2, 3) for some in combinations(letters, length))
    own = {*known, *initials}
    words = said.split()
    return 0 < len(words) <= NAME_WORDS and own.issuperset(words)


def _is_called(line: str) -> bool:
    """As names are written: "Theo T. Tamm"."""
    words = line.split()
    return len(words) <= NAME_WORDS and all(word[0].isupper() for word in words) and line[-1].isalpha()


def _is_of_program(line: str) -> bool:
    said = ADDRESS.sub("", line)
    short = len(said.split()) <= PROGRAM_WORDS and not SENTENCE.search(said)
    return short and PROGRAM.match(said) is not None


def in_words(line: str) -> str:
    """In small letters, without punctuation: "Yes!" is "yes"."""
    return " ".join(re.sub(r"[^\w]+", " ", line).casefold().split())


def _recipients(mail: Message) -> Iterator[str]:
    """Those that mail servers write down come first: they know where it really went."""
    for name in ("X-Original-To", "Delivered-To", "Envelope-To", "To", "Cc"):
        values = [str(value) for value in (mail.get_all(name) or [])[:PARTS]]
        yield from (address.lower() for _name, address in getaddresses(values) if "@" in address)


def _sender(mail: Message) -> str:
    given = mail.get_all("From") or []
    addresses = {address.lower() for _name, address in getaddresses([str(value) for value in given])}
    sender = addresses.pop() if len(given) == len(addresses) == 1 else ""
    return sender if "@" in sender else ""


def _is_automatic(mail: Message, sender: str) -> bool:
    """Nobody wrote it: an out-of-office note, a list, another machine.  It is never answered (RFC 3834)."""
    submitted = _header(mail, "Auto-Submitted").strip().lower()
    return (
        (submitted != "" and not submitted.startswith("no"))
        or _header(mail, "Precedence").strip().lower() in {"bulk", "junk", "list", "auto_reply"}
        or any(
            name in mail for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress", "List-Id")
        )
        or bool(NOT_BY_PEOPLE.match(sender))
    )


def _reports(mail: Message) -> Iterator[Report]:
    """Of a delivery status notification (RFC 3464): its own part, not those of reports enclosed in it."""
    for part in _children(mail):
        if part.get_content_type() not in {"message/delivery-status", "message/global-delivery-status"}:
            continue
        for block in _children(part):
            if action := _header(block, "Action").strip().lower():
                said = f"{_header(block, 'Status')} {_header(block, 'Diagnostic-Code')}"
                yield Report(action, status_in(said))


def _told_in_words(mail: Message, sender: str, text: str) -> Iterator[Report]:
    """Mail servers that write no report: the number stands in the text, or nothing does.

    Nobody else is believed: a note of absence comes without a return path, too, and holds telephone numbers.
    """
    answers = _header(mail, "Auto-Submitted").strip().lower() == "auto-replied" or "X-Autoreply" in mail
    if DAEMONS.match(sender) and not answers:
        yield Report("failed", _status(text, CODE_IN_WORDS))


def status_in(answer: str) -> str:
    """ "5.1.1", or "5.0.0" where only the three digits of SMTP are there; empty where neither is.

    ``answer`` is what a mail server has said, and nobody else.
    """
    return _status(answer, CODE)


def _status(text: str, code: re.Pattern[str]) -> str:
    numbers = [f"{a}.{int(b)}.{int(c)}" for a, b, c in STATUS.findall(text[:20_000]) if a != "2"]
    found = code.search(text[:20_000])
    return numbers[0] if numbers else f"{found[1]}.0.0" if found else ""


def _children(part: Message) -> list[Message]:
    payload = part.get_payload()
    return payload[:PARTS] if isinstance(payload, list) else []


def _parts(mail: Message) -> Iterator[Message]:
    """The mail's own parts, without what is inside enclosed mails."""
    waiting, seen = [mail], 0
    while waiting and seen < PARTS:
        part, seen = waiting.pop(0), seen + 1
        if part.is_multipart() and part.get_content_maintype() == "multipart":
            waiting = _children(part) + waiting
        elif not part.is_multipart():
            yield part


def _is_plain(part: Message) -> bool:
    return part.get_content_type() == "text/plain" and part.get_content_disposition() != "attachment"


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True) or b""
    try:
        return payload.decode(part.get_content_charset() or "utf-8", "replace")
    except (LookupError, ValueError):
        return payload.decode("utf-8", "replace")


def _header(mail: Message, name: str) -> str:
    return str(mail.get(name, ""))[:2000]
