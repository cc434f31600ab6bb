"""The coordinator's hand in a draft: shown before it is done, measured by the run's own scoring, undone."""

import threading

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, connections
from django.urls import reverse

from activity.models import Event
from matching import actions
from matching.drafting import Options, sheet
from matching.effects import Change, Draft, Effect, by_hand_words, read_changes
from matching.models import MatchRun, PairDecision, Proposal
from matching.stages import Refused
from people.models import Exclusion
from tests import make
from tests.pages import text


@pytest.fixture
def ends(people):
    return {name: person.enrolments.get() for name, person in people.items()}


@pytest.fixture
def change(people):
    def change(*asked):
        """ "Anna Dora Emil": Anna goes from Dora to Emil; a dash is nobody."""
        ids = {**{name: person.public_id for name, person in people.items()}, "-": ""}
        return [Change(*(ids[name] for name in one.split())) for one in asked]

    return change


@pytest.fixture
def rearrange(reviewed, change, cora, now):
    def rearrange(*asked, **more):
        return actions.rearrange(reviewed, change(*asked), by=cora, now=now, **more)

    return rearrange


def pairs(run):
    return {(p.mentee.full_name.split()[0], p.mentor.full_name.split()[0]) for p in run.proposals.all()}


def kept(run):
    """Everything of a draft that a coordinator's hand could have changed."""
    fields = ("score", "parts", "evidence", "warnings", "alternatives", "is_by_hand", "state")
    found = {
        (p.mentee.pk, p.mentor.pk): [getattr(p, name) for name in fields]
        + sorted((m.role, m.enrolment_id, m.rank) for m in p.members.all())
        for p in run.proposals.all()
    }
    return (
        found,
        sorted(run.unmatched.values_list("enrolment", "code")),
        PairDecision.objects.in_force().count(),
    )


def address(run, *changes, name="changes"):
    page = reverse(f"matching:{name}", args=[run.cycle.program.public_id, run.number])
    return page + "?" + "&".join(f"change={one}" for one in changes)


FIRST = {("Anna", "Dora"), ("Ben", "Emil"), ("Cleo", "Dora")}


# What it would do


def test_the_points_of_the_run_are_found_again_to_the_last_hundredth(reviewed):
    found = sheet(reviewed)
    for proposal in reviewed.proposals.all():
        mentee, mentor = proposal.mentee.public_id, proposal.mentor.public_id
        written = found.written(mentee, mentor)
        assert written["score"] == proposal.score == found.units([(mentee, mentor)])[0]
        assert (written["parts"], written["evidence"]["facts"]) == (
            proposal.parts,
            proposal.evidence["facts"],
        )
    assert found.units([("nobody12", reviewed.proposals.first().mentor.public_id)]) == [None]


def test_a_swap_is_told_before_it_is_done(reviewed, change, now, cora_at, people):
    swap = change("Anna Dora Emil", "Ben Emil Dora")
    effect = Effect(reviewed, swap, now)
    scores = {p.mentee: p.score for p in reviewed.proposals.all()}
    units = sheet(reviewed).units([(one.mentee, one.after) for one in swap])
    assert [(step.was, step.becomes) for step in effect.steps] == [
        (scores[people["Anna"]], units[0]),
        (scores[people["Ben"]], units[1]),
    ]
    assert effect.before == Draft(sum(scores.values()), 3, reviewed.total, 3, True)
    assert (
        effect.after.total
        == effect.before.total + sum(units) - scores[people["Anna"]] - scores[people["Ben"]]
    )
    below = (reviewed.total - effect.after.total) / 100
    assert below > 0 and effect.after.distance == f"{below:.2f} points below the best possible"
    assert effect.before.distance == "as good as the best possible"
    assert (effect.problems, effect.to_lift) == ([], [])

    page = text(cora_at.get(address(reviewed, *swap)))
    for words in (
        "Nothing is changed yet",
        f"{below:.2f} points below the best possible",
        "Anna Example",
        "Emil Example",
    ):
        assert words in page
    assert pairs(reviewed) == FIRST


