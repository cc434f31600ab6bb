"""Pairs that must not be made.  A private one is known to its author and to the matching alone."""

from collections.abc import Iterable

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ExclusionQuerySet(models.QuerySet):
    def in_force(self, now) -> "ExclusionQuerySet":
        return self.filter(Q(until=None) | Q(until__gt=now), since__lte=now)

    def among(self, people: Iterable[int]) -> "ExclusionQuerySet":
        people = list(people)
        return self.filter(author__in=people, other__in=people)


class Exclusion(models.Model):
    class Kind(models.TextChoices):
        NOT_THIS_PERSON = "not_this_person", _("Not this person")
        FAMILY = "family", _("Family or close friends")
        EARLIER_ENDED = "earlier_ended", _("Ended early before")
        SAFETY = "safety", _("Safety block")

    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="exclusions")
    other = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="excluded_by")
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.NOT_THIS_PERSON)
    since = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True, blank=True)

    objects = ExclusionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(author=F("other")), name="people_nobody_excludes_oneself"),
            models.UniqueConstraint(
                fields=["author", "other", "kind"],
                condition=Q(until=None),
                name="people_each_exclusion_once",
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
