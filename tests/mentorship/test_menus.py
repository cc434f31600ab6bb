"""The menus from plain facts, without a database."""

from dataclasses import replace
from datetime import date

import pytest
from django.http import HttpResponse
from django.urls import re_path

from mentorship.menus import Item, ProgramFacts, Reader, Tie, menu_for, spine


def anything(request):
    return HttpResponse()


urlpatterns = [re_path("", anything)]

PROGRAM = ProgramFacts(
    "bcdf2345", "Emerging Leaders", "running", "Week 10 of 26", 41, 22, 0, date(2027, 2, 7)
)
MENTEE = Reader(signed_in=True, takes_part=True, ties=(Tie("ghjk6789", "Ingrid"),))
MENTOR = replace(
    MENTEE, is_mentor=True, ties=tuple(Tie(f"pqrs678{n}", f"Mentee {n}", True) for n in range(4))
)
COORDINATOR = Reader(signed_in=True, coordinates=2, program=PROGRAM)
HR = Reader(signed_in=True, is_hr_admin=True)
ADMINISTRATOR = Reader(signed_in=True, is_administrator=True)


@pytest.fixture
def every_page_exists(settings):
    settings.ROOT_URLCONF = __name__


def words(menu) -> list[str]:
    return [item.words for group in menu.groups for item in group.items]


@pytest.mark.usefixtures("every_page_exists")
class TestWhatEachReaderSees:
    def test_a_mentee(self):
        menu = menu_for(MENTEE, "/home/")
        assert words(menu) == ["Home", "You and Ingrid", "Meetings", "Goals", "Guides"]
        assert [item.words for item in menu.tabs] == ["Home", "Ingrid", "Meetings", "Goals"]
        assert (menu.role, menu.shape) == ("Mentee", "mentee")

    def test_a_mentor_of_many(self):
        menu = menu_for(MENTOR, "/home/")
        assert words(menu)[1:4] == ["You and Mentee 0", "You and Mentee 1", "All relationships"]
        assert words(menu)[-1] == "My availability"
        assert [item.words for item in menu.tabs][1] == "Mentees"
        assert (menu.role, menu.shape) == ("Mentor", "mentor")

    def test_a_coordinator_in_a_program(self):
        menu = menu_for(COORDINATOR, "/p/bcdf2345/people/")
        assert [item.words for item in menu.spine] == [
            "Set up",
            "Participants",
            "Matching",
            "Relationships",
            "Wrap-up",
        ]
        assert [item.sub for item in menu.spine] == ["Done", "41", "", "22", "7 Feb 2027"]
        assert words(menu) == ["Reports", "Emails", "Activity", "Program settings", "All programs"]
        assert (menu.tile.words, menu.tile.sub, menu.tile.url) == (
            "Emerging Leaders",
            "Week 10 of 26",
            "/p/bcdf2345/",
        )
        assert menu.tabs == []

    def test_hr(self):
        menu = menu_for(HR, "/reports/")
        assert words(menu) == ["Reports", "Exports", "Programs", "People", "Privacy and retention"]
        assert (menu.role, menu.shape) == ("HR admin", "staff")

    def test_an_administrator(self):
        assert words(menu_for(ADMINISTRATOR, "/org/")) == [
            "Programs",
            "People",
            "Privacy and retention",
            "Organisation",
        ]

    def test_somebody_who_takes_part_and_coordinates_sees_both(self):
        menu = menu_for(replace(MENTEE, coordinates=1), "/home/")
        assert [group.label for group in menu.groups] == ["Main", "Coordination"]
        inside = menu_for(replace(MENTEE, coordinates=1, program=PROGRAM), "/p/bcdf2345/")
        assert "My own mentoring" in words(inside)

    def test_somebody_without_any_part_has_a_home(self):
        assert words(menu_for(Reader(signed_in=True), "/home/")) == ["Home"]

    def test_help_is_in_the_same_place_for_everybody(self):
        for reader in (Reader(), MENTEE, MENTOR, COORDINATOR, HR, ADMINISTRATOR):
            assert menu_for(reader, "/").help_url == "/help/"

    @pytest.mark.parametrize("reader", [MENTEE, MENTOR, COORDINATOR, HR, ADMINISTRATOR])
    def test_no_list_is_longer_than_eight(self, reader):
        menu = menu_for(reader, "/")
        assert max(len(group.items) for group in menu.groups) <= 8

    @pytest.mark.parametrize(
        ("path", "current"),
        [
            ("/pairs/ghjk6789/", ["You and Ingrid"]),
            ("/pairs/ghjk6789/meetings/new/", ["You and Ingrid"]),
            ("/pairs/other000/", []),
            ("/goals/", ["Goals"]),
            ("/elsewhere/", []),
        ],
    )
    def test_the_entry_of_this_page_is_marked_and_no_other(self, path, current):
        marked = [
            item.words for group in menu_for(MENTEE, path).groups for item in group.items if item.current
        ]
        assert marked == current

    def test_the_program_is_marked_on_its_own_page_only(self):
        assert menu_for(COORDINATOR, "/p/bcdf2345/").tile.current
        assert not menu_for(COORDINATOR, "/p/bcdf2345/people/").tile.current


def test_an_entry_without_a_page_is_left_out(settings):
    settings.ROOT_URLCONF = "mentorship.account_urls"
    menu = menu_for(COORDINATOR, "/sign-out/")
    assert (menu.spine, menu.groups, menu.tile, menu.help_url) == ([], [], None, "")


def test_whoever_is_not_signed_in_sees_nothing_of_it():
    menu = menu_for(Reader(), "/sign-in/")
    assert (menu.groups, menu.tabs, menu.spine, menu.role) == ([], [], [], "")


@pytest.mark.parametrize(
    ("facts", "states"),
    [
        ({"state": "draft", "participants": 0, "pairs": 0}, "now next next next next"),
        ({"state": "published", "participants": 1, "pairs": 0}, "done now next next next"),
        ({"state": "published", "participants": 9, "pairs": 0}, "done done now next next"),
        ({"state": "running", "participants": 9, "pairs": 0, "offers": 4}, "done done now next next"),
        ({"state": "running", "participants": 9, "pairs": 4}, "done done done now next"),
        ({"state": "closing", "participants": 9, "pairs": 4}, "done done done done now"),
        ({"state": "closed", "participants": 9, "pairs": 0}, "done done done done done"),
    ],
)
def test_the_life_of_a_program_stands_at_one_stop(facts, states):
    stops = spine(replace(PROGRAM, **facts))
    assert " ".join(item.state for item in stops) == states


def test_the_state_of_a_stop_is_said_in_words():
    assert [Item("x", "/", state=state).state_words for state in ("done", "now", "next", "")] == [
        ", done",
        ", in progress",
        ", not started",
        "",
    ]
