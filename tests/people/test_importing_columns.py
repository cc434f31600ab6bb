"""What columns are taken for, what is never taken, and what a person may choose."""

import pytest

from people.importing import (
    Category,
    Kind,
    KnownPeople,
    Mapping,
    MappingRefused,
    Order,
    Table,
    Target,
    Why,
    examine,
    guess_columns,
    read_table,
)
from people.importing import headings as known
from people.importing.headings import promised
from people.importing.sensitive import by_heading
from tests.people.importing_people import TODAY, Dialect, look, people, sheet


def table_of(**columns: list[str]) -> Table:
    lines = [",".join(columns)]
    lines += [",".join(f'"{cell}"' for cell in row) for row in zip(*columns.values(), strict=True)]
    return read_table("\n".join(lines).encode(), "people.csv")


def guess(header: str, values: list[str]):
    return guess_columns(
        table_of(**{"Employee ID": [str(at) for at in range(len(values))], header: values})
    ).columns[1]


# Headings


def test_no_heading_promises_two_things():
    seen: dict[str, Target] = {}
    for target, phrases in known.SAYS.items():
        for phrase in phrases.split(","):
            whole = "".join(phrase.split())
            assert seen.setdefault(whole, target) == target, phrase


def test_no_heading_that_is_known_is_private():
    for phrases in known.SAYS.values():
        for phrase in phrases.split(","):
            assert by_heading(" ".join(phrase.split())) is None, phrase


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ("EmpID", Target.EMPLOYEE_NUMBER),
        ("Emp. No.", Target.EMPLOYEE_NUMBER),
        ("EMPLOYEE_NUMBER", Target.EMPLOYEE_NUMBER),
        ("Payroll number", Target.EMPLOYEE_NUMBER),
        ("DateofHire", Target.HIRED_ON),
        ("Date of Termination", Target.LEFT_ON),
        ("Work e-mail address", Target.EMAIL),
        ("Email (work)", Target.EMAIL),
        ("Private e-mail", Target.IGNORED),
        ("Emergency contact name", Target.IGNORED),
        ("Emergency contact e-mail", Target.IGNORED),
        ("Department ID", Target.IGNORED),
        ("Department code", Target.IGNORED),
        ("Line manager's e-mail", Target.MANAGER_EMAIL),
        ("Supervisor ID", Target.MANAGER_NUMBER),
        ("Manager Employee Number", Target.MANAGER_NUMBER),
        ("Reports to", Target.MANAGER_NAME),
        ("Manager level", Target.IGNORED),
        ("Is manager", Target.IGNORED),
        ("Vorgesetzte/r", Target.MANAGER_NAME),
        ("N+1", Target.MANAGER_NAME),
        ("Skills to develop", Target.SKILLS_WANTED),
        ("Which skills do you want to learn?", Target.SKILLS_WANTED),
        ("Your skills", Target.SKILLS_OFFERED),
        ("Is a mentor?", Target.IGNORED),
        ("Mentee?", Target.ROLE),
        ("Will you mentor or be a mentee", Target.ROLE),
        ("Zip", Target.IGNORED),
        ("", Target.IGNORED),
    ],
)
def test_headings_are_read_as_people_write_them(header, target):
    assert promised(header)[0] == target


# Content


def test_what_stands_in_a_column_outweighs_its_heading():
    assert guess("Manager", [f"p{at}@example.org" for at in range(9)]).target == Target.MANAGER_EMAIL
    assert guess("Manager", [str(at) for at in range(9)]).target == Target.MANAGER_NUMBER
    assert guess("Manager", ["Anna Berg", "Bo Dahl"] * 5).target == Target.MANAGER_NAME
    assert guess("E-mail", ["yes", "no"] * 5).why == Why.UNLIKE
    assert guess("Hire date", ["yes", "no"] * 5).why == Why.UNLIKE
    assert guess("Department", ["1", "2"] * 5).why == Why.UNLIKE


def test_titles_of_men_and_women_are_not_job_titles():
    guessed = guess("Title", ["Mr", "Ms", "Mrs"] * 5)

    assert (guessed.target, guessed.category) == (Target.IGNORED, Category.SEX)


