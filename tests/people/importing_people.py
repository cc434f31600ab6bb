"""Invented people, and every way a register may write them into a file."""

import csv
import datetime
import io
import itertools
import random
from dataclasses import dataclass, replace

import openpyxl

from people.importing import KnownPeople, KnownPerson, examine, guess_columns, read_table

TODAY = datetime.date(2026, 10, 1)

FIRST = (
    "Anna Jörg Søren José Zoë Ellen Bo Chidi Mina Lars Åse Noémie Tomas Priya Yusuf Ingrid Günther Lucía"
    " Hanna Pål"
).split()
LAST = (
    "Berg Müller Nuñez Olsen Okafor Petit Håland Weiß Iversen Dahl Castellón Moreau Schön Lund Bakke Ferrão"
    " Vik Øien"
).split()
JOBS = ["Planner", "Nurse", "Welder", "Data analyst", "Account manager", "Engineer", "Buyer", "Teacher"]
GRADES = ["G3", "G4", "G5", "G6", "G7"]
UNITS = ["Operations", "Finance", "Care", "Research and development", "Sales"]
SITES = ["North yard", "River house", "Harbour"]
ZONES = {"North yard": "Europe/Oslo", "River house": "America/New_York", "Harbour": "Asia/Kolkata"}
LANGUAGES = [("en",), ("en", "nb"), ("de", "en"), ("fr",), ("es", "en")]
SPOKEN = {"en": "English", "nb": "Norwegian", "de": "German", "fr": "French", "es": "Spanish"}
SKILLS = ["Budgets", "Public speaking", "Python", "Negotiation", "Hiring", "Writing"]
SPAN = 6  # how many people report to each


@dataclass(frozen=True)
class Made:
    """One invented person; ``manager`` is the place of the manager among all."""

    number: str
    first: str
    last: str
    email: str
    job: str
    grade: str
    unit: str
    site: str
    manager: int | None
    hired: datetime.date
    languages: tuple[str, ...]
    skills: tuple[str, ...]
    capacity: int
    salary: int
    sex: str
    birth: datetime.date

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"


def people(count: int = 120, *, seed: int = 1) -> list[Made]:
    draw = random.Random(seed)
    names = list(itertools.product(FIRST, LAST))
    draw.shuffle(names)
    return [_one(at, *names[at], draw) for at in range(count)]


def _one(at: int, first: str, last: str, draw: random.Random) -> Made:
    site = SITES[at % len(SITES)]
    return Made(
        number=f"{10_000 + at * 7}",
        first=first,
        last=last,
        email=f"person.{at}@harbour.example",
        job=draw.choice(JOBS),
        grade=draw.choice(GRADES),
        unit=draw.choice(UNITS),
        site=site,
        manager=(at - 1) // SPAN if at else None,
        hired=datetime.date(2005, 1, 1) + datetime.timedelta(days=draw.randrange(7_000)),
        languages=draw.choice(LANGUAGES),
        skills=tuple(draw.sample(SKILLS, 2)),
        capacity=draw.randrange(1, 4),
        salary=draw.randrange(40_000, 99_000),
        sex=draw.choice("FM"),
        birth=datetime.date(1960, 1, 1) + datetime.timedelta(days=draw.randrange(14_000)),
    )


