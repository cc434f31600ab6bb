"""The pages of joining: one question each, built in or the program's own."""

from typing import Any

from django import forms as fields
from django.utils.translation import gettext_lazy as _

from core.forms import Form, OneOf, SeveralOf, Voice
from people.parts import PARTS
from programs.models import Enrolment, Question

READERS = {
    Question.Readers.MATCHING: _(
        "You and the coordinators of this program can read this, for matching. Your partner and HR cannot."
    ),
    Question.Readers.PARTNER: _(
        "You, your mentoring partner and the coordinators of this program can read this."
    ),
    Question.Readers.COORDINATOR: _("You and the coordinators of this program can read this."),
}


class Capacity(Form):
    capacity = fields.IntegerField(
        label=_("Mentees at the same time"),
        help_text=_("Most mentors take one or two. You can change it at any time."),
        min_value=1,
        max_value=10,
        error_messages={"invalid": _("Enter how many mentees you can take, for example 2.")},
    )


class OwnWords(Form):
    answer = Voice(label=_("Your answer"), max_length=2000)


class Terms(Form):
    """Both are accepted with the answers, in the versions shown."""

    conduct = fields.BooleanField(label=_("I will keep to the code of conduct"))
    privacy = fields.BooleanField(label=_("I have read who can see what"))


def choose_form(question: Question) -> type[Form]:
    several = question.kind == Question.Kind.CHOICES
    choice = (SeveralOf if several else OneOf)(
        choices=[(option, option) for option in question.options], label=_("Your answer")
    )
    return type("Choose", (Form,), {"answer": choice})


def form_for(question: Question) -> type[Form]:
    if question.kind == Question.Kind.FIELD:
        return Capacity if question.field == "capacity" else PARTS[question.field].form
    return OwnWords if question.kind == Question.Kind.TEXT else choose_form(question)


def initial_for(question: Question, enrolment: Enrolment) -> dict[str, Any]:
    if question.field == "capacity":
        return {"capacity": enrolment.capacity}
    if question.kind == Question.Kind.FIELD:
        return PARTS[question.field].initial(enrolment.person)
    given = enrolment.answers.filter(question=question).first()
    return {"answer": given.content.get("answer", "")} if given else {}


def question_form(question: Question, enrolment: Enrolment, data: Any = None) -> Form:
    form = form_for(question)(data, initial=initial_for(question, enrolment))
    for field in form.fields.values():
        field.required = field.required and question.is_required
    # Said once, under the last control of the page: it holds for the whole answer.
    form.seen_by = {list(form.fields)[-1]: READERS[question.readers], **form.seen_by}
    return form


def is_untouched(form: Form) -> bool:
    """Nothing was filled in: an optional question is passed over rather than refused."""
    return not any(form.data.get(form.add_prefix(name)) for name in form.fields)


def words_for(question: Question, enrolment: Enrolment, answers: dict[int, Any]) -> str:
    """The answer as the check page shows it."""
    if question.field == "capacity":
        return str(enrolment.capacity)
    if question.kind == Question.Kind.FIELD:
        return PARTS[question.field].answered(enrolment.person)
    given = answers.get(question.pk, "")
    return ", ".join(given) if isinstance(given, list) else str(given)
