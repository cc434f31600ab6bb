"""A program as its coordinators see it: what needs them, live figures, and all that happened."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from activity.models import Event
from core.dates import city
from core.pages import page_of
from programs.models import Cycle, Program
from reports.dashboard import dashboard_of, next_step_of
from reports.happenings import pairs_of, told


def find_program(request: HttpRequest, public_id: str) -> Program:
    return get_object_or_404(Program.objects.visible_to(request.user), public_id=public_id)


def find_with_cycles(request: HttpRequest, public_id: str) -> tuple[Program, list[Cycle]]:
    """Both from one query; a program without any cycle costs one more."""
    visible = Program.objects.visible_to(request.user)
    cycles = Cycle.objects.filter(program__in=visible, program__public_id=public_id)
    found = list(cycles.select_related("program").order_by("number"))
    return (found[0].program if found else find_program(request, public_id)), found


@require_GET
def dashboard(request: HttpRequest, public_id: str) -> HttpResponse:
    program, cycles = find_with_cycles(request, public_id)
    now = timezone.now()
    board = dashboard_of(program, cycles, now)
    context = {
        "program": program,
        "board": board,
        "cycle": board.cycle,
        "step": None if board.has_pairs else next_step_of(program, now),
        "zone": city(request.user.zone or "UTC"),
        "is_open": program.is_open_for_joining,
    }
    return render(request, "reports/dashboard.html", context)


@require_GET
def activity(request: HttpRequest, public_id: str) -> HttpResponse:
    """Who did what, newest first.  Events hold ids and numbers, never what somebody wrote."""
    program = find_program(request, public_id)
    rows = Event.objects.within(program.scope).select_related("by")
    page = page_of(rows, request.GET, order=["-at", "-pk"])
    happened = told(page.rows, pairs_of(page.rows))
    return render(request, "reports/activity.html", {"program": program, "page": page, "happened": happened})
