"""The house: which room may open a door into which.  The order below is the whole architecture (house.md,
docs).

Beside the floors, what holds in every file: no code inside pages, no text past the translator, no hidden side
effects, nothing that names the machine it was written on.
"""

import ast
import re
import subprocess
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import pytest
from django.apps import apps
from django.conf import settings
from django.template.base import Lexer, TokenType

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ["core", "activity", "people", "programs", "relationships", "matching", "reports", "mentorship"]
ROOMS = [
    "permissions", "stages", "models", "letters", "actions", "dues", "jobs", "tasks", "forms", "views",
    "urls",
]  # fmt: skip
# A floor above never comes in through these.  The ground is a library: its forms and views are to build on.
DOORS = {"tasks", "forms", "views", "urls", "admin"}
SHELVES = {"__init__", "admin", "apps", "management", "migrations", "templatetags"}
# Modules that carry an idea of their own.
OWN = {
    "core": {
        "caches", "charts", "colour", "crypto", "dates", "disclosure", "drawings", "icons", "ids", "outbound",
        "pages", "processes", "seen_by",
        "spreadsheets", "tokens",
    },
    "activity": {
        "addresses", "bell", "calendar", "carriers", "catchup", "clocks", "digest", "failures", "firing", "health",
        "hours", "incoming", "kinds", "leases", "limits", "links", "restraint", "returns", "sending", "tick", "writing",
    },
    "people": {"accounts", "countries", "grades", "import_steps", "importing", "intake", "parts"},
    "programs": {"catalogue", "happenings", "links", "quality", "wordings"},
    "relationships": {
        "busy", "calendars", "dates", "gates", "health", "links", "questions", "reading", "reminders", "replies",
        "smart", "terms", "wordings",
    },
    "matching": {
        "certificate_check", "choices", "decided", "drafting", "effects", "engine", "experience", "explaining",
        "fairness", "figures", "formats", "group_drafts", "group_fairness", "group_figures", "groups", "links",
        "peer_drafts", "peer_fairness", "peer_figures", "peers", "proof", "readiness", "reasons", "replies", "review",
        "scenarios", "shortlisting", "snapshot", "standing", "telling", "wordings",
    },
    "reports": {
        "dashboard", "facts", "figures", "happenings", "metrics", "needs", "outcomes", "papers",
        "pictures", "words",
    },
    "mentorship": {
        "accent", "account_urls", "asgi", "celery", "clockwork", "context", "deliveries", "demo", "email_pages",
        "email_urls", "errors", "gauges", "health",
        "home", "inbound", "job_pages", "letter_pages", "menus", "middleware", "next_steps", "post", "settings",
        "styleguide", "supervisor", "webhooks", "wsgi",
    },
}  # fmt: skip


class Module(NamedTuple):
    """One file of ours.  ``room`` is what stands right under its floor, also where that is a folder."""

    file: Path
    name: str
    floor: str
    room: str

    @property
    def tree(self) -> ast.Module:
        return _tree(self.file)

    def __str__(self) -> str:
        return str(self.file.relative_to(ROOT))


@cache
def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


def _module(file: Path) -> Module:
    parts = file.relative_to(ROOT).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return Module(file, name, parts[0], parts[1])


MODULES = [
    _module(file)
    for floor in FLOORS
    for file in sorted((ROOT / floor).rglob("*.py"))
    if "migrations" not in file.parts
]
NAMES = {module.name for module in MODULES}
TEMPLATES = sorted(file for suffix in ("html", "txt") for file in (ROOT / "templates").rglob(f"*.{suffix}"))


def imported(module: Module) -> set[str]:
    """The full names of everything of ours that a file imports, modules where they are modules."""
    found = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            inside = {f"{node.module}.{alias.name}" for alias in node.names}
            modules = inside & NAMES
            found |= modules | ({node.module} if modules != inside else set())
    return {name for name in found if name.split(".")[0] in FLOORS}


def room_of(name: str) -> str:
    return [*name.split("."), ""][1]


# The floors


def test_stairs_go_down_only():
    climbing = [
        f"{module} imports {name}"
        for module in MODULES
        for name in imported(module)
        if FLOORS.index(name.split(".")[0]) > FLOORS.index(module.floor)
    ]

    assert climbing == []


def test_no_floor_enters_another_through_a_door():
    entered = [
        f"{module} imports {name}"
        for module in MODULES
        for name in imported(module)
        if name.split(".")[0] not in (module.floor, "core") and room_of(name) in DOORS
    ]

    assert entered == []


def test_rooms_of_a_floor_import_only_those_before_them():
    climbing = [
        f"{module} imports {name}"
        for module in MODULES
        for name in imported(module)
        if name.split(".")[0] == module.floor and {module.room, room_of(name)} <= set(ROOMS)
        if ROOMS.index(room_of(name)) > ROOMS.index(module.room)
    ]

    assert climbing == []


