from datetime import UTC, datetime
from typing import Any

from django.db import models

NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class HeartbeatQuerySet(models.QuerySet):
    def beat(self, name: str, **values: Any) -> None:
        """Write one line of a machine part, whether or not it has one; two at once do no harm."""
        if not self.filter(name=name).update(**values):
            self.bulk_create([Heartbeat(name=name, **values)], ignore_conflicts=True)

    def take_turn(self, name: str, *, now: datetime, since: datetime) -> bool:
        """Whether this caller is the one to do what is done once in a while; of many at once, one is."""
        if not self.filter(name=name).exists():
            self.bulk_create([Heartbeat(name=name, started=NEVER)], ignore_conflicts=True)
        return self.filter(name=name, started__lt=since).update(started=now) == 1


class Heartbeat(models.Model):
    """When one part of the machine last worked, and how far behind it was."""

    name = models.CharField(max_length=60, unique=True)
    started = models.DateTimeField()
    last_ok = models.DateTimeField(null=True)
    lag = models.DurationField(null=True)  # how late the oldest thing was that waited
    rows = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=200, blank=True)

    objects = HeartbeatQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name
