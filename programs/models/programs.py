"""A program, its dated runs, what it is meant to achieve, and who looks after it."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.ids import new_public_id
from programs.stages import CycleState, ProgramState


class Format(models.TextChoices):
    ONE_TO_ONE = "one_to_one", _("One to one")
    PEER = "peer", _("Peer")
    GROUP = "group", _("Group")
    REVERSE = "reverse", _("Reverse")
    FLASH = "flash", _("Flash")
    INFORMAL = "informal", _("Informal")


class Mode(models.TextChoices):
    IN_PERSON = "in_person", _("In person")
    VIRTUAL = "virtual", _("By video or phone")
    HYBRID = "hybrid", _("Both")
    ASYNCHRONOUS = "asynchronous", _("In writing")


UNDER_WAY = (ProgramState.PUBLISHED, ProgramState.RUNNING, ProgramState.CLOSING)


# How large groups are where a program has said nothing else; so many mentees at least, or it does not begin.
USUAL_GROUP = {"fewest": 4, "most": 8, "mentors": 1}


class ProgramQuerySet(models.QuerySet):
    def coordinated_by(self, person) -> "ProgramQuerySet":
        held = ProgramRole.objects.current().filter(person=person, role__in=COORDINATING)
        return self.filter(pk__in=held.values("program"))

    def visible_to(self, person) -> "ProgramQuerySet":
        """The programs whose own pages this person may open: those this person coordinates.

        Twin of ``RULES["view"]``."""
        return self.coordinated_by(person)

    def alive(self) -> "ProgramQuerySet":
        return self.exclude(state__in=[ProgramState.ARCHIVED, ProgramState.CANCELLED])

    def under_way(self) -> "ProgramQuerySet":
        """Published, and not over."""
        return self.filter(state__in=UNDER_WAY)


class Program(models.Model):
    """The scheme.  ``state`` is written by ``programs.actions`` alone."""

    public_id = models.CharField(max_length=8, unique=True, default=new_public_id, editable=False)
    title = models.CharField(_("name"), max_length=120)
    template = models.CharField(max_length=40, blank=True)
    format = models.CharField(max_length=20, choices=Format, default=Format.ONE_TO_ONE)
    mode = models.CharField(_("how people meet"), max_length=20, choices=Mode, default=Mode.HYBRID)
    state = models.CharField(max_length=20, choices=ProgramState, default=ProgramState.DRAFT)
    purpose = models.TextField(_("purpose"), blank=True)
    strategic_objective = models.TextField(_("objective it serves"), blank=True)
    audience = models.TextField(_("who it is for"), blank=True)
    eligibility = models.TextField(_("who can take part"), blank=True)
    zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    language = models.CharField(max_length=10, default="en")

    length_days = models.PositiveSmallIntegerField(
        _("length in days"), default=274, validators=[MinValueValidator(28), MaxValueValidator(1100)]
    )
    cadence_days = models.PositiveSmallIntegerField(
        _("days between meetings"), default=28, validators=[MinValueValidator(3), MaxValueValidator(120)]
    )
    meeting_minutes = models.PositiveSmallIntegerField(
        _("minutes a meeting"), default=45, validators=[MinValueValidator(10), MaxValueValidator(480)]
    )
    default_capacity = models.PositiveSmallIntegerField(
        _("mentees a mentor"), default=1, validators=[MinValueValidator(1), MaxValueValidator(10)]
    )
    offer_days = models.PositiveSmallIntegerField(
        _("days to answer an offer"), default=7, validators=[MinValueValidator(2), MaxValueValidator(30)]
    )
    weights = models.JSONField(default=dict, blank=True)
    rules = models.JSONField(default=dict, blank=True)
    stage_settings = models.JSONField(default=dict, blank=True)
    conduct = models.TextField(_("code of conduct"), blank=True)
    conduct_version = models.PositiveSmallIntegerField(default=1)
    privacy_notice = models.TextField(_("privacy notice"), blank=True)
    privacy_version = models.PositiveSmallIntegerField(default=1)
    tells_hr_who_is_paired = models.BooleanField(default=False)
    smallest_group = models.PositiveSmallIntegerField(default=5, validators=[MinValueValidator(5)])
    invitation_note = models.TextField(_("your own words in the invitation"), blank=True)
    tasks_done = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=0)

    objects = ProgramQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(smallest_group__gte=5), name="programs_smallest_group_can_only_be_raised"
            ),
            models.CheckConstraint(
                condition=Q(cadence_days__lte=F("length_days")), name="programs_meet_at_least_once"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def fewest_in_group(self) -> int:
        """How many mentees a group of this program has at least."""
        return self.rules.get("group", {}).get("fewest", USUAL_GROUP["fewest"])

    @property
    def scope(self) -> str:
        """The program's name in events, letters and jobs."""
        return f"programs.program:{self.pk}"

    @property
    def is_open_for_joining(self) -> bool:
        return self.state in (ProgramState.PUBLISHED, ProgramState.RUNNING)


