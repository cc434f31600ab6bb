"""What coordinators decide about pairs: kept with who, when and why, held by every run, never contradictory."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.urls import reverse

from activity.models import Event
from matching import actions
from matching.models import PairDecision
from matching.stages import Refused
from matching.standing import findings
from people.models import Exclusion
from tests import make
from tests.pages import text


@pytest.fixture
def ends(people):
    return {name: person.enrolments.get() for name, person in people.items()}


@pytest.fixture
def decide(ends, cora, now):
    def decide(first, second, kind, **more):
        return actions.decide(ends[first], ends[second], kind, by=cora, now=now, **more)

    return decide


def pairs(run):
    return {(p.mentee.full_name.split()[0], p.mentor.full_name.split()[0]) for p in run.proposals.all()}


def test_a_pair_that_is_kept_apart_is_in_no_run(reviewed, opened, cora, now, work, decide):
    assert ("Anna", "Dora") in pairs(reviewed)
    decide("Anna", "Dora", "forbidden", reason="They fell out over a budget.")
    again = work(opened, cora, now)
    assert ("Anna", "Emil") in pairs(again) and again.is_proven


def test_a_lock_is_kept_with_its_run_and_can_be_taken_back(opened, people, cora, now, work, decide):
    lock = decide("Anna", "Emil", "locked")
    run = work(opened, cora, now)
    assert ("Anna", "Emil") in pairs(run)
    assert run.locks == [[people["Anna"].public_id, people["Emil"].public_id]]
    actions.end(lock, by=cora, now=now)
    assert (lock.ended_at, lock.ended_by) == (now, cora)
    again = work(opened, cora, now)
    assert ("Anna", "Dora") in pairs(again) and again.locks == []
    assert len(run.locks) == 1


def test_a_rule_lifted_for_one_pair_holds_for_all_others(opened, people, cora, now, work, decide, ends):
    for name, manager in (("Anna", "Dora"), ("Ben", "Dora"), ("Dora", "Emil")):
        make.reports_to(people[name], people[manager])
    alone = work(opened, cora, now).unmatched.all()
    assert {one.enrolment for one in alone} == {ends["Anna"], ends["Ben"]}
    decide("Anna", "Dora", "override", rules=["reporting_line"], reason="The line ends in May.")
    run = work(opened, cora, now)
    assert ("Anna", "Dora") in pairs(run) and run.is_proven
    assert [one.enrolment for one in run.unmatched.all()] == [ends["Ben"]]


def test_why_a_rule_is_lifted_is_sealed_and_in_no_event_and_no_snapshot(opened, cora, now, work, decide):
    why = "The line ends in May."
    made = decide("Anna", "Dora", "override", rules=["reporting_line"], reason=why)
    with connection.cursor() as cursor:
        cursor.execute("select reason from matching_pairdecision")
        assert why not in cursor.fetchone()[0]
    event = Event.objects.get(verb="pair_decision.override")
    assert event.details == {"first": made.first_id, "second": made.second_id, "rules": ["reporting_line"]}
    run = work(opened, cora, now)
    assert why not in str(run.snapshot) and made.public_id in str(run.snapshot["rules"]["overrides"])


@pytest.mark.parametrize(
    "rules", [[], ["safety_block"], ["same_person"], ["excluded"], ["hours", "safety_block"], ["nonsense"]]
)
def test_what_keeps_people_safe_is_never_lifted(decide, rules):
    with pytest.raises(Refused, match="This rule always holds"):
        decide("Anna", "Dora", "override", rules=rules, reason="I want to.")
    assert not PairDecision.objects.exists()


@pytest.mark.parametrize("reason", ["", "   \n"])
def test_no_rule_is_lifted_without_a_reason(decide, reason):
    with pytest.raises(Refused, match="Say why"):
        decide("Anna", "Dora", "override", rules=["hours"], reason=reason)
    assert not PairDecision.objects.exists()


def test_deciding_twice_is_deciding_once(decide):
    first = decide("Anna", "Dora", "locked")
    assert decide("Anna", "Dora", "locked") == first
    assert PairDecision.objects.count() == 1 == Event.objects.filter(verb="pair_decision.locked").count()


def test_a_second_rule_lifted_replaces_the_decision_and_keeps_the_first_rule(decide):
    first = decide("Anna", "Dora", "override", rules=["hours"], reason="They meet in writing.")
    assert decide("Anna", "Dora", "override", rules=["hours"], reason="Again.") == first
    second = decide("Anna", "Dora", "override", rules=["language"], reason="Both learn Dutch.")
    first.refresh_from_db()
    assert first.ended_at and second.rules == ["hours", "language"]


def test_contradictory_decisions_are_refused_in_words(decide):
    decide("Anna", "Dora", "locked")
    with pytest.raises(Refused, match="Anna Example and Dora Example are locked together"):
        decide("Anna", "Dora", "forbidden")
    decide("Ben", "Emil", "forbidden")
    for kind, more in (("locked", {}), ("override", {"rules": ["hours"], "reason": "Why not"})):
        with pytest.raises(Refused, match="Ben Example and Emil Example are kept apart"):
            decide("Ben", "Emil", kind, **more)
    decide("Cleo", "Emil", "override", rules=["hours"], reason="In writing.")
    with pytest.raises(Refused, match="Cleo Example and Emil Example are allowed in spite of a rule"):
        decide("Cleo", "Emil", "forbidden")


def test_no_more_locks_than_places(decide, ends, opened):
    with_one = make.enrolment(opened, make.person("Ola One"), "mentor", capacity=1)
    ends["Ola"] = with_one
    decide("Anna", "Ola", "locked")
    with pytest.raises(Refused, match="Ola One has 1 free place, and it is locked already"):
        decide("Ben", "Ola", "locked")
    with pytest.raises(Refused, match="Anna Example has or is locked with somebody else already"):
        decide("Anna", "Dora", "locked")


def test_a_lock_against_a_rule_says_which_and_of_a_wish_in_confidence_nothing(decide, people, now):
    make.reports_to(people["Anna"], people["Dora"])
    with pytest.raises(Refused, match="may not be a pair: in the same reporting line"):
        decide("Anna", "Dora", "locked")
    decide("Anna", "Dora", "override", rules=["reporting_line"], reason="Until May.")
    assert decide("Anna", "Dora", "locked").kind == "locked"
    Exclusion.objects.create(author=people["Ben"], other=people["Emil"], since=now)
    with pytest.raises(Refused) as refused:
        decide("Ben", "Emil", "locked")
    assert str(refused.value) == "Ben Example and Emil Example may not be a pair."


def test_who_is_not_here_is_not_locked(decide, ends):
    ends["Anna"].state = "withdrawn"
    ends["Anna"].save()
    with pytest.raises(Refused, match="Anna Example is not here to be matched at the moment"):
        decide("Anna", "Dora", "locked")


def test_only_coordinators_decide_and_take_back(ends, otto, mira, cora, now, decide, oda):
    made = decide("Anna", "Dora", "locked")
    for person in (otto, mira, oda):
        with pytest.raises(PermissionDenied):
            actions.decide(ends["Ben"], ends["Dora"], "locked", by=person, now=now)
        with pytest.raises(PermissionDenied):
            actions.end(made, by=person, now=now)
        assert not PairDecision.objects.visible_to(person).exists()
    assert list(PairDecision.objects.visible_to(cora)) == [made]


def test_people_of_two_programs_or_of_one_side_are_no_pair(ends, cora, now, other_pair):
    with pytest.raises(Refused, match="Choose two different people of this program"):
        actions.decide(ends["Anna"], other_pair.mentor.enrolments.get(), "locked", by=cora, now=now)
    with pytest.raises(Refused, match="Choose a mentee and a mentor"):
        actions.decide(ends["Anna"], ends["Ben"], "locked", by=cora, now=now)


def test_locks_that_cannot_be_kept_are_found_before_the_run_and_do_not_stop_it(
    decide, people, ends, opened, now, cora, work
):
    for first, second in (("Anna", "Dora"), ("Ben", "Emil"), ("Cleo", "Dora")):
        decide(first, second, "locked")
    assert findings(opened.cycles.get(), now) == []
    ends["Anna"].state = "withdrawn"
    ends["Anna"].save()
    make.reports_to(people["Ben"], people["Emil"])
    words = [one.words for one in findings(opened.cycles.get(), now)]
    assert words == [
        "Anna Example and Dora Example are locked together, but one of them is not here any more.",
        "Ben Example and Emil Example are locked together, but: in the same reporting line.",
    ]
    run = work(opened, cora, now)
    assert run.state == "review"
    assert run.locks == [[people["Cleo"].public_id, people["Dora"].public_id]]
    ends["Dora"].capacity = 1
    ends["Dora"].save()
    decide("Ben", "Dora", "override", rules=["hours"], reason="No matter.")
    PairDecision.objects.create(
        cycle=opened.cycles.get(),
        first=ends["Ben"],
        second=ends["Dora"],
        kind="locked",
        by=cora,
        created_at=now,
    )
    assert "Ben Example and Dora Example are locked together, but there is no free place." in [
        one.words for one in findings(opened.cycles.get(), now)
    ]


def test_the_lock_of_a_pair_that_has_begun_contradicts_nothing(decide, reviewed, cora, now, opened):
    decide("Anna", "Dora", "locked")
    actions.publish(reviewed, by=cora, now=now)
    assert findings(opened.cycles.get(), now) == []


def test_the_page_lists_who_when_and_why_and_takes_back(cora_at, opened, decide, cora):
    decide("Anna", "Dora", "locked")
    decide("Ben", "Dora", "override", rules=["hours"], reason="They meet in writing.")
    address = reverse("matching:decisions", args=[opened.public_id])
    page = text(cora_at.get(address))
    for words in (
        "Anna Example and Dora Example",
        "Always together",
        "Allowed in spite of a rule: fewer than two working hours a week in common",
        "They meet in writing.",
        "Cora Conti",
    ):
        assert words in page
    lock = PairDecision.objects.get(kind="locked")
    ending = reverse("matching:decision_ending", args=[opened.public_id, lock.public_id])
    for _ in range(2):
        assert cora_at.post(ending).status_code == 303
    assert Event.objects.filter(verb="pair_decision.ended").count() == 1
    assert "Anna Example and Dora Example" not in text(cora_at.get(address))
    assert "Anna Example and Dora Example" in text(cora_at.get(address, {"show": "ended"}))


def test_two_people_are_decided_about_by_name_or_address(cora_at, opened, people):
    address = reverse("matching:decisions", args=[opened.public_id])
    given = {
        "kind": "forbidden",
        "first": "anna",
        "second": people["Dora"].email,
        "reason": "A family matter.",
    }
    assert cora_at.post(address, given).status_code == 303
    made = PairDecision.objects.get()
    assert (made.first.person, made.second.person, made.reason) == (
        people["Anna"],
        people["Dora"],
        "A family matter.",
    )


@pytest.mark.parametrize(
    "given, words",
    [
        ({}, "There is a problem"),
        ({"kind": "override", "first": "Anna", "second": "Dora"}, "There is a problem"),
        ({"kind": "locked", "first": "Nobody", "second": "Dora"}, "Nobody in this program is called “Nobody”."),
        ({"kind": "locked", "first": "Example", "second": "Dora"}, "called so: Anna Example, Ben Example"),
        ({"kind": "locked", "first": "Dora", "second": "Dora"}, "Nobody in this program is called “Dora”."),
        ({"kind": "locked", "first": "\0", "second": "%"}, "There is a problem"),
        ({"kind": "locked", "first": "x" * 5000, "second": "Dora"}, "There is a problem"),
    ],
)  # fmt: skip
def test_what_cannot_be_decided_comes_back_with_what_was_written(cora_at, opened, people, given, words):
    response = cora_at.post(
        reverse("matching:decisions", args=[opened.public_id]), {**given, "reason": "My words"}
    )
    assert response.status_code == 422
    assert words in text(response) and "My words" in text(response)
    assert not PairDecision.objects.exists()


def test_a_decision_that_contradicts_comes_back_in_words(cora_at, opened, decide):
    decide("Anna", "Dora", "locked")
    response = cora_at.post(
        reverse("matching:decisions", args=[opened.public_id]),
        {"kind": "forbidden", "first": "Anna", "second": "Dora"},
    )
    assert response.status_code == 422 and "are locked together" in text(response)


def test_many_decisions_cost_no_more_than_one(cora_at, opened, cora, django_assert_num_queries):
    address = reverse("matching:decisions", args=[opened.public_id])

    def add(count):
        for _ in range(count):
            first, second = make.enrolment(opened), make.enrolment(opened, role="mentor")
            PairDecision.objects.create(
                cycle=opened.cycles.get(), first=first, second=second, kind="locked", by=cora
            )

    add(1)
    cora_at.get(address)
    for more in (0, 40):
        add(more)
        # Half of them look whether each lock can be kept: places, lines, exclusions and earlier endings.
        with django_assert_num_queries(19):
            cora_at.get(address)


def test_a_line_allowed_in_writing_is_published_and_begins_and_is_known(
    opened, people, cora, now, work, decide, ends
):
    make.reports_to(people["Ben"], people["Emil"])
    decide("Ben", "Emil", "override", rules=["reporting_line"], reason="The line ends in May.")
    run = work(opened, cora, now)
    assert ("Ben", "Emil") in pairs(run)
    assert actions.publish(run, by=cora, now=now) == (3, 0)
    offer = next(p for p in run.proposals.with_people() if p.mentee == people["Ben"])
    later = offer.told_from
    for person in (people["Ben"], people["Emil"]):
        actions.accept(offer, by=person, now=later)
    offer.refresh_from_db()
    assert offer.state == "activated" and offer.relationship.reporting_line_since == later


def test_taken_back_before_both_accept_it_does_not_begin(opened, people, cora, now, work, decide):
    make.reports_to(people["Ben"], people["Emil"])
    lifted = decide("Ben", "Emil", "override", rules=["reporting_line"], reason="The line ends in May.")
    run = work(opened, cora, now)
    actions.publish(run, by=cora, now=now)
    actions.end(lifted, by=cora, now=now)
    offer = next(p for p in run.proposals.with_people() if p.mentee == people["Ben"])
    for person in (people["Ben"], people["Emil"]):
        actions.accept(offer, by=person, now=offer.told_from)
    offer.refresh_from_db()
    assert (offer.state, offer.relationship) == ("withdrawn", None)


def test_who_is_kept_apart_after_the_run_is_not_offered(reviewed, cora, now, decide, people):
    decide("Anna", "Dora", "forbidden")
    assert actions.publish(reviewed, by=cora, now=now) == (2, 1)
    stuck = reviewed.proposals.get(state="suggested")
    assert stuck.mentee == people["Anna"]


def test_from_a_pair_the_form_is_filled_in_for_the_two(cora_at, opened, people):
    address = reverse("matching:decisions", args=[opened.public_id])
    pair = f"{people['Anna'].public_id}:{people['Dora'].public_id}"
    page = text(cora_at.get(address, {"kind": "forbidden", "pair": pair}))
    assert f'value="{people["Anna"].email}"' in page and f'value="{people["Dora"].email}"' in page
    for odd in ("\0", "x:y", ":", "a" * 3000, "<b>:<i>"):
        assert cora_at.get(address, {"kind": odd, "pair": odd}).status_code == 200


def test_with_several_mentors_a_mentee_is_locked_with_several(opened, decide, ends, cora, now):
    opened.rules = {**opened.rules, "mentors_per_mentee": 2}
    opened.save()
    for end in ends.values():
        end.refresh_from_db()
    decide("Anna", "Dora", "locked")
    decide("Anna", "Emil", "locked")
    ends["Ola"] = make.enrolment(opened, make.person("Ola One"), "mentor")
    with pytest.raises(Refused, match="Anna Example has or is locked with somebody else already"):
        decide("Anna", "Ola", "locked")
    assert findings(opened.cycles.get(), now) == []
