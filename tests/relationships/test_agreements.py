"""One text, both signatures: invariant 6 of domain 4.16, and what two people do at the same moment."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from activity.models import Event, Letter
from relationships import actions
from relationships.actions.agreements import ChangedMeanwhile, latest, terms_of
from relationships.models import Agreement, Relationship
from relationships.terms import TERMS, Terms, clean, difference, suggestions
from tests import make

TEXT = Terms({"purpose": "To lead well.", "mode": "virtual"}, 14, 45, date(2027, 1, 11))
OTHER = Terms({"purpose": "To lead better.", "mode": "virtual"}, 21, 60, None)


@pytest.fixture
def pair(program, mira, theo):
    return make.relationship(program_=program, mentor=mira, mentee=theo)


def propose(pair, terms, by, now, based_on=None):
    current = latest(pair)
    based_on = (current.content_hash if current else "") if based_on is None else based_on
    return actions.propose_terms(pair, terms, based_on=based_on, by=by, now=now)


def letters(kind):
    return list(
        Letter.objects.filter(kind=f"relationships.{kind}").values_list("person__full_name", flat=True)
    )


def states(pair):
    return list(pair.agreements.order_by("version").values_list("version", "state"))


def test_one_writes_and_the_other_is_told(pair, theo, now):
    agreement = propose(pair, TEXT, theo, now)
    assert (agreement.version, agreement.state, agreement.proposed_by) == (1, "proposed", theo)
    assert terms_of(Agreement.objects.get()) == TEXT
    assert letters("agreement_proposed") == ["Mira Moreau"]
    assert Event.objects.about(pair).get().details == {"version": 1}


def test_both_sign_and_what_is_counted_counts(pair, mira, theo, now):
    agreement = propose(pair, TEXT, theo, now)
    actions.sign(pair, agreement.content_hash, by=theo, now=now)
    assert states(pair) == [(1, "partly_signed")]
    assert letters("agreement_signed") == ["Mira Moreau"]

    signed = actions.sign(pair, agreement.content_hash, by=mira, now=now + timedelta(hours=1))
    assert (signed.state, signed.in_force_at) == ("in_force", now + timedelta(hours=1))
    assert states(pair) == [(1, "in_force")]
    assert letters("agreement_in_force") == ["Theo Tamm"]
    pair.refresh_from_db()
    assert (pair.cadence_days, pair.meeting_minutes) == (14, 45)
    rows = [(row.person, row.signed_at, row.content_hash) for row in signed.signatures.order_by("pk")]
    assert [row[0] for row in rows] == [theo, mira]
    assert {row[2] for row in rows} == {TEXT.content_hash(pair.public_id, 1)}


def test_a_change_after_a_signature_is_a_new_version_that_both_sign(pair, mira, theo, now):
    first = propose(pair, TEXT, theo, now)
    actions.sign(pair, first.content_hash, by=theo, now=now)
    second = propose(pair, OTHER, mira, now)
    assert states(pair) == [(1, "superseded"), (2, "proposed")]
    assert second.signatures.count() == 0
    first.refresh_from_db()
    assert terms_of(first) == TEXT
    assert first.signatures.count() == 1


def test_what_is_in_force_stays_so_until_the_change_is_signed_by_both(pair, mira, theo, now):
    first = propose(pair, TEXT, theo, now)
    for person in (theo, mira):
        actions.sign(pair, first.content_hash, by=person, now=now)
    second = propose(pair, OTHER, mira, now)
    actions.sign(pair, second.content_hash, by=mira, now=now)
    pair.refresh_from_db()
    assert (states(pair), pair.cadence_days) == ([(1, "in_force"), (2, "partly_signed")], 14)

    actions.sign(pair, second.content_hash, by=theo, now=now)
    pair.refresh_from_db()
    assert (states(pair), pair.cadence_days) == ([(1, "superseded"), (2, "in_force")], 21)


def test_no_version_ever_changes(pair, mira, theo, now):
    for n in range(3):
        propose(pair, Terms({"purpose": f"Text {n}"}, 14, 45, None), (mira, theo)[n % 2], now)
    texts = {row.version: row.terms["purpose"] for row in Agreement.objects.all()}
    assert texts == {1: "Text 0", 2: "Text 1", 3: "Text 2"}
    assert states(pair) == [(1, "superseded"), (2, "superseded"), (3, "proposed")]


def test_whoever_reads_an_older_text_does_not_sign_the_newer(pair, mira, theo, now):
    read = propose(pair, TEXT, theo, now)
    newer = propose(pair, OTHER, theo, now)
    with pytest.raises(ChangedMeanwhile) as changed:
        actions.sign(pair, read.content_hash, by=mira, now=now)
    assert changed.value.current == newer
    with pytest.raises(ChangedMeanwhile):
        actions.sign(pair, "nonsense", by=mira, now=now)
    assert newer.signatures.count() == 0


def test_two_who_write_at_the_same_moment_lose_nothing(pair, mira, theo, now):
    propose(pair, TEXT, theo, now, based_on="")
    with pytest.raises(ChangedMeanwhile) as changed:
        propose(pair, OTHER, mira, now, based_on="")
    assert changed.value.current.proposed_by == theo
    assert states(pair) == [(1, "proposed")]
    changes = difference(OTHER, terms_of(changed.value.current))
    assert [change.name for change in changes] == ["cadence_days", "meeting_minutes", "review_on", "purpose"]
    assert (changes[-1].before, changes[-1].after) == ("To lead better.", "To lead well.")


def test_saving_the_same_text_twice_makes_one_version(pair, theo, now):
    first = propose(pair, TEXT, theo, now)
    assert propose(pair, TEXT, theo, now) == first
    assert states(pair) == [(1, "proposed")]
    assert letters("agreement_proposed") == ["Mira Moreau"]


def test_signing_twice_is_signing_once(pair, theo, now):
    agreement = propose(pair, TEXT, theo, now)
    for _n in range(3):
        actions.sign(pair, agreement.content_hash, by=theo, now=now)
    assert agreement.signatures.count() == 1
    assert states(pair) == [(1, "partly_signed")]


def test_the_coordinator_and_strangers_neither_write_nor_sign(pair, theo, cora, otto, other_pair, now):
    agreement = propose(pair, TEXT, theo, now)
    for by in (cora, otto, other_pair.mentor):
        with pytest.raises(PermissionDenied):
            propose(pair, OTHER, by, now)
        with pytest.raises(PermissionDenied):
            actions.sign(pair, agreement.content_hash, by=by, now=now)
    assert states(pair) == [(1, "proposed")]


def test_nothing_is_agreed_after_the_formal_end(pair, theo, mira, now):
    agreement = propose(pair, TEXT, theo, now)
    actions.end(pair, by=mira, now=now)
    with pytest.raises(PermissionDenied):
        actions.sign(pair, agreement.content_hash, by=theo, now=now)
    with pytest.raises(PermissionDenied):
        propose(pair, OTHER, theo, now)


def test_ending_ends_what_was_in_force(pair, theo, mira, now):
    agreement = propose(pair, TEXT, theo, now)
    for person in (theo, mira):
        actions.sign(pair, agreement.content_hash, by=person, now=now)
    actions.end(pair, by=mira, now=now)
    assert states(pair) == [(1, "ended")]


def test_the_hash_names_one_text_of_one_relationship_and_version():
    texts = [TEXT, OTHER, Terms({"purpose": "To lead well."}, 14, 45, date(2027, 1, 11))]
    hashes = {
        text.content_hash(pair, version) for text in texts for pair in ("abc", "abd") for version in (1, 2)
    }
    assert len(hashes) == 12
    assert TEXT.content_hash("abc", 1) == TEXT.content_hash("abc", 1)
    assert '"cadence_days":14' in TEXT.canonical("abc", 1)


def test_what_looks_the_same_is_the_same():
    composed, apart = "Café", "Cafe\u0301"
    assert clean({"purpose": f"  {apart}\r\nund\rso  ", "notes": "   "}) == {
        "purpose": f"{composed}\nund\nso"
    }
    assert clean({"hidden": "x", "purpose": "y"}) == {"purpose": "y"}


def test_every_term_but_the_purpose_has_a_suggestion_and_the_programs_own_come_first():
    assert [name for name, words in suggestions({}).items() if not words] == ["purpose"]
    assert set(suggestions({})) == set(TERMS)
    assert suggestions({"agreement": {"purpose": "Ours."}})["purpose"] == "Ours."


def test_the_text_lies_sealed_in_the_database(pair, theo, now):
    agreement = propose(pair, Terms({"purpose": "CANARY"}, 14, 45, None), theo, now)
    stored = Agreement.objects.filter(pk=agreement.pk).values_list("terms", flat=True).get()
    assert "CANARY" not in stored.text
    for letter in Letter.objects.all():
        assert "CANARY" not in str(letter.data)
    assert "CANARY" not in str(Event.objects.values_list("details", flat=True))
    assert Relationship.objects.filter(pk=pair.pk).exists()
