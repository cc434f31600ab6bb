"""What only members may see.  For everybody else, coordinators too, it does not exist."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect

from core.ids import ALPHABET, LENGTH
from core.permissions import Answer
from relationships.letters.meetings import names
from relationships.models import Goal, Meeting, Relationship
from relationships.stages import Refused

SEE_OTHER = 303
UNPROCESSABLE = 422
CONFLICT = 409


def find_own(request: HttpRequest, pair: str) -> Relationship:
    own = Relationship.objects.of_member(request.user).with_members()
    return get_object_or_404(own, public_id=pair)


def find_meeting(request: HttpRequest, pair: str, meeting: str) -> Meeting:
    """As the person saw it, if the form says which version that was: whoever comes second is told."""
    relationship = find_own(request, pair)
    found = get_object_or_404(relationship.meetings.with_names(), public_id=meeting)
    found.relationship = relationship
    return as_seen(request, found)


def find_goal(request: HttpRequest, goal: str) -> Goal:
    found = get_object_or_404(Goal.objects.visible_to(request.user).with_steps(), public_id=goal)
    found.relationship = Relationship.objects.with_members().get(pk=found.relationship_id)
    return as_seen(request, found)


def as_seen(request: HttpRequest, row: Any) -> Any:
    version = request.POST.get("version", "")
    if version.isascii() and version.isdigit() and len(version) < 9:
        row.version = int(version)
    return row


def name_in(text: str) -> str:
    """The public name in what a visitor sent, or nothing."""
    return text if len(text) == LENGTH and set(text) <= set(ALPHABET) else ""


def called(relationship: Relationship, request: HttpRequest) -> str:
    """What the others are called in sentences for this reader."""
    return names(relationship.others(request.user))


def see_other(to: Any) -> HttpResponseRedirect:
    """Back to a page after a deed: reloading it does nothing again."""
    response = redirect(to)
    response.status_code = SEE_OTHER
    return response


def refuse(request: HttpRequest, answer: Answer | Refused, to: Any) -> HttpResponse:
    """Why it is not possible now, in a sentence on the page one came from."""
    messages.warning(request, str(answer.reason if isinstance(answer, Answer) else answer))
    return see_other(to)


def status_of(form: Any) -> int:
    """A form that is shown again was not right."""
    return UNPROCESSABLE if form.is_bound else 200
