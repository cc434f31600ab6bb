"""Who may do what in a program.  The list twin of ``view`` is ``Program.objects.visible_to``."""

from django.utils.translation import gettext_lazy as _

from core.permissions import Rulebook, rule

COORDINATING = ("coordinator", "deputy")


@rule(_("Only the coordinators of this program can do this."))
def is_coordinator(person, program) -> bool:
    return program.roles.filter(person=person, role__in=COORDINATING, ended_at=None).exists()


@rule(_("This program is already published."))
def is_draft(person, program) -> bool:
    return program.state == "draft"


@rule(_("This program is not open for joining."))
def is_open(person, program) -> bool:
    return program.is_open_for_joining


@rule(_("Only this person can do this."))
def is_own(person, enrolment) -> bool:
    return enrolment.person_id == person.pk


@rule(_("Only the coordinators of this program can do this."))
def coordinates_enrolment(person, enrolment) -> bool:
    return bool(is_coordinator(person, enrolment.cycle.program))


# fmt: off
RULES = Rulebook(
    view            = is_coordinator,
    set_up          = is_coordinator,
    publish         = is_coordinator & is_draft,
    add_people      = is_coordinator,
    invite          = is_coordinator & is_open,
    see_letters     = is_coordinator,
    see_activity    = is_coordinator,
    match           = is_coordinator & is_open,
)

ENROLMENT_RULES = Rulebook(
    view_enrolment  = is_own | coordinates_enrolment,
    answer          = is_own,
    decline         = is_own,
    withdraw        = is_own,
    remove          = coordinates_enrolment,
    pause_enrolment = is_own | coordinates_enrolment,
    lift_address    = coordinates_enrolment,
)
# fmt: on
