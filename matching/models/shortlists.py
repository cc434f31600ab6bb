"""Before a run, somebody may be shown a few people of the other side and rank them: input to the match by whom it
concerns (domain 4.14)."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.ids import new_public_id
from programs.models import Cycle, Enrolment
from programs.stages import MATCHABLE


class ShortlistQuerySet(models.QuerySet):
    def visible_to(self, person) -> "ShortlistQuerySet":
        """A shortlist is its owner's own; coordinators see how many were answered, in the figures of the program."""
        return self.filter(enrolment__person=person)

    def not_closed(self) -> "ShortlistQuerySet":
        return self.exclude(state=Shortlist.State.CLOSED)

    def can_be_ranked(self, now: datetime) -> "ShortlistQuerySet":
        """Twin of the property ``is_open`` with ``closes_at``."""
        return self.not_closed().filter(closes_at__gt=now)

    def unanswered(self) -> "ShortlistQuerySet":
        """Open ones of people who are still there to be matched."""
        return self.filter(
            state=Shortlist.State.OPEN,
            enrolment__state__in=MATCHABLE,
            enrolment__paused_until=None,
            enrolment__person__is_active=True,
        )

    def with_people(self) -> "ShortlistQuerySet":
        return self.select_related("cycle__program", "enrolment__person").prefetch_related(
            models.Prefetch(
                "entries",
                ShortlistEntry.objects.select_related(
                    "enrolment__person", "enrolment__person__profile", "enrolment__person__profile__site"
                ),
            )
        )


class Shortlist(models.Model):
    """``state`` is written by ``matching.actions`` alone."""

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

    def get_absolute_url(self) -> str:
        return reverse("matching:shortlist", args=[self.public_id])

    @property
    def is_open(self) -> bool:
        return self.state != self.State.CLOSED


class ShortlistEntry(models.Model):
    """``rank`` is 1 for the first choice, ties allowed; empty is no wish; ``NOT_THEM`` is "none of these people".
    ``facts`` say what the two share, and nothing that one of them alone has said."""

    NOT_THEM = 0

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
