"""What is kept of a run beside its pairs: points and evidence of each pair, and why the others have none."""

from dataclasses import asdict, dataclass
from typing import Any

from matching import certificate_check
from matching.engine import explain
from matching.engine.certificate import Outcome, people_of
from matching.engine.evidence import evidence
from matching.engine.progress import Report, silent

# A remedy is found by solving again, several times for each unmatched person; beyond this much work only the reason
# is told.
REMEDIES_UP_TO = 2_000_000


@dataclass(frozen=True)
class Explained:
    """What is kept of a run beside its pairs: points and evidence for each pair, the reason for each unmatched."""

    pairs: list[dict[str, Any]]
    unmatched: list[dict[str, Any]]
    is_checked: bool
    tells_apart: bool


def explain_run(asked: dict[str, Any], outcome: Outcome, *, report: Report = silent) -> Explained:
    """Points, evidence and reasons, from the snapshot and its answer; nothing is stored here."""
    mentees, mentors, _rules = people_of(asked)
    rows, columns = outcome.result.pairs[:, 0], outcome.result.pairs[:, 1]
    points = outcome.scores.points(rows, columns)
    pairs = []
    for at, (row, column) in enumerate(zip(rows.tolist(), columns.tolist(), strict=True)):
        report("explaining", at, len(rows))
        facts = evidence(mentees[row], mentors[column])
        pairs.append(
            {
                "mentee": mentees[row].id,
                "mentor": mentors[column].id,
                "parts": {name: int(units[at]) for name, units in points.items()},
                "evidence": [asdict(fact) for fact in facts],
                "warnings": [fact.code for fact in facts if fact.warning],
            }
        )
    table, mask = outcome.scores.table(), outcome.verdict.mask()
    possible = table[mask == 0]
    of = explain.case(
        table,
        mask,
        [mentor.capacity for mentor in mentors],
        [mentee.capacity for mentee in mentees],
        outcome.result,
        mentee_keys=outcome.scores.mentees,
        mentor_keys=outcome.scores.mentors,
    )
    matched = set(rows.tolist())
    lonely = [row for row in range(len(mentees)) if row not in matched]
    with_remedies = len(lonely) * len(mentees) * len(mentors) <= REMEDIES_UP_TO
    unmatched = [
        reason_of(explain.unmatched(of, row, remedies=with_remedies), mentees, mentors) for row in lonely
    ]
    report("checking", 0, 1)
    checked = certificate_check.check(asked, outcome.certificate)
    tells_apart = len(possible) < 2 or bool(possible.min() < possible.max())
    return Explained(pairs, unmatched, checked.proven and not checked.problems, tells_apart)


def reason_of(found: explain.Unmatched, mentees: list, mentors: list) -> dict[str, Any]:
    """An unmatched person's reason as plain values: rules by code, people by public id."""
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
            "remedies": [
                {
                    "kind": remedy.kind,
                    "mentor": mentors[remedy.mentor].id,
                    "places": remedy.places,
                    "rules": [rule.code for rule in remedy.rules],
                }
                for remedy in found.remedies
            ],
        },
    }
