"""From the invitation to the last day: a person's part in a program."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from activity.actions import arm, arm_all, disarm, draft, post, post_all, rearm, record
from activity.links import bound
from activity.models import Event, reference
from activity.returns import lift
from core.ids import new_public_id
from people.actions import join
from people.models import Profile, User
from people.parts import PARTS
from programs.models import Answer, Cycle, Enrolment, Program, ProgramRole, Question
from programs.permissions import ENROLMENT_RULES, RULES
from programs.stages import ENROLMENT_MOVES, EnrolmentState, Refused

REMIND_AFTER = timedelta(days=5)
REMIND_BEFORE_CLOSE = timedelta(days=2)
STAMPS = {
    EnrolmentState.INVITED: "invited_at",
    EnrolmentState.APPLIED: "answered_at",
    EnrolmentState.ACCEPTED: "accepted_at",
    EnrolmentState.READY: "ready_at",
    EnrolmentState.WITHDRAWN: "left_at",
    EnrolmentState.REMOVED: "left_at",
    EnrolmentState.COMPLETED: "left_at",
}
REMINDERS = ("programs.invitation_reminder",)
PAUSE_OVER = "programs.pause_over"
MORNING = time(6)


@transaction.atomic
def move_enrolment(
    enrolment: Enrolment, to: str, *, by: User | None, now: datetime, **details: Any
) -> Enrolment:
    """The only writer of ``Enrolment.state``: one step of the table, once, even if two people press together."""
    source = enrolment.state
    if to not in ENROLMENT_MOVES[EnrolmentState(source)]:
        raise Refused(_("This is not possible any more: the person's part in the program has changed."))
    changes: dict[str, Any] = {"state": to, "state_since": now}
    if stamp := STAMPS.get(EnrolmentState(to)):
        changes[stamp] = now
    if not Enrolment.objects.filter(pk=enrolment.pk, state=source).update(**changes):
        raise Refused(_("Somebody else has just changed this. Look at the page again."))
    for name, value in changes.items():
        setattr(enrolment, name, value)
    if to != EnrolmentState.INVITED:
        disarm(enrolment, REMINDERS)
    record(
        f"enrolment.{to}", enrolment, by=by, at=now, scope=enrolment.program.scope, source=source, **details
    )
    return enrolment


@transaction.atomic
def enrol(
    cycle: Cycle,
    person: User,
    role: str,
    *,
    by: User,
    now: datetime,
    source: str = Enrolment.Source.INVITED,
    capacity: int | None = None,
) -> Enrolment:
    """Put somebody on the list of a program.  Twice the same is once; nobody is told by this alone."""
    RULES.require(by, "add_people", cycle.program)
    enrolment, is_new = Enrolment.objects.get_or_create(
        cycle=cycle,
        person=person,
        role=role,
        defaults={
            "source": source,
            "capacity": cycle.program.default_capacity if capacity is None else capacity,
            "created_at": now,
            "state_since": now,
        },
    )
    if is_new:
        record(
            "enrolment.added", enrolment, by=by, at=now, scope=cycle.program.scope, role=role, source=source
        )
    return enrolment


@transaction.atomic
def invite(enrolment: Enrolment, *, by: User, now: datetime) -> Enrolment:
    """Send the invitation, and the reminders that stop by themselves once there is an answer.

    Asked again after the link was used, a new one replaces it; a link that went to another address opens nothing."""
    RULES.require(by, "invite", enrolment.program)
    if not enrolment.person.email:
        raise Refused(_("There is no email address for %(name)s.") % {"name": enrolment.person.full_name})
    if not enrolment.person.is_active:
        raise Refused(_("%(name)s has left the organisation.") % {"name": enrolment.person.full_name})
    said_no = enrolment.state in (EnrolmentState.DECLINED, EnrolmentState.WITHDRAWN)
    if said_no:
        move_enrolment(enrolment, EnrolmentState.INVITED, by=by, now=now)
    if said_no or enrolment.invitation_opened_at is not None:
        fresh = {"invitation_nonce": new_public_id(), "invitation_opened_at": None}
        Enrolment.objects.filter(pk=enrolment.pk).to_answer().update(**fresh)
        enrolment.refresh_from_db(fields=list(fresh))
    if not invite_all([enrolment], by=by, now=now):
        raise Refused(_("%(name)s has answered already.") % {"name": enrolment.person.full_name})
    return enrolment


def last_reminder(invited_at: datetime, closes_on: date | None) -> datetime | None:
    """Two days before the answers close, at the hour of the invitation; none where the first would be as late."""
    if not closes_on or closes_on - REMIND_BEFORE_CLOSE <= (invited_at + REMIND_AFTER).date():
        return None
    return invited_at + timedelta(days=(closes_on - REMIND_BEFORE_CLOSE - invited_at.date()).days)


def remind_before_the_new_close(program: Program, closes_on: date | None, now: datetime) -> None:
    """The day has been moved: the last reminder of those who have not answered moves with it."""
    for row in Enrolment.objects.of_program(program).to_answer().exclude(invited_at=None):
        last = last_reminder(row.invited_at, closes_on)
        if last and last > now:
            arm(REMINDERS[0], row, at=last, occurrence=f"{row.invitation_nonce}:last", now=now)


@transaction.atomic
def invite_all(enrolments: Iterable[Enrolment], *, by: User, now: datetime) -> int:
    """Invite many people of one program in few statements.  Who has answered in the meantime is passed over."""
    rows = list(Enrolment.objects.filter(pk__in=[row.pk for row in enrolments]).to_answer().with_people())
    rows = [row for row in rows if row.person.email and row.person.is_active]
    if not rows:
        return 0
    program, cycle = rows[0].program, rows[0].cycle
    RULES.require(by, "invite", program)
    Enrolment.objects.filter(pk__in=[row.pk for row in rows]).update(invited_at=now)
    Event.objects.bulk_create(
        [
            Event(verb="enrolment.invited", about=reference(row), scope=program.scope, by=by, at=now)
            for row in rows
        ],
        batch_size=500,
    )
    post_all(
        draft(
            "programs.invitation",
            row.person,
            about=row,
            key=f"invitation|{row.public_id}|{bound(row.person, row.invitation_nonce)}|{now.date()}",
            now=now,
            scope=program.scope,
            data={"by": by.pk},
        )
        for row in rows
    )
    reminders = [(row, now + REMIND_AFTER, f"{row.invitation_nonce}:first") for row in rows]
    last = last_reminder(now, cycle.enrolment_closes_on)
    if last:
        reminders += [(row, last, f"{row.invitation_nonce}:last") for row in rows]
    arm_all("programs.invitation_reminder", reminders)
    for row in enrolments:
        row.invited_at = now
    return len(rows)


@transaction.atomic
def accept_invitation(enrolment: Enrolment, *, now: datetime) -> Enrolment:
    """The person pressed Start on the page behind the link: the address is proven, the link is used up."""
    unopened = Enrolment.objects.filter(pk=enrolment.pk, invitation_opened_at=None).to_answer()
    if not unopened.update(invitation_opened_at=now):
        raise Refused(_("This link has been used already. Sign in to go on."))
    enrolment.invitation_opened_at = now
    join(enrolment.person, now=now)
    record("enrolment.opened", enrolment, by=enrolment.person, at=now, scope=enrolment.program.scope)
    return enrolment


@transaction.atomic
def answer(
    enrolment: Enrolment,
    question: Question,
    cleaned: dict[str, Any],
    *,
    by: User,
    now: datetime,
    step: int = 0,
) -> None:
    """Keep the answer to one question where it belongs, and how far the person has come.

    ``cleaned`` is what the question's form gave; empty when an optional question was passed over."""
    ENROLMENT_RULES.require(by, "answer", enrolment)
    if cleaned and question.field == "capacity":
        Enrolment.objects.filter(pk=enrolment.pk).update(capacity=cleaned["capacity"])
        enrolment.capacity = cleaned["capacity"]
    elif cleaned and question.kind == Question.Kind.FIELD:
        PARTS[question.field].keep(enrolment.person, cleaned, now)
    elif cleaned:
        Answer.objects.update_or_create(
            enrolment=enrolment, question=question, defaults={"content": {"answer": cleaned["answer"]}}
        )
    Profile.objects.filter(user=enrolment.person, answered_at=None).update(answered_at=now)
    keep_step(enrolment, step)


