"""One fault at a random line of a clean file is found in that line, as that kind, and nowhere else."""

import random
from collections.abc import Callable

import pytest

from people.importing import Kind, KnownPerson, Outcome, Severity
from people.importing.sentences import WORDS
from tests.people.importing_people import Dialect, Made, Sheet, found, look, people, sheet

SEEDS = range(8)
COUNT = 90
OPENED = "~open~"  # becomes a quotation mark that a writer of CSV would never leave open


class Plant:
    """A clean file with a person chosen by chance, who leads nobody unless a fault needs a manager."""

    def __init__(self, seed: int, dialect: Dialect) -> None:
        self.draw = random.Random(seed)
        self.made: list[Made] = people(COUNT, seed=seed)
        self.sheet: Sheet = sheet(self.made, dialect)
        leaves = sorted(set(range(COUNT)) - {one.manager for one in self.made})
        self.place, self.other = self.draw.sample(leaves, 2)
        self.known: list[KnownPerson] = []

    @property
    def line(self) -> int:
        return self.sheet.line(self.place)

    @property
    def person(self) -> Made:
        return self.made[self.place]

    def put(self, field: str, *values: str) -> None:
        self.sheet.set(self.place, field, self.draw.choice(values))

    def copy(self, field: str) -> None:
        self.sheet.set(self.place, field, self.sheet.get(self.other, field))

    def write(self) -> bytes:
        return self.sheet.text().replace(OPENED, '"').encode("utf-8", errors="surrogateescape")

    @property
    def both(self) -> set[int]:
        return {self.line, self.sheet.line(self.other)}


FAULTS: dict[Kind, Callable[[Plant], set[int] | None]] = {}


def fault(kind: Kind):
    """The function spoils the file and returns the lines at fault; None stands for the one line chosen."""

    def keep(spoil):
        FAULTS[kind] = spoil
        return spoil

    return keep


@fault(Kind.SLIPPED)
def a_cell_is_lost_or_one_too_many(plant):
    row = plant.sheet.rows[plant.place + 1]
    at = plant.draw.randrange(0, plant.sheet.at("hired"))
    match plant.draw.randrange(4):
        case 0:
            del row[at]
        case 1:
            row.insert(at, plant.draw.choice(["", "x", "17"]))
        case 2:
            del row[at]
            row.append("")
        case 3:
            row.insert(at, plant.draw.choice(["", "x", "17"]))
            row.pop()


@fault(Kind.FORMULA)
def a_cell_calculates(plant):
    field = plant.draw.choice(["name", "email", "job", "unit", "manager", "capacity", "hired"])
    plant.put(
        field, "=A1&B1", "=HYPERLINK(1)", "@SUM(A1:A9)", "-SUM(1)", "+cmd|' /C calc'!A0", "#REF!", "=1+1"
    )
    plant.sheet.set(plant.place, field, plant.sheet.get(plant.place, field))


@fault(Kind.BLANK_IDENTIFIER)
def nothing_tells_the_person(plant):
    plant.put("number", "", " ", "N/A", "-")
    plant.put("email", "", "  ", "n/a")


@fault(Kind.NUMBER_MISSING)
def only_the_address_tells_the_person(plant):
    plant.put("number", "", "\u00a0", "n/a")


@fault(Kind.DUPLICATE_IDENTIFIER)
def a_number_is_used_twice(plant):
    plant.copy("number")
    return plant.both


@fault(Kind.DUPLICATE_EMAIL)
def an_address_is_used_twice(plant):
    plant.copy("email")
    plant.sheet.set(plant.place, "email", plant.sheet.get(plant.place, "email").upper())
    return plant.both


@fault(Kind.KNOWN_UNDER_ANOTHER_NUMBER)
def the_address_is_known_under_another_number(plant):
    plant.known = [
        KnownPerson(key="k", employee_number="77", email=plant.person.email.upper(), full_name="Other Name")
    ]


@fault(Kind.IDENTITY_CONFLICT)
def number_and_address_belong_to_two_known_people(plant):
    plant.known = [
        KnownPerson(key="a", employee_number=plant.person.number, full_name="One Name"),
        KnownPerson(key="b", email=plant.person.email, full_name="Other Name"),
    ]


@fault(Kind.SAME_NAME_KNOWN)
def somebody_of_that_name_is_known(plant):
    plant.known = [
        KnownPerson(key="k", employee_number="77", full_name=f"{plant.person.last}, {plant.person.first}")
    ]


@fault(Kind.EMAIL_SHAPE)
def the_address_is_none(plant):
    plant.put(
        "email",
        "nobody",
        "a@",
        "@b.example",
        "a b@example.org",
        "a@example",
        "a@@example.org",
        "a@example.org;",
    )


@fault(Kind.NAME_MISSING)
def the_name_is_missing(plant):
    plant.put("name", "", "   ", "-", "N/A")


