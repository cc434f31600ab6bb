"""Mails as anybody may send them: read as plain values, or not read at all; nothing else happens."""

import pytest

from activity import incoming
from activity.incoming import Report, Unreadable, is_signature, own_lines, read, status_in

REPORT = """Return-Path: <>
From: MAILER-DAEMON@mx.example.net
To: mentoring+b-abc@example.org
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="cut"

--cut
Content-Type: text/plain

<theo@example.org>: 550 5.1.1 no such user
--cut
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; theo@example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {diagnosis}

--cut
Content-Type: message/rfc822

From: mentoring@example.org
To: theo@example.org
Subject: News
Content-Type: multipart/report; boundary="inner"

--inner
Content-Type: message/delivery-status

Action: failed
Status: 5.7.1

--inner--
--cut--
"""


def report(action="failed", status="5.1.1", diagnosis="550 5.1.1 no such user"):
    return REPORT.format(action=action, status=status, diagnosis=diagnosis).encode()


def reply(text, *, headers="", kind="text/plain; charset=utf-8"):
    return (
        f"From: Theo Tamm <theo@example.org>\nTo: mentoring+r-abc@example.org\n{headers}"
        f"Content-Type: {kind}\n\n{text}"
    ).encode()


# What a mail server reports


def test_a_report_says_what_became_of_the_letter_and_why():
    mail = read(report())

    assert mail.reports == (Report("failed", "5.1.1"),)
    assert mail.recipients == ("mentoring+b-abc@example.org",)
    assert (mail.returned, mail.is_automatic) == (True, True)


@pytest.mark.parametrize(
    ("action", "status", "diagnosis", "expected"),
    [
        ("failed", "4.2.2", "452 4.2.2 over quota", Report("failed", "4.2.2")),
        ("Delayed", "4.4.1", "", Report("delayed", "4.4.1")),
        ("delivered", "2.0.0", "250 2.0.0 ok", Report("delivered", "")),
        ("failed", "", "smtp; 550 5.2.1 closed", Report("failed", "5.2.1")),
        ("failed", "", "554 denied", Report("failed", "5.0.0")),
        ("failed", "nonsense", "no number", Report("failed", "")),
        ("failed", "2.0.0", "550 5.1.1 but in truth", Report("failed", "5.1.1")),
    ],
)
def test_the_number_is_taken_where_it_stands(action, status, diagnosis, expected):
    assert read(report(action, status, diagnosis)).reports == (expected,)


def test_a_report_that_is_enclosed_in_another_mail_says_nothing_of_this_one():
    inner = report().decode()
    outer = (
        'Return-Path: <theo@example.org>\nFrom: theo@example.org\nContent-Type: multipart/mixed; boundary="o"\n\n'
        f"--o\nContent-Type: message/rfc822\n\n{inner}\n--o--\n"
    )

    mail = read(outer.encode())

    assert (mail.reports, mail.returned) == ((), False)


@pytest.mark.parametrize(
    ("head", "text", "expected"),
    [
        (
            "Return-Path: <>\nFrom: Mailer-Daemon@example.net\n",
            "Remote host said: 550 5.1.1 unknown",
            (Report("failed", "5.1.1"),),
        ),
        ("Return-Path: <>\nFrom: x@example.net\n", "Remote host said: 550 5.1.1 unknown", ()),
        ("From: Mailer-Daemon@example.net\n", "I was unable to deliver it.", (Report("failed", ""),)),
        ("Return-Path: <>\nFrom: x@example.net\n", "I was unable to deliver it.", ()),
        (
            "Return-Path: <>\nFrom: theo@example.org\nAuto-Submitted: auto-replied\n",
            "I am away. Call 550 5.1.1.",
            (),
        ),
        ("From: theo@example.org\n", "550 5.1.1 unknown", ()),
    ],
)
def test_without_a_report_only_a_mail_server_is_believed(head, text, expected):
    assert read(f"{head}\n{text}".encode()).reports == expected


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("550 no such user", "5.0.0"),
        ("Your mail did not arrive:\n\n    550 no such user", "5.0.0"),
        ("<theo@example.org>:\nRemote host said: 550 unknown", "5.0.0"),
        ("<theo@example.org>: host mx[192.0.2.25] said: 450 try again (in reply to RCPT TO)", "4.0.0"),
        (">>> RCPT To:<theo@example.org>\n<<< 550 User unknown", "5.0.0"),
        ("    (reason: 550 User unknown)", "5.0.0"),
        ("after RCPT TO:<theo@example.org>: 550 User unknown", "5.0.0"),
        ("host mx.example.net [192.0.2.25]: 552-full", "5.0.0"),
        ("Remote Server returned '550 unknown'", "5.0.0"),
        ("#550 unknown##", "5.0.0"),
        ("550-5.1.1 no such user", "5.1.1"),
        ("Not delivered. Questions? Call 555-1234, or +1 555 123 4567.", ""),
        ("Not delivered. Come to Room 512 or 404: we are there.", ""),
        ("555-1234 is our telephone number", ""),
        ("590 letters wait", ""),
    ],
)
def test_a_mail_server_that_writes_in_words_begins_a_line_with_its_number_or_quotes_it(text, status):
    assert read(f"From: MAILER-DAEMON@mx.example.net\n\n{text}".encode()).reports == (
        Report("failed", status),
    )


