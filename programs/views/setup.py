"""From a template to a published program: the gallery, the hub, its tasks, the check."""

from http import HTTPStatus

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from activity.bell import ring
from core.views import see_other, sent
from people.permissions import RULES as ORGANISATION_RULES
from programs import actions, quality
from programs.actions.setup import impact
from programs.catalogue import TEMPLATES, USABLE
from programs.forms.setup import TASKS, NewProgram, Task
from programs.models import Enrolment, Program, ProgramRole
from programs.models.programs import COORDINATING
from programs.stages import ProgramState, Refused


def find(request: HttpRequest, public_id: str) -> Program:
    """What you may not see does not exist."""
    return get_object_or_404(Program.objects.visible_to(request.user), public_id=public_id)


def may_create(person) -> bool:
    return bool(ORGANISATION_RULES["create_programs"](person, None)) or (
        Program.objects.coordinated_by(person).exists()
    )


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    programs = Program.objects.visible_to(request.user).prefetch_related("cycles")
    return render(
        request, "programs/index.html", {"programs": programs, "may_create": may_create(request.user)}
    )


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    if not may_create(request.user):
        raise PermissionDenied(_("Only HR admins, administrators and coordinators can make a program."))
    chosen = TEMPLATES.get(request.POST.get("template") or request.GET.get("template", ""))
    if chosen is None or chosen.key not in USABLE:
        return render(request, "programs/templates.html", {"templates": TEMPLATES.values()})
    today = timezone.localdate()
    initial = {"title": f"{chosen.name} {today.year + 1}", "zone": request.user.zone}
    form = NewProgram(sent(request), initial=initial, today=today)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        program = actions.create_program(
            template=chosen.key,
            title=given["title"],
            starts_on=given["starts_on"],
            zone=given["zone"],
            by=request.user,
            now=timezone.now(),
        )
        return see_other("programs:setup", program.public_id)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if request.method == "POST" else HTTPStatus.OK
    return render(request, "programs/new.html", {"form": form, "chosen": chosen}, status=status)


def state_of(task: Task, program: Program, missing: list[quality.Check]) -> dict:
    if any(check.task == task.code for check in missing):
        return {"tone": "bad", "state": _("There is a problem")}
    if task.code in program.tasks_done:
        return {"state": _("Done")}
    if task.code in ("basics", "people"):
        return {"tone": "watch", "state": _("Check this")}
    return {"state": _("Done")}


@require_GET
def hub(request: HttpRequest, public_id: str) -> HttpResponse:
    program = find(request, public_id)
    missing = quality.blocking(program)
    people = Enrolment.objects.of_program(program).count()
    lines = [
        {
            "task": task,
            "sub": task.template_says if task.code not in program.tasks_done else "",
            **state_of(task, program, missing),
        }
        for task in TASKS.values()
    ]
    context = {
        "program": program,
        "lines": lines,
        "people": people,
        "done": sum(1 for line in lines if "tone" not in line),
        "missing": missing,
    }
    return render(request, "programs/setup.html", context)


def initial_of(task: str, program: Program) -> dict:
    """What a task shows beside the program's own columns."""
    cycle = program.cycles.first()
    if task == "basics":
        outcome = program.outcomes.first()
        return {
            "outcome": outcome.metric if outcome else "",
            "baseline": outcome.baseline if outcome else "",
            "target": outcome.target if outcome else "",
            "kick_off_on": cycle.kick_off_on,
            "planned_end_on": cycle.planned_end_on,
        }
    if task == "people":
        held = {
            role.role: role.person.email
            for role in program.roles.filter(ended_at=None).select_related("person")
        }
        return {
            "enrolment_closes_on": cycle.enrolment_closes_on,
            "matching_on": cycle.matching_on,
            "deputy": held.get("deputy", ""),
            "sponsor": held.get("sponsor", ""),
        }
    if task == "matching":
        return {"objective": program.rules.get("objective", "coverage")}
    return {}


