"""What every view needs: what was sent, and where to go after a deed."""

import json
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect, QueryDict
from django.shortcuts import resolve_url


class SeeOther(HttpResponseRedirect):
    """303: after a deed the browser gets the next page, also when it sent something other than GET."""

    status_code = 303


def sent(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: an empty answer is an answer, too."""
    return request.POST if request.method == "POST" else None


def sent_with_files(request: HttpRequest) -> tuple[QueryDict | None, Any]:
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def undoable(request: HttpRequest, said: str, url: str, fields: Sequence[tuple[str, str]]) -> None:
    """Say what has been done, with a button that sends ``fields`` to ``url`` to undo it."""
    messages.success(request, said, extra_tags=json.dumps({"url": url, "fields": list(fields)}))


def see_other(to: Any, *args: Any) -> SeeOther:
    return SeeOther(resolve_url(to, *args))
