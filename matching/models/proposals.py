"""A proposal is one pair or group out of a run, offered to its members, who say yes or not this time."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import ExpressionWrapper, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.ids import new_public_id
from matching.models.decisions import PairDecision
from matching.models.runs import BULKY, MatchRun
from matching.stages import WAITING, ProposalState
from programs.models import Cycle, Enrolment, Program
from programs.models.enrolments import Role
from relationships.models import Relationship


def is_locked() -> Q:
    """Proposals of two people whose lock is in force, as a condition for filters and counts."""
    return Q(pk__in=PairDecision.objects.in_force().locks().proposals())


def is_allowed_in_writing() -> Q:
    """Proposals of two people for whom a coordinator has lifted a rule."""
    lifted = PairDecision.objects.in_force().filter(kind=PairDecision.Kind.OVERRIDE)
    return Q(pk__in=lifted.proposals())


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

    def with_locks(self) -> "ProposalQuerySet":
        """Each with ``is_locked``: the coordinators have decided that these two stay together."""
        return self.annotate(is_locked=ExpressionWrapper(is_locked(), models.BooleanField()))

    def to_weigh(self) -> "ProposalQuerySet":
        """For deciding which can be offered, and for offering them: of thousands of pairs neither evidence nor profiles
        are read, and the program once."""
        members = ProposalMember.objects.select_related("person", "enrolment").only(
            *("proposal", "role", "person__is_active", "person__email"),
            *("enrolment__state", "enrolment__capacity", "enrolment__paused_until"),
        )
        rows = self.defer("parts", "evidence", "warnings", "alternatives")
        return rows.prefetch_related("cycle__program", models.Prefetch("members", members))

    def with_people(self) -> "ProposalQuerySet":
        rows = self.select_related("cycle__program", "run").defer(*(f"run__{name}" for name in BULKY))
        return rows.prefetch_related(
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
    # A coordinator made or changed this pair after the run; its points are those of the same scoring.
    is_by_hand = models.BooleanField(default=False)
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

    # Of two peers the first stands where the mentee does, and the second where the mentor does.

    @property
    def mentor(self):
        return next((m.person for m in reversed(self.members.all()) if m.role != Role.MENTEE), None)

    @property
    def mentee(self):
        return next((m.person for m in self.members.all() if m.role != Role.MENTOR), None)

    @property
    def is_between_peers(self) -> bool:
        return any(member.role == Role.PEER for member in self.members.all())

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
