"""What has been decided about pairs: who is always, never, or in spite of a rule put together."""

from http import HTTPStatus

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from core.pages import page_of
from core.views import see_other, sent
from matching import actions
from matching.forms.deciding import Decide
from matching.models import PairDecision
from matching.reasons import rule_words
from matching.stages import Refused
from matching.standing import findings
from matching.views.runs import find_program

SAID = {
    PairDecision.Kind.LOCKED: gettext_lazy("Decided: the next run keeps this pair."),
    PairDecision.Kind.FORBIDDEN: gettext_lazy(
        "Decided: no run makes this pair any more. Pairs of runs that are done stay."
    ),
}


@require_http_methods(["GET", "POST"])
def decisions(request: HttpRequest, public_id: str) -> HttpResponse:
    program = find_program(request, public_id)
    cycle = program.cycles.first()
    form = Decide(sent(request), cycle=cycle, initial=Decide.initial_of(cycle, request.GET))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            actions.decide(
                given["first"],
                given["second"],
                given["kind"],
                by=request.user,
                now=timezone.now(),
                reason=given["reason"],
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, SAID[given["kind"]])
            return see_other("matching:decisions", program.public_id)
    rows = PairDecision.objects.filter(cycle=cycle).with_people()
    ended = request.GET.get("show") == "ended"
    page = page_of(
        rows.exclude(ended_at=None) if ended else rows.in_force(), request.GET, order=["-created_at", "-pk"]
    )
    stuck = {finding.decision.pk: finding.words for finding in findings(cycle, timezone.now())}
    context = {
        "program": program,
        "form": form,
        "page": page,
        "rows": [
            {"decision": one, "rules": rule_words(one.rules), "finding": stuck.get(one.pk)} for one in page
        ],
        "filters": [("", _("In force")), ("ended", _("Taken back"))],
        "ended": ended,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if request.method == "POST" else HTTPStatus.OK
    return render(request, "matching/decisions.html", context, status=status)


@require_POST
def ending(request: HttpRequest, public_id: str, decision: str) -> HttpResponse:
    program = find_program(request, public_id)
    rows = PairDecision.objects.filter(cycle__program=program).visible_to(request.user)
    found = get_object_or_404(rows.select_related("cycle__program"), public_id=decision)
    try:
        actions.end(found, by=request.user, now=timezone.now())
    except (Refused, PermissionDenied) as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("Taken back. Runs that are done stay what they are."))
    return see_other("matching:decisions", program.public_id)
