"""Who a row is: told from the other rows of the file, and found among the people known already."""

from collections import defaultdict
from collections.abc import Callable

from people.importing.drafts import Draft
from people.importing.kinds import Kind, Severity
from people.importing.mapping import Mapping
from people.importing.names import name_words
from people.importing.people import KnownPeople, KnownPerson
from people.importing.targets import Target

MOST_NAMED = 20  # lines in one sentence


def tell_apart(drafts: list[Draft], mapping: Mapping) -> None:
    """Rows without an identifier, and rows that share one."""
    whole = [draft for draft in drafts if not draft.is_broken]
    number_expected = mapping.has(Target.EMPLOYEE_NUMBER)
    for draft in whole:
        _look_for_identifier(draft, number_expected)

    by_number = _groups(whole, lambda draft: draft.row.employee_number)
    by_email = _groups(whole, lambda draft: draft.row.email)
    for group in (*by_number, *by_email):
        _mark_repeated(group)
    for group in by_number:
        _say_shared(group, Kind.DUPLICATE_IDENTIFIER, lambda draft: draft.row.employee_number)
    for group in by_email:
        numbers = {draft.row.employee_number.casefold() for draft in group if not draft.is_repeated}
        if len(numbers) > 1 or "" in numbers:
            _say_shared(group, Kind.DUPLICATE_EMAIL, lambda draft: draft.row.email)


def _look_for_identifier(draft: Draft, number_expected: bool) -> None:
    row = draft.row
    if row.employee_number or draft.flawed & {Target.EMPLOYEE_NUMBER, Target.EMAIL}:
        return
    if not row.email:
        draft.say(Kind.BLANK_IDENTIFIER, instead=Severity.NOTE if row.has_left else None)
    elif number_expected:
        draft.say(Kind.NUMBER_MISSING)


def _groups(drafts: list[Draft], identifier: Callable[[Draft], str]) -> list[list[Draft]]:
    groups = defaultdict(list)
    for draft in drafts:
        if found := identifier(draft):
            groups[found.casefold()].append(draft)
    return [group for group in groups.values() if len(group) > 1]


def _mark_repeated(group: list[Draft]) -> None:
    """The same row twice, cell by cell, is no contradiction."""
    first: dict[tuple[str, ...], Draft] = {}
    for draft in group:
        same = first.setdefault(draft.cells, draft)
        if same is not draft and not draft.is_repeated:
            draft.is_repeated = True
            draft.findings.clear()
            draft.say(Kind.REPEATED_ROW, others=(same.line,))


def _say_shared(group: list[Draft], kind: Kind, identifier: Callable[[Draft], str]) -> None:
    rows = [draft for draft in group if not draft.is_repeated]
    if len(rows) < 2:
        return
    named = rows[: MOST_NAMED + 1]
    for draft in rows:
        others = tuple(other.line for other in named if other is not draft)[:MOST_NAMED]
        draft.say(kind, value=identifier(draft), others=others)


def recognise(drafts: list[Draft], known: KnownPeople) -> None:
    """Find the known person each row speaks of.  What points to two people points to none."""
    if not len(known):
        return
    for draft in drafts:
        if not draft.is_broken and not draft.is_repeated:
            _find(draft, known)
    taken = defaultdict(list)
    for draft in drafts:
        if draft.row.key:
            taken[draft.row.key].append(draft)
    for group in taken.values():
        if len(group) > 1 and not any(draft.is_set_aside for draft in group):
            _say_shared(
                group, Kind.DUPLICATE_IDENTIFIER, lambda draft: draft.row.employee_number or draft.row.email
            )
    for draft in drafts:
        if not draft.row.key and draft.stands and not draft.is_broken:
            _say_namesake(draft, known, taken)


def _find(draft: Draft, known: KnownPeople) -> None:
    row = draft.row
    by_number = known.by_number.get(row.employee_number.casefold()) if row.employee_number else None
    by_email = known.by_email.get(row.email.casefold()) if row.email else None
    if by_number and by_email and by_number is not by_email:
        draft.say(Kind.IDENTITY_CONFLICT, value=row.email)
    elif by_number is None and by_email and _another_number(row.employee_number, by_email):
        draft.say(Kind.KNOWN_UNDER_ANOTHER_NUMBER, value=row.email)
    elif found := by_number or by_email:
        row.key = found.key


def _another_number(number: str, person: KnownPerson) -> bool:
    return bool(number and person.employee_number)


def _say_namesake(draft: Draft, known: KnownPeople, taken: dict[str, list[Draft]]) -> None:
    same = known.by_name.get(tuple(sorted(name_words(draft.row.full_name))), [])
    if any(person.key not in taken and person.is_active for person in same):
        draft.say(Kind.SAME_NAME_KNOWN, value=draft.row.full_name)
