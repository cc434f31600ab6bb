"""The door for the clock.  Nothing is handed over: what there is to do stands in rows."""

from celery import shared_task
from celery.signals import worker_ready, worker_shutdown

from activity import bell
from mentorship import clockwork


@shared_task
def tick() -> None:
    clockwork.look_now()


@worker_ready.connect
def listen(**_) -> None:
    clockwork.watch_hearing()
    bell.ring()


@worker_shutdown.connect
def leave(**_) -> None:
    clockwork.leave()
