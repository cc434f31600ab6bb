"""What coordinators write about two people, and the rules they try."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.forms import Form, OneOf, Voice
from matching.models import PairDecision
from programs.models import Cycle, Enrolment
from programs.models.enrolments import Role

Kind = PairDecision.Kind
NAMED = 3
MOST_WRITTEN = 1000


class Reason(Form):
    """Why a rule is lifted for one pair.  It cannot be left out."""

    reason = Voice(
        label=gettext_lazy("Why this pair is allowed in spite of the rule"), max_length=MOST_WRITTEN
    )
    seen_by = {"reason": "staff"}


class Decide(Form):
    """A decision about a mentee and a mentor, who are found by name or address."""

    kind = OneOf(
        choices=[
            (Kind.LOCKED, gettext_lazy("Always together: every run keeps this pair")),
            (Kind.FORBIDDEN, gettext_lazy("Never together: no run makes this pair")),
        ],
        label=gettext_lazy("What you decide"),
    )
    first = forms.CharField(label=gettext_lazy("Mentee"), max_length=200)
    second = forms.CharField(label=gettext_lazy("Mentor"), max_length=200)
    reason = Voice(label=gettext_lazy("Why"), required=False, max_length=MOST_WRITTEN)
    seen_by = {"reason": "staff"}

    def __init__(self, *args: Any, cycle: Cycle, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cycle = cycle
        self.is_of_peers = cycle.program.format == "peer"
        if self.is_of_peers:
            self.fields["first"].label = _("One of the two")
            self.fields["second"].label = _("The other")
        for name in ("first", "second"):
            self.fields[name].help_text = _(
                "The name, or as much of it as tells one person from all others, or the e-mail address."
            )

    @staticmethod
    def initial_of(cycle: Cycle, query: Mapping[str, str]) -> dict[str, str]:
        """Filled in for the two of a pair that somebody comes from."""
        ids = [name for name in query.get("pair", "").split(":") if name.isalnum()]
        rows = list(
            cycle.enrolments.filter(person__public_id__in=ids).select_related("person").order_by("pk")
        )
        found = {
            "first" if row.role == Role.MENTEE else "second": row.person
            for row in rows
            if row.role != Role.PEER
        }
        found |= dict(
            zip(("first", "second"), (row.person for row in rows if row.role == Role.PEER), strict=False)
        )
        named = {name: person.email or person.full_name for name, person in found.items()}
        return {"kind": query.get("kind", ""), **named}

    def clean_first(self) -> Enrolment:
        return self._found(self.cleaned_data["first"], "peer" if self.is_of_peers else Role.MENTEE)

    def clean_second(self) -> Enrolment:
        return self._found(self.cleaned_data["second"], "peer" if self.is_of_peers else Role.MENTOR)

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given.get("first") and given.get("first") == given.get("second"):
            self.add_error("second", _("Choose two different people."))
        elif self.is_of_peers and given.get("first") and given.get("second"):
            given["first"], given["second"] = sorted(
                (given["first"], given["second"]), key=lambda end: end.pk
            )
        return given

    def _found(self, text: str, role: str) -> Enrolment:
        text = " ".join(text.replace("\0", "").split())
        rows = self.cycle.enrolments.filter(role=role, person__is_active=True).select_related(
            "person", "cycle__program"
        )
        for exactly in (rows.filter(person__email__iexact=text), rows.filter(person__full_name__iexact=text)):
            if len(found := list(exactly[:2])) == 1:
                return found[0]
        return self._alone(rows.filter(person__full_name__icontains=text), text)

    def _alone(self, rows: QuerySet, text: str) -> Enrolment:
        found = list(rows.order_by("person__full_name", "pk")[: NAMED + 1])
        if not found:
            raise ValidationError(_("Nobody in this program is called “%(text)s”."), params={"text": text})
        if len(found) > 1:
            names = ", ".join(one.person.full_name for one in found[:NAMED])
            words = (
                _("Several people are called so: %(names)s. Write more of the name, or the e-mail address.")
                if len(found) <= NAMED
                else _(
                    "Several people are called so, among them %(names)s. Write more of the name, or the e-mail address."
                )
            )
            raise ValidationError(words, params={"names": names})
        return found[0]
