"""What a change of a draft would do, worked out before it is done: points, places, rules, and who else changes."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Count, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from matching.decided import LIFTABLE_CODES, Decided
from matching.drafting import Sheet, sheet
from matching.engine.rules import judge
from matching.models import MatchRun, PairDecision, Proposal
from matching.reasons import cautions, rule_words
from matching.snapshot import places_taken, rules_of
from matching.stages import ProposalState, Refused
from matching.standing import apart_words, people_of, with_profiles
from programs.models import Enrolment
from programs.models.enrolments import Role, places_of

TAKEN_APART = "taken_apart"
MOST_CHANGES = 12


@dataclass(frozen=True)
class Change:
    """One mentee gets ``after`` in place of ``before``; public ids of people, empty for nobody."""

    mentee: str
    before: str
    after: str

    @classmethod
    def read(cls, text: str) -> "Change":
        parts = text.split(":")
        good = len(parts) == 3 and all(part == "" or part.isalnum() for part in parts)
        if not good or not parts[0] or parts[1] == parts[2]:
            raise Refused(_("This change cannot be read. Choose it again."))
        return cls(*parts)

    def __str__(self) -> str:
        return f"{self.mentee}:{self.before}:{self.after}"

    @property
    def back(self) -> "Change":
        return Change(self.mentee, self.after, self.before)


def read_changes(texts: Iterable[str]) -> list[Change]:
    changes = [Change.read(text) for text in dict.fromkeys(texts)]
    if not changes or len(changes) > MOST_CHANGES:
        raise Refused(_("This change cannot be read. Choose it again."))
    pairs = [(one.mentee, one.before) for one in changes] + [(one.mentee, one.after) for one in changes]
    if len(set(pairs)) < len(pairs):
        raise Refused(_("This change cannot be read. Choose it again."))
    return changes


@dataclass
class Step:
    """A change with its people, and its points in the run's own scoring, in hundredths."""

    change: Change
    mentee: Enrolment
    before: Enrolment | None
    after: Enrolment | None
    proposal: Proposal | None
    was: int
    becomes: int
    written: dict[str, Any] = field(default_factory=dict)
    ranks: dict[str, int | None] = field(default_factory=dict)
    rules: tuple[str, ...] = ()

    @property
    def cautions(self) -> list[str]:
        return cautions(self.written["evidence"]["facts"]) if self.written else []

    @property
    def rule(self) -> str:
        return rule_words(self.rules)

    @property
    def gain(self) -> int:
        return self.becomes - self.was


@dataclass(frozen=True)
class Draft:
    """A run as it stands after the coordinator's hand: totals in hundredths, beside those of the proven plan."""

    total: int
    pairs: int
    best: int | None
    best_pairs: int
    is_proven: bool

    @classmethod
    def of(cls, run: MatchRun) -> "Draft":
        now = run.proposals.aggregate(total=Sum("score", default=0), pairs=Count("pk"))
        return cls(now["total"], now["pairs"], run.bound, run.pairs, run.is_proven)

    def with_(self, steps: Sequence[Step]) -> "Draft":
        more = sum(step.gain for step in steps)
        pairs = sum(bool(step.after) - bool(step.before) for step in steps)
        return Draft(self.total + more, self.pairs + pairs, self.best, self.best_pairs, self.is_proven)

    @property
    def distance(self) -> str:
        """ "12.40 points below the best possible", in the scoring of the run."""
        if self.best is None:
            return ""
        fewer, below = self.best_pairs - self.pairs, self.best - self.total
        if not fewer and not below:
            return _("as good as the best possible")
        said = []
        if fewer:
            said.append(self.fewer_words(fewer))
        points = {"points": f"{abs(below) / 100:.2f}"}
        if below < 0:
            said.append(_("%(points)s points above the best within the rules of the run") % points)
        elif below and self.is_proven:
            said.append(_("%(points)s points below the best possible") % points)
        elif below:
            said.append(_("at most %(points)s points below the best possible") % points)
        return ", ".join(said)

    def fewer_words(self, fewer: int) -> str:
        if fewer > 0:
            return ngettext("%(count)s pair fewer", "%(count)s pairs fewer", fewer) % {"count": fewer}
        return ngettext("%(count)s pair more", "%(count)s pairs more", -fewer) % {"count": -fewer}


