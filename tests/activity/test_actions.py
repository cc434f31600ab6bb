import uuid
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from activity import actions
from activity.models import Due, Event, Letter, Refusal, reference, resolve
from tests import make

DAY = timedelta(days=1)


def post(person, now, key="one", **details):
    return actions.post("tests.news", person, about=person, key=key, now=now, **details)


def test_a_reference_names_a_thing_and_leads_back_to_it(mira):
    assert reference(mira) == f"people.user:{mira.pk}"
    assert resolve(reference(mira)) == mira
    assert [reference(None), reference(""), reference("programs.program:7")] == ["", "", "programs.program:7"]


@pytest.mark.parametrize(
    "name", ["", "people.user:", "people.user:0", "people.user:x", "nothing.here:1", "x"]
)
def test_a_reference_to_nothing_leads_nowhere(db, name):
    assert resolve(name) is None


def test_what_happened_is_written_once_with_who_and_when(mira, theo, now):
    event = actions.record("thing.done", theo, by=mira, at=now, scope="programs.program:7", count=3)
    kept = Event.objects.get()
    assert kept == event
    assert (kept.verb, kept.about, kept.scope) == ("thing.done", reference(theo), "programs.program:7")
    assert (kept.by, kept.at, kept.details) == (mira, now, {"count": 3})
    with pytest.raises(TypeError, match="not rewritten"):
        Event.objects.about(theo).update(verb="thing.undone")


def test_events_are_found_by_what_they_are_about_and_within_newest_first(mira, theo, now):
    first = actions.record("a", theo, by=None, at=now, scope=mira)
    second = actions.record("b", theo, by=None, at=now + DAY)
    actions.record("c", mira, by=None, at=now)
    assert list(Event.objects.about(theo).newest_first()) == [second, first]
    assert list(Event.objects.within(mira)) == [first]


def test_the_same_key_posts_one_letter(mira, now):
    letter = post(mira, now, data={"by": 1}, scope="programs.program:7")
    assert post(mira, now + DAY) is None
    kept = Letter.objects.get()
    assert kept == letter
    assert (kept.state, kept.about, kept.scope) == ("ready", reference(mira), "programs.program:7")
    assert (kept.run_at, kept.wanted_at, kept.created_at, kept.due) == (now, now, now, None)


def test_many_letters_are_posted_at_once_and_each_key_once(mira, theo, now):
    drafts = [
        actions.draft("tests.news", person, about=person, key=f"news|{person.pk}", now=now)
        for person in (mira, theo, mira)
    ]
    assert Letter.objects.count() == 0
    actions.post_all(drafts)
    actions.post_all(drafts[:1])
    assert sorted(Letter.objects.values_list("person__full_name", flat=True)) == ["Mira Holm", "Theo Brandt"]


def test_the_message_id_follows_from_the_key(settings):
    settings.PUBLIC_URL = "https://mentoring.example.org:8443/x"
    name, host = actions.message_id("one").strip("<>").split("@")
    assert host == "mentoring.example.org"
    assert str(uuid.UUID(name)) == name
    assert actions.message_id("one") == actions.message_id("one") != actions.message_id("two")
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    assert actions.message_id("one").endswith("@localhost>")


def test_a_letter_waits_for_its_time_but_never_for_one_that_is_over(mira, now):
    assert post(mira, now, "later", run_at=now + DAY).run_at == now + DAY
    earlier = post(mira, now, "earlier", run_at=now - DAY)
    assert (earlier.wanted_at, earlier.run_at) == (now - DAY, now)


def test_what_is_written_on_the_turn_of_a_timed_fact_was_wanted_at_its_time(mira, now):
    due = actions.arm("tests.tell", mira, at=now - DAY, now=now - 2 * DAY)
    with actions.turn_of(due):
        letter = post(mira, now)
    assert (letter.due, letter.wanted_at, letter.run_at) == (due, now - DAY, now)
    assert list(Letter.objects.by_clock()) == [letter]
    assert post(mira, now, "two").due is None


def test_letters_are_found_by_person_and_state(mira, theo, now):
    mine = post(mira, now - DAY, "mine")
    dead = post(theo, now, "dead")
    Letter.objects.filter(pk=dead.pk).update(state="dead")
    assert list(Letter.objects.for_person(mira)) == [mine]
    assert list(Letter.objects.dead()) == [dead]
    assert list(Letter.objects.late(now)) == [mine]
    assert list(Letter.objects.ready(now)) == [mine]
    assert list(Letter.objects.about(theo)) == [dead]
    assert mine.thing == mira
    assert mine.to == "mira@example.org"


