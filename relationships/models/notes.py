"""What people write down.  A shared note is read by the members, a private one by its author alone."""

from django.conf import settings
from django.db import models

from core.crypto import EncryptedTextField
from core.ids import new_public_id
from relationships.models.meetings import Meeting
from relationships.models.relationships import Relationship


class SharedNoteQuerySet(models.QuerySet):
    def visible_to(self, person) -> "SharedNoteQuerySet":
        """Twin of ``NOTE_RULES["read_note"]``, as its sister below is."""
        return self.filter(relationship__in=Relationship.objects.of_member(person))


class SharedNote(models.Model):
    public_id = models.CharField(max_length=8, unique=True, default=new_public_id, editable=False)
    relationship = models.ForeignKey(Relationship, models.CASCADE, related_name="shared_notes")
    meeting = models.ForeignKey(Meeting, models.SET_NULL, null=True, blank=True, related_name="shared_notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    body = EncryptedTextField(bound_to="public_id")
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True, blank=True)
    edited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    version = models.PositiveIntegerField(default=0)

    objects = SharedNoteQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]

    def __str__(self) -> str:
        return self.public_id

    @property
    def is_shared(self) -> bool:
        return True


class PrivateNoteQuerySet(models.QuerySet):
    def visible_to(self, person) -> "PrivateNoteQuerySet":
        return self.filter(author=person)


class PrivateNote(models.Model):
    public_id = models.CharField(max_length=8, unique=True, default=new_public_id, editable=False)
    relationship = models.ForeignKey(Relationship, models.CASCADE, related_name="private_notes")
    meeting = models.ForeignKey(Meeting, models.SET_NULL, null=True, blank=True, related_name="private_notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    body = EncryptedTextField(bound_to="public_id")
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=0)

    objects = PrivateNoteQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]

    def __str__(self) -> str:
        return self.public_id

    @property
    def is_shared(self) -> bool:
        return False
