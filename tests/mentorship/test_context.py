"""The sidebar of each of the cast, and what it costs."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from activity import actions
from activity.models import Heartbeat
from mentorship.context import navigation, reader_of, sidebar, week_words
from mentorship.menus import Tie
from tests import make

TODAY = make.NOW.date()


def test_whoever_is_not_signed_in_sees_no_menu_and_asks_the_database_nothing(rf):
    request = rf.get("/nowhere/")
    request.user = AnonymousUser()
    assert sidebar(request).groups == []


def test_an_error_before_anybody_is_recognised_still_has_a_page(rf):
    assert sidebar(rf.get("/")).groups == []


def test_the_product_is_called_as_the_organisation_is(rf, db):
    assert navigation(rf.get("/"))["product"].name == "Mentorship"


def test_a_mentor_sees_the_mentee_by_the_name_that_is_used(pair, mira, theo):
    theo.called = "Mary Ann"
    theo.save()
    reader = reader_of(mira, "/home/", TODAY)
    assert reader.ties == (Tie(pair.public_id, "Mary Ann", as_mentor=True),)
    assert (reader.takes_part, reader.is_mentor, reader.coordinates) == (True, True, 0)


def test_a_mentee_sees_the_mentor_and_the_week_of_the_program(pair, theo):
    reader = reader_of(theo, "/home/", TODAY)
    assert reader.ties == (Tie(pair.public_id, "Mira", as_mentor=False),)
    assert not reader.is_mentor
    assert (reader.card.words, reader.card.sub) == ("Emerging Leaders", "Week 5 of 40")


def test_what_is_over_is_no_longer_in_the_menu(theo, mira, program):
    make.relationship(program_=program, mentor=mira, mentee=theo, status="ended_early")
    assert reader_of(theo, "/home/", TODAY).ties == ()


def test_a_stranger_sees_nothing_of_others(pair, otto):
    reader = reader_of(otto, f"/p/{pair.program.public_id}/", TODAY)
    assert (reader.ties, reader.program, reader.takes_part, reader.coordinates) == ((), None, False, 0)


def test_a_coordinator_sees_the_life_of_the_program(pair, cora):
    reader = reader_of(cora, f"/p/{pair.program.public_id}/people/", TODAY)
    facts = reader.program
    assert (facts.title, facts.state, facts.week) == ("Emerging Leaders", "running", "Week 5 of 40")
    assert (facts.participants, facts.pairs, facts.offers) == (2, 1, 0)


def test_the_program_stays_in_sight_of_whoever_only_coordinates_one(program, cora):
    assert reader_of(cora, "/me/", TODAY).program.public_id == program.public_id


def test_with_two_programs_one_chooses(program, cora):
    make.program(coordinators=[cora], title="Another")
    reader = reader_of(cora, "/me/", TODAY)
    assert (reader.program, reader.coordinates) == (None, 2)


def test_the_program_of_somebody_else_is_not_shown(program, other_pair, cora):
    assert (
        reader_of(cora, f"/p/{other_pair.program.public_id}/", TODAY).program.public_id == program.public_id
    )


def test_roles_of_the_organisation_are_seen(hana, ada):
    assert reader_of(hana, "/", TODAY).is_hr_admin
    assert not reader_of(hana, "/", TODAY).is_administrator
    assert reader_of(ada, "/", TODAY).is_administrator


def test_a_role_that_was_taken_away_is_gone(hana):
    hana.organisation_roles.update(ended_at=make.NOW)
    assert not reader_of(hana, "/", TODAY).is_hr_admin


@pytest.mark.parametrize("how_many", [1, 12])
def test_the_menu_costs_the_same_for_one_and_for_many(how_many, cora, django_assert_num_queries):
    programs = [make.program(coordinators=[cora], title=f"Program {n}") for n in range(how_many)]
    for program in programs:
        make.relationship(program_=program, mentor=cora)
    with django_assert_num_queries(2):
        reader = reader_of(cora, f"/p/{programs[0].public_id}/", TODAY)
    assert (reader.coordinates, len(reader.ties), reader.program.pairs) == (how_many, how_many, 1)


def test_many_in_one_program_do_not_multiply_its_counts(cora):
    program = make.program(coordinators=[cora])
    for _ in range(3):
        make.relationship(program_=program)
    facts = reader_of(cora, f"/p/{program.public_id}/", TODAY).program
    assert (facts.participants, facts.pairs) == (6, 3)


# Letters and reminders that are late


def clock_stopped(minutes):
    since = timezone.now() - timedelta(minutes=minutes)
    Heartbeat.objects.beat("tick", started=since, last_ok=since)
    return since


def test_coordinators_and_administrators_read_since_when_letters_are_late(program, cora, ada):
    since = clock_stopped(20)
    assert [reader_of(who, "/me/", TODAY).late_since for who in (cora, ada)] == [since, since]


def test_nobody_else_is_troubled_with_it(pair, theo, mira, otto, hana):
    clock_stopped(20)
    assert [reader_of(who, "/me/", TODAY).late_since for who in (theo, mira, otto, hana)] == [None] * 4


def test_a_letter_that_waits_counts_from_when_it_should_have_gone(program, cora):
    clock_stopped(0)
    now = timezone.now()
    for minutes in (4, 7, 9):
        at = now - timedelta(minutes=minutes)
        actions.post("tests.news", cora, about=cora, key=f"{minutes}", now=at)
    assert reader_of(cora, "/me/", TODAY).late_since == now - timedelta(minutes=9)


def test_while_the_clock_ticks_nothing_is_said_and_nothing_where_it_never_did(program, cora):
    assert reader_of(cora, "/me/", TODAY).late_since is None
    clock_stopped(0)
    assert reader_of(cora, "/me/", TODAY).late_since is None


def test_the_page_says_it_on_the_readers_own_clock(client, program, cora):
    client.force_login(cora)
    assert b"have been late since" not in client.get("/me/").content
    clock_stopped(20)
    cora.zone = "Asia/Kathmandu"
    cora.save()
    local = timezone.localtime(Heartbeat.objects.get().last_ok, ZoneInfo("Asia/Kathmandu"))
    page = client.get("/me/").content.decode()
    assert f'have been late since <time datetime="{local.isoformat(timespec="minutes")}">' in page
    assert f"{local:%H:%M}</time>. Nothing is lost" in page


@pytest.mark.parametrize(
    ("today", "words"),
    [
        (date(2026, 8, 9), ""),
        (date(2026, 8, 10), "Week 1 of 26"),
        (date(2026, 8, 17), "Week 2 of 26"),
        (date(2027, 2, 7), "Week 26 of 26"),
        (date(2027, 2, 8), ""),
    ],
)
def test_weeks_are_counted_from_the_first_day_to_the_last(today, words):
    assert week_words(date(2026, 8, 10), date(2027, 2, 7), today) == words
