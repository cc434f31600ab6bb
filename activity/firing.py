"""What falls due: each row once, all that comes of it in one transaction with the mark that it did."""

import logging
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.db.models import F

from activity import limits
from activity.actions import turn_of
from activity.clocks import Clock
from activity.failures import in_short, is_busy, is_gone
from activity.kinds import DueKind
from activity.models import Due

log = logging.getLogger(__name__)

BATCH = 500
PUSHED = timedelta(hours=1)


def fire(clock: Clock, dues: Mapping[str, DueKind]) -> Counter[str]:
    """Act on what is due, oldest first, a batch at most; rows of unknown kinds wait for a newer worker."""
    did: Counter[str] = Counter()
    overdue = Due.objects.overdue(clock.start).filter(kind__in=dues.keys()).order_by("look_at", "pk")
    for key in list(overdue.values_list("pk", flat=True)[:BATCH]):
        if not clock.has_time:
            break
        try:
            did[fire_one(key, clock, dues)] += 1
        except Exception as error:
            if is_gone(error):
                raise
            if not is_busy(error):
                push(key, clock, error)
                did["put off"] += 1
    did.pop("", None)  # somebody else's
    return did


@transaction.atomic
def fire_one(key: int, clock: Clock, dues: Mapping[str, DueKind]) -> str:
    """Whoever turns the row over acts on it; the others find nothing.  What became of it, or nothing."""
    still_armed = Due.objects.filter(pk=key, state=Due.State.ARMED, look_at__lte=clock.start)
    # On PostgreSQL a row that somebody else works on is passed over; SQLite lets only one in here at all.
    due = still_armed.select_for_update(skip_locked=True).first()
    if due is None:
        return ""
    kind = dues[due.kind]
    state = Due.State.COLLAPSED if is_overtaken(due, kind, clock, dues) else Due.State.FIRED
    if not still_armed.update(state=state, fired_at=clock.start):
        return ""
    due.state, due.fired_at = state, clock.start
    if state == Due.State.FIRED:
        if kind.lengthy:
            limits.lift()
        with turn_of(due):
            kind.act(due, clock.start)
    return state


def is_overtaken(due: Due, kind: DueKind, clock: Clock, dues: Mapping[str, DueKind]) -> bool:
    """Late, and a newer occurrence of the same family is due as well: saying both would be a storm."""
    if not kind.family or clock.start - due.due_at <= kind.grace:
        return False
    family = [other.name for other in dues.values() if other.family == kind.family]
    newer = Due.objects.of(due.subject, family).armed().filter(due_at__gt=due.due_at, due_at__lte=clock.start)
    return newer.exists()


def push(key: int, clock: Clock, error: Exception) -> None:
    """A row that cannot be acted on does not stop the others: it is looked at again in an hour."""
    log.error("Due row %s was put off: %s", key, in_short(error), exc_info=log.isEnabledFor(logging.DEBUG))
    Due.objects.armed().filter(pk=key).update(
        look_at=clock.start + PUSHED, failures=F("failures") + 1, last_error=in_short(error)
    )
