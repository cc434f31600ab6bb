"""The figures of the reports, as pure functions on facts (domain 6.1 and 6.2).  No rows, no clock, no reader.

All dates are days in the relationship's own zone, as its members live them.  "As of" a day means at its
end.  What comes out is raw: coordinators see it for the pairs they may list by name, for everybody else
each figure goes through ``Figure.released``, which asks ``reports.disclosure``.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from statistics import fmean, median

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core import disclosure

MONTH_DAYS = 30.44
RHYTHM_KEPT = Fraction(3, 4)

# Facts


@dataclass(frozen=True, slots=True)
class PersonFact:
    """One person in one role: somebody who is mentor and mentee is two facts."""

    id: int | str
    role: str
    accepted_on: date | None
    withdrawn_on: date | None = None
    # Why nobody was found, where that was recorded: no capacity, no topic, declined, own choice.
    unmatched_reason: str = ""


@dataclass(frozen=True, slots=True)
class HeldMeeting:
    """A meeting that counts as held: ``people`` were there, and it was said ``by_both`` or by one alone."""

    on: date
    minutes: int
    people: int = 2
    by_both: bool = True


@dataclass(frozen=True, slots=True)
class RelationshipFact:
    """One relationship with everything that is counted of it, and no word of what was said in it.

    ``formal_end_on`` is the day of entering redefinition or of the early ending (domain 4.4).  A pause
    lasts from its first day to the day before its second, or goes on.  ``cadences`` are (from, days) by
    agreement version: the first is the program's and holds from the beginning, whatever its date.  No
    cadence: no rhythm was agreed.
    """

    id: int | str
    mentor_ids: tuple[int | str, ...]
    mentee_ids: tuple[int | str, ...]
    activated_on: date | None
    formal_end_on: date | None = None
    ended_on: date | None = None
    status: str = ""
    stage: str = ""
    pauses: tuple[tuple[date, date | None], ...] = ()
    cadences: tuple[tuple[date, int], ...] = ()
    meetings: tuple[HeldMeeting, ...] = ()
    # Each stage from the day on which it was entered; empty where only today's is known.
    stages: tuple[tuple[date, str], ...] = ()

    @property
    def people(self) -> frozenset:
        return frozenset((*self.mentor_ids, *self.mentee_ids))

    @property
    def closed_on(self) -> date | None:
        return min((day for day in (self.formal_end_on, self.ended_on) if day), default=None)

    def is_open_on(self, day: date) -> bool:
        begun = self.activated_on is not None and self.activated_on <= day
        return begun and (self.closed_on is None or day < self.closed_on)

    def stage_on(self, day: date) -> str:
        """The last stage entered by the end of that day."""
        if not self.stages:
            return self.stage
        return next((stage for since, stage in reversed(self.stages) if since <= day), "")

    def is_paused_on(self, day: date) -> bool:
        return any(first <= day and (until is None or day < until) for first, until in self.pauses)


@dataclass(frozen=True, slots=True)
class Window:
    """From the first day to the last, both counted."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


# Results


@dataclass(frozen=True, slots=True)
class Definition:
    id: str
    name: str | Promise
    formula: str | Promise
    population: str | Promise
    unit: str | Promise


@dataclass(frozen=True, slots=True)
class Figure:
    """A raw number with what stands behind it.  A share has part and whole, a count is of relationships."""

    value: float | None
    people: int
    relationships: int | None = None
    part: int | None = None
    whole: int | None = None
    is_count: bool = False

    def released(self, k: int = disclosure.FLOOR) -> disclosure.Cell:
        """What readers who may not open the rows are shown."""
        if self.part is not None and self.whole is not None:
            return disclosure.share(self.part, self.whole, people=self.people, k=k)
        if self.is_count:
            return disclosure.count(disclosure.Pairs(self.value, self.people), k=k)
        return disclosure.statistic(self.value, people=self.people, relationships=self.relationships, k=k)


