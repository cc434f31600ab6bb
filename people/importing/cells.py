"""One cell made clean: no invisible characters, no padding, no word that only means "nothing"."""

import re
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

# Blanks of every width, and the line breaks that stand inside a quoted cell.
BLANKS = re.compile(r"[\s\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
# Controls, soft hyphens, marks of direction, byte-order marks in the middle.
# Joiners stay: some scripts need them.
INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]"
)
JOINERS = re.compile("[\u200c\u200d]")
LATIN_ONLY = re.compile("\\A[\x00-\u024f\u200c\u200d]*\\Z")
GARBLED = re.compile("\ufffd|Ã[\u0080-\u00bf\u2018-\u203a\u0152-\u0192€™]|Â[\u00a0-\u00bf]|â€")
NOTHING = frozenset(
    """- – — -- --- . n/a n.a. #n/a na none null nil nan (blank) (leer) (none) <null> k.a. keine aucun aucune
    ninguno     ingen geen ? tbd tba unknown unbekannt inconnu desconocido ukjent onbekend""".split()
) | {"k. a.", "not applicable"}
# "Null", "Na" and "Nil" are names that people bear.
NO_NAME = frozenset({"-", "–", "—", "--", "---", ".", "n/a", "n.a.", "#n/a", "?", "(blank)", "unknown"})
LIST = re.compile(r"[;|\n•·]")
ADDRESS = re.compile(r"<([^<>\s]+@[^<>\s]+)>\s*\Z")


def fold(text: str) -> str:
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()  # by far the most cells
    return BLANKS.sub(" ", text).strip()


def without_invisible(text: str) -> str:
    """The text as a reader sees it."""
    text = INVISIBLE.sub("", text)
    return JOINERS.sub("", text) if LATIN_ONLY.match(text) else text


def has_invisible(text: str) -> bool:
    return not (text.isascii() and text.isprintable()) and without_invisible(text) != text


def plain(text: str) -> str:
    """A value of one line; what only says that there is nothing becomes empty."""
    text = unquoted(fold(text))
    return "" if text.lower() in NOTHING else text


def unquoted(text: str) -> str:
    """Spreadsheets mark text with an apostrophe; exports write one so that nothing calculates."""
    return text[1:].lstrip() if text[:1] == "'" and text[1:2] in "=+-@0123456789" else text


@lru_cache(maxsize=4096)
def pieces(text: str) -> tuple[str, ...]:
    """The parts of a list in one cell, each once, in order.  Commas divide where no stronger sign does."""
    parts = LIST.split(text.replace("\r", "\n"))
    if len(parts) == 1:
        parts = text.split(",")
    clean = (plain(part.strip(" -*\t")) for part in parts)
    return tuple(dict.fromkeys(part for part in clean if part))


def address(text: str) -> str:
    """The e-mail address in ``Anna Berg <anna@example.org>`` or ``mailto:anna@example.org``."""
    if found := ADDRESS.search(text):
        return found[1]
    return text[7:] if text[:7].lower() == "mailto:" else text


@lru_cache(maxsize=4096)
def _is_domain(domain: str) -> bool:
    try:
        validate_email(f"a@{domain}")
    except ValidationError:
        return False
    return True


LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*\Z")


def is_address(text: str) -> bool:
    local, at, domain = text.rpartition("@")
    return (
        bool(at)
        and len(text) <= 254
        and len(local) <= 64
        and LOCAL.match(local) is not None
        and _is_domain(domain)
    )
