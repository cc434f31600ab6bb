"""From the link in the invitation to the last question.  Opening a link changes nothing; a press does."""

from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlencode

import icalendar
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core import tokens
from core.views import see_other, sent
from programs import actions
from programs.forms.joining import Terms, is_untouched, question_form, words_for
from programs.letters import coordinator_of, questions_for
from programs.links import enrolment_behind
from programs.models import Enrolment, Question
from programs.stages import EnrolmentState, Refused

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def landing_context(request: HttpRequest, enrolment: Enrolment, token: str) -> dict:
    questions = len(questions_for(enrolment))
    return {
        "is_somebody_else": is_somebody_else(request, enrolment),
        "enrolment": enrolment,
        "program": enrolment.program,
        "coordinator": coordinator_of(enrolment.program),
        "questions": questions,
        "minutes": max(2, round(questions * 0.45)),
        "weeks": round(enrolment.program.length_days / 7),
        "token": token,
    }


def closed_link(request: HttpRequest, problem: tokens.Invalid, token: str) -> HttpResponse:
    """The same page for a forged and for an old link; only an old one can be asked to be sent anew."""
    context = {"can_ask": problem.expired and problem.subject, "token": token}
    return render(request, "programs/link_closed.html", context, status=HTTPStatus.GONE)


@login_not_required
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    try:
        enrolment = enrolment_behind(token, now=now)
    except tokens.Invalid as problem:
        return closed_link(request, problem, token)
    if request.method == "POST":
        try:
            return start(request, enrolment, token, now)
        except Refused as problem:
            messages.info(request, str(problem))
            return see_other("programs:invitation", token)
    return render(request, "programs/invitation.html", landing_context(request, enrolment, token))


def start(request: HttpRequest, enrolment: Enrolment, token: str, now: datetime) -> HttpResponse:
    """The press behind the link.  It signs in whoever has not joined yet, once; everybody else signs in as always."""
    if is_somebody_else(request, enrolment):
        return see_other("programs:invitation", token)
    if enrolment.has_declined:
        actions.change_my_mind(enrolment, now=now)
    onward = reverse("programs:join_check", args=[enrolment.public_id])
    if enrolment.is_to_answer and not enrolment.program.is_open_for_joining:
        raise Refused(_("This program is not open for joining now."))
    if enrolment.is_to_answer:
        questions = len(questions_for(enrolment))
        step = max(1, min(enrolment.progress.get("step", 0) + 1, questions))
        onward = reverse("programs:question", args=[enrolment.public_id, step])
    if request.user.is_authenticated:
        return see_other(onward)
    if enrolment.person.joined_at:
        messages.info(request, _("You have joined already. Sign in to go on."))
        return see_other(f"{reverse('account_login')}?{urlencode({'next': onward})}")
    actions.accept_invitation(enrolment, now=now)
    login(request, enrolment.person, backend=BACKEND)
    return see_other(onward)


def is_somebody_else(request: HttpRequest, enrolment: Enrolment) -> bool:
    """Signed in as another person, who would lose their session and prove an address that is not theirs."""
    return request.user.is_authenticated and request.user != enrolment.person


