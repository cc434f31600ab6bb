"""Every page of the demo organisation: no link leads nowhere, no page is empty, nothing on any is a barrier.

A crawler of each role follows all links and search forms; before it comes, a few people do what brings about
pages that a quiet morning does not have: an invitation being answered, an offer, a run under review, a file.
"""

import html
import re
from collections.abc import Iterator
from itertools import islice

import pytest
from axe_playwright_python.sync_playwright import Axe

from mentorship import supervisor
from mentorship.demo.who import ADMINISTRATOR, COORDINATOR, HR_ADMIN, MENTEE, MENTOR
from tests import demonstration
from tests.demonstration import Names, Served, Walker, is_frame
from tests.matrix import policy

pytestmark = [pytest.mark.browser, pytest.mark.once]

SIGNED_IN = {
    "coordinator": COORDINATOR,
    "mentor": MENTOR,
    "mentee": MENTEE,
    "HR admin": HR_ADMIN,
    "administrator": ADMINISTRATOR,
}
BEGINNINGS = ("/", "/sign-out/", "/me/")
PEOPLE = "Name,Email,Job title\nNew Person,new.person@halden.example,Clerk\nNo Address,,Clerk\n"
ACCOUNT = "is one step of a way through the account, which tests/mentorship/test_signing_in.py goes"
BY_MAIL = [f"relationships:{deed}_by_mail" for deed in ("held", "not_held", "log", "move")]
NOT_WALKED = {
    "accent": "is a style sheet, linked where an organisation has a colour of its own",
    "healthz_live": "is asked by machines",
    "healthz_deep": "is asked by machines",
    "metrics": "is asked by machines",
    "mail_webhook": "is told by machines, where a provider is configured",
    "account_inactive": ACCOUNT,
    "account_signup": ACCOUNT,
    "account_reauthenticate": ACCOUNT,
    "account_set_password": ACCOUNT,
    "account_confirm_password_reset_code": ACCOUNT,
    "account_complete_password_reset": ACCOUNT,
    "account_password_reset_completed": ACCOUNT,
    "programs:join_done": "follows the last answer, once; tests/test_journey.py goes there",
    "programs:matching_day": "is a file, on that page",
    "relationships:feed": "is a file for calendar programs",
    **dict.fromkeys(
        BY_MAIL, "stands in letters that go out on some days; tests/relationships/test_by_mail.py goes there"
    ),
    "relationships:correction": "is there for whoever has logged a meeting that nobody has confirmed yet",
}


@pytest.fixture(scope="module")
def place() -> Iterator[Served]:
    with demonstration.served() as served:
        yield served


@pytest.fixture(scope="module")
def walkers(place: Served) -> dict[str, Walker]:
    """All who have gone everywhere, by what they are."""
    names = Names()
    came = {role: Walker(place, role, names).sign_in(email) for role, email in SIGNED_IN.items()}
    came["anonymous"] = Walker(place, "anonymous", names)
    match_one_pair_and_run_again(came["coordinator"])
    bring_files(came["HR admin"], "/people/import/")
    take_reports_away(came["HR admin"])
    came["invited"] = sign_in_as_somebody_invited(Walker(place, "invited", names))
    came["offered"] = sign_in_as_somebody_with_an_offer(Walker(place, "offered", names))
    came["choosing"] = sign_in_as_somebody_who_may_choose(Walker(place, "choosing", names))
    for walker in came.values():
        walker.walk(
            *(BEGINNINGS if walker.role != "anonymous" else (*letters_about_joining(walker), "/", "/post/"))
        )
    return came


