"""Facts of the day, written in the night after it; nights that were missed are made up one by one."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from activity import calendar
from activity.actions import arm
from activity.models import Due
from people.models import Organisation
from programs.models import Cycle
from relationships.models import Relationship
from reports.facts import fact_as_json, parts_as_json, parts_of, relationship_facts
from reports.models import DailyFact, Night

KIND, SUBJECT = "reports.nightly_facts", "reports"
CLOCK = time(2)
DAY = timedelta(days=1)


def arm_nights(now: datetime) -> None:
    """See to it that the clock comes by next night; at once where no night was ever written."""
    if Due.objects.of(SUBJECT, [KIND]).armed().exists():
        return
    if not Night.objects.exists():
        arm(KIND, SUBJECT, at=now, occurrence="first", now=now)
        return
    zone = ZoneInfo(Organisation.objects.current().zone)
    day, _moment = calendar.next_daily(now, CLOCK, zone)
    arm(KIND, SUBJECT, local=(day, CLOCK, zone), now=now)


@transaction.atomic
def write_missing_nights(now: datetime) -> list[date]:
    """The days up to yesterday that have no facts yet, in order; the days that were written."""
    zone = ZoneInfo(Organisation.objects.current().zone)
    yesterday = calendar.local_date(now, zone) - DAY
    last = Night.objects.order_by("-day").values_list("day", flat=True).first()
    day = last + DAY if last else yesterday
    written = []
    while day <= yesterday:
        if write_night(day, zone, now=now):
            written.append(day)
        day += DAY
    return written


@transaction.atomic
def write_night(day: date, zone: ZoneInfo, *, now: datetime) -> bool:
    """All as it was known when that day ended in the organisation's zone; False if it is there already."""
    if not _claim(day, now):
        return False
    midnight = calendar.instant(day + DAY, time(0), zone)
    before = {
        (row.kind, row.subject): row.facts for row in DailyFact.objects.as_of(day - DAY).iterator(2_000)
    }
    rows = [row for row in _rows(day, midnight) if before.get((row.kind, row.subject)) != row.facts]
    DailyFact.objects.bulk_create(rows, batch_size=500)
    Night.objects.filter(day=day).update(rows=len(rows))
    return True


def _claim(day: date, now: datetime) -> bool:
    """One of many at once writes the day: the others wait for its row and find it."""
    if Night.objects.filter(day=day).exists():
        return False
    Night.objects.bulk_create([Night(day=day, written_at=now)], ignore_conflicts=True)
    return Night.objects.filter(day=day, written_at=now, rows=0).exists()


def _rows(day: date, midnight: datetime) -> Iterable[DailyFact]:
    programs = dict(Relationship.objects.begun().values_list("public_id", "program_id"))
    for fact in relationship_facts(Relationship.objects.all(), midnight):
        yield DailyFact(
            day=day,
            kind=DailyFact.Kind.RELATIONSHIP,
            subject=fact.id,
            program_id=programs[fact.id],
            facts=fact_as_json(fact),
        )
    for cycle in Cycle.objects.select_related("program").order_by("pk"):
        if parts := parts_of(cycle, midnight):
            yield DailyFact(
                day=day,
                kind=DailyFact.Kind.PEOPLE,
                subject=cycle.public_id,
                program_id=cycle.program_id,
                facts=parts_as_json(cycle, parts),
            )
