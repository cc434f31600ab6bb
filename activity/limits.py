"""How long one statement of the clock may take, so that neither a lock nor a bad plan stops all the rest.

PostgreSQL keeps these limits itself.  SQLite has one lock, and the wait for it is limited for everybody (settings).
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import DatabaseError, connection

LIMITS = {"statement_timeout": "5s", "lock_timeout": "2s", "idle_in_transaction_session_timeout": "30s"}


@contextmanager
def quick() -> Iterator[None]:
    """What is asked inside is answered soon or broken off.  Afterwards the connection is as it was."""
    if connection.vendor != "postgresql":
        yield
        return
    _say(f"SET {name} = '{time}'" for name, time in LIMITS.items())
    try:
        yield
    finally:
        # A connection that broke has lost its limits anyway; so has a transaction that failed.
        with suppress(DatabaseError):
            _say(f"RESET {name}" for name in LIMITS)


def lift() -> None:
    """For the rest of the transaction that is open: a few rows of the clock stand for much work."""
    if connection.vendor == "postgresql":
        _say(f"SET LOCAL {name} = 0" for name in LIMITS if name != "lock_timeout")


def _say(statements: Iterator[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("; ".join(statements))