AWAY = (
    "I am away. Call 555-1234, or come to Room 512.\n\n555-1234 is my telephone.\nHe said: 550 5.1.1 is it."
)


@pytest.mark.parametrize(
    "headers",
    [
        "",
        "Auto-Submitted: auto-generated\n",
        "Auto-Submitted: auto-replied\n",
        "Precedence: bulk\nX-Auto-Response-Suppress: All\n",
    ],
)
def test_a_note_of_absence_reports_nothing_whatever_its_headers_and_its_telephone_number_say(headers):
    mail = read(reply(AWAY, headers=f"Return-Path: <>\n{headers}"))

    assert (mail.returned, mail.is_automatic, mail.reports) == (True, True, ())


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("550 5.1.1 <theo@example.org>", "5.1.1"),
        ("host mx[192.0.2.25] said: 450 4.7.1 try again", "4.7.1"),
        ("version 15.4.1.2 of 10.5.1.1", ""),
        ("552-full", "5.0.0"),
        ("5.1.10 none; then 4.2.2", "5.1.10"),
        ("", ""),
    ],
)
def test_a_number_is_told_from_addresses_and_versions(text, status):
    assert status_in(text) == status


# What somebody writes


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Yes\n\n> Did you meet?", ["Yes"]),
        ("\n\n  Not   held \n", ["Not held"]),
        ("> Did you meet?\n\nNo", ["No"]),
        ("On Monday, Mentorship wrote:\n> Did you meet?\nYes", ["Yes"]),
        ("No.\n\nWe did meet, on Thursday", ["No.", "We did meet, on Thursday"]),
        ("Yes\nbut only on Tuesday\n> Did you meet?", ["Yes", "but only on Tuesday"]),
        ("> Did you meet?\nYes\nbut late\n> On Thursday?", ["Yes", "but late"]),
        ("Yes\nWith one condition:", ["Yes", "With one condition:"]),
        ("Yes\nOn one condition:\n> Did you meet?", ["Yes", "On one condition:"]),
        ("Yes\nOn Thursday we met.\nMentorship wrote:\n> Did you meet?", ["Yes", "On Thursday we met."]),
        ("Yes\n\nOn Mon, 3 May 2026 at 10:00, Mentorship <in@x.example> wrote:\n\nDid you meet?", ["Yes"]),
        ("Yes\n\nOn Mon, 3 May 2026 at 10:00, Mentorship\n<in+r-a2@x.example> wrote:\n\n> Did you", ["Yes"]),
        ("Yes\nOn Mon, 3 May 2026 at\n10:00, Mentorship\n<in@x.example> wrote:\n> Did you", ["Yes"]),
        ("Ja\n\nAm Mo., 3. Mai 2026 um 10:00 Uhr schrieb Mentorship <in@x.example>:\n> Did you", ["Ja"]),
        ("Ja\n\nman. 3. mai 2026 kl. 10:00 skrev Mentorship <in@x.example>:\n\n> Did you", ["Ja"]),
        ("On 3 May 2026, Mentorship\n<in@x.example> wrote:\n> Did you meet?\n\nYes\nTheo", ["Yes", "Theo"]),
        ("Yes\n________________________________\nFrom: Mentorship\nDid you meet?", ["Yes"]),
        ("Yes\n*From:* Mentorship\nDid you meet?", ["Yes"]),
        ("\ufeff\u200b\nYes\n\u200b\n", ["Yes"]),
        ("-----Original Message-----\nYes", []),
        ("Von: Mentorship\nJa", []),
        ("-- \nTheo", []),
        ("", []),
        ("x" * 500, ["x" * 200]),
        ("x\n" * 500, ["x"] * incoming.MOST_LINES),
    ],
)
def test_the_lines_that_somebody_wrote(text, lines):
    assert list(own_lines(text)) == lines


def test_of_a_text_in_several_parts_nothing_is_overlooked():
    mixed = (
        'From: a@b.example\nContent-Type: multipart/mixed; boundary="o"\n\n'
        "--o\nContent-Type: text/plain\n\nYes\n--o\nContent-Type: text/plain\n\nbut late\n--o--\n"
    )

    assert read(mixed.encode()).lines == ("Yes", "but late")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Theo",
        "Theo Tamm",
        "TT",
        "T. Tamm",
        "Theo Aleksander Tamm",
        "Teddy",
        "Best regards,\nTheo",
        "Kind regards\nT.",
        "Thanks!\nTheo",
        "Best,\nT. Tamm",
        "All the best,\nMister Tamm",
        "Mit freundlichen Grüßen\nTheo Tamm",
        "Med vennlig hilsen\nTheo\nSendt fra min iPhone",
        "Sent from my iPhone",
        "Sent from Outlook for iOS<https://aka.ms/o0ukef>",
        "Get Outlook for Android <https://aka.ms/ghei36>",
        "Von meinem iPhone gesendet",
        "Gesendet mit der GMX Mail App",
    ],
)
def test_a_signature_adds_nothing(text):
    assert is_signature(text.splitlines(), "Theo Aleksander Tamm Teddy") is True