NAME_FORMS = {
    "first last": lambda one: one.name,
    "last, first": lambda one: f"{one.last}, {one.first}",
    "last,first": lambda one: f"{one.last},{one.first}  ",
    "padded": lambda one: f"  {one.first}   {one.last} ",
    "two columns": lambda one: one.name,
}
DATE_FORMS = {
    "iso": lambda day: day.isoformat(),
    "us": lambda day: f"{day.month}/{day.day}/{day.year}",
    "us short": lambda day: f"{day.month:02}/{day.day:02}/{day.year % 100:02}",
    "european": lambda day: f"{day.day:02}/{day.month:02}/{day.year}",
    "dots": lambda day: f"{day.day}.{day.month}.{day.year}",
    "dashes": lambda day: f"{day.day:02}-{day.month:02}-{day.year}",
    "month word": lambda day: f"{day.day:02}-{day:%b}-{day.year}",
    "american words": lambda day: f"{day:%B} {day.day}, {day.year}",
    "with time": lambda day: f"{day.isoformat()} 00:00:00",
    "compact": lambda day: f"{day:%Y%m%d}",
    "serial": lambda day: str((day - datetime.date(1899, 12, 30)).days),
}
MANAGER_FORMS = {
    "number": lambda one: one.number,
    "email": lambda one: one.email,
    "name": lambda one: one.name,
    "last, first": lambda one: f"{one.last}, {one.first}",
    "upper": lambda one: f"{one.last.upper()} {one.first.upper()}" if "ß" not in one.name else one.name,
    "name (number)": lambda one: f"{one.name} ({one.number})",
    "number - name": lambda one: f"{one.number} - {one.name}",
    "name <email>": lambda one: f"{one.name} <{one.email}>",
}
HEADINGS = {
    "en": "Employee ID;Name;First name;Last name;E-mail;Job title;Grade;Department;Site;Manager;Hire date;"
    "Leaving date;Status;Languages;Time zone;Skills;Capacity;Role;Salary;Sex;Date of birth",
    "code": "EmpNo;FullName;FirstName;LastName;EmailAddress;JobTitle;GradeLevel;DeptName;OfficeLocation;"
    "LineManager;DateOfHire;TerminationDate;EmploymentStatus;SpokenLanguages;TimeZone;SkillsOffered;"
    "MaxMentees;MentorOrMentee;BasePay;GenderCode;DOB",
    "de": "Personalnummer;Name;Vorname;Nachname;E-Mail-Adresse;Stellenbezeichnung;Stufe;Abteilung;Standort;"
    "Vorgesetzter;Eintrittsdatum;Austrittsdatum;Mitarbeiterstatus;Sprachen;Zeitzone;Kompetenzen;"
    "Anzahl Mentees;Rolle im Programm;Gehalt;Geschlecht;Geburtsdatum",
    "fr": "Matricule;Nom complet;Prénom;Nom;Courriel;Intitulé de poste;Niveau;Département;Lieu de travail;"
    "Responsable hiérarchique;Date d'embauche;Date de sortie;Statut;Langues;Fuseau horaire;"
    "Compétences offertes;Nombre de mentees;Rôle mentorat;Salaire;Sexe;Date de naissance",
    "nb": "Ansattnummer;Navn;Fornavn;Etternavn;E-post;Stillingstittel;Nivå;Avdeling;Arbeidssted;"
    "Nærmeste leder;Ansettelsesdato;Sluttdato;Ansattstatus;Språk;Tidssone;Kompetanse;Antall mentees;"
    "Rolle;Lønn;Kjønn;Fødselsdato",
    "es": "Número de empleado;Nombre completo;Nombre;Apellidos;Correo electrónico;Puesto;Nivel;Departamento;"
    "Centro de trabajo;Jefe directo;Fecha de ingreso;Fecha de baja;Estado;Idiomas;Zona horaria;"
    "Habilidades;Número de mentees;Mentoring role;Salario;Sexo;Fecha de nacimiento",
    "nl": "Personeelsnummer;Naam;Voornaam;Achternaam;E-mailadres;Functietitel;Functieniveau;Afdeling;"
    "Vestiging;Leidinggevende;Datum in dienst;Datum uit dienst;Status;Talen;Tijdzone;Vaardigheden;"
    "Aantal mentees;Rol;Salaris;Geslacht;Geboortedatum",
}
FIELDS = (
    "number name first last email job grade unit site manager hired left status languages zone skills"
    " capacity role salary sex birth"
).split()


@dataclass(frozen=True)
class Dialect:
    form: str = "csv"
    encoding: str = "utf-8"
    separator: str = ","
    newline: str = "\r\n"
    quoting: int = csv.QUOTE_MINIMAL
    names: str = "first last"
    dates: str = "iso"
    managers: str = "number"
    headings: str = "en"
    title: bool = False
    native: bool = True  # of a workbook: numbers and dates as such, not as text
    list_sign: str = "; "


@dataclass
class Sheet:
    """Cells by row, the header first, that a test can spoil before they are written."""

    fields: list[str]
    rows: list[list[str]]
    dialect: Dialect
    lines_above: int = 0

    def at(self, field: str) -> int:
        return self.fields.index(field)

    def line(self, place: int) -> int:
        """The line in the file of the person at ``place``."""
        return place + 2 + self.lines_above

    def get(self, place: int, field: str) -> str:
        return self.rows[place + 1][self.at(field)]

    def set(self, place: int, field: str, value: str) -> None:
        self.rows[place + 1][self.at(field)] = value

    def header(self, field: str) -> str:
        return self.rows[0][self.at(field)]

    def write(self) -> bytes:
        return _workbook(self) if self.dialect.form == "xlsx" else self.text().encode(self.dialect.encoding)

    def text(self) -> str:
        out = io.StringIO(newline="")
        writer = csv.writer(
            out,
            delimiter=self.dialect.separator,
            lineterminator=self.dialect.newline,
            quoting=self.dialect.quoting,
        )
        writer.writerows(_title(self))
        writer.writerows(self.rows)
        return out.getvalue()


