"""The name that a new row will have, sent along with its form: sending it twice makes one row."""

from typing import Any

from django import forms

from core.ids import ALPHABET, LENGTH, new_public_id


class Once(forms.CharField):
    """Hidden; what is no such name counts as none, and the row gets one of its own."""

    widget = forms.HiddenInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, initial=new_public_id, **kwargs)

    def clean(self, value: Any) -> str:
        text = value if isinstance(value, str) else ""
        return text if len(text) == LENGTH and set(text) <= set(ALPHABET) else ""


class Seen(forms.IntegerField):
    """Hidden: the version that this person saw.  What is no number counts as one that nobody has seen."""

    widget = forms.HiddenInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)

    def clean(self, value: Any) -> int:
        text = str(value or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1
