"""What coordinators decide about two people.  A decision holds for all runs of the cycle until it is taken back."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from activity.actions import record
from matching.decided import LIFTABLE_CODES, Decided
from matching.models import PairDecision, Proposal
from matching.permissions import DECISION_RULES, RUN_RULES
from matching.snapshot import places_taken, sizes_of
from matching.stages import ProposalState, Refused
from matching.standing import apart_words, broken_rules, settled_ones
from people.models import User
from programs.models import Enrolment
from programs.models.enrolments import Role, places_of
from programs.models.programs import Format
from programs.permissions import RULES as PROGRAM_RULES

Kind = PairDecision.Kind


@transaction.atomic
def decide(
    first: Enrolment,
    second: Enrolment,
    kind: str,
    *,
    by: User,
    now: datetime,
    reason: str = "",
    rules: Sequence[str] = (),
) -> PairDecision:
    """Always together, never together, or allowed in spite of ``rules``.  Decided already, it is given back.

    ``first`` is the mentee.  A decision that contradicts another, the places or the rules is refused."""
    PROGRAM_RULES.require(by, "match", first.cycle.program)
    require_two_sides(first, second)
    # Two decisions about the same people come one after the other: each sees what the other has decided.
    list(Enrolment.objects.select_for_update().filter(pk__in=[first.pk, second.pk]).order_by("pk"))
    held = {one.kind: one for one in PairDecision.objects.in_force().between(first, second)}
    if kind == Kind.OVERRIDE:
        return override(first, second, held, by=by, now=now, reason=reason, rules=rules)
    if kind in held:
        return held[kind]
    require_no_contradiction(first, second, kind, held)
    if kind == Kind.LOCKED:
        require_lockable(first, second, now)
    return keep(first, second, kind, by=by, now=now, reason=reason)


def override(
    first: Enrolment,
    second: Enrolment,
    held: dict[str, PairDecision],
    *,
    by: User,
    now: datetime,
    reason: str,
    rules: Sequence[str],
) -> PairDecision:
    """Lift rules for one pair.  What was lifted before stays so, under the new reason."""
    wanted = set(rules)
    if not wanted or wanted - LIFTABLE_CODES:
        raise Refused(_("This rule always holds."))
    if not reason.strip():
        raise Refused(_("Say why this pair is allowed in spite of the rule."))
    require_no_contradiction(first, second, Kind.OVERRIDE, held)
    before = held.get(Kind.OVERRIDE)
    if before and wanted <= set(before.rules):
        return before
    if before:
        end(before, by=by, now=now)
        wanted |= set(before.rules)
    return keep(first, second, Kind.OVERRIDE, by=by, now=now, reason=reason, rules=sorted(wanted))


def keep(
    first: Enrolment,
    second: Enrolment,
    kind: str,
    *,
    by: User,
    now: datetime,
    reason: str,
    rules: Sequence[str] = (),
) -> PairDecision:
    try:
        with transaction.atomic():
            decision = PairDecision.objects.create(
                cycle=first.cycle,
                first=first,
                second=second,
                kind=kind,
                rules=list(rules),
                reason=reason.strip(),
                by=by,
                created_at=now,
            )
    except IntegrityError:
        return PairDecision.objects.in_force().between(first, second).get(kind=kind)
    record(
        f"pair_decision.{kind}",
        decision,
        by=by,
        at=now,
        scope=first.cycle.program.scope,
        first=first.pk,
        second=second.pk,
        rules=list(rules),
    )
    return decision


@transaction.atomic
def end(decision: PairDecision, *, by: User, now: datetime) -> PairDecision:
    """Take a decision back.  Runs that were made with it stay what they are."""
    DECISION_RULES.require(by, "end", decision)
    if PairDecision.objects.in_force().filter(pk=decision.pk).update(ended_at=now, ended_by=by):
        record("pair_decision.ended", decision, by=by, at=now, scope=decision.cycle.program.scope)
    decision.refresh_from_db(fields=["ended_at", "ended_by"])
    return decision


@transaction.atomic
def lock(
    proposal: Proposal, *, locked: bool, by: User, now: datetime, person: str = ""
) -> PairDecision | None:
    """Keep a pair of a run under review in the next runs, or let it go again.

    Of a group ``person`` is the mentee who is to stay with the one who leads it."""
    RUN_RULES.require(by, "change", proposal.run)
    if proposal.state != ProposalState.SUGGESTED:
        raise Refused(_("This pair has moved on in the meantime."))
    first, second = ends_in_group(proposal, person) if person else ends_of(proposal)
    if locked:
        return decide(first, second, Kind.LOCKED, by=by, now=now)
    held = PairDecision.objects.in_force().locks().between(first, second).first()
    return end(held, by=by, now=now) if held else None


def ends_in_group(proposal: Proposal, person: str) -> tuple[Enrolment, Enrolment]:
    """A mentee of a group and the first who leads it."""
    members = list(
        proposal.members.select_related("person", "enrolment__cycle__program", "enrolment__person")
    )
    ends = [
        next((m.enrolment for m in members if m.role == Role.MENTEE and m.person.public_id == person), None),
        next((m.enrolment for m in members if m.role == Role.MENTOR), None),
    ]
    if None in ends:
        raise Refused(_("This pair has moved on in the meantime."))
    return ends[0], ends[1]


def ends_of(proposal: Proposal) -> tuple[Enrolment, Enrolment]:
    """The two of a pair as a decision names them: the mentee first, of peers the one enrolled first."""
    members = proposal.members.select_related("enrolment__cycle__program", "enrolment__person")
    ends = sorted((member.enrolment for member in members), key=lambda end: (end.role == Role.MENTOR, end.pk))
    if len(ends) != 2:
        raise Refused(_("A group is not locked as a pair."))
    return ends[0], ends[1]


def require_two_sides(first: Enrolment, second: Enrolment) -> None:
    if first.cycle_id != second.cycle_id or first.person_id == second.person_id:
        raise Refused(_("Choose two different people of this program."))
    if (first.role, second.role) not in ((Role.MENTEE, Role.MENTOR), ("peer", "peer")):
        raise Refused(_("Choose a mentee and a mentor."))


def require_no_contradiction(
    first: Enrolment, second: Enrolment, kind: str, held: dict[str, PairDecision]
) -> None:
    names = {"mentee": first.person.full_name, "mentor": second.person.full_name}
    if kind != Kind.FORBIDDEN and Kind.FORBIDDEN in held:
        raise Refused(_("%(mentee)s and %(mentor)s are kept apart. Take that decision back first.") % names)
    if kind == Kind.FORBIDDEN and Kind.LOCKED in held:
        raise Refused(
            _("%(mentee)s and %(mentor)s are locked together. Take that decision back first.") % names
        )
    if kind == Kind.FORBIDDEN and Kind.OVERRIDE in held:
        raise Refused(
            _("%(mentee)s and %(mentor)s are allowed in spite of a rule. Take that decision back first.")
            % names
        )


def require_lockable(first: Enrolment, second: Enrolment, now: datetime) -> None:
    """Both are here, have a place for each other, and no rule is against it."""
    for end_ in (first, second):
        if not end_.is_matchable:
            raise Refused(
                _("%(name)s is not here to be matched at the moment.") % {"name": end_.person.full_name}
            )
    taken = places_taken(first.cycle)
    decided = Decided.in_(first.cycle)
    settled = settled_ones(decided, first.cycle, taken)
    for end_ in (first, second):
        locked = [one for one in decided.of(Kind.LOCKED) if end_.pk in (one.first_id, one.second_id)]
        waiting = [one for one in locked if one.pk not in settled]
        places = lockable_places(end_) - taken[end_.pk]
        if len(waiting) >= places:
            raise Refused(full_words(end_, places))
    if codes := broken_rules(first, second, now):
        names = {"mentee": first.person.full_name, "mentor": second.person.full_name}
        raise Refused(apart_words(codes, names))


def lockable_places(end_: Enrolment) -> int:
    """Whoever leads a group has a place for each mentee in it."""
    program = end_.cycle.program
    if program.format == Format.GROUP and end_.role == Role.MENTOR:
        return sizes_of(program.rules).most
    return places_of(end_, program)


def full_words(end_: Enrolment, places: int) -> str:
    name = end_.person.full_name
    if end_.role != Role.MENTOR:
        return _("%(name)s has or is locked with somebody else already.") % {"name": name}
    if places < 1:
        return _("%(name)s has no free place.") % {"name": name}
    return ngettext(
        "%(name)s has %(count)s free place, and it is locked already.",
        "%(name)s has %(count)s free places, and they are locked already.",
        places,
    ) % {"name": name, "count": places}
