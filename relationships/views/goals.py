"""Pages about goals.  A goal is found by its owner, and by the other only where it is shared."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import Case, IntegerField, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.pages import page_of
from people.models import User
from relationships import smart
from relationships.actions.goals import (
    CONTENT,
    Changed,
    Incomplete,
    agree_goal,
    ask_to_change_goal,
    change_goal,
    draft_goal,
    propose_goal,
    take_back_change,
)
from relationships.forms.goals import AnswerForm, GoalForm, ProgressForm, StepForm
from relationships.letters.meetings import names
from relationships.models import Goal, GoalUpdate, Relationship
from relationships.models.goals import FINAL_STATES
from relationships.permissions import GOAL_RULES, RULES
from relationships.stages import Refused
from relationships.views.finding import CONFLICT, called, find_goal, find_own, refuse, see_other, status_of

S = Goal.State
TONES = {S.ACHIEVED: "good", S.PARTLY_ACHIEVED: "good"}


# Parts of the pair's page


@dataclass(frozen=True)
class Line:
    """One goal as it is listed for this reader: its state in a word, and what the reader would do with it."""

    goal: Goal
    url: str
    tone: str
    state: str
    action: str
    is_mine: bool

    @property
    def bar_tone(self) -> str:
        return "watch" if self.tone == "watch" else "good"


@dataclass(frozen=True)
class Goals:
    title: str
    lines: list[Line]
    closed: int
    new_url: str
    can_set: bool
    others: str


def goals_context(relationship: Relationship, person: User) -> dict[str, Goals]:
    """For the part _goals.html, in two queries however many goals there are."""
    visible = Goal.objects.visible_to(person).filter(relationship=relationship).with_steps()
    everything = list(visible)
    for goal in everything:
        goal.relationship = relationship
    today = timezone.localdate()
    going = [goal for goal in everything if not goal.is_closed]
    return {
        "goals": Goals(
            title=_title(everything, person),
            lines=[line(goal, person, today) for goal in going],
            closed=len(everything) - len(going),
            new_url=reverse("relationships:new_goal", args=[relationship.public_id]),
            can_set=bool(RULES["set_goal"](person, relationship)),
            others=names(relationship.others(person)),
        )
    }


def _title(goals: list[Goal], person: User) -> str:
    owners = {goal.owner for goal in goals}
    if owners == {person} or not owners:
        return _("Your goals")
    if len(owners) == 1:
        return _("Goals of %(name)s") % {"name": owners.pop().short_name}
    return _("Goals")


def line(goal: Goal, person: User, today: date) -> Line:
    is_mine = goal.owner_id == person.pk
    tone, state = _standing(goal, today)
    return Line(
        goal=goal,
        url=reverse("relationships:goal", args=[goal.public_id]),
        tone=tone,
        state=state,
        action=_next_act(goal, is_mine),
        is_mine=is_mine,
    )


def _standing(goal: Goal, today: date) -> tuple[str, str]:
    """Tone and word.  On track and at risk are found from dates and steps, when somebody looks."""
    if goal.is_closed or not goal.is_agreed:
        if not goal.is_shared:
            return TONES.get(goal.state, ""), _("%(state)s, only you") % {"state": goal.get_state_display()}
        return TONES.get(goal.state, ""), goal.get_state_display()
    if goal.claimed_at:
        return "", _("Achieved, to be confirmed")
    return ("watch", _("At risk")) if goal.is_at_risk(today) else ("good", _("On track"))


def _next_act(goal: Goal, is_mine: bool) -> str:
    if goal.is_closed:
        return _("Open")
    if goal.state == S.PROPOSED and not is_mine:
        return _("Read and answer")
    if goal.claimed_at and not is_mine:
        return _("Confirm")
    if goal.state == S.DRAFT and is_mine and goal.smart_parts < len(smart.PARTS):
        return _("Go on writing")
    return _("Update") if goal.is_agreed or (is_mine and not goal.is_shared) else _("Open")


# All goals


@require_GET
def goals(request: HttpRequest) -> HttpResponse:
    """A mentee's own; a mentor's as the mentees share them, person by person."""
    own = {one.pk: one for one in Relationship.objects.of_member(request.user).with_members()}
    closed_last = Case(
        When(state__in=FINAL_STATES, then=Value(1)), default=Value(0), output_field=IntegerField()
    )
    visible = Goal.objects.visible_to(request.user).with_steps().annotate(is_over=closed_last)
    page = page_of(visible, request.GET, order=("-relationship_id", "is_over", "created_at", "pk"))
    groups: dict[int, dict[str, Any]] = {}
    listed = {goal.relationship_id for goal in page}
    for relationship in own.values():
        if relationship.pk in listed or (relationship.is_open and page.number == 1):
            groups[relationship.pk] = _group(relationship, request)
    for goal in page:
        if goal.relationship_id in groups:
            goal.relationship = own[goal.relationship_id]
            groups[goal.relationship_id]["lines"].append(line(goal, request.user, timezone.localdate()))
    ordered = [groups[key] for key in sorted(groups, reverse=True)]
    return render(request, "relationships/goals.html", {"page": page, "groups": ordered})


def _group(relationship: Relationship, request: HttpRequest) -> dict[str, Any]:
    return {
        "relationship": relationship,
        "others": called(relationship, request),
        "lines": [],
        "can_set": RULES["set_goal"](request.user, relationship),
    }


# Writing a goal


@require_http_methods(["GET", "POST"])
def new_goal(request: HttpRequest, pair: str) -> HttpResponse:
    relationship = find_own(request, pair)
    if not (answer := RULES["set_goal"](request.user, relationship)):
        return refuse(request, answer, relationship)
    from_answers = _first_words(request, relationship)
    form = GoalForm(request.POST or None, initial=from_answers, **_about(request, relationship))
    if form.is_valid():
        goal = draft_goal(
            relationship,
            content=form.content,
            key=form.cleaned_data["key"],
            by=request.user,
            now=timezone.now(),
        )
        return _saved(request, form, goal)
    context = {
        "form": form,
        "relationship": relationship,
        "others": called(relationship, request),
        "from_answers": bool(from_answers),
    }
    return render(request, "relationships/goal_form.html", context, status=status_of(form))


def _about(request: HttpRequest, relationship: Relationship) -> dict[str, Any]:
    return {
        "other": called(relationship, request),
        "today": timezone.localdate(),
        "planned_end": relationship.planned_end_on,
        "complete": "propose" in request.POST,
    }


def _first_words(request: HttpRequest, relationship: Relationship) -> dict[str, Any]:
    """What this person wrote when joining, for the first goal."""
    member = relationship.member(request.user)
    if request.method == "POST" or relationship.goals.filter(owner=request.user).exists():
        return {}
    words = member.enrolment.draft_goal.strip() if member and member.enrolment else ""
    return {"title": " ".join(words.split())[:120], "specific": words} if words else {}


def _saved(request: HttpRequest, form: GoalForm, goal: Goal) -> HttpResponse:
    path = reverse("relationships:goal", args=[goal.public_id])
    if not form.complete or goal.is_agreed:
        messages.success(request, _("Saved."))
        return see_other(path)
    others = called(goal.relationship, request)
    try:
        propose_goal(goal, by=request.user, now=timezone.now())
    except Refused as refusal:
        return refuse(request, refusal, path)
    messages.success(request, _("Saved and proposed. %(others)s is asked to agree.") % {"others": others})
    return see_other(path)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, goal: str) -> HttpResponse:
    found = find_goal(request, goal)
    relationship = found.relationship
    if not (answer := GOAL_RULES["edit_goal"](request.user, found)):
        return refuse(request, answer, path_of(found))
    due = [step.due_on for step in found.steps if step.due_on]
    about = _about(request, relationship) | {
        "is_agreed": found.is_agreed,
        "last_step_on": max(due, default=None),
    }
    initial = {name: getattr(found, name) for name in CONTENT} | {"version": found.version}
    form = GoalForm(request.POST or None, initial=initial, **about)
    status, newer = status_of(form), None
    if form.is_valid():
        found.version = form.cleaned_data["version"]
        was_agreed = found.is_agreed
        try:
            change_goal(found, content=form.content, by=request.user, now=timezone.now())
        except Changed:
            newer, status = get_object_or_404(Goal.objects.visible_to(request.user), pk=found.pk), CONFLICT
            form.data = form.data.copy()
            form.data["version"] = str(newer.version)
        except Incomplete as incomplete:
            form.add_error(None, str(incomplete))
        else:
            return _changed(request, form, found, was_agreed)
    context = {
        "form": form,
        "goal": found,
        "relationship": relationship,
        "others": called(relationship, request),
        "differences": _differences(form, newer) if newer else [],
    }
    return render(request, "relationships/goal_form.html", context, status=status)


def _changed(request: HttpRequest, form: GoalForm, goal: Goal, was_agreed: bool) -> HttpResponse:
    if was_agreed and not goal.is_agreed:
        words = _("Saved. %(others)s is asked to agree to the change.")
        messages.success(request, words % {"others": called(goal.relationship, request)})
        return see_other(path_of(goal))
    return _saved(request, form, goal)


def _differences(form: GoalForm, newer: Goal) -> list[dict[str, Any]]:
    """Where what was written and what is there now are not the same."""
    return [
        {"label": form.fields[name].label, "now": getattr(newer, name)}
        for name in CONTENT
        if name in form.cleaned_data and form.cleaned_data[name] != getattr(newer, name)
    ]


# One goal


@require_GET
def goal(request: HttpRequest, goal: str) -> HttpResponse:
    return show_goal(request, find_goal(request, goal))


def show_goal(request: HttpRequest, found: Goal, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The goal's page; ``forms`` are those that come back with something to put right."""
    relationship, person, today = found.relationship, request.user, timezone.localdate()
    others = called(relationship, request)
    problems = smart.check(smart.Draft.of(found), today=today, planned_end=relationship.planned_end_on)
    updates = list(found.updates.select_related("author")[:50])
    context = {
        "goal": found,
        "line": line(found, person, today),
        "relationship": relationship,
        "others": others,
        "other": found.owner.short_name if found.owner_id != person.pk else others,
        "missing": [words for words in problems.values() if words] if found.state == S.DRAFT else [],
        "advice": smart.advice(found.confidence) if found.owner_id == person.pk else "",
        "may": GOAL_RULES.on(person, found),
        "is_mine": found.owner_id == person.pk,
        "updates": updates,
        "revisions": found.revisions.select_related("changed_by"),
        "today": today,
        "progress_form": ProgressForm(goal=found, other=others, initial=_progress(found, updates)),
        "step_form": StepForm(goal=found, today=today, other=others),
        "answer_form": AnswerForm(other=others, initial={"version": found.version}),
        **forms,
    }
    return render(request, "relationships/goal.html", context, status=status)


