"""Two runs side by side: what was asked, what came of it, and who would have somebody else.

Points can only be compared in one scoring.  It is that of one of the two runs, and the page says of which."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from core.pages import SIZE, Page
from matching.drafting import ids_of, sheet
from matching.models import MatchRun, ProposalMember
from matching.reasons import criterion_words, listed, rule_words
from people.models import User
from programs.models.enrolments import Role


@dataclass(frozen=True)
class Line:
    """One figure or rule of both runs, in words."""

    words: str
    before: str
    after: str

    @property
    def differs(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True)
class Plan:
    """Who has whom in a run, by public id, and everybody who was in it."""

    partners: Mapping[str, frozenset[str]]
    asked: frozenset[str]
    everybody: frozenset[str]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return [(one, other) for one, others in self.partners.items() for other in sorted(others)]


@dataclass(frozen=True)
class Changed:
    """Somebody whose partner differs.  Points are None where the scoring did not know the pair; 0 is nobody."""

    person: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    points: tuple[int | None, int | None]

    @property
    def gain(self) -> int | None:
        was, becomes = self.points
        return None if was is None or becomes is None else becomes - was

    @property
    def tendency(self) -> str:
        if self.gain is None:
            return "unknown"
        return "gains" if self.gain > 0 else "loses" if self.gain < 0 else "same"


class Comparison:
    """``before`` and ``after`` in the scoring of ``by``, which is one of the two."""

    def __init__(self, before: MatchRun, after: MatchRun, by: MatchRun) -> None:
        self.before, self.after, self.by = before, after, by
        self.plans = plan_of(before), plan_of(after)

    @cached_property
    def points(self) -> dict[tuple[str, str], int | None]:
        """Hundredths of each pair of either run, in the one scoring."""
        pairs = sorted({pair for plan in self.plans for pair in plan.pairs})
        return dict(zip(pairs, sheet(self.by).units(pairs), strict=True))

    @cached_property
    def changed(self) -> list[Changed]:
        """Who is in both runs and has somebody else; who loses most stands first."""
        first, second = self.plans
        rows = []
        for person in first.asked & second.asked:
            was, becomes = (plan.partners.get(person, frozenset()) for plan in self.plans)
            if was != becomes:
                points = tuple(self._sum(person, partners) for partners in (was, becomes))
                rows.append(Changed(person, tuple(sorted(was)), tuple(sorted(becomes)), points))
        return sorted(rows, key=lambda row: (row.gain is None, row.gain or 0, row.person))

    def _sum(self, person: str, partners: Iterable[str]) -> int | None:
        found = [self.points[person, partner] for partner in partners]
        if None in found:
            return None
        # A group is as good for somebody as its mentors are in the mean.
        return round(sum(found) / len(found)) if found and self.by.format == "group" else sum(found)

    @cached_property
    def counts(self) -> dict[str, int]:
        found = Counter(row.tendency for row in self.changed)
        both = len(self.plans[0].asked & self.plans[1].asked)
        return {
            "changed": len(self.changed),
            "unchanged": both - len(self.changed),
            **{name: found[name] for name in ("gains", "loses", "same", "unknown")},
        }

    @cached_property
    def only(self) -> tuple[list[str], list[str]]:
        """Who was in one run alone: in the first, in the second."""
        first, second = (plan.everybody for plan in self.plans)
        return sorted(first - second), sorted(second - first)

    @cached_property
    def strange(self) -> int:
        """Pairs that the one scoring knows nothing of, and that its sums leave out."""
        return sum(units is None for units in self.points.values())

    @property
    def results(self) -> list[Line]:
        return [
            self._line(_("People with a pair"), lambda run, plan: coverage(plan)),
            self._line(_("Total"), lambda run, plan: decimal(sum(self._known(plan)))),
            self._line(_("Average fit"), lambda run, plan: average(self._known(plan))),
            self._line(_("Worst-off pair"), lambda run, plan: decimal(min(self._known(plan), default=0))),
            self._line(_("Mentors with a mentee"), lambda run, plan: load(run, plan)),
            self._line(_("Proven to be the best for its own rules"), lambda run, plan: proven(run)),
        ]

    def _known(self, plan: Plan) -> list[int]:
        counted = {tuple(sorted(pair)): pair for pair in plan.pairs} if is_mutual(self.by) else None
        pairs = plan.pairs if counted is None else counted.values()
        return [units for pair in pairs if (units := self.points[pair]) is not None]

    def _line(self, words: str, read) -> Line:
        before, after = (
            read(run, plan) for run, plan in zip((self.before, self.after), self.plans, strict=True)
        )
        return Line(words, before, after)

    @property
    def rules(self) -> list[Line]:
        told = [rules_told(run) for run in (self.before, self.after)]
        return [Line(words, told[0][words], told[1][words]) for words in told[0]]

    def page(self, query: Mapping[str, str]) -> Page:
        """One page of who changes, with the names of these people alone."""
        pages = max(1, -(-len(self.changed) // SIZE))
        asked = query.get("page", "")
        number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1
        number = min(max(number, 1), pages)
        start = (number - 1) * SIZE
        rows = self.changed[start : start + SIZE]
        names = names_of([name for row in rows for name in (row.person, *row.before, *row.after)])
        return Page([shown(row, names) for row in rows], len(self.changed), number, pages, start)

    def newcomers(self, most: int = SIZE) -> tuple[list[User], list[User]]:
        """Some of those who were in one run alone."""
        first, second = self.only
        names = names_of([*first[:most], *second[:most]])
        return tuple([names[one] for one in side[:most] if one in names] for side in (first, second))


def plan_of(run: MatchRun) -> Plan:
    asked, everybody = ids_of(run)
    rows = ProposalMember.objects.filter(proposal__run=run).values_list(
        "proposal", "role", "person__public_id"
    )
    by_proposal: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for proposal, role, person in rows:
        by_proposal[proposal].append((role, person))
    partners: dict[str, set[str]] = defaultdict(set)
    for members in by_proposal.values():
        for role, person in members:
            if role != Role.MENTOR:
                partners[person] |= {
                    other
                    for their, other in members
                    if other != person and (their == Role.MENTOR or role == their == "peer")
                }
    return Plan({person: frozenset(others) for person, others in partners.items()}, asked, everybody)


def is_mutual(run: MatchRun) -> bool:
    return run.format == "peer"


def coverage(plan: Plan) -> str:
    return _("%(count)s of %(of)s") % {"count": len(plan.partners), "of": len(plan.asked)}


def load(run: MatchRun, plan: Plan) -> str:
    mentors = {mentor for others in plan.partners.values() for mentor in others}
    return _("%(count)s of %(of)s") % {"count": len(mentors), "of": run.mentors}


def proven(run: MatchRun) -> str:
    return _("Yes, checked") if run.is_proven else _("No")


def decimal(units: int) -> str:
    return f"{units / 100:,.2f}"


def average(units: Sequence[int]) -> str:
    return decimal(round(sum(units) / len(units))) if units else "–"


def rules_told(run: MatchRun) -> dict[str, str]:
    """What a run was asked, each in a word or a number."""
    off = run.rules.get("switched_off", [])
    return {
        _("What a good match is"): str(MatchRun.Objective(run.objective).label),
        **{
            _("Weight: %(criterion)s") % {"criterion": criterion_words(code)}: f"{weight:g}"
            for code, weight in sorted(run.weights.items())
        },
        _("Lowest fit of a pair"): f"{run.minimum_score / 100:g}",
        _("Working hours a week in common, at least"): f"{run.rules.get('shared_minutes', 120) / 60:g}",
        _("Months in which two are not matched again after an early end"): str(
            run.rules.get("months_after_early_end", 24)
        ),
        _("Rules that this run does without"): rule_words(off) if off else _("None"),
        _("Locked pairs"): str(len(run.locks)),
    }


def names_of(ids: Iterable[str]) -> dict[str, User]:
    people = User.objects.filter(public_id__in=set(ids)).select_related("profile")
    return {person.public_id: person for person in people}


def shown(row: Changed, names: Mapping[str, User]) -> dict[str, Any]:
    """A row of who changes, with people in place of ids."""
    gone = _("somebody who has left")
    was, becomes = (
        listed(names[one].full_name if one in names else gone for one in ids)
        for ids in (row.before, row.after)
    )
    return {
        "person": names.get(row.person),
        "before": was,
        "after": becomes,
        "was": None if row.points[0] is None else row.points[0] / 100,
        "becomes": None if row.points[1] is None else row.points[1] / 100,
        "gain": None if row.gain is None else row.gain / 100,
        "loss": None if row.gain is None else -row.gain / 100,
        "tendency": row.tendency,
    }
