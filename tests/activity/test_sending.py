from datetime import timedelta
from itertools import pairwise

import pytest
from django.db.models.functions import Now

from activity import actions, catchup, sending
from activity.carriers import Answer, Outcome, Unreachable
from activity.clocks import Clock
from activity.models import Attempt, Heartbeat, Letter
from tests import make
from tests.activity.kinds import LETTERS
from tests.activity.scripted import HANG_UP, mail_server

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def post(person, now, kind="tests.news", key="one", **details):
    return actions.post(kind, person, about=person, key=key, now=now, **details)


def fresh(letter):
    return Letter.objects.get(pk=letter.pk)


def claim(now):
    return sending.claim(catchup.sendable(Clock(now, 30), LETTERS))


def expire_leases():
    Letter.objects.exclude(lease_until=None).update(lease_until=Now() - timedelta(seconds=1))


def test_a_letter_goes_out_once_and_its_row_tells_how(mira, now, look, carrier):
    letter = post(mira, now)
    for _ in range(3):
        look(now)
    [mail] = carrier.mails
    assert mail["Message-ID"] == letter.message_id
    kept = fresh(letter)
    assert (kept.state, kept.attempts, kept.note) == ("sent", 1, "")
    assert now <= kept.sent_at < now + MINUTE
    assert (kept.subject, kept.recipient) == ("News for Mira Holm", "Mira Holm <mira@example.org>")
    assert "You asked for it." in kept.body_text
    assert "<p" in kept.body_html
    tried = Attempt.objects.get()
    assert (tried.letter, tried.n, tried.outcome, tried.code, tried.host) == (letter, 1, "ok", 250, "memory")
    assert now <= tried.started <= tried.ended < now + MINUTE


def test_a_letter_waits_for_its_time(mira, now, look, carrier):
    post(mira, now, run_at=now + HOUR)
    look(now + HOUR - MINUTE)
    assert carrier.mails == []
    look(now + HOUR)
    assert len(carrier.mails) == 1


def test_a_letter_that_has_become_untrue_or_worthless_is_not_sent(mira, now, look, carrier):
    untrue = post(mira, now, key="untrue", data={"untrue": True})
    too_late = post(mira, now - HOUR, key="too late", not_after=now - MINUTE)
    look(now)
    assert carrier.mails == []
    assert (fresh(untrue).state, fresh(untrue).note) == ("cancelled", "no longer true")
    assert (fresh(too_late).state, fresh(too_late).note) == ("cancelled", "its time has passed")


def test_who_has_no_address_is_shown_as_such(db, now, look):
    letter = post(make.person("Nobody", email=None), now)
    look(now)
    assert (fresh(letter).state, fresh(letter).note) == ("dead", "no address")


def test_a_letter_goes_to_an_address_without_an_account(db, now, look, carrier):
    actions.post("tests.news", None, about="x", key="x", now=now, address="guest@example.org")
    look(now)
    assert carrier.by_person() == {"guest@example.org": 1}


def test_one_letter_that_cannot_be_written_stops_no_other(db, now, look, carrier, caplog):
    people = [make.person() for _ in range(20)]
    for n, person in enumerate(people):
        post(person, now, key=str(n), data={"broken": n == 7})
    missing = post(people[0], now, kind="tests.bare", key="no template")
    look(now)
    broken = Letter.objects.get(key="7")
    assert len(carrier.mails) == 19
    assert (broken.state, broken.failures, broken.attempts) == ("ready", 1, 0)
    assert broken.run_at >= now + HOUR
    assert broken.note.startswith("could not be written: KeyError at activity/kinds.py:")
    assert "confidence" not in broken.note + caplog.text
    assert fresh(missing).note.startswith("could not be written: TemplateDoesNotExist")
    for hours in range(1, 9):
        look(now + hours * (HOUR + MINUTE))
    assert (fresh(broken).state, fresh(broken).failures) == ("dead", 8)
    assert len(carrier.mails) == 19


