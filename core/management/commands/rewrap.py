"""Seals everything confidential with the newest key, so that an older one can leave CONTENT_KEYS."""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import models
from django.db.models import F
from django.db.models.functions import Cast

from core.crypto import EncryptedJSONField, EncryptedTextField, Unreadable, key_name, key_ring

BATCH = 500
Field = EncryptedTextField | EncryptedJSONField


def confidential_fields(tables: Iterable[type[models.Model]]) -> list[Field]:
    return [
        field for model in tables for field in model._meta.local_concrete_fields if isinstance(field, Field)
    ]


def stored(field: Field) -> models.QuerySet:
    """The rows that hold something in ``field``, with what the database holds, as text, beside it."""
    rows = field.model._base_manager.filter(**{f"{field.attname}__isnull": False})
    return rows.annotate(as_stored=Cast(F(field.attname), models.TextField()))


def batches(rows: models.QuerySet, size: int) -> Iterator[list[Any]]:
    last = None
    while batch := list((rows if last is None else rows.filter(pk__gt=last)).order_by("pk")[:size]):
        yield batch
        last = batch[-1]["pk"]


def rewrap(field: Field, size: int = BATCH) -> Counter[str]:
    """One row at a time, and only if it is still as it was read: somebody who writes meanwhile wins.

    Killed and called again it goes on where it stopped: what carries the newest key is not looked at."""
    counted: Counter[str] = Counter()
    newest = key_ring().newest
    older = stored(field).exclude(as_stored__startswith=f"v1|{newest}|")
    for batch in batches(older.values("pk", field.bound_to, field.attname), size):
        for row in batch:
            held, identity = row[field.attname], row[field.bound_to]
            try:
                anew = field.seal(held.open(identity), identity)
            except Unreadable:
                counted["unreadable"] += 1
                continue
            unchanged = stored(field).filter(pk=row["pk"], as_stored=held.text)
            counted["sealed anew" if unchanged.update(**{field.attname: anew}) else "written meanwhile"] += 1
    return counted


def keys_in_use(field: Field, size: int = BATCH) -> Counter[str]:
    texts = stored(field).values("pk", "as_stored")
    return Counter(key_name(row["as_stored"]) or "(none)" for batch in batches(texts, size) for row in batch)


class Command(BaseCommand):
    help = "Seals confidential text anew with the newest key. It can be stopped and repeated at any time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="only count which key each text is sealed with"
        )

    def handle(self, *, check: bool, **options: Any) -> None:
        unreadable = 0
        for field in confidential_fields(apps.get_models()):
            counted = keys_in_use(field) if check else rewrap(field)
            unreadable += counted["unreadable"]
            said = ", ".join(f"{n} {what}" for what, n in sorted(counted.items()) if n)
            self.stdout.write(f"{field.model._meta.label}.{field.name}: {said or 'nothing to do'}")
        if unreadable:
            raise CommandError(
                f"{unreadable} texts do not open with any key in CONTENT_KEYS and were left as they are."
            )
