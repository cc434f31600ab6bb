"""Both decide: yes from both begins it, no asks nothing."""

import threading
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.urls import reverse

from activity.models import Event, Letter
from activity.writing import write
from matching import actions
from matching.letters import LETTERS
from matching.models import Proposal
from matching.reasons import reasons
from matching.snapshot import pool
from matching.stages import Refused
from programs.models import Enrolment, Program
from relationships.models import Relationship
from tests import make
from tests.pages import text


def fact(criterion, code, **details):
    return {"code": code, "criterion": criterion, "warning": False, "details": details}


@pytest.fixture
def offer(opened, mira, theo, now):
    shared, wish = {"first": [], "values": ["care"]}, {"attribute": "site", "wish": "same"}
    return make.proposal(
        opened,
        mira,
        theo,
        told_from=now - timedelta(minutes=1),
        evidence={
            "facts": [
                fact("values", "shared_values", **shared),
                fact("preferences", "preference_met", **wish),
            ]
        },
    )


def fresh(offer):
    return Proposal.objects.with_people().get(pk=offer.pk)


def at(offer, name="offer"):
    return reverse(f"matching:{name}", args=[offer.public_id])


def test_two_yes_begin_one_relationship(offer, opened, mira, theo, now):
    assert actions.accept(fresh(offer), by=theo, now=now).state == "accepted_by_one"
    assert Relationship.objects.count() == 0
    done = actions.accept(fresh(offer), by=mira, now=now)

    relationship = Relationship.objects.get()
    assert (done.state, done.relationship, relationship.status, relationship.stage) == (
        "activated", relationship, "active", "initiation",
    )  # fmt: skip
    assert set(Enrolment.objects.of_program(opened).values_list("state", flat=True)) == {"matched"}
    verbs = [e.verb for e in Event.objects.filter(about=f"matching.proposal:{offer.pk}").order_by("pk")]
    assert verbs == ["proposal.accepted", "proposal.accepted", "proposal.activated"]
    assert Program.objects.get(pk=opened.pk).state == "running"


def test_yes_twice_is_one_yes(offer, theo, mira, now):
    for _ in range(2):
        assert actions.accept(fresh(offer), by=theo, now=now).state == "accepted_by_one"
    actions.accept(fresh(offer), by=mira, now=now)
    with pytest.raises(PermissionDenied):
        actions.accept(fresh(offer), by=mira, now=now)
    assert Relationship.objects.count() == 1


def test_a_stale_page_does_no_harm(offer, theo, mira, now):
    stale = fresh(offer)
    actions.accept(fresh(offer), by=theo, now=now)
    assert actions.accept(stale, by=mira, now=now).state == "activated"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_who_press_at_the_same_moment_begin_exactly_one(offer, theo, mira, now):
    ready, results = threading.Barrier(2), []

    def press(person):
        try:
            ready.wait()
            results.append(actions.accept(fresh(offer), by=person, now=now).state)
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=[person]) for person in (theo, mira)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["accepted_by_one", "activated"]
    assert Relationship.objects.count() == 1


@pytest.mark.parametrize("deed", [actions.accept, actions.decline])
def test_only_the_two_decide(offer, cast, now, deed):
    for name, person in cast.items():
        if name not in ("mira", "theo"):
            with pytest.raises(PermissionDenied):
                deed(fresh(offer), by=person, now=now)
    assert fresh(offer).state == "offered"


@pytest.mark.parametrize("deed", [actions.accept, actions.decline])
def test_before_anybody_is_told_nothing_can_be_answered(offer, theo, now, deed):
    Proposal.objects.update(told_from=now + timedelta(seconds=1))
    with pytest.raises(Refused):
        deed(fresh(offer), by=theo, now=now)


def test_after_the_last_day_no_yes_counts(offer, theo, now):
    with pytest.raises(Refused):
        actions.accept(fresh(offer), by=theo, now=offer.expires_at)
    assert fresh(offer).state == "offered"


def test_no_says_nothing_to_who_has_not_answered(offer, theo, mira, now, opened):
    actions.decline(fresh(offer), by=theo, now=now)
    assert (fresh(offer).state, Letter.objects.count()) == ("declined", 0)
    assert Event.objects.get(verb="proposal.declined").details == {}
    found = pool(opened.cycles.get())
    assert (len(found.mentees), found.places) == (1, 1)
    with pytest.raises(PermissionDenied):
        actions.decline(fresh(offer), by=theo, now=now)
    with pytest.raises(PermissionDenied):
        actions.accept(fresh(offer), by=mira, now=now)


def test_no_after_a_yes_says_not_this_time_and_no_more(offer, theo, mira, now):
    actions.accept(fresh(offer), by=mira, now=now)
    actions.decline(fresh(offer), by=theo, now=now)
    letter = Letter.objects.get(kind="matching.not_this_time")
    assert letter.person == mira
    written = write(LETTERS[letter.kind], letter, now)
    assert written.subject == "Emerging Leaders: not this time"
    assert "It says nothing about either of you." in written.text
    assert "declined" not in written.text


def test_who_said_yes_can_still_say_no(offer, theo, mira, now):
    actions.accept(fresh(offer), by=theo, now=now)
    actions.decline(fresh(offer), by=theo, now=now)
    assert (fresh(offer).state, Letter.objects.count()) == ("declined", 0)


