"""What a column of a file can mean here."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Target(StrEnum):
    EMPLOYEE_NUMBER = "employee_number"
    FULL_NAME = "full_name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    CALLED = "called"
    EMAIL = "email"
    JOB_TITLE = "job_title"
    GRADE = "grade"
    FUNCTION = "function"
    UNIT = "unit"
    SITE = "site"
    MANAGER_NUMBER = "manager_number"
    MANAGER_EMAIL = "manager_email"
    MANAGER_NAME = "manager_name"
    HIRED_ON = "hired_on"
    LEFT_ON = "left_on"
    EMPLOYMENT_STATUS = "employment_status"
    LANGUAGES = "languages"
    ZONE = "zone"
    SKILLS_OFFERED = "skills_offered"
    SKILLS_WANTED = "skills_wanted"
    ROLE = "role"
    CAPACITY = "capacity"
    INTERESTS = "interests"
    BIOGRAPHY = "biography"
    IGNORED = "ignored"

    @property
    def label(self) -> str:
        return str(LABELS[self])


LABELS: dict[Target, str | Promise] = {
    Target.EMPLOYEE_NUMBER: _("Employee number"),
    Target.FULL_NAME: _("Full name"),
    Target.FIRST_NAME: _("First name"),
    Target.LAST_NAME: _("Last name"),
    Target.CALLED: _("What others call them"),
    Target.EMAIL: _("E-mail address"),
    Target.JOB_TITLE: _("Job title"),
    Target.GRADE: _("Grade"),
    Target.FUNCTION: _("Function"),
    Target.UNIT: _("Unit or department"),
    Target.SITE: _("Site"),
    Target.MANAGER_NUMBER: _("Manager: employee number"),
    Target.MANAGER_EMAIL: _("Manager: e-mail address"),
    Target.MANAGER_NAME: _("Manager: name"),
    Target.HIRED_ON: _("Hired on"),
    Target.LEFT_ON: _("Left on"),
    Target.EMPLOYMENT_STATUS: _("Employed or left"),
    Target.LANGUAGES: _("Languages"),
    Target.ZONE: _("Time zone"),
    Target.SKILLS_OFFERED: _("Skills they offer"),
    Target.SKILLS_WANTED: _("Skills they want"),
    Target.ROLE: _("Mentor or mentee"),
    Target.CAPACITY: _("How many mentees at once"),
    Target.INTERESTS: _("Interests"),
    Target.BIOGRAPHY: _("About them, in their words"),
    Target.IGNORED: _("Leave out"),
}

# Several columns may say these together ("Language 1", "Language 2"); of all others there is one.
SHARED = frozenset(
    {
        Target.LANGUAGES,
        Target.SKILLS_OFFERED,
        Target.SKILLS_WANTED,
        Target.ROLE,
        Target.INTERESTS,
        Target.MANAGER_NAME,
    }
)
MANAGER = (Target.MANAGER_NUMBER, Target.MANAGER_EMAIL, Target.MANAGER_NAME)
DATES = (Target.HIRED_ON, Target.LEFT_ON)
FREE_TEXT = frozenset({Target.BIOGRAPHY})

LONGEST = {
    Target.EMPLOYEE_NUMBER: 60,
    Target.FULL_NAME: 150,
    Target.FIRST_NAME: 150,
    Target.LAST_NAME: 150,
    Target.CALLED: 60,
    Target.EMAIL: 254,
    Target.JOB_TITLE: 150,
    Target.GRADE: 60,
    Target.FUNCTION: 120,
    Target.UNIT: 120,
    Target.SITE: 120,
    Target.SKILLS_OFFERED: 80,
    Target.SKILLS_WANTED: 80,
    Target.INTERESTS: 80,
    Target.BIOGRAPHY: 4000,
}
