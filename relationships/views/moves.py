"""Doors for steps from stage to stage: taking or asking for one, saying "not yet", taking one back."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from activity.bell import ring
from core.views import see_other
from relationships import actions
from relationships.forms.ending import OverrideForm, WaiverForm
from relationships.letters.life import names
from relationships.models import MoveRequest
from relationships.permissions import RULES
from relationships.stages import Refused
from relationships.views.detail import find, home_context, process_context
from relationships.views.finding import UNPROCESSABLE, as_seen, find_own, refuse

OWN_DOORS = frozenset({"pause", "end", "activate"})


@require_POST
def moves(request: HttpRequest, pair: str) -> HttpResponse:
    relationship, now = as_seen(request, find(request, pair)), timezone.now()
    verb, form = request.POST.get("verb", ""), OverrideForm(request.POST)
    gives_reason = RULES["see_process"](request.user, relationship)
    if gives_reason and not form.is_valid():
        context = process_context(request, find(request, pair), now, override=form)
        return render(request, "relationships/process.html", context, status=UNPROCESSABLE)
    if verb in OWN_DOORS:
        return refuse(request, Refused(_("This has a page of its own.")), relationship)
    try:
        reason = form.cleaned_data["reason"] if gives_reason else ""
        done = actions.ask_or_move(relationship, verb, by=request.user, now=now, reason=reason)
    except Refused as refusal:
        return refuse(request, refusal, relationship)
    except PermissionDenied as no:
        return refuse(request, Refused(str(no)), relationship)
    ring()
    if isinstance(done, MoveRequest):
        others = names(relationship.others(request.user))
        messages.success(request, _("Asked. %(other)s is told by mail.") % {"other": others})
    else:
        place = (
            relationship.get_stage_display() if relationship.is_open else relationship.get_status_display()
        )
        messages.success(request, _("Done: %(place)s.") % {"place": place})
    return see_other(relationship)


@require_POST
def refusal(request: HttpRequest, pair: str) -> HttpResponse:
    relationship = find_own(request, pair)
    try:
        asked = actions.say_not_yet(relationship, by=request.user, now=timezone.now())
    except Refused as no:
        return refuse(request, no, relationship)
    except PermissionDenied as no:
        return refuse(request, Refused(str(no)), relationship)
    ring()
    withdrawn = asked.state == MoveRequest.State.WITHDRAWN
    messages.success(
        request, _("Withdrawn.") if withdrawn else _("Nothing changes. The other is told, without a reason.")
    )
    return see_other(relationship)


@require_POST
def withdrawal(request: HttpRequest, pair: str) -> HttpResponse:
    """The latest step of the clock is taken back."""
    relationship = as_seen(request, find(request, pair))
    try:
        actions.take_back(relationship, by=request.user, now=timezone.now())
    except Refused as no:
        return refuse(request, no, relationship)
    ring()
    messages.success(
        request, _("Taken back. You are in %(stage)s again.") % {"stage": relationship.get_stage_display()}
    )
    return see_other(relationship)


@require_POST
def waiver(request: HttpRequest, pair: str) -> HttpResponse:
    """There will be no closing meeting."""
    relationship, now = find_own(request, pair), timezone.now()
    if not (answer := RULES["waive_closing"](request.user, relationship)):
        return refuse(request, answer, relationship)
    form = WaiverForm(request.POST, other=names(relationship.others(request.user)))
    if not form.is_valid():
        context = home_context(request, relationship, now, waiver=form)
        context["has_errors"] = True
        return render(request, "relationships/detail.html", context, status=UNPROCESSABLE)
    try:
        actions.waive_closing_meeting(relationship, form.cleaned_data["why"], by=request.user, now=now)
    except Refused as no:
        return refuse(request, no, relationship)
    messages.success(request, _("Kept. You both can read why there is no closing meeting."))
    return see_other(relationship)
