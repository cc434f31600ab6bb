"""Doors for answers from letters: another time, and a meeting that nobody had planned."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.dates import moment_words
from core.forms import DateField, Form, OneOf
from people.models import User
from relationships.forms.meetings import Minutes, past_day
from relationships.models import Relationship


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


class LogByMailForm(Form):
    day = DateField(label=gettext_lazy("Date"))
    minutes = Minutes()

    def __init__(
        self, *args: Any, relationship: Relationship, person: User, now: datetime, **kwargs: Any
    ) -> None:
        self.relationship, self.zone, self.now = relationship, ZoneInfo(person.zone), now
        super().__init__(*args, **kwargs)

    def clean_day(self) -> date:
        return past_day(self.cleaned_data["day"], self.relationship, self.zone, self.now)
