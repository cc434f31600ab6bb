"""Groups, from the template to a group at work: who leads, who joins, who says no."""

from datetime import timedelta

import pytest
from django.utils import timezone

from activity.models import Event, Letter
from activity.writing import write
from matching import actions
from matching.engine import certificate
from matching.letters import LETTERS
from matching.models import MatchRun, Proposal, Unmatched
from matching.reasons import remedy_words
from people.models import User
from programs.models import Enrolment
from relationships.models import Relationship
from tests import make
from tests.matching.line import (
    accept,
    at,
    bring_in,
    join,
    open_every_page,
    opened,
    publish_program,
    run_and_publish,
    run_twice,
    set_up,
    words_of,
)

LEADING = {"Mara": "Budgets", "Mo": "Law"}
JOINING = {"Anna": "Budgets", "Ben": "Budgets", "Cleo": "Budgets", "Dora": "Law", "Emil": "Law", "Fay": "Law"}


@pytest.fixture
def line(db, settings):
    """Two who lead, six who join, groups of two to four."""
    settings.UNDO_MINUTES = 0
    people = {name: ("mentor", {"offered": topic}) for name, topic in LEADING.items()}
    people |= {name: ("mentee", {"wanted": topic}) for name, topic in JOINING.items()}
    return opened("circles", people, group={"fewest": 2, "most": 4, "mentors": 1})


def group_of(name: str) -> Proposal:
    return Proposal.objects.with_people().get(members__person__full_name=f"{name} Example")


def names_in(members) -> set[str]:
    return {member.person.full_name.split()[0] for member in members}


def test_a_group_goes_from_the_template_to_its_beginning(db, settings):
    settings.UNDO_MINUTES = 0
    coordinator, program = set_up("circles")
    form = coordinator.get(at("programs:task", program.public_id, "matching")).context["form"]
    given = {name: form[name].value() for name in form.fields}
    sizes = {"group_fewest": 2, "group_most": 4, "group_mentors": 1}
    saved = coordinator.post(at("programs:task", program.public_id, "matching"), {**given, **sizes})
    assert saved.status_code == 303, saved.context["form"].errors
    bring_in(coordinator, program, list(LEADING), "mentor")
    bring_in(coordinator, program, list(JOINING), "mentee")
    publish_program(coordinator, program)
    people = {name: join(name, skills_offered=topic) for name, topic in LEADING.items()}
    people |= {name: join(name, skills_wanted=topic) for name, topic in JOINING.items()}
    program.refresh_from_db()
    assert program.rules["group"] == {"fewest": 2, "most": 4, "mentors": 1}
    review = run_and_publish(coordinator, program)
    assert "scores higher. Checked." in review
    published = words_of(coordinator.get(at("matching:run", program.public_id, 1)))
    assert "2 groups published. The letters go out at" in published and "pairs published" not in published

    run = MatchRun.objects.get()
    assert (run.format, run.pairs, run.mentees, run.mentors, run.is_proven) == ("group", 2, 6, 2, True)
    group = group_of("Mara")
    assert names_in(group.members.all()) == {"Mara", "Anna", "Ben", "Cleo"}
    assert group.evidence["goal"] == "budgets"
    page = words_of(people["Anna"].get(group.get_absolute_url()))
    assert "Budgets" in page and "A group led by Mara Example" in page and "Cleo Example" in page

    for name in ("Mara", "Anna", "Ben"):
        accept(people[name], group)
        assert Relationship.objects.count() == 0
    began = accept(people["Cleo"], group)
    relationship = Relationship.objects.with_people().get()
    assert began.redirect_chain[-1][0] == relationship.get_absolute_url()
    assert (relationship.format, relationship.status, relationship.pair_key) == ("group", "active", "")
    roles = {member.person.full_name.split()[0]: member.role for member in relationship.members.all()}
    assert roles == {"Mara": "mentor", "Anna": "mentee", "Ben": "mentee", "Cleo": "mentee"}
    assert {one.state for one in Enrolment.objects.filter(memberships__relationship=relationship)} == {
        "matched"
    }