def test_no_modules_import_each_other_in_a_circle():
    ways = {module.name: imported(module) & NAMES - {module.name} for module in MODULES}
    circles = [name for name in ways if name in reached_from(ways, ways[name])]

    assert circles == []


def reached_from(ways: dict[str, set[str]], starts: set[str]) -> set[str]:
    reached, ahead = set(starts), list(starts)
    while ahead:
        new = ways[ahead.pop()] - reached
        reached |= new
        ahead += new
    return reached


def test_imports_stand_at_the_top():
    """An attempt at the top of a file may import what not every platform has."""
    hidden = [
        f"{module}:{node.lineno}"
        for module in MODULES
        for attempts in [[node for node in module.tree.body if isinstance(node, ast.Try)]]
        for top in [{*module.tree.body, *(node for attempt in attempts for node in attempt.body)}]
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Import | ast.ImportFrom) and node not in top
    ]

    assert hidden == []


def test_imports_say_the_whole_name():
    relative = [
        f"{module}:{node.lineno}"
        for module in MODULES
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]

    assert relative == []


def test_every_module_bears_a_known_name():
    strangers = [str(m) for m in MODULES if m.room not in SHELVES | set(ROOMS) | OWN[m.floor]]

    assert strangers == []


def test_foreign_keys_point_down():
    """A key by name is an import in disguise.  Only the user may be named from below."""
    climbing = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if model._meta.app_label in FLOORS and field.concrete and field.is_relation
        for target in [field.related_model._meta]
        if target.app_label in FLOORS and target.label != settings.AUTH_USER_MODEL
        if FLOORS.index(target.app_label) > FLOORS.index(model._meta.app_label)
    ]

    assert climbing == []


def test_the_ground_has_no_tables():
    assert list(apps.get_app_config("core").get_models()) == []


# What a deed, a model and a view do not do


def called_name(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def test_only_the_bell_and_the_roof_speak_to_celery():
    speaking = [
        f"{module}:{node.lineno}"
        for module in MODULES
        if module.name != "activity.bell" and module.floor != "mentorship"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and called_name(node) in {"delay", "apply_async", "send_task"}
    ]

    assert speaking == []


def test_nothing_happens_behind_the_back_of_a_deed():
    """No overridden saving, nothing put off until after the commit, no signals (Celery's own, in the roof,
    excepted)."""
    hidden = [
        f"{module}:{node.lineno}"
        for module in MODULES
        for node in ast.walk(module.tree)
        if (isinstance(node, ast.FunctionDef) and node.name in {"save", "delete"} and module.room == "models")
        or (isinstance(node, ast.ImportFrom) and listens(node) and module.floor != "mentorship")
        or (isinstance(node, ast.Name | ast.Attribute) and "on_commit" in ast.unparse(node))
    ]

    assert hidden == []


def listens(node: ast.ImportFrom) -> bool:
    return bool(
        {"signals", "dispatch"} & {*str(node.module).split("."), *(alias.name for alias in node.names)}
    )


# A mail program presses the link that turns letters off, and knows no token of ours (RFC 8058).  The signed link is
# the only proof: whoever can make somebody's browser send it holds it already, and it can do nothing else.
# A mail provider signs what it tells.
PRESSED_BY_MACHINES = [
    "mentorship/letter_pages.py: off: csrf_exempt",
    "mentorship/webhooks.py: tell: csrf_exempt",
]


def test_no_text_is_declared_safe_and_no_view_unprotected():
    forbidden = {"mark_safe", "SafeString", "SafeText", "csrf_exempt", "xframe_options_exempt"}
    called = [
        f"{module}:{node.lineno}"
        for module in MODULES
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and called_name(node) in forbidden
        and [ast.unparse(given) for given in node.args] != ["''"]
    ]
    decorating = [
        f"{module}: {node.name}: {decorator}"
        for module in MODULES
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef)
        for decorator in map(ast.unparse, node.decorator_list)
        if forbidden & set(re.split(r"\W+", decorator))
    ]

    assert (called, decorating) == ([], PRESSED_BY_MACHINES)


# Pages


