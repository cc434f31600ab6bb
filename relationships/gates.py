"""What must hold before a stage is left (domain 4.6), asked as questions.

Each criterion has a code, which is kept with the step it allowed, and a sentence, which stands on the pair's
page.  Questions look at meetings, agreement, goals and dates, never at what somebody answered in private.
Criteria of parts that are not there yet (orientation, check-ins) count as not required.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.dates import day_words
from people.models import ReportingLine
from programs.models.enrolments import places_of
from programs.models.programs import Format
from programs.stages import EnrolmentState
from relationships import dates
from relationships.models import (
    Agreement,
    ClosingWaiver,
    Goal,
    Meeting,
    Relationship,
    RelationshipMember,
    StageTransition,
)
from relationships.models.goals import FINAL_STATES

MEETINGS_BEFORE_CULTIVATION = 2
MEETINGS_BY_FORMAT = {Format.GROUP: 1, Format.FLASH: 0, Format.INFORMAL: 0}
SMART_PARTS = 5
ENTERED = frozenset({EnrolmentState.READY, EnrolmentState.MATCHED})


class Criterion(NamedTuple):
    holds: bool
    text: str
    is_required: bool = True


class Criteria(dict[str, Criterion]):
    """Criteria by their codes, and whether together they let the relationship move."""

    def __init__(self, criteria: dict[str, Criterion], hold: bool | None = None) -> None:
        super().__init__(criteria)
        self.hold = all(criterion.holds for criterion in criteria.values()) if hold is None else hold

    @property
    def required(self) -> dict[str, Criterion]:
        return {code: criterion for code, criterion in self.items() if criterion.is_required}

    @property
    def missing(self) -> list[str]:
        return [criterion.text for criterion in self.values() if not criterion.holds]

    @property
    def snapshot(self) -> dict[str, bool]:
        """As it is kept with a step: codes and answers, in no language."""
        return {code: criterion.holds for code, criterion in self.items()}


class Facts:
    """What the questions look at, fetched when it is first needed; gates asked together share them."""

    def __init__(self, relationship: Relationship, steps: Sequence[StageTransition] | None = None) -> None:
        self.relationship = relationship
        if steps is not None:
            self.steps = list(steps)

    @cached_property
    def steps(self) -> list[StageTransition]:
        return list(self.relationship.transitions.all())

    @cached_property
    def meetings(self) -> dict[str, int]:
        held = Meeting.objects.held().filter(relationship=self.relationship)
        return held.aggregate(held=Count("pk"), closing=Count("pk", Q(kind=Meeting.Kind.CLOSURE)))

    @cached_property
    def goals(self) -> list[tuple[str, int]]:
        """State and complete parts of the goals that both agreed on."""
        return [(state, parts) for state, parts, _owner in self.goals_with_owners]

    @cached_property
    def goals_with_owners(self) -> list[tuple[str, int, int]]:
        agreed = Goal.objects.shared().agreed().filter(relationship=self.relationship)
        return list(agreed.order_by("pk").values_list("state", "smart_parts", "owner_id"))

    @cached_property
    def in_force_at(self) -> datetime | None:
        return (
            Agreement.objects.in_force()
            .filter(relationship=self.relationship)
            .values_list("in_force_at", flat=True)
            .first()
        )

    @cached_property
    def is_closing_waived(self) -> bool:
        return ClosingWaiver.objects.filter(relationship=self.relationship).exists()

    @property
    def went_back_at(self) -> datetime | None:
        """When the two last went back to Initiation."""
        undone = {step.takes_back_id for step in self.steps}
        back = [step.at for step in self.steps if step.verb == "recontract" and step.pk not in undone]
        return back[-1] if back else None

    @property
    def all_goals_are_final(self) -> bool:
        return all(state in FINAL_STATES for state, _parts in self.goals)


@dataclass(frozen=True)
class Asked:
    """What a gate is asked about.  ``mutual``: one member has asked for the move and the other agrees."""

    relationship: Relationship
    now: datetime
    facts: Facts
    mutual: bool = False


def check(
    relationship: Relationship,
    name: str,
    now: datetime,
    *,
    mutual: bool = False,
    facts: Facts | None = None,
) -> Criteria:
    asked = Asked(relationship, now, facts or Facts(relationship), mutual)
    return GATES[name](asked) if name else Criteria({})


# The questions


def held_meetings(relationship: Relationship) -> int:
    return Facts(relationship).meetings["held"]


def needed_meetings(relationship: Relationship) -> int:
    return MEETINGS_BY_FORMAT.get(Format(relationship.format), MEETINGS_BEFORE_CULTIVATION)


def enough_meetings(asked: Asked) -> Criterion:
    needed = needed_meetings(asked.relationship)
    held = asked.facts.meetings["held"]
    text = ngettext("%(needed)s meeting held", "%(needed)s meetings held", needed) % {"needed": needed}
    if 0 < held < needed:
        text = _("%(needed)s meetings held (%(held)s so far)") % {"needed": needed, "held": held}
    return Criterion(held >= needed, text, is_required=needed > 0)


def met(asked: Asked) -> Criterion:
    return Criterion(asked.facts.meetings["held"] > 0, _("At least one meeting held"))


def agreement_in_force(asked: Asked) -> Criterion:
    """After going back to Initiation the two agree anew: what was signed before does not count."""
    signed, back = asked.facts.in_force_at, asked.facts.went_back_at
    holds = signed is not None and (back is None or signed >= back)
    group = asked.relationship.format == Format.GROUP
    return Criterion(holds, _("An agreement, signed by all") if group else _("An agreement, signed by both"))


def goal_agreed(asked: Asked) -> Criterion:
    owners = {
        owner
        for state, parts, owner in asked.facts.goals_with_owners
        if parts == SMART_PARTS and state != Goal.State.DROPPED
    }
    if asked.relationship.format == Format.PEER:
        everybody = {person.pk for person in asked.relationship.people}
        text = _("A goal of each, agreed by both and complete in its five parts")
        return Criterion(owners >= everybody, text)
    if asked.relationship.format == Format.GROUP:
        return Criterion(bool(owners), _("A goal, agreed in the group and complete in its five parts"))
    agreed = bool(owners)
    return Criterion(agreed, _("A goal, agreed by both and complete in its five parts"))


def not_required(text: str) -> Criterion:
    return Criterion(holds=True, text=text, is_required=False)


def separation_day_reached(asked: Asked) -> Criterion:
    relationship = asked.relationship
    day = relationship.separation_on
    if day is None:
        return Criterion(holds=False, text=_("A planned day for finishing"))
    reached = dates.today(relationship, asked.now) >= day
    return Criterion(reached, _("The planned day for finishing, %(day)s") % {"day": day_words(day)})


def goals_closed_and_both_wish_it(asked: Asked) -> Criterion:
    closed = bool(asked.facts.goals) and asked.facts.all_goals_are_final
    return Criterion(closed and asked.mutual, _("All goals are closed, and both choose to finish"))


def both_wish_it(asked: Asked) -> Criterion:
    return Criterion(asked.mutual, _("One asks for it, and the other agrees"))


def closing_meeting_held(asked: Asked) -> Criterion:
    closed = asked.facts.meetings["closing"] > 0 or asked.facts.is_closing_waived
    return Criterion(closed, _("A closing meeting held, or a word on why there is none"))


def goals_final(asked: Asked) -> Criterion:
    """What is one person's own, or was never agreed, holds nobody up."""
    return Criterion(asked.facts.all_goals_are_final, _("Every goal finished, dropped or carried over"))


