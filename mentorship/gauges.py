"""Numbers for Prometheus: how the clock, the post and the long runs are.  No name, nothing about a person.

They are asked of the rows at each scrape, a fixed number of small questions, so that each of many web processes
tells the same and a restart forgets nothing.
"""

import ipaddress
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.db.models import Count, Min, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from activity.models import Due, Heartbeat, Job, Letter
from activity.tick import NAME, POST

HOUR = timedelta(hours=1)
LEASED = (Letter.State.CLAIMED, Letter.State.SENDING)
FOR_SOMEBODY = (Letter.State.UNKNOWN, Letter.State.DEAD, Letter.State.HELD)
OPEN_JOBS = (Job.State.QUEUED, Job.State.RUNNING)
PASSED_ON = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_FORWARDED")


@require_safe
@never_cache
@login_not_required
def show(request: HttpRequest) -> HttpResponse:
    if not (knows_the_token(request) or comes_from_this_machine(request)):
        raise Http404
    registry = CollectorRegistry()
    registry.register(Gauges(timezone.now()))
    try:
        return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
    except DatabaseError:
        return HttpResponse("The database does not answer.\n", content_type="text/plain", status=503)


def knows_the_token(request: HttpRequest) -> bool:
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    wanted = settings.METRICS_TOKEN
    return bool(wanted) and scheme.lower() == "bearer" and constant_time_compare(token.strip(), wanted)


def comes_from_this_machine(request: HttpRequest) -> bool:
    """By itself, and not through a proxy that runs here and passes on what somebody far away asks."""
    try:
        nearby = ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
    return nearby and not any(name in request.META for name in PASSED_ON)


class Gauges(Collector):
    def __init__(self, now: datetime) -> None:
        self.now = now

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing in advance: to register costs no question."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield from self.clock()
        yield from self.due()
        yield from self.letters()
        jobs = Job.objects.open()
        yield by_state("mentorship_jobs", "Long runs that wait or are at work.", OPEN_JOBS, jobs)

    def clock(self) -> Iterator[GaugeMetricFamily]:
        beats = {beat.name: beat for beat in Heartbeat.objects.filter(name__in=[NAME, POST])}
        tick, post = beats.get(NAME), beats.get(POST)
        looked = tick.last_ok.timestamp() if tick and tick.last_ok else 0
        yield gauge("mentorship_clock_last_look_timestamp_seconds", "When the clock last looked.", looked)
        lag = tick.lag.total_seconds() if tick and tick.lag else 0
        yield gauge("mentorship_clock_lag_seconds", "How late the oldest thing was at that look.", lag)
        trouble = bool(post and post.note)
        yield gauge("mentorship_mail_server_trouble", "1 while letters cannot be handed over.", trouble)

    def due(self) -> Iterator[GaugeMetricFamily]:
        overdue = Due.objects.overdue(self.now).aggregate(count=Count("pk"), oldest=Min("look_at"))
        yield gauge("mentorship_due_rows", "Timed facts that are due and not yet acted on.", overdue["count"])
        oldest = self.age(overdue["oldest"])
        yield gauge("mentorship_due_oldest_seconds", "How long the oldest of them has waited.", oldest)

    def letters(self) -> Iterator[GaugeMetricFamily]:
        ready = Letter.objects.ready(self.now).aggregate(count=Count("pk"), oldest=Min("run_at"))
        yield gauge("mentorship_letters_ready", "Letters that could go out now.", ready["count"])
        oldest = self.age(ready["oldest"])
        yield gauge("mentorship_letters_oldest_ready_seconds", "How long the oldest has waited.", oldest)
        # Of each kind of state by itself: each has an index of its own, all together have none.
        name = "mentorship_letters_on_the_way"
        yield by_state(name, "Letters that a sender holds.", LEASED, Letter.objects.filter(state__in=LEASED))
        name, waiting = "mentorship_letters_for_somebody", Letter.objects.filter(state__in=FOR_SOMEBODY)
        yield by_state(name, "Letters that somebody has to decide about.", FOR_SOMEBODY, waiting)
        sent = Letter.objects.sent().filter(sent_at__gt=self.now - HOUR, sent_at__lte=self.now).count()
        yield gauge("mentorship_letters_sent_last_hour", "Letters that went out within an hour.", sent)

    def age(self, moment: datetime | None) -> float:
        return max(0.0, (self.now - moment).total_seconds()) if moment else 0.0


def gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, value=float(value))


def by_state(name: str, words: str, states: tuple[str, ...], rows: QuerySet) -> GaugeMetricFamily:
    """Each state by its name, also those in which nothing is."""
    counted = dict(rows.order_by().values_list("state").annotate(Count("pk")))
    family = GaugeMetricFamily(name, words, labels=["state"])
    for state in states:
        family.add_metric([str(state.value)], counted.get(state, 0))
    return family
