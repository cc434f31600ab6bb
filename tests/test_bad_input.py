"""Whatever somebody sends, nothing breaks; and what people write to each other stands nowhere but in its own place."""

import pytest
import time_machine
from django.apps import apps
from django.db import transaction

from activity.models import Due, Event, Job, Letter
from activity.writing import NoAddress, write
from mentorship.clockwork import EDITABLE, LETTERS
from programs.models import Program
from reports.models import DailyFact, Export
from tests.make import NOW
from tests.matrix import policy
from tests.matrix.addresses import address, sent
from tests.matrix.filling import HOSTILE, filled, forms_on, spoiled
from tests.matrix.letters import said_by, written_in
from tests.matrix.visiting import Visitors, found_in, quick
from tests.matrix.world import build

pytestmark = pytest.mark.django_db

CELLS = policy.cells()
READERS = ("nobody", "theo", "mira", "cora", "hana", "ada")


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), time_machine.travel(NOW, tick=False), transaction.atomic(), quick():
        built = build()
        built.visitors = Visitors(built)
        yield built
        transaction.set_rollback(True)


def open_pages():
    """Each page once, for somebody who may look at it."""
    for (page, method), words in CELLS.items():
        who = next((reader for reader in reversed(READERS) if words[reader] == "ok"), None)
        if method == "get" and who:
            yield page, who


@pytest.fixture(scope="module")
def forms(world):
    """One form of each shape, with somebody who sees it: what can be pressed, and what no page shows just now."""
    found = {}
    for (page, method), words in CELLS.items():
        for who in READERS if method == "get" else ():
            if words[who] == "ok":
                url = address(world, page)
                for form in forms_on(world.visitors.knock(who, "get", url).body, url):
                    if form.method == "post":
                        found.setdefault((who in ("theo", "mira"), form.shape), (who, form))
    return list(found.values())


# Queries

QUERIES = (
    {
        "page": "-1",
        "sort": "__class__",
        "show": "'",
        "q": "a\0b",
        "after": "garbage",
        "before": "garbage",
        "to": "\0",
    },
    {"page": "9999999", "sort": "-pk", "q": "x" * 1_000_000, "state": "\0", "role": "\0", "show": "\0"},
    {
        "page": "٣",
        "q": "\u202eשלום'; DROP TABLE people_user; --",
        "at": "0001-01-01T00:00:00",
        "meeting": "\0",
    },
    {
        "page": "",
        "month": "9999-99",
        "split": "__class__",
        "program": "\0",
        "at": "9999-12-31T23:59:59+00:00",
    },
    {"meeting": "new", "version": "9" * 30, "question": "-1", "template": "\0", "pair": "\0", "next": "\0"},
)


def test_no_query_breaks_a_page(world):
    broken = {}
    for page, who in open_pages():
        for query in QUERIES:
            answer = world.visitors.knock(who, "get", address(world, page), query)
            if answer.status >= 500 and answer.word != "waits":
                broken[page, who, str(query)[:60]] = repr(answer.problem)[:200]
    assert not broken, "\n".join(f"{where}: {why}" for where, why in broken.items())


def test_no_address_breaks_a_page(world):
    """A NUL in the place of a name leads to nothing."""
    broken = {}
    seen = set()
    for page, who in open_pages():
        if "/" in (parts := address(world, page).strip("/")):
            for word in ("%00", "%ff", "99999999999999999999"):
                pieces = parts.split("/")
                for n in range(1, len(pieces)):
                    url = "/" + "/".join([*pieces[:n], word, *pieces[n + 1 :]]) + "/"
                    if url in seen:
                        continue
                    seen.add(url)
                    answer = world.visitors.knock(who, "get", url)
                    if answer.status >= 500:
                        broken[url] = repr(answer.problem)[:200]
    assert not broken, "\n".join(f"{where}: {why}" for where, why in broken.items())


# Forms


@pytest.mark.parametrize("word", HOSTILE.values(), ids=HOSTILE)
def test_no_form_breaks_however_it_is_filled_in(world, forms, word):
    broken = {}
    for who, form in forms:
        answer = world.visitors.knock(who, "post", form.action, spoiled(form, word))
        if answer.status >= 500:
            broken[form.page, who] = repr(answer.problem)[:200]
    assert not broken, "\n".join(f"{where}: {why}" for where, why in broken.items())


