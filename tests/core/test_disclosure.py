"""What is shown of few people.  At the end somebody tries to find out what was hidden, with everything
that is shown, and, where all tables can be listed, also with full knowledge of the rules."""

import random
from collections import defaultdict
from itertools import product

import numpy as np
import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, milp

from core.disclosure import (
    Bounded,
    Hidden,
    Pairs,
    Reason,
    Release,
    Shown,
    count,
    counts,
    for_export,
    merge_small,
    share,
    stands_against,
    statistic,
    table,
)

SMALL = Hidden(Reason.SMALL)


def read(cells):
    """What a page prints: the numbers, and None for what is hidden."""
    return [cell.value if isinstance(cell, Shown) else None for cell in cells]


def grid(rows):
    return {(i, j): n for i, row in enumerate(rows) for j, n in enumerate(row)}


def read_table(released):
    return [
        read(group)
        for group in (
            released.cells.values(), released.rows.values(), released.columns.values(), [released.total]
        )
    ]  # fmt: skip


# Cells


def test_a_hidden_cell_does_not_hold_what_it_hides():
    for cell in (count(4), share(2, 8), statistic(7.25, people=4), counts({"a": 3, "b": 9}).cells["a"]):
        assert vars_of(cell) == {"reason": cell.reason, "k": 5}
        assert (str(cell), f"{cell}", for_export(cell)) == ("–", "–", "–")
        for turn in (int, float, round):
            with pytest.raises(TypeError):
                turn(cell)


def vars_of(cell):
    return {name: getattr(cell, name) for name in cell.__slots__}


def test_cells_print_what_a_page_may_say():
    assert str(Shown(12, 12)) == "12"
    assert str(Shown(5 / 6, 30, is_share=True)) == "83%"
    assert str(Bounded(at_least=True, bound=0.9)) == "≥ 90%"
    assert str(Bounded(at_least=False, bound=0.1)) == "≤ 10%"
    with override("de"):
        assert str(Shown(1.5, 12)) == "1,5"


def test_signs_are_read_aloud_as_words():
    assert Bounded(at_least=True, bound=0.9).spoken == "90% or more"
    assert Bounded(at_least=False, bound=0.1).spoken == "10% or less"
    assert Hidden(Reason.SMALL, k=7).spoken == "hidden, fewer than 7 people"
    assert Hidden(Reason.NOTHING).spoken == "nothing to count yet"


def test_numbers_stay_numbers_in_an_export_and_the_rest_is_what_the_page_says():
    assert for_export(Shown(0.5, 10, is_share=True)) == 0.5
    assert for_export(Bounded(at_least=True, bound=0.9)) == "≥ 90%"
    assert for_export(SMALL) == "–"


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_a_sentence_with_its_number(reason):
    said = Hidden(reason, k=7).explanation

    assert said.endswith(".") and "%" not in said
    assert ("7 people" in said) is (reason in (Reason.SMALL, Reason.ONE_SIDED))
    assert ("3 relationships" in said) is (reason is Reason.FEW_PAIRS)


# Single figures


def test_counts_begin_at_five_people():
    assert [count(n) for n in (0, 1, 4)] == [SMALL] * 3
    assert [count(n) for n in (5, 6, 500)] == [Shown(5, 5), Shown(6, 6), Shown(500, 500)]


def test_k_can_be_raised():
    assert count(9, k=10) == Hidden(Reason.SMALL, 10)
    assert count(10, k=10) == Shown(10, 10)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: count(9, k=4),
        lambda: statistic(1.0, people=9, k=4),
        lambda: share(1, 2, k=0),
        lambda: counts({"a": 1}, k=4),
        lambda: table({("a", "b"): 1}, k=4),
        lambda: merge_small({"a": 1}, k=4),
        lambda: stands_against(Release("f", "a", 1), [], k=4),
    ],
)
def test_k_cannot_be_lowered(ask):
    with pytest.raises(ValueError, match="at least 5"):
        ask()


