"""The letters of a program as its coordinators see, word, preview and test them."""

import re

import pytest
from django.template import engines
from django.urls import reverse
from django.utils import timezone

from activity.actions import draft
from activity.models import Letter
from activity.writing import in_one_line, write
from mentorship.clockwork import EDITABLE, LETTERS
from mentorship.email_pages import Reading, written
from programs import actions
from programs.models import Program, Wording
from programs.wordings import GROUPS, TEXTS
from tests import make
from tests.pages import words_of

# Letters to coordinators, about an account, or of no program.
NOT_WORDED = {
    "activity.digest",
    "matching.scheduled_run",
    "mentorship.not_understood",
    "people.password_changed",
    "people.password_reset_code",
    "people.sign_in_code",
    "people.unknown_account",
    "programs.new_link_wanted",
    "relationships.unanswered",
    "reports.monday",
}
NUDGE = "relationships.nudge"


@pytest.fixture
def now():
    """The pages live in the present."""
    return timezone.now()


@pytest.fixture
def two(opened, mira, theo):
    """Mira mentors Theo in the program."""
    return make.relationship(program_=opened, mentor=mira, mentee=theo, stage="cultivation")


def at(name, program, *more):
    return reverse(f"emails:{name}", args=[program.public_id, *more])


def words(**given):
    return {"subject": "", "opening": "", "closing": "", "language": "en", "version": "0", **given}


def put(program, kind, *, by, now, **given):
    texts = {**dict.fromkeys(TEXTS, ""), "language": "en", **given}
    return actions.change_wording(program, kind, texts, based_on=0, by=by, now=now)


def nudge_to(reader, pair, now):
    letter = draft(NUDGE, reader, about=pair, key="nudge", now=now, scope=pair.program.scope)
    return write(LETTERS[NUDGE], letter, now)


# Which letters


def test_every_letter_that_goes_to_people_of_a_program_can_be_worded():
    """A new kind needs a line in a table of wordings, or one above."""
    tests = {name for name in LETTERS if name.startswith("programs.test.")}
    assert set(LETTERS) - set(EDITABLE) - tests == NOT_WORDED
    assert set(EDITABLE) - set(LETTERS) == set()
    assert tests == {f"programs.test.{name}" for name in EDITABLE}
    assert {name for name, kind in LETTERS.items() if kind.own_words} == set(EDITABLE) | tests
    assert {editable.group for editable in EDITABLE.values()} == set(GROUPS)


def test_the_page_lists_them_by_moment_and_in_whose_words(cora_at, opened, cora, now):
    put(opened, "relationships.begun", by=cora, now=now, opening="Welcome.")
    page = cora_at.get(at("index", opened))
    lines = {line.kind: line.is_worded for _group, lines in page.context["groups"] for line in lines}
    others = {kind for kind, one in EDITABLE.items() if "one_to_one" not in one.formats}
    assert others >= {"matching.offer_peer", "matching.offer_group"}
    assert set(lines) == set(EDITABLE) - others
    assert {kind for kind, is_worded in lines.items() if is_worded} == {"relationships.begun"}
    assert "When a meeting is planned In the standard words" in words_of(page)


@pytest.mark.parametrize(
    ("form", "offers"), [("peer", {"matching.offer_peer"}), ("group", {"matching.offer_group"})]
)
def test_a_program_words_the_letters_of_its_own_form(cora_at, opened, form, offers):
    Program.objects.filter(pk=opened.pk).update(format=form)
    groups = cora_at.get(at("index", opened)).context["groups"]
    kinds = {line.kind for _group, lines in groups for line in lines}
    assert {kind for kind in kinds if kind.startswith("matching.offer_") and "reminder" not in kind} == offers


# The words in a letter


def test_own_words_stand_in_subject_text_and_html_and_facts_stay(two, theo, cora, now):
    put(
        two.program, NUDGE, by=cora, now=now, language="nb",
        subject="{coordinator} til {first_name}",
        opening="Hei {first_name},\n\nhvordan går det med {partner}?\nVi lurer.",
        closing="Hilsen {coordinator}, {program}",
    )  # fmt: skip
    plain = nudge_to(theo, two, now)
    assert plain.subject == "Cora Conti til Theo"
    assert "\n\nHei Theo,\n\nhvordan går det med Mira?\nVi lurer.\n\n" in plain.text
    assert "\nHilsen Cora Conti, Emerging Leaders\n" in plain.text
    assert (
        '<div lang="nb" dir="auto"><p>Hei Theo,</p>\n\n<p>hvordan går det med Mira?<br>Vi lurer.</p></div>'
        in plain.html
    )
    for part in (plain.text, plain.html):
        assert "How is it going with Mira?" in part and f"/pairs/{two.public_id}/" in part
        assert "You get this because you take part in Emerging Leaders." in part