@dataclass(frozen=True, slots=True)
class Measured:
    """``left_out`` could not be measured; ``breakdown`` divides the people outside the figure by reason."""

    definition: Definition
    as_of: date
    figures: Mapping[str, Figure]
    window: Window | None = None
    left_out: int = 0
    breakdown: Mapping[str, int] = field(default_factory=dict)
    # A figure and those that sum to it: beside a hidden part the sum is hidden too, so nobody can subtract.
    whole: str = ""
    parts: tuple[str, ...] = ()

    def released(self, k: int = disclosure.FLOOR) -> dict[str, disclosure.Cell]:
        """The figures as readers are shown them who may not open the rows."""
        cells = {name: figure.released(k) for name, figure in self.figures.items()}
        if any(isinstance(cells[part], disclosure.Hidden) for part in self.parts):
            cells[self.whole] = disclosure.Hidden(disclosure.Reason.SMALL, k)
        return cells

    def released_breakdown(self, k: int = disclosure.FLOOR) -> disclosure.Counts:
        return disclosure.counts(self.breakdown, k=k)


def _share(part: int, whole: int, people: int, relationships: int | None = None) -> Figure:
    return Figure(part / whole if whole else None, people, relationships, part, whole)


def _people(facts: Iterable[RelationshipFact]) -> int:
    return len(frozenset().union(*(fact.people for fact in facts)))


# M-04

MATCH_RATE = Definition(
    "M-04",
    _("Match rate"),
    _("People with at least one relationship that began, divided by people accepted in the role."),
    _("People accepted in the role who had not withdrawn before matching closed."),
    _("share of people"),
)


def match_rate(
    people: Iterable[PersonFact],
    relationships: Iterable[RelationshipFact],
    *,
    role: str,
    as_of: date,
    matching_closed_on: date | None = None,
) -> Measured:
    """M-04: matched ÷ accepted in one role.  Figure ``rate``; ``breakdown``: the unmatched by reason.

    ``matching_closed_on`` is empty while matching goes on, as in rolling programs: then whoever has
    withdrawn by ``as_of`` is not counted.  Whoever withdraws on the day that matching closes was there to
    be matched.
    """
    closed = closing_of_matching(matching_closed_on, as_of)
    accepted = accepted_in(people, role=role, as_of=as_of, closed=closed)
    matched = matched_in(relationships, role=role, as_of=as_of)
    unmatched = [fact for fact in accepted.values() if fact.id not in matched]
    rate = _share(len(accepted) - len(unmatched), len(accepted), len(accepted))
    reasons = Counter(fact.unmatched_reason for fact in unmatched)
    return Measured(MATCH_RATE, as_of, {"rate": rate}, breakdown=dict(reasons))


def closing_of_matching(matching_closed_on: date | None, as_of: date) -> date:
    """Whoever withdraws before this day is not counted."""
    is_closed = matching_closed_on is not None and matching_closed_on <= as_of
    return matching_closed_on if is_closed else as_of + timedelta(days=1)


def accepted_in(people: Iterable[PersonFact], *, role: str, as_of: date, closed: date) -> dict:
    """Who is below the line of M-04, by id."""
    return {
        fact.id: fact
        for fact in people
        if fact.role == role and fact.accepted_on is not None and fact.accepted_on <= as_of
        if fact.withdrawn_on is None or fact.withdrawn_on >= closed
    }


def matched_in(relationships: Iterable[RelationshipFact], *, role: str, as_of: date) -> set:
    """Who is above it, among them some who are not below: ids."""
    return {
        member
        for fact in relationships
        if fact.activated_on is not None and fact.activated_on <= as_of
        for member in (fact.mentor_ids if role == "mentor" else fact.mentee_ids)
    }


# M-08

OPEN_RELATIONSHIPS = Definition(
    "M-08",
    _("Open relationships"),
    _("Relationships that have begun and not formally ended. Those paused on the day are counted apart."),
    _("All relationships of the program."),
    _("relationships"),
)


