"""What somebody who takes part should do next, most pressing first.  One question each, whatever there is of it."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from matching.models import Proposal, Shortlist
from people.models import User
from programs.models import Enrolment
from programs.models.enrolments import Role
from programs.models.programs import Format
from relationships.models import Agreement, Goal, Meeting, Relationship
from relationships.stages import Stage, Status


class Step(NamedTuple):
    """``action`` is the button, ``where`` names the relationship for screen readers and when there are several."""

    title: str
    text: str
    url: str
    action: str
    where: str = ""


def next_steps(
    person: User,
    relationships: list[Relationship],
    enrolments: list[Enrolment],
    meetings: list[Meeting],
    now: datetime,
) -> list[Step]:
    """``meetings`` are those still planned, in their order."""
    names = {one.pk: partner_names(one, person) for one in relationships}
    return [
        *offers(person, now),
        *shortlists(person, now),
        *invitations(enrolments),
        *unlogged_meetings(meetings, names, now),
        *signatures(person, names),
        *proposed_goals(person, names),
        *unplanned(relationships, names, now),
    ]


def partner_names(relationship: Relationship, person: User) -> str:
    return ", ".join(other.short_name for other in relationship.others(person))


# By the role of the one who is asked.
SUGGESTED_TO = {
    Role.MENTEE: gettext_lazy("Meet %(name)s, suggested as your mentor"),
    Role.MENTOR: gettext_lazy("Meet %(name)s, suggested as your mentee"),
    Role.PEER: gettext_lazy("Meet %(name)s, suggested as your partner"),
}


def offers(person: User, now: datetime) -> Iterator[Step]:
    waiting = Proposal.objects.offered_to(person).waiting().filter(told_from__lte=now, expires_at__gt=now)
    for proposal in waiting.with_people().order_by("expires_at"):
        mine = proposal.member(person)
        if mine.answer:
            continue
        other = next(member for member in proposal.members.all() if member.person_id != person.pk)
        if proposal.cycle.program.format == Format.GROUP:
            yield Step(
                _("A place in a group of %(program)s") % {"program": proposal.cycle.program.title},
                _(
                    "See who is in it, and decide. It begins with those who have said yes, if they are enough."
                ),
                reverse("matching:offer", args=[proposal.public_id]),
                _("See the suggestion"),
            )
            continue
        yield Step(
            SUGGESTED_TO[mine.role] % {"name": other.person.full_name},
            _("See why, and decide. It begins when both of you have said yes."),
            reverse("matching:offer", args=[proposal.public_id]),
            _("See the suggestion"),
        )


def shortlists(person: User, now: datetime) -> Iterator[Step]:
    """People to rank before the run, while the list is open and not answered."""
    waiting = Shortlist.objects.visible_to(person).unanswered().can_be_ranked(now)
    for shortlist in (
        waiting.select_related("enrolment").annotate(people=Count("entries")).order_by("closes_at")
    ):
        yield Step(
            _("Say whom you would like as your mentor")
            if shortlist.enrolment.role == Role.MENTEE
            else _("Say whom you would like to mentor"),
            ngettext(
                "%(count)s person would fit well. See what you share; you can change your answer until the list "
                "closes.",
                "%(count)s people would fit well. See what you share, and rank them; you can change your answer until "
                "the list closes.",
                shortlist.people,
            )
            % {"count": shortlist.people},
            shortlist.get_absolute_url(),
            _("See who, and choose"),
        )


def invitations(enrolments: list[Enrolment]) -> Iterator[Step]:
    invited = [row for row in enrolments if row.invited_at and row.is_to_answer]
    for enrolment in sorted(invited, key=lambda row: row.invited_at):
        if not enrolment.program.is_open_for_joining:
            continue
        step = enrolment.progress.get("step", 0) + 1
        yield Step(
            _("Your place in %(program)s is open") % {"program": enrolment.program.title},
            _("Answer a few questions, so that the right person can be found."),
            reverse("programs:question", args=[enrolment.public_id, step]),
            _("Continue at question %(step)s") % {"step": step} if step > 1 else _("Start"),
        )


def unlogged_meetings(meetings: list[Meeting], names: dict[int, str], now: datetime) -> Iterator[Step]:
    for meeting in meetings:
        if meeting.ends_at > now:
            continue
        yield Step(
            _("Did you and %(name)s meet?") % {"name": names[meeting.relationship_id]},
            _("Logging takes under a minute. It keeps your record and shows that you two are on track."),
            f"{reverse('relationships:log', args=[meeting.relationship.public_id])}?meeting={meeting.public_id}",
            _("Log this meeting"),
            names[meeting.relationship_id],
        )


def signatures(person: User, names: dict[int, str]) -> Iterator[Step]:
    proposed = Agreement.objects.filter(relationship__in=names, state__in=["proposed", "partly_signed"])
    for agreement in proposed.exclude(signatures__person=person).select_related("relationship"):
        yield Step(
            _("%(name)s has proposed how you work together") % {"name": names[agreement.relationship_id]}
            if agreement.proposed_by_id != person.pk
            else _("Your agreement with %(name)s waits for your signature")
            % {"name": names[agreement.relationship_id]},
            _("Read it, and sign it or propose a change."),
            reverse("relationships:agreement", args=[agreement.relationship.public_id]),
            _("Read the agreement"),
            names[agreement.relationship_id],
        )


def proposed_goals(person: User, names: dict[int, str]) -> Iterator[Step]:
    proposed = Goal.objects.shared().filter(relationship__in=names, state=Goal.State.PROPOSED)
    for goal in proposed.exclude(proposed_by=person):
        yield Step(
            _("%(name)s has proposed a goal") % {"name": names[goal.relationship_id]},
            _("Agree to it, or say what you would change."),
            reverse("relationships:goal", args=[goal.public_id]),
            _("Read the goal"),
            names[goal.relationship_id],
        )


def unplanned(relationships: list[Relationship], names: dict[int, str], now: datetime) -> Iterator[Step]:
    for one in relationships:
        if one.status != Status.ACTIVE or one.formal_end_at or one.stage == Stage.REDEFINITION:
            continue
        if one.next_meeting_at and one.next_meeting_at > now:
            continue
        first = one.last_met_at is None
        yield Step(
            _("Plan your first meeting with %(name)s") % {"name": names[one.pk]}
            if first
            else _("Plan the next meeting with %(name)s") % {"name": names[one.pk]},
            _("Three times that suit both of you are suggested."),
            reverse("relationships:plan", args=[one.public_id]),
            _("Plan a meeting"),
            names[one.pk],
        )
