"""The coordinator's hand in a draft of peers: who gets whom instead, what it would do, and whom it leaves alone.

A change names one person with the partner before and after; what happens to those partners follows from all changes
together: a pair that is named before is taken apart, one that is named after is made."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _

from matching.drafting import LOOKED_AT, SHOWN, Option, Options, is_liftable
from matching.effects import Draft, Effect, Step, moved_on
from matching.engine.mutual import mutual_evidence
from matching.engine.peer_certificate import both_ways
from matching.engine.rules import judge, named
from matching.explaining import written
from matching.models import MatchRun, PairDecision, Proposal, ProposalMember
from matching.reasons import listed
from matching.snapshot import places_taken, rules_of
from matching.stages import ProposalState, Refused
from matching.standing import people_of, with_profiles
from people.models import User
from programs.models import Enrolment
from programs.models.enrolments import Role

Two = frozenset[str]


class PeerEffect(Effect):
    """``freed`` are the pairs that are taken apart, ``made`` the first step of each pair that is made; ``steps`` tell
    everybody concerned with the partner before and after."""

    freed: dict[Two, Proposal]
    made: dict[Two, Step]

    def _steps(self) -> list[Step]:
        ends = self._enrolments_of(
            {name for one in self.changes for name in (one.mentee, one.before, one.after)}
        )
        apart = {frozenset((one.mentee, one.before)) for one in self.changes if one.before}
        together = {frozenset((one.mentee, one.after)) for one in self.changes if one.after}
        self.held = self._held(ends)
        if any(two not in self.held for two in apart) or any(two in self.held for two in together):
            raise Refused(moved_on())
        for one in self.changes:
            self._look_at(one, ends)
        self.freed = {two: self.held[two] for two in apart}
        self.made = {}
        order = list(dict.fromkeys(name for one in self.changes for name in self._concerned(one) if name))
        return [self._step(name, ends, apart, together) for name in order]

    def _concerned(self, one) -> tuple[str, ...]:
        return one.mentee, one.before, one.after

    def _look_at(self, one, ends: dict[str, Enrolment]) -> None:
        names = [name for name in self._concerned(one) if name]
        if any(name not in ends for name in names):
            raise Refused(moved_on())
        if one.after and not self.sheet.knows(one.mentee, one.after):
            raise Refused(_("Somebody of these people was not in this run. Run the matching again."))
        alone = not one.before and any(one.mentee in two for two in self.held)
        if alone:
            raise Refused(moved_on())

    def _step(self, name: str, ends: dict[str, Enrolment], apart: set[Two], together: set[Two]) -> Step:
        before = next((two for two in apart if name in two), None)
        after = next((two for two in together if name in two), None)
        was = self.held[before].score if before else 0
        partners = [ends[next(iter(two - {name}))] if two else None for two in (before, after)]
        step = Step(self.changes[0], ends[name], *partners, self.held.get(before), was, 0)
        if after:
            self._written(step, after)
        return step

    def _written(self, step: Step, two: Two) -> None:
        """Rules and cautions of a pair are told once, with the first of the two."""
        if two in self.made:
            step.becomes = self.made[two].becomes
            return
        one, other = sorted(two)
        row, column = self.sheet.rows[one], self.sheet.rows[other]
        parts = {name: int(units[0]) for name, units in self.sheet.scores.points([row], [column]).items()}
        people = self.sheet.mentees
        facts = mutual_evidence(people[row], people[column], distance=self.sheet.distance)
        step.written = {
            "score": sum(parts.values()),
            "parts": parts,
            "evidence": {"facts": [written(fact) for fact in facts]},
            "warnings": [fact.code for fact in facts if fact.warning],
        }
        step.ranks = {
            one: people[row].chosen.get(other),
            other: people[column].chosen.get(one),
        }
        step.becomes = step.written["score"]
        step.rules = self._broken(step)
        self.made[two] = step

    def _broken(self, step: Step) -> tuple[str, ...]:
        rows = (step.mentee, step.after)
        people = {row.pk: person for row, person in people_of(self.run.cycle, rows, self.now, {})}
        rules = both_ways(rules_of(self.run.rules, self.now.date(), self.decided.overrides()))
        found = judge([people[rows[0].pk]], [people[rows[1].pk]], rules).reasons(0, 0)
        return tuple(rule.code for rule in found)

    def _enrolments_of(self, ids: Iterable[str]) -> dict[str, Enrolment]:
        rows = Enrolment.objects.filter(
            cycle=self.run.cycle_id, role=Role.PEER, person__public_id__in=[name for name in ids if name]
        )
        return {row.person.public_id: row for row in with_profiles(rows)}

    def _held(self, ends: dict[str, Enrolment]) -> dict[Two, Proposal]:
        """The pairs of the draft that any of these people is in."""
        rows = self.run.proposals.filter(
            state=ProposalState.SUGGESTED, members__enrolment__in=[one.pk for one in ends.values()]
        )
        return {
            frozenset(member.person.public_id for member in one.members.all()): one
            for one in rows.distinct().prefetch_related("members__person")
        }

    def _after(self) -> Draft:
        lost = sum(proposal.score for proposal in self.freed.values())
        won = sum(step.becomes for step in self.made.values())
        now = self.before
        pairs = now.pairs + len(self.made) - len(self.freed)
        return Draft(now.total + won - lost, pairs, now.best, now.best_pairs, now.is_proven)

    def _decided_otherwise(self) -> list[str]:
        kinds = {(one.kind, frozenset((one.first_id, one.second_id))) for one in self.decided.decisions}
        found = []
        for two, proposal in self.freed.items():
            keys = frozenset(member.enrolment_id for member in proposal.members.all())
            if (PairDecision.Kind.LOCKED, keys) in kinds:
                found.append(
                    _("%(mentee)s and %(mentor)s are locked together. Unlock them first.")
                    % self._names(proposal, two)
                )
        for step in self.made.values():
            if (PairDecision.Kind.FORBIDDEN, frozenset((step.mentee.pk, step.after.pk))) in kinds:
                names = {"mentee": step.mentee.person.full_name, "mentor": step.after.person.full_name}
                found.append(
                    _("%(mentee)s and %(mentor)s are kept apart. Take that decision back first.") % names
                )
        return found

    def lifts(self) -> list[tuple[Enrolment, Enrolment, tuple[str, ...]]]:
        """Of two peers the one enrolled first is named first."""
        return [
            (*sorted((step.mentee, step.after), key=lambda end: end.pk), step.rules) for step in self.to_lift
        ]

    def _names(self, proposal: Proposal, two: Two) -> dict[str, str]:
        by_id = {member.person.public_id: member.person.full_name for member in proposal.members.all()}
        one, other = sorted(two)
        return {"mentee": by_id[one], "mentor": by_id[other]}

    def _no_place(self) -> list[str]:
        """Everybody has one partner: in the draft, and in what has begun or is offered."""
        taken = places_taken(self.run.cycle) if self.made else {}
        staying = [two for two in self.held if two not in self.freed]
        found = []
        for step in self.steps:
            name = step.mentee.person.public_id
            then = [two for two in (*staying, *self.made) if name in two]
            if step.after and (taken[step.mentee.pk] or len(then) > 1):
                found.append(_("%(name)s has somebody already.") % {"name": step.mentee.person.full_name})
        return found


@dataclass(frozen=True)
class PeerOption(Option):
    """Another partner.  ``alone`` are those who would have nobody any more."""

    alone: tuple[User, ...] = ()

    role = Role.PEER.value

    @property
    def deed(self) -> str:
        return _("Swap") if self.swaps else _("Pair")

    @property
    def cost_words(self) -> str:
        if not self.alone:
            return ""
        return _("Leaves %(names)s without a partner.") % {
            "names": listed(one.short_name for one in self.alone)
        }


class PeerOptions(Options):
    """Whom one person could have as a partner instead."""

    def __init__(self, run: MatchRun, person: User, present: Proposal | None) -> None:
        super().__init__(run, person, None)
        self.present = present
        members = present.members.all() if present else ()
        self.partner = next((m.person for m in members if m.person_id != person.pk), None)
        self.now = self.partner.public_id if self.partner else ""

    def named(self, wanted: str) -> list[Option]:
        people = User.objects.filter(full_name__icontains=wanted, enrolments__cycle=self.run.cycle_id)
        ids = people.order_by("full_name", "pk").values_list("public_id", flat=True).distinct()[: 4 * SHOWN]
        mine = {self.mentee.public_id, self.now}
        bits = self.sheet.barred(self.mentee.public_id)
        rows = [self.sheet.rows[one] for one in ids if one in self.sheet.rows and one not in mine]
        return self._among([row for row in rows if is_liftable(int(bits[row]))])

    def _nearest(self, *, lifted: bool) -> list[int]:
        me = self.sheet.rows[self.mentee.public_id]
        bits = self.sheet.barred(self.mentee.public_id)
        everybody = np.arange(len(bits))
        units = self.sheet.scores.at(np.full(len(bits), me), everybody)
        open_ = np.array(
            [at for at in everybody if bool(bits[at]) == lifted and is_liftable(int(bits[at]))], int
        )
        taken = {me, self.sheet.rows.get(self.now, me)}
        open_ = np.array([at for at in open_.tolist() if at not in taken], int)
        return open_[np.argsort(-units[open_], kind="stable")][:LOOKED_AT].tolist()

    def _among(self, columns: Iterable[int]) -> list[Option]:
        ids = [self.sheet.mentees[column].id for column in columns]
        people = {
            one.public_id: one for one in User.objects.filter(public_id__in=ids).select_related("profile")
        }
        partners = partners_of(self.run, ids)
        bits = self.sheet.barred(self.mentee.public_id)
        return [
            self._option(people[one], partners.get(one), int(bits[self.sheet.rows[one]]))
            for one in ids
            if one in people
        ]

    def _option(self, other: User, theirs: User | None, bits: int) -> Option:
        me, there = self.mentee.public_id, other.public_id
        units, before = (found or 0 for found in self.sheet.units([(me, there), (me, self.now)]))
        rules = tuple(rule.code for rule in named(bits))
        mine = f"{me}:{self.now}:{there}"
        left = (self.partner,) if self.partner else ()
        if theirs is None:
            return PeerOption(other, units, units - before, 0, (mine,), rules=rules, alone=left)
        was, after = (
            found or 0
            for found in self.sheet.units([(theirs.public_id, there), (theirs.public_id, self.now)])
        )
        if self.now and self.sheet.allowed(theirs.public_id, self.now):
            both = (mine, f"{theirs.public_id}:{there}:{self.now}")
            gain = units - before + after - was
            to = self.partner.short_name
            return PeerOption(other, units, gain, 0, both, theirs, (was, after), True, rules, to)
        both = (mine, f"{theirs.public_id}:{there}:")
        gain = units - before - was
        return PeerOption(other, units, gain, 0, both, theirs, (was, 0), rules=rules, alone=(*left, theirs))


def partners_of(run: MatchRun, ids: Iterable[str]) -> dict[str, User]:
    """Whom these people have in the draft, by public id."""
    theirs = run.proposals.filter(state=ProposalState.SUGGESTED, members__person__public_id__in=list(ids))
    by_proposal: dict[int, list[User]] = {}
    for member in ProposalMember.objects.filter(proposal__in=theirs).select_related("person"):
        by_proposal.setdefault(member.proposal_id, []).append(member.person)
    pairs = [two for two in by_proposal.values() if len(two) == 2]
    return {a.public_id: b for two in pairs for a, b in (two, two[::-1])}