def open_relationships(relationships: Iterable[RelationshipFact], *, as_of: date) -> Measured:
    """M-08: counts at the end of ``as_of``.  Figures ``active``, ``paused`` and their sum ``open``.

    Formally ended is whoever entered redefinition, completed or ended early, on ``as_of`` at the latest.
    """
    open_ = [fact for fact in relationships if fact.is_open_on(as_of)]
    paused = [fact for fact in open_ if fact.is_paused_on(as_of)]
    active = [fact for fact in open_ if not fact.is_paused_on(as_of)]
    groups = {"open": open_, "active": active, "paused": paused}
    figures = {
        name: Figure(len(group), _people(group), len(group), is_count=True) for name, group in groups.items()
    }
    return Measured(OPEN_RELATIONSHIPS, as_of, figures, whole="open", parts=("active", "paused"))


# M-22

STAGE_DISTRIBUTION = Definition(
    "M-22",
    _("Where the pairs are"),
    _("Open relationships by the stage they are in; paused ones, and those in redefinition, apart."),
    _("Open relationships, and those in redefinition."),
    _("relationships"),
)
STAGES = ("initiation", "cultivation", "separation")
PAUSED, REDEFINITION = "paused", "redefinition"


def stage_distribution(relationships: Iterable[RelationshipFact], *, as_of: date) -> Measured:
    """M-22 at the end of ``as_of``: a figure for each of ``STAGES``, ``paused`` and ``redefinition``.

    The stages hold those that are not paused, so that stages and paused sum to the ``open`` of M-08.
    Redefinition is counted nowhere else: its relationships are formally over.
    """
    groups: dict[str, list[RelationshipFact]] = {name: [] for name in (*STAGES, PAUSED, REDEFINITION)}
    for fact in relationships:
        if fact.is_open_on(as_of):
            name = PAUSED if fact.is_paused_on(as_of) else fact.stage_on(as_of)
            groups[name].append(fact)
        elif fact.stage_on(as_of) == REDEFINITION and (fact.ended_on is None or fact.ended_on > as_of):
            groups[REDEFINITION].append(fact)
    figures = {
        name: Figure(len(group), _people(group), len(group), is_count=True) for name, group in groups.items()
    }
    return Measured(STAGE_DISTRIBUTION, as_of, figures)


# M-12

MEETING_FREQUENCY = Definition(
    "M-12",
    _("Meeting frequency"),
    _(
        "Meetings held, divided by the active days over 30.44, for each relationship; "
        "then mean and median of these."
    ),
    _("Relationships with at least one active day in the period. Paused days are not active."),
    _("meetings a month"),
)


def meeting_frequency(relationships: Iterable[RelationshipFact], *, window: Window) -> Measured:
    """M-12 in ``window``.  Figures ``mean`` and ``median`` (meetings a month, per relationship), ``held``
    (meetings), ``hours`` (their length), ``person_hours`` (times those present), ``by_both`` (share that
    both confirmed).

    A meeting counts from the day of activation to the day of the formal end, also inside a pause; one
    meeting of a group is one meeting.
    """
    rates, active, met = [], [], []
    for fact in relationships:
        held, days = held_in(fact, window), active_days(fact, window)
        if days:
            rates.append(len(held) / (days / MONTH_DAYS))
            active.append(fact)
        if held:
            met.append((fact, held))
    held = [meeting for _fact, meetings in met for meeting in meetings]
    facts = [fact for fact, _meetings in met]
    n, n_met = _people(active), _people([*active, *facts])
    counted = len({fact.id for fact in (*active, *facts)})
    figures = {
        "mean": Figure(fmean(rates) if rates else None, n, len(active)),
        "median": Figure(median(rates) if rates else None, n, len(active)),
        "held": Figure(len(held), n_met, counted),
        "hours": Figure(sum(meeting.minutes for meeting in held) / 60, n_met, counted),
        "person_hours": Figure(
            sum(meeting.minutes * meeting.people for meeting in held) / 60, n_met, counted
        ),
        "by_both": _share(sum(meeting.by_both for meeting in held), len(held), _people(facts), len(facts)),
    }
    return Measured(MEETING_FREQUENCY, window.last, figures, window)


