"""Addresses of our own that say what a mail which comes in is about.

Behind the plus sign of INBOUND_ADDRESS stand a letter and a proof: ``b-`` is where mail servers return it to,
``r-`` where its reader answers.  The proof covers the address that the letter went to: about an address that
somebody has given up meanwhile, nothing is learned.

Calendars answer to the organiser of an invitation, and take changes from the same one alone.  So ``c-`` holds no
letter but a proof of the name that the meeting has in calendars and of the guest: one organiser for each guest of each
meeting, however often it moves.  Whoever does not have that guest's invitation cannot answer it.
"""

import uuid
from base64 import b32decode, b32encode
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings

from activity.models import Letter, address_key
from core import tokens

BOUNCE, REPLY, GUEST = "b", "r", "c"
PURPOSES = {BOUNCE: "letter comes back", REPLY: "letter is answered"}
INVITED = "guest answers"
GOOD_FOR = timedelta(days=30)
NAME_LENGTH, PROOF_LENGTH = 26, 16


class Marked(NamedTuple):
    """What an address of ours says.  ``letter`` is none when the proof does not hold, or not any more."""

    mark: str
    letter: Letter | None


def return_address(letter: Letter) -> str:
    """Where this letter comes back to; nothing where no mail comes in."""
    return _marked(BOUNCE, letter)


def reply_address(letter: Letter) -> str:
    return _marked(REPLY, letter)


def guest_address(uid: str, guest: str) -> str:
    """Where the calendar of ``guest`` answers an invitation; nothing where no mail comes in."""
    proof = tokens.short_proof(INVITED, uid, address_key(guest))
    return _behind_plus(f"{GUEST}-{proof}") if settings.INBOUND_ADDRESS else ""


def is_guest_address(address: str, uid: str, guest: str) -> bool:
    """Whether this is where that guest answers that invitation."""
    mark, proof = _parts(address)
    return mark == GUEST and tokens.is_proven(proof, INVITED, uid, address_key(guest))


def marked_by(address: str, *, now: datetime) -> Marked | None:
    """None for an address that leads to no letter of ours."""
    mark, token = _parts(address)
    return Marked(mark, _letter_behind(mark, token, now)) if mark in PURPOSES else None


def is_ours(address: str) -> bool:
    """INBOUND_ADDRESS itself, or one with something behind a plus sign."""
    local, _at, domain = settings.INBOUND_ADDRESS.lower().rpartition("@")
    given, _at, host = address.strip().lower().rpartition("@")
    return bool(local) and host == domain and given.partition("+")[0] == local


def _marked(mark: str, letter: Letter) -> str:
    if not settings.INBOUND_ADDRESS or letter.pk is None:
        return ""
    name = b32encode(letter.public_id.bytes).decode().rstrip("=").lower()
    return _behind_plus(f"{mark}-{name}{_proof(mark, letter)}")


def _behind_plus(said: str) -> str:
    local, _at, domain = settings.INBOUND_ADDRESS.rpartition("@")
    return f"{local}+{said}@{domain}"


def _parts(address: str) -> tuple[str, str]:
    """The mark, and what stands behind it; both empty for an address that is not of this kind."""
    local, _at, domain = settings.INBOUND_ADDRESS.lower().rpartition("@")
    given, _at, host = address.strip().lower().rpartition("@")
    if not local or host != domain or not given.startswith(f"{local}+"):
        return "", ""
    mark, dash, token = given.removeprefix(f"{local}+").partition("-")
    return (mark, token) if dash else ("", "")


def _proof(mark: str, letter: Letter) -> str:
    return tokens.short_proof(PURPOSES[mark], letter.public_id.hex, address_key(letter.to))


def _letter_behind(mark: str, token: str, now: datetime) -> Letter | None:
    name, proof = token[:NAME_LENGTH], token[NAME_LENGTH:]
    try:
        public_id = uuid.UUID(bytes=b32decode(name.upper() + "=" * (-len(name) % 8)))
    except ValueError:
        return None
    letter = Letter.objects.select_related("person").filter(public_id=public_id).first()
    if letter is None or not letter.to or (letter.sent_at or letter.run_at) + GOOD_FOR < now:
        return None
    said = (letter.public_id.hex, address_key(letter.to))
    return letter if tokens.is_proven(proof, PURPOSES[mark], *said) else None
