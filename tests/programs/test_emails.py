import pytest
from django.urls import reverse

from activity.models import Letter
from activity.writing import write
from programs import actions
from programs.letters import LETTERS
from programs.models import Enrolment, Program
from tests import make


def at(name, program, *more):
    return reverse(f"programs:{name}", args=[program.public_id, *more])


def text(response):
    return " ".join(response.content.decode().split())


@pytest.fixture
def cora_at(client, cora):
    client.force_login(cora)
    return client


KINDS = ["invitation", "invitation_reminder", "answers_received"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("somebody", [True, False])
def test_the_preview_shows_the_letter_and_no_working_link(cora_at, opened, theo, kind, somebody):
    if somebody:
        make.enrolment(opened, theo, state="invited")
    response = cora_at.get(at("email_preview", opened, kind))
    written = response.context["written"]
    assert ("Theo" if somebody else "Cora") in f"{written.recipient}" and "Cora" in written.text
    assert "/i/" not in written.text + written.html
    assert Letter.objects.count() == 0


def test_the_page_may_frame_the_letter_and_nothing_else(cora_at, opened):
    policy = cora_at.get(at("email_preview", opened, "invitation"))["Content-Security-Policy"]
    assert "frame-src 'self'" in policy and "script-src 'self'" in policy
    framed = cora_at.get(at("email_html", opened, "invitation"))
    assert (
        "frame-ancestors 'self'" in framed["Content-Security-Policy"]
        and "sandbox" in framed["Content-Security-Policy"]
    )
    assert (framed["X-Frame-Options"], "script-src" in framed["Content-Security-Policy"]) == (
        "SAMEORIGIN",
        False,
    )


def test_the_letter_is_seen_in_a_real_browser(page, live_server, console, client, cora, transactional_db):
    now = make.NOW
    opened = make.open_program(cora, now=now)
    client.force_login(cora)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    page.goto(live_server.url + at("email_preview", opened, "invitation"))
    frame = page.frame_locator("iframe.mail")
    frame.get_by_text("has invited you to take part as a mentee").first.wait_for()


def test_unknown_kinds_are_not_found(cora_at, opened):
    for kind in ("nonsense", "test_invitation", "new_link_wanted"):
        assert cora_at.get(at("email_preview", opened, kind)).status_code == 404
        assert cora_at.get(at("email_html", opened, kind)).status_code == 404


def test_a_test_goes_to_the_coordinator_once_a_minute(cora_at, opened, cora):
    for _ in range(2):
        assert "A test is on its way to" in text(cora_at.post(at("email_test", opened), follow=True))
    letters = Letter.objects.all()
    assert len(letters) in (1, 2) and {letter.person for letter in letters} == {cora}
    written = write(LETTERS["programs.test_invitation"], letters[0], letters[0].created_at)
    assert "/i/" not in written.text


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


def test_the_list_shows_what_became_of_each_letter_and_sends_again(cora_at, opened, theo, cora, now):
    actions.invite(make.enrolment(opened, theo, state="invited"), by=cora, now=now)
    letter = Letter.objects.get()
    Letter.objects.update(state="dead")
    assert "Theo Tamm" in text(cora_at.get(at("emails", opened)))
    assert "It is being sent again." in text(
        cora_at.post(at("email_retry", opened), {"letter": letter.pk}, follow=True)
    )
    letter.refresh_from_db()
    assert letter.state == "ready"
    for odd in ("", "x", "9" * 50, "0", "\0"):
        assert cora_at.post(at("email_retry", opened), {"letter": odd}).status_code == 404


def test_a_letter_of_another_program_cannot_be_sent_again_here(cora_at, opened, other_pair, now):
    letter = Letter.objects.create(
        key="x", kind="programs.invitation", scope=other_pair.program.scope, state="dead",
        message_id="<x@example.org>", created_at=now, wanted_at=now, run_at=now,
    )  # fmt: skip
    assert cora_at.post(at("email_retry", opened), {"letter": letter.pk}).status_code == 404


def test_many_letters_cost_no_more_than_few(cora_at, opened, cora, now, django_assert_num_queries):
    actions.invite(make.enrolment(opened, state="invited"), by=cora, now=now)
    cora_at.get(at("emails", opened))
    for _ in range(2):
        with django_assert_num_queries(8):
            cora_at.get(at("emails", opened))
        for _ in range(10):
            actions.invite(make.enrolment(opened, state="invited"), by=cora, now=now)
