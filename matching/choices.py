"""Who is shown to whom before a run, so that they can say whom they would like.

Nobody is popular twice over: the lists are one assignment, in which each mentee gets so many mentors and each
mentor stands on so many lists for each place.  It is the assignment of a run, over the same snapshot, so the hard
rules hold and the lists are as good as they can be together.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import ngettext

from activity.models import Event, reference
from matching.engine import certificate
from matching.engine.evidence import evidence
from matching.engine.progress import Report, silent
from matching.models import Shortlist, ShortlistEntry
from matching.reasons import COMMON_GROUND
from people.models import Exclusion
from programs.models import Cycle
from programs.models.enrolments import Role

FEWEST_SHOWN, SHOWN, MOST_SHOWN = 2, 3, 5
# Mentees whose rules are looked at together.
AT_ONCE = 256
# Why somebody is shown fewer people, or nobody.
RULES, PLACES = "rules", "places"


@dataclass(frozen=True)
class Lists:
    """For each mentee by id the mentors to choose from, each with the facts both may know.  ``fewer`` counts mentees
    with fewer than were to be shown by what keeps the others away, ``nobody`` those among them without any."""

    of_mentees: dict[str, list[tuple[str, list[dict[str, Any]]]]]
    fewer: Counter = field(default_factory=Counter)
    nobody: int = 0

    @property
    def of_mentors(self) -> dict[str, list[tuple[str, list[dict[str, Any]]]]]:
        """Whom each mentor may rank: the mentees who have this mentor on their list."""
        turned: dict[str, list[tuple[str, list[dict[str, Any]]]]] = {}
        for mentee, shown in self.of_mentees.items():
            for mentor, facts in shown:
                turned.setdefault(mentor, []).append((mentee, facts))
        return turned


def question_of_lists(asked: Mapping[str, Any], shown: int) -> dict[str, Any]:
    """The question of a run, asked for so many mentors a mentee.  Who is locked in a pair has no choice to make, and
    takes a place."""
    held = {mentee for mentee, _mentor in asked["locked"]}
    taken = Counter(mentor for _mentee, mentor in asked["locked"])
    return {
        **asked,
        "objective": "coverage",
        "locked": [],
        "minimum_score": 0,
        "mentees": [{**person, "capacity": shown} for person in asked["mentees"] if person["id"] not in held],
        "mentors": [
            {**person, "capacity": max(0, person["capacity"] - taken[person["id"]]) * shown}
            for person in asked["mentors"]
        ],
    }


def lists(asked: Mapping[str, Any], shown: int = SHOWN, *, report: Report = silent) -> Lists:
    """``asked`` is the snapshot of a one-to-one or reverse program."""
    widened = question_of_lists(asked, shown)
    outcome = certificate.run(widened, report)
    mentees, mentors, _rules = certificate.people_of(widened)
    of_mentees: dict[str, list[tuple[str, list[dict[str, Any]]]]] = {}
    pairs = outcome.result.pairs.tolist()
    distance = tuple(asked["distance"])
    for at, (row, column) in enumerate(pairs):
        report("explaining", at, len(pairs))
        facts = [asdict(fact) for fact in evidence(mentees[row], mentors[column], distance=distance)]
        told = [fact for fact in facts if fact["code"] in COMMON_GROUND and not fact["warning"]]
        of_mentees.setdefault(mentees[row].id, []).append((mentors[column].id, told))
    has_places = np.array([person.capacity > 0 for person in mentors], bool)
    fewer: Counter = Counter()
    short = [row for row, one in enumerate(mentees) if len(of_mentees.get(one.id, ())) < shown]
    for start in range(0, len(short), AT_ONCE):
        allowed = ((outcome.verdict.block(short[start : start + AT_ONCE]) == 0) & has_places).sum(axis=1)
        fewer[RULES] += int((allowed < shown).sum())
        fewer[PLACES] += int((allowed >= shown).sum())
    return Lists(of_mentees, fewer, sum(1 for one in mentees if one.id not in of_mentees))


def people_on(shortlist: Shortlist, now: datetime) -> list[ShortlistEntry]:
    """Who is still on an open list: not those who have left or pause, nor those who are to be kept apart since."""
    owner = shortlist.enrolment.person_id
    here = [entry for entry in shortlist.entries.all() if entry.enrolment.is_matchable]
    named = {owner, *(entry.enrolment.person_id for entry in here)}
    apart = {
        other
        for pair in Exclusion.objects.in_force(now).among(named).values_list("author", "other")
        if owner in pair
        for other in pair
    }
    return [entry for entry in here if entry.enrolment.person_id not in apart]


def with_lists_counted(cycles: QuerySet[Cycle]) -> QuerySet[Cycle]:
    """Each cycle with the figures that ``how_far`` tells, in the same question."""
    newest = Shortlist.objects.filter(cycle=OuterRef("pk")).order_by("-opened_at").values("opened_at")[:1]
    opened_last = Q(shortlists__opened_at=F("lists_opened_at"))
    by_mentees, by_mentors = (Q(shortlists__enrolment__role=role) for role in (Role.MENTEE, Role.MENTOR))
    answered = Q(shortlists__answered_at__isnull=False)
    return cycles.annotate(lists_opened_at=Subquery(newest)).annotate(
        lists_close_at=Max("shortlists__closes_at", filter=opened_last),
        lists_open=Count("shortlists", opened_last & ~Q(shortlists__state=Shortlist.State.CLOSED)),
        lists_of_mentees=Count("shortlists", opened_last & by_mentees),
        answered_by_mentees=Count("shortlists", opened_last & by_mentees & answered),
        lists_of_mentors=Count("shortlists", opened_last & by_mentors),
        answered_by_mentors=Count("shortlists", opened_last & by_mentors & answered),
    )


def how_far(cycle: Cycle) -> dict[str, object]:
    """How far the lists opened last are, in counts.  ``cycle`` comes ``with_lists_counted``."""
    return {
        "any": cycle.lists_opened_at is not None,
        "is_open": cycle.lists_open > 0,
        "closes_at": cycle.lists_close_at,
        "mentees": cycle.lists_of_mentees,
        "mentees_answered": cycle.answered_by_mentees,
        "mentors": cycle.lists_of_mentors,
        "mentors_answered": cycle.answered_by_mentors,
    }


def shortfall(cycle: Cycle) -> list[str]:
    """How many were shown fewer people than were to be shown, and why."""
    opened = (
        Event.objects.filter(about=reference(cycle), verb="shortlists.opened").order_by("-at", "-pk").first()
    )
    if opened is None:
        return []
    told = opened.details
    sentences = (
        (
            told["fewer_by_rules"],
            ngettext(
                "%(count)s mentee has fewer people to choose from, because the hard rules leave no more.",
                "%(count)s mentees have fewer people to choose from, because the hard rules leave no more.",
                told["fewer_by_rules"],
            ),
        ),
        (
            told["fewer_by_places"],
            ngettext(
                "%(count)s mentee has fewer people to choose from, because the mentors have too few places.",
                "%(count)s mentees have fewer people to choose from, because the mentors have too few places.",
                told["fewer_by_places"],
            ),
        ),
        (
            told["nobody"],
            ngettext(
                "%(count)s of them has nobody to choose from, and got no letter.",
                "%(count)s of them have nobody to choose from, and got no letter.",
                told["nobody"],
            ),
        ),
    )
    return [words % {"count": count} for count, words in sentences if count]
