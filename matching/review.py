"""Rows of a run in words: the pair, the points, the alternatives and what they would do to others."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from matching.engine import explain
from matching.engine.scoring import FULL
from matching.explaining import asked_again, tried_alternatives
from matching.models import MatchRun, Proposal, Unmatched
from matching.reasons import (
    PRIVATE,
    cautions,
    criterion_words,
    fit_word,
    labels,
    remedy_words,
    rule_words,
    sentence,
    unmatched_words,
)
from people.models import User
from programs.models.enrolments import Role
from programs.models.programs import Format
from programs.stages import MATCHABLE

# Above this many people the alternatives of a pair are not solved again while somebody waits for the page.
SOLVED_AGAIN_UP_TO = 1200


class Row:
    """One proposal as the review shows it."""

    def __init__(self, proposal: Proposal) -> None:
        self.proposal = proposal
        self.mentee, self.mentor = proposal.mentee, proposal.mentor
        members = proposal.members.all()
        # Of a group; of two people these are one and one.
        self.joining = [member.person for member in members if member.role == Role.MENTEE]
        self.leading = [member.person for member in members if member.role == Role.MENTOR]
        self.is_group = len(self.joining) > 1 or len(self.leading) > 1
        self.goal = capfirst(proposal.evidence.get("goal", ""))
        self.fit = round(proposal.score / 100)
        self.word, self.tone = fit_word(proposal.score)
        facts = proposal.evidence.get("facts", [])
        self.reasons = labels(facts, warnings=False, most=2)
        self.cautions = labels(facts, warnings=True, most=2)
        self.choice = choice_words({member.role: member.rank for member in proposal.members.all()})

    @property
    def has_left(self) -> bool:
        return any(not member.person.is_active for member in self.proposal.members.all())


def choice_words(ranks: Mapping[str, int | None]) -> str:
    """Whom they got of those they had ranked before the run: as a coordinator may know it, and nobody else."""
    mine = next((rank for role, rank in ranks.items() if rank and role != Role.MENTOR), None)
    if mine == 1 and ranks.get(Role.MENTOR) == 1:
        return _("First choice of both")
    words = {1: _("First choice"), 2: _("Second choice"), 3: _("Third choice")}
    if mine:
        return words.get(mine) or _("Choice %(rank)s") % {"rank": mine}
    return _("First choice of the mentor") if ranks.get(Role.MENTOR) == 1 else ""


class Lonely:
    """Somebody without a pair: the true reason, who has the places, which rules stand in the way, what would help."""

    def __init__(self, row: Unmatched, names: Mapping[str, str]) -> None:
        self.row, self.names = row, names
        self.person, self.details = row.enrolment.person, row.details

    @property
    def reason(self) -> str:
        return unmatched_words(self.row.code, self.details, self.names)

    @property
    def remedies(self) -> list[str]:
        return remedy_words(self.details, self.names)

    @property
    def has_page(self) -> bool:
        return self.row.role != Role.MENTOR

    @property
    def is_worked_out(self) -> bool:
        """What would help has been looked for: in a large program that is done for one person when asked."""
        return self.details.get("remedies") is not None

    @property
    def rules(self) -> list[dict[str, Any]]:
        """The rules that keep mentors away, those that keep most of them first.  The private ones are told as one."""
        counts: dict[str, list[int]] = {}
        for at, name in enumerate(("blocked_by", "only_by")):
            for code, count in self.details.get(name, []):
                counts.setdefault(rule_words([code]), [0, 0])[at] += count
        return [
            {"rule": words, "mentors": count, "alone": alone}
            for words, (count, alone) in sorted(counts.items(), key=lambda entry: -entry[1][0])
        ]

    @property
    def taken(self) -> list[dict[str, Any]]:
        """The possible mentors who came nearest, with those who have their places, and the fit of each."""
        return [
            {
                "name": self.names.get(one["mentor"], "–"),
                "fit": round(one["units"] / 100),
                "held_by": [
                    {"name": self.names.get(mentee, "–"), "fit": round(units / 100)}
                    for mentee, units in one["held_by"]
                ],
            }
            for one in self.details.get("taken", [])
        ]


def lonely_rows(rows: Sequence[Unmatched]) -> list[Lonely]:
    """The same for some of them, in one query for all names."""
    ids: set[str] = set()
    for row in rows:
        taken = row.details.get("taken") or []
        ids |= {one["mentor"] for one in [*taken, *(row.details.get("remedies") or [])]}
        ids |= {mentee for one in taken for mentee, _units in one["held_by"]}
    names = dict(User.objects.filter(public_id__in=ids).values_list("public_id", "full_name"))
    return [Lonely(row, names) for row in rows]


class Details:
    """One pair taken apart: points that sum to the score, evidence, and the next best mentors."""

    def __init__(self, run: MatchRun, proposal: Proposal) -> None:
        self.run, self.row = run, Row(proposal)
        self.proposal = proposal

    @cached_property
    def points(self) -> list[dict[str, Any]]:
        """Points of each criterion, out of the most it could give in this run: a criterion that nobody answered gives
        none to anybody, and the others share the hundred."""
        facts = self.proposal.evidence.get("facts", [])
        return [
            {
                "criterion": criterion_words(code),
                "points": units / 100,
                "most": self.run.maxima.get(code, 0) / 100,
                "evidence": [
                    words for fact in facts if fact["criterion"] == code and (words := sentence(fact))
                ],
            }
            for code, units in self.proposal.parts.items()
        ]

    @property
    def both(self) -> list[User]:
        return [self.row.mentee, self.row.mentor]

    @property
    def total(self) -> float:
        return self.proposal.score / 100

    @property
    def fair(self) -> list[dict[str, Any]]:
        return [line for line in self.points if line["most"]]

    @property
    def cautions(self) -> list[str]:
        return cautions(self.proposal.evidence.get("facts", []))

    @property
    def is_large(self) -> bool:
        """Too many people to try other plans while somebody waits for the page."""
        return self.run.mentees + self.run.mentors > SOLVED_AGAIN_UP_TO

    @property
    def kept(self) -> list[dict[str, Any]]:
        return self.proposal.alternatives

    @property
    def is_worked_out(self) -> bool:
        """What the alternatives would cost has been tried, and kept."""
        return any("loss" in one for one in self.kept)

    @property
    def may_ask(self) -> bool:
        """Trying the alternatives is left to a process of its own, and has not been done yet."""
        return self.is_large and self.is_of_pairs and bool(self.kept) and not self.is_worked_out

    @property
    def is_of_pairs(self) -> bool:
        return self.run.format in (Format.ONE_TO_ONE, Format.REVERSE) and not self.proposal.is_by_hand

    @cached_property
    def others(self) -> dict[str, list[dict[str, Any]]]:
        """The next best mentors, each solved again with that pair locked, and those a public rule keeps away.

        In a large run the first are those of its prices, with what they would cost at least, until somebody asks for
        them to be tried.  Whom somebody has ruled out is in neither list: a name beside "ruled out" would tell it."""
        if self.proposal.is_by_hand:
            return {"possible": [], "blocked": []}
        if self.is_large or not self.is_of_pairs or not self.run.snapshot:
            return {"possible": told_alternatives(self.kept), "blocked": []}
        again = asked_again(self.run.snapshot, self.run.certificate)
        row = again.row(self.row.mentee.public_id)
        if row is None:
            return {"possible": [], "blocked": []}
        blocked = [
            (again.mentors[mentor].id, public)
            for mentor, _units, rules in explain.blocked(again.case, row)
            if (public := [rule.code for rule in rules if rule.code not in PRIVATE])
        ]
        people = people_named({mentor for mentor, _codes in blocked})
        return {
            "possible": told_alternatives(tried_alternatives(again, row)),
            "blocked": [
                {"person": people.get(mentor), "rule": rule_words(codes)} for mentor, codes in blocked
            ],
        }


def told_alternatives(kept: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Alternatives as they are kept with a proposal, in words."""
    ids = {one["mentor"] for one in kept}
    for one in kept:
        for move in one.get("moves", []):
            ids |= {move["mentee"], *move["after"]}
    people = people_named(ids)
    return [
        {
            "person": people[one["mentor"]],
            "fit": round(one["units"] / 100),
            "effect": effect_words(one, people) if "loss" in one else at_least_words(one["least"]),
        }
        for one in kept
        if one["mentor"] in people
    ]