def test_an_address_of_its_own_goes_before_that_of_the_person(mira, now):
    assert post(mira, now, address="elsewhere@example.org").to == "elsewhere@example.org"


# Timed facts


def test_a_timed_fact_is_armed_once_for_each_occurrence(mira, now):
    first = actions.arm("tests.tell", mira, at=now, occurrence="a", now=now)
    assert actions.arm("tests.tell", mira, at=now, occurrence="a", now=now) == first
    actions.arm("tests.tell", mira, at=now, occurrence="b", now=now)
    assert Due.objects.count() == 2
    assert list(Due.objects.overdue(now).order_by("pk")) == list(
        Due.objects.of(mira, ["tests.tell"]).order_by("pk")
    )
    assert list(Due.objects.overdue(now - DAY)) == []


def test_a_local_rule_is_kept_and_its_instant_computed(mira, now):
    berlin = ZoneInfo("Europe/Berlin")
    due = actions.arm("tests.tell", mira, local=(date(2026, 10, 25), time(2, 30), berlin), now=now)
    assert (due.due_at, due.look_at) == (datetime(2026, 10, 25, 0, 30, tzinfo=UTC),) * 2
    due.refresh_from_db()
    assert (due.local_date, due.local_time, due.zone) == (date(2026, 10, 25), time(2, 30), "Europe/Berlin")
    assert due.occurrence == "2026-10-25"


@pytest.mark.parametrize("when", [{}, {"at": datetime.now(UTC), "local": (date.today(), time(9), "UTC")}])
def test_when_is_said_in_one_way(mira, now, when):
    with pytest.raises(ValueError, match="Say when"):
        actions.arm("tests.tell", mira, now=now, **when)


def test_arming_again_moves_what_has_not_fired_and_leaves_what_has(mira, now):
    due = actions.arm("tests.tell", mira, at=now, occurrence="a", now=now)
    moved = actions.arm("tests.tell", mira, at=now + DAY, occurrence="a", now=now)
    assert (moved.pk, moved.due_at, moved.look_at) == (due.pk, now + DAY, now + DAY)
    Due.objects.filter(pk=due.pk).update(state="fired")
    kept = actions.arm("tests.tell", mira, at=now + 2 * DAY, occurrence="a", now=now)
    assert (kept.state, kept.due_at) == ("fired", now + DAY)


def test_disarming_takes_some_kinds_or_all_and_arming_brings_back(mira, theo, now):
    for kind in ("tests.tell", "tests.remind"):
        actions.arm(kind, mira, at=now, occurrence="a", now=now)
    actions.arm("tests.tell", theo, at=now, occurrence="a", now=now)
    assert actions.disarm(mira, ["tests.tell"]) == 1
    assert actions.disarm(mira) == 1
    assert list(Due.objects.armed().values_list("subject", flat=True)) == [reference(theo)]
    assert actions.arm("tests.tell", mira, at=now, occurrence="a", now=now).state == "armed"


def test_a_moved_moment_replaces_the_armed_one(mira, now):
    actions.rearm("tests.remind", mira, at=now + DAY, now=now)
    actions.arm("tests.tell", mira, at=now + DAY, now=now)
    moved = actions.rearm("tests.remind", mira, at=now + 2 * DAY, now=now)
    assert list(Due.objects.of(mira, ["tests.remind"]).armed()) == [moved]
    back = actions.rearm("tests.remind", mira, at=now + DAY, now=now)
    assert list(Due.objects.of(mira, ["tests.remind"]).armed()) == [back]
    assert Due.objects.of(mira, ["tests.tell"]).armed().count() == 1


def test_who_moves_to_another_zone_keeps_the_time_on_the_wall(mira, now):
    due = actions.arm("tests.tell", mira, local=(date(2026, 11, 2), time(9, 0), "Europe/Berlin"), now=now)
    absolute = actions.arm("tests.remind", mira, at=now + DAY, now=now)
    assert actions.rezone(mira, ZoneInfo("America/New_York")) == 1
    due.refresh_from_db()
    absolute.refresh_from_db()
    assert due.due_at == due.look_at == datetime(2026, 11, 2, 14, 0, tzinfo=UTC)
    assert (due.zone, due.occurrence, absolute.due_at) == ("America/New_York", "2026-11-02", now + DAY)


