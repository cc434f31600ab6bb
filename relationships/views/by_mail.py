"""Answers from letters, without signing in: each page says what its one button will do, in names and dates alone."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from activity.bell import ring
from core import tokens
from core.dates import day_words, moment_words
from core.views import as_read_by, from_a_letter
from people.models import User
from relationships.actions.held import SameDay, confirm_meeting, log_meeting, mark_held, mark_not_held
from relationships.actions.meetings import move_meeting
from relationships.calendars import proposals, suits
from relationships.forms.by_mail import TimesForm
from relationships.forms.meetings import AHEAD, HeldForm
from relationships.letters.meetings import names, path_of
from relationships.links import (
    HELD,
    MOVE,
    NOT_HELD,
    is_of_this_moment,
    meeting_behind,
    relationship_behind,
)
from relationships.models import Meeting, Relationship
from relationships.permissions import RULES
from relationships.stages import Refused
from relationships.views.calendars import busy_times
from relationships.views.finding import name_in, see_other, status_of
from relationships.views.planning import hours_of

State = Meeting.State


@from_a_letter
def held(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    meeting, person, nonce = meeting_behind(HELD, token, now=now)
    with as_read_by(person):
        words = _words(meeting, person)
        said = meeting.marked_by_id == person.pk and not meeting.disputed_at
        if meeting.state == State.HELD and (said or meeting.confirmed_at):
            return _told(request, words, _("Noted: you and %(others)s met on %(day)s.") % words)
        _must_be_open(meeting, nonce)
        confirms = meeting.state == State.HELD
        words["title"] = _("Did you and %(others)s meet on %(day)s?") % words
        words["button"] = _("Yes, we met")
        words["text"] = (
            _("The button confirms it: your partner has said so already.")
            if confirms
            else _("The button logs the meeting as it was planned, with %(minutes)s minutes.") % words
        )
        deed = confirm_meeting if confirms else mark_held
        return _asked(request, words, lambda: deed(meeting, by=person, now=now))


@from_a_letter
def not_held(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    meeting, person, nonce = meeting_behind(NOT_HELD, token, now=now)
    with as_read_by(person):
        words = _words(meeting, person)
        if meeting.state == State.NO_SHOW:
            return _told(request, words, _("Noted: the meeting of %(day)s did not happen.") % words)
        _must_be_open(meeting, nonce)
        words["title"] = _("Did the meeting with %(others)s on %(day)s not happen?") % words
        if meeting.state == State.HELD:
            return _told(
                request,
                words,
                _("Somebody has said that you met. If you remember it differently, sign in and say so."),
            )
        words["button"] = _("It did not happen")
        words["text"] = _(
            "The button keeps in your record that you did not meet. You can plan another meeting when it suits you."
        )
        return _asked(request, words, lambda: mark_not_held(meeting, by=person, now=now))


@from_a_letter
def move(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    meeting, person, nonce = meeting_behind(MOVE, token, now=now)
    with as_read_by(person):
        words = _words(meeting, person)
        words["title"] = _("Another time for you and %(others)s") % words
        if _has_moved_it(meeting, person, nonce):
            return _told(request, words, _("Moved: you meet on %(when)s. Both calendars are told.") % words)
        if meeting.state != State.SCHEDULED or nonce != str(meeting.sequence):
            raise tokens.Invalid
        form = TimesForm(
            request.POST or None, times=_times(meeting, now, request.POST.get("at", "")), person=person
        )
        words |= {"form": form, "button": _("Move it and tell everybody")}
        words["text"] = _("It is planned for %(when)s. These times are in everybody's working hours.") % words
        if not form.fields["at"].choices:
            return _told(
                request,
                words,
                _("Your working hours have no such time in common soon. Sign in to choose one."),
            )

        def deed() -> None:
            how = {"minutes": meeting.minutes, "mode": meeting.mode, "place": meeting.place}
            move_meeting(meeting, starts_at=form.starts_at, **how, by=person, now=now)

        return _asked(request, words, deed)


@from_a_letter
def log(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    relationship, person = relationship_behind(token, now=now)
    with as_read_by(person):
        words = {
            "person": person,
            "others": names(relationship.others(person)),
            "path": relationship.get_absolute_url(),
            "title": _("Log a meeting"),
        }
        logged = relationship.meetings.filter(
            public_id=name_in(request.GET.get("logged", "")), marked_by=person, state=State.HELD
        ).first()
        if logged:
            words["day"] = day_words(timezone.localdate(logged.starts_at), "long")
            return _told(request, words, _("Noted: you and %(others)s met on %(day)s.") % words)
        if not RULES["log_meeting"](person, relationship):
            raise tokens.Invalid
        return _log(request, words, relationship, person, now)


def _log(
    request: HttpRequest, words: dict[str, Any], relationship: Relationship, person: User, now: datetime
) -> HttpResponse:
    initial = {"day": timezone.localdate(now), "minutes": relationship.meeting_minutes}
    about = {"relationship": relationship, "person": person, "now": now}
    form = HeldForm(request.POST or None, initial=initial, **about)
    words["text"] = _("When did you and %(others)s meet? The button keeps it in your record.") % words
    words |= {"form": form, "button": _("Log this meeting")}
    if form.is_valid():
        last = relationship.meetings.held().last()
        mode = last.mode if last else Meeting.Mode.VIDEO
        try:
            meeting = log_meeting(relationship, **form.cleaned_data, mode=mode, by=person, now=now)
        except SameDay as same:
            return _told(request, words | {"button": "", "form": None}, str(same))
        except (Refused, PermissionDenied) as refusal:
            words["refusal"] = str(refusal)
            return render(request, "letters/by_mail.html", words, status=HTTPStatus.CONFLICT)
        ring()
        return see_other(f"{request.path}?logged={meeting.public_id}")
    return render(request, "letters/by_mail.html", words, status=status_of(form))


# What they share


def _words(meeting: Meeting, person: User) -> dict[str, Any]:
    local = meeting.starts_at.astimezone(ZoneInfo(person.zone))
    return {
        "person": person,
        "others": names(meeting.relationship.others(person)),
        "day": day_words(local.date(), "long"),
        "when": moment_words(local),
        "minutes": meeting.minutes,
        "path": path_of(meeting),
        "title": _("Your meeting"),
    }


def _must_be_open(meeting: Meeting, nonce: str) -> None:
    """Still about the time that the letter named."""
    if not is_of_this_moment(meeting, nonce) or meeting.state == State.CANCELLED:
        raise tokens.Invalid


def _has_moved_it(meeting: Meeting, person: User, nonce: str) -> bool:
    """This link did its work: the change after its time is this person's, and nothing came after."""
    last = meeting.changes.last()
    return nonce == str(meeting.sequence - 1) and last is not None and last.by_id == person.pk


