from django.conf import settings
from django.db import models
from django.db.models import Q

from activity.models.references import LENGTH, reference, resolve
from core.ids import new_public_id


class JobQuerySet(models.QuerySet):
    def open(self) -> "JobQuerySet":
        return self.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING])

    def queued(self) -> "JobQuerySet":
        return self.filter(state=Job.State.QUEUED)

    def running(self) -> "JobQuerySet":
        return self.filter(state=Job.State.RUNNING)

    def about(self, thing: models.Model | str) -> "JobQuerySet":
        return self.filter(about=reference(thing))

    def within(self, scope: models.Model | str) -> "JobQuerySet":
        return self.filter(scope=reference(scope))

    def newest_first(self) -> "JobQuerySet":
        return self.order_by("-created_at", "-pk")


class Job(models.Model):
    """One long run, worked in a process of its own that shows how far it is and can be stopped."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        STOPPED = "stopped"

    public_id = models.CharField(max_length=8, unique=True, default=new_public_id, editable=False)
    kind = models.CharField(max_length=80)
    about = models.CharField(max_length=LENGTH)
    scope = models.CharField(max_length=LENGTH, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    data = models.JSONField(default=dict)

    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    step = models.CharField(max_length=60, blank=True)
    steps = models.JSONField(default=list)  # the steps in order, so that the page can say "2 of 4"
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    stop_requested = models.BooleanField(default=False)
    attempts = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    token = models.UUIDField(null=True)

    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)
    error = models.CharField(max_length=400, blank=True)  # a sentence for the person who asked

    objects = JobQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "about"],
                condition=Q(state__in=["queued", "running"]),
                name="activity_one_open_job_of_a_kind_about_a_thing",
            ),
        ]
        indexes = [
            models.Index(
                fields=["state", "id"], name="activity_job_open", condition=Q(state__in=["queued", "running"])
            ),
            models.Index(fields=["about", "-created_at"], name="activity_job_about"),
            models.Index(fields=["scope", "-created_at"], name="activity_job_scope"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} about {self.about}"

    @property
    def is_open(self) -> bool:
        return self.state in {self.State.QUEUED, self.State.RUNNING}

    @property
    def thing(self) -> models.Model | None:
        return resolve(self.about)

    @property
    def step_number(self) -> int:
        """Counted from one; zero before the first."""
        return self.steps.index(self.step) + 1 if self.step in self.steps else 0

    @property
    def percent(self) -> int:
        """Of the present step."""
        return min(100, 100 * self.done // self.total) if self.total else 0