# M-13

CADENCE_ADHERENCE = Definition(
    "M-13",
    _("Rhythm kept"),
    _(
        "Meetings held, divided by the meetings that the agreed rhythm asks for in the active days, at most "
        "1 for each relationship; then the mean of these, and the share of relationships at 0.75 or more."
    ),
    _("Relationships whose rhythm asked for a meeting in the period. Paused days ask for none."),
    _("share of the agreed meetings"),
)


def cadence_adherence(relationships: Iterable[RelationshipFact], *, window: Window) -> Measured:
    """M-13 in ``window``: per relationship min(held ÷ expected, 1).  Figures ``mean`` and ``kept`` (share
    ≥ 0.75).

    Expected is the whole part of the sum, over the agreement versions, of active days ÷ cadence in days.
    Where it is nothing there is no rhythm to keep: these are ``left_out``.
    """
    kept_by: list[Fraction] = []
    counted: list[RelationshipFact] = []
    left_out = 0
    for fact in relationships:
        if not active_days(fact, window):
            continue
        if expected := expected_meetings(fact, window):
            kept_by.append(min(Fraction(len(held_in(fact, window)), expected), Fraction(1)))
            counted.append(fact)
        else:
            left_out += 1
    people, n = _people(counted), len(counted)
    figures = {
        "mean": Figure(float(sum(kept_by) / n) if n else None, people, n),
        "kept": _share(sum(kept >= RHYTHM_KEPT for kept in kept_by), n, people, n),
    }
    return Measured(CADENCE_ADHERENCE, window.last, figures, window, left_out)


# Days


def held_in(fact: RelationshipFact, window: Window) -> list[HeldMeeting]:
    """The meetings in the window, from activation to formal end, both days counted."""
    if fact.activated_on is None:
        return []
    last = window.last if fact.closed_on is None else min(window.last, fact.closed_on)
    life = Window(max(window.first, fact.activated_on), last)
    return [meeting for meeting in fact.meetings if meeting.on in life]


def active_days(fact: RelationshipFact, window: Window) -> int:
    """Days of the window from activation to the day before the formal end, without paused ones."""
    return sum((until - first).days for first, until in active_spans(fact, window))


def expected_meetings(fact: RelationshipFact, window: Window) -> int:
    due = Fraction(0)
    versions = sorted(fact.cadences)
    for at, (first, days) in enumerate(versions):
        begins = date.min if at == 0 else first
        ends = versions[at + 1][0] if at + 1 < len(versions) else date.max
        for start, until in active_spans(fact, window):
            due += Fraction(max((min(until, ends) - max(start, begins)).days, 0), days)
    return int(due)


def active_spans(fact: RelationshipFact, window: Window) -> list[tuple[date, date]]:
    """Stretches of active days as (first day, day after the last), without overlap, in order."""
    if fact.activated_on is None:
        return []
    start = max(window.first, fact.activated_on)
    end = window.last + timedelta(days=1)
    end = end if fact.closed_on is None else min(end, fact.closed_on)
    spans = []
    for first, until in sorted(fact.pauses, key=lambda pause: pause[0]):
        if start < min(first, end):
            spans.append((start, min(first, end)))
        start = max(start, first, until or end)
    return [*spans, (start, end)] if start < end else spans


METRICS = {
    definition.id: definition
    for definition in (
        MATCH_RATE,
        OPEN_RELATIONSHIPS,
        MEETING_FREQUENCY,
        CADENCE_ADHERENCE,
        STAGE_DISTRIBUTION,
    )
}
