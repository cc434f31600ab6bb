"""Peers, from the template to a relationship at work, without a mentor or a mentee anywhere."""

import re

import pytest

from activity.models import Letter
from activity.writing import write
from matching.engine import certificate
from matching.letters import LETTERS
from matching.models import MatchRun, Proposal, Unmatched
from matching.reasons import unmatched_words
from programs.models import Enrolment
from relationships.models import Relationship
from tests.matching.line import (
    accept,
    at,
    bring_in,
    join,
    offer_to,
    open_every_page,
    opened,
    publish_program,
    run_and_publish,
    run_twice,
    set_up,
    words_of,
)

SIDES = re.compile(r"\b(mentor|mentee)s?\b", re.IGNORECASE)
NAMES = ["Anna", "Ben", "Cleo", "Dora", "Emil"]
KNOWS = {"Anna": "Budgets", "Ben": "Law", "Cleo": "Speaking", "Dora": "Budgets", "Emil": "Chess"}
WANTS = {"Anna": "Law", "Ben": "Budgets", "Cleo": "Budgets", "Dora": "Speaking", "Emil": "Law"}


@pytest.fixture
def line(db, settings):
    """Five peers who have answered."""
    settings.UNDO_MINUTES = 0
    people = {name: ("peer", {"offered": KNOWS[name], "wanted": WANTS[name]}) for name in NAMES}
    return opened("peers", people)


def test_two_peers_go_from_the_template_to_a_relationship(db, settings):
    settings.UNDO_MINUTES = 0
    coordinator, program = set_up("peers")
    bring_in(coordinator, program, NAMES, "peer")
    publish_program(coordinator, program)
    people = {name: join(name, skills_offered=KNOWS[name], skills_wanted=WANTS[name]) for name in NAMES}
    assert {one.role for one in Enrolment.objects.of_program(program)} == {"peer"}
    review = run_and_publish(coordinator, program)
    assert "No other assignment of these 5 people scores higher. Checked." in review

    run = MatchRun.objects.get()
    assert (run.format, run.pairs, run.mentees, run.mentors, run.is_proven) == ("peer", 2, 5, 0, True)
    assert {frozenset(m.person.full_name[:4] for m in one.members.all()) for one in run.proposals.all()} == {
        frozenset({"Anna", "Ben "}),
        frozenset({"Cleo", "Dora"}),
    }
    offer = offer_to("Anna")
    assert "Suggested as your partner" in words_of(people["Anna"].get(offer.get_absolute_url()))
    accept(people["Anna"], offer)
    began = accept(people["Ben"], offer)
    relationship = Relationship.objects.with_people().get()
    assert began.redirect_chain[-1][0] == relationship.get_absolute_url()
    assert (relationship.format, relationship.status, relationship.stage) == ("peer", "active", "initiation")
    assert {member.role for member in relationship.members.all()} == {"peer"}


def test_peers_read_of_no_mentor_and_no_mentee(line):
    coordinator, program, people = line
    run_and_publish(coordinator, program)
    offer = offer_to("Anna")
    pages = [people["Anna"].get(offer.get_absolute_url()), people["Anna"].get(at("home"))]
    accept(people["Anna"], offer)
    accept(people["Ben"], offer)
    pair = Relationship.objects.get()
    pages += [people["Anna"].get(pair.get_absolute_url()), people["Anna"].get(at("home"))]
    pages += [people["Anna"].get(f"{pair.get_absolute_url()}{part}/") for part in ("agreement", "meetings")]
    pages += [people["Anna"].get(at("relationships:goals")), people["Anna"].get(at("relationships:mine"))]
    for page in pages:
        assert page.status_code == 200
        assert not SIDES.search(words_of(page)), page.request["PATH_INFO"]
    for letter in Letter.objects.filter(kind="matching.offer_peer"):
        written = write(LETTERS[letter.kind], letter, letter.wanted_at)
        if written:
            assert not SIDES.search(written.subject + written.text)
            assert "suggested as your partner" in written.subject


def test_the_odd_one_out_is_named_with_the_true_reason(line):
    coordinator, program, _people = line
    run_and_publish(coordinator, program)
    alone = Unmatched.objects.get()
    assert (alone.enrolment.person.full_name, alone.role, alone.code) == (
        "Emil Example",
        "peer",
        "odd_one_out",
    )
    assert "The number of people is odd" in unmatched_words(alone.code, alone.details, {})
    page = words_of(coordinator.get(f"{at('matching:run', program.public_id, 1)}?show=unmatched"))
    assert "Emil Example" in page and "The number of people is odd" in page


def test_the_same_two_cannot_have_two_relationships_at_once(line):
    coordinator, program, people = line
    run_and_publish(coordinator, program)
    offer = offer_to("Anna")
    accept(people["Anna"], offer)
    accept(people["Ben"], offer)
    pair = Relationship.objects.get()
    ids = sorted(member.person_id for member in pair.members.all())
    assert pair.pair_key == f"{ids[0]}:{ids[1]}"
    assert Proposal.objects.get(pk=offer.pk).state == "activated"


def test_the_coordinators_pages_of_a_program_of_peers_open(line):
    coordinator, program, people = line
    for name in ("matching:index", "programs:participants", "programs:setup", "programs:check"):
        assert coordinator.get(at(name, program.public_id)).status_code == 200
    run_and_publish(coordinator, program)
    offer = offer_to("Anna")
    accept(people["Anna"], offer)
    accept(people["Ben"], offer)
    root = f"/p/{program.public_id}/"
    for address in (root, f"{root}pairs/", Relationship.objects.get().get_absolute_url()):
        page = coordinator.get(address)
        assert page.status_code == 200, address
    listed = words_of(coordinator.get(f"{root}pairs/"))
    assert "Anna and Ben" in listed or "Ben and Anna" in listed  # peers stand in no order


def test_every_page_of_matching_speaks_of_partners(line):
    coordinator, program, _people = line
    run_twice(coordinator, program)
    pages = open_every_page(coordinator, program)
    assert "4 of 5" in pages["run"] and "1 is without a partner" in pages["run"]
    assert "price for every person" in pages["proof"]
    assert "What each of the two gets" in pages["publish"]
    for name in ("run", "publish", "details", "again", "unmatched", "proof"):
        assert not SIDES.search(pages[name]), (name, SIDES.search(pages[name]))


def test_the_next_best_partner_costs_at_least_what_the_prices_say(line):
    coordinator, program, _people = line
    run_twice(coordinator, program)
    asked = MatchRun.objects.get(number=1).snapshot
    best = certificate.run(asked).result.units
    tried = 0
    for proposal in Proposal.objects.filter(run__number=1).with_people():
        first = next(iter(proposal.members.all())).person.public_id
        for other in proposal.alternatives:
            forced = certificate.run({**asked, "locked": [sorted([first, other["mentor"]])]}).result
            assert len(forced.pairs) == 2
            assert best - forced.units >= other["least"]
            tried += 1
    assert tried > 2
