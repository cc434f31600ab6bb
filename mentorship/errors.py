"""When something is refused, gone or broken: in plain words, with a way on, and with nothing lost."""

import logging
import secrets
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader

log = logging.getLogger(__name__)

# What a person wrote is offered again; these never are.
UNKEPT = ("csrfmiddlewaretoken", "password", "code", "key", "token")
KEPT_AT_MOST = 200_000


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "400.html", status=HTTPStatus.BAD_REQUEST)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The reason is the rule's own sentence; it names roles, never a thing that may not be seen."""
    return render(request, "403.html", {"reason": str(exception or "")}, status=HTTPStatus.FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The same for what does not exist and for what this reader may not see."""
    return render(request, "404.html", status=HTTPStatus.NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    """Without context processors: what is broken may be the database."""
    reference = secrets.token_hex(4)
    log.error("A page failed. Reference %s, %s %s", reference, request.method, request.path)
    page = loader.get_template("500.html").render({"reference": reference})
    return HttpResponse(page, status=HTTPStatus.INTERNAL_SERVER_ERROR)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page was open while its reader signed in or out elsewhere.  Nothing was done, and nothing is lost.

    What was written is offered to be sent again only if the browser says that it comes from a page of ours:
    otherwise one could be led to confirm what a stranger's page has filled in.
    """
    kept = written(request) if comes_from_us(request) else []
    return render(
        request,
        "403_csrf.html",
        {"kept": kept, "action": request.get_full_path()},
        status=HTTPStatus.FORBIDDEN,
    )


def signed_out(request: HttpRequest) -> HttpResponse:
    """Somebody sent a form after their session had ended."""
    context = {"kept": written(request), "action": request.get_full_path()}
    return render(request, "signed_out.html", context, status=HTTPStatus.FORBIDDEN)


def comes_from_us(request: HttpRequest) -> bool:
    origin = request.headers.get("Origin") or request.headers.get("Referer", "")
    return urlsplit(origin).netloc == request.get_host()


def written(request: HttpRequest) -> list[dict[str, Any]]:
    """The fields of a sent form, to send once more; empty when they are too many or too long."""
    fields = [
        {"name": name, "value": value, "long": len(value) > 20 or "\n" in value}
        for name, values in request.POST.lists()
        if not any(word in name.casefold() for word in UNKEPT)
        for value in values
    ]
    return fields if sum(len(field["value"]) for field in fields) <= KEPT_AT_MOST else []


def too_many(request: HttpRequest) -> HttpResponse:
    """The limits on signing in.  allauth looks for this under the name handler429."""
    response = render(request, "429.html", status=HTTPStatus.TOO_MANY_REQUESTS)
    response["Retry-After"] = "300"
    return response
