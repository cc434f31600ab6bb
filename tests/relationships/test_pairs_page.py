from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from activity.models import Letter
from relationships.models import Relationship
from tests import make
from tests.pages import text


@pytest.fixture
def today():
    return timezone.now()


def address(program, name="pairs"):
    return reverse(f"relationships:{name}", args=[program.public_id])


def show(client, person, program, **query):
    client.force_login(person)
    return client.get(address(program), query)


def met(program, today, days, **fields):
    return make.relationship(
        program_=program,
        stage="cultivation",
        cadence_days=14,
        activated_at=today - timedelta(days=100),
        last_met_at=today - timedelta(days=days) if days is not None else None,
        **fields,
    )


def test_only_the_programs_coordinators_see_it(client, cast, program):
    for name, person in cast.items():
        for page in ("pairs", "nudges"):
            client.force_login(person)
            status = client.get(address(program, page)).status_code
            assert (name, page, status) == (
                name,
                page,
                404 if name != "cora" else {"pairs": 200, "nudges": 303}[page],
            )


def test_an_empty_list_says_what_makes_pairs_appear(client, cora, program):
    page = text(show(client, cora, program))
    assert "No pair yet" in page and "publish a match" in page


def test_those_that_need_a_look_come_first_with_the_reason(client, cora, program, today):
    calm, late, very_late = met(program, today, 3), met(program, today, 25), met(program, today, 60)
    never = make.relationship(program_=program, activated_at=today - timedelta(days=22))
    fresh = make.relationship(program_=program, activated_at=today - timedelta(days=2))
    paused = met(program, today, 90, status="paused")
    over = met(program, today, 90, status="ended_early")

    rows = show(client, cora, program).context["rows"]
    assert [row.relationship for row in rows] == [very_late, late, never, calm, fresh, paused, over]
    assert [(row.signal.words, row.signal.tone) for row in rows] == [
        ("Check in", "bad"),
        ("Check in", "watch"),
        ("Check in", "bad"),
        ("On rhythm", "good"),
        ("Too early", ""),
        ("Paused", ""),
        ("Ended early", ""),
    ]
    assert rows[0].signal.reason == "They last met 60 days ago; their rhythm is 14 days."
    assert rows[2].signal.reason == "No first meeting yet, 22 days after they began."


def test_filters_and_their_counts_agree(client, cora, program, today):
    met(program, today, 3, next_meeting_at=today + timedelta(days=3))
    met(program, today, 30)
    met(program, today, 30, status="paused")
    met(program, today, 30, status="ended_early")
    make.relationship(program_=program, stage="redefinition")
    shown = show(client, cora, program).context["shown"]
    counts = {code: number for code, _words, number in shown}
    assert counts == {"": 5, "check-in": 1, "no-next": 1, "paused": 1, "finished": 1, "ended": 1}
    for code, number in counts.items():
        assert len(show(client, cora, program, show=code).context["rows"]) == number


def test_sorting_by_each_column_up_and_down(client, cora, program, today):
    first = met(program, today, 30, next_meeting_at=today + timedelta(days=9))
    second = met(program, today, 3, next_meeting_at=today + timedelta(days=3))
    never = make.relationship(program_=program, activated_at=today)
    for sort, order in {
        "met": [never, first, second],
        "-met": [second, first, never],
        "next": [second, first, never],
        "-next": [never, first, second],
        "stage": [never, first, second],
    }.items():
        assert [row.relationship for row in show(client, cora, program, sort=sort).context["rows"]] == order


@pytest.mark.parametrize(
    "query",
    [
        {"sort": "x"},
        {"show": "x"},
        {"page": "x"},
        {"page": "-5"},
        {"page": "9" * 40},
        {"after": "x"},
        {"sort": "\0", "show": "\0"},
    ],
)
def test_odd_queries_lead_to_the_first_page(client, cora, program, today, query):
    met(program, today, 3)
    assert show(client, cora, program, **query).status_code == 200


def test_an_empty_filter_can_be_cleared(client, cora, program, today):
    met(program, today, 3)
    assert "No pair matches this filter" in text(show(client, cora, program, show="paused"))


