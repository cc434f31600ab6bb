"""The letters of a program: what is said when, exactly as it goes out, and what became of each."""

from csp.decorators import csp_replace, csp_update
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from activity import actions as activity
from activity.bell import ring
from activity.models import Letter
from activity.writing import Written, write
from core.pages import page_of
from core.views import see_other
from programs.letters import LETTERS, sample_words
from programs.models import Enrolment, Program
from programs.models.enrolments import roles_in
from programs.views.setup import find, whole

MOMENTS = {
    "invitation": gettext_lazy("When you publish, and when you invite somebody"),
    "invitation_reminder": gettext_lazy("Five days later, and two days before the answers close"),
    "answers_received": gettext_lazy("When somebody has sent the answers"),
}


@require_GET
def emails(request: HttpRequest, public_id: str) -> HttpResponse:
    program = find(request, public_id)
    rows = Letter.objects.within(program.scope).with_names()
    context = {
        "program": program,
        "moments": MOMENTS.items(),
        "page": page_of(rows, request.GET, order=["-wanted_at", "-pk"]),
    }
    return render(request, "programs/emails.html", context)


def sample(request: HttpRequest, program: Program, kind: str) -> Written:
    """The letter of that kind as a real person of this program would read it."""
    if kind not in MOMENTS:
        raise Http404
    enrolment = Enrolment.objects.of_program(program).with_people().filter(role=roles_in(program)[0]).first()
    reader = enrolment.person if enrolment else request.user
    words = {**sample_words(program, request.user, enrolment), "step": 1, "days_left": 2}
    words["matching_on"] = words["enrolment"].cycle.matching_on
    now = timezone.now()
    letter = activity.draft(f"programs.{kind}", reader, about=program, key="preview", now=now)
    shown = LETTERS[f"programs.{kind}"].__class__(f"programs.{kind}", lambda _letter, _now: words)
    return write(shown, letter, now)


@require_GET
@csp_update({"frame-src": ["'self'"]})
def preview(request: HttpRequest, public_id: str, kind: str) -> HttpResponse:
    program = find(request, public_id)
    context = {
        "program": program,
        "kind": kind,
        "moment": MOMENTS.get(kind),
        "written": sample(request, program, kind),
    }
    return render(request, "programs/email_preview.html", context)


@require_GET
@xframe_options_sameorigin
@csp_replace(
    {
        "default-src": ["'none'"],
        "style-src": ["'unsafe-inline'"],
        "frame-ancestors": ["'self'"],
        "sandbox": [],
        "script-src": None,
        "img-src": None,
        "font-src": None,
        "connect-src": None,
    }
)
def html(request: HttpRequest, public_id: str, kind: str) -> HttpResponse:
    """The HTML of a letter in a frame.  Mail carries its styles inside, so this address has a policy of its own: styles
    may be inline, and nothing else is allowed at all."""
    return HttpResponse(sample(request, find(request, public_id), kind).html)


@require_POST
def test(request: HttpRequest, public_id: str) -> HttpResponse:
    program = find(request, public_id)
    now = timezone.now()
    activity.post(
        "programs.test_invitation",
        request.user,
        about=program,
        key=f"test_invitation|{program.public_id}|{request.user.pk}|{now:%Y-%m-%d %H:%M}",
        now=now,
        scope=program.scope,
    )
    ring()
    messages.success(request, _("A test is on its way to %(email)s.") % {"email": request.user.email})
    return see_other("programs:email_preview", program.public_id, "invitation")


@require_POST
def retry(request: HttpRequest, public_id: str) -> HttpResponse:
    program = find(request, public_id)
    letter = get_object_or_404(Letter.objects.within(program.scope), pk=whole(request.POST.get("letter")))
    if activity.retry(letter, by=request.user, now=timezone.now()):
        ring()
        messages.success(request, _("It is being sent again."))
    return see_other("programs:emails", program.public_id)
