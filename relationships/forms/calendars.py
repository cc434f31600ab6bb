"""The door for the address of somebody's own calendar."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import outbound
from core.forms import Form


class BusyForm(Form):
    address = forms.CharField(
        label=gettext_lazy("Address of your calendar"),
        help_text=gettext_lazy(
            "It begins with https:// and often ends with .ics. webcal:// is understood as well."
        ),
        max_length=outbound.LONGEST_ADDRESS,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false", "dir": "ltr"}),
    )
    seen_by = {"address": "me"}

    def clean_address(self) -> str:
        given = self.cleaned_data["address"]
        scheme, colon, rest = given.partition("://")
        address = f"https://{rest}" if colon and scheme.lower() in ("webcal", "webcals") else given
        try:
            outbound.check(address)
        except outbound.Refused:
            raise forms.ValidationError(
                _(
                    "We can read calendars on the open internet only, by an address that begins with https://."
                ),
                code="address",
            ) from None
        return address
