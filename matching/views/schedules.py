"""Runs that begin by themselves: when, with which cut-offs, and off again."""

from http import HTTPStatus

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.dates import moment_words
from core.views import see_other, sent
from matching import actions
from matching.forms.schedules import Schedule
from matching.models import RunSchedule
from matching.views.runs import find_program


@require_http_methods(["GET", "POST"])
def schedule(request: HttpRequest, public_id: str) -> HttpResponse:
    program = find_program(request, public_id)
    cycle = program.cycles.first()
    present = RunSchedule.objects.filter(cycle=cycle).select_related("cycle__program").first()
    form = Schedule(sent(request), program=program, schedule=present)
    if request.method == "POST" and form.is_valid():
        try:
            saved = actions.schedule_runs(cycle, form.given, by=request.user, now=timezone.now())
        except PermissionDenied as refusal:
            messages.warning(request, str(refusal))
        else:
            words = moment_words(timezone.localtime(saved.next_at))
            messages.success(request, _("Saved. The next run begins on %(moment)s.") % {"moment": words})
        return see_other("matching:schedule", program.public_id)
    context = {
        "program": program,
        "form": form,
        "schedule": present if present and present.is_active else None,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if request.method == "POST" else HTTPStatus.OK
    return render(request, "matching/schedule.html", context, status=status)


@require_POST
def schedule_stopping(request: HttpRequest, public_id: str) -> HttpResponse:
    program = find_program(request, public_id)
    found = get_object_or_404(RunSchedule.objects.select_related("cycle__program"), cycle__program=program)
    try:
        stopped = actions.stop_schedule(found, by=request.user, now=timezone.now())
    except PermissionDenied as refusal:
        messages.warning(request, str(refusal))
    else:
        said = _("No run begins by itself any more.") if stopped else _("It was stopped already.")
        messages.success(request, said)
    return see_other("matching:schedule", program.public_id)
