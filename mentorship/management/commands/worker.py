import signal
import threading

from django.conf import settings
from django.core.management import BaseCommand

from mentorship import clockwork


class Command(BaseCommand):
    help = "Does what is due, again and again, in place of Celery's worker and scheduler."

    def handle(self, **options) -> None:
        stopping = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopping.set())
        while not stopping.is_set():
            clockwork.look_now()
            stopping.wait(settings.TICK_SECONDS)
        clockwork.leave()
