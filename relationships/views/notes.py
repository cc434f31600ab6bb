"""Pages about notes, and the list of what to talk about.

A shared note is found by the members, a private one by its author alone: for everybody else there is none.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.pages import page_of
from relationships.actions.notes import (
    Gone,
    Note,
    Stale,
    add_topic,
    delete_note,
    drop_topic,
    edit_note,
    finish_topic,
    move_topic,
    reopen_topic,
    write_note,
)
from relationships.forms.notes import EditNoteForm, NoteForm, TopicForm
from relationships.letters.meetings import path_of
from relationships.models import AgendaItem, Meeting, PrivateNote, Relationship, SharedNote
from relationships.permissions import NOTE_RULES, RULES
from relationships.stages import Refused
from relationships.views.finding import (
    CONFLICT,
    UNPROCESSABLE,
    called,
    find_meeting,
    find_own,
    name_in,
    refuse,
    see_other,
    status_of,
)


@require_http_methods(["GET", "POST"])
def notes(request: HttpRequest, pair: str) -> HttpResponse:
    """All notes of a relationship that this reader may read, those of its meetings as well."""
    relationship = find_own(request, pair)
    form = NoteForm(request.POST or None, other=called(relationship, request))
    if form.is_valid():
        return _written(request, form, relationship, None) or see_other(_notes_path(relationship))
    shared = page_of(
        SharedNote.objects.filter(relationship=relationship).select_related("author", "edited_by", "meeting"),
        request.GET,
        order=("-created_at", "-pk"),
    )
    private = PrivateNote.objects.visible_to(request.user).filter(relationship=relationship)
    context = {
        "relationship": relationship,
        "others": called(relationship, request),
        "form": form,
        "can_write": RULES["write_note"](request.user, relationship),
        "page": shared,
        "private": private.select_related("author", "meeting").order_by("-created_at")[:200],
    }
    return render(request, "relationships/notes.html", context, status=status_of(form))


@require_POST
def meeting_notes(request: HttpRequest, pair: str, meeting: str) -> HttpResponse:
    found = find_meeting(request, pair, meeting)
    relationship = found.relationship
    form = NoteForm(request.POST, other=called(relationship, request))
    if form.is_valid():
        return _written(request, form, relationship, found) or see_other(path_of(found))
    context = {
        "relationship": relationship,
        "meeting": found,
        "others": called(relationship, request),
        "form": form,
        "can_write": RULES["write_note"](request.user, relationship),
    }
    return render(request, "relationships/notes.html", context, status=UNPROCESSABLE)


def _written(
    request: HttpRequest, form: NoteForm, relationship: Relationship, meeting: Meeting | None
) -> HttpResponse | None:
    if not (answer := RULES["write_note"](request.user, relationship)):
        return refuse(request, answer, path_of(meeting) if meeting else _notes_path(relationship))
    said = form.cleaned_data
    write_note(
        relationship,
        body=said["body"],
        private=said["private"],
        meeting=meeting,
        key=said["key"],
        by=request.user,
        now=timezone.now(),
    )
    if said["private"]:
        messages.success(request, _("Kept. Only you can read it."))
    else:
        words = _("Kept. You and %(others)s can read it.")
        messages.success(request, words % {"others": called(relationship, request)})
    return None


@require_http_methods(["GET", "POST"])
def note(request: HttpRequest, pair: str, note: str) -> HttpResponse:
    """One note, to change or to delete."""
    found = find_note(request, pair, note)
    relationship, others = found.relationship, called(found.relationship, request)
    if not (answer := NOTE_RULES["edit_note"](request.user, found)) and request.method == "POST":
        return refuse(request, answer, _place_of(found))
    initial = {"body": found.body, "version": found.version}
    form = EditNoteForm(request.POST or None, initial=initial, other=others, shared=found.is_shared)
    status, newer = status_of(form), None
    if form.is_valid():
        found.version = form.cleaned_data["version"]
        try:
            edit_note(found, body=form.cleaned_data["body"], by=request.user, now=timezone.now())
        except Stale as stale:
            # The reader now sees the newer text: sending again replaces that one, knowingly.
            newer, status = stale.note, CONFLICT
            form.data = form.data.copy()
            form.data["version"] = str(newer.version)
        except Gone as gone:
            kept = NoteForm(
                initial={"body": form.cleaned_data["body"], "private": not found.is_shared}, other=others
            )
            messages.warning(request, str(gone))
            context = {"relationship": relationship, "others": others, "form": kept, "can_write": True}
            return render(request, "relationships/notes.html", context, status=CONFLICT)
        else:
            messages.success(request, _("Changed."))
            return see_other(_place_of(found))
    context = {
        "relationship": relationship,
        "note": found,
        "others": others,
        "form": form,
        "newer": newer,
        "may": NOTE_RULES.on(request.user, found),
        "back": _place_of(found),
    }
    return render(request, "relationships/note.html", context, status=status)


@require_POST
def deletion(request: HttpRequest, pair: str, note: str) -> HttpResponse:
    found = find_note(request, pair, note)
    delete_note(found, by=request.user, now=timezone.now())
    messages.success(request, _("Deleted."))
    return see_other(_place_of(found))


def find_note(request: HttpRequest, pair: str, note: str) -> Note:
    relationship = find_own(request, pair)
    for kind in (SharedNote, PrivateNote):
        rows = kind.objects.visible_to(request.user).filter(relationship=relationship)
        if found := rows.select_related("author", "meeting").filter(public_id=note).first():
            found.relationship = relationship
            if found.meeting:
                found.meeting.relationship = relationship
            return found
    raise Http404


def _notes_path(relationship: Relationship) -> str:
    return reverse("relationships:notes", args=[relationship.public_id])


def _place_of(note: Note) -> str:
    return path_of(note.meeting) if note.meeting else _notes_path(note.relationship)


# What to talk about


@require_POST
def topics(request: HttpRequest, pair: str) -> HttpResponse:
    return _added(request, find_own(request, pair), None)


@require_POST
def meeting_topics(request: HttpRequest, pair: str, meeting: str) -> HttpResponse:
    found = find_meeting(request, pair, meeting)
    return _added(request, found.relationship, found)


def _added(request: HttpRequest, relationship: Relationship, meeting: Meeting | None) -> HttpResponse:
    if not (answer := RULES["write_note"](request.user, relationship)):
        return refuse(request, answer, relationship)
    others = called(relationship, request)
    form = TopicForm(request.POST, other=others)
    if not form.is_valid():
        context = {"relationship": relationship, "meeting": meeting, "others": others, "topic_form": form}
        return render(request, "relationships/topic.html", context, status=UNPROCESSABLE)
    for_meeting = meeting if meeting and meeting.is_planned else None
    said = form.cleaned_data
    add_topic(
        relationship,
        text=said["text"],
        meeting=for_meeting,
        key=said["key"],
        by=request.user,
        now=timezone.now(),
    )
    return see_other(_back(request, relationship))


@require_POST
def topic_completion(request: HttpRequest, pair: str, topic: str) -> HttpResponse:
    def finish(item: AgendaItem, **who: Any) -> None:
        finish_topic(item, meeting=_meeting_of_page(request, item.relationship), **who)

    return _changed(request, pair, topic, finish)


@require_POST
def topic_reopening(request: HttpRequest, pair: str, topic: str) -> HttpResponse:
    return _changed(request, pair, topic, reopen_topic)


@require_POST
def topic_position(request: HttpRequest, pair: str, topic: str) -> HttpResponse:
    def move(item: AgendaItem, **who: Any) -> None:
        move_topic(item, up=request.POST.get("direction") == "up", **who)

    return _changed(request, pair, topic, move)


@require_POST
def topic_removal(request: HttpRequest, pair: str, topic: str) -> HttpResponse:
    return _changed(request, pair, topic, drop_topic)


def _changed(request: HttpRequest, pair: str, topic: str, deed: Callable[..., Any]) -> HttpResponse:
    relationship = find_own(request, pair)
    item = get_object_or_404(relationship.agenda_items.select_related("meeting"), public_id=topic)
    item.relationship = relationship
    if not (answer := RULES["write_note"](request.user, relationship)):
        return refuse(request, answer, relationship)
    try:
        deed(item, by=request.user, now=timezone.now())
    except Refused as refusal:
        return refuse(request, refusal, _back(request, relationship))
    return see_other(_back(request, relationship))


def _meeting_of_page(request: HttpRequest, relationship: Relationship) -> Meeting | None:
    """The meeting on whose page the button stood; only one of this relationship."""
    meeting = relationship.meetings.filter(public_id=name_in(request.POST.get("back", ""))).first()
    if meeting:
        meeting.relationship = relationship
    return meeting


def _back(request: HttpRequest, relationship: Relationship) -> str:
    """To the list, wherever it was."""
    if meeting := _meeting_of_page(request, relationship):
        return f"{path_of(meeting)}#agenda"
    if request.POST.get("back") == "meetings":
        return f"{reverse('relationships:meetings', args=[relationship.public_id])}#agenda"
    return f"{relationship.get_absolute_url()}#agenda"
