"""Names, dates and words as registers write them, each on its own."""

import pytest

from people.importing.cells import has_invisible, is_address, pieces, without_invisible
from people.importing.days import Order, day_of, order_of, read
from people.importing.formulas import is_formula
from people.importing.names import first_name_first
from people.importing.registers import Asked, Entry, Register, asked_in
from people.importing.standing import has_left, role_of
from people.importing.targets import Target
from people.importing.tongues import language_of
from people.importing.zones import zone_of
from people.parts import LANGUAGES
from tests.people.importing_people import TODAY

REGISTER = Register(
    Entry(place=at, number=number, name=name, called=called)
    for at, (number, name, called) in enumerate(
        [
            ("1", "John Smith", ""),
            ("2", "John B Smith", ""),
            ("3", "John C Smith", ""),
            ("4", "Dr. Anne-Marie O'Neill", ""),
            ("5", "Robert Vik", "Bob"),
            ("6", "Jörg Weiß", ""),
            ("7", "Brandon R LeBlanc", ""),
            ("8", "Martin Thomas", ""),
            ("9", "Thomas Martin", ""),
            ("10", "Sammy Davis Jr.", ""),
        ]
    )
)


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("John Smith", ["1"]),
        ("john   SMITH", ["1"]),
        ("John B. Smith", ["2"]),
        ("John D. Smith", ["1"]),
        ("Anne Marie O’Neill", ["4"]),
        ("anne-marie oneill", ["4"]),
        ("Bob Vik", ["5"]),
        ("Joerg Weiss", []),
        ("JÖRG WEISS", ["6"]),
        ("Jorg Weiss", ["6"]),
        ("Brandon LeBlanc", ["7"]),
        ("Brandon R. LeBlanc", ["7"]),
        ("Brandon X. LeBlanc", []),
        ("LeBlanc Brandon", ["7"]),
        ("Thomas Martin", ["9"]),
        ("Martin Thomas", ["8"]),
        ("Sammy Davis", ["10"]),
        ("Smith", []),
        ("Anna Smith", []),
    ],
)
def test_names_of_managers_are_compared_as_people_would(name, numbers):
    assert [entry.number for entry in REGISTER.by_name(name)] == numbers


def test_a_name_that_fits_two_people_leads_to_both():
    two = Register([Entry(0, name="John B Smith"), Entry(1, name="John C Smith")])

    assert len(two.by_name("John Smith")) == 2


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("10012", Asked(number="10012")),
        ("E-10012", Asked(number="E-10012")),
        ("anna@example.org", Asked(email="anna@example.org")),
        ("Anna Berg <anna@example.org>", Asked(email="anna@example.org", name="Anna Berg")),
        ("Berg, Anna (10012)", Asked(number="10012", name="Anna Berg")),
        ("Anna Berg [E10012]", Asked(number="E10012", name="Anna Berg")),
        ("10012 - Anna Berg", Asked(number="10012", name="Anna Berg")),
        ("10012 Anna Berg", Asked(number="10012", name="Anna Berg")),
        ("Berg, Anna", Asked(name="Anna Berg")),
        ("N/A", Asked()),
        ("  ", Asked()),
    ],
)
def test_a_manager_cell_is_taken_apart(text, asked):
    assert asked_in(text, Target.MANAGER_NAME) == asked


@pytest.mark.parametrize(
    ("written", "name", "clear"),
    [
        ("Anna Berg", "Anna Berg", True),
        ("Berg, Anna", "Anna Berg", True),
        ("Berg,Anna M", "Anna M Berg", True),
        ("van der Berg, Anna", "Anna van der Berg", True),
        ("King, Martin, Jr.", "Martin King Jr.", True),
        ("King, Jr., Martin", "Martin King Jr.", True),
        ("Davis, Jr.", "Davis, Jr.", True),
        ("Berg, ", "Berg", True),
        ("a, b, c", "a, b, c", False),
    ],
)
def test_last_name_first_becomes_first_name_first(written, name, clear):
    assert first_name_first(written) == (name, clear)


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["13/04/2020", "01/02/2020"], Order.DAY_FIRST),
        (["04/13/2020", "01/02/2020"], Order.MONTH_FIRST),
        (["01/02/2020", "03/04/2020"], Order.UNKNOWN),
        (["13/04/2020", "04/13/2020"], Order.UNKNOWN),
        (["13/04/2020"] * 20 + ["04/13/2020"], Order.DAY_FIRST),
        (["13/04/2020"] * 18 + ["04/13/2020"], Order.UNKNOWN),
        (["2020-04-13", "13.4.2020"], Order.UNKNOWN),
    ],
)
def test_a_column_shows_the_order_of_its_dates(texts, order):
    assert order_of(texts) == order


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2011-07-05T00:00:00Z", "2011-07-05"),
        ("7/5/2011 12:00:00 AM", "2011-05-07"),
        ("5. Juli 2011", "2011-07-05"),
        ("5 de julio de 2011", "2011-07-05"),
        ("Tuesday, July 5, 2011", "2011-07-05"),
        ("1er août 2011", "2011-08-01"),
        ("05-JUL-11", "2011-07-05"),
        ("5 desember 1999", "1999-12-05"),
        ("05.07.99", "1999-07-05"),
        ("40729", "2011-07-05"),
        ("20110705", "2011-07-05"),
        ("29/02/2020", "2020-02-29"),
        ("29/02/2021", None),
    ],
)
def test_dates_are_read_day_first_unless_shown_otherwise(text, day):
    found = day_of(read(text), Order.UNKNOWN, TODAY)

    assert (found and found.isoformat()) == day