@fault(Kind.NAME_FORM)
def the_name_has_too_many_commas(plant):
    plant.put("name", "Berg, Anna, Maria", "a, b, c, d")


@fault(Kind.LEFT_BEFORE_HIRED)
def the_day_of_leaving_comes_first(plant):
    plant.put("status", "")
    plant.put("left", "2001-05-04", "1999-12-31")


@fault(Kind.STATUS_CONTRADICTS_DATE)
def the_status_says_something_else(plant):
    if plant.draw.random() < 0.5:
        plant.put("left", "2026-05-04")
    else:
        plant.put("left", "2031-01-31")
        plant.put("status", "Terminated", "Retired")


@fault(Kind.STATUS_UNKNOWN)
def the_status_is_a_new_word(plant):
    plant.put("status", "Level 7", "Zebra")


@fault(Kind.DATE_UNREADABLE)
def the_date_is_none(plant):
    plant.put("hired", "31/02/2019", "soon", "2019-13-01", "2019-02-30", "1/2", "13", "32 Jan 2020")


@fault(Kind.DATE_AMBIGUOUS)
def the_date_can_be_two_days(plant):
    plant.put("hired", "03/04/2015", "3-4-2015", "11/12/09")


@fault(Kind.HIRED_IN_FUTURE)
def the_person_comes_later(plant):
    plant.put("hired", "2026-10-02", "2029-01-01")


@fault(Kind.HIRED_LONG_AGO)
def nobody_works_as_long(plant):
    plant.put("hired", "1900-01-01", "1949-12-31", "0202-03-04")


@fault(Kind.ZONE_UNKNOWN)
def the_zone_is_none(plant):
    plant.put("zone", "UTC+1", "Mars/Olympus", "summer", "+01:00")


@fault(Kind.LANGUAGE_UNKNOWN)
def a_language_is_none(plant):
    plant.put("languages", "English; Klingon", "Qwertz")


@fault(Kind.ROLE_UNKNOWN)
def the_role_is_none(plant):
    plant.put("role", "Friend", "7")


@fault(Kind.CAPACITY_UNREADABLE)
def the_capacity_is_no_number(plant):
    plant.put("capacity", "many", "-1", "2.5", "200", "two")


@fault(Kind.TEXT_TOO_LONG)
def a_text_is_too_long(plant):
    plant.put("job", "a" * 151, "word " * 400)


@fault(Kind.TEXT_GARBLED)
def letters_are_damaged(plant):
    plant.put("unit", "KÃ¶ln", "K\ufffdln", "Itâ€™s")


@fault(Kind.ENCODING_MIXED)
def one_line_is_in_another_encoding(plant):
    plant.put("unit", "M\udcfcnchen", "Gen\udce8ve", "\udce9tudes")


@fault(Kind.INVISIBLE_CLEANED)
def characters_cannot_be_seen(plant):
    plant.put(
        "job",
        "Plan\u200bner",
        "\ufeffNurse",
        "Buyer\x07",
        "Wel\u00adder",
        "\u202eTeacher\u202c",
        "Eng\x00ineer",
    )


@fault(Kind.QUOTE_UNCLOSED)
def a_quotation_mark_is_left_open(plant):
    plant.put("job", f"{OPENED}Planner", OPENED, f"{OPENED}Nurse of the north")


@fault(Kind.REPEATED_ROW)
def a_row_is_there_twice(plant):
    plant.sheet.rows.append(list(plant.sheet.rows[plant.place + 1]))
    return {len(plant.sheet.rows)}


@fault(Kind.REPEATED_HEADER)
def the_header_is_repeated(plant):
    plant.sheet.rows.insert(plant.place + 1, list(plant.sheet.rows[0]))


@fault(Kind.MANAGER_NOT_FOUND)
def the_manager_is_nowhere(plant):
    plant.put("manager", "10003", "99999", "Board of Directors", "x@elsewhere.example")


@fault(Kind.MANAGER_AMBIGUOUS)
def two_people_bear_the_manager_s_name(plant):
    third = plant.made[plant.other]
    plant.sheet.set(plant.place, "name", third.name)
    asking = plant.sheet.at("manager")
    free = next(at for at in range(40, COUNT) if at not in (plant.place, plant.other))
    plant.sheet.rows[free + 1][asking] = plant.draw.choice([third.name, f"{third.last}, {third.first}"])
    return {plant.sheet.line(free)}


@fault(Kind.MANAGER_UNCLEAR)
def the_manager_is_one_word(plant):
    plant.put("manager", "Smith", "Anna")


@fault(Kind.MANAGER_CONTRADICTS)
def number_and_name_are_two_managers(plant):
    one, two = plant.made[1], plant.made[2]
    plant.put(
        "manager", f"{one.name} ({two.number})", f"{two.number} - {one.name}", f"{one.name} <{two.email}>"
    )


