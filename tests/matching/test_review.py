"""What a coordinator reads of a run."""

import pytest
from django.urls import reverse

from matching.models import MatchRun
from matching.reasons import cautions, labels, reasons
from matching.review import Details
from people.models import Exclusion
from tests import make
from tests.pages import text


def address(run, name="run", *more):
    return reverse(f"matching:{name}", args=[run.cycle.program.public_id, run.number, *more])


def details(run, mentee):
    proposal = next(p for p in run.proposals.with_people() if p.mentee == mentee)
    return Details(MatchRun.objects.get(pk=run.pk), proposal)


def test_points_sum_to_the_fit_and_their_maxima_to_a_hundred(reviewed, people):
    for name in ("Anna", "Ben", "Cleo"):
        found = details(reviewed, people[name])
        assert (
            round(sum(line["points"] for line in found.points), 2)
            == found.total
            == found.proposal.score / 100
        )
        assert round(sum(line["most"] for line in found.points), 2) == 100
        assert all(0 <= line["points"] <= line["most"] for line in found.points)
        assert {line["criterion"] for line in found.fair} == {
            "Goals and topics",
            "Values",
            "Working style",
            "Hours, place and way of meeting",
        }


def test_each_point_shows_what_it_rests_on(cora_at, reviewed, people):
    found = details(reviewed, people["Cleo"])
    evidence = {line["criterion"]: line["evidence"] for line in found.points}
    assert evidence["Goals and topics"] == ["Covers 2 of 2 topics: budgets and speaking."]
    page = text(cora_at.get(address(reviewed, "details", found.proposal.public_id)))
    assert "Cleo Example with Dora Example" in page
    assert "Covers 2 of 2 topics: budgets and speaking." in page
    assert f"<b>{found.total:.2f}</b> of 100" in page


def test_other_mentors_and_what_they_would_cost(reviewed, people):
    others = details(reviewed, people["Ben"]).others
    assert [(one["person"], one.get("blocked", "")) for one in others["possible"]] == [(people["Dora"], "")]
    assert "lower." in others["possible"][0]["effect"]
    assert others["blocked"] == []


def test_a_public_rule_is_named_and_a_private_one_is_not(opened, people, cora, now, work, cora_at):
    make.reports_to(people["Ben"], people["Dora"])
    Exclusion.objects.create(author=people["Emil"], other=people["Anna"], since=now)
    run = work(opened, cora, now)
    assert [(one["person"], one["rule"]) for one in details(run, people["Ben"]).others["blocked"]] == [
        (people["Dora"], "in the same reporting line")
    ]
    assert details(run, people["Anna"]).others == {"possible": [], "blocked": []}

    for proposal in run.proposals.all():
        page = text(cora_at.get(address(run, "details", proposal.public_id)))
        for word in ("ruled out", "excluded", "Not this person", "not_this_person"):
            assert word not in page
    for show in ("", "look", "unmatched"):
        page = text(cora_at.get(address(run), {"show": show}))
        assert "not_this_person" not in page and "excluded" not in page


def test_who_waits_for_a_mentor_reads_as_the_true_reason(opened, theo, mira, now, cora, work, cora_at):
    make.enrolment(opened, theo)
    make.enrolment(opened, mira, "mentor")
    make.reports_to(theo, mira)
    run = work(opened, cora, now)
    page = text(cora_at.get(address(run), {"show": "unmatched"}))
    assert "Theo Tamm" in page
    assert "No mentor is possible; most often because of: in the same reporting line." in page


def test_when_all_places_are_taken_one_more_is_suggested(opened, mira, now, cora, work, cora_at):
    make.enrolment(opened)
    make.enrolment(opened)
    make.enrolment(opened, mira, "mentor")
    run = work(opened, cora, now)
    page = text(cora_at.get(address(run), {"show": "unmatched"}))
    assert "All mentors who would be possible are taken: Mira Moreau." in page
    assert "1 more place with Mira Moreau would help." in page


