"""Before a run, somebody may be shown a few people of the other side and rank them: input to the match by whom it
concerns (domain 4.14)."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.ids import new_public_id
from programs.models import Cycle, Enrolment


class ShortlistQuerySet(models.QuerySet):
    def visible_to(self, person) -> "ShortlistQuerySet":
        """A shortlist is its owner's own; coordinators see that it was answered, in the figures of the program."""
        return self.filter(enrolment__person=person)

    def open(self) -> "ShortlistQuerySet":
        return self.filter(state=Shortlist.State.OPEN)


class Shortlist(models.Model):
    class State(models.TextChoices):
        OPEN = "open", _("Open")
        RANKED = "ranked", _("Ranked")
        CLOSED = "closed", _("Closed")

    public_id = models.CharField(max_length=8, unique=True, default=new_public_id, editable=False)
    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="shortlists")
    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="shortlists")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField(default=timezone.now)
    closes_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = ShortlistQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["cycle", "enrolment"],
                condition=~Q(state="closed"),
                name="matching_one_shortlist_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="ranked") | Q(answered_at__isnull=False),
                name="matching_ranked_ones_know_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment}: {self.get_state_display()}"


class ShortlistEntry(models.Model):
    """``rank`` is 1 for the first choice, ties allowed; empty is no wish.  ``facts`` say what the two share."""

    shortlist = models.ForeignKey(Shortlist, models.CASCADE, related_name="entries")
    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()
    rank = models.PositiveSmallIntegerField(null=True, blank=True)
    facts = models.JSONField(default=list)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["shortlist", "enrolment"], name="matching_shown_once_on_a_shortlist"
            )
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.enrolment}"