def _times(meeting: Meeting, now: datetime, chosen: str) -> list[datetime]:
    """Three that suit everybody; what somebody has chosen a while ago counts while it still does."""
    busy, _asked = busy_times(meeting.relationship.people, now, but=meeting)
    hours = hours_of(meeting.relationship)
    found = proposals(hours, after=now + timedelta(hours=24), minutes=meeting.minutes, busy=busy)
    try:
        moment = datetime.fromisoformat(chosen)
        length = timedelta(minutes=meeting.minutes)
        if now < moment < now + AHEAD and suits((moment, moment + length), hours, busy):
            return sorted({*found, moment})
    except (ValueError, TypeError, OverflowError):
        return found
    return found


def _told(request: HttpRequest, words: dict[str, Any], text: str) -> HttpResponse:
    """Nothing to press, or nothing any more."""
    return render(request, "letters/by_mail.html", words | {"text": text, "button": "", "form": None})


def _asked(request: HttpRequest, words: dict[str, Any], deed: Any) -> HttpResponse:
    form = words.get("form")
    if request.method != "POST":
        return render(request, "letters/by_mail.html", words)
    if form is not None and not form.is_valid():
        return render(request, "letters/by_mail.html", words, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        deed()
    except (Refused, PermissionDenied) as refusal:
        words["refusal"] = str(refusal)
        return render(request, "letters/by_mail.html", words, status=HTTPStatus.CONFLICT)
    ring()
    return see_other(request.path)
