"""Mails that come in, whole, as a mail server pipes them: what each does, and that nothing else does anything."""

import io
import sys
from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.core.management import call_command
from django.db import OperationalError
from icalendar import Calendar

from activity import writing
from activity.actions import post
from activity.addresses import guest_address, reply_address, return_address
from activity.models import Event, Letter, RefusingAddress, Return, resolve
from matching.models import Proposal
from mentorship import inbound
from mentorship.clockwork import LETTERS
from mentorship.inbound import REPLIES, in_words, take
from mentorship.letters import NOT_UNDERSTOOD
from relationships.actions import cancel_meeting, mark_held, mark_not_held, move_meeting, plan_meeting
from relationships.calendars import read_answer
from relationships.letters.meetings import uid_of
from relationships.models import InvitationAnswer, Meeting
from tests import make
from tests.make import NOW

DAY = timedelta(days=1)
OURS = "mentoring@example.org"


@pytest.fixture(autouse=True)
def clock(db, settings):
    settings.INBOUND_ADDRESS = OURS
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def posted(kind, person, about, **data):
    """A letter of that kind that has gone out."""
    letter = post(
        kind,
        person,
        about=about,
        key=f"{kind}|{person.pk}|{data}",
        now=NOW,
        data=data,
        scope="programs.program:1",
    )
    Letter.objects.filter(pk=letter.pk).update(state=Letter.State.SENT, sent_at=NOW)
    return Letter.objects.select_related("person").get(pk=letter.pk)


@pytest.fixture
def waiting(pair):
    return make.meeting(pair, state="scheduled", starts_at=NOW - 2 * DAY)


@pytest.fixture
def asked(waiting, theo):
    """The letter that asks Theo whether they met."""
    return posted("relationships.was_it_held", theo, waiting, occurrence=waiting.occurrence)


@pytest.fixture
def planned(pair, theo):
    how = {"minutes": 45, "mode": "video", "place": ""}
    return plan_meeting(pair, starts_at=NOW + 3 * DAY, by=theo, now=NOW, **how)


@pytest.fixture
def invitation(planned, mira):
    """The letter that invites Mira."""
    letter = Letter.objects.get(kind="relationships.meeting_planned", person=mira)
    Letter.objects.filter(pk=letter.pk).update(state=Letter.State.SENT, sent_at=NOW)
    return Letter.objects.select_related("person").get(pk=letter.pk)


@pytest.fixture
def offer(program, mira, theo):
    return make.proposal(program, mira, theo, told_from=NOW - timedelta(minutes=1))


@pytest.fixture
def offered(offer, theo):
    return posted("matching.offer_mentee", theo, offer)


def mail(sender, to, text="", *, headers=""):
    return (
        f"Return-Path: <{sender}>\nFrom: Somebody <{sender}>\nTo: {to}\n"
        f"Subject: Re: something\n{headers}\n{text}\n\n> what was asked\n"
    ).encode()


def reply(letter, text, *, sender="", headers=""):
    return take(mail(sender or letter.person.email, reply_address(letter), text, headers=headers), now=NOW)


def bounce_of(letter, *, status="5.1.1", action="failed", to=""):
    return (
        f"Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.net\nTo: {to or return_address(letter)}\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="cut"\n\n'
        "--cut\nContent-Type: text/plain\n\nNo.\n"
        "--cut\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\n"
        f"Final-Recipient: rfc822; x@example.org\nAction: {action}\nStatus: {status}\n\n--cut--\n"
    ).encode()


def of(meeting):
    return Meeting.objects.get(pk=meeting.pk)


def answers():
    return {(one.person.short_name, one.answer) for one in InvitationAnswer.objects.select_related("person")}


def explanations():
    return list(Letter.objects.filter(kind=NOT_UNDERSTOOD))


def nothing_happened():
    """Neither facts nor letters beside those that the test has made itself."""
    kept = (Return, RefusingAddress, InvitationAnswer)
    return not explanations() and not any(model.objects.exists() for model in kept)


# Letters that come back


