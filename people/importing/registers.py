"""Who a manager's number, address or name means, among the rows of a file and the people known already."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from people.importing.cells import ADDRESS, is_address, plain
from people.importing.mapping import Mapping
from people.importing.names import first_name_first, initials, keys, name_words
from people.importing.table import Table
from people.importing.targets import Target

NAME_THEN_NUMBER = re.compile(r"\A(.+?)\s*[(\[#]\s*#?([A-Za-z]{0,4}-?\d[\w-]*)\s*[)\]]?\Z")
NUMBER_THEN_NAME = re.compile(r"\A([A-Za-z]{0,4}-?\d[\w-]*)\s*[-–:,/]?\s+(\D+)\Z")
DIGITS = re.compile(r"\d+")
LETTERS = re.compile(r"[A-Za-z]+")
ENOUGH_PAIRS = 3
MOST_COMPARED = 100  # of one name; far fewer are too many to choose from


@dataclass(slots=True, eq=False)
class Entry:
    """Somebody who can be a manager: by ``place`` among the rows, by ``key`` among the known, or both."""

    place: int | None = None
    key: str = ""
    number: str = ""
    email: str = ""
    name: str = ""
    called: str = ""


class Asked(NamedTuple):
    """One manager cell taken apart."""

    number: str = ""
    email: str = ""
    name: str = ""


class Register:
    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = list(entries)
        self.numbers: dict[str, list[Entry]] = defaultdict(list)
        self.bare_numbers: dict[str, list[Entry]] = defaultdict(list)
        self.emails: dict[str, list[Entry]] = defaultdict(list)
        self.names: tuple[dict, dict, dict, dict] = tuple(defaultdict(list) for _ in range(4))
        for entry in self.entries:
            self._add(entry)

    def _add(self, entry: Entry) -> None:
        if entry.number:
            self.numbers[entry.number.casefold()].append(entry)
            self.bare_numbers[bare(entry.number)].append(entry)
        if entry.email:
            self.emails[entry.email.casefold()].append(entry)
        if entry.name:
            for names, key in zip(self.names, keys(entry.name), strict=False):
                if key:
                    names[key].append(entry)
            if entry.called:
                last = name_words(entry.name)[-1:]
                self.names[3][tuple(sorted(name_words(entry.called) + last))].append(entry)

    def by_number(self, number: str) -> list[Entry]:
        return self.numbers.get(number.casefold(), [])

    def by_bare_number(self, number: str) -> list[Entry]:
        """Without the zeros before it, which spreadsheets lose."""
        return self.bare_numbers.get(bare(number), [])

    def by_email(self, email: str) -> list[Entry]:
        return self.emails.get(email.casefold(), [])

    def by_name(self, name: str) -> list[Entry]:
        """The strictest way that finds anybody: in order, in any order, without initials, by nickname."""
        in_order, any_order, loose = keys(name)
        for names, key in ((self.names[0], in_order), (self.names[1], any_order)):
            if found := names.get(key):
                return found
        asked = initials(name)
        found = [
            entry
            for entry in self.names[2].get(loose, [])[:MOST_COMPARED]
            if not asked or not initials(entry.name) or asked & initials(entry.name)
        ]
        return found or self.names[3].get(any_order, [])


def bare(number: str) -> str:
    return number.casefold().removesuffix(".0").lstrip("0") or "0"


def asked_in(text: str, target: Target) -> Asked:
    """What a cell says about the manager, in any form: number, address, name, or several in one."""
    text = plain(text)
    if not text:
        return Asked()
    if found := ADDRESS.search(text):
        return Asked(email=found[1], name=_name(text[: found.start()]))
    if "@" in text:
        return Asked(email=text) if is_address(text) else Asked(name=text)
    if target == Target.MANAGER_NUMBER and " " not in text:
        return Asked(number=text)
    if found := NAME_THEN_NUMBER.match(text):
        return Asked(number=found[2], name=_name(found[1]))
    if found := NUMBER_THEN_NAME.match(text):
        return Asked(number=found[1], name=_name(found[2]))
    if " " not in text and any(map(str.isdigit, text)):
        return Asked(number=text)
    return Asked(name=_name(text))


def _name(text: str) -> str:
    return first_name_first(text.strip(" -,;\"'"))[0]


def merged(parts: Iterable[Asked]) -> Asked:
    """Several columns about one manager; names in several columns are joined."""
    parts = list(parts)
    number = next((part.number for part in parts if part.number), "")
    email = next((part.email for part in parts if part.email), "")
    return Asked(number, email, " ".join(part.name for part in parts if part.name))


def are_foreign(register: Register, asked: Iterable[Asked]) -> bool:
    """Whether the managers' numbers belong to another list than the employees' own.

    If names can be compared, they decide: the numbers are foreign when they mostly lead to people of
    another name.  Otherwise they are foreign when few are found and they do not even look like the others.
    """
    distinct = {one for one in asked if one.number}
    numbers = {one.number for one in distinct}
    if not numbers or not register.numbers:
        return False
    found = {number for number in numbers if register.by_number(number) or register.by_bare_number(number)}
    agree, disagree = _agreement(register, distinct)
    if agree + disagree >= ENOUGH_PAIRS:
        return disagree > agree
    if len(found) * 2 >= len(numbers):
        return False
    own = Counter(map(_form, register.numbers))
    usual = {form for form, times in own.items() if times >= 0.01 * len(register.numbers)}
    return sum(_form(number) in usual for number in numbers) * 2 < len(numbers)


def _agreement(register: Register, distinct: set[Asked]) -> tuple[int, int]:
    agree = disagree = 0
    for one in distinct:
        by_number = register.by_number(one.number) or register.by_bare_number(one.number)
        by_name = register.by_name(one.name) if one.name else []
        if len(by_number) == 1 and len(by_name) == 1:
            agree += by_number == by_name
            disagree += by_number != by_name
    return agree, disagree


def _form(number: str) -> str:
    """``E-10012`` and ``E-20391`` look alike, 7 and 10012 do not."""
    return LETTERS.sub("a", DIGITS.sub(lambda found: "9" * len(found[0]), number))


def numbers_are_foreign(table: Table, mapping: Mapping) -> bool:
    """The same question while columns are still being guessed, from raw cells."""
    places = {column.index: at for at, column in enumerate(table.columns)}

    def at(target: Target) -> list[int]:
        return [places[index] for index in mapping.indices(target)]

    entries, asked = [], []
    columns = [
        (place, target) for target in (Target.MANAGER_NUMBER, Target.MANAGER_NAME) for place in at(target)
    ]
    names = at(Target.FULL_NAME) or [*at(Target.FIRST_NAME), *at(Target.LAST_NAME)]
    for row in table.rows:
        number = "".join(plain(row.cells[place]) for place in at(Target.EMPLOYEE_NUMBER))
        name = _name(" ".join(row.cells[place].strip() for place in names))
        entries.append(Entry(number=number, name=name))
        asked.append(merged(asked_in(row.cells[place], target) for place, target in columns))
    return are_foreign(Register(entries), asked)
