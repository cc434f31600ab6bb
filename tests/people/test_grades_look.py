"""The order of grades in a real browser: readable for everybody, at any width, with mistakes and without."""

import os

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests import make

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SECRET = "correct horse battery"
GRADES = (
    "AA",
    "AO",
    "EO",
    "HEO",
    "SEO",
    "Grade 7",
    "Grade 6",
    "SCS1",
    "A grade with a very long name indeed, from a merger",
)


def barriers(page):
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    return [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in found]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_grades_are_put_in_order_without_a_barrier(page, live_server, scheme, width):
    hana = make.hr_admin(password=SECRET)
    for n, grade in enumerate(GRADES):
        for _ in range(n + 1):
            make.answered(make.person(), grade=grade)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})

    def is_whole(name):
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=f"{folder}/grades-{name}-{scheme}-{width}.png", full_page=True)
        assert barriers(page) == [] and page.evaluate("document.documentElement.scrollWidth") <= width

    page.goto(f"{live_server.url}/sign-in/?next=/people/")
    page.fill("#id_login", hana.email)
    page.fill("#id_password", SECRET)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("link", name="Grades in order").click()
    is_whole("new")
    page.get_by_role("link", name="Fill in a suggestion").click()
    is_whole("suggested")
    page.get_by_label("Place of A grade").fill("last")
    page.get_by_role("button", name="Save the order").click()
    is_whole("mistake")
    page.get_by_role("link", name="whole number").click()
    page.keyboard.press("Control+A")
    page.keyboard.type("75")
    page.keyboard.press("Enter")
    page.get_by_text("Saved, with 9 levels.").wait_for()
    is_whole("saved")
    assert page.get_by_label("Place of SCS1").input_value() == "90"