def test_equal_scores_are_shown_for_what_they_are(opened, cora, now, work, cora_at, reviewed):
    words = "Nothing was answered that tells these people apart"
    assert words not in text(cora_at.get(address(reviewed)))
    other = make.open_program(cora, now=now, title="Silent")
    for role in ("mentee", "mentee", "mentor", "mentor"):
        make.enrolment(other, role=role)
    run = work(other, cora, now)
    assert words in text(cora_at.get(address(run)))


def test_the_figures_are_of_pairs_not_of_members(cora_at, reviewed):
    response = cora_at.get(address(reviewed))
    figures = response.context["figures"]
    assert (figures["all"], figures["locked"]) == (3, 0)
    assert figures["lowest"] == min(p.score for p in reviewed.proposals.all())
    page = text(response)
    assert "Publish 3 pairs" in page and "3 <small>of 3</small>" in page
    assert "No other assignment of these 5 people scores higher. Checked." in page


def test_filters_search_and_order(cora_at, reviewed, people):
    def shown(**query):
        return [row.mentee.full_name[:4] for row in cora_at.get(address(reviewed), query).context["rows"]]

    scores = [row.proposal.score for row in cora_at.get(address(reviewed)).context["rows"]]
    assert scores == sorted(scores)
    assert shown(q="anna") == ["Anna"] and sorted(shown(q="DORA")) == ["Anna", "Cleo"]
    assert shown(show="locked") == []
    proposal = next(p for p in reviewed.proposals.all() if p.mentee == people["Anna"])
    response = cora_at.post(address(reviewed, "lock", proposal.public_id), {"locked": "1"}, follow=True)
    assert "Locked: the next run keeps this pair." in text(response)
    assert shown(show="locked") == ["Anna"]
    assert "Run again, keep 1 locked" in text(cora_at.get(address(reviewed)))
    cora_at.post(address(reviewed, "lock", proposal.public_id), {"locked": "0"})
    assert shown(show="locked") == []


@pytest.mark.parametrize(
    "query",
    [{"q": "\0"}, {"q": "x" * 5000}, {"page": "9" * 30}, {"page": "-1"}, {"show": "\0"}, {"after": "x"}],
)
def test_odd_queries_are_no_server_error(cora_at, reviewed, query):
    assert cora_at.get(address(reviewed), query).status_code == 200


def test_wrong_numbers_and_names_are_not_found(cora_at, reviewed, opened, other_pair, cora):
    pair = reviewed.proposals.first().public_id
    other = make.match_run(other_pair.program, cora)
    for name, args in (
        ("run", [99]),
        ("run", [10**30]),
        ("details", [1, "nonsense"]),
        ("details", [2, pair]),
        ("publish", [99]),
    ):
        assert cora_at.get(reverse(f"matching:{name}", args=[opened.public_id, *args])).status_code == 404
    assert cora_at.get(address(other)).status_code == 404
    for name in ("take_back", "discard"):
        assert cora_at.post(reverse(f"matching:{name}", args=[opened.public_id, 99])).status_code == 404


def test_many_pairs_cost_no_more_than_one(cora_at, opened, cora, django_assert_num_queries):
    run = make.match_run(opened, cora)

    def add(count):
        for _ in range(count):
            make.proposal(opened, make.person(), make.person(), state="suggested", run=run, score=5000)

    add(1)
    cora_at.get(address(run))
    for _ in range(2):
        with django_assert_num_queries(12):
            cora_at.get(address(run))
        add(20)


def test_one_slider_far_apart_speaks_neither_for_a_pair_nor_against_it():
    fact = {"criterion": "working_style", "code": "far_style", "details": {"sliders": ["pace"]}}
    once, more = {**fact, "warning": False}, {**fact, "warning": True}
    assert (labels([once], warnings=False, most=3), labels([once], warnings=True, most=3)) == ([], [])
    assert (reasons([once]), cautions([once])) == ([], [])
    assert labels([more], warnings=True, most=3) == ["Different working style"]
    assert len(cautions([more])) == 1