def test_what_is_left_empty_is_said_in_the_standard_words(two, theo, cora, now):
    before = nudge_to(theo, two, now)
    put(two.program, NUDGE, by=cora, now=now, closing="Yours")
    after = nudge_to(theo, two, now)
    assert (after.subject, after.text.replace("\nYours\n", "")) == (before.subject, before.text)


def test_the_words_of_the_moment_of_sending_count_and_those_of_no_other_program(
    two, other_pair, theo, cora, now
):
    oda, olga = other_pair.coordinators[0], other_pair.mentee
    put(two.program, NUDGE, by=cora, now=now, subject="Before")
    letter = draft(NUDGE, theo, about=two, key="nudge", now=now)
    Wording.objects.update(subject="After")
    assert write(LETTERS[NUDGE], letter, now).subject == "After"
    assert nudge_to(olga, other_pair, now).subject == "Oda asks how it is going"
    put(other_pair.program, NUDGE, by=oda, now=now, subject="Elsewhere")
    assert (nudge_to(olga, other_pair, now).subject, nudge_to(theo, two, now).subject) == (
        "Elsewhere",
        "After",
    )


def test_the_digest_tells_a_letter_by_its_own_subject(two, theo, cora, now):
    put(two.program, NUDGE, by=cora, now=now, subject="Hello {first_name}")
    letter = draft(NUDGE, theo, about=two, key="nudge", now=now)
    assert in_one_line(LETTERS[NUDGE], letter, now).subject == "Hello Theo"


def test_names_are_text_and_neither_markup_nor_templates(two, theo, mira, cora, now):
    theo.full_name, mira.full_name = "<b>{program}</b> {{ reader.password }} x", "{% now 'Y' %} {coordinator}"
    theo.save()
    mira.save()
    put(two.program, NUDGE, by=cora, now=now, subject="{first_name}", opening="{first_name} & {partner} <i>")
    written = nudge_to(theo, two, now)
    assert "{{" not in written.subject.replace(theo.short_name, "")
    assert f"{theo.short_name} & {mira.short_name} <i>" in written.text
    assert (
        "<i>" not in written.html
        and "&amp;" in written.html
        and "<b>" not in written.html.partition("<h1")[2].partition("</h1>")[2]
    )


def test_the_code_of_a_template_is_only_text(two, theo, cora, now):
    put(two.program, NUDGE, by=cora, now=now, opening="%(name)s {% now 'Y' %} %s ${x} {{ x }} end")
    assert "\n\n%(name)s  %s $  end\n\n" in nudge_to(theo, two, now).text


# Samples


@pytest.fixture
def complaining(settings):
    """A word that a template asks for and does not get is seen."""
    engine = engines["django"].engine
    before, engine.string_if_invalid = engine.string_if_invalid, "MISSING<%s>"
    yield
    engine.string_if_invalid = before


@pytest.mark.parametrize("paired", [True, False])
def test_each_letter_can_be_seen_with_all_its_words(opened, mira, theo, cora, complaining, paired):
    """With a real pair and without one, and every placeholder in use."""
    enrolment = make.enrolment(opened, theo, state="matched")
    if paired:
        make.relationship(program_=opened, mentor=mira, mentee=theo)
    other = "Mira" if paired else "Alex"
    for kind, editable in EDITABLE.items():
        Program.objects.filter(pk=opened.pk).update(format=editable.formats[0])
        program = Program.objects.get(pk=opened.pk)
        enrolment.refresh_from_db()
        names = " ".join(f"<{name}={{{name}}}>" for name in editable.placeholders)
        texts = {"subject": "", "opening": names, "closing": "", "language": "en"}
        letter = written(kind, Reading(program, cora, enrolment), texts)
        said = f"{letter.subject}{letter.text}{letter.html}"
        assert re.findall(r"MISSING<(?!own\.).{30}", said) == [], kind
        values = dict(re.findall(r"<(\w+)=([^>]*)>", letter.text))
        assert list(values) == editable.placeholders
        assert "" not in values.values() and "None" not in values.values(), kind
        assert (values["first_name"], values["program"]) == ("Theo", "Emerging Leaders")
        assert values.get("partner", other) == other, kind
        assert re.findall(r"/i/|/letters/off/|/by-mail/|None", said) == [], kind
        assert str(letter.recipient).startswith("Theo Tamm") and "(Emerging Leaders)" in str(letter.sender)