@login_not_required
@require_http_methods(["GET", "POST"])
def refusal(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    try:
        enrolment = enrolment_behind(token, now=now)
    except tokens.Invalid as problem:
        return closed_link(request, problem, token)
    if request.method == "POST" and enrolment.is_to_answer and not is_somebody_else(request, enrolment):
        try:
            actions.decline_invitation(enrolment, now=now)
        except Refused as problem:
            messages.info(request, str(problem))
        return see_other("programs:refusal", token)
    return render(request, "programs/refusal.html", landing_context(request, enrolment, token))


@login_not_required
@require_POST
def new_link(request: HttpRequest, token: str) -> HttpResponse:
    """One press asks the coordinators for another link, once a day; the answer is the same for any link."""
    now = timezone.now()
    try:
        enrolment_behind(token, now=now)
    except tokens.Invalid as problem:
        if problem.subject:
            actions.ask_for_new_link(problem.subject, now=now)
    return render(request, "programs/link_asked.html")


# Signed in, one question after the other


def own_enrolment(request: HttpRequest, public_id: str) -> Enrolment:
    return get_object_or_404(Enrolment.objects.with_people().filter(person=request.user), public_id=public_id)


def asked(enrolment: Enrolment, number: int) -> tuple[list[Question], Question | None]:
    questions = questions_for(enrolment)
    return questions, questions[number - 1] if 1 <= number <= len(questions) else None


def closed_meanwhile(enrolment: Enrolment) -> bool:
    closes_on = enrolment.cycle.enrolment_closes_on
    late = closes_on is not None and closes_on < timezone.localdate()
    return is_open_to(enrolment) and (late or not enrolment.program.is_open_for_joining)


def is_open_to(enrolment: Enrolment) -> bool:
    """The person still has answers to send; also who declined and comes back signed in."""
    return enrolment.is_to_answer or enrolment.state == EnrolmentState.DECLINED


@require_http_methods(["GET", "POST"])
def question(request: HttpRequest, public_id: str, number: int) -> HttpResponse:
    enrolment = own_enrolment(request, public_id)
    questions, current = asked(enrolment, number)
    if current is None:
        return redirect("programs:join_check", enrolment.public_id)
    form = question_form(current, enrolment, sent(request))
    if request.method == "POST":
        skipped = not current.is_required and is_untouched(form)
        if skipped or form.is_valid():
            cleaned = {} if skipped else form.cleaned_data
            actions.answer(enrolment, current, cleaned, by=request.user, now=timezone.now(), step=number)
            if "later" in request.POST:
                actions.finish_later(enrolment, by=request.user, now=timezone.now())
                messages.success(request, _("Saved. We have mailed you the link to go on."))
                return see_other("home")
            if "check" in request.GET or number >= len(questions):
                return see_other("programs:join_check", enrolment.public_id)
            return see_other("programs:question", enrolment.public_id, number + 1)
    context = {
        "form": form,
        "enrolment": enrolment,
        "program": None,
        "joining": enrolment.program,
        "question": current,
        "number": number,
        "count": len(questions),
        "is_closed": closed_meanwhile(enrolment),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if request.method == "POST" else HTTPStatus.OK
    return render(request, "programs/question.html", context, status=status)


@require_http_methods(["GET", "POST"])
def join_check(request: HttpRequest, public_id: str) -> HttpResponse:
    enrolment = own_enrolment(request, public_id)
    form = Terms(sent(request))
    waiting = is_open_to(enrolment) or enrolment.state == EnrolmentState.ACCEPTED
    given = facts(enrolment)
    unanswered = [fact["number"] for fact in given if fact["is_open"]]
    if request.method == "POST":
        if closed_meanwhile(enrolment):
            messages.warning(request, _("The time for answers is over. Your answers are kept."))
            return see_other("programs:join_check", enrolment.public_id)
        if not waiting:
            return see_other("programs:join_done", enrolment.public_id)
        if unanswered:
            messages.warning(request, _("Some questions still need an answer before you can send them."))
            return see_other("programs:join_check", enrolment.public_id)
        if form.is_valid():
            try:
                actions.submit_answers(enrolment, by=request.user, now=timezone.now())
            except Refused as refused:
                messages.info(request, str(refused))
            return see_other("programs:join_done", enrolment.public_id)
    context = {
        "form": form,
        "enrolment": enrolment,
        "joining": enrolment.program,
        "facts": given,
        "unanswered": unanswered,
        "waiting": waiting,
        "is_closed": closed_meanwhile(enrolment),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if request.method == "POST" else HTTPStatus.OK
    return render(request, "programs/join_check.html", context, status=status)


def facts(enrolment: Enrolment) -> list[dict]:
    """Every question with its answer in words; ``is_open`` are those that must be answered and are not."""
    answers = {answer.question_id: answer.content.get("answer", "") for answer in enrolment.answers.all()}
    found = []
    for number, question in enumerate(questions_for(enrolment), 1):
        value = words_for(question, enrolment, answers)
        found.append(
            {
                "number": number,
                "term": question.text,
                "value": value,
                "is_open": question.is_required and not value,
                "url": f"{reverse('programs:question', args=[enrolment.public_id, number])}?check",
                "voice": question.field == "goals" or question.kind == Question.Kind.TEXT,
            }
        )
    return found


@require_GET
def join_done(request: HttpRequest, public_id: str) -> HttpResponse:
    enrolment = own_enrolment(request, public_id)
    if enrolment.state in (EnrolmentState.INVITED, EnrolmentState.DECLINED):
        return redirect("programs:join_check", enrolment.public_id)
    context = {
        "enrolment": enrolment,
        "joining": enrolment.program,
        "coordinator": coordinator_of(enrolment.program),
    }
    return render(request, "programs/join_done.html", context)


@require_GET
def matching_day(request: HttpRequest, public_id: str) -> HttpResponse:
    """The day of matching as a calendar file."""
    enrolment = own_enrolment(request, public_id)
    day = enrolment.cycle.matching_on
    if day is None:
        raise Http404
    event = icalendar.Event()
    event.add("uid", f"matching-{enrolment.public_id}")
    event.add("dtstamp", timezone.now())
    event.add("dtstart", day)
    event.add("summary", _("Matching in %(program)s") % {"program": enrolment.program.title})
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Mentorship//EN")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    headers = {"Content-Disposition": 'attachment; filename="matching.ics"'}
    return HttpResponse(calendar.to_ical(), content_type="text/calendar; charset=utf-8", headers=headers)
