import logging
import signal
import threading

from django.conf import settings
from django.core.management import BaseCommand
from django.db import close_old_connections

from mentorship import clockwork

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Does what is due, again and again, in place of Celery's worker and scheduler."

    def handle(self, **options) -> None:
        stopping = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopping.set())
        while not stopping.is_set():
            close_old_connections()
            try:
                clockwork.look_now()
            except Exception:
                # A database that is away for a moment is back for one of the next looks.
                log.exception("This look failed; the next one follows.")
            stopping.wait(settings.TICK_SECONDS)
        clockwork.leave()
