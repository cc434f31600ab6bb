"""Letters about the life of a relationship: its stages, agreement, pauses, silence and end.

Names, dates and stages, never what the two write to each other.  Whether a letter is still true, and
whether its reader may still read it, is asked when it goes out.
"""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from activity.kinds import LetterKind, Patience, table
from activity.models import Letter, reference
from core.dates import day_words
from people.models import User
from relationships import links
from relationships.dates import rhythm_words
from relationships.letters import choices
from relationships.models import Agreement, MoveRequest, Relationship, StageTransition
from relationships.stages import GLOSSES, TAKEN_BACK_WITHIN, Stage, Status, moves_from

Words = dict[str, Any]


def names(people: list[User]) -> str:
    return get_text_list([person.short_name for person in people], _("and"))


def pair_words(relationship: Relationship) -> str:
    """ "Theo and Mira": the pair, as its coordinators speak of it."""
    ordered = sorted(relationship.present, key=lambda member: (member.role != "mentee", member.pk))
    return names([member.person for member in ordered])


def ending_sentence(relationship: Relationship, by: User | None) -> str:
    """The one sentence that the other side reads, whatever the reason was."""
    if by is not None and relationship.has_member(by):
        return _("%(name)s has ended the formal relationship under the no-fault rule.") % {
            "name": by.short_name
        }
    return _("The formal relationship has ended.")


# Who reads, and what


def relationship_of(letter: Letter) -> Relationship | None:
    key = letter.about.rpartition(":")[2]
    return Relationship.objects.with_people().filter(pk=key).first() if key.isdigit() else None


def for_member(letter: Letter) -> Words | None:
    relationship, reader = relationship_of(letter), letter.person
    if relationship is None or reader is None or not reader.is_active or not relationship.has_member(reader):
        return None
    others = relationship.others(reader)
    return {
        **words_of_pair(relationship),
        "partner": others[0] if others else None,
        "name": names(others),
        "path": reverse("relationships:detail", args=[relationship.public_id]),
        "why": _("You get this because you take part in %(program)s.")
        % {"program": relationship.program.title},
    }


def for_coordinator(letter: Letter) -> Words | None:
    relationship, reader = relationship_of(letter), letter.person
    if relationship is None or reader is None or not reader.is_active:
        return None
    if relationship.has_member(reader) or not relationship.is_coordinated_by(reader):
        return None
    return {
        **words_of_pair(relationship),
        "name": pair_words(relationship),
        "path": reverse("relationships:detail", args=[relationship.public_id]),
        "sender_name": "",
        "reply_to": "",
        "why": _("You get this because you coordinate %(program)s.")
        % {"program": relationship.program.title},
    }


def words_of_pair(relationship: Relationship) -> Words:
    coordinator = next(iter(relationship.coordinators), None)
    return {
        "relationship": relationship,
        "thread": reference(relationship),
        "program": relationship.program,
        "coordinator": coordinator,
        "sender_name": coordinator.full_name if coordinator else "",
        "sender_place": relationship.program.title,
        "reply_to": (coordinator.email or "") if coordinator else "",
    }


def _day(moment: datetime) -> str:
    """On the reader's own calendar."""
    return day_words(timezone.localtime(moment).date(), "long")


def _called(person: User | None) -> str:
    return person.short_name if person else ""


# Stages


def transition_of(letter: Letter, relationship: Relationship) -> StageTransition | None:
    return relationship.transitions.select_related("by").filter(pk=letter.data.get("transition")).first()


def of_transition(letter: Letter, now: datetime) -> Words | None:
    """True as long as the relationship stands where that step led."""
    words = for_member(letter)
    step = transition_of(letter, words["relationship"]) if words else None
    if step is None or (step.to_status, step.to_stage) != _place(words["relationship"]):
        return None
    stage = Stage(step.to_stage)
    return {
        **words,
        "step": step,
        "by": _called(step.by),
        "stage": stage.label,
        "gloss": GLOSSES.get(stage, ""),
        "by_clock": step.actor == StageTransition.Actor.SYSTEM,
        "until": _day(step.at + TAKEN_BACK_WITHIN),
    }


def _place(relationship: Relationship) -> tuple[str, str]:
    return relationship.status, relationship.stage


def begun(letter: Letter, now: datetime) -> Words | None:
    words = for_member(letter)
    return words if words and words["relationship"].is_open else None


def completed(letter: Letter, now: datetime) -> Words | None:
    """With what they have to show for it, in numbers."""
    words = of_transition(letter, now)
    if words is None:
        return None
    relationship = words["relationship"]
    held = relationship.meetings.held().count()
    achieved = relationship.goals.shared().filter(state__in=["achieved", "partly_achieved"]).count()
    return {**words, "held": held, "record": record_words(held, achieved)}


