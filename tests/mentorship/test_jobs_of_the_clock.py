"""What a program needs to happen by itself, and which of it does not yet.

Who adds a timed fact says here what it is for; who builds one of those that are missing takes it off the list.
"""

import pytest

from mentorship.clockwork import DUES, JOBS, LETTERS

# What the field needs: the timed facts and letters that do it, none where nothing does.
NEEDED = {
    "meetings are announced the day before": {"relationships.meeting_reminder"},
    "who wants it is reminded an hour before": {"relationships.meeting_soon"},
    "whether a meeting was held is asked": {"relationships.was_it_held", "relationships.was_it_held_still"},
    "who has not met for long is reminded": {
        "relationships.evaluate",
        "relationships.first_meeting",
        "relationships.quiet",
        "relationships.called_off",
    },
    "stages are proposed and moved": {
        "relationships.evaluate",
        "relationships.may_move",
        "relationships.moved",
    },
    "agreements are reviewed": {"relationships.agreement_review", "relationships.review_due"},
    "goals and steps fall due": {"relationships.days_due"},
    "check-ins are handed out": set(),
    "surveys are handed out": set(),
    "offers are remembered and expire": {"matching.offer_reminder", "matching.offer_expires"},
    "concerns that wait go to a deputy": set(),
    "people who left and new managers come in from HR": set(),
    "quality is checked": set(),
    "the facts of each day are kept": {"reports.nightly_facts"},
    "what need not be kept is deleted": set(),
    "who may see what is reviewed": set(),
    "what can wait comes in one letter": {"activity.digest", "reports.monday"},
}
MISSING = {
    "check-ins are handed out",
    "surveys are handed out",
    "concerns that wait go to a deputy",
    "people who left and new managers come in from HR",
    "quality is checked",
    "what need not be kept is deleted",
    "who may see what is reviewed",
}
# Timed facts beside these.
MORE = {
    "matching.scheduled_run",
    "matching.shortlist_reminder",
    "matching.shortlists_close",
    "programs.invitation_reminder",
    "programs.pause_over",
    "relationships.read_calendars",
}


def missing(dues, letters, jobs):
    known = dues.keys() | letters.keys() | jobs.keys()
    return {need for need, kinds in NEEDED.items() if not kinds or not kinds <= known}


def unaccounted(dues):
    return dues.keys() - MORE - set().union(*NEEDED.values())


def test_what_the_clock_does_not_do_yet_is_this_and_nothing_else():
    assert missing(DUES, LETTERS, JOBS) == MISSING


def test_each_timed_fact_is_there_for_something_that_is_named_here():
    assert unaccounted(DUES) == set()
    assert MORE - DUES.keys() == set()


@pytest.mark.parametrize(
    ("taken_out", "need"),
    [
        ("relationships.meeting_reminder", "meetings are announced the day before"),
        ("matching.offer_expires", "offers are remembered and expire"),
        ("activity.digest", "what can wait comes in one letter"),
    ],
)
def test_control_a_kind_that_is_taken_out_is_missed(taken_out, need):
    left = [
        {name: kind for name, kind in each.items() if name != taken_out} for each in (DUES, LETTERS, JOBS)
    ]
    assert missing(*left) - MISSING == {need}


def test_control_a_timed_fact_that_nobody_named_is_found():
    assert unaccounted(DUES | {"tests.new": None}) == {"tests.new"}
