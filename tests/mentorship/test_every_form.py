"""Every form of the product, found and drawn: the manners that no single form can forget."""

import importlib
import inspect
import pkgutil
from html.parser import HTMLParser

import pytest
from django import forms as django_forms
from django.conf import settings

from core.forms import Form, ModelForm

FLOORS = ("people", "programs", "relationships", "matching", "reports")


def modules(floor):
    """The room "forms" of a floor, which may be a file or a folder."""
    try:
        room = importlib.import_module(f"{floor}.forms")
    except ModuleNotFoundError:
        return
    yield room
    for found in pkgutil.iter_modules(getattr(room, "__path__", [])):
        yield importlib.import_module(f"{room.__name__}.{found.name}")


FORMS = {
    kind
    for floor in FLOORS
    for module in modules(floor)
    for _name, kind in inspect.getmembers(module, inspect.isclass)
    if issubclass(kind, django_forms.BaseForm) and kind.__module__.startswith(floor)
}


def needs_nothing(kind) -> bool:
    """Forms that are made for one thing ask for it; their own tests draw them."""
    if issubclass(kind, ModelForm) and kind._meta.model is None:
        return False
    wanted = inspect.signature(kind.__init__).parameters.values()
    known = {"self", "args", "kwargs"}
    return all(p.default is not p.empty or p.name in known or p.kind == p.VAR_KEYWORD for p in wanted)


DRAWABLE = sorted(
    (kind for kind in FORMS if needs_nothing(kind)), key=lambda kind: (kind.__module__, kind.__name__)
)


class Page(HTMLParser):
    def __init__(self, html) -> None:
        super().__init__()
        self.ids, self.wanted, self.controls, self.labelled = [], [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.ids += [given["id"]] if "id" in given else []
        self.wanted += (given.get("aria-describedby") or "").split()
        if tag == "label" and "for" in given:
            self.labelled.append(given["for"])
        if tag in ("input", "select", "textarea") and given.get("type") != "hidden":
            self.controls.append(given.get("id"))


def test_forms_are_found():
    assert len(FORMS) > 20


def test_every_form_has_the_manners_of_the_house():
    assert {kind.__qualname__ for kind in FORMS if not issubclass(kind, (Form, ModelForm))} == set()


@pytest.mark.django_db
@pytest.mark.parametrize("kind", DRAWABLE, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
@pytest.mark.parametrize("data", [None, {}], ids=["fresh", "sent empty"])
def test_every_control_has_a_label_and_all_that_describes_it(kind, data):
    page = Page(str(kind(data=data)))
    assert set(page.controls) <= set(page.labelled)
    assert set(page.wanted) <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


def test_no_page_sums_up_its_mistakes_twice():
    """A form drawn whole brings its summary along; a page that has one above its heading draws the fields."""
    twice = [
        place.name
        for place in (settings.ROOT / "templates").rglob("*.html")
        if "{% error_summary form %}" in (text := place.read_text()) and "{{ form }}" in text
    ]
    assert twice == []
