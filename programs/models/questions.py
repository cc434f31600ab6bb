"""What people are asked when they join, and what they answered.  Each question says who reads its answer."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.crypto import EncryptedJSONField
from core.ids import new_public_id
from programs.models.enrolments import Enrolment
from programs.models.programs import Program


class QuestionQuerySet(models.QuerySet):
    def with_answers_counted(self) -> "QuestionQuerySet":
        return self.annotate(answered=models.Count("answers"))


class Question(models.Model):
    """A question of one program.  With a ``field`` the answer goes to the profile or the enrolment; without, it is
    kept as an ``Answer``."""

    class For(models.TextChoices):
        EVERYBODY = "everybody", _("Everybody")
        MENTEES = "mentees", _("Mentees")
        MENTORS = "mentors", _("Mentors")

    class Kind(models.TextChoices):
        FIELD = "field", _("Built in")
        TEXT = "text", _("A few words")
        CHOICE = "choice", _("One of several")
        CHOICES = "choices", _("Several of several")

    class Readers(models.TextChoices):
        MATCHING = "matching", _("The coordinator, for matching")
        PARTNER = "partner", _("Your mentoring partner and the coordinator")
        COORDINATOR = "coordinator", _("The coordinator")

    public_id = models.CharField(max_length=8, unique=True, default=new_public_id, editable=False)
    program = models.ForeignKey(Program, models.CASCADE, related_name="questions")
    order = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.FIELD)
    field = models.CharField(max_length=40, blank=True)
    text = models.CharField(_("question"), max_length=200)
    hint = models.CharField(_("hint"), max_length=300, blank=True)
    options = models.JSONField(default=list, blank=True)
    asked_of = models.CharField(max_length=10, choices=For, default=For.EVERYBODY)
    readers = models.CharField(max_length=12, choices=Readers, default=Readers.MATCHING)
    is_required = models.BooleanField(default=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["order", "pk"]

    def __str__(self) -> str:
        return self.text


class Answer(models.Model):
    public_id = models.CharField(max_length=8, unique=True, default=new_public_id, editable=False)
    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, models.CASCADE, related_name="answers")
    content = EncryptedJSONField(default=dict, bound_to="public_id")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "question"], name="programs_one_answer_a_question")
        ]

    def __str__(self) -> str:
        return self.public_id