@pytest.mark.parametrize(
    "text",
    [
        "We did meet",
        "Not Thursday",
        "Mira",
        "Only Tuesday",
        "Theo, on Tuesday",
        "Theo Tamm\nbut only on Tuesday",
        "Theo Theo Theo Theo Theo",
        "Thanks\nMaybe",
        "Thanks but no",
        "Best\nOnly on Tuesday",
        "Best\nMaybe.",
        "Best\nTheo\nMaybe",
        "Sent from my iPhone, but on Tuesday",
        "Sent from my phone so I cannot say more than that",
        "PS: on Tuesday",
        "?",
    ],
)
def test_anything_else_adds_something(text):
    assert is_signature(text.splitlines(), "Theo Aleksander Tamm Teddy") is False


def test_the_text_is_read_in_its_own_charset_and_an_unknown_one_does_no_harm():
    assert read(reply("Ja").replace(b"utf-8", b"no-such-charset")).first_line == "Ja"
    assert (
        read(b"From: a@b.example\nContent-Type: text/plain; charset=latin-1\n\navsl\xe5").first_line
        == "avslå"
    )
    assert read(b"From: a@b.example\nContent-Type: text/plain; charset=utf-8\n\nyes\xff").first_line == "yes�"


def test_attachments_are_not_read():
    mixed = (
        'From: a@b.example\nContent-Type: multipart/mixed; boundary="o"\n\n'
        "--o\nContent-Type: text/plain\nContent-Disposition: attachment\n\nYes\n--o--\n"
    )
    assert read(mixed.encode()).first_line == ""


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated",
        "Precedence: bulk",
        "Precedence: auto_reply",
        "X-Autoreply: yes",
        "List-Id: <all.example.org>",
        "Return-Path: <>",
    ],
)
def test_what_nobody_wrote_is_known(header):
    assert read(reply("Yes", headers=f"{header}\n")).is_automatic is True


def test_what_somebody_wrote_is_known():
    assert (
        read(reply("Yes", headers="Auto-Submitted: no\nReturn-Path: <theo@example.org>\n")).is_automatic
        is False
    )


@pytest.mark.parametrize(
    ("given", "sender"),
    [
        ("From: Theo <THEO@example.org>", "theo@example.org"),
        ("From: theo@example.org, mira@example.org", ""),
        ("From: theo@example.org\nFrom: theo@example.org", ""),
        ('From: "mira@example.org" <theo@example.org>', "theo@example.org"),
        ("From: nobody", ""),
        ("Subject: none", ""),
    ],
)
def test_there_is_one_sender_or_none(given, sender):
    assert read(f"{given}\n\nYes".encode()).sender == sender


# What nobody should have sent

HOSTILE = [
    b"",
    b"\x00" * 2000,
    b"\xff\xfe" * 500,
    b"From: " + b"a" * 500_000 + b"\n\nYes",
    b"From: theo@example.org\n" + b"X-Many: 1\n" * 50_000 + b"\nYes",
    b"Content-Type: multipart/report; boundary=\n\n--\n",
    b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n" * 20_000,
    b"Content-Type: multipart/report\n\nno boundary at all",
    b'Content-Type: text/plain; charset="\x00"\nContent-Transfer-Encoding: base64\n\n!!!!',
    b"Content-Transfer-Encoding: uuencode\n\nbegin 999 x\n\xff\n",
    b"From: =?utf-8?b?////?= <\xff@\xff>\nTo: ,,,<<>>;;:::\n\n\xff",
    b"Content-Type: message/rfc822\n\n" * 3000,
    b"Subject: a\r\n b\r\n\tc\r\n\r\n\r\n",
    b"Content-Type: message/delivery-status\n\nAction: failed\nStatus: 5.1.1\n",
]


def nested(depth):
    head = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(depth))
    return head.encode() + b"Content-Type: text/plain\n\nYes"


@pytest.mark.parametrize("raw", [*HOSTILE, nested(20), nested(2000)], ids=range(len(HOSTILE) + 2))
def test_a_hostile_mail_is_read_or_refused_and_reports_nothing(raw):
    try:
        mail = read(raw)
    except Unreadable:
        return
    assert mail.reports == ()


def test_a_mail_that_is_too_large_is_not_read():
    with pytest.raises(Unreadable, match="too large"):
        read(b"From: a@b.example\n\n" + b"x" * incoming.LARGEST)
