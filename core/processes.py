"""What a process asks of the kernel for itself: to end with its parent, and to be held to so much work."""

import ctypes
import resource
import signal
from collections.abc import Callable
from contextlib import suppress


def _find_prctl() -> Callable[..., int] | None:
    with suppress(OSError, AttributeError):
        return ctypes.CDLL(None).prctl
    return None


_prctl = _find_prctl()
_PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """Ask Linux to stop this process when its parent dies: even ``kill -9`` of the head leaves no orphan.

    May run between fork and exec, so it touches nothing but the one call looked up beforehand.
    """
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def hold_to(*, seconds: int, memory: int) -> None:
    """From now on: no more computing than that many seconds from its start on, and no more bytes of memory.

    Over time it is ended by the kernel, wherever it is at that moment; over memory it meets MemoryError.
    """
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(ValueError, OSError):  # not every system counts it
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
