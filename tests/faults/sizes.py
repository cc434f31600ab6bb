"""How large each test of this folder is: the one place that tells the short run from the long one."""

import os
from typing import NamedTuple

LONG = bool(os.environ.get("EVIDENCE"))
SCALE = float(os.environ.get("EVIDENCE_SCALE", "1"))


class Sizes(NamedTuple):
    due_rows: int  # one backlog for five schedulers and eight workers
    due_rows_sqlite: int  # where one process writes at a time
    kills: int  # of senders, at random moments
    letters_each_mode: int  # for each way in which a mail server fails
    relationships: int  # of a program that was off for thirty days
    jumps: int  # of each kind, of the clock
    rounds: int  # of each fault of a broker, a database, a worker


SHORT_RUN = Sizes(
    due_rows=5000,
    due_rows_sqlite=500,
    kills=20,
    letters_each_mode=20,
    relationships=25,
    jumps=1,
    rounds=1,
)
LONG_RUN = Sizes(
    due_rows=50_000,
    due_rows_sqlite=2000,
    kills=500,
    letters_each_mode=300,
    relationships=2000,
    jumps=50,
    rounds=20,
)
SIZES = Sizes(*(max(1, round(SCALE * size)) for size in LONG_RUN)) if LONG else SHORT_RUN
