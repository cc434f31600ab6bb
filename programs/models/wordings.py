"""How the coordinators of a program want a kind of letter to begin and to end."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from programs.models.programs import Program

SUBJECT_LENGTH = 120
WORDS_LENGTH = 2000


class Wording(models.Model):
    """Put into the letter when it is sent.  What is left empty is said in the product's own words.

    `version` is counted up with each change, so that a form made from an earlier one is noticed.
    """

    program = models.ForeignKey(Program, models.CASCADE, related_name="wordings")
    kind = models.CharField(max_length=80)
    subject = models.CharField(_("subject"), max_length=SUBJECT_LENGTH, blank=True)
    opening = models.TextField(_("first words"), blank=True)
    closing = models.TextField(_("last words"), blank=True)
    language = models.CharField(_("written in"), max_length=10, default="en")
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["program", "kind"], name="programs_one_wording_of_a_kind_of_letter"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} in {self.program}"
