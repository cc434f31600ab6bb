"""What went wrong, in words that may be kept: the kind of error and its place, never the data it
happened on.
"""

import traceback
from pathlib import Path

from django.db import InterfaceError, OperationalError, connection

DATABASE_GONE = (InterfaceError, OperationalError)
# As PostgreSQL and SQLite name it: no lock in time, a deadlock, a database that somebody else writes to.
BUSY = ("55P03", "40P01", "SQLITE_BUSY", "SQLITE_LOCKED")


def is_gone(error: BaseException) -> bool:
    """The database did not answer any more, as opposed to: it broke off this one statement."""
    return isinstance(error, DATABASE_GONE) and (_lost_its_line(error) or not connection.is_usable())


def _lost_its_line(error: BaseException) -> bool:
    """By its own word: when a transaction ends so, Django has opened another connection already."""
    code = getattr(error.__cause__, "pgcode", "")  # None where the server had no time to give one
    return code is None or code.startswith(("08", "57P0"))


def is_busy(error: BaseException) -> bool:
    """Somebody else is at it: nothing is wrong, and at the next look it may be free."""
    cause = error.__cause__
    code = getattr(cause, "pgcode", None) or getattr(cause, "sqlite_errorname", "")
    return isinstance(error, OperationalError) and code.startswith(BUSY)


def in_short(error: BaseException) -> str:
    """ "KeyError at relationships/letters.py:40": the message of an error may quote what people wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return type(error).__name__
    place = Path(frames[-1].filename)
    return f"{type(error).__name__} at {place.parent.name}/{place.name}:{frames[-1].lineno}"[:200]