@pytest.mark.parametrize(
    "ask",
    [lambda: count(-1), lambda: counts({"a": -1}), lambda: count(Pairs(3, -1)), lambda: count(Pairs(-1, 9))],
)
def test_nobody_counts_fewer_than_none(ask):
    with pytest.raises(ValueError, match="fewer than none"):
        ask()


def test_relationships_count_their_people_and_are_at_least_three():
    assert count(Pairs(3, 5)) == Shown(3, 5)
    assert count(Pairs(3, 4)) == SMALL
    assert count(Pairs(2, 5)) == SMALL
    assert count(Pairs(40, 4)) == SMALL


def test_a_mean_needs_five_people_and_three_relationships():
    assert statistic(2.5, people=5) == Shown(2.5, 5)
    assert statistic(2.5, people=4) == SMALL
    assert statistic(2.5, people=5, relationships=3) == Shown(2.5, 5)
    assert statistic(2.5, people=5, relationships=2) == Hidden(Reason.FEW_PAIRS)
    assert statistic(2.5, people=4, relationships=2) == SMALL
    assert statistic(2.5, people=6, relationships=9, k=7) == Hidden(Reason.SMALL, 7)
    assert statistic(None, people=9, relationships=9) == Hidden(Reason.NOTHING)
    assert statistic(0.0, people=9, relationships=9) == Shown(0.0, 9)


# Shares


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (0, 0, "–"),
        (4, 4, "–"),
        (2, 4, "–"),
        (5, 5, "≥ 90%"),
        (0, 5, "≤ 10%"),
        (9, 9, "≥ 90%"),
        (0, 9, "≤ 10%"),
        (3, 5, "–"),
        (8, 9, "–"),
        (1, 9, "–"),
        (10, 10, "≥ 90%"),
        (9, 10, "≥ 90%"),
        (8, 10, "≥ 60%"),
        (6, 10, "≥ 60%"),
        (5, 10, "50%"),
        (4, 10, "≤ 40%"),
        (1, 10, "≤ 10%"),
        (0, 10, "≤ 10%"),
        (11, 12, "≥ 90%"),
        (8, 12, "≥ 60%"),
        (7, 12, "58%"),
        (5, 12, "42%"),
        (4, 12, "≤ 40%"),
        (19, 20, "≥ 90%"),
        (17, 20, "≥ 80%"),
        (34, 34, "≥ 80%"),
        (30, 34, "≥ 80%"),
        (29, 34, "85%"),
        (36, 40, "≥ 90%"),
        (40, 40, "≥ 90%"),
        (35, 40, "88%"),
        (4, 400, "≤ 10%"),
        (396, 400, "≥ 90%"),
        (395, 400, "99%"),
        (5, 400, "1%"),
    ],
)
def test_a_share_with_few_people_on_one_side_is_a_bound(part, whole, said):
    assert str(share(part, whole)) == said


def test_a_one_sided_share_of_few_people_says_why_it_is_hidden():
    assert share(6, 7) == Hidden(Reason.ONE_SIDED)
    assert share(3, 4) == SMALL
    assert share(20, 40) == Shown(0.5, 40, is_share=True)


def test_half_of_too_few_is_said_to_be_at_least_half():
    assert str(share(6, 12, k=10)) == "≥ 50%"
    assert str(share(5, 12, k=10)) == "≤ 50%"


def test_a_share_of_relationships_needs_five_people_too():
    assert share(10, 20, people=4) == SMALL
    assert share(10, 20, people=5) == Shown(0.5, 5, is_share=True)
    assert share(3, 4, people=8) == SMALL
    assert share(19, 20, people=8) == Bounded(at_least=True, bound=0.9)


@pytest.mark.parametrize(("part", "whole"), [(-1, 5), (6, 5), (0, -1)])
def test_a_part_lies_within_its_whole(part, whole):
    with pytest.raises(ValueError, match="between nothing and the whole"):
        share(part, whole)


