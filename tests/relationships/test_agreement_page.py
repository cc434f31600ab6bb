from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from relationships import actions
from relationships.actions.agreements import latest
from relationships.models import Agreement, Relationship
from relationships.terms import TERMS, Terms
from tests import make
from tests.pages import text


@pytest.fixture
def pair(program, mira, theo):
    return make.relationship(program_=program, mentor=mira, mentee=theo)


def address(pair, name="agreement"):
    return reverse(f"relationships:{name}", args=[pair.public_id])


def filled(based_on="", **fields):
    words = {name: f"About {name}." for name in TERMS}
    counted = {"cadence_days": "14", "meeting_minutes": "45", "mode": "virtual", "review_on": ""}
    return {**words, **counted, "based_on": based_on, **fields}


def save(client, person, pair, **fields):
    client.force_login(person)
    current = latest(pair)
    data = filled(current.content_hash if current else "") | fields
    return client.post(address(pair, "agreement_change"), data)


def sign(client, person, pair, content_hash=None):
    client.force_login(person)
    return client.post(
        address(pair, "signature"), {"content_hash": content_hash or latest(pair).content_hash}
    )


def test_only_the_two_can_open_it(client, cast, pair):
    make.agreement(pair)
    for name, person in cast.items():
        client.force_login(person)
        expected = 200 if name in ("mira", "theo") else 404
        for page in ("agreement", "agreement_change"):
            assert (name, client.get(address(pair, page)).status_code) == (name, expected)
        if expected == 404:
            assert save(client, person, pair).status_code == 404
            assert sign(client, person, pair).status_code == 404


def test_a_pair_without_one_starts_from_the_suggestions(client, theo, pair):
    client.force_login(theo)
    response = client.get(address(pair))
    form = response.context["form"]
    assert form["confidentiality"].value().startswith("Everything stays between us")
    assert form["cadence_days"].value() == "28"
    assert (
        form["review_on"].value() == pair.planned_start_on + (pair.planned_end_on - pair.planned_start_on) / 2
    )
    page = text(response)
    assert page.count("You and Mira can read this.") == len(TERMS) + 3
    assert "Save and show it to Mira" in page


def test_the_programs_own_words_are_suggested_first(client, theo, pair):
    pair.program.stage_settings = {"agreement": {"purpose": "Our own purpose."}}
    pair.program.save()
    client.force_login(theo)
    assert client.get(address(pair)).context["form"]["purpose"].value() == "Our own purpose."


def test_from_the_first_word_to_both_signatures(client, mira, theo, pair):
    response = save(client, theo, pair)
    assert (response.status_code, response.url) == (303, address(pair))
    assert "Sign this text" in text(client.get(response.url))
    assert "Still to sign: Mira." in text(client.get(sign(client, theo, pair).url))
    page = text(client.get(sign(client, mira, pair).url))
    assert "in force since" in page and "Propose a change" in page
    agreement = Agreement.objects.get()
    assert (agreement.state, agreement.cadence_days, agreement.terms["purpose"]) == (
        "in_force",
        14,
        "About purpose.",
    )


@pytest.mark.parametrize(
    "field, value",
    [
        ("purpose", ""),
        ("confidentiality", "   "),
        ("cadence_days", "3"),
        ("cadence_days", "x"),
        ("meeting_minutes", ""),
        ("mode", "telepathy"),
        ("review_on", "yesterday"),
        ("review_on", "2099-01-01"),
        ("purpose", "x" * 4001),
        ("notes", "nul \0 inside"),
        ("based_on", "x" * 65),
    ],
)
def test_what_cannot_be_saved_is_said_and_nothing_is_lost(client, theo, pair, field, value):
    response = save(client, theo, pair, **{field: value})
    assert response.status_code == 422
    form = response.context["form"]
    assert field in form.errors
    assert form["scheduling"].value() == "About scheduling."
    assert "There is a problem" in text(response)
    assert Agreement.objects.count() == 0


def test_two_who_write_at_once_see_both_texts_and_lose_none(client, mira, theo, pair):
    save(client, theo, pair, purpose="Theo's words.")
    response = save(client, mira, pair, purpose="Mira's words.", based_on="")
    assert response.status_code == 409
    page = text(response)
    assert "Theo&#x27;s words." in page and "Mira&#x27;s words." in page
    assert "Theo has changed the text in the meantime" in page
    assert Agreement.objects.count() == 1

    again = dict(filled(response.context["form"]["based_on"].value()), purpose="Mira's words.")
    assert client.post(address(pair, "agreement_change"), again).status_code == 303
    assert [row.terms["purpose"] for row in Agreement.objects.order_by("version")] == [
        "Theo's words.",
        "Mira's words.",
    ]


def test_what_has_changed_meanwhile_is_not_signed_but_shown(client, mira, theo, pair):
    save(client, theo, pair, purpose="First words.")
    read = latest(pair).content_hash
    save(client, theo, pair, purpose="Second words.")
    response = sign(client, mira, pair, read)
    page = text(response)
    assert response.status_code == 409
    assert "First words." in page and "Second words." in page
    assert latest(pair).signatures.count() == 0
    for hostile in ("x", "\0", "é" * 500):
        assert sign(client, mira, pair, hostile).status_code == 409


