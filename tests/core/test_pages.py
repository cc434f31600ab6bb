"""Long lists: nothing shown twice, nothing passed over, and the same cost on every page."""

from datetime import timedelta

import pytest
from django.http import QueryDict

from core.pages import Page, page_of
from people.models import Topic, User
from tests import make as make_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def topics():
    def make(count):
        Topic.objects.bulk_create(Topic(name=f"Topic {n:05}") for n in range(count))
        return Topic.objects.all()

    return make


def names(page) -> list[str]:
    return [topic.name for topic in page]


def test_fifty_at_a_time_with_numbers(topics):
    page = page_of(topics(120), QueryDict("page=2"), order=["name"])
    assert names(page) == [f"Topic {n:05}" for n in range(50, 100)]
    assert (page.total, page.number, page.pages, page.words) == (120, 2, 3, "51 to 100 of 120")
    assert page.in_title == ", page 2 of 3"


def test_a_short_list_is_one_page_without_words(topics):
    page = page_of(topics(3), QueryDict(), order=["name"])
    assert (len(page), page.is_only_one, page.words, page.in_title) == (3, True, "", "")


def test_an_empty_list_is_a_page_as_well(topics):
    page = page_of(topics(0), QueryDict("page=4"), order=["name"])
    assert (names(page), page.total, page.pages) == ([], 0, 1)


@pytest.mark.parametrize(
    ("asked", "got"), [("0", 1), ("-1", 1), ("x", 1), ("99", 3), ("1e3", 1), ("9" * 30, 1), ("٣", 1)]
)
def test_a_page_that_is_not_there_leads_to_one_that_is(topics, asked, got):
    assert page_of(topics(120), {"page": asked}, order=["name"]).number == got


@pytest.mark.parametrize("order", [["name"], ["-name"], ["kind", "-name"]])
def test_beyond_the_count_one_walks_through_every_row_once_and_back(topics, order):
    rows = topics(1073)
    order = [name for name in order if name != "kind"] + ["pk"]
    expected = [row.name for row in rows.order_by(*order)]
    seen, query, turns = [], {}, 0
    while True:
        page = page_of(rows, query, order=order, size=100)
        assert page.total is None
        seen += names(page)
        turns += 1
        if not page.after:
            break
        query = {"after": page.after}
    assert (seen, turns) == (expected, 11)

    back = []
    while page.before:
        page = page_of(rows, {"before": page.before}, order=order, size=100)
        back = names(page) + back
    assert back == expected[:1000]


def test_a_row_that_is_added_meanwhile_moves_nothing(topics):
    rows = topics(1040)
    first = page_of(rows, {}, order=["name"], size=10)
    Topic.objects.create(name="Topic 00000a")
    second = page_of(rows, {"after": first.after}, order=["name"], size=10)
    assert names(second) == [f"Topic {n:05}" for n in range(10, 20)]


@pytest.mark.parametrize("key", ["", "x", "!!!", "WzEsMl0", "WzEsMl0:forged", "\0", "A" * 5000])
def test_a_mended_address_leads_to_the_first_page(topics, key):
    page = page_of(topics(1040), {"after": key}, order=["name", "pk"], size=10)
    assert names(page)[0] == "Topic 00000"
    assert page.before == ""


def test_a_key_of_another_list_leads_to_the_first_page(topics):
    rows = topics(1040)
    other = page_of(rows, {}, order=["name", "pk"], size=10)
    assert names(page_of(rows, {"after": other.after}, order=["pk"], size=10))[0] == "Topic 00000"


def test_moments_are_told_apart_to_the_last_microsecond():
    User.objects.bulk_create(
        User(full_name="One of many", created_at=make_rows.NOW + timedelta(microseconds=n))
        for n in range(1030)
    )
    rows = User.objects.all()
    first = page_of(rows, {}, order=["-created_at", "pk"], size=10)
    second = page_of(rows, {"after": first.after}, order=["-created_at", "pk"], size=10)
    assert [row.created_at.microsecond for row in second] == list(range(1019, 1009, -1))


@pytest.mark.parametrize("how_many", [3, 400])
def test_a_page_costs_two_queries_whatever_it_holds(topics, how_many, django_assert_num_queries):
    rows = topics(how_many)
    with django_assert_num_queries(2):
        page_of(rows, {"page": "2"}, order=["name"])


@pytest.mark.parametrize(
    ("number", "count", "near"),
    [
        (1, 1, [1]),
        (1, 5, [1, 2, 3, None, 5]),
        (3, 5, [1, 2, 3, 4, 5]),
        (10, 20, [1, None, 8, 9, 10, 11, 12, None, 20]),
        (20, 20, [1, None, 18, 19, 20]),
    ],
)
def test_the_pages_near_this_one_are_offered(number, count, near):
    assert Page([], 1000, number, count).near == near
