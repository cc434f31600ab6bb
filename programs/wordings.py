"""Letters that a program may word in its own way: when each goes out, what can stand in it, how a sample reads.

A wording is plain text with placeholders such as `{first_name}`.  Each becomes one line of plain text, in one pass:
what stands in a name is never read as a placeholder again, and none leads to anything but the words listed here.
Times, names, links and the reason why a letter came are the product's own and stay, whatever is written.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activity.kinds import LetterKind, OwnWords, table
from activity.models import Letter
from activity.writing import one_line
from core.dates import day_words
from people.models import User
from programs.letters import coordinator_of, expires_at, sample_words
from programs.models import Enrolment, Program, Wording
from programs.models.programs import Format

PLACEHOLDERS = {
    "first_name": gettext_lazy("what the reader is called"),
    "partner": gettext_lazy("the other person, or the others"),
    "program": gettext_lazy("the name of the program"),
    "coordinator": gettext_lazy("the name of the coordinator"),
    "date": gettext_lazy("the day or time that the letter is about"),
    "stage": gettext_lazy("the stage of the relationship"),
}
EVERYWHERE = ("first_name", "program", "coordinator")
BRACES = re.compile(r"\{([^{}]*)\}|[{}]")
# Line breaks and tabs are part of a text; nothing else that cannot be seen is.
UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
TEXTS = ("subject", "opening", "closing")
# Where the links of a sample lead.
NOWHERE = "/help/"

JOINING, MATCHING = gettext_lazy("Joining"), gettext_lazy("Suggestions")
MEETINGS, GOALS = gettext_lazy("Meetings"), gettext_lazy("Agreement and goals")
LIFE, ENDINGS = gettext_lazy("The relationship"), gettext_lazy("Pauses and endings")
GROUPS = (JOINING, MATCHING, LIFE, MEETINGS, GOALS, ENDINGS)


@dataclass(frozen=True)
class Sample:
    """For whom a letter is made up that nobody gets."""

    program: Program
    reader: User
    now: datetime
    enrolment: Enrolment | None = None
    coordinator: User | None = None


Words = dict[str, Any]
Value = str | Callable[[Words], Any]


@dataclass(frozen=True)
class Editable:
    """One kind of letter that a program may word in its own way.

    `moment` says when it goes out.  `sample` gives what the letter's own context would, without any event behind
    it.  `values` name the placeholders beyond those that every letter has, each with the word of the context that
    stands for it, or how to find it.
    """

    group: Any
    moment: Any
    sample: Callable[[Sample], Words]
    values: Mapping[str, Value] = field(default_factory=dict)
    formats: tuple[str, ...] = tuple(Format.values)

    @property
    def placeholders(self) -> list[str]:
        return [name for name in PLACEHOLDERS if name in EVERYWHERE or name in self.values]

    @property
    def glossary(self) -> list[tuple[str, str]]:
        return [(f"{{{name}}}", PLACEHOLDERS[name]) for name in self.placeholders]


# What may be written


def listed(names: Iterable[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in names)


def check_text(text: str, editable: Editable) -> None:
    """Raises ValidationError, which names what is wrong and what can stand there instead."""
    problems = []
    names = listed(editable.placeholders)
    for found in BRACES.finditer(text):
        if found[1] is None:
            problems.append(
                _("There is a “%(brace)s” by itself. A placeholder has both: %(names)s.")
                % {"brace": found[0], "names": names}
            )
        elif found[1] not in editable.placeholders:
            problems.append(
                _("“%(given)s” is not a placeholder of this letter. These are: %(names)s.")
                % {"given": one_line(found[0])[:60], "names": names}
            )
    if UNSEEN.search(text):
        problems.append(_("There is a character in it that cannot be seen. Type the text anew."))
    if problems:
        raise ValidationError(list(dict.fromkeys(problems)))


def check_subject(text: str, editable: Editable) -> None:
    if any(character in text for character in "\r\n\t"):
        raise ValidationError(_("A subject is one line."))
    check_text(text, editable)


# What becomes of it


def filled(text: str, values: Mapping[str, str]) -> str:
    """`text` with the values in their places; they are not looked at again."""
    return BRACES.sub(lambda found: values.get(found[1] or "", ""), text).strip()


def values_of(editable: Editable, letter: Letter, words: Words) -> dict[str, str]:
    """What each placeholder of this letter stands for, as its reader would say it."""
    program = words["program"]
    coordinator = words.get("coordinator") or coordinator_of(program, letter.data.get("by"))
    reader = letter.person
    given = {"first_name": reader, "program": program.title}
    given["coordinator"] = coordinator.full_name if coordinator else ""
    for name, value in editable.values.items():
        given[name] = value(words) if callable(value) else words.get(value)
    return {name: said(given[name]) for name in editable.placeholders}


def said(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, User):
        return one_line(value.short_name)
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    return day_words(value, "long") if isinstance(value, date) else one_line(str(value))


def in_own_words(
    texts: Mapping[str, str], language: str, editable: Editable, letter: Letter, words: Words
) -> OwnWords:
    values = values_of(editable, letter, words)
    return OwnWords(**{name: filled(texts[name], values) for name in TEXTS}, language=language)


def own_words(kind: str, editable: Editable, letter: Letter, words: Words) -> OwnWords | None:
    """What the letter's program wants it to say, asked when it goes out."""
    wording = Wording.objects.filter(program=words["program"], kind=kind).first()
    if wording is None:
        return None
    return in_own_words(texts_of(wording), wording.language, editable, letter, words)


