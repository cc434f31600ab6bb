"""A chart and its table say the same; nothing is drawn that was not measured."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.charts import (
    Bars,
    Lines,
    Part,
    Point,
    Series,
    Stack,
    Step,
    Steps,
    axis_top,
    bars,
    hbars,
    lines,
    number,
    stack,
    thinned,
    ticks,
    whole_percents,
)


def rows_of(html: str) -> list[list[str]]:
    body = re.search(r"<tbody>(.*)</tbody>", html)[1]
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", body)]


def weeks(*values, **more) -> Bars:
    points = [Point(f"W{n}", value) for n, value in enumerate(values, start=1)]
    return Bars(id="weeks", title="Meetings each week", points=points, over="Week", counts="Meetings", **more)


@pytest.mark.parametrize(
    ("highest", "top"),
    [
        (0, 5),
        (1, 5),
        (5, 5),
        (6, 10),
        (13, 15),
        (16, 20),
        (21, 25),
        (26, 50),
        (51, 100),
        (101, 150),
        (251, 500),
        (4001, 5000),
    ],
)
def test_the_axis_ends_at_a_round_number(highest, top):
    assert axis_top(highest) == top


@given(st.floats(0, 10**9))
def test_the_axis_holds_every_value_in_a_few_even_steps(highest):
    top = axis_top(highest)
    marks = ticks(top)
    assert top >= highest
    assert 3 <= len(marks) <= 6
    assert (marks[0], marks[-1]) == (0, top)
    assert len({round(b - a, 6) for a, b in pairwise(marks)}) == 1


def test_the_table_of_bars_has_the_numbers_that_are_drawn():
    html = bars(weeks(2, 13, 0))
    assert rows_of(html) == [["W1", "2"], ["W2", "13"], ["W3", "0"]]
    assert [
        float(height) for height in re.findall(r'<rect x="\d+" width="48" y="[\d.]+" height="([\d.]+)"', html)
    ] == [
        pytest.approx(100 * 2 / 15, rel=1e-4),
        pytest.approx(100 * 13 / 15, rel=1e-4),
    ]


def test_what_is_missing_is_a_gap_and_not_a_nought():
    html = bars(weeks(2, None, 4))
    assert html.count('width="48"') == 2
    assert rows_of(html)[1] == ["W2", "–"]


def test_what_is_expected_is_a_line_and_a_column():
    html = bars(weeks(2, 4, expected=3))
    assert 'y1="40" y2="40" class="target-line"' in html
    assert rows_of(html) == [["W1", "2", "3"], ["W2", "4", "3"]]
    assert "Expected, 3" in html


def test_a_period_that_still_runs_says_so():
    assert rows_of(bars(weeks(2, 4, so_far=True)))[-1] == ["W2, so far", "4"]


def test_a_chart_of_nothing_is_still_a_chart():
    assert rows_of(bars(weeks())) == []
    assert rows_of(lines(Lines(id="x", title="X", series=[], over="Month"))) == []
    assert rows_of(stack(Stack(id="x", title="X"))) == []
    assert rows_of(hbars(Steps(id="x", title="X", steps=[], over="Step", counts="People"))) == []


def test_words_are_escaped_everywhere():
    html = bars(
        Bars(id="a", title="<b>", points=[Point("<i>", 1, "<u>")], over="<s>", counts="<em>", finding="<q>")
    )
    assert re.findall(r"<(?:b|i|u|s|em|q)>", html) == []


def test_the_drawing_is_hidden_and_the_table_is_not():
    html = bars(weeks(1))
    assert '<div class="plot" aria-hidden="true">' in html
    assert '<h2 id="weeks">Meetings each week</h2>' in html
    assert '<caption class="vh">Meetings each week</caption>' in html
    assert 'tabindex="0" role="region" aria-label="Meetings each week, table"' in html


def test_lines_break_where_nothing_was_measured():
    series = Series("Ours", [Point("May", 1), Point("Jun", 2), Point("Jul", None), Point("Aug", 3)])
    html = lines(Lines(id="m", title="Meetings", series=[series], over="Month"))
    assert re.findall(r'<polyline points="([^"]+)"', html) == ["50,80 150,60"]
    assert 'd="M50 80h.01M150 60h.01M350 40h.01"' in html
    assert rows_of(html) == [["May", "1"], ["Jun", "2"], ["Jul", "–"], ["Aug", "3"]]


def test_lines_can_have_a_unit_and_their_own_words_for_a_gap():
    series = Series("Ours", [Point("May", None, "Not started"), Point("Jun", 84.5)])
    html = lines(Lines(id="m", title="Share", series=[series], over="Month", top=100, unit="%"))
    assert rows_of(html) == [["May", "Not started"], ["Jun", "84.5%"]]
    assert "<span>100%</span>" in html


def test_more_than_three_lines_are_refused():
    with pytest.raises(ValueError, match="at most three"):
        lines(Lines(id="m", title="M", series=[Series(str(n), []) for n in range(4)], over="Month"))


def test_steps_say_their_share_of_the_first():
    steps = [Step("Signed up", 142), Step("Matched", 131, "11 still waiting"), Step("Finished", 52)]
    html = hbars(Steps(id="f", title="Funnel", steps=steps, over="Step", counts="People"))
    assert re.findall(r'<span class="sub">(\d+%)</span>', html) == ["100%", "92%", "37%"]
    assert '<span class="sub">11 still waiting</span>' in html
    assert rows_of(html) == [["Signed up", "142"], ["Matched", "131"], ["Finished", "52"]]


def test_groups_are_compared_with_the_largest_when_there_is_no_whole():
    steps = [Step("Retail", 20), Step("Finance", 40)]
    html = hbars(Steps(id="f", title="Groups", steps=steps, over="Group", counts="People", shares=False))
    assert re.findall(r'<rect width="([\d.]+)" height="10"', html) == ["50", "100"]
    assert "%" not in re.sub(r'aria-label="[^"]*"', "", html)


def test_the_parts_of_a_whole_fill_the_bar_with_gaps_between():
    html = stack(
        Stack(
            id="g",
            title="Goals",
            parts=[Part("Done", 3, "deep"), Part("Open", 1, "watch"), Part("None", 0, "quiet")],
        )
    )
    drawn = [
        (float(x), float(w)) for x, w in re.findall(r'<rect x="([\d.]+)" width="([\d.]+)" height="10"', html)
    ]
    assert drawn == [(0, 74.7), (75.1, 24.9)]
    assert rows_of(html) == [["Done", "3", "75%"], ["Open", "1", "25%"], ["None", "0", "0%"]]


def test_more_than_five_parts_are_refused():
    with pytest.raises(ValueError, match="at most five"):
        stack(Stack(id="g", title="G", parts=[Part(str(n), 1, "good") for n in range(6)]))


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=8).filter(any))
def test_percentages_add_up_and_none_is_off_by_a_whole(values):
    percents = whole_percents(values)
    assert sum(percents) == 100
    assert all(
        abs(percent - 100 * value / sum(values)) < 1 for percent, value in zip(percents, values, strict=True)
    )


def test_of_nothing_every_share_is_nought():
    assert whole_percents([0, 0]) == [0, 0]


@given(st.integers(0, 300))
def test_labels_are_thinned_until_they_fit(count):
    shown = thinned([str(n) for n in range(count)])
    assert len(shown) == count
    assert len([label for label in shown if label]) <= 12
    assert count == 0 or shown[0] == "0"


@pytest.mark.parametrize(
    ("value", "words"), [(None, "–"), (0, "0"), (83, "83"), (4.5, "4.5"), (4.0, "4"), (1234, "1,234")]
)
def test_numbers_are_written_as_people_write_them(value, words):
    assert number(value) == words
