"""The coordinator's hand in a draft of groups: who moves to another group, is taken out, or joins one.

A change names one mentee with the group before and after, by the id of the first who leads it.  A group is between the
fewest and the most of its run, or closed; everybody taken out together closes it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from matching.drafting import SHOWN, Option, Options, Sheet, is_liftable
from matching.effects import Change, Draft, Effect, Step, moved_on
from matching.engine.evidence import evidence
from matching.engine.group_question import kept_apart
from matching.engine.profiles import Person
from matching.engine.rules import Rule, judge, named
from matching.engine.teams import team_scores
from matching.explaining import written
from matching.models import MatchRun, PairDecision, Proposal
from matching.snapshot import places_taken, rules_of
from matching.stages import ProposalState, Refused
from matching.standing import people_of, with_profiles
from people.models import User
from programs.models import Enrolment
from programs.models.enrolments import Role, places_of


@dataclass(frozen=True)
class Group:
    """A group of the draft: ``lead`` is the first who leads it, ``inside`` the mentees, by public id."""

    lead: str
    proposal: Proposal
    inside: dict[str, Enrolment]


def groups_of(run: MatchRun, sheet: Sheet) -> dict[str, Group]:
    """The groups of the draft by their lead, in a fixed number of queries."""
    lead_of = {mentor: lead for lead, team in sheet.teams.items() for mentor in team}
    rows = run.proposals.filter(state=ProposalState.SUGGESTED)
    found = {}
    for proposal in rows.prefetch_related("members__person", "members__enrolment__person"):
        members = proposal.members.all()
        leads = {lead_of.get(one.person.public_id) for one in members if one.role == Role.MENTOR}
        inside = {one.person.public_id: one.enrolment for one in members if one.role == Role.MENTEE}
        for lead in leads - {None}:
            found[lead] = Group(lead, proposal, inside)
    return found


def units_with(sheet: Sheet, mentees: list[str], lead: str) -> list[int]:
    """Hundredths of a point of each mentee with all who lead a group."""
    rows = [sheet.rows[one] for one in mentees]
    columns = [sheet.columns[one] for one in sheet.teams[lead]]
    if not rows:
        return []
    table = np.stack([sheet.scores.at(rows, [column] * len(rows)) for column in columns], axis=1)
    units, _all = team_scores(table, [range(len(columns))])
    return units[:, 0].tolist()


class GroupDraft(Draft):
    """``pairs`` counts the people who are in a group."""

    @classmethod
    def of(cls, run: MatchRun, sheet: Sheet, groups: dict[str, Group]) -> "GroupDraft":
        total = sum(sum(units_with(sheet, [*one.inside], lead)) for lead, one in groups.items())
        placed = sum(len(one.inside) for one in groups.values())
        solved = sum(len(people) for _lead, people in sheet.solved)
        return cls(total, placed, run.bound, solved, run.is_proven)

    def fewer_words(self, fewer: int) -> str:
        if fewer > 0:
            return ngettext("%(count)s person fewer", "%(count)s people fewer", fewer) % {"count": fewer}
        return ngettext("%(count)s person more", "%(count)s people more", -fewer) % {"count": -fewer}


def groups_by_hand_words(draft: GroupDraft) -> str:
    if not draft.distance:
        return _("Changed by hand.")
    return _("Changed by hand: %(distance)s.") % {"distance": draft.distance}


class GroupEffect(Effect):
    """``touched`` are the groups whose people change, with who is in them afterwards."""

    def _before(self) -> Draft:
        self.groups = groups_of(self.run, self.sheet)
        return GroupDraft.of(self.run, self.sheet, self.groups)

    def _after(self) -> Draft:
        now = self.before.with_(self.steps)
        return GroupDraft(now.total, now.pairs, now.best, now.best_pairs, now.is_proven)

    def _steps(self) -> list[Step]:
        if len({one.mentee for one in self.changes}) < len(self.changes):
            raise Refused(_("This change cannot be read. Choose it again."))
        self.ends = self._enrolments_of_all()
        place = {mentee: lead for lead, group in self.groups.items() for mentee in group.inside}
        for one in self.changes:
            known = one.mentee in self.sheet.rows and (not one.after or one.after in self.sheet.teams)
            if not known or (Role.MENTEE, one.mentee) not in self.ends:
                raise Refused(_("Somebody of these people was not in this run. Run the matching again."))
            if place.get(one.mentee, "") != one.before:
                raise Refused(moved_on())
        self.touched = {
            lead: dict(self.groups[lead].inside) if lead in self.groups else {}
            for one in self.changes
            for lead in (one.before, one.after)
            if lead
        }
        for one in self.changes:
            mentee = self.ends[Role.MENTEE, one.mentee]
            if one.before:
                del self.touched[one.before][one.mentee]
            if one.after:
                self.touched[one.after][one.mentee] = mentee
        return [self._step(one) for one in self.changes]

    def _enrolments_of_all(self) -> dict[tuple[str, str], Enrolment]:
        """Everybody in the groups concerned and those who would join them, by role and public id."""
        leads = {lead for one in self.changes for lead in (one.before, one.after) if lead}
        ids = {one.mentee for one in self.changes}
        ids |= {mentor for lead in leads for mentor in self.sheet.teams.get(lead, ())}
        ids |= {mentee for lead in leads if lead in self.groups for mentee in self.groups[lead].inside}
        rows = Enrolment.objects.filter(
            cycle=self.run.cycle_id, person__public_id__in=ids, role__in=[Role.MENTEE, Role.MENTOR]
        )
        found = {(row.role, row.person.public_id): row for row in with_profiles(rows)}
        wanted = {(Role.MENTOR, mentor) for lead in leads for mentor in self.sheet.teams.get(lead, ())}
        if wanted - set(found):
            raise Refused(moved_on())
        return found

    def _step(self, one: Change) -> Step:
        mentee = self.ends[Role.MENTEE, one.mentee]
        before, after = (self.ends[Role.MENTOR, lead] if lead else None for lead in (one.before, one.after))
        was = units_with(self.sheet, [one.mentee], one.before)[0] if before else 0
        step = Step(one, mentee, before, after, None, was, 0)
        if after:
            step.becomes = units_with(self.sheet, [one.mentee], one.after)[0]
            row, column = self.sheet.rows[one.mentee], self.sheet.columns[one.after]
            ends = self.sheet.mentees[row], self.sheet.mentors[column]
            facts = evidence(*ends, distance=self.sheet.distance)
            step.written = {"evidence": {"facts": [written(fact) for fact in facts]}}
            step.rules = tuple(
                dict.fromkeys(code for codes in self.broken[one.mentee].values() for code in codes)
            )
        return step

    @cached_property
    def today(self) -> dict[tuple[str, str], Person]:
        rows = people_of(self.run.cycle, self.ends.values(), self.now, {})
        return {(row.role, row.person.public_id): person for row, person in rows}

    @cached_property
    def rules(self):
        return rules_of(self.run.rules, self.now.date(), self.decided.overrides())

    @cached_property
    def broken(self) -> dict[str, dict[str, tuple[str, ...]]]:
        """The hard rules of today that each mentee would break with each who leads the new group."""
        return {
            one.mentee: {
                mentor: tuple(
                    rule.code
                    for rule in judge([asking], [self.today[Role.MENTOR, mentor]], self.rules).reasons(0, 0)
                )
                for mentor in self.sheet.teams[one.after]
                for asking in [self.today[Role.MENTEE, one.mentee]]
            }
            for one in self.changes
            if one.after
        }

    def lifts(self) -> Iterable[tuple[Enrolment, Enrolment, tuple[str, ...]]]:
        for step in self.to_lift:
            for mentor, codes in self.broken[step.change.mentee].items():
                if codes:
                    yield step.mentee, self.ends[Role.MENTOR, mentor], codes

    @cached_property
    def problems(self) -> list[str]:
        return [*super().problems, *self._sizes(), *self._apart()]

    def _sizes(self) -> list[str]:
        fewest, most = self.sheet.group["fewest"], self.sheet.group["most"]
        found = []
        for lead, inside in self.touched.items():
            name = {"name": self.ends[Role.MENTOR, lead].person.full_name}
            if len(inside) > most:
                found.append(
                    _("The group led by %(name)s would have more than %(most)s people.")
                    % {**name, "most": most}
                )
            elif 0 < len(inside) < fewest:
                found.append(
                    _(
                        "The group led by %(name)s would have fewer than %(fewest)s people. Close it or leave it."
                    )
                    % {**name, "fewest": fewest}
                )
        return found

    def _apart(self) -> list[str]:
        """Who joins a group must be allowed to share it with everybody in it; why not is not told."""
        found = []
        for step in self.steps:
            inside = [one for one in self.touched.get(step.change.after, {}) if one != step.change.mentee]
            if not inside:
                continue
            people = [self.today[Role.MENTEE, one] for one in (step.change.mentee, *inside)]
            against = np.flatnonzero(kept_apart(people, self.rules)[0])
            names = [self.ends[Role.MENTEE, inside[at - 1]].person.full_name for at in against.tolist()]
            found += [
                _("%(one)s and %(other)s may not be in the same group.")
                % {"one": step.mentee.person.full_name, "other": name}
                for name in names
            ]
        return found

    def _decided_otherwise(self) -> list[str]:
        kinds = {(one.kind, one.first_id, one.second_id) for one in self.decided.decisions}
        found = []
        for step in self.steps:
            for lead, kind, words in (
                (
                    step.change.before,
                    PairDecision.Kind.LOCKED,
                    _("%(mentee)s and %(mentor)s are locked together. Unlock them first."),
                ),
                (
                    step.change.after,
                    PairDecision.Kind.FORBIDDEN,
                    _("%(mentee)s and %(mentor)s are kept apart. Take that decision back first."),
                ),
            ):
                for mentor in self.sheet.teams.get(lead, ()):
                    end = self.ends[Role.MENTOR, mentor]
                    if (kind, step.mentee.pk, end.pk) in kinds:
                        found.append(
                            words % {"mentee": step.mentee.person.full_name, "mentor": end.person.full_name}
                        )
        return found

    def _not_here(self) -> list[str]:
        coming = {step.mentee.pk: step.mentee for step in self.steps if step.after}
        leading = {end.pk: end for end in self._leading()}
        return [
            _("%(name)s is not here to be matched at the moment.") % {"name": end.person.full_name}
            for end in {**coming, **leading}.values()
            if not end.is_matchable
        ]

    def _leading(self) -> list[Enrolment]:
        """Those who lead the groups that somebody joins."""
        leads = dict.fromkeys(step.change.after for step in self.steps if step.after)
        return [self.ends[Role.MENTOR, mentor] for lead in leads for mentor in self.sheet.teams[lead]]

    def _no_place(self) -> list[str]:
        taken = places_taken(self.run.cycle)
        program = self.run.cycle.program
        busy = [
            step.mentee
            for step in self.steps
            if step.after and taken[step.mentee.pk] >= places_of(step.mentee, program)
        ]
        full = [end for end in self._leading() if taken[end.pk] >= places_of(end, program)]
        return [
            *(_("%(name)s has somebody already.") % {"name": one.person.full_name} for one in busy),
            *(_("%(name)s has no free place.") % {"name": one.person.full_name} for one in full),
        ]


@dataclass(frozen=True)
class GroupOption(Option):
    """Another group.  ``leading`` are all who lead it; ``free`` are its free places."""

    leading: tuple[User, ...] = ()

    @property
    def name(self) -> str:
        return ", ".join(one.full_name for one in self.leading)


class GroupOptions(Options):
    """In which other open group one mentee could be."""

    def __init__(self, run: MatchRun, mentee: User, present: Proposal | None) -> None:
        super().__init__(run, mentee, None)
        self.present = present
        self.groups = groups_of(run, self.sheet) if self.is_known else {}
        self.lead = next((lead for lead, one in self.groups.items() if mentee.public_id in one.inside), "")
        self.now = self.lead

    @property
    def is_stuck(self) -> bool:
        """Without this person the group would be too small."""
        inside = self.groups[self.lead].inside if self.lead else ()
        return bool(self.lead) and len(inside) <= self.sheet.group["fewest"]

    @cached_property
    def _looked_at(self) -> list[Option]:
        bits = self.sheet.barred(self.mentee.public_id)
        mentees = self.sheet.mentees
        me = mentees[self.sheet.rows[self.mentee.public_id]]
        before = units_with(self.sheet, [me.id], self.lead)[0] if self.lead else 0
        found = []
        for lead, group in self.groups.items():
            free = self.sheet.group["most"] - len(group.inside)
            rules = Rule(0)
            for mentor in self.sheet.teams[lead]:
                rules |= Rule(int(bits[self.sheet.columns[mentor]]))
            inside = [mentees[self.sheet.rows[one]] for one in group.inside if one in self.sheet.rows]
            apart = bool(kept_apart([me, *inside], self.sheet.rules)[0].any())
            if lead == self.lead or free < 1 or not is_liftable(int(rules)) or apart:
                continue
            units = units_with(self.sheet, [me.id], lead)[0]
            leading = tuple(one.person for one in group.proposal.members.all() if one.role == Role.MENTOR)
            change = f"{me.id}:{self.lead}:{lead}"
            codes = tuple(rule.code for rule in named(int(rules)))
            found.append(
                GroupOption(leading[0], units, units - before, free, (change,), rules=codes, leading=leading)
            )
        return found

    def named(self, wanted: str) -> list[Option]:
        named_so = [one for one in self._looked_at if wanted.strip().casefold() in one.name.casefold()]
        return sorted(named_so, key=lambda one: (-one.gain, one.mentor.pk))[: 4 * SHOWN]
