"""Beginning, moving, resting and going back: invariants 1 to 5 of domain 4.16 among them."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.core.exceptions import PermissionDenied

from activity.models import Due, Event, Letter
from programs.models import Enrolment
from relationships import actions
from relationships.actions.life import can_be_taken_back
from relationships.models import Relationship, StageTransition
from relationships.stages import Refused
from tests import make


@pytest.fixture
def program(cora):
    return make.program(coordinators=[cora], state="published")


@pytest.fixture
def members(program, mira, theo):
    mentor = make.enrolment(program, mira, "mentor")
    mentee = make.enrolment(program, theo, "mentee")
    return [(mira, "mentor", mentor), (theo, "mentee", mentee)]


def begin(members, by, now):
    program = members[0][2].program
    return actions.begin(program, program.cycles.get(), members, by=by, now=now)


def letters_of(kind):
    return sorted(
        Letter.objects.filter(kind=f"relationships.{kind}").values_list("person__full_name", flat=True)
    )


# Beginning


def test_when_all_have_accepted_it_begins_with_its_dates(members, theo, now):
    pair = begin(members, theo, now)

    assert (pair.status, pair.stage, pair.activated_at, pair.stage_since) == (
        "active",
        "initiation",
        now,
        now,
    )
    assert pair.planned_start_on == date(2026, 10, 12)
    assert pair.planned_end_on == members[0][2].cycle.planned_end_on == date(2027, 6, 13)
    assert pair.separation_on == date(2027, 5, 14)
    assert (pair.cadence_days, pair.zone) == (28, "Europe/London")
    assert [(one.role, one.joined_at) for one in pair.members.all()] == [("mentor", now), ("mentee", now)]


def test_beginning_is_one_step_said_to_both_and_seen_by_the_clock(members, theo, now):
    pair = begin(members, theo, now)

    step = StageTransition.objects.get(relationship=pair)
    assert (step.verb, step.actor, step.by, step.criteria) == (
        "activate",
        "system",
        None,
        {"A1": True, "A2": True, "A3": True},
    )
    assert letters_of("begun") == ["Mira Moreau", "Theo Tamm"]
    assert set(Event.objects.about(pair).values_list("verb", "by")) == {
        ("relationships.begun", theo.pk),
        ("relationships.activate", None),
    }
    due = Due.objects.armed().of(pair).get()
    assert (due.kind, due.occurrence, due.local_time.hour) == ("relationships.evaluate", "2026-10-13", 6)


def test_the_first_beginning_sets_the_program_going(members, theo, now):
    program = members[0][2].program
    program.cycles.update(state="matching")
    begin(members, theo, now)
    program.refresh_from_db()
    assert (program.state, program.cycles.get().state) == ("running", "active")


def test_both_places_are_taken(members, theo, now):
    begin(members, theo, now)
    assert set(Enrolment.objects.values_list("state", flat=True)) == {"matched"}


def test_a_stranger_begins_nothing(members, otto, now):
    with pytest.raises(PermissionDenied):
        begin(members, otto, now)
    assert Relationship.objects.count() == 0


def test_the_coordinator_can_begin_it(members, cora, now):
    step = begin(members, cora, now).transitions.get()
    assert (step.actor, step.by) == ("coordinator", cora)


def test_the_same_two_begin_once_in_a_cycle(members, theo, now):
    members[0][2].capacity = 2
    members[0][2].save()
    begin(members, theo, now)
    with pytest.raises(Refused, match="have a relationship in this program already"):
        begin(members, theo, now)
    assert Relationship.objects.count() == 1


def test_a_mentor_has_no_more_mentees_than_places(program, members, theo, now):
    begin(members, theo, now)
    other = make.enrolment(program, role="mentee")
    with pytest.raises(Refused, match="Everybody has a free place"):
        begin([members[0], (other.person, "mentee", other)], other.person, now)
    assert Relationship.objects.count() == 1

    Enrolment.objects.filter(pk=members[0][2].pk).update(capacity=2)
    members[0][2].refresh_from_db()
    begin([members[0], (other.person, "mentee", other)], other.person, now)
    assert Relationship.objects.count() == 2


@pytest.mark.parametrize("upwards", [True, False])
def test_nobody_begins_within_one_reporting_line(members, mira, theo, cora, now, upwards):
    make.reports_to(*((theo, mira) if upwards else (mira, theo)))
    for by in (theo, cora):
        with pytest.raises(Refused, match="Nobody reports to another"):
            begin(members, by, now)
    assert Relationship.objects.count() == Letter.objects.count() == 0


def test_whoever_is_not_ready_does_not_begin(members, theo, now):
    Enrolment.objects.filter(person=theo).update(state="accepted")
    members[1][2].refresh_from_db()
    with pytest.raises(Refused, match="accepted and is ready"):
        begin(members, theo, now)


def test_a_cycle_that_has_ended_gives_the_length_of_the_program(members, theo, now):
    members[0][2].cycle.__class__.objects.update(planned_end_on=date(2026, 10, 1))
    pair = begin(members, theo, now)
    assert pair.planned_end_on == date(2026, 10, 12) + timedelta(days=274)


# Moving


@pytest.fixture
def pair(members, theo, now):
    began = begin(members, theo, now - timedelta(days=30))
    Letter.objects.all().delete()
    Event.objects.all()._raw_delete("default")
    return began


def again(pair):
    return Relationship.objects.with_people().get(pk=pair.pk)


def test_a_move_keeps_what_held_and_says_it_to_the_others(pair, mira, theo, now):
    make.initiated(pair)
    actions.ask_or_move(pair, "cultivate", by=mira, now=now)
    assert letters_of("may_move") == ["Theo Tamm"]

    step = actions.ask_or_move(pair, "cultivate", by=theo, now=now + timedelta(hours=1))
    assert (step.from_stage, step.to_stage, step.actor, step.by) == (
        "initiation",
        "cultivation",
        "member",
        theo,
    )
    assert step.criteria == {f"I{n}": True for n in range(1, 7)}
    assert letters_of("moved") == ["Mira Moreau"]
    assert pair.stage_since == now + timedelta(hours=1)
    events = list(Event.objects.about(pair).order_by("pk").values_list("verb", "by"))
    assert events == [("relationships.asked", mira.pk), ("relationships.cultivate", theo.pk)]


def test_no_member_moves_on_while_something_is_missing(pair, mira, now):
    with pytest.raises(Refused, match="Still missing: 2 meetings held"):
        actions.ask_or_move(pair, "cultivate", by=mira, now=now)
    assert pair.move_requests.count() == 0


def test_the_coordinator_moves_on_with_a_reason_which_is_kept(pair, cora, now):
    for nothing in ("", "   "):
        with pytest.raises(Refused, match="Say why"):
            actions.move(pair, "cultivate", by=cora, now=now, reason=nothing)
    step = actions.move(pair, "cultivate", by=cora, now=now, reason=" They know each other. ")
    assert (step.reason, step.actor) == ("They know each other.", "coordinator")
    assert step.criteria["I2"] is False
    assert letters_of("moved") == ["Mira Moreau", "Theo Tamm"]


def test_when_nothing_is_missing_the_coordinator_needs_no_reason(pair, cora, now):
    make.initiated(pair)
    assert actions.move(pair, "cultivate", by=cora, now=now).reason == ""


def test_two_who_press_at_once_move_once(pair, cora, now):
    stale = again(pair)
    actions.move(pair, "cultivate", by=cora, now=now, reason="Once.")
    with pytest.raises(Refused, match="Somebody else has just changed"):
        actions.move(stale, "cultivate", by=cora, now=now, reason="Twice.")
    assert pair.transitions.filter(verb="cultivate").count() == 1
    assert again(pair).version == pair.version


def test_there_and_back_is_not_the_same_place(pair, mira, theo, cora, now):
    """The version tells a page apart that was opened two steps ago."""
    stale = again(pair)
    actions.move(pair, "cultivate", by=cora, now=now, reason="On.")
    actions.move(pair, "recontract", by=cora, now=now, reason="And back.")
    assert (stale.status, stale.stage) == (pair.status, pair.stage)
    with pytest.raises(Refused, match="Somebody else has just changed"):
        actions.move(stale, "cultivate", by=cora, now=now, reason="Again.")
    make.meeting(pair)
    with pytest.raises(Refused, match="Somebody else has just changed"):
        actions.ask(stale, "wind_up", by=mira, now=now)


def test_steps_stand_in_one_order_and_none_lies_ahead(pair, cora, now):
    long_ago = pair.activated_at - timedelta(days=9)
    step = actions.move(pair, "cultivate", by=cora, now=now, reason=".", effective_at=long_ago)
    assert step.effective_at == pair.activated_at
    later = actions.move(pair, "wind_up", by=cora, now=now, reason=".", effective_at=now + timedelta(days=5))
    assert later.effective_at == now


def test_every_change_of_stage_has_one_step(pair, cora, mira, theo, now):
    for verb in ("cultivate", "recontract", "cultivate", "wind_up", "extend", "wind_up", "redefine"):
        actions.move(pair, verb, by=cora, now=now, reason="Rehearsal.")
    steps = list(pair.transitions.all())
    for before, after in pairwise(steps):
        assert (before.to_status, before.to_stage) == (after.from_status, after.from_stage)
        assert before.at <= after.at and before.effective_at <= after.effective_at
    assert (steps[-1].to_status, steps[-1].to_stage) == (pair.status, pair.stage)


def test_a_stranger_and_another_programs_coordinator_move_nothing(pair, otto, other_pair, now):
    for by in (otto, other_pair.coordinators[0], other_pair.mentor):
        for verb in ("cultivate", "pause", "end"):
            with pytest.raises(PermissionDenied):
                actions.move(pair, verb, by=by, now=now, reason="Why not.")
    assert pair.transitions.count() == 1


# What takes two


def test_one_question_at_a_time(pair, mira, theo, now):
    make.meeting(pair)
    actions.ask(pair, "wind_up", by=mira, now=now)
    with pytest.raises(Refused, match="asked already"):
        actions.ask_or_move(pair, "wind_up", by=mira, now=now)
    assert pair.move_requests.count() == 1
    assert letters_of("asked") == ["Theo Tamm"]


def test_not_yet_needs_no_reason_and_moves_nothing(pair, mira, theo, now):
    make.meeting(pair)
    request = actions.ask(pair, "wind_up", by=mira, now=now)
    actions.say_not_yet(pair, by=theo, now=now + timedelta(days=1))
    request.refresh_from_db()
    assert (request.state, request.answered_by, pair.stage) == ("not_yet", theo, "initiation")
    assert letters_of("not_yet") == ["Mira Moreau"]
    with pytest.raises(Refused, match="Nothing is asked"):
        actions.say_not_yet(pair, by=theo, now=now)


def test_whoever_asked_can_withdraw_without_a_word_to_the_other(pair, mira, now):
    make.meeting(pair)
    request = actions.ask(pair, "wind_up", by=mira, now=now)
    actions.say_not_yet(pair, by=mira, now=now)
    request.refresh_from_db()
    assert request.state == "withdrawn"
    assert letters_of("not_yet") == []


def test_only_members_answer(pair, mira, cora, otto, now):
    make.meeting(pair)
    actions.ask(pair, "wind_up", by=mira, now=now)
    for by in (cora, otto):
        with pytest.raises(PermissionDenied):
            actions.say_not_yet(pair, by=by, now=now)


def test_a_step_in_between_leaves_no_question_open(pair, mira, cora, now):
    make.meeting(pair)
    request = actions.ask(pair, "wind_up", by=mira, now=now)
    actions.move(pair, "cultivate", by=cora, now=now, reason="Go on.")
    request.refresh_from_db()
    assert request.state == "withdrawn"


def test_what_one_may_do_alone_is_not_asked_for(pair, mira, now):
    for verb in ("pause", "end"):
        with pytest.raises(Refused, match="not one to ask for"):
            actions.ask(pair, verb, by=mira, now=now)


# Resting


@pytest.mark.parametrize("days", [-1, 0, 61, 4000])
def test_a_pause_lasts_from_tomorrow_to_sixty_days(pair, mira, now, days):
    with pytest.raises(Refused, match="60 days at most"):
        actions.pause(pair, until=now.date() + timedelta(days=days), by=mira, now=now)
    assert pair.pauses.count() == 0


def test_either_pauses_and_either_goes_on_and_the_days_are_added(pair, mira, theo, now):
    separation, end = pair.separation_on, pair.planned_end_on
    actions.pause(pair, until=date(2026, 11, 9), by=mira, now=now)
    assert (pair.status, pair.paused_until) == ("paused", date(2026, 11, 9))
    assert letters_of("paused") == ["Theo Tamm"]

    actions.resume(pair, by=theo, now=now + timedelta(days=20))
    assert (pair.status, pair.stage, pair.paused_until) == ("active", "initiation", None)
    assert (pair.separation_on, pair.planned_end_on) == (
        separation + timedelta(days=20),
        end + timedelta(days=20),
    )
    assert pair.resumed_at == now + timedelta(days=20)
    pause = pair.pauses.get()
    assert (pause.began_at, pause.ended_at, pause.by) == (now, now + timedelta(days=20), mira)
    assert letters_of("resumed") == ["Mira Moreau"]


def test_a_program_can_keep_its_dates_through_a_pause(pair, mira, now):
    pair.program.stage_settings = {"pause_moves_dates": False}
    pair.program.save()
    end = pair.planned_end_on
    actions.pause(pair, until=date(2026, 11, 9), by=mira, now=now)
    actions.resume(pair, by=mira, now=now + timedelta(days=20))
    assert pair.planned_end_on == end


def test_pausing_twice_pauses_once(pair, mira, theo, now):
    stale = again(pair)
    actions.pause(pair, until=date(2026, 11, 9), by=mira, now=now)
    with pytest.raises(Refused):
        actions.pause(stale, until=date(2026, 11, 2), by=theo, now=now)
    assert pair.pauses.count() == 1


def test_an_extension_gives_four_weeks_more_and_as_long_for_finishing(pair, cora, now):
    finishing = pair.planned_end_on - pair.separation_on
    actions.move(pair, "wind_up", by=cora, now=now, reason=".")
    later = now + timedelta(days=240)
    actions.move(pair, "extend", by=cora, now=later, reason=".")
    assert pair.separation_on == later.date() + timedelta(days=28)
    assert pair.planned_end_on - pair.separation_on == finishing


# Taking back


def by_clock(pair, verb, now, **facts):
    return actions.move(pair, verb, by=None, now=now, **facts)


def test_a_step_of_the_clock_is_taken_back_as_a_step_of_its_own(pair, mira, theo, now):
    make.meeting(pair)
    pair.separation_on = now.date()
    pair.save()
    wound_up = by_clock(pair, "wind_up", now)
    step = actions.take_back(pair, by=mira, now=now + timedelta(days=6))
    assert (pair.status, pair.stage) == ("active", "initiation")
    assert (step.verb, step.takes_back, step.by, step.actor) == ("take_back", wound_up, mira, "member")
    assert letters_of("taken_back") == ["Theo Tamm"]
    with pytest.raises(Refused, match="no step"):
        actions.take_back(pair, by=theo, now=now + timedelta(days=6))


def test_after_seven_days_a_step_stands(pair, mira, now):
    make.meeting(pair)
    pair.separation_on = now.date()
    pair.save()
    by_clock(pair, "wind_up", now)
    assert can_be_taken_back(pair, now + timedelta(days=7, seconds=-1))
    with pytest.raises(Refused):
        actions.take_back(pair, by=mira, now=now + timedelta(days=7))


def test_what_people_did_is_not_taken_back_and_neither_is_the_beginning(pair, mira, cora, now):
    assert can_be_taken_back(pair, pair.activated_at) is None
    actions.move(pair, "cultivate", by=cora, now=now, reason=".")
    assert can_be_taken_back(pair, now) is None


def test_only_the_latest_step_is_taken_back_and_by_nobody_outside(pair, otto, mira, now):
    make.meeting(pair)
    pair.separation_on = now.date()
    pair.save()
    by_clock(pair, "wind_up", now)
    with pytest.raises(PermissionDenied):
        actions.take_back(pair, by=otto, now=now)
    actions.pause(pair, until=now.date() + timedelta(days=5), by=mira, now=now)
    assert can_be_taken_back(pair, now) is None


def test_a_formal_end_taken_back_takes_the_places_again(pair, mira, theo, cora, now):
    actions.move(pair, "wind_up", by=cora, now=now, reason=".")
    pair.planned_end_on = (now - timedelta(days=20)).date()
    pair.save()
    by_clock(pair, "redefine", now)
    assert pair.formal_end_at == now
    assert set(Enrolment.objects.values_list("state", flat=True)) == {"ready"}

    actions.take_back(pair, by=theo, now=now + timedelta(days=1))
    assert (pair.stage, pair.formal_end_at) == ("separation", None)
    assert set(Enrolment.objects.values_list("state", flat=True)) == {"matched"}


def test_a_formal_end_stands_once_a_place_is_taken(pair, members, mira, theo, cora, now):
    actions.move(pair, "wind_up", by=cora, now=now, reason=".")
    pair.planned_end_on = (now - timedelta(days=20)).date()
    pair.save()
    by_clock(pair, "redefine", now)
    other = make.enrolment(pair.program, role="mentee")
    members[0][2].refresh_from_db()
    begin([members[0], (other.person, "mentee", other)], other.person, now)
    with pytest.raises(Refused, match="new partner"):
        actions.take_back(pair, by=theo, now=now + timedelta(days=1))
    assert again(pair).stage == "redefinition"


def test_an_end_by_a_wrong_leaver_entry_is_undone_whole(pair, mira, theo, now):
    make.agreement(pair)
    theo.left_at = now - timedelta(days=1)
    theo.save()
    pair = again(pair)
    by_clock(pair, "end", now, effective_at=theo.left_at, closure_type="administrative")
    assert (pair.status, pair.closure.type, pair.ended_at) == ("ended_early", "administrative", theo.left_at)

    actions.take_back(pair, by=mira, now=now)
    pair = again(pair)
    assert (pair.status, pair.ended_at, pair.formal_end_at) == ("active", None, None)
    assert not hasattr(pair, "closure")
    assert pair.agreements.get().state == "in_force"
    assert {one.left_at for one in pair.members.all()} == {None}
    assert Due.objects.armed().of(pair).count() == 1
