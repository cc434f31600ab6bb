"""Loaded by pytest before the settings (pyproject.toml): starts the servers once, points the settings there.

``--on postgres`` (the default) or ``--on sqlite`` says which database.  DATABASE_URL and REDIS_URL, where
given, are used instead of servers of our own: Django makes a test database of its own there, and the Redis
databases 1 to 15 are emptied.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from tests import services

# What somebody's shell has set must not change what the tests find.
FOREIGN = (
    "ALLOWED_HOSTS",
    "CACHE_URL",
    "DEBUG",
    "DEFAULT_FROM_EMAIL",
    "DEMO",
    "EMAIL_URL",
    "INBOUND_ADDRESS",
    "LOG_LEVEL",
    "MAIL_WEBHOOK_KEY",
    "MAIL_WEBHOOK_PROVIDER",
    "METRICS_TOKEN",
    "MODE",
    "PUBLIC_URL",
    "SECRET_KEY_FALLBACKS",
    "STATIC_ROOT",
    "TICK_SECONDS",
    "TRUSTED_PROXY_COUNT",
    "UNDO_MINUTES",
)
SECRETS = {
    "SECRET_KEY": "only-the-tests-know-this-key-and-it-opens-nothing-else",
    "CONTENT_KEYS": "k1:only-the-tests-know-this-key-of-confidential-text",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("mentorship")
    group.addoption(
        "--on", choices=("postgres", "sqlite"), default="postgres", help="the database (postgres)"
    )


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Before everybody else's part of this hook, in which pytest-django reads the settings."""
    options = early_config.known_args_namespace
    with ExitStack() as stack:
        if "PYTEST_XDIST_WORKER" not in os.environ and not (options.help or options.version):
            start(stack, options.on)
        number = 1 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 7
        os.environ["REDIS_URL"] = f"{os.environ.get('TESTS_REDIS', '')}/{number}"
        os.environ["CACHE_URL"] = f"{os.environ.get('TESTS_REDIS', '')}/{number + 8}"
        result = yield
        early_config.add_cleanup(stack.pop_all().close)
    return result


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The pass on SQLite leaves out what the one on PostgreSQL has shown for both."""
    for item in items:
        if "page" in item.fixturenames:
            item.add_marker("browser")
    if config.getoption("--on") == "sqlite":
        marks = ("browser", "postgres", "once")
        left_out = [item for item in items if any(item.get_closest_marker(mark) for mark in marks)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def start(stack: ExitStack, database: str) -> None:
    """Start what is missing; the processes of pytest-xdist inherit all of it by environment."""
    for name in FOREIGN:
        os.environ.pop(name, None)
    os.environ.update(SECRETS)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's event loop runs in the thread of the test
    var = stack.enter_context(
        tempfile.TemporaryDirectory(prefix="mentorship-tests-", ignore_cleanup_errors=True)
    )
    os.environ["VAR"] = var
    if database == "sqlite":
        os.environ["DATABASE_URL"] = f"sqlite:///{var}/mentorship.sqlite3"
    elif not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = stack.enter_context(services.postgres())
    given = urlsplit(os.environ.get("REDIS_URL", ""))
    os.environ["TESTS_REDIS"] = (
        f"{given.scheme}://{given.netloc}" if given.netloc else stack.enter_context(services.redis())
    )