def test_each_letter_can_be_sent_to_oneself_as_a_test(opened, cora, otto, now):
    for kind in EDITABLE:
        name = f"programs.test.{kind}"
        put(opened, kind, by=cora, now=now, subject="For {first_name}", opening="Opening")
        letter = write(LETTERS[name], draft(name, cora, about=opened, key="test", now=now), now)
        assert letter.subject == "Test: For Cora"
        assert "Opening" in letter.text and not letter.unsubscribe and not letter.calendar
        assert "You get this because you asked for a test of this letter of Emerging Leaders." in letter.text
        assert write(LETTERS[name], draft(name, otto, about=opened, key="test", now=now), now) is None
        elsewhere = draft(name, cora, about="programs.enrolment:1", key="test", now=now)
        assert write(LETTERS[name], elsewhere, now) is None


# The page of one letter


def test_words_are_saved_shown_and_taken_back(cora_at, opened, cora):
    url = at("letter", opened, NUDGE)
    assert "In the standard words." in words_of(cora_at.get(url))
    answer = cora_at.post(url, words(subject="Hello {first_name}", opening="One\r\n\r\nTwo", language="nb"))
    assert (answer.status_code, answer["Location"]) == (303, url)
    saved = Wording.objects.get()
    assert (saved.subject, saved.opening, saved.language) == ("Hello {first_name}", "One\n\nTwo", "nb")
    page = cora_at.get(url)
    assert "last changed by Cora Conti" in words_of(page) and page.context["written"].subject == "Hello Cora"
    assert '<option value="nb" selected>Norsk (bokmål)</option>' in page.content.decode()
    for said in ("is in the standard words again", "is in the standard words already"):
        assert said in words_of(cora_at.post(at("standard", opened, NUDGE), follow=True))
    assert not Wording.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"subject": "{name}"}, "subject", "“{name}” is not a placeholder of this letter. These are: "),
        ({"opening": "{first_name"}, "opening", "There is a “{” by itself. A placeholder has both: "),
        ({"closing": "a\x0bb"}, "closing", "There is a character in it that cannot be seen."),
        ({"subject": "x" * 121}, "subject", "Ensure this value has at most 120 characters"),
        ({"opening": "x" * 2001}, "opening", "Ensure this value has at most 2000 characters"),
        ({"subject": "one\r\nBcc: two"}, "subject", "A subject is one line."),
        ({"subject": ""}, "subject", "Write one of the three, or go back to the standard words below."),
        ({"subject": "x", "language": "tlh"}, "language", "Select a valid choice."),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_lost_or_saved(
    cora_at, opened, wrong, field, said
):
    for name in ("letter", "preview"):
        answer = cora_at.post(at(name, opened, NUDGE), words(**wrong))
        assert answer.status_code == 422
        assert list(answer.context["form"].errors) == [field]
        assert answer.context["form"].errors[field][0].startswith(said)
        assert words_of(answer).count(said) == 2  # above, and beside the field
        assert answer.context["form"][field].value() == wrong[field]
    assert not Wording.objects.exists()


def test_a_stale_page_shows_both_and_saves_on_the_second_press(cora_at, opened, cora, now):
    put(opened, NUDGE, by=cora, now=now, subject="Theirs")
    url = at("letter", opened, NUDGE)
    answer = cora_at.post(url, words(subject="Mine"))
    assert answer.status_code == 409
    assert "Somebody else has changed these words" in words_of(answer) and "Theirs" in words_of(answer)
    assert 'value="Mine"' in answer.content.decode()
    assert Wording.objects.get().subject == "Theirs"
    again = {name: answer.context["form"][name].value() for name in (*TEXTS, "language", "version")}
    assert cora_at.post(url, again).status_code == 303
    assert Wording.objects.get().subject == "Mine"


def test_unsaved_words_are_shown_in_the_frame_too_and_saved_nowhere(cora_at, opened, theo, client):
    make.enrolment(opened, theo, state="matched")
    form = words(subject="Draft for {first_name}", opening="Only a draft", person=theo.public_id)
    page = cora_at.post(at("preview", opened, NUDGE), form)
    assert page.context["written"].subject == "Draft for Theo"
    assert "Not saved yet" in words_of(page) and 'value="Draft for {first_name}"' in page.content.decode()
    framed = re.search(r'<iframe class="mail" src="([^"]+)"', page.content.decode())[1].replace("&amp;", "&")
    assert framed == f"{at('html', opened, NUDGE)}?person={theo.public_id}&unsaved=1"
    assert "Only a draft" in cora_at.get(framed).content.decode()
    assert "Only a draft" not in cora_at.get(framed.replace("&unsaved=1", "")).content.decode()
    other = at("html", opened, "relationships.begun")
    assert "Only a draft" not in cora_at.get(f"{other}?unsaved=1").content.decode()
    assert not Wording.objects.exists()


