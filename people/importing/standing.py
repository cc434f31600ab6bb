"""Words for whether somebody is still here, and for mentor and mentee, as registers write them."""

import re
from functools import lru_cache

from people.importing.headings import bare

HERE = re.compile(
    r"""\A(?:
    active?|a|employed|current|.*still[ ]?employed|not[ ]terminated|yes|y|true|1|active[ ].*|
    re-?hired|future[ ]hire|pre-?hire|onboarding|full[ -]?time|part[ -]?time|permanent|temporary|
    temp|fixed[ -]term|contractor|regular|probation.*|intern|trainee|
    (?:paid|unpaid|medical|family|parental|maternity|paternity|sick|study)?[ ]*leave(?!r).*|
    on[ ].*leave(?!r).*|.*leave[ ]of[ ]absence|loa|furlough.*|sabbatical|aktiv|angestellt|
    beschaftigt|ja|j|vollzeit|teilzeit|befristet|unbefristet|probezeit|elternzeit|mutterschutz|
    beurlaubt|actif|en[ ]poste|present|oui|o|cdi|cdd|temps[ ]plein|temps[ ]partiel|conge.*|
    activ[oa]|alta|si|s|indefinido|temporal|excedencia|ansatt|i[ ]arbeid|fast|midlertidig|vikar|
    permisjon|actief|in[ ]dienst|verlof|anstalld|attivo
    )\Z""",
    re.VERBOSE,
)
GONE = re.compile(
    r"""\A(?:
    .*\bterminat.*|.*\bresign.*|left|leavers?|has[ ]left|gone|in-?active|not[ ]active|former|
    ex[ -].*|separated|retired|retiree|retirement|dismissed|laid[ ]off|.*redundan.*|deceased|died|
    quit|no|n|false|0|t|exit|exited|offboarded|withdrawn|ended|inaktiv|ausgeschieden|ausgetreten|
    gekundigt|entlassen|pensioniert|verstorben|in[ ]rente|rentner|rentnerin|nein|inactif|sortie?|
    partie?|demission.*|licencie.*|retraite.*|non|inactiv[oa]|baja.*|despedid.*|jubilad.*|cesad.*|
    sluttet|oppsagt|pensjonert|pensjonist|fratradt|nei|uit[ ]dienst|ontslagen|gepensioneerd|
    vertrokken|nee|slutat|ophort|dimesso|cessato
    )\Z""",
    re.VERBOSE,
)


@lru_cache(maxsize=4096)
def has_left(status: str) -> bool | None:
    """None for a word that says neither."""
    word = bare(status)
    if HERE.match(word):
        return False
    return True if GONE.match(word) else None


MENTOR = re.compile(r"\b(?:mentor(?:in|s|en|a|es|e)?|mentor:in|parrain|marraine|adviser|advisor|coach)\b")
MENTEE = re.compile(
    r"\b(?:mentees?|mentoree?s?|mentorad[oa]s?|menti|mentorand|adept(?:en|er)?|proteges?|filleule?s?|learner)\b"
)
BOTH = re.compile(r"\A(?:both|beide?s?|les deux|ambos|begge|allebei|bada|mentor/mentee|entrambi)\Z")
YES = frozenset("yes y true 1 x ja j oui o si s vrai verdadero ✓ ✔ on".split())
NO = frozenset("no n false 0 nein non nei nee faux falso off".split())


@lru_cache(maxsize=4096)
def role_of(text: str, heading: str = "") -> str | None:
    """``mentor``, ``mentee``, ``both`` or empty; None for what says none of them.

    Yes and no answer the heading: yes is a mentor under "Mentor", and both under "both mentor and mentee".
    """
    word = bare(text)
    if word in NO:
        return ""
    if word in YES:
        word = bare(heading.replace("_", " "))
    if BOTH.match(word) or (MENTOR.search(word) and MENTEE.search(word)):
        return "both"
    if MENTOR.search(word):
        return "mentor"
    return "mentee" if MENTEE.search(word) else None
