"""Where a relationship stands, as its page shows it: path, checklist, what is asked, what could be next."""

from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.dates import day_words
from core.drawings import Stop
from people.models import User
from relationships import dates, gates
from relationships.actions.life import can_be_taken_back, open_request
from relationships.letters.life import names
from relationships.models import Agreement, MoveRequest, Relationship, StageTransition
from relationships.permissions import RULES
from relationships.stages import GLOSSES, TAKEN_BACK_WITHIN, TWO_STEPS, How, Move, Stage, Status, moves_from

ORDER = [Stage.INITIATION, Stage.CULTIVATION, Stage.SEPARATION, Stage.REDEFINITION]
PURPOSES = {
    Stage.INITIATION: gettext_lazy(
        "Get to know each other, feel safe, and agree why you meet and how. Early weeks are often about "
        "tasks, admiration and trying things out; that is usual."
    ),
    Stage.CULTIVATION: gettext_lazy(
        "Work on your goals and test what you expected against what you find. Either of you can ask to move "
        "on, or to go back and agree anew."
    ),
    Stage.SEPARATION: gettext_lazy(
        "Finish well: look at what you have reached, thank each other, hand over what stays open. Mixed "
        "feelings are usual, and so is the wish that more had been done."
    ),
    Stage.REDEFINITION: gettext_lazy(
        "Decide what you are to each other now. Nothing is expected of you any more; after 90 days it is "
        "complete."
    ),
}


@dataclass(frozen=True)
class Check:
    """One line of the checklist: what is needed, how it stands, and where to do it."""

    text: str
    is_done: bool
    url: str = ""
    action: str = ""
    sub: str = ""


@dataclass(frozen=True)
class Step:
    """A step that this reader could take.  ``missing`` says what it still needs; then there is no button."""

    move: Move
    missing: str = ""
    hint: str = ""
    needs_reason: bool = False


@dataclass(frozen=True)
class Question:
    """What is asked or announced, and what this reader can answer."""

    request: MoveRequest
    words: str
    agree: str
    refuse: str


@dataclass(frozen=True)
class Standing:
    stops: list[Stop]
    compact: str
    stage: str
    purpose: str
    checks: list[Check]
    not_required: str
    question: Question | None
    steps: list[Step]
    undo: StageTransition | None
    undo_until: datetime | None
    can_waive: bool

    @property
    def done(self) -> int:
        return sum(check.is_done for check in self.checks)

    @property
    def next_step(self) -> Step | None:
        return next((step for step in self.steps if not step.missing), None)


def standing_of(
    relationship: Relationship, person: User, now: datetime, waiting: Agreement | None = None
) -> Standing:
    """For the part _stage.html, as a member sees it.  ``waiting``: an agreement still to be signed."""
    steps = list(relationship.transitions.select_related("by"))
    facts = gates.Facts(relationship, steps)
    request = open_request(relationship)
    undo = can_be_taken_back(relationship, now, steps) if RULES["take_back"](person, relationship) else None
    criteria = criteria_of(relationship, now, facts)
    stops = path_of(relationship, steps, criteria)
    moving = relationship.status == Status.ACTIVE
    return Standing(
        stops=stops,
        compact=compact_words(relationship, stops),
        stage=relationship.get_stage_display(),
        purpose=PURPOSES.get(Stage(relationship.stage), "") if relationship.is_alive else "",
        checks=checks_of(relationship, person, criteria, waiting) if moving else [],
        not_required=not_required_words(criteria) if moving else "",
        question=question_of(relationship, request, person) if request else None,
        steps=[] if request else steps_of(relationship, now, facts),
        undo=undo,
        undo_until=undo.at + TAKEN_BACK_WITHIN if undo else None,
        can_waive=moving and bool(criteria) and "S1" in criteria and not criteria["S1"].holds,
    )


def local_day(moment: datetime) -> date:
    """On the reader's own calendar."""
    return timezone.localtime(moment).date()


# The path


