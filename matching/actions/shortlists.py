"""Before a run people may say whom they would like: lists are opened, ranked until they close, and counted in the run.

Who does not answer loses nothing.  What somebody ranked is told to nobody on the lists."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from activity import jobs
from activity.actions import arm, disarm, draft, post_all, record
from activity.models import Event, Job
from matching.choices import PLACES, RULES, Lists
from matching.models import Shortlist, ShortlistEntry
from matching.permissions import SHORTLIST_RULES
from matching.readiness import readiness
from matching.snapshot import Pool, places_taken
from matching.stages import Refused
from people.models import User
from programs.models import Cycle, Enrolment, Program
from programs.models.enrolments import Role
from programs.models.programs import Format
from programs.permissions import RULES as PROGRAM_RULES

SHORTLIST_DUES = ("matching.shortlist_reminder", "matching.shortlists_close")
# Formats in which one side can choose among the other.
WITH_TWO_SIDES = (Format.ONE_TO_ONE, Format.REVERSE)


@transaction.atomic
def ask_for_shortlists(cycle: Cycle, *, shown: int, days: int, both: bool, by: User, now: datetime) -> Job:
    """A worker makes a list of ``shown`` mentors for each mentee, open for ``days``; with ``both`` the mentors on them
    rank as well."""
    program = cycle.program
    PROGRAM_RULES.require(by, "match", program)
    if program.format not in WITH_TWO_SIDES:
        raise Refused(_("People choose in programs with mentors and mentees only."))
    if cycle.shortlists.not_closed().exists():
        raise Refused(_("Lists are open already. Close them before you open new ones."))
    if missing := readiness(cycle).missing:
        raise Refused(missing)
    kept = Program.objects.select_for_update().get(pk=program.pk)
    Program.objects.filter(pk=program.pk).update(rules={**kept.rules, "both_sides_choose": both})
    data = {"shown": shown, "days": days, "both": both}
    return jobs.enqueue("matching.shortlists", cycle, by=by, now=now, data=data, scope=program.scope)


@transaction.atomic
def open_shortlists(
    cycle: Cycle, made: Lists, people: Pool, *, days: int, both: bool, by: User, now: datetime
) -> int:
    """Show each mentee their list, and each mentor theirs if ``both``; how many lists there are."""
    list(Cycle.objects.select_for_update().filter(pk=cycle.pk))
    if cycle.shortlists.not_closed().exists():
        raise Refused(_("Lists are open already. Close them before you open new ones."))
    closes_at = now + timedelta(days=days)
    mentees = {enrolment.person.public_id: enrolment for enrolment in people.mentees}
    mentors = {enrolment.person.public_id: enrolment for enrolment in people.mentors}
    sides = [(mentees, mentors, made.of_mentees)]
    if both:
        sides.append((mentors, mentees, made.of_mentors))
    rows = [
        (owners[owner], [(others[other], facts) for other, facts in shown])
        for owners, others, shown_to in sides
        for owner, shown in sorted(shown_to.items())
    ]
    opened = Shortlist.objects.bulk_create(
        [
            Shortlist(cycle=cycle, enrolment=owner, opened_at=now, closes_at=closes_at)
            for owner, _shown in rows
        ],
        batch_size=500,
    )
    ShortlistEntry.objects.bulk_create(
        (
            ShortlistEntry(shortlist=one, enrolment=other, position=position, facts=facts)
            for one, (_owner, shown) in zip(opened, rows, strict=True)
            for position, (other, facts) in enumerate(sorted(shown, key=by_name), 1)
        ),
        batch_size=1000,
    )
    program = cycle.program
    event = record(
        "shortlists.opened",
        cycle,
        by=by,
        at=now,
        scope=program.scope,
        mentees=len(made.of_mentees),
        mentors=len(opened) - len(made.of_mentees),
        fewer_by_rules=made.fewer[RULES],
        fewer_by_places=made.fewer[PLACES],
        nobody=made.nobody,
    )
    post_all(letters("matching.shortlist", opened, now=now, by=by, event=event))
    arm(SHORTLIST_DUES[0], cycle, at=now + timedelta(days=days) / 2, occurrence=now.isoformat(), now=now)
    arm(SHORTLIST_DUES[1], cycle, at=closes_at, occurrence=now.isoformat(), now=now)
    return len(opened)


def by_name(shown: tuple[Enrolment, Any]) -> tuple[str, str]:
    """The order on a list says nothing about the fit: people rank, not the machine."""
    person = shown[0].person
    return person.full_name.casefold(), person.public_id


def letters(
    kind: str,
    shortlists: list[Shortlist],
    *,
    now: datetime,
    by: User | None = None,
    event: Event | None = None,
):
    return [
        draft(
            kind,
            one.enrolment.person,
            about=one,
            key=f"{kind.partition('.')[2]}|{one.public_id}",
            now=now,
            not_after=one.closes_at,
            event=event,
            scope=one.cycle.program.scope,
            data={"by": by.pk} if by else {},
        )
        for one in shortlists
    ]


@transaction.atomic
def rank(
    shortlist: Shortlist, ranks: Mapping[int, int | None], *, nobody: bool = False, by: User, now: datetime
) -> Shortlist:
    """Say whom one would like: ``ranks`` by key of the entry, 1 for the first choice, none for no preference.  With
    ``nobody`` the owner is put forward with none of these people.  It can be said again until the list closes."""
    SHORTLIST_RULES.require(by, "rank", shortlist)
    still = Shortlist.objects.filter(pk=shortlist.pk).can_be_ranked(now)
    if not still.update(state=Shortlist.State.RANKED, answered_at=now):
        raise Refused(_("This list is closed: the pairs are being made."))
    entries = list(shortlist.entries.all())
    for entry in entries:
        entry.rank = ShortlistEntry.NOT_THEM if nobody else ranks.get(entry.pk)
    ShortlistEntry.objects.bulk_update(entries, ["rank"])
    # Without the scope of the program: that somebody answered is nobody's business but in figures.
    record("shortlist.ranked", shortlist, by=by, at=now)
    shortlist.refresh_from_db(fields=["state", "answered_at"])
    return shortlist


@transaction.atomic
def close_shortlists(cycle: Cycle, *, by: User | None, now: datetime) -> int:
    """The lists of a cycle are closed, by its coordinator or by the clock; what was ranked stays and counts."""
    if by is not None:
        PROGRAM_RULES.require(by, "match", cycle.program)
    open_ones = cycle.shortlists.not_closed()
    if by is None:
        open_ones = open_ones.filter(closes_at__lte=now)
    answered = open_ones.filter(state=Shortlist.State.RANKED).count()
    closed = open_ones.update(state=Shortlist.State.CLOSED)
    if closed:
        disarm(cycle, SHORTLIST_DUES)
        record(
            "shortlists.closed",
            cycle,
            by=by,
            at=now,
            scope=cycle.program.scope,
            lists=closed,
            answered=answered,
        )
    return closed


@transaction.atomic
def remind_of_shortlists(cycle: Cycle, *, now: datetime) -> int:
    """Once, to whoever has not answered and is still waiting for somebody."""
    waiting = (
        cycle.shortlists.unanswered().can_be_ranked(now).select_related("enrolment__person", "cycle__program")
    )
    taken = places_taken(cycle)
    asked = [one for one in waiting if one.enrolment.role != Role.MENTEE or not taken[one.enrolment_id]]
    post_all(letters("matching.shortlist_reminder", asked, now=now))
    return len(asked)
