"""Whom to sign in as in a demo.  The password is public: it stands in the README and on the sign-in page."""

from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

PASSWORD = "welcome to the halden group"  # noqa: S105


class Who(NamedTuple):
    role: str
    email: str
    shape: str


COORDINATOR = "dana.whitfield@halden.example"
MENTOR = "ingrid.solheim@halden.example"
MENTEE = "amara.osei@halden.example"
HR_ADMIN = "hanne.vik@halden.example"
ADMINISTRATOR = "astrid.moen@halden.example"

WHO = (
    Who(_("Coordinator"), COORDINATOR, "staff"),
    Who(_("Mentor"), MENTOR, "mentor"),
    Who(_("Mentee"), MENTEE, "mentee"),
    Who(_("HR admin"), HR_ADMIN, "staff"),
    Who(_("Administrator"), ADMINISTRATOR, "staff"),
)
