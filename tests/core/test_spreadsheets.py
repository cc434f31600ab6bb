"""Tables for other programs: what comes out is what went in, and nothing in it is ever run."""

import csv
import io
import os
import zipfile
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from getpass import getuser
from socket import gethostname

import pytest
from django.utils.functional import lazystr
from django.utils.timezone import override
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import load_workbook

from core import spreadsheets
from core.spreadsheets import Column, Sheet, bare, csv_lines, csv_zip, safe_text, workbook, write_workbook

TRIGGERS = "=+-@\t\r\n\0＝＋－＠"
COVER = [("Program", "Cross-site mentoring"), ("As of", date(2026, 9, 30)), ("People", 42)]
NASTY = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\0=1", " =1", "\u00a0=1", "\ufeff=1", "\u200b=1",
    "\u3000=1", "＝1", "＋1", "－1", "＠1", " \t\u2003＝1", "'=1", "''=1", "'", "''", "'plain", "\u0301=1",
    "\u2800=1", "\u3164-1", '=HYPERLINK("http://example.org","here")', "=cmd|' /C calc'!A0", "_x003D_1+1",
    " _x003d_1", "_x0041_", "#N/A", "#REF!", "TRUE", "1e5", "007", "2026-01-01", "a;=1+1", "a,=1+1", 'a"=1',
    "a\n=1", "–", "−5", "", " ", "\ud800", "\x1b[31m", "\x7f=1",
]  # fmt: skip
INVISIBLE = [
    "\0", " ", "  ", "\u00a0", "\u2007", "\u3000", "\u200b", "\ufeff", "\u202e", "\x1f", "\x7f", "'", "' '",
    "\u0301", "\u2800", "\u3164", "\u115f", "\u1160", "\uffa0",
]  # fmt: skip


def rows_of(file, at=1):
    return [list(row) for row in load_workbook(io.BytesIO(file)).worksheets[at].iter_rows(values_only=True)]


def cells_of(file, at=1):
    return [list(row) for row in load_workbook(io.BytesIO(file)).worksheets[at].iter_rows()]


def csv_of(file, at=1):
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        text = archive.read(archive.namelist()[at]).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def as_written(text):
    return bare(safe_text(text))


# Text


@pytest.mark.parametrize(
    "text",
    [
        *(mark + "1" for mark in "=+-@＝＋－＠\t\r\n"),
        *(blank + "=1" for blank in INVISIBLE),
        *("_x003D_1", " _x003d_1", "\r\n", "\t", "-", "=", "- a list", "-5", "+47 22 22 22 22", "@mira"),
    ],
)
def test_text_that_could_run_gets_an_apostrophe(text):
    assert safe_text(text).startswith("'")
    assert safe_text(text)[1:] == safe_text("x" + text)[1:]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "Mira",
        "Theo's goal",
        "'quoted'",
        "a=b",
        "1-2",
        "mira@example.org",
        "x_x003D_",
        "_x3D_",
        "–",
        "Ø=Å",
    ],
)
def test_other_text_is_left_alone(text):
    assert safe_text(text) == text


def test_what_a_file_cannot_hold_is_shown_as_lost():
    assert safe_text("a\0b\x1bc\ud800d\ufffee") == "a\ufffdb\ufffdc\ufffdd\ufffde"
    assert safe_text("a\r\nb\rc\td") == "a\nb\nc\td"


@given(st.text())
@example("'=1")
@example("''=1")
@example("'\ufffd=")
def test_the_apostrophe_can_be_taken_away_again(text):
    written = safe_text("x" + text)[1:]

    assert bare(safe_text(text)) == written
    assert safe_text(text) in (written, "'" + written)
    assert not safe_text(text).startswith(tuple(TRIGGERS))


# Excel


@given(st.lists(st.text(max_size=20), min_size=1, max_size=20))
@example(NASTY)
def test_text_goes_round_through_excel_and_is_no_formula(texts):
    file = workbook(COVER, [Sheet("Texts", ["Text"], [[text] for text in texts])])

    cells = [row[0] for row in cells_of(file)[1:]]
    assert {cell.data_type for cell in cells if cell.value is not None} <= {"s"}
    assert [bare(cell.value or "") for cell in cells] == [as_written(text) for text in texts]
    assert not any((cell.value or "").startswith(tuple(TRIGGERS)) for cell in cells)


def test_there_is_no_formula_in_any_part_of_the_file():
    sheets = [Sheet(text, [text, "other"], [[text, text]]) for text in NASTY]
    file = workbook([(text, text) for text in NASTY], sheets)

    with zipfile.ZipFile(io.BytesIO(file)) as parts:
        for name in parts.namelist():
            content = parts.read(name).decode()
            assert "<f>" not in content and "<f " not in content
            assert "hyperlink" not in content.lower() or "HYPERLINK(" in content
            assert "externalLink" not in name and "vba" not in name.lower()


