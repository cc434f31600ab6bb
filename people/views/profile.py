"""My profile: sections, each with a page and a save of its own, each saying who can read it."""

from http import HTTPStatus
from zoneinfo import available_timezones

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.views import see_other, sent
from people.actions import change_account, change_part, set_zone
from people.forms import Account
from people.models import Profile, User
from people.parts import PARTS, zone_words

MATCHING = gettext_lazy("You and the coordinators of your programs can read this, for matching.")
PARTNER = gettext_lazy("You, your mentoring partners and the coordinators of your programs can read this.")
ONESELF = gettext_lazy("Only you and the matching know this. Nobody else can read it.")

SECTIONS = {
    "skills_wanted": (gettext_lazy("What you would like to get better at"), PARTNER),
    "skills_offered": (gettext_lazy("What you can help with"), PARTNER),
    "goals": (gettext_lazy("What should be different at the end"), PARTNER),
    "languages": (gettext_lazy("Languages"), PARTNER),
    "working_hours": (gettext_lazy("Working hours and time zone"), PARTNER),
    "mode": (gettext_lazy("How you like to meet"), PARTNER),
    "values": (gettext_lazy("What matters most to you at work"), MATCHING),
    "working_style": (gettext_lazy("How you like to work"), MATCHING),
    "learning_orientation": (gettext_lazy("How you like to learn"), MATCHING),
    "interests": (gettext_lazy("What you like outside work"), PARTNER),
    "preferences": (gettext_lazy("What matters to you in a partner"), MATCHING),
    "not_this_person": (gettext_lazy("People you should not be matched with"), ONESELF),
}


def own(request: HttpRequest):
    """The reader with a profile: administrators made on the command line get theirs here."""
    Profile.objects.get_or_create(user=request.user)
    return request.user


@require_GET
def profile(request: HttpRequest) -> HttpResponse:
    person = own(request)
    lines = [
        {"code": code, "title": title, "answer": PARTS[code].answered(person), "readers": readers}
        for code, (title, readers) in SECTIONS.items()
    ]
    context = {
        "person": person,
        "profile": Profile.objects.select_related("unit", "site").get(user=person),
        "lines": lines,
        "zone": zone_words(person.zone),
        "has_password": person.has_usable_password(),
    }
    return render(request, "people/profile.html", context)


@require_http_methods(["GET", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    person = own(request)
    form = Account(sent(request), instance=User.objects.get(pk=person.pk))
    if request.method == "POST" and form.is_valid():
        change_account(person, form.cleaned_data, by=request.user, now=timezone.now())
        messages.success(request, _("Saved."))
        return see_other("people:profile")
    context = {"form": form, "title": _("Name, language and theme")}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if request.method == "POST" else HTTPStatus.OK
    return render(request, "people/part.html", context, status=status)


@require_http_methods(["GET", "POST"])
def part(request: HttpRequest, code: str) -> HttpResponse:
    if code not in SECTIONS:
        raise Http404
    person = own(request)
    title, readers = SECTIONS[code]
    form = PARTS[code].form(sent(request), initial=PARTS[code].initial(person))
    form.seen_by = {list(form.fields)[-1]: readers, **form.seen_by}
    if request.method == "POST" and form.is_valid():
        change_part(person, code, form.cleaned_data, by=request.user, now=timezone.now())
        messages.success(request, _("Saved: %(part)s.") % {"part": title})
        return see_other("people:profile")
    context = {"form": form, "title": title, "code": code}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if request.method == "POST" else HTTPStatus.OK
    return render(request, "people/part.html", context, status=status)


@require_POST
def zone(request: HttpRequest) -> HttpResponse:
    """From the browser, once.  What it calls a zone and nobody knows is passed over."""
    said = request.POST.get("zone", "")
    if said in available_timezones():
        set_zone(request.user, said, by=request.user, now=timezone.now())
    return HttpResponse(status=HTTPStatus.NO_CONTENT)
