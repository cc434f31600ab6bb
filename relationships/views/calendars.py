"""One's own calendar: a feed to subscribe to, a calendar that says when one is busy, and what planning makes of it."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from activity.bell import ring
from activity.writing import link
from core import tokens
from people.models import User
from relationships.actions.calendars import close_feed, give_calendar, open_feed, take_calendar_back
from relationships.calendars import Span, feed_file
from relationships.forms.calendars import BusyForm
from relationships.letters.meetings import feed_line
from relationships.links import behind_feed, feed_path
from relationships.models import BusyCalendar, CalendarFeed, Meeting
from relationships.views.finding import see_other, status_of

SHOWN_BACK = timedelta(days=90)
MOST_SHOWN = 500

PROBLEMS = {
    "address": gettext_lazy(
        "This address cannot be read. Give it again, from the settings of your calendar."
    ),
    "inside": gettext_lazy("This address is not on the open internet, so we do not read it."),
    "unreachable": gettext_lazy("The calendar could not be reached."),
    "slow": gettext_lazy("The calendar did not answer in time."),
    "moved": gettext_lazy("The address leads on to another one. Give us that one."),
    "answer": gettext_lazy("There is no calendar at this address any more, or it is not shared."),
    "large": gettext_lazy("The calendar is too large to be read."),
    "no_calendar": gettext_lazy("What stands at this address is not a calendar."),
    "endless": gettext_lazy(
        "It takes too long to work out this calendar. It has too many entries, or one that repeats in an unusual way."
    ),
    "ours": gettext_lazy("Something went wrong on our side. We will try it again."),
}


@require_http_methods(["GET", "POST"])
def calendar(request: HttpRequest) -> HttpResponse:
    form = BusyForm(request.POST or None)
    if form.is_valid():
        give_calendar(request.user, form.cleaned_data["address"], by=request.user, now=timezone.now())
        ring()
        messages.success(request, _("Kept. We read it in a moment, and then every few hours."))
        return see_other("relationships:own_calendar")
    given = BusyCalendar.objects.filter(person=request.user).first()
    feed = CalendarFeed.objects.filter(person=request.user).first()
    context = {
        "form": form,
        "given": given,
        "problem": PROBLEMS.get(given.problem, "") if given else "",
        "is_believed": given and given.is_believed(timezone.now()),
        "feed": feed,
        "feed_address": link(feed_path(feed)) if feed else "",
    }
    return render(request, "relationships/calendar.html", context, status=status_of(form))


@require_POST
def feed_opening(request: HttpRequest) -> HttpResponse:
    open_feed(request.user, by=request.user, now=timezone.now())
    messages.success(request, _("Here is the address. Older ones do not work any more."))
    return see_other("relationships:own_calendar")


@require_POST
def feed_closing(request: HttpRequest) -> HttpResponse:
    if close_feed(request.user, by=request.user, now=timezone.now()):
        messages.success(request, _("Closed. The address leads to nothing now."))
    return see_other("relationships:own_calendar")


@require_POST
def busy_ending(request: HttpRequest) -> HttpResponse:
    if take_calendar_back(request.user, by=request.user, now=timezone.now()):
        messages.success(request, _("Removed, with all that was read from it."))
    return see_other("relationships:own_calendar")


@login_not_required
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """For calendar programs, which cannot sign in: the address is the proof, and holds no content."""
    now = timezone.now()
    try:
        found = behind_feed(token, now=now)
    except tokens.Invalid:
        raise Http404 from None
    text = feed_file(map(feed_line, _shown(found.person, now)), name=_("Mentoring")).encode()
    etag = f'"{hashlib.sha256(text).hexdigest()[:32]}"'
    headers = {
        "ETag": etag,
        "Cache-Control": "private, no-cache",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex",
        "Content-Disposition": 'inline; filename="mentoring.ics"',
    }
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8", headers=headers)
    return get_conditional_response(request, etag=etag, response=response)


def _shown(person: User, now: datetime) -> Any:
    """What is planned, and what was held lately."""
    rows = Meeting.objects.visible_to(person).filter(starts_at__gt=now - SHOWN_BACK)
    states = [Meeting.State.SCHEDULED, Meeting.State.HELD]
    return rows.filter(state__in=states).select_related("relationship__program")[:MOST_SHOWN]


def busy_times(people: Sequence[User], now: datetime, but: Meeting | None = None) -> tuple[list[Span], bool]:
    """When any of them has something else, by what is planned here and by their own calendars; whether any was asked.

    Two queries, however many people.  The times alone leave this function: nobody is told whose they are.
    """
    planned = Meeting.objects.planned().filter(
        relationship__members__person__in=people, relationship__members__left_at=None, starts_at__gt=now
    )
    busy = [(other.starts_at, other.ends_at) for other in planned.distinct() if other != but]
    own = (but.starts_at, but.ends_at) if but else None
    given = BusyCalendar.objects.filter(person__in=people)
    believed = [one for one in given if one.is_believed(now)]
    # The meeting that is being moved stands in their calendars as well, and is in nobody's way.
    busy += [span for one in believed for span in one.spans(now) if span != own]
    return busy, bool(believed)
