"""What holds for every page: who reads it, the reader's own time, nothing private left in a shared cache."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from mentorship.errors import signed_out

Next = Callable[[HttpRequest], HttpResponse]


def local_time(get_response: Next) -> Next:
    def respond(request: HttpRequest) -> HttpResponse:
        zone = getattr(request.user, "zone", "") or "UTC"
        with timezone.override(ZoneInfo(zone)):
            return get_response(request)

    return respond


def possible_addresses(get_response: Next) -> Next:
    """A NUL is in no address of ours, and PostgreSQL cannot even look for it."""

    def respond(request: HttpRequest) -> HttpResponse:
        if "\0" in request.path_info:
            raise Http404
        return get_response(request)

    return respond


def private_pages(get_response: Next) -> Next:
    """Pages of signed-in people stay out of every cache, also the browser's after signing out."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response

    return respond


class SignInFirst(LoginRequiredMiddleware):
    """Every page needs a person, unless it says otherwise.  A form sent after the session ended is kept."""

    def handle_no_permission(
        self, request: HttpRequest, view_func: Callable[..., HttpResponse]
    ) -> HttpResponse:
        if request.method == "POST":
            return signed_out(request)
        return super().handle_no_permission(request, view_func)
