"""The group on small processes of its own.  What it does with the real ones is in test_up.py."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from mentorship import supervisor
from mentorship.supervisor import GaveUp, Group, Part
from tests.services import ROOT

pytestmark = pytest.mark.once

SLEEP = "import time; time.sleep(60)"


def part(name, code, **more):
    return Part(name, (sys.executable, "-S", "-c", code), **{"leaves": 0, **more})


@pytest.fixture
def said():
    return []


@pytest.fixture
def group(said):
    made = Group(dict(os.environ), say=said.append)
    yield made
    made.stop(grace=1)


def wait_until(check, seconds=10):
    assert supervisor.wait_until(check, seconds)


def is_there(pid):
    """Dead processes that nobody has asked about yet do not count."""
    with suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def test_it_passes_on_what_a_part_says_under_its_name(group, said):
    group.start(part("talker", "print('hello'); print(); print('there')"))
    wait_until(lambda: len(said) == 2)
    assert said == ["talker    hello", "talker    there"]


def test_a_quiet_part_is_heard_only_when_it_matters(group, said):
    group.start(part("talker", "print('hello')", is_quiet=True))
    wait_until(lambda: group.last_words["talker"])
    assert said == []


def test_a_part_gets_its_configuration_where_no_list_of_processes_shows_it(group, said):
    group.start(part("reader", "import sys; print(sys.stdin.read())", stdin="a password\n"))
    wait_until(lambda: said)
    assert said == ["reader    a password"]


def test_a_fallen_part_is_started_again(group, said):
    group.start(part("sleeper", SLEEP))
    first = group.running["sleeper"].process
    first.kill()
    first.wait()

    group.watch()
    assert said == ["The sleeper process ended with -9; it starts again in 0.5 s."]
    wait_until(lambda: group.watch() or group.running["sleeper"].process is not first)
    assert is_there(group.running["sleeper"].process.pid)


def test_a_part_that_falls_again_and_again_ends_it_all_with_its_last_words(group, said, monkeypatch):
    monkeypatch.setattr(supervisor.time, "monotonic", lambda: 1000.0)
    group.start(part("faller", "raise SystemExit('no such table')"))
    pids = set()
    with pytest.raises(GaveUp, match=r"The faller process ended 6 times.*\n.*no such table"):
        for _ in range(6):
            running = group.running["faller"]
            pids.add(running.process.pid)
            running.process.wait()
            time.sleep(0.1)
            group.watch()
            running.again_at = 0.1
            group.watch()
    assert len(pids) == 6
    assert [line.rpartition("in ")[2] for line in said if "starts again" in line] == [
        "0.5 s.",
        "1 s.",
        "2 s.",
        "4 s.",
        "8 s.",
    ]


def test_falls_of_long_ago_are_forgiven(group):
    group.start(part("faller", SLEEP))
    running = group.running["faller"]
    running.falls = [time.monotonic() - supervisor.FALLS_WINDOW_SECONDS - 1] * 50
    running.process.kill()
    running.process.wait()
    group.watch()
    assert len(running.falls) == 1


def test_parts_leave_in_their_turn(group, said, tmp_path):
    """Each signs out in one book: what they say reaches us through a thread of its own, in any order."""
    book = tmp_path / "book"
    signs_out = (
        "import signal, sys, time\n"
        "def leave(*_):\n"
        "    with open({book!r}, 'a') as lines: lines.write('{name}\\n')\n"
        "    sys.exit()\n"
        "signal.signal(signal.SIGTERM, leave)\n"
        "print('ready', flush=True)\ntime.sleep(60)"
    )
    for name, turn in (("broker", 2), ("web", 0), ("worker", 1)):
        group.start(part(name, signs_out.format(name=name, book=str(book)), leaves=turn))
    wait_until(lambda: len(said) == 3)

    group.stop()

    assert book.read_text().split() == ["web", "worker", "broker"]


def test_a_part_that_does_not_listen_is_ended(group, said):
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    deaf += "print('ready', flush=True); time.sleep(60)"
    group.start(part("deaf", deaf))
    wait_until(lambda: said)
    pid = group.running["deaf"].process.pid

    group.stop(grace=0.5)

    assert not is_there(pid)
    assert said[-1] == "The deaf process did not stop in time and was ended."


def test_what_a_part_started_itself_does_not_stay_behind(group, said):
    group.start(
        part(
            "parent",
            "import subprocess, sys, time\n"
            f"child = subprocess.Popen([sys.executable, '-S', '-c', {SLEEP!r}])\n"
            "print(child.pid, flush=True); time.sleep(60)",
        )
    )
    wait_until(lambda: said)
    grandchild = int(said[0].split()[-1])
    assert is_there(grandchild)

    group.stop()

    wait_until(lambda: not is_there(grandchild))


def test_killing_the_head_ends_the_parts():
    head = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import os, sys, time\n"
            "from mentorship.supervisor import Group, Part\n"
            "group = Group(dict(os.environ), say=print)\n"
            f"group.start(Part('sleeper', (sys.executable, '-S', '-c', {SLEEP!r}), leaves=0))\n"
            "print(group.running['sleeper'].process.pid, flush=True); time.sleep(60)",
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    sleeper = int(head.stdout.readline())
    assert is_there(sleeper)

    head.send_signal(signal.SIGKILL)
    head.wait()

    wait_until(lambda: not is_there(sleeper))


def test_its_own_redis_wants_the_password_of_this_start(tmp_path, group):
    one, address = supervisor.broker(tmp_path, supervisor.redis_program())
    _, other = supervisor.broker(tmp_path, supervisor.redis_program())
    password = address.split("@")[0].rpartition(":")[2]
    assert password != other.split("@")[0].rpartition(":")[2]
    assert len(password) >= 32
    assert not any(password in word for word in one.command)
    assert f"requirepass {password}\n" in one.stdin
