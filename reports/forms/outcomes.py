"""The filters of HR's report: one program or all, one closed month, one way to split."""

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.forms import Form
from programs.models import Program
from reports.metrics import Window
from reports.models import Export
from reports.words import month_words

SPLIT_WORDS = (("function", gettext_lazy("Function")), ("site", gettext_lazy("Site")))


class Filters(Form):
    """What it does not know it takes for the first choice: an old link leads to a report, not to an error."""

    program = forms.ChoiceField(label=gettext_lazy("Program"), required=False)
    month = forms.ChoiceField(label=gettext_lazy("Month"), required=False)
    split = forms.ChoiceField(label=gettext_lazy("Split by"), required=False, choices=SPLIT_WORDS)

    def __init__(self, data, *, programs: Sequence[Program], months: Sequence[Window]) -> None:
        self.programs = {program.public_id: program for program in programs}
        self.months = {f"{month.first:%Y-%m}": month for month in months}
        first = next(iter(self.months), "")
        given = {
            "program": data.get("program", ""),
            "month": data.get("month") or first,
            "split": data.get("split") or "function",
        }
        if given["program"] not in self.programs:
            given["program"] = ""
        if given["month"] not in self.months:
            given["month"] = first
        if given["split"] not in dict(SPLIT_WORDS):
            given["split"] = "function"
        super().__init__(given, prefix=None)
        self.chosen = given
        self.fields["program"].choices = [
            ("", _("All programs")),
            *((key, program.title) for key, program in self.programs.items()),
        ]
        self.fields["month"].choices = [(key, month_words(month)) for key, month in self.months.items()]

    @property
    def program_chosen(self) -> Program | None:
        return self.programs.get(self.chosen["program"])

    @property
    def month_chosen(self) -> Window | None:
        return self.months.get(self.chosen["month"])


class Taking(Form):
    """Which report, as which kind of file."""

    report = forms.ChoiceField(
        choices=[choice for choice in Export.Report.choices if choice[0] != Export.Report.LOG]
    )
    format = forms.ChoiceField(choices=Export.Format.choices)


class TakingLog(Form):
    format = forms.ChoiceField(label=gettext_lazy("Kind of file"), choices=Export.Format.choices)