class Outcome(models.Model):
    """What the program is meant to change, with a number before and a number to reach."""

    program = models.ForeignKey(Program, models.CASCADE, related_name="outcomes")
    metric = models.CharField(_("what changes"), max_length=200)
    baseline = models.CharField(_("today"), max_length=60, blank=True)
    target = models.CharField(_("target"), max_length=60)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "pk"]

    def __str__(self) -> str:
        return self.metric


class ProgramRoleQuerySet(models.QuerySet):
    def current(self) -> "ProgramRoleQuerySet":
        return self.filter(ended_at=None)


class ProgramRole(models.Model):
    """Who looks after a program.  Mentors and mentees are enrolments."""

    class Role(models.TextChoices):
        COORDINATOR = "coordinator", _("Coordinator")
        DEPUTY = "deputy", _("Deputy coordinator")
        SPONSOR = "sponsor", _("Sponsor")

    program = models.ForeignKey(Program, models.CASCADE, related_name="roles")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="program_roles")
    role = models.CharField(max_length=20, choices=Role)
    given_at = models.DateTimeField(default=timezone.now)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ProgramRoleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["program", "person", "role"],
                condition=Q(ended_at=None),
                name="programs_each_role_held_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_role_display()}"


COORDINATING = (ProgramRole.Role.COORDINATOR, ProgramRole.Role.DEPUTY)


class Cycle(models.Model):
    """One dated run of a program; hidden from people while a program has only one."""

    class Kind(models.TextChoices):
        COHORT = "cohort", _("All together")
        ROLLING = "rolling", _("All year round")

    public_id = models.CharField(max_length=8, unique=True, default=new_public_id, editable=False)
    program = models.ForeignKey(Program, models.CASCADE, related_name="cycles")
    number = models.PositiveSmallIntegerField(default=1)
    name = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.COHORT)
    state = models.CharField(max_length=20, choices=CycleState, default=CycleState.PLANNED)
    enrolment_opens_on = models.DateField(null=True, blank=True)
    enrolment_closes_on = models.DateField(_("answers until"), null=True, blank=True)
    matching_on = models.DateField(_("matching on"), null=True, blank=True)
    kick_off_on = models.DateField(_("start"), null=True, blank=True)
    planned_end_on = models.DateField(_("end"), null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["program", "number"], name="programs_cycles_are_numbered"),
            models.CheckConstraint(
                condition=Q(kick_off_on=None)
                | Q(planned_end_on=None)
                | Q(planned_end_on__gt=F("kick_off_on")),
                name="programs_cycle_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(enrolment_opens_on=None)
                | Q(enrolment_closes_on=None)
                | Q(enrolment_closes_on__gte=F("enrolment_opens_on")),
                name="programs_enrolment_closes_after_it_opens",
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(self.program)
