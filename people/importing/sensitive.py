"""Columns that this product must not hold, known by their heading or by what stands in them.

They are never a target, are never stored, and are named to the person who brought the file.
"""

import re
from collections.abc import Iterable
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from people.importing.headings import words


class Category(StrEnum):
    PAY = "pay"
    ORIGIN = "origin"
    SEX = "sex"
    ORIENTATION = "orientation"
    BIRTH = "birth"
    FAMILY = "family"
    CITIZENSHIP = "citizenship"
    RELIGION = "religion"
    HEALTH = "health"
    VIEWS = "views"
    RECORD = "record"
    NUMBERS = "numbers"
    PERFORMANCE = "performance"
    SENTIMENT = "sentiment"
    ABSENCE = "absence"
    LEAVING = "leaving"
    IN_TEXT = "in_text"

    @property
    def label(self) -> str:
        return str(LABELS[self])

    @property
    def is_private(self) -> bool:
        """About the person rather than the work."""
        return self not in (self.PAY, self.PERFORMANCE, self.SENTIMENT, self.ABSENCE, self.LEAVING)


LABELS: dict[Category, str | Promise] = {
    Category.PAY: _("pay"),
    Category.ORIGIN: _("race or ethnic origin"),
    Category.SEX: _("sex or gender"),
    Category.ORIENTATION: _("identity, orientation or diversity"),
    Category.BIRTH: _("birth date or age"),
    Category.FAMILY: _("family"),
    Category.CITIZENSHIP: _("citizenship, visa or military service"),
    Category.RELIGION: _("religion"),
    Category.HEALTH: _("health or disability"),
    Category.VIEWS: _("political views or union membership"),
    Category.RECORD: _("criminal record"),
    Category.NUMBERS: _("personal or bank number"),
    Category.PERFORMANCE: _("rating of performance"),
    Category.SENTIMENT: _("survey or satisfaction score"),
    Category.ABSENCE: _("absence or lateness"),
    Category.LEAVING: _("reason for leaving"),
    Category.IN_TEXT: _("texts that speak of private matters"),
}

