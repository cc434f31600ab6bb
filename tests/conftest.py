"""What every test stands on: fast passwords, an empty cache and, if asked for, a browser or all processes."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection

from activity import carriers
from tests import services
from tests.cast import *  # noqa: F403  the people of every test

# How long an example takes depends on the machine, and is no matter of right or wrong.
# Whoever lands a change meets the same examples as before; at home everybody tries others.
hypothesis.settings.register_profile("house", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("house")

# The database and its servers


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """SQLite as people run it: a file in WAL mode, which other processes open beside the test."""
    database = django_settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
        connection.settings_dict["TEST"]["NAME"] = str(Path(os.environ["VAR"]) / f"test-{worker}.sqlite3")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup):
    """A connection that some process or thread still holds must not keep the database from being removed."""
    yield
    if connection.vendor == "postgresql":
        services.disconnect_all(test_database_url())


@pytest.fixture(autouse=True)
def quick_and_clean(settings):
    """Hashing is slow on purpose, which tests do not need; rate limits end with the test that met them."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()


@pytest.fixture(autouse=True)
def patient_breaker(monkeypatch):
    """A mail server that was not there for one test is asked again by the next."""
    monkeypatch.setattr("activity.sending.BREAKER", carriers.Breaker())


@pytest.fixture(scope="session")
def postgres() -> str:
    """The address of the PostgreSQL of this run, for tests marked ``postgres``."""
    return os.environ["DATABASE_URL"]


@pytest.fixture(scope="session")
def redis() -> str:
    return os.environ["REDIS_URL"]


@pytest.fixture(scope="session")
def _sink() -> Iterator[services.Sink]:
    with services.smtp_sink() as sink:
        yield sink


@pytest.fixture
def sink(_sink, settings) -> services.Sink:
    """A mail server in a process of its own, which the settings of this test point at."""
    _sink.clear()
    settings.EMAIL_URL, settings.EMAIL_HOST, settings.EMAIL_PORT = _sink.url, "127.0.0.1", _sink.port
    return _sink


@pytest.fixture
def machine(transactional_db, sink) -> Iterator[services.Machine]:
    """Web, worker and scheduler, in processes of their own, on the database of this test and ``sink``."""
    with services.processes({"DATABASE_URL": test_database_url()}, sink=sink) as running:
        yield running


def test_database_url() -> str:
    """The address of the database that Django made for the tests of this process."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    return f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{database['NAME']}"


test_database_url.__test__ = False


# The browser


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    quiet = ("background-networking", "component-update", "sync", "dev-shm-usage", "gpu", "quic")
    return {
        **browser_type_launch_args,
        "executable_path": os.environ.get("CHROMIUM")
        or shutil.which("chromium")
        or shutil.which("google-chrome"),
        "args": ["--no-sandbox", "--no-first-run", *(f"--disable-{name}" for name in quiet)],
    }


@pytest.fixture
def console(page) -> Iterator[list[str]]:
    """A test that uses this fails on whatever the browser complains of, the content policy above all."""
    complaints: list[str] = []
    page.on(
        "console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield complaints
    assert complaints == []
