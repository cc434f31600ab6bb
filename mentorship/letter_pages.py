"""Which letters somebody gets, and when: the page of the profile, and the link in a letter that turns one kind off."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, NamedTuple

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

import programs.letters
import relationships.letters
import reports.letters
from activity.actions import turn_off
from activity.kinds import Choice
from activity.links import behind_off
from activity.models import Refusal
from core import tokens
from core.dates import day_words
from core.forms import Form, TimeField
from core.views import as_read_by, from_a_letter, see_other, sent
from people.actions import change_letters
from people.countries import countries, country_of_zone
from people.models import Profile, User
from people.models.profiles import NO_COUNTRY
from people.parts import DAY_NAMES, zone_words
from programs.models import Program
from relationships.letters.choices import COORDINATION, REMINDERS

CHOICES: dict[str, Choice] = {
    choice.name: choice
    for choice in (
        *programs.letters.CHOICES,
        *relationships.letters.CHOICES,
        *reports.letters.CHOICES,
    )
}
OPEN_MINUTES = 60
OF_PROFILE = ("an_hour_before", "quiet_from", "quiet_until", "country")


class Standing(NamedTuple):
    """Letters that always come, and why.  ``kinds`` are names, or beginnings of names."""

    title: Any
    reason: Any
    kinds: tuple[str, ...]


STANDING = (
    Standing(
        gettext_lazy("Codes to sign in, and news about your account"),
        gettext_lazy("You asked for them, or you should know that somebody used your address."),
        ("people.",),
    ),
    Standing(
        gettext_lazy("Invitations, and what you asked for while you join"),
        gettext_lazy("Without them you could not take part."),
        ("programs.",),
    ),
    Standing(
        gettext_lazy("Suggestions of a partner, and reminders to answer them"),
        gettext_lazy("Somebody waits for your answer, and the time for it runs out."),
        ("matching.",),
    ),
    Standing(
        gettext_lazy("Meetings that are planned, moved, cancelled or in doubt"),
        gettext_lazy("Your calendar would be wrong without them."),
        ("relationships.meeting_",),
    ),
    Standing(
        gettext_lazy("Questions and answers about your agreement, goals and next step"),
        gettext_lazy("Somebody waits for your answer, or you for theirs."),
        ("relationships.agreement_", "relationships.goal_", "relationships.asked", "relationships.not_yet"),
    ),
    Standing(
        gettext_lazy("The beginning, a pause and the end of a relationship"),
        gettext_lazy("They change what holds between you."),
        (
            "relationships.begun",
            "relationships.paused",
            "relationships.resumed",
            "relationships.ended",
            "relationships.left",
            "relationships.cancelled",
        ),
    ),
    Standing(
        gettext_lazy("A word from your coordinator"),
        gettext_lazy("A person sends it to you. It keeps to your quiet hours."),
        ("relationships.nudge",),
    ),
    Standing(
        gettext_lazy("One message with all that came up beyond that"),
        gettext_lazy("So that the others can stay few. What you turn off is not in it."),
        ("activity.digest",),
    ),
    Standing(
        gettext_lazy("A word when a reply of yours was not understood"),
        gettext_lazy("You would think that you had answered. It comes once a day at most."),
        ("mentorship.not_understood",),
    ),
)


class Letters(Form):
    an_hour_before = forms.BooleanField(
        label=gettext_lazy("Remind me an hour before a meeting, too"),
        help_text=gettext_lazy("Beside the reminder of the day before."),
        required=False,
    )
    quiet_from = TimeField(label=gettext_lazy("Nothing from"))
    quiet_until = TimeField(label=gettext_lazy("Until"))
    country = forms.ChoiceField(label=gettext_lazy("Public holidays of"), required=False)
    seen_by = {"country": "me"}

    def __init__(
        self,
        *args: Any,
        profile: Profile,
        choices: list[Choice],
        off: Mapping[str, datetime],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.choices = choices
        self.fields["quiet_until"].help_text = _(
            "By the clock of %(zone)s. The same time twice means no quiet hours."
        ) % {"zone": zone_words(profile.user.zone)}
        self.fields["country"].choices = country_choices(profile)
        self.fields["country"].never_empty = True  # no answer is an answer here, so nothing says "optional"
        for choice in choices:
            since = off.get(choice.name)
            self.fields[choice.name] = forms.BooleanField(
                label=choice.title,
                help_text=_off_words(choice, since) if since else choice.text,
                required=False,
            )

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        start, end = given.get("quiet_from"), given.get("quiet_until")
        if start and end and start != end:
            minutes = (start.hour - end.hour) * 60 + start.minute - end.minute
            if minutes % (24 * 60) < OPEN_MINUTES:
                self.add_error("quiet_until", ValidationError(_("Leave at least an hour a day for letters.")))
        return given

    @property
    def hours(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in OF_PROFILE}

    @property
    def wanted(self) -> dict[str, bool]:
        return {choice.name: self.cleaned_data[choice.name] for choice in self.choices}

    @property
    def quiet_fields(self) -> list[BoundField]:
        return [self["quiet_from"], self["quiet_until"], self["country"]]

    def groups(self) -> Iterator[tuple[str, list[BoundField]]]:
        """The choices under their headings, in the order of their tables."""
        for group in dict.fromkeys(str(choice.group) for choice in self.choices):
            names = [choice.name for choice in self.choices if str(choice.group) == group]
            if REMINDERS.name in names:
                names.insert(names.index(REMINDERS.name) + 1, "an_hour_before")
            yield group, [self[name] for name in names]


def _off_words(choice: Choice, since: datetime) -> str:
    """A link in a letter turns a kind off without signing in, so the page says since when."""
    return _("%(text)s Turned off on %(day)s.") % {
        "text": choice.text,
        "day": day_words(timezone.localdate(since)),
    }


def country_choices(profile: Profile) -> list[tuple[str, str]]:
    site = country_of_zone(profile.site.zone) if profile.site else ""
    no = _("No public holidays")
    if not site:
        return [("", no), *countries().items()]
    own = _("%(country)s, where you work") % {"country": countries()[site]}
    return [("", own), (NO_COUNTRY, no), *countries().items()]


def choices_for(person: User) -> list[Choice]:
    """What only coordinators get is a choice for them alone."""
    coordinates = Program.objects.coordinated_by(person).exists()
    return [choice for choice in CHOICES.values() if coordinates or choice.group is not COORDINATION]


@require_http_methods(["GET", "POST"])
def letters(request: HttpRequest) -> HttpResponse:
    person = request.user
    Profile.objects.get_or_create(user=person)
    profile = Profile.objects.select_related("site", "user").get(user=person)
    choices = choices_for(person)
    off = dict(Refusal.objects.filter(person=person).values_list("choice", "at"))
    initial = {choice.name: choice.name not in off for choice in choices}
    initial |= {name: getattr(profile, name) for name in OF_PROFILE}
    form = Letters(sent(request), initial=initial, profile=profile, choices=choices, off=off)
    if request.method == "POST" and form.is_valid():
        change_letters(person, form.hours, form.wanted, by=person, now=timezone.now())
        messages.success(request, _("Saved: which letters you get, and when."))
        return see_other("letters")
    context = {
        "form": form,
        "standing": STANDING,
        "a_week": settings.LETTERS_A_WEEK,
        "days": working_days_words(profile),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if request.method == "POST" else HTTPStatus.OK
    return render(request, "letters/letters.html", context, status=status)


def working_days_words(profile: Profile) -> str:
    days = [str(name) for number, name in enumerate(DAY_NAMES.values()) if number in profile.working_days]
    return get_text_list(days, _("and"))


@csrf_exempt  # pressed by mail programs, which know no token of ours (RFC 8058): the signed link is the proof
@from_a_letter
def off(request: HttpRequest, token: str) -> HttpResponse:
    """Looking changes nothing; one press turns the choice off, also the second time.

    The answer to the press is the page itself: mail programs follow no redirection.
    """
    now = timezone.now()
    try:
        person, name = behind_off(token, now=now)
        choice = CHOICES[name]
    except (tokens.Invalid, KeyError):
        return render(request, "letters/off_closed.html", status=HTTPStatus.GONE)
    with as_read_by(person):
        if request.method == "POST":
            turn_off(person, choice.name, by=person, now=now)
        is_off = Refusal.objects.filter(person=person, choice=choice.name).exists()
        return render(request, "letters/off.html", {"choice": choice, "is_off": is_off})
