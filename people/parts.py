"""The parts of a profile that a person fills in: for each, the form, what it shows at first, and what it keeps.

The same parts are pages of their own when somebody joins a program and sections of "My profile", so that nothing is
asked in two ways.
"""

import zoneinfo
from collections.abc import Callable
from datetime import datetime, time
from typing import Any, NamedTuple

from django import forms as fields
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from activity.actions import rezone
from core.forms import Form, OneOf, SeveralOf, TimeField, Voice
from people.models import Exclusion, Profile, ProfileTopic, Topic, User
from people.models.profiles import OFFICE_HOURS, WEEKDAYS, LearningItem, Style, Value

DAY_NAMES = {
    "mon": gettext_lazy("Monday"),
    "tue": gettext_lazy("Tuesday"),
    "wed": gettext_lazy("Wednesday"),
    "thu": gettext_lazy("Thursday"),
    "fri": gettext_lazy("Friday"),
    "sat": gettext_lazy("Saturday"),
    "sun": gettext_lazy("Sunday"),
}

# Offered by name; others can be added by the code of ISO 639-1 from a file.
LANGUAGES = {
    "ar": gettext_lazy("Arabic"),
    "cs": gettext_lazy("Czech"),
    "da": gettext_lazy("Danish"),
    "de": gettext_lazy("German"),
    "en": gettext_lazy("English"),
    "es": gettext_lazy("Spanish"),
    "et": gettext_lazy("Estonian"),
    "fi": gettext_lazy("Finnish"),
    "fr": gettext_lazy("French"),
    "hi": gettext_lazy("Hindi"),
    "it": gettext_lazy("Italian"),
    "ja": gettext_lazy("Japanese"),
    "nb": gettext_lazy("Norwegian"),
    "nl": gettext_lazy("Dutch"),
    "pl": gettext_lazy("Polish"),
    "pt": gettext_lazy("Portuguese"),
    "sv": gettext_lazy("Swedish"),
    "tr": gettext_lazy("Turkish"),
    "uk": gettext_lazy("Ukrainian"),
    "zh": gettext_lazy("Chinese"),
}
MOST_WANTED, MOST_OFFERED, MOST_INTERESTS, RANKED_VALUES = 5, 8, 8, 5


def zones() -> list[tuple[str, str]]:
    """Places to choose from, not abbreviations: "Europe/Oslo" is shown as "Oslo (Europe)"."""
    named = (
        zone
        for zone in zoneinfo.available_timezones()
        if "/" in zone and not zone.startswith(("Etc/", "posix", "right", "SystemV"))
    )
    return [("UTC", "UTC"), *sorted(((zone, zone_words(zone)) for zone in named), key=lambda pair: pair[1])]


def zone_words(zone: str) -> str:
    region, _slash, place = zone.partition("/")
    return f"{place.replace('_', ' ').replace('/', ', ')} ({region})" if place else zone


class ZoneField(fields.ChoiceField):
    widget = fields.Select

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=zones, **{"label": gettext_lazy("Time zone"), **kwargs})


