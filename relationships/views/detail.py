"""The page of a relationship: a home for its members; for its coordinators the process without content."""

from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core.dates import city, time_words
from people.models import ProfileTopic, User
from programs.models.enrolments import Role
from programs.models.programs import Format
from relationships import gates
from relationships.actions.life import can_be_taken_back, open_request
from relationships.actions.nudges import was_nudged_today
from relationships.dates import rhythm_words, today
from relationships.forms.ending import AfterwardsForm, OverrideForm, WaiverForm
from relationships.health import signal
from relationships.letters.life import ending_sentence, names, pair_words
from relationships.models import Goal, Meeting, Relationship, RelationshipMember
from relationships.permissions import RULES
from relationships.questions import OPENERS, question_for
from relationships.stages import TAKEN_BACK_WITHIN, Stage, Status
from relationships.views.agreement import card_of
from relationships.views.goals import goals_context
from relationships.views.meetings import Meetings, meetings_context
from relationships.views.standing import criteria_of, path_of, standing_of, steps_of_coordinator

TOPICS_SHOWN = 4


def find(request: HttpRequest, pair: str) -> Relationship:
    """What one may not see does not exist."""
    visible = Relationship.objects.visible_to(request.user).with_people()
    return get_object_or_404(visible, public_id=pair)


@require_GET
def detail(request: HttpRequest, pair: str) -> HttpResponse:
    now = timezone.now()
    relationship = Relationship.objects.visible_to(request.user).with_people().filter(public_id=pair).first()
    if relationship is None:
        return left_behind(request, pair)
    if RULES["read_content"](request.user, relationship):
        return render(request, "relationships/detail.html", home_context(request, relationship, now))
    return render(request, "relationships/process.html", process_context(request, relationship, now))


def left_behind(request: HttpRequest, pair: str) -> HttpResponse:
    """What whoever left a group wrote for themselves; nothing that the group wrote, then or since."""
    groups = Relationship.objects.left_by(request.user).select_related("program")
    relationship = get_object_or_404(groups, public_id=pair)
    context = {
        "relationship": relationship,
        "left_at": relationship.members.get(person=request.user).left_at,
        "notes": relationship.private_notes.visible_to(request.user),
        "goals": relationship.goals.filter(owner=request.user),
    }
    return render(request, "relationships/left.html", context)


# For members


class Button(NamedTuple):
    """The main thing to do, which changes with the hour (design, 3.4)."""

    words: str
    url: str
    icon: str


def home_context(
    request: HttpRequest,
    relationship: Relationship,
    now: datetime,
    *,
    afterwards: AfterwardsForm | None = None,
    waiver: WaiverForm | None = None,
) -> dict[str, Any]:
    """Some twenty queries, the same number however much the two have done: each part has its own."""
    person = request.user
    others = names(relationship.others(person))
    meetings = meetings_context(relationship, person, now)
    skip = request.GET.get("question", "")
    skip = int(skip) if skip.isascii() and skip.isdigit() and len(skip) < 5 else 0
    over = not relationship.is_alive
    agreement = card_of(relationship, person)
    return {
        "relationship": relationship,
        "program": None,
        "others": others,
        "partner": relationship.partner_of(person),
        "partner_card": partner_card(relationship, person, now),
        "group": group_of(relationship),
        "coordinator": next(iter(relationship.coordinators), None),
        "standing": standing_of(relationship, person, now, agreement.waiting),
        **meetings,
        **goals_context(relationship, person),
        "agreement": agreement,
        "button": main_button(relationship, meetings["meetings"]),
        "is_new": is_new(relationship, meetings["meetings"]),
        "openers": OPENERS,
        "question": question_for(relationship.stage, today(relationship, now), skip),
        "next_question": skip + 1,
        "can": RULES.on(person, relationship),
        "sentence": ended_sentence(relationship) if over else "",
        "afterwards": afterwards or afterwards_form(relationship, person),
        "waiver": waiver or WaiverForm(other=others),
    }


def is_new(relationship: Relationship, meetings: Meetings) -> bool:
    return relationship.stage == Stage.INITIATION and relationship.is_open and meetings.first_time


def main_button(relationship: Relationship, meetings: Meetings) -> Button | None:
    if meetings.waiting and meetings.can_log:
        return Button(_("Log this meeting"), meetings.log_url, "check")
    if meetings.join_url:
        return Button(_("Join the call"), meetings.join_url, "video")
    if meetings.next:
        calendar = reverse("relationships:calendar", args=[relationship.public_id, meetings.next.public_id])
        return Button(_("Add to calendar"), calendar, "calendar")
    if meetings.can_plan and relationship.status == Status.ACTIVE:
        return Button(
            _("Plan a meeting"), reverse("relationships:plan", args=[relationship.public_id]), "plus"
        )
    return None


class Card(NamedTuple):
    """The other person, on their own clock."""

    person: User
    shape: str
    job: str
    clock: str
    place: str
    topics: list[str]
    in_common: str


