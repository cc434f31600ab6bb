"""Letting people choose: lists that are fair, ranks that count, and nobody who reads them but their owner."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from activity import jobs
from activity.models import Due, Event, Job, Letter
from activity.writing import write
from matching import actions
from matching.choices import lists
from matching.jobs import JOBS
from matching.models import Shortlist, ShortlistEntry
from matching.snapshot import question
from matching.stages import Refused
from mentorship.clockwork import DUES, LETTERS
from people.models import Exclusion
from programs.models import Enrolment, Program
from tests import make

DAY = timedelta(days=1)


@pytest.fixture
def choose(opened, cora, now):
    """The coordinator opens the lists, and the worker makes them."""

    def choose(*, shown=3, days=8, both=False, at=None):
        job = actions.ask_for_shortlists(
            opened.cycles.get(), shown=shown, days=days, both=both, by=cora, now=at or now
        )
        state = jobs.run_claimed(jobs.claim(job, JOBS), JOBS)
        job.refresh_from_db()
        return state, job

    return choose


@pytest.fixture
def lists_open(people, choose):
    return choose()


def list_of(person):
    return Shortlist.objects.with_people().get(enrolment__person=person)


def names(shortlist):
    return [entry.enrolment.person.short_name for entry in shortlist.entries.all()]


def rank(shortlist, now, **ranks):
    """By short name of who stands on the list."""
    found = {entry.enrolment.person.short_name: entry.pk for entry in shortlist.entries.all()}
    return actions.rank(
        shortlist, {found[name]: n for name, n in ranks.items()}, by=shortlist.enrolment.person, now=now
    )


def fire(kind, *, late=timedelta()):
    for due in Due.objects.armed().filter(kind=f"matching.{kind}"):
        DUES[due.kind].act(due, due.due_at + late)
        Due.objects.armed().filter(pk=due.pk).update(state="fired")


# Making the lists


def test_each_mentee_gets_a_list_and_a_letter(lists_open, people, now, opened, cora):
    state, job = lists_open
    assert (state, job.result) == ("done", {"lists": 3})
    assert {person: names(list_of(people[person])) for person in ("Anna", "Ben", "Cleo")} == {
        person: ["Dora", "Emil"] for person in ("Anna", "Ben", "Cleo")
    }
    letters = Letter.objects.filter(kind="matching.shortlist")
    assert {letter.person for letter in letters} == {people[name] for name in ("Anna", "Ben", "Cleo")}
    assert {letter.not_after for letter in letters} == set(
        Shortlist.objects.values_list("closes_at", flat=True)
    )
    opened_event = Event.objects.get(verb="shortlists.opened")
    assert (opened_event.by, opened_event.details) == (
        cora,
        {"mentees": 3, "mentors": 0, "fewer_by_rules": 3, "fewer_by_places": 0, "nobody": 0},
    )


def test_a_popular_mentor_is_not_on_every_list(opened, now):
    """Nine mentees want what one mentor with one place offers; she stands on three lists."""
    star = make.answered(make.person("Star Mentor"))
    make.topic(star, "Law", "offered")
    make.enrolment(opened, star, "mentor", capacity=1)
    for _ in range(9):
        make.topic(wanting := make.answered(make.person()), "Law", "wanted")
        make.enrolment(opened, wanting)
        make.topic(other := make.answered(make.person()), "Cooking", "offered")
        make.enrolment(opened, other, "mentor", capacity=1)
    _people, asked = question(opened.cycles.get(), now)
    made = lists(asked, 3)
    assert sum(star.public_id in [mentor for mentor, _ in shown] for shown in made.of_mentees.values()) == 3
    assert {len(shown) for shown in made.of_mentees.values()} == {3}
    on = [mentor for shown in made.of_mentees.values() for mentor, _ in shown]
    assert max(map(on.count, on)) == 3


def test_the_hard_rules_hold_and_the_reason_for_fewer_is_told(opened, now):
    boss, other = (make.answered(make.person(name)) for name in ("Boss Mentor", "Other Mentor"))
    for mentor in (boss, other):
        make.enrolment(opened, mentor, "mentor", capacity=1)
    mentees = [make.answered(make.person()) for _ in range(4)]
    for mentee in mentees:
        make.enrolment(opened, mentee)
    make.reports_to(mentees[0], boss)
    _people, asked = question(opened.cycles.get(), now)
    made = lists(asked, 2)
    assert [mentor for mentor, _ in made.of_mentees[mentees[0].public_id]] == [other.public_id]
    # Two places twice make four entries for four mentees who could have two each.
    assert sum(len(shown) for shown in made.of_mentees.values()) == 4
    assert made.fewer["rules"] == 1
    assert made.fewer["places"] == sum(
        len(made.of_mentees.get(mentee.public_id, ())) < 2 for mentee in mentees[1:]
    )


def test_facts_on_a_list_are_common_ground_alone(lists_open, people):
    codes = {fact["code"] for entry in ShortlistEntry.objects.all() for fact in entry.facts}
    assert codes <= {
        "shared_values",
        "close_style",
        "both_high",
        "shared_interests",
        "topics_covered",
        "shared_time",
    }
    anna = list_of(people["Anna"]).entries.get(enrolment__person=people["Dora"])
    assert "topics_covered" in {fact["code"] for fact in anna.facts}


def test_who_is_locked_in_a_pair_has_no_choice_to_make(people, opened, cora, now):
    _people, asked = question(opened.cycles.get(), now)
    anna, dora = people["Anna"].public_id, people["Dora"].public_id
    made = lists({**asked, "locked": [[anna, dora]]}, 3)
    assert anna not in made.of_mentees
    assert sum(dora in [mentor for mentor, _ in shown] for shown in made.of_mentees.values()) <= 3


def test_without_anybody_possible_there_are_no_lists_and_no_letters(opened, theo, mira, choose):
    make.enrolment(opened, theo)
    make.enrolment(opened, mira, "mentor")
    make.reports_to(theo, mira)
    state, job = choose()
    assert state == "failed" and "nobody to choose from" in job.error
    assert (Shortlist.objects.count(), Letter.objects.filter(kind__startswith="matching").count()) == (0, 0)


def test_asked_for_twice_is_one_job_and_open_lists_stand(opened, people, cora, now, choose):
    cycle = opened.cycles.get()
    given = {"shown": 3, "days": 8, "both": False, "by": cora, "now": now}
    assert actions.ask_for_shortlists(cycle, **given) == actions.ask_for_shortlists(cycle, **given)
    assert Job.objects.filter(kind="matching.shortlists").count() == 1
    choose()
    with pytest.raises(Refused, match="open already"):
        actions.ask_for_shortlists(cycle, **given)


def test_only_coordinators_of_an_open_program_open_and_close(opened, people, cast, cora, now):
    cycle = opened.cycles.get()
    for name, person in cast.items():
        if name != "cora":
            with pytest.raises(PermissionDenied):
                actions.ask_for_shortlists(cycle, shown=3, days=8, both=False, by=person, now=now)
            with pytest.raises(PermissionDenied):
                actions.close_shortlists(cycle, by=person, now=now)
    assert Job.objects.count() == 0


def test_with_nobody_to_match_it_says_why(opened, cora, now):
    with pytest.raises(Refused, match="at least one mentee and one mentor"):
        actions.ask_for_shortlists(opened.cycles.get(), shown=3, days=8, both=False, by=cora, now=now)


# Both sides


def test_mentors_rank_those_who_may_choose_them(people, choose, opened):
    choose(both=True)
    assert names(list_of(people["Dora"])) == ["Anna", "Ben", "Cleo"]
    on_lists = {
        (entry.shortlist.enrolment.person, entry.enrolment.person)
        for entry in ShortlistEntry.objects.filter(shortlist__enrolment__role="mentee")
    }
    turned = {
        (entry.enrolment.person, entry.shortlist.enrolment.person)
        for entry in ShortlistEntry.objects.filter(shortlist__enrolment__role="mentor")
    }
    assert turned == on_lists
    assert Program.objects.get(pk=opened.pk).rules["both_sides_choose"] is True


# Ranking


def test_ranks_are_part_of_the_question_and_count_for_the_pair(lists_open, people, opened, now):
    rank(list_of(people["Anna"]), now, Emil=1, Dora=2)
    rank(list_of(people["Ben"]), now, Emil=1, Dora=1)
    _people, asked = question(opened.cycles.get(), now)
    chosen = {person["id"]: person.get("chosen") for person in asked["mentees"]}
    dora, emil = people["Dora"].public_id, people["Emil"].public_id
    assert chosen == {
        people["Anna"].public_id: {dora: 2, emil: 1},
        people["Ben"].public_id: {dora: 1, emil: 1},
        people["Cleo"].public_id: None,
    }


def test_a_first_choice_is_got_where_topics_alone_would_say_otherwise(
    people, opened, cora, now, choose, work
):
    make.topic(people["Emil"], "Budgets", "offered")
    choose()
    rank(list_of(people["Anna"]), now, Emil=1)
    run = work(opened, cora, now)
    pair = next(pair for pair in run.proposals.all() if pair.mentee == people["Anna"])
    assert pair.mentor == people["Emil"]
    chosen = [fact for fact in pair.evidence["facts"] if fact["code"] == "chosen"]
    assert [fact["details"] for fact in chosen] == [{"by": "mentee", "rank": 1}]


def test_only_who_ranked_reads_it_in_the_offer(people, opened, cora, now, choose, work, client):
    make.topic(people["Emil"], "Budgets", "offered")
    choose(both=True)
    rank(list_of(people["Anna"]), now, Emil=1)
    rank(list_of(people["Emil"]), now, Ben=1)
    run = work(opened, cora, now)
    actions.publish(run, by=cora, now=now - DAY)
    offer = next(pair for pair in run.proposals.all() if pair.mentee == people["Anna"])
    pages = {}
    for name in ("Anna", "Emil"):
        client.force_login(people[name])
        pages[name] = client.get(reverse("matching:offer", args=[offer.public_id])).content.decode()
    assert "You ranked Emil Example first." in pages["Anna"]
    assert "ranked" not in pages["Emil"] and "choice" not in pages["Emil"]
    for letter in Letter.objects.filter(
        kind__startswith="matching.offer", about=f"matching.proposal:{offer.pk}"
    ):
        written = write(LETTERS[letter.kind], letter, now)
        assert "ranked" not in written.text and "ranked" not in written.html


def test_the_coordinator_sees_the_rank_that_a_pair_got(people, opened, cora, now, choose, work, client):
    make.topic(people["Emil"], "Budgets", "offered")
    choose()
    rank(list_of(people["Anna"]), now, Emil=1)
    run = work(opened, cora, now)
    pair = next(pair for pair in run.proposals.all() if pair.mentee == people["Anna"])
    client.force_login(cora)
    page = client.get(reverse("matching:details", args=[opened.public_id, run.number, pair.public_id]))
    assert "The mentee&#x27;s first choice." in page.content.decode()


def test_none_of_them_is_a_wish_that_holds(lists_open, people, opened, now, cora, work):
    anna = list_of(people["Anna"])
    actions.rank(anna, {}, nobody=True, by=people["Anna"], now=now)
    run = work(opened, cora, now)
    assert people["Anna"] not in [pair.mentee for pair in run.proposals.all()]
    lonely = run.unmatched.get(enrolment__person=people["Anna"])
    assert lonely.details["blocked_by"] == [["excluded", 2]]


def test_it_can_be_said_again_until_it_closes(lists_open, people, opened, now):
    anna = list_of(people["Anna"])
    actions.rank(anna, {}, nobody=True, by=people["Anna"], now=now)
    rank(anna, now + DAY, Dora=1)
    assert {entry.rank for entry in anna.entries.all()} == {1, None}
    closes_at = anna.closes_at
    with pytest.raises(Refused, match="closed"):
        rank(anna, closes_at, Emil=1)
    assert sorted(anna.entries.values_list("enrolment__person__full_name", "rank")) == [
        ("Dora Example", 1),
        ("Emil Example", None),
    ]


def test_nobody_else_ranks_for_somebody(lists_open, people, cast, now):
    anna = list_of(people["Anna"])
    for person in [*cast.values(), people["Ben"], people["Dora"]]:
        with pytest.raises(PermissionDenied):
            actions.rank(anna, {}, by=person, now=now)
    anna.refresh_from_db()
    assert anna.answered_at is None


def test_a_newer_answer_replaces_the_older_one_and_silence_does_not(
    lists_open, people, opened, cora, now, choose
):
    rank(list_of(people["Anna"]), now, Emil=1)
    rank(list_of(people["Ben"]), now, Emil=1)
    actions.close_shortlists(opened.cycles.get(), by=cora, now=now + DAY)
    choose(at=now + 2 * DAY)
    rank(Shortlist.objects.not_closed().get(enrolment__person=people["Anna"]), now + 2 * DAY, Dora=2)
    _people, asked = question(opened.cycles.get(), now + 3 * DAY)
    chosen = {person["id"]: person.get("chosen") for person in asked["mentees"]}
    assert chosen[people["Anna"].public_id] == {people["Dora"].public_id: 2}
    assert chosen[people["Ben"].public_id] == {people["Emil"].public_id: 1}


def test_ranking_tells_the_program_nothing_of_whom_or_who(lists_open, people, opened, now):
    rank(list_of(people["Anna"]), now, Emil=1)
    told = Event.objects.get(verb="shortlist.ranked")
    assert (told.scope, told.details) == ("", {})


# The clock


def test_half_way_who_has_not_answered_is_reminded_once(lists_open, people, now):
    rank(list_of(people["Anna"]), now, Emil=1)
    Enrolment.objects.filter(person=people["Cleo"]).update(state="withdrawn")
    due = Due.objects.get(kind="matching.shortlist_reminder")
    assert due.due_at == list_of(people["Anna"]).opened_at + 4 * DAY
    for _ in range(3):
        DUES[due.kind].act(due, due.due_at)
    assert [letter.person for letter in Letter.objects.filter(kind="matching.shortlist_reminder")] == [
        people["Ben"]
    ]


def test_at_its_time_everything_closes_and_what_was_ranked_stays(lists_open, people, opened, now):
    rank(list_of(people["Anna"]), now, Emil=1)
    DUES["matching.shortlists_close"].act(
        due := Due.objects.get(kind="matching.shortlists_close"), due.due_at - DAY
    )
    assert Shortlist.objects.not_closed().count() == 3
    for _ in range(3):
        DUES[due.kind].act(due, due.due_at)
    assert set(Shortlist.objects.values_list("state", flat=True)) == {"closed"}
    assert Event.objects.get(verb="shortlists.closed").details == {"lists": 3, "answered": 1}
    assert not Due.objects.armed().filter(kind="matching.shortlist_reminder").exists()
    _people, asked = question(opened.cycles.get(), now + 9 * DAY)
    assert sum("chosen" in person for person in asked["mentees"]) == 1


def test_a_letter_is_not_sent_once_it_is_not_true(lists_open, people, opened, cora, now):
    anna, ben, cleo = (
        Letter.objects.get(kind="matching.shortlist", person=people[name]) for name in ("Anna", "Ben", "Cleo")
    )
    written = write(LETTERS["matching.shortlist"], anna, now)
    assert written.subject.startswith("Whom would you like as your mentor?")
    assert "2 people would fit well" in written.text
    assert not any(name in written.text for name in ("Dora", "Emil"))
    rank(list_of(people["Anna"]), now, Emil=1)
    Enrolment.objects.filter(person=people["Ben"]).update(state="withdrawn")
    assert write(LETTERS["matching.shortlist"], anna, now) is None
    assert write(LETTERS["matching.shortlist"], ben, now) is None
    actions.close_shortlists(opened.cycles.get(), by=cora, now=now)
    assert write(LETTERS["matching.shortlist"], cleo, now) is None


# The page of a list


@pytest.fixture
def page(client, lists_open, people, cora):
    """What somebody finds at the list of somebody."""

    def page(whose, who, data=None):
        client.force_login(who)
        url = list_of(people[whose]).get_absolute_url()
        return client.get(url) if data is None else client.post(url, data)

    return page


def field(name):
    return f"rank_{Enrolment.objects.get(person__full_name=f'{name} Example').public_id}"


def test_the_owner_sees_who_and_why_and_nobody_else_sees_anything(page, people, cast):
    html = page("Anna", people["Anna"]).content.decode()
    assert "Dora Example" in html and "Covers 1 of 1 topic: budgets." in html
    assert "Cleo" not in html and "Ben Example" not in html
    for person in [*cast.values(), people["Ben"], people["Dora"]]:
        assert page("Anna", person).status_code == 404
        assert page("Anna", person, {field("Dora"): "1"}).status_code == 404
    assert not Shortlist.objects.filter(answered_at__isnull=False).exists()


def test_no_score_stands_on_it(page, people):
    html = page("Anna", people["Anna"]).content.decode()
    assert "Fit" not in html and "score" not in html.lower()


def test_what_was_chosen_is_kept_and_shown_again(page, people):
    response = page("Anna", people["Anna"], {field("Emil"): "1", field("Dora"): "1"})
    assert (response.status_code, response.url) == (303, list_of(people["Anna"]).get_absolute_url())
    assert {entry.rank for entry in list_of(people["Anna"]).entries.all()} == {1}
    assert page("Anna", people["Anna"]).content.decode().count("checked") == 2
    page("Anna", people["Anna"], {field("Dora"): "", field("Emil"): "2"})
    assert [entry.rank for entry in list_of(people["Anna"]).entries.all()] == [None, 2]


@pytest.mark.parametrize("rank", ["0", "3", "-1", "first", "99999999999999999999", "\0"])
def test_a_rank_that_does_not_exist_is_refused_beside_the_field(page, people, rank):
    response = page("Anna", people["Anna"], {field("Emil"): rank, field("Dora"): "1"})
    assert response.status_code == 422
    assert "There is a problem" in response.content.decode()
    assert list_of(people["Anna"]).answered_at is None


def test_nobody_and_somebody_contradict_each_other(page, people):
    response = page("Anna", people["Anna"], {field("Emil"): "1", "nobody": "on"})
    assert response.status_code == 422
    assert "You have ranked somebody." in response.content.decode()
    assert page("Anna", people["Anna"], {"nobody": "on"}).status_code == 303
    assert {entry.rank for entry in list_of(people["Anna"]).entries.all()} == {0}


def test_who_leaves_or_is_kept_apart_disappears(page, people, now):
    Enrolment.objects.filter(person=people["Dora"]).update(state="withdrawn")
    html = page("Anna", people["Anna"]).content.decode()
    assert "Dora" not in html and "Emil Example" in html
    Exclusion.objects.create(author=people["Emil"], other=people["Anna"], since=now - DAY, kind="safety")
    html = page("Anna", people["Anna"]).content.decode()
    assert "Emil" not in html and "Nobody is on your list any more" in html
    assert "Emil Example" in page("Ben", people["Ben"]).content.decode()


def test_a_stale_page_of_a_closed_list_changes_nothing(page, people, opened, cora, now):
    page("Anna", people["Anna"], {field("Emil"): "1"})
    actions.close_shortlists(opened.cycles.get(), by=cora, now=now)
    page("Anna", people["Anna"], {field("Emil"): "2"})
    html = page("Anna", people["Anna"]).content.decode()
    assert "This list is closed" in html and "Emil Example" in html
    assert [entry.rank for entry in list_of(people["Anna"]).entries.all()] == [None, 1]


def test_the_page_asks_the_same_of_the_database_for_two_and_for_thirty(
    page, client, people, opened, django_assert_num_queries
):
    page("Anna", people["Anna"])
    anna = list_of(people["Anna"])
    with django_assert_num_queries(7):
        client.get(anna.get_absolute_url())
    for n in range(3, 31):
        other = make.enrolment(opened, make.answered(make.person()), "mentor")
        ShortlistEntry.objects.create(shortlist=anna, enrolment=other, position=n)
    with django_assert_num_queries(7):
        assert client.get(anna.get_absolute_url()).content.decode().count("<fieldset") == 30


# The coordinator's page


@pytest.fixture
def coordinator(client, cora, opened):
    client.force_login(cora)
    return reverse("matching:shortlists", args=[opened.public_id])


def test_the_coordinator_opens_the_lists_from_the_page(client, coordinator, people, opened):
    page = client.get(coordinator).content.decode()
    assert 'name="shown" value="3"' in page.replace("\n", " ") or "shown" in page
    response = client.post(coordinator, {"shown": "3", "days": "5", "both": "on"})
    job = Job.objects.get(kind="matching.shortlists")
    assert (response.status_code, response.url) == (303, reverse("job", args=[job.public_id]))
    assert job.data == {"shown": 3, "days": 5, "both": True}
    jobs.run_claimed(jobs.claim(job, JOBS), JOBS)
    done = client.get(response.url)
    assert (done.status_code, done.url) == (302, coordinator)
    page = client.get(coordinator).content.decode()
    assert "0 of 3 have answered" in page and "0 of 2 have answered" in page
    assert "3 mentees have fewer people to choose from, because the hard rules leave no more." in page
    assert not any(name in page for name in ("Anna", "Dora"))
    closing = client.post(reverse("matching:shortlists_closing", args=[opened.public_id]), follow=True)
    assert "Closed. What people have ranked counts in the next run." in closing.content.decode()
    again = client.post(reverse("matching:shortlists_closing", args=[opened.public_id]), follow=True)
    assert "No list was open any more." in again.content.decode()


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"shown": "1", "days": "5"},
        {"shown": "6", "days": "5"},
        {"shown": "3", "days": "0"},
        {"shown": "3", "days": "99999"},
        {"shown": "three", "days": "5"},
    ],
)
def test_bad_numbers_are_told_beside_the_field(client, coordinator, people, given):
    response = client.post(coordinator, given)
    assert response.status_code == 422
    assert "There is a problem" in response.content.decode()
    assert Job.objects.count() == 0


def test_opening_twice_is_refused_kindly(client, coordinator, people, choose):
    choose()
    response = client.post(coordinator, {"shown": "3", "days": "5"}, follow=True)
    assert "Lists are open already." in response.content.decode()
    assert Shortlist.objects.count() == 3


def test_counts_cost_the_same_however_many_lists_there_are(
    client, coordinator, people, opened, choose, django_assert_num_queries
):
    choose()
    client.get(coordinator)
    with django_assert_num_queries(8):
        client.get(coordinator)
    one = Shortlist.objects.first()
    for _ in range(50):
        Shortlist.objects.create(
            cycle=one.cycle,
            enrolment=make.enrolment(opened),
            opened_at=one.opened_at,
            closes_at=one.closes_at,
        )
    with django_assert_num_queries(8):
        assert "0 of 53 have answered" in client.get(coordinator).content.decode()


# Home


def test_home_asks_until_it_is_answered(client, lists_open, people, now):
    client.force_login(people["Anna"])
    assert "Say whom you would like as your mentor" in client.get(reverse("home")).content.decode()
    rank(list_of(people["Anna"]), now, Emil=1)
    assert "Say whom you would like" not in client.get(reverse("home")).content.decode()