def _progress(goal: Goal, updates: list[GoalUpdate]) -> dict[str, Any]:
    value = next((update.value for update in updates if update.value is not None), goal.baseline)
    return {"percent": goal.progress, "value": value}


def path_of(goal: Goal) -> str:
    return reverse("relationships:goal", args=[goal.public_id])


# Agreeing


def answer(
    request: HttpRequest, goal: str, deed: Callable[..., Any], words: str, **details: Any
) -> HttpResponse:
    found = find_goal(request, goal)
    try:
        deed(found, by=request.user, now=timezone.now(), **details)
    except Refused as refusal:
        return refuse(request, refusal, path_of(found))
    messages.success(request, words)
    return see_other(path_of(found))


@require_POST
def proposal(request: HttpRequest, goal: str) -> HttpResponse:
    return answer(request, goal, propose_goal, _("Proposed. You hear of it when there is an answer."))


@require_POST
def agreement(request: HttpRequest, goal: str) -> HttpResponse:
    return answer(request, goal, agree_goal, _("Agreed. From now on this goal counts."))


@require_POST
def change_request(request: HttpRequest, goal: str) -> HttpResponse:
    found = find_goal(request, goal)
    form = AnswerForm(request.POST, other=called(found.relationship, request))
    if not form.is_valid():
        return show_goal(request, found, status=422, answer_form=form)
    words = _("Sent back. The goal can be changed and proposed again.")
    return answer(request, goal, ask_to_change_goal, words, note=form.cleaned_data["note"])


@require_POST
def restoration(request: HttpRequest, goal: str) -> HttpResponse:
    return answer(request, goal, take_back_change, _("Taken back. What you had both agreed stands again."))