class Page(HTMLParser):
    """What is wrong with a page: code inside it, and words that no translator has seen."""

    SPOKEN = {
        "alt",
        "aria-label",
        "aria-description",
        "aria-roledescription",
        "aria-valuetext",
        "placeholder",
        "title",
    }
    # What stands in these is for machines, or is the name of something.
    NOT_SPOKEN = {"script", "style", "code", "kbd", "samp", "svg"}

    def __init__(self, *, is_mail: bool) -> None:
        super().__init__()
        self.is_mail = is_mail
        self.inside: list[str] = []
        self.code: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if (tag == "style" and not self.is_mail) or (tag == "script" and "src" not in given):
            self.code.append(f"<{tag}>")
        for name, value in attributes:
            inline = name.startswith(("on", "hx-on")) or (name == "style" and not self.is_mail)
            if inline or (value or "").strip().lower().startswith("javascript:"):
                self.code.append(f"{tag} {name}")
            is_button = tag == "input" and given.get("type") in {"submit", "button", "reset"}
            if name in self.SPOKEN or (name == "value" and is_button):
                self.note(value or "")
        if tag in self.NOT_SPOKEN:
            self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.inside:
            self.inside.remove(tag)

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.note(data)

    def note(self, text: str) -> None:
        said = " ".join(word for word in text.split() if not word.startswith(("/", "\u2022/")))
        if any(character.isalpha() for character in said):
            self.words.append(said)


def untranslated_source(template: str) -> str:
    """The text of a template that stands outside its tags and outside its translated blocks."""
    kept, until = [], ""
    for token in Lexer(template).tokenize():
        word = token.split_contents()[0] if token.token_type == TokenType.BLOCK and token.contents else ""
        if until:
            until = "" if word == until else until
        elif word in {"blocktranslate", "blocktrans", "comment"}:
            until = f"end{word}"
        elif token.token_type == TokenType.TEXT:
            kept.append(token.contents)
        else:
            kept.append("\u2022")
    return "".join(kept)


def read_page(file: Path) -> Page:
    page = Page(is_mail="emails" in file.parts)
    source = untranslated_source(file.read_text())
    if file.suffix == ".html":
        page.feed(source)
        page.close()
    else:
        page.handle_data(source)
    return page


def test_no_page_holds_code():
    found = {str(file.relative_to(ROOT)): code for file in TEMPLATES if (code := read_page(file).code)}

    assert found == {}


def test_every_word_of_a_page_goes_through_the_translator():
    found = {str(file.relative_to(ROOT)): words for file in TEMPLATES if (words := read_page(file).words)}

    assert found == {}


def test_no_page_switches_escaping_off():
    unsafe = re.compile(r"\|\s*safe(seq)?\b|autoescape\s+off")
    found = [
        str(file.relative_to(ROOT))
        for file in TEMPLATES
        if unsafe.search(file.read_text()) and file.suffix == ".html"
    ]

    assert found == []


@pytest.mark.parametrize(
    ("template", "code", "words"),
    [
        ("<p>{% translate 'Hello' %} · 12 % {{ name }}</p>", [], []),
        ("<p>{% blocktranslate %}Hello {{ name }}{% endblocktranslate %}</p>", [], []),
        ("{% comment %}Hello{% endcomment %}{# Hello #}", [], []),
        ("<p>Hello</p>", [], ["Hello"]),
        ("{% block title %}Home{% endblock %}", [], ["•Home•"]),
        ("<a {% if x %}class='b'{% endif %} title='Open'>{{ x }}</a>", [], ["Open"]),
        ("<input type=submit value=Send><input value=Send><img alt=Portrait>", [], ["Send", "Portrait"]),
        ("<code>worker</code><svg><title>x</title></svg>", [], []),
        ("<script>go()</script>", ["<script>"], []),
        ("<script src='{% static 'js/ui.js' %}'></script>", [], []),
        ("<p style='color:red' onclick='go()'>", ["p style", "p onclick"], []),
        ("<a href=' JavaScript:go()'></a>", ["a href"], []),
        ("<style>p{}</style><p hx-on:click='x'>", ["<style>", "p hx-on:click"], []),
    ],
)  # fmt: skip
def test_the_reader_of_pages_sees_what_it_should(template, code, words):
    page = Page(is_mail=False)
    page.feed(untranslated_source(template))
    page.close()

    assert (page.code, page.words) == (code, words)


# Every file


@cache
def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_the_machine_it_was_written_on():
    """Folders of one machine, in pieces here so that this file does not name them either."""
    machine = re.compile(rb"(?<![\w.])/(?:wo" rb"rk|ro" rb"ot|tm" rb"p/wo" rb"rk|ho" rb"me/\w+)/")
    found = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in tracked()
        for number, line in enumerate(file.read_bytes().splitlines(), start=1)
        if machine.search(line)
    ]

    assert found == []


def test_nothing_is_left_to_be_done_later():
    later = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
    found = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in tracked()
        if file.suffix in {".py", ".html", ".css", ".js", ".txt", ".md", ".toml", ".yml"}
        for number, line in enumerate(file.read_text().splitlines(), start=1)
        if later.search(line)
    ]

    assert found == []
