"""Pages about meetings: the parts of the pair's page, all of them, and each by itself."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET

from core.pages import page_of
from people.models import User
from relationships.forms.meetings import UsefulnessForm
from relationships.forms.notes import NoteForm, TopicForm
from relationships.letters.meetings import log_path, names, path_of
from relationships.models import AgendaItem, Attendance, Meeting, PrivateNote, Relationship, SharedNote
from relationships.permissions import MEETING_RULES, RULES
from relationships.views.finding import called, find_meeting, find_own

JOIN_BEFORE = timedelta(minutes=10)
SHOWN_AT_HOME = 3


# Parts of the pair's page


@dataclass(frozen=True)
class Entry:
    """One meeting as it is shown to this reader."""

    meeting: Meeting
    url: str
    number: int = 0
    words: str = ""
    can_answer: bool = False
    notes: list[Any] = field(default_factory=list)


@dataclass(frozen=True)
class Topic:
    item: AgendaItem
    shape: str
    is_mine: bool


@dataclass(frozen=True)
class Meetings:
    """What the pair's page says about meetings.

    ``next`` is running or to come; ``waiting`` was planned, is over, and nobody has said whether it was held;
    ``join_url`` is there from ten minutes before the next meeting until its end.
    """

    next: Meeting | None
    next_url: str
    join_url: str
    waiting: Meeting | None
    log_url: str
    held: int
    together: str
    recent: list[Entry]
    topics: list[Topic]
    topic_form: TopicForm | None
    partner: User | None
    others: str
    can_plan: bool
    can_log: bool
    first_time: bool


def meetings_context(relationship: Relationship, person: User, now: datetime) -> dict[str, Meetings]:
    """For _next_meeting.html and _meetings.html: four queries, however many meetings there are."""
    everything = list(relationship.meetings.with_names())
    for meeting in everything:
        meeting.relationship = relationship
    planned = [meeting for meeting in everything if meeting.is_planned]
    coming = next((meeting for meeting in planned if meeting.ends_at > now), None)
    waiting = next((meeting for meeting in planned if meeting.ends_at <= now), None)
    held = [meeting for meeting in everything if meeting.counts_as_held]
    others = names(relationship.others(person))
    may_write = bool(RULES["write_note"](person, relationship))
    return {
        "meetings": Meetings(
            next=coming,
            next_url=path_of(coming) if coming else "",
            join_url=join_url(coming, now),
            waiting=waiting,
            log_url=log_path(waiting)
            if waiting
            else reverse("relationships:log", args=[relationship.public_id]),
            held=len(held),
            together=duration_words(sum(meeting.minutes for meeting in held)),
            recent=_recent(relationship, everything, person, now),
            topics=topics_of(relationship, person, coming),
            topic_form=TopicForm(other=others) if may_write else None,
            partner=relationship.partner_of(person),
            others=others,
            can_plan=bool(RULES["plan_meeting"](person, relationship)),
            can_log=bool(RULES["log_meeting"](person, relationship)),
            first_time=not everything,
        )
    }


def _recent(
    relationship: Relationship, everything: list[Meeting], person: User, now: datetime
) -> list[Entry]:
    """The last few that were held or said to be, with one thing remembered of each."""
    told = [meeting for meeting in everything if meeting.state == Meeting.State.HELD]
    numbers = {meeting.pk: n for n, meeting in enumerate((m for m in told if m.counts_as_held), start=1)}
    last = told[: -SHOWN_AT_HOME - 1 : -1]
    notes = notes_by_meeting(relationship, person, last)
    return [
        entry(meeting, person, now, numbers.get(meeting.pk, 0), notes.get(meeting.pk, [])[:1])
        for meeting in last
    ]


def entry(
    meeting: Meeting, person: User, now: datetime, number: int = 0, notes: list[Any] | None = None
) -> Entry:
    can_answer = bool(
        MEETING_RULES["confirm"](person, meeting)
        and meeting.grade == "one"
        and meeting.disputable_until
        and now < meeting.disputable_until
    )
    return Entry(meeting, path_of(meeting), number, record_words(meeting, person), can_answer, notes or [])


def notes_by_meeting(
    relationship: Relationship, person: User, meetings: list[Meeting]
) -> dict[int, list[Any]]:
    """What the two wrote, and what this reader wrote for nobody else, in two queries."""
    found: dict[int, list[Any]] = {}
    for kind in (SharedNote, PrivateNote):
        rows = kind.objects.visible_to(person).filter(relationship=relationship, meeting__in=meetings)
        for note in rows.select_related("author"):
            found.setdefault(note.meeting_id, []).append(note)
    return found


def topics_of(
    relationship: Relationship, person: User, meeting: Meeting | None, *, with_done: bool = False
) -> list[Topic]:
    """What is on the list of this meeting; with what was talked about at it, if that is asked for."""
    listed = Q(done_at=None) | Q(meeting=meeting) if with_done else Q(done_at=None)
    rows = relationship.agenda_items.filter(listed).for_meeting(meeting).select_related("author")
    return [Topic(item, shape_of(relationship, item.author), item.author_id == person.pk) for item in rows]


def shape_of(relationship: Relationship, person: User) -> str:
    member = relationship.member(person)
    return "mentor" if member and member.role == "mentor" else "mentee"


def join_url(meeting: Meeting | None, now: datetime) -> str:
    if meeting is None or not meeting.starts_at - JOIN_BEFORE <= now < meeting.ends_at:
        return ""
    return meeting.join_url


def duration_words(minutes: int) -> str:
    """ "45 minutes", "3 hours": to the half hour, beyond the first."""
    if minutes < 60:
        return ngettext("%(minutes)s minute", "%(minutes)s minutes", minutes) % {"minutes": minutes}
    hours = round(minutes / 30) / 2
    return ngettext("%(hours)s hour", "%(hours)s hours", 1 if hours == 1 else 2) % {"hours": f"{hours:g}"}


def record_words(meeting: Meeting, reader: User) -> str:
    """Who said that it took place."""
    mine = meeting.marked_by_id == reader.pk
    by = meeting.marked_by.short_name if meeting.marked_by else ""
    if meeting.grade == "both":
        other = meeting.confirmed_by.short_name if meeting.confirmed_by else ""
        if mine:
            return _("Logged by you, confirmed by %(other)s.") % {"other": other}
        if meeting.confirmed_by_id == reader.pk:
            return _("Logged by %(name)s, confirmed by you.") % {"name": by}
        return _("Logged by %(name)s, confirmed by %(other)s.") % {"name": by, "other": other}
    if meeting.grade == "disputed":
        other = meeting.disputed_by.short_name if meeting.disputed_by else ""
        if mine:
            words = _("Logged by you. %(other)s remembers it differently, so it does not count yet.")
            return words % {"other": other}
        return _("Logged by %(name)s. You remember it differently, so it does not count yet.") % {"name": by}
    return _("Logged by you.") if mine else _("Logged by %(name)s.") % {"name": by}


# All meetings


@require_GET
def meetings(request: HttpRequest, pair: str) -> HttpResponse:
    relationship = find_own(request, pair)
    now = timezone.now()
    rows = relationship.meetings.with_names()
    past = page_of(rows.exclude(state=Meeting.State.SCHEDULED), request.GET, order=("-starts_at", "-pk"))
    planned = [_told(meeting, relationship, request.user, now) for meeting in rows.planned()]
    context = {
        "relationship": relationship,
        "others": called(relationship, request),
        "partner": relationship.partner_of(request.user),
        "coming": [one for one in planned if one.meeting.ends_at > now],
        "waiting": [one for one in planned if one.meeting.ends_at <= now],
        "page": past,
        "past": [_told(meeting, relationship, request.user, now) for meeting in past],
        "topics": topics_of(relationship, request.user, None),
        "topic_form": TopicForm(other=called(relationship, request)),
        "can_plan": RULES["plan_meeting"](request.user, relationship),
        "can_write": RULES["write_note"](request.user, relationship),
    }
    return render(request, "relationships/meetings.html", context)


@require_GET
def my_meetings(request: HttpRequest) -> HttpResponse:
    """Those of all one's relationships, the next one first."""
    own = {one.pk: one for one in Relationship.objects.of_member(request.user).with_members()}
    now = timezone.now()
    rows = Meeting.objects.visible_to(request.user).with_names()
    page = page_of(rows.exclude(state=Meeting.State.CANCELLED), request.GET, order=("-starts_at", "-pk"))
    listed = [_told(meeting, own[meeting.relationship_id], request.user, now) for meeting in page]
    open_ones = [one for one in own.values() if one.is_open]
    context = {
        "page": page,
        "coming": [one for one in reversed(listed) if one.meeting.is_planned and one.meeting.ends_at > now],
        "waiting": [one for one in listed if one.meeting.is_planned and one.meeting.ends_at <= now],
        "past": [one for one in listed if not one.meeting.is_planned],
        "pairs": [{"relationship": one, "others": names(one.others(request.user))} for one in open_ones],
    }
    return render(request, "relationships/meetings_mine.html", context)


