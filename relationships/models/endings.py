"""How a relationship ended, and what it became.  Reasons and wishes are read by whoever gave them alone."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.crypto import EncryptedJSONField, EncryptedTextField
from core.ids import new_public_id
from relationships.models.relationships import Relationship


class Closure(models.Model):
    """One per relationship: two people who end it at the same moment make one."""

    class Type(models.TextChoices):
        PLANNED_COMPLETION = "planned_completion", _("As planned")
        EARLY_GOALS_ACHIEVED = "early_goals_achieved", _("Goals reached early")
        EARLY_NO_FAULT = "early_no_fault", _("Early, nobody's fault")
        ADMINISTRATIVE = "administrative", _("Administrative")
        CONFLICT_OF_INTEREST = "conflict_of_interest", _("Conflict of interest")
        CONDUCT = "conduct", _("Conduct")

    relationship = models.OneToOneField(Relationship, models.CASCADE, related_name="closure")
    type = models.CharField(max_length=30, choices=Type)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return self.type


class ClosingWaiver(models.Model):
    """A closing meeting that will not be held, and why: said by one member, read by both."""

    public_id = models.CharField(max_length=8, unique=True, default=new_public_id, editable=False)
    relationship = models.OneToOneField(Relationship, models.CASCADE, related_name="closing_waiver")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    reason = EncryptedTextField(bound_to="public_id")

    def __str__(self) -> str:
        return self.public_id


class ClosureReason(models.Model):
    class Code(models.TextChoices):
        GOALS_ACHIEVED_EARLY = "goals_achieved_early", _("We reached the goals early")
        TIME_OR_SCHEDULING = "time_or_scheduling", _("Time or scheduling")
        DISTANCE_OR_TIME_ZONE = "distance_or_time_zone", _("Distance or time zone")
        ROLE_OR_ORG_CHANGE = "role_or_org_change", _("My role or the organisation changed")
        LEFT_ORGANISATION = "left_organisation", _("Leaving the organisation")
        LONG_LEAVE = "long_leave", _("A long leave")
        DIFFERENT_VALUES = "different_values_or_style", _("Different values or style")
        DIFFERENT_GOALS = "different_goals_or_expectations", _("Different goals or expectations")
        NOT_THE_EXPERTISE = "not_the_right_expertise", _("Not the right expertise")
        PARTNER_UNRESPONSIVE = "partner_unresponsive", _("Hard to reach each other")
        CONVERSATIONS_STALLED = "conversations_stalled", _("Our conversations stalled")
        PERSONAL = "personal_circumstances", _("Personal circumstances")
        UNABLE_TO_HELP = "felt_unable_to_help", _("I felt unable to help")
        BOUNDARY = "boundary_or_conduct", _("Boundaries or conduct")
        PREFER_NOT = "prefer_not_to_say", _("Prefer not to say")

    public_id = models.CharField(max_length=8, unique=True, default=new_public_id, editable=False)
    closure = models.ForeignKey(Closure, models.CASCADE, related_name="reasons")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    code = EncryptedTextField(bound_to="public_id")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["closure", "person"], name="relationships_one_reason_each")
        ]

    def __str__(self) -> str:
        return self.public_id


class RedefinitionChoice(models.Model):
    """All outcomes one member could live with; published is the strongest that both ticked (domain 4.13)."""

    public_id = models.CharField(max_length=8, unique=True, default=new_public_id, editable=False)
    relationship = models.ForeignKey(Relationship, models.CASCADE, related_name="redefinition_choices")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    outcomes = EncryptedJSONField(default=list, bound_to="public_id")
    will_mentor_others = models.BooleanField(default=False)
    wants_new_mentor = models.BooleanField(default=False)
    given_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["relationship", "person"], name="relationships_one_choice_each")
        ]

    def __str__(self) -> str:
        return self.public_id
