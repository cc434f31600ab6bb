"""Who is here and which role they hold: existence and roles, never answers."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.pages import page_of, sought
from core.views import see_other
from people.actions import give_organisation_role, take_organisation_role
from people.actions.profiles import Refused
from people.models import OrganisationRole, User
from people.permissions import RULES


def everybody(request: HttpRequest):
    if not (may := RULES["see_directory"](request.user, None)):
        raise PermissionDenied(may.reason)
    held = Prefetch("organisation_roles", OrganisationRole.objects.current(), to_attr="held")
    return User.objects.select_related("profile", "profile__unit", "profile__site").prefetch_related(held)


@require_GET
def directory(request: HttpRequest) -> HttpResponse:
    people = everybody(request)
    wanted = sought(request.GET)
    shown = request.GET.get("show", "")
    if wanted:
        people = people.filter(Q(full_name__icontains=wanted) | Q(email__icontains=wanted))
    if shown == "left":
        people = people.filter(is_active=False)
    elif shown == "roles":
        people = people.filter(organisation_roles__ended_at=None, organisation_roles__isnull=False).distinct()
    else:
        people = people.filter(is_active=True)
    context = {
        "page": page_of(people, request.GET, order=["full_name", "pk"]),
        "wanted": wanted,
        "filters": [("", _("Here")), ("roles", _("With a role for all")), ("left", _("Have left"))],
        "may_import": RULES["import_people"](request.user, None),
        "may_order_grades": RULES["order_grades"](request.user, None),
    }
    return render(request, "people/directory.html", context)


@require_GET
def person(request: HttpRequest, public_id: str) -> HttpResponse:
    found = get_object_or_404(everybody(request), public_id=public_id)
    held = {role.role for role in found.held}
    context = {
        "person": found,
        "roles": [(role.value, role.label, role.value in held) for role in OrganisationRole.Role],
        "may_give": RULES["give_roles"](request.user, None),
        "manager": User.objects.filter(
            lines_down__person=found, lines_down__until=None, lines_down__kind="line"
        ).first(),
    }
    return render(request, "people/person.html", context)


@require_POST
def roles(request: HttpRequest, public_id: str) -> HttpResponse:
    found = get_object_or_404(everybody(request), public_id=public_id)
    role = request.POST.get("role", "")
    if role in OrganisationRole.Role.values:
        try:
            deed = take_organisation_role if "take" in request.POST else give_organisation_role
            deed(found, role, by=request.user, now=timezone.now())
        except Refused as refusal:
            messages.warning(request, str(refusal))
        else:
            messages.success(request, _("Saved."))
    return see_other("people:person", found.public_id)
