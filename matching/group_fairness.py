"""The figures of a run of groups, as its coordinators read them."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from matching.fairness import Fairness, Words


class GroupFairness(Fairness):
    @property
    def nothing_yet(self) -> str:
        return _("Room")

    @property
    def words(self) -> Words:
        return Words(
            first=_("Mentee"),
            second=_("Group led by"),
            first_has=_("Mentee has"),
            second_has=_("Weakest in it"),
            heading=_("The plan is the best for all together; here a mentee and a group would both gain."),
            stable=_("Nobody would: the plan is stable"),
            people=_("Mentees"),
            share=_("Share placed"),
            first_by_fit=_(
                "Of all groups the rules allow for a mentee, open or not, how many fit better than the one of the "
                "plan; none is first."
            ),
            would_rather=_(
                "A mentee fits a group that takes place better than the one they are in, and the group has room or "
                "would fit better with them than with its weakest member. What becomes of the group they would leave "
                "is not counted."
            ),
            share_matched=_("Mentees in a group of this run, of all mentees in it."),
        )

    @property
    def ledger(self) -> list[dict[str, Any]]:
        first, worst, rather, _places = super().ledger
        hosts = sum(groups for _most, _size, groups in self.kept["load"])
        opened = sum(groups for _most, size, groups in self.kept["load"] if size)
        return [
            {**first, "note": _("Mentees in the group that fits them best of all possible ones")},
            {**worst, "label": _("Worst-off member")},
            {**rather, "note": _("Mentees and groups who would both fit better with each other")},
            {
                "label": _("Groups that take place"),
                "big": opened,
                "small": _("of %(all)s") % {"all": hosts},
                "bar": {"value": opened, "top": hosts},
                "note": ngettext(
                    "%(count)s group stays closed", "%(count)s groups stay closed", hosts - opened
                ) % {"count": hosts - opened},
            },
        ]  # fmt: skip

    @property
    def ranks_words(self) -> tuple[str, str]:
        return (
            _("Which group mentees got, by fit"),
            _("%(near)s of %(all)s mentees are in one of the three groups that fit them best."),
        )

    @property
    def sizes(self) -> list[tuple[str, int]]:
        return [
            (str(size) if size else _("Closed"), groups) for _most, size, groups in sorted(self.kept["load"])
        ]
