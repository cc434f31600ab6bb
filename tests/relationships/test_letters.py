"""Every letter of this room, as it goes out: to whom, whether still true, and never what the two write."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import resolve

from activity.actions import draft
from activity.models import Letter
from activity.writing import write
from relationships import actions
from relationships.letters import LETTERS, life
from relationships.models import Relationship, RelationshipMember
from relationships.terms import Terms
from tests import make

TEXT = Terms({"purpose": "CANARY purpose"}, 14, 45, None)


@pytest.fixture
def pair(program, mira, theo):
    return make.relationship(program_=program, mentor=mira, mentee=theo)


def again(pair):
    return Relationship.objects.with_people().get(pk=pair.pk)


def begun(pair, mira, theo, cora, now):
    letter = draft("relationships.begun", theo, about=pair, key="x", now=now, data={})
    letter.save()


def cancelled(pair, mira, theo, cora, now):
    Relationship.objects.filter(pk=pair.pk).update(status="pending", stage="")
    actions.move(again(pair), "cancel", by=mira, now=now)


def may_move(pair, mira, theo, cora, now):
    make.initiated(pair)
    actions.ask(pair, "cultivate", by=mira, now=now)


def announced(pair, mira, theo, cora, now):
    make.initiated(pair)
    actions.ask(pair, "cultivate", by=None, now=now)


def asked(pair, mira, theo, cora, now):
    make.meeting(pair)
    actions.ask(pair, "wind_up", by=mira, now=now)


def not_yet(pair, mira, theo, cora, now):
    asked(pair, mira, theo, cora, now)
    actions.say_not_yet(pair, by=theo, now=now)


def unanswered(pair, mira, theo, cora, now):
    asked(pair, mira, theo, cora, now - timedelta(days=15))
    actions.evaluate(pair, now=now)


def moved(pair, mira, theo, cora, now):
    actions.move(pair, "cultivate", by=cora, now=now, reason="CANARY reason")


def moved_by_clock(pair, mira, theo, cora, now):
    make.meeting(pair)
    Relationship.objects.filter(pk=pair.pk).update(separation_on=now.date())
    actions.evaluate(pair, now=now)


def taken_back(pair, mira, theo, cora, now):
    moved_by_clock(pair, mira, theo, cora, now)
    actions.take_back(again(pair), by=mira, now=now)


def completed(pair, mira, theo, cora, now):
    for verb in ("wind_up", "redefine", "complete"):
        actions.move(pair, verb, by=cora, now=now, reason="CANARY reason")


def paused(pair, mira, theo, cora, now):
    actions.pause(pair, until=now.date() + timedelta(days=20), by=mira, now=now)


def resumed(pair, mira, theo, cora, now):
    paused(pair, mira, theo, cora, now)
    actions.resume(pair, by=theo, now=now + timedelta(days=2))


def pause_over(pair, mira, theo, cora, now):
    paused(pair, mira, theo, cora, now - timedelta(days=20))
    actions.evaluate(pair, now=now)


def separation_near(pair, mira, theo, cora, now):
    make.meeting(pair)
    Relationship.objects.filter(pk=pair.pk).update(separation_on=now.date() + timedelta(days=10))
    actions.evaluate(pair, now=now)


def ended(pair, mira, theo, cora, now):
    actions.end(pair, by=mira, now=now)


def left(pair, mira, theo, cora, now):
    Relationship.objects.filter(pk=pair.pk).update(format="group", pair_key="")
    RelationshipMember.objects.create(relationship=pair, person=make.person("Anna Aas"), role="mentee")
    actions.leave(again(pair), by=theo, now=now)


def quiet(pair, mira, theo, cora, now):
    actions.evaluate(pair, now=now + timedelta(days=2))


def quiet_after_meetings(pair, mira, theo, cora, now):
    make.meeting(pair, starts_at=pair.activated_at)
    Relationship.objects.filter(pk=pair.pk).update(cadence_days=7)
    actions.evaluate(pair, now=now)


def nudge(pair, mira, theo, cora, now):
    actions.nudge(pair, by=cora, now=now)


def agreement_proposed(pair, mira, theo, cora, now):
    actions.propose_terms(pair, TEXT, based_on="", by=mira, now=now)


def agreement_signed(pair, mira, theo, cora, now):
    agreement = actions.propose_terms(pair, TEXT, based_on="", by=mira, now=now)
    actions.sign(pair, agreement.content_hash, by=mira, now=now)


def agreement_in_force(pair, mira, theo, cora, now):
    agreement = actions.propose_terms(pair, TEXT, based_on="", by=mira, now=now)
    for person in (mira, theo):
        actions.sign(pair, agreement.content_hash, by=person, now=now)


def agreement_kept(pair, mira, theo, cora, now):
    made = make.agreement(pair, review_on=now.date())
    actions.keep_agreement(pair, made.content_hash, by=mira, now=now)


SCENES = [
    (begun, "begun", "You and Mira: start here", ["theo"]),
    (cancelled, "cancelled", "Emerging Leaders: not this time", ["theo"]),
    (may_move, "may_move", "You and Mira can move to Cultivation", ["theo"]),
    (announced, "may_move", "You and Mira can move to Cultivation", ["mira", "theo"]),
    (asked, "asked", "Mira asks you something about your mentoring", ["theo"]),
    (not_yet, "not_yet", "Not yet: you stay in Initiation", ["mira"]),
    (unanswered, "unanswered", "Theo and Mira: a question without an answer", ["cora"]),
    (moved, "moved", "You and Mira: Cultivation", ["mira", "theo"]),
    (moved_by_clock, "moved", "You and Mira: Separation", ["mira", "theo"]),
    (taken_back, "taken_back", "You and Mira: back to Initiation", ["theo"]),
    (completed, "completed", "You and Mira have finished", ["mira", "theo"]),
    (paused, "paused", "Paused until Sunday 1 November, with Mira", ["theo"]),
    (resumed, "resumed", "You and Theo go on", ["mira"]),
    (pause_over, "pause_over", "You and Mira: your pause ends", ["mira", "theo"]),
    (separation_near, "separation_near", "You and Mira: time to finish well", ["mira", "theo"]),
    (ended, "ended", "Emerging Leaders: your mentoring has ended", ["theo"]),
    (left, "left", "Theo has left the group", ["mira"]),
    (quiet, "quiet", "You and Mira: a first meeting?", ["mira", "theo"]),
    (quiet_after_meetings, "quiet", "You and Mira: when do you meet next?", ["mira", "theo"]),
    (nudge, "nudge", "Cora asks how it is going", ["mira", "theo"]),
    (agreement_proposed, "agreement_proposed", "Mira wrote down how you could work together", ["theo"]),
    (agreement_signed, "agreement_signed", "Mira has signed your agreement", ["theo"]),
    (agreement_in_force, "agreement_in_force", "You and Theo have both signed", ["mira"]),
    (agreement_kept, "agreement_kept", "Mira: your agreement still fits", ["theo"]),
]


def test_every_kind_has_its_scene():
    assert {f"relationships.{kind}" for _scene, kind, *_rest in SCENES} == set(life.LETTERS)


@pytest.mark.parametrize(
    "scene, kind, subject, readers", SCENES, ids=lambda value: getattr(value, "__name__", "")
)
def test_every_letter_says_its_fact_to_its_readers(
    pair, mira, theo, cora, now, scene, kind, subject, readers
):
    scene(pair, mira, theo, cora, now)
    rows = Letter.objects.filter(kind=f"relationships.{kind}")
    cast = {"mira": mira, "theo": theo, "cora": cora}
    assert sorted(letter.person.pk for letter in rows) == sorted(cast[name].pk for name in readers)

    wanted = "Mira" not in subject and "Theo" in subject and len(readers) == 1
    letter = rows.get(person=cast[readers[0]] if wanted or len(readers) == 1 else theo)
    written = write(LETTERS[letter.kind], letter, now + timedelta(days=2))
    assert written.subject == subject

    for part in (written.text, written.html, written.subject, str(letter.data)):
        assert "CANARY" not in part
    assert "{{" not in written.text + written.html and "{%" not in written.text + written.html
    assert not re.search(r"^\s*:$|  +:", written.text, re.MULTILINE)
    path = re.search(rf"{re.escape(settings.PUBLIC_URL)}(/pairs/\S+)", written.text)[1]
    assert resolve(path).app_name == "relationships"
    assert path in written.html


@pytest.mark.parametrize(
    "scene, kind, subject, readers", SCENES, ids=lambda value: getattr(value, "__name__", "")
)
def test_no_letter_reaches_whoever_is_no_longer_there(
    pair, mira, theo, cora, now, scene, kind, subject, readers
):
    scene(pair, mira, theo, cora, now)
    letter = Letter.objects.filter(kind=f"relationships.{kind}").first()
    person = letter.person
    person.is_active = False
    person.save()
    assert write(LETTERS[letter.kind], Letter.objects.get(pk=letter.pk), now) is None


@pytest.mark.parametrize(
    "scene, kind",
    [(scene, kind) for scene, kind, *_rest in SCENES if kind not in ("ended", "cancelled", "completed")],
)
def test_what_is_no_longer_true_is_not_said(pair, mira, theo, cora, now, scene, kind):
    """The two have ended it in the meantime."""
    scene(pair, mira, theo, cora, now)
    actions.end(again(pair), by=mira, now=now + timedelta(days=3))
    for letter in Letter.objects.filter(kind=f"relationships.{kind}"):
        assert write(LETTERS[letter.kind], letter, now + timedelta(days=3)) is None


def test_a_letter_about_nothing_and_one_to_a_stranger_are_not_written(pair, otto, now):
    for kind in life.LETTERS:
        for about in (pair, "relationships.relationship:999999", "relationships.relationship:x", ""):
            letter = draft(
                kind, otto, about=about or "x", key="x", now=now, data={"day": "2026-01-01", "until": "x"}
            )
            assert write(LETTERS[kind], letter, now) is None


def test_the_one_who_has_not_signed_is_asked_and_the_other_not(pair, mira, theo, cora, now):
    agreement_signed(pair, mira, theo, cora, now)
    letter = Letter.objects.get(kind="relationships.agreement_signed")
    actions.sign(pair, pair.agreements.get().content_hash, by=theo, now=now)
    assert write(LETTERS[letter.kind], letter, now) is None


def test_whoever_has_planned_or_met_in_the_meantime_is_not_asked(pair, mira, theo, cora, now):
    quiet(pair, mira, theo, cora, now)
    letter = Letter.objects.filter(kind="relationships.quiet").first()
    later = now + timedelta(days=2)
    assert write(LETTERS[letter.kind], letter, later) is not None
    Relationship.objects.filter(pk=pair.pk).update(next_meeting_at=later + timedelta(days=1))
    assert write(LETTERS[letter.kind], letter, later) is None
    Relationship.objects.filter(pk=pair.pk).update(next_meeting_at=None, last_met_at=later)
    assert write(LETTERS[letter.kind], letter, later) is None


def test_letters_of_one_relationship_are_shown_together_whatever_they_are_about(pair, mira, theo, now):
    """Its life, a meeting, a goal: one thread for each reader, and another for another pair."""

    def thread(kind, reader, about, **data):
        letter = draft(f"relationships.{kind}", reader, about=about, key="k", now=now, data=data)
        return write(LETTERS[letter.kind], letter, now).thread

    meeting = make.meeting(pair, state="scheduled", starts_at=now + timedelta(days=2))
    goal = make.goal(pair, state="proposed", owner=theo)
    theirs = thread("begun", mira, pair)
    assert theirs == thread("meeting_planned", mira, meeting, sequence=meeting.sequence)
    assert theirs == thread("goal_proposed", mira, goal)
    assert theirs != thread("begun", theo, pair)
    other = make.relationship(program_=pair.program, mentor=mira, mentee=make.person())
    assert theirs != thread("begun", mira, other)
