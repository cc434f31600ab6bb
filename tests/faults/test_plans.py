"""Beside many rows no statement of a look reads a whole table: the small size of what benchmarks/clock.py measures."""

import pytest
from django.db import connection

from activity.models import Due
from benchmarks import clock

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.postgres,
    pytest.mark.usefixtures("plain_mail", "ample", "sink"),
]


@pytest.fixture
def many(db):
    with connection.cursor() as cursor:
        cursor.execute(clock.FILL, {"rows": 10_000})
        cursor.execute("ANALYZE activity_due, activity_letter")


def test_no_statement_of_a_look_reads_a_whole_table(many):
    assert clock.plans() == set()


def test_control_without_the_index_of_armed_rows_some_do(many):
    (index,) = [each for each in Due._meta.indexes if each.name == "activity_due_armed"]
    with connection.schema_editor() as editor:
        editor.remove_index(Due, index)
    try:
        assert clock.plans() != set()
    finally:
        with connection.schema_editor() as editor:
            editor.add_index(Due, index)
