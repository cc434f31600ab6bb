"""What became of each letter: the page of a program, and that of one person in it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from activity.models import Letter
from mentorship.clockwork import LETTERS
from mentorship.deliveries import GROUPS, OTHERS, kind_in_words, told
from tests import make
from tests.pages import words_of

CANARY = "canary-body"


@pytest.fixture
def now():
    """The pages live in the present."""
    return timezone.now()


@pytest.fixture
def enrolled(opened, theo):
    return make.enrolment(opened, theo, state="matched")


def at(name, program, *more):
    return reverse(f"emails:{name}", args=[program.public_id, *more])


def put(person, program, n=0, *, state="sent", note="", kind="relationships.begun", **fields):
    now = timezone.now()
    return Letter.objects.create(
        key=f"{kind}|{person.pk}|{n}|{state}|{note}", kind=kind, person=person, scope=program.scope if program else "",
        state=state, note=note, message_id="<x@example.org>", created_at=now, wanted_at=now, run_at=now,
        subject=f"{CANARY}-subject", body_text=CANARY, body_html=CANARY, calendar=CANARY,
        **fields,
    )  # fmt: skip


OUTCOMES = [
    ("ready", "", {}, ("", "Waiting", "")),
    ("ready", "451 greylisted", {"attempts": 1}, ("watch", "Waiting for another try", "451 greylisted")),
    ("ready", "waits for working hours", {}, ("", "Waiting", "It waits for the person's working hours.")),
    ("claimed", "", {}, ("", "Being sent", "")),
    ("sending", "", {}, ("", "Being sent", "")),
    ("sent", "", {}, ("good", "Sent", "")),
    (
        "unknown", "the sender stopped while sending", {},
        ("watch", "Perhaps delivered", "The program stopped while sending it."),
    ),
    ("dead", "550 no such user", {}, ("bad", "Not delivered", "550 no such user")),
    ("dead", "came back (5.1.1)", {}, ("bad", "Not delivered", "It came back. There is no such mailbox.")),
    ("dead", "no address", {}, ("bad", "Not delivered", "The person has no address.")),
    ("cancelled", "no longer true", {}, ("", "Not sent", "It was not needed any more.")),
    ("cancelled", "turned off by the reader", {}, ("", "Not sent", "It was not needed any more.")),
    ("collapsed", "told in a digest", {}, ("", "Not sent by itself", "It was told in a digest with others.")),
    ("collapsed", "", {}, ("", "Not sent by itself", "It was folded into a later letter.")),
    (
        "held", "waiting since before the backup came back", {},
        ("watch", "Held", "It was on its way before a backup came back: an administrator looks first."),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("state", "note", "fields", "said"), OUTCOMES)
def test_what_became_of_a_letter_is_said_in_plain_words(cora_at, opened, enrolled, state, note, fields, said):
    letter = put(enrolled.person, opened, state=state, note=note, **fields)
    assert tuple(map(str, told(letter))) == said
    for page in (at("log", opened), at("of_person", opened, enrolled.public_id)):
        shown = words_of(cora_at.get(page)).replace("&#x27;", "'")
        assert f"{said[1]} {said[2]}".strip() in shown
        assert "When all have accepted, and a relationship begins" in shown


def test_every_state_belongs_to_one_filter():
    states = [state for _words, states in GROUPS.values() for state in states]
    assert sorted(states) == sorted(Letter.State.values)


def test_every_letter_of_a_program_has_a_name_in_words():
    """Letters about an account belong to no program, and the digest to none alone."""
    without = {kind for kind in LETTERS if kind_in_words(kind) == kind}
    assert {kind for kind in without if not kind.startswith("people.")} == {"activity.digest"}
    assert set(OTHERS) <= set(LETTERS)


def test_no_page_shows_what_stood_in_a_letter(cora_at, opened, enrolled):
    for n, (state, note, fields, _said) in enumerate(OUTCOMES):
        put(enrolled.person, opened, n, state=state, note=note, **fields)
    for page in (at("log", opened), at("of_person", opened, enrolled.public_id)):
        assert CANARY not in cora_at.get(page).content.decode()


def test_what_a_reader_turned_off_looks_like_what_was_no_longer_true(cora_at, opened, enrolled):
    """Beside two letters alike in everything else: whoever compares the lines finds no difference."""
    for n, note in enumerate(("turned off by the reader", "no longer true")):
        put(enrolled.person, opened, n, state="cancelled", note=note)
    for page in (at("log", opened), at("of_person", opened, enrolled.public_id)):
        one, other = (str(line["told"]) for line in cora_at.get(page).context["lines"])
        assert one == other


def test_a_day_of_somebodys_own_goals_leaves_no_line_for_a_coordinator(cora_at, opened, enrolled):
    letter = put(enrolled.person, opened, state="dead", note="550 no", kind="relationships.days_due")
    for page in (at("log", opened), at("of_person", opened, enrolled.public_id)):
        answer = cora_at.get(page)
        assert (answer.context["lines"], answer.context["states"][0][2]) == ([], 0)
    assert cora_at.post(at("retry", opened), {"letter": letter.pk}).status_code == 404
    assert Letter.objects.get(pk=letter.pk).state == "dead"


def test_the_list_is_narrowed_by_state_and_by_name(cora_at, opened, enrolled, mira):
    put(enrolled.person, opened, state="sent")
    put(enrolled.person, opened, state="dead", note="550")
    put(mira, opened, state="sent")

    def found(**query):
        page = cora_at.get(at("log", opened), query)
        return sorted(
            (line["letter"].person.short_name, line["letter"].state) for line in page.context["lines"]
        )

    everything = [("Mira", "sent"), ("Theo", "dead"), ("Theo", "sent")]
    assert found() == found(state="nonsense") == everything
    assert found(state="sent") == [("Mira", "sent"), ("Theo", "sent")]
    assert found(state="failed") == [("Theo", "dead")]
    assert found(q="theo") == [("Theo", "dead"), ("Theo", "sent")]
    assert found(q=mira.email) == [("Mira", "sent")]
    assert found(q="theo", state="failed") == [("Theo", "dead")]
    assert found(state="waiting") == []
    assert "No letter matches these filters" in words_of(cora_at.get(at("log", opened), {"state": "waiting"}))
    counts = {code: count for code, _words, count in cora_at.get(at("log", opened)).context["states"]}
    assert counts == {"": 3, "waiting": 0, "sent": 2, "failed": 1, "unknown": 0, "not-sent": 0}


def test_the_page_of_a_person_shows_the_letters_of_this_program_to_that_person_alone(
    cora_at, opened, enrolled, mira, other_pair
):
    mine = put(enrolled.person, opened, sent_at=timezone.now() - timedelta(hours=1), attempts=2)
    put(mira, opened)
    put(enrolled.person, other_pair.program, 1)
    put(enrolled.person, None, 2, kind="relationships.goal_claimed")
    page = cora_at.get(at("of_person", opened, enrolled.public_id))
    assert [line["letter"] for line in page.context["lines"]] == [mine]
    assert page.content.decode().count("<tr") == 2
    profile = cora_at.get(reverse("programs:participant", args=[opened.public_id, enrolled.public_id]))
    assert at("of_person", opened, enrolled.public_id) in profile.content.decode()
    for state in ("failed", "sent"):
        narrowed = cora_at.get(at("of_person", opened, enrolled.public_id), {"state": state})
        assert len(narrowed.context["lines"]) == (state == "sent")


def test_only_coordinators_of_the_program_see_the_letters(client, cast, opened, enrolled, theo):
    put(theo, opened)
    for name, person in cast.items():
        client.force_login(person)
        for page in (at("log", opened), at("of_person", opened, enrolled.public_id)):
            assert client.get(page).status_code == (200 if name == "cora" else 404)


def test_a_person_of_another_program_has_no_page_here(cora_at, opened, enrolled, other_pair):
    elsewhere = make.enrolment(other_pair.program)
    for stranger in (elsewhere.public_id, "nonsense", "x" * 300):
        assert cora_at.get(at("of_person", opened, stranger)).status_code == 404


# Sending again


def test_what_was_not_delivered_is_sent_again_from_either_page(cora_at, opened, enrolled):
    letter = put(enrolled.person, opened, state="dead", note="550")
    own_page = at("of_person", opened, enrolled.public_id)
    for more, leads_to in (({"enrolment": enrolled.public_id}, own_page), ({}, at("log", opened))):
        Letter.objects.update(state="dead")
        answer = cora_at.post(at("retry", opened), {"letter": letter.pk, **more})
        assert (answer.status_code, answer["Location"]) == (303, leads_to)
        letter.refresh_from_db()
        assert letter.state == "ready"
    assert "not waiting to be sent again" in words_of(
        cora_at.post(at("retry", opened), {"letter": letter.pk}, follow=True)
    )


def test_what_is_no_letter_of_this_program_is_not_sent_again(cora_at, opened, enrolled, other_pair):
    foreign = put(other_pair.mentee, other_pair.program, state="dead")
    for odd in ("", "x", "9" * 50, "9" * 18, "0", "\0", foreign.pk):
        assert cora_at.post(at("retry", opened), {"letter": odd}).status_code == 404
    mine = put(enrolled.person, opened, state="dead")
    for odd in ("\0", "x" * 900, "nonsense"):
        answer = cora_at.post(at("retry", opened), {"letter": mine.pk, "enrolment": odd})
        assert answer["Location"] == at("log", opened)


def test_many_letters_cost_no_more_than_few(cora_at, opened, enrolled, django_assert_num_queries):
    put(enrolled.person, opened)
    pages = ((at("log", opened), 9), (at("of_person", opened, enrolled.public_id), 10))
    for count in (0, 100):
        for n in range(count):
            put(enrolled.person if n % 2 else make.person(), opened, n, state="dead", note="550")
        for page, number in pages:
            cora_at.get(page)
            with django_assert_num_queries(number):
                cora_at.get(page)


def test_the_failed_ones_are_named_on_the_page_of_emails(cora_at, opened, enrolled):
    assert "could not be delivered" not in words_of(cora_at.get(at("index", opened)))
    put(enrolled.person, opened, state="dead")
    assert "1 letter could not be delivered. See which, and why" in words_of(cora_at.get(at("index", opened)))
