"""The people of a program, as its coordinators see them: who, in which role, how far."""

from http import HTTPStatus

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from activity.bell import ring
from activity.models import Event, RefusingAddress
from core.pages import page_of, sought
from core.views import see_other, sent
from programs import actions
from programs.forms.joining import words_for
from programs.forms.setup import ROLE_NAMES, AddPeople, PauseUntil, Removal
from programs.happenings import sentence
from programs.letters import questions_for
from programs.models import Enrolment, Program
from programs.models.enrolments import Role, roles_in
from programs.stages import EnrolmentState, Refused
from programs.views.setup import find

S = EnrolmentState
GROUPS = {
    "invited": (gettext_lazy("Invited"), [S.INVITED]),
    "answered": (gettext_lazy("Answered"), [S.APPLIED, S.UNDER_REVIEW, S.WAITLISTED, S.ACCEPTED, S.READY]),
    "matched": (gettext_lazy("Matched"), [S.MATCHED, S.COMPLETED]),
    "left": (gettext_lazy("Declined or left"), [S.DECLINED, S.WITHDRAWN, S.REMOVED]),
}


def find_enrolment(program: Program, public_id: str) -> Enrolment:
    return get_object_or_404(Enrolment.objects.of_program(program).with_people(), public_id=public_id)


@require_GET
def participants(request: HttpRequest, public_id: str) -> HttpResponse:
    program = find(request, public_id)
    everybody = Enrolment.objects.of_program(program)
    counts = everybody.aggregate(
        all=Count("pk"),
        **{f"{role}s": Count("pk", Q(role=role)) for role in Role.values},
        paused=Count("pk", Q(paused_until__isnull=False)),
        **{code: Count("pk", Q(state__in=states)) for code, (_words, states) in GROUPS.items()},
    )
    rows = everybody.with_people()
    state, role = (request.GET.get(name, "") for name in ("state", "role"))
    wanted = sought(request.GET)
    if state in GROUPS:
        rows = rows.filter(state__in=GROUPS[state][1])
    elif state == "paused":
        rows = rows.exclude(paused_until=None)
    if role in Role.values:
        rows = rows.filter(role=role)
    if wanted:
        rows = rows.filter(Q(person__full_name__icontains=wanted) | Q(person__email__icontains=wanted))
    page = page_of(rows, request.GET, order=["person__full_name", "pk"])
    addresses = [enrolment.person.email or "" for enrolment in page]
    context = {
        "program": program,
        "counts": counts,
        "page": page,
        "refusing": RefusingAddress.objects.among(addresses).addresses(),
        "states": [
            ("", _("All"), counts["all"]),
            *((code, words, counts[code]) for code, (words, _states) in GROUPS.items()),
            ("paused", _("Paused"), counts["paused"]),
        ],
        "roles": role_filters(program, counts),
        "wanted": wanted,
        "is_filtered": bool(state or role or wanted),
        "unsent": everybody.uninvited().count(),
    }
    return render(request, "programs/participants.html", context)


def role_filters(program: Program, counts: dict[str, int]) -> list[tuple]:
    """Nothing to choose where everybody has the same role."""
    roles = roles_in(program)
    if len(roles) < 2:
        return []
    return [
        ("", _("Both roles")),
        *((role.value, ROLE_NAMES[role], counts[f"{role.value}s"]) for role in roles),
    ]


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, public_id: str) -> HttpResponse:
    program = find(request, public_id)
    roles = roles_in(program)
    form = AddPeople(sent(request), roles=roles, initial={"role": request.GET.get("role", roles[0])})
    if request.method == "POST" and form.is_valid():
        people, role = form.cleaned_data["addresses"], form.cleaned_data["role"]
        try:
            added, there = actions.add_people(program, people, role, by=request.user, now=timezone.now())
        except Refused as refusal:
            form.add_error("addresses", str(refusal))
    if request.method == "POST" and form.is_valid():
        ring()
        said = ngettext("%(count)s person added.", "%(count)s people added.", added) % {"count": added}
        if there:
            said += " " + ngettext(
                "%(count)s was on the list already.", "%(count)s were on the list already.", there
            ) % {"count": there}
        messages.success(request, said)
        return see_other("programs:participants", program.public_id)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if request.method == "POST" else HTTPStatus.OK
    return render(request, "programs/add.html", {"program": program, "form": form}, status=status)


