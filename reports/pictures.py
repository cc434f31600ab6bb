"""What the dashboard draws of pairs that have been read already: stages, first rows, weeks, days ahead."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import charts, drawings
from core.dates import day_words
from programs.models import Cycle
from relationships.health import Signal
from relationships.models import Relationship
from relationships.stages import Stage, Status
from reports import metrics
from reports.happenings import pair_names
from reports.metrics import RelationshipFact, Window

PAIRS_SHOWN, WEEKS_SHOWN, COMING = 6, 12, 6
STAGES = [Stage.INITIATION, Stage.CULTIVATION, Stage.SEPARATION, Stage.REDEFINITION]
FAR = datetime(9000, 1, 1, tzinfo=UTC)


# Pairs


class PairRow(NamedTuple):
    relationship: Relationship
    words: str
    signal: Signal
    stage_number: int
    goals: int


def rows_of(
    pairs: Sequence[Relationship], signals: Mapping[int, Signal], goals: Mapping[int, int], now: datetime
) -> list[PairRow]:
    """The first few in the order of the page that lists them all."""
    return [
        PairRow(
            relationship=pair,
            words=pair_names(pair),
            signal=signals[pair.pk],
            stage_number=STAGES.index(Stage(pair.stage)) + 1 if pair.stage else 0,
            goals=goals.get(pair.pk, 0),
        )
        for pair in sorted(pairs, key=_order)[:PAIRS_SHOWN]
    ]


def _order(pair: Relationship) -> tuple[int, datetime, int]:
    if pair.status == Status.ACTIVE and pair.formal_end_at is None:
        return 0, pair.check_in_at or FAR, pair.pk
    rank = {Status.PAUSED: 1, Status.PENDING: 2, Status.ACTIVE: 3}.get(Status(pair.status), 4)
    return rank, pair.created_at, pair.pk


# Stages


def stops_of(
    begun: Sequence[Relationship], signals: Mapping[int, Signal], cycles: Sequence[Cycle]
) -> list[drawings.Stop]:
    """A stop for each stage with its pairs as marks, amber those to look at."""
    stops = []
    for stage in STAGES:
        here = [
            pair for pair in begun if pair.stage == stage and pair.status in (Status.ACTIVE, Status.PAUSED)
        ]
        watch = sum(signals[pair.pk].asks_for_a_look for pair in here)
        paused = sum(pair.status == Status.PAUSED for pair in here)
        stops.append(
            drawings.Stop(
                str(stage.label),
                "now" if here else "next",
                _stage_note(stage, len(here), watch, paused, begun, cycles),
                mark=str(len(here)),
                drawing=drawings.units(len(here) - watch, watch) if here else "",
            )
        )
    return stops


def _stage_note(
    stage: Stage,
    n: int,
    watch: int,
    paused: int,
    begun: Sequence[Relationship],
    cycles: Sequence[Cycle],
) -> str:
    words = []
    if watch:
        words.append(ngettext("%(n)s needs a check-in", "%(n)s need a check-in", watch) % {"n": watch})
    if paused:
        words.append(ngettext("%(n)s paused", "%(n)s paused", paused) % {"n": paused})
    if n:
        return ", ".join(words)
    if stage == Stage.SEPARATION:
        ahead = [pair.separation_on for pair in begun if pair.separation_on and not pair.formal_end_at]
        return _("Opens %(day)s") % {"day": day_words(min(ahead))} if ahead else ""
    if stage == Stage.REDEFINITION:
        ends = [cycle.planned_end_on for cycle in cycles if cycle.planned_end_on]
        return _("After %(day)s") % {"day": day_words(max(ends))} if ends else ""
    return ""


# Weeks


def weeks_of(
    facts: Sequence[RelationshipFact], active: Sequence[Relationship], today: date
) -> charts.Bars | None:
    """Meetings held in each of the last weeks, Monday to Sunday, and what the rhythms of now ask for."""
    starts = [fact.activated_on for fact in facts]
    if not starts:
        return None
    monday = today - timedelta(days=today.weekday())
    first = min(starts) - timedelta(days=min(starts).weekday())
    weeks = min((monday - first).days // 7 + 1, WEEKS_SHOWN)
    begins = [monday - timedelta(days=7 * n) for n in range(weeks - 1, -1, -1)]
    counts = [
        sum(len(metrics.held_in(fact, Window(day, day + timedelta(days=6)))) for fact in facts)
        for day in begins
    ]
    expected = round(sum(7 / pair.cadence_days for pair in active), 1)
    return charts.Bars(
        id="weeks",
        title=_("Meetings each week"),
        points=[charts.Point(day_words(day, "short"), n) for day, n in zip(begins, counts, strict=True)],
        over=_("Week of"),
        counts=_("Meetings logged"),
        finding=_finding(begins, counts),
        expected=expected or None,
        expected_words=_("Expected, %(n)s a week") % {"n": charts.number(expected)},
        so_far=True,
    )


def _finding(begins: Sequence[date], counts: Sequence[int]) -> str:
    """About whole weeks; the running one is not over."""
    if len(counts) < 2 or not any(counts[:-1]):
        return ""
    most = max(counts[:-1])
    day = begins[counts.index(most)]
    return ngettext(
        "The most in a whole week was %(n)s meeting, in the week of %(day)s.",
        "The most in a whole week were %(n)s meetings, in the week of %(day)s.",
        most,
    ) % {"n": most, "day": day_words(day)}


# Days ahead


class Coming(NamedTuple):
    day: date
    words: str


def coming_of(
    cycles: Sequence[Cycle], pairs: Sequence[Relationship], expiring: Iterable[datetime], today: date
) -> list[Coming]:
    """What the calendar holds, from today on."""
    found = [Coming(day, words) for cycle in cycles for day, words in _of_cycle(cycle) if day]
    found += _counted(
        Counter(
            pair.separation_on
            for pair in pairs
            if pair.stage in (Stage.INITIATION, Stage.CULTIVATION) and not pair.formal_end_at
        ),
        lambda n: ngettext("Separation opens for %(n)s pair", "Separation opens for %(n)s pairs", n),
    )
    found += _counted(
        Counter(pair.paused_until for pair in pairs if pair.status == Status.PAUSED),
        lambda n: ngettext("The pause of %(n)s pair ends", "The pauses of %(n)s pairs end", n),
    )
    offers = Counter(moment.date() for moment in expiring if moment)
    # Each offer is there once for each of the two who are asked.
    found += _counted(
        Counter({day: -(-n // 2) for day, n in offers.items()}),
        lambda n: ngettext("%(n)s offer expires", "%(n)s offers expire", n),
    )
    return sorted((one for one in found if one.day >= today), key=lambda one: one.day)[:COMING]


def _of_cycle(cycle: Cycle) -> Iterable[tuple[date | None, str]]:
    yield cycle.enrolment_closes_on, _("Last day for answers")
    yield cycle.matching_on, _("Matching")
    yield cycle.kick_off_on, _("The program starts")
    yield cycle.planned_end_on, _("The program ends")


def _counted(days: Mapping[date | None, int], words) -> list[Coming]:
    return [Coming(day, words(n) % {"n": n}) for day, n in days.items() if day]