def test_only_people_of_this_program_are_shown_as_readers(cora_at, opened, theo, mira, otto, other_pair):
    make.enrolment(opened, theo, state="matched")
    make.enrolment(opened, mira, "mentor", state="matched")
    nowhere = make.enrolment(opened, state="matched").person
    type(nowhere).objects.filter(pk=nowhere.pk).update(email=None)
    url = at("letter", opened, NUDGE)
    page = cora_at.get(url)
    assert page.context["people"] == [(mira.public_id, "Mira Moreau"), (theo.public_id, "Theo Tamm")]
    assert "Mira Moreau" in str(page.context["written"].recipient)
    assert "Theo Tamm" in str(cora_at.get(url, {"person": theo.public_id}).context["written"].recipient)
    for stranger in (otto.public_id, other_pair.mentee.public_id, nowhere.public_id, "x", "\0", "x" * 900):
        assert cora_at.get(url, {"person": stranger}).status_code == 404
        assert cora_at.get(at("html", opened, NUDGE), {"person": stranger}).status_code == 404
        assert cora_at.post(url, words(subject="x", person=stranger)).status_code == 404
    assert not Wording.objects.exists()


def test_what_cannot_be_worded_is_not_found(cora_at, opened):
    for kind in (
        "nonsense",
        "people.sign_in_code",
        "programs.new_link_wanted",
        "reports.monday",
        "programs.test.x",
    ):
        for name in ("letter", "html"):
            assert cora_at.get(at(name, opened, kind)).status_code == 404
        for name in ("letter", "preview", "standard", "test"):
            assert cora_at.post(at(name, opened, kind), words(subject="x")).status_code == 404
    assert (Wording.objects.count(), Letter.objects.count()) == (0, 0)


def test_a_test_goes_to_the_coordinator_alone_and_once_a_minute(cora_at, opened, cora, theo, monkeypatch):
    make.enrolment(opened, theo, state="matched")
    url = at("test", opened, NUDGE)
    assert "A test is on its way to" in words_of(cora_at.post(url, {"person": theo.public_id}, follow=True))
    cora_at.post(url)
    rows = list(Letter.objects.all())
    assert {(row.kind, row.person, row.scope) for row in rows} == {
        (f"programs.test.{NUDGE}", cora, opened.scope)
    }
    assert len(rows) == len({f"{row.created_at:%Y-%m-%d %H:%M}" for row in rows})


def test_many_people_cost_no_more_than_few(cora_at, opened, cora, now, django_assert_num_queries):
    make.enrolment(opened, state="matched")
    for url, number in ((at("index", opened), 8), (at("letter", opened, NUDGE), 13)):
        cora_at.get(url)
        with django_assert_num_queries(number):
            cora_at.get(url)
    for _ in range(30):
        make.enrolment(opened, state="matched")
    for kind in EDITABLE:
        put(opened, kind, by=cora, now=now, subject="x")
    for url, number in ((at("index", opened), 8), (at("letter", opened, NUDGE), 13)):
        with django_assert_num_queries(number):
            cora_at.get(url)


# The frame


def test_the_page_may_frame_the_letter_and_nothing_else(cora_at, opened):
    for page in (
        cora_at.get(at("letter", opened, NUDGE)),
        cora_at.post(at("preview", opened, NUDGE), words(subject="x")),
    ):
        policy = page["Content-Security-Policy"]
        assert "frame-src 'self'" in policy and "script-src 'self'" in policy
    framed = cora_at.get(at("html", opened, NUDGE))
    policy = framed["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy and "sandbox" in policy
    assert (framed["X-Frame-Options"], "script-src" in policy) == ("SAMEORIGIN", False)


def test_words_are_previewed_and_saved_in_a_real_browser(
    page, live_server, console, client, transactional_db
):
    cora = make.person("Cora Conti")
    opened = make.open_program(cora, now=timezone.now())
    client.force_login(cora)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    page.goto(live_server.url + at("letter", opened, "programs.invitation"))
    frame = page.frame_locator("iframe.mail")
    frame.get_by_text("has invited you to take part as a mentee").first.wait_for()
    page.get_by_label("First words").fill("Dear {first_name}, do come.")
    page.get_by_role("button", name="Preview without saving").click()
    frame.get_by_text("Dear Cora, do come.").wait_for()
    assert not Wording.objects.exists()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("last changed by Cora Conti").wait_for()
    frame.get_by_text("Dear Cora, do come.").wait_for()
    assert Wording.objects.get().opening == "Dear {first_name}, do come."
