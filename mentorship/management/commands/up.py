"""Everything on one machine: database, demo organisation, web, worker, scheduler, Redis between them."""

import fcntl
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, CommandError, call_command, get_commands
from django.core.management.base import CommandParser

from mentorship import supervisor

READY_SECONDS = 60
LOOK_SECONDS = 0.25


class Command(BaseCommand):
    help = "Starts everything: prepares the database, then runs web, worker and scheduler until Ctrl-C."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="the port of the pages (8000)")

    def handle(self, *, port: int, **options) -> None:
        self.refuse_production()
        with one_at_a_time(settings.VAR / "up.lock", port):
            self.refuse_busy(port)
            url = os.environ.get("PUBLIC_URL") or f"http://127.0.0.1:{port}"
            env = {**os.environ, "PUBLIC_URL": url}
            self.prepare(env)
            self.serve(port, url, env)

    def refuse_production(self) -> None:
        if settings.PRODUCTION:
            raise CommandError(
                "`up` is for trying out and developing.  Production runs web, worker and scheduler apart: "
                "docker-compose.yml and docs/production.md say how."
            )

    def refuse_busy(self, port: int) -> None:
        if supervisor.answers(port):
            raise CommandError(
                f"Another program uses port {port}.  Choose another one: python3 dev.py up --port {port + 1}"
            )

    def prepare(self, env: dict[str, str]) -> None:
        self.say("Preparing the database …")
        call_command("migrate", verbosity=0, interactive=False)
        if settings.DEMO and "demo" in get_commands() and not get_user_model().objects.exists():
            self.say("Making the demo organisation.  This takes a moment, once …")
            demo = (sys.executable, supervisor.ROOT / "manage.py", "demo")
            if subprocess.run(demo, env=env, check=False).returncode:
                raise CommandError("The demo organisation could not be made; the lines above say why.")

    def serve(self, port: int, url: str, env: dict[str, str]) -> None:
        stopping = threading.Event()
        group = supervisor.Group(env, say=self.say)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: group.kill() if stopping.is_set() else stopping.set())
        try:
            self.start(group, port)
            self.welcome(group, port, url, stopping)
            while not stopping.wait(LOOK_SECONDS):
                group.watch()
        except supervisor.GaveUp as why:
            raise CommandError(f"{why}  Everything is being stopped.") from why
        finally:
            stopping.set()
            self.say("Stopping …")
            group.stop()
        self.say("Stopped.  Everything is kept; python3 dev.py up goes on from here.")

    def start(self, group: supervisor.Group, port: int) -> None:
        self.say("Starting web, worker and scheduler …")
        has_broker = bool(settings.REDIS_URL) or self.start_broker(group)
        group.start(supervisor.web(f"127.0.0.1:{port}"))
        if has_broker:
            group.start(supervisor.worker())
            group.start(supervisor.scheduler())
        else:
            self.say(
                "There is no Redis here, so one process does the work of worker and scheduler: a bit slower."
            )
            group.start(supervisor.loop())

    def start_broker(self, group: supervisor.Group) -> bool:
        program = supervisor.redis_program()
        if program is None:
            return False
        part, address = supervisor.broker(settings.VAR / "redis", program)
        group.start(part)
        port = int(address.rpartition(":")[2].partition("/")[0])
        server = group.running[part.name].process
        supervisor.wait_until(lambda: server.poll() is not None or supervisor.answers(port), seconds=10)
        if server.poll() is not None or not supervisor.answers(port):
            group.stop()
            return False
        group.env["REDIS_URL"], group.env["CACHE_URL"] = address, f"{address.removesuffix('/0')}/1"
        return True

    def welcome(self, group: supervisor.Group, port: int, url: str, stopping: threading.Event) -> None:
        """Say where it is, but not before somebody who goes there at once finds a page."""

        def look() -> bool:
            group.watch()
            return stopping.is_set() or lives(port)

        if not supervisor.wait_until(look, READY_SECONDS):
            raise supervisor.GaveUp(f"No page was served within {READY_SECONDS} seconds.")
        if stopping.is_set():
            return
        self.say(f"\n  The pages are at   {url}\n")
        if settings.DEMO and "demo" in get_commands():
            call_command("demo", who=True, stdout=self.stdout)
        self.say("  Ctrl-C stops everything.\n")

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


@contextmanager
def one_at_a_time(place: Path, port: int) -> Iterator[None]:
    """A second one would take the port and the files of the first."""
    with place.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            lock.seek(0)
            raise CommandError(
                f"It is running already in this folder ({lock.read().strip() or 'just starting'}).  "
                "Stop that one first, with Ctrl-C in its terminal."
            ) from taken
        lock.truncate(0)
        lock.write(f"process {os.getpid()}, port {port}")
        lock.flush()
        yield


def lives(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz/live", timeout=2) as response:
            return response.status == 200
    except OSError:
        return False
