"""Agreeing how to work: one writes a version, both sign that very text, and a change is a version anew."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from activity.actions import record
from people.models import User
from relationships import dates
from relationships.actions.life import tell
from relationships.actions.reminders import arm_reminders
from relationships.models import Agreement, Relationship, Signature
from relationships.permissions import RULES
from relationships.stages import Refused
from relationships.terms import Terms

State = Agreement.State


class ChangedMeanwhile(Refused):
    """The other wrote a newer version while this one was being read.  ``current`` is that version."""

    def __init__(self, current: Agreement | None) -> None:
        super().__init__(_("The text has changed since you opened it. Look at what is different first."))
        self.current = current


def terms_of(agreement: Agreement) -> Terms:
    return Terms(agreement.terms, agreement.cadence_days, agreement.meeting_minutes, agreement.review_on)


def latest(relationship: Relationship) -> Agreement | None:
    """The version that is proposed, or else the one in force."""
    versions = relationship.agreements.filter(
        state__in=[State.PROPOSED, State.PARTLY_SIGNED, State.IN_FORCE, State.REVIEW_DUE]
    )
    return versions.with_signatures().order_by("-version").first()


@transaction.atomic
def propose_terms(
    relationship: Relationship, terms: Terms, *, based_on: str, by: User, now: datetime
) -> Agreement:
    """The next version.  ``based_on`` is the hash of the text the writer had before them, empty for none."""
    RULES.require(by, "propose_terms", relationship)
    current = latest(relationship)
    if current and terms == terms_of(current):
        return current
    if (current.content_hash if current else "") != based_on:
        raise ChangedMeanwhile(current)

    relationship.agreements.to_sign().update(state=State.SUPERSEDED)
    last = relationship.agreements.order_by("-version").values_list("version", flat=True).first()
    agreement = Agreement(
        relationship=relationship,
        version=(last or 0) + 1,
        state=State.PROPOSED,
        terms=dict(terms.words),
        cadence_days=terms.cadence_days,
        meeting_minutes=terms.meeting_minutes,
        review_on=terms.review_on,
        proposed_by=by,
        proposed_at=now,
    )
    agreement.content_hash = terms.content_hash(relationship.public_id, agreement.version)
    try:
        with transaction.atomic():
            agreement.save(force_insert=True)
    except IntegrityError:
        raise ChangedMeanwhile(latest(relationship)) from None

    _say("agreement_proposed", agreement, by, now)
    return agreement


@transaction.atomic
def sign(relationship: Relationship, content_hash: str, *, by: User, now: datetime) -> Agreement:
    """``by`` has read the text of that hash and signs it; with the last signature it is in force."""
    RULES.require(by, "sign", relationship)
    agreement = latest(relationship)
    if agreement is None or agreement.content_hash != content_hash:
        raise ChangedMeanwhile(agreement)
    if agreement.is_signed_by(by):
        return agreement

    same = relationship.agreements.to_sign().filter(pk=agreement.pk, content_hash=content_hash)
    if not same.update(state=State.PARTLY_SIGNED):
        raise ChangedMeanwhile(latest(relationship))
    _signature, new = Signature.objects.get_or_create(
        agreement=agreement, person=by, defaults={"signed_at": now, "content_hash": content_hash}
    )
    agreement.state = State.PARTLY_SIGNED
    signed_by = set(Signature.objects.filter(agreement=agreement).values_list("person_id", flat=True))
    if new and signed_by >= {person.pk for person in relationship.people}:
        return _put_in_force(agreement, relationship, by, now)
    if new:
        _say("agreement_signed", agreement, by, now)
    return agreement


def settle(relationship: Relationship, *, now: datetime) -> None:
    """Whoever had not signed yet has left: with everybody else's signature it is in force."""
    agreement = latest(relationship)
    if agreement is None or agreement.state != State.PARTLY_SIGNED:
        return
    signed_by = set(Signature.objects.filter(agreement=agreement).values_list("person_id", flat=True))
    if signed_by >= {person.pk for person in relationship.people}:
        _put_in_force(agreement, relationship, agreement.proposed_by, now)


def _put_in_force(agreement: Agreement, relationship: Relationship, by: User, now: datetime) -> Agreement:
    """What was in force before is replaced; clock and metrics count by the new terms from now on."""
    relationship.agreements.in_force().exclude(pk=agreement.pk).update(state=State.SUPERSEDED)
    Agreement.objects.filter(pk=agreement.pk).update(state=State.IN_FORCE, in_force_at=now)
    agreement.state, agreement.in_force_at = State.IN_FORCE, now
    counted = {"cadence_days": agreement.cadence_days, "meeting_minutes": agreement.meeting_minutes}
    Relationship.objects.filter(pk=relationship.pk).update(**counted)
    for name, value in counted.items():
        setattr(relationship, name, value)
    _say("agreement_in_force", agreement, by, now)
    arm_reminders(relationship, now)
    return agreement


@transaction.atomic
def keep_agreement(relationship: Relationship, content_hash: str, *, by: User, now: datetime) -> Agreement:
    """They have looked at it again, and it still fits: nobody is reminded of it any more.  Each may say so."""
    RULES.require(by, "sign", relationship)
    agreement = relationship.agreements.in_force().with_signatures().first()
    if agreement is None or agreement.content_hash != content_hash:
        raise ChangedMeanwhile(latest(relationship))
    if agreement.reviewed_at:
        return agreement
    if not dates.is_time_to_review(agreement, relationship, now):
        raise Refused(_("It is too early for that: you look at your agreement again later."))

    reviewed = {"state": State.IN_FORCE, "reviewed_at": now, "reviewed_by": by}
    same = relationship.agreements.in_force().filter(pk=agreement.pk, reviewed_at=None)
    if not same.update(**reviewed):
        return relationship.agreements.with_signatures().get(pk=agreement.pk)
    agreement.state, agreement.reviewed_at, agreement.reviewed_by = State.IN_FORCE, now, by

    _say("agreement_kept", agreement, by, now)
    return agreement


def begin_review(agreement: Agreement, *, now: datetime) -> None:
    """The day has come.  A part of the clock's reminder; the second of the two who are reminded changes nothing."""
    due = Agreement.objects.filter(pk=agreement.pk, state=State.IN_FORCE, reviewed_at=None)
    if due.update(state=State.REVIEW_DUE):
        scope = agreement.relationship.program.scope
        record("relationships.review_due", agreement.relationship, by=None, at=now, scope=scope)


def _say(what: str, agreement: Agreement, by: User, now: datetime) -> None:
    relationship = agreement.relationship
    event = record(
        f"relationships.{what}",
        relationship,
        by=by,
        at=now,
        scope=relationship.program.scope,
        version=agreement.version,
    )
    others = [person for person in relationship.people if person != by]
    data = {"agreement": agreement.pk}
    about = f"{agreement.version}:{by.pk}"
    tell(what, relationship, others, about=about, now=now, data=data, event=event)