@require_http_methods(["GET", "POST"])
def task(request: HttpRequest, public_id: str, code: str) -> HttpResponse:
    program = find(request, public_id)
    if code not in TASKS:
        raise Http404
    chosen = TASKS[code]
    extra = {"questions": list(program.questions.with_answers_counted())} if code == "questions" else {}
    stale = ""
    # The form validates its own copy: what is shown as the program beside it stays what the database says.
    instance = Program.objects.get(pk=program.pk)
    form = chosen.form(sent(request), instance=instance, initial=initial_of(code, program), **extra)
    if request.method == "POST" and form.is_valid():
        given = {**form.cleaned_data}
        if code == "matching":
            given = {**given, **{f"weight_{name}": value for name, value in form.weights.items()}}
        try:
            actions.save_task(program, code, given, by=request.user, now=timezone.now())
        except Refused as refusal:
            stale = str(refusal)
            form.data = form.data.copy()
            form.data["version"] = Program.objects.values_list("version", flat=True).get(pk=program.pk)
        else:
            messages.success(request, _("Saved: %(task)s.") % {"task": chosen.name})
            if not Program.objects.visible_to(request.user).filter(pk=program.pk).exists():
                return see_other("programs:index")  # a deputy who has just named another one
            return see_other("programs:setup", program.public_id)
    context = {
        "program": program,
        "task": chosen,
        "form": form,
        "stale": stale,
        "impact": impact(program),
        "present": chosen.form(
            instance=Program.objects.get(pk=program.pk), initial=initial_of(code, program), **extra
        )
        if stale
        else None,
    }
    status = HTTPStatus.OK
    if request.method == "POST":
        status = HTTPStatus.CONFLICT if stale else HTTPStatus.UNPROCESSABLE_ENTITY
    return render(request, "programs/task.html", context, status=status)


@require_GET
def check(request: HttpRequest, public_id: str) -> HttpResponse:
    program = find(request, public_id)
    prefetch_related_objects([program], "roles", "outcomes")
    everybody = Enrolment.objects.of_program(program)
    uninvited = list(
        everybody.to_answer().filter(invited_at=None).values_list("person__email", "person__is_active")
    )
    context = {
        "program": program,
        "cycle": program.cycles.first(),
        "outcome": next(iter(program.outcomes.all()), None),
        "missing": quality.blocking(program),
        "open": [item for item in quality.recommendations(program) if not item.holds],
        "mails": sum(1 for address, is_here in uninvited if address and is_here),
        "without_address": sum(1 for address, _is_here in uninvited if not address),
        **everybody.counted_by_role(),
        "questions": program.questions.count(),
    }
    return render(request, "programs/check.html", context)


@require_POST
def publication(request: HttpRequest, public_id: str) -> HttpResponse:
    program = find(request, public_id)
    if program.state != ProgramState.DRAFT:
        messages.info(request, _("This program is published already."))
        return see_other("programs:participants", program.public_id)
    try:
        actions.publish(program, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return see_other("programs:check", program.public_id)
    ring()
    messages.success(request, _("Published. The invitations are on their way."))
    return see_other("programs:participants", program.public_id)


@require_http_methods(["GET", "POST"])
def settings(request: HttpRequest, public_id: str) -> HttpResponse:
    """Who looks after the program."""
    program = find(request, public_id)
    if request.method == "POST":
        held = get_object_or_404(program.roles.filter(ended_at=None), pk=whole(request.POST.get("role")))
        try:
            actions.take_role(held, by=request.user, now=timezone.now())
        except Refused as refusal:
            messages.warning(request, str(refusal))
        if not program.roles.filter(person=request.user, role__in=COORDINATING, ended_at=None).exists():
            return see_other("programs:index")
        return see_other("programs:settings", program.public_id)
    roles = program.roles.filter(ended_at=None).select_related("person").order_by("given_at", "pk")
    context = {"program": program, "roles": roles, "coordinator": ProgramRole.Role.COORDINATOR}
    return render(request, "programs/settings.html", context)


def whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0
