"""Sending the same form twice makes one row: the form carries the name that the row will have."""

from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError, models, transaction

Row = TypeVar("Row", bound=models.Model)


def once(mine: models.QuerySet, key: str, make: Callable[[], Row]) -> tuple[Row, bool]:
    """The row of ``mine`` that was made under this name before, or a new one; and whether it is new.

    A name that belongs to somebody else's row is not taken: the new row then gets one of its own.
    """
    if key and (there := mine.filter(public_id=key).first()):
        return there, False
    row = make()
    fresh = row.public_id
    row.public_id = key or fresh
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        if there := mine.filter(public_id=key).first():
            return there, False
        if type(row).objects.filter(public_id=key).exists():
            row.public_id = fresh
            row.save(force_insert=True)
        else:
            raise
    return row, True
