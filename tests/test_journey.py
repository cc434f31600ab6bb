"""One program from an empty organisation to HR's report, by people in browsers, their mail and the clock.

The processes are those of ``up``.  No test code touches the database: what happens, happens by pages, by
links in letters from the mail sink, and by the clock, which ``manage.py tick --now`` lets see later days.
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, time, timedelta

import pytest
from playwright.sync_api import Browser

from tests import services
from tests.journey import outcomes, pairing, setting_up
from tests.journey.files import Files, Participant
from tests.journey.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.once]

PAIRS = 5  # the fewest that let figures about them be shown
MINUTES = 45
UNDO_MINUTES = "0.2"


class Place:
    """Where it all happens; ``env`` is what the processes and the commands are told."""

    def __init__(self, machine: services.Machine, env: dict[str, str]) -> None:
        self.machine = machine
        self.env = env

    def tick(self, moment: datetime) -> None:
        """Look until a look sends nothing more: each has some seconds only, and all of the cohort is written to."""
        arrived = -1
        while arrived < (arrived := self.machine.sink.count()):
            services.manage("tick", "--now", moment.isoformat(), env=self.env)


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """An empty database with the processes of ``up``: as on a laptop, and as in production."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            database = stack.enter_context(services.sqlite())
            redis = stack.enter_context(services.redis())
            queue, cache = f"{redis}/0", f"{redis}/1"
        else:
            database = stack.enter_context(services.database_beside(os.environ["DATABASE_URL"]))
            queue, cache = os.environ["REDIS_URL"], os.environ["CACHE_URL"]
        sink = stack.enter_context(services.smtp_sink())
        env = {"DATABASE_URL": database, "REDIS_URL": queue, "CACHE_URL": cache, "UNDO_MINUTES": UNDO_MINUTES}
        services.manage("migrate", "--verbosity", "0", env=env)
        machine = stack.enter_context(services.processes(env, sink=sink))
        yield Place(machine, {**env, "PUBLIC_URL": machine.url, "EMAIL_URL": sink.url})


@pytest.fixture
def visitors(browser: Browser, place: Place) -> Iterator[Callable[[str], Visitor]]:
    """Somebody new in front of a browser; nobody's browser may have had anything to complain of."""
    came: list[Visitor] = []

    def come(email: str) -> Visitor:
        came.append(Visitor(browser, place.machine, email))
        return came[-1]

    yield come
    complaints = {visitor.email: visitor.complaints for visitor in came if visitor.complaints}
    for visitor in came:
        visitor.leave()
    assert complaints == {}


def test_a_program_from_the_first_command_to_the_report(place, visitors, tmp_path):
    today = datetime.now(UTC).date()
    files = Files(tmp_path)

    hana, pairs = found_and_set_up(place, visitors, files, today)
    first = pairs[0]
    mentee, mentor, home = two_people_begin(visitors, first, today)
    for pair in pairs[1:]:
        others_begin(visitors, pair)
    the_clock_takes_it_from_here(place, first, mentee, mentor, home, today)
    hr_reads_what_was_done(place, hana, files, today)


def found_and_set_up(place, visitors, files: Files, today: date) -> tuple[Visitor, list[setting_up.Pair]]:
    said = services.manage(
        "found",
        *("--name", "Dental Magic", "--zone", "UTC"),
        *("--administrator", "Ada Admin", "--email", "ada@example.org"),
        env=place.env,
    )
    assert said == "Ada Admin <ada@example.org> can sign in now, by a code that is mailed.\n"
    setting_up.name_hr_admin(visitors("ada@example.org").sign_in(), files)

    hana = visitors("hana@example.org").sign_in()
    counts = setting_up.bring_employees_and_take_them_back(hana, files)
    assert counts == files.employee_counts
    setting_up.make_program(hana, today)

    cora = visitors("cora@example.org").sign_in()
    setting_up.fill_list(cora, files)
    places = sum(len(one.roles) for one in files.participants())
    assert setting_up.publish_program(cora) == places
    setting_up.run_matching(cora)
    pairs = setting_up.proposed_pairs(cora, files, PAIRS)
    setting_up.publish_pairs(cora)
    return hana, pairs


