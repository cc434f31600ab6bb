"""Links in letters that act for their reader without signing in: the proof that ties each to the address it went to,
and the link that turns one choice of letters off.
"""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model

from activity.models import address_key
from core import tokens

READER = "reader of a letter"
PURPOSE = "letters off"
GOOD_FOR = timedelta(days=400)
OFF, CHOOSE = "/letters/off/{token}/", "/me/letters/"


def bound(person: Any, *said: str) -> str:
    """For a link's nonce: whoever has another address by now has no use for it, and whoever reads the old one none
    either.  ``said`` is what else the link is tied to."""
    return "-".join((*said, tokens.short_proof(READER, address_key(person.email or ""))))


def unbound(person: Any, nonce: str) -> str:
    """What else was said.  Raises `core.tokens.Invalid` if it is not the address the link went to."""
    said, _dash, proof = nonce.rpartition("-")
    if not tokens.is_proven(proof, READER, address_key(person.email or "")):
        raise tokens.Invalid
    return said


def off_path(person: Any, choice: str, *, since: datetime) -> str:
    token = tokens.make(PURPOSE, person.public_id, nonce=bound(person, choice), expires=since + GOOD_FOR)
    return OFF.format(token=token)


def behind_off(token: str, *, now: datetime) -> tuple[Any, str]:
    """The person, and the name of the choice.  Raises `core.tokens.Invalid`."""
    proof = tokens.read(PURPOSE, token, now=now)
    person = get_user_model().objects.filter(public_id=proof.subject, is_active=True).first()
    if person is None:
        raise tokens.Invalid(expired=True)
    return person, unbound(person, proof.nonce)
