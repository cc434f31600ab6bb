"""Every kind of letter, written in the world: which things it may be about, and what must be true for it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django.db import transaction

from activity.actions import draft
from activity.models import Letter
from activity.writing import NoAddress, Written, message, write
from core.crypto import key_ring
from mentorship.clockwork import LETTERS
from people.accounts import place_of_code
from relationships.models import MoveRequest
from tests.make import NOW

DAY = timedelta(days=1)
Data = dict[str, Any]
KEY = "matrix of letters"


def said_by(written: Written) -> str:
    """All that leaves the house: headers, subject, text, HTML and calendar."""
    mail = message(written, message_id="<matrix@example.org>", now=NOW)
    headers = " ".join(f"{name}: {value}" for name, value in mail.items())
    return " ".join([headers, written.subject, written.text, written.html, written.calendar])


# What must be true


def move_request(w: SimpleNamespace, state: str, **fields: Any) -> Data:
    asked = MoveRequest.objects.create(
        relationship=w.pair,
        verb="wind_up",
        asked_by=w.theo,
        asked_at=NOW,
        due_at=NOW + 14 * DAY,
        state=state,
        **fields,
    )
    return {"request": asked.pk}


def as_it_is(w: SimpleNamespace) -> Data:
    """Also: an open question, an agreement that one has signed, a step that has just been taken."""
    change = w.change
    change.signatures.get_or_create(person=w.theo, signed_at=NOW, content_hash=change.content_hash)
    type(change).objects.filter(pk=change.pk).update(state="partly_signed")
    member = w.pair.members.get(person=w.mira)
    data = {"transition": w.pair.transitions.last().pk, "agreement": w.agreed.pk, "member": member.pk}
    return move_request(w, "open") | data | {"day": f"{w.pair.separation_on}"}


def half_signed(w: SimpleNamespace) -> Data:
    return as_it_is(w) | {"agreement": w.change.pk}


def ended(w: SimpleNamespace) -> Data:
    step = w.over.transitions.create(
        verb="end", from_status="active", from_stage="cultivation", to_status="ended_early",
        to_stage="cultivation", at=NOW, effective_at=NOW, by=w.theo, actor="member",
    )  # fmt: skip
    return {"transition": step.pk}


def paused(w: SimpleNamespace) -> Data:
    until = (NOW + 9 * DAY).date()
    type(w.pair).objects.filter(pk=w.pair.pk).update(status="paused", paused_until=until)
    step = w.pair.transitions.create(
        verb="pause", from_status="active", from_stage="cultivation", to_status="paused",
        to_stage="cultivation", at=NOW, effective_at=NOW, by=w.theo, actor="member",
    )  # fmt: skip
    return {"transition": step.pk, "until": until.isoformat()}


def not_yet(w: SimpleNamespace) -> Data:
    return move_request(w, "not_yet", answered_by=w.mira, answered_at=NOW)


def unanswered(w: SimpleNamespace) -> Data:
    return move_request(w, "lapsed", answered_at=NOW)


def called_off(w: SimpleNamespace) -> Data:
    """The pair never began, its offer was declined, and its meetings do not take place."""
    type(w.pair).objects.filter(pk=w.pair.pk).update(status="cancelled", stage="")
    type(w.offer).objects.filter(pk=w.offer.pk).update(state="declined")
    for meeting in (w.planned, w.waiting):
        cancelled = {"state": "cancelled", "cancelled_by": w.mira, "cancelled_at": NOW}
        type(meeting).objects.filter(pk=meeting.pk).update(**cancelled)
    return {}


def let_down(w: SimpleNamespace) -> Data:
    """Mira has called off twice running; nothing is planned."""
    called_off(w)
    type(w.pair).objects.filter(pk=w.pair.pk).update(
        status="active", stage="cultivation", next_meeting_at=None
    )
    return {"meeting": w.planned.pk}


def in_doubt(w: SimpleNamespace) -> Data:
    type(w.held).objects.filter(pk=w.held.pk).update(disputed_at=NOW, disputed_by=w.mira)
    type(w.goal).objects.filter(pk=w.goal.pk).update(claimed_at=NOW)
    return {}


def silent(w: SimpleNamespace) -> Data:
    pairs = type(w.pair).objects.filter(pk=w.pair.pk)
    pairs.update(next_meeting_at=None, last_met_at=None)
    return {"since": pairs.get().silent_since.isoformat()}


def days_have_come(w: SimpleNamespace) -> Data:
    """A review, a goal, a step and an action are due."""
    today = NOW.date()
    type(w.agreed).objects.filter(pk=w.agreed.pk).update(review_on=today)
    type(w.goal).objects.filter(pk=w.goal.pk).update(due_on=today)
    type(w.step).objects.filter(pk=w.step.pk).update(due_on=today)
    return {"agreement": w.agreed.pk, "day": today.isoformat()}


def told_together(w: SimpleNamespace) -> Data:
    """Two letters wait for the next digest; one of them was replied to."""
    digest = draft("activity.digest", w.theo, about=w.theo, key=KEY, now=NOW)
    digest.save()
    told = draft("relationships.begun", w.theo, about=w.pair, key=f"{KEY}|told", now=NOW)
    told.state, told.collapsed_into = Letter.State.COLLAPSED, digest
    told.save()
    return {"letter": str(told.public_id), "pk": digest.pk}


def code_wanted(w: SimpleNamespace) -> Data:
    return {"code": key_ring().seal("ABC123", place_of_code(KEY))}


SCENES: tuple[Callable[[SimpleNamespace], Data], ...] = (
    as_it_is, half_signed, ended, paused, not_yet, unanswered, called_off, let_down, in_doubt, silent,
    days_have_come, told_together, code_wanted,
)  # fmt: skip


# What it may be about


def things(w: SimpleNamespace) -> dict[str, list[Any]]:
    """By the beginning of a kind's name; the longest counts."""
    return {
        "activity": [w.theo],
        "mentorship": [w.theo],
        "people": [w.theo],
        "reports": [w.program],
        "programs": [w.enrolment, w.invited, w.program],
        "matching": [w.offer],
        "matching.shortlist": [w.shortlist],
        "matching.scheduled_run": [w.run],
        "relationships": [w.pair, w.over],
        "relationships.meeting": [w.planned, w.waiting, w.held],
        "relationships.was": [w.planned, w.waiting],
        "relationships.goal": [w.goal, w.own, w.proposed],
    }


