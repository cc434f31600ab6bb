"""What needs a coordinator: questions to the database, then one line for each kind, oldest first.

The questions are the process flags of domain 3.5, from dates and counts alone.  Private answers never
appear here, nor does anything that somebody wrote.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db.models import Exists, F, OuterRef, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.dates import day_words
from programs.models import Program
from programs.models.enrolments import Role
from programs.models.programs import Format
from relationships.models import Meeting, Relationship
from relationships.models.relationships import SEEN_AFTER
from relationships.stages import ALIVE, Stage
from reports.happenings import pair_names

AT_MOST, NAMED = 7, 4
UNSIGNED, NO_GOAL = timedelta(days=45), timedelta(days=60)
WAITED, EXPIRES_SOON = timedelta(days=7), timedelta(days=2)
CLOSING_BEFORE = timedelta(days=14)
FLAGS_OF_ONE_MENTOR = 3


# Questions about pairs.  Each is a queryset of relationships of which the answer is yes.


def never_met(now: datetime, today: date) -> QuerySet[Relationship]:
    """W1: no first meeting 21 days after they began."""
    return Relationship.objects.silent(now, SEEN_AFTER).filter(last_met_at=None)


def long_silent(now: datetime, today: date) -> QuerySet[Relationship]:
    """W2: nothing held for two cadences."""
    return Relationship.objects.silent(now, SEEN_AFTER).exclude(last_met_at=None)


def unsigned(now: datetime, today: date) -> QuerySet[Relationship]:
    """W4: no agreement in force after 45 days."""
    return Relationship.objects.unsigned_since(now - UNSIGNED)


def without_goal(now: datetime, today: date) -> QuerySet[Relationship]:
    """W5: no agreed goal after 60 days."""
    return Relationship.objects.without_goal_since(now - NO_GOAL)


def reporting_line(now: datetime, today: date) -> QuerySet[Relationship]:
    """W8: one reports to the other now."""
    return Relationship.objects.alive().filter(reporting_line_since__isnull=False, formal_end_at=None)


def without_closing(now: datetime, today: date) -> QuerySet[Relationship]:
    """W12: fourteen days before the end, and no closing meeting held, planned, or decided against."""
    states = [Meeting.State.HELD, Meeting.State.SCHEDULED]
    closing = Meeting.objects.filter(
        relationship=OuterRef("pk"), kind=Meeting.Kind.CLOSURE, state__in=states, disputed_at=None
    )
    near = Relationship.objects.active().filter(
        stage=Stage.SEPARATION, planned_end_on__lte=today + CLOSING_BEFORE, closing_waiver=None
    )
    return near.exclude(Exists(closing))


def unanswered(now: datetime, today: date) -> QuerySet[Relationship]:
    """A member asked to move on, and nobody has answered for a fortnight."""
    return Relationship.objects.asking_coordinator()


def stalled(now: datetime, today: date) -> QuerySet[Relationship]:
    """The planned end has passed, and they have not begun to finish."""
    early = [Stage.INITIATION, Stage.CULTIVATION]
    return Relationship.objects.beyond_planned_end(today).filter(stage__in=early)


def pause_over(now: datetime, today: date) -> QuerySet[Relationship]:
    """They should have gone on, and still rest."""
    return Relationship.objects.paused_beyond(today)


QUESTIONS: dict[str, Callable[[datetime, date], QuerySet[Relationship]]] = {
    "never_met": never_met,
    "long_silent": long_silent,
    "unsigned": unsigned,
    "without_goal": without_goal,
    "reporting_line": reporting_line,
    "without_closing": without_closing,
    "unanswered": unanswered,
    "stalled": stalled,
    "pause_over": pause_over,
}
# What counts against one mentor's relationships together (W9).
FLAGS = ("never_met", "long_silent", "unsigned", "without_goal")


def with_answers(rows: QuerySet[Relationship], now: datetime, today: date) -> QuerySet[Relationship]:
    """All questions in the one query that reads the relationships: an attribute each, by their names."""
    asked = {
        name: Exists(question(now, today).filter(pk=OuterRef("pk"))) for name, question in QUESTIONS.items()
    }
    return rows.with_silence(SEEN_AFTER).annotate(seen_at=F("check_in_at"), **asked)


# Lines


@dataclass(frozen=True)
class Need:
    """One line: what, who, since when, and the one thing to do."""

    code: str
    icon: str
    since: datetime
    title: str
    sub: str
    url: str
    action: str

    @property
    def object(self) -> str:
        """Said to those who hear the link without the line."""
        return f": {self.title}"


class Waiting(NamedTuple):
    """A mentee without a mentor, or somebody in an offer, or whom a letter or all of them do not reach."""

    name: str
    since: datetime


class Offer(NamedTuple):
    mentee: str
    mentor: str
    at: datetime
    is_declined: bool


def needs_of(
    program: Program,
    pairs: Sequence[Any],
    *,
    waiting: Sequence[Waiting],
    offers: Sequence[Offer],
    returned: Sequence[Waiting],
    refusing: Sequence[Waiting],
    places: dict[int, tuple[str, int]],
    now: datetime,
) -> list[Need]:
    """At most seven, oldest first.  ``pairs`` come from ``with_answers``; ``places``: mentors by key."""
    found = [
        *_of_pairs(program, pairs, now),
        *_of_mentors(program, pairs, places, now),
        *_of_waiting(program, waiting),
        *_of_offers(program, offers),
        *_of_letters(program, returned),
        *_of_addresses(program, refusing),
    ]
    return sorted(found, key=lambda need: need.since)[:AT_MOST]


def _of_pairs(program: Program, pairs: Sequence[Any], now: datetime) -> Iterable[Need]:
    for code in QUESTIONS:
        asked = [pair for pair in pairs if getattr(pair, code)]
        if asked:
            asked.sort(key=lambda pair: _since(code, pair, now))
            yield _need(program, code, asked, now)


def _since(code: str, pair: Any, now: datetime) -> datetime:
    """When the answer became yes."""
    if code in ("never_met", "long_silent"):
        return pair.seen_at or now
    if code == "unsigned":
        return pair.activated_at + UNSIGNED
    if code == "without_goal":
        return pair.activated_at + NO_GOAL
    if code == "reporting_line":
        return pair.reporting_line_since
    return pair.stage_since


def _need(program: Program, code: str, pairs: list[Any], now: datetime) -> Need:
    icon, title, action = _words(code, len(pairs))
    if code in ("never_met", "long_silent"):
        query = urlencode([("pair", pair.public_id) for pair in pairs])
        url = f"{reverse('relationships:nudges', args=[program.public_id])}?{query}"
    elif len(pairs) == 1:
        url = pairs[0].get_absolute_url()
    else:
        show = "?show=paused" if code == "pause_over" else ""
        url = f"{reverse('relationships:pairs', args=[program.public_id])}{show}"
    names = listed([pair_names(pair) for pair in pairs])
    return Need(code, icon, _since(code, pairs[0], now), title, names, url, action)


def _words(code: str, n: int) -> tuple[str, str, str]:
    look = _("Open the pair") if n == 1 else _("See the pairs")
    words = {
        "never_met": (
            "clock",
            ngettext("%(n)s pair has not had a first meeting", "%(n)s pairs have not had a first meeting", n),
            _("Send a nudge"),
        ),
        "long_silent": (
            "clock",
            ngettext(
                "%(n)s pair has not met for twice its rhythm",
                "%(n)s pairs have not met for twice their rhythm",
                n,
            ),
            _("Send a nudge"),
        ),
        "unsigned": (
            "edit",
            ngettext(
                "%(n)s pair has no signed agreement after 45 days",
                "%(n)s pairs have no signed agreement after 45 days",
                n,
            ),
            look,
        ),
        "without_goal": (
            "target",
            ngettext(
                "%(n)s pair has no agreed goal after 60 days",
                "%(n)s pairs have no agreed goal after 60 days",
                n,
            ),
            look,
        ),
        "reporting_line": (
            "warning",
            ngettext(
                "In %(n)s pair one now reports to the other", "In %(n)s pairs one now reports to the other", n
            ),
            look,
        ),
        "without_closing": (
            "flag",
            ngettext(
                "%(n)s pair ends within 14 days without a closing meeting",
                "%(n)s pairs end within 14 days without a closing meeting",
                n,
            ),
            look,
        ),
        "unanswered": (
            "message",
            ngettext(
                "In %(n)s pair a question to move on was not answered",
                "In %(n)s pairs a question to move on was not answered",
                n,
            ),
            look,
        ),
        "stalled": (
            "flag",
            ngettext("%(n)s pair has passed its planned end", "%(n)s pairs have passed their planned end", n),
            look,
        ),
        "pause_over": (
            "pause",
            ngettext(
                "%(n)s pair still rests after the end of its pause",
                "%(n)s pairs still rest after the end of their pause",
                n,
            ),
            look,
        ),
    }
    icon, title, action = words[code]
    return icon, title % {"n": n}, action


def _of_mentors(
    program: Program, pairs: Sequence[Any], places: dict[int, tuple[str, int]], now: datetime
) -> Iterable[Need]:
    """W9: more relationships than places, or three flags on one mentor's relationships.  No blame in it."""
    load, flags, since = Counter(), Counter(), {}
    for pair in pairs:
        mentor = pair.mentor
        if mentor is None or pair.status not in ALIVE or pair.formal_end_at:
            continue
        load[mentor.pk] += 1
        flags[mentor.pk] += sum(getattr(pair, code) for code in FLAGS)
        since[mentor.pk] = max(since.get(mentor.pk, pair.activated_at or now), pair.activated_at or now)
    much = [
        key
        for key, (_name, capacity) in places.items()
        if load[key] > capacity or (load[key] > 1 and flags[key] >= FLAGS_OF_ONE_MENTOR)
    ]
    if much:
        title = ngettext(
            "%(n)s mentor may have too much on", "%(n)s mentors may have too much on", len(much)
        ) % {"n": len(much)}
        url = f"{reverse('programs:participants', args=[program.public_id])}?role={Role.MENTOR}"
        names = listed([places[key][0] for key in much])
        yield Need("overload", "person", min(since[key] for key in much), title, names, url, _("See mentors"))


