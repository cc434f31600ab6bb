"""From an empty organisation to published pairs, as an administrator, an HR admin and a coordinator go."""

import itertools
import re
from datetime import date, timedelta
from typing import NamedTuple

from tests.journey.files import Files, Participant
from tests.journey.visitor import Visitor

PROGRAM = "Emerging leaders"
TASKS = (
    "Name, purpose and dates",
    "Who takes part",
    "Sign-up questions",
    "Matching rules",
    "Meeting rhythm",
    "Emails and notices",
)


class Pair(NamedTuple):
    mentee: Participant
    mentor: Participant


def name_hr_admin(ada: Visitor, files: Files) -> None:
    """The administrator brings two colleagues and makes one of them HR admin."""
    ada.follow("Bring a file of people").upload(files.staff).press("Show what it would do")
    assert ada.ledger() == {"Added": 2, "Changed": 0, "Left alone": 0, "Need repair": 0}
    ada.press("Add 2, change 0").follow("Go to the people").follow("Hana Haas").press("Give HR admin")
    assert "HR admin held" in ada.text


def bring_employees_and_take_them_back(hana: Visitor, files: Files) -> dict[str, int]:
    """What the preview said; afterwards the list of people is what it was before."""
    hana.follow("People").follow("Bring a file of people").upload(files.employees)
    hana.press("Show what it would do")
    counts = hana.ledger()
    hana.press(f"Add {counts['Added']}, change 0").sees(f"{counts['Added']} people added.")
    hana.press("Take it back").sees(f"{counts['Added']} people taken out, 0 put back")
    hana.follow("Go to the people")
    assert hana.names_in_table() == ["Ada Admin", "Cora Court", "Hana Haas"]
    return counts


def make_program(hana: Visitor, today: date) -> None:
    hana.follow("Programs").follow("New program").follow(f"Use this template {PROGRAM}")
    hana.fill("Starts on", (today + timedelta(days=30)).isoformat()).press("Save and continue")
    for task in TASKS:
        hana.follow(task)
        if task == "Who takes part":
            hana.fill("Deputy coordinator", "cora@example.org")
        hana.press("Save").sees(f"Saved: {task}.")
    hana.sees("6 of 6 done")


def fill_list(cora: Visitor, files: Files) -> None:
    cora.follow(re.compile("^Participants"), within="aside")
    for file, role in ((files.mentees, "mentees"), (files.mentors, "mentors"), (files.four, "mentees")):
        cora.follow("Add a file of people").choose("Who are these people?", f"All are {role}").upload(file)
        cora.press("Show what it would do").press(re.compile(r"^Put \d+ people on the list$"))
        cora.follow("Go to the participants")


def publish_program(cora: Visitor) -> int:
    """How many invitations the button promised."""
    cora.follow(re.compile("^Set up"), within="aside").follow("Check and publish")
    button = re.compile(r"^Publish and send (\d+) emails$")
    promised = int(button.match(cora.page.get_by_role("button", name=button).inner_text())[1])
    cora.press(button).sees("Published. The invitations are on their way.")
    return promised


def run_matching(cora: Visitor) -> None:
    """Ask for a run and stay on its page until the worker has done it."""
    cora.follow(re.compile("^Matching"), within="aside").press("Run matching")
    cora.page.wait_for_url("**/matching/runs/1/", timeout=90_000)
    cora.sees("Nobody has been told.")


def proposed_pairs(cora: Visitor, files: Files, count: int) -> list[Pair]:
    """The first on the review whose two people are in one role each, so that all their mail is about this pair."""
    known = {one.name: one for one in files.participants()}
    pairs: list[Pair] = []
    for number in itertools.count(2):
        for row in cora.page.locator("tbody tr").all():
            names = row.locator(".who b").all_inner_texts()
            pair = Pair(*(known[name] for name in names))
            if all(len(one.roles) == 1 for one in pair):
                pairs.append(pair)
        if len(pairs) >= count:
            break
        cora.follow(f"Page {number}")
    return pairs[:count]


def publish_pairs(cora: Visitor) -> int:
    """Once taken back while nobody is told, then for good; how many pairs."""
    button = re.compile(r"^Publish (\d+) pairs$")
    link = cora.page.get_by_role("link", name=button).inner_text()
    pairs = int(button.match(link)[1])
    cora.follow(link).press(link).sees(f"{pairs} pairs published.")
    cora.press("Undo publishing").sees("Taken back. Nobody has been told.")
    cora.follow(link).press(link).sees(f"{pairs} pairs published.")
    return pairs