class Effect:
    """What ``changes`` would do to a draft now.  ``problems`` are why it cannot be; ``rules`` are what somebody would
    have to lift in writing first."""

    def __init__(self, run: MatchRun, changes: Sequence[Change], now: datetime) -> None:
        self.run, self.changes, self.now = run, changes, now
        self.sheet: Sheet = sheet(run)
        self.before = self._before()
        self.steps = self._steps()
        self.after = self._after()

    @property
    def gain(self) -> int:
        return self.after.total - self.before.total

    def _before(self) -> Draft:
        return Draft.of(self.run)

    def _after(self) -> Draft:
        return self.before.with_(self.steps)

    def _steps(self) -> list[Step]:
        ends = self._enrolments()
        held = self._proposals(ends)
        steps = []
        for one in self.changes:
            mentee = ends[Role.MENTEE].get(one.mentee)
            before, after = ends[Role.MENTOR].get(one.before), ends[Role.MENTOR].get(one.after)
            proposal = held.get((one.mentee, one.before))
            if mentee is None or (one.after and after is None) or (one.before and proposal is None):
                raise Refused(moved_on())
            if one.after and not self.sheet.knows(one.mentee, one.after):
                raise Refused(_("Somebody of these people was not in this run. Run the matching again."))
            if (one.mentee, one.after) in held and not any(
                (other.mentee, other.before) == (one.mentee, one.after) for other in self.changes
            ):
                raise Refused(moved_on())
            step = Step(one, mentee, before, after, proposal, proposal.score if proposal else 0, 0)
            if one.after:
                step.written = self.sheet.written(one.mentee, one.after)
                step.ranks = self.sheet.ranks(one.mentee, one.after)
                step.becomes = step.written["score"]
            steps.append(step)
        for step, rules in zip(steps, self._rules(steps), strict=True):
            step.rules = rules
        return steps

    def _enrolments(self) -> dict[str, dict[str, Enrolment]]:
        ids = {name for one in self.changes for name in (one.mentee, one.before, one.after) if name}
        rows = with_profiles(Enrolment.objects.filter(cycle=self.run.cycle_id, person__public_id__in=ids))
        found: dict[str, dict[str, Enrolment]] = {Role.MENTEE: {}, Role.MENTOR: {}}
        for row in rows:
            found.setdefault(row.role, {})[row.person.public_id] = row
        return found

    def _proposals(self, ends: dict[str, dict[str, Enrolment]]) -> dict[tuple[str, str], Proposal]:
        mentees = [one.pk for one in ends[Role.MENTEE].values()]
        rows = self.run.proposals.filter(state=ProposalState.SUGGESTED, members__enrolment__in=mentees)
        return {
            (one.mentee.public_id, one.mentor.public_id): one
            for one in rows.distinct().prefetch_related("members__person")
        }

    def _rules(self, steps: Sequence[Step]) -> list[tuple[str, ...]]:
        """The hard rules of today, as this run has set them, that each new pair would break."""
        rows = {end.pk: end for step in steps for end in (step.mentee, step.after) if end}
        people = {row.pk: person for row, person in people_of(self.run.cycle, rows.values(), self.now, {})}
        rules = rules_of(self.run.rules, self.now.date(), self.decided.overrides())
        return [
            tuple(
                rule.code
                for rule in judge([people[step.mentee.pk]], [people[step.after.pk]], rules).reasons(0, 0)
            )
            if step.after
            else ()
            for step in steps
        ]

    @cached_property
    def decided(self) -> Decided:
        return Decided.in_(self.run.cycle)

    @cached_property
    def to_lift(self) -> list[Step]:
        return [step for step in self.steps if step.rules and set(step.rules) <= LIFTABLE_CODES]

    def lifts(self) -> Iterable[tuple[Enrolment, Enrolment, tuple[str, ...]]]:
        """Whom a rule is to be lifted for, as a decision names them, and which rules."""
        return [(step.mentee, step.after, step.rules) for step in self.to_lift]

    @cached_property
    def problems(self) -> list[str]:
        return [*self._not_here(), *self._decided_otherwise(), *self._never(), *self._no_place()]

    def _not_here(self) -> list[str]:
        ends = {end.pk: end for step in self.steps if step.after for end in (step.mentee, step.after)}
        return [
            _("%(name)s is not here to be matched at the moment.") % {"name": end.person.full_name}
            for end in ends.values()
            if not end.is_matchable
        ]

    def _decided_otherwise(self) -> list[str]:
        kinds = {(one.kind, one.first_id, one.second_id) for one in self.decided.decisions}
        found = []
        for step in self.steps:
            names = {"mentee": step.mentee.person.full_name}
            if step.before and (PairDecision.Kind.LOCKED, step.mentee.pk, step.before.pk) in kinds:
                names["mentor"] = step.before.person.full_name
                found.append(_("%(mentee)s and %(mentor)s are locked together. Unlock them first.") % names)
            if step.after and (PairDecision.Kind.FORBIDDEN, step.mentee.pk, step.after.pk) in kinds:
                names["mentor"] = step.after.person.full_name
                found.append(
                    _("%(mentee)s and %(mentor)s are kept apart. Take that decision back first.") % names
                )
        return found

    def _never(self) -> list[str]:
        return [
            apart_words(
                step.rules, {"mentee": step.mentee.person.full_name, "mentor": step.after.person.full_name}
            )
            for step in self.steps
            if set(step.rules) - LIFTABLE_CODES
        ]

    def _no_place(self) -> list[str]:
        mentors = {step.after.pk: step.after for step in self.steps if step.after}
        if not mentors:
            return []
        taken = places_taken(self.run.cycle)
        program = self.run.cycle.program
        busy = [
            step.mentee
            for step in self.steps
            if step.after and taken[step.mentee.pk] >= places_of(step.mentee, program)
        ]
        drafted = self.run.proposals.filter(
            state=ProposalState.SUGGESTED, members__enrolment__in=mentors, members__role=Role.MENTOR
        )
        held: Counter = Counter(drafted.values_list("members__enrolment", flat=True))
        held.update(taken)
        held.update(step.after.pk for step in self.steps if step.after)
        held.subtract(Counter(step.before.pk for step in self.steps if step.before))
        full = [mentor for pk, mentor in mentors.items() if held[pk] > mentor.capacity]
        return [
            *(_("%(name)s has somebody already.") % {"name": mentee.person.full_name} for mentee in busy),
            *(_("%(name)s has no free place.") % {"name": mentor.person.full_name} for mentor in full),
        ]


def moved_on() -> str:
    return _("Somebody has changed these pairs in the meantime. Look at them again.")


def by_hand_words(pairs: int, apart: int, draft: Draft) -> str:
    """ "Changed by hand: 2 pairs, 12.40 points below the best possible."; empty for a run as it was solved."""
    if not pairs and not apart:
        return ""
    count = pairs + apart
    said = ngettext("Changed by hand: %(count)s pair", "Changed by hand: %(count)s pairs", count) % {
        "count": count
    }
    return f"{said}, {draft.distance}." if draft.distance else f"{said}."