@pytest.mark.parametrize("k", [5, 6, 8, 10, 12])
def test_a_bound_is_true_and_mirrors(k):
    for whole in range(k, 130):
        for part in range(whole + 1):
            cell, mirrored = share(part, whole, k=k), share(whole - part, whole, k=k)
            few = min(part, whole - part)

            assert type(cell) is type(mirrored)
            if isinstance(cell, Shown):
                assert few >= k and cell == Shown(part / whole, whole, is_share=True)
            else:
                assert few < k
            if isinstance(cell, Bounded):
                assert part / whole >= cell.bound if cell.at_least else part / whole <= cell.bound
                assert part * 2 == whole or cell.at_least is not mirrored.at_least
                assert round(cell.bound * 10) in range(1, 10)


@pytest.mark.parametrize("k", [5, 6, 8, 10, 12])
def test_who_knows_the_whole_still_does_not_know_the_part(k):
    """From ten people on.  Below, "≥ 90%" can only be all of them, which is why it comes without its n."""
    for whole in range(max(k, 10), 130):
        parts = defaultdict(set)
        for part in range(whole + 1):
            cell = share(part, whole, k=k)
            if not isinstance(cell, Shown):
                parts[str(cell)].add(part)

        assert all(len(fitting) >= 2 for fitting in parts.values()), (whole, parts)


# One dimension


def test_all_is_shown_when_all_are_enough():
    released = counts({"Oslo": 5, "Leeds": 12})

    assert released.cells == {"Oslo": Shown(5, 5), "Leeds": Shown(12, 12)}
    assert released.total == Shown(17, 17)


def test_twelve_people_in_cells_of_eight_and_four():
    released = counts({"Oslo": 8, "Leeds": 4})

    assert released.cells == {"Oslo": SMALL, "Leeds": SMALL}
    assert released.total == Shown(12, 12)


def test_four_people_are_nowhere():
    assert read(counts({"Oslo": 4}).cells.values()) == [None]
    assert counts({"Oslo": 4}).total == SMALL
    assert counts({"Oslo": 3, "Leeds": 1}).total == SMALL
    assert counts({}).total == SMALL


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        ([4, 20, 30], [None, None, 30]),
        ([30, 4, 20], [30, None, None]),
        ([2, 2, 30], [None, None, None]),
        ([2, 3, 30], [None, None, 30]),
        ([0, 12], [None, None]),
        ([0, 0, 12, 13], [None, None, None, 13]),
        ([4, 4, 30], [None, None, None]),
        ([3, 5, 30], [None, None, 30]),
        ([4, 20, 20], [None, None, None]),
        ([4, 9, 20, 20], [None, None, 20, 20]),
        ([5, 5, 5], [5, 5, 5]),
    ],
)
def test_beside_a_small_cell_the_next_smallest_is_hidden(cells, shown):
    released = counts(dict(enumerate(cells)))

    assert read(released.cells.values()) == shown
    assert released.total == Shown(sum(cells), sum(cells))


def test_a_total_is_hidden_when_it_tells_all_cells():
    assert counts({"a": 4, "b": 4}).total == SMALL


def test_people_in_no_cell_are_protected_by_the_total():
    assert read(counts({"a": 20, "b": 30}, total=53).cells.values()) == [None, 30]
    assert read(counts({"a": 20, "b": 30}, total=50).cells.values()) == [20, 30]
    assert read(counts({"a": 20, "b": 30}, total=55).cells.values()) == [20, 30]
    assert read(counts({"a": 4, "b": 30}, total=55).cells.values()) == [None, 30]
    assert read(counts({"a": 4, "b": 30}, total=38).cells.values()) == [None, None]
    assert read(counts({"a": 2, "b": 30}, total=34).cells.values()) == [None, None]
    assert counts({"a": 20, "b": 30}, total=53).total == Shown(53, 53)


def test_parts_are_not_more_than_the_whole():
    with pytest.raises(ValueError, match="do not overlap"):
        counts({"a": 20, "b": 30}, total=49)


def test_cells_of_relationships_are_small_by_their_people():
    released = counts({"a": Pairs(9, 4), "b": Pairs(12, 20), "c": Pairs(30, 50)}, total=Pairs(51, 60))

    assert released.cells == {"a": SMALL, "b": SMALL, "c": Shown(30, 50)}
    assert released.total == Shown(51, 60)
    assert counts({"a": Pairs(9, 8), "b": Pairs(12, 20)}).total == Shown(21, 20)


