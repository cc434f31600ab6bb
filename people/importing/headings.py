"""What the words over a column promise, in the languages that HR systems speak."""

import re
import unicodedata
from functools import lru_cache

from people.importing.targets import Target

CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
NOT_WORD = re.compile(r"[^a-z0-9]+")
LETTERS = str.maketrans(
    {"ß": "ss", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "Ae", "œ": "oe", "ł": "l", "Ł": "L", "đ": "d"}
)


@lru_cache(maxsize=4096)
def words(header: str) -> tuple[str, ...]:
    """Plain words without accents: ``EmpID`` and ``Emp. Id`` are both emp, id."""
    text = unicodedata.normalize("NFKD", CAMEL.sub(" ", header.replace("#", " number ").translate(LETTERS)))
    text = "".join(letter for letter in text if not unicodedata.combining(letter)).lower()
    return tuple(NOT_WORD.sub(" ", text).split())


# Whole headings.  They are compared without blanks, so "Date of Hire" and "DateofHire" are one.
SAYS: dict[Target, str] = {
    Target.EMPLOYEE_NUMBER: """
        employee number, employee no, employee nr, employee id, employee code, emp id, emp no, emp number,
        emp code, eid, staff number, staff id, staff no, personnel number, personnel no, personnel id, pers
        no, payroll number, payroll id, payroll no, worker id, worker number, associate id, person id,
        person number, hr id, workday id, sap id, badge number, badge id, clock number, user id, assignment
        number, id, number, no, personalnummer, personal nr, personalnr, pers nr, mitarbeiternummer,
        mitarbeiter nr, mitarbeiter id, mitarbeiternr, stammnummer, matricule, numero de matricule, numero
        employe, numero salarie, id employe, id salarie, numero de empleado, id empleado, n empleado,
        legajo, codigo de empleado, codigo empleado, ansattnummer, ansattnr, ansatt nr, ansatt id,
        ressursnummer, personeelsnummer, personeelsnr, medewerkernummer, medewerker id, medarbejdernummer,
        anstallningsnummer, matricola, numero de funcionario""",
    Target.FULL_NAME: """
        name, full name, fullname, employee name, employee, staff name, worker, worker name, person, person
        name, display name, legal name, complete name, associate name, participant, participant name,
        employee full name, name surname, surname name, last name first name, first name last name, last
        first, name last first, vollstandiger name, vor und nachname, vorname nachname, nachname vorname,
        mitarbeiter, mitarbeitername, mitarbeiterin, nom complet, nom et prenom, nom prenom, prenom nom, nom
        prenoms, salarie, collaborateur, employe, nombre completo, nombre y apellidos, apellidos y nombre,
        apellidos nombre, empleado, navn, fullt navn, ansatt, ansattnavn, naam, volledige naam, medewerker,
        namn, fuldt navn, nome completo""",
    Target.FIRST_NAME: """
        first name, firstname, first, given name, given names, forename, forenames, fname, christian name,
        name first, legal first name, employee first name, vorname, rufname vorname, vornamen, prenom,
        prenoms, nombre, nombres, fornavn, voornaam, fornamn, nome, nome proprio""",
    Target.LAST_NAME: """
        last name, lastname, last, surname, surnames, family name, lname, name last, legal last name, second
        name, employee last name, nachname, familienname, zuname, nom, nom de famille, nom usuel, apellido,
        apellidos, etternavn, achternaam, efternamn, efternavn, cognome, sobrenome, apelido""",
    Target.CALLED: """
        preferred name, preferred first name, known as, nickname, nick name, called, goes by, calling name,
        call name, rufname, spitzname, prenom usuel, surnom, nombre preferido, apodo, kallenavn, kaldenavn,
        roepnaam, tilltalsnamn""",
    Target.EMAIL: """
        email, e mail, mail, email address, e mail address, mail address, work email, work e mail, business
        email, company email, corporate email, office email, primary email, email work, email id, primary
        work email, employee email, user principal name, upn, login email, e mail adresse, emailadresse,
        mailadresse, dienstliche e mail, courriel, adresse e mail, adresse mail, adresse courriel, mail
        professionnel, email professionnel, correo, correo electronico, direccion de correo, epost, e post,
        epostadresse, e postadresse, e mailadres, mailadres, emailadres, posta elettronica""",
    Target.JOB_TITLE: """
        job title, jobtitle, title, position, position title, position name, job, job name, role title,
        business title, working title, occupation, job position, designation, post title, stelle,
        stellenbezeichnung, position bezeichnung, jobtitel, funktionsbezeichnung, berufsbezeichnung,
        tatigkeit, poste, intitule de poste, intitule du poste, emploi, titre, puesto, puesto de trabajo,
        cargo, titulo del puesto, stilling, stillingstittel, tittel, yrkestittel, functietitel, functienaam,
        stillingsbetegnelse, befattning, titel, posizione, qualifica""",
    Target.GRADE: """
        grade, job grade, grade level, job level, level, career level, band, job band, rank, seniority,
        seniority level, karrierestufe, karrierelevel, stufe, rang, niveau, echelon, nivel, nivel
        profesional, categoria, niva, stillingsniva, schaal niveau, functieniveau, rango""",
    Target.FUNCTION: """
        function, job function, job family, job family group, profession, discipline, functional area, job
        category, field, specialism, specialty, speciality, practice, practice area, career path, job
        profile, funktion, berufsfeld, fachbereich, fachgebiet, berufsgruppe, tatigkeitsfeld, fonction,
        metier, famille de metiers, filiere, funcion, area funcional, familia profesional, profesion,
        funksjon, fagomrade, fagfelt, yrke, functie, vakgebied, functiegroep, funzione""",
    Target.UNIT: """
        department, department name, dept, dept name, unit, org unit, organisational unit, organizational
        unit, organization unit, organisation unit, business unit, business unit name, division, division
        name, section, team, team name, group, organisation, organization, organisation name, organization
        name, directorate, faculty, branch, department description, cost center name, cost centre name,
        abteilung, abteilungsname, bereich, organisationseinheit, orgeinheit, org einheit, referat, ressort,
        geschaftsbereich, departement, direction, service, equipe, unite, pole, entite, departamento, area,
        seccion, unidad, division empresarial, avdeling, avdelingsnavn, enhet, seksjon, divisjon, afdeling,
        afdelingsnaam, onderdeel, sectie, avdelning, enhed, reparto, dipartimento""",
    Target.SITE: """
        site, site name, location, location name, work location, office, office location, office name,
        workplace, work site, base location, primary location, duty station, campus, plant, city, work city,
        standort, arbeitsort, dienstort, niederlassung, werk, buro, site de travail, lieu de travail, lieu,
        localisation, bureau, ville, etablissement, sede, centro de trabajo, ubicacion, lugar de trabajo,
        oficina, ciudad, arbeidssted, kontor, sted, lokasjon, lokalitet, kontorsted, locatie, vestiging,
        standplaats, kantoor, arbetsplats, arbejdssted""",
    Target.HIRED_ON: """
        hire date, date of hire, hired on, hired, hiring date, start date, employment start, employment
        start date, date of joining, joining date, join date, date joined, joined on, original hire date,
        date hired, date started, service date, date of employment, commencement date, entry date, first
        day, latest hire date, most recent hire date, eintrittsdatum, eintritt, einstellungsdatum,
        beschaftigt seit, beginn, date d embauche, date embauche, date d entree, date entree, date d
        arrivee, fecha de ingreso, fecha de alta, fecha de contratacion, fecha ingreso, fecha de inicio,
        ansatt dato, ansettelsesdato, ansattdato, tiltredelse, startdato, ansatt fra, ansiennitetsdato,
        datum in dienst, indiensttreding, in dienst, in dienst sinds, startdatum, ansaettelsesdato,
        anstallningsdatum, data assunzione""",
    Target.LEFT_ON: """
        termination date, date of termination, leaving date, date left, left on, end date, employment end,
        employment end date, exit date, last day, last working day, last day worked, leave date, separation
        date, date of leaving, date terminated, terminated on, end of employment, austrittsdatum, austritt,
        beschaftigt bis, ende, date de sortie, date sortie, date de depart, date depart, date de fin, fecha
        de baja, fecha de salida, fecha de terminacion, fecha baja, sluttdato, fratredelse,
        fratredelsesdato, ansatt til, datum uit dienst, uit dienst, uitdiensttreding, einddatum,
        fratraedelsesdato, slutdatum, data cessazione""",
    Target.EMPLOYMENT_STATUS: """
        employment status, status, employee status, emp status, worker status, work status, active, is
        active, active status, current status, assignment status, beschaftigungsstatus, mitarbeiterstatus,
        aktiv, statut, statut employe, actif, estado, estado del empleado, situacion laboral, estatus,
        activo, ansettelsesstatus, ansattstatus, dienstverband status, anstallningsstatus""",
    Target.LANGUAGES: """
        language, languages, spoken languages, languages spoken, preferred language, working languages,
        language skills, mother tongue, native language, sprache, sprachen, sprachkenntnisse, langue,
        langues, langues parlees, idioma, idiomas, lengua, lenguas, sprak, sprakkunnskaper, talen, taal,
        sprog, lingue, lingua""",
    Target.ZONE: """
        time zone, timezone, tz, zeitzone, fuseau horaire, fuseau, zona horaria, huso horario, tidssone,
        tijdzone, tidszone, tidzon, fuso orario""",
    Target.SKILLS_OFFERED: """
        skills, skills offered, skill, offered skills, expertise, competencies, competences, strengths,
        areas of expertise, can help with, can offer, i can offer, topics offered, offers, what can you
        offer, kompetenzen, fahigkeiten, kenntnisse, starken, bietet, expertise angeboten, competences
        offertes, savoir faire, points forts, habilidades, competencias, conocimientos, puede ofrecer,
        kompetanse, ferdigheter, kan tilby, tilbyr, vaardigheden, competenties, biedt aan""",
    Target.SKILLS_WANTED: """
        skills wanted, wanted skills, skills to develop, skills to learn, skills needed, wants to learn,
        want to learn, learning goals, development goals, development areas, areas for development,
        development needs, topics wanted, topics sought, looking for, seeks, would like help with, goals,
        mentoring goals, ziele, lernziele, entwicklungsziele, sucht, mochte lernen, entwicklungsfelder,
        objectifs, competences recherchees, souhaite apprendre, cherche, objetivos, quiere aprender, busca,
        areas de desarrollo, mal, utviklingsmal, onsker a laere, soker, ontwikkeldoelen, wil leren, zoekt""",
    Target.ROLE: """
        role, mentor or mentee, mentor mentee, mentee mentor, program role, programme role, mentoring role,
        role in program, role in the program, participant role, participant type, both mentor and mentee,
        mentor and mentee, mentor, mentee, is mentor, is mentee, wants to mentor, wants to be a mentor,
        wants to be a mentee, rolle, rolle im programm, rol, role mentorat, rolle i programmet""",
    Target.CAPACITY: """
        capacity, mentor capacity, number of mentees, max mentees, maximum mentees, maximum number of
        mentees, mentees, how many mentees, mentee capacity, max number of mentees, anzahl mentees,
        kapazitat, max anzahl mentees, capacite, nombre de mentores, nombre de mentees, capacidad, numero de
        mentees, kapasitet, antall mentees, antall adepter, capaciteit, aantal mentees""",
    Target.INTERESTS: """
        interests, hobbies, interest, hobby, personal interests, interessen, interets, centres d interet,
        loisirs, intereses, aficiones, interesser, fritidsinteresser, interesses, intressen""",
    Target.BIOGRAPHY: """
        biography, bio, about, about me, about you, profile, motivation, motivation letter, why, statement,
        personal statement, summary, career story, description, comments, introduction, self description,
        biografie, uber mich, vorstellung, werdegang, biographie, a propos, presentation, parcours,
        biografia, sobre mi, motivacion, presentacion, biografi, om meg, motivasjon, over mij, motivatie, om
        mig""",
    Target.MANAGER_NAME: """
        manager, manager name, line manager, line manager name, supervisor, supervisor name, reports to,
        reports to name, reporting to, reporting manager, direct manager, boss, team lead, team leader,
        managers name, manager full name, supervisor full name, superior, immediate supervisor, people
        manager, vorgesetzter, vorgesetzte, vorgesetzte r, fuhrungskraft, disziplinarischer vorgesetzter,
        leiter, chef, manager hierarchique, responsable, responsable hierarchique, superieur, superieur
        hierarchique, n 1, n1, jefe, jefe directo, supervisora, responsable directo, leder, naermeste leder,
        overordnet, sjef, leidinggevende, naam leidinggevende, direct leidinggevende, naermeste chef,
        chefens namn""",
}
WHOLE: dict[str, Target] = {
    phrase.replace(" ", "").replace("\n", ""): target
    for target, list_ in SAYS.items()
    for phrase in list_.split(",")
}

