"""Groups side by side: the engine, and general solvers on the best pairs, each in a process of its own.

::

    python -m benchmarks.matching.groups 200 2000
    python -m benchmarks.matching.groups 2000 --seeds 1 --candidates engine highs

Sizes are mentees.  ``roomy``: a tenth as many mentors, groups of 5 to 12; ``tight``: as many mentors, groups of
9 to 12; ``scarce``: a sixth as many mentors, groups of 8 to 12, so that a quarter of the groups has to stay
closed.  ``exact``: groups of 7, which never add up to all the mentees.  The engine weighs all pairs, and proves
its plan; its time is from the table of scores to the plan, the proof, and the check of the proof by
``matching.certificate_check``.  HiGHS, SCIP and CP-SAT (two workers) are given the fifteen best mentors of each
mentee and the best mentees of each mentor, without which they do not get far, and ``--limit`` seconds.

The table shows medians over ``--seeds`` programs: CPU seconds, the gap between plan and proven bound in percent of
the plan (of candidates only, for the solvers), how much of the engine's total is missing, peak memory, and how
many of the programs were solved within the limit.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time

import numpy as np

from benchmarks.matching import instances

REGIMES = {"roomy": (10, 5, 12), "tight": (10, 9, 12), "scarce": (6, 8, 12), "exact": (6, 7, 7)}
OBJECTIVES = ("total", "coverage", "worst_off")
CANDIDATES = ("engine", "highs", "scip", "cp-sat")
TOP = 15


def program(size, regime, seed):
    """Whole scores, the fewest and the most in a group."""
    share, fewest, most = REGIMES[regime]
    a, b = instances.features(size, size // share, seed)
    return np.rint(a @ b.T).astype(np.int64), fewest, most


def engine(scores, fewest, most, objective, limit):
    from matching.certificate_check.groups import check_groups
    from matching.engine.group_certificate import certify_groups
    from matching.engine.groups import assign_groups

    found = assign_groups(scores, fewest, most, None, objective, seconds=limit)
    sizes = (np.full(scores.shape[1], size) for size in (fewest, most))
    forbidden = np.zeros(scores.shape, bool)
    problems, value, bound, proven = check_groups(scores, forbidden, *sizes, objective, certify_groups(found))
    assert (problems, value, bound, proven) == ([], found.units, found.bound_units, found.proven)
    return found.units, found.bound_units, found.proven


def candidates(scores, most):
    mentees, hosts = scores.shape
    few, many = min(TOP, hosts), min(3 * most, mentees)
    of_mentee = np.argpartition(-scores, few - 1, axis=1)[:, :few]
    of_host = np.argpartition(-scores, many - 1, axis=0)[:many]
    chosen = np.zeros(scores.shape, bool)
    chosen[np.arange(mentees)[:, None], of_mentee] = True
    chosen[of_host, np.arange(hosts)] = True
    return np.argwhere(chosen).tolist()


def linear(name, scores, fewest, most, limit):
    from ortools.linear_solver import pywraplp

    solver = pywraplp.Solver.CreateSolver(name)
    solver.SetTimeLimit(int(limit * 1000))
    mentees, hosts = scores.shape
    once = [solver.Constraint(0, 1) for _ in range(mentees)]
    high, low = ([solver.Constraint(*ends) for _ in range(hosts)] for ends in ((-1e9, 0), (0, 1e9)))
    goal = solver.Objective()
    goal.SetMaximization()
    for host in range(hosts):
        opens = solver.BoolVar("")
        high[host].SetCoefficient(opens, -most)
        low[host].SetCoefficient(opens, -fewest)
    for mentee, host in candidates(scores, most):
        pair = solver.BoolVar("")
        goal.SetCoefficient(pair, float(scores[mentee, host]))
        for row in (once[mentee], high[host], low[host]):
            row.SetCoefficient(pair, 1)
    exact = pywraplp.MPSolverParameters()
    exact.SetDoubleParam(exact.RELATIVE_MIP_GAP, 0.0)
    status = solver.Solve(exact)
    total = round(goal.Value()) if status in (solver.OPTIMAL, solver.FEASIBLE) else 0
    return total, round(goal.BestBound()), status == solver.OPTIMAL


def cp_sat(scores, fewest, most, limit):
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    mentees, hosts = scores.shape
    rows, columns = ([[] for _ in range(side)] for side in (mentees, hosts))
    pairs, gains = [], []
    for mentee, host in candidates(scores, most):
        pair = model.new_bool_var("")
        rows[mentee].append(pair)
        columns[host].append(pair)
        pairs.append(pair)
        gains.append(int(scores[mentee, host]))
    for some in rows:
        model.add_at_most_one(some)
    for some in columns:
        opens = model.new_bool_var("")
        model.add(sum(some) <= most * opens)
        model.add(sum(some) >= fewest * opens)
    model.maximize(cp_model.LinearExpr.weighted_sum(pairs, gains))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 2
    solver.parameters.max_time_in_seconds = limit
    status = solver.solve(model)
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    return (
        round(solver.objective_value) if found else 0,
        round(solver.best_objective_bound),
        status == cp_model.OPTIMAL,
    )


def one(size, regime, objective, seed, candidate, limit):
    """In the child: run it and print what it took."""
    given = program(size, regime, seed)
    begun = time.process_time()
    if candidate == "engine":
        total, bound, proven = engine(*given, objective, limit)
    elif candidate == "cp-sat":
        total, bound, proven = cp_sat(*given, limit)
    else:
        total, bound, proven = linear(candidate.upper(), *given, limit)
    cpu = time.process_time() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"cpu": cpu, "peak": peak, "total": total, "bound": bound, "proven": proven}))


def measured(limit, *arguments):
    command = [sys.executable, "-m", "benchmarks.matching.groups", "--one", *map(str, (*arguments, limit))]
    alone = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=3 * limit + 60, env=alone)
    except subprocess.TimeoutExpired:
        return None
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def compare(sizes, seeds, limit, chosen, objective):
    print("| regime | mentees | candidate | CPU s | gap % | missing % | peak MB | solved |")
    print("|---|---|---|---|---|---|---|---|")
    for size in sizes:
        for regime in REGIMES:
            runs = {name: [] for name in chosen}
            for seed in range(seeds):
                for name in chosen:
                    runs[name].append(measured(limit, size, regime, objective, seed, name))
            best = [run["total"] for run in runs[chosen[0]]]
            for name in chosen:
                line = row(runs[name], best, seeds) if all(runs[name]) else "no answer | | | | |"
                print(f"| {regime} | {size} | {name} | {line} |", flush=True)


def row(runs, best, seeds):
    def median(figures):
        return statistics.median(figures)

    cpu, peak = (median(run[name] for run in runs) for name in ("cpu", "peak"))
    gap = median(
        100 * (run["bound"] - run["total"]) / run["total"] if run["total"] else float("inf") for run in runs
    )
    missing = median(
        100 * (total - run["total"]) / max(total, 1) for run, total in zip(runs, best, strict=True)
    )
    solved = sum(run["proven"] for run in runs)
    return f"{cpu:.2f} | {gap:.4f} | {missing:.4f} | {peak:.0f} | {solved} of {seeds}"


def main():
    reader = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    reader.add_argument("sizes", type=int, nargs="+")
    reader.add_argument("--seeds", type=int, default=5)
    reader.add_argument("--limit", type=float, default=60)
    reader.add_argument("--candidates", nargs="+", choices=CANDIDATES, default=list(CANDIDATES))
    reader.add_argument("--objective", choices=OBJECTIVES, default="total", help="of the engine")
    asked = reader.parse_args()
    compare(asked.sizes, asked.seeds, asked.limit, asked.candidates, asked.objective)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        size, regime, objective, seed, candidate, limit = sys.argv[2:]
        one(int(size), regime, objective, int(seed), candidate, float(limit))
    else:
        main()
