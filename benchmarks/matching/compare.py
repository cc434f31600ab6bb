"""Side by side: the engine and its alternatives on the same programs, each in a process of its own.

::

    python -m benchmarks.matching.compare pairs 1000 2000
    python -m benchmarks.matching.compare places 3000 10000
    python -m benchmarks.matching.compare peers 200 1000
    python -m benchmarks.matching.compare growth 1000 10000 --plot docs/growth.svg

``pairs``: as many mentors as mentees, one place each; the whole engine beside bare solvers.  ``places``: a third
as many mentors, with places for 99 of 100 mentees.  ``peers``: people of one kind, in pairs.  ``growth``: the
engine alone, to see how cost grows, and drawn where ``--plot`` says (with matplotlib).

``--seeds 5`` programs of each family; ``--limit 600`` seconds for each run; ``--threads 1`` for products of
matrices.  All candidates run in turn on a program before the next one.  The table shows medians: of CPU seconds,
of what share of the candidate's time the engine needs on the same program, and of peak memory; and whether the
totals found are the same, as they must be for all that are exact.  The engine's line is everything from features
or profiles to the proven plan, its points per criterion, blocking pairs, ranks and figures of fairness; the others
are given the finished table and only solve.  A solver that is not installed is left out
(``pip install -r benchmarks/matching/requirements.txt``).
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
    found = assign_source(source, room, largest=largest, report=watched(begun))
    units_of = source.priced(np.zeros(source.shape[1], np.int64))
    earned = source.at(found.pairs[:, 0], found.pairs[:, 1])
    if family == "profiles":
        scores.points(found.pairs[:, 0], found.pairs[:, 1])
    blocking_and_ranks(units_of, found.pairs, earned, room, np.ones(source.shape[0], np.int64))
    spread(earned, found.pairs, room)
    return begun, found.units, found.proven


def watched(begun):
    """Tells on the error stream how far a large program is."""

    def report(step, done, total):
        if step == "gap":
            cpu = time.process_time() - begun
            print(f"{cpu:.1f} CPU s: at most {(total - done) / total:.2e} below the best", file=sys.stderr)

    return report


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
    wall = time.perf_counter()
    begun, total, proven = globals()[candidate](kind, family, size, seed)
    print(
        json.dumps(
            {
                "cpu": time.process_time() - begun,
                "wall": time.perf_counter() - wall,
                "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "total": total,
                "proven": proven,
            }
        )
    )


def measured(limit, threads, *arguments):
    command = [sys.executable, "-m", "benchmarks.matching.compare", "--one", *map(str, arguments)]
    alone = {**os.environ, "OPENBLAS_NUM_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)}
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, env=alone)
    except subprocess.TimeoutExpired:
        return f"more than {limit} s"
    if done.returncode:
        return (done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1][:60]
    return json.loads(done.stdout.splitlines()[-1])


def compare(asked):
    """Print the table; returns the engine's medians by family and size."""
    print("| family | size | candidate | CPU s | engine / it | peak MB | totals agree | proven |")
    print("|---|---|---|---|---|---|---|---|")
    medians = {}
    for family in FAMILIES[asked.kind]:
        for size in asked.sizes:
            runs = {candidate: [] for candidate in asked.only or CANDIDATES[asked.kind]}
            for seed in range(1, asked.seeds + 1):
                for candidate, found in runs.items():
                    if not any(isinstance(run, str) for run in found):
                        found.append(
                            measured(asked.limit, asked.threads, asked.kind, family, size, seed, candidate)
                        )
            for candidate, found in runs.items():
                line = row(found, runs.get("engine", ["left out"]))
                print(f"| {family} | {size:,} | {candidate} | {line} |", flush=True)
            if not any(isinstance(run, str) for run in runs.get("engine", ["left out"])):
                medians[family, size] = {name: middle(runs["engine"], name) for name in ("cpu", "peak")}
    return medians


def middle(runs, name):
    return statistics.median(run[name] for run in runs)


def row(runs, engine_runs):
    failed = [run for run in runs if isinstance(run, str)]
    if failed:
        return f"{failed[0]} | | | |"
    share, agree = "", ""
    if not any(isinstance(run, str) for run in engine_runs):
        pairs = list(zip(engine_runs, runs, strict=True))
        share = f"{statistics.median(ours['cpu'] / its['cpu'] for ours, its in pairs):.3g}"
        agree = "yes" if all(ours["total"] == its["total"] for ours, its in pairs) else "NO"
    proven = {(None,): "", (True,): "yes"}.get(tuple({run["proven"] for run in runs}), "NO")
    return f"{middle(runs, 'cpu'):.3g} | {share} | {middle(runs, 'peak'):.0f} | {agree} | {proven}"


def draw(medians, path):
    """CPU time and memory against size, both axes in powers of ten, beside what is linear and quadratic."""
    from matplotlib.figure import Figure

    sizes = [size for _, size in medians]
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    for axes, name, title in zip(
        figure.subplots(1, 2), ("cpu", "peak"), ("CPU seconds", "Peak memory, MB"), strict=True
    ):
        found = [one_[name] for one_ in medians.values()]
        axes.loglog(sizes, found, "o-", color="#1f5f8b", label="engine")
        for power, style, label in ((1, ":", "linear"), (2, "--", "quadratic")):
            axes.loglog(
                sizes,
                [found[0] * (size / sizes[0]) ** power for size in sizes],
                style,
                color="#777",
                label=label,
            )
        axes.set(title=title, xlabel="mentees, and as many mentors", ylim=(min(found) / 2, max(found) * 3))
        axes.legend(frameon=False)
        axes.grid(color="#ddd")
    figure.savefig(path, metadata={"Date": None} if path.endswith(".svg") else None)


def main():
    reader = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    reader.add_argument("kind", choices=CANDIDATES)
    reader.add_argument("sizes", type=int, nargs="+")
    reader.add_argument("--seeds", type=int, default=5)
    reader.add_argument("--limit", type=int, default=600)
    reader.add_argument("--threads", type=int, default=1)
    reader.add_argument("--only", nargs="+", help="some of the candidates: engine lapx scipy flow rustworkx")
    reader.add_argument("--plot", help="where to draw how cost grows, .svg or .png")
    asked = reader.parse_args()
    medians = compare(asked)
    if asked.plot:
        draw(medians, asked.plot)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]), sys.argv[6])
    else:
        main()
