"""Kinds of letters, timed facts and runs that exist in these tests only, and know no domain word either."""

from datetime import timedelta
from pathlib import Path

from activity.actions import arm, post, record
from activity.digest import digest_kind
from activity.kinds import Choice, DueKind, JobKind, LetterKind, Patience, table
from activity.models import resolve


def with_templates_of_tests(templates):
    """The setting, so that letters of these kinds find their words."""
    folder = Path(__file__).parent / "templates"
    return [{**templates[0], "DIRS": [folder, *templates[0]["DIRS"]]}]


def words(letter, now):
    """What a test asks for in the letter's data: untrue, broken, or some of the words."""
    if letter.data.get("untrue"):
        return None
    if letter.data.get("broken"):
        raise KeyError("something that a person wrote in confidence")
    return {"title": "News", "why": "You asked for it."} | letter.data


NUDGES = Choice("nudges", "Now and then", "Nudges", "When nothing has happened.")
DIGESTS = Choice("digests", "Now and then", "Digests", "On Mondays.")

LETTERS = table(
    LetterKind("tests.news", words, must_arrive=True, template="tests/note"),
    LetterKind("tests.nudge", words, family="nudges", choice=NUDGES, template="tests/note"),
    LetterKind("tests.digest", words, family="digests", choice=DIGESTS, template="tests/note"),
    LetterKind("tests.code", words, secret=True, must_arrive=True, template="tests/note"),
    LetterKind("tests.bare", words, template="tests/missing"),
    LetterKind("tests.slow", words, patience=Patience.WEEK, choice=NUDGES, template="tests/note"),
    LetterKind("tests.duty", words, patience=Patience.WEEK, must_arrive=True, template="tests/note"),
    LetterKind("tests.weekly", words, patience=Patience.HOURS, choice=DIGESTS, template="tests/note"),
)
LETTERS |= table(digest_kind(LETTERS))


def say(kind):
    def act(due, now):
        person = resolve(due.subject)
        post(kind, person, about=person, key=f"{kind}|{due.subject}|{due.occurrence}", now=now)
        record("tests.said", due.subject, by=None, at=now, occurrence=due.occurrence)

    return act


def move(due, now):
    """A step of a life: each is taken, with its true date, and arms the next one a day later."""
    record("tests.moved", due.subject, by=None, at=due.due_at, step=due.data["step"])
    if due.data["step"] < due.data["steps"]:
        data = due.data | {"step": due.data["step"] + 1}
        at = due.due_at + timedelta(days=1)
        arm("tests.move", due.subject, at=at, occurrence=f"step {data['step']}", now=now, data=data)


def fail(due, now):
    say("tests.news")(due, now)
    raise ValueError("something that a person wrote in confidence")


DUES = table(
    DueKind("tests.remind", say("tests.nudge"), family="nudges"),
    DueKind("tests.tell", say("tests.news")),
    DueKind("tests.digest", say("tests.digest")),
    DueKind("tests.move", move),
    DueKind("tests.broken", fail),
)


def count(job, progress):
    """Counts to the number in its data, then keeps the sum."""
    for n in range(job.data["to"]):
        progress.report("counting", n, job.data["to"])
    with progress.keep() as result:
        record("tests.counted", job.about, by=job.by)
        result["sum"] = job.data["to"]


JOBS = table(JobKind("tests.count", count, steps=("counting", "keeping")))
