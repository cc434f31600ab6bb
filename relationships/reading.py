"""A calendar of somebody is read by a process of its own: what it costs is limited, and it knows of no other.

It is given the file, the time that is asked about, and none of the secrets of this one.
"""

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from relationships.busy import NO_CALENDAR, TOO_MUCH, Endless, Span, Unreadable

ROOT = Path(__file__).resolve().parent.parent
COMMAND = (sys.executable, "-m", "relationships.busy")
# A megabyte of ordinary entries takes five seconds and sixty megabytes.
SECONDS = 20
MEMORY = 512 * 1024 * 1024
# However little of the machine it gets.
PATIENCE = 120.0
# What an interpreter may need to find itself and its time zones.
HANDED_DOWN = (
    "PATH",
    "LD_LIBRARY_PATH",
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONTZPATH",
    "PYTHONDONTWRITEBYTECODE",
)


class Fell(Exception):
    """The process ended as it never should; the fault is ours."""


def read_apart(data: bytes, *, begins: datetime, ends: datetime, zone: ZoneInfo) -> list[Span]:
    """As ``busy_spans``.  Raises ``Unreadable`` or ``Endless``."""
    asked = (begins.isoformat(), ends.isoformat(), zone.key, str(SECONDS), str(MEMORY))
    try:
        read = subprocess.run(
            (*COMMAND, *asked),
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # the words of an error may be those of the calendar
            cwd=ROOT,
            env={name: os.environ[name] for name in HANDED_DOWN if name in os.environ},
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Endless from None
    if read.returncode == NO_CALENDAR:
        raise Unreadable
    if read.returncode == TOO_MUCH or read.returncode < 0:
        raise Endless
    if read.returncode:
        raise Fell(f"The process ended with {read.returncode}.")
    return [
        (datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in json.loads(read.stdout)
    ]
