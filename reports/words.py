"""The names of figures, as page and file both say them."""

from django.utils.dates import MONTHS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports import metrics
from reports.metrics import Window

# Code of the measure, family of the release (with the month where it is of one), cell, words, cell of its n.
FIGURES = (
    ("M-04", "M-04 mentee", "rate", gettext_lazy("Mentees matched, share of those accepted"), "n"),
    ("M-04", "M-04 mentor", "rate", gettext_lazy("Mentors matched, share of those accepted"), "n"),
    ("M-08", "M-08", "open", gettext_lazy("Open relationships"), ""),
    ("M-08", "M-08", "paused", gettext_lazy("Of these paused"), ""),
    ("M-12", "M-12 {month}", "mean", gettext_lazy("Meetings a month, mean"), "n"),
    ("M-12", "M-12 {month}", "median", gettext_lazy("Meetings a month, median"), "n"),
    ("M-12", "M-12 {month}", "held", gettext_lazy("Meetings held"), "n"),
    ("M-12", "M-12 {month}", "hours", gettext_lazy("Hours of mentoring"), "n"),
    ("M-12", "M-12 {month}", "by_both", gettext_lazy("Meetings that both confirmed"), "n"),
    ("M-13", "M-13 {month}", "mean", gettext_lazy("Share of the agreed meetings that were held"), "n"),
    (
        "M-13",
        "M-13 {month}",
        "kept",
        gettext_lazy("Relationships that kept at least 75% of their rhythm"),
        "n",
    ),
)
STAGE_WORDS = {
    "initiation": gettext_lazy("Initiation"),
    "cultivation": gettext_lazy("Cultivation"),
    "separation": gettext_lazy("Separation"),
    metrics.PAUSED: gettext_lazy("Paused, in any stage"),
    metrics.REDEFINITION: gettext_lazy("Redefinition, formally over"),
}


def month_words(month: Window) -> str:
    return _("%(month)s %(year)s") % {"month": MONTHS[month.first.month], "year": month.first.year}