def test_a_group_begins_without_whoever_says_no(line):
    coordinator, program, people = line
    run_and_publish(coordinator, program)
    group = group_of("Mara")
    for name in ("Mara", "Anna", "Ben"):
        accept(people[name], group)
    people["Cleo"].post(at("matching:refusal", group.public_id))
    relationship = Relationship.objects.with_people().get()
    assert names_in(relationship.members.all()) == {"Mara", "Anna", "Ben"}
    assert Proposal.objects.get(pk=group.pk).state == "activated"
    assert "You said not this time" in words_of(people["Cleo"].get(group.get_absolute_url()))
    assert people["Cleo"].get(relationship.get_absolute_url()).status_code == 404


def test_a_group_that_too_many_decline_lapses_and_everybody_who_said_yes_hears_it(line):
    coordinator, program, people = line
    run_and_publish(coordinator, program)
    group = group_of("Mara")
    accept(people["Mara"], group)
    accept(people["Anna"], group)
    for name in ("Ben", "Cleo"):
        people[name].post(at("matching:refusal", group.public_id))
    group.refresh_from_db()
    assert (group.state, Relationship.objects.count()) == ("declined", 0)
    told = Letter.objects.filter(kind="matching.not_this_time")
    assert {letter.person.full_name for letter in told} == {"Mara Example", "Anna Example"}
    written = write(LETTERS["matching.not_this_time"], told[0], told[0].wanted_at)
    assert "not enough people could join" in written.text


def test_a_group_does_not_begin_without_whoever_leads_it(line):
    coordinator, program, people = line
    run_and_publish(coordinator, program)
    group = group_of("Mo")
    accept(people["Dora"], group)
    people["Mo"].post(at("matching:refusal", group.public_id))
    group.refresh_from_db()
    assert group.state == "declined"
    assert Event.objects.filter(verb="proposal.lapsed").count() == 1


def test_when_the_days_are_over_a_group_begins_with_those_who_have_said_yes(line):
    coordinator, program, people = line
    run_and_publish(coordinator, program)
    group, other = group_of("Mara"), group_of("Mo")
    for name in ("Mara", "Anna", "Ben"):
        accept(people[name], group)
    accept(people["Mo"], other)
    accept(people["Dora"], other)
    late = timezone.now() + timedelta(days=program.offer_days, hours=1)
    for one in (group, other):
        one.refresh_from_db()
        assert actions.expire(one, now=late)
    assert names_in(Relationship.objects.with_people().get().members.all()) == {"Mara", "Anna", "Ben"}
    assert Proposal.objects.get(pk=other.pk).state == "expired"
    told = Letter.objects.filter(kind="matching.not_this_time")
    assert {letter.person.full_name for letter in told} == {"Mo Example", "Dora Example"}


def test_the_offer_of_a_group_names_who_leads_it_and_what_it_is_about(line):
    coordinator, program, _people = line
    run_and_publish(coordinator, program)
    letters = Letter.objects.filter(kind="matching.offer_group")
    assert letters.count() == 8
    for letter in letters:
        written = write(LETTERS["matching.offer_group"], letter, letter.wanted_at)
        leads = letter.person.full_name.split()[0] in LEADING
        assert ("for you to lead" in written.subject) == leads
        assert "led by M" in written.text


def test_the_pages_of_a_group_name_all_of_its_people(line):
    coordinator, program, people = line
    for name in ("matching:index", "programs:participants", "programs:check"):
        assert coordinator.get(at(name, program.public_id)).status_code == 200
    run_and_publish(coordinator, program)
    group = group_of("Mara")
    assert coordinator.get(at("matching:details", program.public_id, 1, group.public_id)).status_code == 200
    for name in ("Mara", "Anna", "Ben", "Cleo"):
        accept(people[name], group)
    relationship = Relationship.objects.get()
    page = words_of(people["Anna"].get(relationship.get_absolute_url()))
    for name in ("Mara Example", "Ben Example", "Cleo Example"):
        assert name in page
    for part in ("agreement", "meetings", "meetings/new"):
        assert people["Anna"].get(f"{relationship.get_absolute_url()}{part}/").status_code == 200, part
    assert people["Anna"].get(at("home")).status_code == 200
    root = f"/p/{program.public_id}/"
    for address in (root, f"{root}pairs/", relationship.get_absolute_url()):
        assert coordinator.get(address).status_code == 200, address