def test_a_letter_that_comes_back_for_good_closes_the_address(asked, theo):
    assert take(bounce_of(asked), now=NOW) == "returned"
    assert take(bounce_of(asked), now=NOW) == "known"

    row = RefusingAddress.objects.get()
    assert (row.address, row.status, row.letter) == (theo.email, "5.1.1", asked)
    assert Letter.objects.get(pk=asked.pk).note == "came back (5.1.1)"


def test_the_same_letter_sent_again_can_come_back_again(asked):
    take(bounce_of(asked, status="4.2.2"), now=NOW)
    Letter.objects.filter(pk=asked.pk).update(state=Letter.State.SENT, sent_at=NOW + DAY)

    assert take(bounce_of(asked, status="4.2.2"), now=NOW + DAY) == "returned"
    assert Return.objects.count() == 2 and not RefusingAddress.objects.exists()


def test_whom_the_mail_server_took_it_for_counts_more_than_what_it_says(asked):
    raw = bounce_of(asked, to="somebody@example.net")

    assert take(raw, now=NOW) == "ignored"
    assert take(raw, recipient=return_address(asked), now=NOW) == "returned"


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_what_is_no_failure_does_nothing(asked, action):
    assert take(bounce_of(asked, action=action, status="4.4.1"), now=NOW) == "ignored"
    assert nothing_happened()


def test_a_mail_server_without_reports_is_understood_too(asked):
    head = f"Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.net\nTo: {return_address(asked)}\n\n"

    assert take(f"{head}550 5.1.1 no such user".encode(), now=NOW) == "returned"
    assert RefusingAddress.objects.get().status == "5.1.1"


def test_an_out_of_office_note_to_that_address_does_nothing(asked):
    away = mail(
        asked.person.email, return_address(asked), "Away. 550 5.1.1", headers="Auto-Submitted: auto-replied\n"
    )

    assert take(away, now=NOW) == "ignored"
    assert nothing_happened()


@pytest.mark.parametrize(
    "headers",
    [
        "",
        "Auto-Submitted: auto-generated\n",
        "Precedence: bulk\nX-Auto-Response-Suppress: All\n",
    ],
)
def test_a_note_of_absence_with_a_telephone_number_closes_no_address(asked, headers):
    away = (
        f"Return-Path: <>\nFrom: {asked.person.email}\nTo: {return_address(asked)}\n{headers}\n"
        "I am away. Call me at 555-1234, or come to Room 512.\n\n550 5.1.1 is what I once read.\n"
    )

    assert [take(away.encode(), now=NOW + n * DAY) for n in range(5)] == ["ignored"] * 5
    assert nothing_happened()
    assert Letter.objects.get(pk=asked.pk).state == "sent"


def test_with_a_forged_address_nothing_comes_back(asked):
    address = return_address(asked)
    for forged in (address.replace("+b-", "+b-a"), reply_address(asked), OURS, "x@example.org"):
        assert take(bounce_of(asked, to=forged), now=NOW) == "ignored"
    assert nothing_happened()


# Did you meet?


@pytest.mark.parametrize(
    "text", ["Yes", "yes.", "  YES!  ", "Held", "Ja", "> Did you meet?\nYes", "We met\n-- \nTheo"]
)
def test_yes_says_that_they_met(asked, waiting, theo, text):
    assert reply(asked, text) == "answered"
    assert reply(asked, text) == "answered"

    kept = of(waiting)
    assert (kept.state, kept.marked_by, kept.marked_at) == ("held", theo, NOW)
    assert Event.objects.filter(verb="relationships.meeting_held").count() == 1


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Yes\n\nTheo", "held"),
        ("Yes\n\nBest regards,\nTheo Tamm", "held"),
        ("No.\n\nSent from my iPhone", "no_show"),
        ("No\n-- \nTheo Tamm\nWe met, says my signature", "no_show"),
        ("Yes\n\nOn Mon, 3 May 2026 at 10:00, Mentorship\n<in@example.org> wrote:\n\nDid you meet?", "held"),
    ],
)
def test_a_word_that_is_only_signed_counts(asked, waiting, text, state):
    assert reply(asked, text) == "answered"
    assert of(waiting).state == state


