"""What became of each letter of a program, for its coordinators: to whom, of which kind, when, and why not.  Never what
stood in it."""

from typing import Any, NamedTuple

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from activity import actions as activity
from activity.bell import ring
from activity.models import Letter
from activity.returns import NOT_SENT, came_back_words
from core.pages import Page, page_of, sought
from core.views import see_other
from mentorship.clockwork import EDITABLE
from mentorship.email_pages import find
from programs.models import Enrolment, Program
from relationships.reminders import DAYS

State = Letter.State
ORDER = ["-wanted_at", "-pk"]
GROUPS: dict[str, tuple[Any, list[str]]] = {
    "waiting": (gettext_lazy("Waiting"), [State.READY, State.CLAIMED, State.SENDING, State.HELD]),
    "sent": (gettext_lazy("Sent"), [State.SENT]),
    "failed": (gettext_lazy("Not delivered"), [State.DEAD]),
    "unknown": (gettext_lazy("Perhaps delivered"), [State.UNKNOWN]),
    "not-sent": (gettext_lazy("Not sent"), [State.CANCELLED, State.COLLAPSED]),
}

# What the coordinators themselves get from the program, beside the letters that it can word.
OTHERS = {
    "programs.new_link_wanted": gettext_lazy("To you: when somebody asks for a new link"),
    "relationships.unanswered": gettext_lazy("To you: when a question stays without an answer"),
    "matching.scheduled_run": gettext_lazy("To you: when a run began by itself"),
    "mentorship.not_understood": gettext_lazy("When a reply was not understood"),
    "reports.monday": gettext_lazy("To you: on Mondays, what needs you"),
}
# Also of goals and steps that only their owner sees: that such a letter exists would tell of them.
TOLD_TO_NOBODY = [DAYS]
TEST = gettext_lazy("A test, to a coordinator")

NOT_NEEDED = gettext_lazy("It was not needed any more.")
# Why a letter ended or waits, by what its row says.
WHY = {
    # Which letters people turn off is their own business: that looks like any letter nobody needs any more.
    "no longer true": NOT_NEEDED,
    "turned off by the reader": NOT_NEEDED,
    "told in a digest": gettext_lazy("It was told in a digest with others."),
    "its time has passed": NOT_NEEDED,
    "taken back": NOT_NEEDED,
    "waits for working hours": gettext_lazy("It waits for the person's working hours."),
    "no address": gettext_lazy("The person has no address."),
    "the address is not one that mail can be sent to": gettext_lazy(
        "The address is not one that mail can be sent to."
    ),
    NOT_SENT: gettext_lazy("The address refuses mail: the page of the person says why."),
    "the sender stopped while sending": gettext_lazy("The program stopped while sending it."),
    "waiting since before the backup came back": gettext_lazy(
        "It was on its way before a backup came back: an administrator looks first."
    ),
}


class Told(NamedTuple):
    """What became of a letter, in words; the tone is that of a tag, or empty."""

    tone: str
    words: Any
    why: str


def kind_in_words(kind: str) -> Any:
    if kind in EDITABLE:
        return EDITABLE[kind].moment
    return TEST if kind.startswith("programs.test.") else OTHERS.get(kind, kind)


def told(letter: Letter) -> Told:
    why = came_back_words(letter.note) or str(WHY.get(letter.note, letter.note))
    match letter.state:
        case State.SENT:
            return Told("good", _("Sent"), why)
        case State.DEAD:
            return Told("bad", _("Not delivered"), why)
        case State.UNKNOWN:
            return Told("watch", _("Perhaps delivered"), why)
        case State.CANCELLED:
            return Told("", _("Not sent"), why)
        case State.COLLAPSED:
            return Told("", _("Not sent by itself"), why or _("It was folded into a later letter."))
        case State.HELD:
            return Told("watch", _("Held"), why)
        case State.READY if letter.attempts or letter.failures:
            return Told("watch", _("Waiting for another try"), why)
        case State.READY:
            return Told("", _("Waiting"), why)
    return Told("", _("Being sent"), why)


def lines_of(page: Page) -> list[dict[str, Any]]:
    return [{"letter": letter, "kind": kind_in_words(letter.kind), "told": told(letter)} for letter in page]


def in_state(letters: QuerySet[Letter], state: str) -> QuerySet[Letter]:
    return letters.filter(state__in=GROUPS[state][1]) if state in GROUPS else letters


def counted(letters: QuerySet[Letter]) -> list[tuple]:
    """How many there are of each group, and of all."""
    groups = {
        f"in_{number}": Count("pk", Q(state__in=states))
        for number, (_words, states) in enumerate(GROUPS.values())
    }
    counts = letters.order_by().aggregate(all=Count("pk"), **groups)
    return [
        ("", _("All"), counts["all"]),
        *((code, GROUPS[code][0], counts[f"in_{number}"]) for number, code in enumerate(GROUPS)),
    ]


def letters_of(program: Program) -> QuerySet[Letter]:
    return Letter.objects.within(program.scope).exclude(kind__in=TOLD_TO_NOBODY)


@require_GET
def log(request: HttpRequest, public_id: str) -> HttpResponse:
    program = find(request, public_id)
    letters = letters_of(program)
    state, wanted = request.GET.get("state", ""), sought(request.GET)
    rows = in_state(letters, state).with_names().defer("body_text", "body_html", "calendar")
    if wanted:
        rows = rows.filter(
            Q(person__full_name__icontains=wanted)
            | Q(person__email__icontains=wanted)
            | Q(address__icontains=wanted)
        )
    page = page_of(rows, request.GET, order=ORDER)
    context = {
        "program": program,
        "page": page,
        "lines": lines_of(page),
        "states": counted(letters),
        "wanted": wanted,
        "is_filtered": bool(state in GROUPS or wanted),
    }
    return render(request, "programs/deliveries.html", context)


@require_GET
def of_person(request: HttpRequest, public_id: str, enrolment: str) -> HttpResponse:
    """The letters of this program to one person: what others write to them is not the coordinators' business."""
    program = find(request, public_id)
    people = Enrolment.objects.of_program(program).with_people()
    found = get_object_or_404(people, public_id=enrolment)
    letters = letters_of(program).for_person(found.person)
    state = request.GET.get("state", "")
    rows = in_state(letters, state).with_names().defer("body_text", "body_html", "calendar")
    page = page_of(rows, request.GET, order=ORDER)
    context = {
        "program": program,
        "enrolment": found,
        "page": page,
        "lines": lines_of(page),
        "states": counted(letters),
        "is_filtered": state in GROUPS,
    }
    return render(request, "programs/deliveries_person.html", context)


@require_POST
def retry(request: HttpRequest, public_id: str) -> HttpResponse:
    """Send again; then back to the page of the person from which it was asked, or to that of the program."""
    program = find(request, public_id)
    key = request.POST.get("letter", "")
    pk = int(key) if key.isascii() and key.isdigit() and len(key) < 19 else 0
    letter = get_object_or_404(letters_of(program), pk=pk)
    if activity.retry(letter, by=request.user, now=timezone.now()):
        ring()
        messages.success(request, _("It is being sent again."))
    else:
        messages.info(request, _("This letter is not waiting to be sent again."))
    asked_from = request.POST.get("enrolment", "").replace("\0", "")[:8]
    if asked_from and Enrolment.objects.of_program(program).filter(public_id=asked_from).exists():
        return see_other("emails:of_person", program.public_id, asked_from)
    return see_other("emails:log", program.public_id)