def test_taking_apart_and_giving_a_place_say_that_somebody_is_fewer(reviewed, change, now):
    effect = Effect(reviewed, change("Anna Dora -"), now)
    assert effect.after.distance.startswith("1 pair fewer, ")
    assert (effect.after.pairs, effect.steps[0].becomes) == (2, 0)


def test_what_cannot_be_is_said_on_the_page_without_a_button(reviewed, change, ends, now, cora_at):
    ends["Emil"].capacity = 1
    ends["Emil"].save()
    page = cora_at.get(address(reviewed, *change("Anna Dora Emil")))
    assert page.status_code == 200
    assert "Emil Example has no free place." in text(page) and 'value="' + str(
        change("Anna Dora Emil")[0]
    ) not in text(page)
    assert (
        cora_at.post(address(reviewed), {"change": [str(c) for c in change("Anna Dora Emil")]}).status_code
        == 409
    )
    assert pairs(reviewed) == FIRST


# Doing it


def test_a_swap_exchanges_two_mentors_and_marks_both_pairs(reviewed, rearrange, people):
    certificate, snapshot, total = reviewed.certificate, reviewed.snapshot, reviewed.total
    event = rearrange("Anna Dora Emil", "Ben Emil Dora")
    assert pairs(reviewed) == {("Anna", "Emil"), ("Ben", "Dora"), ("Cleo", "Dora")}
    by_hand = {p.mentee: p for p in reviewed.proposals.filter(is_by_hand=True)}
    assert set(by_hand) == {people["Anna"], people["Ben"]}
    for proposal in by_hand.values():
        assert sum(proposal.parts.values()) == proposal.score
        assert proposal.evidence["facts"]
    run = MatchRun.objects.get(pk=reviewed.pk)
    assert (run.certificate, run.snapshot, run.total, run.is_proven) == (certificate, snapshot, total, True)
    assert (event.verb, len(event.details["changes"])) == ("match_run.changed", 2)


def test_a_mentee_moves_into_a_free_place(reviewed, rearrange):
    rearrange("Anna Dora Emil")
    assert pairs(reviewed) == {("Anna", "Emil"), ("Ben", "Emil"), ("Cleo", "Dora")}
    assert [p.mentee.full_name for p in reviewed.proposals.filter(is_by_hand=True)] == ["Anna Example"]


def test_a_pair_is_taken_apart_and_its_mentee_waits(reviewed, rearrange, ends):
    rearrange("Anna Dora -")
    assert pairs(reviewed) == FIRST - {("Anna", "Dora")}
    assert [(one.enrolment, one.code) for one in reviewed.unmatched.all()] == [(ends["Anna"], "taken_apart")]


def test_a_place_that_becomes_free_is_taken_in_the_same_change(reviewed, rearrange):
    rearrange("Anna Dora -", "Ben Emil Dora")
    assert pairs(reviewed) == {("Ben", "Dora"), ("Cleo", "Dora")}
    with pytest.raises(Refused, match="Dora Example has no free place"):
        rearrange("Anna - Dora")


@pytest.mark.parametrize(
    "asked",
    [
        ["Anna Dora Emil", "Ben Emil Dora"],
        ["Anna Dora Emil"],
        ["Anna Dora -"],
        ["Anna Dora -", "Ben Emil Dora"],
        ["Cleo Dora Emil", "Ben Emil -", "Anna Dora Emil"],
    ],
)
def test_every_change_can_be_undone_to_the_last_word(reviewed, rearrange, change, cora, now, asked):
    reviewed.proposals.update(alternatives=[{"mentor": "x"}])
    before = kept(reviewed)
    rearrange(*asked)
    assert kept(reviewed) != before
    actions.rearrange(reviewed, [one.back for one in change(*asked)], by=cora, now=now)
    assert kept(reviewed) == before


