"""A clean file gives the same people and no finding, however it is written."""

import codecs
import csv
import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from people.importing import Kind, Outcome, Target, guess_columns, read_table
from tests.people.importing_people import (
    DATE_FORMS,
    HEADINGS,
    MANAGER_FORMS,
    NAME_FORMS,
    ZONES,
    Dialect,
    look,
    people,
    sheet,
)

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1", "mac_roman")
GUESSED = {"cp1252", "latin-1", "mac_roman"}
# A column of day numbers, or of years with two digits, is read and said.
SAID_OF_DATES = {"serial": {Kind.DATE_SERIALS}, "us short": {Kind.TWO_DIGIT_YEARS}}


def dialects() -> st.SearchStrategy[Dialect]:
    return st.builds(
        Dialect,
        form=st.sampled_from(["csv", "csv", "csv", "xlsx"]),
        encoding=st.sampled_from(ENCODINGS),
        separator=st.sampled_from(",;\t|"),
        newline=st.sampled_from(["\r\n", "\n", "\r"]),
        quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
        names=st.sampled_from(sorted(NAME_FORMS)),
        dates=st.sampled_from(sorted(DATE_FORMS)),
        managers=st.sampled_from(sorted(MANAGER_FORMS)),
        headings=st.sampled_from(sorted(HEADINGS)),
        title=st.booleans(),
        native=st.booleans(),
        list_sign=st.sampled_from(["; ", ", "]),
    )


def check_clean(made, dialect):
    data = sheet(made, dialect).write()
    examination = look(data)

    assert [finding.sentence for finding in examination.row_findings] == []
    said = {finding.kind for finding in examination.file_findings}
    expected = set(SAID_OF_DATES.get(dialect.dates, set()))
    if dialect.form == "csv" and dialect.encoding in GUESSED:
        expected.add(Kind.ENCODING_GUESSED)
    if dialect.title:
        expected.add(Kind.HEADER_NOT_FIRST)
    assert said == expected
    assert [_told(row, made) for row in examination.rows] == [_made(one, made) for one in made]
    assert examination.counts[Outcome.ADDED] == len(made)
    assert examination.protection.unprotected == 0
    assert [row.line for row in examination.rows] == [
        sheet(made, dialect).line(at) for at in range(len(made))
    ]


def _told(row, made):
    lines = row.manager and row.manager.name
    return (
        row.employee_number, row.full_name, row.email, row.job_title, row.grade, row.unit, row.site, row.zone,
        row.hired_on, row.left_on, row.languages, row.skills_offered, row.capacity, row.role, lines,
    )  # fmt: skip


def _made(one, made):
    manager = None if one.manager is None else made[one.manager].name
    return (
        one.number, one.name, one.email, one.job, one.grade, one.unit, one.site, ZONES[one.site],
        one.hired, None, one.languages, one.skills, one.capacity, "mentor", manager,
    )  # fmt: skip


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_reads_the_same(encoding):
    check_clean(people(), Dialect(encoding=encoding, separator=";"))


@pytest.mark.parametrize("separator", list(",;\t|"))
@pytest.mark.parametrize("newline", ["\r\n", "\n", "\r"])
def test_every_separator_and_newline_reads_the_same(separator, newline):
    check_clean(people(), Dialect(separator=separator, newline=newline, names="last, first"))


@pytest.mark.parametrize("names", sorted(NAME_FORMS))
def test_every_form_of_name_reads_the_same(names):
    check_clean(people(), Dialect(names=names))


@pytest.mark.parametrize("dates", sorted(DATE_FORMS))
def test_every_form_of_date_reads_the_same(dates):
    check_clean(people(), Dialect(dates=dates))


@pytest.mark.parametrize("managers", sorted(MANAGER_FORMS))
def test_every_form_of_manager_finds_the_same_person(managers):
    check_clean(people(), Dialect(managers=managers))


@pytest.mark.parametrize("headings", sorted(HEADINGS))
@pytest.mark.parametrize("names", ["first last", "two columns"])
def test_headings_are_known_in_seven_languages(headings, names):
    check_clean(people(), Dialect(headings=headings, names=names))


