from datetime import timedelta
from itertools import product

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction

from relationships import actions, gates, stages
from relationships.models import Closure, MoveRequest, Relationship, StageTransition
from relationships.stages import ALIVE, FINAL, MOVES, How, Refused, Stage, Status
from tests import make

VERBS = sorted({move.verb for move in MOVES})
BEGUN = [stage for stage in Stage if stage]
PLACES = (
    [(Status.PENDING, Stage.NONE), (Status.CANCELLED, Stage.NONE)]
    + list(product([Status.ACTIVE, Status.ENDED_EARLY], BEGUN))
    + list(product([Status.PAUSED], BEGUN[:3]))
    + [(Status.COMPLETED, Stage.REDEFINITION)]
)
ACTORS = ["mira", "cora", "clock", "otto"]
COLUMN = {"mira": "member", "cora": "coordinator", "clock": "system"}


def test_what_is_final_is_where_no_move_begins():
    assert set(FINAL) == {Status.COMPLETED, Status.ENDED_EARLY, Status.CANCELLED}
    assert set(ALIVE) == {Status.PENDING, Status.ACTIVE, Status.PAUSED}


def test_each_verb_leads_from_each_place_to_one_place():
    keys = [(move.verb, move.status, move.stage) for move in MOVES]
    assert len(keys) == len(set(keys))


def test_places_with_moves_are_the_places_that_can_be():
    assert {(move.status, move.stage) for move in MOVES} <= set(PLACES)
    assert {(move.to_status, move.to_stage) for move in MOVES} <= set(PLACES)


def test_every_gate_is_a_gate_that_can_be_asked(pair, now):
    assert {move.gate for move in MOVES} - {""} == set(gates.GATES)


def test_only_ending_needs_one_member_alone_in_every_open_place():
    """Nobody is held: domain 4.5 gives either of the two the way out, everywhere."""
    open_places = {(status, stage) for status, stage in PLACES if status in (Status.ACTIVE, Status.PAUSED)}
    ways_out = {(move.status, move.stage) for move in MOVES if move.verb == "end" and move.member == How.ONE}
    assert ways_out == open_places


def test_the_clock_never_pauses_resumes_extends_or_agrees_anew():
    by_clock = {move.verb for move in MOVES if move.system != How.NOBODY}
    assert by_clock == {"activate", "cancel", "cultivate", "wind_up", "redefine", "complete", "end"}


def placed(program, mira, theo, status, stage, now) -> Relationship:
    """A pair in that place for which every gate holds: all is done, all dates are past, and Theo has left."""
    begun = status not in (Status.PENDING, Status.CANCELLED)
    pair = make.relationship(
        program_=program,
        mentor=mira,
        mentee=theo,
        status=status,
        stage=stage,
        activated_at=now - timedelta(days=400),
        **({"formal_end_at": now - timedelta(days=100)} if stage == Stage.REDEFINITION else {}),
        separation_on=(now - timedelta(days=130)).date() if begun else None,
        planned_end_on=(now - timedelta(days=100)).date() if begun else None,
    )
    if begun:
        make.finished(pair)
        if status in FINAL:
            Closure.objects.create(relationship=pair, type="early_no_fault", at=now)
    theo.left_at = now - timedelta(days=1)
    theo.save()
    return Relationship.objects.with_people().get(pk=pair.pk)


def expected(row, who):
    """What the table says happens when this person, or the clock, takes the step at once."""
    if row is None:
        return Refused
    if who == "otto":
        return PermissionDenied
    how = row.how(COLUMN[who])
    if how == How.NOBODY:
        return PermissionDenied
    if how in stages.TWO_STEPS:
        return Refused
    return (row.to_status, row.to_stage)


def tried(pair, verb, by, now):
    """What happened, undone again."""
    with transaction.atomic():
        mark = transaction.savepoint()
        fresh = Relationship.objects.with_people().get(pk=pair.pk)
        before = StageTransition.objects.filter(relationship=pair).count()
        try:
            actions.move(fresh, verb, by=by, now=now, reason="Because.")
            outcome = (fresh.status, fresh.stage)
            pair.refresh_from_db(fields=["status", "stage"])
            assert outcome == (pair.status, pair.stage)
            assert StageTransition.objects.filter(relationship=pair).count() == before + 1
        except (PermissionDenied, Refused) as refusal:
            outcome = type(refusal)
            assert StageTransition.objects.filter(relationship=pair).count() == before
        transaction.savepoint_rollback(mark)
    return outcome


@pytest.mark.parametrize("status, stage", PLACES)
def test_every_verb_in_every_place_by_everybody_does_what_the_table_says(
    program, mira, theo, cora, otto, now, status, stage
):
    pair = placed(program, mira, theo, status, stage, now)
    by = {"mira": mira, "cora": cora, "clock": None, "otto": otto}
    rows = {move.verb: move for move in stages.moves_from(status, stage)}

    found = {(verb, who): tried(pair, verb, by[who], now) for verb in VERBS for who in ACTORS}

    assert found == {(verb, who): expected(rows.get(verb), who) for verb in VERBS for who in ACTORS}


@pytest.mark.parametrize(
    "row",
    [move for move in MOVES if move.member in stages.TWO_STEPS],
    ids=lambda move: f"{move.verb} from {move.stage}",
)
def test_what_takes_two_is_asked_by_one_and_carried_out_by_the_other(program, mira, theo, now, row):
    pair = placed(program, mira, theo, row.status, row.stage, now)

    asked = actions.ask_or_move(pair, row.verb, by=mira, now=now)
    assert isinstance(asked, MoveRequest)
    assert asked.due_at.date() == (now + stages.ANSWER_WITHIN[row.member]).date()
    assert (pair.status, pair.stage) == (row.status, row.stage)

    moved = actions.ask_or_move(pair, row.verb, by=theo, now=now)
    assert isinstance(moved, StageTransition)
    assert (pair.status, pair.stage) == (row.to_status, row.to_stage)
    asked.refresh_from_db()
    assert (asked.state, asked.answered_by) == ("carried_out", theo)


def test_verbs_that_nobody_knows_are_refused(pair, mira, now):
    for verb in ("", "take_back", "delete", "activate\0", "x" * 5000):
        with pytest.raises((Refused, PermissionDenied)):
            actions.move(pair, verb, by=mira, now=now)