def test_who_waited_gets_a_mentor_and_waits_again_for_the_same_reason(
    opened, people, ends, cora, now, work, change
):
    make.reports_to(people["Anna"], people["Dora"])
    make.reports_to(people["Dora"], people["Emil"])
    run = work(opened, cora, now)
    before = kept(run)
    assert before[1] == [(ends["Anna"].pk, "forbidden")]
    asked = change("Anna - Emil")
    with pytest.raises(Refused, match="Say why"):
        actions.rearrange(run, asked, by=cora, now=now)
    assert kept(run) == before
    event = actions.rearrange(run, asked, by=cora, now=now, reason="The line ends in May.")
    assert ("Anna", "Emil") in pairs(run) and not run.unmatched.exists()
    lifted = PairDecision.objects.get()
    assert (lifted.kind, lifted.rules, lifted.reason) == (
        "override",
        ["reporting_line"],
        "The line ends in May.",
    )
    assert event.details["lifted"] == [lifted.public_id]
    actions.rearrange(run, [one.back for one in asked], by=cora, now=now, undoes=[lifted])
    assert kept(run) == before


def test_the_points_of_a_rule_lifted_may_lie_above_the_best(opened, people, cora, now, work, change):
    make.reports_to(people["Cleo"], people["Dora"])
    run = work(opened, cora, now)
    effect = Effect(run, change("Cleo Emil Dora"), now)
    assert [step.rules for step in effect.to_lift] == [("reporting_line",)]
    assert effect.after.distance.endswith("points above the best within the rules of the run")


def test_what_somebody_has_ruled_out_is_not_lifted_and_not_told(reviewed, change, people, now, cora, cora_at):
    Exclusion.objects.create(author=people["Emil"], other=people["Anna"], since=now)
    effect = Effect(reviewed, change("Anna Dora Emil"), now)
    assert effect.problems == ["Anna Example and Emil Example may not be a pair."] and effect.to_lift == []
    with pytest.raises(Refused):
        actions.rearrange(reviewed, change("Anna Dora Emil"), by=cora, now=now, reason="I insist.")
    page = text(cora_at.get(address(reviewed, *change("Anna Dora Emil"))))
    assert "ruled out" not in page and "excluded" not in page


def test_locked_pairs_stay_and_kept_apart_ones_are_not_made(reviewed, change, rearrange, ends, cora, now):
    actions.decide(ends["Anna"], ends["Dora"], "locked", by=cora, now=now)
    with pytest.raises(Refused, match="Anna Example and Dora Example are locked together"):
        rearrange("Anna Dora Emil")
    actions.decide(ends["Cleo"], ends["Emil"], "forbidden", by=cora, now=now)
    with pytest.raises(Refused, match="Cleo Example and Emil Example are kept apart"):
        rearrange("Cleo Dora Emil")
    assert pairs(reviewed) == FIRST


def test_who_has_left_is_given_nobody(reviewed, rearrange, ends):
    ends["Emil"].state = "withdrawn"
    ends["Emil"].save()
    with pytest.raises(Refused, match="Emil Example is not here to be matched at the moment"):
        rearrange("Anna Dora Emil")
    rearrange("Ben Emil -")
    assert pairs(reviewed) == FIRST - {("Ben", "Emil")}


def test_who_joined_after_the_run_is_not_in_its_draft(reviewed, opened, change, people, cora, now):
    people["Late"] = make.answered(make.person("Late Joiner"))
    make.enrolment(opened, people["Late"], "mentor", capacity=2)
    with pytest.raises(Refused, match="was not in this run"):
        actions.rearrange(reviewed, change("Anna Dora Late"), by=cora, now=now)