# A heading that has one of these as a whole word ("pay", not "payroll") …
WORDS: dict[Category, str] = {
    Category.PAY: """
        pay pays salary salaries wage wages compensation comp remuneration earnings income bonus bonuses
        payband paygrade fte rate hourly ctc equity stock gehalt lohn vergutung entgelt entgeltgruppe
        salaire remuneration salario sueldo retribucion lonn lonnstrinn salaris loon lon""",
    Category.ORIGIN: """
        race races ethnic ethnicity ethnicities hispanic latino latina latinx color colour skin tribe caste
        bame poc minority indigenous aboriginal ethnie etnia etnisitet rasse herkunft migrationshintergrund
        etniciteit""",
    Category.SEX: """
        sex sexe gender genders genderid pronoun pronouns male female salutation honorific mr mrs geschlecht
        anrede genre civilite sexo genero kjonn geslacht aanhef kon kun""",
    Category.ORIENTATION: """
        orientation sexual sexuality lgbt lgbtq lgbtqi lgbtqia transgender trans queer identity identities
        identitat identite identidad identitet characteristic characteristics diversity protected""",
    Category.BIRTH: """
        birth birthday birthdate dob birthplace born age geburtsdatum geburtstag geburtsort geboren alter
        naissance nacimiento edad cumpleanos fodselsdato fodt fodselsdag alder geboortedatum leeftijd
        verjaardag generation""",
    Category.FAMILY: """
        marital married marriage spouse children kids dependents dependants maiden familienstand kinder
        matrimonial enfants hijos sivilstatus sivilstand barn burgerlijke kinderen""",
    Category.CITIZENSHIP: """
        citizen citizenship nationality nationalities national visa immigration immigrant veteran military
        staatsangehorigkeit nationalitat staatsburgerschaft nationalite nacionalidad ciudadania
        statsborgerskap nasjonalitet nationaliteit passport pasaporte citizendesc""",
    Category.RELIGION: """
        religion religious faith denomination confession church konfession religion religionszugehorigkeit
        kirchensteuer livssyn trossamfunn geloof""",
    Category.HEALTH: """
        disability disabilities disabled handicap handicapped health medical illness diagnosis pregnancy
        pregnant behinderung schwerbehindert schwerbehinderung gesundheit sante discapacidad salud
        funksjonsnedsettelse helse gezondheid neurodiversity neurodivergent blood allergy allergies
        vaccination vaccinated""",
    Category.VIEWS: """
        political politics party union unions gewerkschaft syndicat sindicato fagforening vakbond""",
    Category.RECORD: "criminal conviction convictions arrest vorstrafen disciplinary warning warnings",
    Category.NUMBERS: """
        ssn sin nin nino iban bic swift bank account tax passport licence license personnummer fodselsnummer
        sozialversicherungsnummer steuernummer steuerid dni nif nie bsn rijksregisternummer aadhaar""",
    Category.PERFORMANCE: """
        performance perf score scores rating ratings appraisal appraisals evaluation evaluations review
        reviews pip potential ninebox talent kpi bewertung beurteilung leistung leistungsbewertung
        evaluacion desempeno prestasjon beoordeling calibration promotable successor""",
    Category.SENTIMENT: """
        engagement satisfaction enps nps survey surveys mood wellbeing zufriedenheit tilfredshet
        tevredenheid attrition""",
    Category.ABSENCE: """
        absence absences absent absenteeism sick sickness sickdays late lateness tardy tardiness attendance
        fehlzeiten krankheitstage fehltage krank ausencias bajas absentisme sykefravaer fravaer
        ziekteverzuim verzuim""",
    Category.LEAVING: "fired dismissed",
}
# … or one of these anywhere in it, since some systems write headings without a break.
PARTS: dict[Category, str] = {
    Category.PAY: "salary gehalt compensation remuneration payrate basepay hourlyrate",
    Category.ORIGIN: "ethnic hispanic raceid racedesc racecode",
    Category.SEX: "gender geschlecht sexcode",
    Category.ORIENTATION: "sexualorient lgbt diversity",
    Category.BIRTH: "birth geburt naissance nacimiento fodsel geboorte",
    Category.FAMILY: "marital married numberofchildren civilstatus estadocivil etatcivil",
    Category.CITIZENSHIP: "citizen nationalit nacionalidad staatsangeh statsborger veteran immigration",
    Category.RELIGION: "religio konfession",
    Category.HEALTH: "disab behinder handicap discapac pregnan schwanger medical",
    Category.NUMBERS: """
        socialsecurity nationalinsurance bankaccount accountnumber passport taxid iban sozialversicher
        fodselsn""",
    Category.PERFORMANCE: "perfscore performance appraisal beurteilung",
    Category.SENTIMENT: "satisfaction engagement",
    Category.ABSENCE: "absence absent sickday dayslate sykefrav krankheit",
    Category.LEAVING: """
        termreason terminationreason leavingreason reasonforleaving exitreason separationreason
        austrittsgrund kundigungsgrund motifdedepart motifdesortie motivodebaja motivobaja""",
}
# Headings that carry one of the above and yet name something else.
HARMLESS = frozenset("emailaccount mailaccount useraccount accountname talentgroup talentcommunity".split())