@transaction.atomic
def finish_later(enrolment: Enrolment, *, by: User, now: datetime) -> None:
    """Mail the person the way back to the question after the last answered one, at most once an hour."""
    ENROLMENT_RULES.require(by, "answer", enrolment)
    post(
        "programs.continue_later",
        enrolment.person,
        about=enrolment,
        key=f"continue|{enrolment.public_id}|{now:%Y-%m-%d %H}",
        now=now,
        scope=enrolment.program.scope,
    )


@transaction.atomic
def ask_for_new_link(public_id: str, *, now: datetime) -> None:
    """Tell the coordinators that somebody's link has expired, at most once a day."""
    enrolment = Enrolment.objects.with_people().filter(public_id=public_id).first()
    if enrolment is None or not (enrolment.is_to_answer or enrolment.has_declined):
        return
    program = enrolment.program
    for role in program.roles.filter(role=ProgramRole.Role.COORDINATOR, ended_at=None).select_related(
        "person"
    ):
        post(
            "programs.new_link_wanted",
            role.person,
            about=enrolment,
            key=f"new_link|{enrolment.public_id}|{role.person_id}|{now.date()}",
            now=now,
            scope=program.scope,
        )


def keep_step(enrolment: Enrolment, step: int) -> None:
    reached = {**enrolment.progress, "step": max(step, enrolment.progress.get("step", 0))}
    Enrolment.objects.filter(pk=enrolment.pk).update(progress=reached)
    enrolment.progress = reached


