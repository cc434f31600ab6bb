"""The files that people bring: real ones where they are at hand, else twins with the same headings and dirt."""

import csv
import io
import random
from pathlib import Path
from typing import NamedTuple

REAL = Path(__file__).resolve().parent.parent.parent.parent / "shared" / "data"
ROWS = 60
PROFESSIONS = ("Policy", "Security", "DDaT", "HR", "Finance", "Legal")
FOUR = "Cartography"  # a function of four people, who must not be found in any figure


class Participant(NamedTuple):
    name: str
    email: str
    roles: frozenset[str]
    function: str


class Files:
    """Each file as it lies on the disk of whoever brings it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.staff = self._write("staff.csv", STAFF)
        self.four = self._write("four.csv", four())
        self.employees = self._write("hr-employees.csv", real("hr-employees.csv") or employees())
        self.mentees = self._write("civil-service-mentees.csv", first_rows("mentee"))
        self.mentors = self._write("civil-service-mentors.csv", first_rows("mentor"))

    def _write(self, name: str, text: str) -> Path:
        place = self.folder / name
        place.write_text(text, encoding="utf-8", newline="")
        return place

    @property
    def employee_counts(self) -> dict[str, int]:
        """What the preview must say.  Of the real file it is known from looking at its rows; of the twin from
        how it is made: every third has left, and two of those who are there have no number."""
        if real("hr-employees.csv"):
            return {"Added": 203, "Changed": 0, "Left alone": 0, "Need repair": 4}
        return {"Added": 58, "Changed": 0, "Left alone": 0, "Need repair": 2}

    def participants(self) -> list[Participant]:
        """Everybody in the three files of the program, as their rows say, read without the product."""
        return [
            *participants(self.mentees, "mentee"),
            *participants(self.mentors, "mentor"),
            *participants(self.four, "mentee"),
        ]


def real(name: str) -> str:
    place = REAL / name
    return place.read_text(encoding="utf-8") if place.exists() else ""


def first_rows(role: str) -> str:
    lines = list(csv.reader(io.StringIO(real(f"civil-service-{role}s.csv") or civil_servants(role))))
    return as_csv(lines[0], lines[1 : ROWS + 1])


def participants(file: Path, role: str) -> list[Participant]:
    with file.open(encoding="utf-8", newline="") as rows:
        return [
            Participant(
                f"{row['first name']} {row['last name']}",
                row["email address"],
                frozenset({role, "mentee", "mentor"} if row["both mentor and mentee"] == "yes" else {role}),
                row["profession"],
            )
            for row in csv.DictReader(rows)
        ]


def as_csv(head: list[str], rows: list[list[str]]) -> str:
    written = io.StringIO()
    csv.writer(written).writerows([head, *rows])
    return written.getvalue()


STAFF = as_csv(
    ["Name", "Email", "Job title"],
    [
        ["Hana Haas", "hana@example.org", "HR lead"],
        ["Cora Court", "cora@example.org", "Program lead"],
    ],
)

CIVIL_HEAD = [
    "first name",
    "last name",
    "email address",
    "both mentor and mentee",
    "job title",
    "grade",
    "organisation",
    "profession",
]
GRADES = ("AA", "AO", "EO", "HEO", "SEO", "Grade 7", "Grade 6", "SCS1")


def civil_servants(role: str) -> str:
    draw = random.Random(role)
    rows = [
        [
            role,
            f"{number:03}",
            f"{role}.{number:03}@example.org",
            draw.choice(["yes", "no"]),
            "Some role",
            draw.choice(GRADES),
            draw.choice(["Department of Peace", "Department of Truth", "Department of Love"]),
            draw.choice(PROFESSIONS),
            "My characteristics are nobody's business.",
        ]
        for number in range(ROWS)
    ]
    return as_csv([*CIVIL_HEAD, "biography"], rows)


def four() -> str:
    rows = [
        [
            "four",
            f"{number}",
            f"four.{number}@example.org",
            "no",
            "Some role",
            "HEO",
            "Department of Maps",
            FOUR,
        ]
        for number in range(4)
    ]
    return as_csv(CIVIL_HEAD, rows)


EMPLOYEE_HEAD = [
    "\ufeffEmployee_Name",
    "EmpID",
    "Salary",
    "Termd",
    "Position",
    "State",
    "DOB",
    "Sex",
    "RaceDesc",
    "DateofHire",
    "DateofTermination",
    "EmploymentStatus",
    "Department",
    "ManagerName",
    "ManagerID",
    "PerformanceScore",
]
MANAGERS = ("Ketsia Liebig", "Brannon Miller", "Amy Dunn")


def employees() -> str:
    """An export of an HR system: names turned round, padded departments, American dates, leavers, missing numbers."""
    draw = random.Random("employees")
    rows = []
    for number in range(90):
        last, first = f"Sample{number}", f"Person{number}"
        name = (
            f"{last}, {first}  " if number >= len(MANAGERS) else ", ".join(reversed(MANAGERS[number].split()))
        )
        gone = number % 3 == 2
        manager = draw.randrange(len(MANAGERS))
        rows.append(
            [
                name,
                "" if number in (40, 60) else str(10_000 + number),
                str(draw.randrange(45_000, 99_000)),
                "1" if gone else "0",
                "Production Technician I",
                "MA",
                "07/10/83",
                "M ",
                "White",
                f"{draw.randrange(1, 12)}/{draw.randrange(13, 28)}/2015",
                "6/16/2016" if gone else "",
                "Voluntarily Terminated" if gone else "Active",
                "Production       ",
                MANAGERS[manager] if number >= len(MANAGERS) else "Janet King",
                str(20 + manager),
                "Exceeds",
            ]
        )
    return as_csv(EMPLOYEE_HEAD, rows)
