"""Two real sign-up sheets of five hundred, brought in as a coordinator brings them, and matched by the product."""

from pathlib import Path

import pytest

from matching.certificate_check import check
from matching.models import ProposalMember
from people.actions import bring, choose_columns, put_grades_in_order
from people.grades import current_order, fingerprint, grades_held, unplaced
from people.importing import Mapping
from programs.actions.imports import apply_to_program
from programs.models import Enrolment

SHEETS = [
    Path(__file__).resolve().parents[3] / "shared" / "data" / f"civil-service-{side}.csv"
    for side in ("mentees", "mentors")
]
GRADES = ["AA", "AO", "EO", "HEO", "SEO", "Grade 7", "Grade 6", "SCS1", "SCS2", "SCS3", "SCS4"]

pytestmark = pytest.mark.skipif(not all(sheet.exists() for sheet in SHEETS), reason="the sheets are not here")


@pytest.fixture
def signed_up(opened, cora, now):
    for sheet in SHEETS:
        brought = bring(sheet.read_bytes(), sheet.name, by=cora, now=now, scope=opened.scope)
        brought = choose_columns(brought, Mapping.from_json(brought.mapping), by=cora, now=now)
        apply_to_program(opened, brought, by=cora, now=now)
    people = Enrolment.objects.filter(cycle__program=opened)
    people.exclude(state="ready").update(state="ready", answered_at=now, ready_at=now)
    return people


def test_everybody_on_two_real_sign_up_sheets_is_placed_and_the_plan_is_proven(
    signed_up, opened, cora, now, work
):
    counts = {role: signed_up.filter(role=role).count() for role in ("mentee", "mentor")}
    assert counts == {"mentee": 758, "mentor": 742}  # five hundred each, and those who signed up as both
    run = work(opened, cora, now)
    assert (run.state, run.is_proven, run.pairs) == ("review", True, 742)
    assert check(run.snapshot, run.certificate).proven
    assert not run.tells_apart  # the sheets name grades, and nobody has said yet which comes after which


def test_once_the_grades_of_the_sheets_are_in_order_experience_tells_their_pairs_apart(
    signed_up, opened, cora, hana, now, work
):
    assert unplaced(grades_held(), current_order()) == (11, 1000)
    put_grades_in_order([[grade] for grade in GRADES], seen=fingerprint([]), by=hana, now=now)
    assert unplaced(grades_held(), current_order()) == (0, 0)
    run = work(opened, cora, now)
    assert (run.state, run.is_proven, run.pairs) == ("review", True, 742)
    assert check(run.snapshot, run.certificate).proven
    assert run.tells_apart
    members = ProposalMember.objects.filter(proposal__run=run).values_list(
        "proposal", "role", "person__profile__grade", "proposal__score"
    )
    pairs: dict[int, dict] = {}
    for proposal, role, grade, score in members:
        pairs.setdefault(proposal, {"score": score})[role] = GRADES.index(grade)
    above: dict[int, list[int]] = {}
    for pair in pairs.values():
        above.setdefault(pair["score"], []).append(pair["mentor"] - pair["mentee"])
    assert {score: len(steps) for score, steps in above.items()} == {10000: 707, 8333: 6, 6667: 29}
    # Nobody is left out for their grade: where no mentor stands above, one below is still somebody to talk to.
    assert set(above[10000]) == {1, 2, 3} and set(above[8333]) == {0} and max(above[6667]) < 0