def match_one_pair_and_run_again(dana: Walker) -> None:
    """In the program that is about to match: one pair is offered, the others are under review."""
    program = next(
        address
        for address in re.findall(r'href="(/p/\w+/)', dana.get("/programs/"))
        if "Run matching" in dana.get(f"{address}matching/")
        and "No run yet" in dana.get(f"{address}matching/")
    )
    runs = f"{program}matching/runs/"
    dana.send(f"{program}matching/", runs)
    assert supervisor.wait_until(lambda: "Publish " in dana.ask("GET", f"{runs}1/").body.decode(), 90)
    pair = re.search(r'name="pair" value="(\w+)"', dana.get(f"{runs}1/publish/"))[1]
    assert dana.send(f"{runs}1/publish/", pair=pair, choose="1").status == 200
    dana.send(f"{program}matching/", runs)
    assert supervisor.wait_until(lambda: "Publish " in dana.ask("GET", f"{runs}2/").body.decode(), 90)
    stopped = dana.send(f"{program}matching/", runs).place
    dana.send(stopped, f"{stopped}stop/")
    assert supervisor.wait_until(lambda: "Stopped." in dana.get(stopped), 90)
    dana.open(stopped, "a run")
    let_people_choose(dana, f"{program}matching/")
    bring_files(dana, f"{program}people/import/", role="mentee")


def let_people_choose(dana: Walker, matching: str) -> None:
    """Lists are open, and runs begin by themselves."""
    making = dana.send(f"{matching}choosing/", shown="3", days="7").place
    dana.open(making, "the lists")
    assert supervisor.wait_until(lambda: "Lists are open" in dana.get(f"{matching}choosing/"), 90)
    given = {"weekday": "0", "at": "07:30", "every_weeks": "2", "minimum_score": "50", "minimum_share": "0"}
    assert dana.send(f"{matching}schedule/", publishes="no", **given).status == 200


def bring_files(walker: Walker, page: str, **values: str) -> None:
    """One whose columns are not confirmed, and one that could be applied."""
    assert walker.bring(page, "columns.csv", PEOPLE, **values).place.endswith("/columns/")
    columns = walker.bring(page, "people.csv", PEOPLE, **values).place
    assert "What the file would do" in walker.send(columns, **values).body.decode()


def take_reports_away(hanne: Walker) -> None:
    hanne.send("/reports/", "/reports/exports/", report="register", format="csv")


def found_in_post(walker: Walker, subject: str, to: str = "") -> Iterator[str]:
    """The pages of the letters with that in their subject, newest first."""
    for address in listed_in_post(walker, subject, to):
        yield html.unescape(walker.get(address))


def listed_in_post(walker: Walker, subject: str, to: str = "") -> Iterator[str]:
    listed = re.compile(rf'href="(/post/[\w-]+/)"><b dir="auto">[^<]*{subject}')
    query, number = f"?to={to}", 1
    while query:
        page = html.unescape(walker.get(f"/post/{query}"))
        yield from listed.findall(page)
        number += 1
        onward = re.search(rf'href="(\?[^"]*(?:page={number}|after=[^"]+))"', page)
        query = onward[1] if onward else ""


def letters_about_joining(walker: Walker) -> list[str]:
    """They are among the oldest, so that nobody who begins with the newest comes to them."""
    subjects = ("invites you", "we have your answers")
    return [address for subject in subjects for address in islice(listed_in_post(walker, subject), 1)]


def sign_in_as_somebody_invited(walker: Walker) -> Walker:
    """The newest invitation that nobody has answered yet, and its reader."""
    for letter in found_in_post(walker, "invites you"):
        link = re.search(r"/i/[\w.-]+/", letter)[0]
        if "Start, about" in walker.ask("GET", link).body.decode():
            break
    sign_in_by_code(walker, reader_of(letter))
    assert "/join/" in walker.send(link).place
    return walker


def sign_in_as_somebody_with_an_offer(walker: Walker) -> Walker:
    subject = "suggested as your mentor"
    assert supervisor.wait_until(lambda: any(found_in_post(walker, subject)), 120)
    return sign_in_by_code(walker, reader_of(next(found_in_post(walker, subject))))


def sign_in_as_somebody_who_may_choose(walker: Walker) -> Walker:
    subject = "Whom would you like as your mentor"
    assert supervisor.wait_until(lambda: any(found_in_post(walker, subject)), 120)
    return sign_in_by_code(walker, reader_of(next(found_in_post(walker, subject))))


def reader_of(letter: str) -> str:
    return re.search(r"<dt>To</dt><dd>.*?([\w.-]+@[\w.-]+)", letter)[1]


