"""Meetings that are planned, held or not held.  A date that has passed proves nothing: somebody has to say so."""

import re
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.crypto import EncryptedTextField
from core.ids import new_public_id
from relationships.models.relationships import Relationship

DISPUTE_WINDOW = timedelta(days=7)


class MeetingQuerySet(models.QuerySet):
    def visible_to(self, person) -> "MeetingQuerySet":
        return self.filter(relationship__in=Relationship.objects.of_member(person))

    def planned(self) -> "MeetingQuerySet":
        return self.filter(state=Meeting.State.SCHEDULED)

    def held(self) -> "MeetingQuerySet":
        """What counts: marked by one member and not disputed by the other (domain 4.4)."""
        return self.filter(state=Meeting.State.HELD, disputed_at=None)

    def upcoming(self, now: datetime) -> "MeetingQuerySet":
        return self.planned().filter(starts_at__gt=now)

    def unanswered(self, now: datetime) -> "MeetingQuerySet":
        """Planned, begun, and nobody has said yet whether it was held."""
        return self.planned().filter(starts_at__lte=now)

    def with_names(self) -> "MeetingQuerySet":
        return self.select_related("marked_by", "confirmed_by", "disputed_by", "planned_by", "cancelled_by")


class Meeting(models.Model):
    """``state`` is written by ``relationships.actions`` alone."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        SCHEDULED = "scheduled", _("Planned")
        HELD = "held", _("Held")
        CANCELLED = "cancelled", _("Cancelled")
        NO_SHOW = "no_show", _("Did not happen")

    class Kind(models.TextChoices):
        INTRO = "intro", _("First meeting")
        REGULAR = "regular", _("Regular meeting")
        MIDPOINT_REVIEW = "midpoint_review", _("Midpoint review")
        CLOSURE = "closure", _("Closing meeting")
        SHADOWING = "shadowing", _("Shadowing")
        GROUP = "group", _("Group meeting")
        FLASH = "flash", _("Single meeting")
        AD_HOC = "ad_hoc", _("Unplanned meeting")

    class Mode(models.TextChoices):
        IN_PERSON = "in_person", _("In person")
        VIDEO = "video", _("By video")
        PHONE = "phone", _("By phone")

    public_id = models.CharField(max_length=8, unique=True, default=new_public_id, editable=False)
    relationship = models.ForeignKey(Relationship, models.CASCADE, related_name="meetings")
    kind = models.CharField(_("kind of meeting"), max_length=20, choices=Kind, default=Kind.REGULAR)
    state = models.CharField(max_length=12, choices=State, default=State.SCHEDULED)
    starts_at = models.DateTimeField()
    zone = models.CharField(max_length=64, default="UTC")
    minutes = models.PositiveSmallIntegerField(validators=[MinValueValidator(5), MaxValueValidator(480)])
    mode = models.CharField(_("how"), max_length=12, choices=Mode, default=Mode.VIDEO)
    place = models.CharField(_("place or link"), max_length=500, blank=True)
    sequence = models.PositiveSmallIntegerField(default=0)
    planned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    planned_at = models.DateTimeField(null=True, blank=True)
    is_logged_afterwards = models.BooleanField(default=False)
    marked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    marked_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    disputed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    disputed_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    cancelled_at = models.DateTimeField(null=True, blank=True)
    is_late_cancellation = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=0)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="held") | Q(marked_at__isnull=False),
                name="relationships_somebody_said_it_was_held",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | Q(marked_by=None) | ~Q(confirmed_by=models.F("marked_by")),
                name="relationships_the_other_confirms",
            ),
            models.CheckConstraint(
                condition=Q(disputed_by=None) | Q(marked_by=None) | ~Q(disputed_by=models.F("marked_by")),
                name="relationships_the_other_disputes",
            ),
            # Pressing twice logs one meeting: the same start is the same meeting.
            models.UniqueConstraint(
                fields=["relationship", "starts_at"],
                condition=Q(state__in=["scheduled", "held"]),
                name="relationships_one_meeting_at_a_time",
            ),
        ]
        indexes = [models.Index(fields=["state", "starts_at"], name="relationships_meetings_when")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def join_url(self) -> str:
        """Where the call is, if the place is an address of the web; anything else is shown as words."""
        return self.place if re.fullmatch(r"https?://[^\s<>\"]+", self.place) else ""

    @property
    def occurrence(self) -> str:
        """The name of this meeting at this time, for what must be said of it only once."""
        return self.starts_at.astimezone(UTC).isoformat()

    @property
    def is_planned(self) -> bool:
        return self.state == self.State.SCHEDULED

    def has_begun(self, now: datetime) -> bool:
        return self.starts_at <= now

    def is_running(self, now: datetime) -> bool:
        return self.starts_at <= now < self.ends_at

    @property
    def disputable_until(self) -> datetime | None:
        return self.marked_at and self.marked_at + DISPUTE_WINDOW

    @property
    def counts_as_held(self) -> bool:
        return self.state == self.State.HELD and self.disputed_at is None

    @property
    def grade(self) -> str:
        """Who said that it took place: "both", "one", "disputed", or nothing."""
        if self.state != self.State.HELD:
            return ""
        if self.disputed_at:
            return "disputed"
        return "both" if self.confirmed_at else "one"


class MeetingChange(models.Model):
    """A meeting that moved: from when to when, by whom."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="changes")
    was_at = models.DateTimeField()
    is_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.was_at:%Y-%m-%d} → {self.is_at:%Y-%m-%d}"


