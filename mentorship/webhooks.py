"""What a mail provider tells of letters it could not deliver.  Letters go out by SMTP; the provider only reports.

django-anymail knows the forms and signatures of the providers, and hands each event on as a signal: its way, and the
one place where this product listens to one.  There is no such address unless a provider is configured.
"""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from anymail.exceptions import AnymailError
from anymail.signals import AnymailTrackingEvent, EventType, RejectReason, tracking
from anymail.webhooks.base import AnymailBaseWebhookView
from anymail.webhooks.brevo import BrevoTrackingWebhookView
from anymail.webhooks.mailgun import MailgunTrackingWebhookView
from anymail.webhooks.mailjet import MailjetTrackingWebhookView
from anymail.webhooks.postal import PostalTrackingWebhookView
from anymail.webhooks.postmark import PostmarkTrackingWebhookView
from anymail.webhooks.sendgrid import SendGridTrackingWebhookView
from anymail.webhooks.sparkpost import SparkPostTrackingWebhookView
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.dispatch import receiver
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from activity.actions import turn_off
from activity.incoming import status_in
from activity.models import Letter
from activity.returns import HARD, came_back
from mentorship.clockwork import LETTERS
from people.models import User

OLDEST = timedelta(days=30)
VIEWS: dict[str, type[AnymailBaseWebhookView]] = {
    "brevo": BrevoTrackingWebhookView,
    "mailgun": MailgunTrackingWebhookView,
    "mailjet": MailjetTrackingWebhookView,
    "postal": PostalTrackingWebhookView,
    "postmark": PostmarkTrackingWebhookView,
    "sendgrid": SendGridTrackingWebhookView,
    "sparkpost": SparkPostTrackingWebhookView,
}
# Reasons not to send to this address at all, as opposed to this letter.
GIVEN_UP = {RejectReason.BOUNCED, RejectReason.INVALID}


@csrf_exempt  # pressed by the provider's machines: its signature, or the secret it was given, is the proof
@login_not_required
def tell(request: HttpRequest, provider: str) -> HttpResponse:
    """Without configuration there is nothing here, for no method."""
    if provider != settings.MAIL_WEBHOOK_PROVIDER or not settings.MAIL_WEBHOOK_KEY:
        raise Http404
    try:
        return VIEWS[provider].as_view()(request)
    except (AnymailError, ValueError, LookupError, TypeError, AttributeError):
        # Refused, or in a form that the library does not know; nothing was learned.
        return HttpResponse(status=HTTPStatus.BAD_REQUEST)


@receiver(tracking)
def told(event: AnymailTrackingEvent, esp_name: str, **sender: Any) -> None:
    learn(event, esp_name, now=timezone.now())


def learn(event: AnymailTrackingEvent, provider: str, *, now: datetime) -> bool:
    """Whether anything was learned: what is delayed only, old, known already or about a stranger is left alone."""
    status, complains = status_of(event), event.event_type == EventType.COMPLAINED
    address = str(event.recipient or "").replace("\x00", "")
    person = User.objects.known_as(address).first() if address and (status or complains) else None
    if person is None or (event.timestamp and event.timestamp < now - OLDEST):
        return False
    if complains:
        return stop(letter_of(event, person), person, now=now)
    name = event.event_id or f"{event.message_id}|{address}|{event.timestamp}"
    key = f"{provider}|{name}".replace("\x00", "")
    return came_back(address, key=key, status=status, letter=letter_of(event, person), now=now)


def stop(letter: Letter | None, person: User, *, now: datetime) -> bool:
    """Who calls a letter spam gets no more of its kind, as if its link for that had been pressed."""
    kind = LETTERS.get(letter.kind) if letter else None
    if kind is None or kind.choice is None:
        return False
    return turn_off(person, kind.choice.name, by=None, now=now)


def status_of(event: AnymailTrackingEvent) -> str:
    """The number of what went wrong for good; empty for what did not."""
    if event.event_type == EventType.REJECTED:
        return HARD if event.reject_reason in GIVEN_UP else ""
    said = status_in(" ".join(str(text) for text in (event.mta_response, event.description) if text))
    if event.event_type == EventType.BOUNCED:
        return said or HARD
    return said if event.event_type == EventType.FAILED else ""


def letter_of(event: AnymailTrackingEvent, person: User) -> Letter | None:
    name = str(event.message_id or "").replace("\x00", "")
    return Letter.objects.for_person(person).filter(message_id=name).first() if name else None
