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
from matching.actions.drafts import effect_of
from matching.drafting import Options
from matching.effects import Effect, read_changes
from matching.forms.deciding import Reason
from matching.group_drafts import GroupOptions
from matching.models import MatchRun, PairDecision, Proposal
from matching.peer_drafts import PeerOptions
from matching.permissions import RUN_RULES
from matching.review import Details, lonely_rows
from matching.stages import ProposalState, Refused, RunState
from matching.views.runs import find_program, find_run
from people.models import User
from programs.models.enrolments import Role
from programs.models.programs import Format

OPTIONS = {Format.PEER: PeerOptions, Format.GROUP: GroupOptions}


@require_GET
def details(request: HttpRequest, public_id: str, number: int, proposal: str) -> HttpResponse:
    """Why this pair, what else would be possible, and what that would do to others."""
    program = find_program(request, public_id)
    found = find_run(program, number)
    chosen = get_object_or_404(found.proposals.with_people().with_locks(), public_id=proposal)
    shown = Details(found, chosen)
    may_change = bool(RUN_RULES["rearrange"](request.user, found))
    looked_at = somebody_in(shown, request.GET.get("person", ""))
    options = options_of(found, looked_at, chosen) if may_change else None
    context = {
        "program": program,
        "run": found,
        "details": shown,
        "looked_at": looked_at,
        "locked_ones": locked_in(chosen) if shown.row.is_group else set(),
        "decisions": PairDecision.objects.in_force().about_proposal(chosen).with_people(),
        "may_lock": found.state == RunState.REVIEW and chosen.state == ProposalState.SUGGESTED,
        **choices(request, options),
        # Solved again only when somebody asks: it takes its time in a large run.
        "again": request.GET.get("again") == "1" or not may_change,
    }
    return render(request, "matching/details.html", context)


def options_of(run: MatchRun, person: User, present: Proposal | None) -> Options:
    return OPTIONS.get(run.format, Options)(run, person, present)


def somebody_in(shown: Details, wanted: str) -> User:
    """Who is to have somebody else: of two peers and of a group the one that was asked for, else the first."""
    may_be = shown.row.joining if shown.row.is_group else [shown.row.mentee]
    if shown.proposal.is_between_peers:
        may_be = [shown.row.mentee, shown.row.mentor]
    return next((person for person in may_be if person.public_id == wanted), may_be[0])


def locked_in(proposal: Proposal) -> set[int]:
    """Who of a group stays with one of those who lead it."""
    locks = PairDecision.objects.in_force().locks().about_proposal(proposal)
    return set(locks.values_list("first__person", flat=True))


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
        found.unmatched.select_related("enrolment__person__profile").exclude(role=Role.MENTOR),
        enrolment__person__public_id=person,
    )
    may_change = RUN_RULES["rearrange"](request.user, found)
    options = options_of(found, alone.enrolment.person, None) if may_change else None
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
        effect = effect_of(found, asked, now)
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
    said = changed_words(run, len(asked))
    back = [("change", str(change.back)) for change in asked]
    undoable(
        request,
        said % {"count": len(asked)},
        see_other("matching:changes", program.public_id, run.number).url,
        [("undo", "1"), *back, *(("lifted", one) for one in event.details["lifted"])],
    )
    return see_other("matching:run", program.public_id, run.number)


def changed_words(run: MatchRun, count: int) -> str:
    if run.format == Format.GROUP:
        return ngettext("%(count)s person moved by hand.", "%(count)s people moved by hand.", count)
    return ngettext("%(count)s pair changed by hand.", "%(count)s pairs changed by hand.", count)


@require_POST
def lock(request: HttpRequest, public_id: str, number: int, proposal: str) -> HttpResponse:
    program = find_program(request, public_id)
    found = find_run(program, number)
    chosen = get_object_or_404(found.proposals.select_related("cycle__program"), public_id=proposal)
    chosen.run = found
    locked = request.POST.get("locked") == "1"
    person = request.POST.get("person", "")
    try:
        actions.lock(chosen, locked=locked, by=request.user, now=timezone.now(), person=person)
    except (Refused, PermissionDenied) as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("Locked: the next run keeps this pair.") if locked else _("Unlocked."))
    if person:
        return see_other("matching:details", program.public_id, number, proposal)
    return see_other("matching:run", program.public_id, number)