def _of_waiting(program: Program, waiting: Sequence[Waiting]) -> Iterable[Need]:
    if waiting:
        n = len(waiting)
        title = (
            ngettext("%(n)s person is waiting for a partner", "%(n)s people are waiting for a partner", n)
            if program.format == Format.PEER
            else ngettext("%(n)s mentee is waiting for a mentor", "%(n)s mentees are waiting for a mentor", n)
        ) % {"n": n}
        names = [
            _("%(name)s since %(day)s") % {"name": one.name, "day": day_words(one.since.date(), "short")}
            for one in waiting
        ]
        url = reverse("matching:index", args=[program.public_id])
        yield Need("waiting", "pair", waiting[0].since, title, listed(names), url, _("Find mentors"))


def _of_offers(program: Program, offers: Sequence[Offer]) -> Iterable[Need]:
    url = reverse("matching:index", args=[program.public_id])
    expiring = [offer for offer in offers if not offer.is_declined]
    declined = [offer for offer in offers if offer.is_declined]
    if expiring:
        n = len(expiring)
        title = ngettext("%(n)s offer expires within two days", "%(n)s offers expire within two days", n) % {
            "n": n
        }
        yield Need("expiring", "clock", expiring[0].at, title, _both(expiring), url, _("See the offers"))
    if declined:
        n = len(declined)
        title = ngettext("%(n)s offer was declined", "%(n)s offers were declined", n) % {"n": n}
        yield Need("declined", "swap", declined[0].at, title, _both(declined), url, _("Find mentors"))


