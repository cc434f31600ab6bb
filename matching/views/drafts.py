"""One pair of a run under review: why, what else would be possible, and the coordinator's hand in it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.views import see_other
from matching import actions
from matching.models import MatchRun
from matching.review import Details
from matching.stages import Refused
from matching.views.runs import find_program, find_run


@require_GET
def details(request: HttpRequest, public_id: str, number: int, proposal: str) -> HttpResponse:
    """Why this pair, what else would be possible, and what that would do to others."""
    program = find_program(request, public_id)
    found = get_object_or_404(
        MatchRun.objects.filter(cycle__program=program).select_related("cycle__program"), number=number
    )
    chosen = get_object_or_404(found.proposals.with_people(), public_id=proposal)
    context = {"program": program, "run": found, "details": Details(found, chosen)}
    return render(request, "matching/details.html", context)


@require_POST
def lock(request: HttpRequest, public_id: str, number: int, proposal: str) -> HttpResponse:
    program = find_program(request, public_id)
    found = find_run(program, number)
    chosen = get_object_or_404(found.proposals.select_related("run__cycle__program"), public_id=proposal)
    locked = request.POST.get("locked") == "1"
    try:
        actions.lock(chosen, locked=locked, by=request.user, now=timezone.now())
    except (Refused, PermissionDenied) as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("Locked: the next run keeps this pair.") if locked else _("Unlocked."))
    return see_other("matching:run", program.public_id, number)
