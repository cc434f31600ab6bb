"""Either side, alone, at once, without a reason: invariants 10 to 12 of domain 4.16."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from activity.models import Due, Event, Letter
from activity.writing import write
from programs.models import Enrolment
from relationships import actions
from relationships.letters import LETTERS
from relationships.models import Closure, ClosureReason, Meeting, PrivateNote, Relationship
from relationships.stages import Refused
from tests import make


def again(pair):
    return Relationship.objects.with_people().get(pk=pair.pk)


def letters(kind):
    rows = Letter.objects.filter(kind=f"relationships.{kind}").order_by("person__full_name")
    return list(rows.values_list("person__full_name", flat=True))


def test_one_ends_it_alone_and_at_once(pair, mira, theo, now):
    actions.end(pair, by=theo, now=now)
    pair = again(pair)
    assert (pair.status, pair.stage) == ("ended_early", "cultivation")
    assert pair.formal_end_at == pair.ended_at == now
    assert (pair.closure.type, pair.closure.by, pair.closure.at) == ("early_no_fault", theo, now)
    assert {member.left_at for member in pair.members.all()} == {now}
    assert letters("ended") == ["Mira Moreau"]


def test_places_are_free_and_nothing_is_planned_or_reminded_any_more(pair, mira, theo, now):
    make.meeting(pair, starts_at=now + timedelta(days=3), state="scheduled")
    actions.evaluate(pair, now=now)
    actions.end(pair, by=mira, now=now)
    assert set(Enrolment.objects.filter(memberships__relationship=pair).values_list("state", flat=True)) == {
        "ready"
    }
    assert Meeting.objects.get().state == "cancelled"
    assert Due.objects.armed().count() == 0
    assert again(pair).next_meeting_at is None


def test_a_mentor_of_two_stays_matched_when_one_of_them_ends(program, mira, theo, now):
    first = make.relationship(program_=program, mentor=mira, mentee=theo)
    make.relationship(program_=program, mentor=mira)
    actions.end(first, by=theo, now=now)
    assert Enrolment.objects.get(person=mira).state == "matched"
    assert Enrolment.objects.get(person=theo).state == "ready"


@pytest.mark.parametrize(
    "status, stage", [("active", "initiation"), ("paused", "cultivation"), ("active", "redefinition")]
)
def test_wherever_they_are_either_can_end_it(program, mira, theo, now, status, stage):
    for by in (mira, theo):
        pair = make.relationship(program_=program, mentor=mira, mentee=theo, status=status, stage=stage)
        actions.end(pair, by=by, now=now)
        pair = again(pair)
        assert (pair.status, pair.ended_at) == ("ended_early", now)
        pair.delete()


def test_two_who_end_at_the_same_moment_make_one_closure(pair, mira, theo, now):
    stale = again(pair)
    actions.end(pair, by=mira, now=now)
    with pytest.raises(Refused):
        actions.end(stale, by=theo, now=now)
    assert Closure.objects.count() == 1
    assert pair.transitions.filter(verb="end").count() == 1


def test_an_end_from_an_old_page_is_refused_by_the_rule(pair, mira, theo, now):
    actions.end(pair, by=mira, now=now)
    with pytest.raises(PermissionDenied, match="over"):
        actions.end(again(pair), by=theo, now=now)


def test_the_other_reads_one_neutral_sentence(pair, mira, theo, now):
    actions.end(pair, by=theo, now=now)
    actions.give_reason(again(pair), "different_values_or_style", by=theo, now=now)
    letter = Letter.objects.get(kind="relationships.ended")
    written = write(LETTERS[letter.kind], letter, now)
    assert "Theo has ended the formal relationship under the no-fault rule." in written.text
    everything = written.text + written.html + written.subject + str(letter.data)
    assert "values" not in everything and "style or" not in everything


def test_the_coordinator_says_what_kind_it_is_and_the_two_read_none_of_it(pair, cora, now):
    with pytest.raises(Refused, match="what kind"):
        actions.end(pair, by=cora, now=now)
    with pytest.raises(Refused, match="what kind"):
        actions.end(pair, by=cora, now=now, closure_type="early_no_fault")
    actions.end(pair, by=cora, now=now, closure_type="conduct", reason="CANARY")
    assert again(pair).closure.type == "conduct"
    assert pair.transitions.last().reason == "CANARY"
    assert letters("ended") == ["Mira Moreau", "Theo Tamm"]
    for letter in Letter.objects.filter(kind="relationships.ended"):
        written = write(LETTERS[letter.kind], letter, now)
        assert "CANARY" not in written.text + written.html
        assert "The formal relationship has ended." in written.text


def test_strangers_end_nothing(pair, otto, other_pair, now):
    for by in (otto, other_pair.mentor, other_pair.coordinators[0]):
        with pytest.raises(PermissionDenied):
            actions.end(pair, by=by, now=now)
    assert again(pair).status == "active"


def test_what_the_two_wrote_stays(pair, mira, theo, now):
    make.goal(pair)
    make.agreement(pair)
    note = actions.write_note(pair, body="For me.", private=True, by=theo, now=now)
    actions.end(pair, by=mira, now=now)
    assert (pair.goals.count(), pair.agreements.count()) == (1, 1)
    assert list(PrivateNote.objects.visible_to(theo)) == [note]
    assert Relationship.objects.visible_to(theo).contains(pair)


# Reasons and wishes


def test_a_reason_is_given_afterwards_or_never_and_recorded_nowhere(pair, mira, theo, now):
    with pytest.raises(Refused, match="not ended early"):
        actions.give_reason(pair, "personal_circumstances", by=theo, now=now)
    actions.end(pair, by=theo, now=now)
    events = Event.objects.count()
    pair = again(pair)
    actions.give_reason(pair, "personal_circumstances", by=theo, now=now)
    actions.give_reason(pair, "prefer_not_to_say", by=theo, now=now)
    actions.give_reason(pair, "time_or_scheduling", by=mira, now=now)
    assert Event.objects.count() == events
    rows = {row.person: row.code for row in ClosureReason.objects.all()}
    assert rows == {theo: "prefer_not_to_say", mira: "time_or_scheduling"}
    stored = ClosureReason.objects.values_list("code", flat=True).first()
    assert "scheduling" not in stored.text and "prefer" not in stored.text


@pytest.mark.parametrize("code", ["", "nonsense", "\0", "x" * 5000])
def test_only_reasons_on_the_list(pair, theo, now, code):
    actions.end(pair, by=theo, now=now)
    with pytest.raises(Refused):
        actions.give_reason(again(pair), code, by=theo, now=now)


def test_nobody_gives_a_reason_for_another(pair, theo, cora, otto, now):
    actions.end(pair, by=theo, now=now)
    for by in (cora, otto):
        with pytest.raises(PermissionDenied):
            actions.give_reason(again(pair), "personal_circumstances", by=by, now=now)


def test_each_says_for_themselves_whether_they_would_like_another_partner(pair, mira, theo, now):
    with pytest.raises(Refused):
        actions.wish_for_rematch(pair, True, by=theo, now=now)
    actions.end(pair, by=mira, now=now)
    pair = again(pair)
    actions.wish_for_rematch(pair, True, by=theo, now=now)
    actions.wish_for_rematch(pair, False, by=mira, now=now)
    assert {member.person: member.wants_rematch for member in again(pair).members.all()} == {
        theo: True,
        mira: False,
    }


# The closing meeting


def test_a_closing_meeting_is_waived_in_separation_once_and_with_a_word(pair, mira, theo, cora, now):
    with pytest.raises(Refused, match="belongs to Separation"):
        actions.waive_closing_meeting(pair, "No time.", by=theo, now=now)
    actions.move(pair, "wind_up", by=cora, now=now, reason=".")
    for nothing in ("", "  \n"):
        with pytest.raises(Refused, match="few words"):
            actions.waive_closing_meeting(pair, nothing, by=theo, now=now)
    with pytest.raises(PermissionDenied):
        actions.waive_closing_meeting(pair, "I say so.", by=cora, now=now)
    first = actions.waive_closing_meeting(pair, " We live far apart. ", by=theo, now=now)
    assert actions.waive_closing_meeting(pair, "Another word.", by=mira, now=now) == first
    assert first.reason == "We live far apart."