def partner_card(relationship: Relationship, reader: User, now: datetime) -> Card | None:
    partner = relationship.partner_of(reader)
    if partner is None:
        return None
    role = relationship.member(partner).role
    side = ProfileTopic.Side.OFFERED if role == "mentor" else ProfileTopic.Side.WANTED
    topics = ProfileTopic.objects.filter(profile__user__in=relationship.people).select_related(
        "topic", "profile"
    )
    own = {link.topic_id for link in topics if link.profile.user_id == reader.pk and link.side != side}
    theirs = [link for link in topics if link.profile.user_id == partner.pk and link.side == side]
    shared = [link.topic.name for link in theirs if link.topic_id in own]
    return Card(
        person=partner,
        shape="mentor" if role == "mentor" else "mentee",
        job=partner.profile.job_title,
        clock=time_words(now.astimezone(ZoneInfo(partner.zone))),
        place=city(partner.zone),
        topics=[link.topic.name for link in theirs[:TOPICS_SHOWN]],
        in_common=in_common_words(role, partner.short_name, shared),
    )


def group_of(relationship: Relationship) -> list[RelationshipMember]:
    """Everybody in a group, those who lead it first; of two, nobody."""
    if relationship.format != Format.GROUP:
        return []
    return sorted(relationship.present, key=lambda member: (member.role != Role.MENTOR, member.pk))


def in_common_words(role: str, name: str, topics: list[str]) -> str:
    if not topics:
        return ""
    words = {"name": name, "topics": ", ".join(topics)}
    if role == "mentor":
        return _("You are looking for help with %(topics)s, and %(name)s offers it.") % words
    return _("%(name)s is looking for help with %(topics)s, and you offer it.") % words


def ended_sentence(relationship: Relationship) -> str:
    if relationship.status == Status.COMPLETED:
        return _("Your mentoring is complete.")
    if relationship.status == Status.CANCELLED:
        return _("This relationship did not begin.")
    last = relationship.transitions.filter(verb="end").select_related("by").order_by("at", "pk").last()
    return ending_sentence(relationship, last.by if last else None)


def afterwards_form(relationship: Relationship, person: User) -> AfterwardsForm | None:
    """What may be said after an early end, as this person has said it so far."""
    if relationship.status != Status.ENDED_EARLY:
        return None
    reason = (
        relationship.closure.reasons.filter(person=person).first()
        if hasattr(relationship, "closure")
        else None
    )
    wish = relationship.member(person).wants_rematch
    initial = {
        "code": reason.code if reason else "",
        "wants_rematch": {True: "yes", False: "no"}.get(wish, ""),
    }
    return AfterwardsForm(initial=initial)


# For coordinators


class Tick(NamedTuple):
    code: str
    text: str
    holds: bool


def process_context(
    request: HttpRequest, relationship: Relationship, now: datetime, *, override: OverrideForm | None = None
) -> dict[str, Any]:
    steps = list(relationship.transitions.select_related("by"))
    facts = gates.Facts(relationship, steps)
    criteria = criteria_of(relationship, now, facts)
    undo = can_be_taken_back(relationship, now, steps)
    return {
        "relationship": relationship,
        "program": relationship.program,
        "pair": pair_words(relationship),
        "signal": signal(relationship, now),
        "stops": path_of(relationship, steps, criteria),
        "ticks": ticks(relationship, now, facts),
        "counts": counts(relationship),
        "rhythm": rhythm_words(relationship.cadence_days),
        "agreement": relationship.agreements.in_force().first(),
        "history": list(reversed(steps)),
        "asked": open_request(relationship),
        "is_asked": Relationship.objects.asking_coordinator().filter(pk=relationship.pk).exists(),
        "steps": steps_of_coordinator(relationship, now, facts),
        "override": override or OverrideForm(),
        "undo": undo,
        "undo_until": undo.at + TAKEN_BACK_WITHIN if undo else None,
        "can": RULES.on(request.user, relationship),
        "nudged_today": was_nudged_today(relationship, now),
        "wishes": [member for member in relationship.members.all() if member.wants_rematch],
    }


def ticks(relationship: Relationship, now: datetime, facts: gates.Facts) -> list[Tick]:
    """What of Initiation and Separation is done; what is not required is left out."""
    if not relationship.activated_at:
        return []
    found = dict(gates.check(relationship, "initiation", now, facts=facts).required)
    if relationship.stage in (Stage.SEPARATION, Stage.REDEFINITION):
        found |= {
            code: criterion
            for code, criterion in gates.check(relationship, "separation", now, facts=facts).required.items()
            if code != "W"
        }
    return [Tick(code, criterion.text, criterion.holds) for code, criterion in found.items()]


def counts(relationship: Relationship) -> dict[str, Any]:
    """Numbers and dates of meetings and shared goals."""
    held = Q(state=Meeting.State.HELD, disputed_at=None)
    found = relationship.meetings.aggregate(
        held=Count("pk", held),
        confirmed=Count("pk", held & Q(confirmed_at__isnull=False)),
        cancelled=Count("pk", Q(state=Meeting.State.CANCELLED)),
        not_held=Count("pk", Q(state=Meeting.State.NO_SHOW)),
    )
    shared = Goal.objects.shared().filter(relationship=relationship).exclude(state=Goal.State.DRAFT)
    states = shared.order_by("state").values_list("state").annotate(number=Count("pk"))
    found["goals"] = [(Goal.State(state).label, number) for state, number in states]
    return found