@pytest.mark.parametrize(
    "text",
    [
        "No.\n\nWe did meet, on Thursday",
        "No\n\nWe did meet",
        "Yes\nbut only on Tuesday",
        "> Did you meet?\nYes\nbut not with Mira",
        "Yes\n\nMira",
        "Yes\n\nTheo\n\nPS: on Thursday",
    ],
)
def test_a_word_that_more_follows_does_nothing_and_is_explained(asked, waiting, text):
    assert reply(asked, text) == "explained"

    assert of(waiting).state == "scheduled"
    (letter,) = explanations()
    assert (letter.person, letter.data["by_page"]) == (asked.person, False)


def test_an_offer_with_a_condition_is_neither_accepted_nor_declined(offered, offer):
    assert reply(offered, "Accept\n\nbut only until May") == "explained"
    assert reply(offered, "Decline\nunless Mira insists") == "explained before"
    assert said(offer)["Theo"] == ""


def test_yes_confirms_what_the_other_has_said(asked, waiting, theo, mira):
    mark_held(of(waiting), by=mira, now=NOW)

    assert reply(asked, "Yes") == "answered"
    assert (of(waiting).marked_by, of(waiting).confirmed_by) == (mira, theo)


@pytest.mark.parametrize("text", ["No", "Not held", "not-held", "nein", "Nei."])
def test_no_says_that_they_did_not(asked, waiting, text):
    assert reply(asked, text) == "answered"
    assert reply(asked, text) == "answered"
    assert of(waiting).state == "no_show"


def test_no_does_not_overturn_what_the_other_has_said(asked, waiting, mira):
    mark_held(of(waiting), by=mira, now=NOW)

    assert reply(asked, "No") == "explained"
    assert of(waiting).disputed_at is None and explanations()[0].data["by_page"] is True


def test_about_a_meeting_that_has_moved_or_is_off_nobody_is_asked_any_more(asked, waiting, mira):
    Meeting.objects.filter(pk=waiting.pk).update(starts_at=NOW - DAY)
    assert reply(asked, "Yes") == "explained"

    Meeting.objects.filter(pk=waiting.pk).update(starts_at=waiting.starts_at, state="cancelled")
    assert reply(asked, "Yes") == "explained before"
    assert of(waiting).state == "cancelled"


def test_after_no_comes_yes(asked, waiting, mira):
    mark_not_held(of(waiting), by=mira, now=NOW)

    assert reply(asked, "Yes") == "answered"
    assert of(waiting).state == "held"


# Offers


def said(offer):
    members = Proposal.objects.get(pk=offer.pk).members.select_related("person")
    return {member.person.short_name: member.answer for member in members}


def test_an_offer_is_accepted_in_a_word(offered, offer):
    assert reply(offered, "Accept") == "answered"
    assert reply(offered, "Accept") == "answered"
    assert said(offer) == {"Mira": "", "Theo": "accepted"}


def test_an_offer_is_declined_in_a_word(offered, offer):
    assert reply(offered, "Not this time.") == "answered"
    assert reply(offered, "Decline") == "answered"
    assert said(offer)["Theo"] == "declined"


def test_what_is_answered_is_not_answered_otherwise(offered, offer):
    reply(offered, "Decline")

    assert reply(offered, "Accept") == "explained"
    assert said(offer)["Theo"] == "declined"


def test_an_offer_that_has_run_out_is_not_answered(offered, offer):
    Proposal.objects.filter(pk=offer.pk).update(expires_at=NOW)

    assert reply(offered, "Accept") == "explained"
    assert said(offer)["Theo"] == ""


def test_nobody_accepts_texts_unread(offered, offer, program):
    program.conduct_version += 1
    program.save()

    assert reply(offered, "Accept") == "explained"
    assert said(offer)["Theo"] == ""


# Invitations, in a word


def test_an_invitation_is_answered_in_a_word_and_the_last_word_holds(invitation):
    assert reply(invitation, "Accept") == "answered"
    assert answers() == {("Mira", "accepted")}

    assert reply(invitation, "No") == "answered"
    assert answers() == {("Mira", "declined")}


