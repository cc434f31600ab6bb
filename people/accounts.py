"""How allauth meets this product: nobody signs up by themselves, and its mails are letters like all others.

A request never talks to a mail server.  The code in a mail is sealed in the letter's row, and gone once it is sent."""

import uuid
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils import timezone

from activity.actions import post
from activity.bell import ring
from core.crypto import key_ring, place_of
from people.actions import join
from people.models import User

# allauth's name of a mail, and the kind of letter it becomes.
KINDS = {
    "account/email/login_code": "people.sign_in_code",
    "account/email/password_reset_code": "people.password_reset_code",
    "account/email/unknown_account": "people.unknown_account",
    "account/email/password_changed": "people.password_changed",
    "account/email/password_set": "people.password_changed",
    "account/email/password_reset": "people.password_changed",
}


def display_name(user: User) -> str:
    return user.full_name


def place_of_code(key: str) -> str:
    return place_of("activity.letter", "data", key)


class Accounts(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def login(self, request: HttpRequest, user: User) -> None:
        """Whoever signs in by a mailed code has proven the address, as by the link of an invitation."""
        super().login(request, user)
        if user.joined_at is None and user.email:
            join(user, now=timezone.now())

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        kind = KINDS[template_prefix]
        person = context.get("user") or User.objects.known_as(email).first()
        now = timezone.now()
        key = f"{kind}|{uuid.uuid4()}"
        data = {}
        if code := context.get("code"):
            data["code"] = key_ring().seal(code, place_of_code(key))
        about = person if person is not None else "people.user:0"
        post(kind, person, about=about, key=key, now=now, data=data, address="" if person else email)
        ring()
