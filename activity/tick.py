"""One look of the clock.  Any number at once, from any process, as often as anybody likes: the rows decide.

Called by the scheduler, by the bell, by a loop, by a cron line.  `now` is business time and may be a
rehearsal's.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import Min
from django.utils import timezone

from activity import carriers, catchup, firing, limits, returns, sending
from activity.actions import follow_rules
from activity.carriers import Carrier, Pausing, Unreachable
from activity.clocks import Clock
from activity.kinds import DueKind, LetterKind
from activity.models import Due, Heartbeat, Letter

NAME = "tick"
HOUSEKEEPING = "housekeeping"
POST = "post"
DAY = timedelta(days=1)


def tick(
    now: datetime,
    *,
    letters: Mapping[str, LetterKind],
    dues: Mapping[str, DueKind],
    budget_seconds: float = 30,
    carrier: Carrier | None = None,
) -> Counter[str]:
    """Fire what is due, send what is ready, take up what others dropped; what became of how many rows.

    Ends after the budget with the rest left for the next look.  Call it outside of any transaction.
    """
    started, clock = timezone.now(), Clock(now, budget_seconds)
    with limits.quick():
        lag = behind(now)
        did = sending.reap()
        did["sent again"] = sending.settle(clock, letters)
        did += work(clock, letters, dues, carrier or carriers.for_settings())
    if clock.has_time and Heartbeat.objects.take_turn(HOUSEKEEPING, now=started, since=started - DAY):
        keep_house(clock)
    rows = sum(did.values())
    Heartbeat.objects.beat(NAME, started=started, last_ok=timezone.now(), lag=lag, rows=rows)
    return did


def work(
    clock: Clock, letters: Mapping[str, LetterKind], dues: Mapping[str, DueKind], carrier: Carrier
) -> Counter[str]:
    """Fire a batch, send a batch, in turn, so that neither waits for all of the other."""
    did: Counter[str] = Counter()
    reachable = True
    try:
        while clock.has_time:
            round_ = firing.fire(clock, dues) + catchup.fold(clock, letters, dues)
            waiting = catchup.sendable(clock, letters)
            held = catchup.brake(clock, waiting)
            if reachable:
                try:
                    round_ += sending.send(clock, letters, waiting, carrier)
                except Pausing:
                    reachable = False
                except Unreachable as trouble:
                    reachable = False
                    note(str(trouble))
            did += round_ + Counter(held=held)
            if not round_:
                break
    finally:
        carrier.close()
    if reachable and did[Letter.State.SENT]:
        note("")
    return did


def note(trouble: str) -> None:
    """How the mail server is, for whoever asks why nothing goes out."""
    when = timezone.now()
    values = {"started": when, "note": trouble[:200]} | ({} if trouble else {"last_ok": when})
    Heartbeat.objects.beat(POST, **values)


def behind(now: datetime) -> timedelta:
    """How long the oldest thing has waited that should have been done."""
    waiting = [
        Due.objects.overdue(now).aggregate(oldest=Min("look_at"))["oldest"],
        Letter.objects.ready(now).aggregate(oldest=Min("run_at"))["oldest"],
    ]
    return max((now - moment for moment in waiting if moment), default=timedelta(0))


def keep_house(clock: Clock) -> None:
    """Once a day: forget old texts and old returns, and follow countries that have changed their clocks."""
    sending.forget_texts(clock)
    returns.forget_old(clock.start)
    follow_rules(Due.objects.filter(due_at__gt=clock.start))
