"""From rows to facts: what a relationship looked like at a moment, from its dated histories.

The histories of all relationships asked for come from one query, however many there are.  Dates are days in
the relationship's own zone; what was written down after the moment is not known yet.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import CharField, DateTimeField, F, IntegerField, QuerySet, Value
from django.db.models.functions import Cast

from activity.calendar import local_date
from programs.models import Cycle, Enrolment
from programs.models.enrolments import Role
from programs.stages import EnrolmentState
from relationships.models import Agreement, Meeting, Pause, Relationship, RelationshipMember, StageTransition
from relationships.stages import Stage, Status
from reports.metrics import HeldMeeting, PersonFact, RelationshipFact

LEFT = frozenset({EnrolmentState.WITHDRAWN, EnrolmentState.REMOVED})
ENDED = frozenset({Status.COMPLETED, Status.ENDED_EARLY})


class Line(NamedTuple):
    """One line of the history of one relationship: what the columns mean depends on ``what``."""

    what: str  # member, held, pause, rhythm, step
    relationship: int
    key: int
    at: datetime | None
    until: datetime | None
    known: datetime | None
    number: int
    words: str


class History(NamedTuple):
    relationship: Relationship
    lines: dict[str, list[Line]]

    def of(self, what: str) -> list[Line]:
        return self.lines.get(what, [])


def histories(relationships: Iterable[Relationship]) -> list[History]:
    """Two queries for any number: the relationships are ``relationships`` itself, the lines are one more."""
    found = list(relationships)
    lines: dict[int, dict[str, list[Line]]] = defaultdict(lambda: defaultdict(list))
    if found:
        keys = [one.pk for one in found]
        for start in range(0, len(keys), 5_000):
            for line in _lines(keys[start : start + 5_000]):
                lines[line.relationship][line.what].append(line)
    return [History(one, lines[one.pk]) for one in found]


def _lines(keys: list[int]) -> Iterable[Line]:
    held = _row(
        Meeting.objects.filter(state=Meeting.State.HELD, relationship__in=keys),
        "held", at="starts_at", until="confirmed_at", known="marked_at", number="minutes",
    )  # fmt: skip
    disputed = _row(
        Meeting.objects.filter(state=Meeting.State.HELD, relationship__in=keys, disputed_at__isnull=False),
        "disputed", at="disputed_at", until="disputed_at", known="disputed_at", number="minutes",
    )  # fmt: skip
    pauses = _row(
        Pause.objects.filter(relationship__in=keys),
        "pause", at="began_at", until="ended_at", known="began_at",
    )  # fmt: skip
    rhythms = _row(
        Agreement.objects.filter(relationship__in=keys, in_force_at__isnull=False),
        "rhythm", at="in_force_at", until="in_force_at", known="in_force_at", number="cadence_days",
    )  # fmt: skip
    steps = _row(
        StageTransition.objects.filter(relationship__in=keys),
        "step", at="effective_at", until="effective_at", known="at", words=("to_status", "to_stage"),
    )  # fmt: skip
    members = _row(
        RelationshipMember.objects.filter(relationship__in=keys),
        "member", at="joined_at", until="left_at", known="joined_at", number="person_id",
        words=("role", "role"),
    )  # fmt: skip
    rows = held.union(disputed, pauses, rhythms, steps, members, all=True)
    lines = [Line(*row[:7], f"{row[7]}:{row[8]}") for row in rows]
    return sorted(lines, key=lambda line: (line.known is not None, line.known, line.key))


def _row(
    rows: QuerySet,
    what: str,
    *,
    at: str,
    until: str,
    known: str,
    number: str = "",
    words: tuple[str, str] | None = None,
) -> QuerySet:
    """In the shape of ``Line``, as UNION demands."""
    said = words or ("", "")
    return (
        rows.order_by()
        .annotate(
            what=Cast(Value(what), CharField()),
            whole=Cast(F(number) if number else Value(0), IntegerField()),
            first=Cast(F(said[0]) if words else Value(""), CharField()),
            second=Cast(F(said[1]) if words else Value(""), CharField()),
            begins=Cast(F(at), DateTimeField()),
            ends=Cast(F(until), DateTimeField()),
            since=Cast(F(known), DateTimeField()),
        )
        .values_list("what", "relationship_id", "pk", "begins", "ends", "since", "whole", "first", "second")
    )


# Relationships


def relationship_facts(rows: QuerySet[Relationship], now: datetime) -> list[RelationshipFact]:
    """The facts of all that had begun by ``now``, as they were known then."""
    begun = rows.filter(activated_at__lt=now).select_related("program").order_by("pk")
    return [fact_of(history, now) for history in histories(begun)]


def fact_of(history: History, now: datetime) -> RelationshipFact:
    one = history.relationship
    zone = ZoneInfo(one.zone)
    steps = [line for line in history.of("step") if line.known < now]
    stages, formal_end, ended = _life(one, steps, len(steps) == len(history.of("step")), zone)
    status, stage = steps[-1].words.split(":") if steps else (one.status, one.stage)
    disputed = {line.key for line in history.of("disputed") if line.known < now}
    members = history.of("member")
    return RelationshipFact(
        id=one.public_id,
        mentor_ids=tuple(m.number for m in members if m.words.startswith(Role.MENTOR)),
        mentee_ids=tuple(m.number for m in members if not m.words.startswith(Role.MENTOR)),
        activated_on=local_date(one.activated_at, zone),
        formal_end_on=formal_end,
        ended_on=ended,
        status=status,
        stage=stage,
        pauses=tuple(
            (
                local_date(line.at, zone),
                local_date(line.until, zone) if line.until and line.until < now else None,
            )
            for line in history.of("pause")
            if line.known < now
        ),
        cadences=_cadences(one, [line for line in history.of("rhythm") if line.known < now], zone),
        meetings=tuple(
            HeldMeeting(
                on=local_date(line.at, zone),
                minutes=line.number,
                people=max(len(members), 2),
                by_both=bool(line.until and line.until < now),
            )
            for line in history.of("held")
            if line.known < now and line.key not in disputed
        ),
        stages=stages,
    )


def _life(
    one: Relationship, steps: list[Line], up_to_date: bool, zone: ZoneInfo
) -> tuple[tuple[tuple[date, str], ...], date | None, date | None]:
    """Stages with their days, the formal end, the end.  A step that was taken back leaves nothing behind."""
    stages: list[tuple[date, str]] = []
    formal_end = ended = None
    for step in steps:
        day = local_date(step.at, zone)
        status, stage = step.words.split(":")
        if not stages or stages[-1][1] != stage:
            stages.append((day, stage))
        is_over = stage == Stage.REDEFINITION or status in ENDED
        formal_end = (formal_end or day) if is_over else None
        ended = (ended or day) if status in ENDED else None
    if up_to_date:
        # What the row says now is the truth of now.
        formal_end = local_date(one.formal_end_at, zone) if one.formal_end_at else None
        ended = local_date(one.ended_at, zone) if one.ended_at else None
        if one.stage and (not stages or stages[-1][1] != one.stage):
            stages.append((local_date(one.stage_since, zone), one.stage))
    return tuple(stages), formal_end, ended


def _cadences(one: Relationship, rhythms: list[Line], zone: ZoneInfo) -> tuple[tuple[date, int], ...]:
    """The program's rhythm first, then that of each agreement from the day on which both had signed it."""
    first = one.program.cadence_days if rhythms else one.cadence_days
    begun = local_date(one.activated_at, zone)
    return ((begun, first), *((local_date(line.at, zone), line.number) for line in rhythms))


