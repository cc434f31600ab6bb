"""Doors for what people say about meetings: to come, and past."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.dates import city, combine, day_words
from core.forms import DateField, Form, OneOf, TimeField, Voice
from core.seen_by import SeenBy
from people.models import User
from relationships.forms.once import Once, Seen
from relationships.models import Meeting, Relationship

AHEAD = timedelta(days=366)
SHORTEST, LONGEST = 5, 480
PLANNABLE = [
    Meeting.Kind.INTRO,
    Meeting.Kind.REGULAR,
    Meeting.Kind.MIDPOINT_REVIEW,
    Meeting.Kind.CLOSURE,
    Meeting.Kind.SHADOWING,
]


class Minutes(forms.IntegerField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=gettext_lazy("Minutes"),
            validators=[
                MinValueValidator(SHORTEST, gettext_lazy("A meeting takes at least 5 minutes.")),
                MaxValueValidator(
                    LONGEST, gettext_lazy("A meeting takes at most 480 minutes, which is 8 hours.")
                ),
            ],
            error_messages={"invalid": gettext_lazy("Enter the minutes as a number, for example 45.")},
            widget=forms.NumberInput({"class": "short"}),
            **kwargs,
        )


class WhenForm(Form):
    """When, how long, how and where; the times are those of the reader's own zone."""

    day = DateField(label=gettext_lazy("Date"))
    clock = TimeField(label=gettext_lazy("Time"))
    minutes = Minutes()
    mode = OneOf(label=gettext_lazy("How will you meet?"), choices=Meeting.Mode.choices)
    place = forms.CharField(
        label=gettext_lazy("Place or link"),
        help_text=gettext_lazy("A room, a telephone number, or the address of a video call."),
        max_length=500,
        required=False,
    )
    seen_by = {"place": "pair"}

    def __init__(self, *args: Any, person: User, now: datetime, other: str, **kwargs: Any) -> None:
        self.person, self.now, self.other_name = person, now, other
        super().__init__(*args, **kwargs)
        self.fields["clock"].help_text = _("Your time, in %(city)s.") % {"city": city(person.zone)}

    def clean_place(self) -> str:
        return " ".join(self.cleaned_data["place"].split())

    def clean_day(self) -> date:
        day, today = self.cleaned_data["day"], self.now.astimezone(ZoneInfo(self.person.zone)).date()
        if day < today:
            raise forms.ValidationError(_("This day has passed. Choose a later one."), code="past")
        if day > today + AHEAD:
            raise forms.ValidationError(
                _("This is more than a year away. Check the year, or plan it later."), code="far"
            )
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("day") and cleaned.get("clock"):
            try:
                cleaned["starts_at"] = combine(cleaned["day"], cleaned["clock"], self.person.zone)
            except forms.ValidationError as error:
                self.add_error("clock", error)
                return cleaned
            if cleaned["starts_at"] <= self.now:
                self.add_error("clock", _("This time has passed. Choose a later one."))
        return cleaned

    @property
    def plan(self) -> dict[str, Any]:
        """What the deeds take."""
        return {name: self.cleaned_data[name] for name in ("starts_at", "minutes", "mode", "place")}


class PlanForm(WhenForm):
    kind = OneOf(
        label=gettext_lazy("What kind of meeting is it?"),
        choices=[(kind.value, kind.label) for kind in PLANNABLE],
    )


class MoveForm(WhenForm):
    version = Seen()


class LogForm(Form):
    """A planned meeting comes with its own answers in place: nothing to add is nothing to do."""

    YES, MOVED, NO = "yes", "moved", "no"

    happened = OneOf(
        label=gettext_lazy("Did it happen?"),
        choices=[
            (YES, gettext_lazy("Yes, we met")),
            (MOVED, gettext_lazy("It moved")),
            (NO, gettext_lazy("It did not happen")),
        ],
    )
    day = DateField(label=gettext_lazy("Date"))
    minutes = Minutes()
    mode = OneOf(label=gettext_lazy("How did you meet?"), choices=Meeting.Mode.choices)
    is_closing = forms.BooleanField(label=gettext_lazy("This was our closing meeting"), required=False)
    note = Voice(
        label=gettext_lazy("One thing to remember"),
        help_text=gettext_lazy("A sentence is enough. Write it for yourself in six months."),
        required=False,
    )
    private = forms.BooleanField(label=gettext_lazy("Keep this for me alone"), required=False)
    already = Seen()
    key = Once()

    def __init__(
        self,
        *args: Any,
        relationship: Relationship,
        meeting: Meeting | None,
        person: User,
        now: datetime,
        other: str,
        **kwargs: Any,
    ) -> None:
        self.relationship, self.zone, self.now = relationship, ZoneInfo(person.zone), now
        self.other_name = other
        sentence = _(
            "You and %(other)s can read this, or you alone if you tick the box below. "
            "Coordinators and HR cannot."
        )
        self.seen_by = {"note": SeenBy(sentence % {"other": other})}
        super().__init__(*args, **kwargs)
        if meeting is None:
            del self.fields["happened"]
        else:
            del self.fields["mode"]
        if relationship.stage != "separation":
            del self.fields["is_closing"]

    def clean_day(self) -> date:
        return past_day(self.cleaned_data["day"], self.relationship, self.zone, self.now)

    def clean_already(self) -> int:
        return max(0, self.cleaned_data["already"])


class HeldForm(Form):
    """When two people met, and for how long, on the calendar of whoever says so."""

    day = DateField(label=gettext_lazy("Date"))
    minutes = Minutes()

    def __init__(
        self, *args: Any, relationship: Relationship, person: User, now: datetime, **kwargs: Any
    ) -> None:
        self.relationship, self.zone, self.now = relationship, ZoneInfo(person.zone), now
        super().__init__(*args, **kwargs)

    def clean_day(self) -> date:
        return past_day(self.cleaned_data["day"], self.relationship, self.zone, self.now)


class CorrectionForm(HeldForm):
    mode = OneOf(label=gettext_lazy("How did you meet?"), choices=Meeting.Mode.choices)
    version = Seen()


def past_day(day: date, relationship: Relationship, zone: ZoneInfo, now: datetime) -> date:
    if day > now.astimezone(zone).date():
        raise forms.ValidationError(
            _("This day has not come yet. A meeting is logged when it is over."), code="future"
        )
    began = relationship.activated_at and relationship.activated_at.astimezone(zone).date()
    if began is None or day < began:
        words = _("Your mentoring began on %(day)s. Choose that day or a later one.")
        raise forms.ValidationError(words % {"day": day_words(began) if began else "–"}, code="too_early")
    return day


class UsefulnessForm(Form):
    usefulness = OneOf(
        label=gettext_lazy("How useful was it for you?"),
        choices=[
            (1, gettext_lazy("1, not at all")),
            (2, "2"),
            (3, "3"),
            (4, "4"),
            (5, gettext_lazy("5, very")),
        ],
    )
    seen_by = {"usefulness": "me"}
