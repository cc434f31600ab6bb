"""The tags as templates use them."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.template import Context, RequestContext, Template
from django.utils import timezone

from core import forms
from core.charts import Part, Stack
from core.forms import forms as django_forms
from core.pages import Page
from core.seen_by import SeenBy

NOW = datetime(2026, 10, 12, 9, 0, tzinfo=UTC)
THURSDAY = datetime(2026, 10, 15, 13, 0, tzinfo=UTC)
AMARA = SimpleNamespace(full_name="Amara Osei", short_name="Amara", zone="Europe/London")
INGRID = SimpleNamespace(full_name="Ingrid Solheim", short_name="Ingrid", zone="Europe/Oslo")


@pytest.fixture(autouse=True)
def on_monday():
    with time_machine.travel(NOW, tick=False), timezone.override(ZoneInfo("Europe/London")):
        yield


def render(source: str, *, request=None, **context) -> str:
    return Template(source).render(RequestContext(request, context) if request else Context(context))


def test_a_moment_is_told_on_the_clock_of_its_reader():
    moment = datetime(2026, 10, 15, 13, 0, tzinfo=UTC)
    assert render("{% local_time moment %}", moment=moment) == (
        '<time datetime="2026-10-15T14:00+01:00">Thursday 15 October, 14:00</time>'
    )
    assert render('{% local_time moment "time" %}', moment=moment) == (
        '<time datetime="2026-10-15T14:00+01:00">14:00</time>'
    )
    assert render("{% local_time moment %}", moment=None) == ""


def test_a_day_is_told_by_its_date():
    assert render("{% day d %}", d=date(2026, 10, 15)) == '<time datetime="2026-10-15">15 October</time>'
    assert (
        render('{% day d "short" %}', d=date(2027, 2, 7)) == '<time datetime="2027-02-07">7 Feb 2027</time>'
    )
    assert render("{% day d %}", d=None) == ""


def test_the_day_of_a_moment_is_that_of_its_reader():
    late = datetime(2026, 10, 14, 23, 30, tzinfo=UTC)
    assert render("{% day d %}", d=late) == '<time datetime="2026-10-15">15 October</time>'


def test_both_clocks_are_told_the_readers_first():
    html = render(
        "{% both_times moment me her 45 %}",
        moment=datetime(2026, 10, 15, 13, tzinfo=UTC),
        me=AMARA,
        her=INGRID,
    )
    assert html == (
        '<b><time datetime="2026-10-15T14:00+01:00">Thursday 15 October, 14:00 to 14:45</time></b>'
        " your time<br>"
        '<span class="sub">15:00 for Ingrid in Oslo.</span>'
    )


def test_the_other_day_is_named_when_it_is_another():
    her = SimpleNamespace(full_name="Moana", short_name="Moana", zone="Pacific/Auckland")
    html = render("{% both_times moment me her %}", moment=THURSDAY, me=AMARA, her=her)
    assert "Friday 16 October, 02:00 for Moana in Auckland." in html


def test_one_clock_is_told_once():
    other = SimpleNamespace(full_name="Ben", short_name="Ben", zone="Europe/Lisbon")
    html = render(
        "{% both_times moment me her %}", moment=datetime(2026, 10, 15, 13, tzinfo=UTC), me=AMARA, her=other
    )
    assert html == '<b><time datetime="2026-10-15T14:00+01:00">Thursday 15 October, 14:00</time></b>'


def test_a_change_of_clocks_is_told_only_if_it_changes_the_difference():
    new_york = SimpleNamespace(full_name="Kim", short_name="Kim", zone="America/New_York")
    between = datetime(2026, 10, 28, 14, tzinfo=UTC)  # London has changed, New York not yet
    html = render("{% both_times moment me her %}", moment=between, me=AMARA, her=new_york)
    assert "Clocks change on 25 October; this is 14:00 for you and 10:00 for Kim on that day." in html
    after = datetime(2026, 11, 10, 14, tzinfo=UTC)
    assert "Clocks change" not in render(
        "{% both_times moment me her %}", moment=after, me=AMARA, her=new_york
    )
    with_oslo = render("{% both_times moment me her %}", moment=after, me=AMARA, her=INGRID)
    assert "Clocks change" not in with_oslo


@pytest.mark.parametrize(
    ("readers", "words", "drawing"),
    [
        ("me", "Only you can read this.", "M4"),
        ("pair", "You and Ingrid can read this. Coordinators and HR cannot.", "M2.5"),
        (SeenBy("Nobody yet.", private=True), "Nobody yet.", "M4"),
        ("Dana reads this.", "Dana reads this.", "M2.5"),
    ],
)
def test_who_can_read_it_is_said_in_a_sentence(readers, words, drawing):
    html = render('{% seen_by readers "Ingrid" %}', readers=readers)
    assert f"<span>{words}</span>" in html
    assert drawing in html


def test_a_sentence_of_ones_own_may_hold_a_percent_sign():
    assert "100% yours" in render("{% seen_by words %}", words="100% yours")


def test_a_chart_draws_itself_by_its_kind():
    assert 'class="bar bar-l"' in render(
        "{% chart c %}", c=Stack(id="g", title="G", parts=[Part("A", 1, "good")])
    )


# Sorting, filters and pages keep each other


def test_a_heading_sorts_and_turns_round(rf):
    up = render('{% sort_link "met" "Last met" %}', request=rf.get("/pairs/?state=open&page=3"))
    assert up == '<th scope="col" role="columnheader"><a href="?state=open&amp;sort=met">Last met</a></th>'
    down = render('{% sort_link "met" "Last met" %}', request=rf.get("/pairs/?sort=met"))
    assert (
        down
        == '<th scope="col" role="columnheader" aria-sort="ascending"><a href="?sort=-met">Last met</a></th>'
    )
    again = render('{% sort_link "met" "Last met" %}', request=rf.get("/pairs/?sort=-met"))
    assert (
        again
        == '<th scope="col" role="columnheader" aria-sort="descending"><a href="?sort=met">Last met</a></th>'
    )


def test_the_order_that_holds_without_asking_is_marked(rf):
    html = render('{% sort_link "met" "Last met" default="-met" %}', request=rf.get("/pairs/"))
    assert 'aria-sort="descending"' in html
    assert 'href="?sort=met"' in html


def test_filters_mark_the_one_in_force_and_keep_the_order(rf):
    html = render(
        '{% filters "signal" "Filter pairs" choices %}',
        choices=[("", "All", 22), ("check", "Check in", 3)],
        request=rf.get("/pairs/?signal=check&sort=met&page=2"),
    )
    assert '<nav class="filters" aria-label="Filter pairs">' in html
    assert '<a href="?sort=met">All <span class="num">22</span></a>' in html
    assert (
        '<a href="?sort=met&amp;signal=check" aria-current="true">Check in <span class="num">3</span></a>'
        in html
    )


def test_pages_say_where_one_is_and_keep_the_filter(rf):
    html = render(
        '{% pager page "Pages of pairs" %}',
        page=Page(list(range(50)), 214, 2, 5, 50),
        request=rf.get("/pairs/?signal=check"),
    )
    assert "51 to 100 of 214" in html
    assert 'href="?signal=check&amp;page=2" aria-current="page"' in html
    assert html.count("<a ") == 5


def test_one_page_needs_no_pager(rf):
    assert render("{% pager page %}", page=Page([1, 2], 2), request=rf.get("/")).strip() == ""


def test_pages_without_a_count_lead_on_and_back(rf):
    page = Page(list(range(50)), None, before="abc", after="def")
    html = render("{% pager page %}", page=page, request=rf.get("/log/?page=3"))
    assert "50 of more than 1,000" in html
    assert 'href="?before=abc"' in html
    assert 'href="?after=def"' in html


# What went wrong


class Two(forms.Form):
    name = django_forms.CharField()
    role = forms.OneOf(choices=[("a", "A"), ("b", "B")])

    def clean(self):
        raise django_forms.ValidationError("The two do not go together.")


def test_the_summary_leads_to_each_field():
    html = render("{% error_summary form %}", form=Two({}))
    assert '<div class="errors" role="alert" tabindex="-1" autofocus aria-labelledby="problems">' in html
    assert "<li>The two do not go together.</li>" in html
    assert '<a href="#id_name">Fill in “Name”.</a>' in html
    assert '<a href="#id_role_0">Choose an answer to “Role”.</a>' in html


def test_there_is_no_summary_without_problems():
    assert render("{% error_summary form %}", form=Two()).strip() == ""
    assert render("{% error_summary %}").strip() == ""


def test_the_summary_takes_several_forms_and_sets_of_forms():
    class One(forms.Form):
        day = forms.DateField()

    many = django_forms.formset_factory(One, extra=2, min_num=2, validate_min=True)
    data = {"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "0", "form-0-day": "soon", "form-1-day": ""}
    html = render("{% error_summary one many %}", one=One({"day": "never"}), many=many(data))
    assert html.count("Write the date like 15 October 2026") == 2
    assert 'href="#id_form-0-day"' in html
    assert "Please submit at least 2 forms." in html
