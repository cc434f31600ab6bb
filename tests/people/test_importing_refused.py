"""Whatever is brought, the answer is a table or a sentence, and it comes soon."""

import io
import random
import time
import zipfile

import openpyxl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from people.importing import Kind, Outcome, Table, UnreadableFile, read_table, table
from tests.people.importing_people import Dialect, look, people, sheet

SOON = 5.0  # seconds of the processor; nearly all take some hundredths of one

WORKBOOK = sheet(people(25), Dialect(form="xlsx")).write()
TEXT = sheet(people(25)).write()


def refusal(data: bytes, name: str = "people.csv") -> str:
    with pytest.raises(UnreadableFile) as refused:
        read_table(data, name)
    assert refused.value.sentence.endswith(".")
    return refused.value.sentence


def packed(members: dict[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as package:
        for name, content in members.items():
            package.writestr(name, content)
    return out.getvalue()


def members_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "The file is empty."),
        (b"\r\n \n", "The file is empty."),
        (b"\xef\xbb\xbf", "The file is empty."),
        (b"\xff\xfe", "The file is empty."),
        (b"\x00" * 900, "The file is empty."),
        (b",,,\n,,,\n", "The file is empty."),
        (b"Name,E-mail\n", "The file has column names but no people below them."),
        (b"Name,E-mail\nName,E-mail\n", "The file has column names but no people below them."),
        (b"%PDF-1.7\n" + b"x" * 99, "This is a PDF"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 99, "This is a picture"),
        (b"\xff\xd8\xff\xe0" + b"x" * 99, "This is a picture"),
        (b"GIF89a" + b"x" * 99, "This is a picture"),
        (b"\x1f\x8b\x08\x00" + b"x" * 99, "This is a packed file."),
        (b"{\\rtf1 text}", "This is a text document"),
        (b"<html><table><tr><td>a</td></tr></table></html>", "This is a web page or an XML file"),
        (b"<?xml version='1.0'?><Workbook/>", "This is a web page or an XML file"),
        (b'[{"name": "Anna"}]', "This is a JSON file"),
        (b'{"name": "Anna"}', "This is a JSON file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "This is a file of an old Office version (.xls)."),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "The workbook is protected by a password.",
        ),
        (b"PK\x03\x04" + b"x" * 99, "The workbook is damaged"),
        (packed({"a.txt": b"hello"}), "This is a packed file."),
        (packed({"word/document.xml": b"<a/>"}), "This is a Word document"),
        (
            packed({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}),
            "This is an OpenDocument file.",
        ),
        (packed({"xl/workbook.bin": b"x"}), "This is a binary Excel workbook (.xlsb)."),
        (bytes(range(256)) * 20, "The file is not a table of text."),
        ("a,b\r\nc,d".encode("utf-16")[:-1], "The file is damaged"),
    ],
)
def test_what_is_no_table_is_refused_by_name(data, words):
    assert refusal(data).startswith(words)


def test_the_name_of_the_file_does_not_matter():
    assert len(read_table(WORKBOOK, "people.csv").rows) == 25
    assert len(read_table(TEXT, "people.xlsx").rows) == 25


def test_an_empty_workbook_is_refused():
    out = io.BytesIO()
    openpyxl.Workbook().save(out)

    assert refusal(out.getvalue()) == "The file is empty."


def test_a_workbook_with_a_password_on_its_parts_is_refused():
    data = bytearray(WORKBOOK)
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        data[at + 8] |= 1
        at = data.find(b"PK\x01\x02", at + 4)

    assert refusal(bytes(data)).startswith("The workbook is protected by a password.")


# Limits