def texts_of(wording: Wording) -> dict[str, str]:
    return {name: getattr(wording, name) for name in TEXTS}


# The tables of letters


def worded(kinds: Mapping[str, LetterKind], editables: Mapping[str, Editable]) -> dict[str, LetterKind]:
    """The kinds, those that may be worded with a way to ask for the words."""
    return {
        name: replace(kind, own_words=partial(own_words, name, editables[name]))
        if name in editables
        else kind
        for name, kind in kinds.items()
    }


def name_of_test(kind: str) -> str:
    return f"programs.test.{kind}"


def tests_of(kinds: Mapping[str, LetterKind], editables: Mapping[str, Editable]) -> dict[str, LetterKind]:
    """For each kind that may be worded one that its coordinators send to themselves."""
    return table(
        *(
            LetterKind(
                name_of_test(name),
                partial(test_words, editable),
                template=kinds[name].template or name.replace(".", "/"),
                own_words=partial(own_words, name, editable),
            )
            for name, editable in editables.items()
        )
    )


def test_words(editable: Editable, letter: Letter, now: datetime) -> Words | None:
    """To the coordinator, as a participant would get it; its links lead nowhere private."""
    label, _colon, pk = letter.about.partition(":")
    programs = Program.objects.visible_to(letter.person).filter(pk=pk if pk.isdigit() else 0)
    program = programs.first() if label == "programs.program" and letter.person.is_active else None
    if program is None:
        return None
    words = editable.sample(
        Sample(program, letter.person, now, coordinator=coordinator_of(program, letter.person.pk))
    )
    return {
        **words,
        "calendar": "",
        "subject_mark": _("Test:"),
        "why": _("You get this because you asked for a test of this letter of %(program)s.")
        % {"program": program.title},
    }


def sender_words(sample: Sample) -> Words:
    """Who speaks, where, and to whom answers go: the same in every sample."""
    coordinator = sample.coordinator
    return {
        "program": sample.program,
        "coordinator": coordinator,
        "sender_name": coordinator.full_name if coordinator else "",
        "sender_place": sample.program.title,
        "reply_to": (coordinator.email or "") if coordinator else "",
        "path": NOWHERE,
        "why": _("You get this because you take part in %(program)s.") % {"program": sample.program.title},
    }


# The letters of this floor


def sample(given: Sample) -> Words:
    words = sample_words(given.program, given.reader, given.enrolment, given.coordinator)
    return {**words, "step": 1, "days_left": 2, "matching_on": words["enrolment"].cycle.matching_on}


def last_day(words: Words) -> date | datetime:
    return words["answers_until"] or expires_at(words["enrolment"])


UNTIL = {"date": last_day}
EDITABLE = {
    "programs.invitation": Editable(
        JOINING, gettext_lazy("When you publish, and when you invite somebody"), sample, UNTIL
    ),
    "programs.invitation_reminder": Editable(
        JOINING,
        gettext_lazy("Five days after an invitation, and two days before the answers close"),
        sample,
        UNTIL,
    ),
    "programs.continue_later": Editable(
        JOINING, gettext_lazy("When somebody wants to finish the answers later"), sample, UNTIL
    ),
    "programs.answers_received": Editable(
        JOINING,
        gettext_lazy("When somebody has sent the answers"),
        sample,
    ),
}
