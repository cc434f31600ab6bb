"""A large run in the product, as a coordinator sees it: real web and worker processes, asked over HTTP.

::

    python -m benchmarks.matching.product 2000
    python -m benchmarks.matching.product 10000 --on postgres

N mentees and N mentors are put into a database of their own.  A coordinator signs in and runs the matching twice: once
with the machine for it alone, and once while somebody reads all the time, page after page: the run at work, home, the
participants, the review of the first run.  Then the finished run is opened, searched, filtered, its figures and its
proof are read, the proof is checked again, all pairs are published and taken back.

Printed are the CPU time and the peak memory of the process that works on the run, its steps, what the page of the run
said, and how long pages took while nothing ran (idle), during the run, and after it.
"""

import argparse
import os
import re
import statistics
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

from tests import services
from tests.environment import SECRETS

PASSWORD = "a long word of the benchmark"
TICKS = os.sysconf("SC_CLK_TCK")
LOOK_SECONDS = 0.1
PATIENCE_SECONDS = 3600
IDLE_ROUNDS = 12


# Somebody with a browser


class Reader:
    """Reads pages and sends forms, and notes how long each took, by what it is called."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.jar = CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self.took: dict[str, list[float]] = defaultdict(list)

    def get(self, address: str, name: str = "") -> str:
        return self._ask(address, None, name)

    def send(self, page: str, address: str, name: str = "", **values: str) -> str:
        """The form on ``page`` with these values, to ``address``; the page that it leads to."""
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(page))[1]
        return self._ask(address, urlencode({"csrfmiddlewaretoken": token, **values}).encode(), name)

    def _ask(self, address: str, body: bytes | None, name: str) -> str:
        begun = time.perf_counter()
        request = urllib.request.Request(
            self.url + address, body, headers={"Referer": self.url, "Origin": self.url}
        )
        with self.opener.open(request, timeout=300) as answer:
            self.last = answer.url.removeprefix(self.url)
            text = answer.read().decode()
        if name:
            self.took[name].append(time.perf_counter() - begun)
        return text


# The process that works


@dataclass
class Work:
    """What one run cost, and what its page said meanwhile."""

    cpu: float = 0.0
    peak: int = 0
    wall: float = 0.0
    said: list[str] = field(default_factory=list)
    key: str = ""


@contextmanager
def watched(job: str) -> Iterator[Work]:
    """CPU seconds and peak memory of the process that works on the job, as Linux counts them."""
    work, over = Work(), threading.Event()

    def look() -> None:
        process = None
        while not over.wait(LOOK_SECONDS):
            process = process or working_on(job)
            if process is not None:
                note(process, work)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield work
    finally:
        over.set()
        thread.join()


def working_on(job: str) -> Path | None:
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if job.encode() in words:
                return process
    return None


def note(process: Path, work: Work) -> None:
    try:
        times = (process / "stat").read_text().rpartition(")")[2].split()
        status = (process / "status").read_text()
    except OSError:
        return
    work.cpu = max(work.cpu, (int(times[11]) + int(times[12])) / TICKS)
    if found := re.search(r"VmHWM:\s+(\d+) kB", status):
        work.peak = max(work.peak, int(found[1]) * 1024)


# The story


def sign_in(reader: Reader, email: str) -> None:
    reader.send("/sign-in/", "/sign-in/", login=email, password=PASSWORD)
    if "/sign-out/" not in reader.get("/help/"):
        sys.exit("Signing in did not work.")


def press_run(reader: Reader, program: str) -> str:
    """The address of the job's page."""
    reader.send(f"/p/{program}/matching/", f"/p/{program}/matching/runs/", "ask for a run")
    return reader.last


def run_through(reader: Reader, program: str, others: dict[str, str]) -> Work:
    """Press Run, and read until it is done: the page of the run between all others."""
    job = press_run(reader, program)
    begun = time.perf_counter()
    with watched(job.strip("/").rpartition("/")[2]) as work:
        while True:
            page = reader.get(job, "page of the run at work")
            if (ended_at := reader.last) != job:
                break
            tell(work, page, time.perf_counter() - begun)
            for name, address in others.items():
                reader.get(address, name)
            time.sleep(0.5)
            if time.perf_counter() - begun > PATIENCE_SECONDS:
                sys.exit("The run did not end.")
        work.wall = time.perf_counter() - begun
    if f"/p/{program}/matching/runs/" not in ended_at:
        sys.exit(f"The run ended at {ended_at}.")
    return work


def tell(work: Work, page: str, seconds: float) -> None:
    """What the page says now, once for each step and each new gap."""
    found = re.search(r'<p class="sub">([^<]*?)( You can leave[^<]*)?</p>', page)
    words = found[1].strip() if found else ""
    key = re.sub(r" About .* left\.", "", words)
    if words and key != work.key:
        work.key = key
        work.said.append(f"{seconds:.0f} s: {words}")


