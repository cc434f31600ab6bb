"""Other weights and rules for one run."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.forms import Form, OneOf, SeveralOf
from matching.engine.questions import CRITERIA as CODES
from matching.models import MatchRun
from matching.reasons import CRITERIA

MOST_HOURS, MOST_MONTHS = 40, 120
SHORT = {"class": "short"}


class Rules(Form):
    """What a run answers, prefilled from the run that it is made from."""

    name = forms.CharField(
        label=gettext_lazy("What you call this scenario"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("For example “hours count more”. It is shown in the list of runs."),
    )
    objective = OneOf(choices=MatchRun.Objective.choices, label=gettext_lazy("What a good match is"))
    shared_hours = forms.DecimalField(
        label=gettext_lazy("Working hours a week in common, at least"),
        min_value=0,
        max_value=MOST_HOURS,
        max_digits=5,
        decimal_places=2,
        widget=forms.NumberInput(SHORT),
    )
    months = forms.IntegerField(
        label=gettext_lazy("Months in which two are not matched again after an early end"),
        min_value=0,
        max_value=MOST_MONTHS,
        widget=forms.NumberInput(SHORT),
    )
    minimum_fit = forms.IntegerField(
        label=gettext_lazy("Lowest fit of a pair"),
        help_text=gettext_lazy("0 to 100. Below it nobody is paired, and more people wait."),
        min_value=0,
        max_value=100,
        widget=forms.NumberInput(SHORT),
    )
    switched_off = SeveralOf(
        choices=[
            ("language", gettext_lazy("Pairs without a language in common are possible")),
            ("hours", gettext_lazy("Pairs without enough working hours in common are possible")),
        ],
        label=gettext_lazy("Rules that this run does without"),
        required=False,
    )

    def __init__(self, *args: Any, run: MatchRun, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code in CODES:
            self.fields[f"weight_{code}"] = forms.IntegerField(
                label=_("Weight: %(criterion)s") % {"criterion": CRITERIA[code]},
                min_value=0,
                max_value=100,
                initial=run.weights.get(code, 0),
                widget=forms.NumberInput(SHORT),
            )
        weights = [f"weight_{code}" for code in CODES]
        self.order_fields(
            ["name", "objective", *weights, "minimum_fit", "shared_hours", "months", "switched_off"]
        )

    @classmethod
    def initial_of(cls, run: MatchRun) -> dict[str, Any]:
        hours = run.rules.get("shared_minutes", 120) / 60
        return {
            "name": "",
            "objective": run.objective,
            "shared_hours": f"{hours:g}",
            "months": run.rules.get("months_after_early_end", 24),
            "minimum_fit": run.minimum_score // 100,
            "switched_off": run.rules.get("switched_off", []),
        }

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].replace("\0", "").split())

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        weights = {code: given.get(f"weight_{code}") for code in CODES}
        if None not in weights.values() and not any(weights.values()):
            self.add_error(f"weight_{CODES[0]}", _("At least one weight must be above 0."))
        return given

    @property
    def asked(self) -> dict[str, Any]:
        """As ``matching.actions.try_rules`` takes it."""
        given = self.cleaned_data
        return {
            "name": given["name"],
            "objective": given["objective"],
            "weights": {code: given[f"weight_{code}"] for code in CODES},
            "shared_minutes": round(given["shared_hours"] * 60),
            "months_after_early_end": given["months"],
            "switched_off": sorted(given["switched_off"]),
            "minimum_score": given["minimum_fit"] * 100,
        }
