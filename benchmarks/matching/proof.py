"""Solve, and check the proof, in two processes that share nothing but two files.

::

    python -m benchmarks.matching.proof 1000 10000
    python -m benchmarks.matching.proof 100000 --threads 2

Each size is one program of people with answers to everything (``instances.profiles``), as many mentors as mentees,
one place each.  The first process answers the snapshot and writes snapshot and certificate; the second knows the
files alone and runs ``matching.certificate_check``, which imports neither the engine nor a solver.  The table shows
CPU seconds and peak memory of each, and what the check says.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.matching import instances
from benchmarks.matching.compare import TODAY, watched
from matching import certificate_check
from matching.engine import certificate
from matching.engine.rules import Rules


def solve(folder, size, seed):
    mentees, mentors = instances.profiles(size, size, seed)
    mentors = [replace(person, capacity=1) for person in mentors]
    question = certificate.snapshot(mentees, mentors, Rules(today=TODAY))
    del mentees, mentors
    begun = time.process_time()
    outcome = certificate.run(question, watched(begun))
    took = time.process_time() - begun
    (folder / "question.json").write_text(json.dumps(question))
    (folder / "certificate.json").write_text(json.dumps(outcome.certificate))
    return {"cpu": took, "says": f"{len(outcome.certificate['pairs'])} pairs"}


def check(folder, _size, _seed):
    question, written = (
        json.loads((folder / f"{name}.json").read_text()) for name in ("question", "certificate")
    )
    begun = time.process_time()
    checked = certificate_check.check(question, written)
    says = "; ".join(checked.problems) or ("proven" if checked.proven else "right, not proven")
    return {"cpu": time.process_time() - begun, "says": says}


def measured(step, folder, size, seed, threads):
    command = [sys.executable, "-m", "benchmarks.matching.proof", "--one", step, folder, str(size), str(seed)]
    alone = {**os.environ, "OPENBLAS_NUM_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=alone, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main():
    reader = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    reader.add_argument("sizes", type=int, nargs="+")
    reader.add_argument("--seed", type=int, default=1)
    reader.add_argument("--threads", type=int, default=1)
    asked = reader.parse_args()
    print("| mentees, and as many mentors | step | CPU s | peak MB | says |")
    print("|---|---|---|---|---|")
    for size in asked.sizes:
        with tempfile.TemporaryDirectory() as folder:
            for step in ("solve", "check"):
                found = measured(step, folder, size, asked.seed, asked.threads)
                line = f"{found['cpu']:.3g} | {found['peak']:.0f} | {found['says']}"
                print(f"| {size:,} | {step} | {line} |", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        step, folder, size, seed = sys.argv[2:6]
        found = {"solve": solve, "check": check}[step](Path(folder), int(size), int(seed))
        found["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(found))
    else:
        main()
