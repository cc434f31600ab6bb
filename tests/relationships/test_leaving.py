"""Out of a group that goes on: by oneself and without a reason; by the clock for whoever has left the house."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from ical.calendar_stream import IcsCalendarStream
from icalendar import Calendar

from activity.models import Event, Letter
from activity.writing import write
from matching.snapshot import places_taken
from relationships import actions
from relationships.letters import LETTERS
from relationships.models import Meeting, Relationship, RelationshipMember, Signature
from relationships.stages import Refused
from tests import make
from tests.pages import text

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def circle(cora, mira, theo, now):
    """Mira leads Theo, Anna and Ben; the program wants three mentees in a group."""
    program = make.program(coordinators=[cora], format="group", rules={"group": {"fewest": 3}})
    group = make.relationship(program_=program, mentor=mira, mentee=theo, stage="cultivation", format="group")
    for name in ("Anna Aas", "Ben Berg"):
        person = make.person(name)
        RelationshipMember.objects.create(
            relationship=group,
            person=person,
            role="mentee",
            enrolment=make.enrolment(program, person, "mentee", state="matched"),
            joined_at=group.activated_at,
        )
    return fresh(group)


def fresh(group):
    return Relationship.objects.with_people().get(pk=group.pk)


def one_of(group, name):
    return next(member.person for member in group.members.all() if member.person.full_name.startswith(name))


def at(group, name="detail"):
    return reverse(f"relationships:{name}", args=[group.public_id])


def test_a_mentee_leaves_alone_and_the_group_goes_on(circle, theo, mira, now):
    actions.leave(circle, by=theo, now=now)
    group = fresh(circle)
    assert (group.status, group.stage) == ("active", "cultivation")
    assert [person.full_name for person in group.people] == ["Mira Moreau", "Anna Aas", "Ben Berg"]
    assert not group.has_member(theo) and group.mentor == mira
    assert RelationshipMember.objects.get(relationship=group, person=theo).left_at == now
    event = Event.objects.get(verb="relationships.left")
    assert (event.by, event.details) == (theo, {"person": theo.pk})


def test_whoever_left_has_a_free_place_and_can_be_matched_again(circle, theo, now):
    mine = circle.member(theo).enrolment
    assert places_taken(circle.cycle)[mine.pk] == 1
    actions.leave(circle, by=theo, now=now)
    mine.refresh_from_db()
    assert (mine.state, places_taken(circle.cycle)[mine.pk]) == ("ready", 0)


def test_nobody_leaves_twice(circle, theo, now):
    stale = fresh(circle)
    actions.leave(circle, by=theo, now=now)
    with pytest.raises(Refused):
        actions.leave(stale, by=theo, now=now)
    with pytest.raises(PermissionDenied):
        actions.leave(fresh(circle), by=theo, now=now)
    assert Event.objects.filter(verb="relationships.left").count() == 1


def test_whoever_leads_alone_ends_it_for_all_or_stays(circle, mira, now):
    with pytest.raises(PermissionDenied):
        actions.leave(circle, by=mira, now=now)
    second = make.person("Nils Nord")
    RelationshipMember.objects.create(relationship=circle, person=second, role="mentor")
    actions.leave(fresh(circle), by=mira, now=now)
    assert fresh(circle).mentor == second


def test_of_two_nobody_leaves_the_other_in_it(pair, theo, now):
    with pytest.raises(PermissionDenied):
        actions.leave(pair, by=theo, now=now)


def test_the_leader_reads_that_somebody_left_and_no_reason(circle, theo, mira, now):
    actions.leave(circle, by=theo, now=now)
    letter = Letter.objects.get(kind="relationships.left")
    written = write(LETTERS[letter.kind], letter, now)
    assert letter.person == mira and written.subject == "Theo has left the group"
    assert "It goes on with Anna and Ben and you." in written.text


def test_planned_meetings_leave_the_calendar_of_whoever_left_and_no_other(circle, theo, mira, now):
    meeting = actions.plan_meeting(
        circle, starts_at=now + 3 * DAY, minutes=60, mode="virtual", place="", by=mira, now=now
    )
    Letter.objects.all().delete()
    actions.leave(fresh(circle), by=theo, now=now)
    letter = Letter.objects.get(kind="relationships.meeting_without_you")
    written = write(LETTERS[letter.kind], letter, now)
    assert letter.person == theo
    assert "METHOD:CANCEL" in written.calendar and theo.email in written.calendar
    assert one_of(circle, "Anna").email not in written.calendar
    assert Meeting.objects.get(pk=meeting.pk).state == "scheduled"
    assert "Anna" not in written.text and at(circle) in written.text


def as_event(written):
    calendar = Calendar.from_ical(written.calendar)
    [event] = calendar.walk("VEVENT")
    [same] = IcsCalendarStream.calendar_from_ics(written.calendar).events
    assert (same.uid, same.sequence, same.start_datetime) == (event["UID"], event["SEQUENCE"], event.start)
    return str(calendar["METHOD"]), event


def test_whoever_left_before_a_meeting_moved_learns_neither_its_new_time_nor_its_place_nor_who_comes(
    circle, theo, mira, now, settings
):
    settings.INBOUND_ADDRESS = "in@example.org"
    how = {"minutes": 60, "mode": "in_person", "place": "The old library"}
    meeting = actions.plan_meeting(circle, starts_at=now + 3 * DAY, by=mira, now=now, **how)
    first = Letter.objects.get(kind="relationships.meeting_planned", person=theo)
    _method, invited = as_event(write(LETTERS[first.kind], first, now))
    actions.leave(fresh(circle), by=theo, now=now)
    letter = Letter.objects.get(kind="relationships.meeting_without_you")
    before = write(LETTERS[letter.kind], letter, now)

    newcomer = make.person("Nils Nord")
    RelationshipMember.objects.create(
        relationship=circle, person=newcomer, role="mentee", joined_at=now, enrolment=None
    )
    how = {"minutes": 90, "mode": "virtual", "place": "https://meet.example.org/new"}
    meeting.refresh_from_db()
    actions.move_meeting(meeting, starts_at=now + 5 * DAY, by=mira, now=now, **how)
    after = write(LETTERS[letter.kind], letter, now + DAY)

    assert (after.subject, after.text, after.html) == (before.subject, before.text, before.html)
    method, event = as_event(after)
    assert (method, event["UID"], event["ORGANIZER"]) == ("CANCEL", invited["UID"], invited["ORGANIZER"])
    assert (event.start, event.end) == (invited.start, invited.end) == (now + 3 * DAY, now + 3 * DAY + HOUR)
    assert event["SEQUENCE"] == invited["SEQUENCE"] + 1
    assert str(event["ATTENDEE"]) == f"mailto:{theo.email}"
    assert "LOCATION" not in event and "URL" not in event
    told = after.calendar.replace("\r\n ", "") + after.text + after.html + after.subject
    for secret in ("library", "meet.example.org", "Nils", "Anna", "Ben", "Mira"):
        assert secret not in told


def test_the_entry_goes_from_the_calendar_of_whoever_left_also_when_the_meeting_is_off(
    circle, theo, mira, now
):
    how = {"minutes": 60, "mode": "virtual", "place": ""}
    meeting = actions.plan_meeting(circle, starts_at=now + 3 * DAY, by=mira, now=now, **how)
    actions.leave(fresh(circle), by=theo, now=now)
    letter = Letter.objects.get(kind="relationships.meeting_without_you")
    before = write(LETTERS[letter.kind], letter, now)
    meeting.refresh_from_db()
    actions.cancel_meeting(meeting, by=mira, now=now)

    assert write(LETTERS[letter.kind], letter, now).calendar == before.calendar != ""


def test_an_agreement_that_waited_for_whoever_left_is_in_force(circle, theo, mira, now):
    agreement = make.agreement(circle, state="partly_signed")
    for person in circle.people:
        if person != theo:
            Signature.objects.create(agreement=agreement, person=person, signed_at=now, content_hash="h")
    actions.leave(circle, by=theo, now=now)
    agreement.refresh_from_db()
    assert (agreement.state, agreement.in_force_at) == ("in_force", now)


# What is read afterwards


def test_whoever_left_reads_what_was_their_own_and_nothing_of_the_group(circle, theo, mira, now, client):
    make.note(circle, author=theo, private=True, body="Mine to keep")
    make.note(circle, author=mira, private=True, body="Mira keeps this")
    make.note(circle, author=mira, body="For the group")
    for owner, title in ((theo, "Speak in public"), (mira, "Lead better")):
        make.goal(circle, owner=owner, title=title)
    actions.leave(circle, by=theo, now=now)
    client.force_login(theo)
    page = text(client.get(at(circle)))
    assert "You left this group" in page and "Mine to keep" in page and "Speak in public" in page
    for theirs in ("Mira keeps this", "For the group", "Lead better", "Anna"):
        assert theirs not in page
    for name in ("agreement", "notes", "meetings", "pause_or_end", "ending"):
        assert client.get(at(circle, name)).status_code == 404, name


def test_who_never_was_in_it_finds_nothing(circle, otto, client):
    client.force_login(otto)
    assert client.get(at(circle)).status_code == 404


def test_the_list_and_the_rule_agree_on_who_sees_a_group(circle, theo, mira, cora, now):
    actions.leave(circle, by=theo, now=now)
    for person, sees in ((theo, False), (mira, True), (cora, True)):
        assert Relationship.objects.visible_to(person).filter(pk=circle.pk).exists() is sees
    assert not Relationship.objects.of_member(theo).exists()
    assert Relationship.objects.left_by(theo).get() == circle


def test_leaving_is_explained_before_it_is_done(circle, theo, client):
    client.force_login(theo)
    ways = text(client.get(at(circle, "pause_or_end")))
    assert "Leave the group" in ways and "See what ending means" not in ways and "Paused until" not in ways
    page = text(client.get(at(circle, "ending"), {"alone": "1"}))
    assert "It goes on with Mira, Anna and Ben." in page and "<textarea" not in page
    done = client.post(at(circle, "ending"), {"alone": "1", "version": circle.version}, follow=True)
    assert "You have left the group. Nobody is told why." in text(done)
    assert "You left this group" in text(done)


def test_a_mentee_cannot_end_it_for_everybody(circle, theo, client):
    client.force_login(theo)
    client.post(at(circle, "ending"), {"version": circle.version})
    assert fresh(circle).status == "active"


# The clock


def test_a_group_goes_on_without_somebody_who_left_the_organisation(circle, theo, now):
    theo.left_at = now - DAY
    theo.save()
    group = actions.evaluate(circle, now=now)
    assert group.status == "active" and not fresh(group).has_member(theo)


def test_a_group_that_nobody_leads_any_more_ends(circle, mira, now):
    mira.left_at = now - DAY
    mira.save()
    assert actions.evaluate(circle, now=now).status == "ended_early"


def test_a_group_that_has_become_too_small_ends_after_thirty_days(circle, theo, now):
    actions.leave(circle, by=theo, now=now)
    assert fresh(circle).too_small_since == now
    assert actions.evaluate(circle, now=now + 29 * DAY).status == "active"
    group = actions.evaluate(circle, now=now + 31 * DAY)
    assert (group.status, group.closure.type) == ("ended_early", "administrative")
    # Thirty days by the clock of the pair, across the change to winter time.
    assert group.ended_at == now + 30 * DAY + timedelta(hours=1)
    assert not fresh(group).has_member(theo) and fresh(group).has_member(one_of(group, "Anna"))


def test_a_group_that_is_large_enough_without_whoever_left_goes_on(circle, theo, now):
    circle.program.rules = {"group": {"fewest": 2}}
    circle.program.save()
    actions.leave(fresh(circle), by=theo, now=now)
    assert fresh(circle).too_small_since is None
    assert actions.evaluate(circle, now=now + 60 * DAY).status == "active"


def test_since_when_a_group_is_too_small_is_told_by_the_leaving_that_made_it_so(circle, theo, now):
    circle.program.rules = {"group": {"fewest": 2}}
    circle.program.save()
    actions.leave(fresh(circle), by=theo, now=now)
    actions.leave(fresh(circle), by=one_of(circle, "Anna"), now=now + DAY)
    assert fresh(circle).too_small_since == now + DAY
