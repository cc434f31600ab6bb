"""The letters of this floor that a program may word in its own way, and samples of them: with the real names of the
two where there are two, and with nothing that anybody ever wrote."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.dates import day_words, moment_words, time_words, weekday_words
from people.models import User
from programs.models.programs import Format
from programs.wordings import ENDINGS, GOALS, LIFE, MEETINGS, NOWHERE, Editable, Sample, Words, sender_words
from relationships.dates import rhythm_words
from relationships.letters.life import ending_sentence, names
from relationships.models import Meeting, Relationship
from relationships.stages import GLOSSES, Stage

IN_DAYS = 5


def example() -> User:
    """Somebody to speak of where there is no partner yet."""
    return User(full_name=_("Alex Morgan"))


def others_of(given: Sample) -> list[User]:
    """With whom the reader really is in a relationship of this program, or was last."""
    theirs = Relationship.objects.of_member(given.reader).filter(program=given.program).with_members()
    found = theirs.order_by("-pk").first()
    return (found.others(given.reader) if found else []) or [example()]


def member_words(given: Sample) -> Words:
    """Every word that a letter to a member may hold, as it could be in five days."""
    others = others_of(given)
    day = timezone.localtime(given.now + timedelta(days=IN_DAYS)).date()
    return {
        **sender_words(given),
        "relationship": None,
        "partner": others[0],
        "name": names(others),
        "by": others[0].short_name,
        "day": day_words(day, "long"),
        "ends": day_words(day + timedelta(days=60)),
        "until": day_words(day, "long"),
        "stage": Stage.INITIATION.label,
        "next_stage": Stage.CULTIVATION.label,
        "gloss": GLOSSES.get(Stage.INITIATION, ""),
        "step": Stage.CULTIVATION.label,
        "answered_by": others[0].short_name,
        "by_clock": False,
        "held": 6,
        "has_met": True,
        "days": 30,
        "rhythm": rhythm_words(given.program.cadence_days),
        "review": day_words(day, "long"),
        "is_first": True,
        "is_past": False,
        "was_cancelled": True,
        "agreement_path": NOWHERE,
        "sentence": ending_sentence(None, None),
        "log_path": "",
    }


def day_due_words(given: Sample) -> Words:
    words = member_words(given)
    told = _("A goal is due on %(day)s") % {"day": words["day"]}
    return {**words, "lines": [{"words": told, "path": words["path"]}], "first": told, "count": 1}


def by_the_other(words: Words) -> Words:
    """In the name of the partner, as a letter comes that the partner caused."""
    other = words["partner"]
    return {**words, "sender_name": other.full_name, "reply_to": other.email or ""}


def goal_words(given: Sample) -> Words:
    return by_the_other({**member_words(given), "again": False, "answer": "agreed"})


def invitation_words(given: Sample) -> Words:
    return by_the_other(meeting_words(given))


def meeting_words(given: Sample) -> Words:
    """In five days at two, by the clock of the reader."""
    others = others_of(given)
    local = timezone.localtime(given.now + timedelta(days=IN_DAYS)).replace(hour=14, minute=0)
    return {
        **sender_words(given),
        "meeting": Meeting(minutes=given.program.meeting_minutes),
        "partner": others[0],
        "others": names(others),
        "by": others[0].short_name,
        "when": moment_words(local),
        "weekday": weekday_words(local.date()),
        "time": time_words(local),
        "until": time_words(local + timedelta(minutes=given.program.meeting_minutes)),
        "day": day_words(local.date(), "long"),
        "was": moment_words(local - timedelta(days=1)),
        "elsewhere": [],
        "topics": 0,
        "move_path": "",
        "held_path": "",
        "not_held_path": "",
    }


GROUPS = (Format.GROUP.value,)
PARTNER = {"partner": "name"}
DATED = {"partner": "name", "date": "day"}
STAGED = {"partner": "name", "stage": "stage"}
MET = {"partner": "others", "date": "when"}

EDITABLE = {
    "relationships.begun": Editable(
        LIFE, gettext_lazy("When all have accepted, and a relationship begins"), member_words, PARTNER
    ),
    "relationships.cancelled": Editable(
        ENDINGS, gettext_lazy("When a suggested relationship does not begin after all"), member_words
    ),
    "relationships.may_move": Editable(
        LIFE,
        gettext_lazy("When all that a stage needs is done"),
        member_words,
        {**DATED, "stage": "next_stage"},
    ),
    "relationships.asked": Editable(
        LIFE, gettext_lazy("When one of the two asks for a next step"), member_words, {**DATED, **STAGED}
    ),
    "relationships.not_yet": Editable(
        LIFE, gettext_lazy("When one of the two says “not yet”"), member_words, STAGED
    ),
    "relationships.moved": Editable(
        LIFE, gettext_lazy("When the two have moved to another stage"), member_words, STAGED
    ),
    "relationships.taken_back": Editable(
        LIFE, gettext_lazy("When a step of the calendar is taken back"), member_words, STAGED
    ),
    "relationships.quiet": Editable(
        LIFE, gettext_lazy("When the two have not met for longer than they agreed"), member_words, PARTNER
    ),
    "relationships.first_meeting": Editable(
        LIFE, gettext_lazy("Some days after the beginning, when no meeting is planned"), member_words, PARTNER
    ),
    "relationships.called_off": Editable(
        LIFE,
        gettext_lazy("To one of the two, when the other has called off twice running"),
        member_words,
        PARTNER,
    ),
    "relationships.nudge": Editable(
        LIFE,
        gettext_lazy("When you ask a pair how it is going"),
        member_words,
        {**PARTNER, "coordinator": "sender_name"},
    ),
    "relationships.meeting_planned": Editable(
        MEETINGS, gettext_lazy("When a meeting is planned"), invitation_words, MET
    ),
    "relationships.meeting_moved": Editable(
        MEETINGS, gettext_lazy("When a meeting is moved or changed"), invitation_words, MET
    ),
    "relationships.meeting_cancelled": Editable(
        MEETINGS, gettext_lazy("When a meeting is cancelled"), invitation_words, MET
    ),
    "relationships.meeting_reminder": Editable(
        MEETINGS, gettext_lazy("Before a meeting"), meeting_words, MET
    ),
    "relationships.meeting_soon": Editable(
        MEETINGS, gettext_lazy("An hour before a meeting, to those who want it"), meeting_words, MET
    ),
    "relationships.was_it_held": Editable(
        MEETINGS, gettext_lazy("The day after a meeting, until somebody has logged it"), meeting_words, MET
    ),
    "relationships.meeting_disputed": Editable(
        MEETINGS,
        gettext_lazy("When somebody does not remember a meeting that the other has logged"),
        invitation_words,
        {"partner": "others", "date": "day"},
    ),
    "relationships.agreement_proposed": Editable(
        GOALS,
        gettext_lazy("When one of the two proposes an agreement, or a change of it"),
        member_words,
        PARTNER,
    ),
    "relationships.agreement_signed": Editable(
        GOALS, gettext_lazy("When one of the two has signed the agreement"), member_words, PARTNER
    ),
    "relationships.agreement_in_force": Editable(
        GOALS, gettext_lazy("When both have signed the agreement"), member_words, PARTNER
    ),
    "relationships.review_due": Editable(
        GOALS,
        gettext_lazy("Before the day on which the two look at their agreement again"),
        member_words,
        DATED,
    ),
    "relationships.agreement_kept": Editable(
        GOALS,
        gettext_lazy("When one of the two has noted that the agreement still fits"),
        member_words,
        PARTNER,
    ),
    "relationships.days_due": Editable(
        GOALS,
        gettext_lazy("Before a goal, a step or an action is due, and when it has passed"),
        day_due_words,
    ),
    "relationships.goal_proposed": Editable(
        GOALS, gettext_lazy("When one of the two proposes a goal"), goal_words, {"partner": "by"}
    ),
    "relationships.goal_answered": Editable(
        GOALS, gettext_lazy("When a proposed goal is answered"), goal_words, {"partner": "by"}
    ),
    "relationships.goal_claimed": Editable(
        GOALS, gettext_lazy("When one of the two says that a goal is achieved"), goal_words, {"partner": "by"}
    ),
    "relationships.paused": Editable(
        ENDINGS, gettext_lazy("When a relationship is paused"), member_words, DATED
    ),
    "relationships.pause_over": Editable(ENDINGS, gettext_lazy("Before a pause ends"), member_words, DATED),
    "relationships.resumed": Editable(
        ENDINGS, gettext_lazy("When a relationship goes on after a pause"), member_words, STAGED
    ),
    "relationships.separation_near": Editable(
        ENDINGS, gettext_lazy("Before the last stage begins by the calendar"), member_words, DATED
    ),
    "relationships.completed": Editable(
        ENDINGS, gettext_lazy("When a relationship is complete"), member_words, PARTNER
    ),
    "relationships.left": Editable(
        ENDINGS, gettext_lazy("When somebody leaves a group that goes on"), member_words, PARTNER, GROUPS
    ),
    "relationships.meeting_without_you": Editable(
        MEETINGS,
        gettext_lazy("When somebody has left a group, and its meetings are no longer theirs"),
        meeting_words,
        {"date": "when"},
        GROUPS,
    ),
    "relationships.ended": Editable(
        ENDINGS, gettext_lazy("When a relationship ends early"), member_words, PARTNER
    ),
}
