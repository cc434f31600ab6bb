"""Public names of rows: short, unguessable enough not to be counted, readable aloud."""

import random
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

# Letters and digits that are not taken for one another, without vowels that would make words.
ALPHABET = "23456789bcdfghjkmnpqrstvwxyz"
LENGTH = 8

_draw = secrets.choice


def new_public_id() -> str:
    """Eight characters of 28: 3.8 x 10^11 names, so that addresses neither count nor order the rows."""
    return "".join(_draw(ALPHABET) for _ in range(LENGTH))


@contextmanager
def drawn_from(seed: int) -> Iterator[None]:
    """The same names each time, for an organisation that is made up to look at."""
    global _draw
    _draw = random.Random(seed).choice  # noqa: S311 (nothing of a demo is secret)
    try:
        yield
    finally:
        _draw = secrets.choice