def test_a_higher_k_hides_more():
    assert read(counts({"a": 9, "b": 12, "c": 30}, k=10).cells.values()) == [None, None, 30]
    assert read(counts({"a": 9, "b": 9, "c": 30}, k=10).cells.values()) == [None, None, None]


# Two dimensions


def test_a_table_of_enough_people_is_shown_with_its_totals():
    assert read_table(table(grid([[5, 6], [7, 8]]))) == [[5, 6, 7, 8], [11, 15], [12, 14], [26]]


def test_a_small_cell_takes_one_of_its_row_one_of_its_column_and_the_corner_between():
    released = table(grid([[4, 10, 11], [12, 20, 21], [13, 30, 31]]))

    assert read_table(released) == [
        [None, None, 11, None, None, 21, 13, 30, 31],
        [25, 53, 74],
        [29, 60, 63],
        [152],
    ]


def test_five_people_hidden_in_a_row_are_enough():
    assert read_table(table(grid([[2, 3, 20], [20, 21, 22], [23, 24, 25]]))) == [
        [None, None, 20, None, None, 22, 23, 24, 25],
        [25, 63, 72],
        [45, 48, 67],
        [160],
    ]
    assert read(table(grid([[2, 2, 20], [20, 21, 22], [23, 24, 25]])).rows.values()) == [24, 63, 72]
    assert read(table(grid([[2, 2, 20], [20, 21, 22], [23, 24, 25]])).cells.values())[:6] == [None] * 6


def test_no_more_is_hidden_when_a_count_can_only_be_less():
    released = table(grid([[0, 5, 0], [8, 8, 8]]))

    assert read_table(released) == [[None] * 6, [5, 24], [8, 13, 8], [29]]


def test_a_small_row_is_hidden_with_its_total_and_another():
    released = table(grid([[2, 2], [10, 11], [20, 21]]))

    assert read_table(released) == [[None, None, None, None, 20, 21], [None, None, 41], [32, 34], [66]]


def test_rows_of_four_are_nowhere_in_a_table():
    released = table(grid([[4, 0], [0, 0]]))

    assert read_table(released) == [[None] * 4, [None] * 2, [None] * 2, [None]]


def test_a_single_row_is_protected_like_its_columns():
    assert read_table(table(grid([[4, 9, 12]]))) == [[None, None, 12], [25], [None, None, 12], [25]]


def test_a_table_of_relationships_is_small_by_people():
    cells = {key: Pairs(10, 20) for key in product("ab", "xy")}

    assert read_table(table(cells)) == [[10] * 4, [20] * 2, [20] * 2, [40]]
    assert read_table(table({**cells, ("a", "x"): Pairs(10, 4)}))[0] == [None] * 4
    assert table({("a", "x"): Pairs(2, 9), ("a", "y"): Pairs(1, 9)}).rows["a"] == SMALL


def test_rows_and_columns_keep_their_names_and_order():
    released = table({("b", 2): 5, ("b", 1): 6, ("a", 2): 7, ("a", 1): 8})

    assert list(released.rows) == ["b", "a"] and list(released.columns) == [2, 1]
    assert released.cells["a", 2] == Shown(7, 7)
    assert released.rows["a"] == Shown(15, 15)
    assert released.columns[1] == Shown(14, 14)


def test_a_table_with_holes_is_refused():
    with pytest.raises(ValueError, match="every row in every column"):
        table({("a", 1): 5, ("b", 2): 6})


def test_the_reason_does_not_tell_the_small_cell_from_the_one_that_protects_it():
    released = table(grid([[4, 10, 11], [12, 20, 21], [13, 30, 31]]))

    assert {cell for cell in released.cells.values() if isinstance(cell, Hidden)} == {SMALL}
    assert set(counts({"a": 4, "b": 20}).cells.values()) == {SMALL}


# Small groups together


def test_small_groups_become_one_group():
    merged = merge_small({"Oslo": 40, "Bergen": 3, "Leeds": 20, "Turku": 2, "Vaasa": 1})

    assert merged.kept == {"Oslo": 40, "Leeds": 20}
    assert merged.together == ("Bergen", "Turku", "Vaasa")
    assert merged.rest == 6


