"""Side by side: the engine and its alternatives on the same programs, each in a process of its own.

    python -m benchmarks.matching.compare pairs 1000 2000        one-to-one; the whole engine beside bare
    solvers python -m benchmarks.matching.compare places 3000 10000      a third as many mentors, places for
    99 of 100 python -m benchmarks.matching.compare peers 200 1000 python -m benchmarks.matching.compare
    growth 1000 10000      the engine alone, to see how cost grows

``--seeds 5`` programs of each family; ``--limit 600`` seconds for each run.  The table shows medians of CPU
seconds, the ratio to the first line, peak memory, and the total found, which must be the same for all that
are exact.  The engine's line is everything from features or profiles to the proven plan, its points per
criterion, blocking pairs and figures of fairness; the others are given the finished table and only solve.  A
solver that is not installed is left out (``pip install scipy lapx rustworkx``).
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from datetime import date

import numpy as np

from benchmarks.matching import instances
from matching.engine.flow import Problem
from matching.engine.flow import solve as flow_solve
from matching.engine.large import assign_source, features
from matching.engine.peers import assign_peers
from matching.engine.rules import Rules, judge
from matching.engine.scoring import FULL, score
from matching.engine.sources import Features
from matching.engine.stability import blocking_and_ranks, spread

TODAY = date(2026, 3, 10)
CANDIDATES = {
    "pairs": ("engine", "lapx", "scipy"),
    "places": ("engine", "flow", "lapx"),
    "peers": ("engine", "rustworkx"),
    "growth": ("engine",),
}
FAMILIES = {
    "pairs": ("profiles", "features"),
    "places": ("profiles", "features"),
    "peers": ("features",),
    "growth": ("profiles",),
}


def sides(kind, size):
    return (size, size // 3) if kind == "places" else (size, size)


def places(kind, mentors, size, seed):
    """Places of each mentor; where mentors are few, for 99 of 100 mentees."""
    if kind != "places":
        return np.ones(mentors, np.int64)
    given = np.random.default_rng(seed + 1).multinomial(
        size * 99 // 100 - mentors, np.full(mentors, 1 / mentors)
    )
    return given + 1


def table(kind, family, size, seed):
    """The finished scores, for those who only solve."""
    if family == "features":
        a, b = instances.features(*sides(kind, size), seed)
        return a @ b.T
    mentees, mentors = instances.profiles(*sides(kind, size), seed)
    allowed = judge(mentees, mentors, Rules(today=TODAY)).allowed()
    return np.where(allowed, score(mentees, mentors).table(), -1).astype(np.float32)


def engine(kind, family, size, seed):
    if kind == "peers":
        units = peer_scores(size, seed)
        begun = time.process_time()
        found = assign_peers(units, objective="total")
        return begun, found.units, found.proven
    if family == "features":
        a, b = instances.features(*sides(kind, size), seed)
        none = np.zeros(0, np.int64)
        begun = time.process_time()
        source, largest = Features(a, b, none, none, none), None
    else:
        mentees, mentors = instances.profiles(*sides(kind, size), seed)
        begun = time.process_time()
        scores = score(mentees, mentors)
        source, largest = features(scores, judge(mentees, mentors, Rules(today=TODAY))), FULL
    room = places(kind, source.shape[1], size, seed)
    found = assign_source(source, room, largest=largest)
    units_of = source.priced(np.zeros(source.shape[1], np.int64))
    earned = source.at(found.pairs[:, 0], found.pairs[:, 1])
    if family == "profiles":
        scores.points(found.pairs[:, 0], found.pairs[:, 1])
    blocking_and_ranks(units_of, found.pairs, earned, room, np.ones(source.shape[0], np.int64))
    spread(earned, found.pairs, room)
    return begun, found.units, found.proven


def peer_scores(size, seed):
    a, b = instances.features(size, size, seed)
    units = np.rint(a @ b.T).astype(np.int64)
    units = (units + units.T) // 2
    np.fill_diagonal(units, 0)
    return units


def scipy(kind, family, size, seed):
    from scipy.optimize import linear_sum_assignment

    cost = -table(kind, family, size, seed).astype(np.float64)
    begun = time.process_time()
    rows, columns = linear_sum_assignment(cost)
    return begun, int(-cost[rows, columns].sum()), None


def lapx(kind, family, size, seed):
    from lap import lapjvr

    scores = table(kind, family, size, seed)
    room = places(kind, scores.shape[1], size, seed)
    cost = FULL - scores
    begun = time.process_time()
    own = np.repeat(np.arange(len(room)), room)
    square = np.full((max(len(cost), len(own)),) * 2, FULL, np.float32)
    square[: len(cost), : len(own)] = cost[:, own]
    rows, columns = lapjvr(square, return_cost=False)
    rows, columns = np.asarray(rows), np.asarray(columns)
    real = (rows < len(cost)) & (columns < len(own))
    return begun, int(scores[rows[real], own[columns[real]]].sum(dtype=np.float64)), None


def flow(kind, family, size, seed):
    scores = np.rint(table(kind, family, size, seed)).astype(np.int64)
    n, m = scores.shape
    room = places(kind, m, size, seed)
    begun = time.process_time()
    rows, columns = (np.repeat(np.arange(n, dtype=np.int32), m), np.tile(np.arange(m, dtype=np.int32), n))
    once = np.ones(n, np.int64)
    chosen = flow_solve(Problem(rows, columns, scores.ravel(), once, room, once * (4 * FULL)))
    return begun, int(scores.ravel()[chosen].sum()), None


def rustworkx(kind, family, size, seed):
    from rustworkx import PyGraph, max_weight_matching

    units = peer_scores(size, seed)
    begun = time.process_time()
    graph = PyGraph()
    graph.add_nodes_from(range(size))
    i, j = np.triu_indices(size, 1)
    graph.add_edges_from(list(zip(i.tolist(), j.tolist(), units[i, j].tolist(), strict=True)))
    pairs = max_weight_matching(graph, weight_fn=int)
    return begun, sum(int(units[pair]) for pair in pairs), None


def one(kind, family, size, seed, candidate):
    """In the child: run it and print what it took."""
    begun, total, proven = globals()[candidate](kind, family, size, seed)
    print(
        json.dumps(
            {
                "cpu": time.process_time() - begun,
                "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "total": total,
                "proven": proven,
            }
        )
    )


def measured(limit, *arguments):
    command = [sys.executable, "-m", "benchmarks.matching.compare", "--one", *map(str, arguments)]
    alone = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, env=alone)
    except subprocess.TimeoutExpired:
        return f"more than {limit} s"
    if done.returncode:
        return done.stderr.strip().splitlines()[-1][:60]
    return json.loads(done.stdout.splitlines()[-1])


def compare(kind, sizes, seeds, limit):
    print("| family | size | candidate | CPU s | ratio | peak MB | totals agree | proven |")
    print("|---|---|---|---|---|---|---|---|")
    for family in FAMILIES[kind]:
        for size in sizes:
            totals, first = None, None
            for candidate in CANDIDATES[kind]:
                runs = [measured(limit, kind, family, size, seed, candidate) for seed in range(seeds)]
                failed = [run for run in runs if isinstance(run, str)]
                if failed:
                    print(f"| {family} | {size} | {candidate} | {failed[0]} | | | | |", flush=True)
                    continue
                cpu = statistics.median(run["cpu"] for run in runs)
                peak = statistics.median(run["peak"] for run in runs)
                found = [run["total"] for run in runs]
                totals, first = totals or found, first or cpu
                proven = {(None,): "", (True,): "yes"}.get(tuple({run["proven"] for run in runs}), "NO")
                agree = "yes" if found == totals else "NO"
                line = f"{cpu:.3f} | {cpu / first:.2f} | {peak:.0f} | {agree} | {proven}"
                print(f"| {family} | {size} | {candidate} | {line} |", flush=True)


def main():
    reader = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    reader.add_argument("kind", choices=CANDIDATES)
    reader.add_argument("sizes", type=int, nargs="+")
    reader.add_argument("--seeds", type=int, default=5)
    reader.add_argument("--limit", type=int, default=600)
    asked = reader.parse_args()
    compare(asked.kind, asked.sizes, asked.seeds, asked.limit)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]), sys.argv[6])
    else:
        main()
