"""Why somebody has no mentor and what would help, told in the product; and carrying it out there helps."""

import pytest
from django.urls import reverse

from activity import jobs
from activity.models import Job
from matching import actions, explaining, review
from matching.jobs import JOBS
from matching.models import MatchRun, PairDecision, Unmatched
from people.models import Exclusion, Profile
from programs.models import Enrolment
from tests import make
from tests.pages import text


def address(run, name="run", *more):
    return reverse(f"matching:{name}", args=[run.cycle.program.public_id, run.number, *more])


def speaks(person, *languages):
    Profile.objects.filter(user=person).update(languages=list(languages))


def lonely(run, person):
    return Unmatched.objects.get(run=run, enrolment__person=person)


def remedy_of(run, person):
    [found] = lonely(run, person).details["remedies"]
    return found


def placed(run, person):
    return run.proposals.filter(members__person=person).exists()


def told(run, person):
    [row] = review.lonely_rows(list(run.unmatched.filter(enrolment__person=person)))
    return row


@pytest.fixture
def run_with(opened, cora, now, work):
    """A run with other terms than the program's."""

    def run_with(**terms):
        run, job = actions.ask_for_run(opened.cycles.get(), by=cora, now=now, terms=terms)
        jobs.run_claimed(jobs.claim(job, JOBS), JOBS)
        return MatchRun.objects.get(pk=run.pk)

    return run_with


@pytest.fixture
def done(cora_at):
    """Press a button that asks for work, do the work, and come back to where it leads."""

    def done(url):
        response = cora_at.post(url)
        job = Job.objects.latest("pk")
        assert (response.status_code, response["Location"]) == (303, f"/jobs/{job.public_id}/")
        assert jobs.run_claimed(jobs.claim(job, JOBS), JOBS) == "done"
        return cora_at.get(response["Location"], follow=True)

    return done


# Each kind of change that is named, carried out as a coordinator would, and the matching run again


def test_one_more_place_places_the_person(opened, theo, mira, now, cora, work):
    for person in (theo, make.person()):
        make.enrolment(opened, person)
    seat = make.enrolment(opened, mira, "mentor")
    run = work(opened, cora, now)
    [row] = run.unmatched.select_related("enrolment__person")
    alone = row.enrolment.person
    assert remedy_of(run, alone) == {
        "kind": "place", "mentor": mira.public_id, "places": 1, "rules": [], "units": None,
    }  # fmt: skip
    assert told(run, alone).remedies == ["1 more place with Mira Moreau would help."]
    Enrolment.objects.filter(pk=seat.pk).update(capacity=2)
    assert placed(work(opened, cora, now), alone)


def test_an_exception_places_the_person(opened, theo, mira, now, cora, work):
    first, second = make.enrolment(opened, theo), make.enrolment(opened, mira, "mentor")
    speaks(mira, "de")
    run = work(opened, cora, now)
    assert (remedy_of(run, theo)["kind"], remedy_of(run, theo)["rules"]) == ("override", ["language"])
    assert told(run, theo).remedies == [
        "Making an exception for Mira Moreau (no language in common) would help."
    ]
    kind = PairDecision.Kind.OVERRIDE
    actions.decide(first, second, kind, by=cora, now=now, reason="Both take lessons.", rules=["language"])
    assert placed(work(opened, cora, now), theo)


def test_an_exception_and_a_place_together_place_the_person(opened, theo, mira, now, cora, work):
    first, second = make.enrolment(opened, theo), make.enrolment(opened, mira, "mentor")
    other = make.person("Olaf Other")
    make.enrolment(opened, other)
    speaks(mira, "de")
    speaks(other, "de")
    run = work(opened, cora, now)
    found = remedy_of(run, theo)
    assert (found["kind"], found["places"], found["rules"]) == ("override_and_place", 1, ["language"])
    assert told(run, theo).remedies == [
        "Making an exception for Mira Moreau (no language in common) and 1 more place there would help."
    ]
    kind = PairDecision.Kind.OVERRIDE
    actions.decide(first, second, kind, by=cora, now=now, reason="Both take lessons.", rules=["language"])
    Enrolment.objects.filter(pk=second.pk).update(capacity=2)
    assert placed(work(opened, cora, now), theo)


def test_a_lower_cut_off_places_the_person(opened, theo, mira, now, cora, run_with):
    make.enrolment(opened, make.answered(theo))
    others = ["order", "loyalty", "humour", "learning", "stability"]
    make.enrolment(opened, make.answered(mira, values=others), "mentor")
    run = run_with(minimum_score=9900)
    row = lonely(run, theo)
    assert (row.code, row.details["blocked_by"]) == ("forbidden", [["low_fit", 1]])
    found = remedy_of(run, theo)
    assert found["kind"] == "lower" and found["mentor"] == mira.public_id and found["units"] < 9900
    assert told(run, theo).remedies == [
        f"Taking pairs from a fit of {found['units'] // 100} on would help: then Mira Moreau is possible."
    ]
    assert placed(run_with(minimum_score=found["units"]), theo)


