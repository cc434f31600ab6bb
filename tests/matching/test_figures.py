"""Stability, fairness and proof of a run: counted right, told with care, and checked again."""

import itertools

import pytest
from django.urls import reverse

from activity import jobs
from activity.models import Event, Job
from core.disclosure import Bounded, Hidden, Reason, Shown
from matching import fairness
from matching.engine import certificate
from matching.explaining import asked_again
from matching.figures import figures_of
from matching.jobs import JOBS
from matching.models import MatchRun
from tests import make
from tests.matching.many import fill
from tests.matching.test_engine_cases import asked
from tests.pages import text


def address(run, name="run", *more):
    return reverse(f"matching:{name}", args=[run.cycle.program.public_id, run.number, *more])


def counted(seed, objective="coverage"):
    question = asked(seed, objective, sizes=(8, 5))
    outcome = certificate.run(question)
    again = asked_again(question, outcome.certificate)
    run = again.case, again.mentees, again.mentors
    return run, figures_of(*run)


@pytest.mark.parametrize("objective", ["coverage", "total", "worst_off"])
def test_figures_are_those_of_counting_by_hand(objective):
    blocking = 0
    for seed in range(15):
        (of, mentees, mentors), found = counted(seed, objective)
        units, bits = of.rows(range(len(mentees)))
        plan = {(i, j): int(units[i, j]) for i, j in of.result.pairs.tolist()}
        held = [[(i, j) for i, j in plan if i == row] for row in range(len(mentees))]
        full = [[(i, j) for i, j in plan if j == column] for column in range(len(mentors))]

        def rather(score, pairs, places, plan=plan):
            return (places > 0 and (score > 0 if len(pairs) < places else False)) or any(
                score > plan[pair] for pair in pairs
            )

        would = {
            (i, j)
            for i, j in itertools.product(range(len(mentees)), range(len(mentors)))
            if not bits[i, j]
            and (i, j) not in plan
            and rather(int(units[i, j]), held[i], of.demand[i])
            and rather(int(units[i, j]), full[j], of.capacity[j])
        }
        assert found["blocking"]["count"] == len(would)
        named = {(pair[0], pair[1]) for pair in found["blocking"]["pairs"]}
        assert named == {(mentees[i].id, mentors[j].id) for i, j in would}
        ranks = {}
        for i, j in plan:
            rank = 1 + sum(not bits[i, k] and units[i, k] > units[i, j] for k in range(len(mentors)))
            ranks[str(rank)] = ranks.get(str(rank), 0) + 1
        assert found["ranks"] == ranks
        assert sum(places * n for places, _used, n in found["load"]) == of.capacity.sum()
        assert sum(used * n for _places, used, n in found["load"]) == len(plan)
        assert [pair[2] for pair in found["lowest"]] == sorted(plan.values())[:10]
        for groups in found["groups"].values():
            assert sum(group[1] for group in groups) == len(mentees)
            assert sum(group[2] for group in groups) == sum(bool(pairs) for pairs in held)
        blocking += len(would)
    assert blocking > 0


def test_ranks_given_before_the_run_are_counted_by_whom_people_got():
    for seed in range(10):
        (of, mentees, mentors), found = counted(seed)
        held = {i: mentors[j].id for i, j in of.result.pairs.tolist()}
        expected: dict[str, int] = {}
        for row, person in enumerate(mentees):
            if person.chosen:
                got = held.get(row)
                name = "nobody" if got is None else str(person.chosen.get(got, "other"))
                expected[name] = expected.get(name, 0) + 1
        assert found["chosen"]["mentees"] == expected


# Split by group


def test_small_groups_are_joined_and_what_few_stand_behind_is_hidden():
    groups = [
        ("Sales", 20, 14, 14 * 7000),
        ("Law", 12, 6, 6 * 8000),
        ("Art", 3, 3, 3 * 9000),
        ("", 4, 1, 6000),
    ]
    lines = fairness.lines("function", groups, 5)
    assert [line.label for line in lines] == ["Sales", "Law", "2 smaller groups together"]
    assert [line.people for line in lines] == [Shown(20, 20), Shown(12, 12), Shown(7, 7)]
    assert lines[0].rate == Shown(0.7, 20, is_share=True)
    # Of the joined group four have a pair and three have none: that is hidden, and the next smallest with it.
    assert isinstance(lines[2].rate, Hidden) and isinstance(lines[1].rate, Hidden)
    assert lines[2].mean == Hidden(Reason.SMALL, 5) and lines[1].mean == Hidden(Reason.SMALL, 5)
    assert lines[0].mean == Shown(70.0, 14)


def test_everybody_matched_is_said_as_a_bound():
    lines = fairness.lines("site", [("Leeds", 20, 20, 20 * 7100), ("Bonn", 30, 29, 29 * 7000)], 5)
    assert [line.rate for line in lines] == [Bounded(True, 0.8), Bounded(True, 0.9)]
    assert [line.mean.value for line in lines] == [70.0, 71.0]