def test_an_invitation_to_another_time_is_not_answered_any_more(invitation, planned, theo):
    how = {"minutes": 45, "mode": "video", "place": ""}
    move_meeting(of(planned), starts_at=NOW + 4 * DAY, by=theo, now=NOW, **how)

    assert reply(invitation, "Accept") == "explained"
    assert answers() == set()


# Who may, and what is not understood


def test_only_the_reader_of_the_letter_answers_it(asked, waiting, mira, otto):
    for sender in (mira.email, otto.email, "nobody@example.net", f"{asked.person.email}.example.net"):
        assert reply(asked, "Yes", sender=sender) == "ignored"

    assert of(waiting).state == "scheduled" and nothing_happened()


def test_a_letter_of_another_opens_nothing(asked, waiting, mira):
    theirs = posted("relationships.was_it_held", mira, waiting, occurrence=waiting.occurrence)
    raw = mail(asked.person.email, reply_address(theirs), "Yes")

    assert take(raw, now=NOW) == "ignored"
    assert of(waiting).state == "scheduled"


def test_a_forged_proof_opens_nothing(asked, waiting):
    address = reply_address(asked)
    for forged in (address.replace("+r-", "+r-b"), return_address(asked), OURS):
        assert take(mail(asked.person.email, forged, "Yes"), now=NOW) == "ignored"

    assert of(waiting).state == "scheduled" and nothing_happened()


def test_who_has_left_answers_nothing(asked, waiting):
    asked.person.is_active = False
    asked.person.save()

    assert reply(asked, "Yes") == "ignored"
    assert of(waiting).state == "scheduled"


@pytest.mark.parametrize(
    "header",
    ["Auto-Submitted: auto-replied", "Precedence: bulk", "X-Autoreply: yes", "List-Id: <all.example.org>"],
)
def test_what_a_machine_sends_is_never_answered(asked, waiting, header):
    assert reply(asked, "Yes", headers=f"{header}\n") == "ignored"
    assert reply(asked, "I am away", headers=f"{header}\n") == "ignored"
    assert of(waiting).state == "scheduled" and nothing_happened()


def test_a_mail_of_ours_that_comes_back_to_us_ends_there(asked):
    for sender in (OURS, return_address(asked), reply_address(asked)):
        assert reply(asked, "Yes", sender=sender) == "ignored"
    assert nothing_happened()


def test_what_is_too_large_is_left_alone(asked, waiting):
    assert reply(asked, "Yes\n" + "x" * 1024 * 1024) == "unreadable"
    assert of(waiting).state == "scheduled" and nothing_happened()


@pytest.mark.parametrize("text", ["Maybe", "Yes, but we talked about the raise", "", "Accept", "yesno"])
def test_anything_else_is_explained_once_a_day(asked, waiting, text):
    assert reply(asked, text) == "explained"
    assert reply(asked, "again") == "explained before"

    assert of(waiting).state == "scheduled"
    (letter,) = explanations()
    assert letter.data == {"letter": str(asked.public_id), "by_page": False}
    assert take(mail(asked.person.email, reply_address(asked), "again"), now=NOW + DAY) == "explained"


def test_the_explanation_names_the_page_and_keeps_nothing_of_what_was_written(asked, theo):
    reply(asked, "We talked about the raise")
    (letter,) = explanations()

    written = writing.write(LETTERS[NOT_UNDERSTOOD], letter, NOW)

    assert written.subject == "Your reply: one word, or the page"
    assert "/pairs/" in written.text and "/log/?meeting=" in written.text
    assert "raise" not in written.text + written.html + str(letter.data)
    assert written.reply_to is None or written.reply_to.addr_spec != reply_address(letter)


def test_the_explanation_of_what_is_over_leads_home(asked, waiting, mira):
    reply(asked, "Maybe")
    mark_held(of(waiting), by=mira, now=NOW)

    written = writing.write(LETTERS[NOT_UNDERSTOOD], explanations()[0], NOW)

    assert written.subject == "Your reply came too late"
    assert "/home/" in written.text


