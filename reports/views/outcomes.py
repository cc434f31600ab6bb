"""Program outcomes, for HR: figures of closed months, small groups hidden, never a name."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core import charts
from core.disclosure import Cell, Hidden, Shown
from reports.forms.outcomes import Filters
from reports.metrics import METRICS
from reports.models import Night
from reports.outcomes import Known, Report, closed_months, last_night, programs, report_of
from reports.papers import hiding_words
from reports.permissions import RULES
from reports.words import STAGE_WORDS, month_words


def require_hr(request: HttpRequest) -> None:
    if not (may := RULES["see_outcomes"](request.user, None)):
        raise PermissionDenied(may.reason)


@require_GET
def outcomes(request: HttpRequest) -> HttpResponse:
    require_hr(request)
    night = last_night()
    known = Known.at(night) if night else None
    filters = filters_of(request.GET, known)
    report = None
    if known and known.has_meetings and filters.month_chosen:
        report = report_of(
            known,
            program=filters.program_chosen,
            month=filters.month_chosen,
            split=filters.chosen["split"],
            now=timezone.now(),
        )
    context: dict[str, Any] = {"filters": filters, "night": Night.objects.filter(day=night).first()}
    context |= {"report": report, "begun": bool(known and known.has_meetings)}
    context |= page_of_report(report) if report else {}
    return render(request, "reports/outcomes.html", context)


def filters_of(given, known: Known | None) -> Filters:
    months = closed_months(known.first_day, known.night) if known else []
    return Filters(given, programs=programs(), months=months)


def page_of_report(report: Report) -> dict[str, Any]:
    month = f"{report.month.first:%Y-%m}"
    return {
        "month": month_words(report.month),
        "programs": report.program.title if report.program else _("All programs"),
        "figures": [
            _match_rate(report),
            _open(report),
            _frequency(report, f"M-12 {month}"),
            _rhythm(report, f"M-13 {month}"),
        ],
        "meetings": meetings_chart(report),
        "stages": stages_chart(report),
        "rows": report.rows,
        "total": report.total,
        "heading": _("Participation by function")
        if report.split == "function"
        else _("Participation by site"),
        "first_column": _("Function") if report.split == "function" else _("Site"),
        "table_as_of": report.as_of(f"people by {report.split}"),
        "is_older": report.as_of(f"people by {report.split}") != report.month.last,
        "definitions": [METRICS[code] for code in ("M-04", "M-08", "M-22", "M-12", "M-13")],
        "hiding": hiding_words(report.k),
    }


# Figures: what is large, what stands beside it, one line of context


def _figure(
    report: Report, code: str, family: str, big: Cell, *, small: str, notes: list[str], is_people: bool = True
) -> dict[str, Any]:
    return {
        "label": METRICS[code].name,
        "code": code,
        "cell": big,
        "small": small,
        "bar": {"value": 100 * big.value, "top": 100} if isinstance(big, Shown) and big.is_share else None,
        "notes": [note for note in notes if note],
        "n": report.cell(family, "n") if is_people else None,
        "as_of": report.as_of(family),
        "is_older": report.as_of(family) != report.month.last,
    }


def _match_rate(report: Report) -> dict[str, Any]:
    mentors = report.cell("M-04 mentor", "rate")
    return _figure(
        report,
        "M-04",
        "M-04 mentee",
        report.cell("M-04 mentee", "rate"),
        small=_("of mentees"),
        notes=[_("Mentors: %(share)s") % {"share": spoken(mentors)}],
    )


def _open(report: Report) -> dict[str, Any]:
    paused = report.cell("M-08", "paused")
    return _figure(
        report,
        "M-08",
        "M-08",
        report.cell("M-08", "open"),
        small=_("at month’s end"),
        notes=[_("Paused: %(n)s") % {"n": spoken(paused)}],
        is_people=False,
    )


def _frequency(report: Report, family: str) -> dict[str, Any]:
    median, held, hours, both = (
        spoken(report.cell(family, name)) for name in ("median", "held", "hours", "by_both")
    )
    return _figure(
        report,
        "M-12",
        family,
        report.cell(family, "mean"),
        small=_("a month"),
        notes=[
            _("Mean of the pairs; median: %(median)s") % {"median": median},
            _("Meetings: %(held)s, hours: %(hours)s") % {"held": held, "hours": hours},
            _("Response, said by both: %(share)s") % {"share": both},
        ],
    )


def _rhythm(report: Report, family: str) -> dict[str, Any]:
    kept = spoken(report.cell(family, "kept"))
    return _figure(
        report,
        "M-13",
        family,
        report.cell(family, "mean"),
        small=_("of those agreed"),
        notes=[_("Pairs at 75%% or more: %(share)s") % {"share": kept}],
    )


def spoken(cell: Cell) -> str:
    """In the middle of a sentence."""
    if isinstance(cell, Hidden):
        return _("hidden")
    return str(cell)


# Charts: what is hidden is a gap, and says so in the table


def meetings_chart(report: Report) -> charts.Bars:
    points, known = [], []
    for month in reversed(report.months):
        cell = report.cell(f"M-12 {month.first:%Y-%m}", "held")
        value = cell.value if isinstance(cell, Shown) else None
        points.append(charts.Point(month_words(month), value, "" if value is not None else _("Hidden")))
        known.append((value, month)) if value is not None else None
    finding = ""
    if len(known) > 1:
        most, month = max(known, key=lambda one: one[0])
        finding = _("The most were %(n)s meetings, in %(month)s.") % {
            "n": charts.number(most),
            "month": month_words(month),
        }
    return charts.Bars(
        id="months",
        title=_("Meetings each month"),
        points=points,
        over=_("Month"),
        counts=_("Meetings"),
        finding=finding,
    )


def stages_chart(report: Report) -> charts.Steps:
    steps = []
    for name, words in STAGE_WORDS.items():
        cell = report.cell("M-08", name)
        shown = "" if isinstance(cell, Shown) else _("Hidden")
        steps.append(charts.Step(str(words), cell.value if isinstance(cell, Shown) else 0, shown=shown))
    return charts.Steps(
        id="stages",
        title=str(METRICS["M-22"].name),
        steps=steps,
        over=_("Stage"),
        counts=_("Relationships"),
        shares=False,
    )