def record_words(held: int, achieved: int) -> str:
    """ "12 meetings, 2 goals", and nothing of what there was none of."""
    meetings = ngettext("%(count)s meeting", "%(count)s meetings", held) % {"count": held}
    goals = ngettext("%(count)s goal", "%(count)s goals", achieved) % {"count": achieved}
    if held and achieved:
        return _("%(meetings)s, %(goals)s") % {"meetings": meetings, "goals": goals}
    return meetings if held else goals if achieved else ""


def paused(letter: Letter, now: datetime) -> Words | None:
    words = of_transition(letter, now)
    return words and {**words, "day": day_words(words["relationship"].paused_until, "long")}


def ended(letter: Letter, now: datetime) -> Words | None:
    words = for_member(letter)
    if words is None or words["relationship"].status != Status.ENDED_EARLY:
        return None
    step = transition_of(letter, words["relationship"])
    return step and {**words, "sentence": ending_sentence(words["relationship"], step.by)}


def left(letter: Letter, now: datetime) -> Words | None:
    """To those who lead a group, as long as it goes on: who is in it no more, and nothing of why."""
    words = for_member(letter)
    if words is None or not words["relationship"].is_open:
        return None
    members = words["relationship"].members.all()
    gone = next((member.person for member in members if member.pk == letter.data.get("member")), None)
    return gone and {**words, "by": _called(gone)}


def cancelled(letter: Letter, now: datetime) -> Words | None:
    words = for_member(letter)
    return words if words and words["relationship"].status == Status.CANCELLED else None


# Requests


def request_of(letter: Letter, relationship: Relationship, state: str) -> MoveRequest | None:
    requests = relationship.move_requests.select_related("asked_by", "answered_by")
    return requests.filter(pk=letter.data.get("request"), state=state).first()


def _of_request(letter: Letter, words: Words | None, state: str) -> Words | None:
    request = request_of(letter, words["relationship"], state) if words else None
    if request is None:
        return None
    relationship = words["relationship"]
    rows = moves_from(relationship.status, relationship.stage)
    row = next((row for row in rows if row.verb == request.verb), None)
    if row is None:
        return None
    return {
        **words,
        "by": _called(request.asked_by),
        "answered_by": _called(request.answered_by),
        "stage": Stage(relationship.stage).label,
        "next_stage": row.to_stage.label,
        "step": row.label,
        "asked": _day(request.asked_at),
        "day": _day(request.due_at),
    }


def asked(letter: Letter, now: datetime) -> Words | None:
    return _of_request(letter, for_member(letter), MoveRequest.State.OPEN)


def not_yet(letter: Letter, now: datetime) -> Words | None:
    return _of_request(letter, for_member(letter), MoveRequest.State.NOT_YET)


def unanswered(letter: Letter, now: datetime) -> Words | None:
    return _of_request(letter, for_coordinator(letter), MoveRequest.State.LAPSED)


# The calendar


def separation_near(letter: Letter, now: datetime) -> Words | None:
    """True while that day is the planned one and has not come."""
    words = for_member(letter)
    if words is None:
        return None
    relationship, day = words["relationship"], date.fromisoformat(letter.data["day"])
    before = (
        relationship.stage in (Stage.INITIATION, Stage.CULTIVATION) and relationship.status == Status.ACTIVE
    )
    today = now.astimezone(ZoneInfo(relationship.zone)).date()
    if not before or relationship.separation_on != day or today >= day:
        return None
    return {**words, "day": day_words(day, "long"), "ends": day_words(relationship.planned_end_on)}


def pause_over(letter: Letter, now: datetime) -> Words | None:
    words = for_member(letter)
    if words is None or words["relationship"].status != Status.PAUSED:
        return None
    until = words["relationship"].paused_until
    return {**words, "day": day_words(until, "long")} if until.isoformat() == letter.data["until"] else None


def quiet(letter: Letter, now: datetime) -> Words | None:
    """True while nothing has been held since, and none is planned."""
    words = for_member(letter)
    if words is None:
        return None
    relationship = words["relationship"]
    still = relationship.status == Status.ACTIVE and relationship.formal_end_at is None
    planned = relationship.next_meeting_at and relationship.next_meeting_at > now
    if not still or planned or relationship.silent_since.isoformat() != letter.data["since"]:
        return None
    return {
        **words,
        "has_met": relationship.last_met_at is not None,
        "days": (now - relationship.silent_since).days,
        "rhythm": rhythm_words(relationship.cadence_days),
        "path": reverse("relationships:plan", args=[relationship.public_id]),
        "log_path": links.log_path(relationship, letter.person, since=letter.created_at)
        if links.goes_to_its_reader(letter)
        else "",
    }


