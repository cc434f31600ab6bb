"""Some 150 people in five places with their managers, as the HR file of the Halden Group would list them."""

import csv
import io
import random
from dataclasses import dataclass

PLACES = {
    "Oslo": "Europe/Oslo",
    "London": "Europe/London",
    "Lisbon": "Europe/Lisbon",
    "New York": "America/New_York",
    "Singapore": "Asia/Singapore",
}
FUNCTIONS = ("Operations", "Finance", "Product", "Logistics", "People", "Sales")
GIVEN = (
    "Amara", "Ingrid", "Farid", "Lucia", "Jonah", "Ruth", "Mei-Ling", "Oskar", "Priya", "Daniel", "Tomasz", "Noor",
    "Elias", "Sanna", "Greta", "Malik", "Alba", "Teo", "Sofia", "Carys", "Deniz", "Paul", "Hana", "Marta", "Henrik",
    "Yusuf", "Ana", "Kofi", "Liv", "Mateo", "Nadia", "Owen", "Petra", "Quentin", "Rosa", "Samir", "Tova", "Uma",
    "Viktor", "Wanda", "Ximena", "Yara", "Zoltan", "Bea", "Cato", "Dora", "Emil", "Freya", "Gael", "Hilde",
)  # fmt: skip
FAMILY = (
    "Osei", "Solheim", "Haddad", "Moreno", "Pell", "Abara", "Chen", "Lindahl", "Nair", "Brandt", "Kowalski", "Aziz",
    "Berg", "Virtanen", "Lindqvist", "Johansen", "Ferrer", "Nakamura", "Petrova", "Wynn", "Aydin", "Okoro", "Kim",
    "Zielinska", "Bauer", "Demir", "Costa", "Mensah", "Dahl", "Rojas", "Karim", "Hughes", "Novak", "Laurent", "Silva",
    "Rahman", "Eriksen", "Patel", "Ivanov", "Wojcik", "Castillo", "Nasser", "Farkas", "Almeida", "Vance", "Horvat",
    "Nyberg", "Andersen", "Dubois", "Strand",
)  # fmt: skip
SKILLS = (
    "Leading a team", "Giving feedback", "Negotiation", "Budgeting", "Public speaking", "Stakeholders",
    "Change management", "Data analysis", "Hiring", "Project planning", "Coaching", "Working across cultures",
    "Strategy", "Prioritising", "Conflict",
)  # fmt: skip
LANGUAGES = {"Oslo": "nb", "London": "en", "Lisbon": "pt", "New York": "es", "Singapore": "zh"}
GRADES = ("Associate", "Specialist", "Lead", "Head", "Director")
SIZE = 150


@dataclass
class Row:
    number: int
    first: str
    last: str
    place: str
    function: str
    grade: str
    manager: int | None

    @property
    def email(self) -> str:
        return f"{self.first}.{self.last}@halden.example".lower().replace(" ", "")

    @property
    def title(self) -> str:
        return f"{self.grade}, {self.function}"


# People who are named in the story, in the first rows: place, function, grade.
NAMED = (
    ("Dana", "Whitfield", "Oslo", "People", "Head"),
    ("Hanne", "Vik", "Oslo", "People", "Director"),
    ("Ingrid", "Solheim", "Oslo", "Logistics", "Director"),
    ("Amara", "Osei", "London", "Operations", "Lead"),
    ("Per", "Sandvik", "Oslo", "People", "Specialist"),
    ("Astrid", "Moen", "Oslo", "People", "Specialist"),
)


def rows() -> list[Row]:
    """A director for each function and place heads, leads under heads, the others under leads."""
    draw = random.Random(1814)  # noqa: S311
    found = [
        Row(1001 + n, first, last, place, function, grade, None)
        for n, (first, last, place, function, grade) in enumerate(NAMED)
    ]
    taken = {(row.first, row.last) for row in found}
    names = [(first, last) for first in GIVEN for last in FAMILY if (first, last) not in taken]
    draw.shuffle(names)
    used: set[str] = {row.email for row in found}
    while len(found) < SIZE:
        first, last = names.pop()
        grade = GRADES[min(len(GRADES) - 1, int(draw.triangular(0, 4.6, 0.8)))]
        row = Row(
            1001 + len(found), first, last, draw.choice(list(PLACES)), draw.choice(FUNCTIONS), grade, None
        )
        if row.email not in used:
            used.add(row.email)
            found.append(row)
    _set_managers(found, draw)
    return found


def _set_managers(found: list[Row], draw: random.Random) -> None:
    """Everybody reports to somebody one grade or more above in the same function; the very top to nobody."""
    level = {grade: n for n, grade in enumerate(GRADES)}
    for row in found:
        above = [
            other
            for other in found
            if other.function == row.function and level[other.grade] > level[row.grade]
        ]
        nearest = min((level[other.grade] for other in above), default=None)
        choices = [other for other in above if level[other.grade] == nearest]
        if choices:
            row.manager = draw.choice(choices).number


def as_csv(found: list[Row]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        ["Employee number", "First name", "Last name", "Email", "Job title", "Grade", "Function", "Site",
         "Time zone", "Languages", "Manager number", "Hired on", "Salary"]
    )  # fmt: skip
    draw = random.Random(17)  # noqa: S311
    for row in found:
        languages = "en" if LANGUAGES[row.place] == "en" else f"en; {LANGUAGES[row.place]}"
        hired = f"20{draw.randint(12, 24)}-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}"
        writer.writerow(
            [row.number, row.first, row.last, row.email, row.title, row.grade, row.function, row.place,
             PLACES[row.place], languages, row.manager or "", hired, draw.randint(38, 140) * 1000]
        )  # fmt: skip
    return out.getvalue().encode()