@fault(Kind.MANAGER_IS_ONESELF)
def somebody_leads_themselves(plant):
    plant.put("manager", plant.person.number, plant.person.email, plant.person.name)


@fault(Kind.MANAGER_CYCLE)
def the_line_runs_in_a_circle(plant):
    chain = [plant.place]
    while (above := plant.made[chain[-1]].manager) is not None:
        chain.append(above)
    end = plant.draw.randrange(1, len(chain))
    plant.sheet.set(chain[end], "manager", plant.person.number)
    return {plant.sheet.line(place) for place in chain[: end + 1]}


@fault(Kind.MANAGER_LEFT)
def the_manager_has_left(plant):
    place = max(one.manager for one in plant.made if one.manager is not None)
    plant.sheet.set(place, "status", "Retired")
    return {plant.sheet.line(at) for at, one in enumerate(plant.made) if one.manager == place}


@fault(Kind.MANAGER_FOUND_BY_NAME)
def only_the_name_leads_to_the_manager(plant):
    above = plant.made[plant.person.manager]
    plant.put("manager", f"{above.name} (99999)", f"{above.name} <gone@elsewhere.example>")


ONLY_AS_TEXT = {Kind.ENCODING_MIXED, Kind.QUOTE_UNCLOSED, Kind.SLIPPED}
CANNOT_BE_IN_XML = {Kind.INVISIBLE_CLEANED}


def test_every_kind_of_row_is_planted():
    assert {kind for kind in Kind if WORDS[kind].group} == set(FAULTS)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", sorted(FAULTS))
def test_a_fault_is_found_where_it_is_and_nowhere_else(kind, seed):
    plant = Plant(seed, Dialect(separator=random.Random(seed).choice(",;\t|")))
    lines = FAULTS[kind](plant) or {plant.line}
    examination = look(plant.write(), plant.known)

    assert found(examination) == {(line, kind) for line in lines}
    assert len(examination.groups) == 1
    assert examination.groups[0].headline


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("kind", sorted(set(FAULTS) - ONLY_AS_TEXT - CANNOT_BE_IN_XML))
def test_a_fault_in_a_workbook_is_found_at_its_row(kind, seed):
    plant = Plant(seed, Dialect(form="xlsx", title=seed % 2 == 1))
    lines = FAULTS[kind](plant) or {plant.line}
    if kind == Kind.REPEATED_ROW:
        lines = {line + plant.sheet.lines_above for line in lines}
    examination = look(plant.sheet.write(), plant.known)

    assert found(examination) == {(line, kind) for line in lines}


@pytest.mark.parametrize("seed", SEEDS)
def test_two_faults_in_two_lines_are_both_found(seed):
    plant = Plant(seed, Dialect())
    draw = random.Random(seed)
    first, second = draw.sample(
        [Kind.EMAIL_SHAPE, Kind.ZONE_UNKNOWN, Kind.NAME_MISSING, Kind.CAPACITY_UNREADABLE], 2
    )
    FAULTS[first](plant)
    line = plant.line
    plant.place, plant.other = plant.other, plant.place
    FAULTS[second](plant)

    assert found(look(plant.sheet.write())) == {(line, first), (plant.line, second)}


@pytest.mark.parametrize("kind", sorted(FAULTS))
def test_a_row_that_waits_for_repair_is_neither_added_nor_lost(kind):
    plant = Plant(5, Dialect())
    lines = FAULTS[kind](plant) or {plant.line}
    examination = look(plant.write(), plant.known)

    waiting = {row.line for row in examination.of(Outcome.NEEDS_REPAIR)}
    assert waiting == (lines if WORDS[kind].severity == Severity.SET_ASIDE else set())
    assert sum(examination.counts.values()) == len(plant.sheet.rows) - 1 - (kind == Kind.REPEATED_HEADER)


def test_findings_tell_the_line_they_mean_and_what_helps():
    plant = Plant(3, Dialect())
    plant.copy("number")
    group = look(plant.sheet.write()).groups[0]
    first, second = sorted(plant.both)

    assert group.headline == "2 rows share a number with another."
    assert group.repair == "Keep one row for each person, or correct the number."
    assert [finding.others for finding in group.findings] == [(second,), (first,)]
    assert group.findings[0].sentence == (
        f"The employee number “{plant.sheet.get(plant.other, 'number')}” stands in line {second} as well."
    )


def test_every_kind_has_a_sentence_that_can_be_said():
    for kind, words in WORDS.items():
        said = str(words.sentence) % {"value": "v", "column": "c", "lines": "1", "count": 2}
        assert said.endswith((".", "”.", "right.")), kind
        if words.group:
            assert str(words.group % {"count": 1}).startswith("1 "), kind
            assert words.repair, kind


def test_all_kinds_have_words():
    assert set(WORDS) == set(Kind)
