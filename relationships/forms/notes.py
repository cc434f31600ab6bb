"""Doors for what people write down and want to talk about."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.forms import Form, Voice
from core.seen_by import SeenBy
from relationships.forms.once import Once, Seen

LONGEST_NOTE = 20_000
LONGEST_TOPIC = 300


class NoteForm(Form):
    body = Voice(label=gettext_lazy("Write a note"), max_length=LONGEST_NOTE)
    private = forms.BooleanField(label=gettext_lazy("Keep this for me alone"), required=False)
    key = Once()

    def __init__(self, *args: Any, other: str, **kwargs: Any) -> None:
        self.other_name = other
        sentence = _(
            "You and %(other)s can read this, or you alone if you tick the box below. "
            "Coordinators and HR cannot."
        )
        self.seen_by = {"body": SeenBy(sentence % {"other": other})}
        super().__init__(*args, **kwargs)


class EditNoteForm(Form):
    body = Voice(label=gettext_lazy("Note"), max_length=LONGEST_NOTE, rows=8)
    version = Seen()

    def __init__(self, *args: Any, other: str, shared: bool, **kwargs: Any) -> None:
        self.other_name = other
        self.seen_by = {"body": "pair" if shared else "me"}
        super().__init__(*args, **kwargs)


class TopicForm(Form):
    text = forms.CharField(
        label=gettext_lazy("Add something to talk about"),
        max_length=LONGEST_TOPIC,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    key = Once()
    seen_by = {"text": "pair"}

    def __init__(self, *args: Any, other: str, **kwargs: Any) -> None:
        self.other_name = other
        super().__init__(*args, **kwargs)
        self.fields["text"].help_text = _("%(other)s sees it right away.") % {"other": other}

    def clean_text(self) -> str:
        return " ".join(self.cleaned_data["text"].split())