def sign_in_by_code(walker: Walker, email: str) -> Walker:
    """As people without a password do."""

    def codes() -> list[str]:
        letters = found_in_post(walker, "Your code to sign in", to=email)
        return [re.search(r"\b[A-Z]{4}-[A-Z]{4}\b", letter)[0] for letter in letters]

    before = len(codes())
    walker.send("/sign-in/code/", email=email)
    assert supervisor.wait_until(lambda: len(codes()) > before, 120)
    walker.open("/sign-in/code/enter/", "the code")
    walker.send("/sign-in/code/enter/", code=codes()[0])
    assert "/sign-out/" in walker.get("/help/")
    return walker


@pytest.mark.parametrize("role", [*SIGNED_IN, "anonymous", "invited", "offered", "choosing"])
def test_no_link_leads_nowhere_and_no_page_is_empty(walkers, role):
    assert walkers[role].troubles == []
    assert sum(map(len, walkers[role].pages.values())) > 10


def visited(walkers: dict[str, Walker]) -> set[str]:
    return {name for walker in walkers.values() for name in walker.pages}


def pages() -> set[str]:
    """The names of all addresses at which there is something to look at."""
    deeds = {
        page
        for (page, method), words in policy.cells().items()
        if method == "get" and "no" in (said := set(words.values())) and said <= {"no", "sign-in"}
    }
    return {name for name, _pattern in demonstration.patterns()} - deeds


def test_every_page_is_reached_by_somebody(walkers):
    assert sorted(pages() - visited(walkers) - NOT_WALKED.keys()) == []
    assert sorted(NOT_WALKED.keys() - pages()) == []


# Barriers

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NARROW = (
    "home",
    "relationships:detail",
    "reports:dashboard",
    "reports:outcomes",
    "matching:run",
    "matching:shortlist",
    "programs:task",
)
NOT_A_PAGE = {
    "emails:html": "is a letter in a frame; tests/mentorship/test_letters_look.py looks at letters",
    "relationships:calendar": "is a file for the calendar",
    "people:import_problems": "is a file",
    "programs:import_problems": "is a file",
    "reports:file": "is a file",
    "root": "leads on to the home page",
    "account_confirm_login_code": "is there for the browser alone that has asked for a code",
}


@pytest.fixture(scope="module")
def looked_at(walkers: dict[str, Walker]) -> dict[str, tuple[Walker, str]]:
    """One address of each page, with somebody who has been there."""
    found: dict[str, tuple[Walker, str]] = {}
    for walker in walkers.values():
        for name, addresses in walker.pages.items():
            whole = [address for address in addresses if not is_frame(address)]
            if name and name != "static" and name not in NOT_A_PAGE and whole:
                found.setdefault(name, (walker, whole[-1]))
    return found


def findings(page, options: dict) -> list[str]:
    found = Axe().run(page, options={**options, "resultTypes": ["violations"]}).response["violations"]
    return [f"{rule['id']}: {node['target']}" for rule in found for node in rule["nodes"]]


def test_nothing_on_any_page_is_a_barrier(browser, place, looked_at):
    """Everything at 1280 in light; colours in dark as well; the widest pages on a telephone."""
    barriers: dict[str, list[str]] = {}
    for walker, address in looked_at.values():
        context = browser.new_context(
            viewport={"width": 1280, "height": 900}, color_scheme="light", reduced_motion="reduce"
        )
        context.add_cookies(
            [{"name": key, "value": kept, "url": place.url} for key, kept in walker.cookies.items()]
        )
        page = context.new_page()
        page.goto(place.url + address)
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
        found = findings(page, {"runOnly": RULES})
        page.emulate_media(color_scheme="dark")
        found += [f"dark, {words}" for words in findings(page, {"runOnly": ["color-contrast"]})]
        if walker.names.of(address) in NARROW:
            page.set_viewport_size({"width": 390, "height": 900})
            found += [f"390, {words}" for words in findings(page, {"runOnly": RULES})]
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, address
        if found:
            barriers[address] = found
        context.close()
    assert barriers == {}


def test_every_page_was_looked_at(looked_at):
    assert sorted(pages() - looked_at.keys() - NOT_A_PAGE.keys() - NOT_WALKED.keys()) == []
    assert sorted(NOT_A_PAGE.keys() - pages()) == []
