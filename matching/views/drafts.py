"""One pair of a run under review: why, what else would be possible, and the coordinator's hand in it."""

from http import HTTPStatus

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.pages import sought
from core.views import see_other, undoable
from matching import actions
from matching.drafting import Options
from matching.effects import Effect, read_changes
from matching.forms.deciding import Reason
from matching.models import MatchRun, PairDecision
from matching.permissions import RUN_RULES
from matching.review import Details, lonely_rows
from matching.stages import ProposalState, Refused, RunState
from matching.views.runs import find_program, find_run
from programs.models.enrolments import Role


@require_GET
def details(request: HttpRequest, public_id: str, number: int, proposal: str) -> HttpResponse:
    """Why this pair, what else would be possible, and what that would do to others."""
    program = find_program(request, public_id)
    found = find_run(program, number)
    chosen = get_object_or_404(found.proposals.with_people().with_locks(), public_id=proposal)
    shown = Details(found, chosen)
    may_change = bool(RUN_RULES["rearrange"](request.user, found))
    options = Options(found, shown.row.mentee, chosen) if may_change else None
    context = {
        "program": program,
        "run": found,
        "details": shown,
        "decisions": PairDecision.objects.in_force().about_proposal(chosen).with_people(),
        "may_lock": found.state == RunState.REVIEW and chosen.state == ProposalState.SUGGESTED,
        **choices(request, options),
        # Solved again only when somebody asks: it takes its time in a large run.
        "again": request.GET.get("again") == "1" or not may_change,
    }
    return render(request, "matching/details.html", context)


def choices(request: HttpRequest, options: Options | None) -> dict[str, object]:
    """Whom somebody could have instead, and those looked for by name."""
    if options is None or not options.is_known:
        return {"options": None}
    wanted = sought(request.GET)
    return {
        "options": options,
        "best": options.best(),
        "blocked": options.blocked(),
        "wanted": wanted,
        "named": options.named(wanted) if wanted.strip() else [],
    }


@require_GET
def waiting(request: HttpRequest, public_id: str, number: int, person: str) -> HttpResponse:
    """Somebody without a mentor in a run under review: why, and whom a coordinator could choose."""
    program = find_program(request, public_id)
    found = find_run(program, number)
    alone = get_object_or_404(
        found.unmatched.select_related("enrolment__person__profile").filter(role=Role.MENTEE),
        enrolment__person__public_id=person,
    )
    may_change = RUN_RULES["rearrange"](request.user, found)
    options = Options(found, alone.enrolment.person, None) if may_change else None
    context = {
        "program": program,
        "run": found,
        "person": alone.enrolment.person,
        "lonely": lonely_rows([alone])[0],
        "refusal": may_change.reason,
        **choices(request, options),
    }
    return render(request, "matching/waiting.html", context)


@require_http_methods(["GET", "POST"])
def changes(request: HttpRequest, public_id: str, number: int) -> HttpResponse:
    """What a change would do, and then the change itself."""
    program = find_program(request, public_id)
    found = find_run(program, number)
    now = timezone.now()
    given = request.POST if request.method == "POST" else request.GET
    form = Reason(request.POST if "reason" in request.POST else None)
    try:
        RUN_RULES.require(request.user, "rearrange", found)
        asked = read_changes(given.getlist("change"))
        effect = Effect(found, asked, now)
        if request.method == "POST" and effect.to_lift and not effect.problems and not form.is_valid():
            # Without a reason the page comes back and asks for it.
            form = Reason({"reason": request.POST.get("reason", "")})
            return render(
                request,
                "matching/changes.html",
                shown(program, found, effect, form),
                status=HTTPStatus.UNPROCESSABLE_ENTITY,
            )
        if request.method == "POST" and not effect.problems:
            reason = form.cleaned_data["reason"] if effect.to_lift else ""
            return carry_out(request, program, found, asked, reason)
    except (Refused, PermissionDenied) as refusal:
        messages.warning(request, str(refusal))
        return see_other("matching:run", program.public_id, number)
    status = HTTPStatus.CONFLICT if request.method == "POST" else HTTPStatus.OK
    return render(request, "matching/changes.html", shown(program, found, effect, form), status=status)


def shown(program, run: MatchRun, effect: Effect, form: Reason) -> dict[str, object]:
    return {"program": program, "run": run, "effect": effect, "form": form if effect.to_lift else None}


def carry_out(request: HttpRequest, program, run: MatchRun, asked: list, reason: str) -> HttpResponse:
    undoes = PairDecision.objects.filter(cycle=run.cycle).in_force().visible_to(request.user)
    lifted = (
        list(undoes.filter(public_id__in=request.POST.getlist("lifted"))) if "undo" in request.POST else []
    )
    event = actions.rearrange(run, asked, by=request.user, now=timezone.now(), reason=reason, undoes=lifted)
    if "undo" in request.POST:
        messages.success(request, _("Undone: it is as it was before."))
        return see_other("matching:run", program.public_id, run.number)
    said = ngettext("%(count)s pair changed by hand.", "%(count)s pairs changed by hand.", len(asked))
    back = [("change", str(change.back)) for change in asked]
    undoable(
        request,
        said % {"count": len(asked)},
        see_other("matching:changes", program.public_id, run.number).url,
        [("undo", "1"), *back, *(("lifted", one) for one in event.details["lifted"])],
    )
    return see_other("matching:run", program.public_id, run.number)


@require_POST
def lock(request: HttpRequest, public_id: str, number: int, proposal: str) -> HttpResponse:
    program = find_program(request, public_id)
    found = find_run(program, number)
    chosen = get_object_or_404(found.proposals.select_related("cycle__program"), public_id=proposal)
    chosen.run = found
    locked = request.POST.get("locked") == "1"
    try:
        actions.lock(chosen, locked=locked, by=request.user, now=timezone.now())
    except (Refused, PermissionDenied) as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("Locked: the next run keeps this pair.") if locked else _("Unlocked."))
    return see_other("matching:run", program.public_id, number)
