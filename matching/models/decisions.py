"""What a coordinator has decided about two people, for all runs of a cycle until it is taken back."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.crypto import EncryptedTextField
from core.ids import new_public_id
from programs.models import Cycle, Enrolment, Program


class PairDecisionQuerySet(models.QuerySet):
    def in_force(self) -> "PairDecisionQuerySet":
        return self.filter(ended_at=None)

    def locks(self) -> "PairDecisionQuerySet":
        return self.filter(kind=PairDecision.Kind.LOCKED)

    def visible_to(self, person) -> "PairDecisionQuerySet":
        """Twin of ``DECISION_RULES["view"]``: decisions are the coordinators' own."""
        return self.filter(cycle__program__in=Program.objects.coordinated_by(person))

    def with_people(self) -> "PairDecisionQuerySet":
        return self.select_related("first__person", "second__person", "by")

    def proposals(self) -> "PairDecisionQuerySet":
        """The proposals, by primary key, that put the two of a decision together."""
        together = self.filter(
            first__proposal_memberships__proposal=F("second__proposal_memberships__proposal")
        )
        return together.order_by().values("first__proposal_memberships__proposal")

    def between(self, first: Enrolment, second: Enrolment) -> "PairDecisionQuerySet":
        return self.filter(first=first, second=second)

    def about_proposal(self, proposal: models.Model) -> "PairDecisionQuerySet":
        return self.filter(
            first__proposal_memberships__proposal=proposal, second__proposal_memberships__proposal=proposal
        )


class PairDecision(models.Model):
    """``first`` is the mentee, or of two peers the one enrolled first.  An override names the rules it lifts and
    why."""

    class Kind(models.TextChoices):
        LOCKED = "locked", _("Always together")
        FORBIDDEN = "forbidden", _("Never together")
        OVERRIDE = "override", _("Allowed in spite of a rule")

    public_id = models.CharField(max_length=8, unique=True, default=new_public_id, editable=False)
    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="pair_decisions")
    first = models.ForeignKey(Enrolment, models.CASCADE, related_name="+")
    second = models.ForeignKey(Enrolment, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    rules = models.JSONField(default=list, blank=True)
    reason = EncryptedTextField(blank=True, bound_to="public_id")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = PairDecisionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["cycle", "first", "second", "kind"],
                condition=Q(ended_at=None),
                name="matching_decided_once_about_two",
            ),
            models.CheckConstraint(condition=~Q(first=F("second")), name="matching_decisions_are_about_two"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.first} – {self.second}"
