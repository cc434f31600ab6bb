"""Letting people choose: what a coordinator opens, and what somebody ranks."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.forms import Form, OneOf
from matching.choices import FEWEST_SHOWN, MOST_SHOWN, SHOWN
from matching.models import Shortlist, ShortlistEntry

ORDINALS = (
    gettext_lazy("First choice"),
    gettext_lazy("Second choice"),
    gettext_lazy("Third choice"),
    gettext_lazy("Fourth choice"),
    gettext_lazy("Fifth choice"),
)


class OpenShortlists(Form):
    shown = forms.IntegerField(
        label=gettext_lazy("Mentors shown to each mentee"),
        min_value=FEWEST_SHOWN,
        max_value=MOST_SHOWN,
        initial=SHOWN,
        help_text=gettext_lazy(
            "Each mentor stands on so many lists for each free place, so that nobody is on every list."
        ),
    )
    days = forms.IntegerField(
        label=gettext_lazy("Days to answer"),
        min_value=1,
        max_value=30,
        help_text=gettext_lazy("Half-way, who has not answered is reminded once."),
    )
    both = forms.BooleanField(
        label=gettext_lazy("Mentors rank, too"),
        required=False,
        help_text=gettext_lazy(
            "A mentor sees the mentees on whose list they are, and nothing of what these ranked."
        ),
    )


class Ranking(Form):
    """One answer for each person on the list, or "none of them" for all."""

    def __init__(
        self, *args: Any, entries: list[ShortlistEntry], shortlist: Shortlist, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.entries = entries
        ranks = min(len(entries), len(ORDINALS))
        given = [("", _("No preference"))]
        for entry in entries:
            field = OneOf(
                label=_("Your rank for %(name)s") % {"name": entry.enrolment.person.full_name},
                choices=[(str(n), str(words)) for n, words in enumerate(ORDINALS[:ranks], 1)] + given,
                initial=str(entry.rank or ""),
                required=False,
            )
            field.never_empty = True
            self.fields[self.name_of(entry)] = field
        self.fields["nobody"] = forms.BooleanField(
            label=_("None of these people"),
            required=False,
            initial=bool(entries) and all(entry.rank == ShortlistEntry.NOT_THEM for entry in entries),
            help_text=_(
                "You are then not put forward with any of them. Nobody is told, and somebody else can still be found."
            ),
        )

    @staticmethod
    def name_of(entry: ShortlistEntry) -> str:
        return f"rank_{entry.enrolment.public_id}"

    @property
    def cards(self) -> list[tuple[ShortlistEntry, Any]]:
        return [(entry, self[self.name_of(entry)]) for entry in self.entries]

    @property
    def ranks(self) -> dict[int, int | None]:
        """By key of the entry."""
        return {
            entry.pk: int(rank) if (rank := self.cleaned_data[self.name_of(entry)]) else None
            for entry in self.entries
        }

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        ranked = any(value for name, value in given.items() if name.startswith("rank_"))
        if given.get("nobody") and ranked:
            raise ValidationError(
                {
                    "nobody": _(
                        "You have ranked somebody. Set everybody to no preference, or leave this unticked."
                    )
                }
            )
        return given
