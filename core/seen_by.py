"""Who can read what a person writes: said under every field in which one writes."""

from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class SeenBy(NamedTuple):
    """A sentence, and whether it names nobody but the writer."""

    words: str
    private: bool = False


WORDS = {
    "me": SeenBy(gettext_lazy("Only you can read this."), private=True),
    "pair": SeenBy(gettext_lazy("You and %(other)s can read this. Coordinators and HR cannot.")),
    "members": SeenBy(
        gettext_lazy("Everybody in this relationship can read this. Coordinators and HR cannot.")
    ),
    "coordinators": SeenBy(
        gettext_lazy("You and the coordinators of this program can read this. HR cannot.")
    ),
    "staff": SeenBy(
        gettext_lazy("The coordinators of this program can read this. Participants and HR cannot.")
    ),
    "participants": SeenBy(gettext_lazy("Everybody who takes part in this program can read this.")),
    "totals": SeenBy(gettext_lazy("Only totals are shown, never the answer of one person."), private=True),
}


def sentence_for(readers: SeenBy | str, other: str = "") -> tuple[str, bool]:
    """``readers`` is a word of ``WORDS``, a ``SeenBy``, or a sentence of one's own."""
    known = readers if isinstance(readers, SeenBy) else WORDS.get(readers, SeenBy(readers))
    words = str(known.words)
    return words % {"other": other or _("the other")} if "%(other)s" in words else words, known.private
