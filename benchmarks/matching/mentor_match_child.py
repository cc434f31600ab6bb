"""The package ``mentor-match`` on a program read from standard input; run by the Python of its own environment.

Imports nothing of ours: its package and ours are both called ``matching``.
"""

import json
import operator
import sys
import time

from matching.mentee import Mentee
from matching.mentor import Mentor
from matching.rules import rule

from matching import process


class ChosenMentee(Mentee):
    def __init__(self, **given):
        super().__init__(**given)
        self.identity = given["identity"]


class ChosenMentor(Mentor):
    def __init__(self, **given):
        super().__init__(**given)
        self.identities = frozenset(given["identities"])


def rules(asked, bonus):
    """The rules of its web application, with the points it was asked to give."""
    points = asked["points"]
    return [
        rule.Disqualify(lambda match: match.mentee.organisation == match.mentor.organisation),
        rule.Disqualify(rule.Grade(2, operator.gt).evaluate),
        rule.Disqualify(rule.Grade(0, operator.le).evaluate),
        rule.Grade(2, operator.eq, {True: points["two_grades"], False: 0}),
        rule.Grade(1, operator.eq, {True: points["one_grade"], False: 0}),
        rule.Generic(
            {True: points["profession"], False: 0},
            lambda match: match.mentee.profession == match.mentor.profession,
        ),
        rule.Generic(
            {True: points["identity"], False: 0},
            lambda match: match.mentee.identity in match.mentor.identities,
        ),
        rule.UnmatchedBonus(bonus),
    ]


def main():
    asked = json.load(sys.stdin)
    mentees = [ChosenMentee(**person) for person in asked["mentees"]]
    mentors = [ChosenMentor(**person) for person in asked["mentors"]]
    sys.setrecursionlimit(10_000)
    began = time.process_time()
    process.process_data(mentors, mentees, [rules(asked, asked["bonus"]) for _ in range(asked["rounds"])])
    seconds = time.process_time() - began
    column = {mentor.email: at for at, mentor in enumerate(mentors)}
    pairs = [
        (row, column[mentor.email]) for row, mentee in enumerate(mentees) for mentor in mentee.connections
    ]
    json.dump({"seconds": seconds, "pairs": pairs}, sys.stdout)


if __name__ == "__main__":
    main()
