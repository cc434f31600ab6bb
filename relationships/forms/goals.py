"""Doors for goals: the SMART parts on one page, progress, steps, and how it ended."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.forms import DateField, Form, OneOf, Voice
from core.seen_by import SeenBy
from relationships import smart
from relationships.forms.once import Once, Seen
from relationships.models import Goal, Milestone
from relationships.models.goals import FINAL_STATES

YEARS_AHEAD = 10
# Where the sentence about a part stands.
FIELD_OF = {
    "specific": "specific",
    "attainable": "first_step",
    "relevant": "relevance",
    "timebound": "due_on",
}
NO_NUMBER = gettext_lazy("Enter a number, for example 6 or 2.5.")


def near(day: date | None, today: date) -> date | None:
    """A year that nobody means is asked about."""
    if day and not today.year - 1 <= day.year <= today.year + YEARS_AHEAD:
        raise forms.ValidationError(_("Check the year."), code="year")
    return day


class GoalForm(Form):
    """``complete`` asks for all five parts; a draft needs a title only."""

    title = forms.CharField(
        label=gettext_lazy("Your goal in one line"),
        help_text=gettext_lazy("For example: Lead the depot roster change from proposal to roll-out"),
        max_length=200,
        widget=forms.TextInput({"class": "voice"}),
    )
    category = OneOf(
        label=gettext_lazy("What kind of goal is it?"),
        help_text=gettext_lazy("Coordinators see the kind and how it stands, never the words."),
        choices=Goal.Category.choices,
        initial=Goal.Category.SKILL,
    )
    specific = Voice(
        label=gettext_lazy("What will be different, and in which situation?"),
        help_text=gettext_lazy("For example: I open the Monday meeting myself, with a decision to take"),
        rows=3,
        required=False,
    )
    measure = OneOf(
        label=gettext_lazy("How will you know?"), choices=Goal.Measure.choices, initial=Goal.Measure.YES_NO
    )
    baseline = forms.DecimalField(
        label=gettext_lazy("Today"),
        max_digits=12,
        decimal_places=2,
        required=False,
        error_messages={"invalid": NO_NUMBER},
    )
    target = forms.DecimalField(
        label=gettext_lazy("Target"),
        max_digits=12,
        decimal_places=2,
        required=False,
        error_messages={"invalid": NO_NUMBER},
    )
    unit = forms.CharField(
        label=gettext_lazy("Of what"),
        help_text=gettext_lazy("For example talks, hours, people"),
        max_length=40,
        required=False,
    )
    evidence = Voice(
        label=gettext_lazy("What will you both see when it is done?"),
        help_text=gettext_lazy("Needed for “Done or not done”, useful for the others."),
        rows=2,
        required=False,
    )
    first_step = Voice(
        label=gettext_lazy("What will you do first?"),
        help_text=gettext_lazy("For example: ask Per for the last three rosters"),
        rows=2,
        required=False,
    )
    resources = Voice(label=gettext_lazy("What or whom do you need for it?"), rows=2, required=False)
    confidence = forms.IntegerField(
        label=gettext_lazy("How sure are you that you can do it, from 1 to 10?"),
        required=False,
        validators=[
            MinValueValidator(1, gettext_lazy("Choose a number from 1 to 10.")),
            MaxValueValidator(10, gettext_lazy("Choose a number from 1 to 10.")),
        ],
        error_messages={"invalid": gettext_lazy("Choose a number from 1 to 10.")},
        widget=forms.NumberInput({"class": "short"}),
    )
    relevance = Voice(
        label=gettext_lazy("Why does it matter to you?"),
        help_text=gettext_lazy("For example: I want to lead a depot within two years"),
        rows=2,
        required=False,
    )
    due_on = DateField(label=gettext_lazy("By which day?"), required=False)
    continues_after = forms.BooleanField(
        label=gettext_lazy("This goal goes on after the program"), required=False
    )
    visibility = OneOf(label=gettext_lazy("Who can read this goal?"), initial=Goal.Visibility.BOTH)
    version = Seen()
    key = Once()

    PARTS = ("specific", "baseline", "target", "evidence", "first_step", "relevance", "due_on")
    WRITTEN = ("title", "specific", "evidence", "first_step", "resources", "relevance")

    def __init__(
        self,
        *args: Any,
        other: str,
        today: date,
        planned_end: date | None,
        complete: bool = False,
        is_agreed: bool = False,
        last_step_on: date | None = None,
        **kwargs: Any,
    ) -> None:
        self.other_name, self.today, self.planned_end = other, today, planned_end
        self.complete, self.last_step_on = complete or is_agreed, last_step_on
        self.seen_by = dict.fromkeys(self.WRITTEN, "pair") if is_agreed else self._as_chosen(other)
        super().__init__(*args, **kwargs)
        for name in self.PARTS:
            # A draft may leave them out, a goal may not: "(optional)" would promise too much.
            self.fields[name].never_empty = True
        if is_agreed:
            del self.fields["visibility"]
        else:
            self.fields["visibility"].choices = [
                (Goal.Visibility.BOTH, _("You and %(other)s") % {"other": other}),
                (Goal.Visibility.ONLY_ME, _("Only me")),
            ]

    def _as_chosen(self, other: str) -> dict[str, SeenBy]:
        sentence = _(
            "You and %(other)s can read this, or you alone if you choose so below. "
            "Coordinators and HR cannot."
        )
        return dict.fromkeys(self.WRITTEN, SeenBy(sentence % {"other": other}))

    def clean_title(self) -> str:
        return " ".join(self.cleaned_data["title"].split())

    def clean_due_on(self) -> date | None:
        due_on = near(self.cleaned_data["due_on"], self.today)
        if due_on and self.last_step_on and due_on < self.last_step_on:
            raise forms.ValidationError(
                _("A step of this goal is due later. Choose a later day, or change the step first."),
                code="steps",
            )
        return due_on

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.complete:
            return cleaned
        names = smart.Draft.__dataclass_fields__
        draft = smart.Draft(**{name: cleaned[name] for name in names if cleaned.get(name) is not None})
        for part, words in smart.check(draft, today=self.today, planned_end=self.planned_end).items():
            field = FIELD_OF.get(part) or ("evidence" if draft.measure == "yes_no" else "target")
            if words and not self._is_told(field):
                self.add_error(field, words)
        if cleaned.get("visibility") == Goal.Visibility.ONLY_ME:
            words = _("%(other)s has to read a goal to agree to it. Share it, or save it as a draft.")
            self.add_error("visibility", words % {"other": self.other_name})
        return cleaned

    def _is_told(self, field: str) -> bool:
        """Somebody who wrote "six" is told that it is no number, not that a number is missing as well."""
        return field in self.errors or (field == "target" and "baseline" in self.errors)

    @property
    def content(self) -> dict[str, Any]:
        """What the deeds take."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("version", "key")}


