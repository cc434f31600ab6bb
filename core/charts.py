"""Charts: heading and finding in words, geometry in SVG, labels in HTML, and always the numbers as a table.

Everything here is a pure function of plain values.  A chart is a dataclass that a view fills; what it says in
one sentence (``finding``) is written by the code that knows the meaning of the numbers.  A value of None is a
gap, never a nought; ``Point.shown`` is what the table says in its place, or instead of the number.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core.drawings import FILLS, share

LABELS_AT_MOST = 12


class Point(NamedTuple):
    label: str
    value: float | None
    shown: str = ""


class Series(NamedTuple):
    name: str
    points: Sequence[Point]


@dataclass(frozen=True)
class Bars:
    """A count over time.  ``expected`` is a dashed line; ``so_far`` says that the last bar still grows."""

    id: str
    title: str
    points: Sequence[Point]
    over: str  # the heading of the first column: Week, Month
    counts: str  # the heading of the second: Meetings
    finding: str = ""
    expected: float | None = None
    expected_words: str = ""
    so_far: bool = False


@dataclass(frozen=True)
class Lines:
    """Up to three groups over time, compared: pine with circles, plum with squares, ink dashed."""

    id: str
    title: str
    series: Sequence[Series]
    over: str
    finding: str = ""
    top: float | None = None
    unit: str = ""


class Step(NamedTuple):
    label: str
    value: float
    note: str = ""
    shown: str = ""


@dataclass(frozen=True)
class Steps:
    """How many are left at each step, or how groups compare, with shares of ``whole`` or of the first."""

    id: str
    title: str
    steps: Sequence[Step]
    over: str
    counts: str
    finding: str = ""
    whole: float | None = None
    shares: bool = True


class Part(NamedTuple):
    label: str
    value: int
    tone: str  # a key of core.drawings.FILLS


@dataclass(frozen=True)
class Stack:
    """What the parts of a whole are: at most five."""

    id: str
    title: str
    parts: Sequence[Part] = field(default_factory=tuple)
    finding: str = ""


def axis_top(highest: float) -> int:
    """The next of 5, 10, 15, 20, 25, 50 and their tenfolds."""
    power = 1
    while True:
        for top in (5, 10, 15, 20, 25):
            if highest <= top * power:
                return top * power
        if highest <= 50 * power:
            return 50 * power
        power *= 10


def ticks(top: float) -> list[float]:
    """Three to six of them, nought and ``top`` included."""
    parts = next(n for n in (4, 5, 3, 2, 1) if top % n == 0 and top / n in _round_steps(top))
    return [top * n / parts for n in range(parts + 1)]


def _round_steps(top: float) -> set[float]:
    return {size * 10**power for size in (1, 2, 2.5, 5) for power in range(-1, 9) if size * 10**power <= top}


def number(value: float | None) -> str:
    if value is None:
        return "–"
    places = 0 if float(value).is_integer() else 1
    return number_format(value, decimal_pos=places, use_l10n=True, force_grouping=True)


def whole_percents(values: Sequence[float]) -> list[int]:
    """Shares in whole percent that add up to 100: what is lost in rounding goes to the largest remainders."""
    total = sum(values)
    if not total:
        return [0 for value in values]
    exact = [100 * value / total for value in values]
    rounded = [int(part) for part in exact]
    by_remainder = sorted(range(len(exact)), key=lambda n: (rounded[n] - exact[n], n))
    for n in by_remainder[: 100 - sum(rounded)]:
        rounded[n] += 1
    return rounded


def thinned(labels: Sequence[str], most: int = LABELS_AT_MOST) -> list[str]:
    """So few of the labels that they fit on a narrow screen, the others blank."""
    every = -(-len(labels) // most) if labels else 1
    return [label if n % every == 0 else "" for n, label in enumerate(labels)]


def _figure(chart: Bars | Lines | Steps | Stack, body: SafeString) -> SafeString:
    finding = format_html('<span class="sub">{}</span>', chart.finding) if chart.finding else ""
    return format_html(
        '<figure class="chart"><figcaption><h2 id="{}">{}</h2>{}</figcaption>{}</figure>',
        chart.id,
        chart.title,
        finding,
        body,
    )


def _plot(top: float, columns: Sequence[str], drawing: SafeString, unit: str = "") -> SafeString:
    marks = ticks(top)
    width = 100 * len(columns)
    grid = format_html_join(
        "",
        '<line x1="0" x2="{}" y1="{}" y2="{}" class="{}"/>',
        (
            (
                width,
                f"{100 - 100 * mark / top:.6g}",
                f"{100 - 100 * mark / top:.6g}",
                "grid-line" if mark else "axis-line",
            )
            for mark in marks
        ),
    )
    return format_html(
        '<div class="plot" aria-hidden="true"><div class="y">{}</div>'
        '<svg viewBox="0 0 {} 100" preserveAspectRatio="none">{}{}</svg>'
        '<ol class="x" role="list">{}</ol></div>',
        format_html_join("", "<span>{}{}</span>", ((number(mark), unit) for mark in reversed(marks))),
        width,
        grid,
        drawing,
        format_html_join("", "<li>{}</li>", ((label,) for label in thinned(columns))),
    )


def _key(entries: Sequence[tuple[SafeString, str]]) -> SafeString:
    items = format_html_join("", "<li>{}<span>{}</span></li>", entries)
    return format_html('<ul class="key" role="list">{}</ul>', items)


def _swatch(fill: str, shape: str = "square") -> SafeString:
    if shape == "dash":
        return format_html(
            '<svg viewBox="0 0 20 10" aria-hidden="true">'
            '<line x1="0" x2="20" y1="5" y2="5" class="{}"/></svg>',
            fill,
        )
    if shape == "circle":
        return format_html(
            '<svg viewBox="0 0 10 10" aria-hidden="true"><circle cx="5" cy="5" r="5" class="{}"/></svg>', fill
        )
    return format_html(
        '<svg viewBox="0 0 10 10" aria-hidden="true"><rect width="10" height="10" class="{}"/></svg>', fill
    )


def table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> SafeString:
    """The same numbers as a table, closed until asked for."""
    head = format_html_join(
        "", '<th scope="col"{}>{}</th>', ((_numeric(n), name) for n, name in enumerate(heads))
    )
    body = format_html_join(
        "",
        '<tr><th scope="row">{}</th>{}</tr>',
        (
            (row[0], format_html_join("", '<td class="n">{}</td>', ((cell,) for cell in row[1:])))
            for row in rows
        ),
    )
    return format_html(
        '<details><summary>{0}<span class="vh">: {1}</span></summary>'
        '<div class="scroll-x" tabindex="0" role="region" aria-label="{2}">'
        '<table class="table plain"><caption class="vh">{1}</caption>'
        "<thead><tr>{3}</tr></thead><tbody>{4}</tbody></table>"
        "</div></details>",
        _("Show as a table"),
        title,
        _("%(title)s, table") % {"title": title},
        head,
        body,
    )


def _numeric(column: int) -> SafeString | str:
    return format_html(' class="{}"', "n") if column else ""


def bars(chart: Bars) -> SafeString:
    values = [point.value for point in chart.points if point.value is not None]
    top = axis_top(max([*values, chart.expected or 0, 1]))
    drawn = format_html_join(
        "",
        '<rect x="{}" width="48" y="{}" height="{}" class="{}"/>',
        (
            (100 * n + 26, f"{100 - 100 * p.value / top:.6g}", f"{100 * p.value / top:.6g}", "f-pine")
            for n, p in enumerate(chart.points)
            if p.value
        ),
    )
    heads, columns = [chart.over, chart.counts], [[p.label, p.shown or number(p.value)] for p in chart.points]
    key = [(_swatch("f-pine"), chart.counts)]
    if chart.so_far and columns:
        columns[-1][0] = _("%(period)s, so far") % {"period": columns[-1][0]}
    if chart.expected is not None:
        y = f"{100 - 100 * chart.expected / top:.6g}"
        drawn += format_html(
            '<line x1="0" x2="{}" y1="{}" y2="{}" class="target-line"/>', 100 * len(chart.points), y, y
        )
        words = chart.expected_words or _("Expected, %(number)s") % {"number": number(chart.expected)}
        key.append((_swatch("target-line", "dash"), words))
        heads.append(_("Expected"))
        columns = [[*row, number(chart.expected)] for row in columns]
    plot = _plot(top, [point.label for point in chart.points], drawn)
    return _figure(chart, plot + _key(key) + table(chart.title, heads, columns))


STYLES = (
    ("s-pine", "dot", "f-pine", "circle"),
    ("s-plum", "dot square", "f-plum", "square"),
    ("s-ink", "dot", "s-ink", "dash"),
)


def lines(chart: Lines) -> SafeString:
    if len(chart.series) > len(STYLES):
        raise ValueError("A chart of lines compares at most three groups.")
    values = [point.value for series in chart.series for point in series.points if point.value is not None]
    top = chart.top or axis_top(max([*values, 1]))
    drawn = SafeString("")
    for series, (stroke, dots, *_rest) in zip(chart.series, STYLES, strict=False):
        places = [
            None if point.value is None else (100 * n + 50, f"{100 - 100 * point.value / top:.6g}")
            for n, point in enumerate(series.points)
        ]
        for run in _runs(places):
            if len(run) > 1:
                drawn += format_html(
                    '<polyline points="{}" class="{}"/>', " ".join(f"{x},{y}" for x, y in run), stroke
                )
        spots = "".join(f"M{place[0]} {place[1]}h.01" for place in places if place)
        if spots:
            drawn += format_html('<path d="{}" class="{} {}"/>', spots, stroke, dots)
    columns = [point.label for point in chart.series[0].points] if chart.series else []
    rows = [
        [label, *(_shown(series.points[n], chart.unit) for series in chart.series)]
        for n, label in enumerate(columns)
    ]
    key = [
        (_swatch(fill, shape), series.name)
        for series, (_s, _d, fill, shape) in zip(chart.series, STYLES, strict=False)
    ]
    heads = [chart.over, *(series.name for series in chart.series)]
    return _figure(
        chart, _plot(top, columns, drawn, chart.unit) + _key(key) + table(chart.title, heads, rows)
    )


def _shown(point: Point, unit: str) -> str:
    return point.shown or (number(point.value) + unit if point.value is not None else number(None))


def _runs(places: Sequence[tuple[int, str] | None]) -> list[list[tuple[int, str]]]:
    """The stretches without a gap."""
    runs: list[list[tuple[int, str]]] = [[]]
    for place in places:
        if place is None:
            runs.append([])
        else:
            runs[-1].append(place)
    return [run for run in runs if run]


def hbars(chart: Steps) -> SafeString:
    whole = chart.whole or (chart.steps[0].value if chart.steps else 0)
    top = whole if chart.shares else max([step.value for step in chart.steps] + [1])
    items = format_html_join(
        "",
        '<li><span>{}</span><span><b class="num">{}</b>{}</span>'
        '<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="{}" height="10" class="f-pine"/></svg>{}</li>',
        (
            (
                step.label,
                step.shown or number(step.value),
                format_html(' <span class="sub">{}%</span>', round(100 * step.value / whole))
                if chart.shares and whole
                else "",
                share(step.value, top),
                format_html('<span class="sub">{}</span>', step.note) if step.note else "",
            )
            for step in chart.steps
        ),
    )
    rows = [[step.label, step.shown or number(step.value)] for step in chart.steps]
    listed = format_html('<ol class="hbars" role="list">{}</ol>', items)
    return _figure(chart, listed + table(chart.title, [chart.over, chart.counts], rows))


GAP = 0.4


def stack(chart: Stack) -> SafeString:
    if len(chart.parts) > 5:
        raise ValueError("A stacked bar has at most five parts: join the smallest.")
    percents = whole_percents([part.value for part in chart.parts])
    drawn, x = SafeString(""), 0.0
    filled = [part for part in chart.parts if part.value]
    total = sum(part.value for part in filled)
    room = 100 - GAP * max(len(filled) - 1, 0)
    for part in filled:
        width = room * part.value / total
        drawn += format_html(
            '<rect x="{}" width="{}" height="10" class="{}"/>', f"{x:.2f}", f"{width:.2f}", FILLS[part.tone]
        )
        x += width + GAP
    key = format_html_join(
        "",
        '<li>{}<span>{} <b class="num">{}</b> <span class="sub">{}%</span></span></li>',
        (
            (_swatch(FILLS[part.tone]), part.label, number(part.value), percent)
            for part, percent in zip(chart.parts, percents, strict=True)
        ),
    )
    rows = [[p.label, number(p.value), f"{n}%"] for p, n in zip(chart.parts, percents, strict=True)]
    body = format_html(
        '<svg class="bar bar-l" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">{}</svg>'
        '<ul class="key" role="list">{}</ul>{}',
        drawn,
        key,
        table(chart.title, [_("Part"), _("Number"), _("Share")], rows),
    )
    return _figure(chart, body)


DRAWERS = {Bars: bars, Lines: lines, Steps: hbars, Stack: stack}
