"""The relationship and the people in it."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Case, DateTimeField, ExpressionWrapper, F, Q, Value, When
from django.db.models.functions import Cast, Coalesce, Greatest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.ids import new_public_id
from programs.models import Cycle, Enrolment, Program
from programs.models.enrolments import Role
from programs.models.programs import COORDINATING, Format, Mode
from relationships.stages import ALIVE, FINAL, Stage, Status

FIRST_MEETING_WITHIN = timedelta(days=21)
# Silence in cadences: after the first the two are asked, after the second their coordinator sees it.
NUDGED_AFTER, SEEN_AFTER = 1.5, 2


def _later(moment: str, by) -> ExpressionWrapper:
    return ExpressionWrapper(F(moment) + by, output_field=DateTimeField())


class RelationshipQuerySet(models.QuerySet):
    def visible_to(self, person) -> "RelationshipQuerySet":
        """The rows for which ``RULES["view"]`` says yes; a test keeps the two in step."""
        mine = RelationshipMember.objects.present().filter(person=person).values("relationship")
        coordinated = Program.objects.coordinated_by(person)
        return self.filter(Q(pk__in=mine) | Q(program__in=coordinated))

    def of_member(self, person) -> "RelationshipQuerySet":
        mine = RelationshipMember.objects.present().filter(person=person)
        return self.filter(pk__in=mine.values("relationship"))

    def left_by(self, person) -> "RelationshipQuerySet":
        """Groups that went on when this person left them."""
        left = RelationshipMember.objects.gone().filter(person=person)
        return self.filter(pk__in=left.values("relationship"))

    def alive(self) -> "RelationshipQuerySet":
        return self.filter(status__in=ALIVE)

    def open(self) -> "RelationshipQuerySet":
        """Active or paused and before the formal end: what metrics call open (domain 4.4)."""
        return self.filter(status__in=[Status.ACTIVE, Status.PAUSED], formal_end_at=None)

    def begun(self) -> "RelationshipQuerySet":
        return self.exclude(activated_at=None)

    def with_silence(self, cadences: float = NUDGED_AFTER) -> "RelationshipQuerySet":
        """Adds ``silent_from``, since when nothing was held, and ``check_in_at``, when that is too long."""
        met, resumed = Coalesce("last_met_at", "activated_at"), Coalesce("resumed_at", "activated_at")
        rhythm = Cast("cadence_days", models.IntegerField()) * Value(timedelta(days=1) * cadences)
        return self.annotate(silent_from=Greatest(met, resumed)).annotate(
            check_in_at=Case(
                When(last_met_at=None, then=_later("silent_from", Value(FIRST_MEETING_WITHIN))),
                default=_later("silent_from", ExpressionWrapper(rhythm, models.DurationField())),
            )
        )

    def silent(self, now: datetime, cadences: float = NUDGED_AFTER) -> "RelationshipQuerySet":
        """Active, and nothing held for that many cadences, or no first meeting in 21 days."""
        return self.active().with_silence(cadences).filter(check_in_at__lte=now)

    def quiet(self, now: datetime, cadences: float = NUDGED_AFTER) -> "RelationshipQuerySet":
        """Silent, and no meeting stands in the calendar."""
        return self.silent(now, cadences).exclude(next_meeting_at__gt=now)

    def active(self) -> "RelationshipQuerySet":
        """Those in which meetings are expected now."""
        return self.filter(status=Status.ACTIVE, formal_end_at=None)

    def unsigned_since(self, when: datetime) -> "RelationshipQuerySet":
        """Active since before ``when`` and without an agreement in force."""
        return (
            self.active()
            .filter(activated_at__lt=when)
            .exclude(agreements__state__in=["in_force", "review_due"])
        )

    def without_goal_since(self, when: datetime) -> "RelationshipQuerySet":
        """Active since before ``when`` and without a goal that both agreed on."""
        return self.active().filter(activated_at__lt=when).exclude(goals__agreed_at__isnull=False)

    def paused_beyond(self, day: date) -> "RelationshipQuerySet":
        """Still paused on ``day``, when they should have gone on."""
        return self.filter(status=Status.PAUSED, paused_until__lt=day)

    def beyond_planned_end(self, day: date) -> "RelationshipQuerySet":
        return self.active().filter(planned_end_on__lt=day)

    def asking_coordinator(self) -> "RelationshipQuerySet":
        """One member asked to move on, and the other has not answered for a fortnight."""
        unanswered = Q(move_requests__state="lapsed", move_requests__answered_at__gte=F("stage_since"))
        return self.active().filter(unanswered).distinct()

    def with_members(self) -> "RelationshipQuerySet":
        """For pages of the members themselves, who have no need of the coordinators."""
        members = RelationshipMember.objects.select_related("person", "person__profile")
        return self.select_related("program").prefetch_related(models.Prefetch("members", members))

    def with_people(self) -> "RelationshipQuerySet":
        return self.select_related("program", "cycle").prefetch_related(
            models.Prefetch(
                "members", RelationshipMember.objects.select_related("person", "person__profile")
            ),
            models.Prefetch(
                "program__roles",
                Program.roles.rel.related_model.objects.filter(
                    ended_at=None, role__in=COORDINATING
                ).select_related("person"),
                to_attr="coordinating_roles",
            ),
        )


class Relationship(models.Model):
    """``status`` and ``stage`` are written by ``relationships.actions.move`` alone."""

    class Origin(models.TextChoices):
        MATCHED = "matched", _("Matched")
        MENTEE_CHOICE = "mentee_choice", _("Chosen by the mentee")
        MENTOR_CHOICE = "mentor_choice", _("Chosen by the mentor")
        COORDINATOR = "coordinator", _("Made by the coordinator")
        SELF_INITIATED = "self_initiated", _("Began by itself")
        FLASH_CONVERSION = "flash_conversion", _("From a single meeting")
        RENEWAL = "renewal", _("Renewed")
        REMATCH = "rematch", _("Matched again")

    class Outcome(models.TextChoices):
        RENEWED_FORMAL = "renewed_formal", _("A new mentoring relationship")
        SPONSOR_OR_ADVOCATE = "sponsor_or_advocate", _("Sponsor or advocate")
        REVERSED_ROLES = "reversed_roles", _("Reversed roles")
        INFORMAL_CONTINUES = "informal_continues", _("Going on informally")
        PEER_COLLEAGUES = "peer_colleagues", _("Peers and colleagues")
        OCCASIONAL_CONTACT = "occasional_contact", _("Occasional contact")
        ENDED_WITH_THANKS = "ended_with_thanks", _("Ended with thanks")
        NONE_RECORDED = "none_recorded", _("Nothing recorded")

    public_id = models.CharField(max_length=8, unique=True, default=new_public_id, editable=False)
    program = models.ForeignKey(Program, models.PROTECT, related_name="relationships")
    cycle = models.ForeignKey(Cycle, models.PROTECT, null=True, blank=True, related_name="relationships")
    format = models.CharField(max_length=20, choices=Format, default=Format.ONE_TO_ONE)
    mode = models.CharField(max_length=20, choices=Mode, default=Mode.HYBRID)
    origin = models.CharField(max_length=20, choices=Origin, default=Origin.MATCHED)
    status = models.CharField(max_length=20, choices=Status, default=Status.PENDING)
    stage = models.CharField(max_length=20, choices=Stage, default=Stage.NONE, blank=True)
    stage_since = models.DateTimeField(default=timezone.now)
    # "mentor:mentee" of a one-to-one relationship, and of peers both keys in order, so that the database itself
    # refuses a second open one.
    pair_key = models.CharField(max_length=60, blank=True)
    previous = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="renewals")

    zone = models.CharField(max_length=64, default="UTC")
    cadence_days = models.PositiveSmallIntegerField(default=28)
    meeting_minutes = models.PositiveSmallIntegerField(default=45)
    created_at = models.DateTimeField(default=timezone.now)
    activated_at = models.DateTimeField(null=True, blank=True)
    planned_start_on = models.DateField(null=True, blank=True)
    separation_on = models.DateField(null=True, blank=True)
    planned_end_on = models.DateField(null=True, blank=True)
    # The moment of entering redefinition or of ending early: capacity is free, reminders stop (domain 4.4).
    formal_end_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    paused_until = models.DateField(null=True, blank=True)
    # Silence is not counted through a pause.
    resumed_at = models.DateTimeField(null=True, blank=True)
    nudged_at = models.DateTimeField(null=True, blank=True)
    # The latest meeting that counts as held; kept by the deeds about meetings.
    last_met_at = models.DateTimeField(null=True, blank=True)
    next_meeting_at = models.DateTimeField(null=True, blank=True)
    reporting_line_since = models.DateTimeField(null=True, blank=True)
    redefined_as = models.CharField(max_length=30, choices=Outcome, blank=True)
    version = models.PositiveIntegerField(default=0)

    objects = RelationshipQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["cycle", "pair_key"],
                condition=~Q(pair_key="") & ~Q(status__in=sorted(FINAL)),
                name="relationships_one_alive_per_pair_and_cycle",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[Status.PENDING, Status.CANCELLED], stage=Stage.NONE)
                | (~Q(status__in=[Status.PENDING, Status.CANCELLED]) & ~Q(stage=Stage.NONE)),
                name="relationships_have_a_stage_once_begun",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[Status.PENDING, Status.CANCELLED]) | Q(activated_at__isnull=False),
                name="relationships_begun_ones_know_when",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[Status.COMPLETED, Status.ENDED_EARLY])
                | Q(ended_at__isnull=False, formal_end_at__isnull=False),
                name="relationships_ended_ones_know_when",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.PAUSED) | Q(paused_until__isnull=False),
                name="relationships_a_pause_has_an_end",
            ),
        ]
        indexes = [
            models.Index(fields=["program", "status", "stage"], name="relationships_by_stage"),
            models.Index(fields=["status", "last_met_at"], name="relationships_by_last_met"),
        ]

    def __str__(self) -> str:
        return self.public_id

    def get_absolute_url(self) -> str:
        return reverse("relationships:detail", args=[self.public_id])

    # Members are few and prefetched by ``with_people``: these properties read that list and ask nothing more.

    @property
    def present(self) -> "list[RelationshipMember]":
        """Who is in it, and was to the end if it has ended.  Twin of ``RelationshipMember.objects.present``."""
        return [
            member
            for member in self.members.all()
            if member.left_at is None or (self.ended_at is not None and member.left_at >= self.ended_at)
        ]

    @property
    def too_small_since(self) -> datetime | None:
        """When somebody's leaving made a group smaller than its program wants groups to be."""
        if self.format != Format.GROUP:
            return None
        joined = [member for member in self.members.all() if member.role != Role.MENTOR]
        still = [member for member in self.present if member.role != Role.MENTOR]
        left = sorted(member.left_at for member in joined if member not in still)
        missing = self.program.fewest_in_group - len(still)
        return left[-min(missing, len(left))] if left and missing > 0 else None

    @property
    def people(self) -> list:
        return [member.person for member in self.present]

    @property
    def mentor(self):
        return next((m.person for m in self.present if m.role == Role.MENTOR), None)

    @property
    def mentee(self):
        return next((m.person for m in self.present if m.role == Role.MENTEE), None)

    def has_member(self, person) -> bool:
        return any(member.person_id == person.pk for member in self.present)

    def member(self, person) -> "RelationshipMember | None":
        return next((member for member in self.present if member.person_id == person.pk), None)

    def others(self, person) -> list:
        """The other people in the relationship, seen from ``person``."""
        return [member.person for member in self.present if member.person_id != person.pk]

    def partner_of(self, person):
        return next(iter(self.others(person)), None)

    @property
    def coordinators(self) -> list:
        roles = getattr(self.program, "coordinating_roles", None)
        if roles is None:
            roles = self.program.roles.filter(ended_at=None, role__in=COORDINATING).select_related("person")
        return [role.person for role in roles]

    def is_coordinated_by(self, person) -> bool:
        return any(coordinator.pk == person.pk for coordinator in self.coordinators)

    @property
    def silent_since(self) -> datetime | None:
        """Since when nothing was held; a pause is no silence.  Twin of the annotation ``silent_from``."""
        moments = [self.last_met_at or self.activated_at, self.resumed_at]
        return max((moment for moment in moments if moment), default=None)

    @property
    def is_alive(self) -> bool:
        return self.status in ALIVE

    @property
    def is_open(self) -> bool:
        return self.status in (Status.ACTIVE, Status.PAUSED) and self.formal_end_at is None