def test_a_no_for_now_is_tried_again_after_longer_and_longer_waits_then_given_up(mira, now, look, carrier):
    letter = post(mira, now)
    carrier.answers = [Answer(Outcome.TEMP, 451, "greylisted")] * 8
    moment, waits = now, []
    for _ in range(8):
        look(moment)
        look(moment + timedelta(seconds=1))
        row = fresh(letter)
        if row.state == "ready":
            waits.append(row.run_at - moment)
            moment = row.run_at
    for wait, expected in zip(waits, sending.BACK_OFF, strict=True):
        assert expected * 0.79 <= wait <= expected * 1.21 + timedelta(seconds=5)
    assert all(shorter < longer for shorter, longer in pairwise(waits))
    row = fresh(letter)
    assert (row.state, row.attempts, row.note) == ("dead", 8, "451 greylisted")
    assert list(Attempt.objects.order_by("n").values_list("n", "outcome")) == [
        (n, "temp") for n in range(1, 9)
    ]

    assert actions.retry(letter, by=mira, now=moment)
    look(moment)
    assert (fresh(letter).state, len(carrier.mails), Attempt.objects.count()) == ("sent", 1, 9)


def test_a_no_for_good_is_not_tried_again(mira, now, look, carrier):
    letter = post(mira, now)
    carrier.answers = [Answer(Outcome.PERM, 550, "no such user")]
    look(now)
    look(now + DAY)
    assert (fresh(letter).state, fresh(letter).note, carrier.mails) == ("dead", "550 no such user", [])


def test_what_must_arrive_is_sent_again_with_the_same_name_when_nobody_knows(mira, now, look, carrier):
    letter = post(mira, now)
    carrier.answers = [Answer(Outcome.UNKNOWN, None, "connection lost")]
    look(now)
    assert (fresh(letter).state, fresh(letter).ambiguous) == ("unknown", 1)
    look(now)
    assert (fresh(letter).state, fresh(letter).attempts) == ("sent", 2)
    assert [mail["Message-ID"] for mail in carrier.mails] == [letter.message_id]


def test_after_three_unknown_outcomes_a_person_decides(mira, now, look, carrier):
    letter = post(mira, now)
    carrier.answers = [Answer(Outcome.UNKNOWN)] * 3
    for minutes in range(60):
        look(now + minutes * MINUTE)
    row = fresh(letter)
    assert (row.state, row.ambiguous, row.attempts) == ("unknown", 3, 3)
    assert list(Letter.objects.unknown()) == [letter]
    assert actions.retry(letter, by=mira, now=now + HOUR)
    look(now + HOUR)
    assert (fresh(letter).state, len(carrier.mails)) == ("sent", 1)


def test_a_nudge_of_unknown_outcome_stays_unknown(mira, now, look, carrier):
    letter = post(mira, now, "tests.nudge")
    carrier.answers = [Answer(Outcome.UNKNOWN)]
    for _ in range(3):
        look(now)
    assert (fresh(letter).state, carrier.mails) == ("unknown", [])


def test_what_a_dead_sender_had_claimed_is_ready_again_because_nothing_was_sent(mira, now, look, carrier):
    letter = post(mira, now)
    assert claim(now) == [letter]
    look(now)
    assert (fresh(letter).state, carrier.mails) == ("claimed", [])
    expire_leases()
    look(now)
    assert (fresh(letter).state, fresh(letter).attempts, len(carrier.mails)) == ("sent", 1, 1)


@pytest.mark.parametrize(
    ("kind", "state", "tries"),
    [("tests.news", "sent", ["unknown", "ok"]), ("tests.nudge", "unknown", ["unknown"])],
)
def test_what_a_dead_sender_was_sending_is_unknown(mira, now, look, carrier, kind, state, tries):
    letter = post(mira, now, kind)
    [claimed] = claim(now)
    assert sending.begin(claimed, sending.writing.write(LETTERS[kind], claimed, now), keep=True)
    look(now)
    assert fresh(letter).state == "sending"
    expire_leases()
    look(now)
    assert (fresh(letter).state, len(carrier.mails)) == (state, len(tries) - 1)
    assert list(letter.tries.order_by("pk").values_list("outcome", flat=True)) == tries


def test_a_slow_sender_whose_letter_was_given_up_still_settles_it(mira, now, carrier):
    letter = post(mira, now, "tests.nudge")
    [claimed] = claim(now)
    kind = LETTERS["tests.nudge"]
    assert sending.begin(claimed, sending.writing.write(kind, claimed, now), keep=True)
    expire_leases()
    sending.reap()
    assert fresh(letter).state == "unknown"
    mail = sending.writing.message(
        sending.writing.write(kind, claimed, now), message_id=letter.message_id, now=now
    )
    assert sending.hand_over(claimed, kind, mail, carrier, Clock(now, 30)) == "sent"
    assert fresh(letter).state == "sent"