def path_of(
    relationship: Relationship, steps: list[StageTransition], criteria: gates.Criteria | None
) -> list[Stop]:
    now_at = ORDER.index(Stage(relationship.stage)) if relationship.stage else -1
    stops = []
    for n, stage in enumerate(ORDER):
        if n < now_at or relationship.status == Status.COMPLETED:
            stops.append(Stop(stage.label, "done", finished_words(stage, steps)))
        elif n == now_at:
            stops.append(Stop(stage.label, "now", now_words(relationship, criteria)))
        else:
            stops.append(Stop(stage.label, "next", next_words(relationship, stage)))
    return stops


def compact_words(relationship: Relationship, stops: list[Stop]) -> str:
    for number, stop in enumerate(stops, start=1):
        if stop.state == "now":
            words = {"number": number, "stage": stop.name, "note": stop.note}
            return (
                _("Stage %(number)s of 4: %(stage)s. %(note)s")
                if stop.note
                else _("Stage %(number)s of 4: %(stage)s")
            ) % words
    return relationship.get_status_display()


def finished_words(stage: Stage, steps: list[StageTransition]) -> str:
    left = [step for step in steps if step.from_stage == stage and step.to_stage != stage]
    return _("Finished %(day)s") % {"day": day_words(local_day(left[-1].effective_at))} if left else ""


def now_words(relationship: Relationship, criteria: gates.Criteria | None) -> str:
    if relationship.status == Status.PAUSED:
        return _("Paused until %(day)s") % {"day": day_words(relationship.paused_until)}
    if relationship.status == Status.ENDED_EARLY:
        return _("Ended %(day)s") % {"day": day_words(local_day(relationship.ended_at))}
    if relationship.stage == Stage.REDEFINITION:
        return _("Until %(day)s") % {"day": day_words(local_day(dates.follow_up_ends(relationship)))}
    if relationship.stage == Stage.CULTIVATION:
        day = relationship.separation_on
        return _("Until %(day)s") % {"day": day_words(day)} if day else ""
    needed = list((criteria.required if criteria else {}).values())
    done = sum(criterion.holds for criterion in needed)
    if relationship.stage == Stage.SEPARATION and relationship.planned_end_on:
        return _("Until %(day)s") % {"day": day_words(relationship.planned_end_on)}
    return _("%(done)s of %(all)s done") % {"done": done, "all": len(needed)} if needed else ""


def next_words(relationship: Relationship, stage: Stage) -> str:
    if not relationship.is_alive:
        return ""
    if stage == Stage.SEPARATION and relationship.separation_on:
        return _("From %(day)s") % {"day": day_words(relationship.separation_on)}
    if stage == Stage.REDEFINITION and relationship.planned_end_on:
        return _("After %(day)s") % {"day": day_words(relationship.planned_end_on)}
    return str(GLOSSES[stage]).capitalize() if stage == Stage.CULTIVATION else ""


# The checklist

GATES_SHOWN = {Stage.INITIATION: "initiation", Stage.SEPARATION: "separation"}


def criteria_of(relationship: Relationship, now: datetime, facts: gates.Facts) -> gates.Criteria | None:
    name = GATES_SHOWN.get(Stage(relationship.stage), "")
    shown = name and relationship.status == Status.ACTIVE
    return gates.check(relationship, name, now, facts=facts) if shown else None


def checks_of(
    relationship: Relationship, person: User, criteria: gates.Criteria | None, waiting: Agreement | None
) -> list[Check]:
    if criteria is None:
        return []
    pair = [relationship.public_id]
    where = {
        "I2": (reverse("relationships:meetings", args=pair), _("Meet")),
        "I3": (reverse("relationships:agreement", args=pair), _("Agree")),
        "I4": (reverse("relationships:goals"), _("Set a goal")),
        "S1": (reverse("relationships:plan", args=pair), _("Plan it")),
        "S2": (reverse("relationships:goals"), _("Close goals")),
    }
    subs = {"I3": agreement_words(relationship, person, waiting)}
    return [
        Check(criterion.text, criterion.holds, *where[code], subs.get(code, ""))
        for code, criterion in criteria.required.items()
        if code in where
    ]


