"""The link that turns one choice of letters off for one person: good for that alone, without signing in."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model

from core import tokens

PURPOSE = "letters off"
GOOD_FOR = timedelta(days=400)
OFF, CHOOSE = "/letters/off/{token}/", "/me/letters/"


def off_path(person: Any, choice: str, *, since: datetime) -> str:
    token = tokens.make(PURPOSE, person.public_id, nonce=choice, expires=since + GOOD_FOR)
    return OFF.format(token=token)


def behind_off(token: str, *, now: datetime) -> tuple[Any, str]:
    """The person, and the name of the choice.  Raises `core.tokens.Invalid`."""
    proof = tokens.read(PURPOSE, token, now=now)
    person = get_user_model().objects.filter(public_id=proof.subject).first()
    if person is None:
        raise tokens.Invalid(expired=True)
    return person, proof.nonce
