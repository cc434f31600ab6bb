"""Somebody appears, joins, leaves."""

from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.db import transaction

from activity.actions import record
from people.models import Organisation, Profile, User


@transaction.atomic
def create_person(
    *,
    full_name: str,
    email: str | None,
    by: User | None,
    now: datetime,
    source: str = "person",
    **profile: Any,
) -> User:
    """Somebody of whom nothing is known yet but a name and perhaps an address.  There is no password: they join by a
    link or a code sent to that address."""
    organisation = Organisation.objects.current()
    user = User(
        full_name=full_name.strip(),
        email=email.strip().lower() if email else None,
        zone=organisation.zone,
        language=organisation.language,
        created_at=now,
    )
    user.set_unusable_password()
    user.save()
    Profile.objects.create(user=user, source=source, **profile)
    record("person.created", user, by=by, at=now, source=source)
    return user


@transaction.atomic
def join(person: User, *, now: datetime) -> User:
    """The person has come by a link or a code sent to the address: the address is theirs."""
    address, _is_new = EmailAddress.objects.get_or_create(user=person, email=person.email)
    if not (address.verified and address.primary):
        EmailAddress.objects.filter(pk=address.pk).update(verified=True, primary=True)
    if User.objects.filter(pk=person.pk, joined_at=None).update(joined_at=now):
        person.joined_at = now
        record("person.joined", person, by=person, at=now)
    return person
