"""How two people agreed to work, in versions, and who signed which."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.crypto import EncryptedJSONField
from core.ids import new_public_id
from relationships.models.relationships import Relationship


class AgreementQuerySet(models.QuerySet):
    def in_force(self) -> "AgreementQuerySet":
        return self.filter(state__in=[Agreement.State.IN_FORCE, Agreement.State.REVIEW_DUE])

    def to_sign(self) -> "AgreementQuerySet":
        return self.filter(state__in=[Agreement.State.PROPOSED, Agreement.State.PARTLY_SIGNED])

    def with_signatures(self) -> "AgreementQuerySet":
        return self.select_related("proposed_by").prefetch_related("signatures__person")


class Agreement(models.Model):
    """One version.  Its text is never changed: whoever wants it otherwise writes the next version."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PROPOSED = "proposed", _("Proposed")
        PARTLY_SIGNED = "partly_signed", _("Signed by one")
        IN_FORCE = "in_force", _("In force")
        REVIEW_DUE = "review_due", _("Review due")
        SUPERSEDED = "superseded", _("Replaced")
        ENDED = "ended", _("Ended")

    public_id = models.CharField(max_length=8, unique=True, default=new_public_id, editable=False)
    relationship = models.ForeignKey(Relationship, models.CASCADE, related_name="agreements")
    version = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT)
    terms = EncryptedJSONField(default=dict, bound_to="public_id")
    content_hash = models.CharField(max_length=64, blank=True)
    # The three terms that the clock and the metrics count with stand beside the text, in the open.
    cadence_days = models.PositiveSmallIntegerField()
    meeting_minutes = models.PositiveSmallIntegerField()
    review_on = models.DateField(null=True, blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    proposed_at = models.DateTimeField()
    in_force_at = models.DateTimeField(null=True, blank=True)
    # Looked at again after a while, and left as it is.
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = AgreementQuerySet.as_manager()

    class Meta:
        ordering = ["version"]
        constraints = [
            models.UniqueConstraint(
                fields=["relationship", "version"], name="relationships_agreements_are_numbered"
            ),
            models.UniqueConstraint(
                fields=["relationship"],
                condition=Q(state__in=["in_force", "review_due"]),
                name="relationships_one_agreement_in_force",
            ),
            models.UniqueConstraint(
                fields=["relationship"],
                condition=Q(state__in=["draft", "proposed", "partly_signed"]),
                name="relationships_one_agreement_proposed",
            ),
        ]

    def __str__(self) -> str:
        return f"v{self.version} ({self.state})"

    @property
    def is_in_force(self) -> bool:
        return self.state in (self.State.IN_FORCE, self.State.REVIEW_DUE)

    @property
    def can_be_signed(self) -> bool:
        return self.state in (self.State.PROPOSED, self.State.PARTLY_SIGNED)

    def is_signed_by(self, person) -> bool:
        return any(signature.person_id == person.pk for signature in self.signatures.all())


class Signature(models.Model):
    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="signatures")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()
    content_hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["signed_at"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "person"], name="relationships_each_signs_once")
        ]

    def __str__(self) -> str:
        return f"{self.person}"
