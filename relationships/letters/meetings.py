"""Letters about meetings: names, time and link, never what the two talk about.

Whether a letter is still true is asked when it goes out: a meeting that has moved or is off is brought to
nobody's mind, and nobody is asked whether it was held once somebody has said so.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from email.utils import parseaddr
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activity.actions import mail_host
from activity.addresses import guest_address
from activity.kinds import LetterKind, Patience, table
from activity.models import Letter, reference
from activity.writing import link
from core.dates import city, day_words, moment_words, time_words, weekday_words
from people.models import User
from relationships.calendars import CANCEL, REQUEST, Entry, Guest, Line, calendar_file
from relationships.letters import choices
from relationships.links import goes_to_its_reader, held_path, move_path, not_held_path
from relationships.models import AgendaItem, Meeting, Relationship

COME_OR_NOT = gettext_lazy("You can also answer this email with one word: Accept or Decline.")
HELD_OR_NOT = gettext_lazy("You can also answer this email with one word: Yes or No.")


def meeting_of(letter: Letter) -> Meeting | None:
    """The meeting, if the reader is one of those who meet."""
    key = letter.about.rpartition(":")[2]
    meeting = Meeting.objects.with_names().filter(pk=key).first() if key.isdigit() else None
    if meeting is None:
        return None
    meeting.relationship = Relationship.objects.with_people().get(pk=meeting.relationship_id)
    return meeting if meeting.relationship.has_member(letter.person) else None


def planned(letter: Letter, now: datetime) -> dict[str, Any] | None:
    meeting = meeting_of(letter)
    if meeting is None or not _is_as_told(meeting, letter):
        return None
    return _invitation(meeting, letter, meeting.planned_by, REQUEST)


def moved(letter: Letter, now: datetime) -> dict[str, Any] | None:
    meeting = meeting_of(letter)
    if meeting is None or not _is_as_told(meeting, letter):
        return None
    was_at, mover = letter.data.get("was_at"), letter.data.get("by")
    by = next((person for person in meeting.relationship.people if person.pk == mover), None)
    words = _invitation(meeting, letter, by, REQUEST)
    return {
        **words,
        "was": moment_words(in_zone_of(letter.person, datetime.fromisoformat(was_at))) if was_at else "",
    }


def cancelled(letter: Letter, now: datetime) -> dict[str, Any] | None:
    meeting = meeting_of(letter)
    if meeting is None or meeting.state != Meeting.State.CANCELLED:
        return None
    return _invitation(meeting, letter, meeting.cancelled_by, CANCEL)


def without_you(letter: Letter, now: datetime) -> dict[str, Any] | None:
    """To whoever has left a group: the entry goes from this person's calendar alone.

    It tells what they knew when they left and nothing newer, whatever has become of the meeting since.
    """
    key = letter.about.rpartition(":")[2]
    meeting = Meeting.objects.filter(pk=key).first() if key.isdigit() else None
    if meeting is None or letter.person is None:
        return None
    relationship = Relationship.objects.with_people().get(pk=meeting.relationship_id)
    if relationship.has_member(letter.person):
        return None
    starts_at = datetime.fromisoformat(letter.data["starts_at"])
    mine = in_zone_of(letter.person, starts_at)
    entry = Entry(
        uid=uid_of(meeting),
        # As calling off counts: higher than what their calendar has, or it would not follow.
        sequence=letter.data["sequence"] + 1,
        starts_at=starts_at,
        minutes=letter.data["minutes"],
        summary=_summary_without_names(relationship),
        place="",
        url="",
        organiser=Guest(relationship.program.title, _organiser_of(meeting, letter.person)),
        guests=(Guest(letter.person.full_name, letter.person.email),),
        stamp=letter.created_at,
    )
    return {
        **_of_program(relationship),
        "when": moment_words(mine),
        "day": day_words(mine.date(), "long"),
        "calendar": calendar_file(entry, CANCEL),
        "path": reverse("relationships:detail", args=[relationship.public_id]),
        "why": _why(relationship),
    }


def reminder(letter: Letter, now: datetime) -> dict[str, Any] | None:
    meeting = meeting_of(letter)
    if meeting is None or not is_still_planned(meeting, letter.data["occurrence"]):
        return None
    topics = AgendaItem.objects.open().filter(relationship=meeting.relationship).for_meeting(meeting).count()
    mine = in_zone_of(letter.person, meeting.starts_at)
    return {
        **_words(meeting, letter.person),
        "topics": topics,
        "weekday": weekday_words(mine.date()),
        "time": time_words(mine),
        "why": _why(meeting.relationship),
    }


def was_it_held(letter: Letter, now: datetime) -> dict[str, Any] | None:
    meeting = meeting_of(letter)
    if meeting is None or not is_still_planned(meeting, letter.data["occurrence"]):
        return None
    words = _words(meeting, letter.person)
    pressed = {}
    if goes_to_its_reader(letter):
        pressed = {
            "held_path": held_path(meeting, letter.person),
            "not_held_path": not_held_path(meeting, letter.person),
        }
    return {**words, **pressed, "path": log_path(meeting), "why": _why(meeting.relationship)}


def disputed(letter: Letter, now: datetime) -> dict[str, Any] | None:
    meeting = meeting_of(letter)
    if meeting is None or meeting.grade != "disputed":
        return None
    words = _words(meeting, letter.person)
    return {**words, **_from(meeting.disputed_by, letter.person), "why": _why(meeting.relationship)}


LETTERS = table(
    LetterKind("relationships.meeting_planned", planned, must_arrive=True, answers=COME_OR_NOT),
    LetterKind("relationships.meeting_moved", moved, must_arrive=True, answers=COME_OR_NOT),
    LetterKind("relationships.meeting_cancelled", cancelled, must_arrive=True),
    LetterKind("relationships.meeting_without_you", without_you, must_arrive=True),
    LetterKind("relationships.meeting_reminder", reminder, choice=choices.REMINDERS),
    LetterKind("relationships.meeting_soon", reminder, choice=choices.REMINDERS),
    LetterKind(
        "relationships.was_it_held",
        was_it_held,
        family="relationships.was_it_held",
        patience=Patience.WEEK,
        choice=choices.HELD,
        answers=HELD_OR_NOT,
    ),
    LetterKind("relationships.meeting_disputed", disputed),
)


def is_still_planned(meeting: Meeting, occurrence: str) -> bool:
    """Neither moved, nor off, nor answered for, and its relationship goes on."""
    return meeting.is_planned and meeting.occurrence == occurrence and meeting.relationship.is_open


def _is_as_told(meeting: Meeting, letter: Letter) -> bool:
    return meeting.is_planned and meeting.sequence == letter.data["sequence"]


# The calendar entry


def uid_of(meeting: Meeting) -> str:
    return f"meeting-{meeting.public_id}@{mail_host()}"


def meeting_with_uid(uid: str, person: User) -> Meeting | None:
    """The meeting of that name in calendars, if this person is one of those who meet."""
    found = re.fullmatch(r"meeting-([A-Za-z0-9]{1,20})@(.+)", uid)
    if found is None or found[2] != mail_host():
        return None
    meeting = Meeting.objects.visible_to(person).filter(public_id=found[1]).first()
    if meeting is not None:
        meeting.relationship = Relationship.objects.with_people().get(pk=meeting.relationship_id)
    return meeting


def feed_line(meeting: Meeting) -> Line:
    """Without names, place and topics: whoever gets hold of the address of a feed learns none of them."""
    relationship = meeting.relationship
    return Line(
        uid=uid_of(meeting),
        sequence=meeting.sequence,
        starts_at=meeting.starts_at,
        minutes=meeting.minutes,
        summary=_summary_without_names(relationship),
        url=link(path_of(meeting)),
        stamp=meeting.planned_at or meeting.starts_at,
    )


def calendar_entry(meeting: Meeting, stamp: datetime, reader: User | None = None) -> Entry:
    """As everybody's calendar has it: the same name for ever, and a number that grows with each change.

    Only the organiser differs: each ``reader`` has one of their own, which their calendar answers to.  In a preview,
    which has no reader, nobody is asked.
    """
    people = meeting.relationship.people
    organiser = meeting.planned_by.full_name if meeting.planned_by else meeting.relationship.program.title
    can_answer = bool(settings.INBOUND_ADDRESS) and reader is not None
    return Entry(
        uid=uid_of(meeting),
        sequence=meeting.sequence,
        starts_at=meeting.starts_at,
        minutes=meeting.minutes,
        summary=names(people),
        place=meeting.place,
        url=link(path_of(meeting)),
        organiser=Guest(organiser, _organiser_of(meeting, reader)),
        guests=tuple(
            Guest(
                person.full_name,
                person.email,
                comes=person.pk == meeting.planned_by_id,
                is_asked=can_answer and person.pk != meeting.planned_by_id,
            )
            for person in people
            if person.email
        ),
        stamp=stamp,
    )


def _organiser_of(meeting: Meeting, reader: User | None) -> str:
    _name, writes = parseaddr(settings.DEFAULT_FROM_EMAIL)
    own = guest_address(uid_of(meeting), reader.email) if reader and reader.email else ""
    return own or settings.INBOUND_ADDRESS or writes


def _summary_without_names(relationship: Relationship) -> str:
    return _("Mentoring: %(program)s") % {"program": relationship.program.title}


# Words


def _invitation(meeting: Meeting, letter: Letter, by: User | None, method: str) -> dict[str, Any]:
    reader = letter.person if goes_to_its_reader(letter) else None
    can_move = method == REQUEST and meeting.is_planned and reader
    return {
        **_words(meeting, letter.person),
        "move_path": move_path(meeting, letter.person) if can_move else "",
        **_from(by, letter.person),
        "calendar": calendar_file(calendar_entry(meeting, letter.created_at, reader), method),
        "why": _why(meeting.relationship),
    }


def _words(meeting: Meeting, reader: User) -> dict[str, Any]:
    mine = in_zone_of(reader, meeting.starts_at)
    relationship = meeting.relationship
    others = relationship.others(reader)
    return {
        **_of_program(relationship),
        "meeting": meeting,
        "others": names(others),
        "when": moment_words(mine),
        "until": time_words(in_zone_of(reader, meeting.ends_at)),
        "day": day_words(mine.date(), "long"),
        "elsewhere": [words for other in others if (words := _elsewhere(meeting, mine, other))],
        "path": path_of(meeting),
    }


def _of_program(relationship: Relationship) -> dict[str, Any]:
    coordinator = next(iter(relationship.coordinators), None)
    return {
        "program": relationship.program,
        "thread": reference(relationship),
        "coordinator": coordinator,
        "sender_name": coordinator.full_name if coordinator else "",
        "sender_place": relationship.program.title,
        "reply_to": (coordinator.email or "") if coordinator else "",
    }


def _elsewhere(meeting: Meeting, mine: datetime, other: User) -> str:
    """The time on the other's clock, where it is another one."""
    theirs = in_zone_of(other, meeting.starts_at)
    if theirs.replace(tzinfo=None) == mine.replace(tzinfo=None):
        return ""
    return _("%(time)s for %(name)s in %(city)s.") % {
        "time": time_words(theirs) if theirs.date() == mine.date() else moment_words(theirs),
        "name": other.short_name,
        "city": city(other.zone),
    }


def _from(by: User | None, reader: User) -> dict[str, Any]:
    """A letter that the other caused comes in the other's name, and answers reach the other."""
    if by is None or by.pk == reader.pk:
        return {"by": ""}
    return {"by": by.short_name, "sender_name": by.full_name, "reply_to": by.email or ""}


def _why(relationship: Relationship) -> str:
    return _("You get this because you take part in %(program)s.") % {"program": relationship.program.title}


def in_zone_of(person: User, moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo(person.zone or "UTC"))


def names(people: Iterable[User]) -> str:
    """ "Mira", "Mira and Theo", "Mira, Theo and Ida"."""
    called = [person.short_name for person in people]
    if len(called) < 2:
        return "".join(called)
    return _("%(names)s and %(last)s") % {"names": ", ".join(called[:-1]), "last": called[-1]}


def path_of(meeting: Meeting) -> str:
    return reverse("relationships:meeting", args=[meeting.relationship.public_id, meeting.public_id])


def log_path(meeting: Meeting) -> str:
    path = reverse("relationships:log", args=[meeting.relationship.public_id])
    return f"{path}?meeting={meeting.public_id}"