def test_who_joins_a_group_does_not_end_it_for_everybody(line):
    coordinator, program, people = line
    run_and_publish(coordinator, program)
    group = group_of("Mara")
    for name in ("Mara", "Anna", "Ben", "Cleo"):
        accept(people[name], group)
    relationship = Relationship.objects.get()
    ending = at("relationships:ending", relationship.public_id)
    people["Anna"].post(ending, {"version": relationship.version, "confirmed": "1"})
    relationship.refresh_from_db()
    assert relationship.status == "active"


def test_every_page_of_matching_speaks_of_groups(line):
    coordinator, program, _people = line
    run_twice(coordinator, program)
    pages = open_every_page(coordinator, program)
    assert "6 of 6" in pages["run"] and "Publish 2 groups" in pages["run"]
    assert all(f"{name} Example" in pages["run"] for name in [*LEADING, *JOINING])
    assert "A group is suggested for you to lead" in pages["publish"]
    assert "price for every mentee" in pages["proof"]


def test_who_is_in_no_group_hears_why_and_what_would_help(line):
    coordinator, program, _people = line
    program.rules = {**program.rules, "group": {"fewest": 2, "most": 2, "mentors": 1}}
    program.save(update_fields=["rules"])
    run_and_publish(coordinator, program)
    alone = Unmatched.objects.all()
    assert alone.count() == 2
    assert {one.code for one in alone} == {"groups_full"}
    words = [remedy_words(one.details, {}) for one in alone]
    assert words == [["Groups of up to 3 would help."]] * 2
    assert MatchRun.objects.get().is_proven
    asked = MatchRun.objects.get().snapshot
    again = certificate.run({**asked, "group": {**asked["group"], "most": 3}})
    assert again.result.groups.placed == 6


def test_two_mentors_lead_a_group_together(line):
    coordinator, program, people = line
    make.topic(people_of("Mara"), "Law", "offered")
    program.rules = {**program.rules, "group": {"fewest": 2, "most": 6, "mentors": 2}}
    program.save(update_fields=["rules"])
    review = run_and_publish(coordinator, program)
    group = Proposal.objects.with_people().get()
    roles = {member.person.full_name.split()[0]: member.role for member in group.members.all()}
    assert {name for name, role in roles.items() if role == "mentor"} == {"Mara", "Mo"}
    assert len(roles) == 8
    assert "With these teams of mentors no other assignment" in review
    offer = words_of(people["Anna"].get(group.get_absolute_url()))
    one, other = "Mara Example", "Mo Example"
    assert f"led by {one} and {other}" in offer or f"led by {other} and {one}" in offer


def people_of(name: str) -> User:
    return User.objects.get(full_name=f"{name} Example")


@pytest.mark.parametrize(
    ("sizes", "field"),
    [
        ({"group_fewest": 1}, "group_fewest"),
        ({"group_fewest": 5, "group_most": 4}, "group_most"),
        ({"group_most": 13}, "group_most"),
        ({"group_mentors": 4}, "group_mentors"),
        ({"group_mentors": "many"}, "group_mentors"),
    ],
)
def test_sizes_that_no_group_can_have_are_refused_beside_the_field(line, sizes, field):
    coordinator, program, _people = line
    task = at("programs:task", program.public_id, "matching")
    form = coordinator.get(task).context["form"]
    given = {name: form[name].value() for name in form.fields}
    sent = coordinator.post(task, {**given, **sizes})
    assert (sent.status_code, list(sent.context["form"].errors)) == (422, [field])