def test_pairs_of_another_program_are_not_in_it(client, cora, program, other_pair):
    assert "No pair yet" in text(show(client, cora, program))


def test_fifty_on_a_page_and_the_same_questions_for_one_and_for_many(
    client, cora, program, today, django_assert_num_queries
):
    met(program, today, 3)
    show(client, cora, program)
    with django_assert_num_queries(11):
        show_again = client.get(address(program))
    assert len(show_again.context["rows"]) == 1
    for n in range(54):
        met(program, today, n)
    with django_assert_num_queries(11):
        page = client.get(address(program))
    assert len(page.context["rows"]) == 50
    assert len(show(client, cora, program, page="2").context["rows"]) == 5


def test_nothing_the_pairs_wrote_is_in_the_list(client, cora, program, today):
    pair = met(program, today, 3)
    make.goal(pair, title="CANARY goal")
    make.agreement(pair, terms={"purpose": "CANARY purpose"})
    page = show(client, cora, program)
    assert "CANARY" not in page.content.decode()
    assert page.context["rows"][0].goals == 1


# Nudging


def test_the_letter_is_shown_before_it_goes_out(client, cora, program, today):
    pair, other = met(program, today, 60), met(program, today, 70)
    client.force_login(cora)
    chosen = {"pair": [pair.public_id, other.public_id]}
    page = client.get(address(program, "nudges"), chosen)
    assert "Cora asks how it is going" in text(page) and "Send 4 letters" in text(page)
    assert Letter.objects.count() == 0

    response = client.post(address(program, "nudges"), chosen)
    assert response.status_code == 303
    assert Letter.objects.filter(kind="relationships.nudge").count() == 4
    listed = text(client.get(response.url))
    assert "2 pairs nudged." in listed and listed.count("Nudged today") == 2


def test_sending_twice_sends_once(client, cora, program, today):
    pair = met(program, today, 60)
    client.force_login(cora)
    for _n in range(2):
        assert client.post(address(program, "nudges"), {"pair": pair.public_id}).status_code == 303
    assert Letter.objects.filter(kind="relationships.nudge").count() == 2


def test_who_is_not_meeting_or_elsewhere_is_left_out(client, cora, program, today, other_pair):
    pair, paused = met(program, today, 60), met(program, today, 60, status="paused")
    own = make.relationship(program_=program, mentor=cora, mentee=make.person())
    client.force_login(cora)
    every = [one.public_id for one in (pair, paused, own, other_pair)] + [
        "",
        "zzzzzzzz",
        "\0",
        "é",
        "x" * 999,
    ]
    assert "Send 2 letters" in text(client.get(address(program, "nudges"), {"pair": every}))
    client.post(address(program, "nudges"), {"pair": every})
    readers = set(Letter.objects.values_list("person", flat=True))
    assert readers == {person.pk for person in Relationship.objects.with_people().get(pk=pair.pk).people}


def test_without_a_choice_one_is_sent_back(client, cora, program, today):
    met(program, today, 60)
    client.force_login(cora)
    response = client.get(address(program, "nudges"))
    assert "Choose at least one pair" in text(client.get(response.url))


# One's own


def test_ones_own_relationships_now_and_before(client, program, mira, theo, otto):
    now = make.relationship(program_=program, mentor=mira, mentee=theo)
    before = make.relationship(program_=program, mentor=mira, status="ended_early")
    client.force_login(mira)
    page = text(client.get(reverse("relationships:mine")))
    assert now.public_id in page and before.public_id in page and "You and Theo" in page
    client.force_login(otto)
    assert "No relationship yet" in text(client.get(reverse("relationships:mine")))


def test_ones_own_list_asks_the_same_however_many_there_are(client, program, mira, django_assert_num_queries):
    for number in (1, 3):
        while Relationship.objects.of_member(mira).count() < number:
            make.relationship(program_=program, mentor=mira)
        client.force_login(mira)
        client.get(reverse("relationships:mine"))
        with django_assert_num_queries(7):
            client.get(reverse("relationships:mine"))
