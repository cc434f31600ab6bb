"""What went wrong, in words that may be kept: the kind of error and its place, never the data it
happened on.
"""

import traceback
from pathlib import Path

from django.db import InterfaceError, OperationalError

DATABASE_GONE = (InterfaceError, OperationalError)


def in_short(error: BaseException) -> str:
    """ "KeyError at relationships/letters.py:40": the message of an error may quote what people wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return type(error).__name__
    place = Path(frames[-1].filename)
    return f"{type(error).__name__} at {place.parent.name}/{place.name}:{frames[-1].lineno}"[:200]
