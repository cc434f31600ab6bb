"""Every step a relationship took, what was asked before it, and the stretches in which it rested."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from relationships.models.relationships import Relationship
from relationships.stages import Stage, Status


class StageTransition(models.Model):
    """One step: who moved it, from where to where, when, and what held then.  Append-only."""

    class Actor(models.TextChoices):
        MEMBER = "member", _("Member")
        COORDINATOR = "coordinator", _("Coordinator")
        SYSTEM = "system", _("The program's clock")

    relationship = models.ForeignKey(Relationship, models.CASCADE, related_name="transitions")
    verb = models.CharField(max_length=20)
    from_status = models.CharField(max_length=20, choices=Status)
    from_stage = models.CharField(max_length=20, choices=Stage, blank=True)
    to_status = models.CharField(max_length=20, choices=Status)
    to_stage = models.CharField(max_length=20, choices=Stage, blank=True)
    at = models.DateTimeField()
    # When the step was due; later than ``at`` never, earlier when the clock had to catch up.
    effective_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    actor = models.CharField(max_length=12, choices=Actor)
    criteria = models.JSONField(default=dict)
    # Written by a coordinator, read by coordinators.
    reason = models.TextField(blank=True)
    takes_back = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="taken_back_by"
    )

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(actor="system", by=None) | ~Q(actor="system"),
                name="relationships_the_clock_is_nobody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb}: {self.from_stage or self.from_status} → {self.to_stage or self.to_status}"


class MoveRequestQuerySet(models.QuerySet):
    def open(self) -> "MoveRequestQuerySet":
        return self.filter(state=MoveRequest.State.OPEN)


class MoveRequest(models.Model):
    """A two-step move: asked or proposed, then acknowledged, objected to, or fallen due."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        CARRIED_OUT = "carried_out", _("Carried out")
        NOT_YET = "not_yet", _("Not yet")
        LAPSED = "lapsed", _("Not answered")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    relationship = models.ForeignKey(Relationship, models.CASCADE, related_name="move_requests")
    verb = models.CharField(max_length=20)
    # Empty when the clock proposes.
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = MoveRequestQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["relationship"], condition=Q(state="open"), name="relationships_one_open_request"
            )
        ]

    def __str__(self) -> str:
        return f"{self.verb} ({self.state})"

    @property
    def is_the_clocks(self) -> bool:
        return self.asked_by_id is None


class Pause(models.Model):
    """A stretch in which nothing was expected; metrics leave its days out."""

    relationship = models.ForeignKey(Relationship, models.CASCADE, related_name="pauses")
    began_at = models.DateTimeField()
    until = models.DateField()
    ended_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["began_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["relationship"], condition=Q(ended_at=None), name="relationships_one_pause_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.began_at:%Y-%m-%d}"