@transaction.atomic
def submit_answers(enrolment: Enrolment, *, by: User, now: datetime) -> Enrolment:
    """The person sends the answers off, having accepted the code of conduct and the privacy notice."""
    ENROLMENT_RULES.require(by, "answer", enrolment)
    program = enrolment.program
    if enrolment.state in (EnrolmentState.DECLINED, EnrolmentState.INVITED):
        move_enrolment(enrolment, EnrolmentState.APPLIED, by=by, now=now)
        post(
            "programs.answers_received",
            enrolment.person,
            about=enrolment,
            key=f"answers|{enrolment.public_id}|{enrolment.invitation_nonce}",
            now=now,
            scope=program.scope,
        )
    if not program.rules.get("approve_by_hand") and enrolment.state == EnrolmentState.APPLIED:
        move_enrolment(enrolment, EnrolmentState.ACCEPTED, by=None, now=now)
    return accept_terms(enrolment, by=by, now=now)


@transaction.atomic
def accept_terms(enrolment: Enrolment, *, by: User, now: datetime) -> Enrolment:
    """The code of conduct and the privacy notice, in the versions of today.  Whoever is accepted is then ready.

    Answers that came from a file have now been seen by the person they are about."""
    ENROLMENT_RULES.require(by, "answer", enrolment)
    program = enrolment.program
    terms = {
        "conduct_accepted_version": program.conduct_version,
        "privacy_accepted_version": program.privacy_version,
    }
    changes = {**terms, "answered_by_file": False}
    Enrolment.objects.filter(pk=enrolment.pk).update(**changes)
    for name, value in changes.items():
        setattr(enrolment, name, value)
    record("enrolment.terms_accepted", enrolment, by=by, at=now, scope=program.scope, **terms)
    if enrolment.state == EnrolmentState.ACCEPTED:
        move_enrolment(enrolment, EnrolmentState.READY, by=by, now=now)
    return enrolment


@transaction.atomic
def decline_invitation(enrolment: Enrolment, *, now: datetime) -> Enrolment:
    """The person says no to the invitation, from the signed link.  Nothing is asked."""
    if enrolment.state == EnrolmentState.ACCEPTED:
        return move_enrolment(enrolment, EnrolmentState.WITHDRAWN, by=enrolment.person, now=now)
    return move_enrolment(enrolment, EnrolmentState.DECLINED, by=enrolment.person, now=now)


