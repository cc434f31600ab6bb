"""Deeds on a person's part in a program."""

from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied

from activity.models import Due, Event, Letter
from mentorship.clockwork import DUES
from programs import actions
from programs.models import Enrolment
from programs.stages import ENROLMENT_MOVES, EnrolmentState, Refused
from tests import make

STATES = list(EnrolmentState)


@pytest.fixture
def theos(opened, theo):
    return make.enrolment(opened, theo, state="invited", invited_at=None)


@pytest.mark.parametrize("source, to", product(STATES, STATES))
def test_an_enrolment_moves_along_its_table_and_never_otherwise(opened, theo, now, source, to):
    enrolment = make.enrolment(opened, theo, state=source)
    if to in ENROLMENT_MOVES[source]:
        actions.move_enrolment(enrolment, to, by=theo, now=now)
    else:
        with pytest.raises(Refused):
            actions.move_enrolment(enrolment, to, by=theo, now=now)
    enrolment.refresh_from_db()
    moved = to in ENROLMENT_MOVES[source]
    assert enrolment.state == (to if moved else source)
    assert Event.objects.filter(verb=f"enrolment.{to}").count() == moved


def test_a_stale_object_moves_nothing(theos, theo, now):
    stale = Enrolment.objects.get(pk=theos.pk)
    actions.decline_invitation(theos, now=now)
    with pytest.raises(Refused, match="Somebody else"):
        actions.move_enrolment(stale, "applied", by=theo, now=now)
    assert Event.objects.filter(verb="enrolment.applied").count() == 0


def test_somebody_is_put_on_the_list_once_in_each_role(opened, theo, cora, now):
    cycle = opened.cycles.get()
    first = actions.enrol(cycle, theo, "mentee", by=cora, now=now)
    assert actions.enrol(cycle, theo, "mentee", by=cora, now=now, capacity=3) == first
    mentor = actions.enrol(cycle, theo, "mentor", by=cora, now=now, capacity=3)
    assert (first.capacity, mentor.capacity, first.state, Letter.objects.count()) == (1, 3, "invited", 0)
    assert Event.objects.filter(verb="enrolment.added").count() == 2


def test_only_coordinators_put_people_on_the_list_and_invite(theos, cast, now):
    cycle = theos.cycle
    for name, person in cast.items():
        if name != "cora":
            with pytest.raises(PermissionDenied):
                actions.enrol(cycle, person, "mentee", by=person, now=now)
            with pytest.raises(PermissionDenied):
                actions.invite(theos, by=person, now=now)
            with pytest.raises(PermissionDenied):
                actions.remove(theos, by=person, now=now, reason="")
            with pytest.raises(PermissionDenied):
                actions.add_people(theos.program, [("X", "x@example.org")], "mentee", by=person, now=now)
    assert (Enrolment.objects.of_program(theos.program).count(), Letter.objects.count()) == (1, 0)


def test_inviting_twice_on_a_day_is_one_letter_and_keeps_the_link(theos, cora, now):
    actions.invite(theos, by=cora, now=now)
    nonce = theos.invitation_nonce
    actions.invite(theos, by=cora, now=now + timedelta(minutes=1))
    theos.refresh_from_db()
    assert (theos.invitation_nonce, Letter.objects.filter(kind="programs.invitation").count()) == (nonce, 1)


def test_inviting_again_after_the_link_was_used_replaces_it(theos, cora, now):
    actions.invite(theos, by=cora, now=now)
    nonce = theos.invitation_nonce
    actions.accept_invitation(theos, now=now)
    actions.invite(theos, by=cora, now=now)
    theos.refresh_from_db()
    assert theos.invitation_nonce != nonce and theos.invitation_opened_at is None
    assert Letter.objects.filter(kind="programs.invitation").count() == 2


@pytest.mark.parametrize("by_file", [False, True])
def test_who_said_no_can_be_invited_again_the_same_day(theos, cora, now, by_file):
    actions.invite(theos, by=cora, now=now)
    if by_file:
        Enrolment.objects.filter(pk=theos.pk).update(state="accepted", answered_by_file=True)
        theos.refresh_from_db()
    actions.decline_invitation(theos, now=now)
    assert theos.state == ("withdrawn" if by_file else "declined") and theos.has_declined
    actions.invite(theos, by=cora, now=now)
    theos.refresh_from_db()
    assert (theos.state, Letter.objects.filter(kind="programs.invitation").count()) == ("invited", 2)


@pytest.mark.parametrize(
    "person, reason", [({"email": None}, "no email address"), ({"is_active": False}, "has left")]
)
def test_who_cannot_be_reached_is_not_invited(opened, cora, now, person, reason):
    enrolment = make.enrolment(opened, make.person("Nora Nolan", **person), state="invited", invited_at=None)
    with pytest.raises(Refused, match=f"Nora Nolan.*{reason}|{reason}.*Nora Nolan"):
        actions.invite(enrolment, by=cora, now=now)
    assert Letter.objects.count() == 0


