from django.urls import path

from relationships.views import (
    agreement,
    by_mail,
    calendars,
    detail,
    ending,
    goals,
    held,
    meetings,
    moves,
    notes,
    pairs,
    planning,
    progress,
)

app_name = "relationships"

PAIR = "pairs/<slug:pair>/"
MEETING = f"{PAIR}meetings/<slug:meeting>/"
GOAL = "goals/<slug:goal>/"

urlpatterns = [
    # The program's relationships, and one's own
    path("p/<slug:program>/pairs/", pairs.pairs, name="pairs"),
    path("p/<slug:program>/pairs/nudges/", pairs.nudges, name="nudges"),
    path("pairs/", pairs.mine, name="mine"),
    path(PAIR, detail.detail, name="detail"),
    # Its life
    path(f"{PAIR}moves/", moves.moves, name="moves"),
    path(f"{PAIR}moves/refusal/", moves.refusal, name="move_refusal"),
    path(f"{PAIR}moves/withdrawal/", moves.withdrawal, name="move_withdrawal"),
    path(f"{PAIR}closing-waiver/", moves.waiver, name="closing_waiver"),
    path(f"{PAIR}agreement/", agreement.agreement, name="agreement"),
    path(f"{PAIR}agreement/change/", agreement.change, name="agreement_change"),
    path(f"{PAIR}agreement/signature/", agreement.signature, name="signature"),
    path(f"{PAIR}agreement/review/", agreement.review, name="agreement_review"),
    path(f"{PAIR}pause-or-end/", ending.pause_or_end, name="pause_or_end"),
    path(f"{PAIR}pause-or-end/pause/", ending.pause, name="pause"),
    path(f"{PAIR}pause-or-end/resumption/", ending.resumption, name="resumption"),
    path(f"{PAIR}pause-or-end/ending/", ending.ending, name="ending"),
    path(f"{PAIR}pause-or-end/afterwards/", ending.afterwards, name="afterwards"),
    # Meetings
    path("meetings/", meetings.my_meetings, name="my_meetings"),
    path(f"{PAIR}meetings/", meetings.meetings, name="meetings"),
    path(f"{PAIR}meetings/new/", planning.plan, name="plan"),
    path(f"{PAIR}meetings/log/", held.log, name="log"),
    path(MEETING, meetings.meeting, name="meeting"),
    path(f"{MEETING}move/", planning.move, name="move"),
    path(f"{MEETING}cancellation/", planning.cancellation, name="cancellation"),
    path(f"{MEETING}calendar.ics", planning.calendar, name="calendar"),
    path(f"{MEETING}confirmation/", held.confirmation, name="confirmation"),
    path(f"{MEETING}dispute/", held.dispute, name="dispute"),
    path(f"{MEETING}correction/", held.correction, name="correction"),
    path(f"{MEETING}withdrawal/", held.withdrawal, name="withdrawal"),
    path(f"{MEETING}usefulness/", held.usefulness, name="usefulness"),
    # One's own calendar
    path("me/calendar/", calendars.calendar, name="own_calendar"),
    path("me/calendar/feed/", calendars.feed_opening, name="feed_opening"),
    path("me/calendar/feed/closing/", calendars.feed_closing, name="feed_closing"),
    path("me/calendar/busy/ending/", calendars.busy_ending, name="busy_ending"),
    path("calendar/<str:token>.ics", calendars.feed, name="feed"),
    # Answers from letters, by signed links
    path("by-mail/held/<str:token>/", by_mail.held, name="held_by_mail"),
    path("by-mail/not-held/<str:token>/", by_mail.not_held, name="not_held_by_mail"),
    path("by-mail/move/<str:token>/", by_mail.move, name="move_by_mail"),
    path("by-mail/log/<str:token>/", by_mail.log, name="log_by_mail"),
    # Notes, and what to talk about
    path(f"{MEETING}notes/", notes.meeting_notes, name="meeting_notes"),
    path(f"{MEETING}agenda/", notes.meeting_topics, name="meeting_topics"),
    path(f"{PAIR}notes/", notes.notes, name="notes"),
    path(f"{PAIR}notes/<slug:note>/", notes.note, name="note"),
    path(f"{PAIR}notes/<slug:note>/deletion/", notes.deletion, name="note_deletion"),
    path(f"{PAIR}agenda/", notes.topics, name="topics"),
    path(f"{PAIR}agenda/<slug:topic>/completion/", notes.topic_completion, name="topic_completion"),
    path(f"{PAIR}agenda/<slug:topic>/reopening/", notes.topic_reopening, name="topic_reopening"),
    path(f"{PAIR}agenda/<slug:topic>/position/", notes.topic_position, name="topic_position"),
    path(f"{PAIR}agenda/<slug:topic>/removal/", notes.topic_removal, name="topic_removal"),
    # Goals
    path("goals/", goals.goals, name="goals"),
    path(f"{PAIR}goals/new/", goals.new_goal, name="new_goal"),
    path(GOAL, goals.goal, name="goal"),
    path(f"{GOAL}edit/", goals.edit, name="goal_edit"),
    path(f"{GOAL}proposal/", goals.proposal, name="goal_proposal"),
    path(f"{GOAL}agreement/", goals.agreement, name="goal_agreement"),
    path(f"{GOAL}change-request/", goals.change_request, name="goal_change_request"),
    path(f"{GOAL}restoration/", goals.restoration, name="goal_restoration"),
    path(f"{GOAL}updates/", progress.updates, name="goal_updates"),
    path(f"{GOAL}milestones/", progress.steps, name="goal_steps"),
    path(f"{GOAL}milestones/<slug:step>/", progress.step, name="goal_step"),
    path(f"{GOAL}closing/", progress.closing, name="goal_closing"),
    path(f"{GOAL}confirmation/", progress.confirmation, name="goal_confirmation"),
    path(f"{GOAL}denial/", progress.denial, name="goal_denial"),
]
