"""How the product and somebody's own calendar know of each other: a feed to subscribe to, and when one is busy."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models

from core.crypto import EncryptedTextField
from core.ids import new_public_id

# What was read is believed for so long when the calendar cannot be reached any more.
BELIEVED = timedelta(days=7)


class CalendarFeed(models.Model):
    """One's own meetings to subscribe to.  Its address is signed; without this row it leads to nothing."""

    public_id = models.CharField(max_length=8, unique=True, default=new_public_id, editable=False)
    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="calendar_feed")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.public_id


class BusyCalendarQuerySet(models.QuerySet):
    def to_read(self, now: datetime) -> "BusyCalendarQuerySet":
        return self.filter(person__is_active=True, next_read_at__lte=now).order_by("next_read_at", "pk")


class BusyCalendar(models.Model):
    """A calendar elsewhere, of which only the times are kept when its owner is busy: no title, no place."""

    public_id = models.CharField(max_length=8, unique=True, default=new_public_id, editable=False)
    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="busy_calendar")
    address = EncryptedTextField(bound_to="public_id")
    busy = models.JSONField(default=list)  # [start, end] in ISO 8601, UTC
    given_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    next_read_at = models.DateTimeField()
    problem = models.CharField(max_length=20, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)

    objects = BusyCalendarQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["next_read_at"], name="relationships_calendars_read")]

    def __str__(self) -> str:
        return self.public_id

    def is_believed(self, now: datetime) -> bool:
        return self.read_at is not None and now - self.read_at < BELIEVED

    def spans(self, now: datetime) -> list[tuple[datetime, datetime]]:
        """When its owner is busy; nothing that is too old to be believed."""
        if not self.is_believed(now):
            return []
        return [(datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in self.busy]
