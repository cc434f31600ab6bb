"""A goal on its way: steps, progress, and how it ended."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from relationships.actions.progress import (
    add_step,
    close_goal,
    confirm_achieved,
    deny_achieved,
    set_step,
    update_goal,
)
from relationships.forms.goals import AnswerForm, CloseForm, ProgressForm, StepForm, StepStateForm
from relationships.permissions import GOAL_RULES
from relationships.stages import Refused
from relationships.views.finding import UNPROCESSABLE, called, find_goal, refuse, see_other, status_of
from relationships.views.goals import answer, path_of, show_goal


@require_POST
def updates(request: HttpRequest, goal: str) -> HttpResponse:
    found = find_goal(request, goal)
    if not (allowed := GOAL_RULES["update_goal"](request.user, found)):
        return refuse(request, allowed, path_of(found))
    form = ProgressForm(request.POST, goal=found, other=called(found.relationship, request))
    if not form.is_valid():
        return show_goal(request, found, status=UNPROCESSABLE, progress_form=form)
    said = form.cleaned_data
    try:
        update_goal(
            found,
            percent=said.get("percent"),
            value=said.get("value"),
            note=said["note"],
            key=said["key"],
            by=request.user,
            now=timezone.now(),
        )
    except Refused as refusal:
        return refuse(request, refusal, path_of(found))
    messages.success(request, _("Kept."))
    return see_other(path_of(found))


@require_POST
def steps(request: HttpRequest, goal: str) -> HttpResponse:
    found = find_goal(request, goal)
    if not (allowed := GOAL_RULES["update_goal"](request.user, found)):
        return refuse(request, allowed, path_of(found))
    others = called(found.relationship, request)
    form = StepForm(request.POST, goal=found, today=timezone.localdate(), other=others)
    if form.is_valid():
        said = form.cleaned_data
        try:
            add_step(
                found,
                title=said["title"],
                due_on=said["due_on"],
                key=said["key"],
                by=request.user,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error("title", str(refusal))
        else:
            messages.success(request, _("Added."))
            return see_other(f"{path_of(found)}#steps")
    return show_goal(request, found, status=UNPROCESSABLE, step_form=form)


@require_POST
def step(request: HttpRequest, goal: str, step: str) -> HttpResponse:
    """Done, open again, or dropped."""
    found = find_goal(request, goal)
    row = get_object_or_404(found.milestones, public_id=step)
    row.goal = found
    form = StepStateForm(request.POST)
    if not form.is_valid():
        return refuse(
            request, Refused(_("Choose whether the step is open, done or dropped.")), path_of(found)
        )
    if not (allowed := GOAL_RULES["update_goal"](request.user, found)):
        return refuse(request, allowed, path_of(found))
    try:
        set_step(row, form.cleaned_data["state"], by=request.user, now=timezone.now())
    except Refused as refusal:
        return refuse(request, refusal, path_of(found))
    return see_other(f"{path_of(found)}#steps")


@require_http_methods(["GET", "POST"])
def closing(request: HttpRequest, goal: str) -> HttpResponse:
    found = find_goal(request, goal)
    if not (allowed := GOAL_RULES["close_goal"](request.user, found)):
        return refuse(request, allowed, path_of(found))
    others = called(found.relationship, request)
    form = CloseForm(request.POST or None, initial={"version": found.version}, goal=found, other=others)
    if form.is_valid():
        said = form.cleaned_data
        try:
            close_goal(found, said["state"], evidence=said["evidence"], by=request.user, now=timezone.now())
        except Refused as refusal:
            return refuse(request, refusal, path_of(found))
        if found.is_closed:
            messages.success(request, _("Closed. It stays in your record."))
        else:
            messages.success(request, _("%(others)s is asked to confirm it.") % {"others": others})
        return see_other(path_of(found))
    context = {"form": form, "goal": found, "relationship": found.relationship, "others": others}
    return render(request, "relationships/goal_close.html", context, status=status_of(form))


@require_POST
def confirmation(request: HttpRequest, goal: str) -> HttpResponse:
    return answer(request, goal, confirm_achieved, _("Confirmed. The goal is achieved."))


@require_POST
def denial(request: HttpRequest, goal: str) -> HttpResponse:
    found = find_goal(request, goal)
    form = AnswerForm(request.POST, other=called(found.relationship, request))
    if not form.is_valid():
        return show_goal(request, found, status=UNPROCESSABLE, answer_form=form)
    words = _("Said. The goal goes on.")
    return answer(request, goal, deny_achieved, words, note=form.cleaned_data["note"])
