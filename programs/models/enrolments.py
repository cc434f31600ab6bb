"""A person's part in one cycle, in one role."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.crypto import EncryptedTextField
from core.ids import new_public_id
from programs.models.programs import Cycle, Format, Program
from programs.stages import MATCHABLE, TAKING_PART, EnrolmentState


class Role(models.TextChoices):
    MENTEE = "mentee", _("Mentee")
    MENTOR = "mentor", _("Mentor")
    PEER = "peer", _("Peer")


def roles_in(program: Program) -> tuple[Role, ...]:
    """In which roles people take part in a program of this format."""
    return (Role.PEER,) if program.format == Format.PEER else (Role.MENTEE, Role.MENTOR)


def places_of(enrolment: "Enrolment", program: Program) -> int:
    """How many relationships of the program this person can be in at once."""
    return places_for(enrolment.role, enrolment.capacity, program)


def places_for(role: str, capacity: int, program: Program) -> int:
    """A mentor as many as they offer, a mentee as many as the program lets one have, a peer one."""
    if role == Role.MENTOR:
        return capacity
    return program.rules.get("mentors_per_mentee", 1) if role == Role.MENTEE else 1


class EnrolmentQuerySet(models.QuerySet):
    def visible_to(self, person) -> "EnrolmentQuerySet":
        """One's own, and those of the programs one coordinates.  Twin of ``RULES["view_enrolment"]``."""
        coordinated = Program.objects.coordinated_by(person)
        return self.filter(Q(person=person) | Q(cycle__program__in=coordinated))

    def of_program(self, program) -> "EnrolmentQuerySet":
        return self.filter(cycle__program=program)

    def mentees(self) -> "EnrolmentQuerySet":
        return self.filter(role=Role.MENTEE)

    def mentors(self) -> "EnrolmentQuerySet":
        return self.filter(role=Role.MENTOR)

    def counted_by_role(self) -> dict[str, int]:
        """How many there are in each role, by the name of the role in the plural."""
        return self.aggregate(**{f"{role}s": models.Count("pk", Q(role=role)) for role in Role.values})

    def matchable(self) -> "EnrolmentQuerySet":
        return self.filter(state__in=MATCHABLE, paused_until=None, person__is_active=True)

    def taking_part(self) -> "EnrolmentQuerySet":
        return self.filter(state__in=TAKING_PART)

    def to_answer(self) -> "EnrolmentQuerySet":
        """Twin of the property ``is_to_answer``."""
        by_file = Q(state=EnrolmentState.ACCEPTED, answered_by_file=True)
        return self.filter(Q(state=EnrolmentState.INVITED) | by_file)

    def uninvited(self) -> "EnrolmentQuerySet":
        """On the list with an address, and never invited."""
        reachable = self.to_answer().filter(invited_at=None, person__is_active=True)
        return reachable.exclude(person__email=None)

    def with_people(self) -> "EnrolmentQuerySet":
        return self.select_related("person", "person__profile", "cycle", "cycle__program")


class Enrolment(models.Model):
    """``state`` is written by ``programs.actions`` alone."""

    class Source(models.TextChoices):
        INVITED = "invited", _("Invited")
        FILE = "file", _("From a file")
        LINK = "link", _("By the sign-up link")
        COORDINATOR = "coordinator", _("Added by the coordinator")

    public_id = models.CharField(max_length=8, unique=True, default=new_public_id, editable=False)
    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="enrolments")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="enrolments")
    role = models.CharField(max_length=10, choices=Role)
    state = models.CharField(max_length=20, choices=EnrolmentState, default=EnrolmentState.INVITED)
    source = models.CharField(max_length=20, choices=Source, default=Source.INVITED)
    capacity = models.PositiveSmallIntegerField(
        _("places"), default=1, validators=[MinValueValidator(0), MaxValueValidator(20)]
    )
    motivation = EncryptedTextField(_("motivation"), blank=True, bound_to="public_id")
    draft_goal = EncryptedTextField(_("a first goal"), blank=True, bound_to="public_id")
    removal_reason = EncryptedTextField(_("reason for the removal"), blank=True, bound_to="public_id")
    preferences = models.JSONField(default=dict, blank=True)
    progress = models.JSONField(default=dict, blank=True)
    answered_by_file = models.BooleanField(default=False)
    is_voluntary = models.BooleanField(default=True)

    # A link of an earlier invitation opens nothing once this has changed.
    invitation_nonce = models.CharField(max_length=8, default=new_public_id, editable=False)
    invited_at = models.DateTimeField(null=True, blank=True)
    invitation_opened_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    paused_until = models.DateField(null=True, blank=True)
    conduct_accepted_version = models.PositiveSmallIntegerField(null=True, blank=True)
    privacy_accepted_version = models.PositiveSmallIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    state_since = models.DateTimeField(default=timezone.now)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["cycle", "person", "role"], name="programs_enrolled_once_in_a_role"
            )
        ]
        indexes = [models.Index(fields=["cycle", "role", "state"], name="programs_enrolled")]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_role_display()}"

    @property
    def program(self) -> Program:
        return self.cycle.program

    @property
    def is_to_answer(self) -> bool:
        """Invited and not answered; or accepted on the word of a file, which the person has not seen yet."""
        by_file = self.state == EnrolmentState.ACCEPTED and self.answered_by_file
        return self.state == EnrolmentState.INVITED or by_file

    @property
    def has_declined(self) -> bool:
        """Said no to the invitation, without having taken part."""
        by_file = self.state == EnrolmentState.WITHDRAWN and self.answered_by_file
        return self.state == EnrolmentState.DECLINED or by_file

    @property
    def is_matchable(self) -> bool:
        return self.state in MATCHABLE and self.paused_until is None and self.person.is_active
