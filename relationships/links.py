"""Links that work without signing in, each for one purpose and one person: a calendar feed, and answers from letters.

What they lead to is asked again when they are used: who may, whether it is still so.
"""

from datetime import datetime, timedelta

from django.urls import reverse

from activity.links import bound, unbound
from activity.models import Letter
from core import tokens
from people.models import User
from relationships.models import CalendarFeed, Meeting, Relationship

FEED, FEED_IS_GOOD_FOR = "calendar feed", timedelta(days=3650)
HELD, NOT_HELD, MOVE, LOG = "meeting was held", "meeting was not held", "meeting moves", "meeting is logged"
ANSWERED_WITHIN = timedelta(days=30)


def feed_path(feed: CalendarFeed) -> str:
    token = tokens.make(FEED, feed.public_id, expires=feed.created_at + FEED_IS_GOOD_FOR)
    return reverse("relationships:feed", args=[token])


def behind_feed(token: str, *, now: datetime) -> CalendarFeed:
    """Raises ``core.tokens.Invalid``, also when the feed is closed or its owner has left."""
    proof = tokens.read(FEED, token, now=now)
    rows = CalendarFeed.objects.select_related("person").filter(person__is_active=True)
    feed = rows.filter(public_id=proof.subject).first()
    if feed is None:
        raise tokens.Invalid
    return feed


def goes_to_its_reader(letter: Letter) -> bool:
    """A preview, and a letter to another address, are read by others: no link in them acts for the person."""
    return letter.pk is not None and letter.person is not None and not letter.address


def held_path(meeting: Meeting, person: User) -> str:
    return _of_meeting("held_by_mail", HELD, meeting, person)


def not_held_path(meeting: Meeting, person: User) -> str:
    return _of_meeting("not_held_by_mail", NOT_HELD, meeting, person)


def move_path(meeting: Meeting, person: User) -> str:
    """Good for the meeting as it is planned now, until it begins."""
    subject = f"{meeting.public_id}-{person.public_id}"
    token = tokens.make(MOVE, subject, nonce=bound(person, str(meeting.sequence)), expires=meeting.starts_at)
    return reverse("relationships:move_by_mail", args=[token])


def log_path(relationship: Relationship, person: User, *, since: datetime) -> str:
    subject = f"{relationship.public_id}-{person.public_id}"
    token = tokens.make(LOG, subject, nonce=bound(person), expires=since + ANSWERED_WITHIN)
    return reverse("relationships:log_by_mail", args=[token])


def _of_meeting(page: str, purpose: str, meeting: Meeting, person: User) -> str:
    """Tied to the moment it was planned for: about another one nobody has been asked."""
    subject = f"{meeting.public_id}-{person.public_id}"
    expires = meeting.ends_at + ANSWERED_WITHIN
    token = tokens.make(purpose, subject, nonce=bound(person, _moment(meeting)), expires=expires)
    return reverse(f"relationships:{page}", args=[token])


def _moment(meeting: Meeting) -> str:
    return str(int(meeting.starts_at.timestamp()))


def meeting_behind(purpose: str, token: str, *, now: datetime) -> tuple[Meeting, User, str]:
    """The meeting, whose link it is, and to what it is tied.  Raises ``core.tokens.Invalid``."""
    proof = tokens.read(purpose, token, now=now)
    name, _dash, who = proof.subject.partition("-")
    person = _person(who)
    said = unbound(person, proof.nonce)
    meeting = Meeting.objects.visible_to(person).with_names().filter(public_id=name).first()
    if meeting is None:
        raise tokens.Invalid
    meeting.relationship = Relationship.objects.with_people().get(pk=meeting.relationship_id)
    return meeting, person, said


def is_of_this_moment(meeting: Meeting, nonce: str) -> bool:
    return nonce == _moment(meeting)


def relationship_behind(token: str, *, now: datetime) -> tuple[Relationship, User]:
    """Of a link to log a meeting.  Raises ``core.tokens.Invalid``."""
    proof = tokens.read(LOG, token, now=now)
    name, _dash, who = proof.subject.partition("-")
    person = _person(who)
    unbound(person, proof.nonce)
    found = Relationship.objects.of_member(person).with_people().filter(public_id=name).first()
    if found is None:
        raise tokens.Invalid
    return found, person


def _person(public_id: str) -> User:
    person = User.objects.filter(public_id=public_id, is_active=True).first()
    if person is None:
        raise tokens.Invalid
    return person