def _both(offers: Sequence[Offer]) -> str:
    return listed(
        [_("%(one)s and %(other)s") % {"one": offer.mentee, "other": offer.mentor} for offer in offers]
    )


def _of_letters(program: Program, returned: Sequence[Waiting]) -> Iterable[Need]:
    if returned:
        n = len(returned)
        title = ngettext("%(n)s letter could not be delivered", "%(n)s letters could not be delivered", n)
        names = listed(list(dict.fromkeys(one.name for one in returned)))
        url = f"{reverse('emails:log', args=[program.public_id])}?state=failed"
        yield Need("returned", "mail", returned[0].since, title % {"n": n}, names, url, _("See the letters"))


def _of_addresses(program: Program, refusing: Sequence[Waiting]) -> Iterable[Need]:
    if refusing:
        names = list(dict.fromkeys(one.name for one in refusing))
        n = len(names)
        title = ngettext("%(n)s address refuses mail", "%(n)s addresses refuse mail", n) % {"n": n}
        url = reverse("programs:participants", args=[program.public_id])
        yield Need("refusing", "mail", refusing[0].since, title, listed(names), url, _("See the people"))


def listed(names: Sequence[str]) -> str:
    """The first few, and how many more."""
    said = ", ".join(names[:NAMED])
    more = len(names) - NAMED
    if more <= 0:
        return said
    return ngettext("%(names)s and %(more)s more", "%(names)s and %(more)s more", more) % {
        "names": said,
        "more": more,
    }
