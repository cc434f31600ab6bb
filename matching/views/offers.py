"""One page for the two who are suggested to each other: who, why, yes or not this time."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from activity.bell import ring
from core.views import see_other
from matching import actions
from matching.letters import offer_words
from matching.models import Proposal
from matching.stages import WAITING, ProposalState, Refused
from programs.models.programs import Format


def find(request: HttpRequest, public_id: str) -> Proposal:
    """Before the letters go out there is nothing here for anybody."""
    told = Proposal.objects.offered_to(request.user).filter(told_from__lte=timezone.now())
    return get_object_or_404(told.with_people().select_related("relationship"), public_id=public_id)


@require_GET
def offer(request: HttpRequest, public_id: str) -> HttpResponse:
    proposal = find(request, public_id)
    mine = proposal.member(request.user)
    enrolment = mine.enrolment
    program = proposal.cycle.program
    context = {
        **offer_words(proposal, request.user),
        "mine": mine,
        "offers_to": program,
        "program": None,
        "is_waiting": proposal.state in WAITING and proposal.expires_at > timezone.now(),
        "needs_terms": enrolment.conduct_accepted_version != program.conduct_version
        or enrolment.privacy_accepted_version != program.privacy_version,
        "has_begun": proposal.state == ProposalState.ACTIVATED,
    }
    template = "matching/offer_group.html" if context["is_group"] else "matching/offer.html"
    return render(request, template, context)


@require_POST
def acceptance(request: HttpRequest, public_id: str) -> HttpResponse:
    proposal = find(request, public_id)
    program = proposal.cycle.program
    mine = proposal.member(request.user)
    needs = (
        mine.enrolment.conduct_accepted_version != program.conduct_version
        or mine.enrolment.privacy_accepted_version != program.privacy_version
    )
    if needs and not (request.POST.get("conduct") and request.POST.get("privacy")):
        messages.warning(
            request, _("Tick both boxes to accept: how you treat each other, and who can see what.")
        )
        return see_other("matching:offer", proposal.public_id)
    try:
        proposal = actions.accept(proposal, by=request.user, now=timezone.now())
    except (Refused, PermissionDenied) as refusal:
        messages.warning(request, str(refusal))
        return see_other("matching:offer", proposal.public_id)
    ring()
    if proposal.state == ProposalState.ACTIVATED:
        return see_other(proposal.relationship)
    if proposal.state == ProposalState.WITHDRAWN:
        messages.info(
            request,
            _(
                "You have all said yes, but it cannot begin now: something has changed since. Your coordinator sees it."
            )
            if program.format == Format.GROUP
            else _(
                "Both of you said yes, but it cannot begin now: something has changed since. Your coordinator sees it."
            ),
        )
        return see_other("home")
    return see_other("matching:offer", proposal.public_id)


@require_POST
def refusal(request: HttpRequest, public_id: str) -> HttpResponse:
    proposal = find(request, public_id)
    try:
        actions.decline(proposal, by=request.user, now=timezone.now())
    except (Refused, PermissionDenied) as refused:
        messages.warning(request, str(refused))
    else:
        ring()
    return see_other("matching:offer", proposal.public_id)