def test_a_program_may_ask_for_larger_groups(program):
    assert fairness.smallest_group(program) == 5
    program.smallest_group = 8
    assert fairness.smallest_group(program) == 8


# The pages


@pytest.fixture
def grouped(opened, people, cora, now, work):
    """Twelve mentees of two functions, and places for ten."""
    for n in range(12):
        person = make.answered(make.person(f"Extra {n:02}"), function="Law" if n % 2 else "Sales")
        make.topic(person, "Budgets", "wanted")
        make.enrolment(opened, person)
    mentor = make.answered(make.person("Fay Full"), function="Law")
    make.topic(mentor, "Budgets", "offered")
    make.enrolment(opened, mentor, "mentor", capacity=6)
    return work(opened, cora, now)


def test_the_page_of_figures(cora_at, grouped):
    response = cora_at.get(address(grouped, "figures"))
    page = text(response)
    shown = response.context["fairness"]
    assert shown.kept == MatchRun.objects.get(pk=grouped.pk).figures
    assert shown.places == (10, 10) and "Fay Full" in page
    [split] = shown.splits
    assert split.name == "Function"
    assert {line.label for line in split.lines} <= {"Law", "Sales", "Not answered", "1 smaller group"} | {
        "2 smaller groups together"
    }
    assert "Groups of fewer than 5 people are joined" in page
    assert "Who is worst off" in page and "Places each" in page and "Whom mentees got, by fit" in page
    assert "Stability and fairness" in page and "stability and fairness" in text(
        cora_at.get(address(grouped))
    )


def test_a_run_without_figures_says_so(cora_at, opened, cora):
    run = make.match_run(opened, cora)
    assert "This run keeps no figures" in text(cora_at.get(address(run, "figures")))


def test_a_run_without_a_result_has_neither_figures_nor_proof(cora_at, opened, cora):
    run = make.match_run(opened, cora, state="failed")
    for name in ("figures", "proof"):
        assert cora_at.get(address(run, name)).status_code == 404
    assert cora_at.post(address(run, "check")).status_code == 404


def test_the_page_of_the_proof(cora_at, reviewed, people):
    page = text(cora_at.get(address(reviewed, "proof")))
    assert "No other assignment of these 5 people scores higher. Checked." in page
    assert "First as many people matched as possible" in page
    assert f"{reviewed.total / 100:,.2f}" in page and "ortools" in page
    assert reviewed.snapshot_hash[:8] in page and reviewed.certificate["digest"][:8] in page
    assert "cannot be downloaded" in page


def test_the_dearest_places_are_named_with_what_one_more_would_do(cora_at, opened, mira, now, cora, work):
    for _ in range(2):
        make.enrolment(opened)
    make.enrolment(opened, mira, "mentor")
    page = text(cora_at.get(address(work(opened, cora, now), "proof")))
    assert "Where one more place would help most" in page
    assert "Mira Moreau" in page and "1 more person placed" in page


def test_an_unproven_run_says_how_far_it_is_at_most(cora_at, reviewed):
    MatchRun.objects.filter(pk=reviewed.pk).update(is_proven=False, bound=reviewed.total + 150)
    page = text(cora_at.get(address(reviewed, "proof")))
    assert "could not be proven to be the best" in page and "at most 1.50 points" in page


def check(cora_at, run):
    response = cora_at.post(address(run, "check"))
    job = Job.objects.latest("pk")
    assert response["Location"] == f"/jobs/{job.public_id}/"
    assert jobs.run_claimed(jobs.claim(job, JOBS), JOBS) == "done"
    return cora_at.get(response["Location"], follow=True)


def test_checking_again_leaves_a_stamp(cora_at, reviewed, cora):
    response = check(cora_at, reviewed)
    assert response.redirect_chain[-1][0] == address(reviewed, "proof")
    page = text(response)
    assert "Checked again" in page and "Everything in it holds." in page and cora.full_name in page
    assert Event.objects.get(verb="match_run.checked").details == {"proven": True, "problems": 0}


def test_a_stored_run_that_was_tampered_with_is_found_out(cora_at, reviewed):
    snapshot = reviewed.snapshot
    snapshot["weights"] = {**snapshot["weights"], "topics": 99}
    reviewed.save(update_fields=["snapshot"])
    page = text(check(cora_at, reviewed))
    assert "do not hold. Do not publish this run" in page
    assert Event.objects.get(verb="match_run.checked").details["problems"] > 0


def test_the_pages_cost_the_same_for_many(cora_at, opened, cora, work, now, django_assert_num_queries):
    fill(opened, 3, 1)
    runs = [work(opened, cora, now)]
    fill(opened, 60, 40)
    runs.append(work(opened, cora, now))
    assert [run.pairs for run in runs] == [1, 41]
    cora_at.get(address(runs[0], "figures"))
    for run in runs:
        places = [address(run, "figures"), address(run, "proof"), f"{address(run)}?show=unmatched"]
        for place, queries in zip(places, (9, 11, 12), strict=True):
            with django_assert_num_queries(queries):
                cora_at.get(place)
