"""Guess what each column means, by its heading and by what stands in it.

Nothing private is ever guessed as useful.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

from people.importing import sensitive
from people.importing.cells import address, is_address, pieces, plain
from people.importing.days import looks_like_date
from people.importing.days import read as read_date
from people.importing.findings import Finding
from people.importing.headings import ANOTHER_PERSON, BOSS, PRIVATE, promised, words
from people.importing.kinds import Kind
from people.importing.mapping import ColumnGuess, Mapping, Why, samples
from people.importing.names import COMMA, has_letter, name_words
from people.importing.registers import numbers_are_foreign
from people.importing.sensitive import Category
from people.importing.standing import has_left, role_of
from people.importing.table import Column, Table
from people.importing.targets import SHARED, Target
from people.importing.tongues import language_of, spoken_in
from people.importing.zones import zone_of

SAMPLE = 1_000
ENOUGH = 0.5
LONG_TEXT = 80


def guess_columns(table: Table) -> Mapping:
    guesses = [_guess(column, table.values(column.index)) for column in table.columns]
    guesses = _name_beside_first_name(table, guesses)
    guesses = _each_target_once(guesses)
    guesses, findings = _without_foreign_managers(table, guesses)
    return Mapping(columns=tuple(guesses), default_role=_role_of_file(table), findings=tuple(findings))


def _guess(column: Column, values: list[str]) -> ColumnGuess:
    spread = values[:: max(1, len(values) // SAMPLE)][:SAMPLE]
    empty = ColumnGuess(column.index, column.header)
    if category := _category(column, spread):
        return replace(empty, why=Why.REFUSED, category=category)
    if not spread:
        return replace(empty, why=Why.EMPTY)
    shown = replace(empty, samples=samples(values))
    target, sure = promised(column.header) if column.named else (Target.IGNORED, 0.0)
    if target in (Target.MANAGER_NAME, Target.MANAGER_NUMBER):
        target = _form_of_manager(target, spread)
    if target == Target.BIOGRAPHY or (target not in SHARED and _mean_length(spread) > LONG_TEXT):
        return replace(shown, why=Why.FREE_TEXT)
    if target == Target.IGNORED:
        target, sure = _by_content(column, values, spread)
        if target == Target.IGNORED:
            return shown
    confidence = round(sure * _suits(target, column.header, values, spread), 2)
    if confidence < ENOUGH:
        return replace(shown, why=Why.UNLIKE)
    return replace(shown, target=target, confidence=confidence, why=Why.RECOGNISED)


def _category(column: Column, values: list[str]) -> Category | None:
    if column.named and (category := sensitive.by_heading(column.header)):
        return category
    if category := sensitive.by_values(values):
        return category
    if sensitive.in_texts(values) >= sensitive.TELLING_TEXTS:
        return Category.IN_TEXT
    return None


def _form_of_manager(target: Target, values: list[str]) -> Target:
    if _share(values, _holds_address) >= 0.6:
        return Target.MANAGER_EMAIL
    if _share(values, _is_number) >= 0.6:
        return Target.MANAGER_NUMBER
    if _share(values, has_letter) >= 0.8 and _share(values, lambda value: " " in value.strip()) >= 0.5:
        return Target.MANAGER_NAME
    return target


def _by_content(column: Column, values: list[str], spread: list[str]) -> tuple[Target, float]:
    """For columns whose heading says nothing: only what cannot well be anything else."""
    if set(words(column.header)) & (ANOTHER_PERSON | PRIVATE | BOSS):
        return Target.IGNORED, 0.0
    if _share(spread, _holds_address) >= 0.9 and _distinct(values) >= 0.9:
        return Target.EMAIL, 0.8
    if _share(spread, lambda value: zone_of(value) is not None and "/" in value) >= 0.9:
        return Target.ZONE, 0.8
    if column.named:
        return Target.IGNORED, 0.0
    if _share(spread, lambda value: len(COMMA.split(value)) == 2 and not any(map(str.isdigit, value))) >= 0.9:
        return Target.FULL_NAME, 0.7
    if (
        _share(spread, _is_number) >= 0.98
        and _distinct(values) >= 0.98
        and not _share(spread, looks_like_date)
    ):
        return Target.EMPLOYEE_NUMBER, 0.6
    return Target.IGNORED, 0.0


def _suits(target: Target, heading: str, values: list[str], spread: list[str]) -> float:
    """How well the content keeps what the heading promises, from 0 to 1."""
    if target == Target.EMPLOYEE_NUMBER:
        return _share(spread, _is_code) * (
            1.0 if _distinct(values) >= 0.9 else 0.4 if _distinct(values) >= 0.7 else 0.0
        )
    if test := TESTS.get(target):
        share = _share(spread, test)
        return 1.0 if share >= 0.9 else 0.8 if share >= 0.6 else 0.5 * share
    if target == Target.ROLE:
        share = _share(spread, lambda value: role_of(value, heading) is not None)
        return 1.0 if share >= 0.9 else share
    if target in (Target.MANAGER_NUMBER,):
        return 1.0 if _share(spread, _is_code) >= 0.9 else 0.5
    texts = _share(spread, has_letter)
    if target in (Target.FIRST_NAME, Target.LAST_NAME):
        return 1.0 if texts >= 0.9 else 0.8  # placeholders such as "000" still are names
    if target == Target.GRADE:
        return 1.0
    return 1.0 if texts >= 0.8 else 0.4


def _holds_address(value: str) -> bool:
    return "@" in value and is_address(address(plain(value)))


def _is_number(value: str) -> bool:
    return value.replace(".", "", 1).isdigit()


def _is_code(value: str) -> bool:
    return len(value) <= 40 and " " not in value and "@" not in value


def _is_capacity(value: str) -> bool:
    return value.removesuffix(".0").isdigit() and len(value) <= 4


TESTS: dict[Target, Callable[[str], bool]] = {
    Target.EMAIL: _holds_address,
    Target.MANAGER_EMAIL: _holds_address,
    Target.HIRED_ON: lambda value: read_date(plain(value)) is not None,
    Target.LEFT_ON: lambda value: not plain(value) or read_date(plain(value)) is not None,
    Target.EMPLOYMENT_STATUS: lambda value: has_left(value) is not None,
    Target.ZONE: lambda value: zone_of(value) is not None,
    Target.LANGUAGES: lambda value: any(language_of(word) for word in spoken_in(value)),
    Target.CAPACITY: _is_capacity,
    Target.FULL_NAME: lambda value: has_letter(value) and "@" not in value,
    Target.CALLED: lambda value: has_letter(value) and "@" not in value,
    Target.SKILLS_OFFERED: lambda value: any(map(has_letter, pieces(value))),
    Target.SKILLS_WANTED: lambda value: any(map(has_letter, pieces(value))),
}


def _share(values: Iterable[str], test: Callable[[str], bool]) -> float:
    counts = Counter(values)
    total = sum(counts.values())
    return sum(times for value, times in counts.items() if test(value)) / total if total else 0.0


def _distinct(values: list[str]) -> float:
    return len(set(values)) / len(values) if values else 0.0


def _mean_length(values: list[str]) -> float:
    return sum(map(len, values)) / len(values)


def _name_beside_first_name(table: Table, guesses: list[ColumnGuess]) -> list[ColumnGuess]:
    """Beside "Vorname", a column "Name" is the last name, unless the first name stands in it as well."""
    by_target = {guess.target: guess for guess in guesses}
    full, first = by_target.get(Target.FULL_NAME), by_target.get(Target.FIRST_NAME)
    if not full or not first or Target.LAST_NAME in by_target:
        return guesses
    at, beside = table.position(full.index), table.position(first.index)
    rows = [row.cells for row in table.rows[:SAMPLE] if row.cells[at].strip() and row.cells[beside].strip()]
    both = sum(set(name_words(cells[beside])) <= set(name_words(cells[at])) for cells in rows)
    if both >= len(rows) / 2:
        return guesses
    return [replace(guess, target=Target.LAST_NAME) if guess is full else guess for guess in guesses]


def _each_target_once(guesses: list[ColumnGuess]) -> list[ColumnGuess]:
    best: dict[Target, ColumnGuess] = {}
    for guess in guesses:
        if guess.is_used and guess.target not in SHARED:
            rival = best.get(guess.target)
            if rival is None or guess.confidence > rival.confidence:
                best[guess.target] = guess
    return [
        guess
        if not guess.is_used or guess.target in SHARED or best[guess.target] is guess
        else replace(guess, target=Target.IGNORED, confidence=0.0, why=Why.SECOND)
        for guess in guesses
    ]


def _without_foreign_managers(
    table: Table, guesses: list[ColumnGuess]
) -> tuple[list[ColumnGuess], list[Finding]]:
    """Numbers of another list are left out if the manager can be found by something else."""
    mapping = Mapping(columns=tuple(guesses))
    numbers = next((guess for guess in guesses if guess.target == Target.MANAGER_NUMBER), None)
    if not numbers or not mapping.has(Target.MANAGER_NAME, Target.MANAGER_EMAIL):
        return guesses, []
    if not numbers_are_foreign(table, mapping):
        return guesses, []
    left_out = replace(numbers, target=Target.IGNORED, confidence=0.0, why=Why.FOREIGN_NUMBERS)
    count = len(table.values(numbers.index))
    finding = Finding(Kind.MANAGER_NUMBERS_FOREIGN, column=numbers.header, count=count)
    return [left_out if guess is numbers else guess for guess in guesses], [finding]


def _role_of_file(table: Table) -> str:
    """A file or sheet called "mentors" says what its people are."""
    for name in (table.sheet, table.name):
        found = {role_of(word) for word in words(name.rsplit(".", 1)[0])} & {"mentor", "mentee"}
        if len(found) == 1:
            return found.pop()
    return ""
