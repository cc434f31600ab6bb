"""What can happen to a relationship.  Every function is one deed: all of it or nothing."""

from relationships.actions.agreements import ChangedMeanwhile, keep_agreement, propose_terms, sign
from relationships.actions.calendars import close_feed, give_calendar, open_feed, take_calendar_back
from relationships.actions.clock import evaluate
from relationships.actions.endings import end, give_reason, leave, waive_closing_meeting, wish_for_rematch
from relationships.actions.goals import (
    agree_goal,
    ask_to_change_goal,
    change_goal,
    draft_goal,
    propose_goal,
    take_back_change,
)
from relationships.actions.held import (
    confirm_meeting,
    correct_meeting,
    dispute_meeting,
    log_meeting,
    mark_held,
    mark_not_held,
    rate_meeting,
    withdraw_meeting,
)
from relationships.actions.life import begin, move, pause, resume, take_back
from relationships.actions.meetings import cancel_meeting, cancel_planned_meetings, move_meeting, plan_meeting
from relationships.actions.notes import (
    add_topic,
    delete_note,
    drop_topic,
    edit_note,
    finish_topic,
    move_topic,
    reopen_topic,
    write_note,
)
from relationships.actions.nudges import nudge
from relationships.actions.progress import (
    add_step,
    close_goal,
    confirm_achieved,
    deny_achieved,
    set_step,
    update_goal,
)
from relationships.actions.requests import ask, ask_or_move, say_not_yet

__all__ = [
    "ChangedMeanwhile",
    "add_step",
    "add_topic",
    "agree_goal",
    "ask",
    "ask_or_move",
    "ask_to_change_goal",
    "begin",
    "cancel_meeting",
    "cancel_planned_meetings",
    "change_goal",
    "close_feed",
    "close_goal",
    "confirm_achieved",
    "confirm_meeting",
    "correct_meeting",
    "delete_note",
    "deny_achieved",
    "dispute_meeting",
    "draft_goal",
    "drop_topic",
    "edit_note",
    "end",
    "evaluate",
    "finish_topic",
    "give_calendar",
    "give_reason",
    "keep_agreement",
    "leave",
    "log_meeting",
    "mark_held",
    "mark_not_held",
    "move",
    "move_meeting",
    "move_topic",
    "nudge",
    "open_feed",
    "pause",
    "plan_meeting",
    "propose_goal",
    "propose_terms",
    "rate_meeting",
    "reopen_topic",
    "resume",
    "say_not_yet",
    "set_step",
    "sign",
    "take_back",
    "take_back_change",
    "take_calendar_back",
    "update_goal",
    "waive_closing_meeting",
    "wish_for_rematch",
    "withdraw_meeting",
    "write_note",
]
