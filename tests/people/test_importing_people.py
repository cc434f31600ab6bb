"""What becomes of the rows: beside people known already, with their managers, with those who have left."""

import datetime
import time

import pytest

from people.importing import (
    Change,
    Finding,
    Kind,
    KnownPerson,
    Manager,
    Outcome,
    Severity,
    Unprotected,
    examine,
    guess_columns,
    read_table,
)
from people.importing.people import KnownPeople
from tests.people.importing_people import TODAY, found, known_as, look, people, sheet

# Outcomes


def test_a_file_that_says_nothing_new_leaves_everybody_alone():
    made = people(40)
    examination = look(sheet(made).write(), [known_as(made, at) for at in range(40)])

    assert examination.counts == {
        Outcome.ADDED: 0,
        Outcome.CHANGED: 0,
        Outcome.LEFT_ALONE: 40,
        Outcome.NEEDS_REPAIR: 0,
        Outcome.LEAVER: 0,
    }
    assert [row.key for row in examination.rows] == [f"k{at}" for at in range(40)]


def test_what_changes_is_named_from_old_to_new():
    made = people(20)
    known = [known_as(made, at) for at in range(20)]
    known[7] = known_as(made, 7, job_title="Apprentice", manager_key="k3", languages=(), is_active=False)
    row = look(sheet(made).write(), known).rows[7]

    assert (row.outcome, row.key) == (Outcome.CHANGED, "k7")
    assert row.changes == (
        Change("job_title", "Apprentice", made[7].job),
        Change("languages", (), made[7].languages),
        Change("manager", "k3", "k1"),
        Change("is_active", False, True),
    )


def test_an_empty_cell_takes_nothing_away():
    made = people(20)
    book = sheet(made)
    for field in ("job", "unit", "manager", "hired", "skills", "zone", "languages", "email"):
        book.set(9, field, "")
    row = look(book.write(), [known_as(made, at) for at in range(20)]).rows[9]

    assert (row.outcome, row.changes) == (Outcome.LEFT_ALONE, ())


def test_somebody_without_a_number_is_found_by_address():
    made = people(20)
    known = [known_as(made, 4, employee_number="", email=made[4].email.upper())]
    rows = look(sheet(made).write(), known).rows

    assert rows[4].key == "k4"
    assert rows[4].changes[0] == Change("employee_number", "", made[4].number)
    assert [row.outcome for row in rows].count(Outcome.ADDED) == 19


def test_a_namesake_is_only_a_namesake_when_known_under_the_other_number_in_the_file():
    made = people(20)
    twin = KnownPerson(key="k", employee_number=made[2].number, full_name=made[9].name)
    examination = look(sheet(made).write(), [twin])

    assert found(examination) == set()
    assert Change("full_name", made[9].name, made[2].name) in examination.rows[2].changes


def test_two_rows_that_lead_to_one_known_person_are_both_set_aside():
    made = people(20)
    book = sheet(made)
    book.set(12, "number", "")
    known = [known_as(made, 3, email=made[12].email)]
    book.set(3, "email", "")
    examination = look(book.write(), known)

    assert {(14, Kind.DUPLICATE_IDENTIFIER), (5, Kind.DUPLICATE_IDENTIFIER)} <= found(examination)
    assert [row.line for row in examination.of(Outcome.NEEDS_REPAIR)] == [5, 14]


def test_people_the_file_does_not_mention_are_named_and_left_alone():
    made = people(30)
    known = [known_as(made, at) for at in range(30)] + [KnownPerson(key="gone", is_active=False)]
    examination = look(sheet(made[:28]).write(), known)

    assert [person.key for person in examination.unmentioned] == ["k28", "k29"]


def test_somebody_whose_row_waits_for_repair_is_mentioned():
    made = people(30)
    book = sheet(made)
    book.set(29, "name", "")
    examination = look(book.write(), [known_as(made, at) for at in range(30)])

    assert examination.unmentioned == ()


# Leavers


