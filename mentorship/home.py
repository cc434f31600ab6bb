"""Where people land: on what needs them."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from core.drawings import Stop
from mentorship.context import reader_of, week_words
from mentorship.next_steps import next_steps, partner_names
from people.models import User
from programs.letters import coordinators_of
from programs.models import Enrolment, Program
from programs.stages import EnrolmentState
from relationships.models import Goal, Meeting, Relationship
from relationships.stages import Stage

WAITING = (EnrolmentState.ACCEPTED, EnrolmentState.READY)
STAGES = [Stage.INITIATION, Stage.CULTIVATION, Stage.SEPARATION, Stage.REDEFINITION]


@require_GET
def root(request: HttpRequest) -> HttpResponse:
    return redirect("home")


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Who takes part sees the next thing to do; others land where their work is."""
    now = timezone.now()
    reader = reader_of(request.user, request.path, timezone.localdate())
    request.reader = reader
    enrolments = list(
        Enrolment.objects.filter(person=request.user).select_related("cycle__program").order_by("pk")
    )
    if not (enrolments or reader.ties):
        if reader.is_hr_admin:
            return redirect("reports:outcomes")
        if reader.coordinates:
            own = Program.objects.coordinated_by(request.user).alive()
            return (
                redirect("reports:dashboard", own[0].public_id)
                if len(own) == 1
                else redirect("programs:index")
            )
        if reader.is_administrator:
            return redirect("people:directory")
    relationships = list(Relationship.objects.of_member(request.user).alive().begun().with_people())
    meetings = list(
        Meeting.objects.planned()
        .filter(relationship__in=relationships)
        .select_related("relationship")
        .order_by("starts_at")
    )
    steps = next_steps(request.user, relationships, enrolments, meetings, now)
    context = {
        "first": steps[0] if steps else None,
        "others": steps[1:],
        "cards": [card(one, request.user) for one in relationships],
        "meetings": coming(relationships, meetings, request.user, now),
        "goals": goals(relationships, request.user),
        "past": Relationship.objects.of_member(request.user)
        .begun()
        .exclude(pk__in=[r.pk for r in relationships])
        .with_people()[:5],
        "waiting": waiting(enrolments, relationships),
    }
    return render(request, "home/home.html", context)


def card(relationship: Relationship, person: User) -> dict:
    """One relationship: who, where it stands, what comes next."""
    return {
        "relationship": relationship,
        "names": partner_names(relationship, person),
        "stops": stops(relationship),
        "partner": relationship.partner_of(person),
        "as_mentor": relationship.member(person).role == "mentor",
        "week": week_words(relationship.planned_start_on, relationship.planned_end_on, timezone.localdate()),
    }


def coming(
    relationships: list[Relationship], meetings: list[Meeting], person: User, now: datetime
) -> list[dict]:
    """The next meeting of each relationship, the nearest first."""
    names = {one.pk: one for one in relationships}
    found: dict[int, dict] = {}
    for meeting in meetings:
        if meeting.starts_at <= now:
            continue
        one = names[meeting.relationship_id]
        found.setdefault(
            one.pk,
            {
                "meeting": meeting,
                "relationship": one,
                "partner": one.partner_of(person),
                "names": partner_names(one, person),
            },
        )
    return list(found.values())[:3]


def goals(relationships: list[Relationship], person: User) -> list[dict]:
    """Unfinished goals this person may read, with the next step of each; content stays with the two."""
    rows = Goal.objects.visible_to(person).unfinished().filter(relationship__in=relationships)
    return [
        {
            "goal": goal,
            "steps": list(goal.milestones.all()),
            "at_risk": goal.is_at_risk(timezone.localdate()),
        }
        for goal in rows.prefetch_related("milestones")[:4]
    ]


def stops(relationship: Relationship) -> list[Stop]:
    at = STAGES.index(relationship.stage) if relationship.stage in STAGES else -1
    return [
        Stop(str(stage.label), "done" if n < at else "now" if n == at else "next")
        for n, stage in enumerate(STAGES)
    ]


def waiting(enrolments: list[Enrolment], relationships: list[Relationship]) -> list[dict]:
    """Programs in which this person is in, and has no relationship yet."""
    tied = {one.cycle_id for one in relationships}
    rows = [row for row in enrolments if row.cycle_id not in tied and row.state in WAITING]
    coordinators = coordinators_of({row.program for row in rows})
    return [{"enrolment": row, "coordinator": coordinators.get(row.program.pk)} for row in rows]


@login_not_required
@require_GET
def help_page(request: HttpRequest) -> HttpResponse:
    """How it works, who can see what, whom to ask."""
    coordinators = []
    if request.user.is_authenticated:
        mine = Program.objects.filter(cycles__enrolments__person=request.user).distinct()[:5]
        found = coordinators_of(mine)
        coordinators = [(program, found.get(program.pk)) for program in mine]
    return render(request, "home/help.html", {"coordinators": coordinators, "is_demo": settings.DEMO})


@login_not_required
@require_GET
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "home/accessibility.html")


@require_GET
def guides(request: HttpRequest) -> HttpResponse:
    """Short guides by stage."""
    return render(request, "home/guides.html")
