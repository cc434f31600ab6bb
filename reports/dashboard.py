"""The coordinator's dashboard: live figures of one program, from a few queries for any number."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import (
    CharField,
    DateTimeField,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Lower
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from activity.calendar import local_date
from activity.models import Event, Letter, RefusingAddress
from core import charts, drawings
from matching.models import MatchRun, Proposal, ProposalMember
from matching.stages import WAITING, ProposalState, RunState
from programs.models import Cycle, Enrolment, Program
from programs.models.enrolments import Role
from programs.models.programs import Format
from programs.stages import TAKING_PART, EnrolmentState, ProgramState
from relationships.health import signal
from relationships.models import Relationship
from relationships.stages import Status
from reports import happenings
from reports.facts import fact_of, histories
from reports.figures import Goals, logged_figure, matched_figure, met_figure, met_lately
from reports.happenings import Happening, pair_names
from reports.needs import EXPIRES_SOON, WAITED, Need, Offer, Waiting, needs_of, with_answers
from reports.pictures import Coming, PairRow, coming_of, rows_of, stops_of, weeks_of

EVENTS = 8
WEEK = timedelta(days=7)
DECLINED_LATELY = timedelta(days=14)
RETURNED_LATELY = timedelta(days=30)
FAR = datetime(9000, 1, 1, tzinfo=UTC)
# What the machine says of itself is on the page of all that happened, not here.
TECHNICAL = ("job.asked_for", "job.stop_asked_for", "enrolment.opened", "program.changed")


@dataclass(frozen=True)
class Person:
    """One line about somebody: enrolled, asked, or not reached."""

    kind: str  # enrolled, asked, returned, refusing
    key: int
    name: str
    role: str
    state: str
    at: datetime | None
    number: int
    thing: int


@dataclass
class Dashboard:
    """Everything on the page, each part asked for once."""

    program: Program
    cycle: Cycle | None
    needs: list[Need]
    figures: list[dict[str, Any]]
    pairs: list[PairRow]
    all_pairs: int
    in_stages: int
    stops: list[drawings.Stop]
    weeks: charts.Bars | None
    coming: list[Coming]
    events: list[Happening]
    quiet_words: str
    checks: int
    without_next: int
    paused: int

    @property
    def has_pairs(self) -> bool:
        return self.all_pairs > 0


def dashboard_of(program: Program, cycles: Sequence[Cycle], now: datetime) -> Dashboard:
    today = local_date(now, ZoneInfo(program.zone))
    pairs = list(_pairs(program, now, today))
    people = list(_people(program, now))
    begun = [pair for pair in pairs if pair.activated_at]
    facts = [fact_of(history, now) for history in histories(begun)]
    goals = Goals(program, today)
    active = [pair for pair in begun if pair.status == Status.ACTIVE and pair.formal_end_at is None]
    signals = {pair.pk: signal(pair, now) for pair in pairs}
    met = [pair for pair in active if met_lately(pair, now)]
    open_ = [pair for pair in pairs if pair.status not in (Status.CANCELLED,)]
    return Dashboard(
        program=program,
        cycle=cycles[-1] if cycles else None,
        needs=_needs(program, cycles, pairs, people, now, today),
        figures=[
            matched_figure(_mentees(people), begun, peers=program.format == Format.PEER),
            met_figure(active, met, now),
            logged_figure(facts, now, today),
            goals.figure,
        ],
        pairs=rows_of(open_, signals, goals.of_pair, now),
        all_pairs=len(open_),
        in_stages=sum(pair.status in (Status.ACTIVE, Status.PAUSED) for pair in begun),
        stops=stops_of(begun, signals, cycles),
        weeks=weeks_of(facts, active, today),
        coming=coming_of(cycles, begun, [one.at for one in people if one.state in WAITING], today),
        events=_events(program, pairs, now),
        quiet_words=_quiet_words(active, met),
        checks=sum(signals[pair.pk].asks_for_a_look for pair in active),
        without_next=sum(not (pair.next_meeting_at and pair.next_meeting_at > now) for pair in active),
        paused=sum(pair.status == Status.PAUSED for pair in begun),
    )


# What is asked of the database


def _pairs(program: Program, now: datetime, today: date) -> QuerySet[Relationship]:
    rows = with_answers(program.relationships.all(), now, today).with_members()
    return rows.order_by("created_at", "pk")


def _people(program: Program, now: datetime) -> Iterable[Person]:
    """Who is enrolled, who was made an offer, whom a letter did not reach, whom none can reach: one query."""
    enrolled = _line(
        Enrolment.objects.of_program(program).filter(state__in=TAKING_PART),
        "enrolled", name="person__full_name", role="role", state="state", at="state_since",
        number="capacity", thing="person_id",
    )  # fmt: skip
    lately = Q(state=ProposalState.DECLINED, settled_at__gte=now - DECLINED_LATELY)
    offers = Proposal.objects.filter(Q(state__in=WAITING) | lately, cycle__program=program)
    asked = _line(
        ProposalMember.objects.filter(proposal__in=offers).annotate(
            moment=Coalesce("proposal__settled_at", "proposal__expires_at")
        ),
        "asked", name="person__full_name", role="role", state="proposal__state", at="moment",
        number="person_id", thing="proposal_id",
    )  # fmt: skip
    returned = _line(
        Letter.objects.within(program.scope).dead().filter(wanted_at__gte=now - RETURNED_LATELY),
        "returned", name="person__full_name", role="", state="state", at="wanted_at", number="", thing="",
    )  # fmt: skip
    since = RefusingAddress.objects.filter(address=Lower(OuterRef("person__email"))).values("since")[:1]
    refusing = _line(
        Enrolment.objects.of_program(program)
        .filter(state__in=TAKING_PART)
        .annotate(refusing_since=Subquery(since))
        .exclude(refusing_since=None),
        "refusing", name="person__full_name", role="", state="state", at="refusing_since", number="", thing="",
    )  # fmt: skip
    rows = [Person(*row) for row in enrolled.union(asked, returned, refusing, all=True)]
    return sorted(rows, key=lambda one: (one.at or FAR, one.key))


def _line(
    rows: QuerySet, kind: str, *, name: str, role: str, state: str, at: str, number: str, thing: str
) -> QuerySet:
    """In the shape of ``Person``, as UNION demands."""

    def words(of: str) -> Cast:
        return Cast(Coalesce(F(of), Value("")) if of else Value(""), CharField())

    def whole(of: str) -> Cast:
        return Cast(F(of) if of else Value(0), IntegerField())

    return (
        rows.order_by()
        .annotate(
            line=Cast(Value(kind), CharField()),
            line_name=words(name),
            line_role=words(role),
            line_state=words(state),
            line_at=Cast(F(at), DateTimeField()),
            line_number=whole(number),
            line_thing=whole(thing),
        )
        .values_list(
            "line", "pk", "line_name", "line_role", "line_state", "line_at", "line_number", "line_thing"
        )
    )


def _mentees(people: Iterable[Person]) -> set[int]:
    """Those who look for somebody: mentees, and peers."""
    return {one.thing for one in people if one.kind == "enrolled" and one.role != Role.MENTOR}


def _is_mentor(one: Person) -> bool:
    return one.kind == "enrolled" and one.role == Role.MENTOR


# Needs


def needs_today(program: Program, now: datetime) -> list[Need]:
    """What needs the coordinators, without the rest of the page."""
    today = local_date(now, ZoneInfo(program.zone))
    cycles = list(program.cycles.order_by("number"))
    return _needs(program, cycles, list(_pairs(program, now, today)), list(_people(program, now)), now, today)


def _needs(
    program: Program,
    cycles: Sequence[Cycle],
    pairs: Sequence[Relationship],
    people: Sequence[Person],
    now: datetime,
    today: date,
) -> list[Need]:
    return needs_of(
        program,
        pairs,
        waiting=_waiting(people, pairs, cycles, now, today),
        offers=_offers(people, now),
        returned=[Waiting(one.name, one.at) for one in people if one.kind == "returned"],
        refusing=[Waiting(one.name, one.at) for one in people if one.kind == "refusing"],
        places={one.thing: (one.name, one.number) for one in people if _is_mentor(one)},
        now=now,
    )


def _waiting(
    people: Sequence[Person],
    pairs: Sequence[Relationship],
    cycles: Sequence[Cycle],
    now: datetime,
    today: date,
) -> list[Waiting]:
    """Mentees who could be matched for seven days, and to whom no offer was made; once matching has begun."""
    begun = any(
        cycle.kind == Cycle.Kind.ROLLING or (cycle.matching_on and cycle.matching_on <= today)
        for cycle in cycles
    )
    if not (begun or pairs):
        return []
    asked = {one.number for one in people if one.kind == "asked" and one.state in WAITING}
    return [
        Waiting(one.name, one.at)
        for one in people
        if one.kind == "enrolled" and one.role != Role.MENTOR and one.thing not in asked
        if one.state in (EnrolmentState.ACCEPTED, EnrolmentState.READY) and one.at <= now - WAITED
    ]


def _offers(people: Sequence[Person], now: datetime) -> list[Offer]:
    grouped: dict[int, list[Person]] = {}
    for one in people:
        if one.kind == "asked":
            grouped.setdefault(one.thing, []).append(one)
    # Who has found somebody since does not need another offer.
    settled = {one.thing for one in people if one.kind == "enrolled" and one.state == EnrolmentState.MATCHED}
    found = []
    for members in grouped.values():
        mentee = next((one for one in members if one.role != Role.MENTOR), members[0])
        mentor = next((one for one in members if one.role == Role.MENTOR), members[-1])
        is_declined = mentee.state == ProposalState.DECLINED
        if is_declined and mentee.number in settled:
            continue
        if is_declined or mentee.at <= now + EXPIRES_SOON:
            found.append(Offer(mentee.name, mentor.name, mentee.at, is_declined))
    return sorted(found, key=lambda offer: offer.at)


def _quiet_words(active: Sequence[Relationship], met: Sequence[Relationship]) -> str:
    if not active:
        return _("Nothing needs you.")
    return _("Nothing needs you. %(met)s of %(all)s pairs met within twice their rhythm.") % {
        "met": len(met),
        "all": len(active),
    }


# This week


def _events(program: Program, pairs: Sequence[Relationship], now: datetime) -> list[Happening]:
    """The newest of the last seven days; whose they are is known from the pairs that were read already."""
    rows = (
        Event.objects.within(program.scope).filter(at__gt=now - WEEK, at__lte=now).exclude(verb__in=TECHNICAL)
    )
    newest = list(rows.select_related("by").newest_first()[:EVENTS])
    known = {
        f"relationships.relationship:{pair.pk}": (
            pair_names(pair),
            pair.get_absolute_url(),
        )
        for pair in pairs
    }
    return happenings.told(newest, known)


# Before there are pairs


def next_step_of(program: Program, now: datetime) -> dict[str, Any]:
    """Where a program without pairs stands, and the one thing to do now."""
    args = [program.public_id]
    if program.state == ProgramState.DRAFT:
        return _step(
            0,
            _("Set up the program"),
            _("Six short tasks, in any order. Nobody is told before you publish."),
            reverse("programs:setup", args=args),
            _("Go on with the set-up"),
        )
    taking_part = Enrolment.objects.of_program(program).filter(state__in=TAKING_PART)
    roles = Counter(taking_part.values_list("role", flat=True))
    run = MatchRun.objects.filter(cycle__program=program).slim().order_by("-number").first()
    offers = Proposal.objects.filter(cycle__program=program).waiting().count()
    if offers:
        words = ngettext("%(n)s offer waits for an answer.", "%(n)s offers wait for an answer.", offers)
        return _step(
            2,
            _("Offers are out"),
            words % {"n": offers} + " " + _("A relationship begins when both sides have accepted."),
            reverse("matching:index", args=args),
            _("See the offers"),
        )
    if run and run.state == RunState.REVIEW:
        return _step(
            2,
            _("A match is ready to review"),
            _("Look at the pairs and publish them. Nobody is told before."),
            reverse("matching:run", args=[*args, run.number]),
            _("Review the match"),
        )
    if roles[Role.PEER] > 1:
        return _step(
            2,
            _("Match people"),
            _("%(count)s people can be matched.") % {"count": roles[Role.PEER]},
            reverse("matching:index", args=args),
            _("Go to matching"),
        )
    if roles[Role.MENTEE] and roles[Role.MENTOR]:
        words = _("%(mentees)s mentees and %(mentors)s mentors can be matched.")
        return _step(
            2,
            _("Match people"),
            words % {"mentees": roles[Role.MENTEE], "mentors": roles[Role.MENTOR]},
            reverse("matching:index", args=args),
            _("Go to matching"),
        )
    return _step(
        1,
        _("Bring people in"),
        _("Add people by a file or by their addresses; you see here when they answer."),
        reverse("programs:participants", args=args),
        _("See participants"),
    )


def _step(at: int, title: str, text: str, url: str, action: str) -> dict[str, Any]:
    names = [_("Set up"), _("Participants"), _("Matching"), _("Relationships"), _("Wrap-up")]
    stops = [
        drawings.Stop(
            name, "done" if n < at else "now" if n == at else "next", _("You are here") if n == at else ""
        )
        for n, name in enumerate(names)
    ]
    return {"stops": stops, "title": title, "text": text, "url": url, "action": action}