class RelationshipMemberQuerySet(models.QuerySet):
    def present(self) -> "RelationshipMemberQuerySet":
        """Who is in it, and was to the end if it has ended."""
        return self.filter(Q(left_at=None) | Q(left_at__gte=F("relationship__ended_at")))

    def gone(self) -> "RelationshipMemberQuerySet":
        """Who left a group that went on."""
        went_on = Q(relationship__ended_at=None) | Q(left_at__lt=F("relationship__ended_at"))
        return self.filter(went_on, left_at__isnull=False)

    def taking_a_place(self) -> "RelationshipMemberQuerySet":
        """In a relationship that counts against the capacity: alive, and not formally ended."""
        return self.present().filter(relationship__status__in=ALIVE, relationship__formal_end_at=None)


class RelationshipMember(models.Model):
    relationship = models.ForeignKey(Relationship, models.CASCADE, related_name="members")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)
    enrolment = models.ForeignKey(
        Enrolment, models.SET_NULL, null=True, blank=True, related_name="memberships"
    )
    joined_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    # When this person last looked at the relationship: what is new since then is marked.
    seen_at = models.DateTimeField(null=True, blank=True)
    wants_rematch = models.BooleanField(null=True, blank=True)

    objects = RelationshipMemberQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["relationship", "person"], name="relationships_each_member_once")
        ]

    def __str__(self) -> str:
        return f"{self.person} ({self.get_role_display()})"
