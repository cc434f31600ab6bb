"""The letters of a program, for its coordinators: when each goes out, in which words, and how a real person reads it.

They stand up here because the letters of all floors are among them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any, NamedTuple

from csp.decorators import csp_replace, csp_update
from django import forms
from django.conf.locale import LANG_INFO
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from activity import actions as activity
from activity.bell import ring
from activity.kinds import OwnWords
from activity.models import Letter
from activity.writing import Written, write
from core.forms import Form, Voice
from core.views import see_other, sent
from mentorship.clockwork import EDITABLE, LETTERS
from people.models import User
from programs import actions
from programs.letters import coordinator_of
from programs.models import Enrolment, Program, Wording
from programs.models.wordings import SUBJECT_LENGTH, WORDS_LENGTH
from programs.stages import Refused
from programs.wordings import (
    GROUPS,
    TEXTS,
    Editable,
    Sample,
    check_subject,
    check_text,
    in_own_words,
    name_of_test,
)

SHOWN_BY_PHONES = 50
# How many people of a program one can choose among for a preview.
PEOPLE = 500
UNSAVED = "unsaved_wording"
FRAMED = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "frame-ancestors": ["'self'"],
    "sandbox": [],
    "script-src": None,
    "img-src": None,
    "font-src": None,
    "connect-src": None,
}


def find(request: HttpRequest, public_id: str) -> Program:
    """What you may not see does not exist."""
    return get_object_or_404(Program.objects.visible_to(request.user), public_id=public_id)


def find_kind(kind: str) -> Editable:
    if kind not in EDITABLE:
        raise Http404
    return EDITABLE[kind]


def languages() -> list[tuple[str, str]]:
    """Each by the name it has for itself."""
    named = [(code, about["name_local"]) for code, about in LANG_INFO.items() if "name_local" in about]
    return sorted(((code, name[:1].upper() + name[1:]) for code, name in named), key=lambda one: one[1])


class Words(Form):
    subject = forms.CharField(
        label=gettext_lazy("Subject"),
        max_length=SUBJECT_LENGTH,
        required=False,
        widget=forms.TextInput({"dir": "auto"}),
        help_text=gettext_lazy("One line. Telephones show about the first 50 characters."),
    )
    opening = Voice(
        label=gettext_lazy("First words"),
        max_length=WORDS_LENGTH,
        rows=5,
        required=False,
        help_text=gettext_lazy("They stand above what the letter says by itself, which stays."),
    )
    closing = Voice(
        label=gettext_lazy("Last words"),
        max_length=WORDS_LENGTH,
        rows=3,
        required=False,
        help_text=gettext_lazy("They stand below the button."),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Written in"),
        help_text=gettext_lazy(
            "Everybody gets your words as you write them, also who reads the rest in another language."
        ),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)
    person = forms.CharField(widget=forms.HiddenInput, required=False, max_length=8)
    seen_by = dict.fromkeys(TEXTS, gettext_lazy("Everybody who gets this letter can read this."))

    def __init__(
        self, given: QueryDict | None, *, kind: str, wording: Wording | None, reading: "Reading"
    ) -> None:
        initial = texts_of(wording) or {"language": reading.program.language}
        initial |= {"version": wording.version if wording else 0, "person": reading.person}
        super().__init__(given, initial=initial)
        self.kind, self.wording, self.editable = kind, wording, EDITABLE[kind]
        self.fields["language"].choices = languages()

    def stand_on(self, wording: Wording | None) -> None:
        """What was written stays, and would now be saved over these words."""
        self.wording = wording
        self.data = {**self.data.dict(), "version": wording.version if wording else 0}

    def clean_subject(self) -> str:
        check_subject(self.data.get("subject", "").strip(), self.editable)
        return self.cleaned_data["subject"]

    def clean_opening(self) -> str:
        return self._text("opening")

    def clean_closing(self) -> str:
        return self._text("closing")

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if not self.errors and not any(given[name] for name in TEXTS):
            self.add_error("subject", _("Write one of the three, or go back to the standard words below."))
        return given

    def _text(self, name: str) -> str:
        text = "\n".join(self.cleaned_data[name].splitlines())
        check_text(self.cleaned_data[name].replace("\r\n", "\n"), self.editable)
        return text

    @property
    def words(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in (*TEXTS, "language")}


# The list


class Line(NamedTuple):
    kind: str
    moment: Any
    is_worded: bool


@require_GET
def index(request: HttpRequest, public_id: str) -> HttpResponse:
    program = find(request, public_id)
    context = {
        "program": program,
        "groups": list(groups_of(program)),
        "failed": Letter.objects.within(program.scope).dead().count(),
    }
    return render(request, "programs/emails.html", context)


def groups_of(program: Program) -> Iterator[tuple[Any, list[Line]]]:
    worded = set(program.wordings.values_list("kind", flat=True))
    for group in GROUPS:
        lines = [
            Line(kind, editable.moment, kind in worded)
            for kind, editable in EDITABLE.items()
            if editable.group is group and program.format in editable.formats
        ]
        if lines:
            yield group, lines


# One kind


@dataclass(frozen=True)
class Reading:
    """Who reads the sample: a person of the program, or the coordinator in the place of one."""

    program: Program
    by: User
    enrolment: Enrolment | None

    @property
    def reader(self) -> User:
        return self.enrolment.person if self.enrolment else self.by

    @property
    def person(self) -> str:
        return self.reader.public_id if self.enrolment else ""

    def sample(self, now: datetime) -> Sample:
        coordinator = coordinator_of(self.program, self.by.pk)
        return Sample(self.program, self.reader, now, self.enrolment, coordinator)


def reading_of(request: HttpRequest, program: Program, given: QueryDict) -> Reading:
    """Only people of this program can be chosen; without a choice it is the first of them by name."""
    people = people_of(program).with_people()
    if "person" not in given or not given["person"]:
        return Reading(program, request.user, people.first())
    chosen = people.filter(person__public_id=given["person"].replace("\0", "")).first()
    if chosen is None:
        raise Http404
    return Reading(program, request.user, chosen)


def people_of(program: Program) -> Any:
    """Whoever can get letters, each once."""
    reachable = Enrolment.objects.of_program(program).exclude(person__email=None)
    return reachable.filter(person__is_active=True).order_by("person__full_name", "pk")


def choices_of(program: Program) -> list[tuple[str, str]]:
    named = people_of(program).values_list("person__public_id", "person__full_name")[:PEOPLE]
    return list(dict(named).items())


def written(kind: str, reading: Reading, texts: Mapping[str, str] | None) -> Written:
    """The letter as that person would read it, with these words in it, if any."""
    editable, now = EDITABLE[kind], timezone.now()

    def own(letter: Letter, words: dict[str, Any]) -> OwnWords:
        return in_own_words(texts, texts["language"], editable, letter, words)

    letter = activity.draft(
        kind, reading.reader, about=reading.program, key="preview", now=now, scope=reading.program.scope
    )
    shown = replace(
        LETTERS[kind],
        context=lambda _letter, _now: editable.sample(reading.sample(now)),
        choice=None,
        own_words=own if texts else None,
    )
    return write(shown, letter, now)


def show(
    request: HttpRequest,
    form: Words,
    reading: Reading,
    *,
    unsaved: Mapping[str, str] | None = None,
    stale: str = "",
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    program, kind = reading.program, form.kind
    context = {
        "program": program,
        "kind": kind,
        "editable": form.editable,
        "form": form,
        "stale": stale,
        "wording": form.wording,
        "reading": reading,
        "people": choices_of(program),
        "written": written(kind, reading, unsaved or texts_of(form.wording)),
        "is_unsaved": unsaved is not None,
    }
    return render(request, "programs/email.html", context, status=status)


def wording_of(program: Program, kind: str) -> Wording | None:
    return program.wordings.filter(kind=kind).select_related("changed_by").first()


def texts_of(wording: Wording | None) -> dict[str, str] | None:
    return wording and {name: getattr(wording, name) for name in (*TEXTS, "language")}


def asked(request: HttpRequest, public_id: str, kind: str) -> tuple[Words, Reading]:
    """The form and its reader, as the page was asked for or as it was sent."""
    program = find(request, public_id)
    find_kind(kind)
    given = sent(request)
    reading = reading_of(request, program, request.GET if given is None else given)
    form = Words(given, kind=kind, wording=wording_of(program, kind), reading=reading)
    return form, reading


@require_http_methods(["GET", "POST"])
@csp_update({"frame-src": ["'self'"]})
def letter(request: HttpRequest, public_id: str, kind: str) -> HttpResponse:
    form, reading = asked(request, public_id, kind)
    if request.method == "GET":
        return show(request, form, reading)
    if not form.is_valid():
        return show(request, form, reading, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    given = {"based_on": form.cleaned_data["version"], "by": request.user, "now": timezone.now()}
    try:
        actions.change_wording(reading.program, kind, form.words, **given)
    except Refused as refusal:
        form.stand_on(wording_of(reading.program, kind))
        return show(request, form, reading, stale=str(refusal), status=HTTPStatus.CONFLICT)
    request.session.pop(UNSAVED, None)
    messages.success(request, _("Saved: %(moment)s.") % {"moment": form.editable.moment})
    return see_other("emails:letter", public_id, kind)


@require_POST
@csp_update({"frame-src": ["'self'"]})
def preview(request: HttpRequest, public_id: str, kind: str) -> HttpResponse:
    """The words as they stand in the form, saved nowhere but for the frame that shows them."""
    form, reading = asked(request, public_id, kind)
    if not form.is_valid():
        return show(request, form, reading, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    request.session[UNSAVED] = {"program": public_id, "kind": kind, "words": form.words}
    return show(request, form, reading, unsaved=form.words)


@require_GET
@xframe_options_sameorigin
@csp_replace(FRAMED)
def html(request: HttpRequest, public_id: str, kind: str) -> HttpResponse:
    """The HTML of a letter in a frame.  Mail carries its styles inside, so this address has a policy of its own: styles
    may be inline, and nothing else is allowed at all."""
    program = find(request, public_id)
    find_kind(kind)
    kept, texts = request.session.get(UNSAVED) or {}, texts_of(wording_of(program, kind))
    if "unsaved" in request.GET and (kept.get("program"), kept.get("kind")) == (public_id, kind):
        texts = kept["words"]
    return HttpResponse(written(kind, reading_of(request, program, request.GET), texts).html)


@require_POST
def standard(request: HttpRequest, public_id: str, kind: str) -> HttpResponse:
    program = find(request, public_id)
    find_kind(kind)
    if actions.restore_wording(program, kind, by=request.user, now=timezone.now()):
        messages.success(request, _("This letter is in the standard words again."))
    else:
        messages.info(request, _("This letter is in the standard words already."))
    return see_other("emails:letter", program.public_id, kind)


@require_POST
def test(request: HttpRequest, public_id: str, kind: str) -> HttpResponse:
    """The saved words, to oneself; of one kind once a minute."""
    program = find(request, public_id)
    find_kind(kind)
    now = timezone.now()
    posted = activity.post(
        name_of_test(kind),
        request.user,
        about=program,
        key=f"test|{kind}|{program.public_id}|{request.user.pk}|{now:%Y-%m-%d %H:%M}",
        now=now,
        scope=program.scope,
    )
    if posted:
        ring()
        messages.success(request, _("A test is on its way to %(email)s.") % {"email": request.user.email})
    else:
        messages.info(request, _("A test of this letter went out a moment ago. Wait a minute."))
    return see_other("emails:letter", program.public_id, kind)
