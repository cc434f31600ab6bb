"""The figures of a run among peers, as its coordinators read them."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from matching.fairness import Fairness, Words


class PeerFairness(Fairness):
    @property
    def words(self) -> Words:
        return Words(
            first=_("One"),
            second=_("The other"),
            first_has=_("One has"),
            second_has=_("The other has"),
            heading=_(
                "The plan is the best for all together; these two would both fit better with each other."
            ),
            stable=_("Nobody would: the plan is stable"),
            people=_("People"),
            share=_("Share matched"),
            first_by_fit=_(
                "Of all partners the rules allow for somebody, how many fit better than the one of the plan; none is "
                "first. Both of a pair are counted."
            ),
            would_rather=_(
                "Two people the rules allow, whose fit is higher than that of the pairs both have now. Somebody "
                "without a partner would rather have any."
            ),
            share_matched=_("People with a partner in this run, of all people in it."),
        )

    @property
    def ledger(self) -> list[dict[str, Any]]:
        first, worst, rather, _places = super().ledger
        people, paired = self.places
        return [
            {**first, "note": _("People with the partner who fits them best of all possible ones")},
            worst,
            rather,
            {
                "label": _("With a partner"),
                "big": paired,
                "small": _("of %(all)s") % {"all": people},
                "bar": {"value": paired, "top": people},
                "note": ngettext(
                    "%(count)s person is without a partner",
                    "%(count)s people are without a partner",
                    people - paired,
                )
                % {"count": people - paired},
            },
        ]

    @property
    def ranks_words(self) -> tuple[str, str]:
        return (
            _("Whom people got, by fit"),
            _("%(near)s of %(all)s people have one of the three partners who fit them best."),
        )

    @property
    def load(self) -> list[dict[str, Any]]:
        """Everybody has one place; how many use it stands in the headline."""
        return []