@require_GET
def participant(request: HttpRequest, public_id: str, enrolment: str) -> HttpResponse:
    program = find(request, public_id)
    found = find_enrolment(program, enrolment)
    return render(request, "programs/participant.html", participant_context(program, found))


def participant_context(program: Program, enrolment: Enrolment, **forms) -> dict:
    today = timezone.localdate()
    answers = {answer.question_id: answer.content.get("answer", "") for answer in enrolment.answers.all()}
    asked = [question for question in questions_for(enrolment) if question.field != "not_this_person"]
    history = Event.objects.filter(about=f"programs.enrolment:{enrolment.pk}").select_related("by")
    return {
        "program": program,
        "enrolment": enrolment,
        "facts": [
            {"term": question.text, "value": words_for(question, enrolment, answers)} for question in asked
        ]
        if enrolment.person.profile.answered_at or enrolment.answered_by_file
        else [],
        "refused": RefusingAddress.objects.of(enrolment.person),
        "history": [(event, sentence(event)) for event in history.order_by("-at", "-pk")[:20]],
        "can_invite": (enrolment.is_to_answer or enrolment.state in (S.DECLINED, S.WITHDRAWN))
        and program.is_open_for_joining,
        "can_leave": enrolment.state not in (S.REMOVED, S.COMPLETED),
        "pause_form": PauseUntil(today=today),
        "removal_form": Removal(),
        **forms,
    }


@require_POST
def invitations(request: HttpRequest, public_id: str, enrolment: str) -> HttpResponse:
    """Invite, or invite again: a new link replaces the old one."""
    program = find(request, public_id)
    found = find_enrolment(program, enrolment)
    try:
        actions.invite(found, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        ring()
        messages.success(
            request, _("The invitation to %(name)s is on its way.") % {"name": found.person.full_name}
        )
    return see_other("programs:participant", program.public_id, found.public_id)


@require_POST
def invite_all(request: HttpRequest, public_id: str) -> HttpResponse:
    """Everybody on the list who has an address and has not been invited."""
    program = find(request, public_id)
    waiting = Enrolment.objects.of_program(program).uninvited()
    count = actions.invite_all(waiting, by=request.user, now=timezone.now())
    ring()
    said = ngettext("%(count)s invitation is on its way.", "%(count)s invitations are on their way.", count)
    messages.success(request, said % {"count": count})
    return see_other("programs:participants", program.public_id)


@require_POST
def address(request: HttpRequest, public_id: str, enrolment: str) -> HttpResponse:
    """The address is right again: letters go there as before."""
    program = find(request, public_id)
    found = find_enrolment(program, enrolment)
    if actions.lift_address(found, by=request.user, now=timezone.now()):
        said = _(
            "Letters go to %(name)s again. What was not sent can be sent again from the list of letters."
        )
        messages.success(request, said % {"name": found.person.short_name})
    return see_other("programs:participant", program.public_id, found.public_id)


@require_POST
def pause(request: HttpRequest, public_id: str, enrolment: str) -> HttpResponse:
    program = find(request, public_id)
    found = find_enrolment(program, enrolment)
    if "resume" in request.POST:
        actions.resume_enrolment(found, by=request.user, now=timezone.now())
        return see_other("programs:participant", program.public_id, found.public_id)
    form = PauseUntil(request.POST, today=timezone.localdate())
    if not form.is_valid():
        context = participant_context(program, found, pause_form=form)
        return render(request, "programs/participant.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    actions.pause_enrolment(found, until=form.cleaned_data["until"], by=request.user, now=timezone.now())
    messages.success(
        request, _("%(name)s gets no new proposals until then.") % {"name": found.person.short_name}
    )
    return see_other("programs:participant", program.public_id, found.public_id)


@require_POST
def removal(request: HttpRequest, public_id: str, enrolment: str) -> HttpResponse:
    program = find(request, public_id)
    found = find_enrolment(program, enrolment)
    form = Removal(request.POST)
    if not form.is_valid():
        context = participant_context(program, found, removal_form=form)
        return render(request, "programs/participant.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        actions.remove(found, by=request.user, now=timezone.now(), reason=form.cleaned_data["reason"])
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("%(name)s is off the list.") % {"name": found.person.full_name})
    return see_other("programs:participant", program.public_id, found.public_id)
