"""Rows of a run in words: the pair, the points, the alternatives and what they would do to others."""

from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from matching.engine import certificate, explain
from matching.models import MatchRun, Proposal
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
from programs.stages import MATCHABLE

# Above this many people the alternatives of a pair are not solved again while somebody waits for the page.
SOLVED_AGAIN_UP_TO = 1200


class Row:
    """One proposal as the review shows it."""

    def __init__(self, proposal: Proposal) -> None:
        self.proposal = proposal
        self.mentee, self.mentor = proposal.mentee, proposal.mentor
        self.fit = round(proposal.score / 100)
        self.word, self.tone = fit_word(proposal.score)
        facts = proposal.evidence.get("facts", [])
        self.reasons = labels(facts, warnings=False, most=3)
        self.cautions = labels(facts, warnings=True, most=2)

    @property
    def has_left(self) -> bool:
        return any(not member.person.is_active for member in self.proposal.members.all())


def lonely_rows(run: MatchRun) -> list[dict[str, Any]]:
    """Everybody without a pair, with the true reason and what would help."""
    rows = list(run.unmatched.select_related("enrolment__person__profile"))
    ids = {
        name
        for row in rows
        for name in [
            *(taken["mentor"] for taken in row.details.get("taken", [])),
            *(remedy["mentor"] for remedy in row.details.get("remedies", [])),
        ]
    }
    names = dict(User.objects.filter(public_id__in=ids).values_list("public_id", "full_name"))
    return [
        {
            "person": row.enrolment.person,
            "reason": unmatched_words(row.code, row.details, names),
            "remedies": remedy_words(row.details, names),
        }
        for row in rows
    ]


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
    def total(self) -> float:
        return self.proposal.score / 100

    @property
    def fair(self) -> list[dict[str, Any]]:
        return [line for line in self.points if line["most"]]

    @property
    def cautions(self) -> list[str]:
        return cautions(self.proposal.evidence.get("facts", []))

    @cached_property
    def others(self) -> dict[str, list[dict[str, Any]]]:
        """The next best mentors, each solved again with that pair locked, and those a public rule keeps away.

        Whom somebody has ruled out is in neither list: a name beside "ruled out" would tell it."""
        asked = self.run.snapshot
        if len(asked.get("mentees", [])) + len(asked.get("mentors", [])) > SOLVED_AGAIN_UP_TO:
            return {"possible": [], "blocked": []}
        outcome = certificate.run(asked)
        mentees, mentors, _rules = certificate.people_of(asked)
        row = next((n for n, person in enumerate(mentees) if person.id == self.row.mentee.public_id), None)
        if row is None:
            return {"possible": [], "blocked": []}
        of = explain.case(
            outcome.scores.table(),
            outcome.verdict.mask(),
            [person.capacity for person in mentors],
            [person.capacity for person in mentees],
            outcome.result,
            mentee_keys=outcome.scores.mentees,
            mentor_keys=outcome.scores.mentors,
        )
        possible = explain.alternatives(of, row)
        blocked = [
            (mentor, public)
            for mentor, _units, rules in explain.blocked(of, row)
            if (public := [rule.code for rule in rules if rule.code not in PRIVATE])
        ]
        ids = {person.id for person in [*mentees, *mentors]}
        names = {person.public_id: person for person in User.objects.filter(public_id__in=ids)}
        return {
            "possible": [
                {
                    "person": names.get(mentors[one.mentor].id),
                    "fit": round(one.units / 100),
                    "effect": effect_words(one, mentees, mentors, names),
                }
                for one in possible
            ],
            "blocked": [
                {"person": names.get(mentors[mentor].id), "rule": rule_words(codes)}
                for mentor, codes in blocked
            ],
        }


def effect_words(one: explain.Alternative, mentees: list, mentors: list, names: dict[str, User]) -> str:
    """What an alternative would cost, and whom it would move."""
    said = []
    for move in one.moves[:2]:
        who = short(names, mentees[move.mentee].id)
        if move.after:
            said.append(
                _("Moves %(who)s to %(to)s.") % {"who": who, "to": short(names, mentors[move.after[0]].id)}
            )
        else:
            said.append(_("Leaves %(who)s without a mentor.") % {"who": who})
    if len(one.moves) > 2:
        more = len(one.moves) - 2
        said.append(
            ngettext("%(count)s more person moves.", "%(count)s more people move.", more) % {"count": more}
        )
    said.append(_("Total %(loss)s lower.") % {"loss": f"{one.loss / 100:.0f}"})
    return " ".join(said)


def short(names: dict[str, User], public_id: str) -> str:
    return names[public_id].short_name if public_id in names else "–"


def still_here(proposal: Proposal) -> bool:
    return all(member.enrolment.state in MATCHABLE for member in proposal.members.all())
