"""How a long computation says where it is, and how it is stopped.

A caller hands in ``report(step, done, total) -> None``: ``step`` is a short code (``"scores"``, ``"solve"``,
``"prove"`` …), ``done`` and ``total`` whole numbers of that step.  To stop, it raises ``Stopped``; the engine
keeps nothing and lets it pass.
"""

from collections.abc import Callable

Report = Callable[[str, int, int], None]


class Stopped(Exception):
    """Raised by a report function when somebody asked the computation to end."""


def silent(step: str, done: int, total: int) -> None:
    """The report of a caller who does not want to know."""
