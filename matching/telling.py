"""How far a long run is, in the words of people: from the engine's steps to those of the page."""

from collections.abc import Callable
from datetime import datetime

import numpy as np

from activity.jobs import Progress
from matching import actions
from matching.models import MatchRun

STEPS = (
    "reading",
    "scoring",
    "rules",
    "solving",
    "proving",
    "explaining",
    "figures",
    "checking",
    "keeping",
)
# The engine's own steps, as people are told of them.
TOLD_AS = {
    "profiles": "scoring",
    "features": "scoring",
    "scores": "scoring",
    "rules": "rules",
    "sample": "solving",
    "pass": "solving",
    "solve": "solving",
    "price": "solving",
    "cover": "proving",
    "floor": "solving",
    "prove": "proving",
    "ties": "proving",
    "done": "proving",
    "alternatives": "explaining",
    "evidence": "explaining",
    "reasons": "explaining",
    "blocking": "figures",
    "figures": "figures",
    "checking": "checking",
}
# Where within its step each of the engine's own steps begins and ends, in thousandths.
WITHIN = {
    "profiles": (0, 400),
    "features": (400, 1000),
    "sample": (0, 150),
    "pass": (150, 350),
    "alternatives": (0, 600),
    "evidence": (600, 900),
    "reasons": (900, 1000),
}
# The step of whoever asks a finished run what would be if; each trial is a solution of its own.
TRYING = "trying"
# How many rounds of solving and pricing a large run mostly takes.
ROUNDS = 4


class Telling:
    """From the steps of the engine to those people are told of, never backwards; and what is kept of the way.

    A large run tells after each round how far its plan is from the best possible: with the prices of that round it is
    written down, so that the page can say it and another worker can go on from there."""

    def __init__(
        self, progress: Progress, run: MatchRun | None, clock: Callable[[], datetime], *, around: str = ""
    ) -> None:
        """``around`` is the one step as which everything is told, where many plans are tried one after the other."""
        self.progress, self.run, self.clock, self.around = progress, run, clock, around
        self.prices: np.ndarray | None = None
        self.rounds = 0
        self.at = (0, 0)

    def keep(self, prices: np.ndarray) -> None:
        self.prices = prices

    def __call__(self, step: str, done: int, total: int) -> None:
        if step == "gap":
            self.rounds += 1
            if self.run is not None and self.prices is not None:
                actions.keep_prices(self.run, self.prices, done, total, now=self.clock())
            return
        if self.around:
            self.progress.report(self.around, 0, 0)
            return
        told = TOLD_AS.get(step, "solving")
        share = min(done / total, 1) if total else 0
        if step in ("solve", "price"):
            first, last = (350 + 650 * min(n, ROUNDS) // ROUNDS for n in (self.rounds, self.rounds + 1))
            middle = (first + last) // 2
            first, last = (first, middle) if step == "solve" else (middle, last)
        else:
            first, last = WITHIN.get(step, (0, 1000))
        self.at = max(self.at, (STEPS.index(told), round(first + (last - first) * share)))
        self.progress.report(STEPS[self.at[0]], self.at[1], 1000)
