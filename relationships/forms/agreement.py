"""Doors for what two people agree on."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.forms import DateField, Form, OneOf, Voice
from core.seen_by import SeenBy
from programs.models.programs import Mode
from relationships.dates import rhythm_words
from relationships.models import Relationship
from relationships.terms import Section, Terms, clean, sections_for, terms_for

RHYTHMS = (7, 14, 21, 28, 42, 56)
LENGTHS = (30, 45, 60, 90)
NEEDED = ("purpose", "confidentiality")
COUNTED = SeenBy(
    gettext_lazy("You and %(other)s can read this. The coordinators see the rhythm and the date.")
)


class AgreementForm(Form):
    """All terms in their sections.  ``based_on`` is the hash of the text that was on the page."""

    cadence_days = OneOf(label=gettext_lazy("How often"))
    meeting_minutes = OneOf(label=gettext_lazy("How long"))
    mode = OneOf(label=gettext_lazy("How"), choices=Mode.choices)
    review_on = DateField(
        label=gettext_lazy("When we look at this again"),
        help_text=gettext_lazy("Half way through is a good time."),
        required=False,
    )
    based_on = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, relationship: Relationship, other: str, **kwargs: Any) -> None:
        self.relationship, self.other_name = relationship, other
        super().__init__(*args, **kwargs)
        self._offer("cadence_days", RHYTHMS, relationship.cadence_days, rhythm_words)
        self._offer("meeting_minutes", LENGTHS, relationship.meeting_minutes, _minutes)
        terms = terms_for(relationship.format)
        for name, term in terms.items():
            self.fields[name] = Voice(
                label=term.label,
                help_text=term.hint,
                rows=term.rows,
                required=name in NEEDED,
                max_length=4000,
            )
            self.fields[name].error_messages["required"] = _("Write a few words for “%(label)s”.") % {
                "label": term.label
            }
        self.seen_by = dict.fromkeys(terms, "pair") | dict.fromkeys(
            ("cadence_days", "meeting_minutes", "review_on"), COUNTED
        )

    def _offer(self, name: str, usual: tuple[int, ...], present: int, words: Any) -> None:
        """The usual ones, and the one in force if it is another."""
        numbers = sorted({*usual, present, *self._initial_number(name)})
        self.fields[name].choices = [(str(number), words(number)) for number in numbers]

    def _initial_number(self, name: str) -> list[int]:
        value = self.initial.get(name)
        return [int(value)] if value else []

    def clean_review_on(self) -> Any:
        day, end = self.cleaned_data["review_on"], self.relationship.planned_end_on
        if day and end and not (self.relationship.planned_start_on or day) <= day <= end:
            raise forms.ValidationError(_("Choose a day before your mentoring ends."), code="outside")
        return day

    @property
    def sections(self) -> Iterator[tuple[Section, list[BoundField]]]:
        """With the counted terms at the beginning of "How we meet"."""
        counted = ["cadence_days", "meeting_minutes", "mode"]
        for section in sections_for(self.relationship.format):
            names = [term.name for term in section.terms]
            if section.name == "meeting":
                names = [*counted, *names, "review_on"]
            yield section, [self[name] for name in names]

    @property
    def terms(self) -> Terms:
        data = self.cleaned_data
        return Terms(
            words=clean(
                {name: data.get(name) or "" for name in [*terms_for(self.relationship.format), "mode"]}
            ),
            cadence_days=int(data["cadence_days"]),
            meeting_minutes=int(data["meeting_minutes"]),
            review_on=data["review_on"],
        )


def _minutes(number: int) -> str:
    return _("%(minutes)s minutes") % {"minutes": number}


def initial_from(terms: Terms) -> dict[str, Any]:
    return {
        **terms.words,
        "cadence_days": str(terms.cadence_days),
        "meeting_minutes": str(terms.meeting_minutes),
        "review_on": terms.review_on,
    }