# One of these words among others is enough, unless a word of NOT_THE_THING stands beside it.
TELLING: dict[str, Target] = {
    **dict.fromkeys(("email", "mail", "courriel", "epost", "correo"), Target.EMAIL),
    **dict.fromkeys(
        ("department", "dept", "abteilung", "departement", "departamento", "avdeling", "afdeling"),
        Target.UNIT,
    ),
    **dict.fromkeys(
        ("language", "languages", "sprache", "sprachen", "langue", "langues", "idiomas", "talen"),
        Target.LANGUAGES,
    ),
    **dict.fromkeys(("timezone", "zeitzone", "tidssone", "tijdzone"), Target.ZONE),
    **dict.fromkeys(
        ("skills", "expertise", "kompetanse", "kompetenzen", "competences", "habilidades"),
        Target.SKILLS_OFFERED,
    ),
    **dict.fromkeys(("interests", "hobbies", "interessen", "interesser"), Target.INTERESTS),
    **dict.fromkeys(
        (
            "biography",
            "bio",
            "motivation",
            "biografie",
            "biographie",
            "comment",
            "comments",
            "notes",
            "remarks",
        ),
        Target.BIOGRAPHY,
    ),
    **dict.fromkeys(("site", "office", "standort", "location", "vestiging"), Target.SITE),
    **dict.fromkeys(("forename", "vorname", "prenom", "fornavn", "voornaam", "firstname"), Target.FIRST_NAME),
    **dict.fromkeys(("surname", "nachname", "etternavn", "achternaam", "lastname"), Target.LAST_NAME),
    **dict.fromkeys(("grade",), Target.GRADE),
    **dict.fromkeys(("jobtitle", "stilling", "poste", "puesto"), Target.JOB_TITLE),
    **dict.fromkeys(
        ("personalnummer", "ansattnummer", "matricule", "personeelsnummer"), Target.EMPLOYEE_NUMBER
    ),
}
WANTED = frozenset("wanted want wants develop learn needed sought seek seeks looking goals improve".split())
NOT_THE_THING = frozenset(
    "id ids code codes nr no number count key date url link flag index order type days".split()
)
ANOTHER_PERSON = frozenset(
    """emergency spouse partner recruiter recruiters assistant buddy sponsor interviewer dependent kin father
    mother parent previous former old alternate secondary recruited referrer referral notfall""".split()
)
PRIVATE = frozenset("private personal home privat private prive privado particular hjemme prive".split())
BOSS = frozenset(
    """manager managers mgr supervisor supervisors boss superior vorgesetzter vorgesetzte vorgesetzten
    fuhrungskraft responsable
    superieur jefe leder leders leidinggevende chef sjef""".split()
)
ABOUT_BOSS = frozenset("reports reporting".split())
NUMBER_WORDS = frozenset(
    """id number no nr code num employee emp personnel staff personalnummer ansattnummer matricule nummer
    numero     personeelsnummer ansattnr""".split()
)
MAIL_WORDS = frozenset("email mail epost courriel correo adresse address upn e post".split())


