"""What all forms share: how a field looks, what its words are, and the few fields Django lacks.

A form says who can read what is written (``seen_by``), and the field says it under the control.  Nothing is
marked with an asterisk: what may be left out says "(optional)".  The browser checks nothing; errors come
after sending.
"""

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.dates import read_clock, read_day
from core.seen_by import SeenBy, sentence_for

CHOOSERS = (forms.RadioSelect, forms.CheckboxSelectMultiple)
PLAIN_CONTROLS = (forms.widgets.Input, forms.Textarea, forms.Select)
NOT_BOXES = (*CHOOSERS, forms.CheckboxInput, forms.HiddenInput)


class Field(BoundField):
    """A field on its form, as the template ``django/forms/field.html`` shows it."""

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        # The browser would refuse to send, and cut off what is pasted, without saying so.
        attrs.pop("required", None)
        if isinstance(widget, forms.MultiWidget):
            return attrs
        attrs |= {"maxlength": False, "minlength": False, "placeholder": False}
        if isinstance(widget, forms.NumberInput):
            whole = isinstance(self.field, forms.IntegerField) and not isinstance(
                self.field, (forms.FloatField, forms.DecimalField)
            )
            attrs |= {
                "min": False,
                "max": False,
                "step": False,
                "inputmode": "numeric" if whole else "decimal",
            }
        if isinstance(widget, PLAIN_CONTROLS) and not isinstance(widget, NOT_BOXES):
            short = "short" if isinstance(widget, forms.NumberInput) else ""
            attrs["class"] = " ".join(filter(None, ("input", short, widget.attrs.get("class"))))
        return attrs

    @property
    def aria_describedby(self) -> str | None:
        described = super().aria_describedby
        if self.seen_by and self.auto_id and described is not None:
            described = f"{described} {self.auto_id}_seen_by".strip()
        return described

    @property
    def use_fieldset(self) -> bool:
        """A file is chosen with one control, whatever Django draws around it."""
        return super().use_fieldset and not isinstance(self.field.widget, forms.ClearableFileInput)

    @property
    def is_tick(self) -> bool:
        return isinstance(self.field.widget, forms.CheckboxInput)

    @property
    def is_optional(self) -> bool:
        return not self.field.required and not self.is_tick and not getattr(self.field, "never_empty", False)

    @property
    def seen_by(self) -> SeenBy | None:
        readers = getattr(self.form, "seen_by", {}).get(self.name)
        if not readers:
            return None
        return SeenBy(*sentence_for(readers, getattr(self.form, "other_name", "")))

    @property
    def first_control_id(self) -> str:
        """Where a link in the error summary leads."""
        several = isinstance(self.field.widget, (*CHOOSERS, forms.MultiWidget))
        return f"{self.auto_id}_0" if several and self.auto_id else self.auto_id


class FieldRenderer(TemplatesSetting):
    """``FORM_RENDERER``: Django's templates, replaced by those in templates/django/forms/."""

    bound_field_class = Field


REQUIRED = {
    forms.BooleanField: gettext_lazy("Tick “%(label)s” to go on."),
    forms.FileField: gettext_lazy("Choose a file for “%(label)s”."),
    forms.ChoiceField: gettext_lazy("Choose an answer to “%(label)s”."),
    forms.ModelChoiceField: gettext_lazy("Choose an answer to “%(label)s”."),
    forms.DateField: gettext_lazy("Enter a date for “%(label)s”."),
    forms.TimeField: gettext_lazy("Enter a time for “%(label)s”."),
    forms.Field: gettext_lazy("Fill in “%(label)s”."),
}


class Words:
    """The manner of every form of ours, for plain forms and for those of a model."""

    use_required_attribute = False
    # Field name to those who can read it: a word of core.seen_by.WORDS or a sentence.
    seen_by: Mapping[str, SeenBy | str] = {}
    other_name = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name_what_is_missing()

    def full_clean(self) -> None:
        """Fields that a form has added by itself are named as well."""
        self.name_what_is_missing()
        super().full_clean()

    def name_what_is_missing(self) -> None:
        for name, field in self.fields.items():
            if str(field.error_messages.get("required")) == str(
                forms.Field.default_error_messages["required"]
            ):
                sentence = next(words for kind, words in REQUIRED.items() if isinstance(field, kind))
                label = field.label or self[name].label
                field.error_messages["required"] = sentence % {"label": label}


class Form(Words, forms.Form):
    pass


class ModelForm(Words, forms.ModelForm):
    pass


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        # The browser shows the date in the reader's own way; between it and us it is always ISO.
        super().__init__({"class": "short", **(attrs or {})}, format="%Y-%m-%d")


class DateField(forms.DateField):
    """The browser's calendar, and for those who type: any date that can be read in one way only."""

    widget = DateInput

    def to_python(self, value: Any) -> date | None:
        if not isinstance(value, str):
            return super().to_python(value)
        return read_day(value) if value.strip() else None


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"class": "short", "step": "300", **(attrs or {})}, format="%H:%M")


class TimeField(forms.TimeField):
    """A time of day: 14:00, 14.00, 1400 or 2 pm.  The form shows the zone beside it, in its hint."""

    widget = TimeInput

    def to_python(self, value: Any) -> time | None:
        if not isinstance(value, str):
            return super().to_python(value)
        return read_clock(value) if value.strip() else None


SOME = 15


class OneOf(forms.ChoiceField):
    """One answer of several: cards up to five, a plain list up to fifteen, and then a select."""

    def __init__(self, *, choices: Any = (), **kwargs: Any) -> None:
        listed = list(choices() if callable(choices) else choices)
        if "widget" not in kwargs:
            kwargs["widget"] = forms.RadioSelect if len(listed) <= SOME else forms.Select
        super().__init__(choices=listed, **kwargs)


class SeveralOf(forms.MultipleChoiceField):
    """Any number of several answers, as a list to tick."""

    widget = forms.CheckboxSelectMultiple


class Voice(forms.CharField):
    """A person's own words, over several lines, set in the serif in which such words are shown."""

    def __init__(self, *, rows: int = 4, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea({"class": "voice", "rows": rows, "dir": "auto"}))
        kwargs.setdefault("max_length", 4000)
        super().__init__(**kwargs)


class Upload(forms.FileField):
    """A file; its limits are said in the hint, before choosing."""

    widget = forms.FileInput

    def __init__(self, *, most_bytes: int, endings: tuple[str, ...] = (), **kwargs: Any) -> None:
        self.most_bytes, self.endings = most_bytes, endings
        super().__init__(**kwargs)
        if endings:
            self.widget.attrs["accept"] = ",".join(endings)

    def clean(self, data: Any, initial: Any = None) -> Any:
        file = super().clean(data, initial)
        if file and file.size > self.most_bytes:
            raise ValidationError(
                _("This file is larger than %(most)s MB. Choose a smaller one."),
                code="too_large",
                params={"most": self.most_bytes // 1_000_000 or 1},
            )
        if file and self.endings and not file.name.casefold().endswith(self.endings):
            raise ValidationError(
                _("This kind of file cannot be read here. Choose one that ends in %(endings)s."),
                code="wrong_kind",
                params={"endings": ", ".join(self.endings)},
            )
        return file
