from relationships.models.agreements import Agreement, Signature
from relationships.models.calendars import BusyCalendar, CalendarFeed
from relationships.models.endings import ClosingWaiver, Closure, ClosureReason, RedefinitionChoice
from relationships.models.goals import Goal, GoalRevision, GoalUpdate, Milestone
from relationships.models.meetings import (
    ActionItem,
    AgendaItem,
    Attendance,
    InvitationAnswer,
    Meeting,
    MeetingChange,
)
from relationships.models.notes import PrivateNote, SharedNote
from relationships.models.relationships import Relationship, RelationshipMember
from relationships.models.steps import MoveRequest, Pause, StageTransition

__all__ = [
    "ActionItem",
    "AgendaItem",
    "Agreement",
    "Attendance",
    "BusyCalendar",
    "CalendarFeed",
    "ClosingWaiver",
    "Closure",
    "ClosureReason",
    "Goal",
    "GoalRevision",
    "GoalUpdate",
    "InvitationAnswer",
    "Meeting",
    "MeetingChange",
    "Milestone",
    "MoveRequest",
    "Pause",
    "PrivateNote",
    "RedefinitionChoice",
    "Relationship",
    "RelationshipMember",
    "SharedNote",
    "Signature",
    "StageTransition",
]
