"""A run's own scoring taken up again: the points of any pair, and what else each person could have in the draft.

Nothing is solved here.  Points come from the snapshot that the run answered, so that a pair made by hand is measured by
the same rule as every other pair of the run."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from matching.decided import LIFTABLE_CODES
from matching.engine.certificate import PEERS, people_of
from matching.engine.evidence import evidence
from matching.engine.mutual import score_peers
from matching.engine.profiles import Person
from matching.engine.rules import Rules, Verdict, judge, named
from matching.engine.scoring import Scores, score
from matching.models import MatchRun, Proposal, ProposalMember
from matching.reasons import rule_words
from matching.stages import ProposalState
from people.models import User
from programs.models.enrolments import Role

# So many mentors, those nearest to the best plan by its prices, are looked at for other pairs.
LOOKED_AT = 30
SHOWN = 3


@dataclass(frozen=True)
class Sheet:
    """Everything a run can be asked about a pair.  Rows are those of the snapshot; ``prices`` are what a place of each
    mentor is worth to others, from the certificate."""

    mentees: list[Person]
    mentors: list[Person]
    scores: Scores
    verdict: Verdict
    rules: Rules
    rows: dict[str, int]
    columns: dict[str, int]
    prices: np.ndarray
    distance: tuple[int, int]
    group: dict[str, int]
    # Who lead a group together, by the id of the first of them; of groups only.
    teams: dict[str, tuple[str, ...]]
    solved: frozenset[tuple[str, frozenset[str]]]

    def positions(self, pairs: Sequence[tuple[str, str]]) -> tuple[np.ndarray, np.ndarray]:
        rows = np.array([self.rows[mentee] for mentee, _mentor in pairs], np.int64)
        return rows, np.array([self.columns[mentor] for _mentee, mentor in pairs], np.int64)

    def knows(self, mentee: str, mentor: str) -> bool:
        return mentee in self.rows and mentor in self.columns

    def units(self, pairs: Sequence[tuple[str, str]]) -> list[int | None]:
        """Hundredths of a point for each pair of ids; None where this run did not know one of them."""
        known = [pair for pair in pairs if self.knows(*pair)]
        found = iter(self.scores.at(*self.positions(known)).tolist() if known else [])
        return [next(found) if self.knows(*pair) else None for pair in pairs]

    def written(self, mentee: str, mentor: str) -> dict[str, Any]:
        """What a proposal keeps of a pair: score, parts, evidence, warnings."""
        row, column = self.rows[mentee], self.columns[mentor]
        parts = {name: int(units[0]) for name, units in self.scores.points([row], [column]).items()}
        facts = evidence(self.mentees[row], self.mentors[column], distance=self.distance)
        return {
            "score": sum(parts.values()),
            "parts": parts,
            "evidence": {"facts": [asdict(fact) for fact in facts]},
            "warnings": [fact.code for fact in facts if fact.warning],
        }

    def ranks(self, mentee: str, mentor: str) -> dict[str, int | None]:
        """The rank that each gave the other before the run, by role."""
        asks, answers = self.mentees[self.rows[mentee]], self.mentors[self.columns[mentor]]
        return {Role.MENTEE: asks.chosen.get(mentor), Role.MENTOR: answers.chosen.get(mentee)}

    def allowed(self, mentee: str, mentor: str) -> bool:
        return self.knows(mentee, mentor) and not self.barred(mentee)[self.columns[mentor]]

    def barred(self, mentee: str) -> np.ndarray:
        """Bits of ``Rule`` for one mentee with every mentor.  The lowest fit that a run takes is a cut-off for the run,
        and bars nobody from being put together by hand."""
        return self.verdict.block([self.rows[mentee]])[0]


def sheet(run: MatchRun) -> Sheet:
    return _sheet(run.pk, run.snapshot_hash)


# A snapshot never changes, so what was read of it stays true; of large runs no more than two are held in memory.
@lru_cache(maxsize=2)
def _sheet(run: int, _hash: str) -> Sheet:
    stored = MatchRun.objects.only("public_id", "snapshot", "certificate").get(pk=run)
    asked, prices = stored.snapshot, stored.certificate.get("prices", {})
    mentees, mentors, rules = people_of(asked)
    counted = {"weights": asked["weights"], "distance": tuple(asked["distance"])}
    scores = score_peers(mentees, **counted) if is_of_peers(asked) else score(mentees, mentors, **counted)
    return Sheet(
        mentees,
        mentors,
        scores,
        judge(mentees, mentors, rules),
        rules,
        {person.id: row for row, person in enumerate(mentees)},
        {person.id: column for column, person in enumerate(mentors)},
        np.array([prices.get(person.id, 0) for person in mentors], np.int64),
        tuple(asked["distance"]),
        asked.get("group", {}),
        {team[0]: tuple(team) for team in stored.certificate.get("teams", [])},
        groups_solved(stored.certificate, mentees),
    )


def groups_solved(
    certificate: dict[str, Any], mentees: list[Person]
) -> frozenset[tuple[str, frozenset[str]]]:
    """The groups as the run had put them: the first who leads, and everybody who is in it."""
    teams = certificate.get("teams", [])
    inside: dict[str, set[str]] = {}
    for row, host, _units in certificate["pairs"] if teams else ():
        inside.setdefault(teams[host][0], set()).add(mentees[row].id)
    return frozenset((lead, frozenset(people)) for lead, people in inside.items())


def is_of_peers(asked: dict[str, Any]) -> bool:
    return asked["format"] == PEERS


def ids_of(run: MatchRun) -> tuple[frozenset[str], frozenset[str]]:
    """Who was to get somebody in a run (mentees, or all peers), and everybody who was in it, by public id."""
    return _ids(run.pk, run.snapshot_hash)


@lru_cache(maxsize=4)
def _ids(run: int, _hash: str) -> tuple[frozenset[str], frozenset[str]]:
    asked = MatchRun.objects.only("public_id", "snapshot").get(pk=run).snapshot
    sides = [asked.get(side, []) for side in ("people", "mentees", "mentors")]
    people, mentees, mentors = (frozenset(person["id"] for person in side) for side in sides)
    return people | mentees, people | mentees | mentors


@dataclass(frozen=True)
class Option:
    """Another mentor for somebody, and what that would do in this draft.

    ``changes`` are those of ``matching.actions.drafts``; ``other`` is who would change places (with ``other_units``)
    or, without ``swaps``, be left without a mentor.  ``rules`` are what would have to be lifted first."""

    mentor: User
    units: int
    gain: int
    free: int
    changes: tuple[str, ...]
    other: User | None = None
    other_units: tuple[int, int] = (0, 0)
    swaps: bool = False
    rules: tuple[str, ...] = ()
    back_to: str = ""

    role = Role.MENTOR.value

    @property
    def name(self) -> str:
        return self.mentor.full_name

    @property
    def deed(self) -> str:
        """What is done to somebody who has a mentor now."""
        if self.swaps:
            return _("Swap")
        return _("Give the place") if self.leaves else _("Move")

    @property
    def fit(self) -> int:
        return round(self.units / 100)

    @property
    def rule(self) -> str:
        return rule_words(self.rules)

    @property
    def query(self) -> str:
        return urlencode([("change", change) for change in self.changes])

    @property
    def leaves(self) -> bool:
        """Somebody would have no mentor any more."""
        return self.other is not None and not self.swaps

    @property
    def effect(self) -> str:
        """What it does to others, and to the whole."""
        said = (self.swap_words if self.swaps else self.cost_words, self.gain_words)
        return " ".join(words for words in said if words)

    @property
    def swap_words(self) -> str:
        was, after = (round(units / 100) for units in self.other_units)
        return _("Moves %(who)s to %(to)s, %(was)s to %(after)s.") % {
            "who": self.other.short_name,
            "to": self.back_to,
            "was": was,
            "after": after,
        }

    @property
    def cost_words(self) -> str:
        """Who would be left without anybody, or that there is room."""
        if self.other:
            return _("Leaves %(who)s without a mentor.") % {"who": self.other.short_name}
        if self.free:
            places = ngettext("Has %(count)s free place.", "Has %(count)s free places.", self.free)
            return places % {"count": self.free}
        return ""

    @property
    def gain_words(self) -> str:
        if not self.gain:
            return ""
        words = _("Total %(points)s higher.") if self.gain > 0 else _("Total %(points)s lower.")
        return words % {"points": f"{abs(self.gain) / 100:.2f}"}


class Options:
    """What one mentee could have instead, in the draft as it is now.  ``present`` is the pair to change, if any."""

    def __init__(self, run: MatchRun, mentee: User, present: Proposal | None) -> None:
        self.run, self.mentee, self.present = run, mentee, present
        self.sheet = sheet(run)
        self.now = present.mentor.public_id if present else ""

    @property
    def is_known(self) -> bool:
        return self.mentee.public_id in self.sheet.rows and (not self.now or self.now in self.sheet.columns)

    def best(self) -> list[Option]:
        """The few that cost the draft least."""
        found = [one for one in self._looked_at if not one.rules]
        return sorted(found, key=lambda one: (one.leaves, -one.gain, one.mentor.pk))[:SHOWN]

    def blocked(self) -> list[Option]:
        """Those who would fit best but for a rule that may be lifted.  Whom somebody has ruled out is not told."""
        found = [one for one in self._looked_at if one.rules]
        return sorted(found, key=lambda one: (-one.units, one.mentor.pk))[:SHOWN]

    @cached_property
    def _looked_at(self) -> list[Option]:
        return self._among([*self._nearest(lifted=False), *self._nearest(lifted=True)])

    def named(self, wanted: str) -> list[Option]:
        """The mentors of this run with such a name."""
        members = ProposalMember.objects.filter(proposal__run=self.run)
        people = User.objects.filter(full_name__icontains=wanted, public_id__in=self.sheet.columns)
        if len(self.sheet.columns) > 2000:
            # The database is not handed thousands of ids: of a large run it looks among those who have a pair.
            people = User.objects.filter(full_name__icontains=wanted, proposal_memberships__in=members)
        ids = people.order_by("full_name", "pk").values_list("public_id", flat=True).distinct()[: 4 * SHOWN]
        columns = [self.sheet.columns[one] for one in ids if one in self.sheet.columns and one != self.now]
        bits = self.sheet.barred(self.mentee.public_id)
        return self._among([column for column in columns if is_liftable(int(bits[column]))])

    def _nearest(self, *, lifted: bool) -> list[int]:
        bits = self.sheet.barred(self.mentee.public_id)
        units = self.sheet.scores.block([self.sheet.rows[self.mentee.public_id]])[0].astype(np.int64)
        if lifted:
            open_ = np.array(
                [column for column in np.flatnonzero(bits) if is_liftable(int(bits[column]))], np.int64
            )
            margin = units
        else:
            open_ = np.flatnonzero(bits == 0)
            margin = units - self.sheet.prices
        if self.now:
            open_ = open_[open_ != self.sheet.columns[self.now]]
        return open_[np.argsort(-margin[open_], kind="stable")][:LOOKED_AT].tolist()

    def _among(self, columns: Iterable[int]) -> list[Option]:
        ids = [self.sheet.mentors[column].id for column in columns]
        people = {
            one.public_id: one for one in User.objects.filter(public_id__in=ids).select_related("profile")
        }
        held = holders(self.run, ids)
        bits = self.sheet.barred(self.mentee.public_id)
        return [
            self._option(people[one], held[one], int(bits[self.sheet.columns[one]]))
            for one in ids
            # Where a mentee has several mentors, each is another one.
            if one in people and self.mentee not in held[one]
        ]

    def _option(self, mentor: User, held: list[User], bits: int) -> Option:
        me, there = self.mentee.public_id, mentor.public_id
        units, before = self.sheet.units([(me, there), (me, self.now)])
        before = before or 0
        rules = tuple(rule.code for rule in named(bits))
        free = self.sheet.mentors[self.sheet.columns[there]].capacity - len(held)
        mine = f"{me}:{self.now}:{there}"
        if free > 0:
            return Option(mentor, units, units - before, free, (mine,), rules=rules)
        swaps = [
            Option(
                mentor,
                units,
                units - before + after - was,
                0,
                (mine, f"{other.public_id}:{there}:{self.now}"),
                other,
                (was, after),
                True,
                rules,
                self.present.mentor.short_name,
            )
            for other in held
            if self.now and self.sheet.allowed(other.public_id, self.now)
            for was, after in [self.sheet.units([(other.public_id, there), (other.public_id, self.now)])]
        ]
        instead = [
            Option(
                mentor,
                units,
                units - before - was,
                0,
                (mine, f"{other.public_id}:{there}:"),
                other,
                (was, 0),
                rules=rules,
            )
            for other in held
            for was in self.sheet.units([(other.public_id, there)])
        ]
        return max(
            swaps or instead,
            key=lambda one: one.gain,
            default=Option(mentor, units, 0, 0, (mine,), rules=rules),
        )


def holders(run: MatchRun, mentors: Iterable[str]) -> dict[str, list[User]]:
    """Who has the places of these mentors in the draft, by public id of the mentor."""
    theirs = run.proposals.filter(
        state=ProposalState.SUGGESTED, members__role=Role.MENTOR, members__person__public_id__in=list(mentors)
    )
    found: dict[str, list[User]] = defaultdict(list)
    members = ProposalMember.objects.filter(proposal__in=theirs).select_related("person").order_by("pk")
    by_proposal: dict[int, dict[str, User]] = defaultdict(dict)
    for member in members:
        by_proposal[member.proposal_id][member.role] = member.person
    for ends in by_proposal.values():
        if Role.MENTOR in ends and Role.MENTEE in ends:
            found[ends[Role.MENTOR].public_id].append(ends[Role.MENTEE])
    return found


def is_liftable(bits: int) -> bool:
    return {rule.code for rule in named(bits)} <= LIFTABLE_CODES
