"""A run from the press to the review, or to nothing."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from activity import jobs
from activity.models import Event, Job
from matching import actions
from matching.engine.scoring import FULL
from matching.jobs import JOBS
from matching.models import MatchRun, Proposal, Unmatched
from matching.stages import RUN_MOVES, Refused, RunState
from tests import make


def test_a_run_pairs_everybody_and_keeps_why(reviewed, people, opened):
    pairs = {(pair.mentee.full_name[:4], pair.mentor.full_name[:4]) for pair in reviewed.proposals.all()}
    assert pairs == {("Anna", "Dora"), ("Ben ", "Emil"), ("Cleo", "Dora")}
    assert (reviewed.state, reviewed.pairs, reviewed.mentees, reviewed.mentors, reviewed.places) == (
        "review", 3, 3, 2, 4,
    )  # fmt: skip
    assert reviewed.is_proven and reviewed.tells_apart
    assert reviewed.total == sum(pair.score for pair in reviewed.proposals.all())
    assert sum(reviewed.maxima.values()) == FULL
    for pair in reviewed.proposals.all():
        assert sum(pair.parts.values()) == pair.score <= FULL
        assert all(points <= reviewed.maxima[name] for name, points in pair.parts.items())
    assert Event.objects.get(verb="match_run.finished").details == {"pairs": 3, "unmatched": 0}


def test_what_nobody_answered_gives_no_points_and_shares_its_weight(reviewed):
    assert reviewed.maxima["interests"] == reviewed.maxima["preferences"] == 0
    assert reviewed.maxima["topics"] > reviewed.maxima["values"] > 0


def test_who_has_no_pair_has_a_reason(opened, theo, mira, now, cora, work):
    make.enrolment(opened, theo)
    make.enrolment(opened, mira, "mentor")
    make.reports_to(theo, mira)
    run = work(opened, cora, now)
    assert (run.pairs, run.proposals.count()) == (0, 0)
    lonely = Unmatched.objects.get(run=run)
    assert (lonely.enrolment.person, lonely.code) == (theo, "forbidden")
    assert lonely.details["blocked_by"] == [["reporting_line", 1]]


def test_when_nothing_tells_people_apart_the_run_knows(opened, cora, now, work):
    for role in ("mentee", "mentee", "mentor", "mentor"):
        make.enrolment(opened, role=role)
    run = work(opened, cora, now)
    assert (run.pairs, run.tells_apart) == (2, False)
    assert {pair.score for pair in run.proposals.all()} == {FULL}


def test_asking_twice_is_one_run_and_one_job(opened, people, cora, now):
    first = actions.ask_for_run(opened.cycles.get(), by=cora, now=now)
    assert actions.ask_for_run(opened.cycles.get(), by=cora, now=now) == first
    assert (MatchRun.objects.count(), Job.objects.count()) == (1, 1)
    assert Event.objects.filter(verb="match_run.asked_for").count() == 1


def test_a_run_whose_worker_died_for_good_does_not_stand_in_the_way(opened, people, cora, now, work):
    run, job = actions.ask_for_run(opened.cycles.get(), by=cora, now=now)
    actions.begin_run(run, now=now)
    Job.objects.filter(pk=job.pk).update(state="failed")
    assert work(opened, cora, now).number == 2
    run.refresh_from_db()
    assert (run.state, run.proposals.count()) == ("stopped", 0)


def test_only_coordinators_of_an_open_program_ask(opened, people, cast, cora, now):
    for name, person in cast.items():
        if name != "cora":
            with pytest.raises(PermissionDenied):
                actions.ask_for_run(opened.cycles.get(), by=person, now=now)
    draft = make.draft_program(cora, now=now)
    with pytest.raises(PermissionDenied):
        actions.ask_for_run(draft.cycles.get(), by=cora, now=now)
    assert MatchRun.objects.count() == 0


def test_with_nobody_to_match_the_run_fails_with_the_reason(opened, cora, now, work):
    run = work(opened, cora, now)
    assert run.state == "failed"
    assert run.error == (
        "A run needs at least one mentee and one mentor who have answered and are free; now there are 0 and 0."
    )
    assert Job.objects.get().error == run.error


@pytest.mark.parametrize("at_step", ["reading", "scoring", "explaining", "keeping"])
def test_a_stopped_run_leaves_nothing(opened, people, cora, now, at_step, monkeypatch):
    run, job = actions.ask_for_run(opened.cycles.get(), by=cora, now=now)
    claimed = jobs.claim(job, JOBS)
    report = jobs.Progress.report

    def stop_then_report(self, step, done=0, total=0):
        report(self, step, done, total)
        if step == at_step:
            jobs.stop(job, by=cora, now=now)

    monkeypatch.setattr(jobs.Progress, "report", stop_then_report)
    assert jobs.run_claimed(claimed, JOBS) == "stopped"
    run.refresh_from_db()
    assert (run.state, run.snapshot, run.certificate, run.pairs, run.total) == ("stopped", {}, {}, 0, None)
    assert (Proposal.objects.count(), Unmatched.objects.count()) == (0, 0)


def test_a_run_that_breaks_leaves_nothing(opened, people, cora, now, work, monkeypatch):
    monkeypatch.setattr(actions.runs, "member", lambda *_: 1 / 0)
    run = work(opened, cora, now)
    assert (run.state, run.snapshot, Proposal.objects.count()) == ("failed", {}, 0)


def test_the_same_people_give_the_same_run(reviewed, opened, cora, now, work):
    def told(run):
        return {(p.mentee.pk, p.mentor.pk): (p.score, p.parts) for p in run.proposals.all()}

    again = work(opened, cora, now)
    assert (again.number, told(again), again.snapshot_hash) == (2, told(reviewed), reviewed.snapshot_hash)


def test_a_locked_pair_is_kept(reviewed, opened, people, cora, now, work):
    anna, emil = people["Anna"].enrolments.get(), people["Emil"].enrolments.get()
    actions.decide(anna, emil, "locked", by=cora, now=now)
    again = work(opened, cora, now)
    pair = next(p for p in again.proposals.all() if p.mentee == people["Anna"])
    assert pair.mentor == people["Emil"]
    assert list(again.proposals.with_locks().filter(is_locked=True)) == [pair]
    assert again.locks == [[people["Anna"].public_id, people["Emil"].public_id]]


def test_locks_are_set_by_coordinators_under_review_only(reviewed, cora, otto, now):
    pair = reviewed.proposals.first()
    with pytest.raises(PermissionDenied):
        actions.lock(pair, locked=True, by=otto, now=now)
    actions.lock(pair, locked=True, by=cora, now=now)
    assert reviewed.proposals.with_locks().get(pk=pair.pk).is_locked
    actions.publish(reviewed, by=cora, now=now)
    with pytest.raises(PermissionDenied):
        actions.lock(Proposal.objects.get(pk=pair.pk), locked=False, by=cora, now=now)


def test_discarding_frees_the_people_and_tells_nobody(reviewed, cora, otto, now):
    stale = MatchRun.objects.get(pk=reviewed.pk)
    with pytest.raises(PermissionDenied):
        actions.discard(reviewed, by=otto, now=now)
    actions.discard(reviewed, by=cora, now=now)
    assert set(reviewed.proposals.values_list("state", flat=True)) == {"withdrawn"}
    with pytest.raises(Refused):
        actions.discard(stale, by=cora, now=now)
    assert Event.objects.filter(verb="match_run.discarded").count() == 1


@pytest.mark.parametrize("source", RunState.values)
def test_a_run_moves_along_its_table_only(opened, cora, source):
    for to in RunState.values:
        run = make.match_run(opened, cora, state=source)
        assert actions.runs.move_run(run, to) == (to in RUN_MOVES[source])
        assert MatchRun.objects.get(pk=run.pk).state == (to if to in RUN_MOVES[source] else source)
        run.delete()


# The page


def test_the_page_of_matching_says_who_is_ready(client, opened, cora):
    client.force_login(cora)
    address = reverse("matching:index", args=[opened.public_id])
    page = client.get(address).content.decode()
    assert "A run needs at least one mentee and one mentor" in page and "Run matching" not in page
    make.enrolment(opened, state="accepted", answered_by_file=True)
    make.enrolment(opened, role="mentor", capacity=2)
    make.enrolment(opened, role="mentor", state="invited")
    response = client.get(address)
    assert "Run matching" in response.content.decode()
    ready = response.context["ready"]
    assert (ready.mentees, ready.mentors, ready.places, ready.by_file) == (1, 1, 2, 1)
    assert ready.sentence == "2 of 3 have answered."


def test_pressing_run_leads_to_the_page_of_the_job(client, opened, people, cora):
    client.force_login(cora)
    response = client.post(reverse("matching:runs", args=[opened.public_id]))
    assert (response.status_code, response["Location"]) == (303, f"/jobs/{Job.objects.get().public_id}/")
    assert client.post(reverse("matching:runs", args=[opened.public_id]))["Location"] == response["Location"]


def test_a_draft_cannot_be_matched_and_says_why(client, cora, now):
    draft = make.draft_program(cora, now=now)
    client.force_login(cora)
    page = client.get(reverse("matching:index", args=[draft.public_id])).content.decode()
    assert "Matching begins when the program is published." in page
    response = client.post(reverse("matching:runs", args=[draft.public_id]), follow=True)
    assert "This program is not open for joining." in response.content.decode()


def test_the_list_of_runs_costs_the_same_for_many(client, opened, cora, people, django_assert_num_queries):
    client.force_login(cora)
    make.match_run(opened, cora, number=1)
    address = reverse("matching:index", args=[opened.public_id])
    client.get(address)
    for start in (2, 8):
        with django_assert_num_queries(12):
            client.get(address)
        for n in range(start, start + 6):
            make.match_run(opened, cora, number=n)
            make.enrolment(opened)
