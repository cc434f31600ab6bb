"""Is the clock running?  Asked on a database connection of its own: one that is open already may go on
working while the server takes no new ones."""

from datetime import datetime, timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.models import QuerySet, Subquery
from django.utils import timezone

from activity.models import Due, Heartbeat, Letter
from activity.tick import NAME, POST

TICK_WITHIN = timedelta(seconds=180)
READY_WITHIN = timedelta(seconds=300)


def health(now: datetime | None = None) -> dict[str, Any]:
    """`ok`, and the numbers behind it, none of them about a person; fit for `/healthz/deep` and for a
    banner.
    """
    fresh = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        return _look(now or timezone.now(), fresh)
    except DatabaseError as error:
        return {"ok": False, "problem": f"database: {type(error).__name__}"}
    finally:
        fresh.close()


def watched(now: datetime) -> QuerySet[Heartbeat]:
    """The clock's own row, if it ever ticked, with `late`: since when the oldest late letter waits."""
    oldest = Letter.objects.late(now).order_by("run_at").values("run_at")[:1]
    return Heartbeat.objects.filter(name=NAME).annotate(late=Subquery(oldest))


def late_since(last_ok: datetime | None, late: datetime | None, now: datetime) -> datetime | None:
    """Since when letters and reminders are late, for the banner, from what `watched` found; None while all is
    well.  A clock that stands still is late with everything, also with what nobody has noticed yet.
    """
    stopped = last_ok if last_ok and now - last_ok > TICK_WITHIN else None
    return min((moment for moment in (stopped, late) if moment), default=None)


def _look(now: datetime, fresh: Any) -> dict[str, Any]:
    ticked = _first(Heartbeat.objects.filter(name=NAME).values_list("last_ok"), fresh)
    ready = _first(Letter.objects.ready(now).order_by("run_at").values_list("run_at")[:1], fresh)
    due = _first(Due.objects.overdue(now).order_by("look_at").values_list("look_at")[:1], fresh)
    post = _first(Heartbeat.objects.filter(name=POST).values_list("note"), fresh)
    problems = []
    if ticked is None or now - ticked > TICK_WITHIN:
        problems.append("the clock has stopped")
    if ready is not None and now - ready > READY_WITHIN:
        problems.append("letters are late")
    return {
        "ok": not problems,
        "problem": ", ".join(problems),
        "last_tick": ticked.isoformat() if ticked else None,
        "seconds_since_tick": _seconds(now, ticked),
        "oldest_ready_letter_seconds": _seconds(now, ready) or 0,
        "oldest_due_row_seconds": _seconds(now, due) or 0,
        "mail_server": post or "",
    }


def _first(rows: QuerySet, fresh: Any) -> Any:
    return next((row[0] for row in rows.query.get_compiler(connection=fresh).results_iter()), None)


def _seconds(now: datetime, moment: datetime | None) -> int | None:
    return None if moment is None else max(0, int((now - moment).total_seconds()))
