"""What happened in a program, in words for its coordinators: who, what, when, never content."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from activity.models import Event
from programs.happenings import SENTENCES as OF_PROGRAMS
from programs.models.enrolments import Role
from relationships.models import Meeting, Relationship

# What one person did, or nobody: the clock.
SENTENCES = OF_PROGRAMS | {
    "match_run.asked_for": gettext_lazy("asked for a match"),
    "match_run.finished": gettext_lazy("the match is ready to review"),
    "match_run.failed": gettext_lazy("the match failed"),
    "match_run.stopped": gettext_lazy("the match was stopped"),
    "match_run.checked": gettext_lazy("had the proof of a match checked again"),
    "match_run.published": gettext_lazy("published the match"),
    "match_run.taken_back": gettext_lazy("took the published match back"),
    "match_run.discarded": gettext_lazy("discarded a match"),
    "match_run.scheduled": gettext_lazy("a match began by the schedule"),
    "match_run.concluded": gettext_lazy("told how a match by the schedule went"),
    "schedule.set": gettext_lazy("set when matches begin by themselves"),
    "schedule.stopped": gettext_lazy("stopped matches that begin by themselves"),
    "schedule.passed_over": gettext_lazy(
        "a match by the schedule was left out, because another one was at work"
    ),
    "shortlists.opened": gettext_lazy("opened the lists people choose from"),
    "shortlists.closed": gettext_lazy("the lists people choose from are closed"),
    "proposal.accepted": gettext_lazy("accepted an offer"),
    "proposal.declined": gettext_lazy("declined an offer"),
    "proposal.expired": gettext_lazy("an offer expired without an answer"),
    "proposal.activated": gettext_lazy("both sides accepted an offer"),
    "proposal.impossible": gettext_lazy("an accepted offer could not begin"),
    "relationships.begun": gettext_lazy("a relationship began"),
    "relationships.activate": gettext_lazy("moved to Initiation"),
    "relationships.cancel": gettext_lazy("cancelled before it began"),
    "relationships.cultivate": gettext_lazy("moved to Cultivation"),
    "relationships.wind_up": gettext_lazy("moved to Separation"),
    "relationships.recontract": gettext_lazy("went back to Initiation"),
    "relationships.extend": gettext_lazy("went on with Cultivation"),
    "relationships.redefine": gettext_lazy("moved to Redefinition"),
    "relationships.complete": gettext_lazy("completed the relationship"),
    "relationships.pause": gettext_lazy("paused"),
    "relationships.resume": gettext_lazy("went on after the pause"),
    "relationships.end": gettext_lazy("ended the relationship early"),
    "relationships.left": gettext_lazy("left the group, which goes on"),
    "relationships.take_back": gettext_lazy("took a step back"),
    "relationships.asked": gettext_lazy("asked to move on"),
    "relationships.not_yet": gettext_lazy("said not yet"),
    "relationships.request_withdrawn": gettext_lazy("took the question back"),
    "relationships.unanswered": gettext_lazy("a question to move on was not answered"),
    "relationships.closing_waived": gettext_lazy("will do without a closing meeting"),
    "relationships.rematch_wish": gettext_lazy("said whether to be matched again"),
    "relationships.invitation_answered": gettext_lazy("said whether they come to a meeting"),
    "relationships.nudged": gettext_lazy("asked how it goes"),
    "relationships.agreement_proposed": gettext_lazy("proposed an agreement"),
    "relationships.agreement_signed": gettext_lazy("signed the agreement"),
    "relationships.agreement_in_force": gettext_lazy("both signed the agreement"),
    "relationships.agreement_kept": gettext_lazy("looked at the agreement again and kept it"),
    "relationships.review_due": gettext_lazy("it is time to look at the agreement again"),
    "relationships.meeting_planned": gettext_lazy("planned a meeting"),
    "relationships.meeting_moved": gettext_lazy("moved a meeting"),
    "relationships.meeting_cancelled": gettext_lazy("cancelled a meeting"),
    "relationships.meeting_held": gettext_lazy("logged a meeting"),
    "relationships.meeting_not_held": gettext_lazy("said that a meeting did not take place"),
    "relationships.goal_drafted": gettext_lazy("drafted a goal"),
    "relationships.goal_proposed": gettext_lazy("proposed a goal"),
    "relationships.goal_agreed": gettext_lazy("agreed a goal"),
    "relationships.goal_changed": gettext_lazy("changed a goal"),
    "relationships.goal_change_asked": gettext_lazy("asked for another goal"),
    "relationships.goal_change_taken_back": gettext_lazy("took a change of a goal back"),
    "relationships.goal_updated": gettext_lazy("updated a goal"),
    "relationships.goal_claimed": gettext_lazy("says that a goal is reached"),
    "relationships.goal_answered": gettext_lazy("answered whether a goal is reached"),
    "relationships.goal_goes_on": gettext_lazy("goes on with a goal"),
    "relationships.goal_closed": gettext_lazy("closed a goal"),
    "relationships.step_added": gettext_lazy("added a step to a goal"),
    "people.imported": gettext_lazy("brought in a file of people"),
    "people.import_undone": gettext_lazy("undid a file of people"),
    "people.grades_ordered": gettext_lazy("put the grades in order"),
    "job.asked_for": gettext_lazy("started a long run"),
    "job.stop_asked_for": gettext_lazy("stopped a long run"),
    "letter.retried": gettext_lazy("sent a letter again"),
    "letters.address_lifted": gettext_lazy("said that an address takes mail again"),
    "letters.address_refused": gettext_lazy("mail to somebody came back, and no more is sent there"),
    "letters.held": gettext_lazy("letters are held back"),
    "letters.released": gettext_lazy("released letters"),
    "letters.withdrawn": gettext_lazy("withdrew letters"),
    "export.asked_for": gettext_lazy("made an export"),
}


class Happening(NamedTuple):
    """``who`` is one person, the two of a relationship where nobody in particular acted, or the clock."""

    event: Event
    who: str
    what: str
    url: str = ""


def told(events: Iterable[Event], pairs: Mapping[str, tuple[str, str]] | None = None) -> list[Happening]:
    """``pairs``: by the reference of a thing, whose it is ("Theo and Mira") and where that is found."""
    return [_told(event, (pairs or {}).get(event.about, ("", ""))) for event in events]


def _told(event: Event, pair: tuple[str, str]) -> Happening:
    names, url = pair
    if event.by and names:
        who = _("%(name)s, %(pair)s") % {"name": event.by.full_name, "pair": names}
    else:
        who = event.by.full_name if event.by else names or _("The program's clock")
    return Happening(event, who, what_of(event), url)


def what_of(event: Event) -> str:
    """Of a verb that nobody has put into words yet, the verb itself, readable."""
    return str(SENTENCES.get(event.verb) or event.verb.rpartition(".")[2].replace("_", " "))


def pairs_of(events: Iterable[Event]) -> dict[str, tuple[str, str]]:
    """Whose things these events are about: three questions, however many events."""
    keys: dict[str, set[str]] = {"relationships.relationship": set(), "relationships.meeting": set()}
    for event in events:
        label, _colon, key = event.about.partition(":")
        if label in keys and key.isdigit():
            keys[label].add(key)
    meetings = dict(
        Meeting.objects.filter(pk__in=keys["relationships.meeting"]).values_list("pk", "relationship_id")
    )
    wanted = {int(key) for key in keys["relationships.relationship"]} | set(meetings.values())
    named = {
        one.pk: (pair_names(one), one.get_absolute_url())
        for one in Relationship.objects.filter(pk__in=wanted).with_members()
    }
    about = {f"relationships.relationship:{key}": words for key, words in named.items()}
    return about | {
        f"relationships.meeting:{key}": named[pair] for key, pair in meetings.items() if pair in named
    }


def pair_names(pair: Relationship) -> str:
    """ "Theo and Mira", mentee first; of a group the first two and how many more there are."""
    members = sorted(pair.present, key=lambda member: (member.role == Role.MENTOR, member.pk))
    called = [member.person.short_name for member in members]
    if len(called) > 2:
        return _("%(names)s and %(more)s more") % {"names": ", ".join(called[:2]), "more": len(called) - 2}
    return (
        pgettext("two people", "%(one)s and %(other)s") % {"one": called[0], "other": called[1]}
        if len(called) == 2
        else ", ".join(called)
    )
