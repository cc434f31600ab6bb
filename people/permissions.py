"""Who may do what for the whole organisation.  ``thing`` is the organisation, or the person looked at."""

from django.utils.translation import gettext_lazy as _

from core.permissions import Rulebook, rule

HR_ADMIN, ADMINISTRATOR = "hr_admin", "administrator"
# The roles behind ``order_grades``, for a page that asks in a question of its own.
ORDERING_GRADES = (HR_ADMIN, ADMINISTRATOR)


def holds(person, role: str) -> bool:
    """Asked of the database each time: a role that is taken away is gone with the next request."""
    return person.is_active and person.organisation_roles.filter(role=role, ended_at=None).exists()


@rule(_("Only HR admins can do this."))
def is_hr_admin(person, thing) -> bool:
    return holds(person, HR_ADMIN)


@rule(_("Only administrators of this installation can do this."))
def is_administrator(person, thing) -> bool:
    return holds(person, ADMINISTRATOR)


@rule(_("Only this person can do this."))
def is_oneself(person, other) -> bool:
    return person.pk == other.pk


# fmt: off
RULES = Rulebook(
    edit_profile        = is_oneself,
    see_directory       = is_hr_admin | is_administrator,
    import_people       = is_hr_admin | is_administrator,
    order_grades        = is_hr_admin | is_administrator,
    see_reports         = is_hr_admin,
    create_programs     = is_hr_admin | is_administrator,
    give_roles          = is_administrator,
    edit_organisation   = is_administrator,
)
# fmt: on
