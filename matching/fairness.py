"""The figures of a run as its coordinators read them: how stable it is, who got how much, and how evenly.

Pairs are told by name: coordinators may list them.  What is split by group follows the rule for few people
(``core.disclosure``): small groups are joined, and what few people stand behind is hidden."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core import disclosure
from core.charts import Step, Steps
from core.disclosure import Cell, Hidden, Reason, Shown
from matching.models import MatchRun
from people.models import Organisation, User
from people.parts import LANGUAGES
from programs.models import Program

SPLITS = {
    "function": gettext_lazy("Function"),
    "site": gettext_lazy("Place of work"),
    "grade": gettext_lazy("Level"),
    "languages": gettext_lazy("Languages"),
}
RANKS = ((1, 1), (2, 2), (3, 3), (4, 10), (11, 50))


def smallest_group(program: Program) -> int:
    return max(program.smallest_group, Organisation.objects.current().smallest_group)


@dataclass(frozen=True)
class Line:
    """One group of mentees."""

    label: str
    people: Cell
    rate: Cell
    mean: Cell


@dataclass(frozen=True)
class Split:
    name: str
    lines: list[Line]


@dataclass(frozen=True)
class Words:
    """What the page calls the two who would rather have each other, those who are counted, and how it counts."""

    first: str
    second: str
    first_has: str
    second_has: str
    heading: str
    stable: str
    people: str
    share: str
    first_by_fit: str
    would_rather: str
    share_matched: str


class Fairness:
    """Of a run of mentees with mentors; peers and groups say what differs."""

    nothing_yet = "–"

    def __init__(self, run: MatchRun, k: int) -> None:
        self.run, self.k, self.kept = run, k, run.figures

    @cached_property
    def names(self) -> dict[str, str]:
        """Everybody who is named on the page, in one query."""
        named = [*self.kept["blocking"]["pairs"], *self.kept["lowest"]]
        ids = {
            name for pair in named for end in pair[:2] for name in ([end] if isinstance(end, str) else end)
        }
        return dict(User.objects.filter(public_id__in=ids).values_list("public_id", "full_name"))

    @property
    def words(self) -> Words:
        return Words(
            first=_("Mentee"),
            second=_("Mentor"),
            first_has=_("Mentee has"),
            second_has=_("Mentor has"),
            heading=_(
                "The plan is the best for all together; these two would both fit better with each other."
            ),
            stable=_("Nobody would: the plan is stable"),
            people=_("Mentees"),
            share=_("Share matched"),
            first_by_fit=_(
                "Of all mentors the rules allow for a mentee, how many fit better than the one of the plan; none is "
                "first."
            ),
            would_rather=_(
                "A pair the rules allow, whose fit is higher than that of the pairs both have now. Somebody without a "
                "pair would rather have any."
            ),
            share_matched=_("Mentees with a mentor in this run, of all mentees in it."),
        )

    @property
    def ledger(self) -> list[dict[str, Any]]:
        places, used = self.places
        first = self.kept["ranks"].get("1", 0)
        pairs = sum(self.kept["ranks"].values())
        worst = self.kept["lowest"][0] if self.kept["lowest"] else None
        return [
            {
                "label": _("First by fit"),
                "big": first,
                "small": _("of %(all)s") % {"all": pairs},
                "bar": {"value": first, "top": pairs},
                "note": _("Mentees with the mentor who fits them best of all possible ones"),
            },
            {
                "label": _("Worst-off pair"),
                "big": fit(worst[2]) if worst else "–",
                "small": "",
                "note": self.names_of(worst) if worst else "",
            },
            {
                "label": _("Would both rather"),
                "big": self.kept["blocking"]["count"],
                "small": "",
                "note": _("Pairs not in the plan who both would fit better with each other"),
            },
            {
                "label": _("Places used"),
                "big": used,
                "small": _("of %(all)s") % {"all": places},
                "bar": {"value": used, "top": places},
                "note": self.idle_words,
            },
        ]

    @property
    def places(self) -> tuple[int, int]:
        load = self.kept["load"]
        return sum(p * n for p, _used, n in load), sum(used * n for _p, used, n in load)

    @property
    def idle_words(self) -> str:
        idle = sum(n for _places, used, n in self.kept["load"] if not used)
        return ngettext(
            "%(count)s mentor has nobody", "%(count)s mentors have nobody", idle
        ) % {"count": idle}  # fmt: skip

    @property
    def ranks(self) -> Steps:
        counted = {int(rank): count for rank, count in self.kept["ranks"].items()}
        pairs = sum(counted.values())
        steps = []
        for least, most in RANKS:
            if least > max(counted, default=1):
                break
            n = sum(count for rank, count in counted.items() if least <= rank <= most)
            words = (
                ordinal(least)
                if least == most
                else _("%(least)s to %(most)s") % {"least": least, "most": most}
            )
            steps.append(Step(words, n))
        beyond = sum(count for rank, count in counted.items() if rank > RANKS[-1][1])
        if beyond:
            steps.append(Step(_("Beyond %(most)s") % {"most": RANKS[-1][1]}, beyond))
        near = sum(count for rank, count in counted.items() if rank <= 3)
        title, finding = self.ranks_words
        said = finding % {"near": near, "all": pairs}
        return Steps("ranks", title, steps, _("Rank"), self.words.people, said, whole=pairs or 1)

    @property
    def ranks_words(self) -> tuple[str, str]:
        return (
            _("Whom mentees got, by fit"),
            _("%(near)s of %(all)s mentees have one of the three mentors who fit them best."),
        )

    @property
    def chosen(self) -> list[Steps]:
        """Whom those got who had ranked people by name, for each side that has."""
        titles = {
            "mentees": _("Whom mentees got, by their own ranking"),
            "mentors": _("Whom mentors got, by their own ranking"),
            "people": _("Whom people got, by their own ranking"),
        }
        return [
            chosen_steps(side, title, self.kept["chosen"][side])
            for side, title in titles.items()
            if self.kept["chosen"].get(side)
        ]

    @property
    def splits(self) -> list[Split]:
        """Match rate and mean fit by group; a split of one group says nothing."""
        found = [
            Split(str(SPLITS[name]), lines(name, [tuple(group) for group in groups], self.k))
            for name, groups in self.kept["groups"].items()
            if name in SPLITS
        ]
        return [split for split in found if len(split.lines) > 1]

    @property
    def hiding(self) -> str:
        words = _(
            "Groups of fewer than %(k)s people are joined, and what few people stand behind is hidden (–)."
        )
        return words % {"k": self.k}

    @property
    def lowest(self) -> list[dict[str, Any]]:
        return [{"names": self.names_of(pair), "fit": fit(pair[2])} for pair in self.kept["lowest"]]

    @property
    def sizes(self) -> list[tuple[str, int]]:
        """Of groups: how many are of each size."""
        return []

    @property
    def load(self) -> list[dict[str, Any]]:
        """Mentors by the places they offer, the used and the free of them, and who has nobody or is full."""
        found: dict[int, dict[str, int]] = {}
        for places, used, mentors in self.kept["load"]:
            line = found.setdefault(places, {"mentors": 0, "used": 0, "full": 0, "idle": 0})
            line["mentors"] += mentors
            line["used"] += used * mentors
            line["full"] += mentors * (used >= places)
            line["idle"] += mentors * (not used)
        return [
            {"places": places, "offered": places * line["mentors"], **line} for places, line in found.items()
        ]

    @property
    def blocking(self) -> list[dict[str, Any]]:
        return [
            {
                "first": self.name_of(first),
                "second": self.name_of(second),
                "fit": fit(units),
                "first_has": "–" if mine is None else fit(mine),
                "second_has": self.nothing_yet if theirs is None else fit(theirs),
            }
            for first, second, units, mine, theirs in self.kept["blocking"]["pairs"]
        ]

    @property
    def unnamed(self) -> int:
        """How many more pairs would both rather than are named."""
        return self.kept["blocking"]["count"] - len(self.kept["blocking"]["pairs"])

    def names_of(self, pair: Sequence[Any]) -> str:
        mentee, mentor = (self.name_of(one) for one in pair[:2])
        return _("%(mentee)s with %(mentor)s") % {"mentee": mentee, "mentor": mentor}

    def name_of(self, end: str | Sequence[str]) -> str:
        """Of one person, or of those who lead a group together."""
        ids = [end] if isinstance(end, str) else end
        return ", ".join(self.names.get(one, "–") for one in ids)


def fit(units: int) -> int:
    return round(units / 100)


def ordinal(rank: int) -> str:
    words = {1: _("First"), 2: _("Second"), 3: _("Third")}
    return words.get(rank) or _("Rank %(rank)s") % {"rank": rank}


def chosen_steps(side: str, title: str, counted: dict[str, int]) -> Steps:
    asked = sum(counted.values())
    ranked = sorted((int(rank), count) for rank, count in counted.items() if rank.isdigit())
    steps = [
        Step(_("%(rank)s choice") % {"rank": ordinal(rank)} if rank <= 3 else ordinal(rank), count)
        for rank, count in ranked
    ]
    for code, words in (("other", _("Somebody they had not ranked")), ("nobody", _("Nobody"))):
        if counted.get(code):
            steps.append(Step(words, counted[code]))
    first = counted.get("1", 0)
    finding = ngettext(
        "%(first)s of %(asked)s who ranked somebody got the first choice.",
        "%(first)s of %(asked)s who ranked somebody got the first choice.",
        asked,
    ) % {"first": first, "asked": asked}
    return Steps(f"chosen-{side}", title, steps, _("Rank"), _("People"), finding, whole=asked or 1)


def lines(split: str, groups: list[tuple[str, int, int, int]], k: int) -> list[Line]:
    """The groups of a split, largest first; small ones are joined, so that nobody can subtract one."""
    people = {name: n for name, n, _placed, _units in groups}
    merged = disclosure.merge_small(people, k=k)
    joined = [group for group in groups if group[0] in merged.together]
    shown = sorted(
        (group for group in groups if group[0] in merged.kept), key=lambda group: (-group[1], group[0])
    )
    rows = [(label(split, name), n, placed, units) for name, n, placed, units in shown]
    if joined:
        words = ngettext("%(count)s smaller group", "%(count)s smaller groups together", len(joined))
        sums = (sum(group[at] for group in joined) for at in (1, 2, 3))
        rows.append((words % {"count": len(joined)}, *sums))
    rates = protected([disclosure.share(placed, n, k=k) for _label, n, placed, _units in rows], k)
    means = protected(
        [
            disclosure.statistic(round(units / placed / 100, 1) if placed else None, people=placed, k=k)
            for _label, _n, placed, units in rows
        ],
        k,
    )
    return [
        Line(words, disclosure.count(n, k=k), rate, mean)
        for (words, n, _placed, _units), rate, mean in zip(rows, rates, means, strict=True)
    ]


def protected(cells: Sequence[Cell], k: int) -> list[Cell]:
    """Where one cell alone is hidden, the total gives it away: the one that fewest people are behind goes with it."""
    found = list(cells)
    hidden = [cell for cell in found if isinstance(cell, Hidden) and cell.reason != Reason.NOTHING]
    told = [at for at, cell in enumerate(found) if isinstance(cell, Shown)]
    if len(hidden) == 1 and told:
        found[min(told, key=lambda at: found[at].n)] = Hidden(Reason.SMALL, k)
    return found


def label(split: str, name: str) -> str:
    if not name:
        return _("Not answered")
    if split == "languages":
        return languages(name.split())
    return name


def languages(codes: Iterable[str]) -> str:
    return ", ".join(str(LANGUAGES.get(code, code)) for code in codes)
