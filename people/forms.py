"""The account itself; what is for matching is in ``people.parts``."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.forms import ModelForm, OneOf
from people.models import User


class Account(ModelForm):
    language = OneOf(choices=settings.LANGUAGES, label=_("Language"))
    theme = OneOf(choices=User.Theme.choices, label=_("Light or dark"))
    seen_by = {
        "full_name": _("Everybody you take part with, coordinators and HR can read this."),
        "called": _("Everybody you take part with can read this."),
    }

    class Meta:
        model = User
        fields = ["full_name", "called", "language", "theme"]
        help_texts = {"called": _("Leave it empty to be called by the first word of your name.")}
        widgets = {
            "full_name": forms.TextInput({"autocomplete": "name"}),
            "called": forms.TextInput({"autocomplete": "nickname"}),
        }
