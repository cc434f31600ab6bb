"""The page of a long run: what it does, how far it is, and a way to stop it.  It can be left and come back to."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from activity import jobs
from activity.models import Job
from core.views import see_other
from matching.actions import drop_run
from matching.models import MatchRun
from people.models import PeopleImport
from programs.models import Cycle, Program

STOP_POLLING = 286
TITLES = {
    "matching.run": gettext_lazy("Matching people"),
    "matching.shortlists": gettext_lazy("Making the lists people choose from"),
    "people.import": gettext_lazy("Bringing in people"),
}
STEPS = {
    "reading": gettext_lazy("reading who takes part"),
    "scoring": gettext_lazy("comparing pairs"),
    "rules": gettext_lazy("checking the rules"),
    "solving": gettext_lazy("finding the best plan"),
    "proving": gettext_lazy("proving that no other is better"),
    "explaining": gettext_lazy("writing down the reasons"),
    "checking": gettext_lazy("checking the proof"),
    "keeping": gettext_lazy("keeping the result"),
}


def find(request: HttpRequest, public_id: str) -> Job:
    """What is matched is seen by today's coordinators of its program, any other job by whoever asked for it."""
    job = get_object_or_404(Job, public_id=public_id)
    run = job.thing
    if isinstance(run, MatchRun):
        may = MatchRun.objects.visible_to(request.user).filter(pk=run.pk).exists()
    elif isinstance(run, Cycle):
        may = Program.objects.visible_to(request.user).filter(pk=run.program_id).exists()
    else:
        may = job.by_id == request.user.pk
    if not may:
        raise Http404
    return job


def result_url(job: Job) -> str:
    """Where the result of a finished job, or what it was about, is."""
    thing = job.thing
    if isinstance(thing, MatchRun):
        program = thing.cycle.program.public_id
        if job.state == Job.State.DONE:
            return reverse("matching:run", args=[program, thing.number])
        return reverse("matching:index", args=[program])
    if isinstance(thing, Cycle):
        return reverse("matching:shortlists", args=[thing.program.public_id])
    if isinstance(thing, PeopleImport):
        return reverse("people:import", args=[thing.public_id])
    return reverse("home")


def words(job: Job) -> str:
    if job.state == Job.State.QUEUED:
        return _("Waiting for a worker.")
    said = _("Step %(step)s of %(steps)s: %(words)s.") % {
        "step": job.step_number or 1,
        "steps": len(job.steps) or 1,
        "words": STEPS.get(job.step, job.step),
    }
    if left := seconds_left(job):
        said += " " + _("About %(seconds)s seconds left.") % {"seconds": left}
    return said


def seconds_left(job: Job) -> int:
    """By how long the steps so far took; nothing before three seconds of them."""
    if not job.started_at or not job.total or job.done <= 0:
        return 0
    gone = (timezone.now() - job.started_at).total_seconds()
    return max(1, round(gone * (job.total - job.done) / job.done)) if gone > 3 else 0


@require_GET
def show(request: HttpRequest, public_id: str) -> HttpResponse:
    job = find(request, public_id)
    if job.state == Job.State.DONE and not request.htmx:
        return redirect(result_url(job))
    context = {
        "job": {
            "title": TITLES.get(job.kind, job.kind),
            "public_id": job.public_id,
            "url": reverse("job", args=[job.public_id]),
            "is_open": job.is_open,
            "done": job.done,
            "total": job.total,
            "words": words(job) if job.is_open else job.error or _("Stopped. Nothing was changed."),
            "stop_url": reverse("job_stop", args=[job.public_id]),
        },
        "row": job,
        "back": result_url(job),
    }
    if request.htmx:
        response = render(request, "jobs/_job.html", context, status=200 if job.is_open else STOP_POLLING)
        if not job.is_open:
            response["HX-Redirect"] = (
                result_url(job) if job.state == Job.State.DONE else context["job"]["url"]
            )
        return response
    return render(request, "jobs/job.html", context)


@require_POST
def stop(request: HttpRequest, public_id: str) -> HttpResponse:
    job = find(request, public_id)
    if jobs.stop(job, by=request.user, now=timezone.now()):
        if isinstance(job.thing, MatchRun):
            # What waited is stopped at once, and its run with it; what runs hears of it at its next report.
            run = job.thing
            job.refresh_from_db()
            if job.state == Job.State.STOPPED:
                drop_run(run, "stopped", now=timezone.now())
        messages.info(request, _("It stops. Nothing is changed."))
    return see_other("job", job.public_id)