def test_a_confidential_rule_is_not_told_by_what_would_help(opened, theo, mira, now, cora, work):
    make.enrolment(opened, theo)
    make.enrolment(opened, mira, "mentor")
    Exclusion.objects.create(author=mira, other=theo, since=now)
    run = work(opened, cora, now)
    assert remedy_of(run, theo)["rules"] == ["excluded"]
    assert told(run, theo).remedies == []


# Where trying is dear, it is left out of the run and done when somebody asks


@pytest.fixture
def large(monkeypatch):
    """As if the program were so large that nothing is tried while somebody waits."""
    monkeypatch.setattr(explaining, "REMEDIES_UP_TO", 0)
    monkeypatch.setattr(review, "SOLVED_AGAIN_UP_TO", 0)


@pytest.fixture
def waiting(opened, theo, mira, now, cora, work, large):
    """A run in which somebody waits for a mentor."""
    for person in (theo, make.person("Tara Two")):
        make.enrolment(opened, person)
    make.enrolment(opened, mira, "mentor")
    return work(opened, cora, now)


def test_what_would_help_is_worked_out_when_asked_and_kept(waiting, cora_at, done):
    row = waiting.unmatched.select_related("enrolment__person").get()
    assert row.details["remedies"] is None
    person = row.enrolment.person.public_id
    page = cora_at.get(address(waiting), {"show": "unmatched"})
    assert address(waiting, "waiting", person) in page.content.decode() and "What would help" in text(page)
    page = text(cora_at.get(address(waiting, "waiting", person)))
    assert "All mentors who would be possible are taken: Mira Moreau." in page
    assert "has a place, fit 100." in page and "Work out what would help" in page

    page = text(done(address(waiting, "remedies", person)))
    assert "1 more place with Mira Moreau would help." in page and "Work out what would help" not in page
    row.refresh_from_db()
    assert [remedy["kind"] for remedy in row.details["remedies"]] == ["place"]
    assert Job.objects.latest("pk").result == {"found": 1}


def test_asking_twice_is_one_job(waiting, cora_at):
    person = waiting.unmatched.get().enrolment.person.public_id
    places = {cora_at.post(address(waiting, "remedies", person))["Location"] for _ in range(2)}
    assert len(places) == 1 and Job.objects.filter(kind="matching.remedies").count() == 1


def test_when_nothing_helps_the_page_says_so(opened, theo, mira, now, cora, work, large, cora_at, done):
    make.enrolment(opened, theo)
    make.enrolment(opened, mira, "mentor")
    Exclusion.objects.create(author=mira, other=theo, kind=Exclusion.Kind.SAFETY, since=now)
    run = work(opened, cora, now)
    page = text(done(address(run, "remedies", theo.public_id)))
    assert "No single change of places or rules that may be told here would help." in page


def test_alternatives_are_told_from_the_prices_until_somebody_has_them_tried(
    opened, people, cora, now, work, large, cora_at, done
):
    run = work(opened, cora, now)
    pair = next(p for p in run.proposals.with_people() if p.mentee == people["Ben"])
    assert [one["mentor"] for one in pair.alternatives] == [people["Dora"].public_id]
    page = text(cora_at.get(address(run, "details", pair.public_id), {"again": "1"}))
    assert "Dora Example" in page and "Total at least" in page and "Try them" in page

    page = text(done(address(run, "alternatives", pair.public_id)))
    assert "Try them" not in page and "Total at least" not in page
    pair.refresh_from_db()
    [one] = pair.alternatives
    assert one["loss"] + one["people"] > 0 and one["moved"] == len(one["moves"])
    exact = explaining.worked_out_alternatives(run.snapshot, run.certificate, people["Ben"].public_id)
    assert pair.alternatives == exact


def test_a_run_keeps_with_each_pair_who_else_was_near(reviewed, people):
    for pair in reviewed.proposals.with_people():
        found = {one["mentor"] for one in pair.alternatives}
        assert found == {people["Dora"].public_id, people["Emil"].public_id} - {pair.mentor.public_id}
        tried = explaining.worked_out_alternatives(
            reviewed.snapshot, reviewed.certificate, pair.mentee.public_id
        )
        bonus = reviewed.certificate["bonus"]
        for one in tried:
            least = next(near["least"] for near in pair.alternatives if near["mentor"] == one["mentor"])
            assert least <= one["loss"] + one["people"] * bonus


def test_only_coordinators_ask(waiting, client, otto, mira):
    person = waiting.unmatched.get().enrolment.person.public_id
    pair = waiting.proposals.get().public_id
    for visitor in (otto, mira):
        client.force_login(visitor)
        for name, more in (("remedies", [person]), ("alternatives", [pair]), ("check", [])):
            assert client.post(address(waiting, name, *more)).status_code == 404
    assert not Job.objects.exclude(kind="matching.run").exists()
