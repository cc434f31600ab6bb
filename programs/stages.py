"""The lives of a program, a cycle and an enrolment, as tables (domain 4.4).  Nothing else decides what may follow."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ProgramState(models.TextChoices):
    DRAFT = "draft", _("Being set up")
    PUBLISHED = "published", _("Published")
    RUNNING = "running", _("Running")
    SUSPENDED = "suspended", _("Suspended")
    CLOSING = "closing", _("Closing")
    CLOSED = "closed", _("Closed")
    ARCHIVED = "archived", _("Archived")
    CANCELLED = "cancelled", _("Cancelled")


class CycleState(models.TextChoices):
    PLANNED = "planned", _("Planned")
    ENROLLING = "enrolling", _("Enrolling")
    MATCHING = "matching", _("Matching")
    ACTIVE = "active", _("Active")
    WRAPPING_UP = "wrapping_up", _("Wrapping up")
    COMPLETED = "completed", _("Completed")


class EnrolmentState(models.TextChoices):
    INVITED = "invited", _("Invited")
    APPLIED = "applied", _("Answered")
    UNDER_REVIEW = "under_review", _("Under review")
    WAITLISTED = "waitlisted", _("On the waiting list")
    ACCEPTED = "accepted", _("Accepted")
    READY = "ready", _("Ready")
    MATCHED = "matched", _("Matched")
    COMPLETED = "completed", _("Completed")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    REMOVED = "removed", _("Removed")


P, C, E = ProgramState, CycleState, EnrolmentState

PROGRAM_MOVES = {
    P.DRAFT: {P.PUBLISHED, P.CANCELLED},
    P.PUBLISHED: {P.RUNNING, P.SUSPENDED, P.CANCELLED},
    P.RUNNING: {P.CLOSING, P.SUSPENDED},
    P.SUSPENDED: {P.RUNNING},
    P.CLOSING: {P.CLOSED},
    P.CLOSED: {P.ARCHIVED},
    P.ARCHIVED: set(),
    P.CANCELLED: set(),
}

CYCLE_MOVES = {
    C.PLANNED: {C.ENROLLING},
    C.ENROLLING: {C.MATCHING},
    C.MATCHING: {C.ACTIVE},
    C.ACTIVE: {C.WRAPPING_UP},
    C.WRAPPING_UP: {C.COMPLETED},
    C.COMPLETED: set(),
}

ENROLMENT_MOVES = {
    E.INVITED: {E.APPLIED, E.ACCEPTED, E.READY, E.DECLINED, E.WITHDRAWN, E.REMOVED},
    E.APPLIED: {E.UNDER_REVIEW, E.ACCEPTED, E.WITHDRAWN, E.REMOVED},
    E.UNDER_REVIEW: {E.ACCEPTED, E.WAITLISTED, E.DECLINED, E.WITHDRAWN, E.REMOVED},
    E.WAITLISTED: {E.ACCEPTED, E.WITHDRAWN, E.REMOVED},
    E.ACCEPTED: {E.READY, E.WITHDRAWN, E.REMOVED},
    E.READY: {E.MATCHED, E.COMPLETED, E.WITHDRAWN, E.REMOVED},
    E.MATCHED: {E.READY, E.COMPLETED, E.WITHDRAWN, E.REMOVED},
    E.COMPLETED: {E.REMOVED},
    E.DECLINED: {E.INVITED, E.APPLIED, E.READY},
    E.WITHDRAWN: {E.INVITED, E.READY},
    E.REMOVED: set(),
}

# Who can still be put forward in a match run; those whose answers came by file are among the accepted.
MATCHABLE = frozenset({E.ACCEPTED, E.READY, E.MATCHED})
# Who takes part, now or until the end.
TAKING_PART = frozenset({E.ACCEPTED, E.READY, E.MATCHED, E.COMPLETED})


class Refused(Exception):
    """The table has no such move from here.  The message is fit for the reader."""
