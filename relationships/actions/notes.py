"""Deeds about what people write down, and about what they want to talk about.

The record says nothing of private notes, not even that they exist.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext_lazy as _

from activity.actions import record
from core.crypto import sealed
from people.models import User
from relationships.actions.once import once
from relationships.models import AgendaItem, Meeting, PrivateNote, Relationship, SharedNote
from relationships.permissions import NOTE_RULES, RULES
from relationships.stages import Refused

Note = SharedNote | PrivateNote


class Stale(Refused):
    """Somebody changed the note meanwhile; ``note`` is how it reads now, so that nothing is lost."""

    def __init__(self, note: Note) -> None:
        super().__init__(_("This note was changed while you wrote. Both texts are below: put them together."))
        self.note = note


class Gone(Refused):
    """Its author has deleted it meanwhile."""


@transaction.atomic
def write_note(
    relationship: Relationship,
    *,
    body: str,
    private: bool,
    meeting: Meeting | None = None,
    key: str = "",
    by: User,
    now: datetime,
) -> Note:
    RULES.require(by, "write_note", relationship)
    if meeting and meeting.relationship_id != relationship.pk:
        raise Refused(_("This meeting is not one of yours."))
    kind = PrivateNote if private else SharedNote

    note, is_new = once(
        kind.objects.filter(relationship=relationship, author=by),
        key,
        lambda: kind(relationship=relationship, meeting=meeting, author=by, body=body, created_at=now),
    )

    if is_new and not private:
        record("relationships.note_shared", relationship, by=by, at=now)
    return note


@transaction.atomic
def edit_note(note: Note, *, body: str, by: User, now: datetime) -> Note:
    """A shared note is written by both, so it may have changed since this person opened it."""
    NOTE_RULES.require(by, "edit_note", note)

    same = type(note).objects.filter(pk=note.pk)
    who = {"edited_by": by} if note.is_shared else {}
    changed = same.filter(version=note.version).update(
        **sealed(note, body=body), **who, edited_at=now, version=F("version") + 1
    )
    if not changed:
        if not (newer := same.select_related("author").first()):
            raise Gone(
                _("This note was deleted while you wrote. Your text is still here: keep it as a new note.")
            )
        raise Stale(newer)
    note.refresh_from_db(fields=["body", "edited_at", "version", *who])

    if note.is_shared:
        record("relationships.note_edited", note.relationship, by=by, at=now)
    return note


@transaction.atomic
def delete_note(note: Note, *, by: User, now: datetime) -> None:
    NOTE_RULES.require(by, "delete_note", note)

    type(note).objects.filter(pk=note.pk).delete()

    if note.is_shared:
        record("relationships.note_deleted", note.relationship, by=by, at=now)


# What to talk about


@transaction.atomic
def add_topic(
    relationship: Relationship,
    *,
    text: str,
    meeting: Meeting | None = None,
    key: str = "",
    by: User,
    now: datetime,
) -> AgendaItem:
    RULES.require(by, "write_note", relationship)

    def make() -> AgendaItem:
        last = relationship.agenda_items.aggregate(last=Max("order"))["last"] or 0
        return AgendaItem(
            relationship=relationship, meeting=meeting, author=by, text=text, order=last + 1, created_at=now
        )

    item, _new = once(relationship.agenda_items.filter(author=by), key, make)
    return item


@transaction.atomic
def finish_topic(item: AgendaItem, *, meeting: Meeting | None = None, by: User, now: datetime) -> AgendaItem:
    """Talked about; at ``meeting``, unless it was on the list of another one."""
    RULES.require(by, "write_note", item.relationship)

    if AgendaItem.objects.open().filter(pk=item.pk).update(done_at=now, meeting=item.meeting or meeting):
        item.refresh_from_db(fields=["done_at", "meeting"])
    return item


@transaction.atomic
def reopen_topic(item: AgendaItem, *, by: User, now: datetime) -> AgendaItem:
    """Not talked about after all; on the list of the next meeting if its own is over."""
    RULES.require(by, "write_note", item.relationship)

    over = item.meeting and not item.meeting.is_planned
    AgendaItem.objects.filter(pk=item.pk).update(done_at=None, meeting=None if over else item.meeting)
    item.refresh_from_db(fields=["done_at", "meeting"])
    return item


@transaction.atomic
def move_topic(item: AgendaItem, *, up: bool, by: User, now: datetime) -> AgendaItem:
    """One place up or down among what is still open; at the end of the list nothing happens."""
    RULES.require(by, "write_note", item.relationship)

    listed = list(AgendaItem.objects.open().filter(relationship=item.relationship))
    places = [other.pk for other in listed]
    if item.pk not in places:
        return item
    here = places.index(item.pk)
    there = here - 1 if up else here + 1
    if 0 <= there < len(listed):
        listed[here], listed[there] = listed[there], listed[here]
    for order, other in enumerate(listed, start=1):
        if other.order != order:
            AgendaItem.objects.filter(pk=other.pk).update(order=order)
    item.refresh_from_db(fields=["order"])
    return item


@transaction.atomic
def drop_topic(item: AgendaItem, *, by: User, now: datetime) -> None:
    """Off the list, unspoken.  What the other wrote can be talked about, not taken off."""
    RULES.require(by, "write_note", item.relationship)
    NOTE_RULES.require(by, "delete_note", item)

    AgendaItem.objects.open().filter(pk=item.pk).delete()
