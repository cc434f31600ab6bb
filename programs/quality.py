"""What a program needs before it is published, and what it would be better for.

The first list blocks (decisions: purpose, one outcome, eligibility, rhythm and one coordinator); the second is shown as
open and blocks nothing (domain 2.10)."""

from typing import NamedTuple

from django.utils.translation import gettext as _

from programs.models import Program, ProgramRole


class Check(NamedTuple):
    code: str
    task: str
    holds: bool
    sentence: str


def requirements(program: Program) -> list[Check]:
    roles = {role.role for role in program.roles.all() if role.ended_at is None}
    return [
        Check("purpose", "basics", bool(program.purpose.strip()), _("Say what the program is for.")),
        Check("outcome", "basics", any(program.outcomes.all()), _("Name one outcome with a target.")),
        Check("eligibility", "people", bool(program.eligibility.strip()), _("Say who can take part.")),
        Check(
            "rhythm",
            "rhythm",
            bool(program.cadence_days and program.meeting_minutes and program.length_days),
            _("Set how often and how long people meet."),
        ),
        Check(
            "coordinator",
            "people",
            ProgramRole.Role.COORDINATOR in roles,
            _("Name a coordinator."),
        ),
    ]


def blocking(program: Program) -> list[Check]:
    return [check for check in requirements(program) if not check.holds]


def recommendations(program: Program) -> list[Check]:
    roles = {role.role for role in program.roles.all() if role.ended_at is None}
    return [
        Check("deputy", "people", ProgramRole.Role.DEPUTY in roles, _("Name a deputy for your holidays.")),
        Check(
            "sponsor", "people", ProgramRole.Role.SPONSOR in roles, _("Name a sponsor in senior management.")
        ),
        Check(
            "objective",
            "basics",
            bool(program.strategic_objective.strip()),
            _("Say which objective of the organisation it serves."),
        ),
        Check(
            "baseline",
            "basics",
            all(outcome.baseline for outcome in program.outcomes.all()),
            _("Note where the outcome stands today, so that a change can be seen."),
        ),
        Check("conduct", "emails", bool(program.conduct.strip()), _("Write a code of conduct.")),
        Check("privacy", "emails", bool(program.privacy_notice.strip()), _("Write a privacy notice.")),
    ]
