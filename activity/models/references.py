"""The name of a thing in rows that may be about anything, and outlive it."""

from django.apps import apps
from django.db import models

LENGTH = 120


def reference(thing: models.Model | str | None) -> str:
    """ "programs.program:7" for that program; a reference passes as it is, nothing is the empty one."""
    if isinstance(thing, models.Model):
        if thing.pk is None:
            raise ValueError(
                f"{thing._meta.label_lower} has no key yet: save it before something refers to it."
            )
        return f"{thing._meta.label_lower}:{thing.pk}"
    return thing or ""


def resolve(name: str) -> models.Model | None:
    """The thing of that name, if it is still there."""
    label, _, key = name.partition(":")
    try:
        kind = apps.get_model(label)
        return kind._base_manager.filter(pk=key).first()
    except (LookupError, ValueError):
        return None