@pytest.mark.parametrize("text", ["", "soon", "2011", "7/2011", "1-2-3-4", "99999999", "5 Foo 2011"])
def test_what_is_no_date_is_not_read_as_one(text):
    assert read(text) is None


@pytest.mark.parametrize(
    ("word", "left"),
    [
        ("Active", False),
        ("On leave", False),
        ("Maternity leave", False),
        ("A", False),
        ("Not terminated", False),
        ("N/A-StillEmployed", False),
        ("Full-time", False),
        ("Elternzeit", False),
        ("Terminated", True),
        ("Voluntarily Terminated", True),
        ("Leaver", True),
        ("INACTIVE", True),
        ("gekündigt", True),
        ("Sluttet", True),
        ("Level 4", None),
        ("", None),
    ],
)
def test_words_for_having_left(word, left):
    assert has_left(word) is left


@pytest.mark.parametrize(
    ("text", "heading", "role"),
    [
        ("Mentor", "", "mentor"),
        ("MENTEE ", "", "mentee"),
        ("Mentor & mentee", "", "both"),
        ("Both", "", "both"),
        ("yes", "Both mentor and mentee", "both"),
        ("no", "Both mentor and mentee", ""),
        ("x", "Mentee", "mentee"),
        ("ja", "Mentorin", "mentor"),
        ("perhaps", "Role", None),
        ("yes", "Role", None),
    ],
)
def test_words_for_roles(text, heading, role):
    assert role_of(text, heading) == role


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("German (B2)", "de"),
        ("Deutsch", "de"),
        ("english - fluent", "en"),
        ("en-GB", "en"),
        ("Français C1", "fr"),
        ("Norsk bokmål", "nb"),
        ("Norwegian", "nb"),
        ("Mandarin", "zh"),
        ("Spanisch", "es"),
        ("Klingon", None),
    ],
)
def test_names_of_languages(text, code):
    assert language_of(text) == code


def test_a_language_of_a_file_and_one_chosen_on_a_page_are_the_same():
    assert {code: language_of(str(name)) for code, name in LANGUAGES.items()} == {
        code: code for code in LANGUAGES
    }


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("Europe/Oslo", "Europe/Oslo"),
        ("europe/oslo", "Europe/Oslo"),
        ("Oslo", "Europe/Oslo"),
        ("UTC", "UTC"),
        ("New York", "America/New_York"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("GMT+1", None),
        ("CET", None),
    ],
)
def test_names_of_zones(text, zone):
    assert zone_of(text) == zone


@pytest.mark.parametrize(
    "text", ["a@b.example", "a.b+c@sub.example.org", "o'neill@example.org", "x@bücher.example"]
)
def test_addresses_are_taken(text):
    assert is_address(text)


@pytest.mark.parametrize(
    "text", ["a", "a@", "@b.example", "a b@example.org", "a@b", "a@b..example", "a@example.org;"]
)
def test_what_is_no_address_is_not_taken(text):
    assert not is_address(text)


@pytest.mark.parametrize(
    "text", ["=1", "=HYPERLINK(1)", "@SUM(A1)", "-SUM(1)", "+1+1", "+cmd|' /C'!A0", "#REF!", "'=1"]
)
def test_what_calculates_is_a_formula(text):
    assert is_formula(text)


@pytest.mark.parametrize(
    "text", ["", "-", "=", "+47 22 00 00 00", "-5", "@home", "#5", "'10012", "-2.5", "- none"]
)
def test_what_only_begins_with_a_sign_is_none(text):
    assert not is_formula(text)


def test_lists_are_divided_by_the_strongest_sign():
    assert pieces("Planning, budgets; Hiring;; hiring ; n/a") == ("Planning, budgets", "Hiring", "hiring")
    assert pieces("Planning, budgets") == ("Planning", "budgets")
    assert pieces("- Planning\n- Budgets\n") == ("Planning", "Budgets")


def test_joiners_stay_where_a_script_needs_them():
    assert not has_invisible("می\u200cخواهم")
    assert without_invisible("An\u200cna") == "Anna"
