"""Deeds on what happened, what falls due and what is in the post.

They write rows in the caller's own transaction and nothing else: the clock (`activity.tick`) empties them.
Whether somebody may do it is the business of the floors above, which know what it is about.
"""

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from activity import calendar
from activity.models import Due, Event, Letter, Refusal, reference

Thing = models.Model | str
Local = tuple[date, time, ZoneInfo | str]
# Rows written, and things named, in one statement.
BATCH = 500

# The timed fact whose turn it is, while the clock acts on it: letters and rows that come of it know their
# origin without every deed in between passing it on.
_turn: ContextVar[Due | None] = ContextVar("turn", default=None)


@contextmanager
def turn_of(due: Due) -> Iterator[None]:
    token = _turn.set(due)
    try:
        yield
    finally:
        _turn.reset(token)


def record(
    verb: str,
    about: Thing,
    *,
    by: Any,
    at: datetime | None = None,
    scope: Thing | None = None,
    **details: Any,
) -> Event:
    """Write down a fact, in the caller's own transaction.  Details are ids and numbers, never content."""
    return Event.objects.create(
        verb=verb,
        about=reference(about),
        scope=reference(scope),
        by=by,
        at=at or timezone.now(),
        details=details,
    )


# Letters


def draft(
    kind: str,
    person: Any,
    *,
    about: Thing,
    key: str,
    now: datetime,
    data: dict[str, Any] | None = None,
    run_at: datetime | None = None,
    not_after: datetime | None = None,
    event: Event | None = None,
    scope: Thing | None = None,
    address: str = "",
) -> Letter:
    """A letter that is not in the post: to show how it would read, or for `post_all`."""
    due = _turn.get()
    wanted_at = run_at or (due.due_at if due else now)
    held = due is not None and due.holds_letters
    return Letter(
        key=key,
        kind=kind,
        person=person,
        address=address,
        about=reference(about),
        scope=reference(scope),
        event=event,
        due=due,
        data=data or {},
        state=Letter.State.HELD if held else Letter.State.READY,
        created_at=now,
        wanted_at=wanted_at,
        run_at=max(wanted_at, now),
        not_after=not_after,
        message_id=message_id(key),
    )


def post(kind: str, person: Any, *, about: Thing, key: str, now: datetime, **details: Any) -> Letter | None:
    """Put one letter in the post; None if the letter of that key is there already.

    `key` says what must not be said twice: kind, thing, occurrence and person.  Further: `data` (ids),
    `run_at` (not before), `not_after` (worthless then), `event`, `scope`, `address` (of somebody without
    account).
    """
    letter = draft(kind, person, about=about, key=key, now=now, **details)
    Letter.objects.bulk_create([letter], ignore_conflicts=True)
    kept = Letter.objects.get(key=key)
    return kept if kept.public_id == letter.public_id else None


def post_all(letters: Iterable[Letter]) -> None:
    """Put many drafts in the post at once; those whose key is there already are passed over."""
    Letter.objects.bulk_create(letters, batch_size=BATCH, ignore_conflicts=True)


def message_id(key: str) -> str:
    """The same for the same key, for ever: a letter sent twice can be known as one."""
    return f"<{uuid.uuid5(uuid.NAMESPACE_URL, f'{settings.PUBLIC_URL}#{key}')}@{mail_host()}>"


def mail_host() -> str:
    """By what name this installation speaks to mail servers; a bare number is not a name."""
    name = urlsplit(settings.PUBLIC_URL).hostname or ""
    return name if name.rpartition(".")[2].isalpha() else "localhost"


@transaction.atomic
def retry(letter: Letter, *, by: Any, now: datetime) -> bool:
    """Send again what died or whose outcome is unknown, with the same Message-ID and all its tries
    before it.
    """
    again = Letter.objects.filter(pk=letter.pk, state__in=[Letter.State.DEAD, Letter.State.UNKNOWN])
    fresh = {"attempts": 0, "ambiguous": 0, "failures": 0, "note": "", "caught_up": True}
    if not again.update(state=Letter.State.READY, run_at=now, **fresh):
        return False
    record("letter.retried", letter, by=by, at=now, scope=letter.scope)
    return True


@transaction.atomic
def release(letters: models.QuerySet[Letter], *, by: Any, now: datetime) -> int:
    """Let held letters go; what is no longer true is cancelled on the way."""
    count = letters.held().update(
        state=Letter.State.READY, run_at=now, released_at=now, caught_up=True, note=""
    )
    if count:
        record("letters.released", "activity.letter", by=by, at=now, count=count)
    return count


@transaction.atomic
def withdraw(letters: models.QuerySet[Letter], *, by: Any, now: datetime) -> int:
    """Take letters back that have not gone out."""
    waiting = letters.filter(state__in=[Letter.State.READY, Letter.State.HELD, Letter.State.DEAD])
    count = waiting.update(state=Letter.State.CANCELLED, note="taken back")
    if count:
        record("letters.withdrawn", "activity.letter", by=by, at=now, count=count)
    return count


@transaction.atomic
def withdraw_all(about: Iterable[Thing], *, by: Any, now: datetime) -> int:
    """The same for all letters about these things, in few statements."""
    names = [reference(thing) for thing in about]
    return sum(
        withdraw(Letter.objects.filter(about__in=names[start : start + BATCH]), by=by, now=now)
        for start in range(0, len(names), BATCH)
    )


