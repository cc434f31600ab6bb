"""Links that carry their own proof: made for one purpose and one subject, good until a stated moment.

And short proofs, for the part of a mail address before the @: there are 64 characters, and mail servers may
turn them all into small letters.
"""

import re
from base64 import b32encode
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.core.signing import BadSignature, Signer, b62_decode, b62_encode
from django.utils.crypto import constant_time_compare, salted_hmac

# Far more than any token of ours: nobody makes us sign a megabyte.
LONGEST = 300
PART = re.compile(r"[A-Za-z0-9_-]{0,100}")


class Invalid(Exception):
    """The link opens nothing.  ``expired`` and ``subject`` are told only of a link that was really ours."""

    def __init__(self, *, expired: bool = False, subject: str = "") -> None:
        super().__init__("This link does not work any more.")
        self.expired = expired
        self.subject = subject


class Proof(NamedTuple):
    subject: str
    nonce: str


def make(purpose: str, subject: str, *, nonce: str = "", expires: datetime) -> str:
    """``nonce`` ties the link to a state of its subject: who reads it compares, and finds it outdated."""
    if not purpose or not subject or not (PART.fullmatch(subject) and PART.fullmatch(nonce)):
        raise ValueError(
            "A link needs a purpose and a subject; subject and nonce are letters, digits, - and _."
        )
    if expires.tzinfo is None:
        raise ValueError("A link expires at a moment, not at a wall clock's reading.")
    return _signer(purpose).sign(f"{subject}.{nonce}.{b62_encode(int(expires.timestamp()))}")


def read(purpose: str, token: str, *, now: datetime) -> Proof:
    """Raises ``Invalid``, with the same words whether the link was forged, is another's or came too late."""
    try:
        subject, nonce, expires = _signer(purpose).unsign(token[:LONGEST]).split(".")
    except (BadSignature, UnicodeError):
        raise Invalid from None
    if now.timestamp() >= b62_decode(expires):
        raise Invalid(expired=True, subject=subject)
    return Proof(subject, nonce)


def _signer(purpose: str) -> Signer:
    return Signer(salt=f"link: {purpose}", sep=".")


def short_proof(purpose: str, *said: str) -> str:
    """Eighty bits in sixteen small letters and digits, over what is ``said``."""
    return _short(purpose, said, settings.SECRET_KEY)


def is_proven(proof: str, purpose: str, *said: str) -> bool:
    """Whether we made it, with the key of today or one of those before."""
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return any(constant_time_compare(proof.lower(), _short(purpose, said, key)) for key in keys)


def _short(purpose: str, said: tuple[str, ...], key: str) -> str:
    # Lengths go in as well: no two lists of words are one text.
    text = "".join(f"{len(part)}:{part}" for part in said)
    digest = salted_hmac(f"proof: {purpose}", text, secret=key, algorithm="sha256").digest()
    return b32encode(digest[:10]).decode().lower()
