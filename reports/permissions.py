"""Who may read which figures.  Programs and their logs belong to coordinators, outcomes to HR admins."""

from django.utils.translation import gettext_lazy as _

from core.permissions import Rulebook, rule
from people.permissions import is_administrator, is_hr_admin
from programs.permissions import is_coordinator


@rule(_("Only whoever made this export can open it."))
def made_it(person, export) -> bool:
    return export.by_id == person.pk


# fmt: off
RULES = Rulebook(
    see_outcomes    = is_hr_admin,                    # figures, small groups hidden
    take_register   = is_hr_admin,                    # who takes part, and since when
    see_export_log  = is_administrator,               # who took what away, not what was in it
)

PROGRAM_RULES = Rulebook(
    see_dashboard   = is_coordinator,
    see_activity    = is_coordinator,
    take_log        = is_coordinator,                 # dates, lengths and states of meetings, never content
)

EXPORT_RULES = Rulebook(
    view_export     = made_it,
)
# fmt: on
