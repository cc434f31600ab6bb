"""What can happen to a run and to an offer.  Every function is one deed: all of it or nothing."""

from matching.actions.decisions import decide, end, lock
from matching.actions.offers import accept, decline, expire, remind
from matching.actions.publishing import publish, take_back
from matching.actions.runs import ask_for_run, begin_run, discard, drop_run, finish_run

__all__ = [
    "accept",
    "ask_for_run",
    "begin_run",
    "decide",
    "decline",
    "discard",
    "drop_run",
    "end",
    "expire",
    "finish_run",
    "lock",
    "publish",
    "remind",
    "take_back",
]
