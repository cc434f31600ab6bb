from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from activity import actions
from activity.health import health, late_since, watched
from activity.models import Heartbeat, Letter

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_clock_that_never_ticked_is_not_well():
    found = health(timezone.now())
    assert (found["ok"], found["problem"], found["last_tick"]) == (False, "the clock has stopped", None)


def test_a_clock_that_ticked_a_moment_ago_is_well_until_three_minutes_have_gone(look):
    look(timezone.now())
    beat = Heartbeat.objects.get(name="tick")
    well = health(beat.last_ok + timedelta(seconds=180))
    assert (well["ok"], well["problem"], well["seconds_since_tick"]) == (True, "", 180)
    assert health()["ok"] is True
    ill = health(beat.last_ok + timedelta(seconds=181))
    assert (ill["ok"], ill["problem"]) == (False, "the clock has stopped")


def test_letters_that_wait_for_more_than_five_minutes_are_not_well(mira, look):
    moment = timezone.now()
    look(moment)
    letter = actions.post("tests.news", mira, about=mira, key="one", now=moment)
    assert health(moment + timedelta(seconds=100))["oldest_ready_letter_seconds"] == 100
    Heartbeat.objects.filter(name="tick").update(last_ok=moment + timedelta(seconds=300))
    late = health(moment + timedelta(seconds=301))
    assert (late["ok"], late["problem"]) == (False, "letters are late")
    assert watched(moment + timedelta(seconds=301)).get().late == moment
    assert watched(moment + timedelta(seconds=300)).get().late is None
    Letter.objects.filter(pk=letter.pk).update(run_at=moment + timedelta(hours=1))
    assert health(moment + timedelta(seconds=301))["ok"] is True


def test_health_is_asked_on_a_connection_of_its_own(look, monkeypatch):
    """The open connection may go on working while the server takes no new ones."""
    look(timezone.now())
    wrong = "/nowhere/at/all.sqlite3" if connection.vendor == "sqlite" else "no_such_database"
    monkeypatch.setitem(connection.settings_dict, "NAME", wrong)
    assert Heartbeat.objects.count() > 0
    assert health() == {"ok": False, "problem": "database: OperationalError"}


def test_nothing_about_a_person_is_told(mira, look):
    actions.post("tests.news", mira, about=mira, key="one", now=timezone.now() - timedelta(days=1))
    told = str(health())
    assert not any(word in told for word in ("Mira", "mira@", "user:"))


T = datetime(2026, 10, 12, 9, 0, tzinfo=UTC)


def before(seconds):
    return T - timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("last_ok", "late", "since"),
    [
        (before(180), None, None),
        (before(181), None, before(181)),
        (before(5), before(301), before(301)),
        (before(400), before(900), before(900)),
        (before(900), before(400), before(900)),
        (None, None, None),
        (None, before(301), before(301)),
    ],
)
def test_late_is_since_the_clock_stood_still_or_the_oldest_letter_waits(last_ok, late, since):
    assert late_since(last_ok, late, T) == since


def test_a_clock_that_never_ticked_is_not_watched(db):
    assert not watched(T).exists()