@pytest.mark.parametrize(
    ("line", "words"),
    [("Yes!", "yes"), ("NOT-held…", "not held"), ("„Ja“", "ja"), ("AVSLÅ", "avslå"), ("***", "")],
)
def test_a_line_is_read_without_its_dress(line, words):
    assert in_words(line) == words


def test_every_letter_that_asks_for_a_word_can_be_answered_by_one():
    assert {name for name, kind in LETTERS.items() if kind.answers} == set(REPLIES)
    assert all(in_words(word) == word for kind in REPLIES.values() for word in kind.words)


def test_a_letter_says_the_word_and_where_it_goes(asked, invitation, offered, settings):
    for letter in (asked, invitation, offered):
        written = writing.write(LETTERS[letter.kind], letter, NOW)
        assert written.reply_to.addr_spec == reply_address(letter)
        assert written.returns_to == return_address(letter)
        assert "answer this email with one word" in written.text
        assert "answer this email with one word" in written.html
        assert "Questions: reply to this email" not in written.text

    settings.INBOUND_ADDRESS = ""
    written = writing.write(LETTERS[invitation.kind], invitation, NOW)
    assert written.returns_to == "" and "one word" not in written.text
    assert written.reply_to.addr_spec == of(resolve(invitation.about)).planned_by.email


# Answers of calendars


def calendar_answer(
    meeting, person, answer="ACCEPTED", *, sequence=0, stamp=NOW, uid="", method="REPLY", attendee=""
):
    return "\r\n".join(
        [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//Somebody//Calendar//EN",
            f"METHOD:{method}",
            "BEGIN:VEVENT",
            f"UID:{uid or uid_of(meeting)}",
            f"DTSTAMP:{stamp:%Y%m%dT%H%M%SZ}",
            f"DTSTART:{meeting.starts_at:%Y%m%dT%H%M%SZ}",
            f"SEQUENCE:{sequence}",
            f"ORGANIZER:mailto:{guest_address(uid_of(meeting), person.email)}",
            attendee or f"ATTENDEE;PARTSTAT={answer};CN=Somebody:mailto:{person.email}",
            "COMMENT:We talked about the raise",
            "END:VEVENT",
            "END:VCALENDAR",
            "",
        ]
    )


def organiser(text):
    """Where the calendar sends its answer: to what its invitation names."""
    (event,) = Calendar.from_ical(text).walk("VEVENT")
    return str(event["ORGANIZER"]).removeprefix("mailto:")


def with_calendar(sender, text, *, headers="", to=""):
    return take(
        (
            f"Return-Path: <{sender}>\nFrom: {sender}\nTo: {to or organiser(text)}\n{headers}"
            'Content-Type: multipart/alternative; boundary="cut"\n\n'
            "--cut\nContent-Type: text/plain\n\nYes, accepted\n"
            f"--cut\nContent-Type: text/calendar; charset=utf-8; method=REPLY\n\n{text}\n--cut--\n"
        ).encode(),
        now=NOW,
    )


def invited_by(meeting, person, kind="meeting_planned"):
    """Whom the invitation in the letter to this person names as its organiser."""
    name = f"relationships.{kind}"
    letter = Letter.objects.select_related("person").filter(kind=name, person=person).latest("pk")
    return organiser(writing.write(LETTERS[name], letter, NOW).calendar)


@pytest.mark.parametrize(
    ("said", "kept"), [("ACCEPTED", "accepted"), ("DECLINED", "declined"), ("TENTATIVE", "tentative")]
)
def test_a_calendar_says_who_comes(planned, mira, said, kept):
    assert with_calendar(mira.email, calendar_answer(planned, mira, said)) == "answered"

    row = InvitationAnswer.objects.get()
    assert (row.meeting, row.person, row.answer, row.sequence, row.at) == (planned, mira, kept, 0, NOW)
    event = Event.objects.get(verb="relationships.invitation_answered")
    assert (event.by, event.details) == (mira, {"answer": kept})


