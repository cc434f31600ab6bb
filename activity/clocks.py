"""Business time while a tick runs: it begins at the `now` that was handed in and goes on at the pace of
the wall.
"""

import time
from datetime import datetime, timedelta


class Clock:
    def __init__(self, now: datetime, budget_seconds: float) -> None:
        self.start = now
        self.begun = time.monotonic()
        self.budget = budget_seconds

    def now(self) -> datetime:
        return self.start + timedelta(seconds=time.monotonic() - self.begun)

    @property
    def has_time(self) -> bool:
        return time.monotonic() - self.begun < self.budget
