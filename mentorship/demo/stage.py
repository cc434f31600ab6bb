"""A small theatre: moments in the past, in order, with the clock of the product running between them."""

import heapq
import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from activity import jobs, tick
from mentorship.clockwork import DUES, JOBS, LETTERS
from reports.actions import arm_mondays, arm_nights

LATELY = timedelta(days=35)  # as long as letters are kept
OFTEN, SELDOM = timedelta(hours=6), timedelta(days=9)


class Theatre:
    """``at`` puts a scene on the programme; ``play`` plays all of them up to now.

    Between the scenes the product's clock comes by: every few days at first, so that stages move and carry the dates
    they would have had; lately four times a day, so that everybody's office hours are met, and before each meeting, so
    that letters go out when they would have."""

    def __init__(self, opens: datetime, now: datetime) -> None:
        self.opens, self.now, self.lately = opens, now, now - LATELY
        self._scenes: list[tuple[datetime, int, Callable[..., Any] | None, tuple[Any, ...]]] = []
        self._order = itertools.count()

    def at(self, when: datetime, scene: Callable[..., Any] | None, *cast: Any) -> None:
        """``scene(*cast, now=when)``; what would lie in the future is left for the visitor."""
        if when <= self.now:
            heapq.heappush(self._scenes, (when, next(self._order), scene, cast))

    def look_at(self, when: datetime) -> None:
        """The clock comes by at that moment, if it was lately."""
        if when > self.lately:
            self.at(when, None)

    def play(self) -> None:
        looked = when = self.opens
        while when < self.now:
            when += OFTEN if when > self.lately else SELDOM
            self.at(when, None)
        while self._scenes:
            when, _order, scene, cast = heapq.heappop(self._scenes)
            if scene is not None:
                scene(*cast, now=when)
            elif when - looked >= timedelta(hours=1):
                run_clock(when)
                looked = when
        run_clock(self.now)


def run_clock(now: datetime) -> None:
    arm_nights(now)
    arm_mondays(now)
    tick.tick(now, letters=LETTERS, dues=DUES, budget_seconds=600)


def work(job: Any) -> None:
    """The long run, worked as a worker works it."""
    claimed = jobs.claim(job, JOBS)
    state = jobs.run_claimed(claimed, JOBS)
    if state != "done":
        raise RuntimeError(f"The demo's {job.kind} ended as {state}: {claimed.error}")
