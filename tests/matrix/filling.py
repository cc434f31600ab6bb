"""The forms on a page, found as a browser finds them, and filled in: as people do, or as nobody should."""

from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import urljoin

from django.urls import resolve

from tests.make import NOW

MEGABYTE = "x" * 1_000_000
TYPED = "canary-typed-y"
# One word for every field of a form at once.
HOSTILE = {
    "nothing": "",
    "nul": "a\0b",
    "a megabyte": MEGABYTE,
    "right to left": "\u202e\u2066שלום\u200f\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "sql": "'; DROP TABLE people_user; --",
    "the first day": "0001-01-01",
    "the last day": "9999-12-31",
    "negative": "-1",
    "huge": "9" * 40,
    "not a number": "NaN",
    "exponent": "1e400",
    "a lone surrogate": "\\ud800",
}


@dataclass
class Control:
    name: str
    kind: str
    values: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)


@dataclass
class Form:
    action: str
    method: str = "get"
    controls: dict[str, Control] = field(default_factory=dict)

    @property
    def page(self) -> str:
        return resolve(self.action.partition("?")[0]).view_name

    @property
    def shape(self) -> tuple[str, frozenset[str]]:
        return self.page, frozenset(self.controls)


class Forms(HTMLParser):
    """Every form of a page, with the controls inside it."""

    def __init__(self, html: str, url: str) -> None:
        super().__init__()
        self.url, self.found, self.now, self.text = url, [], None, None
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.now = Form(urljoin(self.url, given.get("action", "")), given.get("method", "get").lower())
            self.found.append(self.now)
        elif self.now is None:
            return
        elif tag == "option" and self.text:
            self.text.options.append(given.get("value", ""))
            if "selected" in given:
                self.text.values.append(given.get("value", ""))
        elif tag in ("input", "select", "textarea", "button") and given.get("name"):
            kind = given.get("type", "text") if tag in ("input", "button") else tag
            control = self.now.controls.setdefault(given["name"], Control(given["name"], kind))
            self.text = control if tag in ("select", "textarea") else None
            if kind in ("radio", "checkbox"):
                control.options.append(given.get("value", "on"))
                if "checked" in given:
                    control.values.append(given.get("value", "on"))
            elif tag != "select" and tag != "textarea" and given.get("value"):
                control.values.append(given["value"])

    def handle_data(self, data: str) -> None:
        if self.text and self.text.kind == "textarea" and data.strip():
            self.text.values = [data.strip()]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.now = None
        if tag in ("select", "textarea", "form"):
            self.text = None


def forms_on(html: str, url: str) -> list[Form]:
    return [form for form in Forms(html, url).found if form.action.startswith("/")]


def filled(form: Form, *, place: str = "Room 5") -> dict[str, list[str]]:
    """As somebody fills it in who leaves what is there; free text says ``TYPED``."""
    data = {}
    for control in form.controls.values():
        if control.kind in ("csrfmiddlewaretoken", "file", "search"):
            continue
        if control.kind in ("text", "textarea") and control.name != "place":
            data[control.name] = [TYPED]
        elif control.values:
            data[control.name] = control.values
        elif control.options:
            data[control.name] = [next((value for value in control.options if value), "")]
        elif control.kind == "date":
            data[control.name] = [f"{NOW + timedelta(days=8):%Y-%m-%d}"]
        else:
            data[control.name] = [{"time": "10:00", "number": "2"}.get(control.kind, place)]
    return data


def spoiled(form: Form, word: str) -> dict[str, list[str]]:
    """The same word in each field; ids that stand in hidden fields, too."""
    return {name: [word] for name in form.controls if name != "csrfmiddlewaretoken"}
