"""Who is shown to whom before a run, so that they can say whom they would like.

Nobody is popular twice over: the lists are one assignment, in which each mentee gets so many mentors and each
mentor stands on so many lists for each place.  It is the assignment of a run, over the same snapshot, so the hard
rules hold and the lists are as good as they can be together.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import Count, Q
from django.utils.translation import ngettext

from activity.models import Event, reference
from matching.engine import certificate
from matching.engine.evidence import evidence
from matching.engine.profiles import MENTEE, MENTOR
from matching.engine.progress import Report, silent
from matching.models import Shortlist, ShortlistEntry
from matching.reasons import COMMON_GROUND
from people.models import Exclusion
from programs.models import Cycle
from programs.models.enrolments import Role

FEWEST_SHOWN, SHOWN, MOST_SHOWN = 2, 3, 5
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
    for at, (row, column) in enumerate(pairs):
        report("explaining", at, len(pairs))
        facts = [asdict(fact) for fact in evidence(mentees[row], mentors[column])]
        told = [fact for fact in facts if fact["code"] in COMMON_GROUND and not fact["warning"]]
        of_mentees.setdefault(mentees[row].id, []).append((mentors[column].id, told))
    has_places = np.array([person.capacity > 0 for person in mentors], bool)
    fewer: Counter = Counter()
    short = [row for row, one in enumerate(mentees) if len(of_mentees.get(one.id, ())) < shown]
    for row in short:
        allowed = int(((outcome.verdict.block([row])[0] == 0) & has_places).sum())
        fewer[RULES if allowed < shown else PLACES] += 1
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


def how_far(cycle: Cycle) -> dict[str, object]:
    """How far the lists of a cycle are, in counts: of the open ones, else of those opened last."""
    rows = cycle.shortlists.order_by("-opened_at").values_list("opened_at", "closes_at", "state")[:1]
    opened_at, closes_at, state = next(iter(rows), (None, None, ""))
    found = cycle.shortlists.filter(opened_at=opened_at) if opened_at else Shortlist.objects.none()
    answered = Q(answered_at__isnull=False)
    counts = found.aggregate(
        mentees=Count("pk", Q(enrolment__role=Role.MENTEE)),
        mentees_answered=Count("pk", Q(enrolment__role=Role.MENTEE) & answered),
        mentors=Count("pk", Q(enrolment__role=Role.MENTOR)),
        mentors_answered=Count("pk", Q(enrolment__role=Role.MENTOR) & answered),
    )
    return {
        **counts,
        "any": opened_at is not None,
        "is_open": state in (Shortlist.State.OPEN, Shortlist.State.RANKED),
        "opened_at": opened_at,
        "closes_at": closes_at,
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


def chosen_rank(asked: Mapping[str, Any], pairs: Iterable[tuple[str, str]]) -> dict[str, dict[str, Any]]:
    """What became of the ranks that people gave before a run.

    ``asked`` is its snapshot, ``pairs`` (mentee id, mentor id) of its result.  For each side: ``ranked``, how many
    ranked somebody; ``got``, how many of them were paired with their rank 1, 2, … (by rank as text); ``other``, paired
    with somebody they had not ranked; ``nobody``, without a pair.  A mentor of several counts with the best rank."""
    partners: dict[str, dict[str, list[str]]] = {MENTEE: {}, MENTOR: {}}
    for mentee, mentor in pairs:
        partners[MENTEE].setdefault(mentee, []).append(mentor)
        partners[MENTOR].setdefault(mentor, []).append(mentee)
    return {side: _ranks_got(asked.get(f"{side}s", ()), partners[side]) for side in (MENTEE, MENTOR)}


def _ranks_got(people: Iterable[Mapping[str, Any]], partners: Mapping[str, list[str]]) -> dict[str, Any]:
    found: dict[str, Any] = {"ranked": 0, "got": {}, "other": 0, "nobody": 0}
    for person in people:
        chosen = person.get("chosen")
        if not chosen:
            continue
        found["ranked"] += 1
        got = partners.get(person["id"], [])
        ranks = [chosen[other] for other in got if other in chosen]
        if ranks:
            best = str(min(ranks))
            found["got"][best] = found["got"].get(best, 0) + 1
        else:
            found["other" if got else "nobody"] += 1
    found["got"] = dict(sorted(found["got"].items(), key=lambda entry: int(entry[0])))
    return found
