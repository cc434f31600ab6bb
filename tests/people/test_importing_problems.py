"""The rows that wait for repair, as a file that can be corrected and brought again."""

import csv
import io

import pytest

from people.importing import Outcome, problem_rows_csv
from tests.people.importing_people import found, known_as, look, people, sheet


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_problem_rows_have_their_line_and_what_to_repair_first():
    made = people(30)
    book = sheet(made)
    book.set(4, "name", "")
    book.set(17, "email", "nobody")
    book.set(20, "zone", "Mars")
    rows = rows_of(problem_rows_csv(look(book.write())))

    assert rows[0][:4] == ["Line", "What to repair", "Employee ID", "Name"]
    assert "Salary" not in rows[0]
    assert [row[:4] for row in rows[1:]] == [
        ["6", "There is no name.", made[4].number, ""],
        ["19", "“nobody” is not an e-mail address.", made[17].number, made[17].name],
    ]
    with_warnings = rows_of(problem_rows_csv(look(book.write()), with_warnings=True))
    assert [row[0] for row in with_warnings[1:]] == ["6", "19", "22"]


@pytest.mark.parametrize("cell", ["=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-SUM(1)", "\t=1+1", "  =1+1"])
def test_problem_rows_calculate_nothing(cell):
    book = sheet(people(30))
    book.set(4, "job", cell)
    book.set(4, "email", "nobody")
    text = problem_rows_csv(look(book.write()))

    for row in rows_of(text):
        assert not any(cell.strip().startswith(("=", "+", "@", "-")) for cell in row)


def test_problem_rows_corrected_can_be_brought_again():
    made = people(30)
    book = sheet(made)
    book.set(4, "email", "nobody")
    book.set(17, "number", made[18].number)
    known = [known_as(made, at) for at in range(30) if at not in (4, 17, 18)]
    text = problem_rows_csv(look(book.write(), known))
    repaired = text.replace("nobody", made[4].email).replace(
        f"{made[18].number},{made[17].name}", f"{made[17].number},{made[17].name}"
    )
    examination = look(("\ufeff" + repaired).encode(), known)

    assert found(examination) == set()
    assert [row.full_name for row in examination.of(Outcome.ADDED)] == [made[at].name for at in (4, 17, 18)]


def test_problem_rows_do_not_show_what_may_have_slipped():
    made = people(40)
    book = sheet(made)
    del book.rows[31][3]
    rows = rows_of(problem_rows_csv(look(book.write())))

    assert rows[1][0] == "32"
    assert rows[1][2:4] == [made[30].number, made[30].name]
    assert set(rows[1][5:]) == {""}
