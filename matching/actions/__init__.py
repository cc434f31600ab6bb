"""What can happen to a run and to an offer.  Every function is one deed: all of it or nothing."""

from matching.actions.checkpoints import keep_prices, keep_question
from matching.actions.decisions import decide, end, lock
from matching.actions.drafts import rearrange
from matching.actions.offers import accept, decline, expire, remind
from matching.actions.publishing import publish, take_back
from matching.actions.questions import (
    ask_alternatives,
    ask_check,
    ask_remedies,
    keep_alternatives,
    keep_check,
    keep_remedies,
)
from matching.actions.runs import ask_for_run, begin_run, discard, drop_run, finish_run
from matching.actions.scenarios import adopt_rules, try_rules
from matching.actions.schedules import (
    conclude,
    run_by_schedule,
    schedule_runs,
    stop_schedule,
    tell_of_failure,
)
from matching.actions.shortlists import (
    ask_for_shortlists,
    close_shortlists,
    open_shortlists,
    rank,
    remind_of_shortlists,
)

__all__ = [
    "accept",
    "adopt_rules",
    "ask_alternatives",
    "ask_check",
    "ask_for_run",
    "ask_for_shortlists",
    "ask_remedies",
    "begin_run",
    "close_shortlists",
    "conclude",
    "decide",
    "decline",
    "discard",
    "drop_run",
    "end",
    "expire",
    "finish_run",
    "keep_alternatives",
    "keep_check",
    "keep_prices",
    "keep_question",
    "keep_remedies",
    "lock",
    "open_shortlists",
    "publish",
    "rank",
    "rearrange",
    "remind",
    "remind_of_shortlists",
    "run_by_schedule",
    "schedule_runs",
    "stop_schedule",
    "take_back",
    "tell_of_failure",
    "try_rules",
]
