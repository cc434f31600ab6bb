"""The frame of all letters, and every letter that is on the shelf."""

import re
from pathlib import Path

import pytest
from django.template import Context
from django.template.loader import get_template

from core.colour import TEXT, contrast
from tests import make

SHELF = Path(__file__).parents[2] / "templates" / "emails"
FOLDERS = sorted(path.parent.relative_to(SHELF.parent) for path in SHELF.rglob("subject.txt"))
FRAME = (SHELF / "frame.html").read_text()


@pytest.fixture
def words(db):
    return {
        "reader": make.person("Amara Osei"),
        "public_url": "https://mentoring.example",
        "why": "You get this because Cora invited you.",
        "sender_name": "Cora Conti",
        "reply_to": "cora@example.org",
        "unsubscribe": "https://mentoring.example/letters/off/abc/",
        "choose": "https://mentoring.example/me/letters/",
        "lines": [],
        "code": "ABC123",
        "minutes": 10,
        "path": "/i/abc/",
        "others_late": 2,
    }


def html_of(folder, words) -> str:
    return get_template(f"{folder}/body.html").render(words)


def text_of(folder, words) -> str:
    return get_template(f"{folder}/body.txt").template.render(Context(words, autoescape=False))


def test_a_letter_says_why_it_came_whom_it_reaches_and_how_to_stop_it(words):
    for body in (html_of("emails/people/sign_in_code", words), text_of("emails/people/sign_in_code", words)):
        assert "You get this because Cora invited you." in body
        assert "Questions: reply to this email, it reaches Cora Conti." in body
        assert "https://mentoring.example/letters/off/abc/" in body
        assert "https://mentoring.example/me/letters/" in body
        assert "2 earlier messages about the same were not sent again." in body
        assert "Mentorship" in body


def test_what_is_not_known_is_not_mentioned(words):
    bare = {**words, "why": "", "sender_name": "", "unsubscribe": "", "others_late": 0, "reader": None}
    for body in (html_of("emails/people/sign_in_code", bare), text_of("emails/people/sign_in_code", bare)):
        assert re.findall("reply to this|Stop letters|Choose your|earlier message|None", body) == []


def test_a_letter_has_a_language_a_heading_and_both_schemes(words):
    html = html_of("emails/people/sign_in_code", words)
    assert '<html lang="en" dir="ltr">' in html
    assert html.count("<h1") == 1
    assert '<meta name="color-scheme" content="light dark">' in html
    assert all('role="presentation"' in table for table in re.findall(r"<table[^>]*>", html))
    assert re.findall(r"<img|<script|https?://(?!mentoring\.example)", html) == []


def test_a_letter_needs_no_more_than_it_may_weigh(words):
    assert len(html_of("emails/people/sign_in_code", words).encode()) < 30_000


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("#0c2326", "#fdfffd"),
        ("#4d6163", "#fdfffd"),
        ("#4d6163", "#f1f4f1"),
        ("#00585f", "#fdfffd"),
        ("#00585f", "#f1f4f1"),
        ("#fbfefc", "#02504a"),
        ("#e9efea", "#131c1d"),
        ("#e9efea", "#0a1213"),
        ("#a9b6b4", "#131c1d"),
        ("#a9b6b4", "#0a1213"),
        ("#8fd9d0", "#131c1d"),
        ("#8fd9d0", "#0a1213"),
        ("#06201f", "#86dccf"),
    ],
)
def test_letters_can_be_read_in_both_schemes(ink, ground):
    assert ink in FRAME + (SHELF / "_button.html").read_text()
    assert ground in FRAME + (SHELF / "_button.html").read_text()
    assert contrast(ink, ground) >= TEXT


@pytest.mark.parametrize("folder", FOLDERS, ids=str)
def test_every_letter_is_three_files_in_one_frame(folder):
    files = {path.name for path in (SHELF.parent / folder).iterdir()}
    assert files == {"subject.txt", "body.txt", "body.html"}
    html, text = ((SHELF.parent / folder / name).read_text() for name in ("body.html", "body.txt"))
    assert html.startswith('{% extends "emails/frame.html" %}')
    assert text.startswith('{% extends "emails/frame.txt" %}')
    assert "style=" not in html
    for block in ("preheader", "heading", "content"):
        assert f"{{% block {block} %}}" in html
    assert "|safe" not in html + text


# The longest day of a year to write, a usual name, a usual title.
LONGEST = {
    "name": "Ingrid", "others": "Ingrid", "by": "Ingrid", "answered_by": "Ingrid", "day": "Wednesday 23 September",
    "when": "Wednesday 23 September, 14:00", "weekday": "Wednesday", "time": "14:00", "stage": "Redefinition",
    "next_stage": "Redefinition", "first": "A step of a goal was due on Wednesday 23 September", "days_left": 5,
    "count": 12, "topics": 12, "offered": 12, "n": 1, "record": "12 meetings, 12 goals", "program": "Leading 2027",
}  # fmt: skip
SWITCHES = ("is_mentee", "is_peer", "is_group", "leads", "is_first", "has_met", "again", "was", "is_open")


@pytest.mark.parametrize("folder", FOLDERS, ids=str)
def test_a_subject_is_short_enough_to_be_read_in_a_list(folder):
    subject = get_template(f"{folder}/subject.txt").template
    for on in (True, False):
        for answer in ("agreed", "not_yet", "change"):
            words = {**LONGEST, **dict.fromkeys(SWITCHES, on), "answer": answer}
            line = subject.render(Context(words, autoescape=False)).strip()
            assert (line, 0 < len(line) <= 50) == (line, True)
            assert "!" not in line
