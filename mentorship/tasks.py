"""The door for the clock.  Nothing is handed over: what there is to do stands in rows."""

from celery import shared_task
from celery.signals import worker_init, worker_ready, worker_shutdown

from activity import bell
from mentorship import clockwork


@shared_task
def tick() -> None:
    clockwork.heard()
    clockwork.look_now()


@worker_init.connect
def listen(**_) -> None:
    """Before the broker is found: there may be none."""
    clockwork.watch_hearing()


@worker_ready.connect
def begin(**_) -> None:
    bell.ring()


@worker_shutdown.connect
def leave(**_) -> None:
    clockwork.leave()
