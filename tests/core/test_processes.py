"""A process is held to what it was given, by the kernel and not by its own good will."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MEGABYTE = 1024 * 1024

pytestmark = pytest.mark.once


def held(then, *, seconds=60, megabytes=256):
    code = f"from core.processes import hold_to\nhold_to(seconds={seconds}, memory={megabytes * MEGABYTE})\n{then}"
    return subprocess.run((sys.executable, "-c", code), cwd=ROOT, capture_output=True, text=True)


def test_one_that_stays_within_its_limits_comes_to_its_end():
    done = held("print(len(bytearray(1024)))")

    assert (done.returncode, done.stdout) == (0, "1024\n")


def test_one_that_computes_for_ever_is_ended_whatever_it_catches():
    done = held("while True:\n try:\n  sum(range(10**9))\n except BaseException:\n  pass", seconds=1)

    assert done.returncode in (-signal.SIGXCPU, -signal.SIGKILL)


def test_one_that_wants_more_memory_does_not_get_it():
    done = held(f"bytearray({512 * MEGABYTE})")

    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, "MemoryError")
