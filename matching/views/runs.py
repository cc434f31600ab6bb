"""Matching as its coordinator sees it: ready or not, a run, its review, publishing."""

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Avg, Count, Exists, Max, Min, OuterRef, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from activity import actions as activity
from activity.bell import ring
from activity.writing import write
from core.dates import time_words
from core.pages import page_of, sought
from core.views import see_other
from matching import actions
from matching.actions.publishing import offer_letter, publishable, undo_window
from matching.actions.shortlists import WITH_TWO_SIDES
from matching.choices import how_far, with_lists_counted
from matching.drafting import sheet
from matching.effects import TAKEN_APART, Draft, by_hand_words
from matching.engine.scoring import DEFAULT_WEIGHTS
from matching.experience import with_grade_order
from matching.formats import proven_words, published_words, words_of
from matching.group_drafts import GroupDraft, groups_by_hand_words, groups_of
from matching.letters import LETTERS, offer_words
from matching.models import MatchRun, PairDecision, Proposal, ProposalMember
from matching.models.proposals import is_allowed_in_writing, is_locked
from matching.readiness import readiness
from matching.reasons import criterion_words
from matching.review import Row, lonely_rows
from matching.stages import ProposalState, Refused, RunState
from matching.standing import findings, never_broken
from people.models import OrganisationRole
from people.permissions import ORDERING_GRADES
from programs.models import Program
from programs.models.programs import Format

LOOK_BELOW = 5500
# So many pairs are listed where a whole run is looked over before it is published.
SHOWN = 200


def find_program(request: HttpRequest, public_id: str) -> Program:
    return get_object_or_404(Program.objects.visible_to(request.user), public_id=public_id)


def find_run(program: Program, number: int) -> MatchRun:
    runs = MatchRun.objects.filter(cycle__program=program).select_related("cycle__program", "created_by")
    return get_object_or_404(runs.defer("snapshot", "certificate"), number=number)


@require_GET
def index(request: HttpRequest, public_id: str) -> HttpResponse:
    program = find_program(request, public_id)
    locks = PairDecision.objects.in_force().locks().filter(cycle=OuterRef("pk"))
    cycles = program.cycles.select_related("run_schedule").annotate(has_locks=Exists(locks))
    ordering = OrganisationRole.objects.current().filter(person=request.user, role__in=ORDERING_GRADES)
    cycles = with_grade_order(cycles).annotate(reader_orders_grades=Exists(ordering))
    cycle = with_lists_counted(cycles).first()
    schedule = getattr(cycle, "run_schedule", None)
    weights = program.weights or dict(DEFAULT_WEIGHTS)
    runs = MatchRun.objects.filter(cycle=cycle).select_related("created_by").defer("snapshot", "certificate")
    context = {
        "program": program,
        "ready": readiness(cycle, cycle.grade_order),
        "may_order_grades": cycle.reader_orders_grades,
        "weights": [(criterion_words(code), weight) for code, weight in weights.items() if weight],
        "objective": MatchRun.Objective(program.rules.get("objective", "coverage")).label,
        "runs": runs[:20],
        "findings": findings(cycle, timezone.now()) if cycle.has_locks else [],
        "never_broken": never_broken(program),
        "choosing": how_far(cycle),
        "has_two_sides": program.format in WITH_TWO_SIDES,
        "schedule": schedule if schedule and schedule.is_active else None,
    }
    return render(request, "matching/index.html", context)