def test_a_file_over_ten_megabytes_is_refused():
    assert refusal(b"a,b\n" * (table.MAX_BYTES // 4 + 1)).startswith("The file is larger than 10 MB.")


def test_more_than_fifty_thousand_rows_are_refused_and_fifty_thousand_are_not():
    rows = [f"{at},Bo\n" for at in range(table.MAX_ROWS)]

    assert len(read_table(("Number,Name\n" + "".join(rows)).encode(), "x.csv").rows) == 50_000
    assert refusal(("Number,Name\n" + "".join([*rows, "x,Bo\n"])).encode()).startswith(
        "The file has more than 50,000 rows."
    )


def test_far_more_rows_are_refused_while_they_are_read():
    assert refusal(b"Number,Name\n" + b"1,Bo\n" * 60_000).startswith("The file has more than 50,000 rows.")


def test_quotation_marks_all_over_the_file_are_refused_with_the_first_line():
    row = 'x,"y,1,2,3\n'
    assert refusal(("a,b,c,d,e\n" + "1,2,3,4,5\n" * 300 + (row + "1,2,3,4,5\n") * 201).encode()) == (
        "The quotation marks cannot be made out, first in line 702. Export the file again."
    )


def test_a_text_without_end_is_an_open_quotation_mark():
    rows = "".join(f"{at},Anna Berg,Nurse\n" for at in range(9))
    examination = look(f'Employee ID,Name,Job title\n{rows}10,"Bo {"x" * 140_000},Nurse\n{rows}'.encode())

    assert (11, Kind.QUOTE_UNCLOSED) in {(finding.line, finding.kind) for finding in examination.findings}


def test_more_than_two_hundred_columns_are_refused():
    wide = lambda count: ",".join(f"c{at}" for at in range(count)) + "\n"  # noqa: E731

    assert len(read_table((wide(200) * 2 + "x,y\n").encode(), "x.csv").columns) == 200
    assert refusal((wide(201) * 2).encode()).startswith("The file has more than 200 columns.")


def test_more_than_two_million_cells_are_refused():
    data = b"Name" + b",c" * 199 + b"\n" + (b"," * 199 + b"x\n") * 10_001

    assert refusal(data).startswith("The file has more than 2,000,000 cells.")


def test_a_workbook_that_unpacks_to_far_more_is_refused_before_it_does():
    began = time.process_time()
    bomb = members_of(WORKBOOK) | {"xl/worksheets/sheet1.xml": b"<worksheet>" + b" " * 150_000_000}
    data = packed(bomb)

    assert len(data) < table.MAX_BYTES
    began = time.process_time()
    assert refusal(data).startswith("The workbook is far larger inside than it looks from outside.")
    assert time.process_time() - began < 1


def test_a_workbook_with_thousands_of_parts_is_refused():
    many = members_of(WORKBOOK) | {f"x/{at}": b"" for at in range(2_001)}

    assert refusal(packed(many)).startswith("The workbook is far larger inside")


def test_entities_in_a_workbook_are_refused():
    laughs = b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;">]>'
    honest = members_of(shared_strings())
    assert len(read_table(packed(honest), "x.xlsx").rows) == 2
    for part in ("xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml"):
        spoiled = packed(honest | {part: laughs + honest[part]})
        assert refusal(spoiled).startswith("The workbook is damaged")


def shared_strings() -> bytes:
    """A workbook as Excel writes it: cells point into a list of texts, some of them in several styles."""
    sheets = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    links = "http://schemas.openxmlformats.org/package/2006/relationships"
    texts = "".join(
        [
            "<si><t>Number</t></si><si><t>Name</t></si>",
            "<si><r><t>Anna </t></r><r><rPr><b/></rPr><t>Berg</t></r></si>",
            "<si><t>Bo Dahl</t><rPh sb='0' eb='1'><t>reading</t></rPh></si>",
        ]
    )
    rows = "".join(
        [
            "<row r='1'><c r='A1' t='s'><v>0</v></c><c r='B1' t='s'><v>1</v></c></row>",
            "<row r='2'><c r='A2'><v>10012</v></c><c r='B2' t='s'><v>2</v></c></row>",
            "<row r='4'><c r='A4' t='str'><f>1+1</f><v>2</v></c><c r='B4' t='s'><v>3</v></c></row>",
        ]
    )
    parts = {
        "xl/workbook.xml": f"<workbook xmlns='{sheets}' xmlns:r='{relations}'>"
        "<sheets><sheet name='P' sheetId='1' r:id='rId1'/></sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f"<Relationships xmlns='{links}'>"
        f"<Relationship Id='rId1' Type='{relations}/worksheet' Target='/xl/worksheets/sheet1.xml'/>"
        f"<Relationship Id='rId2' Type='{relations}/sharedStrings' Target='sharedStrings.xml'/>"
        f"<Relationship Id='rId3' Type='{relations}/styles' Target='styles.xml'/></Relationships>",
        "xl/sharedStrings.xml": f"<x:sst xmlns:x='{sheets}'>{texts}</x:sst>".replace("<si", "<x:si")
        .replace("</si", "</x:si").replace("<t>", "<x:t>").replace("</t>", "</x:t>"),
        "xl/styles.xml": f"<styleSheet xmlns='{sheets}'/>",
        "xl/worksheets/sheet1.xml": f"<worksheet xmlns='{sheets}'><sheetData>{rows}</sheetData></worksheet>",
    }  # fmt: skip
    return packed({name: text.encode() for name, text in parts.items()})


def test_texts_that_cells_share_are_put_together():
    found = read_table(shared_strings(), "x.xlsx")

    assert [(row.line, row.cells, row.formulas) for row in found.rows] == [
        (2, ("10012", "Anna Berg"), ()),
        (4, ("=1+1", "Bo Dahl"), (0,)),
    ]


def test_a_workbook_may_keep_its_parts_elsewhere_and_have_no_styles():
    members = members_of(shared_strings())
    links = "http://schemas.openxmlformats.org/package/2006/relationships"
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    moved = {
        name.replace("workbook.xml", "book7.xml"): content
        for name, content in members.items()
        if "styles" not in name
    }
    relation = f"<Relationship Id='a' Type='{kind}' Target='/xl/book7.xml'/>"
    moved["_rels/.rels"] = f"<Relationships xmlns='{links}'>{relation}</Relationships>".encode()

    assert len(read_table(packed(moved), "x.xlsx").rows) == 2


def test_a_workbook_that_names_none_of_its_parts_is_empty():
    members = members_of(shared_strings())
    del members["xl/_rels/workbook.xml.rels"]

    assert refusal(packed(members)) == "The file is empty."


def test_a_part_that_only_describes_is_never_large():
    members = members_of(shared_strings()) | {"xl/styles.xml": random.Random(1).randbytes(9_000_000)}

    assert refusal(packed(members)).startswith("The workbook is damaged")


def sheet_of(xml: str) -> bytes:
    page = f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{xml}</sheetData></worksheet>'
    return packed(members_of(WORKBOOK) | {"xl/worksheets/sheet1.xml": page.encode()})


def inline(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def test_a_cell_in_the_last_column_of_excel_is_too_far_out():
    data = sheet_of(f"<row r='1'>{inline('A1', 'Name')}</row><row r='2'>{inline('XFD2', 'x')}</row>")

    assert refusal(data).startswith("The file has more than 200 columns.")


@pytest.mark.parametrize("reference", ["ZZZZZZZ1", "1", "A-1"])
def test_a_cell_that_no_sheet_has_means_a_damaged_workbook(reference):
    data = sheet_of(f"<row r='1'>{inline('A1', 'Name')}</row><row r='2'>{inline(reference, 'x')}</row>")
    try:
        rows = read_table(data, "x.xlsx").rows
    except UnreadableFile as refused:
        assert refused.sentence.startswith("The workbook is damaged")
    else:
        assert len(rows) == 1


def test_rows_far_apart_cost_nothing():
    began = time.process_time()
    data = sheet_of(
        f"<row r='1'>{inline('A1', 'Number')}{inline('B1', 'Name')}</row>"
        f"<row r='999999999'>{inline('A9', '7')}{inline('B9', 'Bo')}</row>"
        f"<row r='2'>{inline('A2', '8')}{inline('B2', 'Anna')}</row>"
    )
    rows = read_table(data, "x.xlsx").rows

    assert [(row.line, row.cells) for row in rows] == [
        (999_999_999, ("7", "Bo")),
        (1_000_000_000, ("8", "Anna")),
    ]
    assert time.process_time() - began < SOON


# Sheets


def workbook(*sheets: tuple[str, list[list]], hidden: str = "") -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        page = book.create_sheet(title)
        if title == hidden:
            page.sheet_state = "hidden"
        for row in rows:
            page.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


PEOPLE = [["Number", "Name"], [10012.0, "Anna Berg"], [10013, "Bo Dahl"]]


def test_the_first_sheet_that_is_not_empty_is_read_and_named():
    examination = look(workbook(("Cover", []), ("People", PEOPLE), ("More", PEOPLE)))

    assert [row.employee_number for row in examination.rows] == ["10012", "10013"]
    assert [(finding.kind, finding.value, finding.count) for finding in examination.findings] == [
        (Kind.SEVERAL_SHEETS, "People", 3)
    ]


def test_a_hidden_sheet_is_read_last():
    assert read_table(workbook(("Old", PEOPLE), ("New", PEOPLE), hidden="Old"), "x.xlsx").sheet == "New"


def test_numbers_dates_and_zeros_in_a_workbook_are_what_the_reader_sees():
    book = openpyxl.Workbook()
    page = book.active
    page.append(["Number", "Name", "Hire date", "Capacity", "Grade", "Seen", "Never", "Hours"])
    page.append([42, "Anna Berg", 40729, 2.0, 7.5, 40729.75, 99_999_999, 1.5])
    page.append(['="0042"', "Bo Dahl", None, True, " ", "#N/A", None, " "])
    page.append([None, " ", "", None])
    page["A2"].number_format = "00000"
    for cell in ("C2", "F2", "G2"):
        page[cell].number_format = "dd/mm/yyyy"
    page["H2"].number_format = "[h]:mm"
    out = io.BytesIO()
    book.save(out)
    table_ = read_table(out.getvalue(), "x.xlsx")

    assert [row.cells for row in table_.rows] == [
        (
            "00042",
            "Anna Berg",
            "2011-07-05",
            "2",
            "7.5",
            "2011-07-05 18:00:00",
            "99999999",
            "1 day, 12:00:00",
        ),
        ("0042", "Bo Dahl", "", "TRUE", "", "", "", ""),
    ]
    assert [(finding.kind, finding.count) for finding in table_.findings] == [(Kind.FORMULA_TEXT, 1)]


def test_a_formula_in_a_workbook_is_found_even_where_it_has_a_value():
    examination = look(workbook(("P", [["Number", "Name"], ["=10000+12", "Anna Berg"], [10013, "Bo Dahl"]])))

    assert [(finding.line, finding.kind, finding.column) for finding in examination.findings] == [
        (2, Kind.FORMULA, "Number")
    ]
    assert examination.rows[0].employee_number == ""


# Anything at all


def answer(data: bytes) -> Table | None:
    """A table that can be looked at, or a refusal.  Nothing else, and soon."""
    began = time.process_time()
    try:
        read = read_table(data, "file")
        examination = look(data)
    except UnreadableFile as refused:
        assert refused.sentence.endswith(".")
        return None
    finally:
        assert time.process_time() - began < SOON
    assert len(examination.rows) == len(read.rows)
    assert {row.outcome for row in examination.rows} <= set(Outcome)
    assert all(finding.sentence and str(finding.severity) for finding in examination.findings)
    return read


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=2_000))
@example(b"\xff\xfe\x00\xd8")
@example(b'"')
@example(b"sep=,")
@example(b'sep="\n"a"b')
@example(b"sep=\n")
def test_random_bytes_raise_nothing_else(data):
    answer(data)


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.text(alphabet=",;\t|\"\r\n'=+-@#ab1/.: \u00e9\u200b\x00\u2028", max_size=400))
def test_random_tables_raise_nothing_else(text):
    answer(text.encode())


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.lists(st.text(max_size=20), max_size=6), max_size=30), st.sampled_from(["utf-8", "utf-16"])
)
def test_random_cells_under_known_headings_raise_nothing_else(rows, encoding):
    header = (
        "Employee ID,Name,E-mail,Manager,Hire date,Leaving date,Status,Languages,Time zone,Role,Capacity\n"
    )
    body = "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    answer((header + body).encode(encoding, errors="ignore"))


