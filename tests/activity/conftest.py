"""A post office for the tests: kinds of their own, templates of their own, a carrier that only remembers."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from activity.carriers import Answer, Outcome
from activity.tick import tick
from tests import make
from tests.activity.kinds import DUES, LETTERS, with_templates_of_tests

NOW = datetime(2026, 10, 12, 9, 0, tzinfo=UTC)


class Remembers:
    """A carrier for tests in which the network plays no part."""

    host = "memory"

    def __init__(self) -> None:
        self.mails = []
        self.answers = []

    def open(self) -> None: ...

    def deliver(self, mail) -> Answer:
        answer = self.answers.pop(0) if self.answers else Answer(Outcome.OK, 250, "kept", self.host)
        if answer.outcome == Outcome.OK:
            self.mails.append(mail)
        return answer

    def close(self) -> None: ...

    def by_person(self) -> Counter:
        return Counter(mail["To"].addresses[0].addr_spec for mail in self.mails)


@pytest.fixture(autouse=True)
def own_templates(settings):
    settings.TEMPLATES = with_templates_of_tests(settings.TEMPLATES)


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def mira(db):
    return make.person("Mira Holm", email="mira@example.org", zone="Europe/Berlin")


@pytest.fixture
def theo(db):
    return make.person("Theo Brandt", email="theo@example.org", zone="America/New_York")


@pytest.fixture
def carrier():
    return Remembers()


@pytest.fixture
def look(carrier):
    """One look of the clock at that moment, with the kinds of these tests."""

    def look(now, **options):
        return tick(now, **{"letters": LETTERS, "dues": DUES, "carrier": carrier, **options})

    return look
