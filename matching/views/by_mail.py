"""An offer answered from its letter, without signing in: the page says who is suggested and what the button does."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from activity.bell import ring
from core import tokens
from core.views import as_read_by, from_a_letter, see_other
from matching import actions
from matching.letters import partner
from matching.links import ACCEPT, DECLINE, is_open, needs_terms, offer_behind
from matching.models import Proposal
from matching.stages import WAITING, ProposalState, Refused
from people.models import User
from programs.models.programs import Format


@from_a_letter
def acceptance(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    proposal, person = offer_behind(ACCEPT, token, now=now)
    with as_read_by(person):
        mine, words = proposal.member(person), _words(proposal, person)
        words["title"] = _("Yes to %(what)s?") % words
        if mine.answer == "accepted":
            return _told(request, words, _accepted(proposal))
        if mine.answer or not is_open(proposal, now):
            raise tokens.Invalid
        if needs_terms(proposal, person):
            told = _(
                "Before you say yes, two short texts want to be read: how you treat each other, and who can see what."
            )
            return _told(request, words, told)
        words["button"] = _("Accept")
        words["text"] = _("The button says yes. It begins when everybody who is asked has said yes as well.")
        return _asked(request, words, lambda: actions.accept(proposal, by=person, now=now))


@from_a_letter
def refusal(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    proposal, person = offer_behind(DECLINE, token, now=now)
    with as_read_by(person):
        mine, words = proposal.member(person), _words(proposal, person)
        words["title"] = _("Not this time: %(what)s?") % words
        if mine.answer == "declined":
            told = _("You said not this time. Nobody asks why, and you can be matched again.")
            return _told(request, words, told)
        if mine.answer or not is_open(proposal, now):
            raise tokens.Invalid
        words["button"] = _("Not this time")
        words["text"] = _("The button says not this time. Nobody asks why, and you can be matched again.")
        return _asked(request, words, lambda: actions.decline(proposal, by=person, now=now))


def _words(proposal: Proposal, person: User) -> dict[str, Any]:
    program = proposal.cycle.program
    what = _("a group of %(program)s") % {"program": program.title}
    if program.format != Format.GROUP:
        what = partner(proposal, person).full_name
    return {"person": person, "what": what, "path": f"/offers/{proposal.public_id}/"}


def _accepted(proposal: Proposal) -> str:
    if proposal.state == ProposalState.ACTIVATED:
        return _("You have accepted, and so have the others: it has begun.")
    if proposal.state in WAITING:
        return _("You have accepted. You hear by mail as soon as the others have answered.")
    return _("You had accepted. This suggestion is not open any more, and you can be matched again.")


def _told(request: HttpRequest, words: dict[str, Any], text: str) -> HttpResponse:
    return render(request, "letters/by_mail.html", words | {"text": text})


def _asked(request: HttpRequest, words: dict[str, Any], deed: Callable[[], Any]) -> HttpResponse:
    if request.method != "POST":
        return render(request, "letters/by_mail.html", words)
    try:
        deed()
    except (Refused, PermissionDenied) as refused:
        words["refusal"] = str(refused)
        return render(request, "letters/by_mail.html", words, status=HTTPStatus.CONFLICT)
    ring()
    return see_other(request.path)