def mutated(data: bytes, draw: random.Random) -> bytes:
    spoiled = bytearray(data)
    for _ in range(draw.randrange(1, 12)):
        at = draw.randrange(len(spoiled))
        match draw.randrange(5):
            case 0:
                spoiled[at] = draw.randrange(256)
            case 1:
                del spoiled[at : at + draw.randrange(1, 200)]
            case 2:
                spoiled[at:at] = draw.randbytes(draw.randrange(1, 20))
            case 3:
                spoiled[at:at] = draw.choice([b'"', b"\n", b"\x00", b",", b";", b"\r", b"=1+1", b"\xff"])
            case 4:
                piece = spoiled[at : at + draw.randrange(1, 300)]
                spoiled[draw.randrange(len(spoiled)) :] += piece
        if not spoiled:
            break
    return bytes(spoiled)


@pytest.mark.parametrize("seed", range(30))
def test_spoiled_files_raise_nothing_else(seed):
    draw = random.Random(seed)
    for data in (TEXT, sheet(people(25), Dialect(encoding="utf-16")).write(), WORKBOOK):
        answer(mutated(data, draw))


@pytest.mark.parametrize("seed", range(30))
def test_workbooks_with_spoiled_parts_raise_nothing_else(seed):
    draw = random.Random(seed)
    members = members_of(WORKBOOK)
    part = draw.choice(sorted(members))
    members[part] = mutated(members[part], draw) if members[part] else b"x"
    answer(packed(members))


@pytest.mark.parametrize("size", [60_000])
@pytest.mark.parametrize(
    "text", ['"', '"a\n', "a,", ',"\n', "=", "a b ", "\u00e9", "1/", "@", "-", "((", "a\r"]
)
def test_long_repetitions_take_no_time(text, size):
    answer(("Employee ID,Name,Manager,Hire date\n" + text * (size // len(text))).encode())


def test_an_error_shows_nothing_of_the_cells():
    made = people(25)
    read = read_table(sheet(made).write(), "people.csv")
    examination = look(sheet(made).write())

    for shown in (
        repr(read),
        repr(examination),
        repr(examination.rows[3]),
        repr(read.rows[3]),
        str(read.columns),
    ):
        assert made[3].email not in shown
        assert made[3].last not in shown
        assert str(made[3].salary) not in shown