def test_no_deed_breaks_on_a_field_that_no_form_has_shown(world):
    broken = {}
    for (page, method), words in CELLS.items():
        who = next((reader for reader in READERS[1:] if words[reader] in ("ok", "refused")), None)
        if method != "post" or who is None:
            continue
        url, fields = address(world, page), [*sent(world, page), "version", "key", "back", "choose"]
        for word in ("\0", "-1", "9" * 30):
            answer = world.visitors.knock(who, "post", url, dict.fromkeys([*fields, "pair", "role"], word))
            if answer.status >= 500:
                broken[page, who, word] = repr(answer.problem)[:200]
    assert not broken, "\n".join(f"{where}: {why}" for where, why in broken.items())


def test_one_odd_field_among_good_ones_breaks_nothing(world, forms):
    """A form that is right but for one day or number gets as far as the deed."""
    broken = {}
    for who, form in forms:
        good = filled(form)
        for control in form.controls.values():
            if control.kind not in ("date", "number", "time") and not control.name.endswith("_on"):
                continue
            for word in ("0001-01-01", "9999-12-31", "-1", "9999999999"):
                answer = world.visitors.knock(who, "post", form.action, good | {control.name: [word]})
                if answer.status >= 500:
                    broken[form.page, control.name, word] = repr(answer.problem)[:200]
    assert not broken, "\n".join(f"{where}: {why}" for where, why in broken.items())


# What is written stands in its own place alone


def records():
    """All that is kept in the open about what happened, what is due and what goes out, with letters as they read."""
    said = []
    for model in (Event, Due, Letter, Job, Export, DailyFact):
        said += [str(row) for row in model.objects.values()]
    for letter in Letter.objects.filter(state="ready").select_related("person"):
        if written := read(letter):
            said += [written.subject, written.text, written.html, written.calendar]
    return found_in(" ".join(said))


def read(letter):
    try:
        return write(LETTERS[letter.kind], letter, NOW)
    except NoAddress:
        return None


# What these forms take is meant for everybody who takes part, or is a name.
IN_THE_OPEN = {
    "people:account",
    "programs:add",
    "programs:new",
    "programs:settings",
    "programs:task",
    "people:import_columns",
    "programs:import_columns",
}


def test_what_somebody_writes_is_in_no_record_and_no_letter(world, forms):
    assert records() == set() | records() & {"place"}
    told, written = {}, 0
    for who, form in forms:
        if form.page in IN_THE_OPEN or form.page.startswith("account_"):
            continue
        answer = world.visitors.knock(who, "post", form.action, filled(form), keep=records)
        assert answer.status < 500, (form.page, answer.problem)
        written += bool(answer.writes)
        if "typed" in answer.made:
            told[form.page, who] = answer.made
    assert told == {}
    assert written > 25  # most of these forms were right, and something was done


# These say why by what they are an answer to.
OF_NO_PROGRAM = ("people.", "mentorship.")


def says_why(kind, text):
    """Why this reader gets it; and in which program, but for letters about the account."""
    why = [line for line in text.splitlines() if line.startswith("You get this because ")]
    titles = Program.objects.values_list("title", flat=True)
    return len(why) == 1 and (kind.startswith(OF_NO_PROGRAM) or any(title in why[0] for title in titles))


def test_letters_of_every_kind_hold_no_word_of_content_and_say_who_writes_and_why(world):
    """Each kind about each thing, to everybody: whatever can be written is read.  A new kind that no scene of
    tests/matrix/letters.py brings about is named here."""
    written, telling, unexplained, unsigned = set(), {}, set(), set()
    places = tuple(f" ({title})" for title in Program.objects.values_list("title", flat=True))
    for kind, letter in written_in(world):
        written.add(kind)
        if found := found_in(said_by(letter)) - {"place"}:
            telling[kind] = found
        unexplained |= set() if says_why(kind, letter.text) else {kind}
        signed = letter.sender.display_name.endswith(places) and letter.reply_to
        unsigned |= {kind} if kind in EDITABLE and not signed else set()
    assert (telling, unexplained, unsigned) == ({}, set(), set())
    assert set(LETTERS) - written == set()


def test_what_is_sealed_is_readable_nowhere_in_the_database(world):
    """No canary of a sealed column in any column as the database holds it."""
    open_ones = {
        "goal-unit",
        "place",
        "shortlist",
        "override",
        "not-this-person",
        "program-file",
        "organisation-file",
    }
    found = set()
    for model in apps.get_models():
        found |= found_in(" ".join(map(repr, model.objects.values_list())))
    assert found <= open_ones