@pytest.mark.parametrize("native", [True, False])
@pytest.mark.parametrize("title", [True, False])
def test_a_workbook_reads_the_same(native, title):
    check_clean(people(), Dialect(form="xlsx", native=native, title=title))


@settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(dialects(), st.integers(1, 10_000))
def test_any_mixture_of_forms_reads_the_same(dialect, seed):
    check_clean(people(80, seed=seed), dialect)


def test_a_byte_order_mark_is_no_part_of_the_first_column():
    made = people(30)
    data = codecs.BOM_UTF8 + sheet(made).write()

    assert read_table(data, "people.csv").columns[0].header == "Employee ID"


def test_the_first_line_may_say_the_separator():
    made = people(30)
    examination = look(b"sep=;\r\n" + sheet(made, Dialect(separator=";")).write())

    assert examination.row_findings == []
    assert examination.rows[0].line == 3
    assert len(examination.rows) == 30


def test_a_separator_at_the_end_of_each_line_makes_no_column():
    made = people(30)
    text = sheet(made, Dialect(separator=";")).text().replace("\r\n", ";;\r\n")
    table = read_table(text.encode(), "people.csv")

    assert len(table.columns) == 19
    assert table.findings == ()


def test_lines_inside_quotes_do_not_move_the_numbers_of_lines():
    made = people(40)
    spoiled = sheet(made)
    spoiled.set(3, "job", "Planner\r\nof the\nnorth")
    spoiled.set(10, "email", "nobody")
    examination = look(spoiled.write())

    assert examination.rows[3].job_title == "Planner of the north"
    assert [(finding.line, finding.kind) for finding in examination.row_findings] == [(14, Kind.EMAIL_SHAPE)]


def test_blank_lines_count_as_lines_and_not_as_people():
    lines = sheet(people(30)).text().split("\r\n")
    text = "\r\n".join([*lines[:5], "", " ,  ", *lines[5:]])
    examination = look(text.encode())

    assert len(examination.rows) == 30
    assert [row.line for row in examination.rows[3:6]] == [5, 8, 9]


def test_zeros_before_a_number_are_kept_in_text():
    text = "Employee ID,Name\n00042,Anna Berg\n00043,Bo Dahl\n"

    assert [row.employee_number for row in look(text.encode()).rows] == ["00042", "00043"]


def test_zeros_before_a_number_are_kept_in_a_formula_that_is_only_a_text():
    text = 'Employee ID,Name\n="00042",Anna Berg\n="00043",Bo Dahl\n'
    examination = look(text.encode())

    assert [row.employee_number for row in examination.rows] == ["00042", "00043"]
    assert [(finding.kind, finding.count) for finding in examination.findings] == [(Kind.FORMULA_TEXT, 2)]


def test_a_number_that_a_spreadsheet_made_a_fraction_is_whole_again():
    assert look(b"Employee ID,Name\n10012.0,Anna Berg\n10013.0,Bo Dahl\n").rows[0].employee_number == "10012"


def test_words_for_still_being_here_may_stand_where_the_day_of_leaving_would():
    made = people(30)
    book = sheet(made)
    for at in range(20):
        book.set(at, "left", "N/A - still employed")
    book.set(29, "left", "2031-01-31")
    examination = look(book.write())

    assert examination.row_findings == []
    assert examination.counts[Outcome.ADDED] == 30


def test_a_byte_order_mark_may_promise_too_much():
    book = sheet(people(60))
    book.set(40, "unit", "M\udcfcnchen")
    examination = look(codecs.BOM_UTF8 + book.text().encode("utf-8", errors="surrogateescape"))

    assert [(finding.line, finding.kind) for finding in examination.findings] == [(42, Kind.ENCODING_MIXED)]
    assert examination.rows[40].unit == "München"


