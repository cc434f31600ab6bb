"""The post box of a demo: every letter as it goes out, its links and codes to follow without a mail server."""

from csp.decorators import csp_replace, csp_update
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from activity.models import Letter
from core.pages import page_of, sought

FRAMED = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "frame-ancestors": ["'self'"],
    "sandbox": ["allow-popups", "allow-top-navigation-by-user-activation"],
    "script-src": None,
    "img-src": None,
    "font-src": None,
    "connect-src": None,
}


@login_not_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Newest first; also for who is not signed in, who may be waiting for a code."""
    letters = Letter.objects.sent().exclude(subject="").with_names()
    wanted = sought(request.GET, "to")
    if wanted:
        letters = letters.filter(recipient__icontains=wanted)
    context = {"page": page_of(letters, request.GET, order=["-sent_at", "-pk"]), "wanted": wanted}
    return render(request, "post/index.html", context)


@login_not_required
@require_GET
@csp_update({"frame-src": ["'self'"]})
def letter(request: HttpRequest, public_id) -> HttpResponse:
    found = get_object_or_404(Letter.objects.sent().with_names(), public_id=public_id)
    return render(request, "post/letter.html", {"letter": found})


@login_not_required
@require_GET
@xframe_options_sameorigin
@csp_replace(FRAMED)
def html(request: HttpRequest, public_id) -> HttpResponse:
    """The HTML part in a frame, under a policy of its own: styles inside are mail's way."""
    return HttpResponse(get_object_or_404(Letter.objects.sent(), public_id=public_id).body_html)
