"""Before a run: which decisions about pairs contradict the people, the places or the rules of today."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from matching.decided import GONE, LIFTABLE_CODES, NO_PLACE, Decided, Stuck
from matching.engine.profiles import Person
from matching.engine.rules import judge
from matching.models import PairDecision
from matching.reasons import rule_words
from matching.snapshot import Facts, person_of, places_taken, rules_of, sizes_of, together_now
from programs.models import Cycle, Enrolment, Program
from programs.models.enrolments import Role, places_of
from programs.models.programs import Format


@dataclass(frozen=True)
class Finding:
    """A decision that the next run cannot follow, and why, in a sentence."""

    decision: PairDecision
    words: str


def findings(cycle: Cycle, now: datetime) -> list[Finding]:
    """The locks that the next run would have to leave out.  The number of queries does not depend on how many."""
    decided = Decided.in_(cycle)
    ends = {pk for one in decided.of(PairDecision.Kind.LOCKED) for pk in (one.first_id, one.second_id)}
    if not ends:
        return []
    taken = places_taken(cycle)
    settled = settled_ones(decided, cycle, taken)
    waiting = Decided(tuple(one for one in decided.decisions if one.pk not in settled))
    here = with_profiles(Enrolment.objects.filter(pk__in=ends).matchable())
    people = people_of(cycle, here, now, taken)
    firsts = {person.id: person for enrolment, person in people if enrolment.role != Role.MENTOR}
    seconds = {person.id: person for enrolment, person in people if enrolment.role != Role.MENTEE}
    rules = rules_of(cycle.program.rules, now.date(), decided.overrides())
    _kept, stuck = waiting.locks(firsts, seconds, rules)
    return [Finding(one.decision, stuck_words(one)) for one in stuck]


def settled_ones(decided: Decided, cycle: Cycle, taken: Mapping[int, int]) -> set[int]:
    """Locks that ask for nothing now: the two are together, or whoever wanted somebody has as many as they may."""
    program = cycle.program
    together = {frozenset(two) for two in together_now(cycle)} if several_mentors(program) else set()
    return {
        one.pk
        for one in decided.of(PairDecision.Kind.LOCKED)
        if frozenset((one.first.person_id, one.second.person_id)) in together
        or any(
            taken.get(end.pk, 0) >= places_of(end, program)
            for end in (one.first, one.second)
            if end.role != Role.MENTOR
        )
    }


def several_mentors(program: Program) -> bool:
    return program.rules.get("mentors_per_mentee", 1) > 1


def stuck_words(one: Stuck) -> str:
    names = {
        "mentee": one.decision.first.person.full_name,
        "mentor": one.decision.second.person.full_name,
    }
    if one.why == GONE:
        return (
            _("%(mentee)s and %(mentor)s are locked together, but one of them is not here any more.") % names
        )
    if one.why == NO_PLACE:
        return _("%(mentee)s and %(mentor)s are locked together, but there is no free place.") % names
    return apart_words(one.rules, names, locked=True)


def apart_words(codes: Iterable[str], names: dict[str, str], *, locked: bool = False) -> str:
    """What keeps two people apart.  Of a wish that somebody told in confidence no more than that it may not be."""
    codes = list(codes)
    if all(code in LIFTABLE_CODES for code in codes):
        words = (
            _("%(mentee)s and %(mentor)s are locked together, but: %(rule)s.")
            if locked
            else _("%(mentee)s and %(mentor)s may not be a pair: %(rule)s.")
        )
        return words % {**names, "rule": rule_words(codes)}
    if locked:
        return _("%(mentee)s and %(mentor)s are locked together, but may not be a pair.") % names
    return _("%(mentee)s and %(mentor)s may not be a pair.") % names


def broken_rules(first: Enrolment, second: Enrolment, now: datetime) -> list[str]:
    """The codes of today's hard rules that keep two people apart, less those lifted for them."""
    cycle = first.cycle
    rows = list(with_profiles(Enrolment.objects.filter(pk__in=[first.pk, second.pk])))
    by_pk = {enrolment.pk: person for enrolment, person in people_of(cycle, rows, now, {})}
    decided = Decided.in_(cycle)
    overrides = [
        o for o in decided.overrides() if (o.mentee, o.mentor) == (by_pk[first.pk].id, by_pk[second.pk].id)
    ]
    rules = rules_of(cycle.program.rules, now.date(), tuple(overrides))
    return [rule.code for rule in judge([by_pk[first.pk]], [by_pk[second.pk]], rules).reasons(0, 0)]


def never_broken(program: Program) -> list[str]:
    """The hard rules of a program's runs, as it has set them."""
    off = program.rules.get("switched_off", ())
    minutes = program.rules.get("shared_minutes", 120)
    told = [_("No pair along a reporting line"), _("No pair that somebody has ruled out")]
    if "language" not in off:
        told.append(_("A language in common"))
    if minutes and "hours" not in off:
        hours = _("%(hours)s working hours a week in common") % {"hours": f"{minutes / 60:g}"}
        told.append(_("Two working hours a week in common") if minutes == 120 else hours)
    told.append(_("Nobody over their places"))
    return told


def people_of(
    cycle: Cycle, rows: Iterable[Enrolment], now: datetime, taken: Mapping[int, int]
) -> list[tuple[Enrolment, Person]]:
    rows = list(rows)
    facts = Facts.about(cycle, rows, now)
    # Whoever leads a group has places for the most it takes.
    program = cycle.program
    most = sizes_of(program.rules).most if program.format == Format.GROUP else 0
    places = {
        row.pk: max((most or row.capacity) - taken.get(row.pk, 0), 0)
        if row.role == Role.MENTOR
        else places_of(row, program)
        for row in rows
    }
    return [(row, person_of(row, places[row.pk], facts, now.date())) for row in rows]


def with_profiles(rows):
    return rows.select_related("person", "person__profile", "person__profile__site")
