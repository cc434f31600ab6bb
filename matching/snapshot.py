"""From rows to the engine's plain values: who can be matched, what each brought, and what must not be.

The number of queries does not depend on the number of people."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db.models import Q

from matching.decided import SWITCHABLE, Decided, rule_of
from matching.engine.availability import week_minutes
from matching.engine.certificate import snapshot
from matching.engine.group_question import Sizes, group_snapshot
from matching.engine.peer_certificate import both_ways, peer_snapshot
from matching.engine.profiles import DIFFERENT, SAME, Person, Preference
from matching.engine.rules import Override, Rules
from matching.experience import Scale, scale_of
from matching.models import MatchRun, Proposal, ProposalMember, ShortlistEntry
from matching.stages import WAITING
from people.models import Exclusion, ProfileTopic, ReportingLine
from people.models.profiles import WEEKDAYS
from programs.models import Cycle, Enrolment
from programs.models.enrolments import Role, places_of
from programs.models.programs import USUAL_GROUP, Format
from relationships.models import Relationship, RelationshipMember
from relationships.stages import Status

KEPT_APART = (Exclusion.Kind.FAMILY, Exclusion.Kind.NOT_THIS_PERSON, Exclusion.Kind.EARLIER_ENDED)
MODES = {"in_person", "hybrid", "virtual", "asynchronous"}


@dataclass(frozen=True)
class Pool:
    """Who can be put forward now: enrolments of each side, with the places still free.  Peers are on both sides."""

    mentees: list[Enrolment]
    mentors: list[Enrolment]
    free: dict[int, int]

    @property
    def places(self) -> int:
        return sum(self.free[mentor.pk] for mentor in self.mentors)


def pool(cycle: Cycle) -> Pool:
    """Everybody with a free place: mentees as many as the program lets them have mentors, peers one."""
    taken = places_taken(cycle)
    found = list(
        Enrolment.objects.filter(cycle=cycle)
        .matchable()
        .select_related("person", "person__profile", "person__profile__site")
        .order_by("person__public_id")
    )
    program = cycle.program
    free = {one.pk: max(places_of(one, program) - taken[one.pk], 0) for one in found}
    if cycle.program.format == Format.PEER:
        peers = [e for e in found if e.role == Role.PEER and free[e.pk]]
        return Pool(mentees=peers, mentors=peers, free=free)
    return Pool(
        mentees=[e for e in found if e.role == Role.MENTEE and free[e.pk]],
        mentors=[e for e in found if e.role == Role.MENTOR and free[e.pk]],
        free=free,
    )


def pool_again(cycle: Cycle, asked: Mapping[str, Any]) -> Pool:
    """The people of a snapshot that was taken earlier, whatever has become of them since."""
    is_peer = asked["format"] == Format.PEER
    sides = [
        {person["id"]: person["capacity"] for person in asked.get("people" if is_peer else side, ())}
        for side in ("mentees", "mentors")
    ]
    found = list(
        Enrolment.objects.filter(cycle=cycle, person__public_id__in={id for side in sides for id in side})
        .select_related("person", "person__profile", "person__profile__site")
        .order_by("person__public_id")
    )
    roles = (Role.PEER, Role.PEER) if is_peer else (Role.MENTEE, Role.MENTOR)
    mentees, mentors = (
        [e for e in found if e.role == role and e.person.public_id in side]
        for role, side in zip(roles, sides, strict=True)
    )
    return Pool(mentees, mentors, {e.pk: sides[1][e.person.public_id] for e in mentors})


def places_taken(cycle: Cycle) -> Counter:
    """How many open relationships and waiting offers each enrolment of the cycle has."""
    taken: Counter = Counter()
    open_ones = Relationship.objects.filter(cycle=cycle).filter(
        Q(status=Status.PENDING) | Q(status__in=[Status.ACTIVE, Status.PAUSED], formal_end_at=None)
    )
    members = RelationshipMember.objects.filter(relationship__in=open_ones, left_at=None)
    taken.update(members.values_list("enrolment_id", flat=True))
    offers = Proposal.objects.filter(cycle=cycle, state__in=[*WAITING, "confirmed"])
    asked = ProposalMember.objects.filter(proposal__in=offers).exclude(answer=ProposalMember.Answer.DECLINED)
    taken.update(asked.values_list("enrolment_id", flat=True))
    return taken


def question(cycle: Cycle, now: datetime, *, run: MatchRun | None = None) -> tuple[Pool, dict[str, Any]]:
    """The snapshot a run answers: people and decisions of this moment, with the rules, weights and objective of the
    run, or of the program where none is given."""
    found = pool(cycle)
    terms = run or cycle.program
    decided = Decided.in_(cycle)
    everybody = {enrolment.pk: enrolment for enrolment in (*found.mentees, *found.mentors)}
    facts = Facts.about(cycle, list(everybody.values()), now, decided)
    mentees = [person_of(one, found.free[one.pk], facts, now.date()) for one in found.mentees]
    # A mentor has places for one mentee each, or leads one group, with places for the most it takes.
    most = sizes_of(terms.rules).most if cycle.program.format == Format.GROUP else None
    mentors = [
        person_of(enrolment, most or found.free[enrolment.pk], facts, now.date())
        for enrolment in found.mentors
    ]
    ruled = rules_of(terms.rules, now.date(), decided.overrides())
    given = {
        "weights": terms.weights or None,
        "objective": terms.rules.get("objective", "coverage"),
        "minimum_score": run.minimum_score if run else 0,
        **facts.experience.distance_in(cycle.program.format),
    }
    if cycle.program.format == Format.PEER:
        by_id = {person.id: person for person in mentees}
        locked, _stuck = decided.locks(by_id, by_id, both_ways(ruled))
        return found, peer_snapshot(mentees, ruled, locked=locked, **given)
    locked, _stuck = decided.locks(
        *({person.id: person for person in side} for side in (mentees, mentors)), ruled
    )
    asked = snapshot(mentees, mentors, ruled, locked=locked, **given)
    if cycle.program.format == Format.GROUP:
        return found, group_snapshot(asked, sizes_of(terms.rules))
    return found, asked


def sizes_of(chosen: Mapping[str, Any]) -> Sizes:
    """How large groups are, as a program or a run has set it."""
    return Sizes(**{**USUAL_GROUP, **chosen.get("group", {})})


def fewest_of(proposal: Proposal) -> int:
    """How many mentees a proposed group needs to begin: as its run was asked."""
    chosen = proposal.run.rules if proposal.run else proposal.cycle.program.rules
    return sizes_of(chosen).fewest


def rules_of(chosen: Mapping[str, Any], today: date, overrides: tuple[Override, ...]) -> Rules:
    """The hard rules as a program or a run has set them."""
    wanted = {name: chosen[name] for name in ("shared_minutes", "months_after_early_end") if name in chosen}
    off = rule_of(code for code in chosen.get("switched_off", ()) if code in SWITCHABLE)
    return Rules(today=today, switched_off=off, overrides=overrides, **wanted)


@dataclass(frozen=True)
class Facts:
    """What stands in other tables, gathered once for everybody."""

    public_ids: dict[int, str]
    above: dict[int, frozenset[int]]
    wanted: dict[int, dict[str, int]]
    offered: dict[int, frozenset[str]]
    apart: dict[int, set[int]]
    blocked: dict[int, set[int]]
    ended: dict[int, dict[int, date]]
    # By enrolment: a person who is mentor and mentee has two lists.
    chosen: dict[int, dict[int, int]]
    experience: Scale

    @classmethod
    def about(
        cls, cycle: Cycle, enrolments: list[Enrolment], now: datetime, decided: Decided | None = None
    ) -> "Facts":
        people = {enrolment.person_id: enrolment.person.public_id for enrolment in enrolments}
        wanted: dict[int, dict[str, int]] = defaultdict(dict)
        offered: dict[int, set[str]] = defaultdict(set)
        links = ProfileTopic.objects.filter(profile__user__in=people).values_list(
            "profile__user", "topic__name", "side", "rank"
        )
        for person, topic, side, rank in links:
            if side == ProfileTopic.Side.WANTED:
                wanted[person][topic.casefold()] = rank
            else:
                offered[person].add(topic.casefold())
        apart: dict[int, set[int]] = defaultdict(set)
        blocked: dict[int, set[int]] = defaultdict(set)
        exclusions = Exclusion.objects.in_force(now).among(people).values_list("author", "other", "kind")
        for author, other, kind in exclusions:
            kept = blocked if kind == Exclusion.Kind.SAFETY else apart
            kept[author].add(other)
        chosen, unwanted = ranks_given(cycle)
        together = together_now(cycle) if cycle.program.rules.get("mentors_per_mentee", 1) > 1 else ()
        for person, other in [
            *declined_pairs(cycle),
            *unwanted,
            *together,
            *(decided.apart() if decided else ()),
        ]:
            apart[person].add(other)
        return cls(
            public_ids=people,
            above=ReportingLine.objects.above(people),
            wanted=wanted,
            offered={person: frozenset(topics) for person, topics in offered.items()},
            apart=apart,
            blocked=blocked,
            ended=ended_early(people),
            chosen=chosen,
            experience=scale_of(enrolment.person.profile for enrolment in enrolments),
        )

    def named(self, people: Any) -> frozenset[str]:
        return frozenset(self.public_ids[person] for person in people if person in self.public_ids)


def declined_pairs(cycle: Cycle) -> list[tuple[int, int]]:
    """Who has said "not this time" to whom in this cycle: the same two are not put forward again.

    Who has declined a group has declined those who lead it, not everybody who was asked to join it."""
    of_cycle = ProposalMember.objects.filter(proposal__cycle=cycle)
    said_no = of_cycle.filter(answer=ProposalMember.Answer.DECLINED).values("proposal")
    rows = list(of_cycle.filter(proposal__in=said_no).values_list("proposal", "person", "answer", "role"))
    is_group = cycle.program.format == Format.GROUP
    members: dict[int, list[int]] = defaultdict(list)
    for proposal, person, _answer, role in rows:
        if not is_group or role == Role.MENTOR:
            members[proposal].append(person)
    return [
        (person, other)
        for proposal, person, answer, _role in rows
        if answer == ProposalMember.Answer.DECLINED
        for other in members[proposal]
        if other != person
    ]


def together_now(cycle: Cycle) -> list[tuple[int, int]]:
    """Who has a relationship or a waiting offer with whom: where a mentee has several mentors, each is another one."""
    open_ones = RelationshipMember.objects.taking_a_place().filter(relationship__cycle=cycle)
    offered = ProposalMember.objects.filter(
        proposal__cycle=cycle, proposal__state__in=[*WAITING, "confirmed"]
    )
    members: dict[tuple[str, int], list[int]] = defaultdict(list)
    for kind, rows in (("relationship", open_ones), ("proposal", offered)):
        for what, person in rows.values_list(kind, "person"):
            members[kind, what].append(person)
    return [(one, other) for people in members.values() for one in people for other in people if one < other]


def ranks_given(cycle: Cycle) -> tuple[dict[int, dict[int, int]], list[tuple[int, int]]]:
    """From the newest shortlist that each has answered: by enrolment whom they ranked how, by person; and pairs of
    people (owner, other) in which the owner wants none of those who were shown."""
    answered = ShortlistEntry.objects.filter(shortlist__cycle=cycle, shortlist__answered_at__isnull=False)
    rows = answered.order_by("shortlist").values_list(
        "shortlist", "shortlist__enrolment", "shortlist__enrolment__person", "enrolment__person", "rank"
    )
    newest: dict[int, int] = {}
    chosen: dict[int, dict[int, int]] = {}
    unwanted: dict[int, list[tuple[int, int]]] = {}
    for shortlist, owner, person, other, rank in rows:
        if newest.get(owner) != shortlist:
            newest[owner], chosen[owner], unwanted[owner] = shortlist, {}, []
        if rank == ShortlistEntry.NOT_THEM:
            unwanted[owner].append((person, other))
        elif rank is not None:
            chosen[owner][other] = rank
    return chosen, [pair for pairs in unwanted.values() for pair in pairs]


def ended_early(people: dict[int, str]) -> dict[int, dict[int, date]]:
    """For each mentee the mentors of a relationship that ended early, with the day of its end."""
    found: dict[int, dict[int, date]] = defaultdict(dict)
    early = RelationshipMember.objects.filter(relationship__status=Status.ENDED_EARLY, person__in=people)
    by_relationship: dict[int, list[tuple[int, date]]] = defaultdict(list)
    for relationship, person, at in early.values_list("relationship", "person", "relationship__ended_at"):
        by_relationship[relationship].append((person, at.date()))
    for members in by_relationship.values():
        for person, day in members:
            for other, _day in members:
                if other != person:
                    found[person][other] = max(day, found[person].get(other, day))
    return found


def person_of(enrolment: Enrolment, capacity: int, facts: Facts, today: date) -> Person:
    person, profile = enrolment.person, enrolment.person.profile
    scale = [value for value in profile.learning_orientation.values() if isinstance(value, int)]
    wishes = {**profile.preferences, **enrolment.preferences}
    return Person(
        id=person.public_id,
        role=Role.MENTOR.value if enrolment.role == Role.MENTOR else Role.MENTEE.value,
        capacity=capacity,
        topics_wanted=facts.wanted.get(person.pk, {}),
        topics_offered=facts.offered.get(person.pk, frozenset()),
        values=tuple(profile.values),
        working_style={code: int(value) for code, value in profile.working_style.items()},
        learning_orientation=round(sum(scale) / len(scale)) if scale else None,
        interests=frozenset(interest.casefold() for interest in profile.interests),
        preferences=tuple(Preference(name, SAME) for name, wish in sorted(wishes.items()) if wish == SAME),
        different_from_me_in=frozenset(name for name, wish in wishes.items() if wish == DIFFERENT),
        chosen={
            facts.public_ids[other]: rank
            for other, rank in facts.chosen.get(enrolment.pk, {}).items()
            if other in facts.public_ids
        },
        attributes={"function": frozenset({profile.function})} if profile.function else {},
        mode=profile.mode if profile.mode in MODES else "",
        site=profile.site.name if profile.site else "",
        grade=profile.grade,
        hours=week_minutes(hours_of(profile), person.zone, today),
        languages=frozenset(profile.languages),
        experience=facts.experience.of.get(person.pk),
        reports_to=facts.named(facts.above.get(person.pk, ())),
        excludes=facts.named(facts.apart.get(person.pk, ())),
        blocked=facts.named(facts.blocked.get(person.pk, ())),
        ended_early_with={
            facts.public_ids[other]: day
            for other, day in facts.ended.get(person.pk, {}).items()
            if other in facts.public_ids
        },
    )


def hours_of(profile: Any) -> dict[int, list[tuple[time, time]]]:
    return {
        WEEKDAYS.index(day): [(time.fromisoformat(start), time.fromisoformat(end)) for start, end in spans]
        for day, spans in profile.hours.items()
        if spans
    }