def test_each_guest_has_an_organiser_of_their_own_that_outlives_moves_and_the_end(planned, mira, theo):
    how = {"minutes": 45, "mode": "video", "place": ""}
    first = {person: invited_by(planned, person) for person in (mira, theo)}
    moved = move_meeting(of(planned), starts_at=NOW + 4 * DAY, by=theo, now=NOW, **how)
    second = {person: invited_by(moved, person, "meeting_moved") for person in (mira, theo)}
    cancel_meeting(of(planned), by=theo, now=NOW)
    third = {person: invited_by(moved, person, "meeting_cancelled") for person in (mira, theo)}

    assert first == second == third
    assert first[mira] != first[theo] and OURS not in first.values()
    assert all(address.startswith("mentoring+c-") for address in first.values())


def test_an_answer_goes_where_the_invitation_says_and_counts_there_alone(planned, mira, theo, asked):
    text = calendar_answer(planned, mira)
    another = make.meeting(planned.relationship, state="scheduled", starts_at=NOW + 9 * DAY)
    mine = invited_by(planned, mira)
    for to in (
        OURS,
        invited_by(planned, theo),
        guest_address(uid_of(another), mira.email),
        reply_address(asked),
        mine.replace("+c-", "+r-"),
        mine.replace("+c-", "+c-a"),
        mine.replace("@", "a@"),
        mine.replace("@example.org", "@example.net"),
        f"mentoring+c-@{OURS.partition('@')[2]}",
    ):
        assert with_calendar(mira.email, text, to=to) == "ignored"
    assert answers() == set()

    assert with_calendar(mira.email, text, to=mine.upper()) == "answered"
    assert answers() == {("Mira", "accepted")}


def test_one_of_a_pair_cannot_answer_for_the_other(planned, mira, theo):
    """Theo knows all of his own invitation, and writes whatever sender he likes."""
    for to in (invited_by(planned, theo), OURS):
        for sender in (mira.email, theo.email):
            forged = calendar_answer(planned, mira, "DECLINED")
            assert with_calendar(sender, forged, to=to) == "ignored"

    assert answers() == set() and not Event.objects.filter(verb="relationships.invitation_answered").exists()


def test_a_mail_server_that_names_the_recipient_is_believed_before_the_mail(planned, mira):
    text = calendar_answer(planned, mira)
    head = f"From: {mira.email}\nTo: {{}}\nContent-Type: text/calendar; method=REPLY\n\n{text}"

    assert take(head.format(organiser(text)).encode(), recipient=OURS, now=NOW) == "ignored"
    assert take(head.format(OURS).encode(), recipient=organiser(text), now=NOW) == "answered"


def test_a_calendar_answers_also_where_it_says_that_it_is_a_machine(planned, mira):
    headers = "Auto-Submitted: auto-generated\n"

    assert with_calendar(mira.email, calendar_answer(planned, mira), headers=headers) == "answered"


def test_the_newest_answer_holds_whichever_comes_first(planned, mira):
    with_calendar(mira.email, calendar_answer(planned, mira, "DECLINED", stamp=NOW - timedelta(minutes=1)))
    with_calendar(mira.email, calendar_answer(planned, mira, "ACCEPTED", stamp=NOW - timedelta(minutes=9)))
    assert answers() == {("Mira", "declined")}

    with_calendar(mira.email, calendar_answer(planned, mira, "ACCEPTED", stamp=NOW))
    assert answers() == {("Mira", "accepted")}


def test_an_answer_from_the_future_does_not_hold_for_ever(planned, mira):
    with_calendar(mira.email, calendar_answer(planned, mira, "ACCEPTED", stamp=NOW + 900 * DAY))
    with_calendar(mira.email, calendar_answer(planned, mira, "DECLINED", stamp=NOW))

    assert answers() == {("Mira", "declined")}


def test_an_answer_to_an_older_invitation_is_not_kept(planned, mira, theo):
    how = {"minutes": 45, "mode": "video", "place": ""}
    moved = move_meeting(of(planned), starts_at=NOW + 4 * DAY, by=theo, now=NOW, **how)

    assert with_calendar(mira.email, calendar_answer(moved, mira, sequence=0)) == "too late"
    assert answers() == set()
    assert with_calendar(mira.email, calendar_answer(moved, mira, sequence=1)) == "answered"


