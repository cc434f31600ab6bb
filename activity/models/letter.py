import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from activity.models.due import Due
from activity.models.event import Event
from activity.models.references import LENGTH, reference, resolve

LATE = timedelta(seconds=300)


class LetterQuerySet(models.QuerySet):
    def for_person(self, person: Any) -> "LetterQuerySet":
        return self.filter(person=person)

    def about(self, thing: models.Model | str) -> "LetterQuerySet":
        return self.filter(about=reference(thing))

    def within(self, scope: models.Model | str) -> "LetterQuerySet":
        return self.filter(scope=reference(scope))

    def newest_first(self) -> "LetterQuerySet":
        return self.order_by("-wanted_at", "-pk")

    def ready(self, now: datetime) -> "LetterQuerySet":
        return self.filter(state=Letter.State.READY, run_at__lte=now)

    def late(self, now: datetime) -> "LetterQuerySet":
        """Should have gone out five minutes ago."""
        return self.filter(state=Letter.State.READY, run_at__lt=now - LATE)

    def sent(self) -> "LetterQuerySet":
        return self.filter(state=Letter.State.SENT)

    def unknown(self) -> "LetterQuerySet":
        return self.filter(state=Letter.State.UNKNOWN)

    def dead(self) -> "LetterQuerySet":
        return self.filter(state=Letter.State.DEAD)

    def held(self) -> "LetterQuerySet":
        return self.filter(state=Letter.State.HELD)

    def by_clock(self) -> "LetterQuerySet":
        """Not the effect of somebody's deed a moment ago, but of a timed fact."""
        return self.filter(due__isnull=False)

    def under_claim_of(self, letter: "Letter") -> "LetterQuerySet":
        """This letter, while the sender that read it still holds it."""
        return self.filter(pk=letter.pk, state=Letter.State.CLAIMED, claim_token=letter.claim_token)

    def let_out_since(self, moment: datetime) -> "LetterQuerySet":
        """Letters that could have waited and were let out one by one: sent since then, or still on their way, however
        long a mail server puts them off.  Those that never left do not count."""
        on_the_way = [Letter.State.READY, Letter.State.CLAIMED, Letter.State.SENDING]
        perhaps = Q(state__in=[Letter.State.UNKNOWN, Letter.State.HELD], let_out_at__gt=moment)
        return self.filter(let_out_at__isnull=False).filter(
            Q(sent_at__gt=moment) | Q(state__in=on_the_way) | perhaps
        )

    def with_names(self) -> "LetterQuerySet":
        return self.select_related("person", "event")


class Letter(models.Model):
    """One message to one person about one thing: the row is the queue, its key says it once."""

    class State(models.TextChoices):
        READY = "ready"
        CLAIMED = "claimed"
        SENDING = "sending"
        SENT = "sent"
        UNKNOWN = "unknown"
        DEAD = "dead"
        CANCELLED = "cancelled"
        COLLAPSED = "collapsed"
        HELD = "held"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.CharField(max_length=250, unique=True)
    kind = models.CharField(max_length=80)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="letters")
    address = models.EmailField(blank=True)  # of somebody without an account; otherwise the person's own
    about = models.CharField(max_length=LENGTH)
    scope = models.CharField(max_length=LENGTH, blank=True)
    event = models.ForeignKey(Event, models.SET_NULL, null=True, related_name="letters")
    due = models.ForeignKey(Due, models.SET_NULL, null=True, related_name="letters")
    data = models.JSONField(default=dict)

    state = models.CharField(max_length=10, choices=State, default=State.READY)
    note = models.CharField(max_length=200, blank=True)  # why it ended or waits, fit for a coordinator
    created_at = models.DateTimeField()
    wanted_at = models.DateTimeField()  # when it should have gone out; run_at is the next try
    run_at = models.DateTimeField()
    not_after = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    ambiguous = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)  # times it could not be written at all
    lease_until = models.DateTimeField(null=True)
    claim_token = models.UUIDField(null=True)
    message_id = models.CharField(max_length=200)
    caught_up = models.BooleanField(default=False)  # late, and the catch-up has decided that it goes
    collapsed_into = models.ForeignKey("self", models.SET_NULL, null=True, related_name="collapsed")
    released_at = models.DateTimeField(null=True)
    waits_until = models.DateTimeField(null=True)  # the reader's working hours: until then it is not late
    let_out_at = models.DateTimeField(null=True)  # it could have waited, and got one of the week's places
    sent_at = models.DateTimeField(null=True)

    # As it went out, for 30 days.
    sender = models.CharField(max_length=250, blank=True)
    recipient = models.CharField(max_length=250, blank=True)
    subject = models.CharField(max_length=250, blank=True)
    body_text = models.TextField(blank=True)
    body_html = models.TextField(blank=True)
    calendar = models.TextField(blank=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["run_at", "id"], name="activity_letter_ready", condition=Q(state="ready")),
            models.Index(
                fields=["lease_until"],
                name="activity_letter_leased",
                condition=Q(state__in=["claimed", "sending"]),
            ),
            models.Index(fields=["claim_token"], name="activity_letter_claim"),
            models.Index(fields=["sent_at"], name="activity_letter_sent", condition=Q(state="sent")),
            models.Index(
                fields=["state", "run_at"],
                name="activity_letter_attention",
                condition=Q(state__in=["unknown", "dead", "held"]),
            ),
            models.Index(fields=["about"], name="activity_letter_about"),
            models.Index(fields=["scope", "-wanted_at"], name="activity_letter_scope"),
            models.Index(fields=["person", "-wanted_at"], name="activity_letter_person"),
            models.Index(fields=["run_at"], name="activity_letter_kept", condition=~Q(subject="")),
            models.Index(
                fields=["person", "let_out_at"],
                name="activity_letter_let_out",
                condition=Q(let_out_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} about {self.about}"

    @property
    def to(self) -> str:
        """The address it goes to today; empty if there is none."""
        return self.address or (getattr(self.person, "email", None) or "")

    @property
    def thing(self) -> models.Model | None:
        """What it is about, if that is still there."""
        return resolve(self.about)

    @property
    def is_over(self) -> bool:
        return self.state in {self.State.SENT, self.State.CANCELLED, self.State.COLLAPSED}


class Attempt(models.Model):
    """One try to hand a letter over, and how far it came.  Written when it is over, never changed."""

    class Outcome(models.TextChoices):
        OK = "ok"
        TEMP = "temp"
        PERM = "perm"
        UNKNOWN = "unknown"

    letter = models.ForeignKey(Letter, models.CASCADE, related_name="tries")
    n = models.PositiveIntegerField()
    started = models.DateTimeField()
    ended = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome)
    code = models.PositiveSmallIntegerField(null=True)
    reply = models.CharField(max_length=200, blank=True)
    host = models.CharField(max_length=200, blank=True)
    worker = models.CharField(max_length=100, blank=True)

    def __str__(self) -> str:
        return f"{self.outcome} {self.code or ''}".strip()


class RefusalQuerySet(models.QuerySet):
    def of(self, people: Iterable[Any]) -> set[tuple[Any, str]]:
        """The (person's key, name of the choice) pairs turned off by any of these people."""
        return set(self.filter(person__in=people).values_list("person", "choice"))


class Refusal(models.Model):
    """One person wants no more letters of one choice (`activity.kinds.Choice`)."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    choice = models.CharField(max_length=80)
    at = models.DateTimeField()

    objects = RefusalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "choice"], name="activity_a_choice_is_turned_off_once"),
        ]

    def __str__(self) -> str:
        return f"{self.choice} turned off"
