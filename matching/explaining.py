"""What is kept of a run beside its pairs: points and evidence of each, who else was near, and why the others have none.

From the snapshot and its answer alone; nothing is read from tables of today, and nothing is stored here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from matching import certificate_check
from matching.engine import explain
from matching.engine.assignment import Assignment
from matching.engine.cases import Case, answered
from matching.engine.certificate import Outcome, locked_rows, people_of
from matching.engine.evidence import Fact, evidence
from matching.engine.profiles import Person
from matching.engine.progress import Report, silent
from matching.engine.remedies import Remedy, remedies
from matching.engine.rules import judge
from matching.engine.scoring import score
from matching.figures import NAMED, figures_of

# A remedy is found by solving again, several times for each unmatched person; beyond this much work only the reason
# is told with the run, and the remedy when somebody asks for it.
REMEDIES_UP_TO = 2_000_000
# How many other mentors are kept with each pair.
OTHERS = 3
# In a large program one change can move dozens: so many are named, and all counted.
NAMED_MOVES = 5


@dataclass(frozen=True)
class Explained:
    """What is kept of a run beside its pairs: points and evidence for each pair, the reason for each unmatched, and
    the figures of the whole."""

    pairs: list[dict[str, Any]]
    unmatched: list[dict[str, Any]]
    is_checked: bool
    tells_apart: bool
    figures: dict[str, Any] = field(default_factory=dict)


class Answered(NamedTuple):
    """A run that can be asked again, with its people in the order of their rows."""

    case: Case
    mentees: list[Person]
    mentors: list[Person]
    distance: tuple[int, int]

    def row(self, mentee: str) -> int | None:
        """The row of a mentee by public id; none where the run did not know that person."""
        return next((at for at, person in enumerate(self.mentees) if person.id == mentee), None)


def explain_run(asked: dict[str, Any], outcome: Outcome, *, report: Report = silent) -> Explained:
    """Points, evidence, alternatives, reasons and figures of a run that has just been answered."""
    run = answered_by(asked, outcome)
    of, mentees, mentors, _distance = run
    near, *counted = explain.survey(of, OTHERS, NAMED, report=report)
    pairs = explained_pairs(run, outcome, near, report)
    matched = set(of.result.pairs[:, 0].tolist())
    lonely = [row for row in range(len(mentees)) if row not in matched]
    solved = len(lonely) * len(mentees) * len(mentors) <= REMEDIES_UP_TO
    told = explain.reasons(of, lonely, with_remedies=solved, report=report)
    unmatched = [reason_of(one, mentees, mentors, solved=solved) for one in told]
    report("figures", 0, 1)
    figures = figures_of(of, mentees, mentors, tuple(counted))
    report("checking", 0, 1)
    checked = certificate_check.check(asked, outcome.certificate)
    tells_apart = near.lowest is None or near.lowest < near.highest
    return Explained(pairs, unmatched, checked.proven and not checked.problems, tells_apart, figures)


def answered_by(asked: Mapping[str, Any], outcome: Outcome) -> Answered:
    mentees, mentors, _rules = people_of(asked)
    places, wanted = ([person.capacity for person in side] for side in (mentors, mentees))
    locked = tuple(locked_rows(asked))
    return Answered(
        answered(outcome.scores, outcome.verdict, places, wanted, outcome.result, locked=locked),
        mentees,
        mentors,
        tuple(asked["distance"]),
    )


def asked_again(asked: Mapping[str, Any], written: Mapping[str, Any], *, report: Report = silent) -> Answered:
    """A stored run, ready to be asked: its answer is read from the certificate, not worked out again."""
    mentees, mentors, rules = people_of(asked)
    scores = score(mentees, mentors, asked["weights"], distance=tuple(asked["distance"]), report=report)
    verdict = judge(mentees, mentors, rules, scores, asked.get("minimum_score", 0))
    rows, columns = ({key: at for at, key in enumerate(side)} for side in (scores.mentees, scores.mentors))
    pairs = [[rows[mentee], columns[mentor]] for mentee, mentor, _units in written["pairs"]]
    prices = np.zeros(len(mentors), np.int64)
    for mentor, price in written["prices"].items():
        prices[columns[mentor]] = price
    result = Assignment(
        pairs=np.array(sorted(pairs), np.int64).reshape(-1, 2),
        value=float(written["value"]),
        bound=float(written["bound"]),
        proven=written["value"] == written["bound"],
        scale=1,
        units=written["value"],
        bound_units=written["bound"],
        placed=written["placed"],
        objective=asked["objective"],
        prices=prices,
        bonus=written["bonus"],
        floor=written["floor"],
    )
    return answered_by(asked, Outcome(scores, verdict, result, dict(written)))


def explained_pairs(
    run: Answered, outcome: Outcome, near: explain.Nearest, report: Report
) -> list[dict[str, Any]]:
    of, mentees, mentors, distance = run
    rows, columns = of.result.pairs[:, 0], of.result.pairs[:, 1]
    points = {name: units.tolist() for name, units in outcome.scores.points(rows, columns).items()}
    others = [side.tolist() for side in (near.mentors, near.units, near.least)]
    found = []
    for at, (row, column) in enumerate(zip(rows.tolist(), columns.tolist(), strict=True)):
        report("evidence", at, len(rows))
        mentee, mentor = mentees[row], mentors[column]
        facts = evidence(mentee, mentor, distance=distance)
        found.append(
            {
                "mentee": mentee.id,
                "mentor": mentor.id,
                "parts": {name: units[at] for name, units in points.items()},
                "evidence": [written(fact) for fact in facts],
                "warnings": [fact.code for fact in facts if fact.warning],
                "ranks": {"mentee": mentee.chosen.get(mentor.id), "mentor": mentor.chosen.get(mentee.id)},
                "alternatives": [
                    {"mentor": mentors[other].id, "units": units, "least": least}
                    for other, units, least in zip(*(side[row] for side in others), strict=True)
                    if other >= 0
                ],
            }
        )
    return found


def written(fact: Fact) -> dict[str, Any]:
    return {
        "criterion": fact.criterion,
        "code": fact.code,
        "details": fact.details,
        "warning": fact.warning,
    }


def reason_of(found: explain.Unmatched, mentees: list, mentors: list, *, solved: bool) -> dict[str, Any]:
    """An unmatched person's reason as plain values: rules by code, people by public id.  Remedies are none where they
    have not been worked out."""
    return {
        "mentee": mentees[found.mentee].id,
        "reason": found.reason,
        "details": {
            "allowed": found.allowed,
            "blocked_by": [[rule.code, count] for rule, count in found.blocked_by],
            "only_by": [[rule.code, count] for rule, count in found.only_by],
            "taken": [
                {
                    "mentor": mentors[taken.mentor].id,
                    "units": taken.units,
                    "held_by": [[mentees[row].id, units] for row, units in taken.held_by],
                }
                for taken in found.taken
            ],
            "remedies": remedies_written(found.remedies, mentors) if solved else None,
        },
    }


def remedies_written(found: tuple[Remedy, ...], mentors: list[Person]) -> list[dict[str, Any]]:
    return [
        {
            "kind": remedy.kind,
            "mentor": mentors[remedy.mentor].id,
            "places": remedy.places,
            "rules": [rule.code for rule in remedy.rules],
            "units": remedy.units,
        }
        for remedy in found
    ]


def worked_out_remedies(
    asked: Mapping[str, Any], written: Mapping[str, Any], mentee: str, *, report: Report = silent
) -> list[dict[str, Any]]:
    """The smallest changes that would place somebody, each carried out and solved again."""
    run = asked_again(asked, written, report=report)
    row = run.row(mentee)
    if row is None or not run.mentees[row].capacity:
        return []
    return remedies_written(remedies(run.case.told(report), row), run.mentors)


def worked_out_alternatives(
    asked: Mapping[str, Any], written: Mapping[str, Any], mentee: str, *, report: Report = silent
) -> list[dict[str, Any]]:
    """The next best mentors of somebody, each solved again: what they would cost, and whom they would move."""
    run = asked_again(asked, written, report=report)
    row = run.row(mentee)
    return [] if row is None else tried_alternatives(run, row, report=report)


def tried_alternatives(run: Answered, row: int, *, report: Report = silent) -> list[dict[str, Any]]:
    return [
        {
            "mentor": run.mentors[one.mentor].id,
            "units": one.units,
            "loss": one.loss,
            "people": one.people,
            "moves": [
                {
                    "mentee": run.mentees[move.mentee].id,
                    "before": [run.mentors[at].id for at in move.before],
                    "after": [run.mentors[at].id for at in move.after],
                }
                for move in one.moves[:NAMED_MOVES]
            ],
            "moved": len(one.moves),
        }
        for one in explain.alternatives(run.case.told(report), row, OTHERS)
    ]
