"""SMART goals, their steps, how they go, and what was changed after both had agreed."""

from datetime import date

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.crypto import EncryptedJSONField, EncryptedTextField
from core.ids import new_public_id
from relationships import smart
from relationships.models.relationships import Relationship


class GoalQuerySet(models.QuerySet):
    def visible_to(self, person) -> "GoalQuerySet":
        """One's own, and those that a partner shares.  Twin of ``GOAL_RULES["view_goal"]``."""
        mine = Relationship.objects.of_member(person)
        return self.filter(Q(owner=person) | Q(relationship__in=mine, visibility=Goal.Visibility.BOTH))

    def shared(self) -> "GoalQuerySet":
        return self.filter(visibility=Goal.Visibility.BOTH)

    def agreed(self) -> "GoalQuerySet":
        return self.filter(state__in=AGREED_STATES)

    def unfinished(self) -> "GoalQuerySet":
        return self.exclude(state__in=FINAL_STATES)

    def waiting_for_owner(self) -> "GoalQuerySet":
        """Not closed, and not waiting for the other to confirm it."""
        return self.unfinished().filter(claimed_at=None)

    def with_steps(self) -> "GoalQuerySet":
        return self.select_related("owner").prefetch_related("milestones")


class Goal(models.Model):
    """``state`` is written by ``relationships.actions`` alone.  On track and at risk are derived, not stored."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PROPOSED = "proposed", _("Proposed")
        AGREED = "agreed", _("Agreed")
        IN_PROGRESS = "in_progress", _("In progress")
        ACHIEVED = "achieved", _("Achieved")
        PARTLY_ACHIEVED = "partly_achieved", _("Partly achieved")
        NOT_ACHIEVED = "not_achieved", _("Not achieved")
        DROPPED = "dropped", _("Dropped")
        CARRIED_OVER = "carried_over", _("Carried over")

    class Visibility(models.TextChoices):
        BOTH = "both", _("Both of you")
        ONLY_ME = "only_me", _("Only me")

    class Category(models.TextChoices):
        CAREER = "career", _("Career")
        LEADERSHIP = "leadership", _("Leadership")
        SKILL = "skill", _("A skill")
        PERSONAL = "personal", _("Personal")
        NETWORK = "network", _("Network")
        ONBOARDING = "onboarding", _("Settling in")
        OTHER = "other", _("Something else")

    class Measure(models.TextChoices):
        NUMBER = "number", _("A number")
        LEVEL = "level", _("A level from 1 to 5")
        YES_NO = "yes_no", _("Done or not done")

    public_id = models.CharField(max_length=8, unique=True, default=new_public_id, editable=False)
    relationship = models.ForeignKey(Relationship, models.CASCADE, related_name="goals")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="goals")
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT)
    visibility = models.CharField(max_length=10, choices=Visibility, default=Visibility.BOTH)
    category = models.CharField(_("kind of goal"), max_length=20, choices=Category, default=Category.SKILL)
    title = EncryptedTextField(_("goal"), bound_to="public_id")
    specific = EncryptedTextField(_("what will be different"), blank=True, bound_to="public_id")
    measure = models.CharField(_("how you will know"), max_length=10, choices=Measure, default=Measure.YES_NO)
    baseline = models.DecimalField(_("today"), max_digits=12, decimal_places=2, null=True, blank=True)
    target = models.DecimalField(_("target"), max_digits=12, decimal_places=2, null=True, blank=True)
    unit = models.CharField(_("unit"), max_length=40, blank=True)
    evidence = EncryptedTextField(_("what you will both see"), blank=True, bound_to="public_id")
    first_step = EncryptedTextField(_("first step"), blank=True, bound_to="public_id")
    resources = EncryptedTextField(_("what you need"), blank=True, bound_to="public_id")
    confidence = models.PositiveSmallIntegerField(
        _("how sure are you"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(10)]
    )
    relevance = EncryptedTextField(_("why it matters"), blank=True, bound_to="public_id")
    due_on = models.DateField(_("until"), null=True, blank=True)
    continues_after = models.BooleanField(_("goes on after the program"), default=False)
    progress = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(100)])
    revision = models.PositiveSmallIntegerField(default=1)
    smart_parts = models.PositiveSmallIntegerField(default=0)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    proposed_at = models.DateTimeField(null=True, blank=True)
    agreed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    agreed_at = models.DateTimeField(null=True, blank=True)
    # The owner says that it is achieved, without evidence: then the other is asked to confirm.
    claimed_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=0)

    objects = GoalQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(visibility="both") | Q(agreed_at=None),
                name="relationships_agreed_goals_are_shared",
            ),
            models.CheckConstraint(
                condition=Q(proposed_by=None) | Q(agreed_by=None) | ~Q(proposed_by=models.F("agreed_by")),
                name="relationships_goals_are_agreed_by_the_other",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def is_shared(self) -> bool:
        return self.visibility == self.Visibility.BOTH

    @property
    def is_closed(self) -> bool:
        return self.state in FINAL_STATES

    @property
    def is_agreed(self) -> bool:
        return self.state in AGREED_STATES

    # The steps are few and prefetched by ``with_steps``: what follows asks nothing more.

    @property
    def steps(self) -> list["Milestone"]:
        return [step for step in self.milestones.all() if step.state != Milestone.State.DROPPED]

    @property
    def steps_done(self) -> int:
        return sum(step.state == Milestone.State.DONE for step in self.steps)

    @property
    def next_step(self) -> "Milestone | None":
        return next((step for step in self.steps if step.state == Milestone.State.OPEN), None)

    @property
    def way(self) -> int:
        """How far, 0 to 100."""
        return smart.way(self.progress, self._plain_steps)

    def is_at_risk(self, today: date) -> bool:
        """Only what both have agreed and not yet closed can be on its way, or behind."""
        if not self.is_agreed or self.is_closed or self.agreed_at is None:
            return False
        return smart.is_at_risk(
            agreed_on=timezone.localdate(self.agreed_at),
            due_on=self.due_on,
            progress=self.progress,
            steps=self._plain_steps,
            today=today,
        )

    @property
    def _plain_steps(self) -> list[smart.Step]:
        return [smart.Step(step.state == Milestone.State.DONE, step.due_on) for step in self.steps]


FINAL_STATES = frozenset(
    {
        Goal.State.ACHIEVED,
        Goal.State.PARTLY_ACHIEVED,
        Goal.State.NOT_ACHIEVED,
        Goal.State.DROPPED,
        Goal.State.CARRIED_OVER,
    }
)
AGREED_STATES = frozenset({Goal.State.AGREED, Goal.State.IN_PROGRESS}) | FINAL_STATES


class MilestoneQuerySet(models.QuerySet):
    def to_do(self) -> "MilestoneQuerySet":
        """Open, of a goal that is still worked on."""
        unfinished = Goal.objects.waiting_for_owner().values("pk")
        return self.filter(state=Milestone.State.OPEN, goal__in=unfinished)


class Milestone(models.Model):
    class State(models.TextChoices):
        OPEN = "open", _("Open")
        DONE = "done", _("Done")
        DROPPED = "dropped", _("Dropped")

    public_id = models.CharField(max_length=8, unique=True, default=new_public_id, editable=False)
    goal = models.ForeignKey(Goal, models.CASCADE, related_name="milestones")
    title = EncryptedTextField(_("step"), bound_to="public_id")
    due_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    done_at = models.DateTimeField(null=True, blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    objects = MilestoneQuerySet.as_manager()

    class Meta:
        ordering = ["order", "pk"]

    def __str__(self) -> str:
        return self.public_id


class GoalUpdate(models.Model):
    public_id = models.CharField(max_length=8, unique=True, default=new_public_id, editable=False)
    goal = models.ForeignKey(Goal, models.CASCADE, related_name="updates")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    percent = models.PositiveSmallIntegerField(validators=[MaxValueValidator(100)])
    value = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    note = EncryptedTextField(blank=True, bound_to="public_id")

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.percent} %"


class GoalRevision(models.Model):
    """The measurable part of a goal as it stood, each time it changed after both had agreed."""

    public_id = models.CharField(max_length=8, unique=True, default=new_public_id, editable=False)
    goal = models.ForeignKey(Goal, models.CASCADE, related_name="revisions")
    number = models.PositiveSmallIntegerField()
    content = EncryptedJSONField(default=dict, bound_to="public_id")
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["goal", "number"], name="relationships_revisions_are_numbered")
        ]

    def __str__(self) -> str:
        return f"r{self.number}"
