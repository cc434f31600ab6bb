from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from activity.models import Due, Event, Letter
from programs import actions
from programs.models import Enrolment, Program
from programs.stages import Refused
from tests import make
from tests.pages import text


def address(name, program):
    return reverse(f"programs:{name}", args=[program.public_id])


def listed(program, **fields):
    return make.enrolment(program, state="invited", **{"invited_at": None, "answered_at": None, **fields})


def test_publishing_invites_everybody_who_can_be_reached(draft, cora, now):
    waiting, by_file = listed(draft), listed(draft, role="mentor")
    Enrolment.objects.filter(pk=by_file.pk).update(state="accepted", answered_by_file=True)
    unreachable = listed(draft, person_=make.person(email=None))
    gone = listed(draft, person_=make.person(is_active=False))
    assert Letter.objects.count() == 0

    actions.publish(draft, by=cora, now=now)

    draft.refresh_from_db()
    assert (draft.state, draft.published_at, draft.cycles.get().state) == ("published", now, "enrolling")
    letters = Letter.objects.filter(kind="programs.invitation")
    assert {letter.person for letter in letters} == {waiting.person, by_file.person}
    assert {(e.pk, e.invited_at) for e in Enrolment.objects.exclude(invited_at=None)} == {
        (waiting.pk, now),
        (by_file.pk, now),
    }
    assert Enrolment.objects.filter(pk__in=[unreachable.pk, gone.pk], invited_at=None).count() == 2
    verbs = Event.objects.filter(scope=draft.scope).order_by("pk").values_list("verb", flat=True)
    assert list(verbs)[1:] == [
        "program.published",
        "cycle.enrolling",
        "enrolment.invited",
        "enrolment.invited",
    ]


def test_reminders_come_after_five_days_and_two_days_before_the_end(draft, cora, now):
    enrolment = listed(draft)
    actions.publish(draft, by=cora, now=now)

    closes_on = draft.cycles.get().enrolment_closes_on
    moments = [due.due_at for due in Due.objects.armed().of(enrolment).order_by("due_at")]
    assert moments[0] == now + timedelta(days=5)
    assert [moment.date() for moment in moments[1:]] == [closes_on - timedelta(days=2)]


def test_the_last_reminder_moves_with_the_day_until_which_answers_are_taken(draft, cora, now):
    enrolment = listed(draft)
    actions.publish(draft, by=cora, now=now)
    closes_on = draft.cycles.get().enrolment_closes_on
    given = {
        "audience": "all",
        "eligibility": "Everybody",
        "enrolment_closes_on": closes_on + timedelta(days=3),
        "matching_on": closes_on + timedelta(days=10),
        "deputy": None,
        "sponsor": None,
    }
    actions.save_task(draft, "people", {"version": draft.version, **given}, by=cora, now=now)

    first, last = Due.objects.armed().of(enrolment).order_by("due_at")
    assert (first.due_at, last.due_at.date()) == (now + timedelta(days=5), closes_on + timedelta(days=1))


@pytest.mark.parametrize(
    "missing, sentence",
    [
        ({"purpose": " "}, "Say what the program is for."),
        ({"eligibility": ""}, "Say who can take part."),
        ({"cadence_days": 0}, "Set how often and how long people meet."),
    ],
)
def test_what_is_missing_keeps_it_from_being_published(client, draft, cora, now, missing, sentence):
    Program.objects.filter(pk=draft.pk).update(**missing)
    listed(draft)
    client.force_login(cora)
    page = text(client.get(address("check", draft)))
    assert "Before you can publish" in page and sentence in page

    response = client.post(address("publication", draft), follow=True)
    assert sentence in text(response)
    draft.refresh_from_db()
    assert (draft.state, Letter.objects.count()) == ("draft", 0)


def test_an_outcome_and_a_coordinator_are_needed(draft, cora, now):
    draft.outcomes.all().delete()
    with pytest.raises(Refused, match="outcome"):
        actions.publish(draft, by=cora, now=now)


def test_publishing_twice_and_from_a_stale_page_is_once(client, draft, cora, now):
    listed(draft)
    stale = Program.objects.get(pk=draft.pk)
    client.force_login(cora)
    assert client.post(address("publication", draft))["Location"] == address("participants", draft)
    again = client.post(address("publication", draft), follow=True)
    assert "This program is published already." in text(again)
    with pytest.raises(Refused):
        actions.publish(stale, by=cora, now=now)

    assert Letter.objects.filter(kind="programs.invitation").count() == 1
    assert Event.objects.filter(verb="program.published").count() == 1


def test_only_its_coordinators_publish(draft, cast, now):
    for name, person in cast.items():
        if name != "cora":
            with pytest.raises(PermissionDenied):
                actions.publish(draft, by=person, now=now)
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_the_check_shows_what_will_happen(client, draft, cora):
    listed(draft)
    listed(draft, role="mentor", person_=make.person(email=None))
    client.force_login(cora)
    page = text(client.get(address("check", draft)))
    assert "Publish and send 1 email" in page
    assert "1 person has no email address and gets no invitation." in page
    assert "1 mentee" in page and "1 mentor" in page
    assert "Name a deputy for your holidays." in page
    assert "Name one outcome" not in page


def test_the_check_of_many_asks_the_database_no_more(client, draft, cora, django_assert_num_queries):
    client.force_login(cora)
    listed(draft)
    client.get(address("check", draft))
    for _ in range(2):
        with django_assert_num_queries(12):
            client.get(address("check", draft))
        for _ in range(4):
            listed(draft)
            make.question(draft)


def test_a_thousand_invitations_take_few_statements(draft, cora, now, django_assert_max_num_queries):
    for _ in range(60):
        listed(draft)
    with django_assert_max_num_queries(30):
        actions.publish(draft, by=cora, now=now)
    assert Letter.objects.count() == 60


def test_a_program_moves_only_along_its_table(draft, cora, now):
    with pytest.raises(Refused):
        actions.move_program(draft, "closed", by=cora, now=now)
    with pytest.raises(Refused):
        actions.move_cycle(draft.cycles.get(), "active", by=cora, now=now)
    stale = Program.objects.get(pk=draft.pk)
    actions.move_program(draft, "cancelled", by=cora, now=now)
    with pytest.raises(Refused):
        actions.move_program(stale, "published", by=cora, now=now)
