"""Who finds what behind every address: the permission matrix over the whole URLconf, with what may leak out of it."""

from collections import defaultdict

import pytest
import time_machine
from django.apps import apps
from django.db import transaction
from django.test import Client
from django.urls import path

from core.crypto import EncryptedJSONField, EncryptedTextField
from matching.models import MatchRun, Proposal, Shortlist
from matching.permissions import OFFER_RULES, RUN_RULES, SHORTLIST_RULES
from programs.models import Enrolment, Program, ProgramRole
from programs.permissions import ENROLMENT_RULES
from programs.permissions import RULES as PROGRAM_RULES
from relationships.models import Goal, Meeting, PrivateNote, Relationship, SharedNote
from relationships.permissions import GOAL_RULES, MEETING_RULES, NOTE_RULES, RULES
from reports.models import Export
from reports.permissions import EXPORT_RULES
from tests.make import NOW
from tests.matrix import policy
from tests.matrix.addresses import address, last_part, patterns, sent
from tests.matrix.visiting import Visitors, checksum, found_in, quick, undone
from tests.matrix.world import PERSONAS, READERS, build

pytestmark = pytest.mark.django_db

CELLS = policy.cells()
# Another thing behind the same address asks for those whom it concerns.
OF_VARIANTS = ("nobody", "theo", "mira", "olga", "cora", "hana", "xena")


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """Built once; whatever somebody does to it is undone."""
    with django_db_blocker.unblock(), time_machine.travel(NOW, tick=False), transaction.atomic(), quick():
        built = build()
        built.visitors = Visitors(built)
        yield built
        transaction.set_rollback(True)


def visits(page):
    return OF_VARIANTS if "[" in page else PERSONAS


@pytest.fixture(scope="module")
def answers(world):
    """Everybody knocks everywhere; a form is sent with the least that it takes."""
    before = checksum()

    def changed():
        return {table for table, now in checksum().items() if now != before[table]}

    found = {}
    for (page, method), words in CELLS.items():
        url, data = address(world, page), sent(world, page) if method == "post" else None
        for who in visits(page):
            denied = method == "post" and words[who] != "ok"
            found[page, method, who] = world.visitors.knock(
                who, method, url, data, keep=changed if denied else None
            )
    return found


def test_every_address_has_a_policy_and_every_policy_an_address():
    assert set(patterns()) - policy.DEMO_ONLY == policy.pages()


def test_an_address_without_a_policy_is_noticed(settings):
    settings.ROOT_URLCONF = (path("new/", lambda request: None, name="unheard_of"),)
    assert set(patterns()) - policy.DEMO_ONLY - policy.pages() == {"unheard_of"}
    assert "home" in policy.pages() - set(patterns())


def test_everybody_finds_what_the_policy_says(answers):
    wrong = {
        cell: (answer.word, CELLS[cell[:2]][cell[2]])
        for cell, answer in answers.items()
        if answer.word != CELLS[cell[:2]][cell[2]]
    }
    assert not wrong, "\n".join(f"{cell}: {why}" for cell, why in wrong.items())


def test_nothing_is_written_for_whoever_may_not(answers):
    wrong = {
        cell: (answer.made, answer.writes)
        for cell, answer in answers.items()
        if answer.word not in ("ok", "on") and (answer.writes or answer.made)
    }
    assert not wrong, "\n".join(f"{cell}: {why}" for cell, why in wrong.items())


def test_looking_writes_nothing(answers):
    """But for figures that were shown: they are kept to refuse what would tell more by subtraction."""
    written = {cell[0] for cell, answer in answers.items() if cell[1] == "get" and answer.writes}
    assert written == {"reports:outcomes", "reports:file[hr]"}


# What may leak


def test_every_confidential_field_holds_a_canary(world):
    """A new sealed column without one is not watched."""
    unwatched = set()
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, (EncryptedTextField, EncryptedJSONField)):
                held = " ".join(str(getattr(row, field.name)) for row in model.objects.all())
                if not found_in(held):
                    unwatched.add(f"{model.__name__}.{field.name}")
    assert unwatched == set()


def test_nobody_meets_what_others_keep_to_themselves(answers):
    met = defaultdict(set)
    for (page, method, who), answer in answers.items():
        for name in answer.canaries:
            if who not in READERS[name]:
                met[name].add((who, method, page))
    assert met == {}