class Attendance(models.Model):
    """What one member said of a meeting.  ``usefulness`` is read by that member alone."""

    public_id = models.CharField(max_length=8, unique=True, default=new_public_id, editable=False)
    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="attendances")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    attended = models.BooleanField(null=True)
    usefulness = EncryptedTextField(blank=True, bound_to="public_id")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meeting", "person"], name="relationships_each_attends_once")
        ]

    def __str__(self) -> str:
        return str(self.person_id)


class InvitationAnswer(models.Model):
    """Whether one member comes, as their calendar or they themselves have told.  It is about the meeting as it was
    planned at that ``sequence``."""

    class Answer(models.TextChoices):
        ACCEPTED = "accepted", _("Accepted")
        TENTATIVE = "tentative", _("Not sure yet")
        DECLINED = "declined", _("Cannot make it")

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="answers")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    answer = models.CharField(max_length=10, choices=Answer)
    sequence = models.PositiveIntegerField()
    stamp = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meeting", "person"], name="relationships_each_answers_once")
        ]

    def __str__(self) -> str:
        return self.answer


class AgendaItemQuerySet(models.QuerySet):
    def open(self) -> "AgendaItemQuerySet":
        return self.filter(done_at=None)

    def for_meeting(self, meeting: "Meeting | None") -> "AgendaItemQuerySet":
        """What is on the list of this meeting: its own, and what waits for the next one."""
        return self.filter(Q(meeting=None) | Q(meeting=meeting)) if meeting else self.filter(meeting=None)


class AgendaItem(models.Model):
    """Something to talk about.  What was not talked about moves to the next meeting: it hangs on the relationship."""

    public_id = models.CharField(max_length=8, unique=True, default=new_public_id, editable=False)
    relationship = models.ForeignKey(Relationship, models.CASCADE, related_name="agenda_items")
    meeting = models.ForeignKey(Meeting, models.SET_NULL, null=True, blank=True, related_name="agenda_items")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = EncryptedTextField(bound_to="public_id")
    order = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    objects = AgendaItemQuerySet.as_manager()

    class Meta:
        ordering = ["order", "created_at", "pk"]

    def __str__(self) -> str:
        return self.public_id


class ActionItemQuerySet(models.QuerySet):
    def to_do(self) -> "ActionItemQuerySet":
        return self.filter(state=ActionItem.State.OPEN)


class ActionItem(models.Model):
    class State(models.TextChoices):
        OPEN = "open", _("Open")
        DONE = "done", _("Done")
        DROPPED = "dropped", _("Dropped")

    public_id = models.CharField(max_length=8, unique=True, default=new_public_id, editable=False)
    relationship = models.ForeignKey(Relationship, models.CASCADE, related_name="action_items")
    meeting = models.ForeignKey(Meeting, models.SET_NULL, null=True, blank=True, related_name="action_items")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = EncryptedTextField(bound_to="public_id")
    due_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    created_at = models.DateTimeField()

    objects = ActionItemQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]

    def __str__(self) -> str:
        return self.public_id