def nudge(letter: Letter, now: datetime) -> Words | None:
    """In the name of whoever sends it; answers reach that person."""
    words = for_member(letter)
    if words is None or not words["relationship"].is_open:
        return None
    return nudge_words(words, User.objects.filter(pk=letter.data.get("by")).first())


def nudge_words(words: Words, by: User | None) -> Words:
    """What the letter and its preview say."""
    sender = by or words["coordinator"]
    return {
        **words,
        "by": _called(sender),
        "sender_name": sender.full_name if sender else "",
        "reply_to": (sender.email or "") if sender else "",
        "has_met": words["relationship"].last_met_at is not None,
        "path": reverse("relationships:plan", args=[words["relationship"].public_id]),
    }


# The agreement


def agreement_of(letter: Letter, *states: str) -> Words | None:
    words = for_member(letter)
    if words is None or not words["relationship"].is_open:
        return None
    versions = words["relationship"].agreements.select_related("proposed_by", "reviewed_by")
    agreement = versions.filter(pk=letter.data.get("agreement"), state__in=states).first()
    if agreement is None:
        return None
    path = reverse("relationships:agreement", args=[words["relationship"].public_id])
    return {**words, "agreement": agreement, "path": path, "is_first": agreement.version == 1}


def agreement_proposed(letter: Letter, now: datetime) -> Words | None:
    words = agreement_of(letter, Agreement.State.PROPOSED, Agreement.State.PARTLY_SIGNED)
    return words and {**words, "by": _called(words["agreement"].proposed_by)}


def agreement_signed(letter: Letter, now: datetime) -> Words | None:
    """To whoever has not signed yet."""
    words = agreement_of(letter, Agreement.State.PARTLY_SIGNED)
    return None if words is None or words["agreement"].is_signed_by(letter.person) else words


def agreement_in_force(letter: Letter, now: datetime) -> Words | None:
    words = agreement_of(letter, *IN_FORCE)
    if words is None:
        return None
    review = words["agreement"].review_on
    rhythm = rhythm_words(words["agreement"].cadence_days)
    return {**words, "rhythm": rhythm, "review": day_words(review, "long") if review else ""}


def agreement_kept(letter: Letter, now: datetime) -> Words | None:
    words = agreement_of(letter, *IN_FORCE)
    return words and {**words, "by": _called(words["agreement"].reviewed_by)}


IN_FORCE = (Agreement.State.IN_FORCE, Agreement.State.REVIEW_DUE)
RHYTHM = {"family": "relationships.rhythm", "choice": choices.RHYTHM}
STEPS = {"patience": Patience.WEEK, "choice": choices.STAGES}

# What names a day may not wait for a digest, which can be a week away.
LETTERS = table(
    LetterKind("relationships.begun", begun, must_arrive=True),
    LetterKind("relationships.cancelled", cancelled, must_arrive=True),
    LetterKind(
        "relationships.may_move", asked, must_arrive=True, patience=Patience.HOURS, choice=choices.STAGES
    ),
    LetterKind("relationships.asked", asked, must_arrive=True),
    LetterKind("relationships.not_yet", not_yet),
    LetterKind("relationships.unanswered", unanswered, patience=Patience.WEEK, choice=choices.UNANSWERED),
    LetterKind("relationships.moved", of_transition, family="relationships.moved", **STEPS),
    LetterKind("relationships.taken_back", of_transition, **STEPS),
    LetterKind("relationships.completed", completed, family="relationships.moved", **STEPS),
    LetterKind("relationships.paused", paused, must_arrive=True),
    LetterKind("relationships.resumed", of_transition, must_arrive=True),
    LetterKind("relationships.pause_over", pause_over, patience=Patience.HOURS, **RHYTHM),
    LetterKind("relationships.separation_near", separation_near, patience=Patience.HOURS, **RHYTHM),
    LetterKind("relationships.ended", ended, must_arrive=True),
    LetterKind("relationships.left", left),
    LetterKind("relationships.quiet", quiet, patience=Patience.WEEK, **RHYTHM),
    LetterKind("relationships.nudge", nudge, patience=Patience.HOURS),
    LetterKind("relationships.agreement_proposed", agreement_proposed),
    LetterKind("relationships.agreement_signed", agreement_signed),
    LetterKind("relationships.agreement_in_force", agreement_in_force, **STEPS),
    LetterKind("relationships.agreement_kept", agreement_kept, **STEPS),
)
