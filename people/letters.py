"""The letters about signing in."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from activity.kinds import LetterKind, table
from activity.models import Letter
from core.crypto import key_ring
from people.accounts import place_of_code

CODE_IS_GOOD_FOR = timedelta(minutes=10)


def code(letter: Letter, now: datetime) -> dict[str, Any] | None:
    """A code is worthless when its ten minutes are over."""
    if letter.person is None or not letter.person.is_active or now > letter.created_at + CODE_IS_GOOD_FOR:
        return None
    return {
        "code": key_ring().open(letter.data["code"], place_of_code(letter.key)),
        "minutes": 10,
        "why": _("You get this because somebody asked for it on the sign-in page."),
    }


def unknown_account(letter: Letter, now: datetime) -> dict[str, Any] | None:
    return {
        "path": "/help/",
        "why": _("You get this because somebody typed this address on the sign-in page."),
    }


def password_changed(letter: Letter, now: datetime) -> dict[str, Any] | None:
    return {
        "at": letter.created_at,
        "path": "/password/reset/",
        "why": _("You get this because the password of your account was changed."),
    }


LETTERS = table(
    LetterKind("people.sign_in_code", code, must_arrive=True, secret=True),
    LetterKind("people.password_reset_code", code, must_arrive=True, secret=True),
    LetterKind("people.unknown_account", unknown_account),
    LetterKind("people.password_changed", password_changed, must_arrive=True),
)
