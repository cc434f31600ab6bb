"""Runs that begin by themselves: once, at their time on the program's clock, within their cut-offs, explained."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from activity import jobs
from activity.clocks import Clock
from activity.firing import fire as tick
from activity.models import Due, Event, Job, Letter
from activity.writing import write
from matching import actions
from matching.jobs import JOBS
from matching.models import MatchRun, Proposal, RunSchedule
from matching.snapshot import pool
from mentorship.clockwork import DUES, LETTERS
from programs.models import Enrolment, Program, ProgramRole
from tests import make

DAY = timedelta(days=1)
GIVEN = {
    "every_weeks": 2,
    "weekday": 0,
    "at": time(7, 30),
    "minimum_score": 0,
    "minimum_share": 0,
    "publishes": False,
}


@pytest.fixture
def zoned(opened):
    Program.objects.filter(pk=opened.pk).update(zone="Europe/Berlin")
    opened.refresh_from_db()
    return opened


def scheduled(program, by, now, **given):
    return actions.schedule_runs(program.cycles.get(), GIVEN | given, by=by, now=now)


def armed():
    return Due.objects.armed().get(kind="matching.scheduled_run")


def fire(due, now=None, times=1):
    """As the clock does, however often it ticks."""
    for _ in range(times):
        if Due.objects.armed().filter(pk=due.pk).update(state="fired"):
            DUES[due.kind].act(due, now or due.due_at)


def work_all():
    for job in Job.objects.queued().filter(kind="matching.run"):
        jobs.run_claimed(jobs.claim(job, JOBS), JOBS)


def run_of(due, now=None):
    fire(due, now)
    work_all()
    return MatchRun.objects.order_by("-number").first()


# When


def test_the_first_run_is_on_the_next_such_day_at_that_time_there(zoned, cora):
    monday = datetime(2026, 10, 12, 9, 0, tzinfo=UTC)
    schedule = scheduled(zoned, cora, monday)
    due = armed()
    assert (due.local_date, due.local_time, due.zone) == (date(2026, 10, 19), time(7, 30), "Europe/Berlin")
    assert due.due_at == schedule.next_at == datetime(2026, 10, 19, 5, 30, tzinfo=UTC)


def test_before_its_time_today_it_is_today(zoned, cora):
    scheduled(zoned, cora, datetime(2026, 10, 12, 5, 29, tzinfo=UTC))
    assert armed().local_date == date(2026, 10, 12)


def test_it_keeps_its_time_on_the_wall_when_the_clocks_change(zoned, cora):
    scheduled(zoned, cora, datetime(2026, 10, 12, 9, 0, tzinfo=UTC))
    moments = []
    for _ in range(3):
        due = armed()
        moments.append(due.due_at)
        fire(due)
    # Berlin leaves summer time on 25 October 2026.
    assert moments == [
        datetime(2026, 10, 19, 5, 30, tzinfo=UTC),
        datetime(2026, 11, 2, 6, 30, tzinfo=UTC),
        datetime(2026, 11, 16, 6, 30, tzinfo=UTC),
    ]


def test_a_time_that_does_not_exist_on_that_day_is_the_first_after_the_gap(zoned, cora):
    schedule = scheduled(zoned, cora, datetime(2027, 3, 22, 12, 0, tzinfo=UTC), weekday=6, at=time(2, 30))
    assert armed().due_at == schedule.next_at == datetime(2027, 3, 28, 1, 0, tzinfo=UTC)


def test_what_an_outage_has_missed_is_one_run_and_the_rhythm_goes_on(zoned, people, cora):
    scheduled(zoned, cora, datetime(2026, 10, 12, 9, 0, tzinfo=UTC))
    fire(armed(), now=datetime(2026, 11, 20, 12, 0, tzinfo=UTC), times=3)
    assert MatchRun.objects.count() == 1
    assert armed().local_date == date(2026, 11, 30)


def test_a_change_of_the_cut_offs_alone_keeps_the_day(zoned, cora):
    scheduled(zoned, cora, datetime(2026, 10, 12, 9, 0, tzinfo=UTC))
    fire(armed())
    scheduled(zoned, cora, datetime(2026, 10, 20, 9, 0, tzinfo=UTC), minimum_score=60)
    assert armed().local_date == date(2026, 11, 2)
    scheduled(zoned, cora, datetime(2026, 10, 20, 9, 0, tzinfo=UTC), every_weeks=1)
    assert armed().local_date == date(2026, 10, 26)
    assert RunSchedule.objects.count() == 1


def test_changed_on_the_day_it_ran_to_a_later_hour_it_runs_again_that_day(zoned, people, cora):
    scheduled(zoned, cora, datetime(2026, 10, 12, 4, 0, tzinfo=UTC))
    fire(armed())
    scheduled(zoned, cora, datetime(2026, 10, 12, 9, 0, tzinfo=UTC), at=time(18, 0))
    assert armed().due_at == datetime(2026, 10, 12, 16, 0, tzinfo=UTC)


def test_a_program_that_has_moved_keeps_the_hour_of_its_new_zone(zoned, people, cora):
    scheduled(zoned, cora, datetime(2026, 10, 12, 9, 0, tzinfo=UTC))
    Program.objects.filter(pk=zoned.pk).update(zone="America/New_York")
    fire(armed())
    assert MatchRun.objects.count() == 0
    assert armed().due_at == datetime(2026, 10, 19, 11, 30, tzinfo=UTC)
    fire(armed())
    assert MatchRun.objects.count() == 1


def test_stopped_it_does_not_run_and_set_again_it_does(zoned, people, cora, now):
    schedule = scheduled(zoned, cora, now)
    due = armed()
    assert actions.stop_schedule(schedule, by=cora, now=now) is True
    assert actions.stop_schedule(schedule, by=cora, now=now) is False
    assert not Due.objects.armed().filter(kind="matching.scheduled_run").exists()
    DUES[due.kind].act(due, due.due_at)
    assert MatchRun.objects.count() == 0
    scheduled(zoned, cora, now)
    assert armed().pk == due.pk


@pytest.mark.parametrize("state", ["closing", "closed", "archived", "cancelled"])
def test_with_its_program_over_the_clock_looks_no_more(zoned, people, cora, now, state):
    scheduled(zoned, cora, now)
    Program.objects.filter(pk=zoned.pk).update(state=state)
    fire(armed())
    assert not Due.objects.armed().filter(kind="matching.scheduled_run").exists()
    assert MatchRun.objects.count() == 0


def test_while_suspended_nothing_runs_and_the_rhythm_stays(zoned, people, cora, now):
    scheduled(zoned, cora, now)
    Program.objects.filter(pk=zoned.pk).update(state="suspended")
    fire(armed())
    assert (MatchRun.objects.count(), Due.objects.armed().filter(kind="matching.scheduled_run").count()) == (
        0,
        1,
    )


def test_only_coordinators_set_and_stop(zoned, cast, cora, now):
    schedule = scheduled(zoned, cora, now)
    for name, person in cast.items():
        if name != "cora":
            with pytest.raises(PermissionDenied):
                scheduled(zoned, person, now)
            with pytest.raises(PermissionDenied):
                actions.stop_schedule(schedule, by=person, now=now)


# What it does


def test_nobody_to_match_nothing_happens_and_nobody_is_mailed(zoned, cora, now):
    scheduled(zoned, cora, now)
    make.enrolment(zoned)
    fire(armed())
    assert (MatchRun.objects.count(), Letter.objects.count()) == (0, 0)
    assert not Event.objects.filter(verb__startswith="match_run").exists()
    assert RunSchedule.objects.get().last_at is not None


def test_one_run_however_often_the_clock_ticks(zoned, people, cora, now):
    scheduled(zoned, cora, now)
    due = armed()
    for _ in range(3):
        tick(Clock(due.due_at, 10), DUES)
    assert (MatchRun.objects.count(), Job.objects.count()) == (1, 1)
    told = Event.objects.get(verb="match_run.scheduled")
    assert (told.by, told.details) == (None, {"schedule": RunSchedule.objects.get().pk})


def test_it_waits_for_a_look_and_says_so(zoned, people, cora, now):
    scheduled(zoned, cora, now)
    run = run_of(armed())
    assert (run.state, run.pairs, run.name, run.created_by) == ("review", 3, "By schedule", cora)
    assert not Proposal.objects.exclude(state="suggested").exists()
    letter = Letter.objects.get(kind="matching.scheduled_run")
    written = write(LETTERS[letter.kind], letter, now)
    assert letter.person == cora
    assert written.subject == f"{zoned.title}: a run by schedule waits for you"
    assert "Somebody was found for 3 of 3 people who wait." in written.text
    assert "you wanted to look at the pairs first" in written.text
    assert run.get_absolute_url() in written.text


def test_by_itself_it_publishes_and_can_be_taken_back_before_anybody_hears(zoned, people, cora, now):
    scheduled(zoned, cora, now, publishes=True, minimum_share=100)
    due = armed()
    run = run_of(due)
    assert (run.state, run.is_proven, run.published_by) == ("published", True, cora)
    assert run.name == "By schedule, published by itself"
    offers = Letter.objects.filter(kind__startswith="matching.offer")
    assert offers.count() == 6
    assert {letter.run_at for letter in offers} == {run.published_at + timedelta(minutes=10)}
    told = Event.objects.get(verb="match_run.concluded")
    assert told.details == {"schedule": RunSchedule.objects.get().pk, "offered": 3, "why": ""}
    letter = Letter.objects.get(kind="matching.scheduled_run")
    assert letter.run_at < run.published_at + timedelta(minutes=10)
    written = write(LETTERS[letter.kind], letter, now)
    assert written.subject == f"{zoned.title}: 3 pairs published by schedule"
    assert "until then you can take it back" in written.text
    actions.take_back(run, by=cora, now=run.published_at + timedelta(minutes=9))
    assert set(Letter.objects.filter(kind__startswith="matching.offer").values_list("state", flat=True)) == {
        "cancelled"
    }
    assert set(run.proposals.values_list("state", flat=True)) == {"suggested"}


def test_below_the_smallest_share_it_waits_and_says_why(zoned, people, cora, now):
    Enrolment.objects.filter(person=people["Dora"]).update(capacity=1)
    Enrolment.objects.filter(person=people["Emil"]).update(capacity=1)
    scheduled(zoned, cora, now, publishes=True, minimum_share=67)
    run = run_of(armed())
    assert (run.state, run.pairs, run.minimum_share) == ("review", 2, 67)
    assert run.name == "By schedule, waits: too few people have a pair"
    letter = Letter.objects.get(kind="matching.scheduled_run")
    text = write(LETTERS[letter.kind], letter, now).text
    assert "somebody was found for 2 of 3 people, and you want at least 67 %." in text
    assert not Letter.objects.filter(kind__startswith="matching.offer").exists()


def test_a_share_that_is_just_held_publishes(zoned, people, cora, now):
    Enrolment.objects.filter(person=people["Dora"]).update(capacity=1)
    Enrolment.objects.filter(person=people["Emil"]).update(capacity=1)
    scheduled(zoned, cora, now, publishes=True, minimum_share=66)
    assert run_of(armed()).state == "published"


def test_what_is_not_proven_is_not_published(zoned, people, cora, now, monkeypatch):
    schedule = scheduled(zoned, cora, now, publishes=True)
    run = run_of(armed())
    run.is_proven = False
    assert actions.schedules.reason_to_wait(run, schedule) == "unproven"


def test_no_pair_below_the_lowest_fit(zoned, people, cora, now):
    make.topic(people["Anna"], "Cooking", "wanted", 1)
    scheduled(zoned, cora, now)
    lowest = min(pair.score for pair in run_of(armed()).proposals.all())
    assert lowest < 10000
    least = lowest // 100 + 1
    scheduled(zoned, cora, now + DAY, minimum_score=least)
    second = run_of(armed())
    assert (second.number, second.minimum_score) == (2, least * 100)
    assert {pair.score >= least * 100 for pair in second.proposals.all()} <= {True}
    assert second.pairs < 3 and second.is_proven


def test_no_pair_at_all_is_told_and_nothing_published(zoned, people, cora, now):
    for name in ("Anna", "Ben", "Cleo"):
        make.topic(people[name], "Cooking", "wanted", 1)
    scheduled(zoned, cora, now, publishes=True, minimum_score=100)
    run = run_of(armed())
    assert run.pairs == 0
    letter = Letter.objects.get(kind="matching.scheduled_run")
    assert "no pair reaches the lowest fit" in write(LETTERS[letter.kind], letter, now).text
    assert {row.code for row in run.unmatched.all()} == {"forbidden"}
    assert run.state == "review"


def test_a_run_that_failed_is_told(zoned, people, cora, now, monkeypatch):
    scheduled(zoned, cora, now)
    fire(armed())
    Enrolment.objects.filter(role="mentor").update(state="withdrawn")
    work_all()
    run = MatchRun.objects.get()
    assert run.state == "failed"
    letter = Letter.objects.get(kind="matching.scheduled_run")
    assert "It has no result" in write(LETTERS[letter.kind], letter, now).text


def test_while_another_run_is_at_work_it_passes_over(zoned, people, cora, now):
    scheduled(zoned, cora, now)
    actions.ask_for_run(zoned.cycles.get(), by=cora, now=now)
    fire(armed())
    assert MatchRun.objects.count() == 1
    assert Event.objects.filter(verb="schedule.passed_over").count() == 1
    assert Due.objects.armed().filter(kind="matching.scheduled_run").count() == 1


def test_a_run_somebody_asked_for_concludes_nothing(zoned, people, cora, now, work):
    scheduled(zoned, cora, now, publishes=True)
    run = work(zoned, cora, now)
    assert (run.state, Letter.objects.filter(kind__startswith="matching").count()) == ("review", 0)


def test_it_runs_in_the_name_of_somebody_who_coordinates_today(zoned, people, cora, otto, now):
    scheduled(zoned, cora, now)
    zoned.roles.filter(person=cora).update(ended_at=now)
    fire(armed())
    assert MatchRun.objects.count() == 0
    ProgramRole.objects.create(program=zoned, person=otto, role="coordinator")
    run = run_of(armed())
    assert run.created_by == otto
    assert [letter.person for letter in Letter.objects.filter(kind="matching.scheduled_run")] == [otto]


def test_the_letter_is_for_those_who_coordinate_when_it_goes_out(zoned, people, cora, now):
    scheduled(zoned, cora, now)
    run_of(armed())
    letter = Letter.objects.get(kind="matching.scheduled_run")
    zoned.roles.filter(person=cora).update(ended_at=now)
    assert write(LETTERS[letter.kind], letter, now) is None


# People who join later


def test_a_later_run_leaves_offers_and_relationships_as_they_are(zoned, people, cora, now):
    """Anna and Dora have begun, Ben has an offer of Emil's; Cleo waits, Finn joins."""
    pair = make.relationship(program_=zoned, mentor=people["Dora"], mentee=people["Anna"])
    offer = make.proposal(zoned, people["Emil"], people["Ben"])
    finn = make.answered(make.person("Finn Example"))
    make.topic(finn, "Law", "wanted")
    make.enrolment(zoned, finn)
    before = list(Proposal.objects.filter(pk=offer.pk).values()), list(type(pair).objects.values())
    scheduled(zoned, cora, now, publishes=True)
    run = run_of(armed())
    assert {(pair.mentee, pair.mentor) for pair in run.proposals.all()} == {
        (people["Cleo"], people["Dora"]),
        (finn, people["Emil"]),
    }
    assert (list(Proposal.objects.filter(pk=offer.pk).values()), list(type(pair).objects.values())) == before
    assert {person["id"] for person in run.snapshot["mentees"]} == {
        people["Cleo"].public_id,
        finn.public_id,
    }
    assert {person["id"]: person["capacity"] for person in run.snapshot["mentors"]} == {
        people["Dora"].public_id: 1,
        people["Emil"].public_id: 1,
    }
    left = pool(zoned.cycles.get())
    assert (left.mentees, left.places) == ([], 0)


