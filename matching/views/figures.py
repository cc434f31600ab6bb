"""What a run says of itself beside its pairs: figures, proof, and what is worked out when somebody asks."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from activity.bell import ring
from core.views import see_other
from matching import actions
from matching.fairness import Fairness, smallest_group
from matching.group_fairness import GroupFairness
from matching.models import MatchRun
from matching.peer_fairness import PeerFairness
from matching.proof import Proof
from matching.stages import RunState
from matching.views.runs import find_program, find_run
from programs.models import Program
from programs.models.programs import Format

KINDS = {Format.PEER: PeerFairness, Format.GROUP: GroupFairness}
# A run has figures and a proof once it has ended with a result.
WITH_RESULT = {RunState.REVIEW, RunState.PUBLISHED, RunState.CLOSED, RunState.DISCARDED}


def find_result(program: Program, number: int) -> MatchRun:
    found = find_run(program, number)
    if found.state not in WITH_RESULT:
        raise Http404
    return found


@require_GET
def figures(request: HttpRequest, public_id: str, number: int) -> HttpResponse:
    program = find_program(request, public_id)
    found = find_result(program, number)
    kind = KINDS.get(found.format, Fairness)
    fairness = kind(found, smallest_group(program)) if found.figures else None
    return render(request, "matching/figures.html", {"program": program, "run": found, "fairness": fairness})


@require_GET
def proof(request: HttpRequest, public_id: str, number: int) -> HttpResponse:
    program = find_program(request, public_id)
    found = find_result(program, number)
    return render(request, "matching/proof.html", {"program": program, "run": found, "proof": Proof(found)})


@require_POST
def check(request: HttpRequest, public_id: str, number: int) -> HttpResponse:
    """Have the stored proof checked again, by code that knows nothing of the engine."""
    program = find_program(request, public_id)
    found = find_result(program, number)
    try:
        job = actions.ask_check(found, by=request.user, now=timezone.now())
    except PermissionDenied as refusal:
        messages.warning(request, str(refusal))
        return see_other("matching:proof", program.public_id, number)
    ring()
    return see_other("job", job.public_id)


@require_POST
def remedies(request: HttpRequest, public_id: str, number: int, person: str) -> HttpResponse:
    """Work out what would give this person a mentor."""
    program = find_program(request, public_id)
    found = find_result(program, number)
    alone = get_object_or_404(
        found.unmatched.select_related("enrolment"), enrolment__person__public_id=person
    )
    alone.run = found
    if found.format in KINDS:
        messages.info(request, _("What would help has been worked out with the run."))
        return see_other("matching:waiting", program.public_id, number, person)
    try:
        job = actions.ask_remedies(alone, by=request.user, now=timezone.now())
    except PermissionDenied as refusal:
        messages.warning(request, str(refusal))
        return see_other("matching:waiting", program.public_id, number, person)
    ring()
    return see_other("job", job.public_id)


@require_POST
def alternatives(request: HttpRequest, public_id: str, number: int, proposal: str) -> HttpResponse:
    """Work out what the next best mentors would cost, and whom they would move."""
    program = find_program(request, public_id)
    found = find_result(program, number)
    chosen = get_object_or_404(found.proposals.select_related("cycle__program"), public_id=proposal)
    chosen.run = found
    if found.format in KINDS:
        messages.info(request, _("What else would be possible is on this page."))
        return see_other("matching:details", program.public_id, number, proposal)
    if chosen.is_by_hand:
        messages.info(
            request, _("This pair was made by hand; what the run would have chosen is not its own.")
        )
        return see_other("matching:details", program.public_id, number, proposal)
    try:
        job = actions.ask_alternatives(chosen, by=request.user, now=timezone.now())
    except PermissionDenied as refusal:
        messages.warning(request, str(refusal))
        return see_other("matching:details", program.public_id, number, proposal)
    ring()
    return see_other("job", job.public_id)