def written_in(w: SimpleNamespace) -> Iterator[tuple[str, Written]]:
    """All letters that can be written, to each of the cast: scene by scene those that none before brought about."""
    seen: set[str] = set()
    for scene in SCENES:
        with transaction.atomic():
            data = {"by": w.cora.pk, "answer": "agreed", "sequence": 0, "was_at": NOW.isoformat()}
            data |= {"starts_at": NOW.isoformat(), "minutes": 60}
            data |= {"day": "2026-01-01", "until": "", "since": "", **scene(w)}
            kinds = [name for name in LETTERS if name not in seen]
            for name, written in in_scene(w, kinds, data):
                seen.add(name)
                yield name, written
            transaction.set_rollback(True)


def in_scene(w: SimpleNamespace, kinds: list[str], data: Data) -> Iterator[tuple[str, Written]]:
    about = things(w)
    for name in kinds:
        kind = LETTERS[name]
        if kind.secret and "code" not in data:
            continue
        room = max((beginning for beginning in about if name.startswith(beginning)), key=len)
        for thing in about[room]:
            given = {**data, "occurrence": getattr(thing, "occurrence", "")}
            for person in (w.theo, w.mira, w.cora):
                letter = draft(name, person, about=thing, key=KEY, now=NOW, data=given)
                if kind.gathers:
                    letter.pk = data.get("pk")
                try:
                    written = write(kind, letter, NOW)
                except (StopIteration, AttributeError, NoAddress):
                    continue  # nobody would write this kind to this reader
                if written:
                    yield name, written
