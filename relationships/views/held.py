"""Pages about meetings that were: said to be held or not, confirmed, disputed, put right, rated."""

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from core.dates import day_words
from relationships.actions.held import (
    SameDay,
    confirm_meeting,
    correct_meeting,
    dispute_meeting,
    log_meeting,
    mark_held,
    mark_not_held,
    rate_meeting,
    withdraw_meeting,
)
from relationships.actions.meetings import AlreadyThere
from relationships.actions.notes import write_note
from relationships.forms.meetings import CorrectionForm, LogForm, UsefulnessForm
from relationships.letters.meetings import path_of
from relationships.models import Meeting, Relationship
from relationships.permissions import MEETING_RULES, RULES
from relationships.stages import Refused
from relationships.views.finding import called, find_meeting, find_own, name_in, refuse, see_other, status_of


@require_http_methods(["GET", "POST"])
def log(request: HttpRequest, pair: str) -> HttpResponse:
    """The planned meeting that waits for an answer, prefilled; or one that nobody planned."""
    relationship = find_own(request, pair)
    if not (answer := RULES["log_meeting"](request.user, relationship)):
        return refuse(request, answer, relationship)
    now = timezone.now()
    meeting = _asked_about(request, relationship, now)
    form = LogForm(
        request.POST or None,
        initial=_initial(relationship, meeting),
        relationship=relationship,
        meeting=meeting,
        person=request.user,
        now=now,
        other=called(relationship, request),
    )
    if form.is_valid() and (response := _log(request, form, relationship, meeting)):
        return response
    context = {
        "form": form,
        "relationship": relationship,
        "meeting": meeting,
        "others": called(relationship, request),
        "partner": relationship.partner_of(request.user),
    }
    return render(request, "relationships/meeting_log.html", context, status=status_of(form))


def _asked_about(request: HttpRequest, relationship: Relationship, now: Any) -> Meeting | None:
    """?meeting=… names it, ?meeting=new is one that nobody planned; without, it is the oldest that waits."""
    wanted = request.GET.get("meeting", "")
    waiting = relationship.meetings.with_names()
    if wanted == "new":
        return None
    if wanted:
        states = [Meeting.State.SCHEDULED, Meeting.State.NO_SHOW]
        meeting = get_object_or_404(waiting, public_id=name_in(wanted), state__in=states)
    else:
        meeting = next((one for one in waiting.unanswered(now) if one.ends_at <= now), None)
    if meeting:
        meeting.relationship = relationship
    return meeting


def _initial(relationship: Relationship, meeting: Meeting | None) -> dict[str, Any]:
    today = timezone.localdate()
    if meeting is None:
        last = relationship.meetings.held().last()
        mode = last.mode if last else Meeting.Mode.VIDEO
        return {"day": today, "minutes": relationship.meeting_minutes, "mode": mode, "already": 0}
    return {
        "happened": LogForm.YES,
        "day": min(timezone.localdate(meeting.starts_at), today),
        "minutes": meeting.minutes,
        "is_closing": meeting.kind == Meeting.Kind.CLOSURE,
        "already": 0,
    }


def _log(
    request: HttpRequest, form: LogForm, relationship: Relationship, meeting: Meeting | None
) -> HttpResponse | None:
    """What the form says, done; or nothing, when the form has to be shown again."""
    said, by, now = form.cleaned_data, request.user, timezone.now()
    try:
        if meeting and said["happened"] == LogForm.MOVED:
            return see_other(reverse("relationships:move", args=[relationship.public_id, meeting.public_id]))
        if meeting and said["happened"] == LogForm.NO:
            mark_not_held(meeting, by=by, now=now)
            messages.success(
                request, _("Noted: this meeting did not happen. Plan another when it suits you.")
            )
            return see_other(relationship)
        logged = _held(form, relationship, meeting, by, now)
    except AlreadyThere as there:
        return refuse(request, there, path_of(there.meeting))
    except SameDay as same:
        _ask_again(form, same.count)
        return None
    except Refused as refusal:
        form.add_error("day", str(refusal))
        return None
    if said["note"].strip():
        write_note(
            relationship,
            body=said["note"],
            private=said["private"],
            meeting=logged,
            key=said["key"],
            by=by,
            now=now,
        )
    others = called(relationship, request)
    messages.success(request, _("Logged. %(others)s can confirm it on this page.") % {"others": others})
    return see_other(path_of(logged))


