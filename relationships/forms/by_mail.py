"""The door for another time, chosen from a letter."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from core.dates import moment_words
from core.forms import Form, OneOf
from people.models import User


class TimesForm(Form):
    """One of the times that suit everybody, in the zone of whoever chooses."""

    def __init__(self, *args: Any, times: list[datetime], person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = ZoneInfo(person.zone)
        listed = [(time.isoformat(), moment_words(time.astimezone(zone))) for time in times]
        self.fields["at"] = OneOf(
            choices=listed,
            label=_("Which time is better?"),
            error_messages={"invalid_choice": _("This time is not free any more. Choose another one.")},
        )

    @property
    def starts_at(self) -> datetime:
        return datetime.fromisoformat(self.cleaned_data["at"])