@pytest.mark.parametrize("obstacle", ["line", "capacity", "withdrawn"])
def test_what_cannot_begin_any_more_ends_kindly_for_both(client, offer, opened, theo, mira, now, obstacle):
    actions.accept(fresh(offer), by=theo, now=now)
    if obstacle == "line":
        make.reports_to(theo, mira)
    elif obstacle == "capacity":
        make.relationship(program_=opened, mentor=mira, mentee=make.person())
    else:
        Enrolment.objects.filter(person=theo).update(state="withdrawn")
    client.force_login(mira)
    response = client.post(at(offer, "acceptance"), follow=True)

    assert response.redirect_chain == [("/home/", 303)]
    assert "Both of you said yes, but it cannot begin now" in text(response)
    assert fresh(offer).state == "withdrawn"
    assert Relationship.objects.filter(proposal=offer).count() == 0
    letter = Letter.objects.get(kind="matching.not_this_time")
    assert letter.person == theo
    assert write(LETTERS[letter.kind], letter, now) is not None
    assert Event.objects.get(verb="proposal.impossible").details == {}


def test_somebody_of_a_file_accepts_directly_with_the_terms(client, offer, opened, theo, mira, now):
    Enrolment.objects.filter(person=theo).update(
        state="accepted", answered_by_file=True, conduct_accepted_version=None, privacy_accepted_version=None
    )
    client.force_login(theo)
    page = text(client.get(at(offer)))
    assert "I will keep to the code of conduct" in page and "I have read who can see what" in page
    for sent in ({}, {"conduct": "1"}, {"privacy": "1"}):
        assert "Tick both boxes to accept" in text(client.post(at(offer, "acceptance"), sent, follow=True))
    assert fresh(offer).state == "offered"
    client.post(at(offer, "acceptance"), {"conduct": "1", "privacy": "1"})
    own = Enrolment.objects.get(person=theo)
    assert (own.state, own.answered_by_file, own.conduct_accepted_version) == ("ready", False, 1)
    actions.accept(fresh(offer), by=mira, now=now)
    assert Relationship.objects.count() == 1


def test_a_new_version_of_the_terms_is_accepted_with_the_offer(client, offer, opened, theo):
    Program.objects.filter(pk=opened.pk).update(conduct_version=2)
    client.force_login(theo)
    assert "I will keep to the code of conduct" in text(client.get(at(offer)))
    client.post(at(offer, "acceptance"), {"conduct": "1", "privacy": "1"})
    assert Enrolment.objects.get(person=theo).conduct_accepted_version == 2


# Pages


def test_the_page_says_who_and_why_and_never_what_one_wished_for(client, offer, theo, mira):
    client.force_login(theo)
    page = text(client.get(at(offer)))
    assert "Meet Mira Moreau" in page and "Suggested as your mentor" in page
    assert "Both name care for people." in page
    assert "wish" not in page
    client.force_login(mira)
    assert "Suggested as your mentee" in text(client.get(at(offer)))


def test_nobody_else_finds_the_page(client, offer, cast):
    for name, person in cast.items():
        client.force_login(person)
        expected = 200 if name in ("mira", "theo") else 404
        assert client.get(at(offer)).status_code == expected, name
        if expected == 404:
            assert client.post(at(offer, "acceptance")).status_code == 404
            assert client.post(at(offer, "refusal")).status_code == 404


def test_within_the_ten_minutes_there_is_no_page_and_nothing_at_home(client, offer, theo, now):
    Proposal.objects.update(told_from=now + timedelta(minutes=5))
    client.force_login(theo)
    assert client.get(at(offer)).status_code == 404
    assert client.post(at(offer, "acceptance")).status_code == 404
    assert "Mira" not in text(client.get("/home/"))


@pytest.mark.parametrize("state", ["suggested", "withdrawn"])
def test_what_was_never_offered_or_is_withdrawn_has_no_page(client, offer, theo, state):
    Proposal.objects.update(state=state)
    client.force_login(theo)
    assert client.get(at(offer)).status_code == 404


def test_accepting_by_the_page_leads_to_the_pair(client, offer, theo, mira):
    client.force_login(theo)
    assert client.post(at(offer, "acceptance"))["Location"] == at(offer)
    assert "It begins when Mira has said yes as well." in text(client.get(at(offer)))
    client.force_login(mira)
    response = client.post(at(offer, "acceptance"))
    assert response["Location"] == Relationship.objects.get().get_absolute_url()
    assert "It has begun" in text(client.get(at(offer)))
    again = client.post(at(offer, "acceptance"), follow=True)
    assert again.status_code == 200 and "This offer is not open any more." in text(again)


def test_declining_by_the_page_asks_nothing(client, offer, theo, mira):
    client.force_login(theo)
    response = client.post(at(offer, "refusal"), follow=True)
    assert "You said not this time. Nobody asks why, and you can be matched again." in text(response)
    assert "<textarea" not in text(response)
    client.post(at(offer, "refusal"))
    client.force_login(mira)
    page = text(client.get(at(offer)))
    assert "This suggestion is not open any more." in page and "Theo said" not in page


def test_the_page_costs_a_fixed_number_of_questions(client, offer, theo, django_assert_num_queries):
    client.force_login(theo)
    client.get(at(offer))
    with django_assert_num_queries(8):
        client.get(at(offer))


def test_the_letter_of_an_offer_tells_no_answer_and_goes_only_while_it_waits(offer, theo, mira, now, opened):
    letter = Letter(
        kind="matching.offer_mentee", person=theo, about=f"matching.proposal:{offer.pk}", created_at=now
    )
    written = write(LETTERS[letter.kind], letter, now)
    assert "Meet Mira Moreau, suggested as your mentor" in written.subject
    assert at(offer) in written.text and at(offer) in written.html
    told = reasons(offer.evidence["facts"], to_the_pair=True)
    assert "Both name care for people." in told
    for words in (*told, "care for people", "wish"):
        assert words not in written.text and words not in written.html
    actions.accept(fresh(offer), by=theo, now=now)
    assert LETTERS[letter.kind].context(letter, now) is None
