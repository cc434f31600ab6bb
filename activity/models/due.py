from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Q

from activity import calendar
from activity.models.references import LENGTH, reference


class DueQuerySet(models.QuerySet):
    def armed(self) -> "DueQuerySet":
        return self.filter(state=Due.State.ARMED)

    def overdue(self, now: datetime) -> "DueQuerySet":
        """Armed, and its moment has come: what the clock has still to do."""
        return self.armed().filter(look_at__lte=now)

    def of(self, subject: models.Model | str, kinds: Iterable[str] | None = None) -> "DueQuerySet":
        rows = self.filter(subject=reference(subject))
        return rows if kinds is None else rows.filter(kind__in=list(kinds))

    def with_local_rule(self) -> "DueQuerySet":
        return self.exclude(local_date=None)


class Due(models.Model):
    """One timed fact: at that moment the clock looks at that subject, once.

    A rule of the calendar keeps its local date, time and zone as the truth; `due_at` is computed from them.
    `look_at` is when the clock comes by: the same moment, unless looking failed and was put off.
    """

    class State(models.TextChoices):
        ARMED = "armed"
        FIRED = "fired"
        COLLAPSED = "collapsed"
        CANCELLED = "cancelled"

    subject = models.CharField(max_length=LENGTH)
    kind = models.CharField(max_length=80)
    occurrence = models.CharField(max_length=80)
    due_at = models.DateTimeField()
    look_at = models.DateTimeField()
    local_date = models.DateField(null=True)
    local_time = models.TimeField(null=True)
    zone = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.ARMED)
    data = models.JSONField(default=dict)
    fired_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True)
    # After a backup came back: what this row says by mail, when due before that moment, may have been said
    # already.
    letters_held_until = models.DateTimeField(null=True)

    objects = DueQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "kind", "occurrence"], name="activity_one_due_row_per_occurrence"
            ),
            models.CheckConstraint(
                condition=Q(local_date=None, local_time=None, zone="")
                | (Q(local_date__isnull=False, local_time__isnull=False) & ~Q(zone="")),
                name="activity_local_rule_is_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["look_at", "id"], name="activity_due_armed", condition=Q(state="armed")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.subject} for {self.occurrence}"

    @property
    def by_its_rule(self) -> datetime:
        """The moment as the local rule has it today: zone data change."""
        if self.local_date is None or self.local_time is None:
            return self.due_at
        return calendar.instant(self.local_date, self.local_time, ZoneInfo(self.zone))

    @property
    def holds_letters(self) -> bool:
        return self.letters_held_until is not None and self.due_at < self.letters_held_until
