import re
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from activity import actions, links, writing
from activity.kinds import OwnWords
from activity.writing import NoAddress
from core.tokens import Invalid
from tests import make
from tests.activity.kinds import LETTERS

INVITATION = "\r\n".join(
    [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//test//EN",
        "METHOD:REQUEST",
        "BEGIN:VEVENT",
        "UID:1@example.org",
        "DTSTAMP:20261012T090000Z",
        "DTSTART:20261015T120000Z",
        "SUMMARY:Gespräch",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
)


def written(person, now, kind="tests.news", **data):
    letter = actions.draft(kind, person, about=person, key="one", now=now, data=data)
    return writing.write(LETTERS[kind], letter, now)


def as_sent(letter, now):
    """What a mail program of the reader makes of the bytes that went over the line."""
    mail = writing.message(letter, message_id="<one@example.org>", now=now)
    content = mail.as_bytes()
    assert content.isascii()
    return message_from_bytes(content, policy=default)


def test_a_letter_is_written_in_the_readers_zone_and_nothing_is_escaped_in_text(mira, theo, now):
    assert written(mira, now, title="<Fish> & chips").text == (
        '<Fish> & chips & "plain" words at 11:00. You asked for it.\n\n.a line that begins with a dot\n'
    )
    assert written(theo, now, title="<Fish>").html == (
        '<p lang="en">&lt;Fish&gt; at 05:00. You asked for it.</p>\n'
    )


def test_a_zone_that_no_longer_exists_stops_no_letter(mira, now):
    mira.zone = "Mars/Olympus"
    assert "at 09:00." in written(mira, now).text


def test_what_is_no_longer_true_is_not_written(mira, now):
    assert written(mira, now, untrue=True) is None


@pytest.mark.parametrize(
    "address", [None, "", "no-at-sign", "two@@example.org", "jörg@example.org", f"a@{'b' * 64}.org"]
)
def test_who_cannot_be_reached_is_said(db, now, address):
    person = make.person("Nobody")
    person.email = address
    with pytest.raises(NoAddress):
        written(person, now)


def test_the_headers_say_who_writes_to_whom_and_where_to_answer(mira, now, settings):
    settings.DEFAULT_FROM_EMAIL = "Mentoring <mentoring@example.org>"
    mail = as_sent(written(mira, now), now)
    assert mail["From"] == "Mentoring <mentoring@example.org>"
    assert mail["To"] == "Mira Holm <mira@example.org>"
    assert mail["Subject"] == "News for Mira Holm"
    assert mail["Message-ID"] == "<one@example.org>"
    assert mail["Date"].datetime == now
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Reply-To"] is None
    assert mail["List-Unsubscribe"] is None

    named = written(mira, now, sender_name="Dana Whitfield (Halden mentoring)", reply_to="dana@example.org")
    mail = as_sent(named, now)
    assert mail["From"].addresses[0].display_name == "Dana Whitfield (Halden mentoring)"
    assert mail["From"].addresses[0].addr_spec == "mentoring@example.org"
    assert mail["Reply-To"] == "dana@example.org"


def test_only_letters_that_can_be_done_without_are_turned_off_with_one_click(mira, now, settings):
    settings.PUBLIC_URL = "https://mentoring.example.org"
    mail = as_sent(written(mira, now, "tests.nudge"), now)
    found = re.fullmatch(r"<https://mentoring\.example\.org(/letters/off/(.+)/)>", mail["List-Unsubscribe"])
    assert links.behind_off(found[2], now=now + timedelta(days=399)) == (mira, "nudges")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    with pytest.raises(Invalid):
        links.behind_off(found[2], now=now + timedelta(days=401))
    type(mira).objects.filter(pk=mira.pk).update(email="mira.new@example.org")
    with pytest.raises(Invalid):
        links.behind_off(found[2], now=now)
    mail = as_sent(written(mira, now, "tests.news"), now)
    assert (mail["List-Unsubscribe"], mail["List-Unsubscribe-Post"]) == (None, None)


def test_letters_about_one_thing_to_one_reader_are_shown_together(mira, theo, now):
    def thread(person, **details):
        letter = actions.draft("tests.news", person, about=person, key="k", now=now, **details)
        mail = as_sent(writing.write(LETTERS["tests.news"], letter, now), now)
        assert mail["In-Reply-To"] == mail["References"]
        return mail["References"]

    program = thread(mira, scope="programs.program:7")
    assert program == thread(mira, scope="programs.program:7", data={"title": "Other"})
    assert program.startswith("<") and program.endswith("@localhost>")
    pair = thread(mira, scope="programs.program:7", data={"thread": "relationships.relationship:3"})
    others = {thread(theo, scope="programs.program:7"), thread(mira, scope="programs.program:8"), pair}
    assert len(others | {program}) == 4
    assert thread(mira) is None


def test_long_addresses_and_references_travel_as_they_are(mira, now, settings):
    """A header that is read back is decoded again: what mail programs are given are the bytes."""
    settings.PUBLIC_URL = f"https://{'mentoring.' * 6}example.org"
    letter = actions.draft(
        "tests.nudge", mira, about=mira, key="k", now=now, scope="programs.program:7", data={"title": "Ü"}
    )
    mail = writing.message(
        writing.write(LETTERS["tests.nudge"], letter, now),
        message_id=actions.message_id(letter.public_id),
        now=now,
    )
    lines = mail.as_bytes().split(b"\r\n")
    (off,) = [line for line in lines if line.startswith(b"List-Unsubscribe:")]
    assert re.fullmatch(
        rb"List-Unsubscribe: <https://(mentoring\.){6}example\.org/letters/off/[\w.-]+/>", off
    )
    for name in (b"In-Reply-To", b"References"):
        (line,) = [line for line in lines if line.startswith(name + b":")]
        assert re.fullmatch(name + rb": <[\w.-]+@(mentoring\.){6}example\.org>", line)
    assert mail.as_string().count("=?utf-8?q?=3Chttps") == 0


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x0b", "\x00", "\u2028", "\x85"])
def test_no_header_can_be_smuggled_in(mira, now, end):
    mira.full_name = f"Mira{end}Bcc: all@example.org"
    letter = written(
        mira, now, title=f"News{end}Bcc: all@example.org", sender_name=f"Dana{end}Bcc: all@example.org"
    )
    mail = as_sent(letter, now)
    assert mail["Bcc"] is None
    assert mail["Subject"] == "News Bcc: all@example.org for Mira Bcc: all@example.org"
    assert [address.addr_spec for address in mail["To"].addresses] == ["mira@example.org"]


def test_text_html_and_invitation_arrive_as_they_were_written(mira, now):
    letter = written(mira, now, title="Grüße – 你好 " + "x" * 1000, calendar=INVITATION)
    mail = as_sent(letter, now)
    parts = {part.get_content_type(): part for part in mail.walk() if not part.is_attachment()}
    assert list(parts) == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
    ]
    assert parts["text/plain"].get_content().replace("\r\n", "\n") == letter.text
    assert parts["text/html"].get_content().replace("\r\n", "\n") == letter.html
    assert parts["text/calendar"].get_param("method") == "REQUEST"
    assert parts["text/calendar"].get_content().replace("\r\n", "\n") == INVITATION.replace("\r\n", "\n")
    [enclosed] = mail.iter_attachments()
    assert (enclosed.get_filename(), enclosed.get_content_type()) == ("invite.ics", "text/calendar")
    assert len(letter.subject) <= 200