def people_named(ids: Iterable[str]) -> dict[str, User]:
    return {person.public_id: person for person in User.objects.filter(public_id__in=set(ids))}


def at_least_words(least: int) -> str:
    """What the prices tell of an alternative without trying it; one person fewer counts there more than any fit."""
    if least > FULL:
        return _("Costs somebody a mentor, or the total at least %(loss)s.") % {"loss": f"{least / 100:.2f}"}
    if not least:
        return _("Perhaps as good for the whole.")
    return _("Total at least %(loss)s lower.") % {"loss": f"{least / 100:.2f}"}


def effect_words(one: Mapping[str, Any], people: Mapping[str, User]) -> str:
    """What an alternative would cost, and whom it would move."""
    said = []
    for move in one["moves"][:2]:
        who = short(people, move["mentee"])
        if move["after"]:
            to = short(people, move["after"][0])
            said.append(_("Moves %(who)s to %(to)s.") % {"who": who, "to": to})
        else:
            said.append(_("Leaves %(who)s without a mentor.") % {"who": who})
    more = one["moved"] - len(one["moves"][:2])
    if more > 0:
        said.append(
            ngettext("%(count)s more person moves.", "%(count)s more people move.", more) % {"count": more}
        )
    if one["people"] > 0:
        said.append(
            ngettext(
                "%(count)s person fewer has a mentor.",
                "%(count)s people fewer have a mentor.",
                one["people"],
            )
            % {"count": one["people"]}
        )
    if one["loss"] < 0:
        said.append(_("Total %(gain)s higher.") % {"gain": f"{-one['loss'] / 100:.2f}"})
    else:
        said.append(_("Total %(loss)s lower.") % {"loss": f"{one['loss'] / 100:.2f}"})
    return " ".join(said)


def short(people: Mapping[str, User], public_id: str) -> str:
    return people[public_id].short_name if public_id in people else "–"


def still_here(proposal: Proposal) -> bool:
    return all(member.enrolment.state in MATCHABLE for member in proposal.members.all())
