"""What each move writes beside status and stage, and what it brings about.

``CHANGES`` are columns of the relationship, written in the update of the move; ``AFTER`` is done once the
move has taken place; ``BACK`` restores what a move of the clock had changed, when it is taken back.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, TextField, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _

from activity import calendar
from activity.actions import arm, disarm
from activity.models import Due
from people.models import User
from programs.actions import mark_free, mark_matched
from relationships import dates, gates
from relationships.models import Agreement, Closure, Pause, Relationship, RelationshipMember
from relationships.stages import Move, Refused

EVALUATE = "relationships.evaluate"
SUBJECT = f"{Relationship._meta.label_lower}:"


@dataclass(frozen=True)
class Turn:
    """One move on its way.  ``moment`` is when it was due, ``now`` when it is written."""

    relationship: Relationship
    step: Move
    by: User | None
    now: datetime
    moment: datetime
    facts: dict[str, Any] = field(default_factory=dict)


def arm_next_morning(relationship: Relationship, now: datetime) -> None:
    zone = ZoneInfo(relationship.zone)
    day, _moment = calendar.next_daily(now, dates.MORNING, zone)
    row = arm(EVALUATE, relationship, local=(day, dates.MORNING, zone), now=now)
    if row.state != Due.State.ARMED:  # the clocks there were put back, and this morning has been
        arm(EVALUATE, relationship, local=(day + calendar.DAY, dates.MORNING, zone), now=now)


def arm_forgotten_mornings(now: datetime) -> int:
    """Each look of a morning arms the next one.  Whoever has none, however that came, is looked at again; how many."""
    armed = Due.objects.armed().filter(
        kind=EVALUATE, subject=Concat(Value(SUBJECT), Cast(OuterRef("pk"), TextField()))
    )
    forgotten = list(Relationship.objects.begun().alive().filter(~Exists(armed)).select_related("program"))
    for relationship in forgotten:
        arm_next_morning(relationship, now)
    return len(forgotten)


# Columns


def planned_dates(turn: Turn) -> dict[str, Any]:
    """The cycle's end, where it has one that lies ahead, else the program's length from today."""
    relationship = turn.relationship
    start = dates.today(relationship, turn.moment)
    end = relationship.planned_end_on or (relationship.cycle and relationship.cycle.planned_end_on)
    if end is None or end <= start:
        end = start + timedelta(days=relationship.program.length_days)
    return {
        "activated_at": turn.moment,
        "planned_start_on": start,
        "planned_end_on": end,
        "separation_on": relationship.separation_on or dates.separation_before(start, end),
    }


def later_dates(turn: Turn) -> dict[str, Any]:
    """An extension gives four weeks more, counted from today, and as long for finishing as before."""
    relationship = turn.relationship
    end, separation = relationship.planned_end_on, relationship.separation_on
    finishing = end - separation if end and separation else dates.LONGEST_SEPARATION
    again = dates.today(relationship, turn.now) + dates.EXTENDED_BY
    return {"separation_on": again, "planned_end_on": again + finishing}


def pause_until(turn: Turn) -> dict[str, Any]:
    today = dates.today(turn.relationship, turn.now)
    until = turn.facts.get("until") or today + timedelta(days=28)
    if not today < until <= today + dates.LONGEST_PAUSE:
        raise Refused(_("A pause ends after today and lasts 60 days at most."))
    return {"paused_until": until}


def end_of_pause(turn: Turn) -> dict[str, Any]:
    """The days of the pause are added to what was planned."""
    relationship = turn.relationship
    changes: dict[str, Any] = {"paused_until": None, "resumed_at": turn.now}
    pause = relationship.pauses.filter(ended_at=None).first()
    if pause and relationship.program.stage_settings.get("pause_moves_dates", True):
        lost = dates.today(relationship, turn.now) - dates.today(relationship, pause.began_at)
        for name in ("separation_on", "planned_end_on"):
            if day := getattr(relationship, name):
                changes[name] = day + lost
    return changes


def formal_end(turn: Turn) -> dict[str, Any]:
    return {"formal_end_at": turn.moment}


def completion(turn: Turn) -> dict[str, Any]:
    relationship = turn.relationship
    outcome = relationship.redefined_as or Relationship.Outcome.NONE_RECORDED
    return {"ended_at": turn.moment, "redefined_as": outcome}


def early_end(turn: Turn) -> dict[str, Any]:
    formal = turn.relationship.formal_end_at or turn.moment
    return {"ended_at": turn.moment, "formal_end_at": formal}


CHANGES: dict[str, Callable[[Turn], dict[str, Any]]] = {
    "activate": planned_dates,
    "extend": later_dates,
    "pause": pause_until,
    "resume": end_of_pause,
    "redefine": formal_end,
    "complete": completion,
    "end": early_end,
}


# What comes of it


def take_places(turn: Turn) -> None:
    relationship = turn.relationship
    RelationshipMember.objects.filter(relationship=relationship, joined_at=None).update(joined_at=turn.moment)
    for member in relationship.members.all():
        member.joined_at = member.joined_at or turn.moment
        if member.enrolment:
            mark_matched(member.enrolment, now=turn.now)
    arm_next_morning(relationship, turn.now)


def free_places(turn: Turn) -> None:
    for member in turn.relationship.present:
        free_place(member, turn.now)


def free_place(member: RelationshipMember, now: datetime) -> None:
    """Whoever is in no other relationship of the program is free again."""
    others = RelationshipMember.objects.exclude(relationship=member.relationship_id)
    if member.enrolment and not others.filter(enrolment=member.enrolment_id).taking_a_place().exists():
        mark_free(member.enrolment, now=now)


def write_pause(turn: Turn) -> None:
    Pause.objects.create(
        relationship=turn.relationship, began_at=turn.now, until=turn.relationship.paused_until, by=turn.by
    )


def end_pause(turn: Turn) -> None:
    turn.relationship.pauses.filter(ended_at=None).update(ended_at=turn.moment)


def close(turn: Turn, kind: str) -> None:
    """One row, whoever comes first."""
    relationship = turn.relationship
    Closure.objects.get_or_create(
        relationship=relationship, defaults={"type": kind, "at": turn.moment, "by": turn.by}
    )
    Agreement.objects.in_force().filter(relationship=relationship).update(state=Agreement.State.ENDED)
    RelationshipMember.objects.filter(relationship=relationship, left_at=None).update(left_at=turn.moment)
    disarm(relationship)


def finish(turn: Turn) -> None:
    close(turn, Closure.Type.PLANNED_COMPLETION)


def end_early(turn: Turn) -> None:
    end_pause(turn)
    close(turn, turn.facts.get("closure_type") or Closure.Type.EARLY_NO_FAULT)
    free_places(turn)


AFTER: dict[str, Callable[[Turn], None]] = {
    "activate": take_places,
    "pause": write_pause,
    "resume": end_pause,
    "redefine": free_places,
    "complete": finish,
    "end": end_early,
}


# Taken back


def reopen_formal_end(turn: Turn) -> dict[str, Any]:
    """The places must still be free; what was planned for the time after stays cancelled."""
    if not gates.check(turn.relationship, "accepted", turn.now)["A3"].holds:
        raise Refused(_("One of the two has a new partner by now, so this cannot be taken back."))
    for member in turn.relationship.present:
        if member.enrolment:
            mark_matched(member.enrolment, now=turn.now)
    return {"formal_end_at": None}


def reopen(turn: Turn) -> dict[str, Any]:
    """As if it had not ended: closure and leaving go, the agreement is in force again."""
    relationship, moment = turn.relationship, turn.moment
    changes: dict[str, Any] = {"ended_at": None}
    if relationship.formal_end_at == moment:
        changes |= reopen_formal_end(turn)
    Closure.objects.filter(relationship=relationship).delete()
    RelationshipMember.objects.filter(relationship=relationship, left_at=moment).update(left_at=None)
    Pause.objects.filter(relationship=relationship, ended_at=moment).update(ended_at=None)
    ended = Agreement.objects.filter(relationship=relationship, state=Agreement.State.ENDED)
    if last := ended.order_by("-version").first():
        ended.filter(pk=last.pk).update(state=Agreement.State.IN_FORCE)
    return changes


BACK: dict[str, Callable[[Turn], dict[str, Any]]] = {
    "redefine": reopen_formal_end,
    "complete": reopen,
    "end": reopen,
}
