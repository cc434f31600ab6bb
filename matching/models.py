"""A run is a snapshot of people, rules and weights with its result; a proposal is one pair out of it."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.crypto import EncryptedJSONField, EncryptedTextField
from core.ids import new_public_id
from matching.stages import WAITING, ProposalState, RunState
from programs.models import Cycle, Enrolment, Program
from programs.models.enrolments import Role
from relationships.models import Relationship


class MatchRunQuerySet(models.QuerySet):
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
    state = models.CharField(max_length=12, choices=RunState, default=RunState.DRAFT)
    objective = models.CharField(max_length=12, choices=Objective, default=Objective.COVERAGE)
    algorithm = models.CharField(max_length=40, blank=True)
    weights = models.JSONField(default=dict)
    rules = models.JSONField(default=dict)
    locks = models.JSONField(default=list)
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
    seed = models.PositiveIntegerField(default=0)
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


class ProposalQuerySet(models.QuerySet):
    def visible_to(self, person) -> "ProposalQuerySet":
        """Offers made to this person, and every proposal of the programs this person coordinates."""
        mine = ProposalMember.objects.filter(person=person).values("proposal")
        offered = Q(pk__in=mine) & ~Q(state__in=[ProposalState.SUGGESTED, ProposalState.SHORTLISTED])
        return self.filter(offered | Q(cycle__program__in=Program.objects.coordinated_by(person)))

    def offered_to(self, person) -> "ProposalQuerySet":
        """Offers this person may open: past the minutes in which publishing can be taken back."""
        mine = ProposalMember.objects.filter(person=person).values("proposal")
        return self.filter(pk__in=mine).exclude(
            state__in=[ProposalState.SUGGESTED, ProposalState.SHORTLISTED, ProposalState.WITHDRAWN]
        )

    def waiting(self) -> "ProposalQuerySet":
        return self.filter(state__in=WAITING)

    def expired_at(self, now: datetime) -> "ProposalQuerySet":
        return self.waiting().filter(expires_at__lte=now)

    def with_people(self) -> "ProposalQuerySet":
        return self.select_related("cycle__program", "run").prefetch_related(
            models.Prefetch(
                "members",
                ProposalMember.objects.select_related("person", "person__profile", "person__profile__site"),
            )
        )


class Proposal(models.Model):
    """``state`` is written by ``matching.actions`` alone.  ``parts`` sum to ``score``, both in hundredths."""

    public_id = models.CharField(max_length=8, unique=True, default=new_public_id, editable=False)
    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="proposals")
    run = models.ForeignKey(MatchRun, models.CASCADE, null=True, blank=True, related_name="proposals")
    state = models.CharField(max_length=20, choices=ProposalState, default=ProposalState.SUGGESTED)
    score = models.PositiveIntegerField(default=0)
    parts = models.JSONField(default=dict)
    evidence = models.JSONField(default=dict)
    warnings = models.JSONField(default=list)
    alternatives = models.JSONField(default=list)
    is_locked = models.BooleanField(default=False)
    override_reason = EncryptedTextField(blank=True, bound_to="public_id")
    offered_at = models.DateTimeField(null=True, blank=True)
    # Nobody is told before this moment: publishing can be taken back until then.
    told_from = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    relationship = models.OneToOneField(
        Relationship, models.SET_NULL, null=True, blank=True, related_name="proposal"
    )

    objects = ProposalQuerySet.as_manager()

    class Meta:
        ordering = ["score", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["suggested", "shortlisted", "withdrawn"])
                | Q(offered_at__isnull=False, expires_at__isnull=False),
                name="matching_offers_know_when",
            ),
            models.CheckConstraint(
                condition=~Q(state="activated") | Q(relationship__isnull=False),
                name="matching_begun_ones_have_a_relationship",
            ),
        ]
        indexes = [models.Index(fields=["cycle", "state", "expires_at"], name="matching_waiting_offers")]

    def __str__(self) -> str:
        return self.public_id

    def get_absolute_url(self) -> str:
        return reverse("matching:offer", args=[self.public_id])

    @property
    def mentor(self):
        return next((m.person for m in self.members.all() if m.role == Role.MENTOR), None)

    @property
    def mentee(self):
        return next((m.person for m in self.members.all() if m.role == Role.MENTEE), None)

    def member(self, person) -> "ProposalMember | None":
        return next((member for member in self.members.all() if member.person_id == person.pk), None)


class ProposalMember(models.Model):
    class Answer(models.TextChoices):
        NONE = "", _("No answer yet")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Not this time")

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="members")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="proposal_memberships")
    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="proposal_memberships")
    role = models.CharField(max_length=10, choices=Role)
    rank = models.PositiveSmallIntegerField(null=True, blank=True)
    answer = models.CharField(max_length=10, choices=Answer, default=Answer.NONE, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["proposal", "person"], name="matching_each_asked_once"),
            models.CheckConstraint(
                condition=Q(answer="") | Q(answered_at__isnull=False), name="matching_answers_know_when"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.answer or '–'}"


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