def test_numbers_and_dates_are_typed():
    moment = datetime(2026, 9, 30, 14, 5)
    row = [-5, 0, 1.5, Decimal("2.25"), True, False, date(2026, 9, 30), moment, time(9, 30), None]
    file = workbook(COVER, [Sheet("Typed", [str(n) for n in range(10)], [row])])

    cells = cells_of(file)[1]
    assert [cell.value for cell in cells] == [
        *(-5, 0, 1.5, 2.25, True, False, datetime(2026, 9, 30), moment, time(9, 30), None)
    ]
    assert [cell.data_type for cell in cells] == [*"nnnnbbddd", "n"]


def test_a_moment_is_told_in_the_readers_zone():
    moment = datetime(2026, 9, 30, 22, 30, tzinfo=UTC)
    with override(timezone(timedelta(hours=2))):
        sheets = [Sheet("Moments", ["When"], [[moment]])]
        assert rows_of(workbook([], sheets))[1] == [datetime(2026, 10, 1, 0, 30)]
        assert csv_of(csv_zip([], sheets))[1] == ["2026-10-01T00:30:00+02:00"]


@pytest.mark.parametrize(
    ("value", "held"),
    [
        (date(1900, 3, 1), datetime(1900, 3, 1)),
        (date(1900, 2, 28), "1900-02-28"),
        (date(1, 1, 1), "0001-01-01"),
        (datetime(1900, 2, 28, 23, 59), "1900-02-28T23:59:00"),
        (10**15 - 1, 10**15 - 1),
        (10**15, "1000000000000000"),
        (-(10**15), "'-1000000000000000"),
        (Decimal(10**20), "100000000000000000000"),
    ],
)
def test_what_excel_would_change_is_written_as_text(value, held):
    assert rows_of(workbook([], [Sheet("Edge", ["Value"], [[value]])]))[1] == [held]


def test_long_text_is_cut_where_excel_would_break():
    file = workbook([], [Sheet("Long", ["a", "b", "c"], [["x" * 32_767, "x" * 32_768, "=" * 40_000]])])

    fits, cut, prefixed = rows_of(file)[1]
    assert fits == "x" * 32_767
    assert cut == "x" * 32_766 + "…"
    assert prefixed == "'" + "=" * 32_765 + "…"


def test_the_cover_comes_first_and_says_label_and_value():
    book = load_workbook(io.BytesIO(workbook(COVER, [Sheet("Pairs", ["Pair"], [])])))

    assert book.sheetnames == ["About this file", "Pairs"]
    assert list(book.worksheets[0].iter_rows(values_only=True)) == [
        ("Program", "Cross-site mentoring"),
        ("As of", datetime(2026, 9, 30)),
        ("People", 42),
    ]
    assert book.worksheets[0]["A1"].font.bold and not book.worksheets[0]["B1"].font.bold
    assert book.worksheets[0]["B1"].alignment.wrap_text
    assert book.worksheets[0].column_dimensions["B"].width == 90


def test_a_sheet_has_bold_labels_that_stay_in_view_and_its_own_formats():
    columns = [Column(lazystr("Rate"), "0%", 12), "Name", Column("Day", "yyyy")]
    sheet = Sheet(lazystr("Rates"), columns, iter([[0.5, "Oslo", date(2026, 1, 1)], ["–", "Leeds", None]]))

    target = load_workbook(io.BytesIO(workbook([], [sheet]))).worksheets[1]

    assert [cell.value for cell in target[1]] == ["Rate", "Name", "Day"]
    assert all(cell.font.bold for cell in target[1]) and not target["A2"].font.bold
    assert (target.freeze_panes, target.title) == ("A2", "Rates")
    assert [target[name].number_format for name in ("A2", "B2", "C2", "A3")] == [
        "0%",
        "General",
        "yyyy",
        "General",
    ]
    assert [target.column_dimensions[name].width for name in "ABC"] == [12, 16, 16]


@pytest.mark.parametrize(
    ("wanted", "given_"),
    [
        (["a", "A", "a"], ["a", "A 2", "a 3"]),
        (["[x]:*?/\\y"], ["x      y"]),
        (["", " ' "], ["Table", "Table 2"]),
        (["'quoted'"], ["quoted"]),
        (["n" * 40, "n" * 40], ["n" * 31, "n" * 29 + " 2"]),
        (["n" * 30 + "' rest"], ["n" * 30]),
        (["a\0b"], ["ab"]),
        (["About this file"], ["About this file 2"]),
    ],
)
def test_sheets_get_names_that_excel_accepts(wanted, given_):
    file = workbook([], [Sheet(name, ["x"], []) for name in wanted])

    assert load_workbook(io.BytesIO(file)).sheetnames[1:] == given_


def test_the_same_table_is_the_same_bytes_and_says_nothing_of_who_and_where():
    first, second = (workbook(COVER, [Sheet("Pairs", ["Pair"], [["Mira"]])]) for _ in range(2))
    assert first == second
    assert csv_zip(COVER, []) == csv_zip(COVER, [])

    with zipfile.ZipFile(io.BytesIO(first)) as parts:
        properties = parts.read("docProps/core.xml").decode()
        everything = b" ".join(parts.read(name) for name in parts.namelist()).decode()
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert parts.testzip() is None
    assert "creator" not in properties and "created" not in properties and "modified" not in properties
    for trace in ("openpyxl", gethostname(), os.getcwd(), "/tmp", str(datetime.now(UTC).date())):
        assert trace not in everything
    assert getuser() == "root" or getuser() not in everything
    book = load_workbook(io.BytesIO(first))
    assert book.properties.lastModifiedBy is None and rows_of(first)[1] == ["Mira"]


