"""The post: claim, write, hand over, write down how it ended.  No transaction is open while the mail server
talks.

ready → claimed (a lease of five minutes) → sending (committed before the first word to the server) → sent,
or ready again after a while, dead, or unknown.  A sender may die at any point: claimed goes back to ready,
because nothing was sent; sending becomes unknown, because something may have been.
"""

import logging
import os
import random
import socket
import time
import uuid
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet

from activity import digest, leases, restraint, writing
from activity.carriers import BREAKER, Answer, Carrier, Outcome, Unreachable
from activity.clocks import Clock
from activity.failures import DATABASE_GONE, in_short, is_busy, is_gone
from activity.kinds import LetterKind
from activity.models import Attempt, Letter, Refusal, RefusingAddress, address_key
from activity.returns import NOT_SENT, came_back
from activity.writing import NoAddress, Written

log = logging.getLogger(__name__)

State = Letter.State
BATCH = 100
LEASE = timedelta(minutes=5)
BACK_OFF = [timedelta(minutes=m) for m in (1, 5, 15, 60, 4 * 60, 12 * 60, 24 * 60)]
SPREAD = 0.2
UNWRITABLE_WAIT = timedelta(hours=1)
UNWRITABLE_TRIES = 7
# Waits before a letter that must arrive is sent again after one outcome was unknown, and after two.
AFTER_UNKNOWN = [timedelta(0), timedelta(minutes=15)]
KEPT = timedelta(days=30)
EMPTY_TEXTS = {"sender": "", "recipient": "", "subject": "", "body_text": "", "body_html": "", "calendar": ""}

Kinds = Mapping[str, LetterKind]


def reap() -> Counter[str]:
    """Take up what a dead sender left behind."""
    did: Counter[str] = Counter()
    dropped = Letter.objects.filter(leases.run_out(), state=State.CLAIMED)
    did["given back"] = dropped.update(state=State.READY, claim_token=None)
    lost = Letter.objects.filter(leases.run_out(), state=State.SENDING)
    for letter in lost.annotate(begun=leases.begun(LEASE)):
        with transaction.atomic():
            note = "the sender stopped while sending"
            if lost.filter(pk=letter.pk, claim_token=letter.claim_token).update(
                state=State.UNKNOWN, ambiguous=F("ambiguous") + 1, note=note
            ):
                began, ended = letter.begun or letter.run_at, letter.lease_until or letter.run_at
                write_down(letter, began, ended, Answer(Outcome.UNKNOWN, reply=note), letter.attempts)
                did[State.UNKNOWN] += 1
    return did


def settle(clock: Clock, kinds: Kinds) -> int:
    """Letters that must arrive are sent again, with the same Message-ID, when nobody knows whether they
    did.
    """
    again = [kind.name for kind in kinds.values() if kind.must_arrive]
    unsure = Letter.objects.unknown().filter(kind__in=again, ambiguous__lte=len(AFTER_UNKNOWN))
    if not unsure.exists():
        return 0
    return sum(
        unsure.filter(ambiguous=times).update(state=State.READY, run_at=clock.start + wait)
        for times, wait in enumerate(AFTER_UNKNOWN, start=1)
    )


def send(clock: Clock, kinds: Kinds, waiting: QuerySet[Letter], carrier: Carrier) -> Counter[str]:
    """One batch of what waits.  Raises Unreachable, with every letter back in its place, when there is
    no server.
    """
    did: Counter[str] = Counter()
    BREAKER.check(carrier.host)
    batch = claim(waiting)
    refused = Refusal.objects.of([letter.person_id for letter in batch if letter.person_id])
    refusing = RefusingAddress.objects.among(letter.to for letter in batch).addresses()
    for place, letter in enumerate(batch):
        if not clock.has_time:
            give_back(batch[place:])
            break
        try:
            if address_key(letter.to) in refusing:
                did[drop(letter, State.DEAD, NOT_SENT)] += 1
            else:
                did[attend(letter, kinds, refused, carrier, clock)] += 1
        except Unreachable:
            give_back(batch[place:])
            BREAKER.failed(carrier.host)
            raise
    did.pop("", None)
    return did


def attend(
    letter: Letter, kinds: Kinds, refused: set[tuple[Any, str]], carrier: Carrier, clock: Clock
) -> str:
    """One claimed letter: is it wanted, may it come at this hour, does it go out."""
    kind = kinds[letter.kind]
    if kind.choice and (letter.person_id, kind.choice.name) in refused:
        return drop(letter, State.CANCELLED, "turned off by the reader")
    try:
        became = restraint.hold_back(letter, kinds, clock)
        if became is None and kind.gathers:
            digest.leave_out(letter, kinds, clock.now())
    except Exception as error:
        return put_off(letter, error, clock)
    return send_one(letter, kind, carrier, clock) if became is None else became


def claim(waiting: QuerySet[Letter]) -> list[Letter]:
    """Of many claimers at once, each letter goes to one."""
    if not waiting.exists():
        return []
    token = uuid.uuid4()
    with transaction.atomic():
        keys = list(waiting.select_for_update(skip_locked=True).values_list("pk", flat=True)[:BATCH])
        Letter.objects.filter(pk__in=keys, state=State.READY).update(
            state=State.CLAIMED, claim_token=token, lease_until=leases.lasting(LEASE)
        )
    mine = Letter.objects.filter(claim_token=token, state=State.CLAIMED)
    return list(mine.select_related("person").order_by("run_at", "pk"))


def give_back(letters: list[Letter]) -> None:
    for letter in letters:
        held_by_me(letter).update(state=State.READY, claim_token=None)


def held_by_me(letter: Letter) -> QuerySet[Letter]:
    return Letter.objects.under_claim_of(letter)