def _told(meeting: Meeting, relationship: Relationship, person: User, now: datetime) -> Entry:
    meeting.relationship = relationship
    return entry(meeting, person, now)


# One meeting


@require_GET
def meeting(request: HttpRequest, pair: str, meeting: str) -> HttpResponse:
    found = find_meeting(request, pair, meeting)
    relationship, person, now = found.relationship, request.user, timezone.now()
    others = called(relationship, request)
    topics = topics_of(relationship, person, found, with_done=True)
    context = {
        "relationship": relationship,
        "meeting": found,
        "others": others,
        "partner": relationship.partner_of(person),
        "join_url": join_url(found, now),
        "is_over": found.ends_at <= now,
        "log_url": log_path(found),
        "words": record_words(found, person) if found.state == Meeting.State.HELD else "",
        "changes": found.changes.select_related("by"),
        "answers": (answers := answers_to(found, person)),
        "is_declined": any(one["answer"] == "declined" for one in answers),
        "topics": [topic for topic in topics if not topic.item.done_at] if found.is_planned else [],
        "done": [topic.item for topic in topics if topic.item.done_at],
        "topic_form": TopicForm(other=others),
        "notes": notes_by_meeting(relationship, person, [found]).get(found.pk, []),
        "note_form": NoteForm(other=others),
        "prompts": PROMPTS.get(relationship.stage, ()),
        "usefulness_form": UsefulnessForm(initial={"usefulness": usefulness_of(found, person)})
        if found.state == Meeting.State.HELD
        else None,
        "may": MEETING_RULES.on(person, found),
        "can_dispute": entry(found, person, now).can_answer,
        "can_write": RULES["write_note"](person, relationship),
    }
    return render(request, "relationships/meeting.html", context)


