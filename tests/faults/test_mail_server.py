"""Nine ways in which a mail server fails, from the row to the inbox: what each leaves behind, and what comes after it.

Half of the letters must arrive; of the other half none may come twice.
"""

import socket
from collections import Counter
from contextlib import closing
from datetime import timedelta

import pytest

from activity import actions, carriers
from activity.carriers import Answer, Outcome
from activity.models import Attempt, Letter
from activity.tick import tick
from mentorship.supervisor import free_port
from tests import make
from tests.activity.kinds import DUES, LETTERS
from tests.faults.sizes import SIZES

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("plain_mail", "no_pause")]

COUNT = SIZES.letters_each_mode
HALF = COUNT // 2
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def impatient(settings):
    settings.EMAIL_TIMEOUT = 2


@pytest.fixture
def posted(db, now):
    """To people whose addresses are numbered."""
    for n in range(COUNT):
        person = make.person(email=f"reader.{n}@example.org")
        kind = "tests.news" if n < HALF else "tests.nudge"
        actions.post(kind, person, about=person, key=f"{kind} {n}", now=now)


def looks(now, number=2):
    for _ in range(number):
        tick(now, letters=LETTERS, dues=DUES, budget_seconds=600)


def states():
    return Counter(Letter.objects.values_list("state", flat=True))


def tries():
    return Counter(Attempt.objects.values_list("outcome", flat=True))


@pytest.fixture
def end(sink, evidence, now):
    """The server is well again, hours pass; what has become of all letters, as one line of the table."""

    def end(failure, meanwhile, settings=None, **repaired):
        sink.behave()
        for name, value in repaired.items():
            setattr(settings, name, value)
        for hours in (1, 7, 8):
            looks(now + hours * HOUR)
        came = sink.message_ids()
        letters = Letter.objects.all()
        silent = [each for each in letters if not came[each.message_id] and each.state == "sent"]
        twice = sum(came.values()) - len(came)
        evidence(
            "mail",
            failure=failure,
            letters=COUNT,
            meanwhile=said(meanwhile),
            in_the_end=said(states()),
            lost=len(silent) + letters.filter(state__in=["ready", "claimed", "sending"]).count(),
            doubled=twice,
            unknown_outcomes=tries()["unknown"],
        )
        assert silent == []
        return came, twice

    return end


def said(counts):
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "none"


def all_came_once(came, twice):
    assert states() == {"sent": COUNT}
    assert (len(came), twice) == (COUNT, 0)


def test_one_that_is_not_there(posted, now, sink, settings, end):
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, free_port()
    looks(now)
    assert (states(), tries()) == ({"ready": COUNT}, {}), "no try is used up on a server that is not there"
    all_came_once(*end("not there", states(), settings, EMAIL_PORT=port))


def test_one_that_takes_the_call_and_says_nothing(posted, now, sink, settings, end):
    settings.EMAIL_TIMEOUT = 0.3
    port = settings.EMAIL_PORT
    with closing(socket.create_server(("127.0.0.1", 0))) as mute:
        settings.EMAIL_PORT = mute.getsockname()[1]
        looks(now)
    assert (states(), tries()) == ({"ready": COUNT}, {})
    all_came_once(*end("says nothing", states(), settings, EMAIL_PORT=port, EMAIL_TIMEOUT=2))


def test_one_that_wants_everybody_to_come_back_later(posted, now, sink, end):
    sink.behave(greylists=True)
    looks(now)
    assert (states(), tries()) == ({"ready": COUNT}, {"temp": COUNT})
    waits = [letter.run_at - now for letter in Letter.objects.all()]
    assert min(waits) > timedelta(seconds=45), "it is left in peace for about a minute"
    all_came_once(*end("greylists by 421 and 451", states()))


def test_one_that_knows_nobody(posted, now, sink, end, cora):
    sink.behave(refuses="550 no such user")
    looks(now)
    assert (states(), tries()) == ({"dead": COUNT}, {"perm": COUNT})
    meanwhile = states()
    for letter in Letter.objects.dead():
        assert actions.retry(letter, by=cora, now=now)
    all_came_once(*end("refuses by 550, then asked again by a person", meanwhile))


def test_one_that_hangs_up_after_the_last_word(posted, now, sink, end):
    """All letters are with it, and it has not said so."""
    sink.behave(hangs_up=True)
    looks(now, 1)
    assert states() == {"unknown": COUNT}
    assert sink.count() == COUNT
    looks(now, 1)
    assert Counter(Letter.objects.values_list("kind", "state")) == {
        ("tests.news", "unknown"): HALF,
        ("tests.nudge", "unknown"): HALF,
    }
    came, twice = end("hangs up after the final dot", states())
    # Of what must arrive two tries were unknown and the third went well: copies of one Message-ID.
    assert Counter(Letter.objects.values_list("kind", "state")) == {
        ("tests.news", "sent"): HALF,
        ("tests.nudge", "unknown"): HALF,
    }
    assert Counter(came[letter.message_id] for letter in Letter.objects.filter(kind="tests.news")) == {
        3: HALF
    }
    assert Counter(came[letter.message_id] for letter in Letter.objects.filter(kind="tests.nudge")) == {
        1: HALF
    }
    assert twice <= tries()["unknown"] == 3 * HALF


def test_one_that_is_very_slow(posted, now, sink, end):
    sink.behave(delay=0.1)
    looks(now)
    all_came_once(*end("answers slowly", states()))


def test_one_that_refuses_every_second_reader(posted, now, sink, end):
    sink.behave(refuses_odd="550 no such user")
    looks(now)
    assert states() == {"sent": HALF, "dead": HALF}
    came, twice = end("refuses every second reader", states())
    assert states() == {"sent": HALF, "dead": HALF}
    assert (len(came), twice) == (HALF, 0)


def test_one_that_does_not_encrypt(posted, now, sink, settings, end):
    settings.EMAIL_USE_TLS = True
    looks(now)
    assert (states(), tries(), sink.count()) == ({"ready": COUNT}, {}, 0)
    all_came_once(*end("does not encrypt", states(), settings, EMAIL_USE_TLS=False))


def test_one_that_does_not_accept_the_password(posted, now, sink, settings, end):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "name", "wrong"
    looks(now)
    assert (states(), tries(), sink.count()) == ({"ready": COUNT}, {}, 0)
    all_came_once(*end("does not accept the password", states(), settings, EMAIL_HOST_USER=""))


def test_control_a_carrier_that_takes_silence_after_the_last_word_for_a_no_doubles_in_silence(
    posted, now, sink, evidence, monkeypatch
):
    original = carriers.MailServer._hand_over

    def hopeful(self, smtp):
        answer = original(self, smtp)
        if answer.outcome == Outcome.UNKNOWN:
            return Answer(Outcome.TEMP, reply=answer.reply, host=answer.host)
        return answer

    monkeypatch.setattr(carriers.MailServer, "_hand_over", hopeful)
    sink.behave(hangs_up=True)
    looks(now)
    sink.behave()
    looks(now + HOUR)
    came = sink.message_ids()
    twice = sum(came.values()) - len(came)
    evidence("mail", failure="control: silence after the dot taken for a no", letters=COUNT, doubled=twice)
    assert twice == COUNT
    assert tries()["unknown"] == 0