def test_who_has_lost_the_claim_does_not_send(mira, now, carrier):
    post(mira, now)
    [mine] = claim(now)
    expire_leases()
    assert sending.send_one(mine, LETTERS["tests.news"], carrier, Clock(now, 30)) == ""
    sending.reap()
    assert sending.drop(mine, "cancelled", "no longer true") == ""
    assert fresh(mine).state == "ready"
    [theirs] = claim(now)
    assert sending.drop(mine, "cancelled", "no longer true") == ""
    assert sending.send_one(mine, LETTERS["tests.news"], carrier, Clock(now, 30)) == ""
    assert sending.send_one(theirs, LETTERS["tests.news"], carrier, Clock(now, 30)) == "sent"
    assert len(carrier.mails) == 1


def test_a_letter_of_an_unknown_kind_waits_for_a_newer_worker(mira, now, look):
    letter = post(mira, now, "tests.from_tomorrow")
    look(now)
    assert fresh(letter).state == "ready"


def test_no_try_is_used_up_while_there_is_no_server(mira, now, look, settings):
    letter = post(mira, now)
    with mail_server(settings):
        pass
    for _ in range(5):
        look(now, carrier=None)
    assert (fresh(letter).state, fresh(letter).attempts, Attempt.objects.count()) == ("ready", 0, 0)
    assert "ConnectionRefusedError" in Heartbeat.objects.get(name="post").note
    with pytest.raises(Unreachable):
        sending.BREAKER.check(f"127.0.0.1:{settings.EMAIL_PORT}")


def test_over_a_real_line_refusals_and_accidents_leave_the_rows_they_should(db, now, look, settings):
    kinds = ["tests.news", "tests.nudge", "tests.news", "tests.nudge", "tests.news"]
    letters = [post(make.person(), now, kind, key=str(n)) for n, kind in enumerate(kinds)]
    replies = {"RCPT": ["250 fine", "550 nobody", "451 later"], "BODY": ["250 kept", HANG_UP]}
    with mail_server(settings, **replies) as server:
        look(now, carrier=None)
        assert [fresh(letter).state for letter in letters] == ["sent", "dead", "ready", "unknown", "sent"]
        look(now + 2 * MINUTE, carrier=None)
    assert [fresh(letter).state for letter in letters] == ["sent", "dead", "sent", "unknown", "sent"]
    assert len(server.received) == 4


def test_a_demo_keeps_letters_in_its_post_box(mira, now, look, settings):
    settings.DEMO, settings.EMAIL_URL = True, ""
    letter = post(mira, now)
    look(now, carrier=None)
    row = fresh(letter)
    assert (row.state, row.note, row.subject) == ("sent", "kept in the post box", "News for Mira Holm")


def test_codes_are_not_kept(mira, now, look, carrier, settings):
    settings.DEMO = False
    letter = post(mira, now, "tests.code", data={"title": "123456"})
    look(now)
    row = fresh(letter)
    assert carrier.mails[0]["Subject"].startswith("123456")
    assert (row.state, row.data, row.subject, row.body_text, row.body_html) == ("sent", {}, "", "", "")
    settings.DEMO = True
    shown = post(mira, now, "tests.code", key="two", data={"title": "123456"})
    look(now)
    assert "123456" in fresh(shown).body_text


def test_how_letters_read_is_forgotten_after_thirty_days(mira, now, look):
    old = post(mira, now, key="old")
    look(now)
    waiting = post(mira, now, key="waiting", run_at=now + 40 * DAY)
    Heartbeat.objects.filter(name="housekeeping").update(started=now - 1000 * DAY)
    look(now + 29 * DAY)
    assert fresh(old).body_text != ""
    look(now + 31 * DAY)
    assert fresh(old).body_text != "", "the house is kept once a day, by the wall clock"
    Heartbeat.objects.filter(name="housekeeping").update(started=now - 1000 * DAY)
    look(now + 31 * DAY)
    row = fresh(old)
    assert (row.state, row.subject, row.body_text, row.body_html, row.recipient) == ("sent", "", "", "", "")
    assert fresh(waiting).state == "ready"


def test_a_batch_that_runs_out_of_time_is_given_back(db, now, look, carrier, monkeypatch):
    for n in range(5):
        post(make.person(), now, key=str(n))
    clock = Clock(now, 30)
    taken = iter([True, True, True, False])
    monkeypatch.setattr(Clock, "has_time", property(lambda self: next(taken, False)))
    sending.send(clock, LETTERS, catchup.sendable(clock, LETTERS), carrier)
    states = sorted(Letter.objects.values_list("state", flat=True))
    assert states == ["ready", "ready", "sent", "sent", "sent"]
