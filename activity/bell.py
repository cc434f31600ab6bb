"""The bell: "look now".  Losing it costs nothing, because the clock comes by every few seconds anyway."""

import time

from celery import current_app

TASK = "mentorship.tasks.tick"
PATIENCE = 1  # second that a broker gets to answer
SULK = 10  # seconds without another try after it did not

_silent_until = 0.0


def ring() -> bool:
    """Ask a worker to look at the rows now; whether the broker heard it.  Never raises, never retries."""
    global _silent_until
    if time.monotonic() < _silent_until:
        return False
    try:
        options = {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE, "max_retries": 0}
        with current_app.connection_for_write(
            connect_timeout=PATIENCE, transport_options=options
        ) as connection:
            current_app.send_task(TASK, connection=connection, retry=False, expires=60, ignore_result=True)
    except Exception:
        # Whatever ails the broker, the deed is done and its rows are kept: there is nobody to tell.
        _silent_until = time.monotonic() + SULK
        return False
    return True
