"""What two people agree on (domain 4.7): terms in their sections, suggestions, the text that is signed.

Plain values.  What is signed is one exact text: canonical JSON of all terms, named by its hash.
"""

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.dates import day_words
from programs.catalogue import AGREEMENT, GROUP_AGREEMENT, PEER_AGREEMENT
from programs.models.programs import Format, Mode
from relationships.dates import rhythm_words


class Term(NamedTuple):
    name: str
    label: str
    hint: str = ""
    rows: int = 2


class Section(NamedTuple):
    name: str
    title: str
    terms: tuple[Term, ...]


SECTIONS = (
    Section(
        "why",
        gettext_lazy("What it is for"),
        (
            Term("purpose", gettext_lazy("What brings us together"), gettext_lazy("One sentence is enough.")),
            Term("in_scope", gettext_lazy("What we talk about")),
            Term("out_of_scope", gettext_lazy("What we leave to others")),
        ),
    ),
    Section(
        "confidence",
        gettext_lazy("What stays between us"),
        (
            Term(
                "confidentiality",
                gettext_lazy("What stays between us, and its limits"),
                gettext_lazy("There are always limits: danger to somebody, and duties in law."),
                3,
            ),
            Term("line_manager", gettext_lazy("What may be said to line managers, and in which words")),
            Term("notes", gettext_lazy("How we keep notes")),
        ),
    ),
    Section(
        "meeting",
        gettext_lazy("How we meet"),
        (
            Term("place", gettext_lazy("Where, and how we reach each other in between")),
            Term("scheduling", gettext_lazy("Who proposes dates, and how soon we answer")),
            Term("cancelling", gettext_lazy("If one of us cancels")),
        ),
    ),
    Section(
        "expectations",
        gettext_lazy("What we expect of each other"),
        (
            Term("expectations_of_mentee", gettext_lazy("Of the mentee")),
            Term("expectations_of_mentor", gettext_lazy("Of the mentor")),
            Term("feedback", gettext_lazy("How we tell each other what helps")),
        ),
    ),
    Section(
        "difficulties",
        gettext_lazy("When it gets difficult"),
        (
            Term("disagreement", gettext_lazy("How we handle disagreement, and who helps")),
            Term("conflicts", gettext_lazy("Conflicts of interest")),
            Term("ending", gettext_lazy("How either of us can end this")),
            Term("commitment", gettext_lazy("Our promise, in one sentence")),
        ),
    ),
)
EXPECTATIONS = {
    Format.PEER: (Term("expectations", gettext_lazy("Of each other")),),
    Format.GROUP: (
        Term("expectations_of_mentee", gettext_lazy("Of the mentees")),
        Term("expectations_of_mentor", gettext_lazy("Of those who lead the group")),
    ),
}
SUGGESTED = {
    "purpose": "",  # nobody can say this for them
    "place": gettext_lazy("We meet by video or in person, and write by email in between."),
    "commitment": gettext_lazy("We give this our time and our honesty until the end we have agreed on."),
}
SUGGESTED_IN = {Format.PEER: PEER_AGREEMENT, Format.GROUP: GROUP_AGREEMENT}


def sections_for(format: str) -> tuple[Section, ...]:
    """What is agreed on; what is expected of whom differs by the kind of relationship."""
    special = EXPECTATIONS.get(format)
    if special is None:
        return SECTIONS
    return tuple(
        section._replace(terms=(*special, section.terms[-1])) if section.name == "expectations" else section
        for section in SECTIONS
    )


def terms_for(format: str) -> dict[str, Term]:
    return {term.name: term for section in sections_for(format) for term in section.terms}


TERMS = terms_for(Format.ONE_TO_ONE)
EVERY_TERM = {**terms_for(Format.PEER), **TERMS}
COUNTED = ("cadence_days", "meeting_minutes", "review_on")


@dataclass(frozen=True)
class Terms:
    """All that is agreed: words by the names of ``EVERY_TERM`` with the ``mode``, and what the clock counts."""

    words: Mapping[str, str]
    cadence_days: int
    meeting_minutes: int
    review_on: date | None

    def content_hash(self, relationship: str, version: int) -> str:
        """SHA-256 over the canonical text, naming its relationship and version: one signature, one text."""
        return hashlib.sha256(self.canonical(relationship, version).encode()).hexdigest()

    def canonical(self, relationship: str, version: int) -> str:
        content = {
            "relationship": relationship,
            "version": version,
            "terms": dict(self.words),
            "cadence_days": self.cadence_days,
            "meeting_minutes": self.meeting_minutes,
            "review_on": self.review_on.isoformat() if self.review_on else None,
        }
        return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


class Change(NamedTuple):
    """One term that is another in two versions."""

    name: str
    label: str
    before: str
    after: str
    is_voice: bool


def clean(words: Mapping[str, str]) -> dict[str, str]:
    """One spelling for what looks the same: composed letters, plain line ends, no blanks around."""
    known = [*EVERY_TERM, "mode"]
    return {name: _plain(words[name]) for name in known if _plain(words.get(name) or "")}


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").strip()


def suggestions(settings: Mapping[str, Any], format: str = Format.ONE_TO_ONE) -> dict[str, str]:
    """What stands in the form at first: the program's own words where it has some."""
    own = settings.get("agreement") or {}
    usual = {**SUGGESTED_IN.get(format, AGREEMENT), **SUGGESTED}
    return {name: str(own.get(name) or usual.get(name, "")) for name in terms_for(format)}


def difference(before: Terms, after: Terms) -> list[Change]:
    labels = {name: str(term.label) for name, term in EVERY_TERM.items()}
    changes = [
        Change(name, labels[name], before.words.get(name, ""), after.words.get(name, ""), True)
        for name in EVERY_TERM
        if before.words.get(name, "") != after.words.get(name, "")
    ]
    old, new = facts(before), facts(after)
    return [
        Change(name, label, old[name][1], words, False)
        for name, (label, words) in new.items()
        if old[name][1] != words
    ] + changes


def facts(terms: Terms) -> dict[str, tuple[str, str]]:
    """What is counted, with its label and in words."""
    mode = Mode(terms.words["mode"]).label if terms.words.get("mode") in Mode.values else ""
    return {
        "cadence_days": (_("How often"), rhythm_words(terms.cadence_days)),
        "meeting_minutes": (_("How long"), _("%(minutes)s minutes") % {"minutes": terms.meeting_minutes}),
        "mode": (_("How"), str(mode)),
        "review_on": (_("We look at this again"), day_words(terms.review_on) if terms.review_on else ""),
    }
