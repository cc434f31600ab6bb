"""What happened, what falls due, who was told, what is being worked on.

Knows no domain word: a thing is named by its reference ("programs.program:7"), a person only as the user
model. Nothing here holds the content of a note, a goal or an answer.
"""

from activity.models.due import Due
from activity.models.event import Event
from activity.models.heartbeat import Heartbeat
from activity.models.job import Job
from activity.models.letter import Attempt, Letter, Refusal
from activity.models.references import reference, resolve
from activity.models.returns import OF_OUR_ADDRESS, RefusingAddress, Return, address_key, reason_of

__all__ = [
    "OF_OUR_ADDRESS",
    "Attempt",
    "Due",
    "Event",
    "Heartbeat",
    "Job",
    "Letter",
    "Refusal",
    "RefusingAddress",
    "Return",
    "address_key",
    "reason_of",
    "reference",
    "resolve",
]
