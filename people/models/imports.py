"""A file of people on its way in: read, mapped, examined, applied, and taken back."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.crypto import EncryptedJSONField
from core.ids import new_public_id


class PeopleImportQuerySet(models.QuerySet):
    def newest_first(self) -> "PeopleImportQuerySet":
        return self.order_by("-created_at", "-pk")


class PeopleImport(models.Model):
    """``table`` holds the file's cells until it is applied or given up; ``before`` what undo puts back."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("Uploaded")
        EXAMINED = "examined", _("Looked at")
        APPLIED = "applied", _("Applied")
        UNDONE = "undone", _("Undone")
        GIVEN_UP = "given_up", _("Given up")

    public_id = models.CharField(max_length=8, unique=True, default=new_public_id, editable=False)
    scope = models.CharField(max_length=60, blank=True, db_index=True)
    file_name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State, default=State.UPLOADED)
    table = EncryptedJSONField(default=dict, bound_to="public_id")
    mapping = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    before = EncryptedJSONField(default=dict, bound_to="public_id")
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="people_imports")
    applied_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = PeopleImportQuerySet.as_manager()

    def __str__(self) -> str:
        return self.file_name
