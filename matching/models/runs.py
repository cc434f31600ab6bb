"""A run is a snapshot of people, rules and weights with its result."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.crypto import EncryptedJSONField
from core.ids import new_public_id
from matching.stages import RunState
from programs.models import Cycle, Enrolment, Program
from programs.models.enrolments import Role
from programs.models.programs import Format

# What a run keeps of everybody in it: megabytes in a large program, and read only where that is the matter.
BULKY = ("snapshot", "certificate", "figures")


class MatchRunQuerySet(models.QuerySet):
    def slim(self) -> "MatchRunQuerySet":
        """Without the bulky parts, which are read when somebody asks for them."""
        return self.defer(*BULKY)

    def visible_to(self, person) -> "MatchRunQuerySet":
        """Twin of ``RUN_RULES["view"]``: runs are seen by the coordinators of the program."""
        return self.filter(cycle__program__in=Program.objects.coordinated_by(person))


class MatchRun(models.Model):
    """``state`` is written by ``matching.actions`` alone.  Once under review nothing in it changes but locks."""

    class Objective(models.TextChoices):
        COVERAGE = "coverage", _("Match as many people as possible, then the best total")
        TOTAL = "total", _("The best total, even if fewer people are matched")
        WORST_OFF = "worst_off", _("Protect the worst-off first, then the total")

    public_id = models.CharField(max_length=8, unique=True, default=new_public_id, editable=False)
    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="match_runs")
    number = models.PositiveSmallIntegerField()
    # What the coordinator calls this scenario; and the run it was made from with other rules or weights.
    name = models.CharField(max_length=80, blank=True)
    based_on = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="scenarios")
    format = models.CharField(max_length=20, choices=Format, default=Format.ONE_TO_ONE)
    state = models.CharField(max_length=12, choices=RunState, default=RunState.DRAFT)
    objective = models.CharField(max_length=12, choices=Objective, default=Objective.COVERAGE)
    algorithm = models.CharField(max_length=40, blank=True)
    weights = models.JSONField(default=dict)
    rules = models.JSONField(default=dict)
    locks = models.JSONField(default=list)
    # Cut-offs: no pair below this score (in hundredths), and no publishing below this share of mentees (percent).
    minimum_score = models.PositiveSmallIntegerField(default=0)
    minimum_share = models.PositiveSmallIntegerField(default=0)
    snapshot = EncryptedJSONField(default=dict, bound_to="public_id")
    snapshot_hash = models.CharField(max_length=64, blank=True)
    mentees = models.PositiveIntegerField(default=0)
    mentors = models.PositiveIntegerField(default=0)
    places = models.PositiveIntegerField(default=0)
    pairs = models.PositiveIntegerField(default=0)
    total = models.BigIntegerField(null=True, blank=True)
    bound = models.BigIntegerField(null=True, blank=True)
    scale = models.PositiveIntegerField(default=1)
    is_proven = models.BooleanField(default=False)
    certificate = EncryptedJSONField(default=dict, bound_to="public_id")
    # The most points each criterion could give in this run, in hundredths: what nobody answered gives none.
    maxima = models.JSONField(default=dict)
    tells_apart = models.BooleanField(default=True)
    # Stability, ranks, load and fairness of the result, as ``matching.figures`` counts them.
    figures = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    error = models.CharField(max_length=300, blank=True)

    objects = MatchRunQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["cycle", "number"], name="matching_runs_are_numbered"),
            models.UniqueConstraint(
                fields=["cycle"],
                condition=Q(state__in=["draft", "running"]),
                name="matching_one_run_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cycle} #{self.number}"

    def get_absolute_url(self) -> str:
        return reverse("matching:run", args=[self.cycle.program.public_id, self.number])


class Unmatched(models.Model):
    """Why one person has no pair in a run, and what would help."""

    run = models.ForeignKey(MatchRun, models.CASCADE, related_name="unmatched")
    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="+")
    role = models.CharField(max_length=10, choices=Role)
    code = models.CharField(max_length=40)
    details = models.JSONField(default=dict)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "enrolment"], name="matching_each_unmatched_once")
        ]

    def __str__(self) -> str:
        return self.code


class Checkpoint(models.Model):
    """How far a large run has come: a worker that takes it over begins with these prices, not from nothing."""

    run = models.OneToOneField(MatchRun, models.CASCADE, related_name="checkpoint")
    prices = models.BinaryField()
    worth = models.BigIntegerField()
    bound = models.BigIntegerField()
    written_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.run}: {self.worth} / {self.bound}"