@require_POST
def runs(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask for a run; the page of its job shows how far it is."""
    program = find_program(request, public_id)
    cycle = program.cycles.first()
    try:
        _run, job = actions.ask_for_run(cycle, by=request.user, now=timezone.now())
    except (Refused, PermissionDenied) as refusal:
        messages.warning(request, str(refusal))
        return see_other("matching:index", program.public_id)
    ring()
    return see_other("job", job.public_id)


FILTERS = {
    "look": Q(score__lt=LOOK_BELOW) | ~Q(warnings=[]),
    "first": Q(pk__in=ProposalMember.objects.filter(rank=1).values("proposal")),
    "hand": Q(is_by_hand=True),
    "locked": is_locked(),
}


@require_GET
def run(request: HttpRequest, public_id: str, number: int) -> HttpResponse:
    program = find_program(request, public_id)
    found = find_run(program, number)
    proposals = found.proposals.all()
    figures = proposals.aggregate(
        all=Count("pk"),
        look=Count("pk", FILTERS["look"]),
        first=Count("pk", FILTERS["first"]),
        hand=Count("pk", FILTERS["hand"]),
        locked=Count("pk", FILTERS["locked"]),
        lifted=Count("pk", is_allowed_in_writing()),
        average=Avg("score"),
        lowest=Min("score"),
        highest=Max("score"),
        total=Sum("score", default=0),
    )
    shown = request.GET.get("show", "")
    wanted = sought(request.GET)
    rows = proposals.filter(FILTERS.get(shown, Q()))
    if wanted:
        rows = rows.filter(members__person__full_name__icontains=wanted).distinct()
    alone = found.unmatched.aggregate(all=Count("pk"), apart=Count("pk", Q(code=TAKEN_APART)))
    unmatched = alone["all"]
    draft = Draft(figures["total"], figures["all"], found.bound, found.pairs, found.is_proven)
    if shown == "unmatched":
        waiting = found.unmatched.select_related("enrolment__person__profile")
        if wanted:
            waiting = waiting.filter(enrolment__person__full_name__icontains=wanted)
        page = page_of(waiting, request.GET, order=["pk"])
    else:
        page = page_of(rows.with_people().with_locks(), request.GET, order=["score", "pk"])
    context = {
        "program": program,
        "run": found,
        "figures": figures,
        "page": page,
        "rows": [] if shown == "unmatched" else [Row(proposal) for proposal in page],
        "lonely": lonely_rows(page.rows) if shown == "unmatched" else [],
        "unmatched": unmatched,
        "by_hand": by_hand(found, figures["hand"], alone["apart"], draft),
        "shown": shown,
        "wanted": wanted,
        "filters": [
            ("", _("All"), figures["all"]),
            ("look", _("Worth a look"), figures["look"]),
            *([("first", _("First choice"), figures["first"])] if figures["first"] else []),
            *([("hand", _("Changed by hand"), figures["hand"])] if figures["hand"] else []),
            ("locked", _("Locked"), figures["locked"]),
            ("unmatched", _("Without anybody"), unmatched),
        ],
        "words": words_of(found, figures["all"], unmatched),
        "placed": found.mentees - unmatched,
        "proven": proven_words(found),
        "may_take_back": found.state == RunState.PUBLISHED
        and found.published_at is not None
        and timezone.now() < found.published_at + undo_window(),
        "under_review": found.state == RunState.REVIEW,
    }
    return render(request, "matching/run.html", context)


def by_hand(run: MatchRun, hand: int, apart: int, draft: Draft) -> str:
    """How far a draft is from the best, as its format counts it."""
    if run.format == Format.PEER:
        return by_hand_words(hand, (apart + 1) // 2, draft)
    if run.format == Format.GROUP and (hand or apart):
        found = sheet(run)
        return groups_by_hand_words(GroupDraft.of(run, found, groups_of(run, found)))
    return by_hand_words(hand, apart, draft)


@require_http_methods(["GET", "POST"])
def publish(request: HttpRequest, public_id: str, number: int) -> HttpResponse:
    program = find_program(request, public_id)
    found = find_run(program, number)
    if request.method == "POST":
        named = [name for name in request.POST.getlist("pair") if name.isalnum()]
        chosen = named if "choose" in request.POST else None
        now = timezone.now()
        try:
            offered, stuck = actions.publish(found, by=request.user, now=now, chosen=chosen)
        except (Refused, PermissionDenied) as refusal:
            messages.warning(request, str(refusal))
            return see_other("matching:run", program.public_id, number)
        until = time_words(timezone.localtime(now + undo_window()))
        messages.success(request, published_words(found, offered, stuck, until))
        return see_other("matching:run", program.public_id, number)
    if found.state != RunState.REVIEW:
        messages.info(request, _("This run is not under review."))
        return see_other("matching:run", program.public_id, number)
    suggested = found.proposals.filter(state=ProposalState.SUGGESTED).order_by("-score", "pk")
    fine, stuck = publishable(suggested.to_weigh(), timezone.now())
    # Whoever has no address is told by the coordinator; a letter is shown as it goes to a pair that has them.
    reachable = next((pair for pair in fine if all(m.person.email for m in pair.members.all())), None)
    context = {
        "program": program,
        "run": found,
        "fine": rows_of(fine[:SHOWN]),
        "pairs": len(fine),
        "words": words_of(found, len(fine), 0),
        "stuck": rows_of(stuck[:SHOWN]),
        "left_out": len(stuck),
        "undo_minutes": round(settings.UNDO_MINUTES),
        "mails": previews(request, found.proposals.with_people().get(pk=reachable.pk)) if reachable else [],
    }
    return render(request, "matching/publish.html", context)


def rows_of(weighed: list[Proposal]) -> list[Row]:
    """The few that are shown, with all that is told of them."""
    found = Proposal.objects.with_people().in_bulk([proposal.pk for proposal in weighed])
    return [Row(found[proposal.pk]) for proposal in weighed]


def previews(request: HttpRequest, proposal: Proposal) -> list:
    """The letters exactly as they would go out, one for each role, with real people."""
    now = timezone.now()
    proposal.expires_at = now + undo_window() + timedelta(days=proposal.cycle.program.offer_days)
    shown = []
    one_of_each = {member.role: member for member in proposal.members.all()}
    for _role, member in sorted(one_of_each.items()):
        kind = LETTERS[offer_letter(proposal.cycle.program, member.role)]
        letter = activity.draft(kind.name, member.person, about=proposal, key="preview", now=now)
        words = offer_words(proposal, member.person, request.user.pk)
        plain = type(kind)(kind.name, lambda _letter, _now, words=words: words, template=kind.template)
        shown.append((member, write(plain, letter, now)))
    return shown


@require_POST
def take_back(request: HttpRequest, public_id: str, number: int) -> HttpResponse:
    program = find_program(request, public_id)
    found = find_run(program, number)
    try:
        actions.take_back(found, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("Taken back. Nobody has been told."))
    return see_other("matching:run", program.public_id, number)


@require_POST
def discard(request: HttpRequest, public_id: str, number: int) -> HttpResponse:
    program = find_program(request, public_id)
    found = find_run(program, number)
    try:
        actions.discard(found, by=request.user, now=timezone.now())
    except (Refused, PermissionDenied) as refusal:
        messages.warning(request, str(refusal))
        return see_other("matching:run", program.public_id, number)
    messages.success(request, _("Run %(number)s is discarded. Nobody was told of it.") % {"number": number})
    return see_other("matching:index", program.public_id)