@transaction.atomic
def hold_everything_before(moment: datetime, *, by: Any, now: datetime) -> int:
    """After a backup came back: nothing that was wanted before that moment goes out by itself.

    What the backup shows as waiting may have been sent since it was made.  Timed facts are still acted on,
    with their true dates, but the letters they write are held.
    """
    on_the_way = [Letter.State.READY, Letter.State.CLAIMED, Letter.State.SENDING, Letter.State.UNKNOWN]
    waiting = Letter.objects.filter(state__in=on_the_way, wanted_at__lt=moment)
    count = waiting.update(state=Letter.State.HELD, note="waiting since before the backup came back")
    Due.objects.armed().filter(due_at__lt=moment).update(letters_held_until=moment)
    record("letters.held", "activity.letter", by=by, at=now, count=count, before=moment.isoformat())
    return count


@transaction.atomic
def turn_off(person: Any, choice: str, *, by: Any, now: datetime) -> bool:
    """This person gets no more letters of that choice; False if it was so before."""
    _refusal, new = Refusal.objects.get_or_create(person=person, choice=choice, defaults={"at": now})
    if new:
        record("letters.turned_off", person, by=by, at=now, choice=choice)
    return new


@transaction.atomic
def turn_on(person: Any, choice: str, *, by: Any, now: datetime) -> bool:
    gone, _rows = Refusal.objects.filter(person=person, choice=choice).delete()
    if gone:
        record("letters.turned_on", person, by=by, at=now, choice=choice)
    return bool(gone)


# Timed facts


def arm(
    kind: str,
    subject: Thing,
    *,
    at: datetime | None = None,
    local: Local | None = None,
    occurrence: str = "",
    now: datetime,
    data: dict[str, Any] | None = None,
) -> Due:
    """The clock will look at `subject` at that moment, once for each occurrence.

    Either `at`, an instant, or `local`, a date and a wall-clock time in a zone.  The occurrence names what
    must not happen twice; by default the local date, or the instant.  Arming again moves the moment of what
    has not fired yet, and brings back what was disarmed; what has fired stays so.
    """
    rule, moment = _rule(at, local)
    occurrence = occurrence or (
        rule["local_date"].isoformat() if local else moment.astimezone(UTC).isoformat()
    )
    turn = _turn.get()
    row = Due(
        subject=reference(subject),
        kind=kind,
        occurrence=occurrence,
        due_at=moment,
        look_at=moment,
        data=data or {},
        letters_held_until=turn.letters_held_until if turn else None,
        **rule,
    )
    Due.objects.bulk_create([row], ignore_conflicts=True)
    same = Due.objects.filter(subject=row.subject, kind=kind, occurrence=occurrence)
    kept = same.get()
    if kept.state in {Due.State.ARMED, Due.State.CANCELLED} and (
        kept.due_at != moment or kept.state != row.state
    ):
        same.filter(state=kept.state).update(
            state=Due.State.ARMED,
            due_at=moment,
            look_at=moment,
            data=row.data,
            failures=0,
            last_error="",
            **rule,
        )
        kept.refresh_from_db()
    return kept


def arm_all(
    kind: str, moments: Iterable[tuple[Thing, datetime, str]], *, data: dict[str, Any] | None = None
) -> None:
    """Many at once, each (subject, moment, occurrence); those that are there already are passed over."""
    rows = (
        Due(
            subject=reference(subject),
            kind=kind,
            occurrence=occurrence,
            due_at=moment,
            look_at=moment,
            data=data or {},
        )
        for subject, moment, occurrence in moments
    )
    Due.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)


def disarm(subject: Thing, kinds: Iterable[str] | None = None) -> int:
    """The clock need not look any more."""
    return Due.objects.of(subject, kinds).armed().update(state=Due.State.CANCELLED)


def disarm_all(subjects: Iterable[Thing], kinds: Iterable[str]) -> int:
    """The same for many, in few statements."""
    names, kinds = [reference(subject) for subject in subjects], list(kinds)
    return sum(
        Due.objects.armed()
        .filter(subject__in=names[start : start + BATCH], kind__in=kinds)
        .update(state=Due.State.CANCELLED)
        for start in range(0, len(names), BATCH)
    )


@transaction.atomic
def rearm(kind: str, subject: Thing, *, now: datetime, **when: Any) -> Due:
    """The moment has moved: what was armed for another occurrence is off, this one is on (arguments as
    in `arm`).
    """
    row = arm(kind, subject, now=now, **when)
    Due.objects.of(subject, [kind]).armed().exclude(pk=row.pk).update(state=Due.State.CANCELLED)
    return row


@transaction.atomic
def rezone(subject: Thing, zone: ZoneInfo | str) -> int:
    """The subject lives in another zone now: its local rules keep their wall-clock times."""
    rows = Due.objects.of(subject).armed().with_local_rule()
    rows.update(zone=str(zone))
    return follow_rules(rows)


def follow_rules(rows: models.QuerySet[Due]) -> int:
    """Compute again the instants of local rules: countries change their clocks, and people their zones."""
    moved = 0
    for row in rows.armed().with_local_rule().iterator(2000):
        moment = row.by_its_rule
        if moment != row.due_at:
            same = Due.objects.armed().filter(pk=row.pk, due_at=row.due_at)
            moved += same.update(due_at=moment, look_at=moment)
    return moved


def _rule(at: datetime | None, local: Local | None) -> tuple[dict[str, Any], datetime]:
    if (at is None) == (local is None):
        raise ValueError("Say when: either the instant, or the local date, time and zone.")
    if local is None:
        return {"local_date": None, "local_time": None, "zone": ""}, at
    day, clock, zone = local
    zone = ZoneInfo(str(zone))
    return {"local_date": day, "local_time": clock, "zone": zone.key}, calendar.instant(day, clock, zone)
