"""Pausing, going on, and ending: a page with all the ways, and one that says what ending means, first."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from activity.bell import ring
from core.views import see_other
from relationships import actions
from relationships.dates import today
from relationships.forms.ending import AfterwardsForm, CoordinatorEndForm, PauseForm
from relationships.letters.life import ending_sentence, names, pair_words
from relationships.models import Relationship
from relationships.permissions import RULES
from relationships.stages import Refused, Status, moves_from
from relationships.views.detail import find, home_context
from relationships.views.finding import UNPROCESSABLE, as_seen, find_own, refuse

PAGE = "relationships/pause_or_end.html"


def ways(request: HttpRequest, relationship: Relationship, form: PauseForm | None = None) -> dict[str, Any]:
    verbs = {move.verb for move in moves_from(relationship.status, relationship.stage)}
    is_member = relationship.has_member(request.user)
    may_pause = bool(RULES["pause"](request.user, relationship))
    return {
        "relationship": relationship,
        "program": None if is_member else relationship.program,
        "is_member": is_member,
        "others": names(relationship.others(request.user)) if is_member else "",
        "pair": pair_words(relationship),
        "coordinator": next(iter(relationship.coordinators), None),
        "form": form or PauseForm(today=today(relationship, timezone.now())),
        "can_pause": may_pause and "pause" in verbs,
        "can_resume": may_pause and "resume" in verbs,
        "can_wind_up": is_member and "wind_up" in verbs,
        "can_leave": bool(RULES["leave"](request.user, relationship)),
        "can_end": bool(RULES["end"](request.user, relationship)),
    }


@require_safe
def pause_or_end(request: HttpRequest, pair: str) -> HttpResponse:
    relationship = find(request, pair)
    answer = RULES["end"](request.user, relationship)
    if not (answer or RULES["leave"](request.user, relationship)):
        return refuse(request, answer, relationship)
    return render(request, PAGE, ways(request, relationship))


@require_POST
def pause(request: HttpRequest, pair: str) -> HttpResponse:
    relationship, now = as_seen(request, find(request, pair)), timezone.now()
    form = PauseForm(request.POST, today=today(relationship, now))
    if not form.is_valid():
        return render(request, PAGE, ways(request, relationship, form), status=UNPROCESSABLE)
    try:
        actions.pause(relationship, until=form.cleaned_data["until"], by=request.user, now=now)
    except Refused as no:
        return refuse(request, no, relationship)
    except PermissionDenied as no:
        return refuse(request, Refused(str(no)), relationship)
    ring()
    messages.success(request, _("Paused. Nothing is expected of you two until then."))
    return see_other(relationship)


@require_POST
def resumption(request: HttpRequest, pair: str) -> HttpResponse:
    relationship = as_seen(request, find(request, pair))
    try:
        actions.resume(relationship, by=request.user, now=timezone.now())
    except Refused as no:
        return refuse(request, no, relationship)
    except PermissionDenied as no:
        return refuse(request, Refused(str(no)), relationship)
    ring()
    messages.success(request, _("You go on. The days of the pause were added to the planned end."))
    return see_other(relationship)


# Ending


def ending_context(request: HttpRequest, relationship: Relationship, form: Any = None) -> dict[str, Any]:
    is_member = relationship.has_member(request.user)
    return {
        "relationship": relationship,
        "program": None if is_member else relationship.program,
        "is_member": is_member,
        "others": names(relationship.others(request.user)) if is_member else "",
        "pair": pair_words(relationship),
        "coordinator": next(iter(relationship.coordinators), None),
        "sentence": ending_sentence(relationship, request.user),
        "form": form if form is not None or is_member else CoordinatorEndForm(),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def ending(request: HttpRequest, pair: str) -> HttpResponse:
    """First what it means, then the button.  Nobody is asked why before it is done."""
    relationship = as_seen(request, find(request, pair))
    if "alone" in request.POST or "alone" in request.GET:
        return leaving(request, relationship)
    if not (answer := RULES["end"](request.user, relationship)):
        return refuse(request, answer, relationship)
    page = "relationships/pause_or_end_check.html"
    if request.method != "POST":
        return render(request, page, ending_context(request, relationship))
    words: dict[str, str] = {}
    if not relationship.has_member(request.user):
        form = CoordinatorEndForm(request.POST)
        if not form.is_valid():
            context = ending_context(request, relationship, form)
            return render(request, page, context, status=UNPROCESSABLE)
        words = form.cleaned_data
    try:
        actions.end(relationship, by=request.user, now=timezone.now(), **words)
    except Refused as no:
        return refuse(request, no, relationship)
    ring()
    messages.success(request, _("Ended. The other side reads one neutral sentence, and no reason."))
    return see_other(relationship)


def leaving(request: HttpRequest, relationship: Relationship) -> HttpResponse:
    """Out of a group that goes on: first what it means as well, and nobody is asked why."""
    if not (answer := RULES["leave"](request.user, relationship)):
        return refuse(request, answer, relationship)
    if request.method != "POST":
        context = ending_context(request, relationship)
        return render(request, "relationships/leave_check.html", context)
    try:
        actions.leave(relationship, by=request.user, now=timezone.now())
    except Refused as no:
        return refuse(request, no, relationship)
    ring()
    messages.success(request, _("You have left the group. Nobody is told why."))
    return see_other(relationship)


@require_POST
def afterwards(request: HttpRequest, pair: str) -> HttpResponse:
    """A reason and a wish, if somebody likes to give them; both can be left out."""
    relationship, now = find_own(request, pair), timezone.now()
    if relationship.status != Status.ENDED_EARLY:
        return refuse(request, Refused(_("This relationship has not ended early.")), relationship)
    form = AfterwardsForm(request.POST)
    if not form.is_valid():
        context = home_context(request, relationship, now, afterwards=form)
        context["has_errors"] = True
        return render(request, "relationships/detail.html", context, status=UNPROCESSABLE)
    if code := form.cleaned_data["code"]:
        actions.give_reason(relationship, code, by=request.user, now=now)
    if form.wish is not None:
        actions.wish_for_rematch(relationship, form.wish, by=request.user, now=now)
    messages.success(request, _("Thank you. It is kept as you said."))
    return see_other(relationship)
