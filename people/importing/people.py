"""People as the file has them, as they are known already, and what becomes of each row."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from people.importing.names import name_words


class Outcome(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    LEFT_ALONE = "left_alone"
    NEEDS_REPAIR = "needs_repair"
    LEAVER = "leaver"


@dataclass(slots=True, kw_only=True)
class Facts:
    """What a file can say of a person.  Empty means that it says nothing, never that something goes."""

    employee_number: str = ""
    full_name: str = field(default="", repr=False)
    first_name: str = field(default="", repr=False)
    last_name: str = field(default="", repr=False)
    called: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    job_title: str = ""
    grade: str = ""
    function: str = ""
    unit: str = ""
    site: str = ""
    hired_on: datetime.date | None = None
    left_on: datetime.date | None = None
    languages: tuple[str, ...] = ()
    zone: str = ""
    skills_offered: tuple[str, ...] = ()
    skills_wanted: tuple[str, ...] = ()
    role: str = ""
    capacity: int | None = None
    interests: tuple[str, ...] = ()
    biography: str = field(default="", repr=False)


# Role and capacity belong to a program, first and last name are parts of the full name: no changes.
COMPARED = (
    "employee_number",
    "full_name",
    "called",
    "email",
    "job_title",
    "grade",
    "function",
    "unit",
    "site",
    "hired_on",
    "languages",
    "zone",
    "skills_offered",
    "skills_wanted",
    "interests",
    "biography",
)
UNORDERED = frozenset({"languages", "skills_offered", "skills_wanted", "interests"})


@dataclass(slots=True, kw_only=True)
class KnownPerson(Facts):
    """Somebody in the product.  ``key`` is what the caller tells people apart by."""

    key: str
    manager_key: str = ""
    is_active: bool = True


class Manager(NamedTuple):
    """The line manager: a row of the file, somebody known, or both."""

    line: int | None
    key: str
    name: str


class Change(NamedTuple):
    field: str
    old: Any
    new: Any


@dataclass(slots=True, kw_only=True)
class PersonRow(Facts):
    """One row of the file, clean.  ``key`` is that of the known person, empty for somebody new."""

    line: int
    outcome: Outcome = Outcome.ADDED
    key: str = ""
    has_left: bool = False
    manager: Manager | None = None
    changes: tuple[Change, ...] = ()


class KnownPeople:
    """The people already there, found by number, address or name."""

    def __init__(self, people: Iterable[KnownPerson] = ()) -> None:
        self.people = list(people)
        self.by_key = {person.key: person for person in self.people}
        self.by_number = {
            person.employee_number.casefold(): person for person in self.people if person.employee_number
        }
        self.by_email = {person.email.casefold(): person for person in self.people if person.email}
        self.by_name: dict[tuple[str, ...], list[KnownPerson]] = {}
        for person in self.people:
            self.by_name.setdefault(tuple(sorted(name_words(person.full_name))), []).append(person)

    def __len__(self) -> int:
        return len(self.people)


def differences(row: PersonRow, person: KnownPerson) -> tuple[Change, ...]:
    """What the row would change; empty cells change nothing."""
    changes = []
    for name in COMPARED:
        new, old = getattr(row, name), getattr(person, name)
        if new and not _same(name, old, new):
            changes.append(Change(name, old, new))
    if row.manager and (not row.manager.key or row.manager.key != person.manager_key):
        changes.append(Change("manager", person.manager_key, row.manager.key))
    if not person.is_active:
        changes.append(Change("is_active", False, True))
    return tuple(changes)


def _same(name: str, old: Any, new: Any) -> bool:
    if name == "email":
        return old.casefold() == new.casefold()
    if name in UNORDERED:
        return old == new or {str(one).casefold() for one in old} == {str(one).casefold() for one in new}
    return old == new
