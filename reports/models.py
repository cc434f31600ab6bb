"""Figures that do not change any more, and who took which away."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.ids import new_public_id
from programs.models import Program

# So long the same file can be had once more.
KEPT = timedelta(days=7)


class Night(models.Model):
    """A day whose facts are complete.  Days are written once, in order, and never again."""

    day = models.DateField(unique=True)
    written_at = models.DateTimeField(default=timezone.now)
    rows = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day}"


class DailyFactQuerySet(models.QuerySet):
    def as_of(self, day: date) -> "DailyFactQuerySet":
        """Each thing as it stood at the end of that day: the newest row not after it."""
        same = DailyFact.objects.filter(
            kind=models.OuterRef("kind"), subject=models.OuterRef("subject"), day__lte=day
        )
        newest = same.order_by("-day").values("day")[:1]
        return self.filter(day=models.Subquery(newest))


class DailyFact(models.Model):
    """A relationship, or the people of a cycle, as known at the end of one day.  No content, no name.

    HR figures are counted from these rows, so that a past report can be reproduced (domain 6.1).  A day on
    which nothing changed leaves no row: what counts is the newest that is not later."""

    class Kind(models.TextChoices):
        RELATIONSHIP = "relationship"
        PEOPLE = "people"

    day = models.DateField()
    kind = models.CharField(max_length=12, choices=Kind)
    subject = models.CharField(max_length=8)  # the public id of the relationship or of the cycle
    program = models.ForeignKey(Program, models.CASCADE, related_name="+")
    facts = models.JSONField()

    objects = DailyFactQuerySet.as_manager()

    class Meta:
        ordering = ["day", "kind", "subject"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject", "day"], name="reports_one_fact_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject} {self.day}"


class Release(models.Model):
    """A figure shown to people who may not open the rows: kept to refuse differencing (domain 5.3)."""

    family = models.CharField(max_length=200)
    as_of = models.DateField()
    # The program that was asked for, or nothing for all together.
    program = models.ForeignKey(Program, models.CASCADE, null=True, blank=True, related_name="+")
    people = models.PositiveIntegerField()
    # Who stood behind it, by key: who joined and who left is what a difference would tell of.
    members = models.JSONField(default=dict)
    members_hash = models.CharField(max_length=64)
    cells = models.JSONField(default=list)
    released_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["family", "as_of", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["family", "as_of", "members_hash"], name="reports_each_release_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.family} {self.as_of}"


class ExportQuerySet(models.QuerySet):
    def visible_to(self, person) -> "ExportQuerySet":
        """Twin of ``EXPORT_RULES["view_export"]``: one's own."""
        return self.filter(by=person)

    def can_be_opened(self, now: datetime) -> "ExportQuerySet":
        return self.filter(at__gt=now - KEPT)


class Export(models.Model):
    """The export log: who took which report away, with which filters, and what was hidden in it."""

    class Report(models.TextChoices):
        OUTCOMES = "outcomes", _("Program outcomes")
        REGISTER = "register", _("Participation register")
        LOG = "log", _("Meeting log")

    class Format(models.TextChoices):
        XLSX = "xlsx", _("Excel workbook")
        CSV = "csv", _("CSV files")

    public_id = models.CharField(max_length=8, unique=True, default=new_public_id, editable=False)
    report = models.CharField(max_length=20, choices=Report)
    format = models.CharField(max_length=5, choices=Format)
    program = models.ForeignKey(Program, models.SET_NULL, null=True, blank=True, related_name="+")
    filters = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="exports")
    at = models.DateTimeField(default=timezone.now)
    as_of = models.DateField()
    rows = models.PositiveIntegerField(default=0)
    cells_hidden = models.PositiveIntegerField(default=0)
    size = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.report} ({self.format})"

    @property
    def kept_until(self) -> datetime:
        return self.at + KEPT
