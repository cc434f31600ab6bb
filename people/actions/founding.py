"""The first day of an installation: somebody has to be there who can let others in."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from activity.actions import record
from people.actions.persons import create_person, join
from people.models import Organisation, OrganisationRole, User


class AlreadyFounded(Exception):
    """There is an administrator already; the message is fit for the reader."""


@transaction.atomic
def found_organisation(*, name: str, zone: str, full_name: str, email: str, now: datetime) -> User:
    """Name the organisation and its first administrator, who can sign in by a mailed code from then on."""
    if OrganisationRole.objects.current().filter(role=OrganisationRole.Role.ADMINISTRATOR).exists():
        raise AlreadyFounded(_("There is an administrator already, who can name others."))
    organisation = Organisation.objects.current()
    Organisation.objects.filter(pk=organisation.pk).update(name=name, zone=zone)
    person = User.objects.known_as(email).first()
    person = person or create_person(full_name=full_name, email=email, by=None, now=now)
    join(person, now=now)
    OrganisationRole.objects.create(
        person=person, role=OrganisationRole.Role.ADMINISTRATOR, given_at=now, given_by=None
    )
    record("organisation.founded", person, by=None, at=now)
    return person


@transaction.atomic
def set_password(person: User, password: str, *, by: User, now: datetime) -> None:
    """A password for signing in beside the mailed code; only for oneself."""
    if by != person:
        raise PermissionError(_("A password is set by the person alone."))
    person.set_password(password)
    person.save(update_fields=["password"])
    record("person.password_set", person, by=by, at=now)
