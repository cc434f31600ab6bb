"""Letting people choose before a run: opened and closed by the coordinator, ranked by whom it concerns."""

from http import HTTPStatus

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from activity.bell import ring
from core.views import see_other, sent
from matching import actions
from matching.actions.shortlists import WITH_TWO_SIDES
from matching.choices import how_far, people_on, shortfall, with_lists_counted
from matching.forms.choosing import OpenShortlists, Ranking
from matching.models import Shortlist
from matching.readiness import readiness
from matching.reasons import reasons
from matching.stages import Refused
from matching.views.runs import find_program
from programs.models.enrolments import Role


@require_http_methods(["GET", "POST"])
def shortlists(request: HttpRequest, public_id: str) -> HttpResponse:
    """How many have answered; or the form that opens the lists."""
    program = find_program(request, public_id)
    cycle = with_lists_counted(program.cycles).first()
    initial = {"days": program.offer_days, "both": program.rules.get("both_sides_choose", False)}
    form = OpenShortlists(sent(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            job = actions.ask_for_shortlists(cycle, **form.cleaned_data, by=request.user, now=timezone.now())
        except (Refused, PermissionDenied) as refusal:
            messages.warning(request, str(refusal))
            return see_other("matching:shortlists", program.public_id)
        ring()
        return see_other("job", job.public_id)
    so_far = how_far(cycle)
    context = {
        "program": program,
        "form": form,
        "choosing": so_far,
        "shortfall": shortfall(cycle),
        "has_two_sides": program.format in WITH_TWO_SIDES,
        "missing": "" if so_far["is_open"] else readiness(cycle).missing,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if request.method == "POST" else HTTPStatus.OK
    return render(request, "matching/shortlists.html", context, status=status)


@require_POST
def shortlists_closing(request: HttpRequest, public_id: str) -> HttpResponse:
    program = find_program(request, public_id)
    try:
        closed = actions.close_shortlists(program.cycles.first(), by=request.user, now=timezone.now())
    except PermissionDenied as refusal:
        messages.warning(request, str(refusal))
        return see_other("matching:shortlists", program.public_id)
    if closed:
        messages.success(request, _("Closed. What people have ranked counts in the next run."))
    else:
        messages.info(request, _("No list was open any more."))
    return see_other("matching:shortlists", program.public_id)


@require_http_methods(["GET", "POST"])
def shortlist(request: HttpRequest, public_id: str) -> HttpResponse:
    """One's own list: who, what you share, and whom you would like."""
    mine = get_object_or_404(Shortlist.objects.visible_to(request.user).with_people(), public_id=public_id)
    now = timezone.now()
    people = people_on(mine, now)
    is_open = mine.is_open and mine.closes_at > now
    form = Ranking(sent(request), entries=people, shortlist=mine)
    if request.method == "POST" and not is_open:
        messages.warning(request, _("This list is closed: the pairs are being made."))
        return see_other(mine)
    if request.method == "POST" and form.is_valid():
        try:
            actions.rank(mine, form.ranks, nobody=form.cleaned_data["nobody"], by=request.user, now=now)
        except (Refused, PermissionDenied) as refusal:
            messages.warning(request, str(refusal))
        else:
            messages.success(request, _("Saved. You can change it until the list closes."))
        return see_other(mine)
    context = {
        "shortlist": mine,
        "chooses_in": mine.cycle.program,
        "is_mentee": mine.enrolment.role == Role.MENTEE,
        "is_open": is_open,
        "form": form,
        "cards": [
            {
                "person": entry.enrolment.person,
                "reasons": reasons(entry.facts, most=4),
                "field": field,
                "entry": entry,
            }
            for entry, field in form.cards
        ],
        "ranked": ranked_people(people),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if request.method == "POST" else HTTPStatus.OK
    return render(request, "matching/shortlist.html", context, status=status)


def ranked_people(entries: list) -> list:
    """Those who were given a rank, best first; equal ranks by name."""
    return sorted((entry for entry in entries if entry.rank), key=lambda entry: (entry.rank, entry.position))