def test_a_draft_that_has_moved_on_is_not_changed(reviewed, rearrange, change, cora, now):
    rearrange("Anna Dora Emil")
    for stale in (["Anna Dora Emil"], ["Anna Dora -"], ["Anna - Dora"], ["Ben Dora Emil"]):
        with pytest.raises(Refused, match="Somebody has changed these pairs in the meantime"):
            rearrange(*stale)
    actions.publish(MatchRun.objects.get(pk=reviewed.pk), by=cora, now=now)
    with pytest.raises(PermissionDenied, match="This run is not under review"):
        rearrange("Anna Emil Dora")
    assert Event.objects.filter(verb="match_run.changed").count() == 1


def test_strangers_change_nothing(reviewed, change, otto, mira, oda, now):
    for person in (otto, mira, oda):
        with pytest.raises(PermissionDenied):
            actions.rearrange(reviewed, change("Anna Dora Emil"), by=person, now=now)


@pytest.mark.django_db(transaction=True)
def test_of_two_coordinators_with_the_same_pair_one_is_told(opened, people, cora, now, work, change):
    run = work(opened, cora, now)
    start, told = threading.Barrier(2), []

    def swap(asked):
        try:
            start.wait()
            actions.rearrange(MatchRun.objects.get(pk=run.pk), asked, by=cora, now=now)
            told.append("done")
        except Refused as refusal:
            told.append(str(refusal))
        finally:
            connections.close_all()

    wanted = [change("Anna Dora Emil", "Ben Emil Dora"), change("Anna Dora -")]
    threads = [threading.Thread(target=swap, args=[one]) for one in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["Somebody has changed these pairs in the meantime. Look at them again.", "done"]
    assert Event.objects.filter(verb="match_run.changed").count() == 1
    assert run.proposals.count() + run.unmatched.count() == 3


# What else somebody could have


def options(run, person):
    proposal = next((p for p in run.proposals.with_people() if p.mentee == person), None)
    return Options(MatchRun.objects.get(pk=run.pk), person, proposal)


def test_the_best_others_say_what_they_do_and_can_be_carried_out(reviewed, people, cora, now):
    found = options(reviewed, people["Anna"]).best()
    assert [(one.mentor, one.free, one.swaps) for one in found] == [(people["Emil"], 1, False)]
    assert found[0].effect.startswith("Has 1 free place. Total ")
    total = Draft.of(reviewed).total
    actions.rearrange(reviewed, read_changes(found[0].changes), by=cora, now=now)
    assert Draft.of(reviewed).total == total + found[0].gain


def test_without_a_free_place_they_change_places(opened, people, ends, cora, now, work):
    for name in ("Dora", "Emil"):
        ends[name].capacity = 1
        ends[name].save()
    ends["Cleo"].delete()
    run = work(opened, cora, now)
    assert pairs(run) == {("Anna", "Dora"), ("Ben", "Emil")}
    (found,) = options(run, people["Anna"]).best()
    assert (found.mentor, found.other, found.swaps) == (people["Emil"], people["Ben"], True)
    assert "Moves Ben to Dora, " in found.effect and " lower." in found.effect
    total = Draft.of(run).total
    actions.rearrange(run, read_changes(found.changes), by=cora, now=now)
    assert Draft.of(run).total == total + found.gain
    assert pairs(run) == {("Anna", "Emil"), ("Ben", "Dora")}


def test_where_nobody_can_change_places_somebody_is_left_without(opened, people, ends, cora, now, work):
    for name in ("Dora", "Emil"):
        ends[name].capacity = 1
        ends[name].save()
    ends["Cleo"].delete()
    make.reports_to(people["Ben"], people["Dora"])
    run = work(opened, cora, now)
    (found,) = options(run, people["Anna"]).best()
    assert found.leaves and "Leaves Ben without a mentor." in found.effect
    actions.rearrange(run, read_changes(found.changes), by=cora, now=now)
    assert pairs(run) == {("Anna", "Emil")}
    assert run.unmatched.get().enrolment == ends["Ben"]


def test_a_rule_that_may_be_lifted_is_offered_and_a_confidential_one_is_not(
    opened, people, cora, now, work, cora_at
):
    make.reports_to(people["Ben"], people["Dora"])
    Exclusion.objects.create(author=people["Emil"], other=people["Anna"], since=now)
    run = work(opened, cora, now)
    (blocked,) = options(run, people["Ben"]).blocked()
    assert (blocked.mentor, blocked.rules) == (people["Dora"], ("reporting_line",))
    anna = options(run, people["Anna"])
    assert (anna.best(), anna.blocked(), anna.named("Emil")) == ([], [], [])
    proposal = next(p for p in run.proposals.all() if p.mentee == people["Ben"])
    page = text(cora_at.get(reverse("matching:details", args=[opened.public_id, 1, proposal.public_id])))
    assert "Allow in spite of this rule" in page and "Not allowed: in the same reporting line." in page


def test_any_mentor_of_the_run_is_found_by_name(reviewed, people, cora_at, opened):
    assert [one.mentor for one in options(reviewed, people["Anna"]).named("emil")] == [people["Emil"]]
    assert options(reviewed, people["Anna"]).named("Anna") == []
    proposal = reviewed.proposals.first()
    page = reverse("matching:details", args=[opened.public_id, 1, proposal.public_id])
    for wanted in ("emil", "\0", "%", "x" * 3000, " "):
        assert cora_at.get(page, {"q": wanted}).status_code == 200


# The pages


def test_a_swap_through_the_pages_and_its_undo(cora_at, reviewed, opened, change, people):
    swap = [str(one) for one in change("Anna Dora Emil", "Ben Emil Dora")]
    before = kept(reviewed)
    done = cora_at.post(address(reviewed), {"change": swap}, follow=True)
    page = text(done)
    assert done.redirect_chain[-1][1] == 303
    assert "2 pairs changed by hand." in page and ">Undo</button>" in page
    assert "Changed by hand: 2 pairs, " in page and "points below the best possible" in page
    fields = [("change", one.split('"')[0]) for one in page.split('name="change" value="')[1:]]
    assert len(fields) == 2
    undone = cora_at.post(
        address(reviewed), {"undo": "1", "change": [value for _name, value in fields]}, follow=True
    )
    assert "Undone: it is as it was before." in text(undone)
    assert kept(reviewed) == before
    assert "Changed by hand" not in text(cora_at.get(address(reviewed, name="run")))


def test_lifting_a_rule_asks_for_the_reason_and_keeps_what_was_written(
    cora_at, opened, people, cora, now, work, change
):
    make.reports_to(people["Ben"], people["Dora"])
    people["Dora"].enrolments.update(capacity=3)
    run = work(opened, cora, now)
    asked = [str(one) for one in change("Ben Emil Dora")]
    page = text(cora_at.get(address(run, *asked)))
    assert "Breaks a rule: in the same reporting line" in page and "Allow and change" in page
    for reason in ("", "   "):
        response = cora_at.post(address(run), {"change": asked, "reason": reason})
        assert response.status_code == 422 and "There is a problem" in text(response)
    assert cora_at.post(address(run), {"change": asked}).status_code == 422
    assert cora_at.post(address(run), {"change": asked, "reason": "x" * 5000}).status_code == 422
    assert pairs(run) == {("Anna", "Dora"), ("Ben", "Emil"), ("Cleo", "Dora")}
    done = cora_at.post(address(run), {"change": asked, "reason": "The line ends in May."}, follow=True)
    assert ("Ben", "Dora") in pairs(run)
    lifted = PairDecision.objects.get()
    assert f'name="lifted" value="{lifted.public_id}"' in text(done)
    back = {"undo": "1", "change": str(change("Ben Dora Emil")[0]), "lifted": lifted.public_id}
    cora_at.post(address(run), back)
    assert ("Ben", "Emil") in pairs(run) and not PairDecision.objects.in_force().exists()


@pytest.mark.parametrize(
    "asked",
    [
        [],
        ["nonsense"],
        ["a:b"],
        ["a:b:c:d"],
        ["::"],
        ["a:b:b"],
        ["<x>:y:z"],
        ["a:b:c"] * 2,
        ["a\0:b:c"],
        ["aaaaaaaa:bbbbbbbb:cccccccc"],
        [f"a{n}:b:c" for n in range(50)],
    ],
)
def test_changes_that_nobody_offered_are_led_back(cora_at, reviewed, asked):
    for response in (
        cora_at.get(
            reverse("matching:changes", args=[reviewed.cycle.program.public_id, 1]), {"change": asked}
        ),
        cora_at.post(
            reverse("matching:changes", args=[reviewed.cycle.program.public_id, 1]), {"change": asked}
        ),
    ):
        assert response.status_code == 303
    assert pairs(reviewed) == FIRST


def test_a_change_after_publishing_is_led_back_with_the_reason(cora_at, reviewed, change, cora, now):
    actions.publish(reviewed, by=cora, now=now)
    asked = [str(one) for one in change("Anna Dora Emil")]
    for response in (
        cora_at.get(address(reviewed, *asked), follow=True),
        cora_at.post(address(reviewed), {"change": asked}, follow=True),
    ):
        assert "This run is not under review." in text(response)
    assert pairs(reviewed) == FIRST


def test_who_waits_has_a_page_of_their_own(cora_at, opened, people, cora, now, work):
    make.reports_to(people["Anna"], people["Dora"])
    make.reports_to(people["Dora"], people["Emil"])
    run = work(opened, cora, now)
    page = reverse("matching:waiting", args=[opened.public_id, run.number, people["Anna"].public_id])
    said = text(cora_at.get(page))
    assert "No mentor is possible; most often because of: in the same reporting line." in said
    assert "Allow in spite of this rule" in said
    other = reverse("matching:waiting", args=[opened.public_id, run.number, people["Ben"].public_id])
    assert cora_at.get(other).status_code == 404


def test_the_words_for_a_draft_changed_by_hand(reviewed):
    draft = Draft.of(reviewed)
    assert by_hand_words(0, 0, draft) == ""
    lower = Draft(draft.total - 1240, 3, draft.best, 3, True)
    assert by_hand_words(2, 0, lower) == "Changed by hand: 2 pairs, 12.40 points below the best possible."
    assert (
        Draft(draft.total - 5, 3, draft.best, 3, False).distance
        == "at most 0.05 points below the best possible"
    )
    assert Draft(0, 1, None, 3, False).distance == ""


def test_many_pairs_cost_no_more_on_the_pages_of_one(
    cora_at, opened, people, cora, now, work, django_assert_num_queries
):
    def grow(count):
        for n in range(count):
            person = make.answered(make.person(f"More {n}"))
            make.enrolment(opened, person, "mentee" if n % 2 else "mentor", capacity=2)
        return work(opened, cora, now)

    for number, more in ((1, 0), (2, 40)):
        run = grow(more)
        proposal = run.proposals.order_by("pk").first()
        page = reverse("matching:details", args=[opened.public_id, number, proposal.public_id])
        asked = address(run, f"{proposal.mentee.public_id}:{proposal.mentor.public_id}:")
        cora_at.get(page)
        with django_assert_num_queries(13):
            cora_at.get(page)
        # Seven of them look at the rules of today for the people who would change.
        with django_assert_num_queries(20):
            cora_at.get(asked)


def test_proposals_are_kept_when_a_mentee_moves(reviewed, rearrange):
    before = set(Proposal.objects.values_list("public_id", flat=True))
    rearrange("Anna Dora Emil", "Ben Emil Dora")
    assert set(Proposal.objects.values_list("public_id", flat=True)) == before


def test_nothing_written_about_a_pair_is_in_an_event(reviewed, rearrange, people):
    make.reports_to(people["Anna"], people["Emil"])
    rearrange("Anna Dora Emil", reason="Because of her divorce.")
    with connection.cursor() as cursor:
        cursor.execute("select details from activity_event")
        assert "divorce" not in str(cursor.fetchall())
