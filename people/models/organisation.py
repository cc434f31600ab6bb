"""The one organisation of an installation, its places, its units, and who holds a role for all of it."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class OrganisationManager(models.Manager):
    def current(self) -> "Organisation":
        """The settings row; it is made with its defaults the first time somebody asks."""
        return self.get_or_create(pk=1)[0]


class Organisation(models.Model):
    """Settings of the installation.  There is one row (see the constraint)."""

    name = models.CharField(_("name"), max_length=120, default="Mentorship")
    accent = models.CharField(_("accent colour"), max_length=7, blank=True)
    logo = models.FileField(_("logo"), upload_to="organisation", blank=True)
    zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    language = models.CharField(_("language"), max_length=10, default="en")
    smallest_group = models.PositiveSmallIntegerField(
        _("smallest group shown"), default=5, validators=[MinValueValidator(5)]
    )
    retention = models.JSONField(default=dict, blank=True)
    # Levels, the lowest first, each a list of the grades on it: [["Clerk"], ["Lead", "Senior clerk"]].
    grades = models.JSONField(default=list, blank=True)

    objects = OrganisationManager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="people_one_organisation"),
            models.CheckConstraint(
                condition=Q(smallest_group__gte=5), name="people_smallest_group_can_only_be_raised"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Site(models.Model):
    name = models.CharField(max_length=120, unique=True)
    zone = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class OrgUnit(models.Model):
    name = models.CharField(max_length=120, unique=True)
    parent = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="children")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class OrganisationRoleQuerySet(models.QuerySet):
    def current(self) -> "OrganisationRoleQuerySet":
        return self.filter(ended_at=None)


class OrganisationRole(models.Model):
    """A role for the whole organisation.  Roles in one program stand in ``programs``."""

    class Role(models.TextChoices):
        HR_ADMIN = "hr_admin", _("HR admin")
        ADMINISTRATOR = "administrator", _("Administrator")

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="organisation_roles")
    role = models.CharField(max_length=20, choices=Role)
    given_at = models.DateTimeField(default=timezone.now)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = OrganisationRoleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "role"], condition=Q(ended_at=None), name="people_each_role_held_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_role_display()}"
