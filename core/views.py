"""What every view needs: what was sent, and where to go after a deed."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render, resolve_url
from django.utils import timezone, translation
from django.views.decorators.http import require_http_methods

from core import tokens


class SeeOther(HttpResponseRedirect):
    """303: after a deed the browser gets the next page, also when it sent something other than GET."""

    status_code = 303


def sent(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: an empty answer is an answer, too."""
    return request.POST if request.method == "POST" else None


def sent_with_files(request: HttpRequest) -> tuple[QueryDict | None, Any]:
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def undoable(request: HttpRequest, said: str, url: str, fields: Sequence[tuple[str, str]]) -> None:
    """Say what has been done, with a button that sends ``fields`` to ``url`` to undo it."""
    messages.success(request, said, extra_tags=json.dumps({"url": url, "fields": list(fields)}))


def see_other(to: Any, *args: Any) -> SeeOther:
    return SeeOther(resolve_url(to, *args))


# Behind a signed link in a letter

Answer = Callable[[HttpRequest, str], HttpResponse]


def from_a_letter(view: Answer) -> Answer:
    """Public, kept by nobody, told to no other site.  Looking changes nothing; presses from one place are counted.

    Whatever is wrong with a link (old, of somebody else, made up), the answer is the same page.
    """

    @login_not_required
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def answer(request: HttpRequest, token: str) -> HttpResponse:
        if request.method == "POST" and not ratelimit.consume(request, action="by_mail"):
            return ratelimit.respond_429(request)
        try:
            response = view(request, token)
        except tokens.Invalid:
            response = render(request, "letters/link_closed.html", status=HTTPStatus.GONE)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return answer


@contextmanager
def as_read_by(person: Any) -> Iterator[None]:
    """In the language and the zone of whoever the letter was for; who is signed in does not matter."""
    with translation.override(person.language or None), timezone.override(ZoneInfo(person.zone or "UTC")):
        yield
