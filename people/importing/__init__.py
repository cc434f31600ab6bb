"""Read a file of people: any table to clean rows and findings, without touching the database.

table = read_table(data, "people.csv")            # UnreadableFile says why not
mapping = guess_columns(table)
table = table.without(column.index for column in mapping.refused)     # before anything is kept
mapping = mapping.with_choices({3: "email"})      # MappingRefused says which column and why
table = table.only(column.index for column in mapping.used)
examination = examine(table, mapping, KnownPeople([...]), today=today)
problem_rows_csv(examination)
"""

from people.importing.days import Order
from people.importing.examining import Examination, Group, examine
from people.importing.findings import Finding
from people.importing.guessing import guess_columns
from people.importing.kinds import Kind, Severity
from people.importing.lines import Protection, Unprotected
from people.importing.mapping import ColumnGuess, Mapping, MappingRefused, Why
from people.importing.people import Change, KnownPeople, KnownPerson, Manager, Outcome, PersonRow
from people.importing.problems import problem_rows_csv
from people.importing.reading import read_table
from people.importing.sensitive import Category
from people.importing.table import Column, Row, Table, UnreadableFile
from people.importing.targets import Target

__all__ = [
    "Category",
    "Change",
    "Column",
    "ColumnGuess",
    "Examination",
    "Finding",
    "Group",
    "Kind",
    "KnownPeople",
    "KnownPerson",
    "Manager",
    "Mapping",
    "MappingRefused",
    "Order",
    "Outcome",
    "PersonRow",
    "Protection",
    "Row",
    "Severity",
    "Table",
    "Target",
    "Unprotected",
    "UnreadableFile",
    "Why",
    "examine",
    "guess_columns",
    "problem_rows_csv",
    "read_table",
]
