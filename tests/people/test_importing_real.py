"""Real exports that nobody on this project wrote.  They lie beside the repository and are no part of it."""

import datetime
from pathlib import Path

import pytest

from people.importing import (
    Category,
    Kind,
    Outcome,
    Severity,
    Target,
    Unprotected,
    Why,
    guess_columns,
    read_table,
)
from tests.people.importing_people import look

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the folder ../shared/data is not there")


@pytest.fixture(scope="module")
def employees() -> bytes:
    return (DATA / "hr-employees.csv").read_bytes()


def test_the_columns_of_an_hr_export_are_recognised_and_private_ones_left_out(employees):
    mapping = guess_columns(read_table(employees, "hr-employees.csv"))

    assert {column.header: column.target for column in mapping.used} == {
        "Employee_Name": Target.FULL_NAME,
        "EmpID": Target.EMPLOYEE_NUMBER,
        "Position": Target.JOB_TITLE,
        "DateofHire": Target.HIRED_ON,
        "DateofTermination": Target.LEFT_ON,
        "EmploymentStatus": Target.EMPLOYMENT_STATUS,
        "Department": Target.UNIT,
        "ManagerName": Target.MANAGER_NAME,
    }
    assert {column.header: column.category for column in mapping.refused} == {
        "MarriedID": Category.FAMILY,
        "MaritalStatusID": Category.FAMILY,
        "GenderID": Category.SEX,
        "PerfScoreID": Category.PERFORMANCE,
        "FromDiversityJobFairID": Category.ORIENTATION,
        "Salary": Category.PAY,
        "DOB": Category.BIRTH,
        "Sex": Category.SEX,
        "MaritalDesc": Category.FAMILY,
        "CitizenDesc": Category.CITIZENSHIP,
        "HispanicLatino": Category.ORIGIN,
        "RaceDesc": Category.ORIGIN,
        "TermReason": Category.LEAVING,
        "PerformanceScore": Category.PERFORMANCE,
        "EngagementSurvey": Category.SENTIMENT,
        "EmpSatisfaction": Category.SENTIMENT,
        "LastPerformanceReview_Date": Category.PERFORMANCE,
        "DaysLateLast30": Category.ABSENCE,
        "Absences": Category.ABSENCE,
    }
    assert [column.header for column in mapping.columns if column.why == Why.FOREIGN_NUMBERS] == ["ManagerID"]


def test_the_faults_of_an_hr_export_are_found_where_they_are(employees):
    examination = look(employees)

    assert {(group.severity, group.kind): len(group.lines) for group in examination.groups} == {
        (Severity.SET_ASIDE, Kind.BLANK_IDENTIFIER): 3,
        (Severity.SET_ASIDE, Kind.SLIPPED): 1,
        (Severity.WARNING, Kind.MANAGER_NOT_FOUND): 44,
        (Severity.NOTE, Kind.BLANK_IDENTIFIER): 3,
    }
    assert [row.line for row in examination.of(Outcome.NEEDS_REPAIR)] == [2, 5, 10, 24]
    assert [(finding.kind, finding.column, finding.count) for finding in examination.file_findings] == [
        (Kind.MANAGER_NUMBERS_FOREIGN, "ManagerID", 302)
    ]
    assert {finding.value for finding in examination.findings if finding.kind == Kind.MANAGER_NOT_FOUND} == {
        "Michael Albert",
        "Webster Butler",
        "Alex Sweetwater",
        "David Stanley",
        "Board of Directors",
    }


def test_who_works_there_who_has_left_and_whom_the_rule_protects(employees):
    examination = look(employees)

    assert examination.counts == {
        Outcome.ADDED: 203,
        Outcome.CHANGED: 0,
        Outcome.LEFT_ALONE: 0,
        Outcome.NEEDS_REPAIR: 4,
        Outcome.LEAVER: 104,
    }
    protection = examination.protection
    assert (protection.people, protection.known, protection.unprotected) == (203, 160, 43)
    assert list(protection.reasons) == [Unprotected.NOT_FOUND]
    first = examination.of(Outcome.ADDED)[0]
    assert (first.line, first.full_name, first.unit, first.hired_on) == (
        7,
        "Linda Anderson",
        "Production",
        datetime.date(2012, 1, 9),
    )
    assert first.manager.name == "Amy Dunn"


@pytest.mark.parametrize("role", ["mentor", "mentee"])
def test_a_program_s_sign_up_sheet_is_read_whole(role):
    name = f"civil-service-{role}s.csv"
    examination = look((DATA / name).read_bytes(), name=name)

    assert examination.findings == ()
    assert examination.counts[Outcome.ADDED] == 500
    assert {row.role for row in examination.rows} == {role, "both"}
    assert {column.target for column in examination.mapping.used} == {
        Target.FIRST_NAME,
        Target.LAST_NAME,
        Target.EMAIL,
        Target.ROLE,
        Target.JOB_TITLE,
        Target.GRADE,
        Target.UNIT,
        Target.FUNCTION,
    }
    assert all(column.is_refused for column in examination.mapping.left_out)
    assert examination.protection.reasons == {Unprotected.NO_COLUMN: tuple(range(2, 502))}
