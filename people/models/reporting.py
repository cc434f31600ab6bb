"""Who reports to whom, dated.  Nobody is matched up or down their own line."""

from collections import defaultdict
from collections.abc import Iterable

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ReportingLineQuerySet(models.QuerySet):
    def current(self) -> "ReportingLineQuerySet":
        return self.filter(until=None)

    def above(self, people: Iterable[int]) -> dict[int, frozenset[int]]:
        """For each person every person above, however far up; a circle in the data ends the climb."""
        managers = defaultdict(set)
        for person, manager in self.current().values_list("person_id", "manager_id"):
            managers[person].add(manager)

        def climb(person: int) -> frozenset[int]:
            found: set[int] = set()
            edge = set(managers[person])
            while edge := edge - found:
                found |= edge
                edge = {above for manager in edge for above in managers.get(manager, ())}
            return frozenset(found - {person})

        return {person: climb(person) for person in people}


class ReportingLine(models.Model):
    class Kind(models.TextChoices):
        LINE = "line", _("Line manager")
        DOTTED = "dotted", _("Dotted line")
        APPRAISAL = "appraisal", _("Appraises")

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="lines_up")
    manager = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="lines_down")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.LINE)
    since = models.DateField(default=timezone.localdate)
    until = models.DateField(null=True, blank=True)

    objects = ReportingLineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(person=F("manager")), name="people_nobody_reports_to_oneself"
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(until=None, kind="line"),
                name="people_one_current_line_manager",
            ),
            models.UniqueConstraint(
                fields=["person", "manager", "kind"],
                condition=Q(until=None),
                name="people_each_current_line_once",
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="people_line_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} → {self.manager}"
