"""One letter among many cannot be written, and one timed fact cannot be acted on: the others do not notice."""

from collections import Counter
from datetime import timedelta

import pytest

from activity import actions, sending
from activity.models import Due, Letter
from activity.tick import tick
from tests import make
from tests.activity.kinds import DUES, LETTERS
from tests.faults.sizes import SIZES

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("plain_mail", "ample")]

HOUR = timedelta(hours=1)


def test_one_of_many_that_is_broken_ends_dead_with_its_reason_and_the_others_go(now, sink):
    count, person = SIZES.letters_each_mode, make.person()
    actions.post_all(
        actions.draft(
            "tests.news", person, about=person, key=f"{n}", now=now, data={"broken": n == count // 2}
        )
        for n in range(count)
    )
    actions.arm("tests.broken", person, at=now - HOUR, occurrence="broken", now=now)
    actions.arm("tests.tell", person, at=now, occurrence="good", now=now)

    for hours in range(sending.UNWRITABLE_TRIES + 1):
        tick(now + hours * timedelta(minutes=61), letters=LETTERS, dues=DUES, budget_seconds=600)

    assert Counter(Letter.objects.values_list("state", flat=True)) == {"sent": count, "dead": 1}
    assert sorted(sink.message_ids().values()) == [1] * count
    (dead,) = Letter.objects.dead()
    assert dead.key == f"{count // 2}"
    assert dead.note.startswith("could not be written: KeyError at ")
    assert "confidence" not in dead.note
    assert dict(Due.objects.values_list("occurrence", "state")) == {"broken": "armed", "good": "fired"}
    assert Due.objects.get(occurrence="broken").failures == sending.UNWRITABLE_TRIES + 1