def agreement_words(relationship: Relationship, person: User, waiting: Agreement | None) -> str:
    """Who has still to sign."""
    if waiting is None:
        return ""
    if waiting.state == Agreement.State.PROPOSED:
        return _("Written, and not signed yet.")
    if waiting.is_signed_by(person):
        others = names(relationship.others(person))
        return _("You have signed. %(other)s has not signed yet.") % {"other": others}
    signed = names([signature.person for signature in waiting.signatures.all()])
    return _("%(name)s has signed. Your turn.") % {"name": signed}


def not_required_words(criteria: gates.Criteria | None) -> str:
    """What does not count here is said, so that nobody waits for it."""
    if criteria is None or len(criteria.required) == len(criteria):
        return ""
    if "I1" in criteria:
        return _("This program asks for no orientation and no check-ins, so you need not wait for any.")
    return _("This program asks for no feedback and no choice of what comes next at this point.")


# What is asked, and what could be next


def question_of(relationship: Relationship, request: MoveRequest, person: User) -> Question:
    row = next(row for row in moves_from(relationship.status, relationship.stage) if row.verb == request.verb)
    by = request.asked_by.short_name if request.asked_by else ""
    words = {"step": row.label, "day": day_words(local_day(request.due_at), "long"), "name": by}
    others = names(relationship.others(person))
    if request.is_the_clocks:
        text = _("All that this stage needs is done. On %(day)s: %(step)s, unless one of you says “not yet”.")
        return Question(request, text % words, "", _("Not yet"))
    if request.asked_by_id == person.pk:
        if row.member == How.NOTICE:
            text = _("You suggested: %(step)s. It happens on %(day)s, unless %(other)s says “not yet”.")
        else:
            text = _("You suggested: %(step)s. %(other)s has until %(day)s to answer.")
        return Question(request, text % {**words, "other": others}, "", _("Withdraw"))
    if row.member == How.NOTICE:
        text = _("%(name)s suggests: %(step)s. It happens on %(day)s, unless you say “not yet”.")
    else:
        text = _("%(name)s suggests: %(step)s. Nothing changes unless you agree.")
    return Question(request, text % words, _("Agree"), _("Not yet"))


HINTS = {
    "cultivate": gettext_lazy("The other has seven days to say “not yet”."),
    "wind_up": gettext_lazy("The other has to agree."),
    "recontract": gettext_lazy("The other has to agree. You then sign your agreement anew."),
    "extend": gettext_lazy("The other has to agree. You then have four weeks more."),
    "redefine": gettext_lazy("The other has to agree. Your mentoring then ends formally."),
    "complete": gettext_lazy("The other has to agree. Nothing can be planned afterwards."),
}


def steps_of(relationship: Relationship, now: datetime, facts: gates.Facts) -> list[Step]:
    """Those that take two; pausing and ending have a page of their own."""
    found = []
    for move in moves_from(relationship.status, relationship.stage):
        if move.member in TWO_STEPS:
            criteria = gates.check(relationship, move.gate, now, mutual=move.member == How.ASK, facts=facts)
            missing = "" if criteria.hold else criteria.missing[0]
            found.append(Step(move, missing, HINTS[move.verb]))
    return found


def steps_of_coordinator(relationship: Relationship, now: datetime, facts: gates.Facts) -> list[Step]:
    """All but pausing and ending; where something is missing, a reason is asked for."""
    found = []
    for move in moves_from(relationship.status, relationship.stage):
        if move.coordinator in (How.REASON, How.YES) and move.verb not in ("pause", "resume", "end"):
            criteria = gates.check(relationship, move.gate, now, facts=facts)
            needs = move.coordinator == How.REASON and not criteria.hold
            found.append(Step(move, criteria.missing[0] if needs else "", "", needs))
    return found
