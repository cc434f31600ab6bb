"""What the reports write to people: on Mondays what needs the coordinators of a program, in counts and links."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activity.kinds import Choice, LetterKind, Patience, table
from activity.models import Letter
from programs.models import Program
from relationships.letters.choices import COORDINATION
from reports.dashboard import needs_today

MONDAY = "reports.monday"


def monday(letter: Letter, now: datetime) -> dict[str, Any] | None:
    """Nothing to say, or no longer to this reader: no letter."""
    key, reader = letter.about.rpartition(":")[2], letter.person
    if reader is None or not reader.is_active or not key.isdigit():
        return None
    program = Program.objects.under_way().coordinated_by(reader).filter(pk=key).first()
    needs = needs_today(program, now) if program else []
    if not needs:
        return None
    return {
        "program": program,
        "needs": needs,
        "path": reverse("reports:dashboard", args=[program.public_id]),
        "why": _("You get this because you coordinate %(program)s.") % {"program": program.title},
    }


CHOICE = Choice(
    "mondays",
    COORDINATION,
    gettext_lazy("What needs you"),
    gettext_lazy("On Mondays at eight, for each of your programs in which something does."),
)
CHOICES = (CHOICE,)
LETTERS = table(LetterKind(MONDAY, monday, patience=Patience.HOURS, choice=CHOICE))