def test_who_has_answered_is_not_invited_again(opened, cora, now):
    ready = make.enrolment(opened)
    with pytest.raises(Refused, match="answered already"):
        actions.invite(ready, by=cora, now=now)


def test_before_publishing_nobody_can_be_invited(draft, cora, now):
    enrolment = make.enrolment(draft, state="invited", invited_at=None)
    with pytest.raises(PermissionDenied):
        actions.invite(enrolment, by=cora, now=now)


# Answers


def test_sending_the_answers_leads_to_ready_with_the_terms_of_today(theos, theo, now):
    theos.program.conduct_version = 4
    actions.submit_answers(theos, by=theo, now=now)
    theos.refresh_from_db()
    assert (theos.state, theos.conduct_accepted_version, theos.privacy_accepted_version) == ("ready", 4, 1)
    assert (theos.answered_at, theos.accepted_at, theos.ready_at) == (now, now, now)
    assert [letter.kind for letter in Letter.objects.all()] == ["programs.answers_received"]
    verbs = (
        Event.objects.filter(about=f"programs.enrolment:{theos.pk}")
        .order_by("pk")
        .values_list("verb", flat=True)
    )
    assert list(verbs) == [
        "enrolment.applied",
        "enrolment.accepted",
        "enrolment.terms_accepted",
        "enrolment.ready",
    ]


def test_sending_twice_changes_nothing_more(theos, theo, now):
    stale = Enrolment.objects.get(pk=theos.pk)
    actions.submit_answers(theos, by=theo, now=now)
    actions.submit_answers(theos, by=theo, now=now)
    with pytest.raises(Refused):
        actions.submit_answers(stale, by=theo, now=now)
    assert Letter.objects.count() == 1
    assert Enrolment.objects.get(pk=theos.pk).state == "ready"


def test_where_the_coordinator_approves_by_hand_nobody_is_accepted_by_the_clock(theos, theo, now):
    theos.program.rules = {"approve_by_hand": True}
    actions.submit_answers(theos, by=theo, now=now)
    assert theos.state == "applied"


def test_answers_from_a_file_are_confirmed_by_accepting_the_terms(opened, theo, now):
    enrolment = make.enrolment(opened, theo, state="accepted", answered_by_file=True)
    assert enrolment.is_to_answer
    actions.accept_terms(enrolment, by=theo, now=now)
    enrolment.refresh_from_db()
    assert (enrolment.state, enrolment.answered_by_file, enrolment.is_to_answer) == ("ready", False, False)


def test_only_the_person_answers_and_withdraws(theos, cora, otto, theo, now):
    question = theos.program.questions.get(field="goals")
    for person in (cora, otto):
        for deed in (
            lambda by: actions.answer(theos, question, {"goals": "Mine"}, by=by, now=now),
            lambda by: actions.submit_answers(theos, by=by, now=now),
            lambda by: actions.accept_terms(theos, by=by, now=now),
            lambda by: actions.finish_later(theos, by=by, now=now),
            lambda by: actions.withdraw(theos, by=by, now=now),
        ):
            with pytest.raises(PermissionDenied):
                deed(person)
    theo.profile.refresh_from_db()
    assert (theo.profile.goals, Letter.objects.count()) == ("", 0)


def test_finishing_later_mails_the_way_back_once_an_hour(theos, theo):
    moment = datetime(2026, 11, 20, 9, 10, tzinfo=UTC)
    for minutes in (0, 20, 60):
        actions.finish_later(theos, by=theo, now=moment + timedelta(minutes=minutes))
    assert Letter.objects.filter(kind="programs.continue_later", person=theo).count() == 2


# No, later, never


def test_declining_stops_the_reminders_and_asks_nothing(theos, cora, now):
    actions.invite(theos, by=cora, now=now)
    assert Due.objects.armed().of(theos).count() == 2
    actions.decline_invitation(theos, now=now)
    assert Due.objects.armed().of(theos).count() == 0
    assert Event.objects.get(verb="enrolment.declined").details == {"source": "invited"}
    with pytest.raises(Refused):
        actions.decline_invitation(theos, now=now)


def test_a_mind_can_be_changed_while_the_program_is_open(theos, cora, now):
    actions.decline_invitation(theos, now=now)
    actions.change_my_mind(theos, now=now)
    assert theos.state == "invited"

    actions.decline_invitation(theos, now=now)
    actions.move_program(theos.program, "suspended", by=cora, now=now)
    with pytest.raises(Refused, match="not open for joining"):
        actions.change_my_mind(theos, now=now)


def test_leaving_needs_no_reason_and_happens_once(opened, theo, now):
    enrolment = make.enrolment(opened, theo)
    actions.withdraw(enrolment, by=theo, now=now)
    assert (enrolment.state, enrolment.left_at, enrolment.has_declined) == ("withdrawn", now, False)
    with pytest.raises(Refused):
        actions.withdraw(enrolment, by=theo, now=now)


