"""Doors for pausing, finishing and ending."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.dates import day_words
from core.forms import DateField, Form, OneOf, Voice
from relationships.actions.endings import CALLED_BY_COORDINATOR
from relationships.dates import LONGEST_PAUSE
from relationships.models import ClosureReason

YES, NO = "yes", "no"


class PauseForm(Form):
    until = DateField(label=gettext_lazy("Pause until"))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        last = day_words(today + LONGEST_PAUSE, today=today)
        self.fields["until"].help_text = _("At most 60 days, that is until %(day)s.") % {"day": last}

    def clean_until(self) -> date:
        until = self.cleaned_data["until"]
        if until <= self.today:
            raise forms.ValidationError(_("Choose a day after today."), code="past")
        if until > self.today + LONGEST_PAUSE:
            last = day_words(self.today + LONGEST_PAUSE, today=self.today)
            raise forms.ValidationError(
                _("A pause lasts 60 days at most. Choose a day up to %(day)s."),
                code="too_long",
                params={"day": last},
            )
        return until


class CoordinatorEndForm(Form):
    """A coordinator says what kind of ending it is; the two read only that it has ended."""

    closure_type = OneOf(label=gettext_lazy("What kind of ending is this?"))
    reason = Voice(label=gettext_lazy("Reason for the record"), required=False, rows=3, max_length=2000)
    seen_by = {"closure_type": "staff", "reason": "staff"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["closure_type"].choices = [(kind.value, kind.label) for kind in CALLED_BY_COORDINATOR]


class AfterwardsForm(Form):
    """Both questions may stay without an answer."""

    code = OneOf(
        label=gettext_lazy("Why did it end?"),
        choices=ClosureReason.Code.choices,
        required=False,
        widget=forms.Select,
    )
    wants_rematch = OneOf(
        label=gettext_lazy("Would you like another partner in this program?"),
        choices=[(YES, gettext_lazy("Yes")), (NO, gettext_lazy("No"))],
        required=False,
    )
    seen_by = {"code": "me", "wants_rematch": "coordinators"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].choices = [("", _("I would rather not answer")), *ClosureReason.Code.choices]

    @property
    def wish(self) -> bool | None:
        return {YES: True, NO: False}.get(self.cleaned_data.get("wants_rematch", ""))


class WaiverForm(Form):
    why = Voice(label=gettext_lazy("Why there is no closing meeting"), rows=2, max_length=1000)
    seen_by = {"why": "pair"}

    def __init__(self, *args: Any, other: str, **kwargs: Any) -> None:
        self.other_name = other
        super().__init__(*args, **kwargs)


class OverrideForm(Form):
    """A coordinator takes a step; without all that it needs, the reason is kept."""

    reason = Voice(label=gettext_lazy("Reason"), required=False, rows=2, max_length=2000)
    seen_by = {"reason": "staff"}
