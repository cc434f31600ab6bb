"""The pages in a real browser: readable for everybody, at any width, by keyboard, under the strict policy."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import path

from mentorship import styleguide
from mentorship.urls import handler400, handler403, handler404, handler500  # noqa: F401  Django looks here
from mentorship.urls import urlpatterns as product
from people.models import Organisation
from tests import make
from tests.stretched import stretched, unmarked  # noqa: F401  the fixture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

urlpatterns = [path("styleguide/", styleguide.show, name="styleguide"), *product]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ADDRESSES = ["/styleguide/", "/sign-in/", "/sign-in/code/", "/password/reset/", "/sign-up/", "/nowhere/"]
LOOKS = [(scheme, width) for scheme in ("light", "dark") for width in (1280, 390)]
SECRET = "correct horse battery"


@pytest.fixture(autouse=True)
def urls(settings):
    settings.ROOT_URLCONF = __name__


def findings(page) -> list[tuple[str, list]]:
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    return [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in found]


def sign_in(page, live_server, person) -> None:
    page.goto(f"{live_server.url}/sign-in/?next=/styleguide/")
    page.fill("#id_login", person.email)
    page.fill("#id_password", SECRET)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/styleguide/")


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_no_barrier_is_found_on_any_page(page, live_server, scheme, width):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    for address in ADDRESSES if scheme == "light" or width == 390 else ADDRESSES[:1]:
        page.goto(live_server.url + address)
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
        assert findings(page) == [], address


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_no_page_scrolls_sideways(page, live_server, width):
    page.set_viewport_size({"width": width, "height": 900})
    for address in ADDRESSES:
        page.goto(live_server.url + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address


def test_no_page_scrolls_sideways_from_right_to_left(page, live_server):
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(f"{live_server.url}/styleguide/")
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_nothing_breaks_the_policy(page, live_server, console):
    for address in ADDRESSES[:-1]:
        page.goto(live_server.url + address)
    page.goto(f"{live_server.url}/styleguide/")
    page.get_by_role("button", name="Export").click()
    assert page.get_by_role("link", name="PDF report").is_visible()
    assert page.evaluate("typeof htmx.version") == "string"


def test_after_a_mistake_the_summary_has_the_focus_and_leads_to_the_field(page, live_server):
    page.goto(f"{live_server.url}/styleguide/")
    page.get_by_role("button", name="Save and continue").click()
    page.wait_for_load_state()
    assert page.title().startswith("Error: ")
    assert page.evaluate("document.activeElement.className") == "errors"
    page.get_by_role("link", name="Choose an answer to “Who can see goals?”.").click()
    assert page.evaluate("document.activeElement.id") == "id_readers_0"


def test_the_summary_takes_the_focus_without_scripts_as_well(browser, live_server):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{live_server.url}/sign-in/")
    page.get_by_role("button", name="Sign in", exact=True).click()
    assert page.locator(".errors:focus").count() == 1
    page.context.close()


def test_the_way_past_the_menu_comes_first(page, live_server):
    page.goto(f"{live_server.url}/styleguide/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to main content"
    assert page.locator(".skip").evaluate("(link) => link.getBoundingClientRect().top") >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_every_stop_of_the_keyboard_is_seen(page, live_server):
    page.goto(f"{live_server.url}/styleguide/?look")
    for _ in range(45):
        page.keyboard.press("Tab")
        ring = page.evaluate(
            """() => {
              const it = document.activeElement;
              const shown = it.matches('[type=radio]') ? it.closest('label') : it;
              const style = getComputedStyle(shown);
              const box = shown.getBoundingClientRect();
              const seen = box.top >= 0 && box.bottom <= innerHeight && box.width > 0;
              return [it.tagName, style.outlineStyle, style.outlineWidth, seen];
            }"""
        )
        assert ring[1:] == ["solid", "3px", True], ring


def test_the_menu_of_a_phone_opens_and_closes_by_keyboard(page, live_server):
    page.set_viewport_size({"width": 390, "height": 900})
    sign_in(page, live_server, make.person("Mira Moreau", password=SECRET))
    button = page.get_by_role("button", name="Menu")
    button.focus()
    page.keyboard.press("Enter")
    assert page.get_by_role("button", name="Sign out").is_visible()
    assert findings(page) == []
    page.keyboard.press("Escape")
    assert not page.get_by_role("button", name="Sign out").is_visible()
    assert button.evaluate("(it) => it === document.activeElement")


def test_a_form_is_sent_once_however_often_the_button_is_pressed(page, live_server):
    page.goto(f"{live_server.url}/styleguide/")
    sent = []
    page.on("request", lambda request: sent.append(request.method) if request.method == "POST" else None)
    with page.expect_navigation():
        page.get_by_role("button", name="Save and continue").dblclick()
    page.wait_for_load_state("networkidle")
    assert sent == ["POST"]


def test_the_theme_of_a_person_goes_before_that_of_the_device(page, live_server):
    page.emulate_media(color_scheme="light")
    sign_in(page, live_server, make.person("Nora Night", password=SECRET, theme="dark"))
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    lightness = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/[\\d.]+/)[0]")
    assert float(lightness) < 0.3


def test_the_colour_of_the_organisation_is_taken_and_stays_readable(page, live_server):
    Organisation.objects.update_or_create(pk=1, defaults={"accent": "#ffcc00"})
    page.goto(f"{live_server.url}/styleguide/")
    assert findings(page) == []


@pytest.mark.usefixtures("stretched")
def test_longer_words_have_room_and_every_word_can_be_translated(page, live_server):
    page.set_viewport_size({"width": 320, "height": 900})
    for address in ADDRESSES:
        page.goto(live_server.url + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, address
        if address != "/styleguide/":
            assert unmarked(page) == [], address