# What stands in such columns, for headings that do not tell.
VALUES: dict[Category, str] = {
    Category.SEX: """
        m, f, w, d, x, male, female, man, woman, men, women, non-binary, nonbinary, non binary, other,
        diverse, divers, mannlich, weiblich, herr, frau, mr, mrs, ms, miss, mx, homme, femme, masculin,
        feminin, monsieur, madame, mme, hombre, mujer, masculino, femenino, mann, kvinne, kvinde, kvinna,
        vrouw, he/him, she/her, they/them, prefer not to say""",
    Category.ORIGIN: """
        white, black, asian, hispanic, latino, latina, latinx, caucasian, african american, black or african
        american, american indian or alaska native, native american, pacific islander, native hawaiian or
        other pacific islander, two or more races, mixed, mixed race, hispanic or latino, not hispanic or
        latino, white british, black british, asian british, arab, roma, prefer not to say""",
    Category.FAMILY: """
        single, married, divorced, widowed, separated, civil partnership, registered partnership, ledig,
        verheiratet, geschieden, verwitwet, getrennt, celibataire, marie, mariee, divorce, divorcee, veuf,
        veuve, pacse, soltero, soltera, casado, casada, divorciado, divorciada, viudo, viuda, ugift, gift,
        skilt, samboer, enke, ongehuwd, gehuwd, gescheiden""",
    Category.CITIZENSHIP: """
        us citizen, eligible noncitizen, eligible non-citizen, non-citizen, noncitizen, citizen, permanent
        resident, green card, visa holder, veteran, not a veteran, h-1b, h1b""",
    Category.RELIGION: """
        christian, catholic, protestant, evangelical, lutheran, orthodox, muslim, islam, jewish, hindu,
        buddhist, sikh, atheist, agnostic, no religion, katholisch, evangelisch, muslimisch, judisch,
        konfessionslos, catolico, musulman""",
    Category.ORIENTATION: """
        heterosexual, straight, gay, lesbian, bisexual, homosexual, queer, asexual, pansexual, aromantic,
        transgender, trans, cisgender, non-binary, asexual or aromantic, intersex, ethnic minority,
        disabled, neurodivergent, working class, lower socio-economic background""",
    Category.HEALTH: """
        disabled, not disabled, no disability, has disability, schwerbehindert, blind, deaf,
        wheelchair user""",
    Category.PERFORMANCE: """
        exceeds, fully meets, meets, needs improvement, pip, meets expectations, exceeds expectations, below
        expectations, far exceeds expectations, does not meet expectations, partially meets, outstanding,
        unsatisfactory, exceptional""",
}

HEADING_WORDS = {word: category for category, text in WORDS.items() for word in text.split()}
HEADING_PARTS = [(part, category) for category, text in PARTS.items() for part in text.split()]
VALUE_WORDS = {
    category: frozenset(" ".join(value.split()) for value in text.split(","))
    for category, text in VALUES.items()
}
IN_TEXT = re.compile(
    r"\b(?:gay|lesbian|bisexual|asexual|transgender|non-binary|queer|heterosexual|disabled|disability|"
    r"ethnic minority|"
    r"muslim|christian|jewish|hindu|pregnant|divorced|my salary|black or african american)\b",
    re.IGNORECASE,
)
FEW = 40
MANY = 400
TELLING_TEXTS = 0.2


def by_heading(header: str) -> Category | None:
    parts = words(header)
    whole = "".join(parts)
    if whole in HARMLESS:
        return None
    for part, category in HEADING_PARTS:
        if part in whole:
            return category
    return next((HEADING_WORDS[part] for part in parts if part in HEADING_WORDS), None)


def by_values(values: list[str]) -> Category | None:
    """Nearly all that stands in the column belongs to one list of telling words."""
    written = set(values)
    if len(values) < 3 or len(written) > MANY:
        return None
    distinct = {_plain(value) for value in written} - {""}
    if not distinct:
        return None
    for category, telling in VALUE_WORDS.items():
        if len(distinct) <= FEW and _share(distinct, telling) >= 0.8 and _says_enough(category, distinct):
            return category
    pieces = {_plain(piece) for value in distinct for piece in re.split(r"[,;/|]", value)} - {""}
    for category in (Category.ORIENTATION, Category.ORIGIN, Category.RELIGION):
        if len(pieces) <= FEW and _share(pieces, VALUE_WORDS[category] | VALUE_WORDS[Category.HEALTH]) >= 0.6:
            return category
    return None


def _says_enough(category: Category, distinct: set[str]) -> bool:
    """ "Other" alone, or an x in a box, says nothing about sex."""
    if category == Category.SEX:
        return bool(distinct - {"x", "d", "other", "m", "diverse", "prefer not to say"})
    return distinct != {"prefer not to say"}


def _share(found: set[str], telling: frozenset[str]) -> float:
    return len(found & telling) / len(found) if found else 0.0


def _plain(value: str) -> str:
    return " ".join(value.lower().translate(_ACCENTS).split())


_ACCENTS = str.maketrans("äöüéèêåáíóúñ", "aoueeeaaioun")


def in_texts(texts: Iterable[str]) -> float:
    """The share of texts that speak of such matters."""
    texts = list(texts)
    return sum(IN_TEXT.search(text) is not None for text in texts) / len(texts) if texts else 0.0
