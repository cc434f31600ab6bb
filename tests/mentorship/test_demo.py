"""The Halden Group keeps the invariants of the domain (4.16), and its histories are complete."""

import itertools
from collections import Counter
from datetime import UTC, datetime

import pytest

from activity.models import Due, Event, Letter
from mentorship.demo import story
from mentorship.demo.who import MENTEE, PASSWORD, WHO
from people.models import ReportingLine, User
from programs.models import Enrolment, Program
from relationships.models import Agreement, Goal, Meeting, Relationship, StageTransition

pytestmark = pytest.mark.once
NOW = datetime(2026, 10, 14, 9, 30, tzinfo=UTC)


INVARIANTS = []


def told(check):
    """One sentence about the organisation; all are checked on one and the same, which takes a while to make."""
    INVARIANTS.append(check)
    return check


def begun():
    return Relationship.objects.begun().with_people()


@told
def about_150_people_report_over_several_places_and_zones():
    people = User.objects.filter(profile__isnull=False)

    assert people.count() == 150
    assert set(people.values_list("zone", flat=True)) == {
        "Europe/Oslo", "Europe/London", "Europe/Lisbon", "America/New_York", "Asia/Singapore",
    }  # fmt: skip
    assert ReportingLine.objects.current().count() >= 120


@told
def one_program_waits_one_runs_in_all_four_stages_and_one_is_over():
    assert Counter(Program.objects.values_list("state", flat=True)) == {
        "published": 1,
        "running": 1,
        "closed": 1,
    }
    running = Relationship.objects.filter(program__state="running")
    assert set(running.filter(status="active").values_list("stage", flat=True)) == {
        "initiation", "cultivation", "separation", "redefinition",
    }  # fmt: skip
    assert {"paused", "ended_early"} <= set(running.values_list("status", flat=True))
    assert running.active().silent(NOW, 2).count() == 2
    over = Relationship.objects.filter(program__state="closed")
    assert set(over.values_list("status", flat=True)) == {"completed", "ended_early"}


@told
def everybody_one_can_sign_in_as_is_there():
    for one in WHO:
        assert User.objects.get(email=one.email).check_password(PASSWORD)
    hers = begun().get(members__person__email=MENTEE)
    assert (hers.status, hers.stage) == ("active", "cultivation")


@told
def nobody_is_in_two_open_relationships_with_the_same_person_in_a_cycle():
    keys = [(one.cycle_id, one.pair_key) for one in Relationship.objects.open()]
    assert len(keys) == len(set(keys))


@told
def nobody_is_paired_along_a_reporting_line():
    above = ReportingLine.objects.above(User.objects.values_list("pk", flat=True))
    for one in begun():
        assert one.mentor.pk not in above[one.mentee.pk]
        assert one.mentee.pk not in above[one.mentor.pk]


@told
def no_mentor_has_more_open_relationships_than_places():
    taken = Counter(
        member.enrolment_id
        for one in Relationship.objects.open().prefetch_related("members")
        for member in one.members.all()
    )
    places = dict(Enrolment.objects.values_list("pk", "capacity"))
    assert [pk for pk, count in taken.items() if count > places[pk]] == []


@told
def each_stage_was_reached_by_transitions_that_fit_together():
    for one in begun().prefetch_related("transitions"):
        steps = list(one.transitions.all())
        assert steps[0].verb == "activate"
        for earlier, later in itertools.pairwise(steps):
            assert (earlier.to_status, earlier.to_stage) == (later.from_status, later.from_stage)
            assert earlier.at <= later.at
        assert (steps[-1].to_status, steps[-1].to_stage) == (one.status, one.stage)


@told
def nobody_came_to_cultivation_without_agreement_and_goal():
    for step in StageTransition.objects.filter(verb="cultivate"):
        agreed = Agreement.objects.filter(relationship=step.relationship, in_force_at__lte=step.at)
        goals = Goal.objects.filter(relationship=step.relationship, agreed_at__lte=step.at)
        assert step.reason or (agreed.exists() and goals.exists())


@told
def a_signed_agreement_still_has_the_hash_that_was_signed():
    for agreement in Agreement.objects.prefetch_related("signatures"):
        assert {signature.content_hash for signature in agreement.signatures.all()} <= {
            agreement.content_hash
        }


@told
def held_meetings_lie_within_the_time_of_the_relationship():
    for meeting in Meeting.objects.held().select_related("relationship"):
        one = meeting.relationship
        assert one.activated_at <= meeting.starts_at <= (one.formal_end_at or NOW)


@told
def no_event_lies_in_the_future_and_each_deed_has_left_one():
    assert Event.objects.filter(at__gt=NOW).count() == 0
    assert Event.objects.filter(verb="relationships.activate").count() == begun().count()


@told
def the_clock_has_nothing_left_to_do_and_the_post_is_empty():
    assert Due.objects.overdue(NOW).count() == 0
    assert Letter.objects.ready(NOW).count() == 0
    assert Letter.objects.dead().count() == 0


def test_the_halden_group_keeps_every_invariant_and_its_whole_history(db, settings):
    settings.DEMO, settings.EMAIL_URL = True, ""
    story.tell(NOW)

    broken = {}
    for check in INVARIANTS:
        try:
            check()
        except AssertionError as found:
            broken[check.__name__] = str(found)
    assert broken == {}
