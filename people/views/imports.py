"""A file of people for the whole organisation."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from people import import_steps as steps
from people.actions import apply_import, undo_import
from people.models import PeopleImport
from people.permissions import RULES


def url(name: str, one: PeopleImport | None = None) -> str:
    names = {"columns": "import_columns", "import": "import", "application": "import_application"}
    names |= {"reversal": "import_reversal", "giving_up": "import_giving_up", "problems": "import_problems"}
    return reverse(f"people:{names.get(name, name)}", args=[one.public_id] if one else [])


def place(request: HttpRequest) -> steps.Place:
    if not (may := RULES["import_people"](request.user, None)):
        raise PermissionDenied(may.reason)
    return steps.Place(url, apply_import, undo_import, {"back": reverse("people:directory")})


@require_http_methods(["GET", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    return steps.upload(request, place(request))


@require_http_methods(["GET", "POST"])
def columns(request: HttpRequest, import_id: str) -> HttpResponse:
    return steps.columns(request, place(request), steps.find_import("", import_id))


@require_GET
def show(request: HttpRequest, import_id: str) -> HttpResponse:
    return steps.show(request, place(request), steps.find_import("", import_id))


@require_POST
def application(request: HttpRequest, import_id: str) -> HttpResponse:
    return steps.application(request, place(request), steps.find_import("", import_id))


@require_POST
def reversal(request: HttpRequest, import_id: str) -> HttpResponse:
    return steps.reversal(request, place(request), steps.find_import("", import_id))


@require_POST
def giving_up(request: HttpRequest, import_id: str) -> HttpResponse:
    return steps.giving_up(request, place(request), steps.find_import("", import_id))


@require_GET
def problems(request: HttpRequest, import_id: str) -> HttpResponse:
    return steps.problems(request, place(request), steps.find_import("", import_id))
