"""The pages of a file of people, one flow for every place from which a file can be brought.

Columns, preview, application, reversal.  What differs between the organisation's own list and a program is in
``Place``."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.forms import Form, OneOf, Upload
from core.views import see_other, sent_with_files
from people.actions import bring, choose_columns, give_up
from people.actions.imports import Refused
from people.grades import Unplaced, current_order, grades_held, unplaced
from people.importing import (
    Examination,
    Mapping,
    MappingRefused,
    Order,
    Outcome,
    Severity,
    Table,
    Target,
    UnreadableFile,
    problem_rows_csv,
)
from people.intake import examination_of
from people.models import PeopleImport
from people.permissions import RULES

State = PeopleImport.State
SHOWN = 5


class Place(NamedTuple):
    """From where a file was brought: its pages, and the deeds behind the buttons."""

    url: Callable[..., str]
    apply: Callable[..., Any]
    undo: Callable[..., dict[str, int]]
    context: dict[str, Any]
    scope: str = ""
    asks_for_role: bool = False


class FileForm(Form):
    file = Upload(
        most_bytes=settings.UPLOAD_MAX_BYTES,
        endings=(".csv", ".xlsx", ".txt", ".tsv"),
        label=gettext_lazy("The file"),
        help_text=gettext_lazy(
            "CSV or Excel (.xlsx), up to 10 MB and 50,000 people. The first row holds the names of the columns."
        ),
    )


class RoleFileForm(FileForm):
    role = OneOf(
        choices=[
            ("", gettext_lazy("A column of the file says so")),
            ("mentee", gettext_lazy("All are mentees")),
            ("mentor", gettext_lazy("All are mentors")),
        ],
        label=gettext_lazy("Who are these people?"),
        required=False,
        initial="",
    )
    field_order = ["role", "file"]


def upload(request: HttpRequest, place: Place) -> HttpResponse:
    kind = RoleFileForm if place.asks_for_role else FileForm
    form = kind(*sent_with_files(request))
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            one = bring(file.read(), file.name, by=request.user, now=timezone.now(), scope=place.scope)
        except UnreadableFile as problem:
            form.add_error("file", problem.sentence)
        else:
            if role := form.cleaned_data.get("role"):
                one.mapping = {**one.mapping, "default_role": role}
                one.save(update_fields=["mapping"])
            return see_other(place.url("columns", one))
    earlier = PeopleImport.objects.filter(scope=place.scope).select_related("created_by").newest_first()
    context = {
        **place.context,
        "form": form,
        "earlier": [(one, place.url("import", one)) for one in earlier.defer("table", "before")[:20]],
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if request.method == "POST" else HTTPStatus.OK
    return render(request, "people/import_upload.html", context, status=status)


def columns(request: HttpRequest, place: Place, one: PeopleImport) -> HttpResponse:
    if one.state not in (State.UPLOADED, State.EXAMINED):
        return see_other(place.url("import", one))
    table = Table.from_json(one.table)
    mapping = Mapping.from_json(one.mapping)
    errors: dict[int | None, str] = {}
    chosen: dict[int, str] = {}
    if request.method == "POST":
        chosen = {
            column.index: request.POST.get(f"column_{column.index}", str(column.target))
            for column in mapping.columns
        }
        try:
            confirmed = mapping.with_choices(
                chosen,
                order=request.POST.get("order", str(mapping.order)),
                default_role=request.POST.get("role", mapping.default_role),
                texts_confirmed=request.POST.get("texts") == "1",
            )
        except MappingRefused as refused:
            errors = refused.errors
        else:
            if place.asks_for_role and not confirmed.has(Target.ROLE) and not confirmed.default_role:
                errors[None] = _(
                    "Say whether these people are mentors or mentees, or choose the column that says so."
                )
            else:
                try:
                    choose_columns(one, confirmed, by=request.user, now=timezone.now())
                except Refused as refusal:
                    messages.warning(request, str(refusal))
                return see_other(place.url("import", one))
    context = {
        **place.context,
        "one": one,
        "lines": column_lines(mapping.with_samples(table), chosen, errors),
        "refused": mapping.refused,
        "problem": errors.get(None, ""),
        "errors": [(index, words) for index, words in errors.items() if index is not None],
        "has_errors": bool(errors),
        "orders": [(order.value, ORDERS[order]) for order in Order],
        "order": request.POST.get("order", str(mapping.order)),
        "asks_for_role": place.asks_for_role,
        "role": request.POST.get("role", mapping.default_role),
        "rows": len(table.rows),
        "texts": any(Target(value) == Target.BIOGRAPHY for value in chosen.values() if value in list(Target))
        or mapping.has(Target.BIOGRAPHY),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(request, "people/import_columns.html", context, status=status)


ORDERS = {
    Order.UNKNOWN: gettext_lazy("The dates themselves show it"),
    Order.DAY_FIRST: gettext_lazy("Day first, 31/12/2026"),
    Order.MONTH_FIRST: gettext_lazy("Month first, 12/31/2026"),
}


def column_lines(
    mapping: Mapping, chosen: dict[int, str], errors: dict[int | None, str]
) -> list[dict[str, Any]]:
    """One line for each column that may be used, with what it is taken for and three values to know it by."""
    return [
        {
            "column": column,
            "target": chosen.get(column.index, str(column.target)),
            "choices": [(str(target), target.label) for target in column.choices],
            "error": errors.get(column.index, ""),
        }
        for column in mapping.columns
        if not column.is_refused
    ]


def show(request: HttpRequest, place: Place, one: PeopleImport) -> HttpResponse:
    """The preview before, the result after.  Looking writes nothing."""
    if one.state == State.UPLOADED:
        return see_other(place.url("columns", one))
    context = {**place.context, "one": one, "urls": urls(place, one)}
    if one.state != State.EXAMINED:
        context["counts"] = one.counts
        if one.state == State.APPLIED:
            context["without"] = unplaced(grades_held(), current_order())
            context["may_order_grades"] = RULES["order_grades"](request.user, None)
        return render(request, "people/import_result.html", context)
    found = examination_of(one, today=timezone.localdate())
    counts = found.counts
    usable = counts[Outcome.ADDED] + counts[Outcome.CHANGED] + counts[Outcome.LEFT_ALONE]
    context |= {
        "found": found,
        "counts": {str(outcome): count for outcome, count in counts.items()},
        "usable": usable,
        "groups": found.groups,
        "aside": Severity.SET_ASIDE,
        "file_findings": found.file_findings,
        "added": found.of(Outcome.ADDED)[:SHOWN],
        "changed": [(row, change_words(row, found)) for row in found.of(Outcome.CHANGED)[:SHOWN]],
        "leavers": found.of(Outcome.LEAVER)[:SHOWN],
        "left_out": found.mapping.left_out,
        "protection": found.protection,
        "asks_for_role": place.asks_for_role,
        "without": without_place(found),
    }
    return render(request, "people/import_preview.html", context)


def without_place(found: Examination) -> Unplaced:
    """Of the grades that the file brings, those that stand in no order yet."""
    grades = [row.grade for outcome in (Outcome.ADDED, Outcome.CHANGED) for row in found.of(outcome)]
    return unplaced(grades, current_order() if any(grades) else [])


def urls(place: Place, one: PeopleImport) -> dict[str, str]:
    names = ("columns", "import", "application", "reversal", "giving_up", "problems")
    return {name: place.url(name, one) for name in names} | {"upload": place.url("imports")}


def change_words(row: Any, found: Examination) -> list[str]:
    """ "Job title: Clerk, now Lead"."""
    said = []
    for name, old, new in row.changes:
        if name == "manager":
            said.append(_("Manager: now %(new)s") % {"new": row.manager.name})
        elif name == "is_active":
            said.append(_("Is back in the organisation"))
        elif name == "biography":
            said.append(_("Text about them"))
        else:
            label = Target(name).label
            said.append(
                _("%(label)s: %(old)s, now %(new)s") % {"label": label, "old": plain(old), "new": plain(new)}
            )
    return said


def plain(value: Any) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(str(one) for one in value) or "–"
    return str(value) if value not in ("", None) else "–"


def application(request: HttpRequest, place: Place, one: PeopleImport) -> HttpResponse:
    try:
        place.apply(one, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        count = one.counts.get("added", 0)
        said = ngettext("%(count)s person added.", "%(count)s people added.", count) % {"count": count}
        messages.success(request, said)
    return see_other(place.url("import", one))


def reversal(request: HttpRequest, place: Place, one: PeopleImport) -> HttpResponse:
    try:
        result = place.undo(one, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        said = _("Taken back: %(out)s people taken out, %(back)s put back as they were.") % {
            "out": result["taken_out"],
            "back": result["put_back"],
        }
        if left := result["left_as_they_are"]:
            said += " " + ngettext(
                "%(count)s person was left as they are, because something has happened since.",
                "%(count)s people were left as they are, because something has happened since.",
                left,
            ) % {"count": left}
        messages.success(request, said)
    return see_other(place.url("import", one))


def giving_up(request: HttpRequest, place: Place, one: PeopleImport) -> HttpResponse:
    try:
        give_up(one, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return see_other(place.url("import", one))
    messages.info(request, _("The file is forgotten. Nothing was changed."))
    return see_other(place.url("imports"))


def problems(request: HttpRequest, place: Place, one: PeopleImport) -> HttpResponse:
    """The rows that need repair, with the reason in front, to be corrected and brought again."""
    if one.state != State.EXAMINED:
        raise Http404
    text = problem_rows_csv(examination_of(one, today=timezone.localdate()))
    headers = {"Content-Disposition": 'attachment; filename="rows-to-repair.csv"'}
    return HttpResponse("\ufeff" + text, content_type="text/csv; charset=utf-8", headers=headers)


def find_import(scope: str, public_id: str) -> PeopleImport:
    one = PeopleImport.objects.filter(public_id=public_id, scope=scope).select_related("created_by").first()
    if one is None:
        raise Http404
    return one