@transaction.atomic
def change_my_mind(enrolment: Enrolment, *, now: datetime) -> Enrolment:
    """A declined invitation is open again."""
    if not enrolment.program.is_open_for_joining:
        raise Refused(_("This program is not open for joining now."))
    move_enrolment(enrolment, EnrolmentState.INVITED, by=enrolment.person, now=now)
    return enrolment


@transaction.atomic
def withdraw(enrolment: Enrolment, *, by: User, now: datetime) -> Enrolment:
    """Leave the program, without a reason."""
    ENROLMENT_RULES.require(by, "withdraw", enrolment)
    return move_enrolment(enrolment, EnrolmentState.WITHDRAWN, by=by, now=now)


@transaction.atomic
def remove(enrolment: Enrolment, *, by: User, now: datetime, reason: str) -> Enrolment:
    """Taken out by the coordinator; the reason is kept for the coordinators, and never in an event."""
    ENROLMENT_RULES.require(by, "remove", enrolment)
    move_enrolment(enrolment, EnrolmentState.REMOVED, by=by, now=now)
    enrolment.removal_reason = reason
    enrolment.save(update_fields=["removal_reason"])
    return enrolment


@transaction.atomic
def pause_enrolment(enrolment: Enrolment, *, until: date, by: User, now: datetime) -> Enrolment:
    """No new proposals until the morning of that day, when the clock ends the pause; what runs goes on."""
    ENROLMENT_RULES.require(by, "pause_enrolment", enrolment)
    Enrolment.objects.filter(pk=enrolment.pk).update(paused_until=until)
    enrolment.paused_until = until
    rearm(PAUSE_OVER, enrolment, local=(until, MORNING, enrolment.program.zone), now=now)
    record(
        "enrolment.paused", enrolment, by=by, at=now, scope=enrolment.program.scope, until=until.isoformat()
    )
    return enrolment


@transaction.atomic
def resume_enrolment(enrolment: Enrolment, *, by: User | None, now: datetime) -> Enrolment:
    if by is not None:
        ENROLMENT_RULES.require(by, "pause_enrolment", enrolment)
    if Enrolment.objects.filter(pk=enrolment.pk).exclude(paused_until=None).update(paused_until=None):
        enrolment.paused_until = None
        disarm(enrolment, [PAUSE_OVER])
        record("enrolment.resumed", enrolment, by=by, at=now, scope=enrolment.program.scope)
    return enrolment


# Steps that follow from deeds on the floors above, which have asked who may.


@transaction.atomic
def mark_matched(enrolment: Enrolment, *, now: datetime) -> None:
    """This person has begun a relationship in the program."""
    if enrolment.state == EnrolmentState.READY:
        move_enrolment(enrolment, EnrolmentState.MATCHED, by=None, now=now)


@transaction.atomic
def mark_free(enrolment: Enrolment, *, now: datetime) -> None:
    """The last relationship of this person in the program has formally ended: there is room again."""
    if enrolment.state == EnrolmentState.MATCHED:
        move_enrolment(enrolment, EnrolmentState.READY, by=None, now=now)


@transaction.atomic
def complete_enrolment(enrolment: Enrolment, *, now: datetime) -> None:
    """The program is over for this person, who was in it to the end."""
    if enrolment.state in (EnrolmentState.READY, EnrolmentState.MATCHED):
        move_enrolment(enrolment, EnrolmentState.COMPLETED, by=None, now=now)


@transaction.atomic
def lift_address(enrolment: Enrolment, *, by: User, now: datetime) -> bool:
    """The person's address takes mail again, as a coordinator knows; False if nothing was wrong with it."""
    ENROLMENT_RULES.require(by, "lift_address", enrolment)
    person = enrolment.person
    return lift(person.email or "", by=by, about=person, scope=enrolment.program.scope, now=now)
