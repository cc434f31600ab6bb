"""The grades of the organisation, and the order in which they stand."""

from http import HTTPStatus

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from core.views import see_other, sent
from people.actions import put_grades_in_order
from people.actions.profiles import Refused
from people.forms import Grades
from people.grades import current_order, grades_held, lines_of, unplaced
from people.permissions import RULES


@require_http_methods(["GET", "POST"])
def grades(request: HttpRequest) -> HttpResponse:
    if not (may := RULES["order_grades"](request.user, None)):
        raise PermissionDenied(may.reason)
    order, held = current_order(), grades_held()
    form = Grades(lines_of(order, held), order, sent(request), suggests="suggested" in request.GET)
    if request.method == "POST" and form.is_valid():
        try:
            put_grades_in_order(
                form.order, seen=form.cleaned_data["seen"], by=request.user, now=timezone.now()
            )
        except Refused as refusal:
            form.look_again(str(refusal))
        else:
            messages.success(request, saved_words(len(form.order)))
            return see_other("people:grades")
    context = {"form": form, "without": unplaced(held, order), "levels": len(order)}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if request.method == "POST" else HTTPStatus.OK
    return render(request, "people/grades.html", context, status=status)


def saved_words(levels: int) -> str:
    if not levels:
        return _("Saved. No grade has a place: experience does not count by grade.")
    words = ngettext("Saved, with %(count)s level.", "Saved, with %(count)s levels.", levels)
    return words % {"count": levels}