class Words(fields.CharField):
    """Several short entries, one a line or with commas between; doubles and stray blanks are dropped."""

    def __init__(self, *, most: int, **kwargs: Any) -> None:
        self.most = most
        kwargs.setdefault("max_length", 1000)
        super().__init__(widget=fields.Textarea({"rows": 4, "dir": "auto"}), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> list[str]:
        text = super().clean(value)
        entries = [" ".join(entry.split()) for line in text.splitlines() for entry in line.split(",")]
        unique = list({entry.casefold(): entry for entry in reversed(entries) if entry}.values())[::-1]
        if len(unique) > self.most:
            raise ValidationError(
                _("Name at most %(most)s; these are %(count)s.") % {"most": self.most, "count": len(unique)}
            )
        if any(len(entry) > 80 for entry in unique):
            raise ValidationError(_("Keep each entry under 80 characters."))
        return unique


class SkillsWanted(Form):
    skills_wanted = Words(
        most=MOST_WANTED,
        label=gettext_lazy("What you would like to get better at"),
        help_text=gettext_lazy("One a line, the most important first, five at most."),
    )


class SkillsOffered(Form):
    skills_offered = Words(
        most=MOST_OFFERED,
        label=gettext_lazy("What you can help somebody with"),
        help_text=gettext_lazy("One a line, eight at most."),
    )


class Goals(Form):
    goals = Voice(
        label=gettext_lazy("What should be different for you at the end"),
        help_text=gettext_lazy("A sentence or two is enough."),
        required=False,
    )


class Languages(Form):
    languages = SeveralOf(
        choices=sorted(LANGUAGES.items(), key=lambda pair: str(pair[1])),
        label=gettext_lazy("Languages you can have a conversation in"),
    )


class WorkingHours(Form):
    zone = ZoneField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for day, name in DAY_NAMES.items():
            self.fields[f"{day}_from"] = TimeField(required=False, label=_("%(day)s from") % {"day": name})
            self.fields[f"{day}_to"] = TimeField(required=False, label=_("%(day)s until") % {"day": name})

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        for day, name in DAY_NAMES.items():
            start, end = given.get(f"{day}_from"), given.get(f"{day}_to")
            if f"{day}_from" in self.errors or f"{day}_to" in self.errors:
                continue
            if (start is None) != (end is None):
                self.add_error(f"{day}_to", _("Give both times for %(day)s, or none.") % {"day": name})
            elif start and end and end <= start:
                self.add_error(f"{day}_to", _("%(day)s ends before it begins.") % {"day": name})
        if not self.errors and not any(given.get(f"{day}_from") for day in WEEKDAYS):
            self.add_error("mon_from", _("Give at least one day on which you work."))
        return given


class Values(Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for rank in range(1, RANKED_VALUES + 1):
            self.fields[f"value_{rank}"] = fields.ChoiceField(
                choices=[("", _("Choose one")), *Value.choices],
                label=_("Number %(rank)s") % {"rank": rank},
            )

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        seen: dict[str, int] = {}
        for rank in range(1, RANKED_VALUES + 1):
            value = given.get(f"value_{rank}")
            if value and value in seen:
                self.add_error(
                    f"value_{rank}",
                    _("You have “%(value)s” as number %(rank)s already. Choose another.")
                    % {"value": Value(value).label, "rank": seen[value]},
                )
            elif value:
                seen[value] = rank
        return given


SCALE = [(str(step), str(step)) for step in range(1, 6)]


class WorkingStyle(Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, words in Style.choices:
            self.fields[code] = OneOf(
                choices=SCALE,
                label=words,
                help_text=_("1 is the first half of the sentence, 5 the second."),
            )


class LearningOrientation(Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, words in LearningItem.choices:
            self.fields[code] = OneOf(
                choices=SCALE,
                label=words,
                help_text=_("1 is not like me, 5 is very like me."),
                required=False,
            )


class Interests(Form):
    interests = Words(
        most=MOST_INTERESTS,
        label=gettext_lazy("What you like to talk about outside work"),
        help_text=gettext_lazy("One a line, eight at most."),
        required=False,
    )


class Mode(Form):
    mode = OneOf(choices=Profile.Mode.choices, label=gettext_lazy("How you like to meet"))


LIKE, UNLIKE = "same", "different"
PREFERENCES = {
    "function": gettext_lazy("Their function"),
    "site": gettext_lazy("Where they work"),
    "grade": gettext_lazy("Their level"),
}


class Preferences(Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, words in PREFERENCES.items():
            self.fields[code] = OneOf(
                choices=[
                    ("", _("Does not matter")),
                    (LIKE, _("The same as mine")),
                    (UNLIKE, _("Different from mine")),
                ],
                label=words,
                required=False,
            )


class NotThisPerson(Form):
    people = Words(
        most=10,
        label=gettext_lazy("Email addresses of people you should not be matched with"),
        help_text=gettext_lazy("One a line. They are not told, and nobody asks why."),
        required=False,
    )
    seen_by = {
        "people": gettext_lazy("Only you and the matching know this. Coordinators and HR cannot read it.")
    }

    def clean_people(self) -> list[User]:
        found = []
        for address in self.cleaned_data["people"]:
            person = User.objects.active().known_as(address).first()
            if person is None:
                raise ValidationError(
                    _("Nobody here has the address %(address)s. Check it, or leave it out.")
                    % {"address": address}
                )
            found.append(person)
        return found


class Part(NamedTuple):
    """``initial(person)`` fills the form, ``keep(person, cleaned, now)`` writes what it brought."""

    form: type[Form]
    initial: Callable[[User], dict[str, Any]]
    keep: Callable[[User, dict[str, Any], datetime], None]
    answered: Callable[[User], str]


def topics(person: User, side: str) -> list[str]:
    links = person.profile.topic_links.filter(side=side).select_related("topic").order_by("rank", "pk")
    return [link.topic.name for link in links]


def topic_named(name: str) -> Topic:
    """Another may make the same topic at the same moment."""
    same = Topic.objects.filter(name__iexact=name)
    if found := same.first():
        return found
    try:
        with transaction.atomic():
            return Topic.objects.create(name=name)
    except IntegrityError:
        return same.get()


def keep_topics(person: User, side: str, names: list[str]) -> None:
    known = {topic.name.casefold(): topic for topic in Topic.objects.filter(name__in=names)}
    for name in names:
        if name.casefold() not in known:
            known[name.casefold()] = topic_named(name)
    person.profile.topic_links.filter(side=side).delete()
    ProfileTopic.objects.bulk_create(
        ProfileTopic(profile=person.profile, topic=known[name.casefold()], side=side, rank=rank)
        for rank, name in enumerate(names, 1)
    )


def column(name: str, *, form: type[Form], words: Callable[[Any], str]) -> Part:
    """A part that is one column of the profile."""

    def keep(person: User, cleaned: dict[str, Any], now: datetime) -> None:
        setattr(person.profile, name, cleaned[name])
        person.profile.save(update_fields=[name])

    return Part(
        form,
        lambda person: {name: getattr(person.profile, name)},
        keep,
        lambda person: words(getattr(person.profile, name)),
    )


def mapping(
    name: str, *, form: type[Form], words: Callable[[dict[str, Any]], str], number: bool = True
) -> Part:
    """A part that is one JSON column holding code to answer."""

    def keep(person: User, cleaned: dict[str, Any], now: datetime) -> None:
        given = {code: int(value) if number else value for code, value in cleaned.items() if value}
        setattr(person.profile, name, given)
        person.profile.save(update_fields=[name])

    return Part(
        form,
        lambda person: {code: str(value) for code, value in getattr(person.profile, name).items()},
        keep,
        lambda person: words(getattr(person.profile, name)),
    )


def keep_hours(person: User, cleaned: dict[str, Any], now: datetime) -> None:
    hours = {
        day: [[f"{cleaned[f'{day}_from']:%H:%M}", f"{cleaned[f'{day}_to']:%H:%M}"]]
        for day in WEEKDAYS
        if cleaned.get(f"{day}_from")
    }
    person.profile.working_hours = hours
    person.profile.save(update_fields=["working_hours"])
    person.zone, person.zone_confirmed = cleaned["zone"], True
    person.save(update_fields=["zone", "zone_confirmed"])
    rezone(person, person.zone)


def hours_initial(person: User) -> dict[str, Any]:
    found: dict[str, Any] = {"zone": person.zone}
    for day, spans in (person.profile.working_hours or OFFICE_HOURS).items():
        if spans:
            found[f"{day}_from"] = time.fromisoformat(spans[0][0])
            found[f"{day}_to"] = time.fromisoformat(spans[-1][1])
    return found


def hours_words(person: User) -> str:
    days = [
        _("%(day)s %(start)s to %(end)s") % {"day": name, "start": spans[0][0], "end": spans[-1][1]}
        for day, name in DAY_NAMES.items()
        if (spans := person.profile.working_hours.get(day))
    ]
    return "; ".join([*days, zone_words(person.zone)])


def keep_values(person: User, cleaned: dict[str, Any], now: datetime) -> None:
    person.profile.values = [cleaned[f"value_{rank}"] for rank in range(1, RANKED_VALUES + 1)]
    person.profile.save(update_fields=["values"])


def private_wishes(person: User) -> list[User]:
    wishes = person.exclusions.filter(kind=Exclusion.Kind.NOT_THIS_PERSON, until=None).select_related("other")
    return [wish.other for wish in wishes.order_by("pk")]


def wishes_words(person: User) -> str:
    """How many, not who: this stands on pages that somebody may look at over a shoulder."""
    count = len(private_wishes(person))
    if not count:
        return ""
    return ngettext("%(count)s person, known only to you", "%(count)s people, known only to you", count) % {
        "count": count
    }


def keep_wishes(person: User, cleaned: dict[str, Any], now: datetime) -> None:
    wanted = {other.pk for other in cleaned["people"]} - {person.pk}
    current = person.exclusions.filter(kind=Exclusion.Kind.NOT_THIS_PERSON, until=None)
    current.exclude(other__in=wanted).update(until=now)
    for other in wanted - set(current.values_list("other_id", flat=True)):
        Exclusion.objects.create(author=person, other_id=other, since=now)


def languages_words(codes: list[str]) -> str:
    return ", ".join(str(LANGUAGES.get(code, code)) for code in codes)


def styles_words(given: dict[str, Any]) -> str:
    return "; ".join(f"{label}: {given[code]}" for code, label in Style.choices if code in given)


def learning_words(given: dict[str, Any]) -> str:
    return "; ".join(f"{label}: {given[code]}" for code, label in LearningItem.choices if code in given)


def preference_words(given: dict[str, Any]) -> str:
    meaning = {LIKE: _("the same as mine"), UNLIKE: _("different from mine")}
    return "; ".join(
        f"{label}: {meaning[given[code]]}"
        for code, label in PREFERENCES.items()
        if given.get(code) in meaning
    )


PARTS = {
    "skills_wanted": Part(
        SkillsWanted,
        lambda person: {"skills_wanted": topics(person, "wanted")},
        lambda person, cleaned, now: keep_topics(person, "wanted", cleaned["skills_wanted"]),
        lambda person: ", ".join(topics(person, "wanted")),
    ),
    "skills_offered": Part(
        SkillsOffered,
        lambda person: {"skills_offered": topics(person, "offered")},
        lambda person, cleaned, now: keep_topics(person, "offered", cleaned["skills_offered"]),
        lambda person: ", ".join(topics(person, "offered")),
    ),
    "goals": column("goals", form=Goals, words=str),
    "languages": column("languages", form=Languages, words=languages_words),
    "working_hours": Part(WorkingHours, hours_initial, keep_hours, hours_words),
    "values": Part(
        Values,
        lambda person: {f"value_{rank}": value for rank, value in enumerate(person.profile.values, 1)},
        keep_values,
        lambda person: ", ".join(str(Value(value).label) for value in person.profile.values),
    ),
    "working_style": mapping("working_style", form=WorkingStyle, words=styles_words),
    "learning_orientation": mapping("learning_orientation", form=LearningOrientation, words=learning_words),
    "interests": column("interests", form=Interests, words=", ".join),
    "mode": column("mode", form=Mode, words=lambda mode: str(Profile.Mode(mode).label) if mode else ""),
    "preferences": mapping("preferences", form=Preferences, words=preference_words, number=False),
    "not_this_person": Part(
        NotThisPerson,
        lambda person: {"people": [other.email or other.full_name for other in private_wishes(person)]},
        keep_wishes,
        wishes_words,
    ),
}
