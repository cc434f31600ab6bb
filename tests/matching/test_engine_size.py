"""What a large program needs: memory that grows with people, not with pairs, and prices that survive a crash."""

import signal
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from matching.engine import pricing, stability
from matching.engine.large import assign_source
from matching.engine.sources import Features
from matching.engine.stability import blocking_and_ranks

ROOT = Path(__file__).resolve().parents[2]
KILLED_AFTER_A_ROUND = """
import sys, time
import numpy as np
from matching.engine import pricing
from matching.engine.large import assign_source
from tests.matching.test_engine_size import people

pricing.SAMPLE_FROM, pricing.SAMPLE, pricing.CELLS, pricing.FEWEST = 12, 60, 6000, 16

def keep(prices):
    np.save(sys.argv[1], prices)
    print("kept", flush=True)
    time.sleep(600)

assign_source(people(300, 300), 1, keep=keep)
"""


def people(n, m, seed=91):
    rng = np.random.default_rng(seed)
    none = np.zeros(0, np.int64)
    a = rng.integers(0, 2, (n, 24)) * rng.integers(0, 300, (n, 24))
    return Features(a.astype(np.float32), rng.integers(0, 3, (m, 24)).astype(np.float32), none, none, none)


@pytest.fixture
def small_blocks(monkeypatch):
    for name, value in (("SAMPLE_FROM", 12), ("SAMPLE", 60), ("CELLS", 6000), ("FEWEST", 16)):
        monkeypatch.setattr(pricing, name, value)
    monkeypatch.setattr(stability, "BLOCK", 16)


def peak_of(deed) -> int:
    tracemalloc.start()
    deed()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_twice_the_people_need_twice_the_memory(small_blocks):
    def plan_and_look_at_it(size):
        source = people(size, size)
        found = assign_source(source, 1)
        earned = source.at(found.pairs[:, 0], found.pairs[:, 1])
        units_of = source.priced(np.zeros(size, np.int64))
        blocking_and_ranks(units_of, found.pairs, earned, np.ones(size), np.ones(size))
        assert found.proven

    plan_and_look_at_it(100)
    small, large = (peak_of(lambda size=size: plan_and_look_at_it(size)) for size in (700, 1400))
    # A table of all scores would be four times as large for the larger one.
    assert large < 2.5 * small
    assert small + (large - small) * 100_000 / 700 < 2**30


def test_a_killed_run_goes_on_from_its_kept_prices_to_the_same_plan_in_fewer_rounds(small_blocks, tmp_path):
    kept = tmp_path / "prices.npy"
    command = [sys.executable, "-c", KILLED_AFTER_A_ROUND, str(kept)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout.readline() == "kept\n"
        run.kill()
    assert run.returncode == -signal.SIGKILL
    rounds, rounds_again = [], []
    whole = assign_source(people(300, 300), 1, keep=rounds.append)
    again = assign_source(people(300, 300), 1, start=np.load(kept), keep=rounds_again.append)
    assert np.array_equal(rounds[0], np.load(kept))
    assert again.pairs.tolist() == whole.pairs.tolist()
    assert (again.units, again.bound_units, again.proven) == (whole.units, whole.units, True)
    assert len(rounds_again) < len(rounds)
