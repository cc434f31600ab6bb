"""Faults on purpose, one code for two sizes: small in every test run, large by ``python3 dev.py evidence``.

What a test found out goes to `evidence`; the long run makes tables of it, in docs/evidence.md.
"""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from activity import carriers
from tests.activity.kinds import with_templates_of_tests
from tests.faults.sizes import LONG

NOTES = os.environ.get("EVIDENCE_NOTES", "")


@pytest.fixture(autouse=True)
def own_templates(settings):
    settings.TEMPLATES = with_templates_of_tests(settings.TEMPLATES)


@pytest.fixture
def evidence(request) -> Callable[..., None]:
    """One line of a table: `evidence("kills", kills=500, lost=0)`.  A short run keeps none."""
    begun = time.monotonic()

    def note(part: str, **figures) -> None:
        if NOTES:
            line = {
                "part": part,
                "on": request.config.getoption("--on"),
                **figures,
                "seconds": round(time.monotonic() - begun),
            }
            with Path(NOTES).open("a") as file:
                file.write(json.dumps(line) + "\n")

    return note


@pytest.fixture
def plain_mail(settings):
    settings.DEMO = settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""


@pytest.fixture
def no_pause(monkeypatch):
    """The minute of peace after failed connections is not waited for."""
    monkeypatch.setattr(carriers.Breaker, "PAUSE", 0.0)


@pytest.fixture
def ample(monkeypatch):
    """The brake for unusual numbers is about something else."""
    monkeypatch.setattr("activity.catchup.USUAL", 10**9)


def pytest_report_header():
    return "faults: the long run" if LONG else None