def test_to_a_meeting_that_is_off_or_has_begun_nothing_is_answered(planned, mira, theo, clock):
    text = calendar_answer(planned, mira)
    Meeting.objects.filter(pk=planned.pk).update(starts_at=NOW)
    assert with_calendar(mira.email, text) == "too late"

    Meeting.objects.filter(pk=planned.pk).update(starts_at=planned.starts_at)
    cancel_meeting(of(planned), by=theo, now=NOW)
    assert with_calendar(mira.email, text) == "too late"
    assert answers() == set()


def test_only_who_is_invited_answers_and_only_for_oneself(planned, mira, theo, otto):
    assert with_calendar(otto.email, calendar_answer(planned, otto)) == "ignored"
    assert with_calendar(theo.email, calendar_answer(planned, mira)) == "ignored"
    assert with_calendar("nobody@example.net", calendar_answer(planned, mira)) == "ignored"
    assert answers() == set()


@pytest.mark.parametrize(
    "change",
    [
        {"method": "REQUEST"},
        {"method": "COUNTER"},
        {"answer": "NEEDS-ACTION"},
        {"answer": "DELEGATED"},
        {"uid": "meeting-zzzzzzzz@localhost"},
        {"uid": "meeting-\x00@localhost"},
        {"uid": "x" * 5000},
        {"sequence": -1},
        {"sequence": "99999999999999999999"},
        {"sequence": "many"},
        {"attendee": "ATTENDEE:mailto:"},
        {"attendee": "ATTENDEE;PARTSTAT=ACCEPTED:tel:1"},
        {"attendee": "X-NOTHING:1"},
        {"attendee": "ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@b.c\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:c@d.e"},
    ],
)
def test_what_is_no_clear_answer_does_nothing(planned, mira, change):
    text = calendar_answer(planned, mira, **change)

    assert with_calendar(mira.email, text) in ("ignored", "explained")
    assert nothing_happened()


@pytest.mark.parametrize(
    "text", ["", "BEGIN:VCALENDAR", "END:VCALENDAR", "\x00" * 99, "BEGIN:VCALENDAR\r\n" * 3000]
)
def test_a_broken_calendar_is_no_answer(text):
    assert read_answer(text) is None


# The command


def piped(monkeypatch, capsys, raw, *arguments):
    """What a mail server sees: how it ended, and what was said."""
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(raw)))
    ended = 0
    try:
        call_command("inbound", *arguments)
    except SystemExit as end:
        ended = end.code
    out = capsys.readouterr()
    return ended, out.out.strip(), out.err


def test_a_mail_that_is_piped_in_is_taken(asked, waiting, monkeypatch, capsys):
    raw = mail(asked.person.email, "undisclosed", "Yes")

    assert piped(monkeypatch, capsys, raw, reply_address(asked))[:2] == (0, "answered")
    assert of(waiting).state == "held"


@pytest.mark.parametrize("raw", [b"", b"\x00\xff" * 999, b"x" * 3_000_000, b"From: a@b.example\n\nYes"])
def test_what_nobody_can_read_is_taken_too_and_nothing_is_said_of_it(raw, monkeypatch, capsys):
    ended, said, errors = piped(monkeypatch, capsys, raw)

    assert (ended, errors) == (0, "") and said in ("ignored", "unreadable")
    assert nothing_happened()


def test_while_the_database_is_away_the_mail_server_tries_again(asked, monkeypatch, capsys, caplog):
    def away(*_given, **_options):
        raise OperationalError("the words of somebody")

    monkeypatch.setattr(inbound, "replied", away)
    ended, said, errors = piped(monkeypatch, capsys, mail(asked.person.email, reply_address(asked), "Yes"))

    assert (ended, said) == (75, "")
    assert "Traceback" not in errors + caplog.text
    assert "the words of somebody" not in errors + caplog.text and "OperationalError" in caplog.text


def test_without_an_inbound_address_nothing_is_taken(settings, monkeypatch, capsys):
    settings.INBOUND_ADDRESS = ""

    ended, said, errors = piped(monkeypatch, capsys, b"From: a@b.example\n\nYes")

    assert (ended, said) == (78, "") and "INBOUND_ADDRESS is not set" in errors
