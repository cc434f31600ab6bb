"""What was shown is remembered, and what would tell of few by subtraction is not shown."""

from datetime import date, timedelta

import pytest

from core.disclosure import Bounded, Hidden, Reason, Shown
from reports.actions import Asked, release
from reports.models import Release
from tests import make
from tests.make import NOW

SEPTEMBER, OCTOBER = date(2026, 9, 30), date(2026, 10, 31)
K = 5


def asked(people, *, as_of=SEPTEMBER, program=None, group="", value=1.0):
    people = frozenset(people)
    return Asked("M-04", as_of, {"rate": Shown(value, len(people))}, {group: people}, program)


def shown(one):
    return release([one], k=K, now=NOW)["M-04"]


def cell(one):
    return shown(one).cells["rate"]


@pytest.fixture
def one(db):
    return make.program(title="One")


@pytest.fixture
def other(db):
    return make.program(title="Other")


@pytest.mark.parametrize("changed", [1, 4])
def test_a_few_more_people_a_month_later_are_not_told(db, changed):
    """The answer is the one of the month before, with its date."""
    shown(asked(range(20), value=0.5))
    later = shown(asked(range(20 + changed), as_of=OCTOBER, value=0.7))

    assert (later.as_of, later.cells) == (SEPTEMBER, {"rate": Shown(0.5, 20)})
    assert Release.objects.count() == 1


def test_five_more_people_are_told(db):
    shown(asked(range(20)))

    assert shown(asked(range(25), as_of=OCTOBER)).as_of == OCTOBER


def test_two_who_changed_places_are_as_few_as_two_who_joined(db):
    shown(asked(range(20), value=0.5))

    assert cell(asked(range(1, 21), as_of=OCTOBER, value=0.7)) == Shown(0.5, 20)


def test_the_same_people_can_be_counted_anew(db):
    """Somebody logged a meeting late: nothing can be subtracted where nobody joined or left."""
    shown(asked(range(20), value=0.5))

    assert cell(asked(range(20), value=0.7)) == Shown(0.7, 20)


def test_all_less_one_program_is_the_other(one, other):
    shown(asked(range(20)))

    assert cell(asked(range(17), program=one)) == Hidden(Reason.TOO_NEAR, K)


def test_programs_that_leave_few_of_all_are_not_told_one_after_the_other(one, other):
    """Twenty-three in all, ten and ten in two of the programs: three are left in the last."""
    assert cell(asked(range(23))) == Shown(1.0, 23)
    assert cell(asked(range(10), program=one)) == Shown(1.0, 10)
    assert cell(asked(range(10, 20), program=other)) == Hidden(Reason.TOO_NEAR, K)


def test_all_is_not_told_when_the_single_ones_were(one, other):
    shown(asked(range(10), program=one))
    shown(asked(range(10, 20), program=other))

    assert cell(asked(range(23))) == Hidden(Reason.TOO_NEAR, K)


def test_groups_that_were_joined_otherwise_are_held_against_each_other(db):
    shown(asked(range(20), group="mentee|+2"))

    assert cell(asked(range(17), as_of=OCTOBER, group="mentee|Finance")) == Shown(1.0, 20)


def test_nothing_is_remembered_of_what_said_nothing(db):
    nothing = Asked("M-04", SEPTEMBER, {"rate": Hidden(Reason.SMALL, K)}, {"": frozenset(range(4))})

    assert shown(nothing) == nothing
    assert Release.objects.count() == 0


def test_a_row_holds_bounds_and_reasons_and_nothing_behind_them(db):
    cells = {"a": Bounded(True, 0.9), "b": Hidden(Reason.SMALL, K), "c": Shown(0.5, 20, is_share=True)}
    first = Asked("M-04", SEPTEMBER, cells, {"": frozenset(range(20))})
    release([first], k=K, now=NOW)

    assert Release.objects.get().cells == [
        ["a", "bounded", True, 0.9],
        ["b", "hidden", "small"],
        ["c", "shown", 0.5, 20, True],
    ]
    later = Asked("M-04", OCTOBER, cells, {"": frozenset(range(21))})
    assert release([later], k=K, now=NOW + timedelta(days=31))["M-04"].cells == cells