def read_through(reader: Reader, program: str, number: int) -> None:
    """Everything somebody does with a finished run."""
    run = f"/p/{program}/matching/runs/{number}/"
    for _again in range(3):
        page = reader.get(run, "open the run")
        reader.get(f"{run}?q=mentee+77", "search for a name")
        reader.get(f"{run}?show=look", "filter: worth a look")
        reader.get(f"{run}?show=unmatched", "filter: without a pair")
        after = re.search(r'href="(\?[^"]*after=[^"]*)"', page)
        if after:
            reader.get(run + after[1].replace("&amp;", "&"), "next page of proposals")
        pair = re.search(rf'href="({run}[a-z0-9]{{8}}/)"', page)
        if pair:
            reader.get(pair[1], "one pair")
        reader.get(f"{run}figures/", "figures")
        reader.get(f"{run}proof/", "proof")
        reader.get(f"{run}compare/{number - 1}/", "compare with the other run")
        reader.get(f"{run}publish/", "page before publishing")
    reader.send(f"{run}proof/", f"{run}proof/checks/")
    job, begun = reader.last, time.perf_counter()
    while reader.last == job:
        time.sleep(0.2)
        reader.get(job)
    reader.took["check the proof again (worker)"].append(time.perf_counter() - begun)
    reader.send(f"{run}publish/", f"{run}publish/", "publish all pairs")
    reader.send(run, f"{run}withdrawal/", "take all back")


def others_of(program: str) -> dict[str, str]:
    return {
        "home": "/",
        "participants": f"/p/{program}/people/",
        "matching": f"/p/{program}/matching/",
        "review of an earlier run": f"/p/{program}/matching/runs/1/",
    }


def at_work(size: int, database: str) -> None:
    with ExitStack() as stack:
        given = services.sqlite() if database == "sqlite" else services.postgres()
        redis = stack.enter_context(services.redis())
        env = {
            **SECRETS,
            "DATABASE_URL": stack.enter_context(given),
            "REDIS_URL": f"{redis}/0",
            "CACHE_URL": f"{redis}/1",
            "UNDO_MINUTES": "60",
        }
        sink = stack.enter_context(services.smtp_sink())
        env["VAR"] = str(stack.enter_context(services.folder("mentorship-benchmark")))
        services.manage("migrate", "--verbosity", "0", env=env)
        how = f"from benchmarks.matching.program import seed; seed({size}, {PASSWORD!r})"
        program, email = services.manage("shell", "--no-imports", "--command", how, env=env).split()
        machine = stack.enter_context(services.processes(env, sink=sink))
        reader = Reader(machine.url)
        sign_in(reader, email)
        alone = run_through(reader, program, {})
        reader.took.clear()
        others = others_of(program)
        for _round in range(IDLE_ROUNDS):
            for name, address in others.items():
                reader.get(address, name)
        idle = dict(reader.took)
        reader.took = defaultdict(list)
        busy = run_through(reader, program, others)
        during = dict(reader.took)
        reader.took = defaultdict(list)
        read_through(reader, program, 2)
        show(size, database, alone, busy, (idle, during, dict(reader.took)))


# What is printed


def show(size: int, database: str, alone: Work, busy: Work, took: tuple[dict, dict, dict]) -> None:
    print(f"\n{size:,} mentees and {size:,} mentors, {database}\n")
    print("| | wall s | CPU s of the worker's process | its peak memory |\n|---|---|---|---|")
    for name, work in (("nobody reads", alone), ("somebody reads all the time", busy)):
        print(f"| run, {name} | {work.wall:.1f} | {work.cpu:.1f} | {work.peak / 1e6:.0f} MB |")
    idle, during, after = took
    print("\n| page | idle p50 | p95 | during the run p50 | p95 |\n|---|---|---|---|---|")
    for name in during:
        cells = [part for times in (idle.get(name), during[name]) for part in of(times)]
        print(f"| {name} | " + " | ".join(cells) + " |")
    print("\n| afterwards | seconds |\n|---|---|")
    for name, times in after.items():
        print(f"| {name} | {statistics.median(times):.2f} |")
    print("\nThe page of the run said:\n")
    for words in busy.said:
        print(f"- {words}")


def of(times: list[float] | None) -> tuple[str, str]:
    if not times:
        return "", ""
    last = sorted(times)[min(len(times) - 1, round(0.95 * len(times)))]
    return f"{1000 * statistics.median(times):.0f} ms", f"{1000 * last:.0f} ms"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("size", type=int)
    parser.add_argument("--on", choices=("postgres", "sqlite"), default="postgres")
    chosen = parser.parse_args()
    at_work(chosen.size, chosen.on)
