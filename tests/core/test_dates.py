from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from core.dates import city, combine, day_words, moment_words, next_clock_change, read_day

TODAY = date(2026, 10, 12)


@pytest.mark.parametrize(
    ("day", "style", "words"),
    [
        (date(2026, 10, 15), "", "15 October"),
        (date(2026, 10, 15), "long", "Thursday 15 October"),
        (date(2026, 10, 5), "short", "5 Oct"),
        (date(2027, 1, 1), "", "1 January 2027"),
        (date(2027, 1, 1), "long", "Friday 1 January 2027"),
        (date(2025, 12, 31), "short", "31 Dec 2025"),
    ],
)
def test_the_year_is_said_only_when_it_is_another(day, style, words):
    assert day_words(day, style, today=TODAY) == words


def test_a_moment_is_a_day_and_a_time_on_its_own_clock():
    moment = datetime(2026, 10, 15, 13, 0, tzinfo=UTC)
    assert (
        moment_words(moment.astimezone(ZoneInfo("Europe/London")), today=TODAY)
        == "Thursday 15 October, 14:00"
    )
    assert (
        moment_words(moment.astimezone(ZoneInfo("Asia/Tokyo")), today=TODAY) == "Thursday 15 October, 22:00"
    )


def test_months_have_their_names_in_the_language_of_the_reader():
    with translation.override("de"):
        assert day_words(date(2026, 10, 15), "long", today=TODAY) == "Donnerstag 15 Oktober"


@pytest.mark.parametrize(
    ("zone", "name"),
    [("Europe/Oslo", "Oslo"), ("America/Argentina/Buenos_Aires", "Buenos Aires"), ("UTC", "UTC")],
)
def test_a_zone_is_spoken_of_by_its_city(zone, name):
    assert city(zone) == name


@pytest.mark.parametrize(
    "text",
    [
        "2026-04-03",
        "2026/04/03",
        "2026.4.3",
        "3.4.2026",
        "03. 04. 2026",
        "3 April 2026",
        "3 Apr 2026",
        "3. april 2026",
        "April 3, 2026",
        "Apr. 3 2026",
        "April 3rd, 2026",
        "Friday 3 April 2026",
        "Friday, 3 April 2026",
        "  3   April  2026 ",
    ],
)
def test_a_date_is_read_in_whatever_way_it_is_clear(text):
    assert read_day(text) == date(2026, 4, 3)


@pytest.mark.parametrize(
    ("text", "day"), [("25/12/2026", 25), ("12/25/2026", 25), ("12/12/2026", 12), ("25-12-2026", 25)]
)
def test_with_strokes_a_date_is_read_if_it_can_be_read_in_one_way(text, day):
    assert read_day(text) == date(2026, 12, day)


def test_with_strokes_what_can_be_read_in_two_ways_is_asked_about():
    with pytest.raises(ValidationError) as refused:
        read_day("03/04/2026")
    assert refused.value.messages == [
        "This date can be read in two ways. Write the month as a word, for example 3 April 2026."
    ]


def test_months_are_read_in_the_language_of_the_reader_and_in_english():
    with translation.override("de"):
        assert read_day("3. März 2026") == read_day("3 March 2026") == date(2026, 3, 3)


@pytest.mark.parametrize("text", ["30 February 2026", "2026-13-01", "31.4.2026", "0/13/2026"])
def test_a_day_that_is_not_in_the_calendar_is_refused(text):
    with pytest.raises(ValidationError, match="There is no such day"):
        read_day(text)


@pytest.mark.parametrize("text", ["soon", "3 Apr", "April 2026", "3 Xyz 2026", "3 Ma 2026", "12", "-", "٣"])
def test_what_is_no_date_gets_an_example(text):
    with pytest.raises(ValidationError) as refused:
        read_day(text)
    assert refused.value.messages == ["Write the date like 15 October 2026 or 2026-10-15."]


def test_a_time_is_meant_on_the_clock_of_its_zone():
    moment = combine(date(2026, 7, 1), time(14), "Europe/Oslo")
    assert moment.astimezone(UTC) == datetime(2026, 7, 1, 12, tzinfo=UTC)


def test_an_hour_that_does_not_exist_is_refused_with_its_reason():
    with pytest.raises(ValidationError) as refused:
        combine(date(2026, 3, 29), time(2, 30), "Europe/Oslo")
    assert refused.value.messages[0].startswith("Clocks go forward on 29 March")
    assert "02:30 does not exist in Oslo" in refused.value.messages[0]


def test_of_an_hour_that_comes_twice_the_first_is_meant():
    moment = combine(date(2026, 10, 25), time(2, 30), "Europe/Oslo")
    assert moment.astimezone(UTC) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "change"),
    [
        ("Europe/London", date(2026, 10, 25)),
        ("America/New_York", date(2026, 11, 1)),
        ("Asia/Tokyo", None),
        ("Europe/Oslo", date(2026, 10, 25)),
    ],
)
def test_the_next_change_of_clocks_is_found(zone, change):
    start, end = datetime(2026, 10, 12, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC)
    assert next_clock_change(ZoneInfo(zone), start, end) == change


def test_no_change_is_found_before_it_comes():
    start, end = datetime(2026, 10, 12, tzinfo=UTC), datetime(2026, 10, 20, tzinfo=UTC)
    assert next_clock_change(ZoneInfo("Europe/London"), start, end) is None
