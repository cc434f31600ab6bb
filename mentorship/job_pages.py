"""The page of a long run: what it does, how far it is, and a way to stop it.  It can be left and come back to."""

from django.contrib import messages
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from activity import jobs
from activity.models import Job
from core.views import see_other
from matching.actions import drop_run
from matching.models import Checkpoint, MatchRun, Proposal, Unmatched
from matching.models.runs import BULKY
from people.models import PeopleImport
from programs.models import Cycle, Program

STOP_POLLING = 286
TITLES = {
    "matching.run": gettext_lazy("Matching people"),
    "matching.shortlists": gettext_lazy("Making the lists people choose from"),
    "matching.remedies": gettext_lazy("Working out what would help"),
    "matching.alternatives": gettext_lazy("Trying other mentors"),
    "matching.check": gettext_lazy("Checking the proof again"),
    "people.import": gettext_lazy("Bringing in people"),
    "relationships.read_calendars": gettext_lazy("Reading when people are busy"),
}
STEPS = {
    "reading": gettext_lazy("reading who takes part"),
    "scoring": gettext_lazy("comparing pairs"),
    "rules": gettext_lazy("checking the rules"),
    "solving": gettext_lazy("finding the best plan"),
    "proving": gettext_lazy("proving that no other is better"),
    "explaining": gettext_lazy("writing down the reasons"),
    "figures": gettext_lazy("counting how stable and fair the plan is"),
    "trying": gettext_lazy("trying one change after another"),
    "checking": gettext_lazy("checking the proof"),
    "keeping": gettext_lazy("keeping the result"),
}


# How long each step of a large run takes, in hundredths of the whole; measured, and no promise.
SHARES = {
    "matching.run": {
        "reading": 20,
        "scoring": 4,
        "rules": 3,
        "solving": 20,
        "proving": 7,
        "explaining": 11,
        "figures": 1,
        "checking": 22,
        "keeping": 12,
    }
}
# Before so many seconds of work nobody can say how many are left.
DATA_AFTER = 3


def thing_of(job: Job) -> Model | None:
    """What a job is about.  The snapshot and the proof of a run are large, and no page of a job needs them."""
    kind, _colon, key = job.about.partition(":")
    for model, lookups in ABOUT_MATCHING.items():
        if kind == model._meta.label_lower:
            return (
                model.objects.select_related(*lookups["with"])
                .defer(*lookups["without"])
                .filter(pk=key)
                .first()
            )
    return job.thing


OF_ITS_RUN = [f"run__{part}" for part in BULKY]
ABOUT_MATCHING = {
    MatchRun: {"with": ["cycle__program"], "without": BULKY},
    Proposal: {"with": ["run__cycle__program"], "without": OF_ITS_RUN},
    Unmatched: {
        "with": ["run__cycle__program", "enrolment__person"],
        "without": OF_ITS_RUN,
    },
}


def find(request: HttpRequest, public_id: str) -> Job:
    """What is matched is seen by today's coordinators of its program, any other job by whoever asked for it."""
    job = get_object_or_404(Job, public_id=public_id)
    run = thing_of(job)
    if isinstance(run, Proposal | Unmatched):
        run = run.run
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
    thing = thing_of(job)
    if isinstance(thing, Unmatched):
        at = thing.run.cycle.program.public_id, thing.run.number, thing.enrolment.person.public_id
        return reverse("matching:waiting", args=at)
    if isinstance(thing, Proposal):
        at = thing.run.cycle.program.public_id, thing.run.number, thing.public_id
        return reverse("matching:details", args=at) + "?again=1"
    if isinstance(thing, MatchRun):
        program = thing.cycle.program.public_id
        if job.kind == "matching.check":
            return reverse("matching:proof", args=[program, thing.number])
        if job.state == Job.State.DONE:
            return reverse("matching:run", args=[program, thing.number])
        return reverse("matching:index", args=[program])
    if isinstance(thing, Cycle):
        return reverse("matching:shortlists", args=[thing.program.public_id])
    if isinstance(thing, PeopleImport):
        return reverse("people:import", args=[thing.public_id])
    return reverse("home")


def words(job: Job) -> str:
    if job.state == Job.State.QUEUED or not job.step:
        return _("Waiting for a worker.")
    said = _("Step %(step)s of %(steps)s: %(words)s.") % {
        "step": job.step_number or 1,
        "steps": len(job.steps) or 1,
        "words": STEPS.get(job.step, job.step),
    }
    if gap := gap_words(job):
        said += " " + gap
    if left := seconds_left(job):
        said += " " + left_words(left)
    return said


def gap_words(job: Job) -> str:
    """How far the plan of a large run is at most from the best possible, after the last round of solving."""
    if job.kind != "matching.run" or job.step not in ("solving", "proving"):
        return ""
    bulky = ("prices", *OF_ITS_RUN)
    kept = Checkpoint.objects.filter(run=job.data.get("run")).select_related("run").defer(*bulky).first()
    if kept is None:
        return ""
    if kept.bound <= kept.worth:
        return _("No plan can be better than the one found.")
    pairs = max(min(kept.run.mentees, kept.run.places), 1)
    points = (kept.bound - kept.worth) / 100 / pairs
    return _("The plan so far is at most %(points)s points a pair below the best possible.") % {
        "points": f"{max(points, 0.01):.2f}"
    }


def left_words(seconds: int) -> str:
    if seconds < 90:
        return ngettext("About %(count)s second left.", "About %(count)s seconds left.", seconds) % {
            "count": seconds
        }
    minutes = round(seconds / 60)
    return ngettext("About %(count)s minute left.", "About %(count)s minutes left.", minutes) % {
        "count": minutes
    }


def so_far(job: Job) -> tuple[int, int]:
    """How much is done, of how much: of the whole run where it is known how long its steps take, else of the step."""
    shares = SHARES.get(job.kind)
    if not shares or job.step not in shares:
        return job.done, job.total
    steps = list(shares)
    before = sum(shares[step] for step in steps[: steps.index(job.step)])
    within = shares[job.step] * min(job.done / job.total, 1) if job.total else 0
    return round(10 * (before + within)), 10 * sum(shares.values())


def seconds_left(job: Job) -> int:
    """By how long what is done so far took; nothing before some seconds of it."""
    done, total = so_far(job)
    if not job.started_at or not total or done <= 0:
        return 0
    gone = (timezone.now() - job.started_at).total_seconds()
    return max(1, round(gone * (total - done) / done)) if gone > DATA_AFTER else 0


@require_GET
def show(request: HttpRequest, public_id: str) -> HttpResponse:
    job = find(request, public_id)
    if job.state == Job.State.DONE and not request.htmx:
        return redirect(result_url(job))
    done, total = so_far(job)
    context = {
        "job": {
            "title": TITLES.get(job.kind, job.kind),
            "public_id": job.public_id,
            "url": reverse("job", args=[job.public_id]),
            "is_open": job.is_open,
            "done": done,
            "total": total,
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
        if job.kind == "matching.run" and isinstance(run := thing_of(job), MatchRun):
            # What waited is stopped at once, and its run with it; what runs hears of it at its next report.
            job.refresh_from_db()
            if job.state == Job.State.STOPPED:
                drop_run(run, "stopped", now=timezone.now())
        messages.info(request, _("It stops. Nothing is changed."))
    return see_other("job", job.public_id)