# Kept, and shown on none of these pages.
UNSHOWN = {
    "action-item",
    "busy-address",
    "career-story",
    "certificate",
    "choice",
    "draft-goal",
    "motivation",
    "organisation-file-before",
    "program-file-before",
    "reason",
    "snapshot",
    "usefulness",
    "waiver",
}


def test_whoever_wrote_it_reads_it(answers):
    """Canaries that nobody can meet would prove nothing."""
    met = defaultdict(set)
    for (_page, _method, who), answer in answers.items():
        for name in answer.canaries:
            met[name].add(who)
    assert set(READERS) - set(met) == UNSHOWN
    assert {
        name
        for name in met
        if name.startswith(("goal", "agenda", "shared", "meeting")) and len(met[name]) < 2
    } <= {"goal-unit"}


# Who may see a long run depends on what it is about, and who may still have a file on what it tells: that is asked
# only of those that exist.
MORE_QUERIES = {"job": 2, "job_stop": 2, "reports:file": 1}


def test_what_may_not_be_seen_answers_as_what_does_not_exist(world, answers):
    """The same page for everything that is gone, and as many questions to the database."""
    pages = defaultdict(set)
    for (_page, _method, who), answer in answers.items():
        if answer.word == "gone":
            pages[who].add(answer.body)
    assert {who: len(bodies) for who, bodies in pages.items()} == dict.fromkeys(pages, 1)
    for who, bodies in pages.items():
        nowhere = world.visitors.knock(who, "get", "/never/was/")
        assert bodies == {nowhere.body}, who

    told_apart = {}
    for (page, method, who), answer in answers.items():
        part = last_part(world, page)
        if answer.word != "gone" or who not in ("oda", "mira", "xena") or not part:
            continue
        url = address(world, page, missing=part)
        missing = world.visitors.knock(who, method, url, sent(world, page) if method == "post" else None)
        more = MORE_QUERIES.get(page.partition("[")[0], 0)
        if missing.word != "gone" or not 0 <= answer.queries - missing.queries <= more:
            told_apart[page, method, who] = answer.queries, missing.word, missing.queries
    assert not told_apart, "\n".join(f"{cell}: {why}" for cell, why in told_apart.items())


# Headers

STRICT = (
    "default-src 'none'; base-uri 'none'; connect-src 'self'; font-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; img-src 'self'; object-src 'none'; script-src 'self'; style-src 'self'"
)
# The HTML of a letter, which carries its styles inside, in a frame of our own page.
OF_LETTERS = {"emails:html"}
FRAMING = {"emails:letter", "emails:preview"}


# A calendar program asks whether anything is new, by the signed address alone.
FEED = "private, no-cache"


def policy_of(response):
    rules = response.headers.get("Content-Security-Policy", "").split(";")
    return sorted(rule.strip() for rule in rules if rule.strip())


def faults(response, *, signed_in):
    """What is missing among the headers."""
    wanted = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    found = {name for name, value in wanted.items() if response.headers.get(name) != value}
    if (
        response.headers.get("Referrer-Policy") == "no-referrer"
    ):  # stricter, where the address itself is the proof
        found.discard("Referrer-Policy")
    if policy_of(response) != sorted(STRICT.split("; ")):
        found.add("Content-Security-Policy")
    kept = response.headers.get("Cache-Control", "")
    if signed_in and "no-store" not in kept and kept != FEED:
        found.add("Cache-Control")
    return found


def test_every_answer_carries_the_headers_of_safety(answers):
    wrong = {}
    for (page, method, who), answer in answers.items():
        still_in = who not in policy.SIGNED_OUT and (page, method) != ("account_logout", "post")
        found = faults(answer.response, signed_in=still_in)
        if page.partition("[")[0] in OF_LETTERS and answer.word == "ok":
            found -= {"X-Frame-Options", "Content-Security-Policy"}
            rules = policy_of(answer.response)
            assert {"default-src 'none'", "frame-ancestors 'self'", "sandbox"} <= set(rules)
            assert [rule for rule in rules if "unsafe" in rule] == ["style-src 'unsafe-inline'"]
            assert answer.response.headers["X-Frame-Options"] == "SAMEORIGIN"
        if page in FRAMING and answer.word == "ok":
            assert policy_of(answer.response) == sorted([*STRICT.split("; "), "frame-src 'self'"])
            found -= {"Content-Security-Policy"}
        if found:
            wrong[page, method, who] = found
    assert wrong == {}


