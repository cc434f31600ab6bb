"""A file of people for one program: the same pages, and the people are on its list afterwards."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from people import import_steps as steps
from people.models import PeopleImport
from programs.actions.imports import apply_to_program, undo_in_program
from programs.models import Program
from programs.models.enrolments import roles_in
from programs.views.setup import find


def place(program: Program) -> steps.Place:
    def url(name: str, one: PeopleImport | None = None) -> str:
        view = "imports" if name == "imports" else "import" if name == "import" else f"import_{name}"
        return reverse(f"programs:{view}", args=[program.public_id, *([one.public_id] if one else [])])

    return steps.Place(
        url,
        lambda one, *, by, now: apply_to_program(program, one, by=by, now=now),
        lambda one, *, by, now: undo_in_program(program, one, by=by, now=now),
        {"program": program, "back": reverse("programs:participants", args=[program.public_id])},
        scope=program.scope,
        asks_for_role=len(roles_in(program)) > 1,
    )


@require_http_methods(["GET", "POST"])
def imports(request: HttpRequest, public_id: str) -> HttpResponse:
    return steps.upload(request, place(find(request, public_id)))


def step(request: HttpRequest, public_id: str, import_id: str, page) -> HttpResponse:
    program = find(request, public_id)
    return page(request, place(program), steps.find_import(program.scope, import_id))


@require_http_methods(["GET", "POST"])
def columns(request: HttpRequest, public_id: str, import_id: str) -> HttpResponse:
    return step(request, public_id, import_id, steps.columns)


@require_GET
def show(request: HttpRequest, public_id: str, import_id: str) -> HttpResponse:
    return step(request, public_id, import_id, steps.show)


@require_POST
def application(request: HttpRequest, public_id: str, import_id: str) -> HttpResponse:
    return step(request, public_id, import_id, steps.application)


@require_POST
def reversal(request: HttpRequest, public_id: str, import_id: str) -> HttpResponse:
    return step(request, public_id, import_id, steps.reversal)


@require_POST
def giving_up(request: HttpRequest, public_id: str, import_id: str) -> HttpResponse:
    return step(request, public_id, import_id, steps.giving_up)


@require_GET
def problems(request: HttpRequest, public_id: str, import_id: str) -> HttpResponse:
    return step(request, public_id, import_id, steps.problems)