def test_a_file_in_another_script_is_read_with_its_letters():
    rows = "".join(f"{at},Иван Петров{chr(0x430 + at)},Отдел продаж\n" for at in range(30))
    examination = look(("Employee ID,Name,Department\n" + rows).encode("cp1251"))

    assert [finding.kind for finding in examination.findings] == [Kind.ENCODING_GUESSED]
    assert examination.rows[0].full_name == "Иван Петрова"


def test_a_file_without_a_header_says_so_and_guesses_by_content():
    made = people(30)
    text = "".join(f'{one.number},"{one.last}, {one.first}",{one.email}\n' for one in made)
    examination = look(text.encode())

    assert [finding.kind for finding in examination.findings] == [Kind.NO_HEADER]
    assert len(examination.rows) == 30
    assert [(row.line, row.employee_number, row.full_name, row.email) for row in examination.rows] == [
        (at, one.number, one.name, one.email) for at, one in enumerate(made, start=1)
    ]


def test_doubled_and_blank_headings_are_told_apart():
    text = "Email,Name,,Email\n" + "".join(
        f"p{at}@example.org,Bo Dahl,x{at},q{at}@example.org\n" for at in range(5)
    )
    table = read_table(text.encode(), "people.csv")

    assert [column.header for column in table.columns] == ["Email", "Name", "#3", "Email (2)"]
    assert [finding.kind for finding in table.findings] == [Kind.BLANK_HEADER, Kind.DUPLICATE_HEADER]
    assert [column.target for column in guess_columns(table).columns] == [
        Target.EMAIL,
        Target.FULL_NAME,
        Target.IGNORED,
        Target.IGNORED,
    ]


def test_one_column_of_addresses_is_a_file_of_people_without_names():
    text = "E-mail\nanna@example.org\nbo@example.org\n"
    table = read_table(text.encode(), "people.csv")
    mapping = guess_columns(table)

    assert [column.target for column in mapping.columns] == [Target.EMAIL]
    assert mapping.problems == ["Choose a column with the name."]


def test_names_with_commas_and_no_quotes_survive_in_a_file_with_another_separator():
    made = people(30)
    examination = look(sheet(made, Dialect(separator="\t", names="last, first")).write())

    assert [row.full_name for row in examination.rows] == [one.name for one in made]


def test_casing_is_kept_and_blanks_are_folded():
    text = 'Employee ID,Name\n1,"  van der BERG,\u00a0\u00a0Anna   M "\n2,Bo Dahl\n'

    assert look(text.encode()).rows[0].full_name == "Anna M van der BERG"


def test_a_year_of_two_digits_is_never_in_the_far_future():
    text = "Employee ID,Name,Hire date\n" + "".join(
        f"{at},Bo Dahl{at},13/01/{at:02}\n" for at in (99, 26, 27, 28)
    )
    rows = look(text.encode()).rows

    assert [row.hired_on for row in rows] == [
        datetime.date(1999, 1, 13),
        datetime.date(2026, 1, 13),
        datetime.date(2027, 1, 13),
        None,  # 1928: longer ago than anybody works
    ]


def test_one_column_of_dates_shows_the_order_for_another():
    text = "Employee ID,Name,Hire date,Leaving date\n" + "".join(
        f"{at},Bo Dahl{at},0{at}/02/2020,{'25/03/2030' if at == 3 else ''}\n" for at in range(1, 6)
    )
    examination = look(text.encode())

    assert examination.findings == ()
    assert [row.hired_on.day for row in examination.rows] == [1, 2, 3, 4, 5]


def test_a_person_between_two_open_quotation_marks_is_not_lost():
    rows = [f"{at},Anna Berg,Nurse,Care" for at in range(30)]
    rows[10] = '10,Anna Berg,"Nurse,Care'
    rows[12] = '12,Anna Berg,"Nurse,Care'
    examination = look(("Employee ID,Name,Job title,Department\n" + "\n".join(rows)).encode())

    assert [(finding.line, finding.kind) for finding in examination.row_findings] == [
        (12, Kind.QUOTE_UNCLOSED),
        (14, Kind.QUOTE_UNCLOSED),
    ]
    assert [row.employee_number for row in examination.rows] == [str(at) for at in range(30)]