def test_a_single_small_group_takes_the_next_smallest_with_it():
    merged = merge_small({"Oslo": 40, "Bergen": 4, "Leeds": 20})

    assert (merged.kept, merged.together, merged.rest) == ({"Oslo": 40}, ("Bergen", "Leeds"), 24)


def test_groups_join_until_they_are_enough():
    merged = merge_small({"a": 1, "b": 2, "c": 6, "d": 7})

    assert (merged.kept, merged.together, merged.rest) == ({"d": 7}, ("a", "b", "c"), 9)


def test_nothing_is_merged_when_all_are_enough():
    merged = merge_small({"a": 5, "b": 6})

    assert (merged.kept, merged.together, merged.rest) == ({"a": 5, "b": 6}, (), 0)


def test_when_there_are_too_few_for_anything_they_are_one_small_group():
    merged = merge_small({"a": 1, "b": 2})

    assert (merged.kept, merged.together, merged.rest) == ({}, ("a", "b"), 3)
    assert count(merged.rest) == SMALL
    assert merge_small({"a": 4}).together == ("a",)
    assert merge_small({}).together == ()


def test_groups_of_relationships_join_by_people():
    merged = merge_small({"a": Pairs(2, 4), "b": Pairs(2, 3), "c": Pairs(9, 12), "d": Pairs(30, 40)})

    assert (merged.kept, merged.together) == ({"d": Pairs(30, 40)}, ("a", "b", "c"))
    assert merged.rest == Pairs(13, 12)


@given(st.dictionaries(st.integers(0, 99), st.integers(0, 20), max_size=8), st.integers(5, 8))
def test_merged_groups_never_need_hiding(groups, k):
    merged = merge_small(groups, k=k)

    assert {**dict.fromkeys(merged.together), **merged.kept}.keys() == groups.keys()
    assert sum(merged.kept.values()) + merged.rest == sum(groups.values())
    if sum(groups.values()) >= k and len(groups) > 1:
        shown = [*merged.kept.values(), *([merged.rest] if merged.together else [])]
        assert read(counts(dict(enumerate(shown)), k=k).cells.values()) == shown
        assert len(merged.together) != 1


# Differencing


def test_a_figure_that_differs_by_one_person_is_refused():
    march, april = Release("meetings by site", "2026-03", 40), Release("meetings by site", "2026-04", 41)

    assert stands_against(april, [march]) == march
    assert stands_against(march, [april]) == april


@pytest.mark.parametrize(
    ("n", "refused"), [(40, False), (41, True), (44, True), (45, False), (36, True), (35, False)]
)
def test_five_people_apart_are_far_enough(n, refused):
    earlier = Release("f", "a", 40)

    assert (stands_against(Release("f", "b", n), [earlier]) is earlier) is refused
    assert stands_against(Release("f", "b", 46), [earlier], k=7) is earlier


def test_the_same_figure_can_be_shown_again_and_another_family_does_not_matter():
    earlier = Release("f", "a", 40)

    assert stands_against(Release("f", "a", 41), [earlier]) is None
    assert stands_against(Release("g", "b", 41), [earlier]) is None
    assert stands_against(Release("f", "b", 41), []) is None


def test_any_earlier_figure_can_stand_against_a_new_one():
    history = [Release("f", "a", 90), Release("g", "b", 50), Release("f", "c", 52), Release("f", "d", 49)]

    assert stands_against(Release("f", "e", 50), history) == Release("f", "c", 52)


def test_who_joined_and_who_left_are_counted_where_they_are_known():
    earlier = Release("f", "a", 10, frozenset(range(10)))

    def later(people):
        return Release("f", "b", len(people), frozenset(people))

    assert stands_against(later(range(10)), [earlier]) is None
    assert stands_against(later(range(1, 11)), [earlier]) is earlier
    assert stands_against(later(range(2, 12)), [earlier]) is earlier
    assert stands_against(later(range(3, 13)), [earlier]) is None
    assert stands_against(later(range(15)), [earlier]) is None
    assert stands_against(Release("f", "b", 11), [earlier]) is earlier
    assert stands_against(Release("f", "b", 10), [earlier]) is None
    assert stands_against(later(range(12)), [Release("f", "a", 10)]) == Release("f", "a", 10)


