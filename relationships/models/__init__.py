from relationships.models.agreements import Agreement, Signature
from relationships.models.endings import Closure, ClosureReason, RedefinitionChoice
from relationships.models.goals import Goal, GoalRevision, GoalUpdate, Milestone
from relationships.models.meetings import ActionItem, AgendaItem, Attendance, Meeting, MeetingChange
from relationships.models.notes import PrivateNote, SharedNote
from relationships.models.relationships import MoveRequest, Pause, Relationship, RelationshipMember, StageTransition

__all__ = [
    "ActionItem",
    "AgendaItem",
    "Agreement",
    "Attendance",
    "Closure",
    "ClosureReason",
    "Goal",
    "GoalRevision",
    "GoalUpdate",
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