def test_a_link_in_a_letter_is_a_whole_address(settings):
    settings.PUBLIC_URL = "https://mentoring.example.org"
    assert writing.link("/pairs/x/") == "https://mentoring.example.org/pairs/x/"
    assert writing.link("https://elsewhere.example.org/") == "https://elsewhere.example.org/"


def test_a_draft_reads_as_the_letter_that_is_sent_later(mira, now, look, carrier):
    draft = written(mira, now, title="Preview")
    actions.post("tests.news", mira, about=mira, key="one", now=now, data={"title": "Preview"})
    look(now + timedelta(seconds=30))
    assert carrier.mails[0]["Subject"] == draft.subject
    assert carrier.mails[0].get_body(("plain",)).get_content().replace("\r\n", "\n") == draft.text


def test_own_words_take_the_place_of_the_subject_alone_and_a_mark_stands_before_it(mira, now):
    def own(letter, words):
        return OwnWords(subject=f"{words['title']}\r\nBcc: all", opening="Dear", language="de")

    letter = actions.draft("tests.news", mira, about=mira, key="one", now=now, data={"subject_mark": "Test:"})
    kind = replace(LETTERS["tests.news"], own_words=own)
    worded = writing.write(kind, letter, now)
    assert worded.subject == "Test: News Bcc: all"
    assert writing.in_one_line(kind, letter, now).subject == worded.subject
    standing = replace(kind, own_words=lambda _letter, _words: None)
    assert writing.write(standing, letter, now).subject == f"Test: {written(mira, now).subject}"


def test_the_sender_is_named_with_the_place_for_which_they_speak(mira, now):
    named = written(mira, now, sender_name="Dana Whitfield", sender_place="Emerging (2027), Leaders")
    mail = as_sent(named, now)
    assert mail["From"].addresses[0].display_name == "Dana Whitfield (Emerging (2027), Leaders)"
    assert written(mira, now, sender_place="Emerging").sender == written(mira, now).sender