def test_a_workbook_is_written_into_any_file(tmp_path):
    with open(tmp_path / "book.xlsx", "wb") as file:
        write_workbook(file, COVER, [Sheet("Pairs", ["Pair"], ([f"{n}"] for n in range(3)))])

    assert rows_of((tmp_path / "book.xlsx").read_bytes()) == [["Pair"], ["0"], ["1"], ["2"]]


# CSV


@given(st.lists(st.text(max_size=20), min_size=1, max_size=20))
@example(NASTY)
def test_text_goes_round_through_csv_and_begins_with_no_trigger(texts):
    cells = [
        row[0] for row in csv_of(csv_zip(COVER, [Sheet("Texts", ["Text"], [[text] for text in texts])]))[1:]
    ]

    assert [bare(cell) for cell in cells] == [as_written(text) for text in texts]
    assert not any(cell.startswith(tuple(TRIGGERS)) for cell in cells)


def test_csv_is_quoted_marked_as_utf8_and_typed():
    row = [
        "Øyvind",
        -5,
        1.5,
        Decimal("2.25"),
        True,
        False,
        date(2026, 9, 30),
        time(9, 30),
        None,
        lazystr("later"),
    ]
    sheet = Sheet("Typed", [f"c{n}" for n in range(10)], [row])

    lines = list(csv_lines(sheet))

    assert lines == [
        "\ufeff",
        '"c0","c1","c2","c3","c4","c5","c6","c7","c8","c9"\r\n',
        '"Øyvind",-5,1.5,2.25,"TRUE","FALSE","2026-09-30","09:30:00","","later"\r\n',
    ]


def test_a_naive_moment_is_written_as_it_is():
    assert csv_of(csv_zip([], [Sheet("x", ["x"], [[datetime(2026, 1, 2, 3, 4)]])]))[1] == [
        "2026-01-02T03:04:00"
    ]


def test_the_archive_holds_the_cover_and_each_table():
    file = csv_zip(COVER, [Sheet("Meetings a month", ["Month"], [["May"]]), Sheet("会", ["x"], [])])

    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        assert archive.namelist() == ["0-about-this-file.csv", "1-meetings-a-month.csv", "2-table.csv"]
        assert {part.date_time for part in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.read("1-meetings-a-month.csv") == b'\xef\xbb\xbf"Month"\r\n"May"\r\n'
    assert csv_of(file, 0) == [
        ["What", "Value"],
        ["Program", "Cross-site mentoring"],
        ["As of", "2026-09-30"],
        ["People", "42"],
    ]


# Mistakes


@pytest.mark.parametrize("value", [object(), [1], {"a": 1}, b"bytes", 1j])
@pytest.mark.parametrize("write", [workbook, csv_zip])
def test_what_is_no_cell_is_refused(write, value):
    with pytest.raises(TypeError, match="A cell does not hold"):
        write([], [Sheet("x", ["x"], [[value]])])


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("nan")])
@pytest.mark.parametrize("write", [workbook, csv_zip])
def test_infinity_is_refused(write, value):
    with pytest.raises(ValueError, match="not infinity"):
        write([], [Sheet("x", ["x"], [[value]])])


@pytest.mark.parametrize("row", [[], ["a"], ["a", "b", "c"]])
@pytest.mark.parametrize("write", [workbook, csv_zip])
def test_a_row_of_another_length_is_refused(write, row):
    with pytest.raises(ValueError, match="2 columns"):
        write([], [Sheet("x", ["x", "y"], [row])])


@pytest.mark.parametrize("write", [workbook, csv_zip])
def test_more_rows_than_a_sheet_can_hold_are_refused(write, monkeypatch):
    monkeypatch.setattr(spreadsheets, "MOST_ROWS", 4)

    assert write([], [Sheet("x", ["x"], [["a"]] * 3)])
    with pytest.raises(ValueError, match="more rows"):
        write([], [Sheet("x", ["x"], [["a"]] * 4)])


def test_a_table_that_fails_half_way_leaves_no_file_behind(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def rows():
        yield ["Mira"]
        raise LookupError

    with pytest.raises(LookupError):
        workbook(COVER, [Sheet("x", ["x"], [["Theo"]]), Sheet("y", ["y"], rows())])
    assert list(tmp_path.iterdir()) == []
    assert workbook(COVER, [Sheet("x", ["x"], [["Theo"]])])
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_as_such(tmp_path):
    (tmp_path / "full").write_bytes(b"")
    with open(tmp_path / "full", "rb") as cannot_be_written, pytest.raises(io.UnsupportedOperation):
        write_workbook(cannot_be_written, COVER, [Sheet("x", ["x"], [["Theo"]])])