def window_ended(asked: Asked) -> Criterion:
    relationship = asked.relationship
    if relationship.planned_end_on is None:
        return Criterion(holds=False, text=_("A planned end"))
    ends = dates.window_ends(relationship)
    last = day_words(relationship.planned_end_on + dates.WINDOW_AFTER_END)
    return Criterion(asked.now >= ends, _("The time for finishing is over, on %(day)s") % {"day": last})


def followed_up(asked: Asked) -> Criterion:
    formal_end = asked.relationship.formal_end_at
    over = formal_end is not None and asked.now >= dates.follow_up_ends(asked.relationship)
    return Criterion(
        over, _("%(days)s since the formal end") % {"days": dates.days_words(dates.FOLLOWED_FOR)}
    )


def somebody_left(asked: Asked) -> Criterion:
    relationship = asked.relationship
    gone = any(person.left_at or not person.is_active for person in relationship.people)
    if relationship.format != Format.GROUP:
        return Criterion(gone, _("One of the two has left the organisation"))
    ends = dates.small_group_ends(relationship)
    too_few = ends is not None and asked.now >= ends
    return Criterion(gone or too_few, _("Nobody leads the group any more, or too few are in it"))


def everybody_is_ready(asked: Asked) -> Criterion:
    states = [member.enrolment.state for member in asked.relationship.present if member.enrolment]
    return Criterion(all(state in ENTERED for state in states), _("Everybody has accepted and is ready"))


