"""Processes of their own, forked from the test: what they do they do on connections of their own, and
they can die.
"""

import os
import signal
import sys
import traceback
from collections.abc import Callable

from django.db import connections


def together(*works: Callable[[], None]) -> list[int]:
    """Run each in a process of its own, all at once; the signal that ended each, 0 for a good end."""
    connections.close_all()  # a connection that two processes share is broken for both
    gate_out, gate_in = os.pipe()
    children = []
    for work in works:
        child = os.fork()
        if child == 0:
            os.close(gate_in)
            os.read(gate_out, 1)  # until the parent closes its end: they begin together
            _be(work)
        children.append(child)
    os.close(gate_out)
    os.close(gate_in)
    ends = []
    for child in children:
        _pid, status = os.waitpid(child, 0)
        assert not os.WIFEXITED(status) or os.WEXITSTATUS(status) == 0, "a process failed, see above"
        ends.append(os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0)
    return ends


def begin(work: Callable[[], None]) -> int:
    """Run it in a process of its own that goes on beside the test; its number."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        _be(work)
    return child


def die() -> None:
    """As `kill -9` does it: no clean-up, no last word."""
    os.kill(os.getpid(), signal.SIGKILL)


def _forget_connections() -> None:
    """Where a browser runs beside the tests there is an event loop, and with it a second place for connections: one
    that the parent opened there is still open here.  It is left alone, neither used nor closed."""
    for alias in connections:
        inherited = connections[alias]
        _inherited.append(inherited.connection)
        inherited.connection = None
        inherited.in_atomic_block = inherited.closed_in_transaction = inherited.needs_rollback = False
        inherited.savepoint_ids = []


_inherited: list[object] = []


def _be(work: Callable[[], None]) -> None:
    code = 0
    _forget_connections()
    try:
        work()
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        code = 1
    finally:
        connections.close_all()
        os._exit(code)
