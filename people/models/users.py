"""The one person behind every role."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from activity.hours import Hours, zone_of
from core.ids import new_public_id


class UserQuerySet(models.QuerySet):
    def active(self) -> "UserQuerySet":
        return self.filter(is_active=True)

    def with_email(self) -> "UserQuerySet":
        return self.exclude(email=None)

    def known_as(self, email: str) -> "UserQuerySet":
        return self.filter(email__iexact=email)


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    use_in_migrations = False

    def get_by_natural_key(self, email: str) -> "User":
        return self.get(email__iexact=email)


class User(AbstractBaseUser, PermissionsMixin):
    """A person of the organisation.  People from the HR file may have no address, and no password until they join."""

    class Theme(models.TextChoices):
        AUTO = "auto", _("As my device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    public_id = models.CharField(max_length=8, unique=True, default=new_public_id, editable=False)
    email = models.EmailField(_("email address"), null=True, blank=True, unique=True)
    full_name = models.CharField(_("full name"), max_length=150)
    called = models.CharField(_("what should we call you?"), max_length=60, blank=True)
    zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    zone_confirmed = models.BooleanField(default=False)
    language = models.CharField(_("language"), max_length=10, default="en")
    theme = models.CharField(_("theme"), max_length=5, choices=Theme, default=Theme.AUTO)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    left_at = models.DateTimeField(null=True, blank=True)
    scim_id = models.CharField(max_length=254, blank=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["full_name"]

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="people_one_person_per_address"),
            models.UniqueConstraint(
                fields=["scim_id"], condition=~Q(scim_id=""), name="people_one_person_per_directory_entry"
            ),
        ]
        indexes = [models.Index(fields=["full_name"], name="people_by_name")]

    def __str__(self) -> str:
        return self.full_name

    @property
    def short_name(self) -> str:
        """What others call this person: the chosen word, else the first word of the name."""
        return self.called or (self.full_name.split() or [""])[0]

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.short_name

    @property
    def letter_hours(self) -> Hours:
        """When this person may be written to about what can wait."""
        profile = getattr(self, "profile", None)
        if profile is None:
            return Hours(zone_of(self))
        return Hours(
            zone_of(self),
            profile.working_days,
            profile.quiet_from,
            profile.quiet_until,
            profile.rests_in,
        )
