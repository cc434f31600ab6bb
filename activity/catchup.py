"""After an outage: no storm.  Late letters of one family become one mail, a person gets one such mail a
day, and an unusual number of letters at once is held until somebody has looked."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet
from django.db.models.functions import TruncDate

from activity.actions import record
from activity.clocks import Clock
from activity.failures import is_gone
from activity.kinds import DueKind, LetterKind
from activity.models import Due, Letter

State = Letter.State
PEOPLE = 500
ONE_A_DAY = timedelta(hours=24)
HOUR = timedelta(hours=1)
USUAL = 200  # letters of the clock in an hour that are never too many
TIMES_THE_LARGEST_DAY = 3
DAYS_LOOKED_BACK = timedelta(days=28)

Kinds = Mapping[str, LetterKind]


def sendable(clock: Clock, kinds: Kinds) -> QuerySet[Letter]:
    """What may go out now: late letters only once it is decided which of them do.

    Until then nothing of the clock's goes out.  A part of what is late would look usual to the brake, and then the
    next part; what somebody waits for, a code to sign in, does not wait for that.
    """
    waiting = Letter.objects.ready(clock.now()).filter(kind__in=kinds.keys())
    if late(clock, kinds).exists():
        waiting = waiting.filter(due=None)
    return waiting.exclude(undecided(clock, kinds)).order_by("run_at", "pk")


def late(clock: Clock, kinds: Kinds) -> QuerySet[Letter]:
    return Letter.objects.ready(clock.start).filter(undecided(clock, kinds))


def undecided(clock: Clock, kinds: Kinds) -> Q:
    """Late, never tried, of a kind that folds, and the catch-up has not looked at it."""
    by_grace: dict[timedelta, list[str]] = defaultdict(list)
    for kind in kinds.values():
        if kind.folds:
            by_grace[kind.grace].append(kind.name)
    late = Q(pk__in=[])
    for grace, names in by_grace.items():
        since = clock.start - grace
        late |= Q(kind__in=names) & (Q(waits_until=None, wanted_at__lt=since) | Q(waits_until__lt=since))
    return late & Q(caught_up=False, attempts=0, failures=0, person__isnull=False)


def fold(clock: Clock, kinds: Kinds, dues: Mapping[str, DueKind]) -> Counter[str]:
    """One mail for each person, when all that fell due in the meantime has been looked at."""
    did: Counter[str] = Counter()
    people = list(late(clock, kinds).order_by("person").values_list("person", flat=True).distinct()[:PEOPLE])
    if not people or Due.objects.overdue(clock.start).filter(kind__in=dues.keys()).exists():
        return did
    # What was chosen before and has not gone out, because there is no mail server, may be overtaken as well.
    folding = [kind.name for kind in kinds.values() if kind.folds]
    chosen = Q(kind__in=folding, caught_up=True, attempts=0, released_at=None)
    either = Letter.objects.ready(clock.start).filter(undecided(clock, kinds) | chosen, person__in=people)
    lately = had_one_lately(people, clock)
    letters_of: dict[Any, list[Letter]] = defaultdict(list)
    for letter in either.select_related("person").order_by("-wanted_at", "-pk"):
        letters_of[letter.person_id].append(letter)
    for person, letters in letters_of.items():
        did += fold_for_one(letters, clock, kinds, had_one_at=lately.get(person))
    return did


def had_one_lately(people: list[Any], clock: Clock) -> dict[Any, datetime]:
    """Who got a mail of the catch-up within the last day, gets one now or when the night is over, and when."""
    chosen = Letter.objects.filter(person__in=people, caught_up=True)
    within_a_day = chosen.filter(sent_at__gt=clock.start - ONE_A_DAY)
    had = dict(within_a_day.order_by("person").values_list("person").annotate(last=Max("sent_at")))
    on_the_way = chosen.filter(state__in=[State.CLAIMED, State.SENDING])
    until_morning = chosen.filter(state=State.READY, waits_until__gt=clock.start)
    mornings = dict(until_morning.order_by("person").values_list("person").annotate(last=Max("waits_until")))
    return had | dict.fromkeys(on_the_way.values_list("person", flat=True), clock.start) | mornings


@transaction.atomic
def fold_for_one(
    letters: list[Letter], clock: Clock, kinds: Kinds, had_one_at: datetime | None
) -> Counter[str]:
    """The newest true letter of each family stands for the older ones; the newest of all goes today."""
    did: Counter[str] = Counter()
    standing: dict[str, Letter] = {}
    for letter in letters:
        family = kinds[letter.kind].family
        if not is_true(letter, kinds[letter.kind], clock):
            did[State.CANCELLED] += change(letter, state=State.CANCELLED, note="no longer true")
        elif family in standing:
            did[State.COLLAPSED] += change(
                letter, state=State.COLLAPSED, collapsed_into=standing[family], note="told in a later letter"
            )
        else:
            standing[family] = letter
    others = list(standing.values())
    if others and had_one_at is None:
        did["decided"] += change(others.pop(0), caught_up=True)
    for letter in others:
        did["decided"] += change(letter, run_at=(had_one_at or clock.start) + ONE_A_DAY, caught_up=False)
    return did


def is_true(letter: Letter, kind: LetterKind, clock: Clock) -> bool:
    if letter.not_after is not None and clock.start > letter.not_after:
        return False
    try:
        with transaction.atomic():  # a question that PostgreSQL breaks off must not take the fold with it
            return kind.context(letter, clock.start) is not None
    except Exception as error:
        if is_gone(error):
            raise
        return True  # whether and how it fails is found out, and said, when it is written


def change(letter: Letter, **values: Any) -> int:
    return Letter.objects.filter(pk=letter.pk, state=State.READY).update(**values)


def brake(clock: Clock, ready: QuerySet[Letter]) -> int:
    """Hold what the clock wants to send if within an hour it would be more than the largest day three times
    over.

    Only letters of the clock: when a coordinator invites a thousand people, a thousand letters are meant.
    """
    waiting = ready.by_clock().filter(released_at=None)
    if not waiting.exists():
        return 0
    lately = Letter.objects.sent().by_clock().filter(sent_at__gt=clock.start - HOUR).count()
    if not more_than(waiting, USUAL - lately):
        return 0
    limit = max(USUAL, TIMES_THE_LARGEST_DAY * largest_day(clock))
    if not more_than(waiting, limit - lately):
        return 0
    held = waiting.update(state=State.HELD, note="held: unusually many letters at once")
    record("letters.held", "activity.letter", by=None, at=clock.start, count=held, limit=limit)
    return held


def more_than(rows: QuerySet[Letter], number: int) -> bool:
    """Without counting further than needed."""
    return number < 0 or len(rows.values_list("pk", flat=True)[: number + 1]) > number


def largest_day(clock: Clock) -> int:
    before = clock.start - HOUR
    days = (
        Letter.objects.sent()
        .filter(sent_at__gt=before - DAYS_LOOKED_BACK, sent_at__lte=before)
        .annotate(day=TruncDate("sent_at", tzinfo=UTC))
        .values("day")
        .annotate(count=Count("pk"))
        .order_by("-count")
    )
    return next((row["count"] for row in days[:1]), 0)