def test_of_two_runs_over_the_same_people_the_second_offers_nothing_twice(zoned, people, cora, now, work):
    first = work(zoned, cora, now)
    scheduled(zoned, cora, now, publishes=True)
    second = run_of(armed())
    assert second.state == "published"
    offered = {(pair.mentee, pair.mentor) for pair in second.proposals.all()}
    later = second.published_at + DAY
    with pytest.raises(actions.schedules.Refused):
        actions.publish(first, by=cora, now=later)
    waiting = Proposal.objects.waiting()
    assert {(pair.mentee, pair.mentor) for pair in waiting} == offered
    mentees = [pair.mentee for pair in waiting]
    assert len(mentees) == len(set(mentees))


# The page


@pytest.fixture
def page(client, cora, opened):
    client.force_login(cora)
    return reverse("matching:schedule", args=[opened.public_id])


FORM = {
    "weekday": "3",
    "at": "08:15",
    "every_weeks": "1",
    "minimum_score": "50",
    "minimum_share": "60",
    "publishes": "yes",
}


def test_it_is_set_changed_and_stopped_from_the_page(client, page, opened):
    assert client.get(page).status_code == 200
    response = client.post(page, FORM, follow=True)
    html = response.content.decode()
    assert "Saved. The next run begins on Thursday" in html
    schedule = RunSchedule.objects.get()
    assert (schedule.weekday, schedule.at, schedule.every_weeks) == (3, time(8, 15), 1)
    assert (schedule.minimum_score, schedule.minimum_share, schedule.publishes) == (50, 60, True)
    assert 'value="08:15"' in html and "Published by itself" in html
    assert (
        "Every week, Thursday at 08:15 in"
        in client.get(reverse("matching:index", args=[opened.public_id])).content.decode()
    )
    stopping = reverse("matching:schedule_stopping", args=[opened.public_id])
    assert "No run begins by itself any more." in client.post(stopping, follow=True).content.decode()
    assert "It was stopped already." in client.post(stopping, follow=True).content.decode()


