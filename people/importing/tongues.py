"""Names of languages, in the languages that registers are kept in."""

import re
from functools import cache, lru_cache

from django.conf.locale import LANG_INFO
from django.utils import translation

from people.importing.headings import bare

SPOKEN = ("en", "de", "fr", "es", "nb", "nl", "sv", "da", "it", "pt", "fi", "pl")
# Code and names, for languages and names that Django does not list.
MORE = """
    zh mandarin, chinese; yue cantonese; fa farsi; nl flemish; nb norwegian, norsk, norsk bokmal,
    bokmal, norwegian bokmal; nn nynorsk; es castilian, castellano; tl tagalog, filipino; pa punjabi,
    panjabi; gu gujarati; ur urdu; si sinhala; so somali; am amharic; yo yoruba; zu zulu; xh xhosa; sgn
    sign language; bfi british sign language, bsl; ase asl; my burmese; lo lao; ku kurdish; ps pashto;
    mt maltese; lb luxembourgish; ha hausa; ig igbo; ne nepali; ms malay; se sami"""
SAME_LANGUAGE = {"no": "nb", "iw": "he", "in": "id"}
# How well somebody speaks it stands behind the name, in brackets or not.
LEVEL = re.compile(
    r"""\s*(?:[(\[:–—].*|\s-.*|\b(?:[abc][12]\+?|native|fluent|fluently|basic|advanced|intermediate|beginner|
    conversational|mother\ tongue|proficient|good|very\ good|excellent|level|muttersprache|fliessend|fließend|
    verhandlungssicher|grundkenntnisse|courant|natif|maternelle|nativo|fluido|flytende|morsmal|morsmål|moedertaal|
    vloeiend)\b.*)\Z""",
    re.IGNORECASE | re.VERBOSE,
)
BETWEEN_LANGUAGES = re.compile(r"\s*(?:[,;/|\n&+•]|\b(?:and|und|et|y|og|en|och)\b)\s*", re.IGNORECASE)


@cache
def _languages() -> dict[str, str]:
    """Every name of a language that Django knows, in the languages of ``SPOKEN``, with its code."""
    known = {}
    for entry in MORE.split(";"):
        code, names = entry.split(maxsplit=1)
        known |= {" ".join(name.split()): code for name in names.split(",")}
    for code, info in LANG_INFO.items():
        if "name_local" in info:
            base = _base(code)
            known |= {code.lower(): base, bare(info["name"]): base, bare(info["name_local"]): base}
    for spoken in SPOKEN:
        with translation.override(spoken):
            for code, info in LANG_INFO.items():
                if "name" in info:
                    known.setdefault(bare(translation.gettext(info["name"])), _base(code))
    return known


def _base(code: str) -> str:
    base = code.split("-")[0].lower()
    return SAME_LANGUAGE.get(base, base)


@lru_cache(maxsize=4096)
def language_of(text: str) -> str | None:
    """``German (B2)`` is ``de``."""
    known = _languages()
    word = bare(text)
    for form in (
        word,
        bare(LEVEL.sub("", text)),
        _base(word) if re.fullmatch(r"[a-z]{2}[-_][a-z]{2}", word) else "",
    ):
        if form and form in known:
            return known[form]
    return None


def spoken_in(text: str) -> list[str]:
    return list(dict.fromkeys(part for part in BETWEEN_LANGUAGES.split(text) if part.strip()))
