"""What every view needs: where to go after a deed."""

from typing import Any

from django.http import HttpResponseRedirect
from django.shortcuts import resolve_url


class SeeOther(HttpResponseRedirect):
    """303: after a deed the browser gets the next page, also when it sent something other than GET."""

    status_code = 303


def see_other(to: Any, *args: Any) -> SeeOther:
    return SeeOther(resolve_url(to, *args))
