"""Names of people: written first name first, and compared in spite of the ways registers write them."""

import re
import unicodedata
from functools import lru_cache

SUFFIX = re.compile(
    r"\A(?:jr|sr|ii|iii|iv|v|phd|ph\.? ?d|md|m\.? ?d|mba|esq|cpa|obe|cbe|mbe|dds|rn|msc|bsc|ma|ba)\.?\Z",
    re.IGNORECASE,
)
COMMA = re.compile(r"\s*,\s*")
TITLES = frozenset(
    """mr mrs ms miss mx dr prof professor sir dame herr frau hr fr dipl ing mag m mme mlle sr sra srta don
    dona ir drs""".split()
)
# After a name, these say how often it was borne.  They are no part of what is compared.
ENDINGS = frozenset("jr sr ii iii iv phd md mba esq".split())
LETTERS = str.maketrans(
    {
        "ß": "ss",
        "ø": "o",
        "æ": "ae",
        "œ": "oe",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "’": "",
        "'": "",
        "`": "",
    }
)
NOT_WORD = re.compile(r"[^\w]+")


def first_name_first(text: str) -> tuple[str, bool]:
    """``Berg, Anna M`` becomes ``Anna M Berg``; the second value is False where the form leaves it open."""
    parts = [part for part in COMMA.split(text) if part]
    if len(parts) < 2:
        return " ".join(parts), True
    endings = []
    while len(parts) > 1 and SUFFIX.match(parts[-1]):
        endings.insert(0, parts.pop())
    if len(parts) == 3 and SUFFIX.match(parts[1]):
        endings.insert(0, parts.pop(1))
    if len(parts) == 1:
        return ", ".join([parts[0], *endings]), True
    if len(parts) > 2:
        return text, False
    last, first = parts
    return " ".join([first, last, *endings]), True


@lru_cache(maxsize=131_072)
def name_words(name: str) -> tuple[str, ...]:
    """The words that count when two names are compared: no case, accents, titles, dots or hyphens."""
    text = unicodedata.normalize("NFKD", name.lower().translate(LETTERS))
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    found = NOT_WORD.sub(" ", text).replace("_", " ").split()
    while len(found) > 2 and found[0] in TITLES:
        found = found[1:]
    while len(found) > 2 and found[-1] in ENDINGS:
        found = found[:-1]
    return tuple(found)


def keys(name: str) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Three ways to look a name up, from strict to loose: in order, in any order, without middle initials."""
    found = name_words(name)
    long = [word for word in found if len(word) > 1]
    loose = tuple(sorted(long)) if len(long) >= 2 else ()
    return found, tuple(sorted(found)), loose


def initials(name: str) -> frozenset[str]:
    return frozenset(word for word in name_words(name) if len(word) == 1)


def has_letter(text: str) -> bool:
    return any(letter.isalpha() for letter in text)
