"""Celery only says "look now": what is to be done stands in the rows (`activity/`), who calls does not matter."""

import os

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mentorship.settings")

app = Celery("mentorship")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    "look at what is due": {"task": "mentorship.tasks.tick", "schedule": settings.TICK_SECONDS, "options": {"expires": 60}},
}