# By what somebody has told: of oneself, and of the other.
ANSWERS = {
    "accepted": (gettext_lazy("You accepted"), gettext_lazy("%(name)s accepted")),
    "tentative": (gettext_lazy("You are not sure yet"), gettext_lazy("%(name)s is not sure yet")),
    "declined": (gettext_lazy("You cannot make it"), gettext_lazy("%(name)s cannot make it")),
}


def answers_to(meeting: Meeting, person: User) -> list[dict[str, str]]:
    """Who comes to the meeting as it is planned now; what was said of another time does not count."""
    if not meeting.is_planned:
        return []
    given = meeting.answers.filter(sequence=meeting.sequence).select_related("person").order_by("stamp", "pk")
    return [
        {
            "answer": one.answer,
            "words": ANSWERS[one.answer][one.person_id != person.pk] % {"name": one.person.short_name},
        }
        for one in given
    ]


def usefulness_of(meeting: Meeting, person: User) -> str:
    own = Attendance.objects.filter(meeting=meeting, person=person).first()
    return own.usefulness if own else ""


# What is worth a line, by stage; shown where nothing is written yet.
PROMPTS = {
    "initiation": (
        gettext_lazy("What did you learn about each other that you did not expect?"),
        gettext_lazy("What do you want from these meetings, in one sentence?"),
    ),
    "cultivation": (
        gettext_lazy("What did you decide to try before the next meeting?"),
        gettext_lazy("What do you see differently now?"),
    ),
    "separation": (
        gettext_lazy("What can you do now that you could not do before?"),
        gettext_lazy("What is left to do, and who else can help with it?"),
    ),
    "redefinition": (gettext_lazy("What would you tell yourself on the first day?"),),
}
