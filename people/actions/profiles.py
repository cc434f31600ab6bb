"""What a person says about themselves, and the roles for the whole organisation."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from activity.actions import record, rezone, turn_off, turn_on
from people.models import OrganisationRole, Profile, User
from people.parts import PARTS
from people.permissions import RULES


class Refused(Exception):
    """Not possible now; the message is fit for the reader."""


@transaction.atomic
def change_part(person: User, part: str, given: dict[str, Any], *, by: User, now: datetime) -> None:
    """One part of the profile, as its form gave it."""
    RULES.require(by, "edit_profile", person)
    PARTS[part].keep(person, given, now)
    Profile.objects.filter(user=person, answered_at=None).update(answered_at=now)
    record("person.changed", person, by=by, at=now, part=part)


@transaction.atomic
def change_account(person: User, given: dict[str, Any], *, by: User, now: datetime) -> None:
    """Name, what to be called, language, theme."""
    RULES.require(by, "edit_profile", person)
    User.objects.filter(pk=person.pk).update(**given)
    record("person.changed", person, by=by, at=now, part="account")


@transaction.atomic
def set_zone(person: User, zone: str, *, by: User, now: datetime) -> bool:
    """The zone the browser says, taken once and only while the person has not chosen one."""
    RULES.require(by, "edit_profile", person)
    fresh = User.objects.filter(pk=person.pk, zone_confirmed=False)
    if not fresh.update(zone=zone, zone_confirmed=True):
        return False
    rezone(person, zone)
    return True


@transaction.atomic
def change_letters(
    person: User, hours: dict[str, Any], wanted: Mapping[str, bool], *, by: User, now: datetime
) -> None:
    """Which letters come, by the names of their choices, and when what can wait does not."""
    RULES.require(by, "edit_profile", person)
    Profile.objects.filter(user=person).update(**hours)
    for choice, is_wanted in wanted.items():
        (turn_on if is_wanted else turn_off)(person, choice, by=by, now=now)
    record("person.changed", person, by=by, at=now, part="letters")


@transaction.atomic
def give_organisation_role(person: User, role: str, *, by: User, now: datetime) -> None:
    RULES.require(by, "give_roles", None)
    _held, is_new = OrganisationRole.objects.get_or_create(
        person=person, role=role, ended_at=None, defaults={"given_at": now, "given_by": by}
    )
    if is_new:
        record("person.role_given", person, by=by, at=now, role=role)


@transaction.atomic
def take_organisation_role(person: User, role: str, *, by: User, now: datetime) -> None:
    """The last administrator stays: nobody could name another."""
    RULES.require(by, "give_roles", None)
    held = OrganisationRole.objects.current().filter(role=role)
    others = held.exclude(person=person).filter(person__is_active=True)
    if role == OrganisationRole.Role.ADMINISTRATOR and not others.exists():
        raise Refused(_("Somebody has to be administrator. Name another one first."))
    if held.filter(person=person).update(ended_at=now):
        record("person.role_taken", person, by=by, at=now, role=role)
