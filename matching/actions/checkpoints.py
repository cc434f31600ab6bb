"""What a run at work keeps, so that a worker that takes it over goes on from there: its question and its prices."""

import zlib
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction

from matching.engine.written import digest
from matching.models import Checkpoint, MatchRun
from matching.snapshot import Pool
from matching.stages import RunState

PRICES = np.dtype("<i8")


@transaction.atomic
def keep_question(run: MatchRun, asked: dict[str, Any], pool: Pool) -> None:
    """The snapshot of the moment the run began: whoever takes it over answers the same question."""
    run.snapshot, run.snapshot_hash = asked, digest(asked)
    run.mentees, run.mentors, run.places = len(pool.mentees), len(pool.mentors), pool.places
    run.save(update_fields=["snapshot", "snapshot_hash", "mentees", "mentors", "places"])


@transaction.atomic
def keep_prices(run: MatchRun, prices: np.ndarray, worth: int, bound: int, *, now: datetime) -> None:
    """How far a large run has come; nothing once it is over."""
    if not MatchRun.objects.filter(pk=run.pk, state=RunState.RUNNING).exists():
        return
    kept = {
        "prices": zlib.compress(prices.astype(PRICES).tobytes(), 1),
        "worth": worth,
        "bound": bound,
        "written_at": now,
    }
    Checkpoint.objects.update_or_create(run=run, defaults=kept)