def test_earlier_versions_stay_to_be_read(client, mira, theo, pair):
    save(client, theo, pair, purpose="First words.")
    save(client, theo, pair, purpose="Second words.")
    client.force_login(mira)
    page = text(client.get(address(pair), {"version": "1"}))
    assert "First words." in page and "An earlier version" in page and "Sign this text" not in page
    for odd in ("0", "99", "x", "-1", "\0"):
        assert "Second words." in text(client.get(address(pair), {"version": odd}))


def test_a_change_shows_what_is_different_from_what_is_in_force(client, mira, theo, pair):
    save(client, theo, pair, purpose="First words.")
    for person in (mira, theo):
        sign(client, person, pair)
    save(client, mira, pair, purpose="Second words.", cadence_days="21")
    client.force_login(theo)
    changes = client.get(address(pair)).context["changes"]
    assert [(change.before, change.after) for change in changes] == [
        ("Every 2 weeks", "Every 3 weeks"),
        ("First words.", "Second words."),
    ]


def test_sending_the_form_twice_makes_one_version(client, theo, pair):
    data = filled()
    client.force_login(theo)
    first = client.post(address(pair, "agreement_change"), data)
    second = client.post(address(pair, "agreement_change"), data)
    assert (first.status_code, second.status_code) == (303, 303)
    assert Agreement.objects.count() == 1


def test_words_are_shown_as_words(client, theo, pair):
    save(client, theo, pair, purpose="<script>alert(1)</script>\n{{ 7 }}")
    page = client.get(address(pair)).content.decode()
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)&lt;/script&gt;<br>{{ 7 }}" in page


def test_after_the_end_it_can_be_read_and_not_written(client, mira, theo, pair):
    save(client, theo, pair, purpose="First words.")
    for person in (mira, theo):
        sign(client, person, pair)
    actions.end(Relationship.objects.with_people().get(pk=pair.pk), by=mira, now=timezone.now())
    client.force_login(theo)
    page = text(client.get(address(pair)))
    assert "First words." in page and "Propose a change" not in page
    assert client.get(address(pair, "agreement_change")).status_code == 303
    assert save(client, theo, pair, purpose="Later words.").status_code == 303
    assert Agreement.objects.count() == 1


def test_an_end_without_an_agreement_has_its_page(client, mira, theo, pair):
    actions.end(pair, by=mira, now=timezone.now())
    client.force_login(theo)
    assert "without a written agreement" in text(client.get(address(pair)))


def test_the_page_asks_the_same_however_many_versions_there_are(
    client, theo, mira, pair, django_assert_num_queries
):
    def versions(number):
        for n in range(number):
            last = latest(pair)
            terms = Terms({"purpose": f"Words {pair.agreements.count()} {n}"}, 14, 45, None)
            based_on = last.content_hash if last else ""
            made = actions.propose_terms(pair, terms, based_on=based_on, by=theo, now=timezone.now())
            actions.sign(pair, made.content_hash, by=theo, now=timezone.now())

    versions(1)
    client.force_login(theo)
    client.get(address(pair))
    for _round in range(2):
        with django_assert_num_queries(10):
            client.get(address(pair))
        versions(5)


# Looked at again


def keep(client, person, pair, content_hash):
    client.force_login(person)
    return client.post(address(pair, "agreement_review"), {"content_hash": content_hash})


def test_when_it_is_time_one_press_says_that_it_still_fits(client, pair, mira, theo):
    made = make.agreement(pair, review_on=timezone.localdate())
    client.force_login(mira)
    page = text(client.get(address(pair)))
    assert "Does it still fit?" in page
    assert f'action="{address(pair, "agreement_review")}"' in page
    for _n in range(2):
        answer = keep(client, mira, pair, made.content_hash)
        assert (answer.status_code, answer["Location"]) == (303, address(pair))
    made.refresh_from_db()
    assert (made.reviewed_by, made.state) == (mira, "in_force")
    client.force_login(theo)
    page = text(client.get(address(pair)))
    assert "Does it still fit?" not in page
    assert "Looked at again and kept: Mira Moreau" in page


def test_long_before_its_day_nobody_is_asked(client, pair, mira):
    made = make.agreement(pair, review_on=timezone.localdate() + timedelta(days=40))
    client.force_login(mira)
    assert "Does it still fit?" not in text(client.get(address(pair)))
    page = client.post(address(pair, "agreement_review"), {"content_hash": made.content_hash}, follow=True)
    assert "It is too early for that" in text(page)
    made.refresh_from_db()
    assert made.reviewed_at is None


@pytest.mark.parametrize("given", ["", "1" * 64, "x" * 5000, "\x00"])
def test_another_text_than_the_one_in_force_is_not_kept(client, pair, mira, given):
    made = make.agreement(pair, review_on=timezone.localdate())
    assert keep(client, mira, pair, given).status_code == 303
    made.refresh_from_db()
    assert made.reviewed_at is None


def test_nobody_else_can_say_that_it_still_fits(client, cast, pair):
    made = make.agreement(pair, review_on=timezone.localdate())
    for name, person in cast.items():
        if name not in ("mira", "theo"):
            assert (name, keep(client, person, pair, made.content_hash).status_code) == (name, 404)
    made.refresh_from_db()
    assert made.reviewed_at is None


def test_what_is_over_is_not_looked_at_again(client, pair, mira):
    made = make.agreement(pair, review_on=timezone.localdate())
    actions.end(pair, by=mira, now=timezone.now())
    assert keep(client, mira, pair, made.content_hash).status_code == 303
    made.refresh_from_db()
    assert (made.reviewed_at, made.state) == (None, "ended")
