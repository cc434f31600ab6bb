"""Runs that begin by themselves, for programs people join at any time."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from core.dates import city
from programs.models import Cycle


class RunSchedule(models.Model):
    """Every so many weeks, on a weekday and at a time in the program's zone.  ``publishes`` offers the pairs without a
    look by the coordinator, if the run holds its cut-offs; otherwise it waits for review."""

    cycle = models.OneToOneField(Cycle, models.CASCADE, related_name="run_schedule")
    is_active = models.BooleanField(default=True)
    every_weeks = models.PositiveSmallIntegerField(
        _("weeks between runs"), default=2, validators=[MinValueValidator(1), MaxValueValidator(26)]
    )
    weekday = models.PositiveSmallIntegerField(
        _("day of the week"), default=0, validators=[MaxValueValidator(6)]
    )
    at = models.TimeField(_("time of day"))
    minimum_score = models.PositiveSmallIntegerField(
        _("lowest fit of a pair"), default=55, validators=[MaxValueValidator(100)]
    )
    minimum_share = models.PositiveSmallIntegerField(
        _("smallest share of mentees matched"), default=0, validators=[MaxValueValidator(100)]
    )
    publishes = models.BooleanField(_("publish without a look"), default=False)
    next_at = models.DateTimeField(null=True, blank=True)
    last_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.cycle)

    @property
    def weekday_words(self) -> str:
        return str(WEEKDAYS[self.weekday])

    @property
    def city(self) -> str:
        """Whose clocks it follows."""
        return city(self.cycle.program.zone)
