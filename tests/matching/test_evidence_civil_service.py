"""Two real sign-up sheets of five hundred, brought in as a coordinator brings them, and matched by the product."""

from pathlib import Path

import pytest

from matching.certificate_check import check
from people.actions import bring, choose_columns
from people.importing import Mapping
from programs.actions.imports import apply_to_program
from programs.models import Enrolment

SHEETS = [
    Path(__file__).resolve().parents[3] / "shared" / "data" / f"civil-service-{side}.csv"
    for side in ("mentees", "mentors")
]

pytestmark = pytest.mark.skipif(not all(sheet.exists() for sheet in SHEETS), reason="the sheets are not here")


def test_everybody_on_two_real_sign_up_sheets_is_placed_and_the_plan_is_proven(opened, cora, now, work):
    for sheet in SHEETS:
        brought = bring(sheet.read_bytes(), sheet.name, by=cora, now=now, scope=opened.scope)
        brought = choose_columns(brought, Mapping.from_json(brought.mapping), by=cora, now=now)
        apply_to_program(opened, brought, by=cora, now=now)
    people = Enrolment.objects.filter(cycle__program=opened)
    people.exclude(state="ready").update(state="ready", answered_at=now, ready_at=now)
    counts = {role: people.filter(role=role).count() for role in ("mentee", "mentor")}
    run = work(opened, cora, now)
    assert (run.state, run.is_proven) == ("review", True)
    assert counts == {"mentee": 758, "mentor": 742}  # five hundred each, and those who signed up as both
    assert run.pairs == 742
    assert check(run.snapshot, run.certificate).proven
