"""Two people from their invitations to a relationship at work: answers, yes from both, agreement, goal, meetings."""

import re
from datetime import date, timedelta

from tests.journey.visitor import Visitor

CONDUCT, PRIVACY = "I will keep to the code of conduct", "I have read who can see what"
PURPOSE = "To find my own way of leading."
GOAL = "Lead the weekly planning myself"
SAYS = {
    "What you would like to get better at": "Leading a team\nSaying no",
    "What you can help somebody with": "Leading a team",
}


def arrive(visitor: Visitor) -> None:
    """By the link in the invitation: whoever holds it is signed in by a press, and by nothing less."""
    visitor.open(visitor.links(visitor.letters("invites you")[0])[0]).press(re.compile("^Start, about"))


def answer_questions(visitor: Visitor) -> None:
    page = visitor.page
    while "/check/" not in page.url:
        for label, words in SAYS.items():
            if page.get_by_label(label, exact=True).count():
                visitor.fill(label, words)
        if page.get_by_label("English", exact=True).count():
            visitor.tick("English")
        for place, field in enumerate(page.locator("main select[name^=value_]").all(), 1):
            field.select_option(index=place)
        for group in page.locator("main fieldset").all():
            if group.get_by_label("3", exact=True).count():
                group.get_by_label("3", exact=True).check()
        visitor.press("Continue")
    visitor.tick(CONDUCT).tick(PRIVACY).press("Send my answers").sees("You are in: ")


def accept_offer(visitor: Visitor, partner: str, *, with_terms: bool = False) -> None:
    """By the link in the letter; whoever has not accepted the rules of the program does so here."""
    visitor.open(visitor.links(visitor.letters("suggested as your")[0])[0])
    assert visitor.heading == f"Meet {partner}"
    if with_terms:
        visitor.tick(CONDUCT).tick(PRIVACY)
    visitor.press("Accept")


def sign_agreement(mentee: Visitor, mentor: Visitor, pair: str) -> None:
    mentee.open(pair).follow("Write it down").fill("What brings us together", PURPOSE)
    mentee.press(re.compile("^Save and show it to ")).press("Sign this text")
    mentor.open(pair).follow(re.compile("^Read (it )?and sign")).sees(PURPOSE)
    mentor.press("Sign this text").sees("Signed by both")


def agree_goal(mentee: Visitor, mentor: Visitor, pair: str, today: date) -> None:
    mentee.open(pair).follow("Write a goal").fill("Your goal in one line", GOAL)
    mentee.choose("What kind of goal is it?", "Leadership")
    mentee.fill("What will be different, and in which situation?", "I open the Monday meeting myself.")
    mentee.choose("How will you know?", "A number").fill("Today", "0").fill("Target", "6")
    mentee.fill("What will you do first?", "Ask for the next agenda.")
    mentee.fill("Why does it matter to you?", "I want to lead a team within two years.")
    mentee.fill("By which day?", (today + timedelta(days=90)).isoformat())
    mentee.choose("Who can read this goal?", re.compile("^You and "))
    mentee.press(re.compile("^Save and propose to "))
    mentor.open("/home/").follow(re.compile("goal", re.I), within="main").press(re.compile("^Agree"))


def log_meeting(visitor: Visitor, pair: str, minutes: int) -> None:
    visitor.open(f"{pair}meetings/log/").fill("Minutes", str(minutes)).press("Log this meeting")


def log_another(visitor: Visitor, pair: str, minutes: int) -> None:
    """Two on one day are asked about first."""
    log_meeting(visitor, pair, minutes)
    visitor.is_refused().press("Log this meeting").sees("Logged.")


def confirm_meetings(visitor: Visitor, pair: str, count: int) -> None:
    for _ in range(count):
        visitor.open(pair).press(re.compile("^Yes, we met")).sees("Confirmed.")


def plan_meeting(visitor: Visitor, pair: str, day: date) -> None:
    visitor.open(pair).follow("Plan a meeting").fill("Date", day.isoformat()).fill("Time", "10:00")
    visitor.press("Send the invitation")


def stage(visitor: Visitor, pair: str) -> str:
    """Where the page of the two says that they are."""
    visitor.open(pair)
    return visitor.page.locator(".path [aria-current] b").inner_text()
