"""When runs begin by themselves, and what they must hold."""

from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy

from core.dates import city
from core.forms import Form, OneOf, TimeField
from matching.models import RunSchedule
from programs.models import Program


class Schedule(Form):
    weekday = OneOf(
        choices=[(str(number), words) for number, words in WEEKDAYS.items()],
        label=gettext_lazy("Day of the week"),
        widget=forms.Select,
    )
    at = TimeField(label=gettext_lazy("Time of day"))
    every_weeks = forms.IntegerField(
        label=gettext_lazy("Weeks between runs"),
        min_value=1,
        max_value=26,
        help_text=gettext_lazy("1 is every week, 2 every other week."),
    )
    minimum_score = forms.IntegerField(
        label=gettext_lazy("Lowest fit of a pair"),
        min_value=0,
        max_value=100,
        help_text=gettext_lazy(
            "Of 100. Who has no pair that reaches it waits for the next run. Pairs that you always keep together are "
            "spared."
        ),
    )
    publishes = OneOf(
        choices=[
            ("no", gettext_lazy("Wait until a coordinator has looked")),
            ("yes", gettext_lazy("Publish by itself")),
        ],
        label=gettext_lazy("When a run is done"),
        help_text=gettext_lazy(
            "You get a mail either way. What is published by itself can be taken back before the letters go out."
        ),
    )
    minimum_share = forms.IntegerField(
        label=gettext_lazy("Smallest share of people with a pair"),
        min_value=0,
        max_value=100,
        help_text=gettext_lazy(
            "In percent of those who look for a mentor or a partner. A run with a smaller share is not published by "
            "itself; 0 publishes any share."
        ),
    )

    def __init__(self, *args: Any, program: Program, schedule: RunSchedule | None, **kwargs: Any) -> None:
        shown = schedule or RunSchedule(cycle=None)
        initial = {
            "weekday": str(shown.weekday),
            "at": shown.at,
            "every_weeks": shown.every_weeks,
            "minimum_score": shown.minimum_score,
            "minimum_share": shown.minimum_share,
            "publishes": "yes" if shown.publishes else "no",
        }
        super().__init__(*args, initial=initial, **kwargs)
        self.fields["at"].help_text = gettext_lazy("In the time zone of the program, %(city)s.") % {
            "city": city(program.zone)
        }

    @property
    def given(self) -> dict[str, Any]:
        """The fields of a schedule."""
        cleaned = self.cleaned_data
        return {**cleaned, "weekday": int(cleaned["weekday"]), "publishes": cleaned["publishes"] == "yes"}
