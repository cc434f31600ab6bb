"""Figures that do not change any more, and who took which away."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.ids import new_public_id
from programs.models import Program


class DailyFact(models.Model):
    """One relationship as it stood at the end of one day.  Immutable; no content, no name.

    HR figures are counted from these rows, so that a past report can be reproduced (domain 6.1)."""

    day = models.DateField()
    program = models.ForeignKey(Program, models.CASCADE, related_name="+")
    relationship = models.CharField(max_length=8)
    facts = models.JSONField()

    class Meta:
        ordering = ["day", "relationship"]
        constraints = [
            models.UniqueConstraint(fields=["day", "relationship"], name="reports_one_fact_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.relationship} {self.day}"


class Release(models.Model):
    """A figure that was shown to people who may not open the rows: kept to refuse differencing (domain 5.3)."""

    family = models.CharField(max_length=120)
    as_of = models.DateField()
    filters = models.JSONField(default=dict)
    people = models.PositiveIntegerField()
    members_hash = models.CharField(max_length=64)
    cells = models.JSONField(default=dict)
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
        return self.filter(by=person)


class Export(models.Model):
    """The export log: who took which report away, with which filters, and what was hidden in it."""

    class Format(models.TextChoices):
        XLSX = "xlsx", _("Excel workbook")
        CSV = "csv", _("CSV files")

    public_id = models.CharField(max_length=8, unique=True, default=new_public_id, editable=False)
    report = models.CharField(max_length=60)
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
