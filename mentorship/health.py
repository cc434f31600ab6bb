"""Is it alive, and is it doing its work?  For supervisors and monitors, who do not sign in."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from activity.health import health


@require_safe
@never_cache
@login_not_required
def live(request: HttpRequest) -> HttpResponse:
    """The process answers.  Asks nobody else: a slow database is no reason to restart the web process."""
    return HttpResponse("alive\n", content_type="text/plain")


@require_safe
@never_cache
@login_not_required
def deep(request: HttpRequest) -> JsonResponse:
    """The clock ticks and letters leave; 503 when not."""
    found = health(timezone.now())
    return JsonResponse(found, status=200 if found["ok"] else 503)