class ProgressForm(Form):
    """The number that the goal is measured by, where there is one; a percentage otherwise."""

    value = forms.DecimalField(
        label=gettext_lazy("Where are you today?"),
        max_digits=12,
        decimal_places=2,
        error_messages={"invalid": NO_NUMBER},
        widget=forms.NumberInput({"class": "short"}),
    )
    percent = forms.IntegerField(
        label=gettext_lazy("How far are you, in percent?"),
        validators=[
            MinValueValidator(0, gettext_lazy("Enter a number from 0 to 100.")),
            MaxValueValidator(100, gettext_lazy("Enter a number from 0 to 100.")),
        ],
        error_messages={"invalid": gettext_lazy("Enter a number from 0 to 100.")},
        widget=forms.NumberInput({"class": "short"}),
    )
    note = Voice(label=gettext_lazy("What happened?"), rows=2, required=False)
    key = Once()

    def __init__(self, *args: Any, goal: Goal, other: str, **kwargs: Any) -> None:
        self.other_name = other
        self.seen_by = {"note": "pair" if goal.is_shared else "me"}
        super().__init__(*args, **kwargs)
        counts = goal.measure != Goal.Measure.YES_NO and None not in (goal.baseline, goal.target)
        del self.fields["percent" if counts else "value"]
        if counts and goal.unit:
            self.fields["value"].label = _("Where are you today? (%(unit)s)") % {"unit": goal.unit}


class StepForm(Form):
    title = forms.CharField(label=gettext_lazy("Add a step"), max_length=200)
    due_on = DateField(label=gettext_lazy("By which day?"), required=False)
    key = Once()

    def __init__(self, *args: Any, goal: Goal, today: date, other: str, **kwargs: Any) -> None:
        self.goal, self.today, self.other_name = goal, today, other
        self.seen_by = {"title": "pair" if goal.is_shared else "me"}
        super().__init__(*args, **kwargs)

    def clean_title(self) -> str:
        return " ".join(self.cleaned_data["title"].split())

    def clean_due_on(self) -> date | None:
        due_on = near(self.cleaned_data["due_on"], self.today)
        if due_on and self.goal.due_on and due_on > self.goal.due_on:
            raise forms.ValidationError(
                _("A step comes before the goal itself. Choose a day until the goal's own."), code="late"
            )
        return due_on


class StepStateForm(Form):
    state = forms.ChoiceField(choices=Milestone.State.choices)


class AnswerForm(Form):
    """Words of the one who is asked to agree or to confirm."""

    note = Voice(label=gettext_lazy("What would you change?"), rows=2, required=False)
    version = Seen()
    seen_by = {"note": "pair"}

    def __init__(self, *args: Any, other: str, **kwargs: Any) -> None:
        self.other_name = other
        super().__init__(*args, **kwargs)


class CloseForm(Form):
    state = OneOf(
        label=gettext_lazy("How did it end?"),
        choices=[(state.value, state.label) for state in Goal.State if state in FINAL_STATES],
    )
    evidence = Voice(label=gettext_lazy("What shows it?"), rows=3, required=False)
    version = Seen()

    def __init__(self, *args: Any, goal: Goal, other: str, **kwargs: Any) -> None:
        self.goal, self.other_name = goal, other
        self.seen_by = {"evidence": "pair" if goal.is_shared else "me"}
        super().__init__(*args, **kwargs)
        if self.can_be_confirmed:
            words = _(
                "For “Achieved”: say what shows it, or leave this empty and %(other)s is asked to confirm it."
            )
            self.fields["evidence"].help_text = words % {"other": other}
        else:
            self.fields["evidence"].help_text = _("For “Achieved”: say what shows it.")

    @property
    def can_be_confirmed(self) -> bool:
        return self.goal.is_shared and self.goal.is_agreed

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        achieved = cleaned.get("state") == Goal.State.ACHIEVED
        if (
            achieved
            and not cleaned.get("evidence")
            and "evidence" not in self.errors
            and not self.can_be_confirmed
        ):
            self.add_error("evidence", _("Say what shows that it is achieved, in a sentence."))
        return cleaned
