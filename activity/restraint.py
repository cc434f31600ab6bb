"""Restraint: what can wait comes at hours at which its reader works, and seldom.

Asked of a letter that its sender has claimed and is about to write.  Of those that can wait a reader gets a few
in any seven days, one by one; the others are told together in a digest, on the next working morning, and
such a digest comes once in seven days at most.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction

from activity import calendar
from activity.actions import post
from activity.clocks import Clock
from activity.hours import Hours, hours_of
from activity.kinds import LetterKind, Patience
from activity.models import Letter

State = Letter.State
WEEK = timedelta(days=7)
DIGEST = "activity.digest"
MOVED = "put off"


def hold_back(letter: Letter, kinds: Mapping[str, LetterKind], clock: Clock) -> str | None:
    """None if it goes out now; else what became of it, or nothing if the claim was lost on the way."""
    kind, now = kinds[letter.kind], clock.now()
    if kind.patience == Patience.NONE or letter.person is None:
        return None
    hours = hours_of(letter.person)
    opens = hours.next_open(now)
    if opens > now and not (letter.not_after and letter.not_after < opens):
        return wait(letter, opens)
    if kind.patience == Patience.HOURS or letter.let_out_at:
        return None
    return let_out_or_gather(letter, hours, now)


def wait(letter: Letter, until: datetime) -> str:
    """Late is counted from then on: nothing is amiss with a letter that waits for the morning."""
    moved = {"state": State.READY, "claim_token": None, "run_at": until, "waits_until": until}
    note = "waits for working hours"
    return MOVED if Letter.objects.under_claim_of(letter).update(**moved, note=note) else ""


@transaction.atomic
def let_out_or_gather(letter: Letter, hours: Hours, now: datetime) -> str | None:
    one_at_a_time(letter.person)
    mine = Letter.objects.under_claim_of(letter)
    if places_taken(letter.person, now) < settings.LETTERS_A_WEEK:
        letter.let_out_at = now
        return None if mine.update(let_out_at=now) else ""
    if not mine.exists():
        return ""
    told = {
        "state": State.COLLAPSED,
        "claim_token": None,
        "collapsed_into": digest_for(letter.person, hours, now),
    }
    return State.COLLAPSED if mine.update(**told, note="told in a digest") else ""


def one_at_a_time(person: Any) -> None:
    """Until the transaction ends: two senders that count at once would both find the last place."""
    get_user_model().objects.select_for_update(no_key=True).filter(pk=person.pk).first()


def places_taken(person: Any, now: datetime) -> int:
    return Letter.objects.for_person(person).let_out_since(now - WEEK).count()


def digest_for(person: Any, hours: Hours, now: datetime) -> Letter:
    """The one that waits already, or a new one.  Called under the reader's lock."""
    digests = Letter.objects.for_person(person).filter(kind=DIGEST)
    waiting = digests.filter(state=State.READY, run_at__gt=now).select_for_update().order_by("run_at").first()
    if waiting is not None:
        return waiting
    day = calendar.local_date(now, hours.zone) + calendar.DAY
    last = digests.exclude(state=State.CANCELLED).order_by("-run_at").first()
    if last is not None:
        day = max(day, calendar.local_date(last.run_at, hours.zone) + WEEK)
    key = f"{DIGEST}|{person.pk}|{digests.count() + 1}"
    return post(DIGEST, person, about=person, key=key, now=now, run_at=hours.morning_from(day))
