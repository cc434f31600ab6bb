"""What the coordinators have decided about pairs, as a run takes it: which locks it can keep, whom it keeps apart, and
which rules it lifts for whom."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from matching.engine.profiles import Person
from matching.engine.rules import Override, Rule, Rules, judge
from matching.models import PairDecision
from programs.models import Cycle

Kind = PairDecision.Kind
# What a coordinator may lift for one pair, with a reason.  What one person has ruled out in confidence is not asked of
# them at all, and safety is never lifted.
LIFTABLE = (Rule.REPORTING_LINE, Rule.LANGUAGE, Rule.HOURS)
# What a whole program may do without.
SWITCHABLE = frozenset({Rule.LANGUAGE.code, Rule.HOURS.code})
LIFTABLE_CODES = frozenset(rule.code for rule in LIFTABLE)

# Why a lock cannot be kept.
GONE, NO_PLACE, RULED_OUT = "gone", "no_place", "ruled_out"


@dataclass(frozen=True)
class Decided:
    """The decisions in force of one cycle, oldest first."""

    decisions: tuple[PairDecision, ...]

    @classmethod
    def in_(cls, cycle: Cycle) -> "Decided":
        rows = PairDecision.objects.filter(cycle=cycle).in_force().with_people()
        return cls(tuple(rows.order_by("created_at", "pk")))

    def of(self, kind: str) -> Iterator[PairDecision]:
        return (decision for decision in self.decisions if decision.kind == kind)

    def apart(self) -> Iterator[tuple[int, int]]:
        """Persons who must not be matched with each other."""
        return ((one.first.person_id, one.second.person_id) for one in self.of(Kind.FORBIDDEN))

    def lifted(self, rule: Rule) -> Iterator[tuple[int, int]]:
        """Persons for whom a coordinator has lifted this rule."""
        return (
            (one.first.person_id, one.second.person_id)
            for one in self.of(Kind.OVERRIDE)
            if rule.code in one.rules
        )

    def overrides(self) -> tuple[Override, ...]:
        """The reason stays where it is written; the snapshot of a run names the decision that holds it."""
        return tuple(
            Override(
                mentee=one.first.person.public_id,
                mentor=one.second.person.public_id,
                rule=rule_of(one.rules),
                reason=f"Decision {one.public_id}",
            )
            for one in self.of(Kind.OVERRIDE)
            if one.rules
        )

    def locks(
        self, firsts: Mapping[str, Person], seconds: Mapping[str, Person], rules: Rules
    ) -> tuple[list[tuple[str, str]], list["Stuck"]]:
        """The locks that a run of these people can keep, as ids, and those it cannot, with the reason.

        ``firsts`` and ``seconds`` are the people of each side by id; of peers both are the same mapping."""
        kept, stuck = [], []
        taken: Counter = Counter()
        for decision in self.of(Kind.LOCKED):
            ids = decision.first.person.public_id, decision.second.person.public_id
            first, second = firsts.get(ids[0]), seconds.get(ids[1])
            if first is None or second is None:
                stuck.append(Stuck(decision, GONE))
                continue
            places = [((id(firsts), first.id), first.capacity), ((id(seconds), second.id), second.capacity)]
            if any(taken[key] >= capacity for key, capacity in places):
                stuck.append(Stuck(decision, NO_PLACE))
            elif broken := judge([first], [second], rules).reasons(0, 0):
                stuck.append(Stuck(decision, RULED_OUT, tuple(rule.code for rule in broken)))
            else:
                kept.append(ids)
                taken.update(key for key, _capacity in places)
        return kept, stuck


@dataclass(frozen=True)
class Stuck:
    """A lock that cannot be kept.  ``rules`` are the codes of what keeps the two apart, most serious first."""

    decision: PairDecision
    why: str
    rules: tuple[str, ...] = ()


def rule_of(codes: Iterable[str]) -> Rule:
    found = Rule(0)
    for code in codes:
        found |= Rule[code.upper()]
    return found
