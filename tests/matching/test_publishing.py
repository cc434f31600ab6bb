"""From reviewed pairs to offers, and back within ten minutes."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from activity.models import Due, Event, Letter
from matching import actions
from matching.models import MatchRun, Proposal
from matching.stages import Refused
from people.models import Exclusion
from programs.models import Enrolment
from tests import make
from tests.pages import text

TEN = timedelta(minutes=10)


def address(run, name="publish"):
    return reverse(f"matching:{name}", args=[run.cycle.program.public_id, run.number])


def rows():
    names = ("state", "offered_at", "told_from", "expires_at", "score")
    return list(Proposal.objects.order_by("pk").values(*names))


def test_publishing_offers_every_pair_to_both_in_ten_minutes(reviewed, cora, now, opened):
    assert actions.publish(reviewed, by=cora, now=now) == (3, 0)

    for proposal in reviewed.proposals.all():
        assert (proposal.state, proposal.offered_at, proposal.told_from) == ("offered", now, now + TEN)
        assert proposal.expires_at == now + TEN + timedelta(days=opened.offer_days)
    letters = Letter.objects.filter(kind__startswith="matching.offer")
    assert letters.count() == 6
    assert set(letters.values_list("run_at", flat=True)) == {now + TEN}
    dues = Due.objects.armed().filter(kind__startswith="matching.")
    assert sorted(set(dues.values_list("kind", "due_at"))) == [
        ("matching.offer_expires", now + TEN + timedelta(days=7)),
        ("matching.offer_reminder", now + TEN + timedelta(days=3.5)),
    ]
    reviewed.cycle.refresh_from_db()
    assert (reviewed.state, reviewed.published_by, reviewed.cycle.state) == ("published", cora, "matching")
    assert Event.objects.get(verb="match_run.published").details == {"pairs": 3, "set_aside": 0}


def test_taking_it_back_leaves_no_trace_for_anybody(reviewed, cora, now):
    before = rows()
    actions.publish(reviewed, by=cora, now=now)
    actions.take_back(reviewed, by=cora, now=now + timedelta(minutes=9, seconds=59))
    assert (reviewed.state, reviewed.published_at, rows()) == ("review", None, before)
    assert set(Letter.objects.filter(kind__startswith="matching").values_list("state", flat=True)) == {
        "cancelled"
    }
    assert not Due.objects.armed().filter(kind__startswith="matching").exists()

    later = now + timedelta(hours=1)
    assert actions.publish(reviewed, by=cora, now=later) == (3, 0)
    ready = Letter.objects.filter(kind__startswith="matching", state="ready")
    assert ready.count() == 6 and Due.objects.armed().filter(kind__startswith="matching").count() == 6


def test_after_ten_minutes_it_stands(reviewed, cora, now):
    actions.publish(reviewed, by=cora, now=now)
    with pytest.raises(Refused):
        actions.take_back(reviewed, by=cora, now=now + TEN)
    assert set(reviewed.proposals.values_list("state", flat=True)) == {"offered"}


def test_only_coordinators_publish_and_take_back(reviewed, cast, cora, now):
    for name, person in cast.items():
        if name != "cora":
            with pytest.raises(PermissionDenied):
                actions.publish(reviewed, by=person, now=now)
    actions.publish(reviewed, by=cora, now=now)
    for name, person in cast.items():
        if name != "cora":
            with pytest.raises(PermissionDenied):
                actions.take_back(reviewed, by=person, now=now)


def test_twice_and_stale_publish_once(reviewed, cora, now):
    stale = MatchRun.objects.select_related("cycle__program").get(pk=reviewed.pk)
    actions.publish(reviewed, by=cora, now=now)
    with pytest.raises(Refused):
        actions.publish(stale, by=cora, now=now)
    with pytest.raises(PermissionDenied):
        actions.publish(reviewed, by=cora, now=now)
    assert Letter.objects.filter(kind__startswith="matching").count() == 6


def test_some_can_be_chosen(reviewed, people, cora, now):
    anna = next(p for p in reviewed.proposals.all() if p.mentee == people["Anna"])
    assert actions.publish(reviewed, by=cora, now=now, chosen=[anna.public_id, "nonsense"]) == (1, 0)
    assert [p.pk for p in Proposal.objects.filter(state="offered")] == [anna.pk]


def test_choosing_nobody_publishes_nothing(reviewed, cora, now):
    with pytest.raises(Refused):
        actions.publish(reviewed, by=cora, now=now, chosen=[])
    reviewed.refresh_from_db()
    assert (reviewed.state, Letter.objects.filter(kind__startswith="matching").count()) == ("review", 0)


@pytest.mark.parametrize(
    "change", ["left", "withdrawn", "paused", "capacity", "line", "wish", "wish back", "taken"]
)
def test_what_has_changed_since_sets_a_pair_aside(reviewed, people, cora, now, change):
    anna, dora = people["Anna"], people["Dora"]
    mine = Enrolment.objects.filter(person=anna)
    if change == "left":
        anna.is_active = False
        anna.save()
    elif change == "withdrawn":
        mine.update(state="withdrawn")
    elif change == "paused":
        mine.update(paused_until=now.date())
    elif change == "capacity":
        Enrolment.objects.filter(person=dora).update(capacity=0)
    elif change == "line":
        make.reports_to(anna, dora)
    elif change == "wish":
        Exclusion.objects.create(author=anna, other=dora, since=now)
    elif change == "wish back":
        Exclusion.objects.create(author=dora, other=anna, since=now)
    else:
        make.relationship(program_=mine.get().cycle.program, mentor=people["Emil"], mentee=anna)
    set_aside = 2 if change == "capacity" else 1
    assert actions.publish(reviewed, by=cora, now=now) == (3 - set_aside, set_aside)
    pair = next(p for p in reviewed.proposals.all() if p.mentee == anna)
    assert pair.state == "suggested"


def test_a_mentor_is_never_offered_more_than_the_places(reviewed, people, cora, now):
    Enrolment.objects.filter(person=people["Dora"]).update(capacity=1)
    assert actions.publish(reviewed, by=cora, now=now) == (2, 1)


def test_two_runs_of_one_cycle_do_not_offer_anybody_twice(reviewed, opened, cora, now, work):
    second = work(opened, cora, now)
    assert actions.publish(reviewed, by=cora, now=now) == (3, 0)
    with pytest.raises(Refused, match="None of these pairs"):
        actions.publish(second, by=cora, now=now)


def test_publishing_many_takes_few_statements(opened, cora, now, django_assert_max_num_queries):
    run = make.match_run(opened, cora)
    for _ in range(30):
        make.proposal(opened, make.person(), make.person(), state="suggested", run=run)
    with django_assert_max_num_queries(32):
        actions.publish(run, by=cora, now=now)


# Pages


def test_the_page_shows_both_letters_before_they_go(client, reviewed, cora):
    client.force_login(cora)
    page = text(client.get(address(reviewed)))
    assert "Publish 3 pairs" in page and "What mentees get" in page and "What mentors get" in page
    assert "The letters go out 10 minutes after you press." in page
    assert Letter.objects.filter(kind__startswith="matching").count() == 0


def test_publishing_and_undoing_by_pages(client, reviewed, cora):
    client.force_login(cora)
    response = client.post(address(reviewed), follow=True)
    assert "3 pairs published." in text(response) and "Undo publishing" in text(response)
    again = client.post(address(reviewed), follow=True)
    assert "This run is not under review." in text(again)
    assert "This run is not under review." in text(client.get(address(reviewed), follow=True))
    response = client.post(address(reviewed, "take_back"), follow=True)
    assert "Taken back. Nobody has been told." in text(response)
    assert "Undo publishing" not in text(response)
    again = client.post(address(reviewed, "take_back"), follow=True)
    assert again.status_code == 200 and "Taken back" not in text(again)


def test_pairs_left_out_are_said(client, reviewed, people, cora):
    Enrolment.objects.filter(person=people["Anna"]).update(state="withdrawn")
    client.force_login(cora)
    assert "1 pair is left out: it is not possible any more" in text(client.get(address(reviewed)))
    Enrolment.objects.update(state="withdrawn")
    assert "There is nothing to publish" in text(client.get(address(reviewed)))
    response = client.post(address(reviewed), {"choose": "1", "pair": ["\0", "x" * 9999]}, follow=True)
    assert "None of these pairs can be offered any more." in text(response)


def test_discarding_by_page(client, reviewed, cora):
    client.force_login(cora)
    response = client.post(address(reviewed, "discard"), follow=True)
    assert "Run 1 is discarded. Nobody was told of it." in text(response)
    assert client.post(address(reviewed, "discard"), follow=True).status_code == 200
