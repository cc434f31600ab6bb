"""The six tasks of setting up a program, one concern each, and the pages around them."""

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.dates import day_words
from core.forms import DateField, Form, ModelForm, OneOf, Voice
from people.models import User
from people.parts import ZoneField
from programs.catalogue import WEIGHTS, built_in_questions
from programs.models import Program, Question
from programs.models.enrolments import Role
from programs.models.programs import Format, Mode

EVERYBODY_IN_IT = gettext_lazy("Everybody who is invited can read this.")
COORDINATORS = gettext_lazy("The coordinators of this program can read this.")


class NewProgram(Form):
    title = forms.CharField(
        label=gettext_lazy("Name of the program"),
        max_length=120,
        help_text=gettext_lazy(
            "As people will read it in the invitation, for example Emerging Leaders 2027."
        ),
    )
    starts_on = DateField(
        label=gettext_lazy("Starts on"), help_text=gettext_lazy("You can change it until you publish.")
    )
    zone = ZoneField(help_text=gettext_lazy("Deadlines of the program are in this zone."))

    def __init__(self, *args: Any, today: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_starts_on(self) -> Any:
        starts_on = self.cleaned_data["starts_on"]
        if starts_on < self.today:
            raise ValidationError(_("Choose a day that is not over yet."))
        if starts_on > self.today + timedelta(days=730):
            raise ValidationError(_("Choose a day within the next two years."))
        return starts_on


class Versioned(ModelForm):
    """Made from one version of the program; saved only if that is still the present one."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class Basics(Versioned):
    outcome = forms.CharField(
        label=gettext_lazy("What should change"),
        max_length=200,
        help_text=gettext_lazy("Something you can count, for example first-time leads still in their role."),
    )
    baseline = forms.CharField(label=gettext_lazy("Where it stands today"), max_length=60, required=False)
    target = forms.CharField(label=gettext_lazy("What you want to reach"), max_length=60)
    kick_off_on = DateField(label=gettext_lazy("Starts on"))
    planned_end_on = DateField(label=gettext_lazy("Ends on"))
    zone = ZoneField()
    seen_by = {"purpose": EVERYBODY_IN_IT, "strategic_objective": COORDINATORS, "outcome": COORDINATORS}

    class Meta:
        model = Program
        fields = ["title", "purpose", "strategic_objective", "zone", "version"]
        widgets = {
            "purpose": forms.Textarea({"rows": 3}),
            "strategic_objective": forms.Textarea({"rows": 2}),
        }

    field_order = [
        "title",
        "purpose",
        "strategic_objective",
        "outcome",
        "baseline",
        "target",
        "kick_off_on",
        "planned_end_on",
        "zone",
        "version",
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["purpose"].required = True

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        start, end = given.get("kick_off_on"), given.get("planned_end_on")
        days = (end - start).days if start and end else None
        cadence = self.instance.cadence_days
        if start and "kick_off_on" in self.changed_data and abs((start - timezone.localdate()).days) > 1100:
            self.add_error("kick_off_on", _("Choose a day within three years from today."))
        elif days is not None and days < 28:
            self.add_error(
                "planned_end_on",
                _("The end must be at least four weeks after the start, %(start)s.")
                % {"start": day_words(start)},
            )
        elif days is not None and days < cadence:
            self.add_error(
                "planned_end_on",
                ngettext(
                    "People meet every %(days)s day: the program must be longer than that.",
                    "People meet every %(days)s days: the program must be longer than that.",
                    cadence,
                )
                % {"days": cadence},
            )
        elif days is not None and days > 1100:
            self.add_error("planned_end_on", _("A program runs for three years at most."))
        return given


class Audience(Versioned):
    enrolment_closes_on = DateField(label=gettext_lazy("Answers until"), required=False)
    matching_on = DateField(label=gettext_lazy("You match on"), required=False)
    deputy = forms.EmailField(
        label=gettext_lazy("Deputy coordinator"),
        required=False,
        help_text=gettext_lazy("Email address of a colleague who can do all that you can."),
    )
    sponsor = forms.EmailField(
        label=gettext_lazy("Sponsor"),
        required=False,
        help_text=gettext_lazy("Email address of the manager who backs the program."),
    )
    seen_by = {"audience": EVERYBODY_IN_IT, "eligibility": EVERYBODY_IN_IT}

    class Meta:
        model = Program
        fields = ["audience", "eligibility", "version"]
        widgets = {"audience": forms.Textarea({"rows": 2}), "eligibility": forms.Textarea({"rows": 2})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["eligibility"].required = True

    def clean_deputy(self) -> User | None:
        return self.known_person("deputy")

    def clean_sponsor(self) -> User | None:
        return self.known_person("sponsor")

    def known_person(self, name: str) -> User | None:
        address = self.cleaned_data[name]
        if not address:
            return None
        person = User.objects.active().known_as(address).first()
        if person is None:
            raise ValidationError(_("Nobody here has this address. Add the person first, or leave it empty."))
        return person

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        closes, matching = given.get("enrolment_closes_on"), given.get("matching_on")
        cycle = self.instance.cycles.first() if self.instance.pk else None
        opens, end = (cycle.enrolment_opens_on, cycle.planned_end_on) if cycle else (None, None)
        if closes and opens and closes < opens:
            self.add_error(
                "enrolment_closes_on",
                _("The answers open on %(day)s. Choose that day or a later one.") % {"day": day_words(opens)},
            )
        elif closes and matching and matching < closes:
            self.add_error("matching_on", _("Match on the day the answers close, or later."))
        for name, day in (("enrolment_closes_on", closes), ("matching_on", matching)):
            if day and end and day > end:
                self.add_error(
                    name, _("The program ends on %(day)s. Choose an earlier day.") % {"day": day_words(end)}
                )
        return given


ASKED = [
    ("required", gettext_lazy("Everybody answers")),
    ("optional", gettext_lazy("May be left out")),
    ("no", gettext_lazy("Not asked")),
]


class Questions(Versioned):
    """Which of the built-in questions are asked; those that matching needs stay."""

    class Meta:
        model = Program
        fields = ["version"]

    NEEDED = ("skills_wanted", "skills_offered", "languages", "working_hours", "capacity")

    def __init__(self, *args: Any, questions: Iterable[Question], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = questions
        for question in questions:
            if question.field in self.NEEDED:
                continue
            answered = question.answered
            self.fields[f"ask_{question.public_id}"] = OneOf(
                choices=ASKED[:2] if answered else ASKED,
                label=question.text,
                help_text=ngettext(
                    "%(count)s person has answered it, so it stays.",
                    "%(count)s people have answered it, so it stays.",
                    answered,
                )
                % {"count": answered}
                if answered
                else "",
                initial="required" if question.is_required else "optional",
            )
        for _order, pattern in built_in_questions(self.instance):
            self.fields[f"add_{pattern['field']}"] = OneOf(
                choices=ASKED, label=pattern["text"], initial="no", required=False
            )
        self.fields["own_text"] = forms.CharField(
            label=_("A question of your own"), max_length=200, required=False
        )
        self.fields["own_options"] = forms.CharField(
            label=_("Answers to choose from"),
            help_text=_("One a line, two at least. Leave it empty to let people write a few words."),
            widget=forms.Textarea({"rows": 3}),
            max_length=1000,
            required=False,
        )
        self.fields["own_readers"] = OneOf(
            choices=[
                ("matching", _("The coordinators, for matching")),
                ("partner", _("The mentoring partner and the coordinators")),
            ],
            label=_("Who can read the answers"),
            initial="matching",
        )

    def clean_own_options(self) -> list[str]:
        lines = (line.strip() for line in self.cleaned_data["own_options"].splitlines())
        return list(dict.fromkeys(line for line in lines if line))

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        options = given.get("own_options")
        if options and not given.get("own_text") and "own_text" not in self.errors:
            self.add_error("own_text", _("Write the question to which these are the answers."))
        if options and len(options) < 2:
            self.add_error("own_options", _("Give two answers at least, or leave it empty."))
        return given


SIZES = {
    "fewest": (gettext_lazy("Fewest mentees in a group"), 2, 12, 4),
    "most": (gettext_lazy("Most mentees in a group"), 2, 12, 8),
    "mentors": (gettext_lazy("Mentors who lead a group together"), 1, 3, 1),
}


class Matching(Versioned):
    objective = OneOf(
        choices=[
            ("coverage", gettext_lazy("Match as many people as possible, then the best total")),
            ("total", gettext_lazy("The best total, even if fewer people are matched")),
            ("worst_off", gettext_lazy("Protect the worst-off first, then the total")),
        ],
        label=gettext_lazy("What a good match is"),
    )

    class Meta:
        model = Program
        fields = ["default_capacity", "version"]

    WORDS = {
        "topics": gettext_lazy("Goals and topics covered"),
        "values": gettext_lazy("Shared values"),
        "working_style": gettext_lazy("Working style"),
        "learning": gettext_lazy("Learning orientation"),
        "interests": gettext_lazy("Interests"),
        "preferences": gettext_lazy("What both asked for"),
        "practicality": gettext_lazy("Hours, place and way of meeting"),
        "experience": gettext_lazy("Distance in experience"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.format in (Format.PEER, Format.GROUP):
            del self.fields["default_capacity"]
        else:
            self.fields["mentors_per_mentee"] = forms.IntegerField(
                label=_("Most mentors a mentee"),
                min_value=1,
                max_value=3,
                initial=self.instance.rules.get("mentors_per_mentee", 1),
                widget=forms.NumberInput({"class": "short"}),
            )
        if self.instance.format == Format.GROUP:
            self._ask_for_sizes(self.instance.rules.get("group", {}))
        weights = {**WEIGHTS, **self.instance.weights}
        for code, words in self.WORDS.items():
            self.fields[f"weight_{code}"] = forms.IntegerField(
                label=words,
                min_value=0,
                max_value=100,
                initial=weights.get(code, 0),
                widget=forms.NumberInput({"class": "short"}),
            )
        self.order_fields(
            ["objective", *(f"weight_{code}" for code in self.WORDS), "default_capacity", "version"]
        )

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if not self.errors and not any(given[f"weight_{code}"] for code in self.WORDS):
            self.add_error("weight_topics", _("At least one weight must be above 0."))
        return given

    def _ask_for_sizes(self, chosen: dict[str, int]) -> None:
        """What a group needs to begin, and how many lead it."""
        for name, (label, least, most, usual) in SIZES.items():
            self.fields[f"group_{name}"] = forms.IntegerField(
                label=label,
                min_value=least,
                max_value=most,
                initial=chosen.get(name, usual),
                widget=forms.NumberInput({"class": "short"}),
            )

    def clean_group_most(self) -> int:
        most, fewest = self.cleaned_data["group_most"], self.cleaned_data.get("group_fewest")
        if fewest and most < fewest:
            raise ValidationError(
                _("A group begins with %(fewest)s: enter that many or more.") % {"fewest": fewest}
            )
        return most

    @property
    def weights(self) -> dict[str, int]:
        return {code: self.cleaned_data[f"weight_{code}"] for code in self.WORDS}


class Rhythm(Versioned):
    class Meta:
        model = Program
        fields = ["cadence_days", "meeting_minutes", "mode", "offer_days", "version"]
        help_texts = {
            "cadence_days": gettext_lazy("28 is every four weeks. Pairs can agree on another rhythm."),
            "offer_days": gettext_lazy("How long people have to accept the person suggested to them."),
        }

    mode = OneOf(choices=Mode.choices, label=gettext_lazy("How people meet"))

    def clean_cadence_days(self) -> int:
        cadence = self.cleaned_data["cadence_days"]
        if cadence > self.instance.length_days:
            raise ValidationError(_("Longer than the program itself: people would never meet."))
        return cadence


class Emails(Versioned):
    seen_by = {
        "invitation_note": EVERYBODY_IN_IT,
        "conduct": EVERYBODY_IN_IT,
        "privacy_notice": EVERYBODY_IN_IT,
    }

    class Meta:
        model = Program
        fields = ["invitation_note", "conduct", "privacy_notice", "version"]
        widgets = {
            "invitation_note": forms.Textarea({"rows": 3}),
            "conduct": forms.Textarea({"rows": 5}),
            "privacy_notice": forms.Textarea({"rows": 7}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["conduct"].required = self.fields["privacy_notice"].required = True


class Task(NamedTuple):
    code: str
    name: str
    form: type[Versioned]
    template_says: str


TASKS = {
    task.code: task
    for task in (
        Task(
            "basics", gettext_lazy("Name, purpose and dates"), Basics, gettext_lazy("Please check the dates")
        ),
        Task(
            "people",
            gettext_lazy("Who takes part"),
            Audience,
            gettext_lazy("From the template, please check"),
        ),
        Task("questions", gettext_lazy("Sign-up questions"), Questions, gettext_lazy("From the template")),
        Task("matching", gettext_lazy("Matching rules"), Matching, gettext_lazy("From the template")),
        Task("rhythm", gettext_lazy("Meeting rhythm"), Rhythm, gettext_lazy("From the template")),
        Task("emails", gettext_lazy("Emails and notices"), Emails, gettext_lazy("From the template")),
    )
}

ADDRESS = re.compile(r"^(?:\"?(?P<name>[^\"<]*?)\"?\s*)?<?(?P<email>[^<>\s]+@[^<>\s]+)>?$")


# What stands between commas or semicolons; a name in quotation marks may hold one.
ENTRY = re.compile(r'(?:"[^"]*"|[^;,])+')
LONGEST_ENTRY, MOST_ADDRESSES = 450, 300


ROLE_NAMES = {
    Role.MENTEE: gettext_lazy("Mentees"),
    Role.MENTOR: gettext_lazy("Mentors"),
    Role.PEER: gettext_lazy("Peers"),
}


class AddPeople(Form):
    """Addresses pasted from anywhere: one a line, or with commas or semicolons between."""

    role = OneOf(choices=[], label=gettext_lazy("They take part as"))
    addresses = forms.CharField(
        label=gettext_lazy("Email addresses"),
        help_text=gettext_lazy("One a line, with or without the name: Amara Osei <amara.osei@example.org>"),
        widget=forms.Textarea({"rows": 8}),
        max_length=50_000,
    )

    def __init__(self, *args: Any, roles: Iterable[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role, ROLE_NAMES[role]) for role in roles]
        if len(self.fields["role"].choices) == 1:
            self.fields["role"].widget = forms.HiddenInput()

    def clean_addresses(self) -> list[tuple[str, str]]:
        found: dict[str, str] = {}
        wrong: list[str] = []
        for number, line in enumerate(self.cleaned_data["addresses"].splitlines(), 1):
            for entry in filter(None, (part.strip() for part in ENTRY.findall(line))):
                match = ADDRESS.match(entry) if len(entry) <= LONGEST_ENTRY else None
                try:
                    validate_email(match["email"] if match else "")
                    if len(match["email"]) > 254 or len(match["name"] or "") > 150:
                        raise ValidationError("")
                except ValidationError:
                    wrong.append(
                        _("Line %(number)s: “%(entry)s” is not an email address.")
                        % {"number": number, "entry": entry[:80]}
                    )
                    continue
                found.setdefault(match["email"].lower(), (match["name"] or "").strip())
        if wrong:
            raise ValidationError(wrong[:10])
        if len(found) > MOST_ADDRESSES:
            raise ValidationError(
                _("More than %(most)s addresses: use a file instead.") % {"most": MOST_ADDRESSES}
            )
        return [(name or name_from(email), email) for email, name in found.items()]


def name_from(email: str) -> str:
    """ "amara.osei@…" is somebody called Amara Osei until they say otherwise."""
    words = re.split(r"[._-]+", email.partition("@")[0])
    return " ".join(word.capitalize() for word in words if word) or email


class Removal(Form):
    reason = Voice(
        label=gettext_lazy("Reason for the log"),
        rows=2,
        max_length=500,
        help_text=gettext_lazy("For example: has left the organisation."),
    )
    seen_by = {"reason": COORDINATORS}


class PauseUntil(Form):
    until = DateField(label=gettext_lazy("Pause until"))

    def __init__(self, *args: Any, today: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_until(self) -> Any:
        until = self.cleaned_data["until"]
        if until <= self.today:
            raise ValidationError(_("Choose a day in the future."))
        if until > self.today + timedelta(days=366):
            raise ValidationError(_("Choose a day within the next year."))
        return until