def sheet(made: list[Made], dialect: Dialect | None = None) -> Sheet:
    dialect = dialect or Dialect()
    without = {"name"} if dialect.names == "two columns" else {"first", "last"}
    fields = [field for field in FIELDS if field not in without]
    words = dict(zip(FIELDS, HEADINGS[dialect.headings].split(";"), strict=True))
    rows = [[words[field] for field in fields]]
    for one in made:
        cells = _cells(one, made, dialect)
        rows.append([cells[field] for field in fields])
    return Sheet(fields, rows, dialect, lines_above=2 if dialect.title else 0)


def _cells(one: Made, made: list[Made], dialect: Dialect) -> dict[str, str]:
    date = DATE_FORMS[dialect.dates]
    manager = MANAGER_FORMS[dialect.managers]
    return {
        "number": one.number,
        "name": NAME_FORMS[dialect.names](one),
        "first": one.first,
        "last": one.last,
        "email": one.email,
        "job": one.job,
        "grade": one.grade,
        "unit": one.unit,
        "site": one.site,
        "manager": "" if one.manager is None else manager(made[one.manager]),
        "hired": date(one.hired),
        "left": "",
        "status": "Active",
        "languages": dialect.list_sign.join(SPOKEN[code] for code in one.languages),
        "zone": ZONES[one.site],
        "skills": dialect.list_sign.join(one.skills),
        "capacity": str(one.capacity),
        "role": "Mentor",
        "salary": str(one.salary),
        "sex": one.sex,
        "birth": date(one.birth),
    }


def _title(one: Sheet) -> list[list[str]]:
    return [["People of the harbour, exported on Monday"], ["Confidential"]] if one.dialect.title else []


def _workbook(one: Sheet) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    page.title = "People"
    dated = {one.at("hired"), one.at("left"), one.at("birth")}
    counted = {one.at("number"), one.at("capacity"), one.at("salary")}
    for row in (*_title(one), *one.rows):
        page.append(list(row))
    for row in page.iter_rows(min_row=2 + one.lines_above):
        for at, cell in enumerate(row):
            text = cell.value
            if not isinstance(text, str) or text == "":
                cell.value = text or None
            elif one.dialect.native and at in counted and text.isdigit():
                cell.value = float(text)
            elif one.dialect.native and at in dated and one.dialect.dates == "iso" and text[:4].isdigit():
                try:
                    cell.value = datetime.date.fromisoformat(text)
                except ValueError:
                    cell.value = text
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def look(data: bytes, known=(), *, name: str = "people.csv", choices=None, today: datetime.date = TODAY):
    """From bytes to findings, the way the product goes: private columns leave before anything is kept."""
    table = read_table(data, name)
    mapping = guess_columns(table)
    table = table.without(column.index for column in mapping.refused)
    if choices:
        mapping = mapping.with_choices(choices)
    table = table.only(column.index for column in mapping.used)
    return examine(table, mapping, KnownPeople(known), today=today)


def found(examination) -> set[tuple[int, str]]:
    """Line and kind of everything said about rows."""
    return {(finding.line, finding.kind) for finding in examination.row_findings}


def renamed(made: list[Made], place: int, **changes) -> list[Made]:
    return [replace(one, **changes) if at == place else one for at, one in enumerate(made)]


def known_as(made, at: int, **changes) -> KnownPerson:
    """The person at ``at`` as the product has them after the file was applied once."""
    one = made[at]
    facts = {
        "key": f"k{at}",
        "employee_number": one.number,
        "full_name": one.name,
        "email": one.email,
        "job_title": one.job,
        "grade": one.grade,
        "unit": one.unit,
        "site": one.site,
        "hired_on": one.hired,
        "languages": tuple(reversed(one.languages)),
        "zone": ZONES[one.site],
        "skills_offered": one.skills,
        "manager_key": "" if one.manager is None else f"k{one.manager}",
    }
    return KnownPerson(**(facts | changes))