def test_pages_about_trouble_carry_them_too(settings, world):
    settings.ROOT_URLCONF = "tests.mentorship.test_errors"
    statuses = {"/gone/": 404, "/refused/": 403, "/garbled/": 400, "/broken/": 500}
    for url, status in statuses.items():
        for who in ("nobody", "theo"):
            answer = world.visitors.knock(who, "get", url)
            assert answer.status == status
            assert faults(answer.response, signed_in=who == "theo") == set(), (url, who)
    stale = Client(enforce_csrf_checks=True).post("/sign-in/", {"login": "theo@example.org"})
    assert stale.status_code == 403
    assert faults(stale, signed_in=False) == set()


# Who may look at all


def test_pages_without_signing_in_are_on_the_list():
    without = {
        name
        for name, pattern in patterns().items()
        if not getattr(pattern.callback, "login_required", True) and name not in policy.DEMO_ONLY
    }
    assert without == policy.PUBLIC_PAGES


def test_rights_are_asked_of_the_database_each_time(world):
    """Somebody was let in a moment ago; the role is taken away between two requests."""
    roles = {
        "cora": (
            "reports:dashboard",
            "programs:participants",
            "relationships:detail",
            "matching:run",
            "job",
            "reports:file",
        ),
        "hana": ("people:directory", "reports:outcomes", "reports:file[hr]"),
        "ada": ("people:directory", "people:import"),
    }
    for who, pages in roles.items():
        person = getattr(world, who)
        with undone():
            for page in pages:
                assert world.visitors.knock(who, "get", address(world, page)).word == "ok"
            person.program_roles.update(ended_at=NOW)
            person.organisation_roles.update(ended_at=NOW)
            for page in pages:
                assert world.visitors.knock(who, "get", address(world, page)).word in ("gone", "forbidden"), (
                    page
                )
    with undone():
        type(world.mira).objects.filter(pk=world.mira.pk).update(is_active=False)
        assert world.visitors.knock("mira", "get", address(world, "relationships:detail")).word == "sign-in"


# Lists and single rows agree

TWINS = (
    (Program, PROGRAM_RULES["view"]),
    (Enrolment, ENROLMENT_RULES["view_enrolment"]),
    (Relationship, RULES["view"]),
    (Goal, GOAL_RULES["view_goal"]),
    (SharedNote, NOTE_RULES["read_note"]),
    (PrivateNote, NOTE_RULES["read_note"]),
    (Meeting, MEETING_RULES["cancel"]),
    (MatchRun, RUN_RULES["view"]),
    (Shortlist, SHORTLIST_RULES["view_shortlist"]),
    (Export, EXPORT_RULES["view_export"]),
)


@pytest.mark.parametrize(("model", "rule"), TWINS, ids=lambda given: getattr(given, "__name__", ""))
def test_a_list_holds_what_the_rule_allows_and_nothing_else(world, model, rule):
    rows = list(model.objects.all())
    seen = 0
    for who in set(PERSONAS) - {"nobody", "dora"}:
        person = getattr(world, who)
        listed = set(model.objects.visible_to(person).values_list("pk", flat=True))
        assert listed == {row.pk for row in rows if rule(person, row)}, who
        seen += len(listed)
    assert seen > 0


def test_offers_are_listed_for_those_they_were_made_to(world):
    rows = list(Proposal.objects.with_people())
    told = [row for row in rows if row.state not in ("suggested", "shortlisted", "withdrawn")]
    for who in set(PERSONAS) - {"nobody", "dora"}:
        person = getattr(world, who)
        listed = set(Proposal.objects.offered_to(person).values_list("pk", flat=True))
        assert listed == {row.pk for row in told if OFFER_RULES["view_offer"](person, row)}, who
    assert len(told) < len(rows)


def test_a_coordinator_in_a_pair_sees_it_as_a_member_alone(world):
    with undone():
        ProgramRole.objects.create(program=world.program, person=world.mira, role="coordinator")
        pair = Relationship.objects.with_people().get(pk=world.pair.pk)
        assert RULES["read_content"](world.mira, pair)
        assert not RULES["see_process"](world.mira, pair)
        page = world.visitors.knock("mira", "get", address(world, "relationships:detail"))
        assert "override" not in page.canaries
        assert "agenda" in page.canaries
        own = world.visitors.knock("mira", "get", address(world, "relationships:note[private]"))
        assert own.word == "gone"