def two_people_begin(visitors, pair: setting_up.Pair, today: date) -> tuple[Visitor, Visitor, str]:
    """Their two browsers, and the address of the page they share."""
    mentee, mentor = visitors(pair.mentee.email), visitors(pair.mentor.email)
    for visitor in (mentee, mentor):
        visitor.machine.sink.wait_for(visitor.email, count=2, seconds=90)
        pairing.arrive(visitor)
        pairing.answer_questions(visitor)
    pairing.accept_offer(mentee, pair.mentor.name)
    mentee.sees("You have accepted")
    pairing.accept_offer(mentor, pair.mentee.name)
    home = mentor.page.url

    pairing.sign_agreement(mentee, mentor, home)
    pairing.agree_goal(mentee, mentor, home, today)
    pairing.log_meeting(mentee, home, MINUTES)
    pairing.log_another(mentee, home, MINUTES)
    pairing.confirm_meetings(mentor, home, 2)
    assert pairing.stage(mentee, home) == "Initiation"
    mentee.sees("3 of 3 done")
    return mentee, mentor, home


def others_begin(visitors, pair: setting_up.Pair) -> None:
    """They confirm the answers of the file by accepting, and meet once."""
    mentee, mentor = visitors(pair.mentee.email), visitors(pair.mentor.email)
    for visitor, partner in ((mentee, pair.mentor), (mentor, pair.mentee)):
        visitor.machine.sink.wait_for(visitor.email, count=2)
        pairing.arrive(visitor)
        pairing.accept_offer(visitor, partner.name, with_terms=True)
    pairing.log_meeting(mentor, mentor.page.url, MINUTES)


def the_clock_takes_it_from_here(
    place, pair: setting_up.Pair, mentee: Visitor, mentor: Visitor, home: str, today: date
) -> None:
    """The days pass for the clock alone: it announces Cultivation, reminds of a meeting, and after seven days
    in which nobody said "not yet" moves the two."""
    pairing.plan_meeting(mentee, home, today + timedelta(days=6))
    both = (mentee, mentor)

    for days in (1, 4):  # what can wait comes by day, and not at a weekend
        place.tick(at(today, days=days, hour=15))
    assert [len(one.letters("can move to Cultivation")) for one in both] == [1, 1]
    assert pairing.stage(mentee, home) == "Initiation"

    assert [reminders_of(mentee, pair.mentor), reminders_of(mentor, pair.mentee)] == [0, 0]
    for _ in range(3):
        place.tick(at(today, days=5, hour=12))
    assert [reminders_of(mentee, pair.mentor), reminders_of(mentor, pair.mentee)] == [1, 1]

    for days in (9, 12):
        place.tick(at(today, days=days, hour=15))
    assert [len(one.letters(": Cultivation")) for one in both] == [1, 1]
    assert pairing.stage(mentee, home) == pairing.stage(mentor, home) == "Cultivation"


def reminders_of(visitor: Visitor, partner: Participant) -> int:
    """Letters that remind of the meeting at ten with the partner, who is in a subject by the given name."""
    given_name = partner.name.split()[0]
    return sum(words.endswith(f", 10:00 with {given_name}") for words in visitor.subjects())


def hr_reads_what_was_done(place, hana: Visitor, files: Files, today: date) -> None:
    month_is_over = max(
        (today.replace(day=1) + timedelta(days=32)).replace(day=1), today + timedelta(days=13)
    )
    place.tick(at(month_is_over, days=0, hour=12))

    hana.open("/home/").follow("Reports")
    page = hana.page.content()
    hana.page.get_by_role("button", name="Export").click()
    book = outcomes.workbook(hana.take_away(re.compile(r"^Excel workbook")))
    hana.open("/reports/").page.get_by_role("button", name="Export").click()
    papers = outcomes.csv_files(hana.take_away(re.compile(r"^CSV files")))

    expected = outcomes.counted_by_hand(
        files, pairs=PAIRS, minutes=[MINUTES] * (PAIRS + 1), twice=1, today=today
    )
    found = outcomes.figures(book)
    assert {words: found[words] for words in expected} == expected

    mentees, mentors = outcomes.people_by_function(files)
    assert outcomes.table_of(book)["All functions"][:2] == [mentees, PAIRS]
    assert outcomes.table_of(book)["All functions"][3] == mentors
    assert outcomes.rows_of_page(hana)["All functions"][0] == str(mentees)

    for content in (book, papers, outcomes.rows_of_page(hana)):
        assert outcomes.places_of_four(content) == []
    assert outcomes.FOUR not in page


def at(today: date, *, days: int, hour: int = 7) -> datetime:
    return datetime.combine(today + timedelta(days=days), time(hour), UTC)