def promised(header: str) -> tuple[Target, float]:
    """What the heading promises and how surely, from 0 to 1; ``IGNORED`` where it promises nothing known."""
    parts = words(header)
    if not parts:
        return Target.IGNORED, 0.0
    if target := WHOLE.get("".join(parts)):
        return target, 1.0
    found = set(parts)
    if found & ANOTHER_PERSON:
        return Target.IGNORED, 0.0
    if found & BOSS or (found & ABOUT_BOSS and "to" in found):
        return _about_the_manager(found), 0.9
    if found & PRIVATE and found & MAIL_WORDS:
        return Target.IGNORED, 0.0
    if {"mentor", "mentee"} <= found or (found & {"mentor", "mentee"} and len(parts) <= 2):
        return Target.ROLE, 0.6
    target = next((TELLING[part] for part in parts if part in TELLING), None)
    if target is None or found & (
        NOT_THE_THING - NUMBER_WORDS if target == Target.EMPLOYEE_NUMBER else NOT_THE_THING
    ):
        return Target.IGNORED, 0.0
    if target == Target.SKILLS_OFFERED and found & WANTED:
        target = Target.SKILLS_WANTED
    return target, 0.75


def _about_the_manager(found: set[str]) -> Target:
    rest = found - BOSS - ABOUT_BOSS - {"to", "line", "direct", "the", "of", "s", "name", "full", "reporting"}
    if rest & {
        "is",
        "level",
        "flag",
        "title",
        "job",
        "grade",
        "department",
        "type",
        "y",
        "n",
        "since",
        "date",
        "count",
    }:
        return Target.IGNORED
    if rest & {"email", "mail", "epost", "courriel", "correo", "upn"}:
        return Target.MANAGER_EMAIL
    return Target.MANAGER_NUMBER if rest & NUMBER_WORDS else Target.MANAGER_NAME


def is_known(header: str) -> bool:
    return promised(header)[1] > 0


def bare(text: str) -> str:
    letters = unicodedata.normalize(
        "NFKD", " ".join(text.split()).lower().replace("ß", "ss").replace("ø", "o").replace("æ", "ae")
    )
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