def send_one(letter: Letter, kind: LetterKind, carrier: Carrier, clock: Clock) -> str:
    """What became of it, or nothing if the claim was lost on the way."""
    now = clock.now()
    if letter.not_after is not None and now > letter.not_after:
        return drop(letter, State.CANCELLED, "its time has passed")
    try:
        written = writing.write(kind, letter, now)
        mail = written and writing.message(written, message_id=letter.message_id, now=now)
    except NoAddress as nowhere:
        return drop(letter, State.DEAD, str(nowhere))
    except Exception as error:
        return put_off(letter, error, clock)
    if written is None or mail is None:
        return drop(letter, State.CANCELLED, "no longer true")

    carrier.open()
    BREAKER.worked(carrier.host)
    if not begin(letter, written, keep=settings.DEMO or not kind.secret):
        return ""
    return hand_over(letter, kind, mail, carrier, clock)


@transaction.atomic
def drop(letter: Letter, state: str, note: str) -> str:
    """It does not go out.  What was folded into it may still be worth saying and comes up again."""
    if not held_by_me(letter).update(state=state, note=note):
        return ""
    if state == State.CANCELLED:
        letter.collapsed.filter(state=State.COLLAPSED).update(state=State.READY, collapsed_into=None, note="")
    return state


def put_off(letter: Letter, error: Exception, clock: Clock) -> str:
    """A letter that cannot be written does not stop the others; only a database that is gone does."""
    if is_gone(error):
        raise error
    if is_busy(error):
        give_back([letter])
        return ""
    shown = log.isEnabledFor(logging.DEBUG)
    log.error(
        "Letter %s (%s) could not be written: %s",
        letter.public_id,
        letter.kind,
        in_short(error),
        exc_info=shown,
    )
    note = f"could not be written: {in_short(error)}"[:200]
    failures = letter.failures + 1
    if failures > UNWRITABLE_TRIES:
        held_by_me(letter).update(state=State.DEAD, note=note, failures=failures)
        return State.DEAD
    run_at = clock.now() + UNWRITABLE_WAIT
    held_by_me(letter).update(state=State.READY, note=note, failures=failures, run_at=run_at)
    return "put off"


def begin(letter: Letter, written: Written, *, keep: bool) -> bool:
    """Committed before the first word to the server: from here on a lost sender leaves the letter unknown."""
    texts = {
        "sender": str(written.sender)[:250],
        "recipient": str(written.recipient)[:250],
        "subject": written.subject,
        "body_text": written.text,
        "body_html": written.html,
        "calendar": written.calendar,
    }
    taken = held_by_me(letter).filter(leases.running())
    return bool(
        taken.update(
            state=State.SENDING,
            attempts=F("attempts") + 1,
            lease_until=leases.lasting(LEASE),
            **(texts if keep else EMPTY_TEXTS),
        )
    )


def hand_over(letter: Letter, kind: LetterKind, mail: EmailMessage, carrier: Carrier, clock: Clock) -> str:
    started = clock.now()
    answer = carrier.deliver(mail)
    ended = clock.now()
    n = letter.attempts + 1
    changes = consequences(answer, n, kind, clock)
    # If it took so long that the letter was given up as unknown, a definite answer still settles it.
    open_states = [State.SENDING] if answer.outcome == Outcome.UNKNOWN else [State.SENDING, State.UNKNOWN]
    mine = Letter.objects.filter(pk=letter.pk, claim_token=letter.claim_token, state__in=open_states)
    for pause in (0.2, 1, 3, None):
        try:
            with transaction.atomic():
                mine.update(**changes)
                write_down(letter, started, ended, answer, n)
                if answer.refused_address:
                    key = f"smtp|{letter.public_id}|{started.isoformat()}"  # tried anew, it counts anew
                    came_back(letter.to, key=key, status=answer.refused_address, letter=letter, now=ended)
            break
        except DATABASE_GONE:
            # The letter is out: to forget that would send it twice.  A database that restarts is back in
            # seconds.
            if pause is None:
                raise
            connection.close()
            time.sleep(pause)
    return changes["state"] if changes["state"] != State.READY else "put off"


def consequences(answer: Answer, n: int, kind: LetterKind, clock: Clock) -> dict[str, Any]:
    """What the row says after the n-th try ended so."""
    note = " ".join(str(part) for part in (answer.code, answer.reply) if part)[:200]
    if answer.outcome == Outcome.OK:
        sent = {"state": State.SENT, "sent_at": clock.now(), "note": "" if answer.code else note}
        return sent | ({"data": {}} if kind.secret else {})
    if answer.outcome == Outcome.UNKNOWN:
        return {"state": State.UNKNOWN, "ambiguous": F("ambiguous") + 1, "note": note}
    if answer.outcome == Outcome.PERM or n > len(BACK_OFF):
        return {"state": State.DEAD, "note": note}
    return {"state": State.READY, "run_at": clock.now() + back_off(n), "note": note}


def back_off(n: int) -> timedelta:
    """The wait after the n-th try, spread so that many letters do not come back at the same moment."""
    return BACK_OFF[n - 1] * random.uniform(1 - SPREAD, 1 + SPREAD)  # noqa: S311 (no secret depends on it)


def write_down(letter: Letter, started: Any, ended: Any, answer: Answer, n: int) -> None:
    Attempt.objects.create(
        letter=letter,
        n=n,
        started=started,
        ended=ended,
        outcome=answer.outcome,
        code=answer.code,
        reply=answer.reply[:200],
        host=answer.host,
        worker=f"{socket.gethostname()}:{os.getpid()}"[:100],
    )


def forget_texts(clock: Clock) -> int:
    """Letters are not an archive: how they read is kept for 30 days."""
    return Letter.objects.exclude(subject="").filter(run_at__lt=clock.start - KEPT).update(**EMPTY_TEXTS)
