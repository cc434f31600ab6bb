"""The lives of a match run and of a proposal, as tables (domain 4.4)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RunState(models.TextChoices):
    DRAFT = "draft", _("Waiting")
    RUNNING = "running", _("Running")
    REVIEW = "review", _("Ready to review")
    PUBLISHED = "published", _("Published")
    CLOSED = "closed", _("Closed")
    DISCARDED = "discarded", _("Discarded")
    FAILED = "failed", _("Failed")
    STOPPED = "stopped", _("Stopped")


class ProposalState(models.TextChoices):
    SUGGESTED = "suggested", _("Suggested")
    SHORTLISTED = "shortlisted", _("On a shortlist")
    OFFERED = "offered", _("Offered")
    ACCEPTED_BY_ONE = "accepted_by_one", _("Accepted by one")
    CONFIRMED = "confirmed", _("Accepted by both")
    ACTIVATED = "activated", _("Begun")
    DECLINED = "declined", _("Not this time")
    EXPIRED = "expired", _("Expired")
    WITHDRAWN = "withdrawn", _("Withdrawn")


R, P = RunState, ProposalState

RUN_MOVES = {
    R.DRAFT: {R.RUNNING, R.DISCARDED, R.STOPPED},
    R.RUNNING: {R.REVIEW, R.FAILED, R.STOPPED},
    R.REVIEW: {R.PUBLISHED, R.DISCARDED},
    R.PUBLISHED: {R.CLOSED, R.REVIEW},  # back to review: publishing taken back while nobody is told
    R.CLOSED: set(),
    R.DISCARDED: set(),
    R.FAILED: set(),
    R.STOPPED: set(),
}

PROPOSAL_MOVES = {
    P.SUGGESTED: {P.SHORTLISTED, P.OFFERED, P.WITHDRAWN},
    P.SHORTLISTED: {P.OFFERED, P.WITHDRAWN},
    P.OFFERED: {P.ACCEPTED_BY_ONE, P.CONFIRMED, P.DECLINED, P.EXPIRED, P.WITHDRAWN, P.SUGGESTED},
    P.ACCEPTED_BY_ONE: {P.CONFIRMED, P.DECLINED, P.EXPIRED, P.WITHDRAWN},
    P.CONFIRMED: {P.ACTIVATED, P.WITHDRAWN},
    P.ACTIVATED: set(),
    P.DECLINED: set(),
    P.EXPIRED: set(),
    P.WITHDRAWN: set(),
}

# An offer that still waits for somebody.
WAITING = frozenset({P.OFFERED, P.ACCEPTED_BY_ONE})


class Refused(Exception):
    """The table has no such move from here.  The message is fit for the reader."""
