"""The account itself, and the order of grades; what is for matching is in ``people.parts``."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.forms import Form, ModelForm, OneOf
from people.grades import MOST_GRADES, MOST_LEVELS, SHOWN, Line, Order, fingerprint, suggestion
from people.models import User

MOST_PLACE = 9999


class Account(ModelForm):
    language = OneOf(choices=settings.LANGUAGES, label=_("Language"))
    theme = OneOf(choices=User.Theme.choices, label=_("Light or dark"))
    seen_by = {
        "full_name": _("Everybody you take part with, coordinators and HR can read this."),
        "called": _("Everybody you take part with can read this."),
    }

    class Meta:
        model = User
        fields = ["full_name", "called", "language", "theme"]
        help_texts = {"called": _("Leave it empty to be called by the first word of your name.")}
        widgets = {
            "full_name": forms.TextInput({"autocomplete": "name"}),
            "called": forms.TextInput({"autocomplete": "nickname"}),
        }


class Grades(Form):
    """One place for each grade; the lowest number is the lowest grade, the same number the same level.

    Of a grade that the page did not show yet, what is kept stays."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)

    def __init__(
        self, lines: list[Line], order: Order, *args: Any, suggests: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.was = order
        placed = [line for line in lines if line.level]
        waiting = [line for line in lines if not line.level]
        self.lines = placed + waiting[:SHOWN]
        self.not_shown = len(waiting[SHOWN:])
        self.initial["seen"] = fingerprint(order)
        suggested = suggestion(line.name for line in self.lines) if suggests and not order else {}
        self.suggests, self.has_suggestion = suggests and not order, bool(suggested)
        self.lines.sort(key=lambda line: suggested.get(line.name, MOST_PLACE) if suggested else 0)
        for line in self.lines:
            self.fields[line.code] = forms.IntegerField(
                label=_("Place of %(grade)s") % {"grade": line.name},
                required=False,
                min_value=1,
                max_value=MOST_PLACE,
                initial=suggested.get(line.name, line.place),
                error_messages=place_words(line.name),
            )

    @property
    def rows(self) -> list[tuple[Line, forms.BoundField]]:
        return [(line, self[line.code]) for line in self.lines]

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        places: dict[int, list[str]] = {}
        for line in self.lines:
            place = given.get(line.code) if line.code in self.data else line.place
            if place:
                places.setdefault(place, []).append(line.name)
        if len(places) > MOST_LEVELS:
            raise forms.ValidationError(
                _("These are %(count)s levels; there can be %(most)s. Give some grades the same number."),
                params={"count": len(places), "most": MOST_LEVELS},
            )
        if sum(map(len, places.values())) > MOST_GRADES:
            raise forms.ValidationError(
                _("At most %(most)s grades can have a place. Leave those that few people have empty."),
                params={"most": MOST_GRADES},
            )
        self.order: Order = [sorted(places[place]) for place in sorted(places)]
        return given

    def look_again(self, words: str) -> None:
        """What was typed stays; it is saved over what is there now when it is sent once more."""
        self.add_error(None, words)
        self.data = self.data.copy()
        self.data["seen"] = fingerprint(self.was)


def place_words(grade: str) -> dict[str, str]:
    return {
        "invalid": _("Give “%(grade)s” a whole number, or leave it empty.") % {"grade": grade},
        # Django fills these in once more.
        "min_value": _("Give “%(grade)s” a number from 1, or leave it empty.") % {"grade": twice(grade)},
        "max_value": _("Give “%(grade)s” a number up to 9999, or leave it empty.") % {"grade": twice(grade)},
    }


def twice(grade: str) -> str:
    return grade.replace("%", "%%")
