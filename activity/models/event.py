from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.utils import timezone

from activity.models.references import LENGTH, reference


class EventQuerySet(models.QuerySet):
    def about(self, thing: models.Model | str) -> "EventQuerySet":
        return self.filter(about=reference(thing))

    def within(self, scope: models.Model | str) -> "EventQuerySet":
        return self.filter(scope=reference(scope))

    def newest_first(self) -> "EventQuerySet":
        return self.order_by("-at", "-pk")

    def update(self, **changes: Any) -> NoReturn:
        raise TypeError("What happened is not rewritten: record what happened next.")


class Event(models.Model):
    """One fact.  Written once, never changed; outlives the thing it is about."""

    verb = models.CharField(max_length=80)
    about = models.CharField(max_length=LENGTH)
    scope = models.CharField(max_length=LENGTH, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    details = models.JSONField(default=dict)

    objects = EventQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["about", "-at"], name="activity_event_about"),
            models.Index(fields=["scope", "-at"], name="activity_event_scope"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.about}"
