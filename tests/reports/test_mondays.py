"""On Mondays at eight, by the clock of the program, its coordinators read what needs them, if something does."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from activity.actions import turn_off
from activity.calendar import instant
from activity.carriers import Answer, Outcome
from activity.models import Due, Letter
from activity.tick import tick
from mentorship.clockwork import DUES, LETTERS
from reports.actions import arm_mondays
from reports.actions.mondays import CLOCK
from reports.letters import MONDAY
from tests import make

DAY = timedelta(days=1)
WEDNESDAY = datetime(2026, 10, 14, 9, 0, tzinfo=UTC)
NEXT = date(2026, 10, 19)
EIGHT_IN_LONDON = datetime(2026, 10, 19, 7, 0, tzinfo=UTC)


class Remembers:
    host = "memory"

    def __init__(self):
        self.mails = []

    def open(self): ...

    def deliver(self, mail):
        self.mails.append(mail)
        return Answer(Outcome.OK, 250, "kept", self.host)

    def close(self): ...


@pytest.fixture
def carrier():
    return Remembers()


@pytest.fixture
def look(carrier):
    def look(now, times=1):
        for _ in range(times):
            arm_mondays(now)
            tick(now, letters=LETTERS, dues=DUES, carrier=carrier)

    return look


@pytest.fixture
def silent(program, mira, theo):
    """A pair that has never met, forty days after it began."""
    return make.relationship(
        program_=program, mentor=mira, mentee=theo, activated_at=WEDNESDAY - 40 * DAY, cadence_days=14
    )


def armed():
    return Due.objects.armed().filter(kind=MONDAY)


def to(carrier, person):
    return [mail for mail in carrier.mails if mail["To"].addresses[0].addr_spec == person.email]


def test_it_comes_on_monday_at_eight_once(look, carrier, silent, cora, program):
    look(WEDNESDAY, times=3)
    assert (armed().get().due_at, armed().get().occurrence) == (EIGHT_IN_LONDON, "2026-10-19")
    look(EIGHT_IN_LONDON - timedelta(seconds=1))
    assert to(carrier, cora) == []
    look(EIGHT_IN_LONDON, times=3)
    [mail] = to(carrier, cora)
    assert mail["Subject"] == "1 thing needs you in Emerging Leaders"
    text = mail.get_body(("plain",)).get_content()
    assert "1 pair has not had a first meeting" in text
    assert f"/p/{program.public_id}/pairs/nudges/?pair={silent.public_id}" in text
    assert "You get this because you coordinate Emerging Leaders." in text
    assert "Theo" not in text and "Mira" not in text
    assert armed().get().occurrence == "2026-10-26"


def test_nothing_to_say_means_no_mail(look, carrier, program, cora):
    look(WEDNESDAY)
    look(EIGHT_IN_LONDON)
    assert carrier.mails == []
    row = Letter.objects.get(kind=MONDAY)
    assert (row.state, row.note) == ("cancelled", "no longer true")


@pytest.mark.parametrize(
    "zone", ["Pacific/Kiritimati", "Asia/Kathmandu", "Europe/London", "America/St_Johns", "Pacific/Pago_Pago"]
)
def test_eight_is_by_the_clock_of_the_program(look, program, zone):
    type(program).objects.filter(pk=program.pk).update(zone=zone)
    look(WEDNESDAY)
    assert armed().get().due_at == instant(NEXT, CLOCK, ZoneInfo(zone))
    assert armed().get().due_at.astimezone(ZoneInfo(zone)).hour == 8


def test_it_follows_when_the_program_moves_to_another_zone(look, program):
    look(WEDNESDAY)
    type(program).objects.filter(pk=program.pk).update(zone="Asia/Tokyo")
    look(WEDNESDAY, times=2)
    assert armed().get().due_at == instant(NEXT, CLOCK, ZoneInfo("Asia/Tokyo"))


def test_missed_mondays_are_not_made_up(look, carrier, silent, cora):
    look(WEDNESDAY)
    back = EIGHT_IN_LONDON + 30 * DAY + timedelta(hours=3)
    look(back, times=3)
    assert len(to(carrier, cora)) == 1
    assert armed().get().due_at > back
    assert armed().get().occurrence == "2026-11-23"


def test_each_program_has_its_own_and_each_coordinator_one(look, carrier, silent, cora, program):
    deputy = make.person("Dana Deputy")
    program.roles.create(person=deputy, role="deputy")
    program.roles.create(person=cora, role="deputy")
    other = make.program(coordinators=[cora], title="Elsewhere")
    make.relationship(program_=other, activated_at=WEDNESDAY - 40 * DAY, cadence_days=14)
    look(WEDNESDAY)
    look(EIGHT_IN_LONDON, times=2)
    assert sorted(mail["Subject"] for mail in to(carrier, cora)) == [
        "1 thing needs you in Elsewhere",
        "1 thing needs you in Emerging Leaders",
    ]
    assert len(to(carrier, deputy)) == 1


def test_whoever_has_stepped_down_or_turned_it_off_gets_none(look, carrier, silent, cora, program):
    deputy = make.person("Dana Deputy")
    program.roles.create(person=deputy, role="deputy")
    look(WEDNESDAY)
    turn_off(cora, "mondays", by=cora, now=WEDNESDAY)
    program.roles.filter(person=deputy).update(ended_at=WEDNESDAY)
    look(EIGHT_IN_LONDON)
    assert carrier.mails == []


def test_a_coordinator_elsewhere_reads_it_when_their_day_begins(look, carrier, silent, program):
    away = make.person("Away", zone="America/New_York")
    program.roles.create(person=away, role="deputy")
    look(WEDNESDAY)
    look(EIGHT_IN_LONDON)
    assert to(carrier, away) == []
    look(EIGHT_IN_LONDON + timedelta(hours=5))
    assert len(to(carrier, away)) == 1


@pytest.mark.parametrize("state", ["draft", "suspended", "closed", "cancelled"])
def test_a_program_that_is_not_under_way_says_nothing(look, carrier, silent, program, state):
    look(WEDNESDAY)
    type(program).objects.filter(pk=program.pk).update(state=state)
    look(EIGHT_IN_LONDON, times=2)
    assert (carrier.mails, armed().count()) == ([], 0)


def test_arming_costs_the_same_for_one_program_and_for_many(program, django_assert_num_queries):
    arm_mondays(WEDNESDAY)
    with django_assert_num_queries(2):
        arm_mondays(WEDNESDAY)
    for _ in range(5):
        make.program()
    arm_mondays(WEDNESDAY)
    with django_assert_num_queries(2):
        arm_mondays(WEDNESDAY)