# The attacker


def splits(cells, total):
    """Every way to put ``total`` people into ``cells`` cells."""
    if cells == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for others in splits(cells - 1, total - first):
            yield (first, *others)


def printed(shape, people):
    """All that is shown of this population, as a flat tuple.  The first ``len(people)`` are its cells."""
    if len(shape) == 1:
        released = counts(dict(enumerate(people)))
        return tuple(read([*released.cells.values(), released.total]))
    rows, columns = shape
    released = table(grid([people[i * columns : (i + 1) * columns] for i in range(rows)]))
    return tuple(n for group in read_table(released) for n in group)


def primary_only(shape, people):
    """The control: hides what is small, and nothing to protect it."""
    rows, columns = (1, *shape)[-2:]
    cells = np.array(people).reshape(rows, columns)
    sums = [cells.sum()] if len(shape) == 1 else [*cells.sum(1), *cells.sum(0), cells.sum()]
    return tuple(int(n) if n >= 5 else None for n in (*people, *sums))


def told(shape, most, release):
    """(populations in which a hidden cell is told, populations with a hidden cell).  The attacker knows
    the rules: only populations that would have been printed exactly so are possible."""
    possible = defaultdict(list)
    size = int(np.prod(shape))
    for people in (people for total in range(most + 1) for people in splits(size, total)):
        possible[release(shape, people)].append(people)
    found = hiding = 0
    for shown, populations in possible.items():
        hidden = [i for i in range(size) if shown[i] is None]
        hiding += len(populations) if hidden else 0
        if any(len({people[i] for people in populations}) == 1 for i in hidden):
            found += len(populations)
    return found, hiding


SHAPES = [((2,), 40), ((3,), 30), ((4,), 20), ((5,), 14), ((2, 2), 16), ((2, 3), 10)]


@pytest.mark.parametrize(("shape", "most"), SHAPES)
def test_even_with_the_rules_in_hand_no_hidden_cell_is_told(shape, most):
    found, hiding = told(shape, most, printed)

    assert found == 0
    assert hiding > 300


@pytest.mark.parametrize(("shape", "most"), [((2,), 40), ((3,), 30), ((2, 2), 16)])
def test_without_protection_the_attacker_wins_often(shape, most):
    found, hiding = told(shape, most, primary_only)

    assert found > hiding / 2


def span(cells, shown, at):
    """The least and the most that cell ``at`` can be, by the printed sums alone, from an independent
    solver."""
    rows, columns = cells.shape
    sums, limits = [], []
    for fixed, n in shown:
        sums.append(fixed.ravel())
        limits.append(n)
    aim = np.zeros(rows * columns)
    aim[at] = 1
    ends = []
    for sign in (1, -1):
        solved = milp(
            sign * aim,
            constraints=LinearConstraint(np.array(sums), limits, limits),
            integrality=np.ones(aim.size),
        )
        ends.append(np.inf if solved.status == 3 else round(sign * solved.fun))
    return ends


def equations(cells, released):
    """What is printed, as sums over cells."""
    rows, columns = cells.shape
    masks = {("cell", key): (key,) for key in released.cells}
    masks |= {("row", i): [(i, j) for j in range(columns)] for i in range(rows)}
    masks |= {("column", j): [(i, j) for i in range(rows)] for j in range(columns)}
    masks["total", 0] = list(released.cells)
    shown = {
        **{("cell", key): cell for key, cell in released.cells.items()},
        **{("row", i): cell for i, cell in released.rows.items()},
        **{("column", j): cell for j, cell in released.columns.items()},
        ("total", 0): released.total,
    }
    for name, members in masks.items():
        if isinstance(shown[name], Shown):
            mask = np.zeros(cells.shape)
            for member in members:
                mask[member] = 1
            yield mask, shown[name].value