def _held(form: LogForm, relationship: Relationship, meeting: Meeting | None, by: Any, now: Any) -> Meeting:
    said = form.cleaned_data
    how = {"day": said["day"], "minutes": said["minutes"], "is_closing": said.get("is_closing", False)}
    if meeting:
        return mark_held(meeting, **how, by=by, now=now)
    return log_meeting(relationship, **how, mode=said["mode"], already=said["already"], by=by, now=now)


def _ask_again(form: LogForm, count: int) -> None:
    """Sending the form once more now means another meeting."""
    day = day_words(form.cleaned_data["day"])
    words = ngettext(
        "You logged %(day)s already. Add another? Then send the form once more.",
        "You logged %(count)s meetings on %(day)s already. Add another? Then send the form once more.",
        count,
    )
    form.add_error("day", words % {"day": day, "count": count})
    form.data = form.data.copy()
    form.data["already"] = str(count)


# Both sides of the record


@require_POST
def confirmation(request: HttpRequest, pair: str, meeting: str) -> HttpResponse:
    return _said(request, pair, meeting, confirm_meeting, _("Confirmed. You both have it in your record."))


@require_POST
def dispute(request: HttpRequest, pair: str, meeting: str) -> HttpResponse:
    words = _("Noted. Until you two have cleared it up, this meeting does not count.")
    return _said(request, pair, meeting, dispute_meeting, words)


@require_POST
def withdrawal(request: HttpRequest, pair: str, meeting: str) -> HttpResponse:
    return _said(request, pair, meeting, withdraw_meeting, _("Withdrawn. This meeting does not count."))


def _said(request: HttpRequest, pair: str, meeting: str, deed: Any, words: str) -> HttpResponse:
    found = find_meeting(request, pair, meeting)
    try:
        deed(found, by=request.user, now=timezone.now())
    except Refused as refusal:
        return refuse(request, refusal, path_of(found))
    messages.success(request, words)
    return see_other(path_of(found))


@require_http_methods(["GET", "POST"])
def correction(request: HttpRequest, pair: str, meeting: str) -> HttpResponse:
    found = find_meeting(request, pair, meeting)
    relationship, now = found.relationship, timezone.now()
    answer = MEETING_RULES["correct"](request.user, found)
    if not answer or found.state != Meeting.State.HELD:
        return refuse(
            request, answer or Refused(_("Only a meeting that was logged can be corrected.")), path_of(found)
        )
    initial = {
        "day": found.starts_at.astimezone(ZoneInfo(request.user.zone)).date(),
        "minutes": found.minutes,
        "mode": found.mode,
        "version": found.version,
    }
    form = CorrectionForm(
        request.POST or None, initial=initial, relationship=relationship, person=request.user, now=now
    )
    if form.is_valid():
        said = {name: form.cleaned_data[name] for name in ("day", "minutes", "mode")}
        try:
            correct_meeting(found, **said, by=request.user, now=now)
        except AlreadyThere as there:
            return refuse(request, there, path_of(there.meeting))
        except Refused as refusal:
            return refuse(request, refusal, path_of(found))
        messages.success(request, _("Corrected. It counts unless it is disputed within seven days."))
        return see_other(path_of(found))
    context = {
        "form": form,
        "meeting": found,
        "relationship": relationship,
        "others": called(relationship, request),
    }
    return render(request, "relationships/meeting_correct.html", context, status=status_of(form))


@require_POST
def usefulness(request: HttpRequest, pair: str, meeting: str) -> HttpResponse:
    found = find_meeting(request, pair, meeting)
    form = UsefulnessForm(request.POST)
    if not form.is_valid():
        return refuse(request, Refused(_("Choose a number from 1 to 5.")), path_of(found))
    try:
        rate_meeting(found, int(form.cleaned_data["usefulness"]), by=request.user, now=timezone.now())
    except Refused as refusal:
        return refuse(request, refusal, path_of(found))
    messages.success(request, _("Kept. Only you can see it."))
    return see_other(path_of(found))
