"""Files to take away: asked for, written into the log, and had again for seven days."""

from datetime import date, timedelta
from http import HTTPStatus

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.pages import page_of
from core.views import see_other
from programs.models import Program
from reports.actions import make_export
from reports.actions.exports import Refused
from reports.forms.outcomes import Taking, TakingLog
from reports.models import Export
from reports.outcomes import Known, last_night, report_of
from reports.papers import TYPES, Paper, fingerprint, log_paper, outcomes_paper, register_paper
from reports.permissions import PROGRAM_RULES, RULES
from reports.views.dashboard import find_program
from reports.views.outcomes import filters_of, require_hr


@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """HR's reports.  What is asked for is what the page showed; the file comes with the next request."""
    require_hr(request)
    form, night = Taking(request.POST), last_night()
    if not form.is_valid() or night is None:
        messages.warning(request, _("This report cannot be made. Choose again."))
        return see_other("reports:outcomes")
    known = Known.at(night)
    filters = filters_of(request.POST, known)
    report = form.cleaned_data["report"]
    chosen = filters.chosen if report == Export.Report.OUTCOMES else {"program": filters.chosen["program"]}
    return _take(request, report, form.cleaned_data["format"], filters.program_chosen, chosen, night)


@require_http_methods(["GET", "HEAD", "POST"])
def log(request: HttpRequest, public_id: str) -> HttpResponse:
    """The coordinator's own: each meeting of the program with its dates, never what was said."""
    program = find_program(request, public_id)
    form = TakingLog(request.POST or None, initial={"format": Export.Format.XLSX})
    if request.method == "POST" and form.is_valid():
        today = timezone.localdate()
        return _take(request, Export.Report.LOG, form.cleaned_data["format"], program, {}, today)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if request.method == "POST" else HTTPStatus.OK
    return render(
        request,
        "reports/log.html",
        {"program": program, "formats": Export.Format.choices, "form": form},
        status=status,
    )


def _take(
    request: HttpRequest,
    report: str,
    format: str,
    program: Program | None,
    filters: dict[str, str],
    as_of: date,
) -> HttpResponse:
    now = timezone.now()
    draft = Export(
        report=report, format=format, program=program, filters=filters, by=request.user, at=now, as_of=as_of
    )
    paper = paper_of(draft)
    data = paper.written(format)
    try:
        made = make_export(
            report,
            format,
            by=request.user,
            now=now,
            as_of=as_of,
            program=program,
            filters=filters,
            rows=paper.rows,
            cells_hidden=paper.cells_hidden,
            size=len(data),
            sha256=fingerprint(data),
        )
    except Refused as refusal:
        messages.warning(request, str(refusal))
        if report == Export.Report.LOG:
            return see_other("reports:log", program.public_id)
        return see_other("reports:outcomes")
    return see_other("reports:file", made.public_id)


@require_GET
def file(request: HttpRequest, public_id: str) -> HttpResponse:
    """Written anew from the same facts: whoever has lost the role has lost the file."""
    found = get_object_or_404(
        Export.objects.visible_to(request.user).select_related("program", "by"), public_id=public_id
    )
    now = timezone.now()
    if not _may_still(request, found):
        raise Http404
    if found.kept_until < now:
        messages.warning(request, _("This export is older than seven days. Make it again."))
        return redirect("reports:exports")
    paper = paper_of(found)
    response = HttpResponse(paper.written(found.format), content_type=TYPES[Export.Format(found.format)])
    response["Content-Disposition"] = f'attachment; filename="{paper.file_name(found.format)}"'
    response["Cache-Control"] = "private, no-store"
    return response


def _may_still(request: HttpRequest, found: Export) -> bool:
    if found.report == Export.Report.LOG:
        return bool(found.program and PROGRAM_RULES["take_log"](request.user, found.program))
    return bool(RULES["see_outcomes"](request.user, None))


def paper_of(found: Export) -> Paper:
    if found.report == Export.Report.LOG:
        return log_paper(found.program, by=found.by, at=found.at)
    known = Known.at(found.as_of)
    if found.report == Export.Report.REGISTER:
        return register_paper(known, found.program, by=found.by, at=found.at)
    filters = filters_of(found.filters, known)
    report = report_of(
        known,
        program=found.program,
        month=filters.month_chosen,
        split=filters.chosen["split"],
        now=timezone.now(),
    )
    return outcomes_paper(report, by=found.by, at=found.at)


@require_GET
def exports(request: HttpRequest) -> HttpResponse:
    """One's own; administrators see that others took something away, not what was in it."""
    sees_all = bool(RULES["see_export_log"](request.user, None))
    may = sees_all or RULES["see_outcomes"](request.user, None) or _coordinates(request)
    if not may:
        raise PermissionDenied(_("Only HR admins and coordinators make exports."))
    rows = Export.objects.all() if sees_all else Export.objects.visible_to(request.user)
    page = page_of(rows.select_related("by", "program"), request.GET, order=["-at", "-pk"])
    now = timezone.now()
    context = {
        "page": page,
        "rows": [(row, row.by_id == request.user.pk and row.kept_until >= now) for row in page],
        "sees_all": sees_all,
        "reports_url": reverse("reports:outcomes") if RULES["see_outcomes"](request.user, None) else "",
        "kept": timedelta(days=7).days,
    }
    return render(request, "reports/exports.html", context)


def _coordinates(request: HttpRequest) -> bool:
    return Program.objects.coordinated_by(request.user).exists()
