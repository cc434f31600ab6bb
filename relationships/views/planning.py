"""Pages on which a meeting is planned, moved or called off, and the file for one's calendar."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from people.models import User
from relationships.actions.meetings import (
    LATE,
    AlreadyThere,
    cancel_meeting,
    likely_kind,
    move_meeting,
    plan_meeting,
)
from relationships.calendars import PUBLISH, calendar_file, proposals
from relationships.forms.meetings import AHEAD, MoveForm, PlanForm
from relationships.letters.meetings import calendar_entry, path_of
from relationships.models import Meeting, Relationship
from relationships.permissions import MEETING_RULES, RULES
from relationships.stages import Refused
from relationships.views.calendars import busy_times
from relationships.views.finding import called, find_meeting, find_own, refuse, see_other, status_of


@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest, pair: str) -> HttpResponse:
    relationship = find_own(request, pair)
    if not (answer := RULES["plan_meeting"](request.user, relationship)):
        return refuse(request, answer, relationship)
    now = timezone.now()
    initial = {
        "minutes": relationship.meeting_minutes,
        "mode": _usual_mode(relationship),
        "kind": likely_kind(relationship),
        "place": _usual_place(relationship),
        **_chosen_slot(request),
    }
    about = {"person": request.user, "now": now, "other": called(relationship, request)}
    form = PlanForm(request.POST or None, initial=initial, **about)
    if form.is_valid():
        try:
            meeting = plan_meeting(
                relationship, **form.plan, kind=form.cleaned_data["kind"], by=request.user, now=now
            )
        except AlreadyThere as there:
            return refuse(request, there, path_of(there.meeting))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, _("Planned. The invitation goes to both of you, with a file for the calendar.")
            )
            return see_other(path_of(meeting))
    context = {"form": form, **_slots(relationship, request, now)}
    return render(request, "relationships/meeting_plan.html", context, status=status_of(form))


@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, pair: str, meeting: str) -> HttpResponse:
    found = find_meeting(request, pair, meeting)
    relationship, now = found.relationship, timezone.now()
    if reason := _why_it_stays(found, request.user, now):
        return refuse(request, Refused(reason), path_of(found))
    local = timezone.localtime(found.starts_at)
    initial = {
        "day": local.date(),
        "clock": local.time(),
        "minutes": found.minutes,
        "mode": found.mode,
        "place": found.place,
        "version": found.version,
        **_chosen_slot(request),
    }
    about = {"person": request.user, "now": now, "other": called(relationship, request)}
    form = MoveForm(request.POST or None, initial=initial, **about)
    if form.is_valid():
        try:
            move_meeting(found, **form.plan, by=request.user, now=now)
        except AlreadyThere as there:
            return refuse(request, there, path_of(there.meeting))
        except Refused as refusal:
            return refuse(request, refusal, path_of(found))
        messages.success(request, _("Changed. Both calendars are told."))
        return see_other(path_of(found))
    context = {
        "form": form,
        "meeting": found,
        "is_late": found.starts_at - now < LATE,
        "can_cancel": not found.has_begun(now),
        **_slots(relationship, request, now, moving=found),
    }
    return render(request, "relationships/meeting_move.html", context, status=status_of(form))


@require_POST
def cancellation(request: HttpRequest, pair: str, meeting: str) -> HttpResponse:
    found = find_meeting(request, pair, meeting)
    try:
        cancel_meeting(found, by=request.user, now=timezone.now())
    except Refused as refusal:
        return refuse(request, refusal, path_of(found))
    messages.success(request, _("Cancelled. Both calendars are told."))
    return see_other(found.relationship)


@require_GET
def calendar(request: HttpRequest, pair: str, meeting: str) -> HttpResponse:
    """The entry to keep, for those whose mail program did not take the invitation."""
    found = find_meeting(request, pair, meeting)
    text = calendar_file(calendar_entry(found, timezone.now(), request.user), PUBLISH)
    return HttpResponse(
        text,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="meeting-{found.public_id}.ics"'},
    )


def _why_it_stays(meeting: Meeting, person: User, now: datetime) -> str:
    if not (answer := MEETING_RULES["move"](person, meeting)):
        return answer.reason
    if not meeting.is_planned:
        return _("This meeting is not planned any more.")
    if meeting.is_running(now):
        return _("This meeting has begun. When it is over, say whether it took place.")
    return ""


def _chosen_slot(request: HttpRequest) -> dict[str, Any]:
    """A proposal that the reader took: ?at=2026-10-15T13:00:00+00:00.  What is no moment is passed over."""
    now = timezone.now()
    try:
        moment = datetime.fromisoformat(request.GET.get("at", "").replace(" ", "+"))
        if not now < moment < now + AHEAD:
            return {}
    except (ValueError, TypeError):
        return {}
    local = timezone.localtime(moment)
    return {"day": local.date(), "clock": local.time(), "at": moment}


def _slots(
    relationship: Relationship, request: HttpRequest, now: datetime, moving: Meeting | None = None
) -> dict[str, Any]:
    """Times in the working hours of both, from tomorrow on, or when the rhythm has the next meeting."""
    minutes = moving.minutes if moving else relationship.meeting_minutes
    after = now + timedelta(hours=24)
    if relationship.last_met_at and not moving:
        after = max(after, relationship.last_met_at + timedelta(days=relationship.cadence_days - 2))
    busy, asked = busy_times(relationship.people, now, but=moving)
    found = proposals(hours_of(relationship), after=after, minutes=minutes, busy=busy)
    return {
        "relationship": relationship,
        "others": called(relationship, request),
        "partner": relationship.partner_of(request.user),
        "slots": [{"at": slot, "iso": slot.astimezone(UTC).isoformat()} for slot in found],
        "minutes": minutes,
        "chosen": _chosen_slot(request).get("at"),
        "calendars": asked,
    }


def hours_of(relationship: Relationship) -> list[tuple[Any, ZoneInfo]]:
    return [(person.profile.hours, ZoneInfo(person.zone)) for person in relationship.people]


def _usual_mode(relationship: Relationship) -> str:
    last = relationship.meetings.order_by("-starts_at").first()
    if last:
        return last.mode
    return Meeting.Mode.IN_PERSON if relationship.mode == "in_person" else Meeting.Mode.VIDEO


def _usual_place(relationship: Relationship) -> str:
    """People who meet by video keep their room."""
    last = relationship.meetings.exclude(place="").order_by("-starts_at").first()
    return last.place if last else ""