@pytest.mark.parametrize(
    "cells",
    [
        {"left": "2026-09-30"},
        {"left": "2020-01-01", "status": ""},
        {"status": "Terminated"},
        {"status": "Voluntarily Terminated", "left": "2020-01-01"},
        {"status": "retired"},
        {"status": "ausgeschieden"},
    ],
)
def test_who_has_left_is_counted_apart_and_not_added(cells):
    made = people(30)
    book = sheet(made)
    if "status" not in cells:
        book.set(29, "status", "")
    for field, value in cells.items():
        book.set(29, field, value)
    examination = look(book.write(), [known_as(made, 29)])

    assert found(examination) == set()
    assert [(row.line, row.key) for row in examination.of(Outcome.LEAVER)] == [(31, "k29")]
    assert examination.protection.people == 29


@pytest.mark.parametrize("left", ["2026-10-01", "2026-12-31"])
def test_who_leaves_later_is_still_here(left):
    made = people(30)
    book = sheet(made)
    book.set(29, "left", left)
    row = look(book.write()).rows[29]

    assert (row.outcome, row.left_on.isoformat()) == (Outcome.ADDED, left)


def test_a_leaver_without_a_number_needs_no_repair():
    made = people(30)
    book = sheet(made)
    for field in ("number", "email", "name"):
        book.set(29, field, "")
    book.set(29, "status", "Retired")
    examination = look(book.write())

    assert examination.rows[29].outcome == Outcome.LEAVER
    assert {(finding.kind, finding.severity) for finding in examination.row_findings} == {
        (Kind.BLANK_IDENTIFIER, Severity.NOTE),
        (Kind.NAME_MISSING, Severity.NOTE),
    }


def test_why_somebody_left_is_not_kept():
    made = people(30)
    book = sheet(made)
    book.set(29, "status", "Terminated for Cause")
    examination = look(book.write())

    assert not hasattr(examination.rows[29], "employment_status")
    assert "Cause" not in str(
        [getattr(examination.rows[29], name) for name in examination.rows[29].__slots__]
    )


def test_an_unreadable_day_of_leaving_waits_for_repair():
    made = people(30)
    book = sheet(made)
    for at in range(3):
        book.set(at, "left", f"2031-0{at + 1}-01")
    book.set(29, "left", "next spring")
    examination = look(book.write())

    assert [(one.line, one.kind, one.severity) for one in examination.row_findings] == [
        (31, Kind.DATE_UNREADABLE, Severity.SET_ASIDE)
    ]


# Managers and what the reporting-line rule can protect


def test_everybody_below_the_top_is_protected():
    examination = look(sheet(people(50)).write())
    protection = examination.protection

    assert (protection.people, protection.known, protection.unprotected) == (50, 49, 0)
    assert protection.reasons == {Unprotected.TOP: (2,)}
    assert protection.sentences == ["1 person leads others and has nobody above."]
    assert examination.rows[9].manager == Manager(line=3, key="", name=people(50)[1].name)


def test_without_a_column_nobody_is_protected():
    book = sheet(people(50))
    at = book.at("manager")
    for row in book.rows:
        del row[at]
    book.fields.remove("manager")
    protection = look(book.write()).protection

    assert (protection.known, protection.unprotected) == (0, 50)
    assert protection.sentences == ["50 people: the file does not say who their managers are."]


def test_the_reasons_are_counted_one_by_one():
    made = people(60)
    book = sheet(made)
    leaves = list(range(20, 60))
    book.set(leaves[0], "manager", "")
    book.set(leaves[1], "manager", "99999")
    book.set(leaves[2], "manager", made[leaves[2]].number)
    book.set(leaves[3], "manager", "Smith")
    book.set(9, "status", "Retired")  # leads 55 to 59, and nobody else is led by a leaf
    book.set(8, "name", "")  # leads 49 to 54, waits for repair
    protection = look(book.write()).protection

    assert protection.reasons == {
        Unprotected.NONE_GIVEN: (22,),
        Unprotected.NOT_FOUND: (23,),
        Unprotected.UNCLEAR: (25,),
        Unprotected.ONESELF: (24,),
        Unprotected.HAS_LEFT: (57, 58, 59, 60, 61),
        Unprotected.NEEDS_REPAIR: (51, 52, 53, 54, 55, 56),
        Unprotected.TOP: (2,),
    }
    assert protection.people == 58
    assert protection.unprotected == 15
    assert protection.known == 58 - 15 - 1