def test_without_a_schedule_there_is_nothing_to_stop(client, page, opened):
    assert client.post(reverse("matching:schedule_stopping", args=[opened.public_id])).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"weekday": "7"},
        {"weekday": ""},
        {"at": "25:00"},
        {"at": "\0"},
        {"every_weeks": "0"},
        {"every_weeks": "9" * 30},
        {"minimum_score": "101"},
        {"minimum_score": "-1"},
        {"minimum_share": "101"},
        {"minimum_share": "NaN"},
        {"publishes": "perhaps"},
    ],
)
def test_a_wrong_answer_is_told_beside_its_field_and_nothing_is_lost(client, page, wrong):
    response = client.post(page, FORM | wrong)
    html = response.content.decode()
    assert response.status_code == 422
    assert "There is a problem" in html
    assert RunSchedule.objects.count() == 0
    assert "at" in wrong or 'value="08:15"' in html


def test_peers_are_matched_by_a_schedule_too(cora, now):
    peers = make.open_program(cora, now=now, template="peers")
    people = [make.answered(make.person()) for _ in range(5)]
    for person in people:
        make.enrolment(peers, person, "peer")
    scheduled(peers, cora, now, publishes=True, minimum_share=80)
    run = run_of(armed())
    assert (run.state, run.pairs) == ("published", 2)
    scheduled(peers, cora, now + DAY)
    fire(armed())
    assert MatchRun.objects.count() == 1  # the fifth has nobody to be paired with