def assert_a_solver_finds_nothing(cells):
    released = table(grid(cells.tolist()))
    shown = list(equations(cells, released))
    for at, (key, cell) in enumerate(released.cells.items()) if shown else ():
        least, most = span(cells, shown, at)
        assert least <= cells[key] <= most
        if isinstance(cell, Hidden):
            assert least < most, (cells, key)
        else:
            assert least == most == cells[key] >= 5


@pytest.mark.parametrize("seed", range(25))
def test_a_solver_finds_no_hidden_cell_of_larger_tables(seed):
    chance = random.Random(seed)
    rows, columns = chance.randint(2, 6), chance.randint(2, 5)
    scale = chance.choice([3, 8, 20, 60])
    cells = [[int(chance.expovariate(1 / scale)) for _ in range(columns)] for _ in range(rows)]

    assert_a_solver_finds_nothing(np.array(cells))


N = None


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        # A hidden cell joins two groups of hidden cells: the sums of one group would tell it.
        (
            [[20, 3, 3, 15], [7, 12, 15, 5], [8, 8, 8, 4], [7, 7, 5, 4]],
            [[20, N, N, 15, N, 12, 15, N, N, 8, 8, N, N, N, N, N], [41, 39, 28, 23], [42, 30, 31, 28], [131]],
        ),
        # Nobody is in the hidden cells around it, and fewer than nobody cannot be.
        ([[8, 0, 0], [0, 0, 0], [20, 20, 8]], [[N] * 9, [N, N, 48], [28, N, N], [56]]),
        ([[0, 6, 6], [0, 0, 7], [0, 0, 7]], [[N] * 9, [12, N, N], [N, N, 20], [26]]),
        # One person is enough to be another number.
        ([[5, 1, 0], [6, 7, 0], [6, 5, 5]], [[N, N, N, N, 7, N, 6, N, N], [6, 13, 16], [17, 13, 5], [35]]),
        ([[9, 0, 9], [2, 1, 0], [12, 5, 5]], [[N, N, 9, N, N, N, 12, N, N], [N, N, 22], [23, 6, 14], [43]]),
        ([[7, 7, 0], [1, 6, 0], [1, 5, 0]], [[N, 7, N, N, N, N, N, N, N], [14, 7, 6], [N, 18, N], [27]]),
        # Cells are given up before sums.
        ([[5, 5, 20], [0, 8, 5], [0, 0, 5]], [[N, N, N, N, 8, N, N, N, N], [30, 13, 5], [5, 13, 30], [48]]),
    ],
)
def test_two_hidden_cells_in_every_line_are_not_always_enough(cells, shown):
    assert read_table(table(grid(cells))) == shown
    assert_a_solver_finds_nothing(np.array(cells))


@given(st.integers(1, 5), st.integers(1, 5), st.data())
def test_what_is_shown_is_true_enough_and_never_the_rest_of_a_small_group(rows, columns, data):
    cells = [[data.draw(st.integers(0, 12)) for _ in range(columns)] for _ in range(rows)]
    released = table(grid(cells))
    lines = [
        *(([released.cells[i, j] for j in range(columns)], released.rows[i]) for i in range(rows)),
        *(([released.cells[i, j] for i in range(rows)], released.columns[j]) for j in range(columns)),
        (list(released.rows.values()), released.total),
        (list(released.columns.values()), released.total),
    ]

    for parts, total in lines:
        shown = [cell.value for cell in (*parts, total) if isinstance(cell, Shown)]
        assert all(n >= 5 for n in shown)
        hidden = sum(isinstance(cell, Hidden) for cell in (*parts, total))
        assert hidden != 1
        if isinstance(total, Shown) and hidden:
            assert total.value - sum(cell.value for cell in parts if isinstance(cell, Shown)) >= 5
    for (i, j), cell in released.cells.items():
        assert cell == SMALL or cell.value == cells[i][j]


def test_a_large_table_is_released_at_once():
    chance = random.Random(1)
    cells = grid([[int(chance.expovariate(0.1)) for _ in range(20)] for _ in range(20)])

    released = table(cells)

    assert 0 < sum(isinstance(cell, Hidden) for cell in released.cells.values()) < 400