def nobody_reports_to_another(asked: Asked) -> Criterion:
    text = _("Nobody reports to another of them, directly or further up")
    is_known = asked.relationship.reporting_line_since is not None  # a coordinator has allowed it in writing
    return Criterion(is_known or not in_one_line({person.pk for person in asked.relationship.people}), text)


def in_one_line(people: set[int]) -> bool:
    """Whether one is above another, however far up; climbed level by level, whatever the house's size."""
    for person in people:
        found, edge = set(), {person}
        while edge:
            above = ReportingLine.objects.current().filter(person__in=edge)
            edge = set(above.values_list("manager_id", flat=True)) - found - {person}
            if edge & people:
                return True
            found |= edge
    return False


def places_are_free(asked: Asked) -> Criterion:
    """Counted without this relationship itself, so that it can be asked before and after it begins."""
    others = RelationshipMember.objects.exclude(relationship=asked.relationship)
    members = [member for member in asked.relationship.present if member.enrolment_id]
    free = all(
        others.filter(enrolment=member.enrolment_id).taking_a_place().count()
        < places_of(member.enrolment, asked.relationship.program)
        for member in members
    )
    return Criterion(free, _("Everybody has a free place"))


# The gates

Question = Callable[[Asked], Criterion]


def all_of(**questions: Question) -> Callable[[Asked], Criteria]:
    return lambda asked: Criteria({code: question(asked) for code, question in questions.items()})


def initiation(asked: Asked) -> Criteria:
    return Criteria(
        {
            "I1": not_required(_("Orientation")),
            "I2": enough_meetings(asked),
            "I3": agreement_in_force(asked),
            "I4": goal_agreed(asked),
            "I5": not_required(_("Check-in")),
            "I6": not_required(_("Nobody has asked for another partner")),
        }
    )


def met_once(asked: Asked) -> Criteria:
    """One meeting was held; and it is time, or both wish it."""
    found = {"M1": met(asked), "C1": separation_day_reached(asked), "C3": both_wish_it(asked)}
    return Criteria(found, found["M1"].holds and (found["C1"].holds or found["C3"].holds))


def planned(asked: Asked) -> Criteria:
    """Any one is enough."""
    found = {
        "C1": separation_day_reached(asked),
        "C2": goals_closed_and_both_wish_it(asked),
        "C3": both_wish_it(asked),
    }
    return Criteria(found, any(criterion.holds for criterion in found.values()))


def separation(asked: Asked) -> Criteria:
    """Both, or the window has ended; what was missing then is marked in the snapshot."""
    found = {
        "S1": closing_meeting_held(asked),
        "S2": goals_final(asked),
        "S3": not_required(_("Feedback at the end")),
        "S4": not_required(_("What the relationship becomes")),
        "W": window_ended(asked),
    }
    return Criteria(found, (found["S1"].holds and found["S2"].holds) or found["W"].holds)


def followed(asked: Asked) -> Criteria:
    """Ninety days have passed, or both say that all is said."""
    found = {
        "R1": not_required(_("What the relationship becomes")),
        "R2": followed_up(asked),
        "R3": both_wish_it(asked),
    }
    return Criteria(found, found["R2"].holds or found["R3"].holds)


GATES: dict[str, Callable[[Asked], Criteria]] = {
    "accepted": all_of(A1=everybody_is_ready, A2=nobody_reports_to_another, A3=places_are_free),
    "initiation": initiation,
    "met_once": met_once,
    "planned": planned,
    "separation": separation,
    "followed": followed,
    "left": all_of(L1=somebody_left),
}