def test_the_reason_of_a_removal_is_kept_sealed_and_out_of_the_log(opened, theo, cora, now):
    enrolment = make.enrolment(opened, theo)
    actions.remove(enrolment, by=cora, now=now, reason="Has left for Oslo.")
    enrolment.refresh_from_db()
    assert (enrolment.state, enrolment.removal_reason) == ("removed", "Has left for Oslo.")
    assert Event.objects.get(verb="enrolment.removed").details == {"source": "ready"}
    with pytest.raises(Refused):
        actions.remove(enrolment, by=cora, now=now, reason="Again")


def test_a_pause_ends_by_the_clock_in_the_zone_of_the_program(opened, theo, cora, now):
    opened.zone = "Asia/Tokyo"
    opened.save()
    enrolment = make.enrolment(opened, theo)
    until = (now + timedelta(days=10)).date()
    actions.pause_enrolment(enrolment, until=until, by=theo, now=now)
    assert Enrolment.objects.matchable().count() == 0

    due = Due.objects.armed().of(enrolment).get()
    assert due.due_at == datetime(until.year, until.month, until.day, 6, tzinfo=ZoneInfo("Asia/Tokyo"))
    for _ in range(3):
        DUES[due.kind].act(due, due.due_at)
    assert Enrolment.objects.matchable().get() == enrolment
    assert Event.objects.get(verb="enrolment.resumed").by is None


def test_a_longer_pause_moves_its_end_and_an_ended_one_stays_ended(opened, theo, cora, now):
    enrolment = make.enrolment(opened, theo)
    first, later = ((now + timedelta(days=days)).date() for days in (10, 20))
    actions.pause_enrolment(enrolment, until=first, by=cora, now=now)
    old = Due.objects.armed().of(enrolment).get()
    actions.pause_enrolment(enrolment, until=later, by=cora, now=now)
    assert [due.local_date for due in Due.objects.armed().of(enrolment)] == [later]
    DUES[old.kind].act(old, old.due_at)
    enrolment.refresh_from_db()
    assert enrolment.paused_until == later

    actions.resume_enrolment(enrolment, by=cora, now=now)
    actions.resume_enrolment(enrolment, by=cora, now=now)
    assert Due.objects.armed().of(enrolment).count() == 0
    assert Event.objects.filter(verb="enrolment.resumed").count() == 1


def test_only_the_person_and_the_coordinators_pause(opened, theo, otto, oda, now):
    enrolment = make.enrolment(opened, theo)
    for person in (otto, oda):
        with pytest.raises(PermissionDenied):
            actions.pause_enrolment(enrolment, until=now.date(), by=person, now=now)
        with pytest.raises(PermissionDenied):
            actions.resume_enrolment(enrolment, by=person, now=now)


# Adding by address


def test_known_people_are_found_whatever_the_letters_of_their_address(opened, theo, cora, now):
    theo.email = "Theo.Tamm@Example.org"
    theo.save()
    people = [("Theo", "theo.tamm@example.org"), ("Nell New", "nell@example.org")]
    assert actions.add_people(opened, people, "mentee", by=cora, now=now) == (2, 0)
    assert actions.add_people(opened, people, "mentee", by=cora, now=now) == (0, 2)
    nell = Enrolment.objects.get(person__email="nell@example.org").person
    assert (nell.full_name, nell.has_usable_password(), nell.joined_at) == ("Nell New", False, None)
    assert {letter.person for letter in Letter.objects.all()} == {theo, nell}


def test_before_publishing_those_who_are_added_hear_nothing(draft, cora, now):
    actions.add_people(draft, [("Nell New", "nell@example.org")], "mentor", by=cora, now=now)
    assert (Enrolment.objects.get().role, Letter.objects.count()) == ("mentor", 0)


def test_somebody_added_by_another_at_the_same_moment_is_a_kind_refusal(opened, cora, now, monkeypatch):
    def taken(**given):
        make.person("Nell New", email=given["email"])
        return create(**given)

    create = actions.setup.create_person
    monkeypatch.setattr(actions.setup, "create_person", taken)
    with pytest.raises(Refused, match="Somebody else has just added nell"):
        actions.add_people(opened, [("Nell New", "nell@example.org")], "mentee", by=cora, now=now)


def test_lists_and_properties_are_twins(opened, other_pair, cast, now):
    rows = []
    for state in STATES:
        for by_file in (False, True):
            rows.append(make.enrolment(opened, state=state, answered_by_file=by_file))
    paused = make.enrolment(opened, paused_until=now.date())
    gone = make.enrolment(opened, make.person(is_active=False))
    to_answer = set(Enrolment.objects.of_program(opened).to_answer())
    matchable = set(Enrolment.objects.of_program(opened).matchable())
    assert to_answer == {row for row in rows if row.is_to_answer}
    assert matchable == {row for row in [*rows, paused, gone] if row.is_matchable}
    for person in cast.values():
        seen = set(Enrolment.objects.visible_to(person))
        rule = actions.enrolments.ENROLMENT_RULES["view_enrolment"]
        assert seen == {row for row in Enrolment.objects.with_people() if rule(person, row)}