# People


class Part(NamedTuple):
    """One person's part in one cycle, as HR may know it."""

    person: int
    role: str
    state: str
    accepted_on: date | None
    left_on: date | None
    function: str
    site: str

    @property
    def fact(self) -> PersonFact:
        return PersonFact(self.person, self.role, self.accepted_on, self.left_on)


def parts_of(cycle: Cycle, now: datetime) -> list[Part]:
    """Who had been accepted in the cycle by ``now``; never who was asked and said no."""
    zone = ZoneInfo(cycle.program.zone)
    rows = (
        Enrolment.objects.filter(cycle=cycle, accepted_at__lt=now)
        .select_related("person__profile__site")
        .order_by("pk")
    )
    return [_part(row, zone, now) for row in rows]


def _part(row: Enrolment, zone: ZoneInfo, now: datetime) -> Part:
    left = row.left_at if row.state in LEFT and row.left_at and row.left_at < now else None
    profile = getattr(row.person, "profile", None)
    return Part(
        person=row.person_id,
        role=row.role,
        state=row.state,
        accepted_on=local_date(row.accepted_at, zone),
        left_on=local_date(left, zone) if left else None,
        function=profile.function if profile else "",
        site=profile.site.name if profile and profile.site else "",
    )


# As JSON


def fact_as_json(fact: RelationshipFact) -> dict[str, Any]:
    return {
        "mentors": list(fact.mentor_ids),
        "mentees": list(fact.mentee_ids),
        "activated": _day(fact.activated_on),
        "formal_end": _day(fact.formal_end_on),
        "ended": _day(fact.ended_on),
        "status": fact.status,
        "stage": fact.stage,
        "pauses": [[_day(first), _day(until)] for first, until in fact.pauses],
        "cadences": [[_day(since), days] for since, days in fact.cadences],
        "meetings": [[_day(m.on), m.minutes, m.people, m.by_both] for m in fact.meetings],
        "stages": [[_day(since), stage] for since, stage in fact.stages],
    }


def fact_from_json(subject: str, kept: dict[str, Any]) -> RelationshipFact:
    return RelationshipFact(
        id=subject,
        mentor_ids=tuple(kept["mentors"]),
        mentee_ids=tuple(kept["mentees"]),
        activated_on=_read(kept["activated"]),
        formal_end_on=_read(kept["formal_end"]),
        ended_on=_read(kept["ended"]),
        status=kept["status"],
        stage=kept["stage"],
        pauses=tuple((_read(first), _read(until)) for first, until in kept["pauses"]),
        cadences=tuple((_read(since), days) for since, days in kept["cadences"]),
        meetings=tuple(HeldMeeting(_read(on), *rest) for on, *rest in kept["meetings"]),
        stages=tuple((_read(since), stage) for since, stage in kept["stages"]),
    )


def parts_as_json(cycle: Cycle, parts: list[Part]) -> dict[str, Any]:
    """``closed``: the day on which matching is over in a cohort; rolling cycles are matched all year."""
    closed = cycle.kick_off_on if cycle.kind == Cycle.Kind.COHORT else None
    return {
        "closed": _day(closed),
        "people": [
            [p.person, p.role, p.state, _day(p.accepted_on), _day(p.left_on), p.function, p.site]
            for p in parts
        ],
    }


def parts_from_json(kept: dict[str, Any]) -> tuple[list[Part], date | None]:
    parts = [
        Part(person, role, state, _read(accepted), _read(left), function, site)
        for person, role, state, accepted, left, function, site in kept["people"]
    ]
    return parts, _read(kept["closed"])


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _read(day: str | None) -> date | None:
    return date.fromisoformat(day) if day else None
