"""The letters about joining a program, as they go out."""

import pytest

from activity.models import Letter
from activity.writing import write
from programs import actions
from programs.letters import LETTERS
from programs.models import Enrolment, Program
from tests import make


def test_the_invitation_carries_the_link_the_words_and_the_coordinator(opened, theo, cora, now):
    Program.objects.filter(pk=opened.pk).update(invitation_note="Do join & <b>bring</b> questions.")
    enrolment = actions.invite(make.enrolment(opened, theo, state="invited"), by=cora, now=now)
    letter = Letter.objects.get()
    written = write(LETTERS[letter.kind], letter, now)
    assert "Theo, you have a place in Emerging Leaders" in written.text
    assert "Do join & <b>bring</b> questions." in written.text
    assert "<b>bring</b>" not in written.html
    assert f"/i/{enrolment.public_id}." in written.text and "/no/" in written.text
    assert "Cora Conti" in str(written.sender) and cora.email in str(written.reply_to)

    actions.decline_invitation(enrolment, now=now)
    assert write(LETTERS[letter.kind], letter, now) is None


def test_people_of_a_file_are_asked_to_check_their_answers(opened, theo, cora, now):
    enrolment = make.enrolment(opened, theo, state="accepted", answered_by_file=True)
    actions.invite(enrolment, by=cora, now=now)
    letter = Letter.objects.get()
    assert (
        "check the answers that Cora has filled in for you" in write(LETTERS[letter.kind], letter, now).text
    )


@pytest.mark.parametrize("change", ["closed", "left", "removed", "answered"])
def test_an_invitation_that_is_no_longer_true_is_not_sent(opened, theo, cora, now, change):
    enrolment = actions.invite(make.enrolment(opened, theo, state="invited"), by=cora, now=now)
    letter = Letter.objects.get()
    if change == "closed":
        Program.objects.update(state="suspended")
    elif change == "left":
        theo.is_active = False
        theo.save()
    else:
        Enrolment.objects.filter(pk=enrolment.pk).update(state="removed" if change == "removed" else "ready")
    assert LETTERS[letter.kind].context(letter, now) is None