def test_a_manager_who_is_known_and_not_in_the_file_is_found():
    made = people(40)
    file = sheet(made)
    del file.rows[2]  # the person at place 1, who leads 7 to 12
    for name in ("number", "email", "name"):
        managers = {
            "number": made[1].number,
            "email": made[1].email,
            "name": f"{made[1].last}, {made[1].first}",
        }
        for place in range(7, 13):
            file.set(place - 1, "manager", managers[name])
        examination = look(file.write(), [known_as(made, 1)])

        assert examination.row_findings == []
        assert examination.rows[6].manager == Manager(line=None, key="k1", name=made[1].name)
        assert examination.protection.unprotected == 0


def test_a_manager_known_from_before_still_protects_when_the_file_is_silent():
    made = people(40)
    book = sheet(made)
    book.set(30, "manager", "")
    examination = look(book.write(), [known_as(made, at) for at in range(40)])

    assert examination.protection.unprotected == 0
    assert examination.rows[30].manager is None


def test_a_circle_through_somebody_known_is_found():
    made = people(40)
    book = sheet(made)
    boss = KnownPerson(key="boss", employee_number="5", full_name="The Boss", manager_key="k39")
    book.set(0, "manager", "5")
    chain = [39]
    while (above := made[chain[-1]].manager) is not None:
        chain.append(above)
    examination = look(book.write(), [boss, known_as(made, 39)])

    assert found(examination) == {(book.line(place), Kind.MANAGER_CYCLE) for place in chain}


def test_zeros_that_a_spreadsheet_lost_do_not_hide_the_manager():
    made = people(30)
    book = sheet(made)
    for at, one in enumerate(made):
        book.set(at, "number", "00" + one.number)
    examination = look(book.write())

    assert [(one.kind, one.count) for one in examination.findings] == [(Kind.MANAGER_ZEROS_IGNORED, 29)]
    assert examination.protection.unprotected == 0


def test_a_long_chain_of_managers_is_no_trouble():
    lines = ["Employee ID,Name,Manager"] + [f"{at},P{at} Q,{at - 1 if at else ''}" for at in range(5_000)]
    examination = look("\n".join(lines).encode())

    assert examination.protection.unprotected == 0
    assert examination.row_findings == []


# Groups


def test_groups_lead_with_what_waits_for_repair_and_show_three_examples():
    made = people(60)
    book = sheet(made)
    for at in range(20, 26):
        book.set(at, "zone", "Mars")
    for at in range(40, 42):
        book.set(at, "name", "")
    groups = look(book.write()).groups

    assert [(group.kind, group.headline, group.lines) for group in groups] == [
        (Kind.NAME_MISSING, "2 rows have no name.", (42, 43)),
        (Kind.ZONE_UNKNOWN, "6 time zones are not known.", (22, 23, 24, 25, 26, 27)),
    ]
    assert len(groups[1].examples) == 3


def test_a_finding_survives_being_kept():
    finding = Finding(Kind.DUPLICATE_EMAIL, 4, "E-mail", "a@b.example", (5, 6), instead=Severity.NOTE)

    assert Finding.from_json(finding.as_json()) == finding


# Speed


def test_twenty_thousand_people_take_seconds():
    lines = ["Employee ID,Name,E-mail,Job title,Department,Manager,Hire date,Status,Languages,Skills"]
    day = datetime.date(2005, 1, 1)
    for at in range(20_000):
        hired = (day + datetime.timedelta(days=at % 7_000)).strftime("%m/%d/%Y")
        lines.append(
            f"{at},Anna{at % 97} Berg{at},p{at}@example.org,Job {at % 300},Unit {at % 40},"
            f"{at // 9 if at else ''},{hired},Active,English; German,Budgets; Hiring"
        )
    data = "\n".join(lines).encode()
    known = KnownPeople(KnownPerson(key=str(at), employee_number=str(at)) for at in range(0, 20_000, 2))

    began = time.process_time()
    table = read_table(data, "x.csv")
    mapping = guess_columns(table)
    examination = examine(table.only(column.index for column in mapping.used), mapping, known, today=TODAY)
    took = time.process_time() - began

    assert examination.counts[Outcome.ADDED] == examination.counts[Outcome.CHANGED] == 10_000
    assert examination.protection.known == 19_999
    assert took < 8  # some 2 on an idle machine
