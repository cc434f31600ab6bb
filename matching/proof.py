"""The proof of a run as a coordinator reads it: what was asked for, what was found, and that nothing better exists."""

from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from activity.models import Event
from matching.engine.assignment import COVERAGE, TOTAL, WORST_OFF
from matching.engine.pairs import DIRECT
from matching.formats import how_words, proven_words
from matching.models import MatchRun
from people.models import User
from programs.models.programs import Format

DEAREST = 10


class Proof:
    def __init__(self, run: MatchRun) -> None:
        self.run = run

    @cached_property
    def written(self) -> dict[str, Any]:
        return self.run.certificate

    @property
    def objective(self) -> str:
        """What was maximised, in words."""
        return {
            COVERAGE: _(
                "First as many people matched as possible; among such plans the greatest sum of fit."
            ),
            TOTAL: _("The greatest sum of fit, even if fewer people are matched."),
            WORST_OFF: _(
                "First as many people matched as possible; then the lowest fit of any pair as high as it can be;"
                " then the greatest sum of fit."
            ),
        }[self.run.objective]

    @property
    def gap(self) -> int:
        """How far the plan is at most from the best possible, in hundredths of a point."""
        return max((self.run.bound or 0) - (self.run.total or 0), 0)

    @property
    def people(self) -> int:
        return self.run.mentees + self.run.mentors

    @property
    def sentence(self) -> str:
        if self.run.is_proven:
            return proven_words(self.run)
        if self.gap:
            return _(
                "This run could not be proven to be the best. It keeps every rule, and is at most %(points)s points"
                " (%(share)s %%) below the best possible."
            ) % {"points": f"{self.gap / 100:,.2f}", "share": f"{100 * self.gap / (self.run.bound or 1):.2f}"}
        return _("This run could not be proven to be the best; it keeps every rule.")

    @property
    def how(self) -> str:
        return how_words(self.run)

    @property
    def average(self) -> str:
        """Of a group each mentee counts."""
        count = self.written.get("placed", 0) if self.run.format == Format.GROUP else self.run.pairs
        return f"{self.run.total / count / 100:.2f}" if count and self.run.total else "–"

    @property
    def dearest(self) -> list[dict[str, Any]]:
        """Where one more place would be worth most.  Prices of large runs are not the lowest possible: "at most"."""
        prices, bonus = self.written.get("prices", {}), self.written.get("bonus", 0)
        parts = self.written.get("parts", 1)
        if parts != 1 or "cover" not in self.written:  # prices of peers and groups are not those of places
            return []
        best = sorted(prices.items(), key=lambda entry: (-entry[1], entry[0]))[:DEAREST]
        people = {
            person.public_id: person
            for person in User.objects.filter(public_id__in=[name for name, _price in best]).select_related(
                "profile"
            )
        }
        return [
            {
                "person": people.get(name),
                "places_somebody": bool(bonus) and price > bonus // 2,
                "points": price - bonus if bonus and price > bonus // 2 else price,
            }
            for name, price in best
            if price > 0
        ]

    @property
    def is_exact(self) -> bool:
        """The prices say what a place would add, not only what it would add at most."""
        return self.run.mentees * self.run.mentors <= DIRECT

    @property
    def versions(self) -> list[tuple[str, str]]:
        made = self.written.get("made_with", {})
        return [(_("Engine"), self.run.algorithm), *sorted(made.items())]

    @property
    def hashes(self) -> list[tuple[str, str]]:
        return [
            (_("Snapshot: people, rules, weights"), in_eights(self.run.snapshot_hash)),
            (_("Proof"), in_eights(self.written.get("digest", ""))),
        ]

    @cached_property
    def last_check(self) -> Event | None:
        """The newest stamp of somebody who had the proof checked again."""
        checks = Event.objects.about(self.run).filter(verb="match_run.checked")
        return checks.select_related("by").newest_first().first()

    @property
    def check_words(self) -> str:
        found = self.last_check.details
        if not found["problems"]:
            return (
                _("Everything in it holds.")
                if found["proven"]
                else _("It holds, and proves no more than it says.")
            )
        return ngettext(
            "%(count)s thing in it does not hold. Do not publish this run; run the matching again.",
            "%(count)s things in it do not hold. Do not publish this run; run the matching again.",
            found["problems"],
        ) % {"count": found["problems"]}


def in_eights(text: str) -> str:
    """A hash that can be compared by eye, and broken over lines."""
    return " ".join(text[at : at + 8] for at in range(0, len(text), 8))