def test_a_number_that_many_share_is_no_employee_number():
    table = table_of(**{"Staff ID": [str(at // 10) for at in range(60)], "Name": ["Bo"] * 60})

    assert guess_columns(table).columns[0].why == Why.UNLIKE


def test_of_two_columns_for_one_thing_the_surer_is_taken():
    addresses = [f"a{at}@x.org" for at in range(9)]
    first, second = guess_columns(table_of(**{"Newsletter e-mail": addresses, "E-mail": addresses})).columns

    assert (first.target, first.why) == (Target.IGNORED, Why.SECOND)
    assert (second.target, second.why) == (Target.EMAIL, Why.RECOGNISED)


def test_name_beside_first_name_is_the_last_name():
    table = table_of(Vorname=["Anna", "Bo"] * 3, Name=["Berg", "Dahl"] * 3)

    assert [column.target for column in guess_columns(table).columns] == [Target.FIRST_NAME, Target.LAST_NAME]


def test_name_beside_first_name_is_the_full_name_if_it_holds_the_first():
    table = table_of(**{"First name": ["Anna", "Bo"] * 3, "Name": ["Anna Berg", "Bo Dahl"] * 3})

    assert [column.target for column in guess_columns(table).columns] == [Target.FIRST_NAME, Target.FULL_NAME]


def test_guesses_show_three_values_and_say_how_sure_they_are():
    column = guess("Job title", ["Nurse", "Buyer", "Nurse", "Welder", "Planner"])

    assert column.samples == ("Nurse", "Buyer", "Welder")
    assert column.is_sure
    assert column.reason == "Recognised by its name and by what stands in it."


def test_a_file_called_mentors_is_a_file_of_mentors():
    table = sheet(people(30)).write()

    assert guess_columns(read_table(table, "our-mentors_2026.csv")).default_role == "mentor"
    assert guess_columns(read_table(table, "Mentees.xlsx")).default_role == "mentee"
    assert guess_columns(read_table(table, "mentors and mentees.csv")).default_role == ""


# Managers by the numbers of another list


def numbered(manager_numbers: dict[int, str], names: bool = True):
    made = people(60)
    book = sheet(made)
    book.rows[0].append("Manager ID")
    for at, one in enumerate(made):
        name = made[one.manager].name if one.manager is not None else ""
        book.set(at, "manager", name if names else "")
        book.rows[at + 1].append("" if one.manager is None else manager_numbers[one.manager])
    return made, look(book.write()), guess_columns(read_table(book.write(), "x.csv"))


def test_numbers_of_another_list_are_left_out_where_names_lead_to_the_manager():
    made, examination, mapping = numbered({at: str(at + 1) for at in range(60)})

    assert [(finding.kind, finding.column, finding.count) for finding in mapping.findings] == [
        (Kind.MANAGER_NUMBERS_FOREIGN, "Manager ID", 59)
    ]
    assert mapping.columns[-1].why == Why.FOREIGN_NUMBERS
    assert [finding.kind for finding in examination.findings] == [Kind.MANAGER_NUMBERS_FOREIGN]
    assert examination.protection.unprotected == 0
    assert examination.rows[59].manager.name == made[made[59].manager].name


def test_numbers_that_lead_to_other_people_than_the_names_are_of_another_list():
    made = people(60)
    shifted = {at: made[(at + 20) % 60].number for at in range(60)}
    _made, examination, mapping = numbered(shifted)

    assert mapping.columns[-1].why == Why.FOREIGN_NUMBERS
    assert examination.row_findings == []
    assert examination.protection.unprotected == 0


def test_numbers_of_another_list_without_names_lead_to_nobody_and_are_counted():
    _made, examination, mapping = numbered({at: f"M{at}" for at in range(60)}, names=False)

    assert mapping.columns[-1].target == Target.MANAGER_NUMBER
    assert [(finding.kind, finding.count) for finding in examination.file_findings] == [
        (Kind.MANAGER_NUMBERS_FOREIGN, 59)
    ]
    assert {finding.kind for finding in examination.row_findings} == {Kind.MANAGER_NOT_FOUND}
    assert examination.protection.unprotected == 60


def test_numbers_of_the_same_list_stay():
    made = people(60)
    _made, examination, mapping = numbered({at: made[at].number for at in range(60)})

    assert mapping.columns[-1].target == Target.MANAGER_NUMBER
    assert examination.findings == ()


# What is never taken

PRIVATE = {
    "Salary": ("52000", Category.PAY),
    "Base Pay (USD)": ("52000", Category.PAY),
    "PayRate": ("31.5", Category.PAY),
    "Gehalt": ("52000", Category.PAY),
    "Race": ("Green", Category.ORIGIN),
    "RaceDesc": ("Green", Category.ORIGIN),
    "Ethnic group": ("Green", Category.ORIGIN),
    "HispanicLatino": ("no", Category.ORIGIN),
    "Sex": ("F", Category.SEX),
    "Gender identity": ("x", Category.SEX),
    "GenderID": ("1", Category.SEX),
    "Geschlecht": ("w", Category.SEX),
    "Kjønn": ("K", Category.SEX),
    "Anrede": ("Frau", Category.SEX),
    "Sexual orientation": ("x", Category.ORIENTATION),
    "Match by identity": ("yes", Category.ORIENTATION),
    "DOB": ("1/2/1980", Category.BIRTH),
    "Date of birth": ("1/2/1980", Category.BIRTH),
    "BIRTH_DT": ("1/2/1980", Category.BIRTH),
    "Age": ("44", Category.BIRTH),
    "Fødselsdato": ("1.2.1980", Category.BIRTH),
    "Date de naissance": ("1.2.1980", Category.BIRTH),
    "Marital status": ("x", Category.FAMILY),
    "MaritalDesc": ("x", Category.FAMILY),
    "Familienstand": ("x", Category.FAMILY),
    "Number of children": ("2", Category.FAMILY),
    "Citizenship": ("x", Category.CITIZENSHIP),
    "Nationality": ("x", Category.CITIZENSHIP),
    "Veteran status": ("no", Category.CITIZENSHIP),
    "Religion": ("x", Category.RELIGION),
    "Konfession": ("x", Category.RELIGION),
    "Disability": ("no", Category.HEALTH),
    "Schwerbehinderung": ("nein", Category.HEALTH),
    "Union member": ("no", Category.VIEWS),
    "SSN": ("123", Category.NUMBERS),
    "National insurance number": ("123", Category.NUMBERS),
    "IBAN": ("NO93", Category.NUMBERS),
    "Performance score": ("4", Category.PERFORMANCE),
    "PerfRating": ("4", Category.PERFORMANCE),
    "Last appraisal": ("4", Category.PERFORMANCE),
    "Potential": ("high", Category.PERFORMANCE),
    "Engagement survey": ("4", Category.SENTIMENT),
    "EmpSatisfaction": ("4", Category.SENTIMENT),
    "Absences": ("4", Category.ABSENCE),
    "DaysLateLast30": ("4", Category.ABSENCE),
    "Sick days": ("4", Category.ABSENCE),
    "TermReason": ("hours", Category.LEAVING),
    "Reason for leaving": ("hours", Category.LEAVING),
}


@pytest.mark.parametrize("header", sorted(PRIVATE))
def test_private_columns_are_known_by_their_heading(header):
    value, category = PRIVATE[header]
    column = guess(header, [value] * 9)

    assert (column.target, column.why, column.category, column.samples) == (
        Target.IGNORED,
        Why.REFUSED,
        category,
        (),
    )
    assert column.reason == f"Never stored here: {category.label}."


@pytest.mark.parametrize(
    ("values", "category"),
    [
        (["F", "M", "F"], Category.SEX),
        (["männlich", "weiblich", "divers"], Category.SEX),
        (["White", "Asian", "Two or more races"], Category.ORIGIN),
        (["Single", "Married", "Divorced"], Category.FAMILY),
        (["Catholic", "Muslim", "Hindu"], Category.RELIGION),
        (["Gay, Transgender", "Lesbian", "Bisexual"], Category.ORIENTATION),
        (["Exceeds", "Fully Meets", "PIP"], Category.PERFORMANCE),
        (["US Citizen", "Non-Citizen", "US Citizen"], Category.CITIZENSHIP),
    ],
)
@pytest.mark.parametrize("header", ["Group", "Attribute 7", "Job title", "Role", "Grade", ""])
def test_private_values_are_known_under_any_heading(header, values, category):
    table = read_table(
        (f"Employee ID,{header}\n" + "".join(f'{at},"{values[at % 3]}"\n' for at in range(30))).encode(),
        "x.csv",
    )

    assert guess_columns(table).columns[1].category == category


@pytest.mark.parametrize(
    "values", [["M1", "M2", "M"], ["Other", "Other"], ["yes", "no"], ["Active", "Separated"]]
)
def test_ordinary_values_are_not_taken_for_private_ones(values):
    assert guess("Band", (values * 9)[:18]).category is None


def test_texts_that_speak_of_private_matters_are_refused():
    texts = [f"I am a lesbian engineer and like text number {at}." for at in range(9)]

    assert guess("Biography", texts).category == Category.IN_TEXT


def test_free_text_is_left_out_until_somebody_has_read_it():
    texts = [f"I have built bridges for {at} years and like to explain them." for at in range(9)]
    table = table_of(**{"Employee ID": list("123456789"), "Name": ["Bo Dahl"] * 9, "Biography": texts})
    mapping = guess_columns(table)

    assert (mapping.columns[2].target, mapping.columns[2].why) == (Target.IGNORED, Why.FREE_TEXT)
    with pytest.raises(MappingRefused) as refused:
        mapping.with_choices({2: "biography"})
    assert refused.value.errors == {2: "Say that you have read these texts, or leave the column out."}
    chosen = mapping.with_choices({2: "biography"}, texts_confirmed=True)
    assert chosen.columns[2].target == Target.BIOGRAPHY


def test_a_text_that_was_read_keeps_its_lines():
    book = sheet(people(30))
    book.rows[0].append("Motivation")
    for row in book.rows[1:]:
        row.append(" I like to explain.\r\nTo anybody. ")
    table = read_table(book.write(), "x.csv")
    mapping = guess_columns(table).with_choices({len(book.fields): "biography"}, texts_confirmed=True)

    assert {row.biography for row in examine_with(table, mapping).rows} == {"I like to explain.\nTo anybody."}
    with pytest.raises(MappingRefused) as refused:
        mapping.with_choices({})  # the confirmation is given each time
    assert list(refused.value.errors) == [len(book.fields)]


def test_long_texts_under_an_ordinary_heading_are_left_out_too():
    texts = [f"{at} " + "many words about oneself " * 9 for at in range(9)]

    assert guess("Job title", texts).why == Why.FREE_TEXT


def test_nothing_private_stays_in_what_is_kept():
    made = people(60)
    table = read_table(sheet(made).write(), "x.csv")
    mapping = guess_columns(table)
    kept = str(table.without(column.index for column in mapping.refused).as_json()) + str(mapping.as_json())

    assert [column.header for column in mapping.refused] == ["Salary", "Sex", "Date of birth"]
    assert not any(str(one.salary) in kept for one in made)
    assert not any(one.birth.isoformat() in kept for one in made)


def test_what_slipped_out_of_a_private_column_is_not_kept_either():
    made = people(60)
    book = sheet(made, Dialect())
    row = book.rows[31]
    del row[3]  # all behind moves to the left: the salary stands under the role
    table = read_table(book.write(), "x.csv")
    mapping = guess_columns(table)
    kept = table.without(column.index for column in mapping.refused)

    assert kept.rows[30].broken_at <= 3
    assert str(made[30].salary) not in str(kept.as_json())
    assert kept.rows[30].cells[0] == made[30].number


def test_the_mapping_tells_whether_reporting_lines_can_protect():
    mapping = guess_columns(read_table(sheet(people(30)).write(), "x.csv"))

    assert mapping.protects_reporting_lines
    assert not mapping.with_choices({index_of(mapping, "Manager"): "ignored"}).protects_reporting_lines


# Choices of a person


@pytest.fixture
def mapping() -> Mapping:
    return guess_columns(read_table(sheet(people(30)).write(), "x.csv"))


def index_of(mapping: Mapping, header: str) -> int:
    return next(column.index for column in mapping.columns if column.header == header)


@pytest.mark.parametrize("header", ["Salary", "Sex", "Date of birth"])
@pytest.mark.parametrize("target", [target for target in Target if target != Target.IGNORED])
def test_a_private_column_can_be_chosen_for_nothing(mapping, header, target):
    index = index_of(mapping, header)
    with pytest.raises(MappingRefused) as refused:
        mapping.with_choices({index: target}, texts_confirmed=True)

    category = mapping.columns[index].category
    assert refused.value.errors[index] == f"This column is never stored here: {category.label}."
    assert mapping.columns[index].choices == [Target.IGNORED]


def test_what_was_chosen_replaces_what_was_guessed(mapping):
    site = index_of(mapping, "Site")
    chosen = mapping.with_choices({site: "unit", index_of(mapping, "Department"): "ignored"})

    assert chosen.indices(Target.UNIT) == [site]
    assert chosen.columns[site].why == Why.CHOSEN
    assert chosen.columns[index_of(mapping, "Department")].target == Target.IGNORED
    assert chosen.columns[index_of(mapping, "Grade")] == mapping.columns[index_of(mapping, "Grade")]


def test_two_columns_cannot_say_one_thing(mapping):
    with pytest.raises(MappingRefused) as refused:
        mapping.with_choices({index_of(mapping, "Site"): "unit"})

    assert refused.value.errors == {
        index_of(mapping, "Site"): "Another column is “Unit or department” already."
    }


def test_two_columns_can_name_skills(mapping):
    chosen = mapping.with_choices({index_of(mapping, "Grade"): "skills_offered"})

    assert len(chosen.indices(Target.SKILLS_OFFERED)) == 2


@pytest.mark.parametrize(
    ("choices", "extra"),
    [
        ({999: "email"}, {}),
        ({}, {"order": "year_first"}),
        ({}, {"default_role": "boss"}),
    ],
)
def test_forged_choices_are_refused(mapping, choices, extra):
    with pytest.raises(MappingRefused) as refused:
        mapping.with_choices(choices, **extra)

    assert refused.value.errors == {None: "The form does not belong to this file. Open the page again."}


def test_a_target_that_does_not_exist_is_refused(mapping):
    with pytest.raises(MappingRefused) as refused:
        mapping.with_choices({0: "salary"})

    assert refused.value.errors == {0: "Choose one of the list."}


def test_without_an_identifier_or_a_name_nothing_can_be_examined(mapping):
    with pytest.raises(MappingRefused) as refused:
        mapping.with_choices({0: "ignored", index_of(mapping, "E-mail"): "ignored"})
    assert refused.value.errors == {None: "Choose a column with the employee number or the e-mail address."}

    with pytest.raises(MappingRefused) as refused:
        mapping.with_choices({index_of(mapping, "Name"): "ignored"})
    assert refused.value.errors == {None: "Choose a column with the name."}


def test_the_order_of_day_and_month_can_be_chosen_where_the_file_does_not_show_it():
    lines = "Employee ID,Name,Hire date\n1,Anna Berg,03/04/2015\n2,Bo Dahl,05/06/2015\n3,Zoë Vik,07/07/2015\n"
    table = read_table(lines.encode(), "x.csv")
    mapping = guess_columns(table)
    open_ones = look(lines.encode())

    assert [finding.kind for finding in open_ones.file_findings] == [Kind.DATE_ORDER_UNDECIDED]
    assert [row.hired_on and row.hired_on.isoformat() for row in open_ones.rows] == [None, None, "2015-07-07"]
    for order, expected in ((Order.DAY_FIRST, "2015-04-03"), (Order.MONTH_FIRST, "2015-03-04")):
        chosen = mapping.with_choices({}, order=order)
        examination = examine_with(table, chosen)
        assert examination.findings == ()
        assert examination.rows[0].hired_on.isoformat() == expected


def examine_with(table, mapping):
    return examine(table, mapping, KnownPeople(), today=TODAY)


# Keeping


def test_table_and_mapping_survive_being_kept(mapping):
    table = read_table(sheet(people(30), Dialect(encoding="cp1252", title=True)).write(), "x.csv")
    kept = Mapping.from_json(mapping.as_json())

    assert Table.from_json(table.as_json()) == table
    assert all(column.samples == () for column in kept.columns)
    there = table.without(column.index for column in mapping.refused)
    assert kept.with_samples(there) == mapping
