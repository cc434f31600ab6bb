"""The relationships of a program, as its coordinators see them, and one's own."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.contrib import messages
from django.db.models import Case, Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from activity.actions import draft
from activity.bell import ring
from activity.writing import Written, write
from core.pages import page_of
from core.views import see_other
from people.models import User
from programs.models import Program
from relationships import actions
from relationships.actions.nudges import was_nudged_today
from relationships.health import Signal, signal
from relationships.letters import LETTERS
from relationships.letters.life import names, pair_words
from relationships.models import Goal, Relationship
from relationships.permissions import RULES
from relationships.stages import FINAL, Refused, Stage, Status

NEVER, FAR = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
STAGES = [Stage.INITIATION, Stage.CULTIVATION, Stage.SEPARATION, Stage.REDEFINITION]
ORDERS = {
    "": ["rank", "check_at", "pk"],
    "met": ["met_at", "pk"],
    "-met": ["-met_at", "pk"],
    "next": ["next_at", "pk"],
    "-next": ["-next_at", "pk"],
    "stage": ["stage_number", "pk"],
    "-stage": ["-stage_number", "pk"],
}
AT_ONCE = 200


class Row(NamedTuple):
    relationship: Relationship
    words: str
    signal: Signal
    stage_number: int
    goals: int
    can_nudge: bool
    nudged_today: bool


def find_program(request: HttpRequest, program: str) -> Program:
    return get_object_or_404(Program.objects.visible_to(request.user), public_id=program)


def listed(program: Program) -> QuerySet[Relationship]:
    """Those that need a look come first; each value to sort by is there for every row."""
    agreed = Goal.objects.shared().filter(relationship=OuterRef("pk"), agreed_at__isnull=False)
    number = agreed.order_by().values("relationship").annotate(n=Count("pk")).values("n")
    active = Q(status=Status.ACTIVE, formal_end_at=None)
    ranks = [When(active, then=0), When(status=Status.PAUSED, then=1), When(status=Status.PENDING, then=2)]
    places = [When(stage=stage, then=n) for n, stage in enumerate(STAGES, start=1)]
    return program.relationships.with_silence().annotate(
        rank=Case(*ranks, When(status=Status.ACTIVE, then=3), default=4, output_field=IntegerField()),
        check_at=Coalesce("check_in_at", "created_at"),
        met_at=Coalesce("last_met_at", Value(NEVER)),
        next_at=Coalesce("next_meeting_at", Value(FAR)),
        stage_number=Case(*places, default=0, output_field=IntegerField()),
        goal_number=Coalesce(Subquery(number), 0),
    )


def filters(now: datetime) -> dict[str, tuple[str, Q]]:
    active = Q(status=Status.ACTIVE, formal_end_at=None)
    planned = Q(next_meeting_at__gt=now)
    return {
        "check-in": (_("Check in"), active & Q(check_in_at__lte=now)),
        "no-next": (_("No next meeting"), active & ~planned),
        "paused": (_("Paused"), Q(status=Status.PAUSED)),
        "finished": (
            _("Finished"),
            Q(status=Status.COMPLETED) | Q(stage=Stage.REDEFINITION, status=Status.ACTIVE),
        ),
        "ended": (_("Ended early"), Q(status=Status.ENDED_EARLY)),
    }


@require_safe
def pairs(request: HttpRequest, program: str) -> HttpResponse:
    found, now = find_program(request, program), timezone.now()
    rows, kinds = listed(found), filters(now)
    counts = found.relationships.with_silence().aggregate(
        all=Count("pk"),
        open=Count("pk", ~Q(status__in=FINAL)),
        **{_key(code): Count("pk", q) for code, (_w, q) in kinds.items()},
    )
    wanted = request.GET.get("show", "")
    if wanted in kinds:
        rows = rows.filter(kinds[wanted][1])
    order = ORDERS.get(request.GET.get("sort", ""), ORDERS[""])
    page = page_of(rows.with_people(), request.GET, order=order)
    context = {
        "program": found,
        "counts": counts,
        "page": page,
        "rows": [row_of(one, request.user, now) for one in page],
        "shown": [
            ("", _("All"), counts["all"]),
            *((code, words, counts[_key(code)]) for code, (words, _q) in kinds.items()),
        ],
        "is_filtered": wanted in kinds,
    }
    return render(request, "relationships/pairs.html", context)


def _key(code: str) -> str:
    return code.replace("-", "_")


def row_of(relationship: Relationship, person: User, now: datetime) -> Row:
    return Row(
        relationship=relationship,
        words=pair_words(relationship),
        signal=signal(relationship, now),
        stage_number=relationship.stage_number,
        goals=relationship.goal_number,
        can_nudge=bool(RULES["nudge"](person, relationship)) and relationship.status == Status.ACTIVE,
        nudged_today=was_nudged_today(relationship, now),
    )


# Asking how it goes


@require_http_methods(["GET", "HEAD", "POST"])
def nudges(request: HttpRequest, program: str) -> HttpResponse:
    """First the letter as it goes out, then the button."""
    found, now = find_program(request, program), timezone.now()
    given = request.POST if request.method == "POST" else request.GET
    wanted = [name for name in given.getlist("pair") if name.isascii() and name.isalnum()][:AT_ONCE]
    chosen = [one for one in chosen_of(found, wanted) if RULES["nudge"](request.user, one)]
    fresh = [one for one in chosen if one.status == Status.ACTIVE and not was_nudged_today(one, now)]
    if not fresh:
        messages.warning(request, _("Choose at least one pair that was not nudged today."))
        return see_other("relationships:pairs", found.public_id)
    if request.method == "POST":
        number = sum(nudged(one, request.user, now) for one in fresh)
        ring()
        words = ngettext("%(number)s pair nudged.", "%(number)s pairs nudged.", number)
        messages.success(request, words % {"number": number})
        return see_other("relationships:pairs", found.public_id)
    context = {
        "program": found,
        "chosen": [(one, pair_words(one)) for one in fresh],
        "left_out": len(chosen) - len(fresh),
        "people": sum(len(one.people) for one in fresh),
        "written": preview(fresh[0], request.user, now),
    }
    return render(request, "relationships/pairs_nudge.html", context)


def chosen_of(program: Program, wanted: list[str]) -> QuerySet[Relationship]:
    rows = Relationship.objects.filter(program=program, public_id__in=wanted)
    return rows.with_people().order_by("created_at", "pk")


def nudged(relationship: Relationship, by: User, now: datetime) -> bool:
    try:
        actions.nudge(relationship, by=by, now=now)
    except Refused:
        return False
    return True


def preview(relationship: Relationship, by: User, now: datetime) -> Written | None:
    reader = relationship.mentee or relationship.people[0]
    kind = LETTERS["relationships.nudge"]
    letter = draft(kind.name, reader, about=relationship, key="preview", now=now, data={"by": by.pk})
    return write(kind, letter, now)


# One's own


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    rows = Relationship.objects.of_member(request.user).with_people().order_by("formal_end_at", "-created_at")
    alive, over = [], []
    for one in rows:
        (alive if one.is_alive else over).append(own_row(one, request.user))
    return render(request, "relationships/pairs_mine.html", {"alive": alive, "over": over})


def own_row(relationship: Relationship, person: User) -> dict[str, Any]:
    partner = relationship.partner_of(person)
    member = relationship.member(partner) if partner else None
    return {
        "relationship": relationship,
        "others": names(relationship.others(person)),
        "partner": partner,
        "shape": "mentor" if member and member.role == "mentor" else "mentee",
    }