def test_rules_are_followed_when_a_country_changes_its_clocks(mira, now):
    due = actions.arm("tests.tell", mira, local=(date(2026, 11, 2), time(9, 0), "Europe/Berlin"), now=now)
    # As if zone data of last year had put it an hour later.
    Due.objects.update(due_at=due.due_at + timedelta(hours=1), look_at=due.due_at + timedelta(hours=1))
    assert actions.follow_rules(Due.objects.all()) == 1
    assert Due.objects.get().due_at == Due.objects.get().look_at == due.due_at
    assert actions.follow_rules(Due.objects.all()) == 0


# Repairs


def test_a_dead_letter_goes_again_with_one_press_and_only_one(mira, theo, now):
    letter = post(mira, now)
    assert actions.retry(letter, by=theo, now=now) is False
    Letter.objects.update(state="dead", attempts=8, note="550 no such user")
    assert actions.retry(letter, by=theo, now=now + DAY) is True
    assert actions.retry(letter, by=theo, now=now + DAY) is False
    kept = Letter.objects.get()
    assert (kept.state, kept.attempts, kept.note, kept.run_at) == ("ready", 0, "", now + DAY)
    assert kept.message_id == letter.message_id
    assert list(Event.objects.values_list("verb", "by")) == [("letter.retried", theo.pk)]


def test_after_a_backup_came_back_nothing_of_before_goes_out_by_itself(mira, theo, look, carrier, now):
    waiting = post(mira, now - DAY, "waiting")
    sending = post(mira, now - DAY, "sending")
    Letter.objects.filter(pk=sending.pk).update(state="sending")
    fresh = post(theo, now, "fresh")
    actions.arm("tests.tell", mira, at=now - DAY, now=now - 2 * DAY)
    actions.arm("tests.move", mira, at=now - DAY, now=now - 2 * DAY, data={"step": 1, "steps": 3})
    actions.arm("tests.tell", theo, at=now + timedelta(minutes=1), now=now - DAY)

    assert actions.hold_everything_before(now, by=theo, now=now) == 2
    look(now + timedelta(minutes=2))

    assert sorted(Letter.objects.held().values_list("key", flat=True)) == sorted(
        ["waiting", "sending", Letter.objects.get(due__subject=reference(mira)).key]
    )
    assert carrier.by_person() == {"theo@example.org": 2}
    # What happens without mail has happened, at its true date.
    steps = Event.objects.filter(verb="tests.moved").values_list("at", flat=True)
    assert list(steps.order_by("at")) == [now - DAY, now]

    assert actions.release(Letter.objects.filter(pk=waiting.pk), by=theo, now=now) == 1
    assert actions.withdraw(Letter.objects.filter(pk__in=[sending.pk, fresh.pk]), by=theo, now=now) == 1
    look(now + timedelta(minutes=3))
    assert carrier.by_person() == {"theo@example.org": 2, "mira@example.org": 1}
    assert Letter.objects.get(pk=sending.pk).state == "cancelled"


def test_what_a_held_row_arms_for_before_the_backup_came_back_is_held_as_well(mira, theo, now):
    actions.arm("tests.tell", mira, at=now - 2 * DAY, now=now - 3 * DAY)
    actions.hold_everything_before(now, by=theo, now=now)
    with actions.turn_of(Due.objects.get()):
        before = actions.arm("tests.remind", mira, at=now - DAY, now=now)
        later = actions.arm("tests.remind", mira, at=now + DAY, now=now)
    assert (before.holds_letters, later.holds_letters) == (True, False)


def test_a_family_of_letters_is_turned_off_and_on(mira, theo, now, look, carrier):
    actions.turn_off(mira, "nudges", by=mira, now=now)
    actions.turn_off(mira, "nudges", by=mira, now=now)
    assert Refusal.objects.count() == 1
    for person in (mira, theo):
        actions.post("tests.nudge", person, about=person, key=f"nudge|{person.pk}", now=now)
        actions.post("tests.news", person, about=person, key=f"news|{person.pk}", now=now)
    look(now)
    assert carrier.by_person() == {"mira@example.org": 1, "theo@example.org": 2}
    refused = Letter.objects.get(key=f"nudge|{mira.pk}")
    assert (refused.state, refused.note) == ("cancelled", "turned off by the reader")

    actions.turn_on(mira, "nudges", by=mira, now=now)
    actions.post("tests.nudge", mira, about=mira, key="again", now=now)
    look(now)
    assert carrier.by_person()["mira@example.org"] == 2
    assert Event.objects.filter(verb__startswith="letters.turned").count() == 2


def test_people_without_an_address_can_be_named(db, now):
    nobody = make.person("No Address", email=None)
    assert post(nobody, now).to == ""
