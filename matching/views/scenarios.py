"""Other rules for the same people, and two runs side by side."""

from http import HTTPStatus

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from activity.bell import ring
from core.views import see_other, sent
from matching import actions
from matching.forms.rules import Rules
from matching.models import MatchRun
from matching.scenarios import Comparison
from matching.stages import Refused, RunState
from matching.views.runs import find_program, find_run
from programs.stages import Refused as ProgramRefused

WITH_RESULT = (RunState.REVIEW, RunState.PUBLISHED, RunState.CLOSED, RunState.DISCARDED)
OFFERED = 20


@require_http_methods(["GET", "POST"])
def rules(request: HttpRequest, public_id: str, number: int) -> HttpResponse:
    """Try other rules: a new run made from this one."""
    program = find_program(request, public_id)
    found = find_run(program, number)
    form = Rules(sent(request), run=found, initial=Rules.initial_of(found))
    if request.method == "POST" and form.is_valid():
        try:
            _run, job = actions.try_rules(found, form.asked, by=request.user, now=timezone.now())
        except (Refused, PermissionDenied) as refusal:
            form.add_error(None, str(refusal))
        else:
            ring()
            return see_other("job", job.public_id)
    context = {"program": program, "run": found, "form": form}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if request.method == "POST" else HTTPStatus.OK
    return render(request, "matching/rules.html", context, status=status)


@require_POST
def adoption(request: HttpRequest, public_id: str, number: int) -> HttpResponse:
    """Use the rules of this run for the program."""
    program = find_program(request, public_id)
    found = find_run(program, number)
    try:
        actions.adopt_rules(found, by=request.user, now=timezone.now())
    except (Refused, ProgramRefused, PermissionDenied) as refusal:
        messages.warning(request, str(refusal))
        return see_other("matching:run", program.public_id, number)
    messages.success(
        request,
        _("The program now asks what run %(number)s was asked. Runs that are done stay.")
        % {"number": number},
    )
    return see_other("matching:index", program.public_id)


@require_GET
def comparison(request: HttpRequest, public_id: str, number: int) -> HttpResponse:
    """With the run that this one was made from, or else with the one before it."""
    program = find_program(request, public_id)
    found = find_run(program, number)
    others = MatchRun.objects.filter(cycle=found.cycle_id, state__in=WITH_RESULT).exclude(pk=found.pk)
    made_from = others.filter(pk=found.based_on_id).values_list("number", flat=True)
    other = made_from.first() or others.order_by("-number").values_list("number", flat=True).first()
    if other is None or found.state not in WITH_RESULT:
        messages.info(request, _("There is no other run with a result to compare with."))
        return see_other("matching:run", program.public_id, number)
    return redirect("matching:compare", program.public_id, number, other)


@require_GET
def compare(request: HttpRequest, public_id: str, number: int, other: int) -> HttpResponse:
    """What is different in run ``number`` than in run ``other``."""
    program = find_program(request, public_id)
    after, before = with_result(find_run(program, number)), with_result(find_run(program, other))
    if after.pk == before.pk or after.cycle_id != before.cycle_id:
        raise Http404
    by = before if request.GET.get("by") == str(before.number) else after
    found = Comparison(before, after, by)
    page = found.page(request.GET)
    only_before, only_after = found.newcomers()
    others = MatchRun.objects.filter(cycle=after.cycle_id, state__in=WITH_RESULT).exclude(pk=after.pk)
    context = {
        "program": program,
        "run": after,
        "before": before,
        "by": by,
        "found": found,
        "page": page,
        "only": [
            (before, only_before, len(found.only[0]) - len(only_before)),
            (after, only_after, len(found.only[1]) - len(only_after)),
        ],
        "scorings": [("", run_words(after)), (str(before.number), run_words(before))],
        "others": others.only("number", "name", "state")[:OFFERED],
    }
    return render(request, "matching/compare.html", context)


def with_result(run: MatchRun) -> MatchRun:
    if run.state not in WITH_RESULT:
        raise Http404
    return run


def run_words(run: MatchRun) -> str:
    if run.name:
        return _("Run %(number)s, %(name)s") % {"number": run.number, "name": run.name}
    return _("Run %(number)s") % {"number": run.number}
