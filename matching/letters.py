"""The letters of matching: who is suggested and why, whom to choose from, how a run by itself went; never a score,
never a private word."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activity.kinds import LetterKind, table
from activity.models import Letter
from matching.choices import people_on
from matching.links import answers_by_mail
from matching.models import MatchRun, Proposal, Shortlist
from matching.reasons import listed, ranked_words, reasons
from matching.snapshot import fewest_of
from matching.stages import WAITING, ProposalState, RunState
from people.models import User
from programs.letters import coordinator_of
from programs.models.enrolments import Role
from programs.models.programs import Format

YES_OR_NO = gettext_lazy("You can also answer this email with one word: Accept or Decline.")
OVER = (ProposalState.DECLINED, ProposalState.EXPIRED, ProposalState.WITHDRAWN)


def proposal_of(letter: Letter) -> Proposal | None:
    return Proposal.objects.with_people().filter(pk=letter.about.rpartition(":")[2]).first()


def partner(proposal: Proposal, reader: User) -> User:
    return next(member.person for member in proposal.members.all() if member.person_id != reader.pk)


def own_rank(proposal: Proposal, reader: User) -> list[str]:
    """What the reader has ranked, back to the reader alone."""
    mine, other = proposal.member(reader), partner(proposal, reader)
    ranks = [
        fact["details"]["rank"]
        for fact in proposal.evidence.get("facts", [])
        if fact["code"] == "chosen" and fact["details"]["by"] == mine.role
    ]
    return [ranked_words(other.full_name, ranks[0])] if ranks else []


def offer_words(proposal: Proposal, reader: User, by: int | None = None) -> dict[str, Any]:
    """What an offer says to one of the two; the page and the preview say the same."""
    program = proposal.cycle.program
    coordinator = coordinator_of(program, by)
    return {
        "proposal": proposal,
        "program": program,
        "partner": partner(proposal, reader),
        "is_mentee": proposal.member(reader).role == "mentee",
        "is_peer": proposal.member(reader).role == "peer",
        **group_words(proposal, reader),
        "reasons": [
            *own_rank(proposal, reader),
            *reasons(proposal.evidence.get("facts", []), to_the_pair=True),
        ],
        "expires_at": proposal.expires_at,
        "coordinator": coordinator,
        "sender_name": coordinator.full_name if coordinator else "",
        "sender_place": program.title,
        "reply_to": (coordinator.email or "") if coordinator else "",
        "path": f"/offers/{proposal.public_id}/",
        "why": _("You get this because you take part in %(program)s.") % {"program": program.title},
    }


def group_words(proposal: Proposal, reader: User) -> dict[str, Any]:
    """What a group is about, who leads it and who is asked to join, for those whose answer could still count."""
    if proposal.cycle.program.format != Format.GROUP:
        return {"is_group": False}
    members = [member for member in proposal.members.all() if member.answer != member.Answer.DECLINED]
    leading = [member.person for member in members if member.role == Role.MENTOR]
    goal = proposal.evidence.get("goal", "")
    return {
        "is_group": True,
        "goal": capfirst(goal),
        "leads": reader in leading,
        "leading": leading,
        "joining": [member.person for member in members if member.role != Role.MENTOR],
        "fewest": fewest_of(proposal),
        "led_by": listed(person.full_name for person in leading),
    }


def offer(letter: Letter, now: datetime) -> dict[str, Any] | None:
    proposal = proposal_of(letter)
    if proposal is None or proposal.state not in WAITING or proposal.expires_at <= now:
        return None
    mine = proposal.member(letter.person)
    if mine is None or mine.answer:
        return None
    words = offer_words(proposal, letter.person, letter.data.get("by"))
    return {**words, **answers_by_mail(proposal, letter)}


def not_this_time(letter: Letter, now: datetime) -> dict[str, Any] | None:
    proposal = proposal_of(letter)
    if proposal is None or proposal.state not in OVER:
        return None
    return {**offer_words(proposal, letter.person), "path": "/home/"}


def shortlist(letter: Letter, now: datetime) -> dict[str, Any] | None:
    """Only while it is open and not answered; whoever has left meanwhile is not asked."""
    pk = letter.about.rpartition(":")[2]
    found = Shortlist.objects.unanswered().can_be_ranked(now).with_people().filter(pk=pk).first()
    if found is None or not (people := people_on(found, now)):
        return None
    program = found.cycle.program
    coordinator = coordinator_of(program, letter.data.get("by"))
    return {
        "program": program,
        "people": len(people),
        "is_mentee": found.enrolment.role == "mentee",
        "closes_at": found.closes_at,
        "sender_name": coordinator.full_name if coordinator else "",
        "sender_place": program.title,
        "reply_to": (coordinator.email or "") if coordinator else "",
        "path": found.get_absolute_url(),
        "why": _("You get this because you take part in %(program)s.") % {"program": program.title},
    }


# Why a run that began by itself has not been published by itself.
WAITS = {
    "review_wanted": gettext_lazy("Nobody has been told: you wanted to look at the pairs first."),
    "unproven": gettext_lazy(
        "Nobody has been told: the run could not be proven to be the best, so it waits for you."
    ),
    "no_pair": gettext_lazy("Nobody has been told: no pair reaches the lowest fit that you have set."),
    "impossible": gettext_lazy(
        "Nobody has been told: in the meantime none of the pairs can be offered any more."
    ),
    "failed": gettext_lazy("It has no result, and nothing was changed. Run the matching by hand to see why."),
}


def waits(run: MatchRun, told: dict[str, Any]) -> str:
    if told.get("why") == "below_share":
        return _(
            "Nobody has been told: somebody was found for %(matched)s of %(people)s people, and you want at least "
            "%(share)s %%."
        ) % {"matched": told["matched"], "people": run.mentees, "share": run.minimum_share}
    return str(WAITS.get(told.get("why", ""), ""))


def scheduled_run(letter: Letter, now: datetime) -> dict[str, Any] | None:
    """How a run that began by itself went, to whoever coordinates the program today."""
    runs = MatchRun.objects.visible_to(letter.person).select_related("cycle__program")
    run = runs.defer("snapshot", "certificate").filter(pk=letter.about.rpartition(":")[2]).first()
    if run is None or run.state == RunState.DISCARDED:
        return None
    program = run.cycle.program
    told_from = None
    if run.state == RunState.PUBLISHED and run.published_at:
        told_from = run.published_at + timedelta(minutes=settings.UNDO_MINUTES)
    return {
        "program": program,
        "run": run,
        "offered": letter.data.get("offered", 0) if told_from else 0,
        "told_from": told_from,
        "matched": letter.data.get("matched", 0),
        "waits": waits(run, letter.data),
        "path": run.get_absolute_url(),
        "why": _("You get this because you coordinate %(program)s.") % {"program": program.title},
    }


LETTERS = table(
    *(
        LetterKind(
            f"matching.offer_{role}", offer, must_arrive=True, template="matching/offer", answers=YES_OR_NO
        )
        for role in ("mentee", "mentor", "peer")
    ),
    LetterKind("matching.offer_group", offer, must_arrive=True, answers=YES_OR_NO),
    LetterKind("matching.offer_reminder", offer, family="offers", answers=YES_OR_NO),
    LetterKind("matching.not_this_time", not_this_time),
    LetterKind("matching.shortlist", shortlist, must_arrive=True),
    LetterKind("matching.shortlist_reminder", shortlist, family="shortlists"),
    LetterKind("matching.scheduled_run", scheduled_run, must_arrive=True),
)
